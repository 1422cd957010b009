"""What is set is read back: every field of the kinds that the program deploys."""

import json

import pytest

from tests.local_aws.harness import ACCOUNT, OSAKA, TOKYO, VIRGINIA, Aws, Refused


def make_bucket(aws: Aws, name: str, region: str = TOKYO, *, versioned: bool = False, **more: object) -> str:
    s3 = aws("s3", region)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region}, **more)
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


LIFECYCLE = {
    "Rules": [
        {
            "ID": "archive",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "daily/", "ObjectSizeGreaterThan": 131072}},
            "Transitions": [
                {"Days": 90, "StorageClass": "STANDARD_IA"},
                {"Days": 365, "StorageClass": "GLACIER"},
            ],
            "Expiration": {"Days": 2557},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 9},
        },
        {
            "ID": "noncurrent",
            "Status": "Enabled",
            "Filter": {},
            "NoncurrentVersionTransitions": [{"NoncurrentDays": 90, "StorageClass": "GLACIER"}],
            "NoncurrentVersionExpiration": {"NoncurrentDays": 400},
        },
        {
            "ID": "clean",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
    ]
}


@pytest.mark.parametrize("minimum", ["all_storage_classes_128K", "varies_by_storage_class"])
def test_lifecycle(aws: Aws, minimum: str) -> None:
    bucket = make_bucket(aws, f"lifecycle-{minimum.replace('_', '-').lower()}", versioned=True)
    aws("s3").put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration=LIFECYCLE, TransitionDefaultMinimumObjectSize=minimum
    )
    read = aws("s3").get_bucket_lifecycle_configuration(Bucket=bucket)
    assert read["Rules"] == LIFECYCLE["Rules"]
    assert read["TransitionDefaultMinimumObjectSize"] == minimum


def test_replication(aws: Aws) -> None:
    source = make_bucket(aws, "replication-source", versioned=True)
    target = make_bucket(aws, "replication-target", OSAKA, versioned=True)
    configuration = {
        "Role": f"arn:aws:iam::{ACCOUNT}:role/replication",
        "Rules": [
            {
                "ID": "all",
                "Priority": 1,
                "Filter": {},
                "Status": "Enabled",
                "SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}},
                "Destination": {
                    "Bucket": f"arn:aws:s3:::{target}",
                    "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
                    "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
                },
                "DeleteMarkerReplication": {"Status": "Enabled"},
            },
            {
                "ID": "some",
                "Priority": 2,
                "Filter": {"Prefix": "some/"},
                "Status": "Disabled",
                "Destination": {"Bucket": f"arn:aws:s3:::{target}", "StorageClass": "STANDARD_IA"},
                "DeleteMarkerReplication": {"Status": "Disabled"},
            },
        ],
    }
    aws("s3").put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration)
    assert aws("s3").get_bucket_replication(Bucket=source)["ReplicationConfiguration"] == configuration
    aws("s3").delete_bucket_replication(Bucket=source)
    with pytest.raises(aws("s3").exceptions.ClientError, match="ReplicationConfigurationNotFound"):
        aws("s3").get_bucket_replication(Bucket=source)


def test_bucket_settings(aws: Aws) -> None:
    s3 = aws("s3")
    bucket = make_bucket(aws, "settings", ObjectLockEnabledForBucket=True)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 7}}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=lock)
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == lock
    encryption = {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                "BucketKeyEnabled": False,
            }
        ]
    }
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"] == encryption
    ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=ownership)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == ownership
    block = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == TOKYO


def test_bucket_is_created_with_tags(aws: Aws) -> None:
    tags = [{"Key": "Name", "Value": "tagged"}]
    aws("s3").create_bucket(
        Bucket="created-tagged", CreateBucketConfiguration={"LocationConstraint": TOKYO, "Tags": tags}
    )
    assert aws("s3").get_bucket_tagging(Bucket="created-tagged")["TagSet"] == tags
    read = aws("s3control").list_tags_for_resource(
        AccountId=ACCOUNT, ResourceArn="arn:aws:s3:::created-tagged"
    )
    assert read["Tags"] == tags


def test_new_buckets_are_encrypted_and_owned(aws: Aws) -> None:
    s3 = aws("s3")
    bucket = make_bucket(aws, "defaults")
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert ownership["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_multi_region_key(aws: Aws) -> None:
    kms = aws("kms")
    tags = [{"TagKey": "Name", "TagValue": "primary"}]
    primary = kms.create_key(MultiRegion=True, Description="primary", Tags=tags)["KeyMetadata"]
    for region in (OSAKA, VIRGINIA):
        policy = json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": region,
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                        "Action": "kms:*",
                        "Resource": "*",
                    }
                ],
            }
        )
        replica_tags = [{"TagKey": "Name", "TagValue": region}]
        answer = kms.replicate_key(
            KeyId=primary["KeyId"],
            ReplicaRegion=region,
            Description=region,
            Policy=policy,
            Tags=replica_tags,
        )
        assert answer["ReplicaKeyMetadata"]["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"
        there = aws("kms", region)
        described = there.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]
        assert described["Description"] == region
        assert described["Arn"] == primary["Arn"].replace(TOKYO, region)
        assert described["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"
        assert described["MultiRegionConfiguration"]["PrimaryKey"] == {"Arn": primary["Arn"], "Region": TOKYO}
        assert there.get_key_policy(KeyId=primary["KeyId"], PolicyName="default")["Policy"] == policy
        assert there.list_resource_tags(KeyId=primary["KeyId"])["Tags"] == replica_tags
        there.create_alias(AliasName=f"alias/replica-{region}", TargetKeyId=primary["KeyId"])
    there.put_key_policy(
        KeyId=primary["KeyId"], PolicyName="default", Policy=policy.replace(VIRGINIA, "changed")
    )
    there.tag_resource(KeyId=primary["KeyId"], Tags=[{"TagKey": "only", "TagValue": "here"}])
    described = kms.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]
    configuration = described["MultiRegionConfiguration"]
    assert configuration["MultiRegionKeyType"] == "PRIMARY"
    assert sorted(replica["Region"] for replica in configuration["ReplicaKeys"]) == [OSAKA, VIRGINIA]
    assert described["Description"] == "primary"
    assert kms.list_resource_tags(KeyId=primary["KeyId"])["Tags"] == tags
    assert "changed" not in kms.get_key_policy(KeyId=primary["KeyId"], PolicyName="default")["Policy"]
    assert kms.list_aliases(KeyId=primary["KeyId"])["Aliases"] == []


def test_rotation_is_shared_with_replicas(aws: Aws) -> None:
    kms = aws("kms")
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=OSAKA)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    for region in (TOKYO, OSAKA):
        status = aws("kms", region).get_key_rotation_status(KeyId=key)
        assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)


def test_log_group(aws: Aws) -> None:
    logs = aws("logs")
    key = aws("kms").create_key(Policy=logs_key_policy())["KeyMetadata"]["Arn"]
    logs.create_log_group(logGroupName="readback", kmsKeyId=key, tags={"a": "1"}, logGroupClass="STANDARD")
    logs.put_retention_policy(logGroupName="readback", retentionInDays=30)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="readback")["logGroups"]
    assert (group["kmsKeyId"], group["retentionInDays"], group["logGroupClass"]) == (key, 30, "STANDARD")
    assert logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"] == {"a": "1"}


def logs_key_policy(region: str = TOKYO) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                {
                    "Effect": "Allow",
                    "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                    "Resource": "*",
                },
            ],
        }
    )


def test_vpc_attributes_and_endpoints(aws: Aws) -> None:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    for attribute, key in (
        ("enableDnsHostnames", "EnableDnsHostnames"),
        ("enableDnsSupport", "EnableDnsSupport"),
    ):
        assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)[key]["Value"] is True
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.10.0/24", AvailabilityZone="ap-northeast-1a")
    subnet_id = subnet["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="endpoints", Description="d", VpcId=vpc)["GroupId"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "logs:*", "Resource": "*"}],
    }
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.ap-northeast-1.logs",
        SubnetIds=[subnet_id],
        SecurityGroupIds=[group],
        PrivateDnsEnabled=True,
        PolicyDocument=json.dumps(policy),
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Name", "Value": "logs"}]}],
    )["VpcEndpoint"]["VpcEndpointId"]
    (read,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    assert json.loads(read["PolicyDocument"]) == policy
    assert read["PrivateDnsEnabled"] is True
    assert read["SubnetIds"] == [subnet_id]
    assert [entry["GroupId"] for entry in read["Groups"]] == [group]
    assert read["Tags"] == [{"Key": "Name", "Value": "logs"}]
    assert read["IpAddressType"] == "ipv4"
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Gateway",
        ServiceName="com.amazonaws.ap-northeast-1.s3",
        RouteTableIds=[table],
    )["VpcEndpoint"]["VpcEndpointId"]
    (read,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[gateway])["VpcEndpoints"]
    assert read["RouteTableIds"] == [table]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint, gateway])
    interfaces = ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    assert interfaces["NetworkInterfaces"] == []


def test_peering_options(aws: Aws) -> None:
    tokyo, osaka = aws("ec2"), aws("ec2", OSAKA)
    vpc = tokyo.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    peer = osaka.create_vpc(CidrBlock="10.61.0.0/16")["Vpc"]["VpcId"]
    peering = osaka.create_vpc_peering_connection(
        VpcId=peer,
        PeerVpcId=vpc,
        PeerRegion=TOKYO,
        TagSpecifications=[
            {"ResourceType": "vpc-peering-connection", "Tags": [{"Key": "Name", "Value": "osaka"}]}
        ],
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    tokyo.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    options = {"AllowDnsResolutionFromRemoteVpc": True}
    osaka.modify_vpc_peering_connection_options(
        VpcPeeringConnectionId=peering, RequesterPeeringConnectionOptions=options
    )
    tokyo.modify_vpc_peering_connection_options(
        VpcPeeringConnectionId=peering, AccepterPeeringConnectionOptions=options
    )
    for ec2 in (tokyo, osaka):
        (read,) = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering])[
            "VpcPeeringConnections"
        ]
        assert read["Status"]["Code"] == "active"
        for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
            assert read[side]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is True


def test_each_side_of_a_peering_has_its_own_tags(aws: Aws) -> None:
    tokyo, osaka = aws("ec2"), aws("ec2", OSAKA)
    vpc = tokyo.create_vpc(CidrBlock="10.62.0.0/16")["Vpc"]["VpcId"]
    peer = osaka.create_vpc(CidrBlock="10.63.0.0/16")["Vpc"]["VpcId"]
    peering = osaka.create_vpc_peering_connection(VpcId=peer, PeerVpcId=vpc, PeerRegion=TOKYO)
    peering_id = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    osaka.create_tags(Resources=[peering_id], Tags=[{"Key": "Name", "Value": "requester"}])
    tokyo.create_tags(Resources=[peering_id], Tags=[{"Key": "Name", "Value": "accepter"}])
    for ec2, name in ((tokyo, "accepter"), (osaka, "requester")):
        (read,) = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering_id])[
            "VpcPeeringConnections"
        ]
        assert read["Tags"] == [{"Key": "Name", "Value": name}]


def test_flow_log(aws: Aws) -> None:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
            }
        ],
    }
    role = aws("iam").create_role(RoleName="readback-flow", AssumeRolePolicyDocument=json.dumps(trust))
    settings = {
        "TrafficType": "ALL",
        "LogDestinationType": "cloud-watch-logs",
        "LogDestination": f"arn:aws:logs:{TOKYO}:{ACCOUNT}:log-group:readback-flow",
        "DeliverLogsPermissionArn": role["Role"]["Arn"],
        "MaxAggregationInterval": 60,
    }
    aws("logs").create_log_group(logGroupName="readback-flow")
    tags = [{"Key": "Name", "Value": "flow"}]
    (flow_log,) = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": tags}],
        **settings,
    )["FlowLogIds"]
    (read,) = ec2.describe_flow_logs(FlowLogIds=[flow_log])["FlowLogs"]
    assert {key: read[key] for key in settings} == settings
    assert read["Tags"] == tags
    assert read["DeliverLogsStatus"] == "SUCCESS"


def test_security_group_rules_keep_their_description_and_tags(aws: Aws) -> None:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="rules", Description="d", VpcId=vpc)["GroupId"]
    other = ec2.create_security_group(GroupName="rules-other", Description="d", VpcId=vpc)["GroupId"]
    tags = [{"Key": "Name", "Value": "rule"}]
    specification = [{"ResourceType": "security-group-rule", "Tags": tags}]
    sources = (
        {"IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "network"}]},
        {"UserIdGroupPairs": [{"GroupId": other, "Description": "group"}]},
    )
    for source in sources:
        permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **source}
        for authorize in (ec2.authorize_security_group_ingress, ec2.authorize_security_group_egress):
            (rule,) = authorize(GroupId=group, IpPermissions=[permission], TagSpecifications=specification)[
                "SecurityGroupRules"
            ]
            (read,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])[
                "SecurityGroupRules"
            ]
            assert read["Description"] in ("network", "group")
            assert read["Tags"] == tags
            assert read["IsEgress"] is (authorize == ec2.authorize_security_group_egress)


def test_secret_replica(aws: Aws) -> None:
    secrets = aws("secretsmanager")
    key = aws("kms", OSAKA).create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(
        Name="readback",
        SecretString="x",
        AddReplicaRegions=[{"Region": OSAKA, "KmsKeyId": key}],
    )
    (replica,) = secrets.describe_secret(SecretId="readback")["ReplicationStatus"]
    assert (replica["Region"], replica["KmsKeyId"], replica["Status"]) == (OSAKA, key, "InSync")
    assert aws("secretsmanager", OSAKA).get_secret_value(SecretId="readback")["SecretString"] == "x"
    copy = aws("secretsmanager", OSAKA).describe_secret(SecretId="readback")
    assert (copy["KmsKeyId"], copy["PrimaryRegion"]) == (key, TOKYO)


def test_a_detached_secret_replica_is_on_its_own(aws: Aws, refused: Refused) -> None:
    tokyo, osaka = aws("secretsmanager"), aws("secretsmanager", OSAKA)
    key = aws("kms", OSAKA).create_key()["KeyMetadata"]["Arn"]
    tokyo.create_secret(
        Name="detached", SecretString="old", AddReplicaRegions=[{"Region": OSAKA, "KmsKeyId": key}]
    )
    arn = osaka.describe_secret(SecretId="detached")["ARN"]
    assert osaka.stop_replication_to_replica(SecretId=arn)["ARN"] == arn
    osaka.put_secret_value(SecretId=arn, SecretString="new")
    assert osaka.get_secret_value(SecretId=arn)["SecretString"] == "new"
    assert tokyo.get_secret_value(SecretId="detached")["SecretString"] == "old"
    assert osaka.describe_secret(SecretId=arn)["KmsKeyId"] == key
    assert not tokyo.describe_secret(SecretId="detached").get("ReplicationStatus")
    with refused("InvalidRequestException"):
        osaka.stop_replication_to_replica(SecretId=arn)


def test_role(aws: Aws) -> None:
    iam = aws("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "s3.amazonaws.com"}}
        ],
    }
    iam.create_role(
        RoleName="readback",
        Path="/mpac/",
        AssumeRolePolicyDocument=json.dumps(trust),
        Description="d",
        MaxSessionDuration=7200,
        Tags=[{"Key": "a", "Value": "1"}],
    )
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
    iam.put_role_policy(RoleName="readback", PolicyName="p", PolicyDocument=json.dumps(policy))
    role = iam.get_role(RoleName="readback")["Role"]
    assert role["AssumeRolePolicyDocument"] == trust
    assert (role["Path"], role["Description"], role["MaxSessionDuration"]) == ("/mpac/", "d", 7200)
    assert role["Tags"] == [{"Key": "a", "Value": "1"}]
    assert iam.get_role_policy(RoleName="readback", PolicyName="p")["PolicyDocument"] == policy
