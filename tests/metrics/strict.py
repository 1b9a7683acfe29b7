"""A reader of /metrics that takes nothing but what the formats allow, and no series twice.

It shares no code with what writes the page, nor with prometheus_client, which lets much pass: Prometheus
drops a whole scrape for one label name that stands twice.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_META = re.compile(r"# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)|NaN")
_SUFFIXES = {
    "gauge": ("",),
    "info": ("_info",),
    "unknown": ("",),
    "untyped": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
    "summary": ("", "_sum", "_count"),
}


class Invalid(Exception):
    """The page is not valid; says what, and in which line."""


class Sample(NamedTuple):
    """One line of values."""

    name: str
    labels: dict[str, str]
    value: float


def check(page: bytes, *, openmetrics: bool = False) -> list[Sample]:
    """Read a page; raises `Invalid`, and `UnicodeDecodeError` for what is no UTF-8."""
    text = page.decode()
    if openmetrics:
        if not text.endswith("# EOF\n"):
            raise Invalid("no # EOF at the end")
        text = text.removesuffix("# EOF\n")
    if text and not text.endswith("\n"):
        raise Invalid("the last line has no end")
    types: dict[str, str] = {}
    helps: set[str] = set()
    owners: dict[str, str] = {}
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    samples: list[Sample] = []
    family, closed = "", set[str]()
    for line in text.split("\n")[:-1]:
        if line.startswith("#"):
            kind, name, rest = _meta(line, openmetrics=openmetrics)
            if name != family:
                closed.add(family)
                family = name
            if name in closed or (kind == "TYPE" and name in types) or (kind == "HELP" and name in helps):
                raise Invalid(f"told again: {line!r}")
            if kind == "HELP":
                helps.add(name)
                continue
            if owners.keys() & {name + suffix for suffix in _suffixes(rest, openmetrics=openmetrics)}:
                raise Invalid(f"type after samples: {line!r}")
            types[name] = rest
            owners |= dict.fromkeys(
                (name + suffix for suffix in _suffixes(rest, openmetrics=openmetrics)), name
            )
            continue
        sample = _sample(line)
        if owners.get(sample.name) != family or family not in helps:
            raise Invalid(f"a sample that is of no family, or not beside it: {line!r}")
        # To Prometheus an empty label is an absent one.
        series = sample.name, frozenset(item for item in sample.labels.items() if item[1])
        if series in seen:
            raise Invalid(f"a series that is there already: {line!r}")
        seen.add(series)
        samples.append(sample)
    return samples


def _suffixes(kind: str, *, openmetrics: bool) -> tuple[str, ...]:
    if kind == "counter":
        return ("_total",) if openmetrics else ("",)
    if kind not in _SUFFIXES:
        raise Invalid(f"no such type: {kind!r}")
    return _SUFFIXES[kind]


def _meta(line: str, *, openmetrics: bool) -> tuple[str, str, str]:
    found = _META.fullmatch(line)
    if found is None:
        raise Invalid(f"neither HELP nor TYPE: {line!r}")
    kind, name, rest = found.groups()
    if kind == "HELP":
        _unescaped(rest.replace('"', "") if not openmetrics else rest, line)
        if openmetrics and re.search(r'(?<!\\)(\\\\)*"', rest):
            raise Invalid(f"a quote that is not escaped: {line!r}")
    return kind, name, rest


def _sample(line: str) -> Sample:
    at = 0

    def take(pattern: re.Pattern[str]) -> str:
        nonlocal at
        found = pattern.match(line, at)
        if found is None:
            raise Invalid(f"not {pattern.pattern!r} at {at}: {line!r}")
        at = found.end()
        return found[0]

    def literal(text: str) -> bool:
        nonlocal at
        if not line.startswith(text, at):
            return False
        at += len(text)
        return True

    name = take(_NAME)
    labels: dict[str, str] = {}
    if literal("{"):
        while not literal("}"):
            if labels and not literal(","):
                raise Invalid(f"no comma at {at}: {line!r}")
            label = take(_LABEL)
            if label in labels or label.startswith("__"):
                raise Invalid(f"label {label!r} stands twice or is reserved: {line!r}")
            if not literal('="'):
                raise Invalid(f"no value at {at}: {line!r}")
            end = at
            while line[end : end + 1] != '"':
                if end >= len(line):
                    raise Invalid(f"a value without an end: {line!r}")
                end += 2 if line[end] == "\\" else 1
            labels[label] = _unescaped(line[at:end], line)
            at = end + 1
    if not literal(" "):
        raise Invalid(f"no space before the value: {line!r}")
    value = line[at:]
    if not _NUMBER.fullmatch(value):
        raise Invalid(f"no number: {line!r}")
    return Sample(name, labels, float(value))


def _unescaped(value: str, line: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[0] not in ("\\\\", '\\"', "\\n"):
            raise Invalid(f"no such escape {found[0]!r}: {line!r}")
        return {"\\\\": "\\", '\\"': '"', "\\n": "\n"}[found[0]]

    return re.sub(r"\\.?", one, value)
