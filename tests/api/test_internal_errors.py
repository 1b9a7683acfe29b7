"""Mistakes in the program over real HTTP: what they strike is left out or asked for again, nothing else."""

from __future__ import annotations

import asyncio
import gzip
from time import perf_counter
from typing import Any

import aiohttp
import pytest
import structlog

from astrolabe.api.v1.batch import Batch
from astrolabe.api.v1.subscribers import Subscriber
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.diagnosis import causes as diagnosis
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.facts import Facts, Ref, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.models.details import PodDetail, Requests
from astrolabe.metrics import table
from astrolabe.metrics.telemetry import Telemetry
from tests.api.exporter import Client, serving
from tests.api.test_changes import Stream, happens, stream
from tests.api.test_metrics import OPENMETRICS, graph_part, names

CAUSES = "astrolabe_root_cause_info"


def ailing(client: Client, name: str) -> None:
    """Let a Pod be in error for want of a Secret."""
    client.application.put(
        Facts(
            id=f"Pod/shop/{name}",
            kind="Pod",
            namespace="shop",
            uid=name,
            api_version="v1",
            verdict=Verdict("Error", "CreateContainerConfigError", 'Container web: secret "gone" not found'),
            refs=(Ref("uses-secret", "Secret/shop/gone"),),
            detail=PodDetail(node="one", phase="Running", requests=Requests(cpu=100)),
        ),
        None,
        perf_counter(),
    )


def errors(client: Client, part: str) -> float | None:
    sample = client.application.telemetry.registry.get_sample_value
    return sample("astrolabe_internal_errors_total", {"part": part})


async def read_on(events: Stream) -> None:
    while True:
        await events.event()


def internal(logs: list[Any]) -> list[str]:
    return [log["part"] for log in logs if log["event"] == "internal error"]


def fails(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError


async def test_a_scrape_without_causes_and_a_whole_one_after_it() -> None:
    async with serving() as client:
        with pytest.MonkeyPatch.context() as patch, structlog.testing.capture_logs() as logs:
            patch.setattr(diagnosis, "causes", fails)
            ailing(client, "sick")
            for _ in range(5):
                text = await client.text()
                assert CAUSES not in names(text)
                assert 'astrolabe_resource_status{id="Pod/shop/sick"' in text
            # What works it out between scrapes goes on, too.
            await asyncio.sleep(0.3)
        assert internal(logs) == ["causes"]
        text = await client.text()
        assert f'{CAUSES}{{id="Pod/shop/sick"' in text
        assert f'astrolabe_internal_errors_total{{part="causes"}} {errors(client, "causes")}' in text
        ailing(client, "another")
        assert f'{CAUSES}{{id="Pod/shop/another"' in await client.text()


async def test_a_scrape_that_fails_as_a_whole_costs_itself_alone(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as client:
        before = graph_part(await client.text())
        ailing(client, "sick")
        with pytest.MonkeyPatch.context() as patch, structlog.testing.capture_logs() as logs:
            patch.setattr(table, "deflate", fails)
            for _ in range(3):
                status, _, body = await client.get("/metrics")
                assert (status, body) == (500, b"an internal error, see the log\n")
        assert internal(logs) == ["snapshot"]
        after = graph_part(await client.text())
        assert after != before
        client.application.remove(Facts(id="Pod/shop/sick", kind="Pod", uid="sick", api_version="v1"), None)
        assert graph_part(await client.text()) == before
    assert caplog.records == []


@pytest.mark.parametrize("source", [SleepSource, CostSource])
@pytest.mark.parametrize("name", ["follow", "refresh"])
async def test_sleep_and_cost_keep_nothing_from_the_rest(source: type[Any], name: str) -> None:
    async with serving() as client:
        with pytest.MonkeyPatch.context() as patch, structlog.testing.capture_logs():
            patch.setattr(source, name, fails)
            ailing(client, "sick")
            assert 'astrolabe_resource_status{id="Pod/shop/sick"' in await client.text()
            assert errors(client, "sources")
        counted = errors(client, "sources")
        # The source hears now of what it missed.
        assert 'workload="sick"' in await client.text(
            "/metrics?name[]=astrolabe_workload_cost_hourly_dollars"
        )
        assert errors(client, "sources") == counted


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text"])
async def test_a_page_without_the_programs_own_metrics(accept: str) -> None:
    async with serving() as client:
        with pytest.MonkeyPatch.context() as patch, structlog.testing.capture_logs():
            patch.setattr(Telemetry, "restricted", fails)
            headers = {"Accept": accept, "Accept-Encoding": "gzip"}
            status, response, body = await client.get("/metrics", headers=headers)
        text = gzip.decompress(body).decode()
        assert status == 200
        assert "astrolabe_resource_info" in names(text)
        assert "astrolabe_build_info" not in names(text)
        assert text.endswith("# EOF\n") is (response.headers["Content-Type"] == OPENMETRICS)
        assert errors(client, "telemetry") == 1
        assert "astrolabe_build_info" in names(await client.text())


async def test_who_follows_the_changes_reads_the_graph_again() -> None:
    async with serving() as client:
        async with stream(client) as events:
            last = (await events.event()).id
            with pytest.MonkeyPatch.context() as patch, structlog.testing.capture_logs() as logs:
                patch.setattr(Batch, "told", fails)
                # So many at once are told by the writer itself.
                happens(client, *(f"many-{number}" for number in range(600)))
                with pytest.raises((aiohttp.ClientError, asyncio.IncompleteReadError)):
                    await read_on(events)
            assert internal(logs) == ["changes"]
        assert "ConfigMap/shop/many-599" in client.application.graph
        async with stream(client, after=last) as events:
            assert (await events.event()).name == "reset"
            happens(client, "one")
            assert await events.names() == ["one"]


async def test_a_client_that_cannot_be_written_to_keeps_nothing_from_the_others() -> None:
    async with serving() as client, stream(client) as bad, stream(client) as good:
        await bad.block()
        await good.block()
        original, first = Subscriber.pass_on, []

        def pass_on(subscriber: Subscriber, data: bytes) -> None:
            if not first:
                first.append(subscriber)
            if subscriber is first[0]:
                raise RuntimeError
            original(subscriber, data)

        with pytest.MonkeyPatch.context() as patch, structlog.testing.capture_logs():
            patch.setattr(Subscriber, "pass_on", pass_on)
            happens(client, "one")
            happens(client, "two")
            client.application.feed.mark()
            told = await asyncio.gather(bad.names(), good.names(), return_exceptions=True)
        assert [each for each in told if not isinstance(each, BaseException)] == [["one", "two"]]
        assert errors(client, "changes") == 1
        assert [part for part, _ in client.application.bus._all] == [
            "rows",
            "sources",
            "sources",
            "sources",
            "access",
            "changes",
            "api",
        ]


async def test_an_answer_that_fails_is_whole_the_next_time(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as client:
        whole = await client.text("/api/v1/graph")
        ailing(client, "sick")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Graph, "carried", fails)
            assert (await client.get("/api/v1/graph"))[0] == 500
        assert "sick" in await client.text("/api/v1/graph")
        client.application.remove(Facts(id="Pod/shop/sick", kind="Pod", uid="sick", api_version="v1"), None)
        assert await client.text("/api/v1/graph") == whole
    assert len(caplog.records) == 1
