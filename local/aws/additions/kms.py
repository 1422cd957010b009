"""KMS: multi-region keys whose replicas are keys of their own, and rotation periods.

moto makes a replica a shallow copy of its primary: policy, aliases, grants and the multi-region configuration
are one object for both, and what ReplicateKey is given besides the region is dropped.
"""

import re
from collections.abc import Callable
from typing import Any

from moto.kms import models
from moto.kms.models import kms_backends
from moto.kms.responses import KmsResponse

from local.aws.additions.operations import after, answers
from local.aws.additions.patching import wrap
from local.aws.call import ACCOUNT, Call
from local.aws.untyped import Moto

DEFAULT_ROTATION_DAYS = 365
_MULTI_REGION_ID = re.compile(r"mrk-[0-9a-f]{32}")


@wrap(models, "generate_key_id", digest="6c555ec7")  # type: ignore[arg-type]
def generate_key_id(original: Callable[..., str], multi_region: bool = False) -> str:
    """Ids of multi-region keys have no hyphens within, and EFS takes them in that form only."""
    key_id = original(multi_region)
    return f"mrk-{key_id.removeprefix('mrk-').replace('-', '')}" if multi_region else key_id


@wrap(KmsResponse, "_validate_cmk_id", digest="063b9cdd")
def validate_cmk_id(original: Callable[..., None], self: Moto, key_id: str) -> None:
    """Such an id is one too."""
    bare = _MULTI_REGION_ID.fullmatch(key_id)
    original(self, f"arn:aws:kms:{self.region}:{ACCOUNT}:key/{key_id}" if bare else key_id)


@answers("kms", "ReplicateKey", KmsResponse, method="replicate_key", digest="c4bead74")
def replicate_key(call: Call) -> dict[str, Any]:
    """A replica with its own policy, description, tags, aliases and grants."""
    region = call.params["ReplicaRegion"]
    primary = key_of(call)
    backend = call.backend("kms")
    replica = backend.replicate_key(primary.id, region)
    del backend.multi_region_configuration  # set by moto on the backend by mistake
    replica.multi_region_configuration = primary.multi_region_configuration | {
        "MultiRegionKeyType": "REPLICA"
    }
    replica.policy = call.params.get("Policy") or primary.generate_default_policy()
    replica.description = call.params.get("Description", "")
    replica.aliases, replica.grants, replica.rotations = {}, {}, []
    tags = call.params.get("Tags", [])
    call.backend("kms", region).tagger.tag_resource(replica.id, tags)
    metadata = replica.to_dict()["KeyMetadata"]
    return {"ReplicaKeyMetadata": metadata, "ReplicaPolicy": replica.policy, "ReplicaTags": tags}


@after("kms", "EnableKeyRotation", "DisableKeyRotation")
def share_rotation(call: Call) -> None:
    """Rotation belongs to all keys of a multi-region family, and has a period."""
    for key in _family(key_of(call)):
        key.key_rotation_status = call.operation == "EnableKeyRotation"
        key.rotation_period = call.params.get("RotationPeriodInDays", DEFAULT_ROTATION_DAYS)


@answers("kms", "GetKeyRotationStatus", KmsResponse, method="get_key_rotation_status", digest="101ab380")
def get_key_rotation_status(call: Call) -> dict[str, Any]:
    """Whether and how often the key is rotated."""
    key = key_of(call)
    status = {"KeyId": key.arn, "KeyRotationEnabled": key.key_rotation_status}
    return status | ({"RotationPeriodInDays": key.rotation_period} if key.key_rotation_status else {})


@after("kms", "ScheduleKeyDeletion")
def wait_for_replicas(call: Call) -> None:
    """A primary key stays until its replicas are gone, and those stay for their own waiting period."""
    key = key_of(call)
    if (
        key.multi_region
        and key.multi_region_configuration["MultiRegionKeyType"] == "PRIMARY"
        and len(_family(key)) > 1
    ):
        key.key_state = "PendingReplicaDeletion"


def key_of(call: Call) -> Moto:
    """The key that a call names by id, ARN or alias.

    Raises:
        KeyError: there is none; moto answers that better.
    """
    backend = call.backend("kms")
    return backend.keys[backend.any_id_to_key_id(call.params["KeyId"])]


def _family(key: Moto) -> list[Any]:
    """The key itself and its replicas, or its primary and the other replicas."""
    return [backend.keys[key.id] for backend in kms_backends[ACCOUNT].values() if key.id in backend.keys]
