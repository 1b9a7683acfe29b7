"""What a shard reads of each kind: its own namespaces, and of others only what it needs for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import msgspec

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models.customrefs import Row
from astrolabe.kinds.models.reach import EVERYWHERE, reached, slim
from astrolabe.kube.observer import Wants
from astrolabe.sharding import Shard

Reader: TypeAlias = Callable[[bytes | msgspec.Raw, Mapping[str, Facts]], Facts]
"""See `Kind.reader`."""

_EVENTS_OF_ALL = "default"
"""The namespace of Events about what is in none."""


class ShardReading:
    """The part of a cluster that one shard reads."""

    def __init__(self, shard: Shard, references: Iterable[Row] = ()) -> None:
        """Take users' own rows of references as well."""
        self.shard = shard
        self._reached = reached(references)

    def reader(self, kind: Kind, read: Reader) -> Reader:
        """Return what reads a kind's objects; of some kinds it keeps of others' that they are there."""
        return self._slimmed(read) if kind.namespaced and kind.name in self._reached else read

    def wants(self, kind: Kind) -> Wants | None:
        """Return which namespaces' objects of a kind are kept; None is all."""
        if kind.name == "Event":
            return lambda namespace: namespace == _EVENTS_OF_ALL or self.shard.owns(namespace)
        return self.shard.owns if self._own_alone(kind) else None

    def selector(self, kind: Kind) -> str:
        """Return what the API server is asked to leave out of a kind's objects; empty for nothing."""
        return self.shard.selector if kind.name != "Event" and self._own_alone(kind) else ""

    def within(self, kind: str, namespace: str) -> bool:
        """Whether it is known of a namespace which objects of a kind it has, once the kind is followed."""
        return kind in self._reached or kind in EVERYWHERE or self.shard.owns(namespace)

    def _own_alone(self, kind: Kind) -> bool:
        return kind.namespaced and kind.name not in self._reached and kind.name not in EVERYWHERE

    def _slimmed(self, read: Reader) -> Reader:
        owns = self.shard.owns

        def reading(data: bytes | msgspec.Raw, known: Mapping[str, Facts]) -> Facts:
            facts = read(data, known)
            if owns(facts.namespace):
                return facts
            facts = slim(facts)
            earlier = known.get(facts.id)
            return earlier if earlier is not None and earlier.absorb(facts) else facts

        return reading
