"""Exemptions: who may break which rule where, why, and until when."""

import datetime as dt
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from .settings import PackError, Text, problems

EXEMPTIONS = Path(__file__).parents[1] / "exemptions.yaml"


class Exemption(BaseModel):
    """One exemption.

    Attributes:
        rule: Id of the rule.
        resource: Pattern of the resource's `type::name`, as in `aws:ecs/service:Service::prometheus-*`.
        stacks: Stacks that it holds in.
        path: Property that it holds for; all properties if empty.
        reason: Why the rule is broken, and what makes up for it.
        owner: Who answers for it.
        ticket: Where it was decided.
        expires: Last day on which it holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Text
    resource: Text
    stacks: Annotated[frozenset[str], Field(min_length=1)]
    path: str = ""
    reason: Text
    owner: Text
    ticket: Text
    expires: dt.date

    def covers(self, rule: str, stack: str, resource: str, path: str) -> bool:
        """Whether a violation is what it is for."""
        return (
            rule == self.rule
            and stack in self.stacks
            and fnmatchcase(resource, self.resource)
            and (not self.path or path.startswith(self.path))
        )


def read_exemptions(path: Path, known_rules: Collection[str]) -> tuple[Exemption, ...]:
    """Read a file of exemptions; a file that is not there has none.

    Raises:
        PackError: With everything that is wrong.
    """
    if not path.exists():
        return ()
    try:
        raw = yaml.safe_load(path.read_text()) or []
        exemptions = TypeAdapter(tuple[Exemption, ...]).validate_python(raw)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PackError(f"{path.name} is no YAML: {error}") from None
    except ValidationError as error:
        raise PackError("\n".join(problems(path.name, error))) from None
    if unknown := sorted({item.rule for item in exemptions} - set(known_rules)):
        raise PackError(f"{path.name} exempts from no rule that exists: {', '.join(unknown)}.")
    return exemptions
