"""Entry point: ``python -m local.aws --run-dir DIR [--port N]``."""

import argparse
import sys
from pathlib import Path

from local.aws.server import StartError, serve


def main() -> int:
    """Serve in the foreground; 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m local.aws", description="Serve the local AWS.")
    parser.add_argument("--run-dir", type=Path, required=True, help="directory for server.json, ca.crt, aws.log")
    parser.add_argument("--port", type=int, default=0, help="port of the proxy (default: a free one)")
    arguments = parser.parse_args()
    try:
        serve(arguments.run_dir.resolve(), arguments.port)
    except StartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
