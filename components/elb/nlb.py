"""The load balancer for WebSockets."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..storage.bucket import PrivateBucket
from .routes import ServiceRoute
from .targets import ServiceTargets, target_group, used_by

# Requirements: Network Load Balancer, "Connection Draining".
DRAIN_SECONDS = 300
ACCESS_LOG_PREFIX = "nlb"


@dataclass(frozen=True, kw_only=True)
class WebsocketLoadBalancerArgs:
    """Inputs of `WebsocketLoadBalancer`.

    Attributes:
        context: Who and where.
        vpc_id: The network.
        subnet_ids: Public subnets, one per zone.
        security_group_id: Group of the load balancer. One that has none at its creation can never get one.
        certificate_arn: Issued certificate for the host name of the WebSockets.
        tls_policy: Security policy of ELB: which versions and ciphers of TLS clients may use.
        route: The service behind it.
        access_logs: Bucket that access logs go to, below `nlb/`, whose policy must let ELB write.
        internet_gateway: The network's way to the internet.
    """

    context: Context
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    tls_policy: str
    route: ServiceRoute
    access_logs: PrivateBucket
    internet_gateway: pulumi.Resource


class WebsocketLoadBalancer(pulumi.ComponentResource):
    """Brings WebSockets over TLS to one service, on connections that last.

    Creates the network load balancer `<prefix>-<environment>-<name>`, its TLS listener on 443 and the target
    group. A connection that is silent for 350 seconds is closed, which nothing can change: clients must send
    something more often. Connections to a task that goes may last another 300 seconds.

    Replaces the load balancer: its name, network or scheme.

    Requirements: Load Balancing, "Network Load Balancer".

    Attributes:
        arn: ARN of the load balancer.
        arn_suffix: What CloudWatch calls it.
        dns_name: Name for alias records.
        zone_id: Route 53's zone of that name, for alias records.
        service: Target group of the service.
    """

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    service: ServiceTargets

    def __init__(
        self, name: str, args: WebsocketLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:elb:WebsocketLoadBalancer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        label = args.context.name(name)
        load_balancer = aws.lb.LoadBalancer(
            name,
            name=label,
            load_balancer_type="network",
            internal=False,
            subnets=args.subnet_ids,
            security_groups=[args.security_group_id],
            ip_address_type="ipv4",
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=args.context.protect,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(
                bucket=args.access_logs.name, prefix=ACCESS_LOG_PREFIX, enabled=True
            ),
            tags={"Name": label},
            # ELB tries both at once, and refuses a load balancer that cannot write its logs or be reached.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.context.protect,
                depends_on=[args.access_logs.policy, args.internet_gateway],
            ),
        )
        group = target_group(
            name,
            args.route,
            context=args.context,
            vpc_id=args.vpc_id,
            websocket=True,
            drain_seconds=DRAIN_SECONDS,
            opts=child,
        )
        listener = aws.lb.Listener(
            name,
            load_balancer_arn=load_balancer.arn,
            port=443,
            protocol="TLS",
            ssl_policy=args.tls_policy,
            certificate_arn=args.certificate_arn,
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=group.arn)],
            tags={"Name": label},
            opts=child,
        )
        self.arn = load_balancer.arn
        self.arn_suffix = load_balancer.arn_suffix
        self.dns_name = load_balancer.dns_name
        self.zone_id = load_balancer.zone_id
        self.service = used_by(group, args.route, [listener.arn])
        self.register_outputs({"arn": self.arn, "dnsName": self.dns_name, "zoneId": self.zone_id})
