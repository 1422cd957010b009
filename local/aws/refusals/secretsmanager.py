"""Secrets and their replicas."""

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses


@refuses("secretsmanager", "CreateSecret", "ReplicateSecretToRegions")
def replica_regions(call: Call) -> None:
    """A secret has one replica in each other region, where its name is free."""
    regions = [entry["Region"] for entry in call.params.get("AddReplicaRegions", [])]
    if call.region in regions:
        message = "Invalid replica region: the region of the primary secret"
        raise AwsError("InvalidParameterException", message)
    if len(set(regions)) < len(regions):
        raise AwsError("InvalidParameterException", "A replica region is given more than once")
    name = call.params.get("Name")
    for region in regions:
        if (
            name
            and not call.params.get("ForceOverwriteReplicaSecret")
            and backend("secretsmanager", region).secrets.get(name) is not None
        ):
            message = f"Replication failed: secret name {name} already exists in {region}"
            raise AwsError("ResourceExistsException", message)
