"""Where lines of JSON go: files, standard output, a webhook, Redis, NATS, Kafka. Each handles events too."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Protocol

from astrolabe.watch.config import SinkConfig
from astrolabe.watch.errors import PermanentError, TooLarge
from astrolabe.watch.events import MatchedEvent
from astrolabe.watch.kafkatopic import KafkaTopic
from astrolabe.watch.lines import LineFile, as_json
from astrolabe.watch.natsstream import NatsStream
from astrolabe.watch.threads import Threads

_TIMEOUT = 30.0
"""Seconds for an answer of a webhook."""
_FIRST_PASSING = 500
_PASSING = (408, 425, 429)
"""Status codes below 500 after which to try again."""
_TOO_LARGE = 413
_STREAM_LENGTH = 1_000_000
"""Entries of a stream, about; older ones go."""


class Sink(Protocol):
    """Takes lines of JSON, and events as such."""

    name: str

    def on_matched(self, event: MatchedEvent, /) -> Any:
        """Take one event."""
        ...

    async def send(self, line: bytes, key: tuple[str, ...] = (), *, everywhere: bool = False) -> None:
        """Take one line, without its end; raises `PermanentError`, or what may go well another time.

        Lines of one key stay in their order. One that goes `everywhere` stays before whatever is sent after
        it, of any key.
        """
        ...

    async def close(self) -> None:
        """Bring everything to where it goes."""
        ...


class FileSink:
    """Adds each line to a file."""

    def __init__(self, name: str, path: Path, most: int) -> None:
        """Open the file; raises `OSError`."""
        self.name = name
        self.file = LineFile(path, most)

    async def on_matched(self, event: MatchedEvent) -> None:
        """Add an event; raises `OSError`."""
        await self.send(as_json(event))

    async def send(self, line: bytes, key: tuple[str, ...] = (), *, everywhere: bool = False) -> None:  # noqa: ARG002
        """Add a line; raises `OSError`."""
        self.file.add(line)

    async def close(self) -> None:
        """Bring everything to the disk."""
        await self.file.close()


class StandardOutput:
    """Prints each line."""

    name = "stdout"

    def __init__(self) -> None:
        self._threads = Threads("stdout")

    def on_matched(self, event: MatchedEvent) -> None:
        """Print an event; in a thread, as who reads it may be slow."""
        _print(as_json(event))

    async def send(self, line: bytes, key: tuple[str, ...] = (), *, everywhere: bool = False) -> None:  # noqa: ARG002
        """Print a line, likewise."""
        await self._threads.call(lambda: _print(line))

    async def close(self) -> None:
        """Let the thread end: every line was brought out, or nobody reads."""
        self._threads.close()


class Webhook:
    """Posts each line as a JSON body."""

    def __init__(self, url: str) -> None:
        self.name = "webhook"
        self._url = url
        self._session: Any = None

    async def on_matched(self, event: MatchedEvent) -> None:
        """Post one event."""
        await self.send(as_json(event))

    async def send(self, line: bytes, key: tuple[str, ...] = (), *, everywhere: bool = False) -> None:  # noqa: ARG002
        """Post one line."""
        import aiohttp  # noqa: PLC0415  (only who has a webhook pays for it)

        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT))
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(self._url, data=line, headers=headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Its text may hold the URL, and that a token.
            raise ConnectionError(f"the webhook is not reached: {type(error).__name__}") from None
        if status < 300:  # noqa: PLR2004
            return
        if status == _TOO_LARGE:
            raise TooLarge(f"the webhook answers {status}: it takes no body of {len(line):,} bytes")
        if status < _FIRST_PASSING and status not in _PASSING:
            raise PermanentError(f"the webhook answers {status}")
        raise ConnectionError(f"the webhook answers {status}")

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()


class RedisStream:
    """Adds each line to a stream in Redis, as the field `event`."""

    def __init__(self, url: str, stream: str) -> None:
        self.name = "redis"
        self._url = url
        self._stream = stream
        self._client: Any = None

    async def on_matched(self, event: MatchedEvent) -> None:
        """Add one event."""
        await self.send(as_json(event))

    async def send(self, line: bytes, key: tuple[str, ...] = (), *, everywhere: bool = False) -> None:  # noqa: ARG002
        """Add one line."""
        from redis import asyncio as redis  # noqa: PLC0415
        from redis.exceptions import RedisError  # noqa: PLC0415

        if self._client is None:
            self._client = redis.Redis.from_url(self._url)
        try:
            await self._client.xadd(self._stream, {"event": line}, maxlen=_STREAM_LENGTH, approximate=True)
        except (RedisError, OSError) as error:
            # Its text may hold the URL, and that a password.
            raise ConnectionError(f"Redis does not take the event: {type(error).__name__}") from None

    async def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            await self._client.aclose()


def sink(config: SinkConfig, most: int) -> Sink:
    """Return what a configuration asks for; raises `OSError` for a file that cannot be written.

    Raises `ConfigError` for an address that cannot be used, and where its package is not installed.
    """
    match config.type:
        case "stdout":
            return StandardOutput()
        case "file":
            return FileSink("file", Path(config.target), most)
        case "webhook":
            return Webhook(config.target)
        case "redis":
            return RedisStream(config.target, config.stream)
        case "nats":
            return NatsStream(config.target, config.stream.replace(":", "."))
        case "kafka":
            return KafkaTopic(config.target, config.stream.replace(":", "."))


def _print(line: bytes) -> None:
    sys.stdout.write(line.decode() + "\n")
    sys.stdout.flush()
