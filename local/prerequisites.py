"""What operators of a real account put there by hand before the first update: secrets that settings name."""

import re

from local.cloud import LocalAws
from local.run_directory import RunDirectory

_SECRET = re.compile(r"arn:aws:secretsmanager:([a-z0-9-]+):[0-9]{12}:secret:([\w/+=.@-]+)")


def put_secrets(run: RunDirectory, server: LocalAws) -> None:
    """Give the local AWS every secret whose ARN stands in a stack file; one that is there stays.

    Args:
        run: Run directory of the checkout, with the mirror of its stack files.
        server: The running local AWS.
    """
    for path in sorted(run.project.glob("Pulumi.*.yaml")):
        for region, name in sorted(set(_SECRET.findall(path.read_text()))):
            server.control("POST", f"/secrets/put/{region}/{name}")
