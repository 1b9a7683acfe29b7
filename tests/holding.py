"""`python -m tests.holding NEEDLES FLAGS…`: `astrolabe serve` that says on SIGUSR2 which texts it holds.

The needles are JSON, each text written backwards, so that the process does not hold one by looking for it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from astrolabe import cli
from astrolabe.commands import serve


def held(needles: list[str]) -> dict[str, int]:
    """Count the objects that hold each text, of all that anything in this process reaches."""
    counts = dict.fromkeys(needles, 0)
    encoded = {needle: needle.encode() for needle in needles}
    for value in _everything():
        if isinstance(value, str):
            backwards: Any = value[::-1]
            for needle in needles:
                counts[needle] += needle in backwards
        else:
            backwards = bytes(value)[::-1]
            for needle, data in encoded.items():
                counts[needle] += data in backwards
    return counts


def _everything() -> Iterator[str | bytes]:
    """Yield every text and every string of bytes that is reached from what the collector knows."""
    seen: set[int] = set()
    gc.unfreeze()
    gc.collect()
    waiting: list[Any] = gc.get_objects()
    while waiting:
        value = waiting.pop()
        if id(value) in seen or value is seen or value is waiting:
            continue
        seen.add(id(value))
        if isinstance(value, str | bytes | bytearray | memoryview | msgspec.Raw):
            yield value  # type: ignore[misc]
        elif isinstance(value, msgspec.Struct):
            # Most of them are unknown to the collector.
            waiting += [getattr(value, name, None) for name in value.__struct_fields__]
        else:
            waiting += gc.get_referents(value)


_follow = serve.serve


async def _serve(*arguments: Any) -> int:
    needles = json.loads(sys.argv[1])

    def tell() -> None:
        sys.stdout.write(json.dumps(held(needles)) + "\n")
        sys.stdout.flush()

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, tell)
    return await _follow(*arguments)


if __name__ == "__main__":
    serve.serve = _serve
    sys.exit(cli.main(sys.argv[2:]))
