"""A cluster in trouble is its own affair: the others are followed to the object, however it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from astrolabe.api.clusters.member import PATIENCE
from astrolabe.kube.transport import Response
from astrolabe.testing import faults
from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import cluster
from tests.api.shop import pod
from tests.contexts.inprocess import Exporters, exporters

pytestmark = pytest.mark.looptime

KINDS = ("pods", "nodes", "deployments.apps")

TROUBLES: dict[str, Callable[[ApiServer], object]] = {
    "away": ApiServer.go_away,
    "silent": lambda server: order(server, faults.Silent()),
    "slow": lambda server: order(server, faults.Slow(45)),
    "too many requests": lambda server: order(server, faults.Refuse(429, retry_after=1)),
    "expired": lambda server: order(server, faults.Refuse(410)),
    "unauthorized": lambda server: order(server, faults.Refuse(401)),
    "forbidden": lambda server: order(server, faults.Refuse(403)),
    "errors in watches": lambda server: order(server, faults.ErrorEvent(500)),
    "half open": lambda server: order(server, faults.HalfOpen()),
    "cut": lambda server: order(server, faults.Cut(inside=3)),
    "malformed": lambda server: order(server, faults.Insert(b'{"type": "ADDED", "object": {"meta\n')),
}


def order(server: ApiServer, fault: faults.Fault) -> None:
    """Have each request for any kind meet a fault, and let each kind ask again."""
    for resource in server.resources:
        server.faults.order(resource, fault, times=None)
    server.version += 1
    server.compact()
    server.break_connections()


def text_of(all_of_them: Exporters, name: str) -> list[str]:
    snapshot = all_of_them.applications[name].exposition.snapshot_now()
    pieces = (b"".join(block.text for block in section.blocks) for section in snapshot.sections)
    return b"".join(pieces).decode().split("\n")


async def alone(server: ApiServer, name: str) -> list[str]:
    """What an exporter of the cluster alone says, which the others are compared with."""
    async with exporters({name: server}, kinds=KINDS) as only:
        return text_of(only, name)


@pytest.mark.parametrize(
    ("trouble", "first"),
    [
        (trouble, first)
        for trouble in TROUBLES
        for first in (True, False)
        if first or trouble in ("away", "cut")
    ],
)
async def test_the_others_are_followed_and_the_process_is_ready(trouble: str, *, first: bool) -> None:
    well, ill = cluster(), cluster()
    if first:
        TROUBLES[trouble](ill)
    async with exporters({"well": well, "ill": ill}, kinds=KINDS) as both:
        member = both.members["well"]
        assert (member.up, member.usable, member.health) == (True, True, "healthy")
        if not first:
            TROUBLES[trouble](ill)
        for number in range(4):
            well.put(pod(f"more-{number}"))
            await asyncio.sleep(20)
        well.delete("pods", "shop", "more-2")
        await asyncio.sleep(1)
        assert text_of(both, "well") == await alone(well, "well")
        assert member.up
        assert all(each.settled() for each in both.members.values())
        ill.faults.clear()
        ill.come_back()
        ill.put(pod("after"))
        expected = await alone(ill, "ill")
        for _ in range(60):
            await asyncio.sleep(20)
            if (found := text_of(both, "ill")) == expected:
                break
        assert found == expected
        assert both.members["ill"].up


class Mute:
    """A transport to an API server that accepts connections and says nothing."""

    @asynccontextmanager
    async def request(self, *_: Any, **__: Any) -> AsyncIterator[Response]:
        await asyncio.get_running_loop().create_future()
        raise AssertionError
        yield

    async def renew(self) -> None:
        """Do nothing."""


async def test_an_api_server_that_says_nothing_is_not_waited_for() -> None:
    async with exporters({"well": cluster(), "mute": Mute()}) as both:
        member = both.members["mute"]
        assert both.members["well"].settled()
        assert not member.settled()
        assert list(member.lines()) == [
            "mute: not ready",
            "mute: discovery: the API server has not answered yet",
        ]
        await asyncio.sleep(PATIENCE)
        assert member.settled()
        assert not member.up
