"""The pack as the engine runs it: every rule, bundled into few policies.

The SDK reads a resource anew for each policy and knows one level per policy. So there are two policies for
single resources, mandatory and advisory, two for the whole stack, and one that applies remedies; the level of
each rule decides which of them speaks, and the message names the rule.

A single resource is judged before it is touched, by what the program declares. What cannot be judged that way
is judged with the whole stack, where the engine says which resource a value comes from.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
    proxy,
)

from ..baseline import read_baseline
from ..exemptions import EXEMPTIONS, read_exemptions
from ..graph import IDENTITIES, Graph, Resource, stack_of
from ..judge import Finding, Judge, Report
from ..rule import rules
from ..settings import CARRIER, POLICIES, PackError, Settings, read_settings
from ..values import Unknown

NAMED = 3
# A remedy gets unknown values as these texts; a validation gets an error on reading them.
UNKNOWNS = frozenset(
    {
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
    }
)


class Session:
    """One run of the engine: what it has shown so far, and what was said of it."""

    def __init__(self) -> None:
        self.judge: Judge | None = None
        self.reported: set[tuple[str, str, str]] = set()
        self._declared: dict[str, Resource] = {}
        self._findings: dict[str, list[Finding]] = {}
        self._report: Report | None = None

    def configure(self, raw: Mapping[str, Any], urn: str) -> None:
        """Take the settings, once."""
        if self.judge is None:
            # Not every host of the engine tells a pack the stack's name.
            stack = stack_of(urn)
            settings = read_settings({**raw, "baseline": read_baseline()}, rules())
            self.judge = Judge(stack, settings, read_exemptions(EXEMPTIONS, rules().keys()))

    def findings(self, args: ResourceValidationArgs) -> list[Finding]:
        """Judge a resource, once for both levels."""
        known = self._findings.pop(args.urn, None)
        if known is not None:
            return known
        resource = _resource(args)
        self._declared[resource.urn] = resource
        findings = list(self._judge().judge_resource(resource))
        self._findings[resource.urn] = findings
        return findings

    def remedy(self, args: ResourceValidationArgs) -> Mapping[str, Any]:
        """Find what safe remedies change. The settings come with the stack itself, before all resources."""
        return self.judge.remedy(_resource(args)) if self.judge else {}

    def report(self, resources: Sequence[PolicyResource]) -> Report:
        """Judge the stack, once for both levels."""
        if self._report is not None:
            report, self._report = self._report, None
            return report
        graph = Graph(self._judge().stack, self._resources(resources), unwraps_secrets=True)
        self._report = self._judge().judge(graph)
        return self._report

    def _resources(self, resources: Sequence[PolicyResource]) -> Iterator[Resource]:
        providers = {item.provider.urn: item.provider for item in resources if item.provider}
        for item in resources:
            providers.pop(item.urn, None)
            declared = self._declared.get(item.urn)
            yield Resource(
                urn=item.urn,
                type=item.resource_type,
                name=item.name,
                # What the program declares is the same in every mode; what AWS adds to it is not.
                inputs=declared.inputs if declared else _plain(item.props),
                outputs={
                    name: value for name in IDENTITIES if isinstance(value := _read(item.props, name), str)
                },
                references={
                    name: tuple(target.urn for target in targets)
                    for name, targets in item.property_dependencies.items()
                },
                provider=item.provider.urn if item.provider else None,
                protect=item.opts.protect,
            )
        for urn, provider in providers.items():
            yield Resource(
                urn=urn, type=provider.resource_type, name=provider.name, inputs=_plain(provider.props)
            )

    def _judge(self) -> Judge:
        if self.judge is None:
            raise PackError(
                f"The policy {CARRIER} carries the settings of all rules and cannot be disabled; set the "
                "levels of single rules in its `levels`."
            )
        return self.judge


def policies(session: Session) -> list[Policy]:
    """Return the policies of the pack; the first carries the settings of all."""

    def mandatory_resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
        session.configure(args.get_config(), args.urn)
        _violations(session, session.findings(args), "mandatory", report)

    def advisory_resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
        _violations(session, session.findings(args), "advisory", report)

    def mandatory_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        _violations(session, session.report(args.resources).findings, "mandatory", report)

    def advisory_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        found = session.report(args.resources)
        _violations(session, found.findings, "advisory", report)
        for message in notes(found):
            report(message, None)

    def remediate(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
        properties: Any = args.props
        changes = session.remedy(args)
        for name, value in changes.items():
            # In place: a copy would have lost what is secret, and stumbled over what is unknown.
            properties[name] = value
        return properties if changes else None

    return [
        ResourceValidationPolicy(
            name=CARRIER,
            description="What a resource must be.",
            validate=mandatory_resource,
            enforcement_level=EnforcementLevel.MANDATORY,
            config_schema=PolicyConfigSchema(properties=schema()),
        ),
        ResourceValidationPolicy(
            name=POLICIES[1],
            description="What a resource should be.",
            validate=advisory_resource,
            enforcement_level=EnforcementLevel.ADVISORY,
        ),
        ResourceValidationPolicy(
            name=POLICIES[2],
            description="Safe settings that are put right by the pack.",
            remediate=remediate,
            enforcement_level=EnforcementLevel.REMEDIATE,
        ),
        StackValidationPolicy(
            name=POLICIES[3],
            description="What the resources of a stack must be together.",
            validate=mandatory_stack,
            enforcement_level=EnforcementLevel.MANDATORY,
        ),
        StackValidationPolicy(
            name=POLICIES[4],
            description="What the resources of a stack should be together, and what is not known yet.",
            validate=advisory_stack,
            enforcement_level=EnforcementLevel.ADVISORY,
        ),
    ]


def schema() -> dict[str, dict[str, Any]]:
    """Return the schema of the settings, in which only rules that exist have a level."""
    properties: dict[str, dict[str, Any]] = Settings.model_json_schema()["properties"]
    level = properties["levels"]["additionalProperties"]
    properties["levels"] |= {"properties": dict.fromkeys(rules(), level), "additionalProperties": False}
    del properties["baseline"]
    for item in properties.values():
        # The engine's own idea of a default would be one more place for it.
        item.pop("default", None)
    return properties


def notes(report: Report) -> Iterator[str]:
    """Say what could not be judged, a line per rule, and which exemptions have become useless."""
    waiting: dict[str, list[str]] = defaultdict(list)
    for item in report.not_judged():
        name = item.verdict.urn.rpartition("::")[2]
        waiting[item.rule.id].append(f"{name}.{item.verdict.path}".rstrip("."))
    for rule, places in waiting.items():
        more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
        names = ", ".join(places[:NAMED])
        yield f"[{rules()[rule].family}/{rule}] not judged before the update: {names}{more}"
    for exemption in report.unused:
        yield f"The exemption {exemption.ticket} from {exemption.rule} for {exemption.resource} is not used."


def _resource(args: ResourceValidationArgs) -> Resource:
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        inputs=_plain(args.props),
        provider=args.provider.urn if args.provider else None,
        protect=args.opts.protect,
    )


def _violations(session: Session, findings: Sequence[Finding], level: str, report: ReportViolation) -> None:
    for item in findings:
        key = (item.rule.id, item.verdict.urn, item.verdict.path)
        if item.violates and item.level == level and key not in session.reported:
            session.reported.add(key)
            report(item.message(), item.verdict.urn)


def _plain(value: Any) -> Any:
    """Turn what the SDK hands over into plain values; it raises on reading what is not known."""
    if isinstance(value, Mapping):
        return {name: item for name in value if (item := _read(value, name)) is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_read(value, index) for index in range(len(value))]
    if isinstance(value, str) and value in UNKNOWNS:
        return Unknown()
    # On the wire every number is a float.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read(value: Any, key: Any) -> Any:
    try:
        return _plain(value[key]) if not isinstance(value, Mapping) or key in value else None
    except proxy.UnknownValueError:
        return Unknown()
