"""Operations that moto lacks, of services beyond the network, keys and buckets."""

import json
from typing import Any

import pytest

from tests.local_aws.harness import TOKYO, Aws, Refused


@pytest.mark.parametrize(
    ("kind", "name", "config"),
    [
        (
            "ResponseHeadersPolicy",
            "response_headers_policy",
            {
                "CustomHeadersConfig": {
                    "Quantity": 1,
                    "Items": [{"Header": "Cache-Control", "Value": "max-age=31536000", "Override": True}],
                }
            },
        ),
        ("CachePolicy", "cache_policy", {"MinTTL": 0, "DefaultTTL": 86400, "MaxTTL": 31536000}),
        (
            "OriginRequestPolicy",
            "origin_request_policy",
            {
                "HeadersConfig": {"HeaderBehavior": "none"},
                "CookiesConfig": {"CookieBehavior": "none"},
                "QueryStringsConfig": {"QueryStringBehavior": "all"},
            },
        ),
    ],
)
def test_cloudfront_policies(
    aws: Aws, refused: Refused, kind: str, name: str, config: dict[str, Any]
) -> None:
    client = aws("cloudfront")
    create, get, update, delete = (
        getattr(client, f"{verb}_{name}") for verb in ("create", "get", "update", "delete")
    )
    config = {"Name": f"test-{name}", "Comment": "first"} | config
    created = create(**{f"{kind}Config": config})
    policy = created[kind]["Id"]
    assert get(Id=policy)[kind][f"{kind}Config"] == config
    with refused(f"{kind}AlreadyExists"):
        create(**{f"{kind}Config": config})
    changed = config | {"Comment": "second"}
    with refused("PreconditionFailed"):
        update(Id=policy, IfMatch="other", **{f"{kind}Config": changed})
    updated = update(Id=policy, IfMatch=created["ETag"], **{f"{kind}Config": changed})
    assert get(Id=policy)[kind][f"{kind}Config"] == changed
    delete(Id=policy, IfMatch=updated["ETag"])
    with refused(f"NoSuch{kind}"):
        get(Id=policy)


def test_efs_backup_policy(aws: Aws, refused: Refused) -> None:
    efs = aws("efs")
    name = efs.create_file_system(CreationToken="backup", Encrypted=True)["FileSystemId"]
    for status in ("ENABLED", "DISABLED", "ENABLED"):
        efs.put_backup_policy(FileSystemId=name, BackupPolicy={"Status": status})
        assert efs.describe_backup_policy(FileSystemId=name)["BackupPolicy"]["Status"] == status
    with refused("FileSystemNotFound"):
        efs.put_backup_policy(FileSystemId="fs-0123456789abcdef0", BackupPolicy={"Status": "ENABLED"})


def test_tags_of_a_scalable_target(aws: Aws, refused: Refused) -> None:
    ecs, scaling = aws("ecs"), aws("application-autoscaling")
    ecs.create_cluster(clusterName="scaled")
    container = {"name": "c", "image": "i", "memory": 128}
    ecs.register_task_definition(family="scaled", containerDefinitions=[container])
    ecs.create_service(cluster="scaled", serviceName="s", taskDefinition="scaled", desiredCount=1)
    arn = scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/scaled/s",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
        Tags={"a": "1"},
    )["ScalableTargetARN"]
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "1"}
    scaling.tag_resource(ResourceARN=arn, Tags={"b": "2"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2"}
    with refused("ResourceNotFoundException"):
        scaling.list_tags_for_resource(ResourceARN=f"{arn}-missing")


def test_zone_with_a_vpc_is_private(aws: Aws) -> None:
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zone = aws("route53").create_hosted_zone(
        Name="private.mpac.internal", CallerReference="private", VPC={"VPCRegion": TOKYO, "VPCId": vpc}
    )["HostedZone"]
    assert zone["Config"]["PrivateZone"] is True
    read = aws("route53").get_hosted_zone(Id=zone["Id"])
    assert read["VPCs"] == [{"VPCRegion": TOKYO, "VPCId": vpc}]
    public = aws("route53").create_hosted_zone(Name="public.example", CallerReference="public")["HostedZone"]
    assert public["Config"]["PrivateZone"] is False


def test_a_bucket_that_refuses_old_tls_takes_what_comes_by_a_new_one(aws: Aws, refused: Refused) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::tls-only/*"}
    plain = statement | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    old = statement | {"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}

    def put_policy(*statements: object) -> None:
        document = {"Version": "2012-10-17", "Statement": statements}
        s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps(document))

    put_policy(plain, old)
    for body in (b"first", b"second"):
        s3.put_object(Bucket="tls-only", Key="file", Body=body)
        assert s3.get_object(Bucket="tls-only", Key="file")["Body"].read() == body
    assert json.loads(s3.get_bucket_policy(Bucket="tls-only")["Policy"])["Statement"] == [plain, old]
    put_policy(statement)
    with refused("403"):
        s3.get_object(Bucket="tls-only", Key="file")
