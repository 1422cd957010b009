"""Listeners of an application load balancer, and their rules."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from ..context import Context
from .routes import ListenerRule

# Prometheus scrapes the tasks themselves, at the port that they serve requests on.
INTERNAL_PATHS = ("/metrics", "/metrics/*")


def redirect_to_https(
    name: str, context: Context, load_balancer_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> None:
    """Create the listener on 80, which redirects to 443."""
    aws.lb.Listener(
        f"{name}-http",
        load_balancer_arn=load_balancer_arn,
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
        tags={"Name": context.name(f"{name}-http")},
        opts=opts,
    )


def https_listener(
    name: str,
    context: Context,
    *,
    load_balancer_arn: pulumi.Output[str],
    tls_policy: str,
    certificate_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.lb.Listener:
    """Create the listener on 443, which answers 404 where no rule fits."""
    return aws.lb.Listener(
        f"{name}-https",
        load_balancer_arn=load_balancer_arn,
        port=443,
        protocol="HTTPS",
        # Without one, ELB would take its default of 2016, with TLS 1.0.
        ssl_policy=tls_policy,
        certificate_arn=certificate_arn,
        default_actions=[
            aws.lb.ListenerDefaultActionArgs(
                type="fixed-response",
                fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
                    content_type="text/plain", message_body="Not found", status_code="404"
                ),
            )
        ],
        tags={"Name": context.name(f"{name}-https")},
        opts=opts,
    )


def hide_internal_paths(
    name: str, context: Context, listener_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> None:
    """Create the first rule of a listener: 404 for what only Prometheus may see."""
    aws.lb.ListenerRule(
        f"{name}-internal-paths",
        listener_arn=listener_arn,
        priority=1,
        conditions=[_path_pattern(INTERNAL_PATHS)],
        actions=[
            aws.lb.ListenerRuleActionArgs(
                type="fixed-response",
                fixed_response=aws.lb.ListenerRuleActionFixedResponseArgs(
                    content_type="text/plain", message_body="Not found", status_code="404"
                ),
            )
        ],
        tags={"Name": context.name(f"{name}-internal-paths")},
        opts=opts,
    )


def forwarding_rule(
    name: str,
    context: Context,
    rule: ListenerRule,
    *,
    listener_arn: pulumi.Output[str],
    target_group_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> aws.lb.ListenerRule:
    """Create a rule that leads to a service, named `<prefix>-<environment>-<name>-<service>-<number>`."""
    rule_name = f"{name}-{rule.service}-{rule.number}"
    return aws.lb.ListenerRule(
        rule_name,
        listener_arn=listener_arn,
        priority=rule.priority,
        conditions=[
            aws.lb.ListenerRuleConditionArgs(
                host_header=aws.lb.ListenerRuleConditionHostHeaderArgs(values=list(rule.hosts))
            ),
            _path_pattern(rule.paths),
        ],
        actions=[aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=target_group_arn)],
        tags={"Name": context.name(rule_name)},
        opts=opts,
    )


def _path_pattern(paths: Sequence[str]) -> aws.lb.ListenerRuleConditionArgs:
    return aws.lb.ListenerRuleConditionArgs(
        path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=list(paths))
    )
