"""What holds for every stack as a whole, from the plans of the checked-in settings."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from operations.plan import Plan, Resource

TOKYO, OSAKA, VIRGINIA = "ap-northeast-1", "ap-northeast-3", "us-east-1"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"

# What is lost with these cannot be had again: data, what opens it, and addresses that others rely on.
STATEFUL = {
    "aws:amp/workspace:Workspace",
    "aws:backup/vault:Vault",
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:ec2/eip:Eip",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:ecr/repository:Repository",
    "aws:efs/fileSystem:FileSystem",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:rds/instance:Instance",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    "aws:route53/zone:Zone",
    "aws:s3/bucket:Bucket",
    "aws:secretsmanager/secret:Secret",
}
STATELESS = {
    "aws:acm/certificate:Certificate",
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:amp/alertManagerDefinition:AlertManagerDefinition",
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace",
    "aws:appautoscaling/policy:Policy",
    "aws:appautoscaling/target:Target",
    "aws:backup/plan:Plan",
    "aws:backup/restoreTestingPlan:RestoreTestingPlan",
    "aws:backup/restoreTestingSelection:RestoreTestingSelection",
    "aws:backup/selection:Selection",
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
    "aws:backup/vaultPolicy:VaultPolicy",
    "aws:budgets/budget:Budget",
    "aws:cloudfront/originAccessControl:OriginAccessControl",
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logDelivery:LogDelivery",
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    "aws:cloudwatch/logDeliverySource:LogDeliverySource",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/flowLog:FlowLog",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
    ROUTE,
    ROUTE_TABLE,
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
    "aws:ecr/replicationConfiguration:ReplicationConfiguration",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    "aws:ecs/cluster:Cluster",
    "aws:ecs/service:Service",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:efs/accessPoint:AccessPoint",
    "aws:efs/backupPolicy:BackupPolicy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "aws:efs/mountTarget:MountTarget",
    "aws:elasticache/parameterGroup:ParameterGroup",
    "aws:elasticache/subnetGroup:SubnetGroup",
    "aws:elasticache/user:User",
    "aws:elasticache/userGroup:UserGroup",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:kms/alias:Alias",
    "aws:lambda/function:Function",
    "aws:lambda/permission:Permission",
    "aws:lb/listener:Listener",
    "aws:lb/listenerRule:ListenerRule",
    "aws:lb/targetGroup:TargetGroup",
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:route53/healthCheck:HealthCheck",
    "aws:route53/queryLog:QueryLog",
    "aws:route53/record:Record",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
    "aws:servicediscovery/service:Service",
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queue:Queue",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:wafv2/webAcl:WebAcl",
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
}
# AWS has no tags for these; what they join identifies them.
UNTAGGED = {
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:amp/alertManagerDefinition:AlertManagerDefinition",
    "aws:appautoscaling/policy:Policy",
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
    "aws:backup/vaultPolicy:VaultPolicy",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
    ROUTE,
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
    "aws:ecr/replicationConfiguration:ReplicationConfiguration",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    "aws:efs/backupPolicy:BackupPolicy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "aws:efs/mountTarget:MountTarget",
    "aws:lambda/permission:Permission",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    "aws:route53/queryLog:QueryLog",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
}
# Their names need to be unique in a service, a VPC, a role, a plan, a namespace and a zone only.
LOCAL_NAMES = {
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace",
    "aws:appautoscaling/policy:Policy",
    "aws:backup/restoreTestingSelection:RestoreTestingSelection",
    "aws:backup/selection:Selection",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:route53/record:Record",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:servicediscovery/service:Service",
}
# What prod has in Osaka: copies of data, keys and images, and the latch, which must outlive Tokyo.
COPIES = {"aws:backup", "aws:ecr", "aws:kms", "aws:rds", "aws:s3"}
LATCH = {"aws:cloudwatch", "aws:lambda", "aws:sns", "aws:sqs"}
# CloudFront takes certificate, web ACL and their logs from us-east-1; Route 53 has its metrics there.
GLOBAL = {"aws:acm", "aws:cloudwatch", "aws:kms", "aws:sns", "aws:wafv2"}
OBSERVABILITY = {"loki", "obs-config", "tempo"}
PLATFORM = {"access-logs", "app-apk", "exports", "receipts", "settlements", "static-assets"}
SUBNETS = {
    "prod": ("10.0", [f"{TOKYO}{zone}" for zone in "acd"]),
    "staging": ("10.10", [f"{TOKYO}{zone}" for zone in "acd"]),
    "dr": ("10.1", [f"{OSAKA}{zone}" for zone in "abc"]),
}


def in_aws(plan: Plan) -> Iterator[Resource]:
    return (resource for resource in plan.resources if resource.type.startswith("aws:"))


def of_type(plan: Plan, type_: str) -> list[Resource]:
    return [resource for resource in plan.resources if resource.type == type_]


def physical_name(resource: Resource) -> str | None:
    """The name that AWS knows the resource by; the parts of a bucket go by the bucket's."""
    inputs = resource.inputs
    name: str | None = inputs.get("name") or inputs.get("bucket") or inputs.get("identifier")
    return name


def names_in_account(plan: Plan) -> list[tuple[str, str | None, str]]:
    return [
        (resource.type, None if resource.type.startswith("aws:s3/") else resource.region, name)
        for resource in in_aws(plan)
        if resource.type not in LOCAL_NAMES and (name := physical_name(resource))
    ]


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value at the end of a path, markers included as they are."""
    if isinstance(value, Mapping) and not value.keys() & {"$secret", "$unknown"}:
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item, path)
    else:
        yield path, value


def source(marker: Mapping[str, str]) -> str:
    """The last word of where an unknown value comes from."""
    return re.split(r"::|\.", marker["$unknown"])[-1]


def test_every_resource_belongs_to_a_component(stack: Plan) -> None:
    by_urn = {resource.urn: resource for resource in stack.resources}

    assert {by_urn[str(resource.parent)].type.split(":")[0] for resource in in_aws(stack)} == {"mpac"}


def test_every_resource_uses_the_only_provider(stack: Plan) -> None:
    (provider,) = of_type(stack, "pulumi:providers:aws")

    assert {resource.provider for resource in in_aws(stack)} == {provider.urn}
    assert json.loads(provider.inputs["allowedAccountIds"]) == ["123456789012"]
    assert json.loads(provider.inputs["defaultTags"])["tags"]["Environment"] == stack.stack


def test_every_kind_is_known_to_hold_data_or_not(stack: Plan) -> None:
    unclassified = {resource.type for resource in in_aws(stack)} - STATEFUL - STATELESS

    assert not unclassified, (
        "add each to STATEFUL or STATELESS in this file, and protect it if it is stateful"
    )


@pytest.mark.parametrize(("name", "protected"), [("prod", True), ("dr", True), ("staging", False)])
def test_what_holds_data_is_protected_where_there_is_data_to_lose(
    plans: dict[str, Plan], name: str, protected: bool
) -> None:
    stateful = [resource for resource in in_aws(plans[name]) if resource.type in STATEFUL]

    assert stateful
    assert [resource.urn for resource in stateful if resource.protect != protected] == []


def test_what_holds_no_data_can_be_replaced(stack: Plan) -> None:
    stateless = [resource for resource in in_aws(stack) if resource.type in STATELESS]

    assert [resource.urn for resource in stateless if resource.protect or resource.retain_on_delete] == []


def test_whatever_is_called_a_secret_is_one(stack: Plan) -> None:
    words = ("password", "passwords", "secretstring", "authtoken", "privatekey", "credential")
    open_secrets = [
        (resource.urn, path)
        for resource in in_aws(stack)
        for path, value in leaves(resource.inputs)
        if path.lower().endswith(words) and value != {"$secret": True}
    ]

    assert open_secrets == []


def test_no_secret_crosses_to_the_standby(plans: dict[str, Plan]) -> None:
    assert {"$secret": True} not in [value for _, value in leaves(plans["prod"].outputs["contract"])]


@pytest.mark.parametrize(
    ("stack_name", "elsewhere"),
    [
        ("prod", {OSAKA: COPIES | LATCH, VIRGINIA: GLOBAL}),
        ("staging", {VIRGINIA: GLOBAL}),
    ],
)
def test_tokyo_has_everything_but_copies_latch_and_what_serves_the_world(
    plans: dict[str, Plan], stack_name: str, elsewhere: dict[str, set[str]]
) -> None:
    found: dict[str, set[str]] = {}
    for resource in in_aws(plans[stack_name]):
        if resource.region not in (TOKYO, None):
            found.setdefault(str(resource.region), set()).add(resource.type.split("/")[0])

    assert found == elsewhere


def test_every_alarm_tells_a_topic_of_its_stack_and_region(stack: Plan) -> None:
    topics = {each.urn: each.region for each in of_type(stack, "aws:sns/topicPolicy:TopicPolicy")}
    alarms = of_type(stack, "aws:cloudwatch/metricAlarm:MetricAlarm")

    assert alarms
    for each in alarms:
        for actions in ("alarmActions", "okActions"):
            told = [topics[urn] for urn in each.property_dependencies.get(actions, ()) if urn in topics]
            assert told == [each.region], f"{actions} of {each.urn}"


def test_dr_touches_tokyo_only_to_connect_the_networks(plans: dict[str, Plan]) -> None:
    in_tokyo = [resource for resource in in_aws(plans["dr"]) if resource.region == TOKYO]

    assert {str(resource.parent).split("::")[2] for resource in in_tokyo} == {"mpac:network:VpcPeering"}
    in_virginia = {resource.type for resource in in_aws(plans["dr"]) if resource.region == VIRGINIA}
    # Route 53 has its metrics there only, and an alarm notifies no topic but one of its own region.
    assert {type_.split("/")[0] for type_ in in_virginia} == {"aws:cloudwatch", "aws:kms", "aws:sns"}
    assert {resource.region for resource in in_aws(plans["dr"])} == {OSAKA, TOKYO, VIRGINIA, None}


def test_prod_owns_the_keys_and_dr_reads_them(plans: dict[str, Plan]) -> None:
    kinds = ["backups", "cache", "database", "files", "logs", "registry", "secrets"]
    aliases = of_type(plans["prod"], "aws:kms/alias:Alias")
    keys = of_type(plans["prod"], "aws:kms/key:Key")

    # Each region encrypts its alarms with a key of its own: an alarm must not depend on what it tells of.
    for region in (TOKYO, OSAKA):
        assert sorted(alias.inputs["name"] for alias in aliases if alias.region == region) == sorted(
            f"alias/mpac-prod-{kind}" for kind in [*kinds, "alarms"]
        )
    assert {key.name for key in keys if not key.inputs.get("multiRegion")} == {
        "alarms",
        "global-alarms",
        "replica-alarms",
    }
    assert {key.name for key in of_type(plans["dr"], "aws:kms/key:Key")} == {"alarms", "global-alarms"}
    assert of_type(plans["dr"], "aws:kms/replicaKey:ReplicaKey") == []
    groups = of_type(plans["dr"], "aws:cloudwatch/logGroup:LogGroup")
    assert groups
    for group in groups:
        assert group.inputs["kmsKeyId"] == {"$unknown": "prod#contract.keys.logs"}, group.urn


@pytest.mark.parametrize(
    ("stack_name", "region", "buckets"),
    [
        ("prod", TOKYO, PLATFORM | OBSERVABILITY),
        ("prod", OSAKA, {"access-logs", "app-apk", "receipts", "settlements", "static-assets"}),
        ("dr", OSAKA, {"access-logs", "exports"} | OBSERVABILITY),
        ("dr", TOKYO, set()),
        ("staging", TOKYO, PLATFORM | OBSERVABILITY),
    ],
)
def test_buckets_lie_where_they_belong(
    plans: dict[str, Plan], stack_name: str, region: str, buckets: set[str]
) -> None:
    suffix = f"-{region}" if stack_name == "prod" and region == OSAKA else ""
    there = {
        bucket.inputs["bucket"]
        for bucket in of_type(plans[stack_name], "aws:s3/bucket:Bucket")
        if bucket.region == region
    }

    assert there == {f"mpac-{kind}-{stack_name}{suffix}" for kind in buckets}


def test_networks_are_connected_from_every_private_and_database_table_on_both_sides(
    plans: dict[str, Plan],
) -> None:
    routes = [route for route in of_type(plans["dr"], ROUTE) if "vpcPeeringConnectionId" in route.inputs]

    for region, stack_name, far_cidr in ((OSAKA, "dr", "10.0.0.0/16"), (TOKYO, "prod", "10.1.0.0/16")):
        tables = {
            table.name.removeprefix("vpc-")
            for table in of_type(plans[stack_name], ROUTE_TABLE)
            if "public" not in table.name
        }
        near = [route for route in routes if route.region == region]
        assert len(tables) >= 2
        assert {source(route.inputs["routeTableId"]).removeprefix("vpc-") for route in near} == tables
        assert len(near) == len(tables)
        assert {route.inputs["destinationCidrBlock"] for route in near} == {far_cidr}


@pytest.mark.parametrize("stack_name", SUBNETS)
def test_networks_have_the_ranges_and_zones_of_the_requirements(
    plans: dict[str, Plan], stack_name: str
) -> None:
    prefix, zones = SUBNETS[stack_name]
    (vpc,) = of_type(plans[stack_name], "aws:ec2/vpc:Vpc")
    subnets = of_type(plans[stack_name], "aws:ec2/subnet:Subnet")

    assert vpc.inputs["cidrBlock"] == f"{prefix}.0.0/16"
    assert {(subnet.inputs["cidrBlock"], subnet.inputs["availabilityZone"]) for subnet in subnets} == {
        (f"{prefix}.{tier + index}.0/24", zones[index]) for tier in (1, 10, 20) for index in range(3)
    }


@pytest.mark.parametrize(("stack_name", "gateways"), [("prod", 3), ("dr", 3), ("staging", 1)])
def test_networks_have_their_gateways(plans: dict[str, Plan], stack_name: str, gateways: int) -> None:
    assert len(of_type(plans[stack_name], "aws:ec2/natGateway:NatGateway")) == gateways


def test_what_has_no_name_is_found_by_its_name_tag(stack: Plan) -> None:
    nameless = [r for r in in_aws(stack) if r.type not in UNTAGGED and physical_name(r) is None]
    tags = Counter((resource.type, resource.inputs.get("tags", {}).get("Name")) for resource in nameless)

    assert [kind for kind, tag in tags if tag is None] == []
    assert [tag for tag, count in tags.items() if count > 1] == []


def test_stacks_that_share_an_account_share_no_name(plans: dict[str, Plan]) -> None:
    names = Counter(name for plan in plans.values() for name in names_in_account(plan))

    assert [name for name, count in names.items() if count > 1] == []


def test_names_carry_project_and_environment(stack: Plan) -> None:
    # Zones and their logs have the name of a domain.
    names = [name for _, _, name in names_in_account(stack) if "mpac-cloud" not in name]

    assert names
    assert [name for name in names if not {"mpac", stack.stack} <= set(re.split(r"[^a-z]", name))] == []
