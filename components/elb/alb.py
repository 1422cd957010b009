"""The load balancer for requests over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..section import verify
from ..storage.bucket import PrivateBucket
from .alarms import load_balancer_alarms, no_target_alarm
from .listeners import (
    forwarding_rule,
    hide_internal_paths,
    https_listener,
    redirect_to_https,
)
from .routes import ServiceRoute, listener_rules
from .settings import AlbSettings
from .targets import ServiceTargets, target_group, used_by

ACCESS_LOG_PREFIX = "alb"


@dataclass(frozen=True, kw_only=True)
class ApplicationLoadBalancerArgs:
    """Inputs of `ApplicationLoadBalancer`.

    Attributes:
        context: Who and where.
        settings: Which versions and ciphers of TLS clients may use, and after how many seconds a silent
            connection is closed; over WebSockets something must be sent more often.
        vpc_id: The network.
        subnet_ids: Public subnets, one per zone.
        security_group_id: Group of the load balancer.
        certificate_arn: Issued certificate for every host of the routes.
        routes: What goes where.
        access_logs: Bucket that access logs go to, below `alb/`, whose policy must let ELB write.
        internet_gateway: The network's way to the internet.
        web_acl_arn: Regional web ACL in front of it; None for none.
    """

    context: Context
    settings: AlbSettings = field(default_factory=AlbSettings)
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    routes: Sequence[ServiceRoute]
    access_logs: PrivateBucket
    internet_gateway: pulumi.Resource
    web_acl_arn: pulumi.Input[str] | None = None


class ApplicationLoadBalancer(pulumi.ComponentResource):
    """Brings requests over HTTPS to the services.

    Creates the load balancer `<prefix>-<environment>-<name>` in the public subnets; a listener on 443, which
    answers 404 where no rule fits, and one on 80, which redirects there; a target group and rules for each
    service; the association with a web ACL; and alarms on errors of its own and on connections that it could
    not pass on.

    Header fields that HTTP does not allow are dropped, and requests that are not sure to be understood alike
    by the service behind are refused or kept apart. Every change of zone, target or rule happens in place.

    Replaces the load balancer: its name or network. Its address changes, and names follow by themselves.

    Requirements: Load Balancing, "Application Load Balancer" and "Health Checks".

    Attributes:
        arn: ARN of the load balancer.
        arn_suffix: What CloudWatch calls it.
        dns_name: Name for alias records.
        zone_id: Route 53's zone of that name, for alias records.
        services: Target group of each service.
        no_target_alarms: Names of the alarms on services that have no healthy task left.
    """

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    services: Mapping[str, ServiceTargets]
    no_target_alarms: Sequence[str]

    def __init__(
        self, name: str, args: ApplicationLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:elb:ApplicationLoadBalancer", name, None, opts)
        verify(f"ApplicationLoadBalancer {name}", args.settings)
        context, settings = args.context, args.settings
        child = pulumi.ResourceOptions(parent=self)
        rules = listener_rules(args.routes)
        load_balancer = self._load_balancer(name, args)
        redirect_to_https(name, context, load_balancer.arn, child)
        https = https_listener(
            name,
            context,
            load_balancer_arn=load_balancer.arn,
            tls_policy=settings.tls_policy,
            certificate_arn=args.certificate_arn,
            opts=child,
        )
        groups = {
            route.service: target_group(
                f"{name}-{route.service}",
                route,
                context=context,
                vpc_id=args.vpc_id,
                websocket=False,
                drain_seconds=route.drain_seconds,
                opts=child,
            )
            for route in args.routes
        }
        hide_internal_paths(name, context, https.arn, child)
        users: dict[str, list[pulumi.Output[str]]] = {service: [] for service in groups}
        for rule in rules:
            made = forwarding_rule(
                name,
                context,
                rule,
                listener_arn=https.arn,
                target_group_arn=groups[rule.service].arn,
                opts=child,
            )
            users[rule.service].append(made.arn)
        if args.web_acl_arn is not None:
            aws.wafv2.WebAclAssociation(
                name, resource_arn=load_balancer.arn, web_acl_arn=args.web_acl_arn, opts=child
            )
        load_balancer_alarms(name, context, load_balancer.arn_suffix, child)

        self.arn = load_balancer.arn
        self.arn_suffix = load_balancer.arn_suffix
        self.dns_name = load_balancer.dns_name
        self.zone_id = load_balancer.zone_id
        self.services = {
            route.service: used_by(groups[route.service], route, users[route.service])
            for route in args.routes
        }
        self.no_target_alarms = [
            no_target_alarm(
                name,
                service,
                context,
                arn_suffix=load_balancer.arn_suffix,
                group_arn_suffix=group.arn_suffix,
                opts=child,
            )
            for service, group in groups.items()
        ]
        self.register_outputs({"arn": self.arn, "dnsName": self.dns_name, "zoneId": self.zone_id})

    def _load_balancer(self, name: str, args: ApplicationLoadBalancerArgs) -> aws.lb.LoadBalancer:
        context = args.context
        return aws.lb.LoadBalancer(
            name,
            name=context.name(name),
            load_balancer_type="application",
            internal=False,
            subnets=args.subnet_ids,
            security_groups=[args.security_group_id],
            ip_address_type="ipv4",
            idle_timeout=args.settings.idle_timeout_seconds,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_http2=True,
            enable_zonal_shift=True,
            enable_deletion_protection=context.protect,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(
                bucket=args.access_logs.name, prefix=ACCESS_LOG_PREFIX, enabled=True
            ),
            tags={"Name": context.name(name)},
            # ELB tries both at once, and refuses a load balancer that cannot write its logs or be reached.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=context.protect,
                depends_on=[args.access_logs.policy, args.internet_gateway],
            ),
        )
