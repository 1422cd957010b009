"""What Elastic Load Balancing refuses of a load balancer, and moto accepts."""

from typing import Any

from local.aws.call import ACCOUNT, Call, backend
from local.aws.errors import AwsError
from local.aws.policies import allows, as_list, matches, principals, statements
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

_CONFIGURATION = "InvalidConfigurationRequest"
# Who writes access logs, by the type of the load balancer.
_WRITERS = {
    "application": "logdelivery.elasticloadbalancing.amazonaws.com",
    "network": "delivery.logs.amazonaws.com",
}


def _balancer(call: Call) -> Moto:
    return call.backend("elbv2").load_balancers.get(call.params["LoadBalancerArn"])


@refuses("elbv2", "CreateLoadBalancer")
def name_exists(call: Call) -> None:
    """One load balancer of a name in a region."""
    name = call.params["Name"]
    if any(other.name == name for other in call.backend("elbv2").load_balancers.values()):
        message = f"A load balancer with the same name '{name}' exists, but with different settings"
        raise AwsError("DuplicateLoadBalancerName", message)


@refuses("elbv2", "CreateLoadBalancer", "SetSubnets")
def subnets(call: Call) -> None:
    """One subnet in each of two or more zones, in a network with a way to the internet."""
    given = call.params.get("Subnets") or [each["SubnetId"] for each in call.params.get("SubnetMappings", [])]
    found = [call.backend("ec2").get_subnet(subnet) for subnet in given]
    zones = {subnet.availability_zone for subnet in found}
    if len(zones) < len(found):
        message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        raise AwsError(_CONFIGURATION, message)
    if call.operation == "SetSubnets":
        return
    if call.params.get("Type", "application") == "application" and len(zones) == 1:
        message = "At least two subnets in two different Availability Zones must be specified"
        raise AwsError("ValidationError", message)
    if call.params.get("Scheme", "internet-facing") == "internet-facing":
        _check_gateway(call, {subnet.vpc_id for subnet in found})


def _check_gateway(call: Call, networks: set[str]) -> None:
    gateways = call.backend("ec2").internet_gateways.values()
    attached = {gateway.vpc.id for gateway in gateways if gateway.vpc}
    if missing := sorted(networks - attached):
        raise AwsError("InvalidSubnet", f"VPC {missing[0]} has no internet gateway")


@refuses("elbv2", "CreateLoadBalancer", "SetSecurityGroups")
def security_groups(call: Call) -> None:
    """Groups of the region; a network load balancer that began without any never gets one."""
    known = {name for groups in call.backend("ec2").groups.values() for name in groups}
    if missing := sorted(set(call.params.get("SecurityGroups", [])) - known):
        raise AwsError("InvalidSecurityGroup", f"Security group '{missing[0]}' does not exist")
    if call.operation == "SetSecurityGroups":
        balancer = _balancer(call)
        if balancer is not None and balancer.type == "network" and not balancer.security_groups:
            message = (
                "Security groups cannot be set on a load balancer that was created without security groups."
            )
            raise AwsError(_CONFIGURATION, message)


@refuses("elbv2", "ModifyLoadBalancerAttributes")
def access_logs(call: Call) -> None:
    """A bucket of the region whose policy lets the load balancer write; ELB tries it at once."""
    balancer = _balancer(call)
    given = {each["Key"]: each.get("Value", "") for each in call.params["Attributes"]}
    if balancer is None or given.get("access_logs.s3.enabled") != "true":
        return
    name, prefix = given.get("access_logs.s3.bucket", ""), given.get("access_logs.s3.prefix", "")
    bucket = backend("s3", call.region).buckets.get(name)
    if bucket is None or bucket.region_name != call.region:
        raise AwsError(_CONFIGURATION, f"Bucket {name} does not exist in {call.region}")
    path = "/".join(part for part in (name, prefix, "AWSLogs", ACCOUNT, "ELBAccessLogTestFile") if part)
    writes = _lets_write(bucket.policy, _WRITERS[balancer.type], f"arn:aws:s3:::{path}")
    if not writes:
        raise AwsError(_CONFIGURATION, f"Access Denied for bucket: {name}. Please check S3bucket permission")


def _lets_write(policy: bytes | str | None, writer: str, arn: str) -> bool:
    document = policy.decode() if isinstance(policy, bytes) else policy
    return any(
        allows(statement, "s3:PutObject")
        and writer in principals(statement, "Service")
        and matches(arn, as_list(statement.get("Resource", [])))
        for statement in statements(document)
    )


@refuses("elbv2", "DeleteLoadBalancer")
def deletion_protection(call: Call) -> None:
    """A protected load balancer stays."""
    balancer = _balancer(call)
    if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
        message = f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled"
        raise AwsError("OperationNotPermitted", message)


@refuses("elbv2", "CreateListener", "CreateRule", "ModifyRule", "ModifyListener")
def target_groups(call: Call) -> None:
    """A target group serves one load balancer, of a kind that speaks its protocol."""
    balancer = _balancer_of_listener(call)
    for action in call.params.get("DefaultActions", call.params.get("Actions", [])):
        for arn in _forwarded_to(action):
            group = call.backend("elbv2").target_groups.get(arn)
            if group is None or balancer is None:
                continue
            if set(group.load_balancer_arns) - {balancer.arn}:
                message = (
                    "The following target groups cannot be associated with more than one load balancer: "
                    f"{arn}"
                )
                raise AwsError("TargetGroupAssociationLimit", message)
            if (group.protocol in ("HTTP", "HTTPS")) != (balancer.type == "application"):
                message = f"{balancer.type} load balancers do not speak {group.protocol} with targets"
                raise AwsError(_CONFIGURATION, message)


def _balancer_of_listener(call: Call) -> Moto:
    arn = call.params.get("LoadBalancerArn") or call.params.get("ListenerArn") or call.params["RuleArn"]
    path = arn.split(":", 5)[5].split("/")
    return next(
        (
            balancer
            for balancer in call.backend("elbv2").load_balancers.values()
            if balancer.arn.endswith("/".join(path[1:4]))
        ),
        None,
    )


def _forwarded_to(action: dict[str, Any]) -> list[str]:
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    arns = {action.get("TargetGroupArn"), *(group["TargetGroupArn"] for group in groups)}
    return [arn for arn in arns if arn]
