"""The demo with a clock that runs faster: `python -m tests.alerts.swift PORT MINUTES SPEED`.

A day of so many minutes passes SPEED times faster than it says. Everything else is as in `astrolabe demo`:
the same shop, the same story, the same exporter on a loopback port. Timers of the event loop, and with them
every wait of the cluster and the exporter, follow its clock; sockets do not care. At a speed of 40 a machine
that stalls for a quarter of a second stalls for ten, and operations that worked may look late: what fires
because of that is no fault of the rules.
"""

from __future__ import annotations

import asyncio
import selectors
import signal
import sys
import time

from astrolabe.application import Application
from astrolabe.demo.cluster import demo_cluster
from astrolabe.settings import Settings
from astrolabe.testing.inprocess import InProcess


class _Selector(selectors.DefaultSelector):
    """Waits shorter, since a second of the loop is a part of one."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout / self._speed if timeout else timeout)


class SwiftLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock runs faster than that on the wall."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._origin = time.monotonic()
        super().__init__(_Selector(speed))

    def time(self) -> float:
        return self._origin + (time.monotonic() - self._origin) * self._speed


async def _demo(port: int, minutes: int) -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)

    def tell(time_of_day: str, what: str) -> None:
        sys.stdout.write(f"{time_of_day} {what}\n")
        sys.stdout.flush()

    async with demo_cluster(minutes=minutes, tell=tell) as cluster:
        application = Application(
            Settings(port=port, address="127.0.0.1"),
            InProcess(cluster.server),
            now=lambda: cluster.server.now().timestamp(),
            elapsed=loop.time,
        )
        await application.run(stopping)


def main(arguments: list[str]) -> None:
    """Run until told to stop."""
    port, minutes, speed = map(int, arguments)
    with asyncio.Runner(loop_factory=lambda: SwiftLoop(speed)) as runner:
        runner.run(_demo(port, minutes))


if __name__ == "__main__":
    main(sys.argv[1:])
