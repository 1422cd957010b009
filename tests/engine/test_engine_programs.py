"""What the real engine does with programs that need no AWS."""

import json
from collections.abc import Callable

import pytest

from local.run_directory import LocalCloudError
from tests.engine.checkouts import Checkout

pytestmark = pytest.mark.engine

EMPTY = """
    import pulumi

    async def main():
        pass

    pulumi.run(main)
"""
# Each stack exports a word and a secret; dr hands on what it reads of prod.
LINKED = """
    import pulumi

    async def main():
        config = pulumi.Config("mpac")
        pulumi.export("word", config.require("word"))
        pulumi.export("secret", config.require_secret("secret"))
        if pulumi.get_stack() == "dr":
            prod = pulumi.StackReference("organization/mpac/prod")
            pulumi.export("read", prod.require_output("word"))

    pulumi.run(main)
"""
FAILING = """
    import pulumi
    import pulumi_random as random

    async def main():
        random.RandomPet("pet")
        raise pulumi.RunError("mpac:network.cidr is 10.0.0.0/33; write a prefix of 16 to 28")

    pulumi.run(main)
"""


def test_empty_program_deploys_and_then_has_nothing_to_change(checkout: Checkout) -> None:
    checkout.write(EMPTY)
    checkout.up()
    assert [resource["type"] for resource in checkout.resources()] == ["pulumi:pulumi:Stack"]
    assert "Nothing to change" in checkout.up()


def test_stack_reads_another_and_secrets_stay_secret(checkout: Checkout) -> None:
    config = {
        stack: {"mpac:word": f"of-{stack}", "mpac:secret": "plain"} for stack in ("staging", "prod", "dr")
    }
    checkout.write(LINKED, **config)
    printed = checkout.up("staging", "prod", "dr")
    assert checkout.outputs("dr")["read"] == "of-prod"

    # As people do it: through the shell that `make env` makes.
    script = (
        'eval "$("$1" -m local env)"'
        " && pulumi config set --secret mpac:secret hunter2 -s prod"
        " && pulumi up -s prod --yes"
    )
    shell = checkout.shell(script)
    assert shell.returncode == 0, shell.stderr
    state = (checkout.run.state / ".pulumi/stacks/mpac/prod.json").read_text()
    assert "hunter2" not in state + shell.stdout + printed
    assert "ciphertext" in checkout.outputs("prod")["secret"]


def test_failing_program_fails_the_command_and_shows_its_message(checkout: Checkout) -> None:
    checkout.write(FAILING)
    result = checkout.command("up", "staging")
    assert result.returncode == 1
    assert "mpac:network.cidr is 10.0.0.0/33; write a prefix of 16 to 28" in result.stdout
    assert "run `make up` again" in result.stderr


def test_dr_without_prod_is_refused_with_the_way_to_go_on(make_checkout: Callable[[], Checkout]) -> None:
    checkout = make_checkout()
    checkout.write("")
    with pytest.raises(LocalCloudError, match="make up STACK=prod"):
        checkout.up("dr")


def test_failure_of_prod_keeps_dr_from_starting(checkout: Checkout) -> None:
    checkout.write(FAILING)
    with pytest.raises(LocalCloudError, match="prod and dr failed"):
        checkout.up("prod", "dr")
    assert "dr reads what prod exports, and prod failed" in checkout.printed


def test_checkout_stays_as_it_was(checkout: Checkout) -> None:
    checkout.write(LINKED, staging={"mpac:word": "w", "mpac:secret": "s"})
    stack_file = checkout.directory / "Pulumi.staging.yaml"
    # A stack of a real account has a secrets provider that nobody here can reach.
    real = {
        "secretsprovider": "awskms://alias/mpac-state?region=eu-central-1",
        "encryptedkey": "bm90aGluZw==",
    }
    stack_file.write_text(json.dumps(real | json.loads(stack_file.read_text())))
    before = checkout.files()
    checkout.up()
    assert checkout.files() == before
    assert checkout.outputs()["word"] == "w"
