"""Roles that AWS's services take on, held against AWS's own managed policy for the same job.

moto ships the managed policies as AWS publishes them. What a role lacks of its policy, and what it has beyond
it, has a reason here, and a reason that nothing needs any more fails.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from operations.plan import Plan
from tests.iam import Document, as_list
from tests.iam_table import actions
from tests.stacks.policies_of_plans import documents

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
MANAGED = json.loads(aws_managed_policies_data)
Reasons = Mapping[str, str]


@dataclass(frozen=True)
class Job:
    """What a role is for.

    Attributes:
        roles: Pattern of the names of its policies' resources.
        managed: AWS's policies for it.
        lacks: Patterns of actions of those that the role need not have, each with the reason.
        beyond: Patterns of actions that the role has besides, each with the reason.
    """

    roles: str
    managed: tuple[str, ...]
    lacks: Reasons = field(default_factory=dict)
    beyond: Reasons = field(default_factory=dict)


def _other_kinds(*services: str) -> Reasons:
    return {f"{service}:*": "nothing of this kind is backed up or restored" for service in services}


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
START = {
    "secretsmanager:GetSecretValue": "secrets of a container's environment",
    "kms:Decrypt": "the key of those secrets",
}
FILES = "AmazonElasticFileSystemClientReadWriteAccess"
MOUNT = {"elasticfilesystem:DescribeMountTargets": "the address of a file system comes from DNS"}
CONFIGURATION = {"s3:*": "its configuration is copied from a bucket"}
JOBS = (
    Job(
        "backups",
        ("AWSBackupServiceRolePolicyForBackup",),
        lacks={
            **_other_kinds("dynamodb", "storagegateway", "ec2", "ssm", "ssm-sap", "fsx", "backup-gateway"),
            **_other_kinds("cloudformation", "redshift", "redshift-serverless", "timestream", "dsql", "eks"),
            "guardduty:*": "backups are not scanned for malware",
            "iam:PassRole": "the role of such a scan",
            "rds:*DBCluster*": "there is no cluster",
            "rds:DeleteDBInstanceAutomatedBackup": "no plan makes continuous backups",
            "rds:ModifyDBInstance": "the same",
            "rds:ModifyDBSnapshotAttribute": "no other account is given a snapshot",
            "kms:Decrypt": "of DynamoDB and DSQL alone, as its conditions say",
            "kms:GenerateDataKey*": "of DynamoDB and EBS alone",
            "kms:ReEncrypt*": "of EBS alone",
            "backup:CopyFromBackupVault": "where nothing is copied",
        },
    ),
    Job(
        "restore-test",
        ("AWSBackupServiceRolePolicyForRestores",),
        lacks={
            **_other_kinds("backup-gateway", "cloudformation", "ds", "dsql", "dynamodb", "ebs", "eks", "fsx"),
            **_other_kinds("redshift", "redshift-serverless", "storagegateway", "timestream"),
            "rds:*DBCluster*": "there is no cluster",
            # Where none is backed up, in `dr`.
            "rds:*": "the database follows Tokyo's until it is promoted",
            "rds:*TenantDatabase": "of Oracle",
            "rds:CreateDBInstance": "of a restored cluster",
            "rds:RestoreDBInstanceToPointInTime": "no plan makes continuous backups",
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html
            "ec2:*": "of EC2 and FSx; RDS looks at the network by its own service-linked role",
            "iam:*": "of EC2 and EKS: a restored database is given no role",
            "backup:*": "of EKS, whose restore is made of several",
        },
    ),
    Job(r"(svc|mpac)-\w+-execution", ("AmazonECSTaskExecutionRolePolicy",), beyond=START),
    Job(
        r"(?!svc-|mpac-).+-execution",
        ("AmazonECSTaskExecutionRolePolicy",),
        lacks={"ecr:*": "images of public registries, in staging"},
        beyond=START
        | {
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
            "ecr:BatchImportUpstreamImage": "the cache of Docker Hub",
            "ecr:CreateRepository": "the same, at the first pull",
        },
    ),
    Job("database-monitoring", ("AmazonRDSEnhancedMonitoringRole",)),
    Job(
        "obs-prometheus-.",
        ("AmazonPrometheusRemoteWriteAccess", FILES),
        lacks=MOUNT | {"aps:RemoteWrite": "staging has no managed workspace"},
        beyond=CONFIGURATION
        | {
            # https://prometheus.io/docs/prometheus/latest/configuration/configuration/#aws_sd_config
            "ecs:*": "discovery of the tasks"
        },
    ),
    Job(
        "obs-grafana",
        ("AmazonGrafanaCloudWatchAccess", FILES),
        lacks=MOUNT
        | {
            "cloudwatch:*Alarm*": "no dashboard shows CloudWatch's alarms",
            "cloudwatch:GetInsightRuleReport": "nor Contributor Insights",
            "cloudwatch:GetMetricStatistics": "panels read by GetMetricData",
            "ec2:DescribeTags": "no panel searches for instances by tags",
            "ec2:DescribeInstances": "the same",
            "logs:*": "logs are in Loki",
            "oam:*": "metrics of other accounts",
            "tag:GetResources": "no panel searches for resources by tags",
        },
        beyond=CONFIGURATION,
    ),
    Job(
        "latch-function",
        ("AWSLambdaBasicExecutionRole",),
        lacks={"logs:CreateLogGroup": "the stack makes it, encrypted and with a retention"},
        beyond={
            "cloudwatch:PutMetricData": "its work",
            # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
            "sqs:SendMessage": "events that it could not deal with",
        },
    ),
)
# Roles for whose job AWS has no managed policy, and what it writes of it instead.
WITHOUT = {
    r"(svc|mpac)-\w+": "programs of the platform: tests/components/test_least_privilege.py",
    "obs-(alloy|loki-.|tempo-.)": "programs that use buckets: tests/components/test_observability.py",
    "buckets-retry-replication": (
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-policies.html"
    ),
    "buckets-.+-to-.+": "https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html",
    "obs-grafana-tunnel": "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
    "latch-event-forwarding": "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html",
    "vpc-flow-logs": "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
}


@cache
def managed(name: str) -> frozenset[str]:
    return frozenset(_allowed(MANAGED[name]["Document"]))


def _allowed(document: Document) -> Iterator[str]:
    for statement in as_list(document["Statement"]):
        assert statement["Effect"] == "Allow"
        for pattern in as_list(statement["Action"]):
            yield from actions(pattern) or [pattern]


def test_every_role_is_held_against_aws_s_own_policy(plans: dict[str, Plan]) -> None:
    wrong: list[tuple[str, ...]] = []
    used: set[tuple[str, str]] = set()
    for found in documents(plans):
        if found.resource.type != ROLE_POLICY:
            continue
        name, own = found.resource.name, {*_allowed(found.document)}
        jobs = [job for job in JOBS if re.fullmatch(job.roles, name)]
        without = [pattern for pattern in WITHOUT if re.fullmatch(pattern, name)]
        used |= {(pattern, "") for pattern in without}
        if len(jobs) + len(without) != 1:
            wrong.append((found.stack, name, "is held against no policy, or several"))
        for job in jobs:
            theirs = frozenset().union(*map(managed, job.managed))
            for reasons, actions_ in ((job.lacks, theirs - own), (job.beyond, own - theirs)):
                for action in sorted(actions_):
                    matching = [pattern for pattern in reasons if fnmatchcase(action, pattern)]
                    used |= {(job.roles, pattern) for pattern in matching}
                    if not matching:
                        wrong.append((found.stack, name, "has" if action in own else "lacks", action))
    assert wrong == []
    given = {(job.roles, pattern) for job in JOBS for pattern in (*job.lacks, *job.beyond)}
    assert used == given | {(pattern, "") for pattern in WITHOUT}


@pytest.mark.parametrize(
    ("role", "needed"),
    [
        ("backups", {"backup:CopyFromBackupVault", "backup:CopyIntoBackupVault", "rds:CopyDBSnapshot"}),
        (
            "restore-test",
            {
                "rds:AddTagsToResource",
                "rds:DeleteDBInstance",
                "rds:DescribeDBInstances",
                "rds:DescribeDBSnapshots",
                "rds:ListTagsForResource",
                "rds:RestoreDBInstanceFromDBSnapshot",
            },
        ),
    ],
)
def test_the_stack_whose_database_takes_writes_lacks_nothing_of_it(
    plans: dict[str, Plan], role: str, needed: set[str]
) -> None:
    """The reasons above for what another stack lacks would pass it over."""
    (prod,) = [
        each.document
        for each in documents({"prod": plans["prod"]})
        if each.resource.type == ROLE_POLICY and each.resource.name == role
    ]
    assert needed <= {*_allowed(prod)}
