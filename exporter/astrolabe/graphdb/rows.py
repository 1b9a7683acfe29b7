"""What a graph database holds of the graph: rows of nodes and of relationships. Values, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Literal, NamedTuple, TypeAlias

import msgspec

Value: TypeAlias = str | int | float | bool | list[str] | None
"""None where the property is absent."""
Type: TypeAlias = Literal["text", "number", "real", "flag", "texts"]
"""`real` is a number with a fraction; times are such ones, in Unix seconds."""
Columns: TypeAlias = Mapping[str, Type]
"""The properties of a label or of a relationship type. Every row has a value for each."""

IDENTITY: Columns = {"key": "text", "cluster": "text", "astrolabe_run": "text"}
"""What every node has. `key` is `cluster/uid`, and unique for each label."""


class End(NamedTuple):
    """What tells a node in a database from all others."""

    label: str
    key: str


class NodeRow(msgspec.Struct, frozen=True, gc=False):
    """A node, with a value for each of its label's columns but the `IDENTITY`."""

    end: End
    values: dict[str, Value]


class EdgeRow(msgspec.Struct, frozen=True, gc=False):
    """A relationship. There is at most one of a type from one node to another."""

    type: str
    source: End
    target: End
    values: Mapping[str, Value]


class Cut(NamedTuple):
    """All relationships of a type that leave a node."""

    type: str
    source: End


class Batch(msgspec.Struct, gc=False):
    """Changes that belong together. A target makes them in the order of the fields, all or none."""

    gone: list[End] = []
    """Nodes to delete, with all of their relationships."""
    cut: list[Cut] = []
    removed: list[EdgeRow] = []
    """Relationships to delete."""
    nodes: list[NodeRow] = []
    edges: list[EdgeRow] = []
    """Relationships to write; one whose end does not exist is left out."""
    orphans: list[End] = []
    """Nodes to delete unless some relationship leads to them or away from them."""

    def __len__(self) -> int:
        parts = self.gone, self.cut, self.removed, self.nodes, self.edges, self.orphans
        return sum(len(part) for part in parts)


def picked(columns: Columns) -> Callable[[Mapping[str, Value]], tuple[Value, ...]]:
    """Return what puts the values of a row in the order of its columns."""
    names = tuple(columns)
    if len(names) < 2:  # noqa: PLR2004  (of one, `itemgetter` makes no tuple)
        return lambda values: tuple(values[name] for name in names)
    return itemgetter(*names)


def by_label(ends: Iterable[End]) -> dict[str, list[str]]:
    """Return the keys of ends by their labels: one statement is for one label."""
    found: dict[str, list[str]] = defaultdict(list)
    for end in ends:
        found[end.label].append(end.key)
    return found


def by_type(edges: Iterable[EdgeRow]) -> dict[tuple[str, str, str], list[EdgeRow]]:
    """Return relationships by their types and the labels of their ends."""
    found: dict[tuple[str, str, str], list[EdgeRow]] = defaultdict(list)
    for edge in edges:
        found[edge.type, edge.source.label, edge.target.label].append(edge)
    return found
