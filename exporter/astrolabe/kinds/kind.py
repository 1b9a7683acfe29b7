"""The seam between the API server's kinds and the graph: one `Kind` for each kind that is watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from astrolabe.graph.facts import Facts


class Options(msgspec.Struct, frozen=True):
    """What a describing function may know besides the object. There is no clock in it: facts are timeless."""

    idle_replicasets: bool = False
    """Keep ReplicaSets that have a controller and no replicas, wanted or existing."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind is watched and understood."""

    name: str
    """As in `Facts.kind`."""
    group: str = ""
    plural: str
    versions: tuple[str, ...] = ("v1",)
    """Versions whose objects `describe` understands, best first."""
    namespaced: bool = True
    metadata_only: bool = False
    """Only metadata is requested (PartialObjectMetadata), so that content never enters the process."""
    model: type[Any]
    """The typed, minimal form (a msgspec Struct) that an object's JSON is decoded into."""
    describe: Callable[[Any, Options], Facts]
    """Pure: turn one decoded object into facts."""

    @property
    def resource(self) -> str:
        """`plural.group`, or the plural alone in the core group: names the kind in settings and metrics."""
        return f"{self.plural}.{self.group}" if self.group else self.plural
