"""The observability services: what is created for them, with the requirements' figures."""

import json
import re
import socket
import subprocess
from typing import Any

import pytest

from components.compute.cluster import Cluster, ClusterArgs
from components.context import Context
from components.monitoring.policies import topic_key_policy, topic_policy
from components.observability.args import GrafanaDatabase, ObsStackArgs
from components.observability.settings import (
    Alloy,
    FileSystems,
    Grafana,
    Loki,
    ObservabilitySettings,
    Prometheus,
    SingleSignOn,
)
from components.observability.stack import ObsStack
from components.problems import SettingsError
from tests.components import recording
from tests.components.contexts import ACCOUNT, CONTEXT, PLAIN, TOKYO, topic_arn
from tests.components.recording import Registration, record
from tests.iam import Request, allowed

REGION, TOPIC = TOKYO, topic_arn(TOKYO)
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:mpac/prod/database-grafana-AbCdEf"
SIGN_ON_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:grafana-AbCdEf"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key"
SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
ACCESS_POINT = "aws:efs/accessPoint:AccessPoint"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"

# Requirements, "Observability Services": CPU units, MiB, tasks. Of Loki and Tempo three: one may fail.
TABLE = {
    "alloy": ("grafana/alloy:v1.12.0", 1024, 2048, 2),
    "prometheus": ("prom/prometheus:v3.8.0", 2048, 4096, 2),
    "loki": ("grafana/loki:3.6.0", 2048, 4096, 3),
    "tempo": ("grafana/tempo:2.9.0", 2048, 4096, 3),
    "grafana": ("grafana/grafana:12.3.0", 1024, 2048, 2),
}
# Requirements, "EFS File Systems": mount path; and the user of the program's image.
FILES = {
    "prometheus": ("/mnt/prometheus", 65534),
    "loki": ("/mnt/loki", 10001),
    "tempo": ("/mnt/tempo", 10001),
    "grafana": ("/var/lib/grafana", 472),
}
SERVICES = {
    "alloy",
    "prometheus-0",
    "prometheus-1",
    "loki-0",
    "loki-1",
    "loki-2",
    "tempo-0",
    "tempo-1",
    "tempo-2",
    "grafana",
}


DATABASE = GrafanaDatabase(host="database.local", port=5432, password_secret_arn=SECRET)
# A Grafana that forgets, for a stack without a database.
ALONE = Grafana(in_database=False, replicas=1)


def stack(name: str, cluster: Cluster, context: Context, **given: Any) -> ObsStack:  # noqa: ANN401
    return ObsStack(
        name,
        ObsStackArgs(
            context=context,
            cluster=cluster,
            subnet_ids=["subnet-a", "subnet-c", "subnet-d"],
            security_group_id="sg-observability",
            files_security_group_id="sg-files",
            **given,
        ),
    )


def declare(
    settings: ObservabilitySettings | None = None,
    *,
    context: Context = CONTEXT,
    database: GrafanaDatabase | None = DATABASE,
) -> list[Registration]:
    def program() -> None:
        cluster = Cluster("cluster", ClusterArgs(context=context, vpc_id="vpc-1"))
        stack(
            "obs",
            cluster,
            context,
            settings=settings or ObservabilitySettings(),
            grafana_database=database,
            backup_tags={"Backup": "daily"},
        )

    return record(program)


def of_type(registrations: list[Registration], type_: str) -> dict[str, Registration]:
    """Pick the resources of one type, by name without that of the stack."""
    found = recording.of_type(registrations, type_)
    return {name.removeprefix("obs-"): each for name, each in found.items()}


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return declare()


def program_of(service: str) -> str:
    return service.partition("-")[0]


def containers(registrations: list[Registration], task: str) -> dict[str, dict[str, Any]]:
    definition = of_type(registrations, TASK)[task].inputs["containerDefinitions"]
    return {each["name"]: each for each in json.loads(definition)}


def subnets(service: Registration) -> list[str]:
    return list(service.inputs["networkConfiguration"]["subnets"])


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["environment"]}


class TestServices:
    def test_run_as_the_table_says(self, prod: list[Registration]) -> None:
        services, tasks = of_type(prod, SERVICE), of_type(prod, TASK)
        assert services.keys() == tasks.keys() - {"grafana-tunnel"} == SERVICES
        for name in SERVICES:
            task = tasks[name]
            image, cpu, memory, _ = TABLE[program_of(name)]
            assert (task.inputs["cpu"], task.inputs["memory"]) == (str(cpu), str(memory))
            assert containers(prod, name)[program_of(name)]["image"] == image
        for program, (_, _, _, tasks_of_program) in TABLE.items():
            counts = [
                each.inputs["desiredCount"] for name, each in services.items() if program_of(name) == program
            ]
            assert sum(counts) == tasks_of_program

    def test_collectors_follow_the_load(self, prod: list[Registration]) -> None:
        target = of_type(prod, "aws:appautoscaling/target:Target")["alloy"].inputs
        assert (target["minCapacity"], target["maxCapacity"]) == (2, 24)
        policies = of_type(prod, "aws:appautoscaling/policy:Policy")
        assert {name for name in policies if name.startswith("alloy")} == {
            "alloy-cpu",
            "alloy-memory",
            "alloy-scale-out",
        }

    def test_a_single_writer_stops_before_the_next_starts(self, prod: list[Registration]) -> None:
        for name, service in of_type(prod, SERVICE).items():
            limits = (
                service.inputs["deploymentMinimumHealthyPercent"],
                service.inputs["deploymentMaximumPercent"],
            )
            assert limits == ((100, 200) if name in ("alloy", "grafana") else (0, 100)), name

    def test_one_replica_at_a_time_is_deployed(self, prod: list[Registration]) -> None:
        services = of_type(prod, SERVICE)
        for later, earlier in (("loki-1", "loki-0"), ("loki-2", "loki-1"), ("prometheus-1", "prometheus-0")):
            assert services[earlier].urn in services[later].dependencies

    def test_each_of_several_replicas_has_a_zone_of_its_own(self, prod: list[Registration]) -> None:
        placed = {name: subnets(each) for name, each in of_type(prod, SERVICE).items()}
        zones = ["subnet-a", "subnet-c", "subnet-d"]
        for program in ("loki", "tempo"):
            assert [placed[f"{program}-{number}"] for number in range(3)] == [[zone] for zone in zones]
        assert [placed["prometheus-0"], placed["prometheus-1"]] == [["subnet-a"], ["subnet-c"]]
        assert placed["alloy"] == placed["grafana"] == zones

    def test_a_lone_replica_has_all_zones(self) -> None:
        lone = of_type(declare(ObservabilitySettings(loki=Loki(replicas=1))), SERVICE)
        assert subnets(lone["loki-0"]) == ["subnet-a", "subnet-c", "subnet-d"]

    def test_are_found_by_host_name(self, prod: list[Registration]) -> None:
        names = of_type(prod, "aws:servicediscovery/service:Service")
        assert names.keys() == {"alloy", "prometheus-0", "prometheus-1", "loki", "tempo", "grafana"}
        services = of_type(prod, SERVICE)
        for replica in ("loki-0", "loki-1", "loki-2"):
            registry = services[replica].property_dependencies["serviceRegistries"]
            assert names["loki"].urn in registry

    @pytest.mark.parametrize(
        ("service", "port"),
        [("alloy", "12345"), ("prometheus-1", "9090"), ("loki-2", "3100"), ("tempo-0", "3200")],
    )
    def test_are_scraped_themselves(self, prod: list[Registration], service: str, port: str) -> None:
        tags = of_type(prod, SERVICE)[service].inputs["tags"]
        assert (tags["prometheus.io/scrape"], tags["prometheus.io/port"]) == ("true", port)

    @pytest.mark.parametrize(
        ("service", "port"),
        [
            ("alloy", 4317),
            ("alloy", 4318),
            ("prometheus-0", 9090),
            ("loki-0", 3100),
            ("tempo-0", 3200),
            ("grafana", 3000),
        ],
    )
    def test_listen_where_the_table_says(self, prod: list[Registration], service: str, port: int) -> None:
        mappings = containers(prod, service)[program_of(service)]["portMappings"]
        assert port in {each["containerPort"] for each in mappings}

    @pytest.mark.parametrize(
        ("service", "program", "address"),
        [
            ("alloy", "bash", "127.0.0.1/12345"),
            ("prometheus-0", "wget", "http://127.0.0.1:9090/-/healthy"),
            # Not /ready, which waits for the other replicas.
            ("tempo-0", "/busybox/wget", "http://127.0.0.1:3200/status/version"),
            ("grafana", "wget", "http://127.0.0.1:3000/api/health"),
        ],
    )
    def test_are_checked_by_what_their_images_have(
        self, prod: list[Registration], service: str, program: str, address: str
    ) -> None:
        kind, name, *rest = containers(prod, service)[program_of(service)]["healthCheck"]["command"]
        assert (kind, name) == ("CMD", program)
        assert address in rest[-1]

    def test_loki_cannot_be_checked(self, prod: list[Registration]) -> None:
        # Its image has nothing but Loki, which can check itself since 3.7.0.
        assert "healthCheck" not in containers(prod, "loki-0")["loki"]

    @pytest.mark.parametrize(("answer", "healthy"), [("200 OK", True), ("503 Service Unavailable", False)])
    def test_alloys_command_tells_ready_from_not(
        self, prod: list[Registration], answer: str, *, healthy: bool
    ) -> None:
        *_, script = containers(prod, "alloy")["alloy"]["healthCheck"]["command"]
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            check = subprocess.Popen(["bash", "-c", script.replace("12345", str(port))])
            client, _ = server.accept()
            # Bash may send a line at a time; to close before all is read would reset the connection.
            with client, client.makefile("rb") as request:
                assert request.readline() + request.readline() == b"GET /-/ready HTTP/1.0\r\n\r\n"
                client.sendall(f"HTTP/1.0 {answer}\r\n\r\nAlloy".encode())
        assert (check.wait() == 0) is healthy


class TestFiles:
    def test_each_program_with_state_has_a_file_system(self, prod: list[Registration]) -> None:
        systems = of_type(prod, FILE_SYSTEM)
        assert systems.keys() == FILES.keys()
        for name, system in systems.items():
            assert system.protect
            assert system.inputs["tags"] == {"Name": f"mpac-prod-obs-{name}", "Backup": "daily"}
            assert system.inputs["performanceMode"] == "generalPurpose"
            assert system.inputs["throughputMode"] == "elastic"
            assert (system.inputs["encrypted"], system.inputs["kmsKeyId"]) == (True, f"{KEY}/files")
            assert {"transitionToIa": "AFTER_30_DAYS"} in system.inputs["lifecyclePolicies"]

    def test_each_zone_has_a_mount_target(self, prod: list[Registration]) -> None:
        targets = of_type(prod, "aws:efs/mountTarget:MountTarget").values()
        assert sorted(each.inputs["subnetId"] for each in targets) == sorted(
            ["subnet-a", "subnet-c", "subnet-d"] * 4
        )
        assert all(each.inputs["securityGroups"] == ["sg-files"] for each in targets)

    def test_each_writer_has_a_directory_of_its_own(self, prod: list[Registration]) -> None:
        points = of_type(prod, ACCESS_POINT)
        assert {each.inputs["rootDirectory"]["path"] for each in points.values()} == {
            f"/{name}" for name in SERVICES - {"alloy"}
        }
        for each in points.values():
            user = FILES[program_of(each.inputs["rootDirectory"]["path"].strip("/"))][1]
            assert each.inputs["posixUser"] == {"uid": user, "gid": user}
            assert each.inputs["rootDirectory"]["creationInfo"] == {
                "ownerUid": user,
                "ownerGid": user,
                "permissions": "0750",
            }

    @pytest.mark.parametrize(
        ("service", "path"),
        [
            ("prometheus-0", "/mnt/prometheus"),
            ("loki-0", "/mnt/loki"),
            ("tempo-0", "/mnt/tempo"),
            ("grafana", "/var/lib/grafana"),
        ],
    )
    def test_mount_path(self, prod: list[Registration], service: str, path: str) -> None:
        program = program_of(service)
        mounts = containers(prod, service)[program]["mountPoints"]
        assert [each["containerPath"] for each in mounts if each["sourceVolume"] == program] == [path]

    def test_prometheus_keeps_its_database_where_the_file_system_is(self, prod: list[Registration]) -> None:
        container = containers(prod, "prometheus-0")["prometheus"]
        (path,) = (
            argument.partition("=")[2]
            for argument in container["command"]
            if argument.startswith("--storage.tsdb.path=")
        )
        mounted = {each["containerPath"]: each["sourceVolume"] for each in container["mountPoints"]}
        assert (path, mounted.get(path)) == ("/mnt/prometheus", "prometheus")

    def test_prometheus_may_write(self, prod: list[Registration]) -> None:
        mounts = containers(prod, "prometheus-0")["prometheus"]["mountPoints"]
        assert [each["readOnly"] for each in mounts if each["sourceVolume"] == "prometheus"] == [False]

    def test_they_are_mounted_with_tls_and_the_role_where_the_table_says(
        self, prod: list[Registration]
    ) -> None:
        for name in SERVICES:
            task = of_type(prod, TASK)[name]
            volumes = {each["name"]: each for each in task.inputs["volumes"]}
            program = program_of(name)
            main = containers(prod, name)[program]
            assert main["readonlyRootFilesystem"]
            if program == "alloy":
                assert volumes.keys() == {"configuration"}
                continue
            efs = volumes[program]["efsVolumeConfiguration"]
            assert (efs["transitEncryption"], efs["authorizationConfig"]["iam"]) == ("ENABLED", "ENABLED")
            assert "rootDirectory" not in efs
            path, user = FILES[program]
            assert {"sourceVolume": program, "containerPath": path, "readOnly": False} in main["mountPoints"]
            assert main["user"] == f"{user}:{user}"

    def test_nobody_gets_around_the_access_points(self, prod: list[Registration]) -> None:
        policy = json.loads(
            of_type(prod, "aws:efs/fileSystemPolicy:FileSystemPolicy")["loki"].inputs["policy"]
        )
        refused = {each["Sid"]: each for each in policy["Statement"]}
        assert {each["Effect"] for each in refused.values()} == {"Deny"}
        assert refused["RefusePlainText"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert refused["RefuseRoot"]["Action"] == ["elasticfilesystem:ClientRootAccess"]
        without = refused["RefuseMountsWithoutAccessPoint"]
        assert without["Condition"] == {"Null": {"elasticfilesystem:AccessPointArn": "true"}}

    def test_backups_are_taken_by_the_plan_alone(self, prod: list[Registration]) -> None:
        policies = of_type(prod, "aws:efs/backupPolicy:BackupPolicy").values()
        assert [each.inputs["backupPolicy"] for each in policies] == [{"status": "DISABLED"}] * 4

    def test_burst_credits_are_watched_where_there_are_any(self, prod: list[Registration]) -> None:
        bursting = declare(ObservabilitySettings(file_systems=FileSystems(throughput_mode="bursting")))
        assert "loki-burst-credits" not in of_type(prod, ALARM)
        watched = of_type(bursting, ALARM)["loki-burst-credits"].inputs
        assert (watched["namespace"], watched["metricName"]) == ("AWS/EFS", "BurstCreditBalance")
        assert watched["comparisonOperator"] == "LessThanThreshold"

    def test_chunks_and_blocks_are_deleted_even_if_forgotten(self, prod: list[Registration]) -> None:
        rules = {
            each.inputs["bucket"]: each.inputs["rules"][0]["expiration"]["days"]
            for each in of_type(prod, LIFECYCLE).values()
            if "expiration" in each.inputs["rules"][0]
        }
        # A week after Loki (14 days) and Tempo (7) should have.
        assert rules == {"mpac-loki-prod": 21, "mpac-tempo-prod": 14}


class TestConfiguration:
    def test_is_there_before_a_program_starts(self, prod: list[Registration]) -> None:
        for name in SERVICES:
            found = containers(prod, name)
            main, copier = found[program_of(name)], found["configuration"]
            assert main["dependsOn"] == [{"containerName": "configuration", "condition": "SUCCESS"}]
            mount = {"sourceVolume": "configuration", "containerPath": "/etc/mpac"}
            assert {**mount, "readOnly": True} in main["mountPoints"]
            assert {**mount, "readOnly": False} in copier["mountPoints"]
            assert not copier["essential"]

    def test_its_hash_is_in_the_task(self) -> None:
        def source(days: int) -> str:
            settings = ObservabilitySettings(loki=Loki(retention_days=days))
            copier = containers(declare(settings), "loki-0")["configuration"]
            words: list[str] = copier["command"]
            return next(word for word in words if word.startswith("s3://"))

        assert source(14).startswith("s3://mpac-obs-config-prod/loki/")
        assert source(14) == source(14)
        assert source(14) != source(15)

    def test_every_file_is_uploaded(self, prod: list[Registration]) -> None:
        keys = [each.inputs["key"].split("/", 2) for each in of_type(prod, OBJECT).values()]
        files = {(program, path) for program, _, path in keys}
        assert {
            ("alloy", "config.alloy"),
            ("prometheus", "prometheus.yml"),
            ("prometheus", "rules/services.yml"),
            ("prometheus", "rules/observability.yml"),
            ("loki", "loki.yml"),
            ("tempo", "tempo.yml"),
            ("grafana", "provisioning/datasources/platform.yml"),
            ("grafana", "provisioning/dashboards/platform.yml"),
        } <= files
        dashboards = {path for program, path in files if path.startswith("dashboards/")}
        assert len(dashboards) == 8
        assert len({(program, digest) for program, digest, _ in keys}) == 5

    def test_limits_of_memory_follow_from_the_containers(self, prod: list[Registration]) -> None:
        # 256 MiB of each task's are the copier's. The order is that in which they act: Alloy refuses data,
        # collects its garbage at once, has Go collect it all the time, and is killed.
        alloy, loki = containers(prod, "alloy")["alloy"], containers(prod, "loki-0")["loki"]
        files = {
            each.inputs["key"].split("/")[0]: each.inputs["content"]
            for each in of_type(prod, OBJECT).values()
        }
        limits = [int(mib) for mib in re.findall(r'limit += "(\d+)MiB"', files["alloy"])]
        assert limits == [1344, 268]
        assert environment(alloy)["GOMEMLIMIT"] == "1612MiB"
        assert alloy["memory"] == 1792
        assert "replay_memory_ceiling: 1920MB" in files["loki"]
        assert loki["memory"] == 3840

    def test_a_replica_knows_its_name(self, prod: list[Registration]) -> None:
        for replica in SERVICES - {"alloy", "grafana"}:
            container = containers(prod, replica)[program_of(replica)]
            assert environment(container)["REPLICA"] == replica
            # Loki and Tempo read variables in their files only when told to.
            if program_of(replica) != "prometheus":
                assert "-config.expand-env=true" in container["command"]


class TestGrafana:
    def test_nothing_but_plugins_is_on_shared_files(self, prod: list[Registration]) -> None:
        given = environment(containers(prod, "grafana")["grafana"])
        assert given["GF_PATHS_DATA"] == "/tmp"  # noqa: S108  memory of the container alone
        assert given["GF_PATHS_PLUGINS"] == "/var/lib/grafana/plugins"

    def test_people_come_back_from_signing_in_to_where_they_opened_it(self) -> None:
        for url in ("http://localhost:3000/", "https://grafana.example.com/"):
            settings = ObservabilitySettings(grafana=Grafana(root_url=url))
            container = containers(declare(settings), "grafana")["grafana"]
            assert environment(container)["GF_SERVER_ROOT_URL"] == url

    def test_the_tunnel_takes_sessions_and_ends_by_itself(self, prod: list[Registration]) -> None:
        container = containers(prod, "grafana-tunnel")["tunnel"]
        assert container["command"] == ["exec sleep 3600"]
        # The session's agent writes to it.
        assert not container["readonlyRootFilesystem"]
        policy = of_type(prod, "aws:iam/rolePolicy:RolePolicy")["grafana-tunnel"].inputs["policy"]
        assert "ssmmessages:OpenDataChannel" in policy

    def test_keeps_its_state_in_the_database(self, prod: list[Registration]) -> None:
        grafana = containers(prod, "grafana")["grafana"]
        given = environment(grafana)
        assert given["GF_DATABASE_TYPE"] == "postgres"
        assert (given["GF_DATABASE_HOST"], given["GF_DATABASE_NAME"]) == ("database.local:5432", "grafana")
        assert given["GF_DATABASE_SSL_MODE"] == "require"
        assert {"name": "GF_DATABASE_PASSWORD", "valueFrom": f"{SECRET}:password::"} in grafana["secrets"]

    def test_without_a_database_forgets_it(self) -> None:
        alone = declare(ObservabilitySettings(grafana=ALONE), database=None)
        grafana = containers(alone, "grafana")["grafana"]
        assert environment(grafana)["GF_DATABASE_TYPE"] == "sqlite3"
        assert "GF_DATABASE_PASSWORD" not in {each["name"] for each in grafana["secrets"]}

    def test_has_no_secret_in_the_open(self, prod: list[Registration]) -> None:
        grafana = containers(prod, "grafana")["grafana"]
        assert {"GF_SECURITY_ADMIN_PASSWORD", "GF_SECURITY_SECRET_KEY"} <= {
            each["name"] for each in grafana["secrets"]
        }
        assert not [name for name in environment(grafana) if "PASSWORD" in name or "SECRET" in name]

    def test_lets_people_sign_in_by_themselves(self) -> None:
        sign_on = SingleSignOn(
            client_id="grafana",
            client_secret_arn=SIGN_ON_SECRET,
            authorization_url="https://login.example.com/authorize",
            token_url="https://login.example.com/token",
            user_info_url="https://login.example.com/userinfo",
        )
        settings = ObservabilitySettings(grafana=Grafana(single_sign_on=sign_on))
        grafana = containers(declare(settings), "grafana")["grafana"]
        given = environment(grafana)
        (secret,) = [each for each in grafana["secrets"] if "CLIENT_SECRET" in each["name"]]
        assert secret["valueFrom"] == f"{SIGN_ON_SECRET}:clientSecret::"
        assert given["GF_AUTH_GENERIC_OAUTH_CLIENT_ID"] == "grafana"
        assert given["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
        assert given["GF_USERS_AUTO_ASSIGN_ORG_ROLE"] == "Viewer"


class TestManagedWorkspace:
    def test_takes_metrics_and_notifies_people(self, prod: list[Registration]) -> None:
        (workspace,) = of_type(prod, "aws:amp/workspace:Workspace").values()
        assert (workspace.inputs["alias"], workspace.protect) == ("mpac-prod-obs-metrics", True)
        namespaces = of_type(prod, "aws:amp/ruleGroupNamespace:RuleGroupNamespace").values()
        assert {each.inputs["name"] for each in namespaces} == {"services", "observability", "heartbeat"}
        (definition,) = of_type(prod, "aws:amp/alertManagerDefinition:AlertManagerDefinition").values()
        assert TOPIC in definition.inputs["definition"]

    def test_may_publish_to_the_topic_and_use_its_key(self) -> None:
        topic = json.loads(topic_policy(ACCOUNT, TOPIC))
        (statement,) = [each for each in topic["Statement"] if each["Sid"] == "AllowManagedPrometheus"]
        assert statement["Principal"] == {"Service": "aps.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        key = json.loads(topic_key_policy(ACCOUNT))
        (publishers,) = [each for each in key["Statement"] if each["Sid"] == "AllowPublishers"]
        assert "aps.amazonaws.com" in publishers["Principal"]["Service"]

    def test_is_silent_only_for_ten_minutes(self, prod: list[Registration]) -> None:
        silent = of_type(prod, ALARM)["metrics-no-alerts-received"].inputs
        assert silent["metricName"] == "AlertManagerAlertsReceived"
        assert (silent["treatMissingData"], silent["evaluationPeriods"]) == ("breaching", 10)

    def test_is_left_out_where_nobody_asks_for_it(self) -> None:
        alone = declare(ObservabilitySettings(prometheus=Prometheus(managed=False)))
        assert not [each for each in alone if each.type.startswith("aws:amp/")]
        text = of_type(alone, OBJECT)["prometheus-files-prometheus.yml"].inputs["content"]
        assert "remote_write" not in text


def role(registrations: list[Registration], task: str) -> list[dict[str, Any]]:
    policy = of_type(registrations, "aws:iam/rolePolicy:RolePolicy")[task].inputs["policy"]
    return [json.loads(policy)]


CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/mpac-prod-cluster"
OTHER_CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/other"
NEEDED = {
    "alloy": [Request("s3:GetObject", "obs-config-arn/alloy/0123456789ab/config.alloy")],
    "prometheus-0": [
        Request("ecs:DescribeClusters"),
        Request("ecs:ListServices", context={"ecs:cluster": CLUSTER}),
        Request("ecs:ListTasks", context={"ecs:cluster": CLUSTER}),
        Request("ecs:DescribeTasks", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/mpac-prod-cluster/0123"),
        Request(
            "ecs:DescribeServices", f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/mpac-prod-cluster/mpac-prod-svc"
        ),
        Request("aps:RemoteWrite", "obs-metrics-arn"),
        Request(
            "elasticfilesystem:ClientWrite",
            "obs-prometheus-arn",
            {
                "elasticfilesystem:AccessPointArn": "obs-prometheus-prometheus-0-arn",
                "aws:SecureTransport": "true",
            },
        ),
    ],
    "loki-1": [
        Request("s3:ListBucket", "obs-loki-arn"),
        Request("s3:PutObject", "obs-loki-arn/fake/chunk"),
        Request("s3:DeleteObject", "obs-loki-arn/fake/chunk"),
    ],
    "tempo-2": [Request("s3:GetObject", "obs-tempo-arn/single-tenant/block/data.parquet")],
    "grafana": [Request("cloudwatch:GetMetricData"), Request("cloudwatch:ListMetrics")],
}
NEVER = {
    "alloy": [Request("s3:GetObject", "obs-config-arn/grafana/0123456789ab/dashboards/cdn.json")],
    "prometheus-0": [
        Request("ecs:ListTasks", context={"ecs:cluster": OTHER_CLUSTER}),
        Request(
            "ecs:UpdateService", f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/mpac-prod-cluster/mpac-prod-svc"
        ),
        Request("aps:QueryMetrics", "obs-metrics-arn"),
        Request(
            "elasticfilesystem:ClientWrite",
            "obs-prometheus-arn",
            {
                "elasticfilesystem:AccessPointArn": "obs-prometheus-prometheus-1-arn",
                "aws:SecureTransport": "true",
            },
        ),
    ],
    "loki-1": [
        Request("s3:GetObject", "obs-tempo-arn/single-tenant/block"),
        Request("s3:DeleteBucket", "obs-loki-arn"),
    ],
    "tempo-2": [Request("s3:PutObject", "obs-loki-arn/fake/chunk")],
    "grafana": [Request("cloudwatch:PutMetricAlarm"), Request("logs:GetLogEvents")],
}


@pytest.mark.parametrize("task", NEEDED)
def test_a_role_may_what_its_program_needs_and_nothing_else(prod: list[Registration], task: str) -> None:
    policies = role(prod, task)
    assert [each for each in NEEDED[task] if not allowed(policies, each)] == []
    assert [each for each in NEVER[task] if allowed(policies, each)] == []


class TestInAnotherProgram:
    def test_two_stand_side_by_side(self) -> None:
        def program() -> None:
            for name, suffix in (("watch", ""), ("audit", "audit")):
                cluster = Cluster(name, ClusterArgs(context=PLAIN, vpc_id="vpc-1"))
                settings = ObservabilitySettings(grafana=ALONE)
                stack(f"{name}-obs", cluster, PLAIN, settings=settings, name_suffix=suffix)

        graph = record(program)
        # What AWS tells apart by its name in an account and region.
        keys = {
            SERVICE: "name",
            TASK: "family",
            FILE_SYSTEM: "creationToken",
            ALARM: "name",
            "aws:cloudwatch/logGroup:LogGroup": "name",
            "aws:iam/role:Role": "name",
            "aws:s3/bucket:Bucket": "bucket",
            "aws:secretsmanager/secret:Secret": "name",
        }
        found = [(each.type, each.inputs[keys[each.type]]) for each in graph if each.type in keys]
        assert {type_ for type_, _ in found} == keys.keys()
        assert [name for name in found if found.count(name) > 1] == []
        names = {name for type_, name in found if type_ == SERVICE}
        assert {"acme-test-watch-obs-loki-0", "acme-test-audit-obs-loki-0"} <= names
        assert {"acme-loki-test", "acme-loki-test-audit"} <= {name for _, name in found}

    def test_needs_no_keys_and_no_topic(self) -> None:
        graph = declare(ObservabilitySettings(grafana=ALONE), context=PLAIN, database=None)
        assert {each.inputs.get("kmsKeyId") for each in graph} == {None}
        assert {len(each.inputs.get("okActions", [])) for each in graph if each.type == ALARM} == {0}
        # Nobody would be notified of what its alerts say.
        assert not [each for each in graph if "alertManagerDefinition" in each.type]
        assert "kms" not in json.dumps([role(graph, name) for name in ("grafana", "grafana-execution")])

    def test_takes_images_from_where_it_is_told(self) -> None:
        def program() -> None:
            cluster = Cluster("cluster", ClusterArgs(context=CONTEXT, vpc_id="vpc-1"))
            stack("obs", cluster, CONTEXT, grafana_database=DATABASE, image=lambda image: f"cache/{image}")

        graph = record(program)
        images = {each["image"] for task in of_type(graph, TASK) for each in containers(graph, task).values()}
        assert len(images) == 6
        assert all(image.startswith("cache/") for image in images)

    @pytest.mark.parametrize(
        ("settings", "database", "complaint"),
        [
            (ObservabilitySettings(alloy=Alloy(max_tasks=21)), DATABASE, r"alloy.maxTasks = 21"),
            (ObservabilitySettings(loki=Loki(cpu=256)), DATABASE, r"loki.memoryMib = 4096"),
            (ObservabilitySettings(grafana=Grafana(in_database=False)), None, r"grafana.replicas = 2"),
            (ObservabilitySettings(), None, r"grafana.inDatabase = true"),
            (ObservabilitySettings(grafana=ALONE), DATABASE, r"grafana.inDatabase = false"),
        ],
    )
    def test_is_refused_where_its_settings_contradict_each_other(
        self, settings: ObservabilitySettings, database: GrafanaDatabase | None, complaint: str
    ) -> None:
        with pytest.raises(SettingsError, match=complaint):
            declare(settings, database=database)
