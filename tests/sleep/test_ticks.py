"""Ticks that lie close together, that both operations share, or before which kube-green starts."""

from __future__ import annotations

import pytest

from astrolabe.derived.sleep import schedule
from astrolabe.derived.sleep.starts import tick_of
from tests.sleep.green import Green, unix
from tests.sleep.shop import NIGHT, SLEPT, shop

DENSE = {"sleepAt": "20:0,2", "wakeUpAt": "20:1,3"}


@pytest.mark.parametrize("late", [False, True])
def test_a_sleep_that_would_have_found_everything_asleep_is_skipped(late: bool) -> None:
    """kube-green passes over a tick less than a minute after what it did: here 20:01, and so 20:02."""
    stage = shop()
    stage.sleepinfo(**DENSE)
    stage.night("web", "api")
    if not late:
        for seconds in range(10, 180, 10):
            stage.at(unix("2026-11-20T20:00:00Z") + seconds)
    stage.pass_to("2026-11-20T20:03:00Z")
    stage.report("WAKE_UP")
    stage.up("web", "api")
    stage.record()
    stage.at("2026-11-20T20:03:30Z")
    stage.at("2026-11-20T20:10:00Z")
    assert stage.verdicts() == {**NIGHT, ("sleep", "skipped"): 1, ("wake_up", "missed"): 1}


def test_what_happened_after_a_tick_does_not_change_what_it_was_for() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:30Z")
    stage.scale("web", 0)
    stage.scale("api", 0, "kubectl", subresource="scale")
    stage.at("2026-11-20T20:02:00Z")
    assert stage.verdicts() == {("sleep", "missed"): 1}
    stage.at("2026-11-21T07:59:30Z")
    stage.scale("web", 2)
    stage.scale("api", 2, "kubectl", subresource="scale")
    stage.night("web", "api", at="2026-11-21T20:00:00Z")
    stage.at("2026-11-22T08:00:30Z")
    stage.scale("web", 2)
    stage.scale("api", 2, "kubectl", subresource="scale")
    stage.at("2026-11-22T08:02:00Z")
    assert stage.verdicts() == {
        ("sleep", "missed"): 1,
        ("wake_up", "skipped"): 1,
        ("sleep", "success"): 1,
        ("wake_up", "missed"): 1,
    }


def test_what_came_after_a_tick_was_not_there_to_sleep() -> None:
    stage = Green()
    stage.sleepinfo()
    stage.at("2026-11-20T20:00:30Z")
    stage.workload("web", creationTimestamp="2026-11-20T20:00:30Z")
    stage.at("2026-11-20T20:05:00Z")
    assert stage.verdicts() == {("sleep", "skipped"): 1}


@pytest.mark.parametrize("killed", [None, 1.0, 30.0])
@pytest.mark.parametrize("started", ["SLEEP", "WAKE_UP"])
def test_a_tick_that_both_operations_share_is_judged_for_each(started: str, killed: float | None) -> None:
    """One of them starts, the other does not: it would have had to undo what the first one did."""
    stage = shop()
    stage.sleepinfo(sleepAt="20:00", wakeUpAt="20:00")
    stage.night("web", "api")
    stage.at("2026-11-20T20:05Z")
    before = stage.verdicts()
    assert before == {**SLEPT, ("wake_up", "missed"): 1}
    stage.at("2026-11-21T20:00:00Z")
    stage.report(started)
    if started == "WAKE_UP":
        stage.up("web", "api")
    else:
        stage.scale("web", 2, time=stage.now - 3600)
        stage.down("web")
    stage.record()
    if killed:
        stage.at(stage.now + killed)
        stage.restart()
    for seconds in (60, 120, 180):
        stage.at(unix("2026-11-21T20:00:00Z") + seconds)
    after = {**before, ("sleep", "success"): 2.0, ("wake_up", "missed"): 2.0}
    if started == "WAKE_UP":
        after = {**before, ("wake_up", "success"): 1.0, ("sleep", "missed"): 1.0}
    assert stage.verdicts() == after


@pytest.mark.parametrize("early", [0.03, 0.7])
def test_an_operation_that_starts_before_its_tick_is_of_that_tick(early: float) -> None:
    """A timer may fire a moment early; times are written in whole seconds."""
    stage = shop()
    stage.pass_to(unix("2026-11-20T20:00:00Z") - early)
    stage.report("SLEEP")
    stage.pass_to(stage.now + 0.01)
    stage.down("web")
    stage.pass_to(stage.now + 0.01)
    stage.down("api")
    stage.record()
    stage.at("2026-11-20T20:10Z")
    assert stage.verdicts() == SLEPT
    assert stage.value("kube_green_operation_duration_seconds_count", operation="sleep") == 1
    assert stage.value("kube_green_operation_duration_seconds_sum", operation="sleep") == 0


def test_less_than_a_second_is_none_though_an_object_leaves_no_time() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.pass_to(stage.now + 0.9)
    stage.scale("api", 0, "kubectl", subresource="scale")
    stage.record()
    assert stage.verdicts() == SLEPT
    assert stage.value("kube_green_operation_duration_seconds_sum", operation="sleep") == 0


def test_operations_close_together_that_all_start_early_are_all_counted() -> None:
    stage = shop()
    stage.sleepinfo(**DENSE)
    for number, operation in enumerate(("SLEEP", "WAKE_UP", "SLEEP", "WAKE_UP")):
        stage.pass_to(unix("2026-11-20T20:00:00Z") + 60 * number - 0.05)
        stage.report(operation)
        stage.scrape()
        if operation == "SLEEP":
            stage.down("web", "api")
        else:
            stage.up("web", "api")
        stage.record()
        stage.scrape()
    stage.at("2026-11-20T20:10:00Z")
    assert stage.verdicts() == {("sleep", "success"): 2, ("wake_up", "success"): 2}
    assert stage.value("kube_green_operation_duration_seconds_sum", operation="sleep") == 0


def test_the_tick_of_a_start() -> None:
    dense, _ = schedule.read("*", "20:0,2", "", "UTC")
    at = unix("2026-11-20T20:00:00Z")

    def tick(seconds: float, *begun: float) -> float:
        return tick_of(dense, "sleep", at + seconds, lambda tick: tick - at in begun) - at

    assert [tick(seconds) for seconds in (-60, -1, 0, 59, 61, 119)] == [0, 0, 0, 0, 120, 120]
    # A retry, the first of which something is heard, and the start after one that began already.
    assert [tick(41), tick(41, 0.0), tick(61, 0.0), tick(119, 0.0)] == [0, 0, 120, 120]
    assert [tick(180), tick(270), tick(271)] == [120, 120, 271]
    assert [tick(-61), tick(-3600)] == [-61, -3600]


def test_two_sleepinfos_a_minute_apart_do_not_count_what_the_other_did() -> None:
    stage = shop()
    stage.sleepinfo("later", sleepAt="20:01", wakeUpAt="08:01")
    stage.night("web", "api")
    stage.at("2026-11-20T20:01:00Z")
    stage.report("SLEEP", "later")
    stage.record("later")
    stage.at("2026-11-20T20:05:00Z")
    assert stage.verdicts() == {**SLEPT, ("sleep", "skipped"): 1}
    assert stage.scaled() == {"down": 2}
