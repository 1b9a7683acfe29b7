"""What a wake-up is for: what the SleepInfo's last sleep put down, as things stood when it started."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from tests.sleep.green import Green
from tests.sleep.shop import NIGHT, SLEPT, shop

STEPS: dict[str, Callable[[Green], None]] = {
    "status": lambda stage: stage.report("WAKE_UP"),
    "workload": lambda stage: stage.up("web"),
    "secret": lambda stage: stage.record(),
}


def scaled_back(stage: Green) -> None:
    stage.scale("web", 0, "kubectl-edit")


def scaled_back_without_a_trace(stage: Green) -> None:
    stage.scale("web", 0, "kubectl", subresource="scale")


def created_again(stage: Green) -> None:
    stage.delete("deployments", "shop", "web")
    stage.workload("web", 0)


@pytest.mark.parametrize("order", list(permutations(STEPS)))
@pytest.mark.parametrize("restart", [None, "23:10", 0, 1])
@pytest.mark.parametrize("back", [scaled_back, scaled_back_without_a_trace, created_again])
def test_what_somebody_sent_back_to_zero_is_woken_all_the_same(
    back: Callable[[Green], None], restart: str | int | None, order: tuple[str, ...]
) -> None:
    """kube-green goes by name and by what it finds at 0: it restores what it had before the sleep."""
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.scale("web", 3, "kubectl-edit")
    stage.scale("api", 3, "kubectl-edit")
    stage.at("2026-11-20T23:00Z")
    back(stage)
    stage.at("2026-11-20T23:10Z")
    if restart == "23:10":
        stage.restart()
    stage.at("2026-11-21T08:00:00Z")
    for number, step in enumerate(order):
        STEPS[step](stage)
        stage.scrape()
        if number == restart:
            stage.restart()
    assert stage.scaled() == {"down": 2, "up": 1}
    stage.at("2026-11-21T08:00:15Z")
    stage.at("2026-11-21T08:05:00Z")
    assert stage.verdicts() == NIGHT


def test_what_kube_green_does_not_wake_of_that_is_told() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.scale("web", 3, "kubectl-edit")
    stage.at("2026-11-20T23:00Z")
    scaled_back(stage)
    stage.morning("api")
    stage.at("2026-11-21T08:05:00Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "partial"): 1}


def test_what_somebody_sent_back_to_zero_is_missed_where_nothing_starts() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.scale("web", 3, "kubectl-edit")
    stage.scale("api", 3, "kubectl-edit")
    stage.at("2026-11-20T23:00Z")
    scaled_back(stage)
    stage.at("2026-11-21T09:00Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "missed"): 1}


@pytest.mark.parametrize("order", list(permutations(STEPS)))
def test_what_is_woken_counts_though_nobody_saw_it_fall_asleep(order: tuple[str, ...]) -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.scale("web", 3, "kubectl-edit")
    stage.scale("api", 3, "kubectl-edit")
    scaled_back(stage)
    stage.at("2026-11-20T23:00Z")
    stage.restart(remember=False)
    stage.at("2026-11-21T08:00:00Z")
    for step in order:
        STEPS[step](stage)
        stage.scrape()
    stage.at("2026-11-21T08:05:00Z")
    assert stage.verdicts() == {("wake_up", "success"): 1}
    assert stage.scaled() == {"up": 1}


def test_a_sleep_that_is_over_is_not_woken_again() -> None:
    """What somebody takes down after the wake-up is not kube-green's, though it once was."""
    stage = shop()
    stage.night("web", "api")
    stage.morning("web", "api")
    stage.at("2026-11-21T12:00Z")
    scaled_back(stage)
    stage.sleepinfo(sleepAt="22:00", wakeUpAt="14:00")
    stage.at("2026-11-21T15:00Z")
    assert stage.verdicts() == {**NIGHT, ("wake_up", "skipped"): 1}


def test_one_that_is_woken_late_is_not_reached() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.up("api")
    stage.at("2026-11-21T08:01:40Z")
    stage.up("web")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "partial"): 1}


def test_one_that_is_deleted_meanwhile_is_not_waited_for() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.delete("deployments", "shop", "web")
    stage.up("api")
    stage.record()
    assert stage.verdicts() == NIGHT


def test_a_sleepinfo_that_is_created_again_has_put_nothing_to_sleep() -> None:
    """Its Secret went with it: kube-green knows of no sleep, and begins with one."""
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.delete("sleepinfos", "shop", "nights")
    stage.delete("secrets", "shop", "sleepinfo-nights")
    stage.at("2026-11-20T22:01Z")
    stage.sleepinfo()
    stage.at("2026-11-21T09:00Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "skipped"): 1}
    # Everything still sleeps in the evening, and nothing of it is woken in the morning.
    stage.night(at="2026-11-21T20:00:00Z")
    stage.morning(at="2026-11-22T08:00:00Z")
    stage.at("2026-11-22T09:00Z")
    assert stage.verdicts() == {**SLEPT, ("sleep", "skipped"): 1, ("wake_up", "skipped"): 2}
    assert stage.sleepers() == ["api", "web"]


def test_the_same_while_nobody_looked() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    kept = stage.source.ledger()
    stage.delete("sleepinfos", "shop", "nights")
    stage.delete("secrets", "shop", "sleepinfo-nights")
    stage.pass_to("2026-11-20T22:01Z")
    stage.sleepinfo()
    stage.start(kept)
    stage.at("2026-11-20T22:05Z")
    stage.at("2026-11-21T09:00Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "skipped"): 1}


@pytest.mark.parametrize("remember", [True, False])
def test_a_wake_up_that_was_refused_is_for_the_same_the_next_day(remember: bool) -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.up("api")
    stage.at("2026-11-21T08:05:00Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "partial"): 1}
    stage.restart(remember=remember)
    stage.at("2026-11-21T12:00Z")
    # In the evening kube-green still has to wake.
    stage.at("2026-11-21T21:00Z")
    stage.morning("web", at="2026-11-22T08:00:00Z")
    stage.at("2026-11-22T09:00:00Z")
    before = {**SLEPT, ("wake_up", "partial"): 1.0} if remember else {}
    assert stage.verdicts() == {**before, ("sleep", "missed"): 1, ("wake_up", "success"): 1}
