"""What of the real stacks an update makes anew when it is gone, and what it refuses to."""

from contextlib import suppress

import pulumi
import pytest

from operations.plan import Plan
from program.data_holders import DataHolders, key_of

# Read replicas, Osaka's replica, and copies of backups: each is filled from the instance that it names.
FILLED = {
    "prod": {
        "aws:rds/instance:Instance::database-1a",
        "aws:rds/instance:Instance::database-1c",
        "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication::database",
    },
    "dr": {"aws:rds/instance:Instance::database"},
}


@pytest.mark.parametrize(("stack", "filled"), FILLED.items())
def test_only_what_is_filled_from_an_instance_is_made_anew(
    plans: dict[str, Plan], stack: str, filled: set[str]
) -> None:
    protected = {key_of(each.type, each.name): each for each in plans[stack].resources if each.protect}
    holders = DataHolders(known=dict.fromkeys(protected, "id"), given_up=())
    made_anew = set()
    for key, each in protected.items():
        creation = pulumi.ResourceHookArgs(each.urn, "", each.name, each.type, new_inputs=each.inputs)
        with suppress(RuntimeError):
            holders.refuse(creation)
            made_anew.add(key)
    assert made_anew == filled
