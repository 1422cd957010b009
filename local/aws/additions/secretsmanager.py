"""Secrets Manager: a replica is encrypted with the key that was asked for."""

from moto.secretsmanager.models import ReplicaSecret

from local.aws.additions.operations import after
from local.aws.additions.patching import expect_unchanged
from local.aws.call import Call

expect_unchanged(ReplicaSecret, "__init__", digest="f3027e13")


@after("secretsmanager", "CreateSecret", "ReplicateSecretToRegions")
def keep_replica_keys(call: Call) -> None:
    """Moto writes the default key into every replica."""
    asked = {entry["Region"]: entry.get("KmsKeyId") for entry in call.params.get("AddReplicaRegions", [])}
    secret = call.backend("secretsmanager").secrets.get(call.params.get("SecretId") or call.params["Name"])
    for replica in secret.replicas:
        if key := asked.get(replica.region):
            replica.config["KmsKeyId"] = key
