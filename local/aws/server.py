"""Starting and stopping the local AWS."""

import fcntl
import json
import logging
import os
import signal
import threading
import uuid
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

LOG_BYTES = 5_000_000


class StartError(Exception):
    """The local AWS cannot start; the message says why and what to do."""


def serve(run_dir: Path, port: int) -> None:
    """Run until SIGTERM, SIGINT or a shutdown request; ``server.json`` in ``run_dir`` exists while it is ready.

    Args:
        run_dir: directory for ``server.json``, ``ca.crt`` and ``aws.log``; created.
        port: port of the proxy on the loopback interface; 0 takes a free one.

    Raises:
        StartError: the port is taken, another server uses the directory, or moto is not the expected version.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"A local AWS already runs in {run_dir}; stop it first (make down).") from None
        _configure_logging(run_dir)
        _configure_environment()
        _serve(run_dir, port)


def _serve(run_dir: Path, port: int) -> None:
    # moto reads its environment when it is imported.
    from local.aws import additions, inventory, refusals
    from local.aws.certificates import CertificateAuthority
    from local.aws.control import ControlServer
    from local.aws.gateway import Gateway
    from local.aws.proxy import LOOPBACK, ProxyServer

    try:
        additions.install()
    except additions.MotoChangedError as error:
        raise StartError(f"{error}. Install the locked requirements (make install).") from None
    refusals.install()
    inventory.remember_defaults()
    authority = CertificateAuthority(run_dir)
    gateway = Gateway()
    instance = uuid.uuid4().hex
    stop = threading.Event()
    try:
        proxy = ProxyServer(port, authority, gateway.answer)
    except OSError as error:
        raise StartError(f"Port {port} on {LOOPBACK} is taken ({error}); choose another with --port.") from None
    control = ControlServer(
        {
            ("GET", "/identity"): lambda: {"instance": instance},
            ("GET", "/inventory"): gateway.inventory,
            ("GET", "/calls"): gateway.calls,
            ("POST", "/shutdown"): lambda: stop.set() or {"stopping": instance},
        }
    )
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    for server in (proxy, control):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    state = {
        "pid": os.getpid(),
        "port": proxy.server_port,
        "control_port": control.server_port,
        "ca_bundle": str(authority.bundle),
        "instance": instance,
    }
    _write_atomically(run_dir / "server.json", state)
    try:
        stop.wait()
    finally:
        (run_dir / "server.json").unlink(missing_ok=True)
        for server in (proxy, control):
            server.shutdown()
            server.server_close()


def _configure_logging(run_dir: Path) -> None:
    handler = RotatingFileHandler(run_dir / "aws.log", maxBytes=LOG_BYTES, backupCount=1)
    logging.basicConfig(
        handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True
    )


def _configure_environment() -> None:
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]  # of a real account, or of a proxy that is this server
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # noqa: S105
        "AWS_EC2_METADATA_DISABLED": "true",
        "MOTO_ACCOUNT_ID": "123456789012",
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        "TEST_PROXY_MODE": "true",
    }


def _write_atomically(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(content))
    partial.replace(path)
