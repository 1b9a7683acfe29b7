"""Which form of an answer a client prefers, by the weights that RFC 9110 has for Accept headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class _Item(NamedTuple):
    name: str
    parameters: dict[str, str]
    weight: float


def prefers_openmetrics(accept: str) -> bool:
    """Whether an Accept header names OpenMetrics 1 and wants plain text no more than that."""
    openmetrics = 0.0
    plain: dict[str, float] = {}
    for item in _items(accept):
        if item.name == "application/openmetrics-text":
            if item.parameters.get("version", "1").partition(".")[0] == "1":
                openmetrics = max(openmetrics, item.weight)
        elif item.name in ("text/plain", "text/*"):
            plain[item.name] = max(plain.get(item.name, 0.0), item.weight)
    return openmetrics > 0 and openmetrics >= plain.get("text/plain", plain.get("text/*", 0.0))


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header allows gzip: named, or by `*`, and not with weight 0."""
    weights = {item.name: item.weight for item in _items(accept_encoding)}
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _items(header: str) -> Iterator[_Item]:
    """Yield the alternatives of a header; a weight that is no number counts as none."""
    for text in header.lower().split(","):
        name, *rest = (part.strip() for part in text.split(";"))
        parameters = {key.strip(): value.strip() for key, _, value in (part.partition("=") for part in rest)}
        try:
            weight = float(parameters.get("q", 1))
        except ValueError:
            weight = 0.0
        yield _Item(name, parameters, weight)
