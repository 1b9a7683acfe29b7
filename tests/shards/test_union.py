"""Shards by namespace: together they say what one process says, and each thing is said by one of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest

from astrolabe.demo.cluster import open_shop
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import LoopClock
from tests.api.exporter import SEEN, Exporter, following
from tests.shards import towns

pytestmark = pytest.mark.looptime

TOTAL = 3
ADDED_UP = frozenset(
    {"astrolabe_resources", "astrolabe_edges", "astrolabe_impact", "astrolabe_cause_affected"}
)
"""Families whose samples are added up by their labels."""
MERGED = frozenset({"astrolabe_cause_info"})
"""Families of which several shards may expose the same series."""
MEASURED = frozenset(
    {
        "kube_green_cost_savings_dollars_total",
        "kube_green_cost_savings_estimate_dollars",
        "kube_green_co2_savings_estimate_grams_total",
    }
)
"""Families whose values are of the time that passed, which each process measures by itself."""
_IMAGES = 'kind="Image"'
"""Images are no objects: each shard tells of those that its Pods run."""


def family(line: str) -> str:
    return line.partition("{")[0].partition(" ")[0]


def once(lines: list[str]) -> Counter[str]:
    """Everything that one shard alone exposes."""
    return Counter(
        line.rpartition(" ")[0] if family(line) in MEASURED else line
        for line in lines
        if family(line) not in ADDED_UP | MERGED and _IMAGES not in line
    )


def merged(lines: list[str]) -> set[str]:
    return {
        line for line in lines if family(line) in MERGED or (_IMAGES in line and family(line) not in ADDED_UP)
    }


def sums(lines: list[str]) -> set[tuple[str, float]]:
    found: Counter[str] = Counter()
    for line in lines:
        series, _, value = line.rpartition(" ")
        if family(line) in ADDED_UP and _IMAGES not in line:
            found[series] += float(value)
    return set(found.items())


async def followed(
    stack: AsyncExitStack, server: ApiServer, **settings: Any
) -> tuple[Exporter, list[Exporter]]:
    opted = {
        **settings,
        "metrics_opt_in": ("astrolabe_resource_created_timestamp_seconds",),
        "metric_labels": {"pods": ("*",)},
    }
    whole = await stack.enter_async_context(following(server, **opted))
    shards = [
        await stack.enter_async_context(
            following(server, shard=number, total_shards=TOTAL, shard_by="namespace", **opted)
        )
        for number in range(TOTAL)
    ]
    return whole, shards


async def compare(whole: Exporter, shards: list[Exporter]) -> None:
    everything = await whole.lines("")
    parts = [line for shard in shards for line in await shard.lines("")]
    shared, one = once(parts), once(everything)
    assert (shared - one, one - shared) == (Counter(), Counter()), "said too often, and left out"
    assert sums(parts) ^ sums(everything) == set()
    assert merged(parts) ^ merged(everything) == set()


@pytest.mark.parametrize("seed", range(2))
async def test_the_union_of_all_shards_is_what_one_process_exposes(seed: int) -> None:
    server, random = ApiServer(), Random(seed)
    towns.found(server)
    towns.live(server, random, 300)
    async with AsyncExitStack() as stack:
        whole, shards = await followed(stack, server)
        for shard in shards:
            assert len(await shard.lines("astrolabe_resource_info{")) > 10
        await compare(whole, shards)
        for _ in range(5):
            towns.live(server, random, 40)
            await asyncio.sleep(7)
            await compare(whole, shards)


async def test_of_named_namespaces_each_shard_asks_for_its_own() -> None:
    server, random = ApiServer(), Random(9)
    towns.found(server)
    towns.live(server, random, 300)
    async with AsyncExitStack() as stack:
        whole, shards = await followed(
            stack,
            server,
            namespaces=("shop", "pay", "search"),
            # A shard that has none of them knows no binding at all, and finds nothing.
            metrics_denied=(SEEN, "astrolabe_access_.*"),
        )
        await compare(whole, shards)
        towns.live(server, random, 100)
        await asyncio.sleep(7)
        await compare(whole, shards)
        asked = [
            sorted(
                state.scope.namespace
                for state in shard.application.supervisor.states
                if state.resource == "pods"
            )
            for shard in shards
        ]
        assert sorted(name for names in asked for name in names) == ["pay", "search", "shop"]


@pytest.mark.long
async def test_the_shop_of_the_demo_is_shared_without_loss() -> None:
    server = ApiServer(clock=LoopClock())
    open_shop(server)
    async with AsyncExitStack() as stack:
        await compare(*await followed(stack, server))
