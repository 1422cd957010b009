"""A key and buckets come back by the commands of docs/restore-other-data.md, and nothing is replaced.

In `make nightly`: the engine runs a dozen times, each for some seconds.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from local import recovery
from tests.engine.checkouts import REPOSITORY, Checkout
from tests.engine.conftest import PROGRAMS
from tests.runbooks import commands

pytestmark = [pytest.mark.engine, pytest.mark.nightly]

TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"
BUCKETS = {TOKYO: "mpac-receipts-prod", OSAKA: f"mpac-receipts-prod-{OSAKA}"}
BUCKET = "mpac:storage:PrivateBucket$aws:s3/bucket:Bucket"
PREVIEW = "pulumi preview --non-interactive --stack prod"


@dataclass
class Deployed:
    """The project of `prod`, and what it has in its state by the end of the URN."""

    checkout: Checkout
    before: dict[str, dict[str, Any]]

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 (boto3 has no types)
        return recovery.clients_of(self.checkout.server)(service, region)

    def in_state(self) -> dict[str, dict[str, Any]]:
        return {each["urn"].partition("::mpac::")[2]: each for each in self.checkout.resources("prod")}

    def urn(self, name: str) -> str:
        (found,) = [each["urn"] for end, each in self.before.items() if end.endswith(name)]
        return str(found)

    def stops(self, command: str) -> str:
        """What a command says that must not go through."""
        shell = self.checkout.shell(f'eval "$("$1" -m local env)"; {command} 2>&1')
        assert shell.returncode != 0, shell.stdout
        return " ".join(shell.stdout.split())

    def changes(self) -> dict[str, str]:
        """What the next update would do, by kind and name."""
        plan = json.loads(self.checkout.play(f"{PREVIEW} --json"))
        return {
            "::".join(step["urn"].split("::")[-2:]).rpartition("$")[2]: step["op"]
            for step in plan["steps"]
            if step["op"] not in ("same", "read", "refresh")
        }


@pytest.fixture(scope="module")
def deployed(make_checkout: Callable[[], Checkout]) -> Deployed:
    checkout = make_checkout()
    checkout.write((PROGRAMS / "other_data.py").read_text().replace("REPOSITORY", str(REPOSITORY)))
    checkout.up("prod")
    found = Deployed(checkout, {})
    found.before = found.in_state()
    return found


def test_a_key_and_its_replica_that_wait_for_their_deletion_are_kept(deployed: Deployed) -> None:
    key = deployed.before["mpac:encryption:EncryptionKey$aws:kms/key:Key::keys-files"]["id"]
    for region in (OSAKA, TOKYO):
        deployed.client("kms", region).schedule_key_deletion(KeyId=key)
    told = deployed.stops(PREVIEW)
    assert f"keys-files (aws:kms/key:Key) is protected, was here as {key} and is gone" in told
    for region in (TOKYO, OSAKA):
        script = commands("restore-other-data", "A key")[0].replace(TOKYO, region)
        deployed.checkout.play(script, id_of_the_key=key)
    assert deployed.changes() == {}
    for region in (TOKYO, OSAKA):
        found = deployed.client("kms", region).describe_key(KeyId=key)["KeyMetadata"]
        assert (found["KeyState"], found["Enabled"]) == ("Enabled", True)


def test_lost_buckets_are_made_by_hand_and_adopted(deployed: Deployed) -> None:
    for region, bucket in BUCKETS.items():
        deployed.client("s3", region).delete_bucket(Bucket=bucket)
    # An update that is stopped takes them out of the state, unlike a preview.
    told = deployed.stops("pulumi up --stack prod --yes --skip-preview --continue-on-error")
    for bucket in BUCKETS.values():
        assert f"is protected, was here as {bucket} and is gone" in told
    assert not [each for each in deployed.in_state() if "s3/bucket:Bucket" in each]

    made = commands("restore-other-data", "A bucket")[1]
    adopted = commands("restore-other-data", "Adopt")[0]
    provider = deployed.urn("pulumi:providers:aws::aws")
    for region, suffix in ((TOKYO, ""), (OSAKA, f"-{OSAKA}")):
        deployed.checkout.play(made.replace(TOKYO, region).replace(BUCKETS[TOKYO], BUCKETS[region]))
        names = f"buckets-receipts{suffix} {BUCKETS[region]}" + (f"@{region}" if suffix else "")
        deployed.checkout.play(
            adopted.replace("buckets-receipts mpac-receipts-prod", names),
            URN_of_the_component=deployed.urn(f"mpac:storage:PrivateBucket::buckets-receipts{suffix}"),
            URN_of_the_provider=provider,
        )
        bucket = deployed.in_state()[f"{BUCKET}::buckets-receipts{suffix}"]
        assert bucket["protect"] is True
    changes = deployed.changes()
    assert set(changes.values()) == {"create"}
    assert "aws:s3/bucketVersioning:BucketVersioning::buckets-receipts" in changes
    assert not [each for each in changes if "s3/bucket:Bucket" in each]
    deployed.checkout.up("prod")
    # What the program says is what there is, with the lock that only a new bucket can be given.
    assert deployed.in_state().keys() == deployed.before.keys()
    for region, bucket in BUCKETS.items():
        s3 = deployed.client("s3", region)
        lock = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
        assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Years": 7}
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
