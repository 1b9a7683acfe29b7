"""Shards by namespace: together they say what one process says, and each thing is said by one of them."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import AsyncExitStack
from random import Random

import pytest

from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import Exporter, following
from tests.shards import towns

pytestmark = pytest.mark.looptime

TOTAL = 3
_SAMPLE = re.compile(r"(\w+)(\{.*\})? (\S+)")
ONCE = frozenset(
    {
        "astrolabe_resource_info",
        "astrolabe_resource_status",
        "astrolabe_resource_status_since_timestamp_seconds",
        "astrolabe_resource_created_timestamp_seconds",
        "astrolabe_resource_labels",
        "astrolabe_edge_info",
        "astrolabe_reference_missing_info",
        "astrolabe_pod_workload_info",
    }
)
"""Families of which each series is exposed by one shard."""
ADDED_UP = frozenset({"astrolabe_resources", "astrolabe_edges", "astrolabe_impact"})
"""Families whose samples are added up."""
_IMAGES = 'kind="Image"'
"""Images are no objects: each shard tells of those that its Pods run."""


def sums(lines: list[str], families: frozenset[str]) -> dict[str, float]:
    """Add up the samples of each series of these families."""
    found: Counter[str] = Counter()
    for line in lines:
        name, labels, value = _SAMPLE.fullmatch(line).groups()
        if name in families and _IMAGES not in line:
            found[f"{name}{labels or ''}"] += float(value)
    return dict(found)


def told(lines: list[str], families: frozenset[str]) -> list[str]:
    return sorted(line for line in lines if line.partition("{")[0] in families and _IMAGES not in line)


async def followed(stack: AsyncExitStack, server: ApiServer) -> tuple[Exporter, list[Exporter]]:
    opted = {
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
    shared, one = Counter(told(parts, ONCE)), Counter(told(everything, ONCE))
    assert (shared - one, one - shared) == (Counter(), Counter()), "said too often, and left out"
    added, known = sums(parts, ADDED_UP).items(), sums(everything, ADDED_UP).items()
    assert (added - known, known - added) == (set(), set()), "added up, and as it is"


@pytest.mark.parametrize("seed", range(4))
async def test_the_union_of_all_shards_is_what_one_process_exposes(seed: int) -> None:
    server, random = ApiServer(), Random(seed)
    towns.found(server)
    towns.live(server, random, 300)
    async with AsyncExitStack() as stack:
        whole, shards = await followed(stack, server)
        for shard in shards:
            assert len(await shard.lines("astrolabe_resource_info{")) > 10
        await compare(whole, shards)
        for _ in range(10):
            towns.live(server, random, 40)
            await asyncio.sleep(7)
            await compare(whole, shards)
