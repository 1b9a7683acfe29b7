"""Lets the kernel collect the events of a watch, so that events that come close together are read together.

To be woken costs more than an event does. The first event after a silence wakes its reader at once; what
follows waits until there is much, or for the next beat, with the events of all other watches.
"""

from __future__ import annotations

import asyncio
import socket
from asyncio.trsock import TransportSocket
from contextlib import suppress

from astrolabe.scheduling.beat import next_beat

HASTE = 0.04
"""Seconds that events wait while a list may be on its way: at first, and after much has come."""
HASTY = 3
"""Reads of little in a row that may still be of a list."""
_MUCH = 1 << 16
"""Bytes from which on events do not wait any longer."""


class Gathering:
    """One connection with an answer that does not end."""

    def __init__(self, connection: socket.socket | TransportSocket | None) -> None:
        """Without a connection to ask, nothing waits."""
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._little = 0
        """Reads of little since much came."""

    def begin(self, came: int) -> None:
        """Wake the loop only when there is much to read, the connection ends, or a beat comes.

        `came` is how many bytes have just been read. Of much, encryption leaves a little less.
        """
        if self._timer is None and self._wait_for(_MUCH):
            self._little = 0 if came > _MUCH // 2 else self._little + 1
            now = self._loop.time()
            moment = now + HASTE if self._little <= HASTY else next_beat(now)
            self._timer = self._loop.call_at(moment, self.end)

    def end(self) -> None:
        """Wake the loop for everything again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._wait_for(1)

    def _wait_for(self, size: int) -> bool:
        """Return whether the system can do it; if not, each event wakes the loop."""
        if self._connection is None:
            return False
        with suppress(OSError):  # closed meanwhile
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
            return True
        return False
