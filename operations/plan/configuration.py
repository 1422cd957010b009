"""The configuration of a stack as the engine would hand it over, read without the engine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from settings.stack_files import read_stack_file, read_yaml


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What the engine tells a program about the stack.

    Attributes:
        project: Name of the project.
        values: Strings by full key, JSON where they are structured.
        secret_keys: Keys whose values are secret.
    """

    project: str
    values: Mapping[str, str]
    secret_keys: frozenset[str] = frozenset()

    @property
    def packages_without_default(self) -> frozenset[str]:
        """Packages whose resources must name their provider."""
        return frozenset(json.loads(self.values.get("pulumi:disable-default-providers", "[]")))


def read_configuration(directory: Path, stack: str) -> Configuration:
    """Read the project's file and a stack's.

    An encrypted value stays closed: the program gets a text that stands for it.
    """
    project = read_yaml(directory / "Pulumi.yaml")
    values = {key: _text(setting) for key, setting in project.get("config", {}).items()}
    values |= read_stack_file(directory / f"Pulumi.{stack}.yaml")
    secret_keys = frozenset(key for key, value in values.items() if '"secure":' in value)
    values |= {key: stand_in(key) for key in secret_keys}
    return Configuration(project=project["name"], values=values, secret_keys=secret_keys)


def stand_in(key: str) -> str:
    """Return the text that stands for the secret under this key."""
    return f"<secret {key}>"


def _text(setting: object) -> str:
    """Turn a setting of the project's file, which is a value or has one, into what the engine makes of it."""
    value = setting.get("value", setting.get("default")) if isinstance(setting, Mapping) else setting
    return value if isinstance(value, str) else json.dumps(value)
