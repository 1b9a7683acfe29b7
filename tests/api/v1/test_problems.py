"""GET /api/v1/problems and the page share one list: made once for those who ask together, never too old."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator
from typing import Any

import pytest

from astrolabe.api.v1 import broken as module
from astrolabe.api.v1.answers import LEFT_OUT
from astrolabe.api.v1.broken import BrokenNow
from astrolabe.derived.diagnosis.problems import Problems, gather
from astrolabe.graph.relations import Relations
from astrolabe.scheduling.scheduler import Scheduler
from tests.api.exporter import cluster, serving, until
from tests.api.shop import make, pod


class Graph:
    """A revision, and how often somebody has begun to look."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.revision = 0
        self.begun: list[int] = []
        monkeypatch.setattr(module, "gather", self._gather)
        self.broken = BrokenNow(Relations(), Scheduler(), lambda: self.revision)

    def _gather(self, *_: Any) -> Generator[None, None, Problems]:
        self.begun.append(self.revision)
        for _ in range(3):
            yield
        return Problems([], left_out=len(self.begun))


async def test_those_who_ask_together_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph(monkeypatch)
    found = await asyncio.gather(*(graph.broken.problems() for _ in range(5)))
    assert (graph.begun, {each.left_out for each in found}) == ([0], {1})
    # Nothing has changed since.
    await graph.broken.problems()
    assert graph.begun == [0]


async def test_who_asks_after_a_change_gets_what_knows_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph(monkeypatch)
    first = asyncio.create_task(graph.broken.problems())
    await until(lambda: graph.begun)
    graph.revision = 1
    second = asyncio.create_task(graph.broken.problems())
    assert ((await first).left_out, (await second).left_out) == (1, 2)
    assert graph.begun == [0, 1]


async def test_who_leaves_takes_nothing_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph(monkeypatch)
    first, second = (asyncio.create_task(graph.broken.problems()) for _ in range(2))
    await until(lambda: graph.begun)
    first.cancel()
    assert (await second).left_out == 1
    assert graph.begun == [0]


async def test_one_that_fails_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph(monkeypatch)

    def failing(*_: Any) -> Generator[None, None, Problems]:
        yield
        raise KeyError("Pod")

    monkeypatch.setattr(module, "gather", failing)
    with pytest.raises(KeyError):
        await graph.broken.problems()
    monkeypatch.setattr(module, "gather", graph._gather)
    assert (await graph.broken.problems()).left_out == 1


async def test_it_says_how_many_were_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = [pod(f"p{number}") for number in range(3)]
    for each in failing:
        each["status"] = {"phase": "Failed", "reason": "Evicted"}
    async with serving(cluster(*failing)) as client:
        _, response, _ = await client.get("/api/v1/problems")
        assert LEFT_OUT not in response.headers
        graph = client.application.graph
        unwell = len(graph.all_unwell())
        monkeypatch.setattr(module, "gather", lambda *of: gather(*of, looks=1))
        client.application.remove(graph.get("Pod/shop/p2").facts, None)  # type: ignore[union-attr]
        _, response, body = await client.get("/api/v1/problems")
        assert (len(json.loads(body)), response.headers[LEFT_OUT]) == (1, str(unwell - 2))
        text = await client.text("/")
    assert f'<p class="more">and {unwell - 2} more objects that were not checked</p>' in text


async def test_a_problem_is_given_with_what_changed_before_it() -> None:
    waiting = pod("waits")
    reason = {"reason": "CreateContainerConfigError", "message": "couldn't find key url in Secret shop/db"}
    state = {"name": "web", "ready": False, "restartCount": 0, "state": {"waiting": reason}}
    waiting["status"] = {"phase": "Pending", "containerStatuses": [state]}
    server = cluster(make("Secret", "db", "shop"))
    async with serving(server) as client:
        known = client.application.graph
        await until(lambda: "Secret/shop/db" in known)
        server.put(make("Secret", "db", "shop", metadata={"annotations": {"rotated": "yes"}}))
        server.put(waiting)
        recent = client.application.recent
        await until(lambda: "Pod/shop/waits" in known and any(recent.of("Secret/shop/db")))
        _, _, body = await client.get("/api/v1/problems")
        (found,) = [each for each in json.loads(body) if each["id"] == "Pod/shop/waits"]
        assert [(each["id"], each["change"], each["text"]) for each in found["changed"]] == [
            ("Secret/shop/db", "config", "was changed")
        ]
        _, _, body = await client.get("/api/v1/graph/Pod/shop/waits/changed")
        assert json.loads(body) == found["changed"]
        assert "Secret/shop/db: was changed" in await client.text("/")
        assert "Secret/shop/db: was changed" in await client.text("/?object=Pod/shop/waits")
        lines = await client.text("/metrics?name[]=astrolabe_last_change_timestamp_seconds")
        assert 'id="Secret/shop/db"' in lines
        assert 'change="config"' in lines
