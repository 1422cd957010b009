"""What EFS refuses and moto accepts."""

from collections import Counter

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.policies import as_list, matches, problem_of, statements
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

_INVALID = "BadRequest"


@refuses("efs", "CreateFileSystem", "UpdateFileSystem")
def throughput(call: Call) -> None:
    """A throughput goes with the provisioned mode, and only with that."""
    mode, throughput = call.params.get("ThroughputMode"), call.params.get("ProvisionedThroughputInMibps")
    if mode == "provisioned" and throughput is None:
        raise AwsError(
            _INVALID, "ProvisionedThroughputInMibps must be set in the provisioned throughput mode"
        )
    if mode in ("bursting", "elastic") and throughput is not None:
        raise AwsError(_INVALID, f"ProvisionedThroughputInMibps cannot be set in the {mode} throughput mode")


@refuses("efs", "CreateFileSystem")
def performance(call: Call) -> None:
    """Elastic throughput is for General Purpose."""
    if call.params.get("ThroughputMode") == "elastic" and call.params.get("PerformanceMode") == "maxIO":
        raise AwsError(_INVALID, "Elastic throughput is not supported with the maxIO performance mode")


@refuses("efs", "PutLifecycleConfiguration")
def lifecycle(call: Call) -> None:
    """One transition in each element, each transition once, archives only with elastic throughput."""
    file_system = _file_system(call)
    policies = call.params["LifecyclePolicies"]
    if any(len(policy) != 1 for policy in policies):
        raise AwsError(_INVALID, "Each LifecyclePolicy object can have a single transition")
    counts = Counter(key for policy in policies for key in policy)
    if any(count > 1 for count in counts.values()):
        raise AwsError(_INVALID, f"Duplicate transition in the lifecycle policies: {max(counts)}")
    if "TransitionToArchive" in counts and file_system.throughput_mode != "elastic":
        raise AwsError(_INVALID, "TransitionToArchive needs the elastic throughput mode")


@refuses("efs", "PutFileSystemPolicy")
def policy(call: Call) -> None:
    """A policy is well-formed, about this file system, and does not lock its author out."""
    file_system = _file_system(call)
    document = call.params["Policy"]
    if problem := problem_of(document, principal=True, resource=True):
        raise AwsError("InvalidPolicyException", problem)
    if file_system.file_system_arn not in document:
        raise AwsError(
            "InvalidPolicyException", "Policy must name the ARN of the file system as its Resource"
        )
    locks_out = any(
        statement["Effect"] == "Deny"
        and "Condition" not in statement
        and matches("elasticfilesystem:PutFileSystemPolicy", as_list(statement["Action"]))
        for statement in statements(document)
    )
    if locks_out and not call.params.get("BypassPolicyLockoutSafetyCheck"):
        raise AwsError("InvalidPolicyException", "The policy would lock you out of changing it")


@refuses("efs", "CreateAccessPoint")
def access_point(call: Call) -> None:
    """On a file system that exists, and once for each token."""
    _file_system(call)
    for other in call.backend("efs").access_points.values():
        if other.client_token == call.params["ClientToken"]:
            raise AwsError("AccessPointAlreadyExists", f"{other.access_point_id} has this client token", 409)


@refuses("efs", "CreateMountTarget", "ModifyMountTargetSecurityGroups")
def security_groups(call: Call) -> None:
    """Security groups of the VPC that the mount target is in."""
    ec2 = call.backend("ec2")
    if "SubnetId" in call.params:
        subnets = {name: each for zone in ec2.subnets.values() for name, each in zone.items()}
        subnet = subnets.get(call.params["SubnetId"])
        vpc = subnet and subnet.vpc_id
    else:
        target = call.backend("efs").mount_targets_by_id.get(call.params["MountTargetId"])
        vpc = target and target.subnet_vpc_id
    known = {group.id for group in ec2.describe_security_groups() if group.vpc_id == vpc}
    for group in call.params.get("SecurityGroups", ()):
        if vpc and group not in known:
            raise AwsError("SecurityGroupNotFound", f"The security group {group} is not in {vpc}")


def _file_system(call: Call) -> Moto:
    name = call.params["FileSystemId"]
    file_systems = call.backend("efs").file_systems_by_id
    if name not in file_systems:
        raise AwsError("FileSystemNotFound", f"File system '{name}' does not exist.", 404)
    return file_systems[name]
