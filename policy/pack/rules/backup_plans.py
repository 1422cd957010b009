"""Backup plans select what they are for, keep it, and copy it to another region."""

import re
from collections.abc import Iterator

from ..backups import SELECTION, SERVICES, covers, elements, region, restores, service
from ..graph import Graph, Resource
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown, has_unknown
from ..verdicts import IS_SET, Check, Outcome, Verdict, any_of, at_least, at_most
from .backup_vaults import LOCK, VAULT, beside

PLAN = "aws:backup/plan:Plan"
RESTORE_PLAN = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
RESTORE_SELECTION = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
_TYPED = r"arn:[^:]+:[^:*]+:[^:]*:[^:]*:[^:/*]+[:/].+"
GUIDE = "https://docs.aws.amazon.com/aws-backup/latest/devguide"
# All buckets are of one type, which their ARNs do not name.
NAMES_A_TYPE = Check(
    "an ARN that names a type",
    lambda value: service(value) == "s3" or re.fullmatch(_TYPED, str(value)) is not None,
)


@graph_rule(
    "backup-plan-selects",
    PLAN,
    SELECTION,
    *SERVICES,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="A plan that selects nothing backs up nothing, without an error.",
    remedy="Declare a Selection for the plan with resources or selection_tags, and tag what it is for.",
    url=f"{GUIDE}/assigning-resources.html",
)
def backup_plan_selects(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Each plan has a selection; one of databases or file systems finds some in the stack."""
    for plan in graph.of(PLAN):
        yield graph.companion(plan, "planId", SELECTION, "the plan has no selection")[1]
    for selection in graph.of(SELECTION):
        named = any_of([selection.must(path, IS_SET) for path in ("resources", "selectionTags")])
        yield named
        services = {service(arn) for arn in elements(selection.get("resources"))}
        if has_unknown(selection.get("resources")) and not services <= set(SERVICES.values()):
            yield selection.not_judged("resources")
        elif named.outcome is Outcome.PASS and services and services <= set(SERVICES.values()):
            outcomes = {covers(graph, selection, item) for item in graph.of(*SERVICES)}
            if Outcome.PASS in outcomes:
                yield selection.passes("conditions")
            elif Outcome.NOT_JUDGED in outcomes:
                yield selection.not_judged("conditions", "the tags of what is selected are not known yet")
            else:
                yield selection.fails("conditions", "nothing in the stack is what is selected")


def _kept(plan: Resource) -> Iterator[tuple[str, str]]:
    """Yield the path of each rule and of each copy of a plan, and that of the vault that it names."""
    for path, _ in plan.items("rules"):
        yield path, f"{path}.targetVaultName"
        for copy, _ in plan.items(f"{path}.copyActions"):
            yield copy, f"{copy}.destinationVaultArn"


@resource_rule(
    "backup-plan-retention",
    PLAN,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(pci=("10.3.3",)),
    reason="An error that is found late can be undone only as far back as backups go.",
    remedy="Set delete_after in the lifecycle of rules and copies to the pack's backupDays or more.",
    url=f"{GUIDE}/plan-options-and-configuration.html#plan-options-lifecycle",
)
def backup_plan_retention(plan: Resource, settings: Settings) -> Iterator[Verdict]:
    """Without a lifecycle, AWS keeps them for ever."""
    days = at_least(settings.backup_days)
    check = Check(f"nothing, or {days.expected}", lambda value: value is ABSENT or days.test(value))
    yield plan.must("rules", IS_SET)
    for path, _ in _kept(plan):
        yield plan.must(f"{path}.lifecycle.deleteAfter", check)


@graph_rule(
    "backup-plan-within-lock",
    PLAN,
    VAULT,
    LOCK,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A vault refuses a backup that is to be kept for less than its lock demands, or for more.",
    remedy="Set delete_after between the vault's min_retention_days and max_retention_days.",
    url=f"{GUIDE}/vault-lock.html",
)
def backup_plan_within_lock(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Each rule against the lock of its vault, each copy against that of its destination."""
    for plan in graph.of(PLAN):
        for path, named in _kept(plan):
            vaults = graph.targets(plan, named, VAULT)
            if not vaults and plan.get(named) == Unknown():
                yield plan.not_judged(named)
            if named.endswith("Name"):
                # Of the same name, there may be one in another region.
                vaults = [vault for vault in vaults if region(graph, vault) == region(graph, plan)]
            for lock in [lock for vault in vaults for lock in beside(graph, vault, LOCK)]:
                yield from _within(plan, f"{path}.lifecycle.deleteAfter", lock)


def _within(plan: Resource, path: str, lock: Resource) -> Iterator[Verdict]:
    least, most = lock.get("minRetentionDays"), lock.get("maxRetentionDays")
    if isinstance(least, Unknown) or isinstance(most, Unknown):
        yield plan.not_judged(path, "the lock of the vault is not known yet")
        return
    if str(least).isdecimal() and plan.get(path) is not ABSENT:
        yield plan.must(path, at_least(int(least)))
    # What is kept for ever is kept for too long.
    if str(most).isdecimal():
        yield plan.must(path, at_most(int(most)))


@graph_rule(
    "backup-plan-copied",
    PLAN,
    VAULT,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(pci=("10.3.3",)),
    reason="If a region is lost, its backups are lost with it.",
    remedy="Give a rule of a plan copy_actions to a vault in another region.",
    url=f"{GUIDE}/cross-region-backup.html",
)
def backup_plan_copied(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """One plan of the stack does; a stack that stands by is in the other region already."""
    plans = list(graph.of(PLAN))
    copies = [
        _elsewhere(graph, plan, named)
        for plan in plans
        for _, named in _kept(plan)
        if named.endswith("destinationVaultArn")
    ]
    yield from copies
    if plans and not copies and graph.stack not in settings.recovery_stacks:
        unread = [plan for plan in plans if _is_unread(plan)]
        yield from (plan.not_judged("rules") for plan in unread)
        if not unread:
            yield plans[0].fails("rules", "no plan of the stack copies to another region")


def _is_unread(plan: Resource) -> bool:
    rules = plan.get("rules")
    copies = [plan.get(f"{path}.copyActions") for path, _ in plan.items("rules")]
    return any(isinstance(item, Unknown) for item in [rules, *copies])


def _elsewhere(graph: Graph, plan: Resource, path: str) -> Verdict:
    """Judge that a vault is in another region than the plan that copies to it."""
    arn, here = plan.get(path), region(graph, plan)
    if arn is ABSENT:
        return plan.fails(path, f"{path} is not set")
    vaults = graph.targets(plan, path, VAULT)
    there = region(graph, vaults[0]) if vaults else Unknown()
    if service(arn):
        there = arn.split(":")[3]
    if isinstance(here, Unknown) or isinstance(there, Unknown):
        return plan.not_judged(path)
    return plan.fails(path, "the copy stays in the region") if here == there else plan.passes(path)


@resource_rule(
    "backup-selection-by-type",
    SELECTION,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="What is selected by tags alone, or by a service without a type, is passed over without an error "
    "wherever anybody in the account turns its service off.",
    remedy="Give resources ARNs with the type of what is selected, and tags as conditions.",
    url=f"{GUIDE}/assigning-resources-json.html",
)
def backup_selection_by_type(selection: Resource, _: Settings) -> Iterator[Verdict]:
    """The opt-in of the region does not apply to a type that a selection names."""
    yield selection.must("resources", IS_SET)
    for path, _arn in selection.items("resources"):
        yield selection.must(path, NAMES_A_TYPE)


@graph_rule(
    "backup-restore-tested",
    PLAN,
    SELECTION,
    RESTORE_PLAN,
    RESTORE_SELECTION,
    *SERVICES,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A backup that has never been restored is a hope.",
    remedy="Declare a RestoreTestingPlan with a RestoreTestingSelection for each type of what is backed up, "
    "whose conditions find it by its tags.",
    url=f"{GUIDE}/restore-testing.html",
)
def backup_restore_tested(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Each database and file system that a plan takes is what a restore test takes."""
    tests: list[Resource] = []
    for test in graph.of(RESTORE_PLAN):
        missing = "the test restores nothing"
        found, restores_some = graph.companion(test, "restoreTestingPlanName", RESTORE_SELECTION, missing)
        yield restores_some
        yield test.must("recoveryPointSelection.includeVaults", IS_SET)
        tests += found
    unread = graph.unresolved("restoreTestingPlanName", RESTORE_SELECTION)
    for item in graph.of(*SERVICES):
        backed_up = {covers(graph, selection, item) for selection in graph.of(SELECTION)}
        restored = {restores(graph, test, item) for test in tests}
        if Outcome.PASS in restored or not backed_up - {Outcome.FAIL}:
            continue
        if unread or Outcome.NOT_JUDGED in restored or Outcome.PASS not in backed_up:
            yield item.not_judged("", "it is not known yet whether it is backed up and restored")
        else:
            yield item.fails("", "it is backed up, and no test restores it")
