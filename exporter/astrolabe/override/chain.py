"""The chain that the audit's records form: each authentication code covers its record and the code before it.

The key stands outside of the database, so who can write to the database can neither change, remove nor add a
record unseen. A cut tail shows in the head, which the service exposes as a metric.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator

import msgspec

from astrolabe.override import events

GENESIS = "0" * 64
"""What stands before the first record."""


class Record(msgspec.Struct, frozen=True):
    """One line of the audit, as it is stored."""

    sequence: int
    """From 1, without gaps."""
    body: bytes
    """The event as JSON."""
    code: str
    """Its authentication code, hexadecimal."""

    @property
    def event(self) -> events.AnyEvent:
        """The event."""
        return events.decode(self.body)


class Head(msgspec.Struct, frozen=True):
    """Where the chain ends."""

    sequence: int = 0
    code: str = GENESIS


class Broken(Exception):
    """The chain does not hold. Its text says where and what."""


def seal(key: bytes, head: Head, new: Iterable[events.AnyEvent]) -> list[Record]:
    """Return the records of events that follow the head."""
    records = []
    for event in new:
        body = events.encode(event)
        record = Record(head.sequence + 1, body, _code(key, head.code, head.sequence + 1, body))
        head = Head(record.sequence, record.code)
        records.append(record)
    return records


def checkpoint(key: bytes, sequence: int, event: events.Checkpoint) -> Record:
    """Return the record that takes the place of all records up to a sequence number."""
    body = events.encode(event)
    return Record(sequence, body, _code(key, "checkpoint", sequence, body))


def follow(key: bytes, records: Iterable[Record], head: Head | None = None) -> Iterator[tuple[Record, Head]]:
    """Yield each record with the head after it; raises `Broken` at the first that does not fit.

    Without a head the records begin at the first one there is, or at a checkpoint.
    """
    for record in records:
        if head is None:
            head = _beginning(key, record)
            if head.sequence == record.sequence:
                yield record, head
                continue
        if record.sequence != head.sequence + 1:
            raise Broken(f"record {head.sequence + 1} is missing: the next one there is {record.sequence}")
        expected = _code(key, head.code, record.sequence, record.body)
        if not hmac.compare_digest(expected, record.code):
            raise Broken(f"record {record.sequence} was changed, or sealed with another key")
        head = Head(record.sequence, record.code)
        yield record, head


def _beginning(key: bytes, record: Record) -> Head:
    """Return the head before the first record, or after it where that is a checkpoint."""
    if record.sequence == 1 and b'"event":"checkpoint"' not in record.body:
        return Head()
    try:
        event = record.event
    except msgspec.MsgspecError:
        raise Broken(f"record {record.sequence} cannot be read") from None
    if not isinstance(event, events.Checkpoint):
        raise Broken(f"the records before {record.sequence} are missing, and there is no checkpoint for them")
    expected = _code(key, "checkpoint", record.sequence, record.body)
    if not hmac.compare_digest(expected, record.code):
        raise Broken(f"checkpoint {record.sequence} was changed, or sealed with another key")
    return Head(record.sequence, event.previous)


def _code(key: bytes, before: str, sequence: int, body: bytes) -> str:
    message = b"\n".join((before.encode(), str(sequence).encode(), body))
    return hmac.new(key, message, hashlib.sha256).hexdigest()
