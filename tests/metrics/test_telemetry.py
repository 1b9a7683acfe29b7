"""What the program says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter, time

import pytest
from prometheus_client import generate_latest

from astrolabe import __version__
from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.kube.observer import Observer
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.telemetry import Telemetry

PODS, ROCKETS = "pods", "rockets.space.example"


def everything(telemetry: Telemetry, resource: str) -> None:
    """Let everything happen to a resource that can be counted."""
    observer: Observer = telemetry
    observer.synced(resource, synced=False)
    telemetry.restore(resource)
    for result in ("success", "error"):
        observer.listed(resource, result)
        observer.watched(resource, result)
    for kind in ("ADDED", "MODIFIED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"):
        observer.event(resource, kind)
    observer.decode_error(resource)
    observer.synced(resource, synced=True)


def series(telemetry: Telemetry) -> Iterator[str]:
    """The program's series with their values, without those of the process."""
    for line in generate_latest(telemetry.registry).decode().splitlines():
        if line.startswith("astrolabe_"):
            yield line


def of(telemetry: Telemetry, resource: str) -> list[str]:
    return [line for line in series(telemetry) if f'resource="{resource}"' in line]


def test_everything_is_counted_by_resource() -> None:
    telemetry = Telemetry()
    everything(telemetry, PODS)
    last = telemetry.registry.get_sample_value("astrolabe_last_event_timestamp_seconds", {"resource": PODS})
    assert last is not None
    assert 0 <= time() - last < 60
    assert [line for line in of(telemetry, PODS) if "timestamp" not in line] == [
        'astrolabe_list_total{resource="pods",result="success"} 1.0',
        'astrolabe_list_total{resource="pods",result="error"} 1.0',
        'astrolabe_watch_total{resource="pods",result="success"} 1.0',
        'astrolabe_watch_total{resource="pods",result="error"} 1.0',
        'astrolabe_watch_events_total{resource="pods",type="ADDED"} 1.0',
        'astrolabe_watch_events_total{resource="pods",type="MODIFIED"} 2.0',
        'astrolabe_watch_events_total{resource="pods",type="DELETED"} 1.0',
        'astrolabe_watch_events_total{resource="pods",type="BOOKMARK"} 1.0',
        'astrolabe_watch_events_total{resource="pods",type="ERROR"} 1.0',
        'astrolabe_synced{resource="pods"} 1.0',
        'astrolabe_restored{resource="pods"} 0.0',
        'astrolabe_decode_errors_total{resource="pods"} 1.0',
    ]


def test_a_resource_that_is_forgotten_leaves_no_series_and_starts_again() -> None:
    telemetry = Telemetry()
    everything(telemetry, PODS)
    before = list(series(telemetry))
    everything(telemetry, ROCKETS)
    assert len(of(telemetry, ROCKETS)) == len(of(telemetry, PODS))
    telemetry.forgotten(ROCKETS)
    assert list(series(telemetry)) == before
    telemetry.forgotten(ROCKETS)
    assert list(series(telemetry)) == before
    telemetry.event(ROCKETS, "ADDED")
    assert 'astrolabe_watch_events_total{resource="rockets.space.example",type="ADDED"} 1.0' in of(
        telemetry, ROCKETS
    )


def test_what_has_not_gone_wrong_yet_is_zero_and_not_absent() -> None:
    """A rate over a counter that appears with its first error sees nothing of it."""
    telemetry = Telemetry()
    telemetry.synced(PODS, synced=False)
    assert of(telemetry, PODS) == [
        'astrolabe_list_total{resource="pods",result="success"} 0.0',
        'astrolabe_list_total{resource="pods",result="error"} 0.0',
        'astrolabe_watch_total{resource="pods",result="success"} 0.0',
        'astrolabe_watch_total{resource="pods",result="error"} 0.0',
        'astrolabe_synced{resource="pods"} 0.0',
        'astrolabe_decode_errors_total{resource="pods"} 0.0',
    ]


def test_scrapes_and_lag() -> None:
    telemetry = Telemetry()
    graph = Graph()
    exposition = Exposition(graph)
    facts = Facts(id="Node/one", kind="Node", uid="1", api_version="v1")
    exposition.follow(graph.apply(facts))
    snapshot = exposition.snapshot_now()
    telemetry.exposed(snapshot)
    telemetry.process.scraped(0.02)
    telemetry.visible(perf_counter() - 0.2)
    value = telemetry.registry.get_sample_value
    assert value("astrolabe_scrape_duration_seconds_sum") == 0.02
    assert value("astrolabe_scrape_duration_seconds_bucket", {"le": "0.025"}) == 1
    assert value("astrolabe_scrape_duration_seconds_bucket", {"le": "0.01"}) == 0
    assert value("astrolabe_exposition_series") == snapshot.samples == 3
    assert value("astrolabe_exposition_bytes") == snapshot.size
    assert value("astrolabe_event_lag_seconds_bucket", {"le": "0.1"}) == 0
    assert value("astrolabe_event_lag_seconds_count") == 1


def test_what_runs() -> None:
    telemetry = Telemetry(shard=1, total_shards=3)
    (build,) = [line for line in series(telemetry) if line.startswith("astrolabe_build_info")]
    assert build.startswith('astrolabe_build_info{python="3.')
    assert f'version="{__version__}"' in build
    assert telemetry.registry.get_sample_value("astrolabe_shard") == 1
    assert telemetry.registry.get_sample_value("astrolabe_total_shards") == 3
    assert telemetry.registry.get_sample_value("process_start_time_seconds") is not None
    assert "_created" not in generate_latest(telemetry.registry).decode()


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ({"astrolabe_shard"}, {"astrolabe_shard"}),
        ({"astrolabe_event_lag_seconds"}, {"astrolabe_event_lag_seconds"}),
        ({"astrolabe_event_lag_seconds_sum"}, {"astrolabe_event_lag_seconds"}),
        ({"astrolabe_list_total", "unheard_of"}, {"astrolabe_list"}),
        ({"unheard_of"}, set()),
    ],
)
def test_restricted_to_names(names: set[str], found: set[str]) -> None:
    telemetry = Telemetry()
    everything(telemetry, PODS)
    assert {family.name for family in telemetry.restricted(names).collect()} == found


def test_not_restricted() -> None:
    telemetry = Telemetry()
    assert telemetry.restricted(()) is telemetry.registry
