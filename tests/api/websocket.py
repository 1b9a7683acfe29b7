"""A client of GET /api/v1/changes/ws, and the bytes that it sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from aiohttp import WSMsgType

from astrolabe.api.v1.followed import Part
from tests.api.exporter import Client

PATH = "/api/v1/changes/ws"


def shown(part: Part) -> dict[str, list[str]]:
    """A part as it goes over the wire."""
    found: dict[str, list[str]] = json.loads(msgspec.json.encode(part))
    return found


@asynccontextmanager
async def socket(
    client: Client, *, after: str = "", part: Part | None = None, **options: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Follow; in a URL there is no way to ask for what is cluster-scoped alone."""
    url = client.urls[0] + PATH
    params = [(name, each) for name, some in shown(part or Part()).items() for each in some]
    if after:
        params.append(("last_event_id", after))
    async with client.session.ws_connect(url, params=params, autoping=False, **options) as found:
        yield found


async def told(ws: aiohttp.ClientWebSocketResponse) -> Any:
    """The next message, pings apart."""
    async with asyncio.timeout(5):
        while (message := await ws.receive()).type is WSMsgType.PING:
            pass
    assert message.type is WSMsgType.TEXT, message
    return json.loads(message.data)


async def end(ws: aiohttp.ClientWebSocketResponse) -> int | None:
    """The code of the close that comes after whatever else."""
    async with asyncio.timeout(5):
        while (await ws.receive()).type in (WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG):
            pass
    return ws.close_code


async def read(client: Client) -> tuple[dict[str, Any], str]:
    _, response, body = await client.get("/api/v1/graph")
    return json.loads(body), response.headers["Last-Event-ID"]


HANDSHAKE = (
    f"GET {PATH} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


async def after(client: Client, sent: bytes) -> bytes:
    """What comes, up to the end of the connection, after a client sent bytes and reads on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(HANDSHAKE.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    writer.write(sent)
    try:
        async with asyncio.timeout(5):
            found = bytearray()
            while piece := await reader.read(1 << 16):
                found += piece
    except ConnectionError:
        pass
    finally:
        writer.close()
    return bytes(found)


def frame(first: int, payload: bytes) -> bytes:
    """A frame as clients send it, masked with zeros."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((first,)) + length + bytes(4) + payload


def closing(code: int) -> bytes:
    """How a close frame with a code begins, its length apart."""
    return code.to_bytes(2, "big")
