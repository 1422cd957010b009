"""A plan for people."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from operations.plan.model import Plan, Resource


def render(plan: Plan) -> RenderableType:
    """Show the resources under the components they belong to, and how many there are of each kind."""
    children: dict[str | None, list[Resource]] = {}
    for resource in plan.resources:
        children.setdefault(resource.parent, []).append(resource)
    stack = children[None][0]
    home = next((r.inputs.get("region") for r in plan.resources if r.type == "pulumi:providers:aws"), None)
    tree = Tree(Text(f"{plan.stack}  {home or ''}", style="bold"))
    _grow(tree, children, stack.urn, home)
    return Group(tree, _counts(plan))


def _grow(
    tree: Tree, children: Mapping[str | None, Sequence[Resource]], parent: str, home: str | None
) -> None:
    for resource in children.get(parent, ()):
        _grow(tree.add(_label(resource, home)), children, resource.urn, home)


def _label(resource: Resource, home: str | None) -> Text:
    label = Text.assemble(
        (resource.type, "dim" if resource.custom else "bold cyan"), "  ", (resource.name, "")
    )
    if resource.region not in (None, home):
        label.append(f"  {resource.region}", "yellow")
    if resource.custom and resource.protect:
        label.append("  protected", "green")
    return label


def _counts(plan: Plan) -> Table:
    counts = plan.counts()
    table = Table(box=box.SIMPLE, show_footer=True, pad_edge=False)
    table.add_column("Kind", footer=f"Total in {plan.stack}")
    table.add_column("Number", footer=str(counts.total()), justify="right")
    for kind, number in sorted(counts.items()):
        table.add_row(kind, str(number))
    return table
