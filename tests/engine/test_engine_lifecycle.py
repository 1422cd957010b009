"""From `make up` to `make down`, and what may go wrong in between."""

import json
from collections.abc import Callable

import psutil
import pytest

from local import cloud
from local.environment import RUN_MARKER
from local.processes import wait_until_ended
from tests.engine.checkouts import Checkout

pytestmark = pytest.mark.engine

# A bucket and a key; the bucket is protected where the stack's settings say so.
PROGRAM = """
    import pulumi
    import pulumi_aws as aws

    async def main():
        stack = pulumi.get_stack()
        protect = pulumi.Config("mpac").get_bool("protect")
        provider = aws.Provider("aws", region="ap-northeast-1")
        opts = pulumi.ResourceOptions(provider=provider)
        aws.kms.Key("key", description="key", tags={"Name": f"mpac-{stack}"}, opts=opts)
        bucket = aws.s3.Bucket(
            "bucket",
            bucket=f"mpac-{stack}",
            opts=pulumi.ResourceOptions(provider=provider, protect=protect),
        )
        if pulumi.Config("mpac").get_bool("leave"):
            left = pulumi.ResourceOptions(provider=provider, retain_on_delete=True)
            aws.cloudwatch.LogGroup("left", name="/mpac/left", opts=left)
        pulumi.export("bucket", bucket.bucket)

    pulumi.run(main)
"""


def test_local_aws_that_lost_its_memory_starts_over(checkout: Checkout) -> None:
    checkout.write(PROGRAM)
    checkout.up()
    held = checkout.kept()
    assert cloud.stop(checkout.run)
    assert "The local AWS has lost its memory" in checkout.up()
    assert checkout.kept() == held


def test_destroyed_stack_leaves_only_keys_and_deploys_again(checkout: Checkout) -> None:
    checkout.write(PROGRAM)
    checkout.up()
    held = checkout.kept()
    result = checkout.command("destroy", "staging")
    assert result.returncode == 0, result.stderr
    assert "except 1 keys" in result.stdout
    assert not checkout.kept()
    checkout.up()
    assert checkout.kept() == held


def test_what_destroy_leaves_behind_is_named(checkout: Checkout) -> None:
    checkout.write(PROGRAM, staging={"mpac:leave": True})
    checkout.up()
    result = checkout.command("destroy", "staging")
    assert result.returncode == 1
    assert "still holds of staging:\n  logs LogGroup mpac/left in ap-northeast-1" in result.stderr


def test_protected_stack_refuses_before_anything_is_done(checkout: Checkout) -> None:
    checkout.write(PROGRAM, prod={"mpac:protect": True})
    checkout.up("prod")
    held, state = checkout.kept(), checkout.state("prod")
    result = checkout.command("destroy", "prod")
    assert result.returncode == 1
    assert "aws:s3/bucket:Bucket::bucket" in result.stderr
    assert "set mpac:protect to false in Pulumi.prod.yaml" in result.stderr
    assert checkout.kept() == held
    assert checkout.state("prod") == state


def test_unknown_stack_is_refused_with_the_names_there_are(checkout: Checkout) -> None:
    result = checkout.command("destroy", "production")
    assert result.returncode == 2
    assert "'staging', 'prod', 'dr'" in result.stderr


def test_two_at_once_are_refused(checkout: Checkout) -> None:
    with checkout.run.lock():
        result = checkout.command("up")
    assert result.returncode == 1
    assert "works on the local cloud of" in result.stderr


def test_down_ends_and_removes_what_belongs_to_this_checkout_only(
    make_checkout: Callable[[], Checkout],
) -> None:
    mine, other = make_checkout(), make_checkout()
    for each in (mine, other):
        each.run.create()
    server, stranger = cloud.start(mine.run), cloud.start(other.run)
    leftover, bystander = (
        psutil.Popen(["sleep", "60"], env={RUN_MARKER: str(root)}) for root in (mine.run.root, other.run.root)
    )

    assert mine.command("down").returncode == 0
    assert not wait_until_ended([psutil.Process(server.pid)], seconds=0)
    assert leftover.wait(timeout=5) < 0
    assert not mine.run.root.exists()
    assert cloud.running(other.run) == stranger
    assert bystander.poll() is None
    bystander.kill()
    assert "Nothing is left to remove" in mine.command("down").stdout


def test_shell_of_env_reaches_the_local_cloud_only(checkout: Checkout) -> None:
    checkout.write(PROGRAM)
    checkout.up()
    script = """
        eval "$("$1" -m local env)"
        pulumi preview -s staging --expect-no-changes --json
        "$1" -c 'import boto3; print([b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]])' >&2
    """
    result = checkout.shell(
        script,
        HTTPS_PROXY="http://proxy.example:3128",
        http_proxy="http://proxy.example:3128",  # gRPC takes it, in lower case only
        AWS_PROFILE="real",
        NO_PROXY="amazonaws.com",
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["changeSummary"] == {"same": 4}
    assert "mpac-staging" in result.stderr
    assert "http://proxy.example:3128 gives way to the local AWS" in result.stderr


def test_status_shows_each_stack(checkout: Checkout) -> None:
    checkout.write(PROGRAM)
    checkout.up()
    result = checkout.command("status")
    assert result.returncode == 0, result.stderr
    assert checkout.server.proxy in result.stdout
    assert all(stack in result.stdout for stack in ("staging", "prod", "dr"))
