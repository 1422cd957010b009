"""Secrets are kept in Secrets Manager, are made by a generator, and stay recoverable."""

from collections.abc import Iterator

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Secret, Unknown
from ..verdicts import IS_SET, Verdict, at_least, at_most

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105  a type
SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105  a type
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
PASSWORD = "random:index/randomPassword:RandomPassword"  # noqa: S105  a type
CACHE_USER = "aws:elasticache/user:User"
GUIDE = "https://docs.aws.amazon.com/secretsmanager/latest/userguide"
DEFAULT_RECOVERY_DAYS = 30
LEAST_RECOVERY_DAYS = 7
ROTATION_DAYS = 90

# Inputs that are secrets, by the type of the resource.
SECRET_INPUTS = {
    "aws:rds/instance:Instance": ("password",),
    "aws:rds/cluster:Cluster": ("masterPassword",),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("authToken",),
    CACHE_USER: ("passwords", "authenticationMode.passwords"),
    SECRET_VERSION: ("secretString", "secretBinary"),
}


@graph_rule(
    "secret-own-key",
    SECRET,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_149",)),
    reason="With a key of one's own, reading a secret needs the right to decrypt with it as well.",
    remedy="Set kms_key_id, of each replica too, to the ARN of a KMS key of one's own.",
    url=f"{GUIDE}/security-encryption.html",
)
def secret_own_key(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """The secret, and each of its replicas."""
    for secret in graph.of(SECRET):
        yield graph.key_of(secret, "kmsKeyId")
        for path, _replica in secret.items("replicas"):
            yield graph.key_of(secret, f"{path}.kmsKeyId")


@resource_rule(
    "secret-replicated",
    SECRET,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="What another region takes over when this one is lost cannot start without its secrets.",
    remedy="Set replicas with the recovery region; the pack's replicatedSecrets says for which names.",
    url=f"{GUIDE}/replicate-secrets.html",
)
def secret_replicated(secret: Resource, settings: Settings) -> Iterator[Verdict]:
    """Of the secrets that the settings name; a replica of any secret names its region."""
    name = secret.get("name")
    if isinstance(name, Unknown):
        yield secret.not_judged("name")
    elif any(part in str(name) for part in settings.replicated_secrets):
        yield secret.must("replicas", IS_SET)
    for path, _replica in secret.items("replicas"):
        yield secret.must(f"{path}.region", IS_SET)


@graph_rule(
    "secret-rotated",
    SECRET,
    ROTATION,
    severity=Severity.MEDIUM,
    reach=Reach.ADVISORY,
    controls=Controls(fsbp=("SecretsManager.1", "SecretsManager.4"), pci=("8.3",), checkov=("CKV2_AWS_57",)),
    reason="A secret that leaked unseen is worth something until it is changed.",
    remedy="Declare a SecretRotation with rotation_rules.automatically_after_days of 90 at most.",
    url=f"{SECURITY_HUB}/secretsmanager-controls.html#secretsmanager-1",
)
def secret_rotated(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Advice: to change a secret, its users must follow."""
    for secret in graph.of(SECRET):
        rotations, verdict = graph.companion(secret, "secretId", ROTATION, "the secret is not rotated")
        yield verdict
        for rotation in rotations:
            scheduled = rotation.get("rotationRules.scheduleExpression")
            if scheduled in (ABSENT, "") or isinstance(rotation.get("rotationRules"), Unknown):
                yield rotation.must("rotationRules.automaticallyAfterDays", at_most(ROTATION_DAYS))


@resource_rule(
    "secret-recovery-window",
    SECRET,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A secret that was deleted by mistake takes down whatever uses it.",
    remedy="Set recovery_window_in_days to 7 or more.",
    url=f"{GUIDE}/manage_delete-secret.html",
)
def secret_recovery_window(secret: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS waits for 30 days unless told otherwise; 0 deletes at once."""
    path = "recoveryWindowInDays"
    value = secret.get(path)
    days = DEFAULT_RECOVERY_DAYS if value is ABSENT else value
    yield at_least(LEAST_RECOVERY_DAYS)(secret.urn, path, days)


@graph_rule(
    "secret-is-secret",
    *SECRET_INPUTS,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(pci=("8.3.2",)),
    reason="Whoever reads the program reads a password in its text or plain configuration.",
    remedy="Give the result of a RandomPassword, or a configuration value set with --secret.",
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def secret_is_secret(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """The engine unwraps secrets, so there only those that come from a generator can be told from others."""
    for type_, paths in SECRET_INPUTS.items():
        for resource in graph.of(type_):
            for path in paths:
                for place, value in _values(resource, path):
                    if isinstance(value, Secret) or graph.targets(resource, place, PASSWORD):
                        yield resource.passes(place)
                    elif isinstance(value, Unknown) or graph.unwraps_secrets:
                        yield resource.not_judged(place)
                    else:
                        yield resource.fails(place, f"{place} is no secret")


def _values(resource: Resource, path: str) -> Iterator[tuple[str, object]]:
    if resource.items(path):
        yield from resource.items(path)
    elif resource.has(path):
        yield path, resource.get(path)
