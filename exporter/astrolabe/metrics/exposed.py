"""Which part of the graph is exposed: the operator's choice of cardinality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from astrolabe.graph.facts import EDGE_TYPES, EdgeType
from astrolabe.metrics.families import OPT_IN, RESOURCE_LABELS
from astrolabe.metrics.family import Family
from astrolabe.metrics.shares import Shares
from astrolabe.patterns import regex


class ExposedMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Families, edge types and labels to expose."""

    metrics: tuple[str, ...] = ()
    """Names of the only families to expose, regular expressions allowed; empty means all."""
    metrics_denied: tuple[str, ...] = ()
    metrics_opt_in: tuple[str, ...] = ()
    """Names of families to expose that are not exposed by default."""
    edge_types: tuple[EdgeType, ...] = EDGE_TYPES
    template_edges: Literal["all", "workload"] = "all"
    """`workload` leaves out those `uses-*` edges of Pods and ReplicaSets that their controller has too."""
    labels: Mapping[str, tuple[str, ...]] = {}
    """Label keys of objects to expose by kind (`*` is every label)."""
    cause_messages: bool = True
    """Whether the messages of objects may be in a label."""
    shard: int = 0
    total_shards: int = 1
    shares: Shares | None = None
    """What belongs to this shard, if shards divide the namespaces; None if they only divide the series."""

    def of(self, offered: Iterable[Family]) -> tuple[Family, ...]:
        """Return the families that are exposed, in order."""
        return tuple(family for family in offered if self._exposes(family.name))

    def _exposes(self, name: str) -> bool:
        if name == RESOURCE_LABELS.name and not self.labels:
            return False
        if name in OPT_IN and not _any(self.metrics_opt_in, name):
            return False
        if self.metrics and not _any(self.metrics, name):
            return False
        return not _any(self.metrics_denied, name)


def _any(patterns: tuple[str, ...], name: str) -> bool:
    return any(regex(pattern).matches(name) for pattern in patterns)
