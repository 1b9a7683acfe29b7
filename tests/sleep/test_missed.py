"""Ticks at which nothing started."""

from __future__ import annotations

from tests.sleep.green import unix
from tests.sleep.shop import SLEPT, shop


def test_kube_green_does_not_run() -> None:
    stage = shop()
    stage.at("2026-11-20T20:01:29Z")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", "missed"): 1}
    stage.at("2026-11-21T12:00Z")
    assert stage.verdicts() == {("sleep", "missed"): 1, ("wake_up", "skipped"): 1}


def test_kube_green_starts_up_to_a_minute_early_or_late() -> None:
    for time in ("2026-11-20T19:59:05Z", "2026-11-20T20:00:55Z"):
        stage = shop()
        stage.night("web", "api", at=time)
        stage.at("2026-11-20T22:00Z")
        assert stage.verdicts() == SLEPT


def test_a_wake_up_is_missed() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-21T12:00Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "missed"): 1}
    # The next evening there is nothing to put to sleep; the morning after wakes what still sleeps.
    stage.at("2026-11-21T21:00Z")
    stage.morning("web", "api", at="2026-11-22T08:00:00Z")
    assert stage.verdicts() == {
        ("sleep", "success"): 1,
        ("sleep", "skipped"): 1,
        ("wake_up", "missed"): 1,
        ("wake_up", "success"): 1,
    }


def test_what_was_missed_is_judged_before_the_next_start_though_nobody_asked() -> None:
    stage = shop()
    stage.pass_to("2026-11-21T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web", "api")
    stage.record()
    assert stage.verdicts() == {("sleep", "missed"): 1, ("sleep", "success"): 1, ("wake_up", "skipped"): 1}


def test_a_start_that_is_seen_late_is_no_missed_one() -> None:
    """A watch was broken for minutes, and nobody scraped meanwhile."""
    stage = shop()
    stage.pass_to("2026-11-20T20:05:00Z")
    then = unix("2026-11-20T20:00:00Z")
    stage.report("SLEEP", time=then)
    stage.down("web", "api", time=then + 1)
    stage.record(time=then + 1)
    stage.at("2026-11-20T20:10:00Z")
    assert stage.verdicts() == SLEPT
