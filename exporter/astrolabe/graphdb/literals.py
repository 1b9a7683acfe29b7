"""Values as Cypher writes them, for servers that take parameters in the text of a statement."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from astrolabe.graphdb.cypher import Statement

_ESCAPED = str.maketrans({"\\": "\\\\", "'": "\\'", "\x00": None})
"""No text may hold the byte 0: it ends one there."""


def as_text(statement: Statement) -> str:
    """Return a statement with the values of its parameters in front."""
    given = " ".join(f"{name}={literal(value)}" for name, value in statement.parameters.items())
    return f"CYPHER {given} {statement.text}" if given else statement.text


def literal(value: Any) -> str:
    """Return a value as Cypher writes it."""
    match value:
        case str():
            return f"'{value.translate(_ESCAPED)}'"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value) if math.isfinite(value) else "null"
        case Mapping():
            return "{" + ",".join([f"`{name}`:{literal(each)}" for name, each in value.items()]) + "}"
        case _:
            return "[" + ",".join([literal(each) for each in value]) + "]"
