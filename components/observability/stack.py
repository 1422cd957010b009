"""The observability services."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pulumi

from ..compute.containers import Container
from ..compute.discovery import host_name
from ..compute.scaling import Scaling
from ..compute.service import FargateService
from ..compute.task import FargateTask, FargateTaskArgs
from ..compute.volumes import EfsVolume
from ..problems import Problem, SettingsError
from ..secrets.generated import GeneratedSecret, GeneratedSecretArgs
from ..section import verify
from ..storage.bucket import PrivateBucket
from . import containers, permissions
from .args import ObsStackArgs
from .buckets import obs_bucket
from .configuration.alloy import alloy_configuration
from .configuration.grafana import grafana_files
from .configuration.loki import loki_configuration
from .configuration.prometheus import prometheus_configuration
from .configuration.rules import rule_files
from .configuration.tempo import tempo_configuration
from .configuration.topology import (
    ALLOY_PORT,
    LOKI_PORT,
    OTLP_GRPC_PORT,
    PROMETHEUS_PORT,
    TEMPO_PORT,
    Topology,
)
from .configuration_files import ConfigurationFiles, memory_of_main
from .dashboards import dashboard_files
from .file_system import ObsFileSystem, ObsFileSystemArgs
from .managed import ManagedPrometheus, ManagedPrometheusArgs
from .service import obs_service
from .settings import Loki, Tempo


class ObsStack(pulumi.ComponentResource):
    """Alloy, Prometheus, Loki, Tempo and Grafana on Fargate, configured, and watching the platform.

    Creates the services `<prefix>-<environment>-<name>-<program>`; of Prometheus, Loki and Tempo one per
    replica, with a single task and files of its own, which stops before its successor starts, and one replica
    at a time. Of several replicas each stays in a zone of its own; a lone one runs in any. Four file systems
    (`ObsFileSystem`), the buckets `<prefix>-<loki|tempo|obs-config>-<environment>[-<suffix>]` for chunks,
    blocks and configuration files, Grafana's secrets and, where asked for, a managed workspace
    (`ManagedPrometheus`).

    Services send OTLP to `alloy` in the private domain of the cluster. Prometheus scrapes every service with
    the tag `prometheus.io/scrape=true`. Logs go to Loki, traces to Tempo, metrics to every Prometheus;
    Grafana has them, and CloudWatch, as data sources, and a dashboard for each part of the platform.

    A cluster has one: host names are of its domain. Two in one environment differ by `name_suffix` too.

    Replaces: what its parts replace.

    Requirements: Compute, "Observability Services"; Storage, "Elastic File System".

    Attributes:
        otlp_endpoint: Where services send telemetry, over gRPC.
        grafana_url: Where people look.
        tunnel_task_arn: Task through which they reach it: ARN of the task definition.
        file_system_ids: Id of each file system, by program.
        workspace_arn: ARN of the managed workspace; None where there is none.
    """

    otlp_endpoint: str
    grafana_url: str
    tunnel_task_arn: pulumi.Output[str]
    file_system_ids: dict[str, pulumi.Output[str]]
    workspace_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: ObsStackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:observability:ObsStack", name, None, opts)
        settings = args.settings
        verify(f"ObsStack {name}", settings)
        if settings.grafana.in_database is not (args.grafana_database is not None):
            problem = Problem(
                key="grafana.inDatabase",
                value=settings.grafana.in_database,
                rule="contradicts grafana_database of the stack's arguments",
                remedy="give a database where it is true, and none where it is false",
            )
            raise SettingsError(f"ObsStack {name}", [problem])
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._topology = Topology(
            context=args.context,
            settings=settings,
            cluster=args.cluster.full_name,
            domain=args.cluster.namespace_name,
        )
        self._configuration = obs_bucket(f"{name}-config", "obs-config", args, opts=self._child)
        self.file_system_ids = {}
        workspace = self._workspace()
        self._alloy()
        self._prometheus(workspace)
        self._loki()
        self._tempo()
        self._grafana()

        self.otlp_endpoint = f"http://{self._topology.address('alloy', OTLP_GRPC_PORT)}"
        self.grafana_url = settings.grafana.root_url
        self.tunnel_task_arn = self._tunnel().arn
        self.workspace_arn = workspace.arn if workspace else None
        self.register_outputs(
            {
                "otlpEndpoint": self.otlp_endpoint,
                "grafanaUrl": self.grafana_url,
                "tunnelTaskArn": self.tunnel_task_arn,
                "fileSystemIds": self.file_system_ids,
                "workspaceArn": self.workspace_arn,
            }
        )

    def _workspace(self) -> ManagedPrometheus | None:
        args = self._args
        if not args.settings.prometheus.managed:
            return None
        return ManagedPrometheus(
            f"{self._name}-metrics",
            ManagedPrometheusArgs(
                context=args.context,
                rules=rule_files(),
                log_retention_days=args.compute.log_retention_days,
            ),
            self._child,
        )

    def _alloy(self) -> None:
        alloy = self._args.settings.alloy
        text = alloy_configuration(self._topology, memory_mib=memory_of_main(alloy.memory_mib))
        obs_service(
            f"{self._name}-alloy",
            alloy,
            containers.alloy_container(self._args.image(alloy.image)),
            self._args,
            tasks=Scaling(min_tasks=alloy.min_tasks, max_tasks=alloy.max_tasks),
            files=self._files("alloy", {"config.alloy": text}),
            discovery_name="alloy",
            scrape=ALLOY_PORT,
            opts=self._child,
        )

    def _prometheus(self, workspace: ManagedPrometheus | None) -> None:
        args, names = self._args, self._topology.prometheus_names
        prometheus = args.settings.prometheus

        def configuration(url: str | None) -> str:
            return prometheus_configuration(self._topology, remote_write_url=url)

        text = workspace.remote_write_url.apply(configuration) if workspace else configuration(None)
        rules = {f"rules/{rules}.yml": text for rules, text in rule_files().items()}
        files = self._files("prometheus", {"prometheus.yml": text, **rules})
        volumes = self._volumes("prometheus", names, containers.PROMETHEUS_USER)
        previous: FargateService | None = None
        for number, replica in enumerate(names):
            previous = obs_service(
                f"{self._name}-{replica}",
                prometheus,
                containers.prometheus_container(args.image(prometheus.image), replica),
                args,
                files=files,
                volume=volumes[replica],
                permissions=[
                    *permissions.discovery_permissions(self._topology),
                    *([workspace.permission] if workspace else []),
                ],
                discovery_name=replica,
                scrape=PROMETHEUS_PORT,
                zone=_zone(number, of=len(names)),
                after=previous,
                opts=self._child,
            )

    def _loki(self) -> None:
        loki = self._args.settings.loki
        bucket = self._bucket("loki", days=loki.retention_days)
        text = loki_configuration(
            self._topology, bucket=bucket.args.bucket, memory_mib=memory_of_main(loki.memory_mib)
        )
        self._replicated(
            "loki",
            loki,
            containers.loki_container,
            files=self._files("loki", {"loki.yml": text}),
            volumes=self._volumes("loki", self._topology.loki_names, containers.LOKI_USER),
            bucket=bucket,
            scrape=LOKI_PORT,
        )

    def _tempo(self) -> None:
        tempo = self._args.settings.tempo
        bucket = self._bucket("tempo", days=tempo.retention_days)
        text = tempo_configuration(self._topology, bucket=bucket.args.bucket)
        self._replicated(
            "tempo",
            tempo,
            containers.tempo_container,
            files=self._files("tempo", {"tempo.yml": text}),
            volumes=self._volumes("tempo", self._topology.tempo_names, containers.TEMPO_USER),
            bucket=bucket,
            scrape=TEMPO_PORT,
        )

    def _replicated(
        self,
        host: str,
        program: Loki | Tempo,
        container: Callable[[pulumi.Input[str], str], Container],
        *,
        files: ConfigurationFiles,
        volumes: Mapping[str, EfsVolume],
        bucket: PrivateBucket,
        scrape: int,
    ) -> None:
        """Run a replica per volume; they find each other, and are found, by one host name."""
        args, name = self._args, f"{self._name}-{host}"
        registry = host_name(name, args.cluster, host, tag=args.context.name(name), opts=self._child)
        previous: FargateService | None = None
        for number, (replica, volume) in enumerate(volumes.items()):
            previous = obs_service(
                f"{self._name}-{replica}",
                program,
                container(args.image(program.image), replica),
                args,
                files=files,
                volume=volume,
                permissions=permissions.bucket_permissions(bucket),
                registry_arn=registry.arn,
                scrape=scrape,
                zone=_zone(number, of=len(volumes)),
                after=previous,
                opts=self._child,
            )

    def _grafana(self) -> None:
        args, grafana = self._args, self._args.settings.grafana
        provisioning = {f"provisioning/{path}": text for path, text in grafana_files(self._topology).items()}
        dashboards = {
            f"dashboards/{path}": text for path, text in dashboard_files(args.context.title).items()
        }
        obs_service(
            f"{self._name}-grafana",
            grafana,
            containers.grafana_container(
                args,
                password=self._secret("grafana", "Administrator of Grafana"),
                encryption_key=self._secret("grafana-encryption", "Secrets in Grafana's database"),
            ),
            args,
            tasks=grafana.replicas,
            files=self._files("grafana", {**provisioning, **dashboards}),
            # Plugins: its replicas may share them.
            volume=self._volumes("grafana", ["grafana"], containers.GRAFANA_USER)["grafana"],
            permissions=permissions.cloudwatch_permissions(),
            discovery_name="grafana",
            opts=self._child,
        )

    def _tunnel(self) -> FargateTask:
        """Make what an operator runs to reach Grafana: a task that waits, and ends by itself."""
        args = self._args
        return FargateTask(
            f"{self._name}-grafana-tunnel",
            FargateTaskArgs(
                context=args.context,
                cpu=256,
                memory_mib=512,
                containers=[containers.tunnel_container(args.image(args.settings.copier_image))],
                log_retention_days=args.compute.log_retention_days,
                exec_log_group_name=args.cluster.exec_log_group_name,
            ),
            self._child,
        )

    def _files(self, program: str, files: Mapping[str, pulumi.Input[str]]) -> ConfigurationFiles:
        """Upload a program's configuration files."""
        return ConfigurationFiles(
            f"{self._name}-{program}-files",
            program=program,
            files=files,
            bucket=self._configuration,
            region=self._args.context.region,
            copier_image=self._args.image(self._args.settings.copier_image),
            opts=self._child,
        )

    def _volumes(self, program: str, directories: Sequence[str], user_id: int) -> dict[str, EfsVolume]:
        """Make a program's file system, and a volume for each directory."""
        args = self._args
        file_system = ObsFileSystem(
            f"{self._name}-{program}",
            ObsFileSystemArgs(
                context=args.context,
                settings=args.settings.file_systems,
                purpose=program,
                directories=directories,
                user_id=user_id,
                subnet_ids=args.subnet_ids,
                security_group_id=args.files_security_group_id,
                backup_tags=args.backup_tags,
            ),
            self._child,
        )
        self.file_system_ids[program] = file_system.id
        return file_system.volumes

    def _bucket(self, program: str, *, days: int) -> PrivateBucket:
        return obs_bucket(f"{self._name}-{program}", program, self._args, days=days, opts=self._child)

    def _secret(self, name: str, description: str) -> pulumi.Output[str]:
        """Generate a password; none is copied to the standby, whose Grafana has passwords of its own."""
        context = replace(self._args.context, standby=None)
        return GeneratedSecret(
            f"{self._name}-{name}",
            GeneratedSecretArgs(context=context, description=f"{description} of {context.title}"),
            self._child,
        ).arn


def _zone(number: int, *, of: int) -> int | None:
    """Choose the zone of a replica: ECS spreads the tasks of one service, not those of several."""
    return number if of > 1 else None
