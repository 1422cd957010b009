"""Weakens the real stacks, one property at a time, and shows which rule notices.

`python -m tests.policy.mutations build/plan/*.json` prints the table, and ends with status 1 if something
slips through. See `weakening.py` for what is tried.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

from policy.pack.__main__ import PACK, read_config
from policy.pack.graph import Graph
from policy.pack.judge import Judge
from policy.pack.rule import Rule, rules
from policy.pack.sources.recorded import load
from policy.pack.verdicts import Outcome
from tests.policy.weakening import Mutation, mutations


@dataclass(frozen=True)
class Result:
    """A mutation and the rules that notice it."""

    stack: str
    mutation: Mutation
    caught: tuple[str, ...]


def run(path: Path, *, thorough: bool) -> list[Result]:
    """Try every weakening of one stack.

    Args:
        path: Its recorded plan.
        thorough: Whether to find every rule that notices a weakening, and not the first one only.
    """
    graph = load(path)
    judge = Judge(graph.stack, read_config(PACK / "config.json"))
    before: dict[str, set[tuple[str, str]]] = {}
    results = []
    # Rules that read one resource first, and those last that read many types.
    by_cost = sorted(rules().values(), key=lambda rule: (rule.across, len(rule.types)))
    for mutation in mutations(graph):
        concerned = [rule for rule in by_cost if mutation.type in rule.types]
        changed = {**graph.resources}
        if mutation.resource:
            changed[mutation.urn] = mutation.resource
        else:
            del changed[mutation.urn]
        mutated = Graph(graph.stack, changed.values())
        caught = []
        for rule in concerned:
            if rule.id not in before:
                before[rule.id] = _failures(judge, rule, graph)
            failures = _failures(judge, rule, mutated, mutation)
            # What was weak already, and may be by an exemption, is named all the same.
            if failures - before[rule.id] or (mutation.urn, mutation.path) in failures:
                caught.append(rule.id)
                if not thorough:
                    break
        results.append(Result(graph.stack, mutation, tuple(caught)))
    return results


def _failures(
    judge: Judge, rule: Rule, graph: Graph, mutation: Mutation | None = None
) -> set[tuple[str, str]]:
    if mutation and not rule.across:
        # The other resources are what they were.
        graph = Graph(graph.stack, [mutation.resource] if mutation.resource else [])
    report = judge.judge(graph, only=[rule])
    failures = [item.verdict for item in report.findings if item.verdict.outcome is Outcome.FAIL]
    return {(verdict.urn, verdict.path) for verdict in failures}


def run_all(paths: Sequence[Path], *, thorough: bool = False) -> list[Result]:
    """Try every weakening of all stacks, each in a process of its own."""
    try_all = partial(run, thorough=thorough)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        return [result for results in processes.map(try_all, paths) for result in results]


def table(results: Sequence[Result]) -> Table:
    """Show by kind of property how many weakenings there are, how many are caught, and by which rules."""
    grouped: dict[tuple[str, str, str], list[Result]] = defaultdict(list)
    for result in results:
        grouped[result.mutation.type, result.mutation.kind, result.mutation.how].append(result)
    shown = Table("type", "property", "weakened to", "caught", "by")
    for (type_, kind, how), group in sorted(grouped.items()):
        caught = sum(bool(result.caught) for result in group)
        by = Counter(rule for result in group for rule in result.caught)
        style = "" if caught == len(group) else "red"
        shown.add_row(type_, kind, how, f"{caught} of {len(group)}", ", ".join(by), style=style)
    return shown


def main(paths: list[str]) -> int:
    results = run_all([Path(path) for path in paths], thorough=True)
    console = Console(width=200)
    console.print(table(results))
    caught = sum(bool(result.caught) for result in results)
    console.print(f"{caught} of {len(results)} weakenings are caught")
    return 0 if caught == len(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
