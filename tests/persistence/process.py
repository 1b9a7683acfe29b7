"""`astrolabe serve` that is told the time: `python -m tests.persistence.process CLOCK FLAGS…`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from time import time

import msgspec

from astrolabe import logs
from astrolabe.commands.serve import follow
from astrolabe.settings import Settings, add_flags, read_settings


class Clock(msgspec.Struct, frozen=True):
    """Time that begins somewhere and passes faster, the same for every process that is told so."""

    start: float
    origin: float
    """When it was `start`, in Unix seconds."""
    speed: float

    def __call__(self) -> float:
        return self.start + (time() - self.origin) * self.speed

    def wait(self, until: float) -> float:
        """Real seconds until a time."""
        return max(0.0, (until - self()) / self.speed)


async def serve(settings: Settings, clock: Clock) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await follow(settings, stopping, now=clock, elapsed=clock)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    add_flags(parser)
    arguments = parser.parse_args(sys.argv[2:])
    logs.configure()
    asyncio.run(serve(read_settings(arguments), msgspec.json.decode(sys.argv[1], type=Clock)))
