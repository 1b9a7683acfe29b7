"""From a wish to an environment that is as it was before."""

from __future__ import annotations

import pytest

from astrolabe.override import events
from astrolabe.override.backend import Impossible, Trouble
from astrolabe.override.rules.refusal import Refusal
from tests.override.memory import MemoryStore
from tests.override.world import ANN, BOB, EVE, HOUR, MONDAY, Service, World


@pytest.fixture
def world() -> World:
    world = World(asleep=lambda _now: True)
    world.awake = dict.fromkeys(("dev", "prod", "staging"), False)
    return world


@pytest.fixture
def service(world: World) -> Service:
    return Service(world, MemoryStore())


async def test_the_whole_way(service: Service, world: World) -> None:
    number = await service.ask("dev", "wake", HOUR)
    assert (await service.override(number)).phase == "approved"
    await service.settle()
    assert (await service.override(number)).phase == "verified"
    assert world.awake["dev"]
    assert world.held == {"dev"}
    service.now += HOUR
    await service.settle()
    override = await service.override(number)
    assert (override.phase, override.outcome, override.why) == ("closed", "restored", "its time was up")
    assert not world.awake["dev"]
    assert not world.held
    steps = [(each.number, each.step, each.changes) for each in await service.happened(events.Done)]
    assert steps == [
        (1, "keep", ()),
        (1, "still", ("still",)),
        (1, "scale", ("woken",)),
        (1, "verify", ()),
        (0, "restore", ("put to sleep",)),
        (0, "verify", ()),
        (0, "release", ("release",)),
    ]


async def test_phases_on_the_way(service: Service, world: World) -> None:
    number = await service.ask("dev", "wake", HOUR)
    world.trouble = []
    seen = []

    def note(_step: str, when: str) -> bool:
        if when == "before":
            seen.append(service.ledger.state.overrides[number].phase)
        return False

    world.kill = note
    await service.settle()
    service.now += HOUR
    await service.settle()
    assert seen == ["approved", "approved", "approved", "applied", "ended", "ended", "closed"]


async def test_the_later_one_decides_and_the_earlier_one_comes_back(service: Service, world: World) -> None:
    wake = await service.ask("dev", "wake", 3 * HOUR)
    await service.settle()
    service.now += 60
    sleep = await service.ask("dev", "sleep", HOUR, BOB)
    await service.settle()
    assert not world.awake["dev"]
    service.now += HOUR
    await service.settle()
    assert world.awake["dev"]
    assert (await service.override(sleep)).outcome == "replaced"
    assert (await service.override(wake)).phase == "verified"
    service.now += 2 * HOUR
    await service.settle()
    assert (await service.override(wake)).outcome == "restored"
    assert not world.held


async def test_one_that_ends_while_another_decides(service: Service, world: World) -> None:
    wake = await service.ask("dev", "wake", HOUR)
    await service.settle()
    service.now += 60
    await service.ask("dev", "sleep", 2 * HOUR, BOB)
    await service.settle()
    service.now += HOUR
    await service.settle()
    assert (await service.override(wake)).outcome == "covered"
    assert not world.awake["dev"]


async def test_asked_again_it_is_extended(service: Service, world: World) -> None:
    first = await service.ask("dev", "wake", HOUR)
    await service.settle()
    service.now += HOUR / 2
    assert await service.ask("dev", "wake", HOUR) == first
    await service.settle()
    override = await service.override(first)
    assert (override.until, override.extensions) == (MONDAY + 1.5 * HOUR, 1)
    service.now = MONDAY + HOUR
    await service.settle()
    assert world.awake["dev"]


async def test_a_shorter_extension_does_not_shorten(service: Service) -> None:
    first = await service.ask("dev", "wake", 2 * HOUR)
    service.now += 60
    await service.ask("dev", "wake", HOUR)
    assert (await service.override(first)).until == MONDAY + 2 * HOUR


async def test_the_same_wish_twice_is_one(service: Service) -> None:
    first = await service.ask("dev", "wake", HOUR, words="1h")
    service.now += 29
    assert await service.ask("dev", "wake", HOUR, words="1h") == first
    assert (await service.override(first)).extensions == 0
    service.now += 2
    assert await service.ask("dev", "wake", HOUR, words="1h") == first
    assert (await service.override(first)).extensions == 1
    service.now += 29
    assert await service.ask("dev", "wake", HOUR, words="1h") == first
    assert (await service.override(first)).extensions == 1


async def test_a_key_makes_a_repetition_known_for_ever(service: Service) -> None:
    first = await service.ask("dev", "wake", HOUR, key="trigger")
    service.now += 10 * HOUR
    await service.settle()
    assert await service.ask("dev", "wake", HOUR, key="trigger") == first
    assert await service.ask("dev", "wake", HOUR, BOB, key="trigger") != first


async def test_a_booked_one_begins_at_its_time(service: Service, world: World) -> None:
    number = await service.ask("dev", "wake", HOUR, start=MONDAY + HOUR)
    await service.settle()
    assert not world.awake["dev"]
    service.now += HOUR
    await service.settle()
    assert world.awake["dev"]
    service.now += HOUR
    await service.settle()
    assert (await service.override(number)).outcome == "restored"


async def test_a_booked_one_that_is_ended_before(service: Service, world: World) -> None:
    number = await service.ask("dev", "wake", HOUR, start=MONDAY + HOUR)
    await service.end(number)
    await service.settle()
    assert (await service.override(number)).outcome == "cancelled"
    assert not world.deeds


async def test_ended_by_hand(service: Service, world: World) -> None:
    number = await service.ask("dev", "wake", HOUR)
    await service.settle()
    await service.end(number)
    await service.settle()
    override = await service.override(number)
    assert (override.outcome, override.why) == ("restored", "ann ended it")
    assert not world.awake["dev"]
    with pytest.raises(Refusal, match="is over already"):
        await service.end(number)


async def test_a_step_that_fails_is_tried_again_and_then_reported_once(
    service: Service, world: World
) -> None:
    number = await service.ask("dev", "wake", HOUR)
    world.trouble = [Trouble("the API server is away") for _ in range(5)]
    for _ in range(5):
        await service.settle()
        assert (await service.override(number)).phase == "approved"
        service.now += 60
    await service.settle()
    assert (await service.override(number)).phase == "verified"
    failed = await service.happened(events.Failed)
    assert [(each.step, each.problem, each.number) for each in failed] == [
        ("keep", "the API server is away", number)
    ]


async def test_the_other_side_says_how_long_to_wait(service: Service, world: World) -> None:
    await service.ask("dev", "wake", HOUR)
    world.trouble = [Trouble("busy", retry_after=45)]
    assert await service.worker.turn() == pytest.approx(30)
    service.now += 44
    await service.worker.turn()
    assert not world.deeds
    service.now += 1
    await service.settle()
    assert world.awake["dev"]


async def test_what_cannot_be_done_ends_the_override(service: Service, world: World) -> None:
    number = await service.ask("dev", "wake", HOUR)
    world.trouble = [Impossible("Argo CD would undo it")]
    await service.settle()
    override = await service.override(number)
    assert (override.phase, override.outcome, override.why) == ("closed", "failed", "Argo CD would undo it")
    assert not (await service.state()).holds


async def test_what_cannot_be_done_in_the_middle_is_put_back(service: Service, world: World) -> None:
    number = await service.ask("dev", "wake", HOUR)
    world.kill = lambda step, when: (
        world.trouble.append(Impossible("forbidden")) or False
        if (step, when) == ("still", "after")
        else False
    )
    await service.settle()
    assert (await service.override(number)).outcome == "failed"
    assert not world.held
    assert not world.awake["dev"]


async def test_what_stays_pending_is_reported(service: Service, world: World) -> None:
    number = await service.ask("dev", "wake", HOUR)
    real, world.awake = world.awake, _Stuck(world.awake)
    await service.settle()
    service.now += 121
    await service.settle()
    assert (await service.override(number)).phase == "applied"
    assert [(each.step, each.problem) for each in await service.happened(events.Failed)] == [
        ("verify", "not yet")
    ]
    world.awake = real | {"dev": True}
    service.now += 60
    await service.settle()
    assert (await service.override(number)).phase == "verified"


class _Stuck(dict[str, bool]):
    """Replicas that nobody can change."""

    def update(self, *_others: object) -> None:
        """Take nothing in."""


async def test_bulk_and_rights(service: Service) -> None:
    with pytest.raises(Refusal, match="you may not wake `prod`: who may: admin") as refused:
        await service.ask("prod", "wake", HOUR)
    assert refused.value.rule == "roles"
    await service.ask("prod", "wake", HOUR, EVE)


async def test_only_who_may_ends_it(service: Service) -> None:
    number = await service.ask("prod", "wake", HOUR, EVE)
    with pytest.raises(Refusal, match="you may not end it: who may: admin"):
        await service.end(number, ANN)


async def test_a_wish_after_another_one_is_no_repetition(service: Service, world: World) -> None:
    first = await service.ask("dev", "wake", HOUR, EVE, words="1h")
    service.now += 5
    await service.ask("dev", "sleep", HOUR, EVE, words="1h")
    service.now += 5
    third = await service.ask("dev", "wake", HOUR, EVE, words="1h")
    assert third != first
    await service.settle()
    assert world.awake["dev"]
