"""The forms in which an event goes to clients: server-sent, in chunks of HTTP/1.1, or in WebSocket frames.

An event is put into a form once, however many clients want it so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from astrolabe.api.v1.history import Event

Form: TypeAlias = Callable[[Event], bytes]
"""Puts an event into the bytes that a connection takes."""

PING = b"\x89\x00"
"""A WebSocket frame that asks for a sign of life (RFC 6455, 5.5.2)."""
_TEXT, _CLOSE, _PONG = 0x81, 0x88, 0x8A
"""First bytes of frames that are whole messages."""
_SHORT, _MEDIUM = 126, 1 << 16
"""Bytes from which on a frame says its length in two bytes, and in eight (RFC 6455, 5.2)."""


class Message(msgspec.Struct, frozen=True):
    """What a WebSocket client is told."""

    event: str
    """`change`, `access`, `reset`, `begin`, or `filter`."""
    id: str
    """Of the event, and of the state that it led to."""
    data: msgspec.Raw | UnsetType = UNSET
    """As in the event of the same name of the other stream."""


def plain(event: Event) -> bytes:
    """Return an event as a server-sent one."""
    return event.text


def chunked(event: Event) -> bytes:
    """Return the same as a chunk of an HTTP/1.1 answer."""
    return in_chunk(event.text)


def in_message(event: Event) -> bytes:
    """Return an event as a WebSocket message."""
    event_id, data = told(event)
    return message("access" if event.path else "change", event_id, data)


def told(event: Event) -> tuple[str, bytes]:
    """Return the id and the data of an event."""
    lines = dict(line.split(b": ", 1) for line in event.text.splitlines() if line)
    return lines[b"id"].decode(), lines[b"data"]


def in_chunk(text: bytes) -> bytes:
    """Return a piece with its size, as HTTP/1.1 has it in answers without an end."""
    return b"%x\r\n%b\r\n" % (len(text), text)


def message(event: str, event_id: str, data: bytes = b"") -> bytes:
    """Return the frame of a message; the data is JSON."""
    body = Message(event, event_id, msgspec.Raw(data) if data else UNSET)
    return _frame(_TEXT, msgspec.json.encode(body))


def pong(data: bytes) -> bytes:
    """Return the frame that answers a ping."""
    return _frame(_PONG, data)


def close(code: int, reason: bytes) -> bytes:
    """Return the frame after which nothing comes."""
    return _frame(_CLOSE, code.to_bytes(2, "big") + reason)


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < _SHORT:
        return bytes((first, size)) + payload
    if size < _MEDIUM:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload
