"""`python -m tests.bench.blocks`: what the size of a block costs, for docs/adr/0004."""

from __future__ import annotations

import random
import sys
from statistics import median
from time import perf_counter

import msgspec

from astrolabe.graph.facts import Verdict
from astrolabe.metrics import exposition
from astrolabe.metrics.snapshot import gzipped
from tests.bench.inside import World

SIZE = 20_000
ROUNDS = 5


def main() -> None:
    """Print a table: size, compressed bytes, folding and sending after 1 % of the Pods changed."""
    sys.stdout.write("| rows in a block | compressed | fold | send |\n| --- | --- | --- | --- |\n")
    for rows in (16, 64, 256, 1024):
        exposition.BLOCK_ROWS = exposition.SMALL_BLOCK_ROWS = rows
        world = World(SIZE)
        size = sum(map(len, gzipped(world.exposition.snapshot_now().pieces())))
        chance = random.Random(1)
        folds, sends = [], []
        for number in range(ROUNDS):
            for place in chance.sample(range(len(world.pods)), SIZE // 100):
                world.pods[place] = pod = msgspec.structs.replace(
                    world.pods[place],
                    verdict=Verdict(message=f"{number}"),
                    release=None,
                    chart=f"changed-{number}",
                )
                world.tell(world.graph.apply(pod))
            start = perf_counter()
            snapshot = world.exposition.snapshot_now()
            folded = perf_counter()
            for _ in gzipped(snapshot.pieces()):
                pass
            folds.append(folded - start)
            sends.append(perf_counter() - folded)
        figures = f"{size / 1e6:.1f} MB | {median(folds) * 1e3:.0f} ms | {median(sends) * 1e3:.0f} ms"
        sys.stdout.write(f"| {rows:,} | {figures} |\n")


if __name__ == "__main__":
    main()
