"""From plain data to a section of settings and, in words, to all that is wrong with it."""

import json
from contextlib import suppress
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from components.problems import ABSENT, Problem
from components.section import Section, did_you_mean

AnySection = TypeVar("AnySection", bound=Section)

# What pydantic finds, put as a rule. Its own messages are for programmers.
RULES = {
    "missing": "is required",
    "model_type": "must be a mapping of settings",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_pattern_mismatch": "is not written as it must be",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have {min_length} entries",
    "too_long": "must have {max_length} entries",
}


def validate(kind: type[AnySection], document: object, prefix: str) -> tuple[AnySection, list[Problem]]:
    """Read a section from plain data.

    Args:
        kind: The section.
        document: JSON-like data.
        prefix: What the keys of problems begin with.

    Returns:
        The section without its invalid settings, and a problem for each of those. Reading an invalid
        setting raises `InvalidInput`.
    """
    try:
        return kind.model_validate_json(json.dumps(document), by_alias=True, by_name=False), []
    except ValidationError as error:
        details = [detail for detail in error.errors() if not _is_echo(detail)]
        return _salvage(kind, document), [_problem(kind, detail, prefix) for detail in details]


def _is_echo(detail: ErrorDetails) -> bool:
    """Tell a list that is too short only because pydantic does not count its invalid entries."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _salvage(kind: type[AnySection], document: object) -> AnySection:
    """Keep what is valid, so that one mistake does not hide another."""
    given = document if isinstance(document, dict) else {}
    valid: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        section = section_of(field)
        raw = given.get(to_camel(name), ABSENT)
        if raw is ABSENT:
            if not field.is_required():
                valid[name] = field.default
        elif section:
            valid[name] = _salvage(section, raw)
        else:
            with suppress(ValidationError):
                valid[name] = _read(field, raw)
    # Pydantic's mypy plugin types model_construct by the bound of the variable.
    salvaged = cast("AnySection", kind.model_construct(**valid))
    for name in kind.model_fields.keys() - valid.keys():
        vars(salvaged).pop(name, None)  # model_construct puts the default in the place of an invalid value
    return salvaged


def _read(field: FieldInfo, raw: object) -> object:
    """Read one setting; of a list keep the valid entries, with None in the place of the others."""
    try:
        return _parse(field.rebuild_annotation(), raw)
    except ValidationError:
        if not (isinstance(raw, list) and get_origin(field.annotation) is tuple):
            raise
    entry_type = get_args(field.annotation)[0]
    entries: list[object] = []
    for entry in raw:
        try:
            entries.append(_parse(entry_type, entry))
        except ValidationError:
            entries.append(None)
    return tuple(entries)


def _parse(annotation: Any, raw: object) -> object:  # noqa: ANN401  any type expression
    return TypeAdapter(annotation, config=ConfigDict(strict=True)).validate_json(json.dumps(raw))


def section_of(field: FieldInfo) -> type[Section] | None:
    """Return the section that a field holds, optional or not; None of a mapping of sections."""
    optional = get_origin(field.annotation) in (Union, UnionType)
    return _first_section(field.annotation, *(get_args(field.annotation) if optional else ()))


def _first_section(*candidates: object) -> type[Section] | None:
    for candidate in candidates:
        if isinstance(candidate, type) and issubclass(candidate, Section):
            return candidate
    return None


def _problem(kind: type[Section], detail: ErrorDetails, prefix: str) -> Problem:
    # Of a mapping pydantic says whether the key is wrong or the value; the key of the problem is the same.
    location = tuple(part for part in detail["loc"] if part != "[key]")
    key = prefix + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    key = key.replace(":.", ":")
    if detail["type"] == "extra_forbidden":
        known = [to_camel(name) for name in _walk(kind, location[:-1])[0].model_fields]
        # Its value is left out: behind a misspelled key may stand a secret.
        return Problem(key=key, rule="is no setting", remedy=did_you_mean(str(location[-1]), known))
    context = detail.get("ctx", {})
    if detail["type"] == "refusal":
        return Problem(key=key, value=detail["input"], rule=context["rule"], remedy=context["remedy"])
    return Problem(
        key=key,
        value=ABSENT if detail["type"] == "missing" else detail["input"],
        rule=RULES.get(detail["type"], detail["msg"]).format(**context),
        remedy=f"give {_walk(kind, location)[1] or 'its settings'}",
    )


def _walk(kind: type[Section], location: tuple[int | str, ...]) -> tuple[type[Section], str | None]:
    """Follow a location to its section and to the description of the setting."""
    description, entry = None, None
    for part in location:
        names = {to_camel(name): name for name in kind.model_fields}
        if entry:  # the key of a mapping of sections
            kind, entry = entry, None
            continue
        if part not in names:  # an entry of a list or of a mapping
            break
        name = names[str(part)]
        description = description_of(kind, name)
        field = kind.model_fields[name]
        entry = None if section_of(field) else _first_section(*get_args(field.annotation))
        kind = section_of(field) or kind
    return kind, description


def description_of(kind: type[Section], name: str) -> str | None:
    """Return the docstring of a setting, or the one it inherits."""
    for base in kind.__mro__:
        if issubclass(base, Section) and name in base.model_fields and base.model_fields[name].description:
            return base.model_fields[name].description
    return None
