"""What is done now and then is done at the same moments."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.scheduling.beat import BEAT, beat, next_beat

EVERY = st.sampled_from([BEAT, 2 * BEAT, 4 * BEAT])


@given(st.floats(0, 1e9), EVERY)
def test_the_next_moment_is_a_multiple_and_neither_now_nor_later_than_one_interval(
    now: float, every: float
) -> None:
    moment = next_beat(now, every)
    assert moment % every == 0
    assert 0 < moment - now <= every + 0.001


@given(st.floats(0, 1e9), EVERY)
def test_a_loop_that_wakes_a_little_too_soon_does_not_wake_twice(now: float, every: float) -> None:
    moment = next_beat(now, every)
    assert next_beat(moment - 0.0005, every) == moment + every


@pytest.mark.looptime
async def test_whoever_rests_wakes_with_the_others() -> None:
    loop = asyncio.get_running_loop()
    woken: list[float] = []

    async def rest(start: float, every: float) -> None:
        await asyncio.sleep(start)
        await beat(every)
        woken.append(loop.time() - begun)

    await beat(1.0)
    begun = loop.time()
    await asyncio.gather(rest(0.01, BEAT), rest(0.1, BEAT), rest(0.06, 2 * BEAT), rest(0.2, 2 * BEAT))
    assert woken == pytest.approx([0.125, 0.125, 0.25, 0.25], abs=1e-6)
