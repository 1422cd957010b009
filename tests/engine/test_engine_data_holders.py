"""Something that holds data is deleted behind the engine's back: no update makes an empty one instead."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from local import recovery
from local.run_directory import LocalCloudError
from tests.engine.checkouts import REPOSITORY, Checkout

pytestmark = pytest.mark.engine

TOKYO = "ap-northeast-1"
PROGRAM = f"""
    import sys
    sys.path.insert(0, {str(REPOSITORY)!r})

    import pulumi
    import pulumi_aws as aws
    from program.data_holders import DataHolders, own_outputs

    async def main():
        config = pulumi.Config("mpac")
        holders = await DataHolders.watch(config.get_object("givenUp") or [], own_outputs())
        provider = aws.Provider("aws", region="{TOKYO}")
        opts = pulumi.ResourceOptions(provider=provider, protect=True)
        aws.rds.Instance(
            "database", identifier="database", engine="postgres", engine_version="17", allocated_storage=20,
            instance_class="db.r6g.large", username="master", password="of-a-test", skip_final_snapshot=True,
            opts=opts,
        )
        aws.elasticache.ReplicationGroup(
            "cache", replication_group_id="cache", description="cache", engine="redis", engine_version="7.1",
            node_type="cache.r6g.large", cluster_mode="enabled", num_node_groups=1, replicas_per_node_group=1,
            automatic_failover_enabled=True, opts=opts,
        )
        aws.efs.FileSystem("files", creation_token="files", opts=opts)
        aws.s3.Bucket("bucket", bucket="mpac-documents", opts=opts)
        aws.kms.Key("key", description="key", opts=opts)
        aws.backup.Vault("vault", name="vault", opts=opts)
        aws.amp.Workspace("metrics", alias="metrics", opts=opts)
        aws.cloudwatch.LogGroup(
            "unprotected", name="/unprotected", opts=pulumi.ResourceOptions(provider=provider)
        )
        if config.get_bool("more"):
            aws.cloudwatch.LogGroup("more", name="/more", opts=opts)
        holders.export()

    pulumi.run(main)
"""
NOTHING = """
    import pulumi

    async def main():
        pass

    pulumi.run(main)
"""
UNPROTECTED = "urn:pulumi:staging::mpac::aws:cloudwatch/logGroup:LogGroup::unprotected"
KINDS = {
    "database": "aws:rds/instance:Instance",
    "cache": "aws:elasticache/replicationGroup:ReplicationGroup",
    "files": "aws:efs/fileSystem:FileSystem",
    "bucket": "aws:s3/bucket:Bucket",
    "key": "aws:kms/key:Key",
    "vault": "aws:backup/vault:Vault",
    "metrics": "aws:amp/workspace:Workspace",
}


def shell(checkout: Checkout, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the shell that `make env` makes."""
    return checkout.shell(f'eval "$("$1" -m local env)"; {command}')


def databases(checkout: Checkout) -> list[Any]:
    rds = recovery.clients_of(checkout.server)("rds", TOKYO)
    found: list[Any] = rds.describe_db_instances()["DBInstances"]
    return found


@pytest.fixture(scope="module")
def ids(make_checkout: Callable[[], Checkout]) -> tuple[Checkout, dict[str, str]]:
    """The project, deployed, and the ids of what held its data, all of which was deleted since."""
    checkout = make_checkout()
    checkout.write(NOTHING)
    checkout.up()
    # A part first: what was left out was never there, and is not missed afterwards.
    checkout.write(PROGRAM)
    only = f"--refresh=false --target {UNPROTECTED}"  # a refresh knows no target that is yet to be made
    part = shell(checkout, f"pulumi up --stack staging --yes --skip-preview {only}")
    assert part.returncode == 0, part.stdout
    checkout.up()
    assert "Nothing to change" in checkout.up()
    ids = {each["urn"].rpartition("::")[2]: each.get("id", "") for each in checkout.resources()}
    clients = recovery.clients_of(checkout.server)
    clients("rds", TOKYO).delete_db_instance(DBInstanceIdentifier="database", SkipFinalSnapshot=True)
    clients("elasticache", TOKYO).delete_replication_group(ReplicationGroupId="cache")
    clients("efs", TOKYO).delete_file_system(FileSystemId=ids["files"])
    clients("s3", TOKYO).delete_bucket(Bucket="mpac-documents")
    clients("kms", TOKYO).schedule_key_deletion(KeyId=ids["key"])
    clients("backup", TOKYO).delete_backup_vault(BackupVaultName="vault")
    clients("amp", TOKYO).delete_workspace(workspaceId=ids["metrics"].rpartition("/")[2])
    clients("logs", TOKYO).delete_log_group(logGroupName="/unprotected")
    return checkout, ids


def test_preview_stops_and_names_the_runbook(ids: tuple[Checkout, dict[str, str]]) -> None:
    checkout, _ = ids
    preview = shell(checkout, "pulumi preview --stack staging")
    assert preview.returncode != 0
    assert "is gone. A new one would have nothing of it" in " ".join(preview.stdout.split())
    assert "docs/restore.md" in preview.stdout


def test_what_holds_no_data_is_made_anew(ids: tuple[Checkout, dict[str, str]]) -> None:
    checkout, _ = ids
    update = shell(checkout, f"pulumi up --stack staging --yes --skip-preview --target {UNPROTECTED}")
    assert update.returncode == 0, update.stdout


def test_no_update_makes_an_empty_one_until_it_is_given_up(ids: tuple[Checkout, dict[str, str]]) -> None:
    checkout, known = ids
    # The engine goes on after each error, so that none hides behind another.
    update = shell(checkout, "pulumi up --stack staging --yes --skip-preview --continue-on-error")
    assert update.returncode != 0
    told = " ".join(update.stdout.split())
    for name, kind in KINDS.items():
        assert f"{name} ({kind}) is protected, was here as {known[name]} and is gone" in told
    assert not databases(checkout)
    # By now it is in no state any more; something new is made all the while.
    with pytest.raises(LocalCloudError):
        checkout.up()
    assert not databases(checkout)
    config: dict[str, Any] = {"mpac:more": True, "mpac:givenUp": [known[name] for name in KINDS]}
    checkout.write(PROGRAM, staging=config)
    checkout.up()
    assert len(databases(checkout)) == 1
    output = shell(checkout, "pulumi stack output dataHolders --show-secrets --json --stack staging")
    holders = json.loads(output.stdout)
    kinds = {**KINDS, "more": "aws:cloudwatch/logGroup:LogGroup"}
    assert set(holders) == {f"{kind}::{name}" for name, kind in kinds.items()}
    assert holders["aws:rds/instance:Instance::database"] != known["database"]
