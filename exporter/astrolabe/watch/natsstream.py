"""A stream of NATS JetStream: each line on a subject of its object, stored when the next one is sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from astrolabe.watch.addresses import PASSWORD_FILE, TLS, Address, address, need, reason
from astrolabe.watch.errors import TooLarge
from astrolabe.watch.events import MatchedEvent
from astrolabe.watch.lines import as_json, key_of

SCHEMES = ("nats", "tls")
"""`tls` speaks TLS or not at all; with `nats` the server decides."""
_PORT = 4222
_TIMEOUT = 15.0
"""Seconds for an answer of the server."""
RESET = "the server closed the connection: check user, password, TLS and client certificate"
"""What is said where the server hung up without a word."""
_CLOSING = 2.0
"""Seconds for saying goodbye; a TLS connection that never was one would take for ever."""


def read(url: str) -> Address:
    """Read an address; raises `ConfigError`."""
    return address(url, _PORT, (*TLS, PASSWORD_FILE))


class NatsStream:
    """Publishes each line, and waits until a stream has stored it.

    A line that is sent again has the same `Nats-Msg-Id`, so that the stream keeps it once.
    """

    def __init__(self, url: str, subject: str) -> None:
        """Publish below `subject` unless the address names another one; raises `ConfigError`."""
        need("nats", "nats")
        self.name = "nats"
        self._address = read(url)
        self._subject = self._address.name or subject
        self._client: Any = None
        self._connecting = asyncio.Lock()

    async def on_matched(self, event: MatchedEvent) -> None:
        """Publish one event."""
        await self.send(as_json(event), key_of(event))

    async def send(self, line: bytes, key: tuple[str, ...] = (), *, everywhere: bool = False) -> None:  # noqa: ARG002
        """Publish one line on the subject of its key; there is one order for all of them."""
        from nats.errors import Error, MaxPayloadError  # noqa: PLC0415  (only who has NATS pays for it)
        from nats.js.errors import NoStreamResponseError  # noqa: PLC0415

        client = await self._connected()
        subject = ".".join((self._subject, *map(_token, key)))
        headers = {"Nats-Msg-Id": blake2b(line, digest_size=16).hexdigest()}
        try:
            async with client.open():
                await client.jetstream(timeout=2 * _TIMEOUT).publish(subject, line, headers=headers)
        except MaxPayloadError:
            raise TooLarge(
                f"NATS takes {client.max_payload:,} bytes, and this has {len(line):,}: raise max_payload"
            ) from None
        except NoStreamResponseError:
            raise ConnectionError(
                f"no stream of NATS takes {subject}: make one with the subject {self._subject}.>"
            ) from None
        except (Error, OSError, TimeoutError) as error:
            await self._dropped(client)
            said = client.last_error or error
            raise ConnectionError(f"NATS does not take it: {_reason(said)}") from None

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._dropped(self._client)

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._client is None or self._client.is_closed:
                self._client = await _connection(self._address)
            return self._client

    async def _dropped(self, client: Any) -> None:
        if self._client is client:
            self._client = None
        await _closed(client)


async def _connection(to: Address) -> Any:
    """Connect to the first server that lets us; raises `ConnectionError`."""
    from nats.aio.client import Client  # noqa: PLC0415
    from nats.errors import Error  # noqa: PLC0415

    class Connection(Client):
        """Speaks TLS where the address asks for it, whatever the server says before it is verified."""

        def __init__(self) -> None:
            super().__init__()
            self._waiting: set[asyncio.Timeout] = set()

        @asynccontextmanager
        async def open(self) -> AsyncIterator[None]:
            """Raise `TimeoutError` in the block after a while, or once the connection is closed."""
            async with asyncio.timeout(_TIMEOUT) as limit:
                self._waiting.add(limit)
                try:
                    yield
                finally:
                    self._waiting.discard(limit)

        def abandon(self) -> None:
            # It closes no connection whose TLS failed.
            for each in ("_io_writer", "_bare_io_writer"):
                writer = getattr(self._transport, each, None)
                if writer is not None:
                    writer.transport.abort()

        async def lost(self) -> None:
            for limit in self._waiting:
                limit.reschedule(0)

        async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
            if to.scheme == "tls":
                info["tls_required"] = True
            await super()._process_info(info, initial_connection)

    failure: BaseException | None = None

    async def note(error: Exception) -> None:
        nonlocal failure
        failure = error

    for host in to.hosts:
        client = Connection()
        try:
            await client.connect(
                f"{to.scheme}://{host}",
                error_cb=note,
                closed_cb=client.lost,
                name="astrolabe",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=int(_TIMEOUT),
                ping_interval=30,
                tls=to.tls(),
                **_credentials(to),
            )
        except (Error, OSError, TimeoutError, ssl.SSLError) as error:
            failure = failure if isinstance(failure, OSError) else error
            await _closed(client)
            client.abandon()
        else:
            return client
    assert failure is not None
    raise ConnectionError(f"NATS is not reached: {_reason(failure)}")


async def _closed(client: Any) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_CLOSING):
            await client.close()


def _credentials(to: Address) -> dict[str, Any]:
    """Return user and password; either of them alone is a token."""
    password = to.password
    if to.user and password:
        return {"user": to.user, "password": password}
    token = to.user or password
    return {"token": token} if token else {}


def _token(text: str) -> str:
    """Return a part of a subject: what has a meaning in subjects is written as in URLs."""
    return quote(text, safe="/:").replace(".", "%2E").replace("*", "%2A")


def _reason(error: BaseException) -> str:
    from nats.errors import UnexpectedEOF  # noqa: PLC0415

    # A server that refuses somebody says so and hangs up; what it said may be lost with the connection.
    if isinstance(error, ConnectionResetError | BrokenPipeError | UnexpectedEOF):
        return RESET
    return reason(error).removeprefix("nats: ").strip("'\" ")
