"""What a rule is, and the register of all of them."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, NotRequired, TypedDict, Unpack

from .graph import Graph, Resource
from .settings import Settings
from .verdicts import Verdict

# Where `make docs` writes the pages of the rules, seen from the root of the project.
PAGES = "docs/policies"


class Severity(StrEnum):
    """How bad a violation is, in the policy SDK's terms."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Reach(StrEnum):
    """The stacks in which a violation stops the update: a mandatory rule; in the others it is advisory."""

    EVERYWHERE = "everywhere"
    PRODUCTION = "production"
    ADVISORY = "advisory"


@dataclass(frozen=True, kw_only=True)
class Controls:
    """The public controls that a rule answers to, by their ids.

    Attributes:
        fsbp: AWS Security Hub, most of them of its Foundational Security Best Practices.
        cis: CIS AWS Foundations Benchmark 6.0.
        pci: PCI DSS 4.0.
        checkov: Checkov.
    """

    fsbp: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    pci: tuple[str, ...] = ()
    checkov: tuple[str, ...] = ()


ResourceTest = Callable[[Resource, Settings], Iterable[Verdict]]
GraphTest = Callable[[Graph, Settings], Iterable[Verdict]]
# Takes the inputs of a resource and returns those to change.
Remedy = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Rule:
    """One demand on resources.

    Attributes:
        id: Its name in reports, settings and exemptions.
        family: What it is about; the module that it lives in.
        types: Types of the resources that it reads.
        severity: How bad a violation is.
        reach: Where a violation stops the update.
        reason: Why it is demanded, in a sentence.
        remedy: What to do about a violation, in a sentence.
        url: What AWS says of it.
        across: Whether it needs the whole stack rather than one resource.
        test: Yields a verdict for each property at stake.
        controls: Public controls that it answers to.
        remediate: The safe remedy that the engine may apply, if there is one.
    """

    id: str
    family: str
    types: tuple[str, ...]
    _: KW_ONLY
    severity: Severity
    reach: Reach
    reason: str
    remedy: str
    url: str
    across: bool
    test: Callable[[Any, Settings], Iterable[Verdict]] = field(repr=False)
    controls: Controls = Controls()
    remediate: Remedy | None = field(default=None, repr=False)

    @property
    def page(self) -> str:
        """Where the rule is explained: the page of its family, at the rule."""
        return f"{PAGES}/{self.family}.md#{self.id}"

    def level(self, stack: str, settings: Settings) -> str:
        """Return the level in a stack: mandatory, advisory or disabled."""
        if self.id in settings.levels:
            return settings.levels[self.id]
        production = stack in settings.production_stacks
        stops = self.reach is Reach.EVERYWHERE or (self.reach is Reach.PRODUCTION and production)
        return "mandatory" if stops else "advisory"


_REGISTER: dict[str, Rule] = {}


class Demand(TypedDict):
    """What is said of every rule. See `Rule`."""

    severity: Severity
    reach: Reach
    reason: str
    remedy: str
    url: str
    controls: NotRequired[Controls]


def resource_rule(
    id_: str, *types: str, remediate: Remedy | None = None, **demand: Unpack[Demand]
) -> Callable[[ResourceTest], ResourceTest]:
    """Register a rule that needs nothing but the resource. See `Rule` for the arguments."""

    def register(test: ResourceTest) -> ResourceTest:
        _add(Rule(id_, _family(test), types, across=False, test=test, remediate=remediate, **demand))
        return test

    return register


def graph_rule(id_: str, *types: str, **demand: Unpack[Demand]) -> Callable[[GraphTest], GraphTest]:
    """Register a rule that needs several resources of a stack. See `Rule` for the arguments."""

    def register(test: GraphTest) -> GraphTest:
        _add(Rule(id_, _family(test), types, across=True, test=test, **demand))
        return test

    return register


def _family(test: Callable[..., Any]) -> str:
    return test.__module__.rpartition(".")[2].replace("_", "-")


def _add(rule: Rule) -> None:
    if rule.id in _REGISTER:
        raise ValueError(f"Two rules have the id {rule.id}.")
    _REGISTER[rule.id] = rule


@cache
def rules() -> Mapping[str, Rule]:
    """Return all rules by id, in the order of their ids."""
    package = importlib.import_module(f"{__package__}.rules")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return MappingProxyType(dict(sorted(_REGISTER.items())))


@cache
def resource_rules() -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules for single resources by type, so that a type costs only what concerns it."""
    found: dict[str, list[Rule]] = {}
    for rule in rules().values():
        for type_ in () if rule.across else rule.types:
            found.setdefault(type_, []).append(rule)
    return {type_: tuple(of_type) for type_, of_type in found.items()}
