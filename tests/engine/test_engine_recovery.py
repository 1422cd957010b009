"""A run that is killed or cancelled, at any moment, is made good by the next one."""

import io
import signal
import time
from collections import Counter
from collections.abc import Callable

import pytest
from rich.console import Console

from local import recovery, unfinished
from local.deploy import end_leftovers, recover
from local.engine import Event
from local.opening import open_engine
from tests.engine.checkouts import Checkout, discard_all

pytestmark = pytest.mark.engine

Deployed = tuple[Checkout, Counter[tuple[str, str, str]]]


def interrupt(
    checkout: Checkout,
    operation: str,
    after: int,
    number: signal.Signals = signal.SIGKILL,
    *,
    all_processes: bool = False,
) -> int:
    """Run the engine until it has begun to create or delete that many resources, then send it a signal."""
    begun = 0

    def on_event(event: Event) -> None:
        nonlocal begun
        begun += event.get("resourcePreEvent", {}).get("metadata", {}).get("op") in ("create", "delete")
        if begun == after:
            begun += 1
            for process in checkout.engine_processes():
                if all_processes or process.name() == "pulumi":
                    process.send_signal(number)

    return open_engine(checkout.run, checkout.server).change(operation, "staging", on_event)


def recover_only(checkout: Checkout) -> str:
    """Do what `make up` does before it updates, and return what it prints."""
    console = Console(file=io.StringIO(), width=200)
    end_leftovers(checkout.run, console)
    recover(open_engine(checkout.run, checkout.server), checkout.server, console)
    assert "pending_operations" not in checkout.state()
    assert not checkout.engine_processes()
    return console.file.getvalue()


def settle(checkout: Checkout) -> None:
    """Let a provider that survived its engine finish what it had begun."""
    before = None
    while before != (now := checkout.server.control("GET", "/calls")):
        before = now
        time.sleep(0.5)


def destroy(checkout: Checkout) -> None:
    result = checkout.command("destroy", "staging")
    assert result.returncode == 0, result.stderr
    assert not checkout.kept()


@pytest.fixture(scope="module")
def deployed(make_checkout: Callable[[], Checkout], every_kind: str) -> Deployed:
    """A deployment of every kind, and how many of each kind the local AWS holds when nothing disturbed it."""
    checkout = make_checkout()
    checkout.write(every_kind)
    checkout.up()
    return checkout, checkout.kept()


def test_engine_and_provider_killed_again_and_again(deployed: Deployed) -> None:
    checkout, undisturbed = deployed
    destroy(checkout)
    printed = ""
    for after, all_processes in [(6, False), (8, True), (2, False), (6, False)]:
        assert interrupt(checkout, "up", after, all_processes=all_processes) == -signal.SIGKILL
        if not all_processes:
            settle(checkout)
        printed += recover_only(checkout)
    assert printed.count("which it had begun to create") > 5, printed
    checkout.up()
    assert checkout.kept() == undisturbed
    assert "Nothing to change" in checkout.up()


def test_engine_killed_while_it_destroys_and_then_deployed_again(deployed: Deployed) -> None:
    checkout, undisturbed = deployed
    assert interrupt(checkout, "destroy", 9) == -signal.SIGKILL
    settle(checkout)
    checkout.up()
    assert checkout.kept() == undisturbed


def test_cancelled_update_resumes(deployed: Deployed) -> None:
    checkout, undisturbed = deployed
    destroy(checkout)
    assert interrupt(checkout, "up", 8, signal.SIGINT) > 0
    recover_only(checkout)
    held = sum(checkout.kept().values())
    assert 0 < held < sum(undisturbed.values())
    checkout.up()
    assert checkout.kept() == undisturbed


def test_command_killed_while_the_engine_lives_on(deployed: Deployed) -> None:
    checkout, undisturbed = deployed
    destroy(checkout)
    log = checkout.run.event_log("staging")
    log.unlink()
    command = checkout.start("up", "staging")
    while not log.exists() or log.read_text().count('"resourcePreEvent"') < 6:
        time.sleep(0.05)
        assert command.poll() is None
    command.kill()
    command.wait()
    assert checkout.engine_processes("pulumi-resource-aws")
    printed = checkout.up()
    # The engine itself may have ended at its next word to the killed command; what it started has not.
    assert "left over from a run that was killed" in printed
    assert "Recovering staging: released the lock on staging" in printed
    assert checkout.kept() == undisturbed


def test_a_name_that_is_owned_in_another_region_is_still_an_orphan(deployed: Deployed) -> None:
    checkout, _ = deployed
    resources = checkout.resources()
    clients = recovery.clients_of(checkout.server)
    osaka = next(each for each in resources if each["urn"].endswith("kms/alias:Alias::key-osaka"))
    others = [each for each in resources if each is not osaka]
    assert unfinished.discard(clients, recovery.target_of(osaka, others), others) == ["alias/mpac-staging"]
    assert [alias["AliasName"] for alias in clients("kms", "ap-northeast-1").list_aliases()["Aliases"]].count(
        "alias/mpac-staging"
    ) == 1


def test_what_each_kind_has_created_is_found_again_by_its_inputs_alone(deployed: Deployed) -> None:
    checkout, _ = deployed
    created, found = discard_all(checkout)
    assert found == created
    assert not checkout.kept()


def test_kind_without_an_entry_is_named(deployed: Deployed) -> None:
    checkout, _ = deployed
    target = unfinished.Target("aws:rds/cluster:Cluster", {}, {}, "ap-northeast-1")
    with pytest.raises(LookupError, match="aws:rds/cluster:Cluster"):
        unfinished.discard(recovery.clients_of(checkout.server), target, [])
