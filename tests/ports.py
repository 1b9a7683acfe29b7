"""Ports for servers that a test starts later, perhaps twice, perhaps in another process."""

from __future__ import annotations

import random
import socket
from collections import deque

_KEPT = 500
_kept: deque[socket.socket] = deque(maxlen=_KEPT)


def free_port() -> int:
    """Return a port that nobody listens on, and that nobody else is given while this process lives.

    It is below those that the system hands out. A socket stays bound to it and never listens: connections are
    refused, and a server that sets SO_REUSEADDR, as servers do, can listen there as often as it likes.
    """
    while True:
        port, held = random.randrange(20_000, 32_000), socket.socket()
        try:
            held.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        # Only now: bound with it, two processes could hold the same port.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if len(_kept) == _KEPT:
            _kept[0].close()
        _kept.append(held)
        return port
