"""SleepInfos that are edited or deleted."""

from __future__ import annotations

from tests.sleep.shop import NIGHT, SLEPT, shop


def test_what_the_old_schedule_named_is_judged_before_an_edit() -> None:
    stage = shop()
    stage.pass_to("2026-11-20T21:00:00Z")
    stage.sleepinfo(sleepAt="22:00")
    assert stage.verdicts() == {("sleep", "missed"): 1}


def test_the_sleepinfo_is_edited_asleep() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.sleepinfo(sleepAt="21:00", wakeUpAt="23:00")
    stage.at("2026-11-20T22:30Z")
    assert stage.verdicts() == SLEPT
    stage.morning("web", "api", at="2026-11-20T23:00:00Z")
    assert stage.verdicts() == NIGHT


def test_the_wake_up_is_missed_after_an_edit() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.sleepinfo(wakeUpAt="23:00")
    stage.at("2026-11-20T23:30Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "missed"): 1}


def test_the_sleepinfo_is_deleted_asleep() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.delete("sleepinfos", "shop", "nights")
    stage.delete("secrets", "shop", "sleepinfo-nights")
    stage.at("2026-11-21T12:00Z")
    assert stage.verdicts() == SLEPT
    assert stage.sleepers() == ["api", "web"]
    assert stage.value("astrolabe_environment_sleep_ratio") == 1
    assert "astrolabe_sleepinfo_" not in stage.scrape().replace("# HELP astrolabe_sleepinfo_", "").replace(
        "# TYPE astrolabe_sleepinfo_", ""
    )


def test_the_sleepinfo_is_deleted_while_it_works() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.delete("sleepinfos", "shop", "nights")
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}
