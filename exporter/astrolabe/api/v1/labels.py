"""Label selectors of query strings, as `kubectl get -l` takes them."""

from __future__ import annotations

from astrolabe.graph.facts import Requirement
from astrolabe.patterns.labelselector import HOW, SelectorError
from astrolabe.patterns.labelselector import Requirement as Written
from astrolabe.patterns.labelselector import parse as read


class BadSelector(ValueError):
    """A selector that cannot be read. Its text says what is wrong where, and how to write it."""


def parse(selector: str) -> tuple[Requirement, ...]:
    """Read a selector: equality, sets and existence, all of which must hold. Raises `BadSelector`."""
    try:
        return tuple(map(_requirement, read(selector)))
    except SelectorError as error:
        raise BadSelector(f"{error}; {HOW}") from None


def _requirement(written: Written) -> Requirement:
    match written.operator:
        case "in":
            return Requirement(written.key, "In", written.values)
        case "notin":
            return Requirement(written.key, "NotIn", written.values)
        case "exists":
            return Requirement(written.key, "Exists")
        case "!":
            return Requirement(written.key, "DoesNotExist")
    raise BadSelector(f"`{written.operator}` is not known here; {HOW}")
