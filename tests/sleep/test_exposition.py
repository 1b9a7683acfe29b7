"""The exact exposition of one night, kept in `night.prom`, and that Prometheus' own parsers read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from astrolabe.derived.sleep.families import FAMILIES
from astrolabe.metrics.snapshot import plain
from tests.sleep.green import Green

EXPECTED = Path(__file__).with_name("night.prom")


@pytest.fixture
def night() -> Green:
    """One workload that slept and woke, one that a policy kept awake, and a clock that jumped."""
    stage = Green()
    stage.workload("web", 3)
    stage.workload("api", 1)
    stage.sleepinfo(weekdays="1-5", timeZone="Europe/Rome")
    stage.at("2026-11-20T19:00:00Z")
    stage.report("SLEEP")
    stage.pass_to("2026-11-20T19:00:02Z")
    stage.down("web")
    stage.at("2026-11-20T19:01:30Z")
    stage.sleepinfo("later", sleepAt="25:00")
    return stage


def test_exposition(night: Green) -> None:
    assert night.scrape() == EXPECTED.read_text("utf-8")


def test_prometheus_reads_it(night: Green) -> None:
    text = night.scrape()
    assert {family.name for family in read_text(text)} == {
        family.name.removesuffix("_total") for family in FAMILIES
    }
    names = tuple(family.name for family in FAMILIES)
    pieces = night.exposition.snapshot_now().pieces(names=names, openmetrics=True)
    text = b"".join(plain(pieces)).decode() + "# EOF\n"
    read = list(read_openmetrics(text))  # type: ignore[no-untyped-call]
    assert {family.name for family in read} == {family.name.removesuffix("_total") for family in FAMILIES}


def test_a_night_leaves_nothing_behind(night: Green) -> None:
    """What can be removed is removed; counters stay, since a counter that goes is one that resets."""
    for plural, namespace, name in list(night.objects):
        night.delete(plural, namespace, name)
    series = [line for line in night.scrape().splitlines() if not line.startswith("#")]
    assert [line for line in series if not line.startswith("kube_green_operation_duration")] == [
        'kube_green_sleep_operations_total{environment="shop",operation="sleep",status="partial"} 1',
        (
            'kube_green_resources_scaled_total{environment="shop",resource_type="Deployment",'
            'namespace="shop",direction="down"} 1'
        ),
        'astrolabe_workload_scale_total{namespace="shop",actor="kube-green",direction="down"} 1',
        "astrolabe_sleep_clock_jumps_total{} 0",
    ]
