"""IAM roles, CloudWatch Logs retention and secrets."""

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.policies import problem_of
from local.aws.refusals.keys import usable
from local.aws.refusals.registry import refuses

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


@refuses("iam", "CreateRole", "UpdateAssumeRolePolicy")
def trust_policy(call: Call) -> None:
    """A trust policy names principals that exist, and no resource."""
    document = call.params.get("AssumeRolePolicyDocument") or call.params["PolicyDocument"]
    if problem := problem_of(document, principal=True, resource=False):
        raise AwsError("MalformedPolicyDocument", problem)


@refuses("iam", "CreatePolicy", "CreatePolicyVersion", "PutRolePolicy")
def identity_policy(call: Call) -> None:
    """A policy of a role names resources, and no principal."""
    if problem := problem_of(call.params["PolicyDocument"], principal=False, resource=True):
        raise AwsError("MalformedPolicyDocument", problem)


@refuses("logs", "PutRetentionPolicy")
def retention(call: Call) -> None:
    """CloudWatch Logs keeps logs for one of a set of periods."""
    if call.params["retentionInDays"] not in RETENTION_DAYS:
        raise AwsError(
            "InvalidParameterException",
            f"1 validation error detected: Value '{call.params['retentionInDays']}' at 'retentionInDays' "
            f"failed to satisfy constraint: Member must satisfy enum value set: {list(RETENTION_DAYS)}",
        )


@refuses("secretsmanager", "CreateSecret")
def name_scheduled_for_deletion(call: Call) -> None:
    """The name of a deleted secret is free after its recovery window."""
    secret = call.backend("secretsmanager").secrets.get(call.params["Name"])
    if secret is not None and secret.is_deleted():
        raise AwsError(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )


@refuses("secretsmanager", "CreateSecret", "ReplicateSecretToRegions")
def replica_keys(call: Call) -> None:
    """A replica uses a key of its own region."""
    for replica in call.params.get("AddReplicaRegions", []):
        if "KmsKeyId" in replica:
            usable(replica["Region"], replica["KmsKeyId"], "InvalidParameterException")
