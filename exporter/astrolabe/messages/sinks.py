"""Messages as JSON to where the watch program's events go: standard output, a file, a webhook, servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from astrolabe.kube.exchange import one_line
from astrolabe.messages.consumer import Consumer
from astrolabe.messages.message import KubeMessage, Listing, encode, key_of, smaller
from astrolabe.watch import kafkatopic, natsstream
from astrolabe.watch.addresses import check_url
from astrolabe.watch.config import SinkConfig
from astrolabe.watch.errors import ConfigError, TooLarge
from astrolabe.watch.sinks import Sink, sink

STREAM = "astrolabe:messages"
"""The stream in Redis; with a dot for the colon the subject in NATS and the topic in Kafka."""
FILE_BYTES = 100_000_000
"""Size at which a file is compressed and a new one begun."""
WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before a message is sent again; after these the sink begins again with `Restarted`."""

_SCHEMES = ("http", "https", "redis", "rediss", *natsstream.SCHEMES, *kafkatopic.SCHEMES)

log = structlog.get_logger(__name__)


class SinkConsumer(Consumer):
    """Sends each message to a sink, again where that may help."""

    def __init__(self, target: Sink, broken: Callable[[], None]) -> None:
        """Call `broken` when nobody reads the standard output any more."""
        self.name = target.name
        self._sink = target
        self._broken = broken

    async def take(self, message: KubeMessage) -> None:
        """Send one message; raises what the last attempt raised."""
        for wait in WAITS:
            try:
                return await self._send(message)
            except BrokenPipeError:
                self._broken()
                raise
            except OSError as error:
                if wait == WAITS[0]:
                    log.warning(
                        "message not taken", consumer=self.name, error=one_line(str(error)), retry=wait
                    )
                await asyncio.sleep(wait)
        return await self._send(message)

    async def _send(self, message: KubeMessage) -> None:
        """Send one message, in smaller ones where the sink takes none of this size."""
        everywhere = isinstance(message.resource, Listing)
        try:
            await self._sink.send(encode(message), key_of(message), everywhere=everywhere)
        except TooLarge as error:
            parts = smaller(message)
            if everywhere and not parts:
                raise
            if not everywhere:
                what = "object left out" if parts else "message left out"
                log.error(what, consumer=self.name, key="/".join(key_of(message)), error=str(error))  # noqa: TRY400
            for part in parts:
                await self._send(part)

    async def close(self) -> None:
        """Close the sink."""
        await self._sink.close()


def configured(target: str) -> SinkConfig:
    """Return what a target means: `-`, a file, or a URL; raises `ConfigError`."""
    if target == "-":
        return SinkConfig("stdout")
    scheme, separator, _ = target.partition("://")
    if not separator:
        return SinkConfig("file", target)
    if scheme in ("redis", "rediss"):
        check_url(target)
        return SinkConfig("redis", target, STREAM)
    if scheme in ("http", "https"):
        check_url(target)
        return SinkConfig("webhook", target)
    if scheme in natsstream.SCHEMES:
        natsstream.read(target)
        return SinkConfig("nats", target, STREAM)
    if scheme in kafkatopic.SCHEMES:
        kafkatopic.read(target)
        return SinkConfig("kafka", target, STREAM)
    known = ", ".join(f"{each}://" for each in _SCHEMES)
    raise ConfigError(f"{scheme}:// is not known; expected `-`, a file, or one of {known}")


def opened(config: SinkConfig, broken: Callable[[], None] = lambda: None) -> SinkConsumer:
    """Return the consumer for a target; raises `ConfigError` for a file that cannot be written,
    for an address that cannot be used, and where a package is not installed.
    """  # noqa: D205
    try:
        return SinkConsumer(sink(config, FILE_BYTES), broken)
    except OSError as error:
        raise ConfigError(f"{config.target} cannot be written: {error.strerror}") from None
