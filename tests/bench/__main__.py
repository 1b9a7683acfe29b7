"""`make bench`: every budget, its measured figure, and whether it holds. Exits 1 where one does not."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys

from tests.bench import (
    access,
    api,
    changes,
    crowd,
    diagnosis,
    exporting,
    inside,
    outside,
    override,
    together,
    watching,
)
from tests.bench.budget import Figure, table
from tests.bench.progress import say

SIZE = 100_000
PARTS = ("inside", "access", "diagnosis", "outside")


async def _outside() -> list[Figure]:
    figures = [figure async for figure in outside.lag(SIZE)]
    figures += [figure async for figure in api.reading()]
    figures += [figure async for figure in changes.following()]
    figures += [figure async for figure in together.together()]
    figures += [figure async for figure in crowd.crowded()]
    figures += [figure async for figure in override.answering()]
    figures += [figure async for figure in override.through_git()]
    figures += [figure async for figure in watching.handing_over()]
    figures += [figure async for figure in exporting.exporting(SIZE)]
    figures += [figure async for figure in outside.memory(10_000, 110)]
    figures += [figure async for figure in outside.memory(SIZE, 300)]
    return figures


def main() -> int:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    part = parser.parse_args().part
    if part is None:
        # Each part in a process of its own, so that none measures what another left behind.
        say("about ten minutes; nothing else should run on this machine")
        codes = [
            subprocess.run([sys.executable, "-m", "tests.bench", f"--part={name}"], check=False).returncode
            for name in PARTS
        ]
        return max(codes)
    match part:
        case "inside":
            figures = list(inside.exposition(SIZE))
        case "access":
            figures = list(access.costs())
        case "diagnosis":
            figures = list(diagnosis.diagnosing(SIZE))
        case _:
            figures = asyncio.run(_outside())
    sys.stdout.write(table(figures) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
