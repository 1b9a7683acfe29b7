"""What is no filter and no frame, and floods: the connection ends, and nobody else feels it."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random

import pytest
from aiohttp import WSCloseCode, WSMsgType

from astrolabe.api.v1 import sockets
from tests.api.exporter import serving, until
from tests.api.test_changes import count, happens
from tests.api.websocket import HANDSHAKE, PATH, after, closing, end, frame, read, socket, told

NO_FILTERS: dict[str, tuple[str | bytes, bytes]] = {
    "words": ("text", b"not a filter: JSON is malformed"),
    "nothing": ("", b"not a filter: Input data was truncated"),
    "bytes": (b'{"kind": ["Pod"]}', b"a filter is text"),
    "no bytes": (b"", b"a filter is text"),
    "no object": ("[]", b"not a filter: Expected `object`, got `array`"),
    "another field": ('{"label": ["a"]}', b"not a filter: Object contains unknown field `label`"),
    "no list": ('{"kind": "Pod"}', b"not a filter: Expected `array`, got `str` - at `$.kind`"),
    "no names": ('{"kind": [1]}', b"not a filter: Expected `str`, got `int` - at `$.kind[0]`"),
    "nested": ("[" * 1000, b"not a filter: "),
    "a long name": ('{"%s": 1}' % ("\N{SNOWMAN}" * 300), b"not a filter: Object contains unknown field `???"),
    "half a pair": ('{"kind": ["\\ud800"]}', b"not a filter: "),
}


@pytest.mark.parametrize("name", NO_FILTERS)
async def test_what_is_no_filter_is_refused_with_a_word_and_nobody_else_feels_it(name: str) -> None:
    sent, word = NO_FILTERS[name]
    async with serving() as client, socket(client) as other:
        await told(other)
        given = sent.encode() if isinstance(sent, str) else sent
        found = await after(client, frame(0x81 if isinstance(sent, str) else 0x82, given))
        close = closing(WSCloseCode.UNSUPPORTED_DATA) + word
        assert close in found
        assert len(found) - found.index(close) <= 125, "what a control frame may hold"
        happens(client, "later")
        assert (await told(other))["event"] == "change"
        await until(lambda: count(client, "subscribers") == 1)


async def test_a_message_that_is_too_large_is_not_kept() -> None:
    async with serving() as client, socket(client) as ws:
        await ws.send_bytes(b"x" * (sockets.LARGEST + 1))
        assert await end(ws) == WSCloseCode.MESSAGE_TOO_BIG


async def test_pieces_of_one_message_are_bounded_together() -> None:
    pieces = [frame(0x02, b"x" * 1000), *[frame(0x00, b"x" * 1000)] * 9]
    async with serving() as client:
        assert closing(WSCloseCode.MESSAGE_TOO_BIG) in await after(client, b"".join(pieces))


async def test_pings_are_answered_and_a_flood_of_them_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FRAMES", 10)
    async with serving() as client, socket(client) as ws:
        await told(ws)
        await ws.ping(b"here")
        message = await ws.receive()
        assert (message.type, message.data) == (WSMsgType.PONG, b"here")
        for _ in range(9):
            await ws.ping(b"more")
        assert await end(ws) == WSCloseCode.POLICY_VIOLATION


GARBAGE = {
    "no mask": b"\x81\x02hi",
    "a bit of an extension": frame(0xC1, b"hi"),
    "no such kind": frame(0x83, b"hi"),
    "a long ping": frame(0x89, b"x" * 126),
    "a ping in pieces": frame(0x09, b"hi"),
    "goes on with nothing": frame(0x80, b"hi"),
    "no text": frame(0x81, b"\xff\xfe"),
    "half a code": frame(0x88, b"x"),
    "no such code": frame(0x88, b"\x00\x01"),
    "another protocol": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_what_is_no_frame_ends_the_connection_and_nothing_else(name: str) -> None:
    async with serving() as client, socket(client) as other:
        await told(other)
        found = await after(client, GARBAGE[name])
        assert b'"event":"begin"' in found
        happens(client, "later")
        assert (await told(other))["event"] == "change"
        await until(lambda: count(client, "subscribers") == 1)


@pytest.mark.parametrize("seed", range(5))
async def test_bytes_at_random_end_the_connection_and_nothing_else(seed: int) -> None:
    # The last one is a close, for what the bytes before may have left open.
    async with serving() as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(HANDSHAKE.encode() + Random(seed).randbytes(5000))
        writer.write_eof()
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.close()
        await until(lambda: count(client, "subscribers") == 0)
        assert (await client.get("/api/v1/namespaces"))[0] == 200


@pytest.mark.parametrize("first", [0x89, 0x8A, 0x81, 0x82], ids=["pings", "pongs", "texts", "bytes"])
@pytest.mark.parametrize("at_once", [100, 40_000])
async def test_a_flood_is_not_read(first: int, at_once: int) -> None:
    """Frames without a payload count for nothing where a queue is bounded by its bytes."""
    async with serving() as client, socket(client) as other:
        await told(other)
        _, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(HANDSHAKE.encode())
        await until(lambda: count(client, "subscribers") == 2)
        sent = 0
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(5):
                while sent < 64 << 20:
                    writer.write(frame(first, b"") * at_once)
                    sent += 6 * at_once
                    await writer.drain()
                    await asyncio.sleep(0)
        assert sent < 4 << 20, "what the systems of both ends keep, and little more"
        await until(lambda: count(client, "subscribers") == 1)
        happens(client, "later")
        assert (await told(other))["event"] == "change"
        writer.close()


async def test_a_flood_is_not_kept_while_a_client_does_not_read_what_it_missed() -> None:
    async with serving() as client:
        _, before = await read(client)
        for number in range(20):
            happens(client, f"n{number}", message="x" * 300_000)
            client.application.feed.mark()
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1)
        writer.write(HANDSHAKE.replace(PATH, f"{PATH}?last_event_id={before}").encode())
        await until(lambda: count(client, "subscribers") == 1)
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                writer.write(frame(0x8A, b"") * 100)
                await writer.drain()
                await asyncio.sleep(0)
        await until(lambda: count(client, "subscribers") == 0)
        assert reader is not None
        writer.close()
