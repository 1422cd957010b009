"""Loading of a stack's settings from what the engine hands over."""

import json
from collections.abc import Mapping
from contextlib import suppress

from pydantic.alias_generators import to_camel

from components.problems import Problem, SettingsError
from components.section import InvalidInput, Section, problems_between, problems_within
from settings import (  # noqa: F401  each registers its checks
    backup,
    database,
    dns,
    encryption,
    network,
    observability,
    pgbouncer,
    registry,
    services,
    standby,
    storage,
)
from settings.stack import Settings
from settings.validation import validate

NAMESPACE = "mpac"
# The engine's own settings, such as pulumi:disable-default-providers.
ENGINE_NAMESPACE = "pulumi"


def load(stack: str, config: Mapping[str, str]) -> Settings:
    """Read and check the settings of a stack.

    Args:
        stack: Name of the stack.
        config: Every key of the stack's configuration, with its namespace. Values are strings as the engine
            hands them over: JSON where they are structured.

    Returns:
        The settings.

    Raises:
        SettingsError: Something is missing, misspelled, of a wrong type, out of range or at odds with
            something else; with all such problems.
    """
    problems: list[Problem] = []
    document: dict[str, object] = {}
    for key, value in sorted(config.items()):
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE:
            document[name] = _decode(name, value)
        elif namespace != ENGINE_NAMESPACE:
            problems.append(_stray(key, namespace, name))

    settings, invalid = validate(Settings, document, f"{NAMESPACE}:")
    problems += invalid
    with suppress(InvalidInput):
        problems += _of_this_stack(settings, stack)
    problems += problems_between(settings)
    for name, section in vars(settings).items():
        if isinstance(section, Section):
            problems += problems_within(section, f"{NAMESPACE}:{to_camel(name)}.")
    if problems:
        raise SettingsError(f"Settings of stack {stack} (Pulumi.{stack}.yaml)", problems)
    return settings


def _decode(name: str, value: str) -> object:
    """Take text as it is and everything else as JSON; what is neither is refused by its type."""
    types = {field.alias: field.annotation for field in Settings.model_fields.values()}
    if types.get(name) is str:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _stray(key: str, namespace: str, name: str) -> Problem:
    if namespace == "aws":
        return Problem(
            key=key,
            rule="has no effect: the provider is made from mpac:region and mpac:accountId alone",
            remedy="remove it",
        )
    return Problem(
        key=key,
        rule=f"is outside the namespaces {NAMESPACE} and {ENGINE_NAMESPACE}",
        remedy=f"remove it, or write {NAMESPACE}:{name or key}",
    )


def _of_this_stack(settings: Settings, stack: str) -> list[Problem]:
    """Names carry the environment, so a copied stack file would fight over the resources of its original."""
    if settings.environment == stack:
        return []
    return [
        Problem(
            key=f"{NAMESPACE}:environment",
            value=settings.environment,
            rule=f"is not the name of the stack, {stack}",
            remedy=f"write {stack}",
        )
    ]
