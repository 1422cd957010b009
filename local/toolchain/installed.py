"""The user's own engine, where it can get its plugins."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.toolchain import cache
from local.toolchain.cache import say

OLDEST = (3, 259, 0)
PLUGIN_SECONDS = 300


def installed(plugins: Mapping[str, str]) -> tuple[Path, Path] | None:
    """Return the directories of the user's own engine and of its plugins, or None where it does not serve.

    Args:
        plugins: The version of each provider that is needed.
    """
    program = _on_path()
    if not program:
        return None
    say(f"Trying {program}")
    home = cache.root() / "installed"
    environment = {**os.environ, "PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"}

    def ask(*arguments: str) -> str:
        return subprocess.run(
            [program, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=PLUGIN_SECONDS,
        ).stdout

    try:
        found = ask("version").strip().lstrip("v").partition("-")[0]
        if tuple(map(int, found.split("."))) < OLDEST:
            say(f"It is version {found}; {'.'.join(map(str, OLDEST))} is needed. Building one instead.")
            return None
        for name, version in plugins.items():
            ask("plugin", "install", "resource", name, f"v{version}")
    except subprocess.TimeoutExpired:
        reason = f"no answer in {PLUGIN_SECONDS} s"
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or error.stdout).strip().rpartition("\n")[2]
    except (OSError, ValueError) as error:
        reason = str(error)
    else:
        home.mkdir(parents=True, exist_ok=True)
        _note().write_text(json.dumps(_description(program, plugins)))
        return program.parent, home / "plugins"
    say(f"It cannot get its plugins ({reason}). Building an engine instead.")
    return None


def remembered(plugins: Mapping[str, str]) -> tuple[Path, Path] | None:
    """Return what `installed` found to serve before, unless program or plugins are others now."""
    program = _on_path()
    if program and _note().exists() and json.loads(_note().read_text()) == _description(program, plugins):
        return program.parent, _note().parent / "plugins"
    return None


def _note() -> Path:
    return cache.root() / "installed" / "serves.json"


def _description(program: Path, plugins: Mapping[str, str]) -> dict[str, object]:
    return {"program": str(program), "changed": program.stat().st_mtime_ns, "plugins": dict(plugins)}


def _on_path() -> Path | None:
    """Find `pulumi`, but for ours: the shell of `make env` has that one first on its PATH."""
    ours = (cache.root(), Path.cwd() / ".local")
    directories = [
        directory
        for directory in os.environ.get("PATH", "").split(os.pathsep)
        if not any(Path(directory).is_relative_to(own) for own in ours)
    ]
    program = shutil.which("pulumi", path=os.pathsep.join(directories))
    return Path(program) if program else None
