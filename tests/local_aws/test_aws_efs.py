"""EFS and its refusals."""

import itertools
import json
from typing import Any

import pytest

from tests.local_aws.harness import Aws, Client, Refused

_numbers = itertools.count()
INVALID = "BadRequest"
EVERYBODY = {"AWS": "*"}


@pytest.fixture
def efs(aws: Aws) -> Client:
    return aws("efs")


@pytest.fixture
def token() -> str:
    return f"files-{next(_numbers)}"


@pytest.fixture
def file_system(efs: Client, token: str) -> str:
    return str(efs.create_file_system(CreationToken=token, ThroughputMode="elastic")["FileSystemId"])


def described(efs: Client, name: str) -> dict[str, Any]:
    (found,) = efs.describe_file_systems(FileSystemId=name)["FileSystems"]
    return dict(found)


def test_a_file_system_is_read_back(aws: Aws, efs: Client, token: str) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    given = {
        "CreationToken": token,
        "PerformanceMode": "generalPurpose",
        "ThroughputMode": "elastic",
        "Encrypted": True,
        "KmsKeyId": key,
        "Tags": [{"Key": "Name", "Value": "files"}],
    }
    name = efs.create_file_system(**given)["FileSystemId"]
    found = described(efs, name)
    assert {key: found[key] for key in given} == given
    assert found["FileSystemProtection"] == {"ReplicationOverwriteProtection": "ENABLED"}
    policies = [{"TransitionToIA": "AFTER_30_DAYS"}, {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"}]
    efs.put_lifecycle_configuration(FileSystemId=name, LifecyclePolicies=policies)
    assert efs.describe_lifecycle_configuration(FileSystemId=name)["LifecyclePolicies"] == policies


def test_throughput_and_protection_change_in_place(efs: Client, file_system: str) -> None:
    efs.update_file_system(FileSystemId=file_system, ThroughputMode="bursting")
    efs.update_file_system_protection(FileSystemId=file_system, ReplicationOverwriteProtection="DISABLED")
    found = described(efs, file_system)
    assert found["ThroughputMode"] == "bursting"
    assert found["FileSystemProtection"] == {"ReplicationOverwriteProtection": "DISABLED"}


def test_an_access_point_is_read_back(efs: Client, file_system: str) -> None:
    given = {
        "PosixUser": {"Uid": 65534, "Gid": 65534},
        "RootDirectory": {
            "Path": "/prometheus-0",
            "CreationInfo": {"OwnerUid": 65534, "OwnerGid": 65534, "Permissions": "0750"},
        },
    }
    point = efs.create_access_point(ClientToken="read-back", FileSystemId=file_system, **given)
    (found,) = efs.describe_access_points(AccessPointId=point["AccessPointId"])["AccessPoints"]
    assert {key: found[key] for key in given} == given


def policy(efs: Client, file_system: str, **changes: object) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": EVERYBODY,
        "Action": "*",
        "Resource": described(efs, file_system)["FileSystemArn"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    kept = {key: value for key, value in (statement | changes).items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


def test_a_policy_is_read_back_and_taken_away(efs: Client, file_system: str, refused: Refused) -> None:
    document = policy(efs, file_system)
    efs.put_file_system_policy(FileSystemId=file_system, Policy=document)
    assert efs.describe_file_system_policy(FileSystemId=file_system)["Policy"] == document
    efs.delete_file_system_policy(FileSystemId=file_system)
    with refused("PolicyNotFound"):
        efs.describe_file_system_policy(FileSystemId=file_system)


@pytest.mark.parametrize(
    "changes",
    [
        {"Principal": None},
        {"Action": "efs"},
        {"Resource": "arn:aws:elasticfilesystem:ap-northeast-1:123456789012:file-system/fs-0"},
        {"Condition": None, "Action": "elasticfilesystem:*"},
    ],
    ids=["no principal", "no action", "another file system", "locks its author out"],
)
def test_a_policy_that_cannot_be_is_refused(
    efs: Client, file_system: str, refused: Refused, changes: dict[str, Any]
) -> None:
    with refused("InvalidPolicyException"):
        efs.put_file_system_policy(FileSystemId=file_system, Policy=policy(efs, file_system, **changes))


@pytest.mark.parametrize(
    "given",
    [
        {"ThroughputMode": "provisioned"},
        {"ThroughputMode": "elastic", "ProvisionedThroughputInMibps": 250.0},
        {"ThroughputMode": "bursting", "ProvisionedThroughputInMibps": 250.0},
        {"ThroughputMode": "elastic", "PerformanceMode": "maxIO"},
        {"ThroughputMode": "fast"},
    ],
)
def test_a_throughput_that_cannot_be_is_refused(
    efs: Client, token: str, refused: Refused, given: dict[str, Any]
) -> None:
    with refused(INVALID):
        efs.create_file_system(CreationToken=token, **given)


@pytest.mark.parametrize(
    "policies",
    [
        [{"TransitionToIA": "AFTER_30_DAYS", "TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"}],
        [{"TransitionToIA": "AFTER_30_DAYS"}, {"TransitionToIA": "AFTER_7_DAYS"}],
        [{"TransitionToIA": "AFTER_31_DAYS"}],
    ],
    ids=["two in one", "one twice", "days that do not exist"],
)
def test_a_lifecycle_that_cannot_be_is_refused(
    efs: Client, file_system: str, refused: Refused, policies: list[dict[str, str]]
) -> None:
    with refused(INVALID):
        efs.put_lifecycle_configuration(FileSystemId=file_system, LifecyclePolicies=policies)


def test_archives_need_elastic_throughput(efs: Client, token: str, refused: Refused) -> None:
    name = efs.create_file_system(CreationToken=token, ThroughputMode="bursting")["FileSystemId"]
    with refused(INVALID):
        efs.put_lifecycle_configuration(
            FileSystemId=name, LifecyclePolicies=[{"TransitionToArchive": "AFTER_90_DAYS"}]
        )


@pytest.mark.parametrize("path", ["prometheus-0", "/a/b/c/d/e", "/..", "/a*"])
def test_a_path_that_cannot_be_is_refused(efs: Client, file_system: str, refused: Refused, path: str) -> None:
    with refused(INVALID):
        efs.create_access_point(ClientToken="path", FileSystemId=file_system, RootDirectory={"Path": path})


def test_an_access_point_without_its_file_system_is_refused(efs: Client, refused: Refused) -> None:
    with refused("FileSystemNotFound"):
        efs.create_access_point(ClientToken="none", FileSystemId="fs-0123456789abcdef0")


def test_a_zone_has_one_mount_target(aws: Aws, efs: Client, file_system: str, refused: Refused) -> None:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
    first, second = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone="ap-northeast-1a")["Subnet"]["SubnetId"]
        for cidr in ("10.50.1.0/24", "10.50.2.0/24")
    )
    group = ec2.create_security_group(GroupName="files", Description="files", VpcId=vpc)["GroupId"]
    efs.create_mount_target(FileSystemId=file_system, SubnetId=first, SecurityGroups=[group])
    with refused("MountTargetConflict"):
        efs.create_mount_target(FileSystemId=file_system, SubnetId=second, SecurityGroups=[group])


def test_a_mount_target_has_security_groups_of_its_network(
    aws: Aws, efs: Client, file_system: str, refused: Refused
) -> None:
    ec2 = aws("ec2")
    vpc, other = (ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"] for cidr in ("10.51.0.0/16", "10.52.0.0/16"))
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.51.1.0/24")["Subnet"]["SubnetId"]
    own, foreign = (
        ec2.create_security_group(GroupName="files", Description="files", VpcId=each)["GroupId"]
        for each in (vpc, other)
    )
    with refused("SecurityGroupNotFound"):
        efs.create_mount_target(FileSystemId=file_system, SubnetId=subnet, SecurityGroups=[foreign])
    target = efs.create_mount_target(FileSystemId=file_system, SubnetId=subnet, SecurityGroups=[own])
    with refused("SecurityGroupNotFound"):
        efs.modify_mount_target_security_groups(
            MountTargetId=target["MountTargetId"], SecurityGroups=[foreign]
        )
    with refused("FileSystemInUse"):
        efs.delete_file_system(FileSystemId=file_system)
