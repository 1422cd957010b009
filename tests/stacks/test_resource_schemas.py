"""Every resource of every stack, judged by AWS's own schemas of its type in its region."""

from collections.abc import Mapping
from typing import Any

import pytest

from operations.plan import Plan
from tests.resource_schemas import Judge, is_in, type_name

TOKYO, OSAKA, VIRGINIA = "ap-northeast-1", "ap-northeast-3", "us-east-1"
REGIONS = {"prod": TOKYO, "dr": OSAKA, "staging": TOKYO}
A_PART = "a property of another type in CloudFormation"
A_STEP = "something that CloudFormation does by itself"
WITHOUT_A_TYPE: Mapping[str, str] = {
    "aws:acm/certificateValidation:CertificateValidation": A_STEP,
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": A_PART,
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": A_PART,
    "aws:backup/vaultPolicy:VaultPolicy": A_PART,
    "aws:cloudwatch/eventTarget:EventTarget": A_PART,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "taken over, not made",
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": "not to be had there",
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": A_STEP,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": A_PART,
    "aws:efs/backupPolicy:BackupPolicy": A_PART,
    "aws:efs/fileSystemPolicy:FileSystemPolicy": A_PART,
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": A_PART,
    "aws:route53/queryLog:QueryLog": A_PART,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": A_PART,
    "aws:s3/bucketLogging:BucketLogging": A_PART,
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": A_PART,
    "aws:s3/bucketObjectv2:BucketObjectv2": "an object, no resource",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": A_PART,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": A_PART,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": A_PART,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": A_PART,
    "aws:s3/bucketVersioning:BucketVersioning": A_PART,
    "aws:secretsmanager/secretVersion:SecretVersion": A_PART,
}
"""Types that CloudFormation does not have, each with the reason."""
NOT_THERE: Mapping[tuple[str, str], str] = {
    # https://docs.aws.amazon.com/general/latest/gr/billing.html
    (
        OSAKA,
        "AWS::Budgets::Budget",
    ): "Budgets has one endpoint for all regions; CloudFormation offers it in some",
}
ACCEPTED: Mapping[str, str] = {}
"""Problems that stay, each with the reason."""


def test_every_value_is_within_the_limits_of_its_type(plans: dict[str, Plan]) -> None:
    problems: dict[str, str] = {}
    missing, without = set(), set()
    properties = passed_over = limits = 0
    for plan in plans.values():
        for resource in plan.resources:
            type_ = type_name(resource.type)
            region = resource.inputs.get("region") or REGIONS[plan.stack]
            if type_ is None:
                without |= {resource.type} if resource.type.startswith("aws:") else set()
            elif not is_in(region, type_):
                missing.add((region, type_))
            else:
                found = Judge(region, type_, resource.inputs)
                properties += found.properties
                passed_over += found.passed_over
                limits += found.limits
                problems |= {f"{type_}: {each}": resource.urn for each in found.problems}
    assert {problem: urn for problem, urn in problems.items() if problem not in ACCEPTED} == {}
    assert ACCEPTED.keys() <= problems.keys()
    assert without == WITHOUT_A_TYPE.keys()
    assert missing == NOT_THERE.keys()
    # Else the judge sees next to nothing.
    assert properties > 4 * passed_over
    assert limits > 5000


@pytest.mark.parametrize(
    ("type_", "inputs", "problem"),
    [
        ("EFS::FileSystem", {"throughputMode": "fast"}, "throughputMode is fast"),
        ("EC2::FlowLog", {"trafficType": "DENY"}, "trafficType is DENY"),
        ("Logs::LogGroup", {"retentionInDays": 8}, "retentionInDays is 8"),
        # What has a part of the type's name before it, and what is nested in one of the type's name.
        ("Logs::LogGroup", {"name": "mpac prod"}, "name is mpac prod"),
        ("CloudFront::Distribution", {"priceClass": "PriceClass_50"}, "priceClass is PriceClass_50"),
        ("Route53::HealthCheck", {"regions": ["tokyo"]}, "regions is tokyo"),
        ("ECS::Service", {"launchType": "EC3"}, "launchType is EC3"),
    ],
)
def test_what_breaks_a_limit_is_found(type_: str, inputs: dict[str, Any], problem: str) -> None:
    (found,) = Judge(TOKYO, f"AWS::{type_}", inputs).problems
    assert problem in found


def test_a_region_lacks_types() -> None:
    """Of those that stacks might come to use."""
    assert is_in(VIRGINIA, "AWS::CloudFront::VpcOrigin")
    assert not is_in(OSAKA, "AWS::Grafana::Workspace")
