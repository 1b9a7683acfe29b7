"""The audit for people and other programs: JSON lines and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import msgspec

from astrolabe.override import events
from astrolabe.override.chain import Record

COLUMNS = (
    "sequence", "time", "event", "by", "name", "via", "environment", "override", "action", "until", "reason",
    "decision", "what", "cost", "code",
)  # fmt: skip


class _Line(msgspec.Struct, frozen=True):
    sequence: int
    code: str
    record: msgspec.Raw


class Unreadable(ValueError):
    """A line that is no record. Its text names the line."""


def as_json_lines(records: Iterable[Record]) -> bytes:
    """Return one JSON object a line, with what is needed to verify the chain."""
    lines = [_Line(each.sequence, each.code, msgspec.Raw(each.body)) for each in records]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def from_json_lines(text: bytes) -> list[Record]:
    """Read what `as_json_lines` wrote; raises `Unreadable`."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            read = msgspec.json.decode(line, type=_Line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise Unreadable(f"line {number}: no record of the audit") from None
        found.append(Record(read.sequence, bytes(read.record), read.code))
    return found


def as_csv(records: Iterable[Record]) -> bytes:
    """Return a table, for spreadsheets. What a spreadsheet would take for a formula is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in records:
        writer.writerow([_harmless(value) for value in _row(record)])
    return text.getvalue().encode()


FORMS: dict[str, Callable[[Iterable[Record]], bytes]] = {"jsonl": as_json_lines, "csv": as_csv}
MEDIA = {"jsonl": "application/x-ndjson", "csv": "text/csv"}


def _row(record: Record) -> tuple[object, ...]:
    event = record.event
    fields = msgspec.structs.asdict(event)
    override = event.override if isinstance(event, events.Asked) else None
    number = override.number if override else fields.get("number", "")
    until = override.until if override else fields.get("until", 0.0)
    return (
        record.sequence,
        _time(event.at),
        type(event).__name__.lower(),
        event.by.id,
        event.by.name,
        event.by.via,
        override.environment if override else fields.get("environment", ""),
        number or "",
        override.action if override else fields.get("action", ""),
        _time(until) if until else "",
        override.reason if override else fields.get("reason", ""),
        fields.get("decision") or fields.get("rule", ""),
        _what(event),
        _cost(override.cost if override else fields.get("cost")),
        record.code,
    )


def _what(event: events.AnyEvent) -> str:
    match event:
        case events.Began() | events.Done():
            return f"{event.step}: {'; '.join(event.changes)}" if event.changes else event.step
        case events.Failed():
            return f"{event.step}: {event.problem}"
        case events.Refused():
            return event.message
        case events.Ended() | events.Rejected() | events.Waits():
            return event.why
        case events.Aimed():
            return f"{event.aim.action}: {', '.join(event.steps)}"
        case events.Asked():
            return event.override.words
        case events.Extended():
            return event.words
    return ""


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cost(cost: float | None) -> str:
    return "" if cost is None else f"{cost:.4f}"


def _harmless(value: object) -> object:
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value
