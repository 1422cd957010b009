"""KMS: multi-region keys whose replicas are keys of their own, and rotation periods.

moto makes a replica a shallow copy of its primary: policy, aliases, grants and the multi-region configuration
are one object for both, and what ReplicateKey is given besides the region is dropped.
"""

from typing import Any

from moto.kms.models import kms_backends
from moto.kms.responses import KmsResponse

from local.aws.additions.operations import after, answers
from local.aws.call import ACCOUNT, Call
from local.aws.untyped import Moto

DEFAULT_ROTATION_DAYS = 365


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
