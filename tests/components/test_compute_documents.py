"""Definitions of containers and documents of roles: pure functions."""

from typing import Any

import pytest

from components.compute.containers import Container, HealthCommand, Mount, container_definitions
from components.compute.permissions import Permission, SecretValue
from components.compute.policies import execution_policy, task_policy, task_trust
from components.compute.volumes import EfsVolume, mount_permission

SECRET = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:mpac/prod/cache-AbCdEf"
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/secrets"
LOGS = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/mpac/prod/svc-portal"
REGISTRY = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com"
REPOSITORIES = "arn:aws:ecr:ap-northeast-1:123456789012:repository"


def define(container: Container, *, writable_root: bool = False) -> dict[str, Any]:
    (definition,) = define_all([container], writable_root=writable_root)
    return definition


def define_all(containers: list[Container], *, writable_root: bool = False) -> list[dict[str, Any]]:
    return container_definitions(
        containers,
        memory_mib=4096,
        log_group="/mpac/prod/svc-portal",
        region="ap-northeast-1",
        writable_root=writable_root,
    )


class TestContainer:
    def test_has_little_of_linux(self) -> None:
        definition = define(Container(name="app", image="app:1"))
        assert definition["readonlyRootFilesystem"] is True
        assert definition["user"] == "65534:65534"
        assert definition["linuxParameters"]["initProcessEnabled"] is True
        assert definition["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
        assert "privileged" not in definition

    def test_may_be_the_image_s_own_user_and_write_to_its_root(self) -> None:
        definition = define(Container(name="app", image="app:1", user=None, read_only_root=False))
        assert "user" not in definition
        assert definition["readonlyRootFilesystem"] is False

    def test_can_write_to_memory_where_it_asks_to(self) -> None:
        (tmp,) = define(Container(name="app", image="app:1"))["linuxParameters"]["tmpfs"]
        assert (tmp["containerPath"], tmp["size"]) == ("/tmp", 64)  # noqa: S108
        paths = define(Container(name="app", image="app:1", tmpfs_mib={"/run": 16}))["linuxParameters"][
            "tmpfs"
        ]
        assert [path["containerPath"] for path in paths] == ["/run"]

    def test_for_shells_its_root_can_be_written_to(self) -> None:
        container = Container(name="app", image="app:1")
        assert define(container, writable_root=True)["readonlyRootFilesystem"] is False

    def test_logs_to_its_group_and_never_waits_for_it(self) -> None:
        logs = define(Container(name="app", image="app:1"))["logConfiguration"]
        assert logs["logDriver"] == "awslogs"
        assert logs["options"]["awslogs-group"] == "/mpac/prod/svc-portal"
        assert logs["options"]["awslogs-region"] == "ap-northeast-1"
        assert logs["options"]["mode"] == "non-blocking"

    def test_gets_a_whole_secret_by_its_arn(self) -> None:
        secret = SecretValue(arn=SECRET, key_arn=KEY)
        definition = define(Container(name="app", image="app:1", secrets={"TOKEN": secret}))
        assert definition["secrets"] == [{"name": "TOKEN", "valueFrom": SECRET}]

    def test_same_needs_in_another_order_are_the_same_definition(self) -> None:
        one = define(Container(name="app", image="app:1", environment={"A": "1", "B": "2"}))
        assert one == define(Container(name="app", image="app:1", environment={"B": "2", "A": "1"}))

    def test_ports_health_order_and_volumes(self) -> None:
        definition = define(
            Container(
                name="app",
                image="app:1",
                ports=[8002],
                command=["serve"],
                entry_point=["/app"],
                health=HealthCommand(command=["/app", "-health"]),
                mounts=[Mount(volume="config", path="/etc/app", read_only=True)],
                after={"config": "SUCCESS"},
                essential=False,
                stop_seconds=30,
            )
        )
        assert definition["portMappings"] == [{"containerPort": 8002, "hostPort": 8002, "protocol": "tcp"}]
        assert definition["command"] == ["serve"]
        assert definition["entryPoint"] == ["/app"]
        assert definition["healthCheck"]["command"] == ["CMD", "/app", "-health"]
        assert definition["mountPoints"] == [
            {"sourceVolume": "config", "containerPath": "/etc/app", "readOnly": True}
        ]
        assert definition["dependsOn"] == [{"containerName": "config", "condition": "SUCCESS"}]
        assert definition["essential"] is False
        assert definition["stopTimeout"] == 30


class TestOpenFiles:
    def test_a_million_for_many_sockets(self) -> None:
        definition = define(Container(name="app", image="app:1", many_sockets=True))
        assert definition["ulimits"] == [{"name": "nofile", "softLimit": 1048576, "hardLimit": 1048576}]

    def test_else_those_of_fargate(self) -> None:
        assert "ulimits" not in define(Container(name="app", image="app:1"))


class TestMemory:
    def test_the_main_container_gets_what_the_others_leave(self) -> None:
        main, copier = Container(name="app", image="a:1"), Container(name="c", image="c:1", memory_mib=256)
        assert [each["memory"] for each in define_all([main, copier])] == [3840, 256]
        assert [each["memory"] for each in define_all([main])] == [4096]

    def test_go_is_told_of_nine_tenths(self) -> None:
        copier = Container(name="copier", image="copier:1", memory_mib=256)
        program, _ = define_all([Container(name="loki", image="loki:3", is_go=True), copier])
        assert program["environment"] == [{"name": "GOMEMLIMIT", "value": "3456MiB"}]

    @pytest.mark.parametrize("mib", [None, 2049])
    def test_what_does_not_add_up_is_refused(self, mib: int | None) -> None:
        beside = Container(name="beside", image="beside:1", memory_mib=mib)
        with pytest.raises(ValueError, match=f"Of 4096 MiB .* app None, beside {mib}"):
            define_all([Container(name="app", image="app:1"), beside])


class TestRoles:
    def test_only_tasks_of_this_account_and_region_assume_a_role(self) -> None:
        (statement,) = task_trust("123456789012", "ap-northeast-1")["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:ecs:ap-northeast-1:123456789012:*"},
        }

    def test_a_permission_becomes_a_statement(self) -> None:
        permission = Permission(
            sid="Read",
            actions=["s3:GetObject"],
            resources=["arn:aws:s3:::b/*"],
            conditions={"Bool": {"aws:SecureTransport": "true"}},
        )
        assert task_policy([permission])["Statement"] == [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::b/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            }
        ]

    @pytest.mark.parametrize("action", ["*", "s3:*", "s3:Get*"])
    def test_actions_have_no_wildcards(self, action: str) -> None:
        with pytest.raises(ValueError, match="Permission Wide has a wildcard"):
            task_policy([Permission(sid="Wide", actions=[action], resources=["arn:aws:s3:::b/*"])])

    def test_two_permissions_of_one_name_are_refused(self) -> None:
        twice = [Permission(sid="Read", actions=["s3:GetObject"], resources=[arn]) for arn in ("a", "b")]
        with pytest.raises(ValueError, match="Permission Read is there twice"):
            task_policy(twice)

    def test_a_mount_is_bound_to_its_access_point(self) -> None:
        permission = mount_permission(
            EfsVolume(
                name="loki-0",
                file_system_id="fs-1",
                file_system_arn="fs-arn",
                access_point_id="ap-1",
                access_point_arn="ap-arn",
            )
        )
        assert permission.sid == "MountLoki0"
        assert list(permission.resources) == ["fs-arn"]
        assert permission.conditions["StringEquals"] == {"elasticfilesystem:AccessPointArn": "ap-arn"}
        assert "elasticfilesystem:ClientRootAccess" not in permission.actions


def start_statements(
    *images: str, secrets: tuple[tuple[str, str | None], ...] = ()
) -> dict[str, dict[str, Any]]:
    policy = execution_policy(images=images, secrets=secrets, log_group_arn=LOGS, region="ap-northeast-1")
    return {statement["Sid"]: statement for statement in policy["Statement"]}


class TestStart:
    def test_logs_go_to_one_group(self) -> None:
        assert start_statements("grafana/loki:3.6.0").keys() == {"WriteLogs"}
        assert start_statements()["WriteLogs"]["Resource"] == f"{LOGS}:*"

    @pytest.mark.parametrize("version", [":2.1.0", f"@sha256:{'0' * 64}", ""])
    def test_images_come_from_their_repositories_alone(self, version: str) -> None:
        statements = start_statements(f"{REGISTRY}/mpac-prod/svc-portal{version}")
        assert statements["PullImages"]["Resource"] == [f"{REPOSITORIES}/mpac-prod/svc-portal"]
        assert "ImportUpstreamImages" not in statements

    def test_a_cache_fills_itself(self) -> None:
        statements = start_statements(
            f"{REGISTRY}/mpac-prod-docker-hub/grafana/loki:3.6.0", f"{REGISTRY}/mpac-prod/svc-portal:1"
        )
        cache = [f"{REPOSITORIES}/mpac-prod-docker-hub/grafana/loki"]
        assert statements["ImportUpstreamImages"]["Resource"] == cache
        assert statements["ImportUpstreamImages"]["Action"] == [
            "ecr:BatchImportUpstreamImage",
            "ecr:CreateRepository",
        ]

    def test_a_parameter_opens_itself_by_its_own_context(self) -> None:
        arn = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/jwt-key"
        statements = start_statements(secrets=((arn, KEY),))
        assert (statements["ReadSecret1"]["Action"], statements["ReadSecret1"]["Resource"]) == (
            "ssm:GetParameters",
            arn,
        )
        assert statements["DecryptSecret1"]["Condition"] == {
            "StringEquals": {
                "kms:ViaService": "ssm.ap-northeast-1.amazonaws.com",
                "kms:EncryptionContext:PARAMETER_ARN": arn,
            }
        }

    def test_aws_s_own_key_needs_no_leave(self) -> None:
        assert start_statements(secrets=((SECRET, None),)).keys() == {"WriteLogs", "ReadSecret1"}

    def test_a_secret_opens_itself_and_no_other_of_its_key(self) -> None:
        statements = start_statements(secrets=((SECRET, KEY), (SECRET, KEY)))
        assert statements.keys() == {"WriteLogs", "ReadSecret1", "DecryptSecret1"}
        assert statements["ReadSecret1"]["Resource"] == SECRET
        assert statements["DecryptSecret1"]["Resource"] == KEY
        assert statements["DecryptSecret1"]["Condition"] == {
            "StringEquals": {
                "kms:ViaService": "secretsmanager.ap-northeast-1.amazonaws.com",
                "kms:EncryptionContext:SecretARN": SECRET,
            }
        }
