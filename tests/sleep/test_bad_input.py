"""What cannot be understood is told, and everything else goes on."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.sleep.green import Green, unix
from tests.sleep.shop import NIGHT, SLEPT, shop

INVALID = "astrolabe_sleepinfo_invalid"


@pytest.mark.parametrize(
    ("spec", "fields", "reasons"),
    [
        ({"weekdays": "1-9"}, ["weekdays"], "weekdays: weekday `1-9` is not within 0-6"),
        (
            {"timeZone": "Mars/Olympus"},
            ["timeZone"],
            "timeZone: `Mars/Olympus` is not a known time zone",
        ),
        (
            {"sleepAt": "late", "wakeUpAt": "8"},
            ["sleepAt", "wakeUpAt"],
            "sleepAt: `late` is not of the form hour:minute; wakeUpAt: `8` is not of the form hour:minute",
        ),
    ],
)
def test_a_schedule_that_does_not_parse(spec: Any, fields: list[str], reasons: str) -> None:
    stage = shop()
    with capture_logs() as logs:
        stage.sleepinfo("broken", **spec)
        stage.scrape()
    assert logs == [
        {
            "event": "sleepinfo invalid",
            "sleepinfo": "SleepInfo/shop/broken",
            "reasons": reasons,
            "log_level": "warning",
        }
    ]
    assert sorted(stage.counted(INVALID)) == [
        f'{INVALID}{{namespace="shop",sleepinfo="broken",field="{field}"}}' for field in fields
    ]
    assert stage.value("astrolabe_sleepinfo_scheduled_asleep", sleepinfo="broken") is None
    assert stage.value("astrolabe_sleepinfo_info", sleepinfo="broken") == 1
    stage.night("web", "api")
    stage.morning("web", "api")
    assert stage.verdicts() == NIGHT
    with capture_logs() as logs:
        stage.sleepinfo("broken")
    assert logs == []
    assert stage.counted(INVALID) == {}


def test_what_starts_is_counted_even_where_the_schedule_cannot_be_read() -> None:
    stage = shop()
    stage.sleepinfo(timeZone="Mars/Olympus")
    stage.night("web", "api")
    assert stage.verdicts() == SLEPT
    stage.report("SLEEP", time=stage.now + 20)
    stage.at("2026-11-20T20:10Z")
    # Everything slept by then.
    assert stage.verdicts() == {**SLEPT, ("sleep", "skipped"): 1}


@pytest.mark.parametrize("operation", ["HIBERNATE", "sleep"])
def test_an_operation_that_is_none(operation: str) -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    with capture_logs() as logs:
        stage.report(operation)
    assert [entry["reasons"] for entry in logs] == [f"status.operation: `{operation}` is not an operation"]
    assert list(stage.counted(INVALID)) == [
        f'{INVALID}{{namespace="shop",sleepinfo="nights",field="status.operation"}}'
    ]


def test_a_start_that_lies_in_the_future() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    with capture_logs() as logs:
        stage.report("SLEEP", time=stage.now + 3600)
    assert [entry["sleepinfo"] for entry in logs] == ["SleepInfo/shop/nights"]
    assert stage.value(INVALID, field="status.lastScheduleTime") == 1
    stage.at("2026-11-20T21:30:00Z")
    assert stage.value(INVALID, field="status.lastScheduleTime") is None


def test_a_start_that_goes_back_is_no_start() -> None:
    stage = shop()
    stage.night("web", "api")
    with capture_logs() as logs:
        stage.report("SLEEP", time=unix("2026-11-19T20:00Z"))
    assert [entry["event"] for entry in logs] == ["sleepinfo went back in time"]
    stage.at("2026-11-21T07:00Z")
    assert stage.verdicts() == SLEPT


@pytest.mark.parametrize("seconds", [365 * 86400, 7200, -7200, -365 * 86400])
def test_the_clock_jumps(seconds: float) -> None:
    stage = shop()
    stage.at("2026-11-20T12:00:30Z")
    stage.offset = seconds
    with capture_logs() as logs:
        stage.scrape()
        stage.scrape()
    assert [(entry["event"], entry["seconds"]) for entry in logs] == [("clock jumped", seconds)]
    assert stage.verdicts() == {}
    assert stage.counted("astrolabe_sleep_clock_jumps_total") == {"astrolabe_sleep_clock_jumps_total{}": 1}
    stage.offset = 0
    stage.scrape()
    stage.night("web", "api")
    stage.morning("web", "api")
    assert stage.verdicts() == NIGHT


def test_the_clock_jumps_while_an_operation_runs() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.offset = 3600
    stage.at("2026-11-20T20:00:30Z")
    assert stage.verdicts() == {}
    stage.offset = 0
    stage.at("2026-11-20T20:00:40Z")
    stage.down("api")
    stage.record()
    assert stage.verdicts() == SLEPT


def test_a_schedule_of_every_minute_that_nobody_asked_about_for_a_week() -> None:
    stage = Green()
    stage.workload("web")
    stage.sleepinfo(sleepAt="*:*", wakeUpAt="")
    with capture_logs() as logs:
        stage.at("2026-11-27T12:00Z")
    assert [entry["event"] for entry in logs] == ["too many scheduled times passed at once"]
    assert stage.verdicts() == {("sleep", "missed"): 1500}
    stage.at("2026-11-27T12:02:30Z")
    assert stage.verdicts() == {("sleep", "missed"): 1501}


def test_a_secret_that_tells_nothing_is_not_waited_for_longer_than_patience() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web", "api")
    stage.put("secrets", {"metadata": {"name": "sleepinfo-nights", "namespace": "shop", "uid": "s"}})
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == SLEPT
