"""The cache of built programs, shared by all checkouts of a user."""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class ToolchainError(Exception):
    """Something that the reader of the message can mend; the message says how."""


def say(line: str) -> None:
    """Tell the user what happens."""
    print(line, file=sys.stderr, flush=True)


def root() -> Path:
    """The cache directory: $MPAC_CACHE, or mpac in the user's cache directory."""
    own = os.environ.get("MPAC_CACHE")
    shared = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(own) if own else Path(shared) / "mpac"


def key(files: Iterable[Path], *words: str) -> str:
    """Name an artefact by all that goes into it: the same key, the same artefact.

    Args:
        files: Files and directories whose contents count, wherever they lie.
        words: What else counts: versions, flags, platform.
    """
    digest = hashlib.sha256()
    for word in words:
        digest.update(f"{len(word)}:{word}".encode())
    for top in files:
        members = sorted(path for path in top.rglob("*") if path.is_file()) if top.is_dir() else [top]
        for path in members:
            if "__pycache__" in path.parts:
                continue
            name = path.relative_to(top.parent).as_posix()
            digest.update(f"{name}:{hashlib.sha256(path.read_bytes()).hexdigest()};".encode())
    return digest.hexdigest()[:16]


def artefact(name: str, artefact_key: str) -> Path:
    """Where an artefact lies once it is whole."""
    return root() / name / artefact_key


def install(name: str, artefact_key: str, make: Callable[[Path], None]) -> Path:
    """Return an artefact, made first if it is missing; to be called with the cache locked.

    Args:
        name: What it is.
        artefact_key: Its `key`.
        make: Fills the directory that it is given. The directory becomes the artefact when this returns, so
            that nobody ever sees half of one.
    """
    target = artefact(name, artefact_key)
    if not target.exists():
        # Always the same place: Go compiles a package again when it lies elsewhere.
        unfinished = _unfinished() / name
        unfinished.mkdir()
        try:
            make(unfinished)
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished.rename(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return target


@contextmanager
def locked() -> Iterator[None]:
    """Let one process at a time build, and remove what a killed one has left."""
    root().mkdir(parents=True, exist_ok=True)
    with (root() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another checkout is building the toolchain; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(_unfinished(), ignore_errors=True)
        yield


def _unfinished() -> Path:
    directory = root() / "unfinished"
    directory.mkdir(parents=True, exist_ok=True)
    return directory
