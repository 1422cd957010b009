"""What follows from the settings of a stack, worked out for people to read."""

from collections.abc import Iterator

from settings.models import Settings


def figures(settings: Settings) -> Iterator[str]:
    """Yield a line for each."""
    smarttab = settings.services.smarttab
    if smarttab.enabled and smarttab.tasks_per_step:
        steps = -(-smarttab.max_tasks // smarttab.tasks_per_step)
        yield (
            f"a release of {smarttab.task_name} at {smarttab.max_tasks} tasks: in steps of "
            f"{smarttab.tasks_per_step}, {steps} in all; each takes a minute or more and then closes up to "
            f"{smarttab.closed_per_step} WebSockets"
        )
