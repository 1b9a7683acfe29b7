"""A topic of Kafka: each line with the key of its object, so that those of one object stay in order."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from astrolabe.patterns.names import shown
from astrolabe.watch.addresses import PASSWORD_FILE, TLS, Address, address, need, reason
from astrolabe.watch.errors import ConfigError, TooLarge
from astrolabe.watch.events import MatchedEvent
from astrolabe.watch.lines import as_json, key_of

SCHEMES = ("kafka", "kafkas")
"""Without TLS and with it."""
_PORT = 9092
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
"""How a user is authenticated; the first one unless the address says otherwise."""
_MECHANISM = "mechanism"
_TIMEOUT = 15
"""Seconds until a line is given up that no broker takes."""
_LOOKUP = 5.0
"""Seconds for finding out what a topic is like."""
_LARGEST = 64_000_000
"""Bytes of a line, before it is compressed. What is less is for the broker to refuse."""


def read(url: str) -> Address:
    """Read an address; raises `ConfigError`."""
    found = address(url, _PORT, (*TLS, PASSWORD_FILE, _MECHANISM))
    mechanism = found.options.get(_MECHANISM, MECHANISMS[0])
    if mechanism not in MECHANISMS:
        raise ConfigError(f"{shown(mechanism)} is not a mechanism: use one of {', '.join(MECHANISMS)}")
    return found


class KafkaTopic:
    """Sends each line, and waits until all replicas that are in sync have it."""

    def __init__(self, url: str, topic: str) -> None:
        """Send to `topic` unless the address names another one; raises `ConfigError`."""
        need("aiokafka", "kafka")
        self.name = "kafka"
        self._address = read(url)
        self._topic = self._address.name or topic
        self._producer: Any = None
        self._connecting = asyncio.Lock()

    async def on_matched(self, event: MatchedEvent) -> None:
        """Send one event."""
        await self.send(as_json(event), key_of(event))

    async def send(self, line: bytes, key: tuple[str, ...] = (), *, everywhere: bool = False) -> None:
        """Send one line to the partition of its key, or to every partition."""
        from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError  # noqa: PLC0415

        producer = await self._connected()
        name = "/".join(key).encode() or None
        try:
            partitions = sorted(await producer.partitions_for(self._topic)) if everywhere else [None]
            for partition in partitions:
                await producer.send_and_wait(self._topic, line, name, partition)
        except (MessageSizeTooLargeError, RecordListTooLargeError):
            raise TooLarge(
                f"the topic {self._topic} takes no message of {len(line):,} bytes: raise max.message.bytes"
            ) from None
        except (KafkaError, OSError, TimeoutError) as error:
            await self._dropped(producer)
            raise ConnectionError(f"Kafka does not take it: {reason(error)}") from None

    async def close(self) -> None:
        """Let what is underway arrive, and close connections."""
        if self._producer is not None:
            await self._dropped(self._producer)

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._producer is None:
                self._producer = await _producer(self._address, self._topic)
            return self._producer

    async def _dropped(self, producer: Any) -> None:
        if self._producer is producer:
            self._producer = None
        await _stopped(producer)


async def _producer(to: Address, topic: str) -> Any:
    """Connect, and see that the topic is there; raises `ConnectionError`.

    One line is underway at a time for each partition, so lines of one key never overtake, also when one is
    sent again. The library's idempotent producer is not used: it tries for ever, and never says why.
    """
    from aiokafka import AIOKafkaProducer  # noqa: PLC0415  (only who has Kafka pays for it)
    from aiokafka.errors import KafkaError, UnsupportedSaslMechanismError  # noqa: PLC0415

    # What it says is in the errors, too, and those are told once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        connecting = _connecting(to)
        producer = AIOKafkaProducer(
            bootstrap_servers=list(to.hosts),
            acks="all",
            compression_type="gzip",
            max_request_size=_LARGEST,
            **connecting,
        )
    except OSError as error:
        raise ConnectionError(f"Kafka is not reached: {reason(error)}") from None
    try:
        await producer.start()
    except (KafkaError, OSError, TimeoutError) as error:
        await _stopped(producer)
        said = await _refusal(to.hosts[0], connecting) or error
        what = reason(said)
        if isinstance(said, UnsupportedSaslMechanismError):
            what = f"it does not take {connecting['sasl_mechanism']}: choose another `{_MECHANISM}`"
        raise ConnectionError(f"Kafka is not reached: {what}") from None
    except BaseException:
        await _stopped(producer)
        raise
    try:
        async with asyncio.timeout(_LOOKUP):
            await producer.partitions_for(topic)
    except TimeoutError:
        await _stopped(producer)
        raise ConnectionError(
            f"the topic {topic} is not there: create it, or let brokers create topics"
        ) from None
    except KafkaError as error:
        await _stopped(producer)
        raise ConnectionError(f"Kafka does not give the topic {topic}: {reason(error)}") from None
    except BaseException:
        await _stopped(producer)
        raise
    return producer


def _connecting(to: Address) -> dict[str, Any]:
    """Return how to connect; raises `OSError` for a file that cannot be read."""
    said: dict[str, Any] = {"client_id": "astrolabe", "request_timeout_ms": _TIMEOUT * 1000}
    tls = to.scheme == "kafkas"
    if tls:
        said["ssl_context"] = to.tls()
    if to.user:
        said["sasl_mechanism"] = to.options.get(_MECHANISM, MECHANISMS[0])
        said["sasl_plain_username"], said["sasl_plain_password"] = to.user, to.password
    protocol = "SSL" if tls else "PLAINTEXT"
    return said | {"security_protocol": f"SASL_{protocol}" if to.user else protocol}


async def _refusal(host: str, connecting: dict[str, Any]) -> Exception | None:
    """Return why a broker does not let us connect; the producer says only that it does not."""
    from aiokafka.conn import create_conn  # noqa: PLC0415

    name, _, port = host.rpartition(":")
    try:
        connection = await create_conn(name.strip("[]"), int(port), **connecting)
    except Exception as error:  # noqa: BLE001  (it is told, whatever it is)
        return error
    connection.close()
    return None


async def _stopped(producer: Any) -> None:
    """Stop, and wait no longer for it than a line is tried."""
    with suppress(Exception):
        async with asyncio.timeout(2 * _TIMEOUT):
            await producer.stop()
