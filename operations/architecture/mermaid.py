"""A picture as a flowchart of Mermaid: https://mermaid.js.org/syntax/flowchart.html."""

from collections.abc import Iterator, Sequence

from operations.architecture.picture import Arrow, Box, Picture, Place


def render(found: Picture) -> str:
    """Return the block of Markdown that GitHub shows as a picture."""
    arrows = (f"  {_arrow(each)}" for each in found.arrows)
    return "\n".join(["```mermaid", "flowchart TB", *_inside(found.boxes, ()), *arrows, "```"])


def _inside(boxes: Sequence[Box], places: tuple[Place, ...]) -> Iterator[str]:
    """Yield what is in a place: its boxes, then the places within."""
    indent = "  " * (len(places) + 1)
    yield from (f"{indent}{_box(each)}" for each in boxes if each.inside == places)
    deeper = [each.inside for each in boxes if each.inside[: len(places)] == places != each.inside]
    for place in dict.fromkeys(inside[len(places)] for inside in deeper):
        yield f'{indent}subgraph {place.id}["{place.title}"]'
        yield from _inside(boxes, (*places, place))
        yield f"{indent}end"


def _box(box: Box) -> str:
    text = "<br>".join([f"<b>{box.title}</b>", *box.lines])
    return f'{box.id}[("{text}")]' if box.data else f'{box.id}["{text}"]'


def _arrow(arrow: Arrow) -> str:
    line = ("<-.->" if arrow.both else "-.->") if arrow.behind else "-->"
    label = f'|"{arrow.label}"|' if arrow.label else ""
    return f"{arrow.source} {line}{label} {arrow.target}"
