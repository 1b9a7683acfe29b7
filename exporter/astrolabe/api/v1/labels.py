"""Label selectors of query strings, as `kubectl get -l` takes them."""

from __future__ import annotations

import re

from astrolabe.graph.facts import Requirement

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_KEY = rf"(?P<key>(?:[a-z0-9](?:[a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_NAME})"
_SPLIT = re.compile(r",(?![^()]*\))")
_EXISTS = re.compile(rf"(?P<not>!)?\s*{_KEY}", re.ASCII)
_EQUAL = re.compile(rf"{_KEY}\s*(?P<operator>==?|!=)\s*(?P<value>(?:{_NAME})?)", re.ASCII)
_SET = re.compile(
    rf"{_KEY}\s+(?P<operator>in|notin)\s*\((?P<values>\s*(?:{_NAME})?\s*(?:,\s*(?:{_NAME})?\s*)*)\)", re.ASCII
)
_LONGEST = 4096


class BadSelector(ValueError):
    """A selector that cannot be read. Its text says which part, and how to write it."""


def parse(selector: str) -> tuple[Requirement, ...]:
    """Read a selector: equality, sets and existence, all of which must hold. Raises `BadSelector`."""
    if len(selector) > _LONGEST:
        raise BadSelector(f"a selector has at most {_LONGEST} characters")
    return tuple(_requirement(part.strip()) for part in _SPLIT.split(selector) if selector.strip())


def _requirement(part: str) -> Requirement:
    if match := _SET.fullmatch(part):
        values = tuple(sorted({value.strip() for value in match["values"].split(",")}))
        if values != ("",):
            return Requirement(match["key"], "In" if match["operator"] == "in" else "NotIn", values)
    elif match := _EQUAL.fullmatch(part):
        return Requirement(match["key"], "NotIn" if match["operator"] == "!=" else "In", (match["value"],))
    elif match := _EXISTS.fullmatch(part):
        return Requirement(match["key"], "DoesNotExist" if match["not"] else "Exists")
    raise BadSelector(
        f"{part!r} is no requirement; write key=value, key!=value, key in (a, b), key notin (a, b),"
        " key or !key"
    )
