"""Time in the simulated cluster: it advances with the event loop, so a virtual loop moves it virtually."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


def rfc3339(time: datetime) -> str:
    """Write a time as Kubernetes does: UTC, whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class LoopClock:
    """Starts at a given moment (the present where none is given) and advances as the running loop does."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime.now(UTC)
        self._origin: float | None = None

    def __call__(self) -> datetime:
        """Return the present. Outside a running loop, and at the first call inside one, this is the start."""
        try:
            now = asyncio.get_running_loop().time()
        except RuntimeError:
            return self._start
        if self._origin is None:
            self._origin = now
        return self._start + timedelta(seconds=now - self._origin)
