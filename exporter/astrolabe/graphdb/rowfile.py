"""Rows on their way into Ladybug: files of CSV, which it reads ten times faster than parameters."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from astrolabe.graphdb.rows import Columns, Value, picked

Cells: TypeAlias = Sequence[str | float | None]
"""Values as the file has them, in the order of their columns."""

TYPES = {"text": "STRING", "number": "INT64", "real": "DOUBLE", "flag": "BOOL", "texts": "STRING[]"}
"""Ladybug's types."""
_SEPARATOR = "\x1f"
"""Between the texts of one value."""
_BEGIN = "\x1e"
"""Before each of them: an empty one would be left out."""
_TEXTS = f"list_transform(string_split(c{{}}, '{_SEPARATOR}'), each -> replace(each, '{_BEGIN}', ''))"
_KNOWN = 8192
"""Values that are remembered as the file has them."""
_UNTOLD = str.maketrans("", "", _SEPARATOR + _BEGIN)


class RowFile:
    """Rows with the keys of nodes and a value for each of some columns. Only the file's owner may read it."""

    def __init__(self, path: Path, keys: Sequence[str], columns: Columns) -> None:
        """Begin without a row; keys are the names of the first columns, which are texts."""
        self._path = path
        self._columns: Columns = {**dict.fromkeys(keys, "text"), **columns}
        self._picked = picked(columns)
        self._special = [place for place, kind in enumerate(columns.values()) if kind in ("flag", "texts")]
        """Columns whose values are written otherwise than as they are."""
        self._known: dict[int, tuple[Mapping[str, Value], Cells]] = {}
        """By identity of the values, which are kept, so that no others have the same."""
        self._path.unlink(missing_ok=True)

    def add(self, rows: Iterable[Cells]) -> None:
        """Write rows behind those that are there: keys, and `cells` or `shared` of the values."""
        with open(self._path, "a", encoding="utf-8", newline="", opener=_private) as file:
            csv.writer(file).writerows(rows)

    def cells(self, values: Mapping[str, Value]) -> Cells:
        """Return values as the file has them."""
        cells: list[Any] = list(self._picked(values))
        for place in self._special:
            value = cells[place]
            if value is not None:
                cells[place] = _cell(value)
        return cells

    def shared(self, values: Mapping[str, Value]) -> Cells:
        """Return the same, for values that many rows share."""
        known = self._known.get(id(values))
        if known is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            known = self._known[id(values)] = values, self.cells(values)
        return known[1]

    def clause(self) -> str:
        """Return the clause of Cypher that makes each row `r`."""
        read = ", ".join(
            f"c{place} {'STRING' if kind == 'texts' else TYPES[kind]}"
            for place, kind in enumerate(self._columns.values())
        )
        named = ", ".join(
            f"`{name}`: {_TEXTS.format(place) if kind == 'texts' else f'c{place}'}"
            for place, (name, kind) in enumerate(self._columns.items())
        )
        return (
            f"LOAD WITH HEADERS ({read}) FROM {quoted(str(self._path))} (FILE_FORMAT='csv', HEADER=false,"
            f" AUTO_DETECT=false, PARALLEL=false, ESCAPE='\"') WITH {{{named}}} AS r"
        )


def quoted(text: str) -> str:
    """Return a text as Cypher writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _cell(value: Value) -> str:
    if not isinstance(value, list):
        return "true" if value else "false"
    if not value:
        return ""
    cell = _BEGIN + (_SEPARATOR + _BEGIN).join(value)
    if cell.count(_SEPARATOR) >= len(value) or cell.count(_BEGIN) > len(value):
        # Some text has what marks the texts.
        return _cell([text.translate(_UNTOLD) for text in value])
    return cell


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
