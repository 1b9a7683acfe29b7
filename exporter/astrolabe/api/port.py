"""What is served on which port."""

from __future__ import annotations

import msgspec


class ListenError(Exception):
    """A port cannot be had. Its text is one line that names which one, why, and the remedy."""


class Port(msgspec.Struct, frozen=True):
    """What one port serves."""

    port: int
    graph: bool = True
    telemetry: bool = True
    flag: str = "--port"
    """What chooses another port."""
