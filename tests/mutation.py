"""What goes wrong with bytes and with JSON, by the dice of a seed."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, -(1 << 63), 1 << 64, 10**40, 10**400,
    "", " ", "\x00", "\ud800", "é" * 300, "a/b", "Pod/shop/web", '"}{', "<b>", "\\", "\n", "x" * 5000,
    "9" * 5000, "١٢٣", "-1", "1e9", "NaN", "True", "100m", "1Ki", "50%", "*/5 * * * *",
    "2026-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "0000-00-00",
    [], {}, [None], [0], {"": ""}, {"a": None}, {"name": "web"}, {"operator": "In"}, ["web", 1], ...,
)  # fmt: skip
"""Values that somebody might not expect; `...` stands for leaving out."""

_PIECES = (
    b"\x00", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\n", b"\r\n", b"{", b"}", b"[" * 2000, b'"',
    b"\\u0000", b"\\ud800", b"null", b"1e999", b"9" * 5000, b",", b":", b" " * 64,
    b"ADDED", b"DELETED", b"ERROR", b"BOOKMARK",
)  # fmt: skip


def paths_of(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the place of everything in a JSON value."""
    keys: Sequence[Any] = list(value) if isinstance(value, dict) else ()
    if isinstance(value, list):
        keys = range(len(value))
    found = [(*place, key) for key in keys]
    for key in keys:
        found += paths_of(value[key], (*place, key))
    return found


def change(dice: Random, value: Any, paths: Sequence[tuple[Any, ...]], times: int) -> None:
    """Put odd values into a JSON value, in place; a path that an earlier change cut off changes nothing."""
    for _ in range(times):
        *way, last = dice.choice(paths)
        holder = value
        try:
            for key in way:
                holder = holder[key]
            new = copy.copy(dice.choice(ODD))
            if new is ...:
                del holder[last]
            else:
                holder[last] = new
        except (KeyError, IndexError, TypeError):
            continue


def spoil(dice: Random, data: bytes, times: int, pieces: Sequence[bytes] = _PIECES) -> bytes:
    """Change bytes: flip, cut out, cut off, double, move, put in."""
    for _ in range(times):
        if not data:
            break
        start = dice.randrange(len(data))
        end = min(len(data), start + dice.choice((1, 1, 2, 8, 64)))
        match dice.randrange(6):
            case 0:
                data = data[:start] + bytes([data[start] ^ 1 << dice.randrange(8)]) + data[start + 1 :]
            case 1:
                data = data[:start] + data[end:]
            case 2:
                data = data[:start]
            case 3:
                data = data[:end] + data[start:end] + data[end:]
            case 4:
                data = data[:start] + data[end:] + data[start:end]
            case _:
                data = data[:start] + dice.choice(pieces) + data[start:]
    return data


def text_of(value: Any) -> bytes:
    """Return compact JSON, as an API server writes it; what is no character comes escaped."""
    return json.dumps(value, separators=(",", ":")).encode()
