"""Lambda: where a function's failures and logs go, which moto forgets."""

from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaFunction

from local.aws.additions.patching import wrap
from local.aws.untyped import Moto

_KEPT = ("DeadLetterConfig", "LoggingConfig")


@wrap(LambdaFunction, "__init__", digest="70a28522")
def create(
    original: Callable[..., None],
    self: Moto,
    account_id: str,
    spec: dict[str, Any],
    *args: Moto,
    **kwargs: Moto,
) -> None:
    """With what was asked for."""
    original(self, account_id, spec, *args, **kwargs)
    self.kept = {name: spec[name] for name in _KEPT if name in spec}


@wrap(LambdaFunction, "update_configuration", digest="eca1cdec")
def update(original: Callable[..., Moto], self: Moto, config_updates: dict[str, Any]) -> Moto:
    """With what was changed."""
    self.kept |= {name: config_updates[name] for name in _KEPT if name in config_updates}
    return original(self, config_updates) | self.kept


@wrap(LambdaFunction, "get_configuration", digest="803fb04b")
def describe(original: Callable[..., Moto], self: Moto, on_create: bool = False) -> Moto:
    """As it was set."""
    return original(self, on_create) | self.kept
