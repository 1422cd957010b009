"""Names that lead to the region that serves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..monitoring.alarm import Metric, alarm
from ..regions import GLOBAL_REGION
from ..section import verify
from .settings import FailoverSettings


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
        context: Who and where; with the topic of us-east-1, where the metrics of health checks are.
        settings: How often health checks probe, from where, and how many failures count.
        domain: The domain.
        zone_id: Its public zone.
        city: The region's part of its names, such as `tokyo`.
        names: What the first label of each name leads to: `portal`, `api`. A label is used once in an
            environment, for it names the alarm on the check as well.
        role: PRIMARY or SECONDARY of a failover pair, whose other half another stack owns; None for a name
            without failover.
        health_path: Path that the health checks probe.
        latch_health_check_id: A check that is unhealthy while the primary must not be used; of a PRIMARY.
    """

    context: Context
    settings: FailoverSettings = field(default_factory=FailoverSettings)
    domain: str
    zone_id: pulumi.Input[str]
    city: str
    names: Mapping[str, Alias]
    role: Literal["PRIMARY", "SECONDARY"] | None = None
    health_path: str = "/health"
    latch_health_check_id: pulumi.Input[str] | None = None


def endpoint_alarm_name(context: Context, label: str) -> str:
    """Name the alarm on the check of an endpoint, so that a latch can wait for it."""
    return context.name(f"{label}-endpoint")


class FailoverDns(pulumi.ComponentResource):
    """Names of the platform, each leading to this region or, in a pair, to the one that is well.

    Creates for each name the record of the region, `<name>-<city>.<domain>`, and the record of the platform,
    `<name>.<domain>`. With a role, creates a check that probes the region's record over HTTPS, never the
    name that it steers, an alarm on that check, and the record as one half of a failover pair with the set
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
        verify(f"FailoverDns {name}", args.settings)
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
            # What probes this name wants to know how this region is, whatever Route 53 thinks of it.
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
        args, settings = self._args, self._args.settings
        check = aws.route53.HealthCheck(
            f"{self._name}-{label}",
            type="HTTPS",
            fqdn=regional.fqdn,
            port=443,
            resource_path=args.health_path,
            enable_sni=True,
            request_interval=settings.interval_seconds,
            failure_threshold=settings.failure_threshold,
            regions=list(settings.checker_regions),
            tags={"Name": args.context.name(f"{self._name}-{label}")},
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
            alarm_name=endpoint_alarm_name(args.context, label),
            description=f"{label}-{args.city}.{args.domain} does not answer Route 53's health checks.",
            below=1,
            minutes=1,
            # Silence is a failure of what reports, not of the endpoint: it must not move anybody.
            missing="ignore",
            topic_arn=args.context.alarm_topic_arn,
            region=GLOBAL_REGION,
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
            tags={"Name": self._args.context.name(f"{self._name}-{label}-unlatched")},
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
            # AWS requires it on an alias of a pair. It fails over by itself when no target is healthy.
            aliases=[_alias(alias, evaluate_target_health=True)],
            opts=self._child,
        )


def _alias(alias: Alias, *, evaluate_target_health: bool) -> aws.route53.RecordAliasArgs:
    return aws.route53.RecordAliasArgs(
        name=alias.dns_name, zone_id=alias.zone_id, evaluate_target_health=evaluate_target_health
    )
