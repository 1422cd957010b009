"""The run directory of a checkout: where everything of its local cloud lies, and who may change it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

# staging and prod stand alone; dr reads what prod exports.
STACKS: dict[str, str | None] = {"staging": None, "prod": None, "dr": "prod"}
FREE_BYTES = 200_000_000


class LocalCloudError(click.ClickException):
    """Something that the reader of the message can mend; the message says how."""


@dataclass(frozen=True)
class RunDirectory:
    """Paths below ``.local`` of a checkout.

    Attributes:
        checkout: Directory with ``Pulumi.yaml``.
    """

    checkout: Path

    @property
    def root(self) -> Path:
        """All of it; git-ignored, removed by ``make down``."""
        return self.checkout / ".local"

    @property
    def project(self) -> Path:
        """The mirror of the checkout in which the engine works."""
        return self.root / "project"

    @property
    def state(self) -> Path:
        """The engine's file backend."""
        return self.root / "state"

    @property
    def instance(self) -> Path:
        """Holds which instance of the local AWS the state describes; goes when the state goes."""
        return self.state / "aws-instance"

    @property
    def aws(self) -> Path:
        """Files of the local AWS."""
        return self.root / "aws"

    @property
    def logs(self) -> Path:
        """What engine and programs said in the last run, by stack."""
        return self.root / "logs"

    @property
    def home(self) -> Path:
        """``PULUMI_HOME``."""
        return self.root / "pulumi"

    @property
    def commands(self) -> Path:
        """The first directory on PATH of a shell made by ``make env``."""
        return self.root / "bin"

    @property
    def passphrase(self) -> Path:
        """The file with the passphrase of the stacks' secrets."""
        return self.root / "passphrase"

    def event_log(self, stack: str) -> Path:
        """The engine's events of a stack's last update, one JSON object a line."""
        return self.logs / f"{stack}.events.jsonl"

    def create(self) -> None:
        """Make what is missing.

        Raises:
            LocalCloudError: The disk is full.
        """
        for directory in (self.state, self.aws, self.logs, self.home, self.commands):
            directory.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.root).free
        if free < FREE_BYTES:
            raise LocalCloudError(
                f"Only {free / 1e6:.0f} MB are free in {self.root}; a run needs {FREE_BYTES / 1e6:.0f} MB. "
                "Make room and run the command again."
            )
        if not self.passphrase.exists():
            partial = self.passphrase.with_suffix(".new")
            partial.touch(mode=0o600)
            partial.write_text(os.urandom(32).hex())
            partial.replace(self.passphrase)

    @contextmanager
    def lock(self, *, shared: bool = False) -> Iterator[None]:
        """Keep others from changing this local cloud meanwhile; shared for a single ``pulumi`` command.

        Raises:
            LocalCloudError: Somebody else is changing it.
        """
        # The lock lies on the checkout itself: it must outlive the run directory that `down` removes.
        directory = os.open(self.checkout, os.O_RDONLY)
        try:
            fcntl.flock(directory, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalCloudError(
                f"Another make up, down or destroy, or pulumi, works on the local cloud of {self.checkout}. "
                "Wait until it has ended, or end it, and try again."
            ) from None
        else:
            yield
        finally:
            os.close(directory)
