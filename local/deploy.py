"""Deploying the stacks: start what is needed, recover what was interrupted, update."""

import json
from concurrent.futures import Future, ThreadPoolExecutor, wait

from rich.console import Console

from local import leftovers, recovery, report
from local.cloud import LocalAws
from local.engine import Engine
from local.opening import open_engine, started_aws
from local.prerequisites import put_secrets
from local.progress import Display, Progress
from local.run_directory import STACKS, LocalCloudError, RunDirectory

POLL_SECONDS = 0.25


def up(run: RunDirectory, stacks: list[str], console: Console) -> None:
    """Deploy stacks with the checked-in settings; safe to run again at any time.

    Args:
        run: Run directory of the checkout, locked by the caller.
        stacks: Names of the stacks.
        console: Where to show what happens.

    Raises:
        LocalCloudError: A stack failed, or something that is needed is missing, as the stack that one reads.
    """
    end_leftovers(run, console)
    server = started_aws(run, console)
    # Else certificates would wait for somebody at the registrar, see docs/first-deployment.md.
    server.control("POST", "/domains/delegate-at-once")
    engine = open_engine(run, server)
    put_secrets(run, server)
    recover(engine, server, console)
    known = engine.deployments()
    for stack in stacks:
        upstream = STACKS[stack]
        if upstream and upstream not in known and upstream not in stacks:
            raise LocalCloudError(
                f"{stack} reads what {upstream} exports, and {upstream} is not deployed. "
                f"Run `make up STACK={upstream}` first, or `make up` for all stacks."
            )
        if stack not in known:
            engine.ask("stack", "init", stack, "--no-select")

    console.print(f"Deploying {', '.join(stacks)}")
    results = _update(engine, stacks, console)
    report.print_results(console, results, run)
    if failed := [result.stack for result in results if result.errors]:
        raise LocalCloudError(
            f"{' and '.join(failed)} failed; the errors are above, everything that was said is in {run.logs} "
            f"and {run.aws / 'aws.log'}. Mend what they name and run `make up` again: it goes on where it "
            "stopped."
        )


def end_leftovers(run: RunDirectory, console: Console) -> None:
    """End the processes that a killed run has left behind."""
    for process in leftovers.end(run):
        console.print(f"Ended {process}, left over from a run that was killed", highlight=False)


def recover(engine: Engine, server: LocalAws, console: Console) -> None:
    """Bring every stack into a state that an update can start from; no process of an earlier run is left."""
    server.finish_requests()
    deployments = engine.deployments()
    for stack in sorted(deployments):
        for line in recovery.recover(engine, server, stack, deployments):
            console.print(f"Recovering {stack}: {line}", highlight=False)


def _update(engine: Engine, stacks: list[str], console: Console) -> list[Progress]:
    results = {stack: Progress(stack, _planned(engine.run, stack)) for stack in stacks}
    futures: dict[str, Future[None]] = {}

    def update(stack: str) -> None:
        upstream = STACKS[stack]
        if upstream in futures:
            futures[upstream].result()
            if results[upstream].errors:
                results[stack].errors.append(f"{stack} reads what {upstream} exports, and {upstream} failed")
                return
        run_engine(engine, "up", results[stack])

    # Nearly all time is fixed waits in the provider, so what does not depend on each other waits together.
    with (
        engine.cancelling(),
        Display(console, list(results.values())) as display,
        ThreadPoolExecutor(len(stacks)) as pool,
    ):
        for stack in stacks:
            futures[stack] = pool.submit(update, stack)
        while wait(futures.values(), POLL_SECONDS).not_done:
            display.update()
    for future in futures.values():
        future.result()
    return list(results.values())


def run_engine(engine: Engine, operation: str, progress: Progress, *options: str) -> None:
    """Run up or destroy and note how it goes; a failure without a message of the engine gets one."""
    progress.begin()
    try:
        status = engine.change(operation, progress.stack, progress.take, *options)
    finally:
        progress.end()
    if status < 0:
        progress.errors.append(f"{progress.stack}: pulumi was killed by signal {-status}")
    elif status and not progress.errors:
        log = engine.run.logs / f"{progress.stack}.stderr"
        progress.errors.append(
            f"{progress.stack}: pulumi ended with status {status}: {log.read_text().strip()}"
        )


def _planned(run: RunDirectory, stack: str) -> int:
    plan = run.checkout / "build" / "plan" / f"{stack}.json"
    return len(json.loads(plan.read_text())) if plan.exists() else 0
