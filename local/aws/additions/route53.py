"""Route 53: a zone that is created with a VPC is private; query logs name their group as AWS does."""

from collections.abc import Callable
from typing import Any

from moto.route53.models import HealthCheck, Route53Backend
from moto.route53.responses import Route53

from local.aws import health
from local.aws.additions.operations import after
from local.aws.additions.patching import attribute, wrap
from local.aws.call import Call
from local.aws.untyped import Moto


@wrap(Route53, "create_hosted_zone", digest="ede5e2fc")
def create_hosted_zone(original: Callable[..., Any], self: Moto) -> Moto:
    """Moto asks for a flag that AWS only answers, and creates a public zone without it."""
    if self._get_param("VPC.VPCId"):
        self.params.setdefault("HostedZoneConfig", {})["PrivateZone"] = True
    return original(self)


@wrap(Route53Backend, "change_resource_record_sets", digest="b76a48a1")
def change_resource_record_sets(
    original: Callable[..., None], self: Moto, zoneid: str, change_list: list[dict[str, Any]]
) -> None:
    """To delete one record of a set, moto deletes all of the zone with its set identifier.

    A record that was deleted and is created again as it was is refused by moto if any other of its type
    follows in the zone; whether it is there now is asked in `refusals.route53_records`.
    """
    zone = self.get_hosted_zone(zoneid)
    deleted = {_key(each["ResourceRecordSet"]) for each in change_list if each["Action"] == "DELETE"}
    others = {key: record for record in zone.rrsets if (key := _key_of(record)) not in deleted}
    for change in change_list:
        while change["Action"] == "CREATE" and change in zone.rr_changes:
            zone.rr_changes.remove(change)
    original(self, zoneid, change_list)
    there = {_key_of(record) for record in zone.rrsets}
    zone.rrsets += [record for key, record in others.items() if key not in there]


def _key(given: dict[str, Any]) -> tuple[str, str, str | None]:
    return given["Name"].rstrip("."), given["Type"], given.get("SetIdentifier")


def _key_of(record: Moto) -> tuple[str, str, str | None]:
    return record.name.rstrip("."), record.type, record.set_identifier


@wrap(Route53Backend, "create_query_logging_config", digest="c33649f7")
def create_query_logging_config(
    original: Callable[..., Any], self: Moto, hosted_zone_id: str, log_group_arn: str
) -> Moto:
    """AWS takes the group's ARN, and gives back the one it got; moto wants all streams of the group."""
    created = original(self, hosted_zone_id, f"{log_group_arn.removesuffix(':*')}:*")
    created.cloud_watch_logs_log_group_arn = log_group_arn
    return created


@wrap(Route53Backend, "list_query_logging_configs", digest="49c16fd4")
def list_query_logging_configs(
    original: Callable[..., Any], self: Moto, hosted_zone_id: str | None = None, **page: Moto
) -> Moto:
    """Those of one zone by its id; moto compares the id with another, and gives those of all zones."""
    configs, token = original(self, **page)
    if hosted_zone_id:
        self.get_hosted_zone(hosted_zone_id)
        configs = [each for each in configs if each.hosted_zone_id == hosted_zone_id]
    return configs, token


@after("route53", "DeleteHealthCheck", "DeleteHostedZone")
def forget_tags(call: Call) -> None:
    """Tags go with what they are on."""
    name = call.params.get("HealthCheckId") or call.params["Id"].rpartition("/")[2]
    call.backend("route53").resource_tags.pop(name, None)


attribute(HealthCheck, "alarm_identifier", None)
attribute(HealthCheck, "insufficient_data_health_status", None)


@after("route53", "CreateHealthCheck", "UpdateHealthCheck")
def keep_alarm(call: Call) -> None:
    """Remember the alarm that a check follows, and what it does without data."""
    config = call.params.get("HealthCheckConfig", call.params)
    checks = call.backend("route53").health_checks
    # An answer of moto's names no id here; the newest check is the one that was created.
    check = checks[call.params.get("HealthCheckId") or next(reversed(checks))]
    for name, given in (
        ("alarm_identifier", config.get("AlarmIdentifier")),
        ("insufficient_data_health_status", config.get("InsufficientDataHealthStatus")),
    ):
        if given is not None:
            setattr(check, name, given)


@wrap(Route53, "get_health_check_status", digest="b587f565")
def get_health_check_status(original: Callable[..., Any], self: Moto) -> Moto:
    """What the checkers see; moto's are always content."""
    answer = original(self)
    check = self.backend.get_health_check(self._get_param("HealthCheckId"))
    if not health.is_healthy(check):
        for observation in answer.result["HealthCheckObservations"]:
            observation["StatusReport"]["Status"] = "Failure: the local AWS was told that it is away"
    return answer


@wrap(HealthCheck, "health_check_config", digest="81e895fe")
def health_check_config(original: Callable[..., Any], self: Moto) -> dict[str, Any]:
    """With the alarm; a check that follows one has nothing that asks an endpoint."""
    config: dict[str, Any] = original(self)
    if self.type_ == "CLOUDWATCH_METRIC":
        config = {name: config[name] for name in ("Type", "Inverted", "Disabled")}
        config["AlarmIdentifier"] = self.alarm_identifier
        config["InsufficientDataHealthStatus"] = self.insufficient_data_health_status
    return config
