"""What scrapes see while the API server restarts, and a kind changes its version, stops or is relisted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from astrolabe.graph.delta import Delta
from astrolabe.graph.follower import Follower
from astrolabe.scheduling import scheduler
from astrolabe.testing import faults
from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import Exporter, cluster, following
from tests.api.shop import definition, make
from tests.changes import DEFINITIONS

pytestmark = pytest.mark.looptime

ROLLOUTS = "rollouts.argoproj.io"
DEFINITION = "CustomResourceDefinition/rollouts.argoproj.io"
LOST = "HorizontalPodAutoscaler/shop/lost → Rollout.argoproj.io/shop/gone"


@pytest.fixture(autouse=True)
def turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let others have their turn after every second object of a list."""
    monkeypatch.setattr(scheduler, "TURN_SECONDS", -1.0)


def rollout(name: str, version: str = "v1") -> dict[str, Any]:
    return make("Rollout", name, api=f"argoproj.io/{version}", spec={})


def scaler(name: str, target: str) -> dict[str, Any]:
    reference = {"apiVersion": "argoproj.io/v1", "kind": "Rollout", "name": target}
    spec = {"scaleTargetRef": reference, "maxReplicas": 3}
    return make("HorizontalPodAutoscaler", name, api="autoscaling/v2", spec=spec)


@pytest.fixture
def server() -> ApiServer:
    """Rollouts that are scaled, and one that is scaled and not there."""
    server = cluster(definition("rollouts", "Rollout", "argoproj.io"), make("Secret", "db"))
    for number in range(40):
        server.put(rollout(f"r{number}"))
        server.put(scaler(f"s{number}", f"r{number}"))
    server.put(scaler("lost", "gone"))
    return server


def missing(exporter: Exporter) -> set[str]:
    found = {f"{each.source} → {each.target}" for each in exporter.application.graph.missing()}
    return {each for each in found if "Rollout" in each}


class Watched(Follower):
    """What happened to the graph while it was looked at."""

    def __init__(self) -> None:
        self.turns = 0
        self.deltas: list[Delta] = []
        self.called_missing: set[str] = set()
        self.over = False

    def follow(self, delta: Delta) -> None:
        """Take note of a delta, while somebody looks."""
        if not self.over:
            self.deltas.append(delta)

    def lost(self) -> None:
        """Never come to this: nothing fails here."""
        raise AssertionError

    @property
    def gone(self) -> set[str]:
        """Objects that went and did not come back with the next change."""
        gone = set()
        for delta, later in pairwise([*self.deltas, Delta()]):
            went = {name for name, (_, after) in delta.nodes.items() if after is None}
            gone |= went - {name for name, (before, _) in later.nodes.items() if before is None}
        return gone


@asynccontextmanager
async def looking(exporter: Exporter) -> AsyncIterator[Watched]:
    """Look whenever anybody else has had a turn, as a scrape might."""
    watched = Watched()

    async def look() -> None:
        while True:
            watched.called_missing |= missing(exporter)
            watched.turns += 1
            await asyncio.sleep(0 if watched.turns % 50 else 0.1)

    exporter.application.bus.add("api", watched)
    task = asyncio.create_task(look())
    try:
        yield watched
    finally:
        task.cancel()
        watched.over = True
    assert watched.turns > 100


def touch(server: ApiServer, *versions: str) -> None:
    """Have something about the definition change."""
    fresh = definition("rollouts", "Rollout", "argoproj.io")
    fresh["metadata"]["labels"] = {"touched": str(server.version)}
    if versions:
        fresh["spec"]["versions"] = [
            {"name": name, "served": True, "storage": number == 0} for number, name in enumerate(versions)
        ]
    server.put(fresh)


@pytest.mark.parametrize("readable", [True, False])
async def test_restarts_of_the_api_server_cost_no_series(server: ApiServer, readable: bool) -> None:
    if not readable:
        server.faults.forbid(DEFINITIONS)
    async with following(server) as exporter:
        before = await exporter.text()
        assert before.count('kind="Rollout.argoproj.io"') > 40
        async with looking(exporter) as watched:
            for number in range(9):
                touch(server)
                # A second later everything is discovered, in just that moment.
                await asyncio.sleep(0.9)
                server.restart(0.3)
                for _ in range(8):
                    await asyncio.sleep(0.5 + 0.1 * number)
                    assert await exporter.text() == before
            await asyncio.sleep(60)
        # The definition itself changes, as an object like others, where it may be read; nothing else does.
        changed = [Delta(nodes=delta.nodes) for delta in watched.deltas]
        assert watched.deltas == changed
        assert {each for delta in changed for each in delta.nodes} == ({DEFINITION} if readable else set())
        assert set(exporter.phases().values()) <= {"synced", "forbidden"}


@pytest.mark.parametrize("versions", [("v2",), ("v2", "v1")])
async def test_another_version_takes_over_without_a_gap(server: ApiServer, versions: tuple[str, ...]) -> None:
    async with following(server) as exporter:
        series = len(await exporter.lines("Rollout.argoproj.io"))
        assert missing(exporter) == {LOST}
        async with looking(exporter) as watched:
            touch(server, *versions)
            for _ in range(60):
                await asyncio.sleep(0.5)
                lines = await exporter.lines('kind="Rollout.argoproj.io"')
                assert len([line for line in lines if "astrolabe_resource_info{" in line]) == 40
        assert len(watched.deltas) > 40
        assert watched.gone == set()
        assert watched.called_missing <= {LOST}
        assert missing(exporter) == {LOST}
        assert len(await exporter.lines("Rollout.argoproj.io")) == series
        assert len(await exporter.lines('api_version="argoproj.io/v2"')) == 40
        async with following(server) as fresh:
            assert await exporter.text() == await fresh.text()


async def test_while_the_new_version_cannot_be_listed_nothing_goes_and_nothing_is_called_missing(
    server: ApiServer,
) -> None:
    async with following(server) as exporter:
        async with looking(exporter) as watched:
            server.faults.order(ROLLOUTS, faults.Refuse(500, "conversion webhook failed"), times=None)
            touch(server, "v2", "v1")
            await asyncio.sleep(60)
            assert exporter.phases()[ROLLOUTS] == "failing"
            assert exporter.application.supervisor.ready
            assert missing(exporter) == set()
            server.put(scaler("new", "not-seen-yet"))
            server.put(rollout("not-seen-yet", "v2"))
            await asyncio.sleep(10)
            assert missing(exporter) == set()
            server.faults.clear(ROLLOUTS)
            await asyncio.sleep(60)
        assert watched.gone == set()
        assert watched.called_missing <= {LOST}
        assert missing(exporter) == {LOST}


async def test_a_kind_that_stops_leaves_nothing_called_missing(server: ApiServer) -> None:
    async with following(server) as exporter:
        async with looking(exporter) as watched:
            # The connection breaks first, so that no deletion of an object is heard of.
            server.break_connections()
            server.delete(DEFINITIONS, "", ROLLOUTS)
            await asyncio.sleep(60)
        assert len([each for each in watched.gone if each.startswith("Rollout.argoproj.io/")]) == 40
        assert watched.called_missing <= {LOST}
        assert missing(exporter) == set()


async def test_a_list_that_replaces_another_calls_nothing_missing_that_is_there(server: ApiServer) -> None:
    async with following(server) as exporter:
        async with looking(exporter) as watched:
            for watch in server.watches(ROLLOUTS):
                watch.break_off()
            for number in range(40):
                server.delete(ROLLOUTS, "shop", f"r{number}")
                server.put(rollout(f"r{number}"))
            server.compact()
            await asyncio.sleep(60)
        assert watched.called_missing <= {LOST}
        assert missing(exporter) == {LOST}
