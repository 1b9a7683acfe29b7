"""Schedules of SleepInfos against instants worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.derived.sleep import cron
from astrolabe.derived.sleep.cron import HOUR, MINUTE, WEEKDAY, CronError
from astrolabe.derived.sleep.schedule import Invalid, Schedule, read
from tests.sleep.stage import unix


def schedule(
    weekdays: str = "*", sleep_at: str = "20:00", wake_up_at: str = "08:00", zone: str = "UTC"
) -> Schedule:
    found, invalid = read(weekdays, sleep_at, wake_up_at, zone)
    assert invalid == ()
    return found


def utc(instant: float | None) -> str | None:
    return None if instant is None else datetime.fromtimestamp(instant, UTC).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("*", WEEKDAY, (0, 1, 2, 3, 4, 5, 6)),
        ("?", WEEKDAY, (0, 1, 2, 3, 4, 5, 6)),
        ("1-5", WEEKDAY, (1, 2, 3, 4, 5)),
        ("mon-FRI", WEEKDAY, (1, 2, 3, 4, 5)),
        ("Sun,sat", WEEKDAY, (0, 6)),
        ("0,3-4", WEEKDAY, (0, 3, 4)),
        ("08", HOUR, (8,)),
        ("*/8", HOUR, (0, 8, 16)),
        ("5/9", HOUR, (5, 14, 23)),
        ("1-10/4", HOUR, (1, 5, 9)),
        ("30,", MINUTE, (30,)),
        ("59,0", MINUTE, (0, 59)),
    ],
)
def test_fields(text: str, field: cron.Field, expected: tuple[int, ...]) -> None:
    assert cron.parse(text, field) == expected


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ("7", WEEKDAY, "weekday `7` is not within 0-6"),
        ("24", HOUR, "hour `24` is not within 0-23"),
        ("5-1", WEEKDAY, "weekday `5-1` ends before it begins"),
        ("1-2-3", WEEKDAY, "weekday `1-2-3` has several dashes"),
        ("*/2/2", HOUR, "hour `*/2/2` has several steps"),
        ("*/0", HOUR, "hour `*/0` has a step of 0"),
        ("", WEEKDAY, "weekday is empty"),
        ("monday", WEEKDAY, "weekday `monday` is not a number, range or step"),
        ("mon", HOUR, "hour `mon` is not a number, range or step"),
        ("-1", MINUTE, "minute `-1` is not a number, range or step"),
        ("²", MINUTE, "minute `²` is not a number, range or step"),
    ],
)
def test_fields_that_do_not_parse(text: str, field: cron.Field, message: str) -> None:
    with pytest.raises(CronError) as raised:
        cron.parse(text, field)
    assert str(raised.value) == message


def test_the_same_weekdays_count_for_both() -> None:
    nights = schedule("1-5")
    friday = unix("2026-11-20T21:00Z")
    assert utc(nights.next("wake_up", friday)) == "11-23 08:00"
    assert utc(nights.next("sleep", friday)) == "11-23 20:00"
    assert utc(nights.previous("sleep", friday)) == "11-20 20:00"
    assert nights.asleep(unix("2026-11-22T12:00Z"))
    assert not nights.asleep(unix("2026-11-23T08:00Z"))
    assert nights.asleep(unix("2026-11-23T20:00Z"))


def test_several_times_a_day() -> None:
    often = schedule("*", "*/6:15,45")
    assert utc(often.next("sleep", unix("2026-11-20T06:15Z"))) == "11-20 06:45"
    assert utc(often.next("sleep", unix("2026-11-20T18:45Z"))) == "11-21 00:15"
    assert utc(often.previous("sleep", unix("2026-11-20T06:14:59Z"))) == "11-20 00:45"


def test_a_tick_is_no_next_tick_of_itself() -> None:
    tick = unix("2026-11-20T20:00Z")
    nights = schedule()
    assert nights.previous("sleep", tick) == tick
    assert utc(nights.next("sleep", tick)) == "11-21 20:00"


def test_without_a_wake_up_it_is_asleep_from_the_first_sleep_on() -> None:
    forever = schedule(wake_up_at="")
    assert forever.wake_up is None
    assert forever.next("wake_up", 0) is None
    assert forever.asleep(unix("2026-11-20T12:00Z"))


@pytest.mark.parametrize(
    ("zone", "sleep_at", "after", "ticks"),
    [
        # Clocks go forward: the time of day is skipped, and kube-green with it.
        ("Europe/Rome", "02:30", "2026-03-27T12:00Z", ["03-28 01:30", "03-30 00:30", "03-31 00:30"]),
        ("America/New_York", "02:30", "2026-03-06T12:00Z", ["03-07 07:30", "03-09 06:30", "03-10 06:30"]),
        ("Australia/Lord_Howe", "02:15", "2026-10-02T00:00Z", ["10-02 15:45", "10-04 15:15"]),
        # Clocks go back: a time that comes twice counts once, the first time.
        ("Europe/Rome", "02:30", "2026-10-23T12:00Z", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("America/New_York", "01:30", "2026-10-30T12:00Z", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        ("Australia/Lord_Howe", "01:45", "2026-04-03T00:00Z", ["04-03 14:45", "04-04 14:45", "04-05 15:15"]),
        # Where they never change.
        ("Asia/Kolkata", "02:30", "2026-03-28T12:00Z", ["03-28 21:00", "03-29 21:00"]),
    ],
)
def test_where_clocks_change(zone: str, sleep_at: str, after: str, ticks: list[str]) -> None:
    nights = schedule("*", sleep_at, "", zone)
    now: float | None = unix(after)
    found = []
    for _ in ticks:
        assert now is not None
        now = nights.next("sleep", now)
        found.append(utc(now))
    assert found == ticks


def test_a_weekly_time_that_is_skipped_comes_a_week_later() -> None:
    sundays = schedule("0", "02:30", "", "Europe/Rome")
    assert utc(sundays.next("sleep", unix("2026-03-23T00:00Z"))) == "04-05 00:30"
    assert utc(sundays.previous("sleep", unix("2026-04-04T00:00Z"))) == "03-22 01:30"


def test_what_does_not_parse_is_told_and_the_rest_holds() -> None:
    found, invalid = read("*", "20:00", "late", "UTC")
    assert found.sleep is not None
    assert found.wake_up is None
    assert invalid == (Invalid("wakeUpAt", "`late` is not of the form hour:minute"),)
    for zone in ("Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "\0"):
        found, invalid = read("*", "20:00", "08:00", zone)
        assert (found, [item.field for item in invalid]) == (Schedule(), ["timeZone"])
    assert [item.field for item in read("8", "x", "25:00", "")[1]] == ["weekdays", "sleepAt", "wakeUpAt"]


@pytest.mark.parametrize("now", [-1e30, -1e12, 0.0, 1e12, 1e30, float("inf"), float("nan")])
def test_clocks_beyond_the_calendar(now: float) -> None:
    nights = schedule()
    assert isinstance(nights.next("sleep", now), float | None)
    assert isinstance(nights.previous("sleep", now), float | None)
    assert isinstance(nights.asleep(now), bool)


ZONES = st.sampled_from(["UTC", "Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
TIMES = st.sampled_from(["20:00", "02:30", "*/5:7,50", "00:00", "23:59"])


@given(
    zone=ZONES,
    sleep_at=TIMES,
    weekdays=st.sampled_from(["*", "1-5", "0"]),
    now=st.floats(1.2e9, 2.2e9),
)
def test_no_tick_lies_between_the_previous_and_the_next(
    zone: str, sleep_at: str, weekdays: str, now: float
) -> None:
    nights = schedule(weekdays, sleep_at, "", zone)
    before, after = nights.previous("sleep", now), nights.next("sleep", now)
    assert before is not None
    assert after is not None
    assert before <= now < after
    assert nights.next("sleep", before) == after
    assert nights.previous("sleep", after) == after
    assert nights.previous("sleep", after - 1) == before
