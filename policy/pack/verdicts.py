"""What a rule says of one property: pass, fail, or not judged."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from .values import ABSENT, Secret, Unknown

# Figures and names of the AWS API may stand in a message; a longer or freer text might be somebody's secret.
_HARMLESS = re.compile(r"[\w.:/*-]{1,64}")
_SENSITIVE = re.compile(r"password|secret|token|credential|environment|auth", re.IGNORECASE)


class Outcome(StrEnum):
    """Three-valued: what is not known yet is neither right nor wrong."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a rule says of one property of one resource.

    Attributes:
        urn: The resource.
        path: The property; empty where the whole resource is at stake.
        outcome: Pass, fail or not judged.
        message: What is wrong, or what could not be read.
    """

    urn: str
    path: str
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True)
class Check:
    """A demand on a value, in words and as a test.

    The test sees `ABSENT` where nothing is set, so it is the check that says what AWS does by default. A
    secret is not shown to it, unless all it asks is whether there is one.
    """

    expected: str
    test: Callable[[Any], bool]
    takes_secrets: bool = False

    def __call__(self, urn: str, path: str, value: Any) -> Verdict:
        """Judge a value."""
        is_secret = isinstance(value, Secret)
        if isinstance(value, Unknown) and not (is_secret and self.takes_secrets):
            message = f"{path} is secret" if is_secret else f"{path} is not known yet"
            return Verdict(urn=urn, path=path, outcome=Outcome.NOT_JUDGED, message=message)
        if self.test(value):
            return Verdict(urn=urn, path=path, outcome=Outcome.PASS)
        message = f"{path} {shown(path, value)}; expected: {self.expected}"
        return Verdict(urn=urn, path=path, outcome=Outcome.FAIL, message=message)


def shown(path: str, value: Any) -> str:
    """Put a value into words, unless it may be a secret."""
    if value is ABSENT:
        return "is not set"
    if isinstance(value, Secret) or _SENSITIVE.search(path):
        return "is set to something else"
    if isinstance(value, bool | int | float):
        return f"is {str(value).lower()}"
    if isinstance(value, str) and _HARMLESS.fullmatch(value):
        return f"is {value}"
    return "is set to something else"


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Pass if one passes, fail if all fail (with the first's words), else not judged."""
    verdicts = list(verdicts)
    for outcome in (Outcome.PASS, Outcome.NOT_JUDGED):
        for verdict in verdicts:
            if verdict.outcome is outcome:
                return verdict
    return replace(verdicts[0], message=" and ".join(dict.fromkeys(verdict.message for verdict in verdicts)))


IS_TRUE = Check("true", lambda value: value is True or value == "true")
IS_FALSE = Check("false, or not set", lambda value: value in (ABSENT, False, "false"))
IS_SET = Check("a value", lambda value: value is not ABSENT and value not in ("", [], {}), takes_secrets=True)
IS_ABSENT = Check("nothing", lambda value: value is ABSENT or value in ("", [], {}), takes_secrets=True)


def equals(wanted: str | float) -> Check:
    """Demand one value; the provider turns some numbers into text and back."""
    return Check(str(wanted), lambda value: value is not ABSENT and str(value) == str(wanted))


def one_of(wanted: Iterable[str]) -> Check:
    """Demand one of several texts."""
    allowed = sorted(wanted)
    return Check(f"one of {', '.join(allowed)}", lambda value: value in allowed)


def at_least(least: float) -> Check:
    """Demand a number; nothing set is too little."""
    return Check(f"{least} or more", lambda value: _number(value) is not None and _number(value) >= least)


def at_most(most: float) -> Check:
    """Demand a number; nothing set is too much."""
    return Check(f"{most} or less", lambda value: _number(value) is not None and _number(value) <= most)


def _number(value: Any) -> Any:
    try:
        return None if isinstance(value, bool) or value is ABSENT else float(value)
    except (TypeError, ValueError):
        return None
