"""The environment in which the engine and every AWS client see the local cloud and nothing else."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from local.cloud import LocalAws
from local.run_directory import RunDirectory

REGION = "ap-northeast-1"
# Marks the processes of a run, so that those which outlive a killed engine can be found.
RUN_MARKER = "MPAC_RUN"
# Someone's real account, engine or proxy. Lower-case names of proxies win over ours in some clients, and gRPC
# would send even what is for this machine through one.
_DISTURBING = re.compile(r"(AWS|PULUMI)_.*|(HTTPS?|ALL|NO|GRPC|NO_GRPC)_PROXY", re.IGNORECASE)


def variables(run: RunDirectory, server: LocalAws, programs: Path) -> dict[str, str]:
    """Return what must be set.

    Args:
        run: Run directory of the checkout.
        server: The running local AWS.
        programs: Directory with `pulumi`.
    """
    path = [entry for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if entry != str(programs)]
    return {
        "PATH": os.pathsep.join([str(programs), *path]),
        "PULUMI_HOME": str(run.home),
        # The backend replaces a file at once, but not the attributes that it would put beside it: a kill in
        # between would leave a state that cannot be read.
        "PULUMI_BACKEND_URL": run.state.as_uri() + "?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(run.passphrase),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,  # boto3 reads no other
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # The provider repeats what it takes for a passing failure for minutes; nothing here passes.
        "AWS_MAX_ATTEMPTS": "2",
        "AWS_CA_BUNDLE": server.ca_bundle,
        "HTTPS_PROXY": server.proxy,
        "NO_PROXY": "127.0.0.1,localhost",
    }


def engine_environment(run: RunDirectory, server: LocalAws, programs: Path) -> dict[str, str]:
    """Return the whole environment of an engine process and everything that it starts."""
    kept = {name: value for name, value in os.environ.items() if not _DISTURBING.fullmatch(name)}
    return kept | variables(run, server, programs) | {RUN_MARKER: str(run.root)}


def shell_lines(settings: Mapping[str, str]) -> list[str]:
    """Return shell commands that set these variables and take away the ones that would disturb."""
    disturbing = sorted(name for name in os.environ if _DISTURBING.fullmatch(name) and name not in settings)
    return [f"unset {name}" for name in disturbing] + [
        f"export {name}={shlex.quote(value)}" for name, value in settings.items()
    ]
