"""The load balancer for requests over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.load_balancing.routes import ListenerRule, ServiceRoute, listener_rules
from components.load_balancing.targets import attached, target_group
from components.monitoring import Metric, alarm
from components.storage import PrivateBucket

ACCESS_LOG_PREFIX = "alb"
# Prometheus asks the tasks themselves, at the port that they serve requests on.
INTERNAL_PATHS = ("/metrics", "/metrics/*")


@dataclass(frozen=True, kw_only=True)
class BalancedService:
    """A target group that a listener uses.

    Attributes:
        arn: ARN, known when a rule uses the group.
        arn_suffix: What CloudWatch calls it.
        port: Port of the tasks.
    """

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    port: int


@dataclass(frozen=True, kw_only=True)
class ApplicationLoadBalancerArgs:
    """Inputs of `ApplicationLoadBalancer`.

    Attributes:
        environment: Part of every name.
        vpc_id: The network.
        subnet_ids: Public subnets, one per zone.
        security_group_id: Group of the load balancer.
        certificate_arn: Issued certificate for every host of the routes.
        tls_policy: Security policy of ELB: which versions and ciphers of TLS clients may use.
        idle_timeout_seconds: Seconds, 1 to 4000, after which a silent connection is closed; WebSockets must
            say something more often.
        routes: What goes where.
        access_logs: Bucket that access logs go to, below `alb/`, whose policy must let ELB write.
        internet_gateway: The network's way to the internet.
        web_acl_arn: Regional web ACL in front of it.
        alarm_topic_arn: SNS topic that alarms go to.
        protect: Whether Pulumi and AWS refuse to delete the load balancer.
    """

    environment: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    tls_policy: str
    idle_timeout_seconds: int
    routes: Sequence[ServiceRoute]
    access_logs: PrivateBucket
    internet_gateway: pulumi.Resource
    web_acl_arn: pulumi.Input[str]
    alarm_topic_arn: pulumi.Input[str]
    protect: bool


class ApplicationLoadBalancer(pulumi.ComponentResource):
    """Brings requests over HTTPS to the services.

    Creates the load balancer `mpac-<environment>` in the public subnets; a listener on 443, which answers 404
    where no rule fits, and one on 80, which redirects there; a target group and rules for each service; the
    association with a web ACL; and alarms on errors of its own and on connections that it could not pass on.

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
    services: Mapping[str, BalancedService]
    no_target_alarms: Sequence[str]

    def __init__(
        self, name: str, args: ApplicationLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:balancing:ApplicationLoadBalancer", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._load_balancer = self._create()
        rules = listener_rules(args.routes)
        https = self._listeners()
        groups = {
            route.service: target_group(
                f"{name}-{route.service}",
                route,
                environment=args.environment,
                vpc_id=args.vpc_id,
                websocket=False,
                drain_seconds=route.drain_seconds,
                opts=self._child,
            )
            for route in args.routes
        }
        self._refuse_internal_paths(https)
        users: dict[str, list[pulumi.Output[str]]] = {service: [] for service in groups}
        for rule in rules:
            users[rule.service].append(self._rule(https, rule, groups[rule.service]))
        aws.wafv2.WebAclAssociation(
            name, resource_arn=self._load_balancer.arn, web_acl_arn=args.web_acl_arn, opts=self._child
        )

        self.arn = self._load_balancer.arn
        self.arn_suffix = self._load_balancer.arn_suffix
        self.dns_name = self._load_balancer.dns_name
        self.zone_id = self._load_balancer.zone_id
        self.services = {
            route.service: BalancedService(
                arn=attached(groups[route.service], *users[route.service]),
                arn_suffix=groups[route.service].arn_suffix,
                port=route.port,
            )
            for route in args.routes
        }
        self._alarms()
        self.no_target_alarms = [
            self._no_target_alarm(service, group.arn_suffix) for service, group in groups.items()
        ]
        self.register_outputs({"arn": self.arn, "dnsName": self.dns_name, "zoneId": self.zone_id})

    def _create(self) -> aws.lb.LoadBalancer:
        args = self._args
        return aws.lb.LoadBalancer(
            self._name,
            name=f"mpac-{args.environment}",
            load_balancer_type="application",
            internal=False,
            subnets=args.subnet_ids,
            security_groups=[args.security_group_id],
            ip_address_type="ipv4",
            idle_timeout=args.idle_timeout_seconds,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_http2=True,
            enable_zonal_shift=True,
            enable_deletion_protection=args.protect,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(
                bucket=args.access_logs.name, prefix=ACCESS_LOG_PREFIX, enabled=True
            ),
            tags={"Name": f"mpac-{args.environment}"},
            # ELB tries both at once, and refuses a load balancer that cannot write its logs or be reached.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[args.access_logs.policy, args.internet_gateway],
            ),
        )

    def _listeners(self) -> aws.lb.Listener:
        aws.lb.Listener(
            f"{self._name}-http",
            load_balancer_arn=self._load_balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=aws.lb.ListenerDefaultActionRedirectArgs(
                        port="443", protocol="HTTPS", status_code="HTTP_301"
                    ),
                )
            ],
            tags={"Name": f"mpac-{self._args.environment}-http"},
            opts=self._child,
        )
        return aws.lb.Listener(
            f"{self._name}-https",
            load_balancer_arn=self._load_balancer.arn,
            port=443,
            protocol="HTTPS",
            # Without one, ELB would take its default of 2016, with TLS 1.0.
            ssl_policy=self._args.tls_policy,
            certificate_arn=self._args.certificate_arn,
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
                        content_type="text/plain", message_body="Not found", status_code="404"
                    ),
                )
            ],
            tags={"Name": f"mpac-{self._args.environment}-https"},
            opts=self._child,
        )

    def _refuse_internal_paths(self, https: aws.lb.Listener) -> None:
        aws.lb.ListenerRule(
            f"{self._name}-internal-paths",
            listener_arn=https.arn,
            priority=1,
            conditions=[
                aws.lb.ListenerRuleConditionArgs(
                    path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=list(INTERNAL_PATHS))
                )
            ],
            actions=[
                aws.lb.ListenerRuleActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerRuleActionFixedResponseArgs(
                        content_type="text/plain", message_body="Not found", status_code="404"
                    ),
                )
            ],
            tags={"Name": f"mpac-{self._args.environment}-internal-paths"},
            opts=self._child,
        )

    def _rule(
        self, https: aws.lb.Listener, rule: ListenerRule, group: aws.lb.TargetGroup
    ) -> pulumi.Output[str]:
        name = f"{rule.service}-{rule.number}"
        return aws.lb.ListenerRule(
            f"{self._name}-{name}",
            listener_arn=https.arn,
            priority=rule.priority,
            conditions=[
                aws.lb.ListenerRuleConditionArgs(
                    host_header=aws.lb.ListenerRuleConditionHostHeaderArgs(values=list(rule.hosts))
                ),
                aws.lb.ListenerRuleConditionArgs(
                    path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=list(rule.paths))
                ),
            ],
            actions=[aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=group.arn)],
            tags={"Name": f"mpac-{self._args.environment}-{name}"},
            opts=self._child,
        ).arn

    def _no_target_alarm(self, service: str, group: pulumi.Output[str]) -> str:
        alarm_name = f"mpac-{self._args.environment}-alb-{service}-no-targets"
        alarm(
            f"{self._name}-{service}-no-targets",
            Metric(
                namespace="AWS/ApplicationELB",
                name="HealthyHostCount",
                dimensions={"TargetGroup": group, "LoadBalancer": self.arn_suffix},
                statistic="Maximum",
            ),
            alarm_name=alarm_name,
            description=(
                f"No task of {service} is healthy. Route 53 takes the whole load balancer for failed, and "
                "leads to the other region where one stands by."
            ),
            below=1,
            minutes=1,
            missing="breaching",
            topic_arn=self._args.alarm_topic_arn,
            opts=self._child,
        )
        return alarm_name

    def _alarms(self) -> None:
        watched = (
            (
                "errors",
                "HTTPCode_ELB_5XX_Count",
                50,
                "The load balancer itself answers with 5xx: no healthy target, or targets that hang.",
            ),
            (
                "connection-errors",
                "TargetConnectionErrorCount",
                50,
                "The load balancer cannot connect to tasks: overloaded, or a security group is wrong.",
            ),
            (
                "rejected-connections",
                "RejectedConnectionCount",
                0,
                "The load balancer has reached its limit of connections and rejects clients.",
            ),
        )
        for label, metric, above, description in watched:
            alarm(
                f"{self._name}-{label}",
                Metric(
                    namespace="AWS/ApplicationELB",
                    name=metric,
                    dimensions={"LoadBalancer": self.arn_suffix},
                    statistic="Sum",
                ),
                alarm_name=f"mpac-{self._args.environment}-alb-{label}",
                description=description,
                above=above,
                minutes=2,
                out_of=3,
                missing="notBreaching",  # ELB reports only what happens
                topic_arn=self._args.alarm_topic_arn,
                opts=self._child,
            )
