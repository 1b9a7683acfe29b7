"""Verification, export, backup and restore of the audit, beside the running service."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from astrolabe.api.files import text_of
from astrolabe.override import records
from astrolabe.override.chain import Broken, Head, Record
from astrolabe.override.ledger import replay
from astrolabe.override.parts import audit_key, opened
from astrolabe.override.settings import Settings


class AuditError(Exception):
    """The audit does not hold, or a file cannot be used. Its text is one line."""


def source(settings: Settings | None, file: str, key_file: str) -> tuple[list[Record], bytes]:
    """Return the records of a file, else of the database, and the key for them."""
    if key_file:
        key = text_of("--key-file", key_file).strip().encode()
    elif settings is not None:
        key = audit_key(settings)
    else:
        raise AuditError("a file needs its key: give --key-file, or --config")
    if file:
        try:
            return records_of(Path(file).read_bytes()), key
        except OSError as error:
            raise AuditError(f"{file}: {error.strerror}") from None
    assert settings is not None
    return _read(settings), key


def verified(some: Sequence[Record], key: bytes, at_least: int = 0) -> Head:
    """Return where the chain ends; raises `AuditError` where it does not hold."""
    try:
        _, head = replay(key, some)
    except Broken as broken:
        raise AuditError(f"the audit is broken: {broken}") from None
    reaches(head.sequence, at_least)
    return head


def reaches(sequence: int, at_least: int) -> None:
    """Raise `AuditError` where the audit ends before a record that was seen."""
    if sequence < at_least:
        raise AuditError(f"the audit is broken: it ends at {sequence}, and {at_least} was seen elsewhere")


def export(settings: Settings, form: str, out: BinaryIO) -> None:
    """Write every record."""
    write(_read(settings), form, out)


def write(some: Sequence[Record], form: str, out: BinaryIO, *, header: bool = True) -> None:
    """Write records in a form; a table without its header where it goes on."""
    text = records.FORMS[form](some)
    if form == "csv" and not header:
        text = text.partition(b"\n")[2]
    out.write(text)


def records_of(text: bytes) -> list[Record]:
    """Read an export in JSON lines; raises `AuditError`."""
    try:
        return records.from_json_lines(text)
    except records.Unreadable as error:
        raise AuditError(str(error)) from None


def backup(settings: Settings, target: Path) -> int:
    """Write everything to a file, which appears whole or not at all; returns the number of records."""
    some = _read(settings)
    verified(some, audit_key(settings))
    part = target.with_name(target.name + ".part")
    try:
        with part.open("xb") as file:
            file.write(records.as_json_lines(some))
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except OSError as error:
        raise AuditError(f"{part}: {error.strerror}") from None
    return len(some)


def restore(settings: Settings, file: Path) -> int:
    """Put a backup into a database that is empty; returns the number of records."""
    some, key = source(settings, str(file), "")
    verified(some, key)

    async def put() -> None:
        async with opened(settings) as store:
            if await store.read():
                raise AuditError(f"{settings.database}: is not empty: a backup is not put over other records")
            first, rest = some[:1], some[1:]
            if first and first[0].sequence > 1:
                await store.cut(first[0])
            elif first:
                rest = some
            if rest and not await store.append(rest):
                raise AuditError(f"{settings.database}: somebody else wrote at the same time")

    asyncio.run(put())
    return len(some)


def _read(settings: Settings) -> list[Record]:
    async def read() -> list[Record]:
        async with opened(settings, writing=False) as store:
            return await store.read()

    return asyncio.run(read())
