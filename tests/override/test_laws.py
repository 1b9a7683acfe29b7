"""Laws, over generated sequences of wishes, ends, waits and kills."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from astrolabe.override import events
from astrolabe.override.rules.refusal import Refusal
from tests.override.memory import MemoryStore
from tests.override.world import ANN, BOB, EVE, MONDAY, Service, World

MINUTE = 60.0
NAMES = ("dev", "staging")
PEOPLE = (ANN, BOB, EVE)

Act: TypeAlias = tuple[Any, ...]
ACTS = st.one_of(
    st.tuples(
        st.just("ask"),
        st.sampled_from(NAMES),
        st.sampled_from(("wake", "sleep")),
        st.integers(1, 240),
        st.sampled_from(PEOPLE),
        st.one_of(st.none(), st.integers(1, 200)),
    ),
    st.tuples(st.just("end"), st.integers(1, 8), st.sampled_from(PEOPLE)),
    st.tuples(st.just("wait"), st.integers(1, 200)),
    st.tuples(st.just("jump"), st.integers(-90, 90)),
    st.tuples(st.just("kill"), st.integers(0, 12)),
)


class Model:
    """What people were promised, kept apart from the service: intervals, and the newest one counts."""

    def __init__(self) -> None:
        self.promises: dict[int, dict[str, Any]] = {}

    def asleep(self, environment: str, now: float, schedule: Callable[[float], bool]) -> bool:
        valid = [
            number
            for number, each in self.promises.items()
            if each["environment"] == environment
            and not each["over"]
            and each["start"] <= now < each["until"]
        ]
        return self.promises[max(valid)]["action"] == "sleep" if valid else schedule(now)

    def pass_time(self, now: float) -> None:
        """What was over at a time when somebody looked stays over, whatever the clock says later."""
        for each in self.promises.values():
            each["over"] |= now >= each["until"]


def night(now: float) -> bool:
    """Every other two hours."""
    return int((now - MONDAY) // 7200) % 2 == 1


@settings(max_examples=150)
@given(st.lists(ACTS, max_size=14))
@example([("ask", "dev", "wake", 1, ANN, None), ("jump", -1), ("ask", "dev", "wake", 1, ANN, None)])
def test_an_environment_is_what_the_newest_override_or_the_schedule_says(acts: list[Act]) -> None:
    asyncio.run(_law(acts))


async def _law(acts: list[Act]) -> None:
    world = World(asleep=night)
    world.tick(NAMES, MONDAY)
    service, model = Service(world, MemoryStore(), names=NAMES), Model()
    for act in acts:
        await _do(act, service, world, model)
        world.tick(NAMES, service.now)
        await service.settle()
        model.pass_time(service.now)
        for name in NAMES:
            assert world.awake[name] is not model.asleep(name, service.now, night), (name, act)
        state = await service.state()
        assert _plain(state) == _plain(service.ledger.state)
        assert world.held == set(state.holds)
    # Every override ends, and nothing is left in hand.
    service.now = max([service.now, *(each["until"] for each in model.promises.values())])
    await service.settle()
    state = await service.state()
    assert not list(state.open())
    assert not state.holds
    assert not world.held
    # One record for each deed, in the order in which they were done.
    recorded = [
        (each.environment, change) for each in await service.happened(events.Done) for change in each.changes
    ]
    for name in NAMES:
        assert [what for where, what in recorded if where == name] == [
            what for where, what in world.deeds if where == name
        ]


async def _do(act: Act, service: Service, world: World, model: Model) -> None:
    match act:
        case ("ask", environment, action, minutes, person, ahead):
            start = None if ahead is None else service.now + ahead * MINUTE
            before = await service.state()
            number = await service.ask(environment, action, minutes * MINUTE, person, start=start)
            found = (await service.state()).overrides[number]
            if number not in before.overrides:
                expected = (start or service.now, (start or service.now) + minutes * MINUTE)
                assert (found.start, found.until) == expected
                model.promises[number] = {
                    "environment": environment,
                    "action": action,
                    "start": found.start,
                    "until": found.until,
                    "over": False,
                }
            else:
                promise = model.promises[number]
                assert promise["action"] == action
                promise["until"] = max(promise["until"], service.now + minutes * MINUTE)
        case ("end", number, person):
            try:
                await service.end(number, person)
            except Refusal:
                assert number not in model.promises or model.promises[number]["over"]
            else:
                model.promises[number]["over"] = True
        case ("wait", minutes):
            service.now += minutes * MINUTE
        case ("jump", minutes):
            service.now = max(service.now + minutes * MINUTE, MONDAY)
        case ("kill", countdown):
            _kill_after(world, countdown)


def _kill_after(world: World, points: int) -> None:
    """Kill the process once, after some more points before and after steps."""
    left = points

    def kill(_step: str, _when: str) -> bool:
        nonlocal left
        left -= 1
        return left == -1

    world.kill = kill


def _plain(state: Any) -> Any:
    return msgspec.to_builtins((state.overrides, state.holds, state.next_number), str_keys=True)
