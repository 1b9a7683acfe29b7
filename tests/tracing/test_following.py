"""Lists that fail, lists in pages, and several clusters in one process, as spans."""

from __future__ import annotations

from pathlib import Path

from tests.api.exporter import cluster, serving
from tests.contexts.fleet import fleet
from tests.tracing.collector import Collector, Seen, collecting, tracer


def lists(collector: Collector, resource: str) -> list[Seen]:
    return [span for span in collector.named("list") if span.attributes["astrolabe.resource"] == resource]


async def test_a_list_that_is_refused_has_failed_for_the_reason_of_the_log() -> None:
    server = cluster()
    server.faults.forbid("secrets")
    async with collecting() as collector, tracer(collector), serving(server, streaming_lists=False):
        pass
    (refused,) = lists(collector, "secrets")
    assert refused.failure is not None
    assert "403" in refused.failure
    assert refused.attributes["error.type"] == "ApiFailure"
    (listed,) = lists(collector, "pods")
    assert listed.failure is None
    assert (listed.attributes["astrolabe.list.form"], listed.attributes["astrolabe.objects"]) == ("pages", 2)


async def test_of_several_clusters_each_span_says_which_one(tmp_path: Path) -> None:
    clusters = {"east": cluster(), "west": cluster()}
    async with collecting() as collector, tracer(collector):
        async with fleet(tmp_path, clusters) as served:
            await served.until("/readyz", 200, "east: ready\n", "west: ready\n")
            await served.text("/clusters/west/api/v1/resources")
            await served.text()
        await collector.until(lambda: collector.named("GET /metrics"))
    found = sorted(span.attributes["k8s.cluster.name"] for span in lists(collector, "pods"))
    assert found == ["east", "west"]
    (asked,) = collector.named("GET /api/v1/resources")
    assert asked.attributes["k8s.cluster.name"] == "west"
    (scraped,) = collector.named("GET /metrics")
    assert "k8s.cluster.name" not in scraped.attributes
