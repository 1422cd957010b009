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

from local.aws import additions, functions, health, outages, refusals, registrar
from local.aws.additions import elasticache, secretsmanager
from local.aws.additions.ecs import fail_next_deployment
from local.aws.additions.patching import MotoChangedError
from local.aws.certificates import CertificateAuthority
from local.aws.control import ControlServer
from local.aws.gateway import Gateway
from local.aws.inventory import remember_defaults
from local.aws.proxy import LOOPBACK, ProxyServer
from local.aws.untyped import Json

LOG_BYTES = 5_000_000


class StartError(Exception):
    """The local AWS cannot start; the message says why and what to do."""


def serve(run_dir: Path, port: int) -> None:
    """Run until SIGTERM, SIGINT or a shutdown request; ``server.json`` exists while it is ready.

    Args:
        run_dir: directory for ``server.json``, ``ca.crt`` and ``aws.log``; created.
        port: port of the proxy on the loopback interface; 0 takes a free one.

    Raises:
        StartError: the port is taken, another server uses the directory, or moto is not as expected.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"A local AWS already runs in {run_dir}; stop it first (make down).") from None
        try:
            additions.install()
        except MotoChangedError as error:
            raise StartError(f"{error}. Install the locked requirements (make venv).") from None
        refusals.install()
        remember_defaults()
        _configure_logging(run_dir)
        _run(run_dir, port)


def _run(run_dir: Path, port: int) -> None:
    gateway, stop, instance = Gateway(), threading.Event(), uuid.uuid4().hex
    authority = CertificateAuthority(run_dir)
    try:
        proxy = ProxyServer(port, authority, gateway.answer)
    except OSError as error:
        raise StartError(
            f"Port {port} on {LOOPBACK} is taken ({error}); choose another with --port."
        ) from None

    def shut_down(*_: object) -> dict[str, str]:
        stop.set()
        return {"stopping": instance}

    control = ControlServer(
        {
            ("GET", "/identity"): lambda: {"instance": instance},
            ("GET", "/inventory"): gateway.inventory,
            ("GET", "/calls"): gateway.calls,
            ("POST", "/endpoints/down"): gateway.locked(health.set_down),
            ("POST", "/endpoints/up"): gateway.locked(health.set_up),
            ("POST", "/endpoints/outage"): lambda fqdn, seconds: health.outage(
                fqdn, float(seconds), gateway.locked
            ),
            ("GET", "/regions"): outages.state,
            ("POST", "/regions/cut"): outages.cut,
            ("POST", "/regions/restore"): outages.restore,
            ("GET", "/resolve"): gateway.locked(health.resolve),
            ("POST", "/deployments/fail"): gateway.locked(fail_next_deployment),
            ("POST", "/domains/delegate"): gateway.locked(registrar.delegate),
            ("POST", "/domains/delegate-at-once"): gateway.locked(registrar.delegate_at_once),
            ("POST", "/secrets/put"): gateway.locked(secretsmanager.put_secret),
            ("POST", "/functions/finish"): functions.finish,
            ("POST", "/cache/upgrade"): gateway.locked(elasticache.upgrade),
            ("POST", "/shutdown"): shut_down,
        }
    )
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, shut_down)
    for server in (proxy, control):
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    functions.start(f"http://{LOOPBACK}:{proxy.server_port}", str(authority.bundle))
    ready = run_dir / "server.json"
    _write_atomically(
        ready,
        {
            "pid": os.getpid(),
            "port": proxy.server_port,
            "control_port": control.server_port,
            "ca_bundle": str(authority.bundle),
            "instance": instance,
        },
    )
    try:
        stop.wait()
    finally:
        ready.unlink(missing_ok=True)
        for server in (proxy, control):
            server.shutdown()
            server.server_close()


def _configure_logging(run_dir: Path) -> None:
    handler = RotatingFileHandler(run_dir / "aws.log", maxBytes=LOG_BYTES, backupCount=1)
    logging.basicConfig(
        handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True
    )


def _write_atomically(path: Path, content: dict[str, Json]) -> None:
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(content))
    partial.replace(path)
