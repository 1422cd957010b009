"""The observability services."""

from collections.abc import Callable, Mapping, Sequence

import pulumi

from components.compute import (
    Container,
    EfsVolume,
    FargateService,
    FargateTask,
    FargateTaskArgs,
    Permission,
    Scaling,
    host_name,
)
from components.observability import containers, permissions
from components.observability.args import ObsStackArgs, Program
from components.observability.configuration.alloy import alloy_configuration
from components.observability.configuration.grafana import grafana_files
from components.observability.configuration.loki import loki_configuration
from components.observability.configuration.prometheus import prometheus_configuration
from components.observability.configuration.rules import rule_files
from components.observability.configuration.tempo import tempo_configuration
from components.observability.configuration.topology import (
    ALLOY_PORT,
    LOKI_PORT,
    OTLP_GRPC_PORT,
    PROMETHEUS_PORT,
    TEMPO_PORT,
    Topology,
)
from components.observability.configuration_files import ConfigurationFiles, memory_of_main
from components.observability.dashboards import dashboard_files
from components.observability.managed import ManagedPrometheus, ManagedPrometheusArgs
from components.observability.parts import Parts
from components.storage import PrivateBucket


class ObsStack(pulumi.ComponentResource):
    """Alloy, Prometheus, Loki, Tempo and Grafana on Fargate, configured, and watching the platform.

    Creates the services `mpac-<environment>-<program>`; of Prometheus, Loki and Tempo one per replica, with a
    single task and files of its own, which stops before its successor starts, and one replica at a time. Of
    several replicas each stays in a zone of its own; a lone one runs in any. Four file systems
    (`ObsFileSystem`), the buckets `mpac-<loki|tempo|obs-config>-<environment>` for chunks, blocks and
    configuration files, Grafana's secrets and, where asked for, a managed workspace (`ManagedPrometheus`).

    Services send OTLP to `alloy.<environment>.mpac.internal`. Prometheus scrapes every service with the tag
    `prometheus.io/scrape=true`. Logs go to Loki, traces to Tempo, metrics to every Prometheus; Grafana has
    them, and CloudWatch, as data sources, and a dashboard for each part of the platform.

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
        self._args = args
        self._parts = Parts(args=args, opts=pulumi.ResourceOptions(parent=self))
        self._topology = Topology(
            environment=args.environment,
            account_id=args.account_id,
            region=args.region,
            domain=args.cluster.namespace_name,
            prometheus_replicas=args.prometheus.replicas,
            loki_replicas=args.loki.replicas,
            tempo_replicas=args.tempo.replicas,
        )
        workspace = self._workspace(name)
        self._alloy()
        self._prometheus(workspace)
        self._loki()
        self._tempo()
        self._grafana()

        self.otlp_endpoint = f"http://{self._topology.address('alloy', OTLP_GRPC_PORT)}"
        self.grafana_url = args.grafana_root_url
        self.tunnel_task_arn = self._tunnel().arn
        self.file_system_ids = {program: each.id for program, each in self._parts.file_systems.items()}
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

    def _workspace(self, name: str) -> ManagedPrometheus | None:
        args = self._args
        if not args.managed_prometheus:
            return None
        return ManagedPrometheus(
            f"{name}-metrics",
            ManagedPrometheusArgs(
                environment=args.environment,
                region=args.region,
                rules=rule_files(),
                topic_arn=args.alarm_topic_arn,
                log_retention_days=args.log_retention_days,
                logs_key_arn=args.logs_key_arn,
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def _alloy(self) -> None:
        alloy = self._args.alloy
        self._parts.service(
            "alloy",
            alloy,
            containers.alloy_container(alloy),
            tasks=Scaling(min_tasks=alloy.replicas, max_tasks=self._args.alloy_max_tasks),
            files=self._parts.files(
                "alloy",
                {
                    "config.alloy": alloy_configuration(
                        self._topology,
                        traces_percent=self._args.load.traces_percent,
                        memory_mib=memory_of_main(alloy.memory_mib),
                    )
                },
            ),
            discovery_name="alloy",
            scrape=ALLOY_PORT,
        )

    def _prometheus(self, workspace: ManagedPrometheus | None) -> None:
        args, names = self._args, self._topology.prometheus_names

        def configuration(url: str | None) -> str:
            return prometheus_configuration(
                self._topology, retention_days=args.metrics_days, remote_write_url=url
            )

        rules = {f"rules/{rules}.yml": text for rules, text in rule_files().items()}
        text = workspace.remote_write_url.apply(configuration) if workspace else configuration(None)
        files = self._parts.files("prometheus", {"prometheus.yml": text, **rules})
        volumes = self._parts.volumes("prometheus", names, containers.PROMETHEUS_USER)
        previous: FargateService | None = None
        for number, replica in enumerate(names):
            previous = self._parts.service(
                replica,
                args.prometheus,
                containers.prometheus_container(args.prometheus, replica),
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
            )

    def _loki(self) -> None:
        args, parts = self._args, self._parts
        bucket = parts.bucket("loki", days=args.logs_days)
        text = loki_configuration(
            self._topology,
            bucket=bucket.args.bucket,
            retention_days=args.logs_days,
            load=args.load,
            memory_mib=memory_of_main(args.loki.memory_mib),
        )
        self._replicated(
            "loki",
            args.loki,
            containers.loki_container,
            files=parts.files("loki", {"loki.yml": text}),
            volumes=parts.volumes("loki", self._topology.loki_names, containers.LOKI_USER),
            bucket=bucket,
            scrape=LOKI_PORT,
        )

    def _tempo(self) -> None:
        args, parts = self._args, self._parts
        bucket = parts.bucket("tempo", days=args.traces_days)
        text = tempo_configuration(
            self._topology, bucket=bucket.args.bucket, retention_days=args.traces_days, load=args.load
        )
        self._replicated(
            "tempo",
            args.tempo,
            containers.tempo_container,
            files=parts.files("tempo", {"tempo.yml": text}),
            volumes=parts.volumes("tempo", self._topology.tempo_names, containers.TEMPO_USER),
            bucket=bucket,
            scrape=TEMPO_PORT,
        )

    def _replicated(
        self,
        name: str,
        program: Program,
        container: Callable[[Program, str], Container],
        *,
        files: ConfigurationFiles,
        volumes: Mapping[str, EfsVolume],
        bucket: PrivateBucket,
        scrape: int,
    ) -> None:
        """Run a replica per volume; they find each other, and are found, by one host name."""
        registry = host_name(
            name,
            self._args.cluster,
            name,
            tag=f"mpac-{self._args.environment}-{name}",
            opts=pulumi.ResourceOptions(parent=self),
        )
        previous: FargateService | None = None
        for number, (replica, volume) in enumerate(volumes.items()):
            previous = self._parts.service(
                replica,
                program,
                container(program, replica),
                files=files,
                volume=volume,
                permissions=permissions.bucket_permissions(bucket),
                registry_arn=registry.arn,
                scrape=scrape,
                zone=_zone(number, of=len(volumes)),
                after=previous,
            )

    def _grafana(self) -> None:
        args, parts = self._args, self._parts
        provisioning = {f"provisioning/{path}": text for path, text in grafana_files(self._topology).items()}
        dashboards = {f"dashboards/{path}": text for path, text in dashboard_files(args.environment).items()}
        needed: Sequence[Permission] = permissions.cloudwatch_permissions()
        parts.service(
            "grafana",
            args.grafana,
            containers.grafana_container(
                args.grafana,
                root_url=args.grafana_root_url,
                password=parts.secret("grafana", "Administrator of Grafana"),
                encryption_key=parts.secret("grafana-encryption", "Secrets in Grafana's database"),
                database=args.grafana_database,
                single_sign_on=args.single_sign_on,
            ),
            tasks=args.grafana.replicas,
            files=parts.files("grafana", {**provisioning, **dashboards}),
            # Plugins: its replicas may share them.
            volume=parts.volumes("grafana", ["grafana"], containers.GRAFANA_USER)["grafana"],
            permissions=needed,
            discovery_name="grafana",
        )

    def _tunnel(self) -> FargateTask:
        """Make what an operator runs to reach Grafana: a task that waits, and ends by itself."""
        args = self._args
        return FargateTask(
            "grafana-tunnel",
            FargateTaskArgs(
                environment=args.environment,
                account_id=args.account_id,
                region=args.region,
                task_name="grafana-tunnel",
                cpu=256,
                memory_mib=512,
                containers=[containers.tunnel_container(args.copier_image)],
                log_retention_days=args.log_retention_days,
                logs_key_arn=args.logs_key_arn,
                exec_enabled=True,
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )


def _zone(number: int, *, of: int) -> int | None:
    """Choose the zone of a replica: ECS spreads the tasks of one service, not those of several."""
    return number if of > 1 else None
