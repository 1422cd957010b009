"""What Route 53 thinks of endpoints, alarms and checks, and where it therefore leads a name.

Nothing listens at the endpoints, so they are healthy until somebody says otherwise. Time is not waited for:
an outage has a length in seconds, and counts when it is as long as the checks need to notice.
"""

from collections.abc import Callable
from typing import Any

from local.aws import aliases, functions
from local.aws.additions import cloudwatch
from local.aws.call import backend
from local.aws.untyped import Moto

METRICS_REGION = "us-east-1"
HEALTHY_STATES = {"Healthy": True, "Unhealthy": False}

_down: set[str] = set()
_last_known: dict[str, bool] = {}


def is_healthy(check: Moto) -> bool:
    """Whether a health check passes."""
    if check.type_ == "CALCULATED":
        children = [is_healthy(backend("route53", "aws").health_checks[id_]) for id_ in check.children or []]
        return sum(children) >= int(check.health_threshold or 0)
    if check.type_ == "CLOUDWATCH_METRIC":
        return _follows(check)
    return str(check.fqdn).rstrip(".") not in _down


def _follows(check: Moto) -> bool:
    identifier = check.alarm_identifier
    alarm = backend("cloudwatch", identifier["Region"]).alarms.get(identifier["Name"])
    state = alarm.state_value if alarm else "INSUFFICIENT_DATA"
    if state != "INSUFFICIENT_DATA":
        _last_known[check.id] = state == "OK"
        return state == "OK"
    given = check.insufficient_data_health_status
    # A new check that has never had data is healthy.
    return HEALTHY_STATES.get(given, _last_known.get(check.id, True))


def set_down(fqdn: str) -> None:
    """Let an endpoint answer no health check any more."""
    _down.add(fqdn)
    _report(fqdn)


def set_up(fqdn: str) -> None:
    """Let it answer again."""
    _down.discard(fqdn)
    _report(fqdn)


def outage(fqdn: str, seconds: float, locked: Callable[..., Callable[[str], None]]) -> dict[str, Any]:
    """Let an endpoint be away for some time; a check only sees what lasts interval x threshold.

    Args:
        fqdn: The endpoint.
        seconds: How long it is away; nobody waits for that.
        locked: Makes a function run while no request is answered; functions that it starts need answers.
    """
    seen = [
        check.id
        for check in _checks_of(fqdn)
        if seconds >= int(check.request_interval) * int(check.failure_threshold)
    ]
    if seen:
        for change in (set_down, set_up):
            locked(change)(fqdn)
            functions.finish()
    return {"fqdn": fqdn, "seconds": seconds, "noticedBy": seen}


def _checks_of(fqdn: str) -> list[Moto]:
    return [
        check
        for check in backend("route53", "aws").health_checks.values()
        if str(check.fqdn or "").rstrip(".") == fqdn
    ]


def _report(fqdn: str) -> None:
    """Write the metric that Route 53 writes about each check."""
    for check in _checks_of(fqdn):
        value = 1.0 if is_healthy(check) else 0.0
        cloudwatch.observe(
            METRICS_REGION, "AWS/Route53", "HealthCheckStatus", {"HealthCheckId": check.id}, value
        )


def resolve(name: str) -> dict[str, Any]:
    """Say which record of a failover pair answers for a name, and why."""
    records = [
        record
        for zone in backend("route53", "aws").zones.values()
        for record in zone.rrsets
        if record.name.rstrip(".") == name and record.failover
    ]
    health = {record.failover: _may_answer(record) for record in records}
    # With both unhealthy Route 53 answers with the primary: something may work, nothing surely does not.
    chosen = "PRIMARY" if health.get("PRIMARY", True) or not health.get("SECONDARY") else "SECONDARY"
    answer = next((record for record in records if record.failover == chosen), None)
    return {"name": name, "answer": answer.set_identifier if answer else None, "healthy": health}


def _may_answer(record: Moto) -> bool:
    """Its check passes, and so does what it leads to where that is evaluated."""
    target = record.alias_target
    if target and target["EvaluateTargetHealth"] and not aliases.is_healthy(target["DNSName"]):
        return False
    return not record.health_check_id or is_healthy(
        backend("route53", "aws").health_checks[record.health_check_id]
    )
