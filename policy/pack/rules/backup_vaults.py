"""What is in a backup vault stays there, and nothing foreign gets in."""

from collections.abc import Iterator, Mapping

from ..backups import region
from ..documents import Statement, allowed, refuses
from ..graph import Graph, Resource
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import Unknown, has_unknown
from ..verdicts import IS_SET, Outcome, Verdict, at_least

VAULT = "aws:backup/vault:Vault"
LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
POLICY = "aws:backup/vaultPolicy:VaultPolicy"
GUIDE = "https://docs.aws.amazon.com/aws-backup/latest/devguide"
OWN_ACCOUNT = frozenset({"aws:principalaccount", "aws:principalorgid"})


def beside(graph: Graph, vault: Resource, type_: str) -> list[Resource]:
    """Find what belongs to a vault: the name of a vault may be that of another in another region."""
    found = graph.naming(vault, "backupVaultName", type_)
    return [item for item in found if region(graph, item) == region(graph, vault)]


def _companion(graph: Graph, vault: Resource, type_: str, missing: str) -> Verdict:
    if beside(graph, vault, type_):
        return vault.passes()
    regions = [region(graph, item) for item in (vault, *graph.naming(vault, "backupVaultName", type_))]
    if has_unknown(regions[1:] and regions) or graph.unresolved("backupVaultName", type_):
        return vault.not_judged("", f"some {type_} names what is not known yet")
    return vault.fails("", missing)


@graph_rule(
    "backup-vault-locked",
    VAULT,
    LOCK,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(pci=("10.3.3",)),
    reason="Who takes over an account deletes its backups first; a lock keeps them for a while.",
    remedy="Declare a VaultLockConfiguration with min_retention_days of the pack's backupDays or more.",
    url=f"{GUIDE}/vault-lock.html",
)
def backup_vault_locked(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """A lock without a least retention locks nothing."""
    for vault in graph.of(VAULT):
        yield _companion(graph, vault, LOCK, "the vault has no lock")
    for lock in graph.of(LOCK):
        yield lock.must("minRetentionDays", at_least(settings.backup_days))


@resource_rule(
    "backup-vault-lock-final",
    LOCK,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="A lock without a term of grace can be taken off by whoever may.",
    remedy="Set changeable_for_days once the retention is proven: after it, nobody can change the lock.",
    url=f"{GUIDE}/vault-lock.html",
)
def backup_vault_lock_final(lock: Resource, _: Settings) -> Iterator[Verdict]:
    """Compliance instead of governance."""
    yield lock.must("changeableForDays", IS_SET)


@graph_rule(
    "backup-vault-policy",
    VAULT,
    POLICY,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="A backup can be deleted or shortened by hand unless its vault refuses that.",
    remedy="Declare a VaultPolicy that denies everybody backup:DeleteRecoveryPoint and "
    "backup:UpdateRecoveryPointLifecycle.",
    url=f"{GUIDE}/create-a-vault-access-policy.html",
)
def backup_vault_policy(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Without a policy, the rights of roles decide."""
    for vault in graph.of(VAULT):
        yield _companion(graph, vault, POLICY, "the vault has no policy")
        for policy in beside(graph, vault, POLICY):
            for action in ("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"):
                outcome = refuses(policy, "policy", action)
                message = f"the policy does not refuse everybody {action}"
                if outcome is Outcome.NOT_JUDGED:
                    message = "the policy is not known yet"
                yield Verdict(urn=policy.urn, path="policy", outcome=outcome, message=message)


@resource_rule(
    "backup-vault-own-account",
    POLICY,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="What another account may copy into a vault is restored by mistake one day.",
    remedy="Deny backup:CopyIntoBackupVault to all whose aws:PrincipalAccount is not the account's own.",
    url=f"{GUIDE}/create-a-vault-access-policy.html",
)
def backup_vault_own_account(policy: Resource, _: Settings) -> Iterator[Verdict]:
    """By the account, or by the organisation."""
    outcomes = {_keeps_others_out(item) for item in allowed(policy, ["policy"], "Deny")}
    path = "policy.Statement"
    if Outcome.PASS in outcomes:
        yield policy.passes(path)
    elif Outcome.NOT_JUDGED in outcomes:
        yield policy.not_judged(path)
    else:
        yield policy.fails(path, "other accounts may copy into the vault")


def _keeps_others_out(item: Statement | Verdict) -> Outcome:
    if isinstance(item, Verdict):
        return item.outcome
    if not item.actions("backup:CopyIntoBackupVault"):
        return Outcome.FAIL
    conditions = item.body.get("Condition", {})
    if not isinstance(conditions, Mapping | Unknown):
        return Outcome.FAIL
    operators = conditions if isinstance(conditions, Mapping) else {"": conditions}
    if has_unknown(item.body.get("Principal")) or Unknown in map(type, operators.values()):
        return Outcome.NOT_JUDGED
    everybody = any("*" in (kind, principal) for _, kind, principal in item.principals())
    own = [
        str(operator).startswith("StringNotEquals") and str(key).lower() in OWN_ACCOUNT
        for operator, demanded in operators.items()
        for key in (demanded if isinstance(demanded, Mapping) else [""])
    ]
    return Outcome.PASS if everybody and all(own) else Outcome.FAIL
