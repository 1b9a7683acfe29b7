"""How an operation that started is judged, and when."""

from __future__ import annotations

from tests.sleep.green import unix
from tests.sleep.shop import NIGHT, SLEPT, shop


def test_retries_count_once_and_what_is_refused_makes_it_partial() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    for seconds in (1, 2, 5, 10, 20, 41):
        stage.at(unix("2026-11-20T20:00:00Z") + seconds)
        stage.report("SLEEP")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}
    stage.report("SLEEP")
    stage.at("2026-11-20T21:00Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}
    assert stage.value("astrolabe_sleepinfo_last_operation_timestamp_seconds") == unix("2026-11-20T20:01:30Z")
    # It never wrote the Secret, so nothing wakes what fell asleep.
    stage.at("2026-11-21T08:01:29Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}
    stage.at("2026-11-21T08:01:30Z")
    assert stage.verdicts() == {("sleep", "partial"): 1, ("wake_up", "missed"): 1}


def test_a_retry_that_succeeds_is_a_success() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.at("2026-11-20T20:00:20Z")
    stage.report("SLEEP")
    stage.down("api")
    stage.record()
    assert stage.verdicts() == SLEPT
    assert stage.value("kube_green_operation_duration_seconds_sum") == 20


def test_a_late_start_has_its_time() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:55Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.at("2026-11-20T20:02:24Z")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:02:25Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}


def test_retries_are_known_without_a_schedule() -> None:
    stage = shop()
    stage.sleepinfo(timeZone="Mars/Olympus")
    stage.at("2026-11-20T20:00:00Z")
    for seconds in (0, 1, 20):
        stage.report("SLEEP", time=stage.now + seconds)
    stage.down("web", "api")
    stage.record(time=stage.now + 20)
    assert stage.verdicts() == SLEPT


def test_nothing_reached_is_failed() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", "failed"): 1}


def test_the_secret_is_written_although_something_is_awake() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.record()
    stage.at("2026-11-20T20:00:09Z")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:00:10Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}


def test_the_secret_of_the_operation_before_says_nothing() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.up("web", "api")
    stage.at("2026-11-21T08:01:00Z")
    assert stage.verdicts() == SLEPT
    stage.record()
    assert stage.verdicts() == NIGHT


def test_somebody_elses_secret_says_nothing() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web", "api")
    stage.record(manager="kubectl-edit")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == SLEPT


def test_nothing_to_do_is_skipped() -> None:
    stage = shop()
    stage.scale("web", 0)
    stage.scale("api", 0)
    stage.at("2026-11-20T20:00:00Z")
    stage.report("")
    assert stage.verdicts() == {("sleep", "skipped"): 1}
    assert stage.sleepers() == []
    stage.at("2026-11-21T12:00:00Z")
    assert stage.verdicts() == {("sleep", "skipped"): 1, ("wake_up", "skipped"): 1}
    assert stage.scaling() == {("other", "down"): 2}


def test_what_stands_at_zero_already_is_skipped_though_the_secret_is_written() -> None:
    """kube-green counts what exists, awake or not: it reports a sleep, and remembers nothing of it."""
    stage = shop()
    stage.scale("web", 0)
    stage.scale("api", 0)
    stage.night()
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.record()
    stage.at("2026-11-21T08:00:10Z")
    assert stage.verdicts() == {("sleep", "skipped"): 1, ("wake_up", "skipped"): 1}


def test_an_operation_that_begins_before_the_last_is_judged_ends_it() -> None:
    stage = shop()
    stage.sleepinfo(sleepAt="20:00", wakeUpAt="20:01")
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.at("2026-11-20T20:01:00Z")
    stage.report("WAKE_UP")
    stage.up("web")
    stage.record()
    assert stage.verdicts() == {("sleep", "partial"): 1, ("wake_up", "success"): 1}
