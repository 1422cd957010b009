"""How additions change moto: only what is still as it was when the addition was written."""

import hashlib
import inspect
from collections.abc import Callable
from typing import Any

from local.aws.untyped import Moto

MOTO_VERSION = "5.2.5"
Function = Callable[..., Any]


class MotoChangedError(Exception):
    """moto is not what an addition was written for: the addition may be needless or wrong now."""


def expect_absent(owner: type, name: str) -> None:
    """Raise ``MotoChangedError`` when a class of moto has a name that an addition brings."""
    if hasattr(owner, name):
        raise MotoChangedError(f"{_path(owner, name)} exists by now: drop the addition or adapt it")


def expect_unchanged(owner: type, name: str, digest: str) -> None:
    """Raise ``MotoChangedError`` when the source of a method of moto is not the one that was reviewed.

    Args:
        owner: the class.
        name: the method's or property's name in it.
        digest: the first eight digits of the SHA-256 of its source.
    """
    original = inspect.getattr_static(owner, name, None)
    if original is None:
        raise MotoChangedError(f"{_path(owner, name)} is gone: review the addition")
    function: Moto = original.fget if isinstance(original, property) else original
    source = inspect.getsource(function)
    found = hashlib.sha256(source.encode()).hexdigest()[:8]
    if found != digest:
        raise MotoChangedError(
            f"{_path(owner, name)} has changed ({found} for {digest}): review the addition"
        )


def attribute(owner: type, name: str, value: object) -> None:
    """Give all instances of a class an attribute that moto has not, so that its serializer finds it."""
    expect_absent(owner, name)
    setattr(owner, name, value)


def wrap(owner: type, name: str, digest: str) -> Callable[[Function], Function]:
    """Replace a method or property of moto by a function that takes the original as its first argument.

    Raises:
        MotoChangedError: see ``expect_unchanged``.
    """
    expect_unchanged(owner, name, digest)
    original = inspect.getattr_static(owner, name)

    def install(function: Function) -> Function:
        if isinstance(original, property):
            setattr(owner, name, property(lambda self: function(original.fget, self)))
        else:

            def wrapped(*args: Moto, **kwargs: Moto) -> Moto:
                return function(original, *args, **kwargs)

            setattr(owner, name, wrapped)
        return function

    return install


def _path(owner: type, name: str) -> str:
    return f"{owner.__module__}.{owner.__qualname__}.{name} of moto {MOTO_VERSION}"
