"""Reading of stack files without the engine, for whatever runs without one."""

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def stack_files(directory: Path) -> dict[str, Path]:
    """Return the stack files in a directory by the name of the stack."""
    return {path.stem.removeprefix("Pulumi."): path for path in sorted(directory.glob("Pulumi.*.yaml"))}


def read_stack_file(path: Path) -> dict[str, str]:
    """Return a stack's configuration as the engine hands it over: strings, JSON where it is structured."""
    document = read_yaml(path)
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in (document.get("config") or {}).items()
    }


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a file as the engine does: YAML 1.2, in which `04:00` and `no` are text."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(path) or {}
    return document
