"""Write the references of settings and of components: `python -m operations.reference`.

Both are read from the source, without running it: types, defaults and docstrings are where a figure and its
meaning are written, and the pages only repeat them.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import griffe
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from components.section import Section
from settings import Settings
from settings.validation import description_of, section_of

PAGES = Path("docs")
NOTE = "Made by `make docs` from types and docstrings; change those."


def settings_page() -> str:
    """Return the reference of settings: a table for each section."""
    lines = ["# Settings", "", NOTE, "", "Keys of `Pulumi.<stack>.yaml`; a stack's file holds what differs."]
    for key, section in _sections("mpac", Settings):
        doc = " ".join((section.__doc__ or "").split())
        lines += ["", f"## `{key}`", "", doc, "", "| Setting | Default | Give |", "|---|---|---|"]
        lines += [
            f"| `{field.alias}` | {_default(field)} | {_text(description_of(section, name))} |"
            for name, field in section.model_fields.items()
            if not section_of(field)
        ]
    return "\n".join(lines) + "\n"


def _sections(key: str, section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    yield key, section
    for name, field in section.model_fields.items():
        nested = section_of(field)
        if nested:
            yield from _sections(f"{key}{':' if key == 'mpac' else '.'}{to_camel(name)}", nested)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value in (None, (), "", {}):
        return "none"
    if isinstance(value, tuple):
        return f"`{', '.join(map(str, value))}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def components_page() -> str:
    """Return the reference of components: what each creates, its inputs and its outputs."""
    package: Any = griffe.load("components", search_paths=[Path.cwd()], docstring_parser="google")
    lines = ["# Components", "", NOTE]
    for module in _modules(package):
        for each in module.classes.values():
            # What a module only imports is on the page of its own module.
            if not each.is_alias and any(str(base) == "pulumi.ComponentResource" for base in each.bases):
                lines += ["", f"## `{each.name}`", "", f"`{each.canonical_path.rpartition('.')[0]}`", ""]
                lines += _documented(each, "Outputs")
                arguments = module.classes.get(f"{each.name}Args")
                lines += _table(arguments, "Inputs", inputs=True) if arguments else []
    return "\n".join(lines) + "\n"


def _modules(package: Any) -> Iterator[Any]:  # noqa: ANN401 (griffe types members by their base)
    yield package
    for name in sorted(package.modules):
        yield from _modules(package.modules[name])


def _documented(each: Any, heading: str) -> list[str]:  # noqa: ANN401
    texts = [part.value for part in each.docstring.parsed if part.kind is griffe.DocstringSectionKind.text]
    return ["\n\n".join(texts), *_table(each, heading, inputs=False)]


def _table(each: Any, heading: str, *, inputs: bool) -> list[str]:  # noqa: ANN401
    rows: list[str] = []
    for part in each.docstring.parsed:
        if part.kind is griffe.DocstringSectionKind.attributes:
            for attribute in part.value:
                member = each.members.get(attribute.name)
                type_ = str(member.annotation).replace("|", "\\|") if member else ""
                required = inputs and member is not None and member.value is None
                rows.append(
                    f"| `{attribute.name}`{' (required)' if required else ''} | `{type_}` "
                    f"| {_text(attribute.description)} |"
                )
    return ["", f"{heading}:", "", "| Name | Type | |", "|---|---|---|", *rows] if rows else []


def _text(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


@click.command()
@click.option("--check", is_flag=True, help="Fail if a page is not what would be written.")
def main(*, check: bool) -> None:
    """Write docs/settings.md and docs/components.md."""
    stale = []
    for name, text in (("settings.md", settings_page()), ("components.md", components_page())):
        path = PAGES / name
        if check and (not path.exists() or path.read_text() != text):
            stale.append(str(path))
        elif not check:
            path.write_text(text)
    if stale:
        click.echo(
            f"{' and '.join(stale)} no longer follow from types and docstrings; run: make docs", err=True
        )
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main()
