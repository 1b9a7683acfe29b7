"""Rows on their way into Ladybug: a file of CSV beside the database, which it reads far faster than parameters."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from astrolabe.graphdb.rows import Columns, Value

Cell: TypeAlias = str | int | float | None

TYPES = {"text": "STRING", "number": "INT64", "real": "DOUBLE", "flag": "BOOL", "texts": "STRING[]"}
"""Ladybug's types."""
_SEPARATOR = "\x1f"
"""Between the texts of one value. It is left out of the texts themselves."""
_BEGIN = "="
"""Before each of them: an empty text would be left out."""
_TEXTS = f"list_transform(string_split(c{{}}, '{_SEPARATOR}'), each -> substring(each, 2, size(each)))"


class RowFile:
    """The file of one database. It exists while a statement reads it, and only its owner may read it."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".rows")

    @contextmanager
    def holding(self, columns: Columns, rows: Iterable[Sequence[Value]]) -> Iterator[str]:
        """Write rows, with a value for each column; yield the clause that makes each of them `r` in Cypher."""
        try:
            with open(self._path, "w", encoding="utf-8", newline="", opener=_private) as file:
                csv.writer(file).writerows([_cell(value) for value in row] for row in rows)
            yield self._clause(columns)
        finally:
            self._path.unlink(missing_ok=True)

    def _clause(self, columns: Columns) -> str:
        read = ", ".join(
            f"c{place} {'STRING' if kind == 'texts' else TYPES[kind]}"
            for place, kind in enumerate(columns.values())
        )
        named = ", ".join(
            f"`{name}`: {_TEXTS.format(place) if kind == 'texts' else f'c{place}'}"
            for place, (name, kind) in enumerate(columns.items())
        )
        return (
            f"LOAD WITH HEADERS ({read}) FROM {quoted(str(self._path))} (FILE_FORMAT='csv', HEADER=false,"
            f" AUTO_DETECT=false, PARALLEL=false, ESCAPE='\"') WITH {{{named}}} AS r"
        )


def quoted(text: str) -> str:
    """Return a text as Cypher writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _cell(value: Value) -> Cell:
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, list):
        return _SEPARATOR.join(_BEGIN + text.replace(_SEPARATOR, "") for text in value)
    return value


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
