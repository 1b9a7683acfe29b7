"""What is exposed of the samples, and the edges between them: `python -m tests.kinds.golden` writes both.

What it writes is read before it is kept: the difference is what a change means to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from astrolabe.graph.graph import Graph
from astrolabe.kinds import registry
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.snapshot import plain
from tests.kinds.objects import facts, read
from tests.kinds.samples import KINDS, SAMPLES

EXPOSITIONS = Path(__file__).parent / "expositions"
EDGES = Path(__file__).parent / "edges.txt"
FAMILIES = (
    "astrolabe_resource_info",
    "astrolabe_resource_status",
    "astrolabe_edge_info",
    "astrolabe_reference_missing_info",
    "astrolabe_pod_workload_info",
    "astrolabe_helm_release_info",
)
"""Those that tell of single objects."""


def exposition(name: str) -> str:
    """Return what is exposed of the sample of a kind, alone in a cluster that is known completely."""
    graph = Graph(JUDGES)
    exposed = Exposition(graph)
    for kind in registry.KINDS:
        exposed.follow(graph.cover(kind.name))
    exposed.follow(graph.apply(read(KINDS[name], SAMPLES[name])))
    text = b"".join(plain(exposed.snapshot_now().pieces(names=FAMILIES))).decode()
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))


def edges_of(names: Iterable[str]) -> str:
    """Return the edges between the samples of kinds that come in an order, sorted."""
    graph = Graph()
    for kind in registry.KINDS:
        graph.cover(kind.name)
    edges: dict[str, bool] = {}
    described = [read(KINDS[name], SAMPLES[name]) for name in names]
    # Beside the sample of a Secret, which Helm wrote, one that is used.
    for of in (*described, facts(KINDS["Secret"], name="tls")):
        delta = graph.apply(of)
        for edge, came in delta.edges.items():
            edges[f"{edge.type}: {edge.source} → {edge.target}\n"] = came
    return "".join(sorted(edge for edge, there in edges.items() if there))


def write() -> None:
    """Write what the tests compare with."""
    for path in EXPOSITIONS.glob("*.prom"):
        path.unlink()
    for name in SAMPLES:
        path = EXPOSITIONS / f"{name.lower()}.prom"
        path.write_text(exposition(name), encoding="utf-8", newline="\n")
    EDGES.write_text(edges_of(SAMPLES), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
