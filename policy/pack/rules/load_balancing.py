"""What a load balancer lets through, and how it notices and leaves a target that is ill."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_TRUE, Check, Outcome, Verdict, at_least, at_most

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
ELB = f"{SECURITY_HUB}/elb-controls.html"
HEALTH_CHECKS = (
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"
)
# What ELB does where nothing is set.
INTERVAL = 30
UNHEALTHY = 2
# More than that keeps a target that is well again from work for minutes.
MOST_HEALTHY = 5
DRAIN_SECONDS = 300
ERRORS_FROM = 400


def _is_health(value: Any) -> bool:
    codes = re.split("[,-]", str(value))
    return value is ABSENT or all(code.isdecimal() and int(code) < ERRORS_FROM for code in codes)


NO_ERRORS = Check("answers below 400", _is_health)
SAFE_DESYNC = Check("defensive or strictest", lambda value: value in (ABSENT, "defensive", "strictest"))
NOT_OFF = Check("true, or not set", lambda value: value in (ABSENT, True, "true"))


def _drop_invalid_headers(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The header is dropped by the load balancer, which is neither replaced nor stopped for it."""
    is_application = inputs.get("loadBalancerType", "application") == "application"
    drops = inputs.get("dropInvalidHeaderFields")
    if is_application and not isinstance(drops, Unknown) and drops not in (True, "true"):
        return {"dropInvalidHeaderFields": True}
    return {}


@resource_rule(
    "lb-drop-invalid-headers",
    LOAD_BALANCER,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ELB.4",), checkov=("CKV_AWS_131",)),
    reason="A header that two servers read differently smuggles a request past the firewall.",
    remedy="Set drop_invalid_header_fields=True.",
    url=f"{ELB}#elb-4",
    remediate=_drop_invalid_headers,
)
def lb_drop_invalid_headers(balancer: Resource, _: Settings) -> Iterator[Verdict]:
    """Of application load balancers, which pass such headers on unless told not to."""
    yield from _of_application(balancer, "dropInvalidHeaderFields", IS_TRUE)


@resource_rule(
    "lb-desync-mode",
    LOAD_BALANCER,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ELB.12",), checkov=("CKV_AWS_328",)),
    reason="A request that two servers read differently is a way into the session of another customer.",
    remedy="Set desync_mitigation_mode to defensive or strictest, or leave it out.",
    url=f"{ELB}#elb-12",
)
def lb_desync_mode(balancer: Resource, _: Settings) -> Iterator[Verdict]:
    """Of application load balancers, which are defensive by default."""
    yield from _of_application(balancer, "desyncMitigationMode", SAFE_DESYNC)


def _of_application(balancer: Resource, path: str, check: Check) -> Iterator[Verdict]:
    kind = balancer.get("loadBalancerType")
    if isinstance(kind, Unknown):
        yield balancer.not_judged("loadBalancerType")
    elif kind in (ABSENT, "application"):
        yield balancer.must(path, check)


@resource_rule(
    "lb-target-health",
    TARGET_GROUP,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(checkov=("CKV_AWS_261",)),
    reason="A target that is ill gets payments until the load balancer notices.",
    remedy="Set health_check so that interval times unhealthy_threshold is within the pack's "
    "failoverSeconds, and the timeout is shorter than the interval.",
    url=HEALTH_CHECKS,
)
def lb_target_health(group: Resource, settings: Settings) -> Iterator[Verdict]:
    """What is not set, ELB does by default; a function it does not check unless told to."""
    if group.get("targetType") == "lambda" and not group.has("healthCheck"):
        return
    path = "healthCheck"
    if isinstance(group.get(path), Unknown):
        yield group.not_judged(path)
        return
    yield group.must(f"{path}.enabled", NOT_OFF)
    interval = _or(group.get(f"{path}.interval"), INTERVAL)
    unhealthy = _or(group.get(f"{path}.unhealthyThreshold"), UNHEALTHY)
    if isinstance(interval, Unknown) or isinstance(unhealthy, Unknown):
        yield group.not_judged(f"{path}.interval")
    else:
        seconds = figure(interval) * figure(unhealthy)
        if seconds <= settings.failover_seconds:
            yield group.passes(f"{path}.interval")
        else:
            message = f"a target is ill for {seconds} s before it is taken out"
            yield group.fails(
                f"{path}.interval", f"{message}; expected: {settings.failover_seconds} s or less"
            )
        if group.has(f"{path}.timeout"):
            yield group.must(f"{path}.timeout", at_most(figure(interval) - 1))
    yield _or_default(group, f"{path}.healthyThreshold", at_most(MOST_HEALTHY))


@resource_rule(
    "lb-target-answers",
    TARGET_GROUP,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A target whose errors count as health is never taken out.",
    remedy="Set matcher of health_check to 200, or to other answers below 400.",
    url=HEALTH_CHECKS,
)
def lb_target_answers(group: Resource, _: Settings) -> Iterator[Verdict]:
    """Of targets that are asked over HTTP; gRPC has codes of its own."""
    if group.get("protocolVersion") != "GRPC" and group.get("healthCheck.protocol") != "TCP":
        yield group.must("healthCheck.matcher", NO_ERRORS)


@resource_rule(
    "lb-targets-drain",
    TARGET_GROUP,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="Without a delay, a deployment cuts off payments under way; with a long one it never ends.",
    remedy="Set deregistration_delay to 1 to 300 seconds, or leave it out.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html",
)
def lb_targets_drain(group: Resource, _: Settings) -> Iterator[Verdict]:
    """300 seconds by default; functions are not drained."""
    if group.get("targetType") != "lambda":
        delay = _or_default(group, "deregistrationDelay", at_least(1))
        yield (
            delay
            if delay.outcome is not Outcome.PASS
            else _or_default(group, "deregistrationDelay", at_most(DRAIN_SECONDS))
        )


def serves_http(graph: Graph, service: Resource) -> bool:
    """Whether a service of ECS answers HTTP behind a load balancer."""
    groups = [
        group
        for path, _ in service.items("loadBalancers")
        for group in graph.targets(service, f"{path}.targetGroupArn", TARGET_GROUP)
    ]
    return any(group.get("protocol") in ("HTTP", "HTTPS") for group in groups)


def figure(value: Any) -> float:
    """Read a number, however it is written; what is none is too much of anything."""
    try:
        return math.inf if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return math.inf


def _or(value: Any, default: int) -> Any:
    return default if value is ABSENT else value


def _or_default(resource: Resource, path: str, check: Check) -> Verdict:
    return resource.passes(path) if resource.get(path) is ABSENT else resource.must(path, check)
