"""What dashboards ask for is what the exporter exposes."""

from __future__ import annotations

from astrolabe.metrics.families import FAMILIES
from astrolabe.metrics.telemetry import Telemetry
from tests.dashboards.contract import LABELS, SCRAPED


def test_the_families_of_the_graph_have_the_labels_that_are_asked_for() -> None:
    ours = {family.name: frozenset(family.labels) | SCRAPED for family in FAMILIES if family.name in LABELS}
    assert {"astrolabe_resource_info", "astrolabe_edge_info", "astrolabe_pod_workload_info"} <= set(ours)
    assert ours == {name: LABELS[name] for name in ours}


def test_the_telemetry_has_the_labels_that_are_asked_for() -> None:
    exposed = Telemetry().registry._names_to_collectors
    ours = {name: getattr(exposed[name], "_labelnames", ()) for name in LABELS if name in exposed}
    assert len(ours) == 16
    for name, labels in ours.items():
        added = {"le"} if name.endswith("_bucket") else set()
        assert LABELS[name] <= SCRAPED | set(labels) | added, name
