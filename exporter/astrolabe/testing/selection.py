"""Label and field selectors of requests, and which namespace they ask for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from astrolabe.testing.refusal import bad_request
from astrolabe.testing.resources import Object

_SET = re.compile(r"(?P<key>[^\s!=,()]+)\s+(?P<not>not)?in\s*\((?P<values>[^)]*)\)")
_EQUAL = re.compile(r"(?P<key>[^\s!=,()]+)\s*(?P<operator>==|=|!=)\s*(?P<value>[^\s!=,()]*)")
_EXISTS = re.compile(r"(?P<not>!)?\s*(?P<key>[^\s!=,()]+)")
_SPLIT = re.compile(r",(?![^(]*\))")
_FIELDS = {
    "metadata.name": ("metadata", "name"),
    "metadata.namespace": ("metadata", "namespace"),
    "spec.nodeName": ("spec", "nodeName"),
    "status.phase": ("status", "phase"),
    "type": ("type",),
}

Labels = dict[str, str]


def _requirement(text: str) -> Callable[[Labels], bool]:
    if match := _SET.fullmatch(text):
        key, negated = match["key"], bool(match["not"])
        values = {value.strip() for value in match["values"].split(",")}
        return lambda labels: (labels.get(key) in values) is not negated
    if match := _EQUAL.fullmatch(text):
        key, value, negated = match["key"], match["value"], match["operator"] == "!="
        return lambda labels: (labels.get(key) == value) is not negated
    if match := _EXISTS.fullmatch(text):
        key, negated = match["key"], bool(match["not"])
        return lambda labels: (key in labels) is not negated
    raise bad_request(f"unable to parse requirement: {text}")


def _field(text: str) -> Callable[[Object], bool]:
    match = _EQUAL.fullmatch(text)
    if match is None:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{text}'")
    path = _FIELDS.get(match["key"])
    if path is None:
        raise bad_request(f"field label not supported: {match['key']}")
    value, negated = match["value"], match["operator"] == "!="

    def matches(obj: Object) -> bool:
        found = obj
        for name in path:
            found = found.get(name) or {}
        return ((found or "") == value) is not negated

    return matches


@dataclass(frozen=True, slots=True)
class ListFilter:
    """The part of a resource that a request asks for."""

    namespace: str = ""
    labels: tuple[Callable[[Labels], bool], ...] = field(default=())
    fields: tuple[Callable[[Object], bool], ...] = field(default=())

    @classmethod
    def parse(cls, namespace: str, labels: str, fields: str) -> ListFilter:
        """Read selectors as in a query string; raises `Refusal` (400) on one that cannot be read."""
        return cls(
            namespace,
            tuple(_requirement(part.strip()) for part in _SPLIT.split(labels) if part.strip()),
            tuple(_field(part.strip()) for part in _SPLIT.split(fields) if part.strip()),
        )

    def __contains__(self, obj: Object) -> bool:
        metadata = obj["metadata"]
        return (
            (not self.namespace or metadata.get("namespace") == self.namespace)
            and all(matches(metadata.get("labels") or {}) for matches in self.labels)
            and all(matches(obj) for matches in self.fields)
        )

    @property
    def everything(self) -> bool:
        """Whether no selector is set: only then a list tells how many items remain."""
        return not self.labels and not self.fields
