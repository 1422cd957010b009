"""What prod hands over and dr uses is really there."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from settings import CONTRACT_VERSION, Contract
from tests.cloud.conftest import Aws

Outputs = Callable[[str], Mapping[str, Any]]


@pytest.fixture
def contract(outputs: Outputs) -> Contract:
    return Contract.parse(outputs("prod")["contract"], "organization/mpac/prod")


def test_prod_exports_this_version_and_dr_and_staging_none(outputs: Outputs, contract: Contract) -> None:
    assert contract.version == CONTRACT_VERSION == 1
    assert "contract" not in outputs("dr")
    assert "contract" not in outputs("staging")


def test_its_ids_are_those_of_the_deployed_network(aws: Aws, contract: Contract) -> None:
    ec2 = aws("ec2", contract.region)
    (vpc,) = ec2.describe_vpcs(VpcIds=[contract.network.vpc_id])["Vpcs"]
    assert vpc["CidrBlock"] == str(contract.network.cidr)
    tables = ec2.describe_route_tables(RouteTableIds=list(contract.network.route_table_ids.values()))
    assert {table["VpcId"] for table in tables["RouteTables"]} == {contract.network.vpc_id}


def test_its_keys_are_usable_in_the_standby_region(aws: Aws, contract: Contract) -> None:
    for _, arn in contract.keys:
        metadata = aws("kms", contract.replica_region).describe_key(KeyId=arn)["KeyMetadata"]
        assert (metadata["Arn"], metadata["Enabled"]) == (arn, True)


def test_the_flow_logs_of_dr_use_the_replica(aws: Aws, contract: Contract) -> None:
    groups = aws("logs", contract.replica_region).describe_log_groups()["logGroups"]
    assert {group["kmsKeyId"] for group in groups if "dr" in group["logGroupName"]} == {contract.keys.logs}
