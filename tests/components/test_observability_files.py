"""Configuration files of the observability services. What their programs read: `tests/programs`."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import yaml

from components.observability.configuration.alert_manager import alert_manager_configuration
from components.observability.configuration.alloy import alloy_configuration
from components.observability.configuration.grafana import grafana_files
from components.observability.configuration.loki import loki_configuration
from components.observability.configuration.prometheus import prometheus_configuration
from components.observability.configuration.rules import rule_files
from components.observability.configuration.tempo import tempo_configuration
from components.observability.configuration_files import digest
from components.observability.dashboards import dashboard_files
from components.observability.settings import Load
from tests.observability import LITTLE, LOAD, topology

TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:mpac-prod-alarms"
WORKSPACE = "https://aps-workspaces.ap-northeast-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write"


def find(document: Any, key: str) -> list[Any]:  # noqa: ANN401  whatever YAML has
    """List the values of a key, at any depth."""
    if isinstance(document, list):
        return [value for each in document for value in find(each, key)]
    if not isinstance(document, dict):
        return []
    below = [value for each in document.values() for value in find(each, key)]
    return ([document[key]] if key in document else []) + below


class TestPrometheus:
    @pytest.fixture
    def text(self) -> str:
        return prometheus_configuration(topology(), remote_write_url=WORKSPACE)

    @pytest.fixture
    def document(self, text: str) -> dict[str, Any]:
        return dict(yaml.safe_load(text))

    def test_keeps_metrics_for_two_weeks(self, document: dict[str, Any]) -> None:
        assert document["storage"]["tsdb"]["retention"] == {"time": "14d"}

    def test_finds_tasks_by_their_services_tag_in_one_job(self, document: dict[str, Any]) -> None:
        (job,) = document["scrape_configs"]
        (discovery,) = job["aws_sd_configs"]
        assert (discovery["role"], discovery["region"]) == ("ecs", "ap-northeast-1")
        assert discovery["clusters"] == ["arn:aws:ecs:ap-northeast-1:123456789012:cluster/mpac-prod-cluster"]
        kept = {
            tuple(rule["source_labels"]): rule["regex"] for rule in job["relabel_configs"] if "action" in rule
        }
        assert kept[("__meta_ecs_tag_service_prometheus_io_scrape",)] == "true"

    def test_no_name_has_a_dot_which_the_workspace_would_refuse(self, document: dict[str, Any]) -> None:
        assert document["global"]["metric_name_escaping_scheme"] == "underscores"

    def test_tells_replicas_apart_as_the_workspace_wants(self, document: dict[str, Any]) -> None:
        labels = document["global"]["external_labels"]
        assert labels == {"cluster": "mpac-prod-cluster", "__replica__": "${REPLICA}"}

    def test_signs_what_it_sends(self, document: dict[str, Any]) -> None:
        (target,) = document["remote_write"]
        assert (target["url"], target["sigv4"]) == (WORKSPACE, {"region": "ap-northeast-1"})


class TestLoki:
    def document(self, replicas: Literal[1, 3] = 3, load: Load = LOAD) -> dict[str, Any]:
        text = loki_configuration(
            topology(loki=replicas, load=load), bucket="mpac-loki-prod", memory_mib=3840
        )
        return dict(yaml.safe_load(text))

    def test_keeps_logs_for_two_weeks_and_deletes_them(self) -> None:
        document = self.document()
        assert document["limits_config"]["retention_period"] == "336h"
        assert document["compactor"]["retention_enabled"] is True
        assert document["compactor"]["delete_request_store"] == "s3"

    @pytest.mark.parametrize("replicas", [1, 3])
    def test_every_replica_takes_every_write(self, replicas: Literal[1, 3]) -> None:
        assert self.document(replicas)["common"]["replication_factor"] == replicas

    def test_replicas_find_each_other_on_fargates_interface(self) -> None:
        document = self.document()
        assert document["memberlist"]["join_members"] == ["dns+loki.cluster.prod.mpac.internal:7946"]
        assert document["common"]["instance_interface_names"][0] == "eth1"

    def test_a_replica_keeps_its_id_and_tokens_whatever_its_host_name(self) -> None:
        document = self.document()
        assert document["common"]["ring"]["instance_id"] == "${REPLICA}"
        assert (document["common"]["persist_tokens"], document["common"]["path_prefix"]) == (
            True,
            "/mnt/loki",
        )
        # An id given for one ring alone would stand over the common one.
        assert find(document, "instance_id") == ["${REPLICA}"]

    @pytest.mark.parametrize(("load", "megabytes"), [(LOAD, 29), (LITTLE, 6)])
    def test_every_replica_may_take_all_of_the_load_twice(self, load: Load, megabytes: int) -> None:
        limits = self.document(load=load)["limits_config"]
        assert limits["ingestion_rate_strategy"] == "local"
        assert (limits["ingestion_rate_mb"], limits["ingestion_burst_size_mb"]) == (megabytes, megabytes)
        assert limits["per_stream_rate_limit"] == f"{megabytes}MB"

    def test_a_full_batch_of_lines_fits_a_message_between_replicas(self) -> None:
        # 3,000 lines are a batch of Alloy's.
        assert self.document()["server"]["grpc_server_max_recv_msg_size"] > 2 * 3000 * 500

    def test_what_comes_no_more_is_forgotten(self) -> None:
        assert self.document()["ingester"]["autoforget_unhealthy"] is True

    def test_what_it_reads_at_its_start_leaves_half_of_its_memory(self) -> None:
        assert self.document()["ingester"]["wal"]["replay_memory_ceiling"] == "1920MB"

    def test_chunks_are_in_s3_and_the_log_on_efs(self) -> None:
        document = self.document()
        assert document["common"]["storage"]["s3"] == {
            "bucketnames": "mpac-loki-prod",
            "region": "ap-northeast-1",
        }
        assert document["ingester"]["wal"]["dir"] == "/mnt/loki/wal"
        (schema,) = document["schema_config"]["configs"]
        assert (schema["store"], schema["object_store"], schema["schema"]) == ("tsdb", "s3", "v13")


# Tempo refuses a file with a key that it does not know (`yaml.UnmarshalStrict` in cmd/tempo/main.go), and no
# program reads the file here. Each was looked up in the source of 2.9.0: cmd/tempo/app/config.go, from there
# modules/*/config.go and *_ring.go, tempodb/config.go, and dskit's ring/lifecycler.go, kv/memberlist, server.
TEMPO_KEYS = """
target
server.http_listen_port server.grpc_listen_port server.log_format
distributor.receivers.otlp.protocols.grpc.endpoint
distributor.ring.kvstore.store distributor.ring.instance_id distributor.ring.instance_interface_names
ingester.trace_live_period
ingester.lifecycler.ring.kvstore.store ingester.lifecycler.ring.replication_factor ingester.lifecycler.id
ingester.lifecycler.tokens_file_path ingester.lifecycler.interface_names
querier.frontend_worker.frontend_address
compactor.ring.kvstore.store compactor.ring.instance_id compactor.ring.instance_interface_names
compactor.compaction.block_retention
memberlist.node_name memberlist.cluster_label memberlist.bind_port memberlist.join_members
memberlist.abort_if_cluster_join_fails memberlist.rejoin_interval
overrides.defaults.ingestion.rate_limit_bytes overrides.defaults.ingestion.burst_size_bytes
overrides.defaults.ingestion.max_traces_per_user
storage.trace.backend storage.trace.s3.bucket storage.trace.s3.endpoint storage.trace.s3.region
storage.trace.wal.path
usage_report.reporting_enabled
"""


def keys(document: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, value in document.items():
        if isinstance(value, dict):
            yield from keys(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"


class TestTempo:
    def test_has_no_key_that_tempo_does_not_know(self) -> None:
        assert set(keys(self.document())) == set(TEMPO_KEYS.split())

    def document(self, replicas: Literal[1, 3] = 3, load: Load = LOAD) -> dict[str, Any]:
        text = tempo_configuration(topology(tempo=replicas, load=load), bucket="mpac-tempo-prod")
        return dict(yaml.safe_load(text))

    def test_keeps_traces_for_a_week(self) -> None:
        assert self.document()["compactor"]["compaction"]["block_retention"] == "168h"

    @pytest.mark.parametrize(("replicas", "target"), [(1, "all"), (3, "scalable-single-binary")])
    def test_every_replica_takes_every_write(self, replicas: Literal[1, 3], target: str) -> None:
        document = self.document(replicas)
        assert document["target"] == target
        assert document["ingester"]["lifecycler"]["ring"]["replication_factor"] == replicas

    def test_a_replica_keeps_its_id_and_tokens_whatever_its_host_name(self) -> None:
        document = self.document()
        lifecycler = document["ingester"]["lifecycler"]
        assert lifecycler["id"] == "${REPLICA}"
        assert lifecycler["tokens_file_path"] == "/mnt/tempo/ingester.tokens"
        for part in ("distributor", "compactor"):
            assert document[part]["ring"]["instance_id"] == "${REPLICA}", part

    @pytest.mark.parametrize(("load", "traces"), [(LOAD, 45_000), (LITTLE, 10_000)])
    def test_every_replica_may_hold_all_live_traces_twice(self, load: Load, traces: int) -> None:
        document = self.document(load=load)
        limits = document["overrides"]["defaults"]["ingestion"]
        assert document["ingester"]["trace_live_period"] == "30s"
        assert limits["max_traces_per_user"] == traces
        assert limits["rate_limit_bytes"] == 20_000_000

    def test_blocks_are_in_s3_and_the_log_on_efs(self) -> None:
        trace = self.document()["storage"]["trace"]
        assert trace["backend"] == "s3"
        assert trace["s3"]["bucket"] == "mpac-tempo-prod"
        assert trace["wal"]["path"] == "/mnt/tempo/wal"


class TestMemberlist:
    @pytest.mark.parametrize("program", ["loki", "tempo"])
    def test_the_clusters_of_two_programs_never_become_one(self, program: str) -> None:
        document = TestLoki().document() if program == "loki" else TestTempo().document()
        section = document["memberlist"]
        assert (section["cluster_label"], section["node_name"]) == (program, "${REPLICA}")
        assert section["join_members"] == [f"dns+{program}.cluster.prod.mpac.internal:7946"]


class TestAlloy:
    def blocks(self, prometheus: Literal[1, 2] = 2) -> dict[str, str]:
        """Split the file into its components, by name and label."""
        text = re.sub(
            r"(?m)^\s*//.*", "", alloy_configuration(topology(prometheus=prometheus), memory_mib=1792)
        )
        found = re.findall(r'^([\w.]+)(?: "(\w+)")? \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
        return {f"{kind}.{label}".rstrip("."): body for kind, label, body in found}

    def test_receives_otlp_on_both_ports(self) -> None:
        receiver = self.blocks()["otelcol.receiver.otlp.services"]
        assert re.findall(r'endpoint = "(.+)"', receiver) == ["0.0.0.0:4317", "0.0.0.0:4318"]

    def test_sends_each_signal_to_what_stores_it(self) -> None:
        blocks = self.blocks()
        endpoints = {
            name: match[1]
            for name, body in blocks.items()
            if (match := re.search(r'endpoint = "(.+)"', body))
        }
        assert (
            endpoints["otelcol.exporter.otlphttp.loki"] == "http://loki.cluster.prod.mpac.internal:3100/otlp"
        )
        assert endpoints["otelcol.exporter.otlp.tempo"] == "dns:///tempo.cluster.prod.mpac.internal:4317"
        for number in (0, 1):
            assert endpoints[f"otelcol.exporter.otlphttp.prometheus_{number}"] == (
                f"http://prometheus-{number}.cluster.prod.mpac.internal:9090/api/v1/otlp"
            )

    @pytest.mark.parametrize("replicas", [1, 2])
    def test_every_consumer_exists_and_every_prometheus_has_all(self, replicas: Literal[1, 2]) -> None:
        blocks = self.blocks(replicas)
        used = [name for body in blocks.values() for name in re.findall(r"(otelcol\.[\w.]+)\.input", body)]
        assert set(used) == blocks.keys() - {"logging", "otelcol.receiver.otlp.services"}
        for body in (
            blocks["otelcol.processor.batch.services"],
            blocks["otelcol.processor.transform.span_metrics"],
        ):
            metrics = re.search(r"metrics\s*= \[(.*)\]", body)
            assert metrics is not None
            assert len(metrics[1].split(", ")) == replicas

    def test_traces_are_sampled_alike_by_all_after_every_span_is_counted(self) -> None:
        blocks = self.blocks()
        sampler = blocks["otelcol.processor.probabilistic_sampler.services"]
        assert re.findall(r"(\w+) += (.+)", sampler)[:3] == [
            ("mode", '"hash_seed"'),
            ("hash_seed", "22"),
            ("sampling_percentage", "5"),
        ]
        taken = re.findall(r"(otelcol\.[\w.]+)\.input", blocks["otelcol.processor.memory_limiter.services"])
        assert {
            "otelcol.processor.probabilistic_sampler.services",
            "otelcol.connector.spanmetrics.services",
        } <= set(taken)
        assert "traces = [otelcol.processor.batch.services.input]" in sampler

    def test_a_series_of_spans_is_a_services_and_a_collectors(self) -> None:
        blocks = self.blocks()
        connector = blocks["otelcol.connector.spanmetrics.services"]
        assert 'resource_metrics_key_attributes = ["service.name"]' in connector
        named = blocks["otelcol.processor.transform.span_metrics"]
        assert '`keep_keys(attributes, ["service.name"])`' in named
        assert 'set(attributes["service.instance.id"], "` + constants.hostname + `")' in named

    def test_metrics_that_no_task_can_be_told_from_are_dropped(self) -> None:
        condition = self.blocks()["otelcol.processor.filter.instances"]
        assert 'resource.attributes["service.instance.id"] == nil' in condition

    def test_clients_find_new_collectors(self) -> None:
        receiver = self.blocks()["otelcol.receiver.otlp.services"]
        assert re.findall(r'max_connection_age += "(.+)"', receiver) == ["2m"]


def test_every_query_sums_over_the_collectors() -> None:
    texts = [*rule_files().values(), *dashboard_files("mpac prod").values()]
    queries = [
        match for text in texts for match in re.findall(r".{60}traces_span_metrics_\w+", text, re.DOTALL)
    ]
    assert len(queries) >= 10
    for query in queries:
        assert re.search(r"sum by \([^()]*\) \(\s*(rate|increase)\($", query.rpartition("traces_")[0]), query


class TestGrafana:
    def test_has_every_store_as_a_data_source(self) -> None:
        sources = yaml.safe_load(grafana_files(topology())["datasources/platform.yml"])["datasources"]
        assert {each["uid"]: each.get("url") for each in sources} == {
            "prometheus-0": "http://prometheus-0.cluster.prod.mpac.internal:9090",
            "prometheus-1": "http://prometheus-1.cluster.prod.mpac.internal:9090",
            "loki": "http://loki.cluster.prod.mpac.internal:3100",
            "tempo": "http://tempo.cluster.prod.mpac.internal:3200",
            "cloudwatch": None,
        }
        assert [each["uid"] for each in sources if each["isDefault"]] == ["prometheus-0"]

    def test_links_between_them_lead_somewhere(self) -> None:
        text = grafana_files(topology())["datasources/platform.yml"]
        sources = {each["uid"] for each in yaml.safe_load(text)["datasources"]}
        assert set(re.findall(r"datasourceUid: (\S+)", text)) <= sources
        # A single dollar would be replaced by a variable of the environment.
        assert "$${__value.raw}" in text


def test_alerts_go_to_the_topic_and_the_heartbeat_to_nobody() -> None:
    text = yaml.safe_load(alert_manager_configuration(TOPIC, "ap-northeast-1"))["alertmanager_config"]
    config = yaml.safe_load(text)
    assert config["route"]["receiver"] == "alarms"
    (quiet,) = config["route"]["routes"]
    assert (quiet["receiver"], quiet["matchers"]) == ("nobody", ['alertname="MetricsArrive"'])
    receivers = {each["name"]: each.get("sns_configs") for each in config["receivers"]}
    assert receivers["nobody"] is None
    (topic,) = receivers["alarms"]
    assert (topic["topic_arn"], topic["sigv4"]) == (TOPIC, {"region": "ap-northeast-1"})


def test_files_with_a_part_that_is_not_known_yet_are_not_named_by_what_stands_for_it() -> None:
    unknown = "<unknown: urn:pulumi:prod::mpac::aws:amp/workspace:Workspace::metrics#prometheusEndpoint>"
    assert digest(json.dumps({"prometheus.yml": f"url: {unknown}api"})) == unknown
