"""Names that lead to the region that serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.monitoring import Metric, alarm

# Metrics of health checks lie there.
METRICS_REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Alias:
    """A load balancer that a name leads to.

    Attributes:
        dns_name: Its name.
        zone_id: Route 53's zone of that name.
    """

    dns_name: pulumi.Input[str]
    zone_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class FailoverDnsArgs:
    """Inputs of `FailoverDns`.

    Attributes:
        environment: Part of names of checks and alarms.
        domain: The domain.
        zone_id: Its public zone.
        city: The region's part of its names, such as `tokyo`.
        names: What the first label of each name leads to: `portal`, `api`.
        role: PRIMARY or SECONDARY of a failover pair, whose other half another stack owns; None for a name
            without failover.
        health_path: Path that the health checks ask.
        interval_seconds: 10 or 30; a change replaces the checks.
        failure_threshold: Answers in a row, 1 to 10, after which an endpoint counts as failed, or as well.
        checker_regions: Regions that check from, at least three of those that Route 53 has.
        alarm_topic_arn: SNS topic of the alarms, in us-east-1.
        latch_health_check_id: A check that is unhealthy while the primary must not be used; of a PRIMARY.
    """

    environment: str
    domain: str
    zone_id: pulumi.Input[str]
    city: str
    names: Mapping[str, Alias]
    role: Literal["PRIMARY", "SECONDARY"] | None
    health_path: str
    interval_seconds: int
    failure_threshold: int
    checker_regions: Sequence[str]
    alarm_topic_arn: pulumi.Input[str]
    latch_health_check_id: pulumi.Input[str] | None = None


def endpoint_alarm_name(environment: str, label: str) -> str:
    """Name the alarm on the check of an endpoint, so that a latch can wait for it."""
    return f"mpac-{environment}-{label}-endpoint"


class FailoverDns(pulumi.ComponentResource):
    """Names of the platform, each leading to this region or, in a pair, to the one that is well.

    Creates for each name the record of the region, `<name>-<city>.<domain>`, and the record of the platform,
    `<name>.<domain>`. With a role, creates a check that asks the region's record over HTTPS, never the name
    that it steers, an alarm on that check, and the record as one half of a failover pair with the set
    identifier `<role>-<city>`. With a latch, the half is healthy only while endpoint and latch both are.

    A failure moves clients after interval x threshold, and the 60 seconds that resolvers keep an alias.

    Replaces a record: its name or set identifier. A check: its interval or type.

    Requirements: DNS, "Alias Records", "Health Checks for Failover", "Failover Routing Policy".

    Attributes:
        urls: Address of each name of the platform.
        health_check_ids: Check of each endpoint; empty without a role.
    """

    urls: dict[str, str]
    health_check_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: FailoverDnsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:dns:FailoverDns", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.urls = {label: f"https://{label}.{args.domain}" for label in args.names}
        self.health_check_ids = {}
        for label, alias in args.names.items():
            regional = self._regional_record(label, alias)
            if args.role is None:
                self._plain_record(label, alias)
                continue
            endpoint = self._endpoint_check(label, regional)
            self.health_check_ids[label] = endpoint.id
            self._failover_record(label, alias, self._verdict(label, endpoint))
        self.register_outputs({"urls": self.urls, "healthCheckIds": self.health_check_ids})

    def _regional_record(self, label: str, alias: Alias) -> aws.route53.Record:
        return aws.route53.Record(
            f"{self._name}-{label}-{self._args.city}",
            zone_id=self._args.zone_id,
            name=f"{label}-{self._args.city}.{self._args.domain}",
            type="A",
            # What asks this name wants to know how this region is, whatever Route 53 thinks of it.
            aliases=[_alias(alias, evaluate_target_health=False)],
            opts=self._child,
        )

    def _plain_record(self, label: str, alias: Alias) -> None:
        aws.route53.Record(
            f"{self._name}-{label}",
            zone_id=self._args.zone_id,
            name=f"{label}.{self._args.domain}",
            type="A",
            aliases=[_alias(alias, evaluate_target_health=True)],
            opts=self._child,
        )

    def _endpoint_check(self, label: str, regional: aws.route53.Record) -> aws.route53.HealthCheck:
        args = self._args
        check_name = f"mpac-{args.environment}-{label}"
        check = aws.route53.HealthCheck(
            f"{self._name}-{label}",
            type="HTTPS",
            fqdn=regional.fqdn,
            port=443,
            resource_path=args.health_path,
            enable_sni=True,
            request_interval=args.interval_seconds,
            failure_threshold=args.failure_threshold,
            regions=list(args.checker_regions),
            tags={"Name": check_name},
            opts=self._child,
        )
        alarm(
            f"{self._name}-{label}",
            Metric(
                namespace="AWS/Route53",
                name="HealthCheckStatus",
                dimensions={"HealthCheckId": check.id},
                statistic="Minimum",
            ),
            alarm_name=endpoint_alarm_name(args.environment, label),
            description=f"{label}-{args.city}.{args.domain} does not answer Route 53's health checks.",
            below=1,
            minutes=1,
            # Silence is a failure of what reports, not of the endpoint: it must not move anybody.
            missing="ignore",
            topic_arn=args.alarm_topic_arn,
            region=METRICS_REGION,
            opts=self._child,
        )
        return check

    def _verdict(self, label: str, endpoint: aws.route53.HealthCheck) -> pulumi.Output[str]:
        if self._args.latch_health_check_id is None:
            return endpoint.id
        return aws.route53.HealthCheck(
            f"{self._name}-{label}-unlatched",
            type="CALCULATED",
            child_healthchecks=[endpoint.id, self._args.latch_health_check_id],
            child_health_threshold=2,
            tags={"Name": f"mpac-{self._args.environment}-{label}-unlatched"},
            opts=self._child,
        ).id

    def _failover_record(self, label: str, alias: Alias, health_check_id: pulumi.Output[str]) -> None:
        role = self._args.role or ""
        aws.route53.Record(
            f"{self._name}-{label}",
            zone_id=self._args.zone_id,
            name=f"{label}.{self._args.domain}",
            type="A",
            set_identifier=f"{role.lower()}-{self._args.city}",
            failover_routing_policies=[aws.route53.RecordFailoverRoutingPolicyArgs(type=role)],
            health_check_id=health_check_id,
            # AWS asks for it on an alias of a pair. It fails over by itself when no target is healthy.
            aliases=[_alias(alias, evaluate_target_health=True)],
            opts=self._child,
        )


def _alias(alias: Alias, *, evaluate_target_health: bool) -> aws.route53.RecordAliasArgs:
    return aws.route53.RecordAliasArgs(
        name=alias.dns_name, zone_id=alias.zone_id, evaluate_target_health=evaluate_target_health
    )
