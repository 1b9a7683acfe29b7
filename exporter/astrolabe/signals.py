"""SIGTERM and SIGINT: they stop a program."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable


def on_stop(stop: Callable[[], None]) -> None:
    """Call `stop` in the running loop for each signal, where the system lets a loop hear them."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, stop)
