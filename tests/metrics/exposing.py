"""The exposition with sources, told by a bus as in the program."""

from __future__ import annotations

from collections.abc import Callable, Collection
from time import time

from astrolabe.bus import Bus
from astrolabe.graph.graph import Graph
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.family import Family
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.metrics.source import Source


def exposing(
    graph: Graph,
    *sources: Source,
    now: Callable[[], float] = time,
    errors: InternalErrors | None = None,
    withheld: Callable[[], Collection[Family]] = tuple,
) -> tuple[Bus, Exposition]:
    """Return what is told each delta, and what shows it."""
    errors = errors or InternalErrors()
    bus = Bus(errors)
    more = [family for source in sources for family in source.families]
    exposition = Exposition(graph, more=more, refresh=bus.refresh, now=now, faults=errors, withheld=withheld)
    bus.add("rows", exposition)
    bus.add_sources(sources, exposition.publish, graph)
    return bus, exposition
