"""The lines of the edges of one node. Most of the text of a scrape is these lines."""

from __future__ import annotations

from collections.abc import Sequence

from astrolabe.graph.delta import Edge
from astrolabe.graph.facts import kind_of
from astrolabe.metrics.families import EDGE_INFO
from astrolabe.metrics.family import to_escape
from astrolabe.metrics.rows import Values

_TYPE, _NAMESPACE, _SOURCE, _SOURCE_KIND, _TARGET, _TARGET_KIND, _END = EDGE_INFO.around
"""The text before each label value, and after the last one."""


def lines(node_id: str, edges: Sequence[Edge]) -> str:
    """Render edges that all begin or end at one node: the same text as `EDGE_INFO.lines` of their values."""
    kind = kind_of(node_id)
    begins = f"{_SOURCE}{node_id}{_SOURCE_KIND}{kind}{_TARGET}"
    ends = f"{_TARGET}{node_id}{_TARGET_KIND}{kind}{_END}"
    others = [node_id]
    parts: list[str] = []
    for edge in edges:
        space, source = edge.namespace, edge.source
        if source == node_id:
            other = edge.target
            kind = other.partition("/")[0]
            parts += (_TYPE, edge.type, _NAMESPACE, space, begins, other, _TARGET_KIND, kind, _END)
        else:
            other = source
            kind = source.partition("/")[0]
            parts += (_TYPE, edge.type, _NAMESPACE, space, _SOURCE, source, _SOURCE_KIND, kind, ends)
        others.append(other)
    # Kinds and namespaces are parts of ids.
    return EDGE_INFO.lines(map(values, edges)) if to_escape(others) else "".join(parts)


def values(edge: Edge) -> Values:
    """Return the label values of an edge."""
    return (edge.type, edge.namespace, edge.source, kind_of(edge.source), edge.target, kind_of(edge.target))
