"""Check every stack file of the project: `python -m settings`."""

import sys
from pathlib import Path

from components.problems import SettingsError
from settings.between_stacks import check_together
from settings.figures import figures
from settings.loading import load
from settings.stack import Settings
from settings.stack_files import read_stack_file, stack_files


def main(directory: Path) -> int:
    """Print a line for each valid stack, with what follows from its settings, and all problems of the others.

    Returns:
        0 if all are valid, else 1.
    """
    stacks: dict[str, Settings] = {}
    errors: list[SettingsError] = []
    for stack, path in stack_files(directory).items():
        try:
            stacks[stack] = load(stack, read_stack_file(path))
            sys.stdout.write(f"{path.name}: valid\n")
            sys.stdout.writelines(f"  {figure}\n" for figure in figures(stacks[stack]))
        except SettingsError as error:
            errors.append(error)
    try:
        check_together(stacks)
    except SettingsError as error:
        errors.append(error)
    sys.stdout.writelines(f"\n{error}\n" for error in errors)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
