"""Whatever the stacks create can be found again after a kill: its kind is known, and its tags are its own."""

from collections import Counter

from local.unfinished import KINDS, ONLY_IN_STATE
from local.unfinished.finders import Key, Tagged
from operations.plan import Plan


def test_the_table_holds_the_kinds_of_the_stacks(plans: dict[str, Plan]) -> None:
    used = {resource.type for plan in plans.values() for resource in plan.resources}
    assert {kind for kind in used if not kind.startswith(ONLY_IN_STATE)} == set(KINDS)


def test_what_aws_gives_an_id_to_is_told_by_its_name_tag(stack: Plan) -> None:
    names = Counter(
        (resource.type, resource.region, resource.inputs.get("tags", {}).get("Name"))
        for resource in stack.resources
        if isinstance(KINDS.get(resource.type), Tagged | Key)
    )
    assert {key: count for key, count in names.items() if count > 1 or not key[2]} == {}
