"""Running the program of a stack without the engine."""

import asyncio
import json
import logging
import os
import re
import runpy
import sys
import traceback
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from graphlib import TopologicalSorter
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pulumi

from operations.plan.configuration import Configuration, read_configuration, stand_in
from operations.plan.model import Plan, Resource
from operations.plan.monitor import RecordingMonitor
from settings import SettingsError
from settings.stack_files import stack_files

PROGRAM = Path(__file__).parents[2]
# The literal name of the organization in a file backend.
ORGANIZATION = "organization"
Outputs = Mapping[str, Any]


class PlanError(Exception):
    """The program refuses to run, or fails; the message is the program's own."""


def plan(stacks: Iterable[str], program: Path = PROGRAM) -> dict[str, Plan]:
    """Record stacks from their checked-in settings, and those that they stand by for.

    Args:
        stacks: Names of the stacks.
        program: Directory of the program with the project's and the stacks' files.

    Returns:
        The plans of these stacks and of the stacks they read, by name.

    Raises:
        PlanError: A program failed.
    """
    known = stack_files(program)
    configurations: dict[str, Configuration] = {}
    upstream: dict[str, list[str]] = {}
    missing = list(stacks)
    while missing:
        stack = missing.pop()
        if stack not in known:
            raise PlanError(f"There is no Pulumi.{stack}.yaml. Stacks here: {', '.join(known)}.")
        try:
            configurations[stack] = read_configuration(program, stack)
        except SettingsError as error:
            raise PlanError(str(error)) from None
        upstream[stack] = [name for name in _named_stacks(configurations[stack]) if name in known]
        missing += [name for name in upstream[stack] if name not in configurations]

    plans: dict[str, Plan] = {}
    order = TopologicalSorter(upstream)
    order.prepare()
    with _processes(len(upstream)) as processes:
        while order.is_active():
            ready = sorted(order.get_ready())
            runs = [
                processes.submit(_run, stack, configurations[stack], outputs, program)
                for stack in ready
                for outputs in [{name: plans[name].outputs for name in upstream[stack]}]
            ]
            plans |= {stack: run.result() for stack, run in zip(ready, runs, strict=True)}
            order.done(*ready)
    return plans


def record(
    stack: str,
    configuration: Configuration,
    upstream: Mapping[str, Outputs] | None = None,
    program: Path = PROGRAM,
) -> Plan:
    """Record one stack from settings that need not be in a file.

    Args:
        stack: Name of the stack.
        configuration: Its settings.
        upstream: Outputs of other stacks by their name, as their plans have them.
        program: Directory of the program.

    Raises:
        PlanError: The program failed.
    """
    with _processes(1) as processes:
        return processes.submit(_run, stack, configuration, upstream or {}, program).result()


def _processes(stacks: int) -> ProcessPoolExecutor:
    """The SDK's settings and the modules of a program are global to a process: each run gets its own."""
    return ProcessPoolExecutor(
        min(stacks, os.cpu_count() or 1), mp_context=get_context("spawn"), max_tasks_per_child=1
    )


def _named_stacks(configuration: Configuration) -> list[str]:
    """Find the stacks of the project that the settings name in full."""
    reference = re.compile(rf"\b{ORGANIZATION}/{re.escape(configuration.project)}/([\w.-]+)")
    return sorted({name for value in configuration.values.values() for name in reference.findall(value)})


def _run(stack: str, configuration: Configuration, upstream: Mapping[str, Outputs], program: Path) -> Plan:
    """Run the program in this process, the way Pulumi's language host does."""
    # What a shell has set for AWS or Pulumi must not show in a plan.
    for name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))]:
        del os.environ[name]
    os.environ["PULUMI_CONFIG"] = json.dumps(dict(configuration.values))
    monitor = RecordingMonitor(stack, configuration, upstream)
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=configuration.project,
            stack=stack,
            monitor=monitor,
            dry_run=True,
            organization=ORGANIZATION,
            root_directory=str(program),
        )
    )
    os.chdir(program)
    # After a failure, asyncio would report everything that was left waiting for what failed.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    def main() -> None:
        runpy.run_path(str(program), run_name="__main__")

    try:
        with redirect_stdout(sys.stderr):
            asyncio.run(pulumi.runtime.run_in_stack(main))
    except pulumi.RunError as error:
        raise PlanError(str(error)) from None
    except Exception:  # noqa: BLE001  whatever ends the program ends the plan
        raise PlanError(f"The program failed on stack {stack}:\n{traceback.format_exc()}") from None
    resources = tuple(monitor.resources[urn] for urn in sorted(monitor.resources))
    _refuse_leaks(resources, configuration.secret_keys)
    return Plan(stack=stack, resources=resources, outputs=monitor.outputs)


def _refuse_leaks(resources: Iterable[Resource], secret_keys: Collection[str]) -> None:
    """A secret setting that was read as a plain one would lie open in the state, too."""
    for resource in resources:
        inputs = json.dumps(resource.inputs)
        for key in secret_keys:
            if stand_in(key) in inputs:
                raise PlanError(
                    f"{resource.urn} has the secret setting {key} as a plain input; read it as a secret."
                )
