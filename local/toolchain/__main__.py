"""Get the toolchain: `python3 -m local.toolchain`."""

import sys

from local.toolchain import ToolchainError, ensure


def main() -> int:
    """Get it, and say where it lies."""
    try:
        toolchain = ensure()
    except ToolchainError as error:
        print(f"\nError: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again to go on: what is compiled so far is kept.", file=sys.stderr)
        return 130
    print(f"Engine ({toolchain.origin}): {toolchain.bin}\nProviders: {toolchain.plugins}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
