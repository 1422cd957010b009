"""Reading of stack files without the engine, for whatever runs without one."""

import json
from pathlib import Path

import yaml


def stack_files(directory: Path) -> dict[str, Path]:
    """Return the stack files in a directory by the name of the stack."""
    return {path.stem.removeprefix("Pulumi."): path for path in sorted(directory.glob("Pulumi.*.yaml"))}


def read_stack_file(path: Path) -> dict[str, str]:
    """Return a stack's configuration as the engine hands it over: strings, JSON where it is structured."""
    document = yaml.safe_load(path.read_text())
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in document.get("config", {}).items()
    }
