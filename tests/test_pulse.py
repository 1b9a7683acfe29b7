"""How late the event loop comes round is told."""

from __future__ import annotations

import asyncio

import pytest

from astrolabe.metrics.telemetry import Telemetry
from astrolabe.scheduling.pulse import BETWEEN, pulse
from tests.api.exporter import cluster, following

pytestmark = pytest.mark.looptime


async def test_what_holds_up_the_loop_is_told_to_the_second() -> None:
    held = 0.0
    told: list[float] = []
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(pulse(told.append, lambda: loop.time() + held))
    await asyncio.sleep(BETWEEN * 1.5)
    held = 3.0
    await asyncio.sleep(BETWEEN)
    await asyncio.sleep(BETWEEN)
    running.cancel()
    assert told == pytest.approx([0.0, 3.0, 0.0], abs=1e-6)


async def test_the_exporter_looks_four_times_a_second() -> None:
    telemetry = Telemetry()
    telemetry.process.blocked(0.02)
    assert telemetry.registry.get_sample_value("astrolabe_loop_blocked_seconds_sum") == 0.02
    async with following(cluster(), settle=5) as exporter:
        assert exporter.telemetry("astrolabe_loop_blocked_seconds_count") == pytest.approx(19, abs=1)
