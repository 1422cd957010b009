"""What moto lacks, one module per service. Importing a module installs its additions."""

import importlib
import pkgutil

import moto

from local.aws.additions.patching import MOTO_VERSION, MotoChangedError


def install() -> None:
    """Install all additions.

    Raises:
        MotoChangedError: moto is another version, or what an addition patches is not as expected.
    """
    if moto.__version__ != MOTO_VERSION:
        raise MotoChangedError(f"moto {MOTO_VERSION} is needed, {moto.__version__} is installed")
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
