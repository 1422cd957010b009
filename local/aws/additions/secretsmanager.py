"""Secrets Manager: a replica is encrypted with the key that was asked for, and can be made independent."""

import copy
import json
from typing import Any

from moto.secretsmanager.models import ReplicaSecret
from moto.secretsmanager.responses import SecretsManagerResponse

from local.aws.additions.operations import after, answers
from local.aws.additions.patching import Function, expect_unchanged, wrap
from local.aws.call import ACCOUNT, Call, backend
from local.aws.errors import AwsError
from local.aws.untyped import Moto

expect_unchanged(ReplicaSecret, "__init__", digest="f3027e13")


@after("secretsmanager", "CreateSecret", "ReplicateSecretToRegions")
def keep_replica_keys(call: Call) -> None:
    """Moto writes the default key into every replica."""
    asked = {entry["Region"]: entry.get("KmsKeyId") for entry in call.params.get("AddReplicaRegions", [])}
    secret = call.backend("secretsmanager").secrets.get(call.params.get("SecretId") or call.params["Name"])
    for replica in secret.replicas:
        if key := asked.get(replica.region):
            replica.config["KmsKeyId"] = key


@wrap(ReplicaSecret, "to_dict", digest="2c9944b3")
def read_replica_key(original: Function, replica: ReplicaSecret) -> dict[str, Any]:
    """Moto shows the key of the other region."""
    answer: dict[str, Any] = original(replica)
    return answer | {"KmsKeyId": replica.config["KmsKeyId"]}


@answers("secretsmanager", "StopReplicationToReplica", SecretsManagerResponse)
def stop_replication(call: Call) -> dict[str, Any]:
    """The replica becomes a secret of its own, with the same ARN, key and values."""
    secrets, name = call.backend("secretsmanager").secrets, call.params["SecretId"]
    replica = secrets.get(name)
    if replica is None:
        message = "Secrets Manager can't find the specified secret."
        raise AwsError("ResourceNotFoundException", message)
    if not isinstance(replica, ReplicaSecret):
        raise AwsError("InvalidRequestException", "The secret is not a replica.")
    source = replica.source
    alone = copy.copy(source)
    alone.arn, alone.region, alone.replicas = replica.arn, replica.region, []
    alone.kms_key_id, alone.versions = replica.config["KmsKeyId"], copy.deepcopy(source.versions)
    source.replicas.remove(replica)
    secrets[replica.arn] = alone
    return {"ARN": alone.arn}


def current_text(secret: Moto) -> str | None:
    """The current text of a secret or replica; None where there is none, or where it is binary."""
    original = getattr(secret, "source", secret)
    version = getattr(original, "versions", {}).get(getattr(original, "default_version_id", None), {})
    text: str | None = version.get("secret_string")
    return text


def fields(text: str | None) -> dict[str, Any]:
    """The key/value pairs that a text of a secret holds; none where it is no JSON object."""
    try:
        document = json.loads(text or "")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def put_secret(region: str, *parts: str) -> dict[str, str]:
    """Create a secret with an ARN that is known before, as stack files name those that are made by hand.

    Args:
        region: Where it lies.
        parts: The end of its ARN, split at slashes: the name, and the six characters that AWS appends.
    """
    end = "/".join(parts)
    arn, name = f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{end}", end.rpartition("-")[0]
    secrets = backend("secretsmanager", region)
    if secrets.secrets.get(arn) is None:
        value = json.dumps({"username": "local", "accessToken": "local"})
        secrets.create_secret(name, value, None, None, None, None, None, [], force_overwrite=False)
        secrets.secrets[name].arn = arn
    return {"arn": arn}
