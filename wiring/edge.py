"""What the world sees: names, certificates, load balancers and the firewall in front of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.compute import TargetGroup
from components.dns import Certificate, CertificateArgs, PublicZone, PublicZoneArgs
from components.encryption import DataClass
from components.firewall import WebAcl, WebAclArgs
from components.load_balancing import (
    ApplicationLoadBalancer,
    ApplicationLoadBalancerArgs,
    ServiceRoute,
    WebsocketLoadBalancer,
    WebsocketLoadBalancerArgs,
)
from components.monitoring import AlarmTopic
from components.network import SecurityGroups, Tier, Vpc
from components.storage import PlatformBuckets
from settings.regions import CITIES
from settings.services import Service
from wiring.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Domain:
    """The domain that the stack's names lie in.

    Attributes:
        name: The domain.
        zone_id: Its zone.
        zone: The zone where the stack owns it.
    """

    name: str
    zone_id: pulumi.Input[str]
    zone: PublicZone | None

    def host(self, label: str) -> str:
        """The name of the platform."""
        return f"{label}.{self.name}"

    def regional_host(self, label: str, region: str) -> str:
        """The name of one region, which never leads to another."""
        return f"{label}-{CITIES[region]}.{self.name}"


def domain(stack: Stack) -> Domain:
    """The stack's own zone, or its upstream's."""
    settings = stack.settings
    if stack.contract:
        return Domain(name=stack.contract.dns.domain, zone_id=stack.contract.dns.zone_id, zone=None)
    name = settings.dns.domain or ""
    zone = PublicZone(
        "zone",
        PublicZoneArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            domain=name,
            zone_id=settings.dns.zone_id,
            query_log_retention_days=settings.dns.query_log_retention_days,
            logs_key_arn=stack.global_logs_key_arn,
            protect=settings.protect,
        ),
        stack.opts,
    )
    return Domain(name=name, zone_id=zone.zone_id, zone=zone)


def certificate(stack: Stack, names: Domain) -> Certificate:
    """The certificate of the load balancers; its validation record serves every other one of the domain."""
    return Certificate(
        "certificate",
        CertificateArgs(
            environment=stack.settings.environment,
            domain=names.name,
            validation_zone_id=names.zone_id if names.zone else None,
            zone_adopted=stack.settings.dns.zone_id is not None,
        ),
        stack.opts,
    )


def load_balancer(
    stack: Stack,
    *,
    vpc: Vpc,
    groups: SecurityGroups,
    buckets: PlatformBuckets,
    alarms: AlarmTopic,
    names: Domain,
    proof: Certificate,
) -> ApplicationLoadBalancer:
    """The load balancer of the services, behind a firewall."""
    settings = stack.settings
    acl = WebAcl(
        "firewall",
        WebAclArgs(
            environment=settings.environment,
            scope="REGIONAL",
            requests_per_address=settings.firewall.requests_per_address,
            log_retention_days=settings.firewall.log_retention_days,
            logs_key_arn=stack.key_arn(DataClass.LOGS),
            protect=settings.protect,
        ),
        stack.opts,
    )
    return ApplicationLoadBalancer(
        "balancer",
        ApplicationLoadBalancerArgs(
            environment=settings.environment,
            vpc_id=vpc.vpc_id,
            subnet_ids=vpc.public_subnet_ids,
            security_group_id=groups.ids[Tier.LOAD_BALANCER],
            certificate_arn=proof.arn,
            tls_policy=settings.load_balancer.tls_policy,
            idle_timeout_seconds=settings.load_balancer.idle_timeout_seconds,
            routes=[
                _route(stack, names, name, service.host, service)
                for name, service in settings.services.enabled().items()
            ],
            access_logs=buckets.access_logs,
            internet_gateway=vpc.internet_gateway,
            web_acl_arn=acl.arn,
            alarm_topic_arn=alarms.arn,
            protect=settings.protect,
        ),
        stack.opts,
    )


def websocket_load_balancer(
    stack: Stack,
    *,
    vpc: Vpc,
    groups: SecurityGroups,
    buckets: PlatformBuckets,
    names: Domain,
    proof: Certificate,
) -> WebsocketLoadBalancer | None:
    """The load balancer of the WebSockets, where there is one."""
    settings = stack.settings
    if not settings.websocket_load_balancer.enabled:
        return None
    return WebsocketLoadBalancer(
        "websockets",
        WebsocketLoadBalancerArgs(
            environment=settings.environment,
            vpc_id=vpc.vpc_id,
            subnet_ids=vpc.public_subnet_ids,
            security_group_id=groups.ids[Tier.WEBSOCKET_LOAD_BALANCER],
            certificate_arn=proof.arn,
            tls_policy=settings.load_balancer.tls_policy,
            route=_route(
                stack, names, "smarttab", settings.websocket_load_balancer.host, settings.services.smarttab
            ),
            access_logs=buckets.access_logs,
            internet_gateway=vpc.internet_gateway,
            protect=settings.protect,
        ),
        stack.opts,
    )


def target_groups(
    balancer: ApplicationLoadBalancer, websockets: WebsocketLoadBalancer | None
) -> Mapping[str, Sequence[TargetGroup]]:
    """What the tasks of each service join."""
    joined = {
        name: [
            TargetGroup(
                arn=service.arn,
                arn_suffix=service.arn_suffix,
                load_balancer_arn_suffix=balancer.arn_suffix,
                port=service.port,
            )
        ]
        for name, service in balancer.services.items()
    }
    if websockets:
        joined["smarttab"].append(
            TargetGroup(
                arn=websockets.service.arn,
                arn_suffix=websockets.service.arn_suffix,
                load_balancer_arn_suffix=websockets.arn_suffix,
                kind="network",
                port=websockets.service.port,
                label="websocket",
            )
        )
    return joined


def _route(stack: Stack, names: Domain, name: str, host: str, service: Service) -> ServiceRoute:
    return ServiceRoute(
        service=name,
        position=[*type(stack.settings.services).model_fields].index(name) + 1,
        port=service.port,
        hosts=(names.host(host), names.regional_host(host, stack.settings.region)),
        paths=service.paths,
        health_path=service.health_path,
        drain_seconds=service.drain_seconds,
    )
