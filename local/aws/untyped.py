"""Names for what has no types: moto's objects and parsed documents."""

from typing import Any, TypeAlias

Moto: TypeAlias = Any
"""An object of moto or botocore, which ship no types."""

Json: TypeAlias = Any
"""A value from a parsed document, checked where it is used."""
