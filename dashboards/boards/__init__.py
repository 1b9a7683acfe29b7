"""The dashboards, one module each; `every` makes them all."""

from __future__ import annotations

from dashboards.boards import (
    access,
    cost,
    exporter,
    helm_releases,
    hygiene,
    overview,
    relationship_graph,
    sleep,
    workload,
)
from dashboards.edition import Edition
from dashboards.grafana.board import Board

_BOARDS = (overview, relationship_graph, workload, helm_releases, hygiene, access, sleep, cost, exporter)


def every(edition: Edition) -> dict[str, Board]:
    """Return the dashboards of an edition by the name of their file, in reading order."""
    return {module.__name__.rpartition(".")[2].replace("_", "-"): module.make(edition) for module in _BOARDS}
