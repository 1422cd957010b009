"""The mirror of the checkout in which the engine works, so that it writes nothing into the checkout."""

import os
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from local.run_directory import LocalCloudError, RunDirectory

# They belong to a stack's real secrets provider, which is asked before anything runs.
SECRETS_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")


def mirror(run: RunDirectory, *, only_newer: bool = False) -> None:
    """Link the checkout into the run directory and copy its stack files without their secrets provider.

    Args:
        run: Run directory of the checkout.
        only_newer: Leave a copy alone that is younger than its original, with what `pulumi config set` wrote.

    Raises:
        LocalCloudError: The checkout is no Pulumi project, or one of its files is no YAML.
    """
    if not (run.checkout / "Pulumi.yaml").exists():
        raise LocalCloudError(f"{run.checkout} has no Pulumi.yaml; run the command in the checkout.")
    run.project.mkdir(parents=True, exist_ok=True)
    originals = {path.name: path for path in run.checkout.iterdir() if _is_needed(path)}
    for copy in run.project.iterdir():
        # Only links are ours alone: `pulumi` may have written files of its own there.
        if copy.name not in originals and copy.is_symlink():
            copy.unlink()
    for name, original in originals.items():
        copy = run.project / name
        if name.startswith("Pulumi."):
            if not (only_newer and copy.exists() and copy.stat().st_mtime > original.stat().st_mtime):
                _copy(original, copy)
        elif not copy.is_symlink():
            copy.symlink_to(os.path.relpath(original, run.project))


def _is_needed(path: Path) -> bool:
    return path.name == ".venv" or not path.name.startswith((".", "__pycache__"))


def _copy(original: Path, copy: Path) -> None:
    yaml = YAML()  # 1.2 and round-trip, so that the engine reads from the copy what the original says
    try:
        document = yaml.load(original) or {}
    except YAMLError as error:
        raise LocalCloudError(f"{original.name} is no valid YAML: {error}") from None
    own = (yaml.load(copy) or {}) if copy.exists() else {}
    for key in SECRETS_KEYS:
        document.pop(key, None)
        if key in own:
            document[key] = own[key]
    partial = copy.with_suffix(".new")
    yaml.dump(document, partial)
    partial.replace(copy)
