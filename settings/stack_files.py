"""Reading of stack files without the engine, for whatever runs without one."""

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from components.problems import Problem, SettingsError


def stack_files(directory: Path) -> dict[str, Path]:
    """Return the stack files in a directory by the name of the stack."""
    return {path.stem.removeprefix("Pulumi."): path for path in sorted(directory.glob("Pulumi.*.yaml"))}


def read_stack_file(path: Path) -> dict[str, str]:
    """Return a stack's configuration as the engine hands it over: strings, JSON where it is structured.

    Raises:
        SettingsError: The file cannot be read.
    """
    config = read_yaml(path).get("config") or {}
    if not isinstance(config, dict):
        raise _unreadable(path, "config must hold keys and values")
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a file as the engine does: YAML 1.2, in which `04:00` and `no` are text.

    Raises:
        SettingsError: It is no YAML, or holds no keys and values.
    """
    try:
        document = YAML(typ="safe", pure=True).load(path) or {}
    except YAMLError as error:
        raise _unreadable(path, str(error)) from None
    if not isinstance(document, dict):
        raise _unreadable(path, "the file must hold keys and values")
    return document


def _unreadable(path: Path, reason: str) -> SettingsError:
    rule = f"cannot be read: {reason}"
    return SettingsError(f"File {path.name}", [Problem(key=path.name, rule=rule, remedy="fix the file")])
