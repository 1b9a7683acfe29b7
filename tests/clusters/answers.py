"""Answers of Prometheus, cluster by cluster, and how two of them differ."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

Labels: TypeAlias = tuple[tuple[str, str], ...]
Answer: TypeAlias = Mapping[Labels, float]
"""The value of each series, by its labels without the cluster."""


def without_cluster(labels: Mapping[str, str]) -> Labels:
    """Return labels to compare by."""
    return tuple(sorted((name, text) for name, text in labels.items() if name != "cluster"))


def differs(one: Answer, other: Answer) -> list[str]:
    """Say what is in one of two answers alone, or has another value."""
    said = [
        f"{dict(labels)}: {'only alone' if labels in one else 'not alone'}"
        for labels in one.keys() ^ other.keys()
    ]
    return said + [
        f"{dict(labels)}: {one[labels]}, and not {other[labels]}"
        for labels in one.keys() & other.keys()
        if not math.isclose(one[labels], other[labels], rel_tol=1e-9, abs_tol=1e-12)
    ]
