"""Data is brought back, and the version raised, by the commands of docs/restore.md and docs/major-upgrade.md.

In `make nightly`: the provider waits 80 seconds after each change of an instance (`waitDBInstanceAvailable`),
which makes it 50 minutes in which the machine is idle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.checkouts import Checkout
from tests.engine.databases import OSAKA, TOKYO, Databases
from tests.runbooks import commands

pytestmark = [pytest.mark.engine, pytest.mark.nightly]

PRIMARY, FOLLOWERS = "mpac-prod-database", ["mpac-prod-database-1a", "mpac-prod-database-1c"]
STAND_BY = "mpac-dr-database"
IN_STATE = "mpac:database:PostgresCluster$aws:rds/instance:Instance::database"
UNCHANGED = "pulumi preview --non-interactive --expect-no-changes --stack "
MADE_ANEW = {
    "Instance database": "update",
    "Instance database-1a": "create",
    "Instance database-1c": "create",
    "InstanceAutomatedBackupsReplication database": "create",
}
# What a standby gets and loses that is no replica any more.
TAKES_WRITES = {
    "Instance database": "update",
    "RandomId database-final": "create",
    "MetricAlarm database-replica-lag": "delete",
}
UPGRADE = {"version": "18", "upgradeFrom": "17"}


def each_follower(script: str) -> str:
    """What a step says of the first read replica, of the second as well, before it goes on."""
    lines = script.splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if "-1a" in line) + 1
    first = "".join(lines[:last])
    return first + first.replace("-1a", "-1c") + "".join(lines[last:])


def for_osaka(script: str) -> str:
    """What a step says of `prod`, of `dr`."""
    return script.replace("prod", "dr").replace(TOKYO, OSAKA)


@dataclass
class Played:
    """What was there before and after each runbook: instances by name, and resources of the state."""

    databases: Databases
    before: dict[str, dict[str, Any]]
    restored: dict[str, dict[str, Any]]
    adopted: dict[str, Any]
    after_restore: dict[str, Any]
    upgrading: dict[str, dict[str, Any]]
    upgraded: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def played(make_checkout: Callable[[], Checkout]) -> Played:
    """Both regions: deployed, Tokyo restored to a point in time, then upgraded."""
    databases = Databases(make_checkout())
    databases.write(prod={"version": "17"}, dr={"version": "17"})
    databases.checkout.up("prod", "dr")
    before = databases.everywhere()
    state = databases.in_state("prod")[IN_STATE]
    assert state["id"] == before[PRIMARY]["DbiResourceId"]

    steps = commands("restore", "Restore")
    databases.play(steps[2], group_of_the_old_one=databases.checkout.outputs("prod")["group"])
    for number in (5, 6):
        databases.play(steps[number])
    adopted = databases.in_state("prod")[IN_STATE]
    databases.play(each_follower(steps[7]))
    preview = databases.changes("prod")
    for number in (8, 9):
        databases.play(steps[number])
    restored = databases.everywhere()
    for stack in ("prod", "dr"):
        databases.play(UNCHANGED + stack)
    databases.play(steps[10])

    steps = commands("major-upgrade", "Upgrade")
    databases.play(steps[2])
    databases.write(prod=UPGRADE, dr={"version": "17"})
    databases.play(steps[4])
    upgrading = databases.everywhere()
    databases.write(prod={"version": "18"}, dr={"version": "18"})
    for number in (6, 7):
        databases.play(steps[number])
    upgraded = databases.everywhere()
    for stack in ("prod", "dr"):
        databases.play(UNCHANGED + stack)
    return Played(databases, before, restored, adopted, preview, upgrading, upgraded)


def test_the_restored_instance_is_adopted_as_the_same_resource(played: Played) -> None:
    primary = played.restored[PRIMARY]
    assert primary["DbiResourceId"] != played.before[PRIMARY]["DbiResourceId"]
    assert primary["DBInstanceArn"] == played.before[PRIMARY]["DBInstanceArn"]
    assert played.adopted["id"] == primary["DbiResourceId"]
    assert played.adopted["protect"] is True
    assert played.adopted["outputs"]["identifier"] == PRIMARY
    # Nothing of the destroyed one was touched.
    destroyed = played.restored[f"{PRIMARY}-destroyed"]
    assert destroyed["DbiResourceId"] == played.before[PRIMARY]["DbiResourceId"]


def test_the_next_update_replaces_nothing(played: Played) -> None:
    assert played.after_restore == MADE_ANEW


def test_replicas_and_copies_follow_the_restored_instance(played: Played) -> None:
    primary = played.restored[PRIMARY]
    for name in FOLLOWERS:
        follower = played.restored[name]
        assert follower["DbiResourceId"] != played.before[name]["DbiResourceId"]
        assert follower["ReadReplicaSourceDBInstanceIdentifier"] == PRIMARY
    standby = played.restored[STAND_BY]
    assert standby["DbiResourceId"] != played.before[STAND_BY]["DbiResourceId"]
    assert standby["ReadReplicaSourceDBInstanceIdentifier"] == primary["DBInstanceArn"]
    assert standby["DBInstanceArn"] in primary["ReadReplicaDBInstanceIdentifiers"]
    (copies,) = primary["DBInstanceAutomatedBackupsReplications"]
    (old,) = played.before[PRIMARY]["DBInstanceAutomatedBackupsReplications"]
    assert copies != old


def test_an_upgrade_takes_the_replicas_along_and_then_gives_them_their_parameters(played: Played) -> None:
    for name in [PRIMARY, *FOLLOWERS]:
        assert played.upgrading[name]["EngineVersion"].startswith("18.")
        assert played.upgraded[name]["DbiResourceId"] == played.restored[name]["DbiResourceId"]
        groups = [each["DBParameterGroupName"] for each in played.upgraded[name]["DBParameterGroups"]]
        assert groups == ["mpac-prod-database-18"]
    assert STAND_BY not in played.upgrading
    standby = played.upgraded[STAND_BY]
    assert standby["EngineVersion"].startswith("18.")
    assert standby["ReadReplicaSourceDBInstanceIdentifier"].endswith(f":db:{PRIMARY}")
    groups = played.databases.rds(TOKYO).describe_db_parameter_groups()["DBParameterGroups"]
    assert "mpac-prod-database-17" not in [each["DBParameterGroupName"] for each in groups]


@dataclass
class InOsaka:
    """What came of the copies in Osaka, then of a snapshot of that, and then of the way back to Tokyo."""

    copies: tuple[dict[str, Any], str, dict[str, str]]
    snapshot: tuple[dict[str, Any], str, dict[str, str]]
    tokyo: tuple[dict[str, Any], str, dict[str, str]]


@pytest.fixture(scope="module")
def in_osaka(played: Played) -> InOsaka:
    """For each: the instance, the id that the state has for it, and what the next update would do."""
    databases, rds = played.databases, played.databases.rds(OSAKA)

    def found(stack: str, region: str, name: str) -> tuple[dict[str, Any], str, dict[str, str]]:
        in_state = databases.in_state(stack)[IN_STATE]["id"]
        return databases.instances(region)[name], in_state, databases.changes(stack)

    groups = {stack: databases.checkout.outputs(stack)["group"] for stack in ("prod", "dr")}
    (arn,) = [
        each["DBInstanceAutomatedBackupsArn"]
        for each in rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
        if each["DBInstanceIdentifier"] == PRIMARY and each["Status"] == "replicating"
    ]
    steps = commands("restore", "Restore")
    script = commands("restore", "From the copies in Osaka")[0].replace("database-17", "database-18")
    databases.play(script, ARN_of_the_copies=arn, group_of_the_old_one=groups["dr"])
    for number in (5, 6):
        databases.play(for_osaka(steps[number]))
    databases.write(prod={"version": "18"}, dr={"version": "18", "promoted": True})
    copies = found("dr", OSAKA, STAND_BY)

    # Deleted behind the engine's back: what is left is its last snapshot.
    rds.modify_db_instance(DBInstanceIdentifier=STAND_BY, DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_instance(DBInstanceIdentifier=STAND_BY, FinalDBSnapshotIdentifier="last")
    script = for_osaka(commands("restore", "The instance is gone")[0]).replace("database-17", "database-18")
    databases.play(script, name_of_the_snapshot="last", group_of_the_old_one=groups["dr"])
    snapshot = found("dr", OSAKA, STAND_BY)

    steps = commands("failover", "The way back")
    databases.play(each_follower(steps[2]))
    key = played.upgraded[PRIMARY]["KmsKeyId"]
    script = steps[3].replace("database-17", "database-18")
    databases.play(script, key_of_the_old_one=key, group_of_the_old_one=groups["prod"])
    databases.play(steps[4])
    return InOsaka(copies, snapshot, found("prod", TOKYO, PRIMARY))


def test_osaka_is_restored_from_its_copies(played: Played, in_osaka: InOsaka) -> None:
    made, in_state, changes = in_osaka.copies
    assert in_state == made["DbiResourceId"] != played.upgraded[STAND_BY]["DbiResourceId"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in made
    assert changes == TAKES_WRITES


def test_an_instance_that_is_gone_comes_back_from_its_last_snapshot(in_osaka: InOsaka) -> None:
    made, in_state, changes = in_osaka.snapshot
    assert in_state == made["DbiResourceId"] != in_osaka.copies[1]
    assert changes == TAKES_WRITES


def test_tokyo_follows_osaka_and_is_adopted_under_its_old_name(played: Played, in_osaka: InOsaka) -> None:
    made, in_state, changes = in_osaka.tokyo
    assert in_state == made["DbiResourceId"] != played.upgraded[PRIMARY]["DbiResourceId"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in made
    assert changes == MADE_ANEW
