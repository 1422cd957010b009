"""The Pulumi engine, its language host and its providers: installed ones, or built from pinned Go modules.

Runs before anything is installed, so it needs Python's standard library only.
"""

from local.toolchain.cache import ToolchainError
from local.toolchain.toolchain import Toolchain, cached, ensure

__all__ = ["Toolchain", "ToolchainError", "cached", "ensure"]
