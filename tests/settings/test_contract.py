import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr

from components.section import Section
from settings import CONTRACT_VERSION, Contract, SettingsError, check_against, load, validation

SOURCE = "organization/mpac/prod"
SECRET = "arn:aws:secretsmanager:ap-northeast-3:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
Make = Callable[[dict[str, Any]], Any]

DR = {
    "environment": "dr",
    "region": "ap-northeast-3",
    "replicaRegion": ...,
    "primaryStack": {"stack": SOURCE},
    "dns": ...,
    "encryption": ...,
    "database": {"readReplicas": 0, "maintenanceWindow": "wed:18:00-wed:19:00"},
    "cache": {"maintenanceWindow": "wed:19:00-wed:20:00"},
    "registry.dockerHubSecretArns": [SECRET],
    "observability": {"grafana": {"replicas": 1, "inDatabase": False}},
    "network": {
        "cidr": "10.1.0.0/16",
        "availabilityZones": ["ap-northeast-3a", "ap-northeast-3b", "ap-northeast-3c"],
        "publicSubnets": ["10.1.1.0/24", "10.1.2.0/24", "10.1.3.0/24"],
        "privateSubnets": ["10.1.10.0/24", "10.1.11.0/24", "10.1.12.0/24"],
        "databaseSubnets": ["10.1.20.0/24", "10.1.21.0/24", "10.1.22.0/24"],
    },
}
ELSEWHERE = {
    "accountId": "210987654321",
    "registry.dockerHubSecretArns": [SECRET.replace("123456789012", "210987654321")],
}


def refusals(raw: object) -> list[tuple[str, str, str]]:
    with pytest.raises(SettingsError) as error:
        Contract.parse(raw, SOURCE)
    return [(problem.key, problem.rule, problem.remedy) for problem in error.value.problems]


def test_a_whole_contract_is_read(contract: Make) -> None:
    read = Contract.parse(contract({}), SOURCE)
    assert read.version == CONTRACT_VERSION == 1
    assert read.network.cidr == "10.0.0.0/16"
    assert read.buckets.receipts.replica_name == "receipts-osaka"


def test_it_goes_out_as_it_came_in(contract: Make) -> None:
    assert Contract.parse(contract({}), SOURCE).model_dump(by_alias=True) == contract({})


def test_a_missing_contract_says_what_to_deploy() -> None:
    ((key, rule, remedy),) = refusals(None)
    assert key == "organization/mpac/prod:contract"
    assert rule.startswith("is missing")
    assert "pulumi up --stack organization/mpac/prod" in remedy


def test_an_older_contract_asks_for_its_own_stack_first(contract: Make) -> None:
    ((key, rule, remedy),) = refusals(contract({"version": 0.0, "keys": ...}))
    assert key == "organization/mpac/prod:contract.version"
    assert rule == "must be 1, the version that this program reads"
    assert remedy.startswith("deploy organization/mpac/prod with this version of the program first")


def test_a_newer_contract_asks_for_the_newer_program(contract: Make) -> None:
    ((_, _, remedy),) = refusals(contract({"version": 2, "novelty": "x"}))
    assert remedy == "deploy this stack with the program that deployed organization/mpac/prod, or a newer one"


def test_all_that_is_missing_or_unknown_is_told_at_once(contract: Make) -> None:
    broken = contract({"keys.logs": ..., "network.vpcId": 1, "buckets.receipts": ..., "extra": 1})
    assert {(key.removeprefix(f"{SOURCE}:contract"), rule) for key, rule, _ in refusals(broken)} == {
        (".keys.logs", "is required"),
        (".network.vpcId", "must be text"),
        (".buckets.receipts", "is required"),
        (".extra", "is no setting"),
    }
    assert {remedy for *_, remedy in refusals(broken)} == {
        "deploy organization/mpac/prod again with this version of the program, then this stack"
    }


@pytest.mark.parametrize("raw", ["text", 7, [], {}, {"version": "1"}, {"version": None}])
def test_what_is_no_contract_is_refused(raw: object) -> None:
    assert refusals(raw)


@pytest.mark.parametrize(
    ("figure", "value"),
    [("accountId", "1"), ("region", "mars-1"), ("replicaRegion", "mars-1"), ("network.cidr", "10.0.0.1/16")],
)
def test_known_figures_are_checked(contract: Make, figure: str, value: str) -> None:
    ((key, _, _),) = refusals(contract({figure: value}))
    assert key == f"organization/mpac/prod:contract.{figure}"


def leaves(kind: type[Section], path: str = "") -> Iterator[tuple[str, object]]:
    for name, field in kind.model_fields.items():
        nested = validation.section_of(field)
        if nested:
            yield from leaves(nested, f"{path}{name}.")
        else:
            yield f"{path}{name}", field.annotation


def test_it_has_no_room_for_a_secret() -> None:
    for path, annotation in leaves(Contract):
        # Secrets and the keys that protect them go by their ARN, with which nobody gets in.
        assert path.endswith(("keys.secrets", "_arn", "_arns")) or not re.search(
            r"secret|password|passphrase|token|credential|private_?key", path
        )
        assert annotation not in (SecretStr, SecretBytes, object, Any)


def conflicts(config: Make, contract: Make, dr: dict[str, Any], prod: dict[str, Any]) -> list[str]:
    settings = load("dr", config({**DR, **dr}))
    with pytest.raises(SettingsError) as error:
        check_against(settings, Contract.parse(contract(prod), SOURCE))
    return [f"{problem.key} {problem.rule}" for problem in error.value.problems]


def test_a_standby_fits_its_contract(config: Make, contract: Make) -> None:
    check_against(load("dr", config(DR)), Contract.parse(contract({}), SOURCE))


def test_a_network_that_overlaps_its_peer_is_refused(config: Make, contract: Make) -> None:
    (conflict,) = conflicts(config, contract, {}, {"network.cidr": "10.1.128.0/17"})
    assert conflict.startswith("mpac:network.cidr overlaps the network of prod (10.1.128.0/17)")


def test_another_account_is_refused(config: Make, contract: Make) -> None:
    (conflict,) = conflicts(config, contract, ELSEWHERE, {})
    assert conflict == "mpac:accountId is not the account of prod, 123456789012"


def test_a_region_without_the_replicas_is_refused(config: Make, contract: Make) -> None:
    (conflict,) = conflicts(config, contract, {}, {"replicaRegion": "ap-northeast-1"})
    assert conflict == "mpac:region is not where prod has its replicas, ap-northeast-1"


@pytest.mark.parametrize(
    ("missing", "rule"),
    [
        (
            {"database.roleSecretArns.pgw": ...},
            "uses the database, and a role pgw in it was not handed over",
        ),
        (
            {"repositories.mpac-pgw": ...},
            "needs a copy of the repository mpac-pgw, which was not handed over",
        ),
    ],
)
def test_a_service_that_the_primary_stack_does_not_know_is_refused(
    config: Make, contract: Make, missing: dict[str, Any], rule: str
) -> None:
    (conflict,) = conflicts(config, contract, {}, missing)
    assert conflict == f"mpac:services.pgw {rule}"
    # One that is off needs nothing.
    off = load("dr", config({**DR, "services.pgw.enabled": False}))
    check_against(off, Contract.parse(contract(missing), SOURCE))


def test_the_contract_of_another_stack_is_refused(config: Make, contract: Make) -> None:
    (conflict,) = conflicts(config, contract, {}, {"environment": "staging"})
    assert conflict == "mpac:primaryStack.stack handed over the contract of another environment, staging"


@pytest.mark.parametrize(
    ("figure", "value", "rule"),
    [
        ("version", "18", "is not the version of prod, 18, which a replica has"),
        ("maxConnections", 5001, "is less than in prod, 5001: the replica would stop replaying"),
        ("maxAllocatedStorageGib", 5121, "is less than in prod, 5121: the replica would stop replaying"),
    ],
)
def test_a_database_that_cannot_follow_is_refused(
    config: Make, contract: Make, figure: str, value: object, rule: str
) -> None:
    (conflict,) = conflicts(config, contract, {}, {f"database.{figure}": value})
    assert conflict == f"mpac:database.{figure} {rule}"


def test_a_promoted_database_has_nothing_to_follow(config: Make, contract: Make) -> None:
    settings = load("dr", config(DR | {"database": DR["database"] | {"promoted": True}}))
    ahead = contract({"database.version": "18", "database.maxConnections": 5001})
    check_against(settings, Contract.parse(ahead, SOURCE))


def test_conflicts_are_told_together(config: Make, contract: Make) -> None:
    assert len(conflicts(config, contract, ELSEWHERE, {"network.cidr": "10.1.0.0/16"})) == 2


@pytest.mark.parametrize(
    ("part", "window"), [("database", "sun:02:00-sun:03:00"), ("cache", "sat:23:30-sun:00:30")]
)
def test_both_regions_are_not_maintained_on_one_day(
    config: Make, contract: Make, part: str, window: str
) -> None:
    given = DR[part] | {"maintenanceWindow": window}
    (conflict,) = conflicts(config, contract, {part: given}, {})
    assert conflict == (f"mpac:{part}.maintenanceWindow is on a day on which prod is maintained (sun)")
