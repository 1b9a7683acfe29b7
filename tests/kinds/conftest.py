"""What Prometheus sees of an object."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from astrolabe.graph.graph import Graph
from astrolabe.kinds import registry
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.snapshot import plain
from tests.kinds.objects import read
from tests.kinds.samples import KINDS, SAMPLES

FAMILIES = (
    "astrolabe_resource_info",
    "astrolabe_resource_status",
    "astrolabe_edge_info",
    "astrolabe_reference_missing_info",
    "astrolabe_pod_workload_info",
    "astrolabe_helm_release_info",
)
"""Those that tell of single objects."""


@pytest.fixture
def exposition() -> Callable[[str], str]:
    """Return what is exposed of the sample of a kind, alone in a cluster that is known completely."""

    def expose(name: str) -> str:
        graph = Graph()
        exposed = Exposition(graph)
        for kind in registry.KINDS:
            exposed.follow(graph.cover(kind.name))
        exposed.follow(graph.apply(read(KINDS[name], SAMPLES[name])))
        text = b"".join(plain(exposed.snapshot_now().pieces(names=FAMILIES))).decode()
        return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))

    return expose
