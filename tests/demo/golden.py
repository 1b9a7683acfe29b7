"""What is exposed of the demo's shop, family by family: `python -m tests.demo.golden` writes it.

Of each family there are the number of rows and a hash of them, at two moments: as the shop opens, and after
every Secret of a namespace went. What changes there is what a change means to users: read the difference
before it is kept. `python -m tests.demo.golden --rows FOLDER` writes the rows themselves, to compare with
those of another commit.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from astrolabe.demo.cluster import open_shop
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.registry import KINDS
from astrolabe.metrics.snapshot import plain
from astrolabe.parts import Parts
from astrolabe.persistence.state import Restored
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer

EXPOSED = Path(__file__).parent / "exposed.txt"
START = datetime(2026, 3, 2, 9, 30, 20, tzinfo=UTC)
WITHOUT_SECRETS = "shop-payments"
OPEN, WITHOUT = "the shop opens", f"the Secrets of {WITHOUT_SECRETS} are gone"


def exposed() -> dict[str, bytes]:
    """Return the page of /metrics by moment, from the objects that are there, without a server."""
    server = ApiServer(clock=lambda: START)
    open_shop(server)
    parts = Parts(
        Settings(metrics_opt_in=(".*",)),
        KINDS,
        Restored(),
        progress=lambda _: "known",
        leads=lambda: True,
        now=START.timestamp,
        elapsed=lambda: 0.0,
    )
    for kind in KINDS:
        if kind.resource not in server.resources:
            continue
        read = kind.reader(kind.versions[0], KindOptions())
        for obj in server.objects(kind.resource):
            parts.bus.follow(parts.graph.apply(read(msgspec.json.encode(obj), {})))
        parts.bus.follow(parts.graph.cover(kind.name))
    pages = {OPEN: _page(parts)}
    for obj in server.objects("secrets"):
        metadata = obj["metadata"]
        if metadata["namespace"] == WITHOUT_SECRETS:
            gone = f"Secret/{WITHOUT_SECRETS}/{metadata['name']}"
            parts.bus.follow(parts.graph.remove(gone, metadata["uid"]))
    pages[WITHOUT] = _page(parts)
    return pages


def _page(parts: Parts) -> bytes:
    asyncio.run(parts.access_source.settle(parts.scheduler))
    return b"".join(plain(parts.exposition.snapshot_now().pieces()))


def families(page: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each family of a page with its rows; HELP and TYPE are told elsewhere."""
    for part in page.split(b"# HELP ")[1:]:
        _, _, rows = part.split(b"\n", 2)
        yield part.split(b" ", 1)[0].decode(), rows


def digest() -> str:
    """Return what the test compares with."""
    lines = []
    for moment, page in exposed().items():
        lines.append(f"# {moment}\n")
        lines += [
            f"{name} {len(rows.splitlines())} {sha256(rows).hexdigest()[:16]}\n"
            for name, rows in families(page)
        ]
    return "".join(lines)


def main() -> None:
    """Write the hashes, or the rows."""
    if len(sys.argv) == 3 and sys.argv[1] == "--rows":
        for number, page in enumerate(exposed().values(), 1):
            Path(sys.argv[2], f"{number}.prom").write_bytes(page)
    else:
        EXPOSED.write_text(digest(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
