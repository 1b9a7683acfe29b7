"""Facts as bytes and back: blocks of MessagePack, compressed. Pure.

A block says what became of some objects, each by its id; of several blocks the newest that names an id is
right. Fields are written by name, and what only some kinds carry under the name of its Struct, so that
nothing in memory has to hold a tag. What is read back shares its parts, as facts from the API server do.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from sys import intern
from typing import Any, TypeAlias, TypeVar

import msgspec

from astrolabe.graph.facts import Detail, Facts
from astrolabe.kinds.models import details

BLOCK = 128
"""Objects in a block: packing or reading one takes less than a turn of the event loop (4 ms)."""
DECOMPRESSED_BYTES = 64 << 20
"""Bytes that may come out of decompressing."""

Change: TypeAlias = tuple[str, Facts | None]
"""An object's id, and its facts; None where it is gone."""

_Change: TypeAlias = tuple[str, str, Facts | None]

_LEVEL = 1
"""Of zlib: higher ones take longer and save little."""

T = TypeVar("T")


class Unreadable(Exception):
    """Bytes that were not written here, or not whole. Its text is one line and quotes none of them."""


class _Entry(msgspec.Struct, array_like=True, frozen=True, gc=False):
    id: str
    detail: str
    """The Struct's name; empty where there is none."""
    facts: msgspec.Raw


def _details() -> Iterator[type[Detail]]:
    for item in vars(details).values():
        if isinstance(item, type) and issubclass(item, Detail) and item is not Detail:
            yield item


@lru_cache(1)
def _readers() -> dict[str, msgspec.msgpack.Decoder[Any]]:
    """Return the decoders of facts by the type of their detail; only a restart from a state needs them."""
    return {"": _reader(None), **{detail.__name__: _reader(detail) for detail in _details()}}


def _reader(detail: type[Detail] | None) -> msgspec.msgpack.Decoder[Any]:
    """Build the decoder of facts that carry one type of detail."""
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for field in msgspec.structs.fields(Facts):
        if field.required:
            fields.append((field.name, field.type))
        else:
            fields.append((field.name, detail if field.name == "detail" else field.type, field.default))
    stored = msgspec.defstruct("Stored", fields, frozen=True, kw_only=True, gc=False)
    return msgspec.msgpack.Decoder(stored | None)


_UNWRITABLE = (OverflowError, UnicodeEncodeError)
_encode = msgspec.msgpack.Encoder().encode
_entries = msgspec.msgpack.Decoder(list[_Entry])


def pack(changes: Iterable[Change], unkept: set[str]) -> bytes:
    """Return a block. Objects that cannot be written join `unkept`, others leave it.

    There are none, but for who means harm: JSON can hold integers of any size and text that no UTF-8 can.
    """
    entries = [
        (id_, type(facts.detail).__name__ if facts is not None and facts.detail is not None else "", facts)
        for id_, facts in changes
    ]
    unkept.difference_update(entry[0] for entry in entries)
    try:
        return zlib.compress(_encode(entries), _LEVEL)
    except _UNWRITABLE:
        return zlib.compress(_encode(list(_writable(entries, unkept))), _LEVEL)


def _writable(entries: Iterable[_Change], unkept: set[str]) -> Iterator[_Change]:
    """Yield the changes that can be written. Objects that cannot count as deleted in the blocks."""
    for entry in entries:
        try:
            _encode(entry)
        except _UNWRITABLE:
            unkept.add(entry[0])
            with suppress(UnicodeEncodeError):
                entry[0].encode()
                yield entry[0], "", None
        else:
            yield entry


def unpack(blocks: Sequence[bytes]) -> Iterator[list[Facts]]:
    """Yield what blocks say in the end, the newest block first; raises `Unreadable`."""
    seen: set[str] = set()
    share = _Sharing().share
    readers = _readers()
    for block in reversed(blocks):
        found = []
        try:
            for entry in _entries.decode(_decompress(block)):
                if entry.id in seen:
                    continue
                seen.add(entry.id)
                stored = readers[entry.detail].decode(entry.facts)
                if stored is not None:
                    found.append(share(stored))
        except KeyError:
            raise Unreadable("facts of a kind that this version does not know") from None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise Unreadable("a block does not hold facts") from None
        yield found


def encode(value: object) -> bytes:
    """Return any plain Struct, compressed. As JSON: amounts of money are integers beyond 64 bits."""
    return zlib.compress(msgspec.json.encode(value), _LEVEL)


def decode(data: bytes, kind: type[T]) -> T:
    """Return what `encode` was given; raises `Unreadable`."""
    try:
        return msgspec.json.decode(_decompress(data), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unreadable("a part does not hold what it should") from None


def _decompress(data: bytes) -> bytes:
    try:
        stream = zlib.decompressobj()
        plain = stream.decompress(data, DECOMPRESSED_BYTES)
    except zlib.error:
        raise Unreadable("a part is not compressed as it should be") from None
    if not stream.eof:
        raise Unreadable("a part is cut off, or too large")
    return plain


class _Sharing:
    """Holds parts that many objects have in common once."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def share(self, stored: Any) -> Facts:
        """Return facts that share equal parts with other facts."""
        same = self._known.setdefault
        values = msgspec.structs.asdict(stored)
        for name in ("kind", "namespace", "api_version", "chart"):
            if text := values[name]:
                values[name] = intern(text)
        for name in ("owners", "refs", "selections"):
            if parts := values[name]:
                values[name] = tuple([same(part, part) for part in parts])
        detail = values["detail"]
        if isinstance(detail, details.PodDetail):
            # The Pods of one workload hold one copy.
            msgspec.structs.force_setattr(detail, "access", same(detail.access, detail.access))
        for name in ("verdict", "labels", "template", "release", "detail"):
            if part := values[name]:
                values[name] = same(part, part)
        return Facts(**values)
