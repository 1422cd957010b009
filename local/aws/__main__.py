"""Entry point: ``python -m local.aws --run-dir DIR [--port N]``."""

import argparse
import os
import sys
from pathlib import Path

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "MOTO_ACCOUNT_ID": "123456789012",
    # Without them, attaching a policy of AWS's own fails.
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "TEST_PROXY_MODE": "true",
}


def main() -> int:
    """Serve in the foreground; 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m local.aws", description="Serve the local AWS.")
    parser.add_argument("--run-dir", type=Path, required=True, help="for server.json, ca.crt and aws.log")
    parser.add_argument("--port", type=int, default=0, help="port of the proxy (default: a free one)")
    arguments = parser.parse_args()
    _set_environment()
    # moto reads its environment when it is imported.
    from local.aws.server import StartError, serve  # noqa: PLC0415

    try:
        serve(arguments.run_dir.resolve(), arguments.port)
    except StartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _set_environment() -> None:
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]  # of a real account, or of a proxy that may be this server
    os.environ |= _ENVIRONMENT


if __name__ == "__main__":
    sys.exit(main())
