"""One shop for all tests of graph databases."""

from __future__ import annotations

import asyncio

import looptime
import pytest

from astrolabe.graph.facts import Facts
from tests.graphdb.shop import facts_of, read_shop


@pytest.fixture(scope="session")
def shop_facts() -> list[Facts]:
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        return facts_of(runner.run(read_shop()))
