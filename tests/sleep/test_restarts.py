"""Starts with and without what an earlier process knew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sleep.green import Green, unix
from tests.sleep.shop import NIGHT, SLEPT, shop

STEPS: list[tuple[str, Callable[[Green], None]]] = [
    ("status", lambda stage: stage.report("SLEEP")),
    ("web", lambda stage: stage.down("web")),
    ("api", lambda stage: stage.down("api")),
    ("secret", lambda stage: stage.record()),
]


@pytest.mark.parametrize("order", ["0123", "1203", "3012", "1230", "3210", "2031"])
@pytest.mark.parametrize("restart", [None, 0, 1, 2, 3])
def test_streams_have_no_common_order_and_the_exporter_may_restart_between(
    order: str, restart: int | None
) -> None:
    stage = shop()
    stage.pass_to("2026-11-20T20:00:01Z")
    for number, step in enumerate(order):
        STEPS[int(step)][1](stage)
        stage.pass_to(stage.now + 0.2)
        if number == restart:
            stage.restart()
    assert stage.verdicts() == SLEPT
    assert stage.scaled() == {"down": 2}
    assert stage.sleepers() == ["api", "web"]
    stage.at(stage.now + 300)
    assert stage.verdicts() == SLEPT


@pytest.mark.parametrize("after", range(5))
def test_a_start_without_memory_in_the_middle_counts_what_comes_after(after: int) -> None:
    stage = shop()
    stage.pass_to("2026-11-20T20:00:01Z")
    for _, step in STEPS[:after]:
        step(stage)
    stage.restart(remember=False)
    for _, step in STEPS[after:]:
        step(stage)
    stage.at(stage.now + 300)
    assert stage.verdicts() == (SLEPT if after == 0 else {})
    assert stage.scaled().get("down", 0) == sum(name in ("web", "api") for name, _ in STEPS[after:])
    assert stage.sleepers() == ["api", "web"]
    assert stage.source.asleep("Deployment/shop/web") == unix("2026-11-20T20:00:01Z")


def test_the_exporter_is_down_for_the_whole_sleep() -> None:
    stage = shop()
    ledger = stage.source.ledger()
    stage.night("web", "api")
    stage.pass_to("2026-11-20T20:10Z")
    stage.start(ledger)
    assert stage.verdicts() == SLEPT
    assert stage.scaled() == {"down": 2}


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("outage", [20.0, 85.0, 600.0])
def test_what_happened_while_the_exporter_was_down_may_be_heard_last(outage: float, recorded: bool) -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    if recorded:
        stage.record()
    stage.scrape()
    stage.pass_to(stage.now + outage)
    # The kinds are known, the state of this one is still the old one: its events are on their way.
    stage.restart()
    stage.at(stage.now + 2)
    stage.down("api", time=unix("2026-11-20T20:00:00Z"))
    if not recorded:
        stage.record(time=unix("2026-11-20T20:00:00Z"))
    assert stage.verdicts() == SLEPT


def test_what_began_while_the_exporter_was_down_is_not_missed_before_it_is_heard_of() -> None:
    stage = shop()
    stage.at("2026-11-20T19:00:00Z")
    stage.pass_to("2026-11-20T20:10Z")
    stage.restart()
    stage.at(stage.now + 2)
    asleep = unix("2026-11-20T20:00:00Z")
    stage.report("SLEEP", time=asleep)
    stage.down("web", "api", time=asleep)
    stage.record(time=asleep)
    stage.at(stage.now + 300)
    assert stage.verdicts() == SLEPT


def test_what_did_not_begin_while_the_exporter_was_down_is_missed() -> None:
    stage = shop()
    stage.at("2026-11-20T19:00:00Z")
    stage.pass_to("2026-11-20T20:10Z")
    stage.restart()
    stage.scrape()
    stage.at(stage.now + 9)
    assert stage.verdicts() == {}
    stage.at(stage.now + 2)
    assert stage.verdicts() == {("sleep", "missed"): 1}


def test_what_was_under_way_is_judged_after_a_restart_though_nothing_more_happens() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.record()
    stage.scrape()
    stage.pass_to(stage.now + 20)
    stage.restart()
    assert stage.verdicts() == {}
    stage.at(stage.now + 11)
    assert stage.verdicts() == {("sleep", "partial"): 1}


def test_the_exporter_is_down_when_it_wakes() -> None:
    stage = shop()
    stage.night("web", "api")
    ledger = stage.source.ledger()
    stage.morning("web", "api")
    stage.pass_to("2026-11-21T09:00Z")
    stage.start(ledger)
    assert stage.verdicts() == NIGHT
    assert stage.scaled() == {"down": 2, "up": 2}
    assert [(sleep.until or 0) - sleep.since for sleep in stage.source.ended()] == [12 * 3600] * 2


def test_a_workload_is_replaced_asleep_while_the_exporter_is_down() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.pass_to("2026-11-20T23:00Z")
    ledger = stage.source.ledger()
    stage.workload("web", 3)
    stage.pass_to("2026-11-21T01:00Z")
    stage.start(ledger)
    assert stage.sleepers() == ["api"]
    # Until when it slept nobody knows: what is certain is up to the ledger.
    assert [(sleep.id, sleep.until) for sleep in stage.source.ended()] == [
        ("Deployment/shop/web", unix("2026-11-20T23:00Z"))
    ]


def test_the_exporter_is_down_for_days() -> None:
    """Of the time in between only the newest start is known; nothing of it is called missed."""
    stage = shop()
    ledger = stage.source.ledger()
    for day in (20, 21, 22):
        stage.night("web", "api", at=f"2026-11-{day}T20:00:00Z")
        if day < 22:
            stage.morning("web", "api", at=f"2026-11-{day + 1}T08:00:00Z")
    stage.pass_to("2026-11-22T22:00Z")
    stage.start(ledger)
    stage.at("2026-11-22T23:00Z")
    assert stage.verdicts() == SLEPT
    assert stage.scaled() == {"down": 2}


def test_the_clock_jumps_while_the_exporter_starts() -> None:
    stage = shop()
    stage.night("web", "api")
    ledger = stage.source.ledger()
    stage.pass_to("2026-11-20T20:01:00Z")
    stage.begin(ledger, {})
    stage.offset = 3600
    stage.scrape()
    stage.list(*stage.objects)
    stage.scrape()
    assert sorted(sleep.replicas or 0 for sleep in stage.source.sleeping()) == [2, 3]


def test_what_was_deleted_while_the_exporter_was_down_sleeps_no_more() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.pass_to("2026-11-20T22:00Z")
    ledger = stage.source.ledger()
    stage.delete("deployments", "shop", "web")
    stage.pass_to("2026-11-20T23:00Z")
    stage.start(ledger)
    stage.scrape()
    assert stage.sleepers() == ["api"]
    assert [(sleep.id, sleep.until) for sleep in stage.source.ended()] == [
        ("Deployment/shop/web", unix("2026-11-20T22:00Z"))
    ]


def test_a_cold_start_while_asleep() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T23:00Z")
    stage.restart(remember=False)
    assert stage.verdicts() == {}
    assert stage.scaled() == {}
    assert stage.sleepers() == ["api", "web"]
    assert {sleep.since for sleep in stage.source.sleeping()} == {unix("2026-11-20T20:00:00Z")}
    stage.morning("web", "api")
    assert stage.verdicts() == {("wake_up", "success"): 1}
    assert stage.scaled() == {"up": 2}
