from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from settings import Problem, Settings, SettingsError, load
from settings.stack_files import read_stack_file, stack_files

ROOT = Path(__file__).parents[2]
Config = Callable[[dict[str, Any]], dict[str, str]]


def problems_of(config: dict[str, str], stack: str = "prod") -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as error:
        load(stack, config)
    return [(problem.key, problem.rule) for problem in error.value.problems]


def checked_in(stack: str) -> Settings:
    return load(stack, read_stack_file(stack_files(ROOT)[stack]))


class TestCheckedInStacks:
    def test_there_are_three(self) -> None:
        assert set(stack_files(ROOT)) == {"prod", "dr", "staging"}

    def test_prod_has_the_required_figures(self) -> None:
        prod = checked_in("prod")
        assert prod.region == "ap-northeast-1"
        assert prod.protect
        network = prod.network
        assert network.cidr == "10.0.0.0/16"
        assert network.availability_zones == ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
        assert network.public_subnets == ("10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24")
        assert network.private_subnets == ("10.0.10.0/24", "10.0.11.0/24", "10.0.12.0/24")
        assert network.database_subnets == ("10.0.20.0/24", "10.0.21.0/24", "10.0.22.0/24")
        assert network.nat_gateways == "perZone"
        assert network.flow_log_retention_days == 30

    def test_prod_runs_the_three_services_on_the_required_ports(self) -> None:
        services = checked_in("prod").services
        assert {name: service.port for name, service in services.enabled().items()} == {
            "portal": 8002,
            "smarttab": 8001,
            "pgw": 8003,
        }
        assert services.frontend.port == 3000
        assert not checked_in("prod").nlb.enabled

    def test_prod_watches_as_required(self) -> None:
        observability = checked_in("prod").observability
        assert {
            name: (program.image, program.cpu, program.memory_mib)
            for name, program in observability.programs().items()
        } == {
            "alloy": ("grafana/alloy:v1.12.0", 1024, 2048),
            "prometheus": ("prom/prometheus:v3.8.0", 2048, 4096),
            "loki": ("grafana/loki:3.6.0", 2048, 4096),
            "tempo": ("grafana/tempo:2.9.0", 2048, 4096),
            "grafana": ("grafana/grafana:12.3.0", 1024, 2048),
        }
        assert (observability.alloy.min_tasks, observability.prometheus.replicas) == (2, 2)
        assert (observability.loki.replicas, observability.tempo.replicas) == (3, 3)
        assert observability.grafana.replicas == 2
        assert observability.prometheus.retention_days == 14
        assert observability.loki.retention_days == 14
        assert observability.tempo.retention_days == 7
        assert observability.file_systems.infrequent_access_after_days == 30

    def test_dr_watches_with_fewer_but_as_large(self) -> None:
        prod, dr = checked_in("prod").observability, checked_in("dr").observability
        for name, program in dr.programs().items():
            assert (program.cpu, program.memory_mib) == (
                prod.programs()[name].cpu,
                prod.programs()[name].memory_mib,
            )
        assert (dr.loki.replicas, dr.tempo.replicas, dr.grafana.replicas) == (1, 1, 1)
        assert dr.prometheus.managed
        assert not dr.grafana.in_database

    def test_prod_keeps_objects_as_required(self) -> None:
        storage = checked_in("prod").storage
        receipts, settlements = storage.receipts, storage.settlements
        assert (receipts.infrequent_access_after_days, receipts.glacier_after_days) == (90, 365)
        assert (receipts.lock_years, receipts.expire_after_days) == (7, 2557)
        assert (settlements.infrequent_access_after_days, settlements.glacier_after_days) == (30, 365)
        assert (settlements.lock_years, settlements.expire_after_days) == (10, 3653)
        assert (storage.apk.kept_versions, storage.apk.glacier_after_days) == (10, 90)
        assert storage.exports.expire_after_days == 7
        assert storage.object_lock_mode == "GOVERNANCE"

    def test_prod_has_its_replicas_in_osaka(self) -> None:
        prod = checked_in("prod")
        assert prod.replica_region == "ap-northeast-3"
        assert prod.encryption.log_replica_regions == ("us-east-1",)
        assert prod.encryption.deletion_window_days == 30
        assert set(prod.bucket_kinds) == {"app-apk", "receipts", "settlements", "exports", "static-assets"}

    def test_dr_mirrors_prod_in_osaka(self) -> None:
        prod, dr = checked_in("prod"), checked_in("dr")
        assert dr.region == "ap-northeast-3"
        assert dr.network.availability_zones == ("ap-northeast-3a", "ap-northeast-3b", "ap-northeast-3c")
        assert dr.network.cidr == "10.1.0.0/16"
        for tier in ("public_subnets", "private_subnets", "database_subnets"):
            mirrored = tuple(cidr.replace("10.0.", "10.1.", 1) for cidr in getattr(prod.network, tier))
            assert getattr(dr.network, tier) == mirrored
        assert dr.primary_stack is not None
        assert (dr.primary_stack.stack, dr.primary_stack.peering) == ("organization/mpac/prod", True)
        assert dr.account_id == prod.account_id
        assert dr.protect
        assert dr.bucket_kinds == ("exports",)

    def test_staging_is_small_and_alone(self) -> None:
        staging = checked_in("staging")
        assert staging.region == "ap-northeast-1"
        assert staging.network.cidr == "10.10.0.0/16"
        assert staging.network.nat_gateways == "single"
        assert staging.replica_region is None
        assert staging.primary_stack is None
        assert not staging.protect

    def test_tags_say_whose_a_resource_is(self) -> None:
        assert checked_in("prod").default_tags == {
            "Project": "mpac",
            "Environment": "prod",
            "Owner": "platform",
            "CostCenter": "smartpos",
            "ManagedBy": "pulumi",
        }


class TestReading:
    def test_settings_are_frozen(self, config: Config) -> None:
        settings = load("prod", config({}))
        with pytest.raises(ValidationError, match="frozen"):
            settings.network.cidr = "10.9.0.0/16"  # type: ignore[misc]

    def test_the_engines_own_keys_are_let_through(self, config: Config) -> None:
        assert load("prod", config({"pulumi:disable-default-providers": ["aws"]}))

    def test_an_override_leaves_the_other_defaults(self, config: Config) -> None:
        settings = load("prod", config({"storage.receipts.lockYears": 5}))
        assert settings.storage.receipts.glacier_after_days == 365
        assert settings.storage.settlements.lock_years == 10

    def test_a_service_that_is_off_is_left_out(self, config: Config) -> None:
        services = load("prod", config({"services.pgw.enabled": False})).services.enabled()
        assert list(services) == ["portal", "smarttab"]

    def test_the_value_of_an_unknown_key_is_not_shown(self, config: Config) -> None:
        with pytest.raises(SettingsError) as error:
            load("prod", config({"databasePassword": "hunter2", "other:token": "hunter2"}))
        assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": "prod", "storage.nameSuffix": "acme-2"},
        {
            "network.cidr": "10.0.0.0/16",
            "network.publicSubnets": [f"10.0.1.{start}/28" for start in (0, 16, 32)],
        },
        {"services.portal.port": 1024, "services.pgw.port": 65535},
        {"services.frontend": {"enabled": True, "build": {"context": "frontend"}}},
        {"services.pgw": {"image": f"sha256:{'0' * 64}", "cpu": 256, "memoryMib": 512}},
        {"services.pgw": {"image": "1.0.0", "cpu": 16384, "memoryMib": 122880}},
        {"services.smarttab": {"image": "1.0.0", "paths": ["/pgw/*/devices"]}},
        {"encryption.deletionWindowDays": 7},
        {"encryption.logReplicaRegions": ["us-east-1"]},
        {"storage.receipts.infrequentAccessAfterDays": 30, "storage.receipts.glacierAfterDays": 60},
        {"storage.receipts.glacierAfterDays": 2556},
        {"storage.receipts.lockYears": 100, "storage.receipts.retentionYears": 100},
        {"storage.apk.keptVersions": 101},
        {
            "grafanaAdminCidrs": ["192.168.1.0/24", "203.0.113.7/32"],
            "observability.grafana.singleSignOn": {
                "clientId": "grafana",
                "clientSecretArn": "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:grafana-AbCdEf",
                "authorizationUrl": "https://login.example.com/authorize",
                "tokenUrl": "https://login.example.com:8443/oauth2/token",
                "userInfoUrl": "https://login.example.com/userinfo",
            },
        },
    ],
    ids=str,
)
def test_what_aws_takes_is_taken(config: Config, changes: dict[str, Any]) -> None:
    assert load("prod", config(changes))


class TestAllAtOnce:
    def test_mistakes_in_every_section_are_told_together(self, config: Config) -> None:
        broken = config(
            {
                "accountId": "1",
                "aws:region": "us-east-1",
                "network.availabilityZones": ["ap-northeast-1a", "ap-northeast-1b", "ap-northeast-1c"],
                "network.natGateways": 3,
                "services.portal.port": 8001,
                "services.frontnd": {},
                "storage": {"receipts": {"retentionYears": 1}},
            }
        )
        assert {key for key, _ in problems_of(broken)} == {
            "mpac:accountId",
            "aws:region",
            "mpac:network.availabilityZones[1]",
            "mpac:network.natGateways",
            "mpac:services.frontnd",
            "mpac:services.smarttab.port",
            "mpac:storage.receipts.retentionYears",
        }

    def test_what_aws_would_refuse_during_a_deployment_is_told_together_before_it(
        self, config: Config
    ) -> None:
        broken = config(
            {
                # A pair of CPU and memory that Fargate does not have.
                "services.portal": {"image": "2.1.0", "cpu": 1024, "memoryMib": 1024},
                # More at the least than at the most, no port, and the path of another service.
                "services.smarttab": {"image": "2.1.0", "minTasks": 51, "port": None},
                "services.pgw": {"image": "latest", "paths": ["/*"]},
                "network.flowLogRetentionDays": 31,
                "database.instanceClass": "db.r6id.4xlarge",
                "database.iops": 2559,
                "database.backupRetentionDays": 36,
                "database.maintenanceWindow": "sun:03:00-sun:04:00",
                "cache.maintenanceWindow": "sun:04:00-sun:05:00",
                "region": "ap-northeast-3",
                "replicaRegion": "ap-northeast-1",
                "network.availabilityZones": ["ap-northeast-3a", "ap-northeast-3b", "ap-northeast-3c"],
                "registry.dockerHubSecretArns": [],
            }
        )
        told = problems_of(broken)
        assert {(key.removeprefix("mpac:"), rule.split(" (")[0].split(", and")[0]) for key, rule in told} == {
            ("services.portal.memoryMib", "is no memory that Fargate has with 1024 CPU units"),
            ("registry.dockerHubSecretArns", "names no secret in ap-northeast-3"),
            ("services.smarttab.minTasks", "is more than maxTasks"),
            ("services.smarttab.port", "must be a whole number"),
            ("services.pgw.paths[0]", "leads to smarttab already, at the host api"),
            ("services.pgw.image", "names no certain image"),
            ("network.flowLogRetentionDays", "is no retention that CloudWatch Logs knows"),
            ("database.backupRetentionDays", "must be at most 35"),
            ("database.instanceClass", "is not known to be offered in ap-northeast-3"),
            ("database.iops", "is less than 0.5 per GiB of maxAllocatedStorageGib"),
            ("database.maintenanceWindow", "overlaps backupWindow"),
            ("cache.maintenanceWindow", "overlaps snapshotWindow"),
        }

    @pytest.mark.parametrize(
        "mistake",
        [
            {"services": "none"},
            {"services.portal.port": "x"},
            {"network.natGateways": "per-zone"},
            {"network.cidr": "10.0.0.0/99"},
            {"network.availabilityZones": ...},
            {"network.typo": 1},
            {"network.databaseSubnets": ["10.0.20.0/24", "x", "10.0.22.0/24"]},
            {"region": "mars-1"},
            {"tags": ...},
        ],
        ids=str,
    )
    def test_a_mistake_does_not_hide_an_overlap(self, config: Config, mistake: dict[str, Any]) -> None:
        overlap = {"network.privateSubnets": ["10.0.1.0/24", "10.0.11.0/24", "10.0.12.0/24"]}
        assert ("mpac:network.privateSubnets[0]", "overlaps publicSubnets[0] (10.0.1.0/24)") in (
            problems_of(config({**overlap, **mistake}))
        )

    def test_an_invalid_entry_does_not_hide_its_neighbours(self, config: Config) -> None:
        subnets = ["10.0.10.0/24", None, "10.0.10.0/25"]
        assert [key for key, _ in problems_of(config({"network.privateSubnets": subnets}))] == [
            "mpac:network.privateSubnets[1]",
            "mpac:network.privateSubnets[2]",
        ]

    def test_an_invalid_port_does_not_hide_a_port_used_twice(self, config: Config) -> None:
        services = {"portal": {"port": 9000}, "smarttab": {"port": "x"}, "pgw": {"port": 9000}}
        assert "mpac:services.pgw.port" in [key for key, _ in problems_of(config({"services": services}))]

    def test_a_mistake_in_receipts_does_not_hide_one_in_settlements(self, config: Config) -> None:
        storage = {"receipts": {"retentionYears": "x"}, "settlements": {"retentionYears": 9}}
        assert (
            "mpac:storage.settlements.retentionYears",
            "is shorter than lockYears (10)",
        ) in (problems_of(config({"storage": storage})))

    @pytest.mark.parametrize(
        ("changes", "key"),
        [
            (
                {"network.availabilityZones": ["ap-northeast-1a", 3, "ap-northeast-1d"]},
                "mpac:network.availabilityZones[1]",
            ),
            (
                {"replicaRegion": ..., "encryption.logReplicaRegions": [3]},
                "mpac:encryption.logReplicaRegions[0]",
            ),
            # Port 8001 is smarttab's default, which must not stand in for what it is set to.
            (
                {"services.portal.port": 8001, "services.smarttab.port": "x"},
                "mpac:services.smarttab.port",
            ),
        ],
    )
    def test_an_invalid_value_is_told_once(self, config: Config, changes: dict[str, Any], key: str) -> None:
        assert [found for found, _ in problems_of(config(changes))] == [key]

    def test_nothing_at_all_is_told_as_what_is_missing(self) -> None:
        keys = [key for key, _ in problems_of({})]
        images = (f"services.{name}.image" for name in ("portal", "smarttab", "pgw"))
        required = ("environment", "region", "accountId", "tags", "network", *images)
        depending = ("dns.domain", "encryption.logReplicaRegions")
        assert sorted(keys) == sorted(f"mpac:{key}" for key in (*required, *depending))

    def test_the_text_is_made_for_a_terminal(self, config: Config) -> None:
        with pytest.raises(SettingsError) as error:
            load(
                "prod",
                config(
                    {"network.natGatways": "single", "network.availabilityZones": ["ap-northeast-1a"] * 3}
                ),
            )
        assert str(error.value) == (
            """Settings of stack prod (Pulumi.prod.yaml): 2 problems, nothing was changed.

  mpac:network.availabilityZones = ["ap-northeast-1a", "ap-northeast-1a", "ap-northeast-1a"]
    rule:   lists ap-northeast-1a more than once
    remedy: list each value once

  mpac:network.natGatways
    rule:   is no setting
    remedy: did you mean natGateways?"""
        )

    def test_long_words_fit_the_terminal(self, config: Config) -> None:
        with pytest.raises(SettingsError) as error:
            load("prod", config({"network.flowLogRetentionDays": 31, "tags.owner": "%" * 300}))
        assert max(map(len, str(error.value).splitlines())) <= 100

    def test_names_are_never_broken(self) -> None:
        zone = "ap-northeast-1a"
        text = str(Problem(key="k", rule="r", remedy=" ".join([zone] * 20)))
        assert text.count(zone) == 20


# A busy machine is slow, and a configuration is only read.
ANY_MACHINE = hypothesis_settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
TEXT = st.text(alphabet='aZ019./-:"{}[] \\\n\u3042', max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PATHS = [
    "region",
    "replicaRegion",
    "primaryStack",
    "primaryStack.stack",
    "network",
    "network.cidr",
    "network.availabilityZones",
    "network.privateSubnets",
    "services.portal",
    "services.portal.port",
    "storage.receipts.retentionYears",
    "encryption.logReplicaRegions",
    "grafanaAdminCidrs",
    "nonsense",
]


@given(st.dictionaries(st.sampled_from(PATHS), JSON, max_size=3))
@ANY_MACHINE
def test_no_input_ends_in_anything_but_settings_or_problems(config: Config, changes: dict[str, Any]) -> None:
    inner_first = {path: changes[path] for path in sorted(changes, reverse=True)}
    with suppress(SettingsError):
        load("prod", config(inner_first))


@given(TEXT)
@ANY_MACHINE
@example("NaN")
@example("null")
def test_no_text_ends_in_anything_but_settings_or_problems(config: Config, text: str) -> None:
    for key in ("mpac:protect", "mpac:network", "mpac:region", "mpac:primaryStack", "mpac:grafanaAdminCidrs"):
        with suppress(SettingsError):
            load("prod", {**config({}), key: text})


NETWORKS = st.tuples(st.integers(0, 2**16 - 1), st.integers(20, 28)).map(
    lambda pair: IPv4Network(((10 << 24) + pair[0], pair[1]), strict=False)
)


@given(st.lists(NETWORKS, min_size=9, max_size=9))
@ANY_MACHINE
def test_subnets_are_told_to_overlap_exactly_if_they_share_an_address(
    config: Config, subnets: list[IPv4Network]
) -> None:
    cidrs = [str(subnet) for subnet in subnets]
    tiers = {"publicSubnets": cidrs[:3], "privateSubnets": cidrs[3:6], "databaseSubnets": cidrs[6:]}
    addresses = [int(address) for subnet in subnets for address in subnet]
    try:
        load("prod", config({f"network.{tier}": value for tier, value in tiers.items()}))
        told = False
    except SettingsError as error:
        told = any("overlaps" in problem.rule for problem in error.problems)
    assert told == (len(set(addresses)) < len(addresses))
