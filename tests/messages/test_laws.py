"""Laws over generated histories: what messages tell is what the graph knows, whatever consumers do."""

from __future__ import annotations

import asyncio
from typing import Any

import looptime
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.messages.subscription import Subscription
from tests.graph.test_laws import step
from tests.graph.worlds import everything_known, histories, with_uids_of_their_own
from tests.messages.helpers import PATIENCE, Model, World

SUBSCRIPTIONS = (
    Subscription(),
    Subscription(("Pod",)),
    Subscription(("Pod", "Secret"), ("a",)),
    Subscription((), ("a|b",)),
)
long_histories = st.builds(
    lambda first, second, known: [*(everything_known if known else ()), *first, *second],
    histories,
    histories,
    st.booleans(),
).map(with_uids_of_their_own)


@settings(max_examples=150)
@given(
    history=long_histories,
    pauses=st.lists(st.sampled_from((None, 0.0, 0.01, 1.0)), min_size=1, max_size=8),
    start=st.sampled_from((0, 0, 5, 20)),
    lost=st.none() | st.integers(0, 40),
    seed=st.integers(0, 1000),
    failing=st.sampled_from((0.1, 0.5)),
    forgetful=st.booleans(),
)
def test_what_a_consumer_was_told_is_what_the_graph_knows(
    history: list[tuple[str, Any]],
    pauses: list[float | None],
    start: int,
    lost: int | None,
    seed: int,
    failing: float,
    forgetful: bool,
) -> None:
    async def main() -> None:
        world = World()
        steady = Model("steady")
        models = [steady] + [
            Model(str(number), seed=seed + number, failing=failing, forgetful=forgetful)
            for number in range(len(SUBSCRIPTIONS))
        ]
        wanted = [Subscription(), *SUBSCRIPTIONS]
        for model, subscription in zip(models, wanted, strict=True):
            world.router.add(model, subscription)
        for event in history[:start]:
            world.step(event)
        async with world.running():
            for number, event in enumerate(history[start:]):
                if number == lost:
                    step(world.graph, event)
                    world.router.lost()
                else:
                    world.step(event)
                pause = pauses[number % len(pauses)]
                if pause is not None:
                    await asyncio.sleep(pause)
                    assert not pause or steady.known == world.expected()
            for model in models:
                model.calm()
            await asyncio.sleep(PATIENCE)
            for model, subscription in zip(models, wanted, strict=True):
                assert model.known == world.expected(subscription)
            assert not world.router.consumers[0].failures

    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        runner.run(main())
