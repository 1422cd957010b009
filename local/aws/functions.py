"""Runs the code of Lambda functions: each event in a process of its own that sees the local AWS only.

Processes are no sandbox: what is uploaded here is run with the rights of whoever runs the local AWS.
"""

import io
import json
import logging
import os
import subprocess
import sys
import tempfile
import zipfile
from queue import Queue
from threading import Thread
from typing import Any

from local.aws.call import backend

log = logging.getLogger(__name__)

_RUN = """
import importlib, json, sys
module, function = sys.argv[1].rsplit(".", 1)
sys.path.insert(0, ".")
event = json.load(sys.stdin)
getattr(importlib.import_module(module), function)(event, None)
"""
_queue: Queue[tuple[str, str, dict[str, Any]]] = Queue()
_environment: dict[str, str] = {}


def start(proxy: str, ca_bundle: str) -> None:
    """Begin to run what is queued, with clients that talk to the local AWS through `proxy`."""
    _environment.update(
        {
            "PATH": os.environ.get("PATH", os.defpath),
            "HTTPS_PROXY": proxy,
            "AWS_CA_BUNDLE": ca_bundle,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    )
    Thread(target=_work, daemon=True).start()


def run_later(region: str, name: str, event: dict[str, Any]) -> None:
    """Run a function on an event once the call that caused it has been answered."""
    _queue.put((region, name, event))


def finish() -> None:
    """Wait until everything that is queued has been run, and what that has queued in turn."""
    _queue.join()


def _work() -> None:
    while True:
        region, name, event = _queue.get()
        try:
            _run(region, name, event)
        except Exception:
            log.exception("function %s in %s could not be run", name, region)
        finally:
            _queue.task_done()


def _run(region: str, name: str, event: dict[str, Any]) -> None:
    function = backend("lambda", region).get_function(name)
    environment = _environment | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    environment |= {key: str(value) for key, value in (function.environment_vars or {}).items()}
    with tempfile.TemporaryDirectory() as directory:
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
            archive.extractall(directory)
        result = subprocess.run(
            [sys.executable, "-c", _RUN, function.handler],
            cwd=directory,
            env=environment,
            input=json.dumps(event),
            capture_output=True,
            text=True,
            timeout=float(function.timeout or 3) + 10,  # a process starts slower here than at AWS
            check=False,
        )
    outcome = "ended" if result.returncode == 0 else "failed"
    log.info("function %s in %s %s: %s%s", name, region, outcome, result.stdout, result.stderr)
