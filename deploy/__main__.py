"""`python -m deploy write` writes the generated files; `check` fails when they are not what is generated."""

from __future__ import annotations

import argparse
import sys

from deploy import generated


def main() -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("command", choices=("write", "check"))
    command = parser.parse_args().command
    stale = generated.drift()
    for path in stale:
        shown = path.relative_to(generated.ROOT)
        if command == "write":
            sys.stdout.write(f"{shown}\n")
        else:
            sys.stderr.write(f"{shown} is not what is generated: run python -m deploy write\n")
    if command == "write":
        generated.write()
        return 0
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
