"""Answers of Prometheus, cluster by cluster, and how two of them differ."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypeAlias

from tests.dashboards.prometheus import Prometheus

Labels: TypeAlias = tuple[tuple[str, str], ...]
Answer: TypeAlias = Mapping[Labels, float]
"""The value of each series, by its labels without the cluster."""


def without_cluster(labels: Mapping[str, str]) -> Labels:
    """Return labels to compare by."""
    return tuple(sorted((name, text) for name, text in labels.items() if name != "cluster"))


def uncapped(expr: str) -> str:
    """Return a query of a panel without the cap of a list: which of equals it leaves out is chance."""
    return re.sub(r"\(1[05], ", "(1000, ", expr)


def ask(prometheus: Prometheus, expr: str, at: float, *, instant: bool = True) -> Answer:
    """Return what a query finds at a moment, as an instant or as the only point of a range."""
    found = prometheus.vector(expr, at) if instant else prometheus.matrix(expr, at, at)
    return {
        without_cluster(series["metric"]): float((series.get("value") or series["values"][-1])[1])
        for series in found
    }


def differs(one: Answer, other: Answer) -> list[str]:
    """Say what is in one of two answers alone, or has another value."""
    said = [
        f"{dict(labels)}: {'only alone' if labels in one else 'not alone'}"
        for labels in one.keys() ^ other.keys()
    ]
    return said + [
        f"{dict(labels)}: {one[labels]}, and not {other[labels]}"
        for labels in one.keys() & other.keys()
        if not _same(one[labels], other[labels])
    ]


def _same(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
