"""A group of settings, which the settings of every area are made of, and the checks between settings.

Nothing here or in the modules of settings loads Pulumi: settings are checked in milliseconds.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from .problems import Problem, SettingsError


class InvalidInput(AttributeError):  # noqa: N818  no error of the program's: it ends a check
    """A check came to a setting that is missing or not valid."""


class Section(BaseModel):
    """A group of settings: frozen, without room for unknown keys; in camelCase in a stack's file.

    The docstring of each setting completes the sentence "give ..." in error messages.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        # Programs write `instance_class=`, as Python does.
        validate_by_name=True,
        use_attribute_docstrings=True,
    )

    if not TYPE_CHECKING:  # else a type checker would believe in every attribute

        def __getattr__(self, name: str) -> object:
            if name in type(self).model_fields:
                raise InvalidInput(name)
            return super().__getattr__(name)


def refusal(rule: str, remedy: str) -> PydanticCustomError:
    """Build an error that carries its own remedy, for validators to raise."""
    return PydanticCustomError("refusal", "{rule}", {"rule": rule, "remedy": remedy})


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Name the nearest known word, or else all of them."""
    nearest = get_close_matches(word, known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else "known here: " + ", ".join(sorted(known))


AnySection = TypeVar("AnySection", bound=Section)
Check = Callable[[AnySection], Iterator[Problem]]
# Each check by the section that it takes, which the type of a mapping cannot say.
CHECKS: dict[type[Section], list[Callable[[Any], Iterator[Problem]]]] = {}


def check(rule: Check[AnySection]) -> Check[AnySection]:
    """Register a rule between the settings of a section: the one that its parameter is annotated with.

    The rule yields a problem for each setting that breaks it, with the key as it is within the section. It
    runs when a stack's settings are loaded and when a component is made of the section, as far as the
    settings that it reads are valid.
    """
    section = next(kind for name, kind in get_type_hints(rule).items() if name != "return")
    CHECKS.setdefault(section, []).append(rule)
    return rule


def problems_between(section: Section) -> Iterator[Problem]:
    """Yield what breaks the rules of a section, with keys as they are within it."""
    for kind, rules in CHECKS.items():
        if isinstance(section, kind):
            for rule in rules:
                with suppress(InvalidInput):
                    yield from rule(section)


def problems_within(section: Section, prefix: str = "") -> Iterator[Problem]:
    """Yield what breaks the rules of a section, or of a section within it; of one that is off nothing.

    Args:
        section: The section.
        prefix: What keys of problems begin with, such as `mpac:database.`.
    """
    if not getattr(section, "enabled", True):
        return
    for problem in problems_between(section):
        yield replace(problem, key=prefix + problem.key)
    for name, value in vars(section).items():
        entries = value.items() if isinstance(value, Mapping) else [("", value)]
        for entry, nested in entries:
            if isinstance(nested, Section):
                yield from problems_within(nested, f"{prefix}{to_camel(name)}.{entry and entry + '.'}")


def verify(component: str, *sections: Section) -> None:
    """Check sections that a component is made of.

    Args:
        component: Type and name of the component, for the message.
        sections: What it is made of.

    Raises:
        SettingsError: Settings contradict each other; with all problems.
    """
    problems = [problem for section in sections for problem in problems_within(section)]
    if problems:
        raise SettingsError(component, problems)
