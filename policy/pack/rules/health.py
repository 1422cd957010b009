"""The checks of Route 53 that switch names to the standby region, and certificates that renew themselves."""

from collections.abc import Iterator
from typing import Any

from ..backups import region
from ..graph import Graph, Resource
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_FALSE, IS_SET, IS_TRUE, Check, Verdict, at_least, one_of
from .load_balancing import figure

RECORD = "aws:route53/record:Record"
HEALTH_CHECK = "aws:route53/healthCheck:HealthCheck"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
GUIDE = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide"
FAILOVER = "failoverRoutingPolicies"
LEAST_REGIONS = 3
# What Route 53 does where nothing is set, and for how long clients keep the answer of an alias.
INTERVAL = 30
FAILURES = 3
ALIAS_TTL = 60
STAYS = Check("LastKnownStatus or Unhealthy", lambda value: value in (ABSENT, "LastKnownStatus", "Unhealthy"))
# A check that anybody on the way can answer, or that speaks nothing of the sort.
IS_TRUSTED = Check("no plain HTTP", lambda value: value not in ("HTTP", "HTTP_STR_MATCH"))
NOT_OFF = Check("true, or not set", lambda value: value in (ABSENT, True, "true"))
IS_STRONG = Check("2048 bits or more", lambda value: value in (ABSENT, "") or "1024" not in str(value))


def failover_records(graph: Graph) -> Iterator[tuple[Resource, Any]]:
    """Yield the records that Route 53 switches, with their half: PRIMARY or SECONDARY."""
    for record in graph.of(RECORD):
        if record.has(FAILOVER):
            yield record, record.get(f"{FAILOVER}[0].type")


@graph_rule(
    "route53-failover-halves",
    RECORD,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="A name without a health check, or with two halves of one kind, is never switched.",
    remedy="Give the record failover_routing_policies of type PRIMARY or SECONDARY, a set_identifier and a "
    "health_check_id, and its alias evaluate_target_health=True.",
    url=f"{GUIDE}/dns-failover-types.html#dns-failover-types-active-passive",
)
def route53_failover_halves(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """The other half may be another stack's; two halves of a name in one stack differ."""
    seen: dict[tuple[Any, ...], str] = {}
    for record, half in failover_records(graph):
        yield record.must(f"{FAILOVER}[0].type", one_of({"PRIMARY", "SECONDARY"}))
        yield record.must_be_given("setIdentifier")
        yield record.must_be_given("healthCheckId")
        for path, _alias in record.items("aliases"):
            yield record.must(f"{path}.evaluateTargetHealth", IS_TRUE)
        name = (record.get("name"), record.get("type"), half)
        if all(isinstance(part, str) for part in name):
            first = seen.setdefault(name, record.urn)
            if first != record.urn:
                yield record.fails(f"{FAILOVER}[0].type", f"another record of the name is {half} too")


@graph_rule(
    "route53-failover-time",
    RECORD,
    HEALTH_CHECK,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="Customers cannot pay until the outage is noticed and their resolvers have forgotten the old "
    "answer.",
    remedy="Set request_interval=10 and failure_threshold=3 of the health check, and a ttl of 60 or less.",
    url=f"{GUIDE}/dns-failover-determining-health-of-endpoints.html",
)
def route53_failover_time(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """Interval times threshold of each check behind the name, and the time that resolvers keep it."""
    for record, _half in failover_records(graph):
        ttl = ALIAS_TTL if record.has("aliases") else record.get("ttl")
        if isinstance(ttl, Unknown):
            yield record.not_judged("ttl")
            continue
        if record.has("healthCheckId") and not checks_of(graph, record):
            yield record.not_judged("healthCheckId", "the health check is not known")
        for check in checks_of(graph, record):
            if check.get("type") not in ("CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"):
                yield _in_time(check, figure(ttl), settings.failover_seconds)


def _in_time(check: Resource, ttl: float, budget: int) -> Verdict:
    interval, failures = check.get("requestInterval"), check.get("failureThreshold")
    for path, value in (("requestInterval", interval), ("failureThreshold", failures)):
        if isinstance(value, Unknown):
            return check.not_judged(path)
    seconds = figure(INTERVAL if interval is ABSENT else interval)
    seconds *= figure(FAILURES if failures is ABSENT else failures)
    if seconds + ttl <= budget:
        return check.passes("requestInterval")
    return check.fails(
        "requestInterval",
        f"the switch takes {seconds:g} s and {ttl:g} s of TTL; expected: {budget} s or less",
    )


def checks_of(graph: Graph, record: Resource) -> list[Resource]:
    """Find the health checks that a record depends on, those behind calculated ones included."""
    found: dict[str, Resource] = {}
    waiting = graph.targets(record, "healthCheckId", HEALTH_CHECK)
    while waiting:
        check = waiting.pop()
        if check.urn not in found:
            found[check.urn] = check
            waiting += graph.targets(check, "childHealthchecks", HEALTH_CHECK)
    return list(found.values())


@graph_rule(
    "route53-check-of-own-name",
    RECORD,
    HEALTH_CHECK,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="A check of the name that it steers follows the switch, finds the standby region well and "
    "switches back into the outage.",
    remedy="Set fqdn of the health check to a name that always leads to the one region.",
    url=f"{GUIDE}/dns-failover-determining-health-of-endpoints.html",
)
def route53_check_of_own_name(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Also behind a calculated check."""
    for record, _half in failover_records(graph):
        for check in checks_of(graph, record):
            if check.has("fqdn"):
                yield _other_name(graph, record, check)


def _other_name(graph: Graph, record: Resource, check: Resource) -> Verdict:
    asked = check.get("fqdn")
    if isinstance(asked, Unknown):
        names = [item.get("name") for item in graph.targets(check, "fqdn", RECORD)]
    else:
        names = [asked]
    steered = record.get("name")
    if not names or isinstance(steered, Unknown) or any(isinstance(name, Unknown) for name in names):
        return check.not_judged("fqdn")
    if str(steered).rstrip(".") in [str(name).rstrip(".") for name in names]:
        return check.fails("fqdn", "the health check asks the very name that it steers")
    return check.passes("fqdn")


@resource_rule(
    "route53-check-sound",
    HEALTH_CHECK,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A check that is off, inverted or content with too little says healthy during an outage.",
    remedy="Leave out disabled and invert_healthcheck, give three regions or none, a threshold from 1 to the "
    "number of children, and LastKnownStatus for missing data.",
    url=f"{GUIDE}/health-checks-creating-values.html",
)
def route53_check_sound(check: Resource, _: Settings) -> Iterator[Verdict]:
    """Without regions, Route 53 asks from all that it recommends."""
    yield check.must("disabled", IS_FALSE)
    yield check.must("invertHealthcheck", IS_FALSE)
    yield check.must("insufficientDataHealthStatus", STAYS)
    regions = check.get("regions")
    if isinstance(regions, list):
        yield at_least(LEAST_REGIONS)(check.urn, "regions", len(regions))
    elif regions is not ABSENT:
        yield check.not_judged("regions")
    if check.get("type") == "CALCULATED":
        children = check.get("childHealthchecks")
        yield check.must("childHealthchecks", IS_SET)
        yield check.must("childHealthThreshold", at_least(1))
        threshold = check.get("childHealthThreshold")
        if isinstance(children, list) and not isinstance(threshold, Unknown):
            most = f"{len(children)} or less, the number of children"
            yield Check(most, lambda value: figure(value) <= len(children))(
                check.urn, "childHealthThreshold", threshold
            )


@resource_rule(
    "route53-check-over-tls",
    HEALTH_CHECK,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A check over plain HTTP says healthy when no customer gets past the certificate.",
    remedy='Set type="HTTPS" or "HTTPS_STR_MATCH" and leave enable_sni on.',
    url=f"{GUIDE}/health-checks-creating-values.html",
)
def route53_check_over_tls(check: Resource, _: Settings) -> Iterator[Verdict]:
    """SNI is on by default; without it the load balancer may show another certificate."""
    yield check.must("type", IS_TRUSTED)
    if str(check.get("type")).startswith("HTTPS"):
        yield check.must("enableSni", NOT_OFF)


@graph_rule(
    "route53-alarm-elsewhere",
    RECORD,
    HEALTH_CHECK,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="An alarm in the region that fails cannot say that it fails.",
    remedy="Set cloudwatch_alarm_region to another region than the one that the record leads to.",
    url=f"{GUIDE}/health-checks-creating-values.html#health-checks-creating-values-cloudwatch",
)
def route53_alarm_elsewhere(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of checks by alarm that switch a name away from where the stack is."""
    for record, half in failover_records(graph):
        for check in checks_of(graph, record) if half == "PRIMARY" else ():
            alarm_region = check.get("cloudwatchAlarmRegion")
            home = region(graph, record)
            if check.get("type") != "CLOUDWATCH_METRIC":
                continue
            if isinstance(alarm_region, Unknown) or isinstance(home, Unknown):
                yield check.not_judged("cloudwatchAlarmRegion")
            elif alarm_region == home:
                yield check.fails("cloudwatchAlarmRegion", "the alarm is in the region that it is about")
            else:
                yield check.passes("cloudwatchAlarmRegion")


@graph_rule(
    "acm-validated",
    CERTIFICATE,
    VALIDATION,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ACM.2",)),
    reason="A certificate that somebody confirms by mail expires when the mail is not read.",
    remedy='Set validation_method="DNS" and a key of 2048 bits, and declare a CertificateValidation.',
    url="https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
)
def acm_validated(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of certificates that ACM issues; imported ones and those of a private authority need no validation."""
    for certificate in graph.of(CERTIFICATE):
        yield certificate.must("keyAlgorithm", IS_STRONG)
        if not certificate.has("certificateBody") and not certificate.has("certificateAuthorityArn"):
            yield certificate.must("validationMethod", one_of({"DNS", "HTTP"}))
            missing = "nothing waits until the certificate is valid"
            yield graph.companion(certificate, "certificateArn", VALIDATION, missing)[1]
