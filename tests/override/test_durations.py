"""How long, in people's words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.override.durations import DurationError, read, spell

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=BERLIN).timestamp()
"""A Monday."""


def local(moment: float) -> str:
    return datetime.fromtimestamp(moment, BERLIN).strftime("%a %d %H:%M")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2h", 120),
        ("90m", 90),
        ("90min", 90),
        ("1h30m", 90),
        ("1h 30m", 90),
        ("2 hours", 120),
        ("1 hour 5 minutes", 65),
        ("for 45 mins", 45),
        ("1d", 1440),
        ("  2H ", 120),
    ],
)
def test_lengths(text: str, minutes: int) -> None:
    span = read(text, NOW, BERLIN)
    assert (span.start, span.until, span.booked) == (NOW, NOW + minutes * 60, False)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("18:00", "Mon 23 18:00"),
        ("until 18:00", "Mon 23 18:00"),
        ("9:00", "Tue 24 09:00"),
        ("tomorrow 9:00", "Tue 24 09:00"),
        ("tomorrow at 9:00", "Tue 24 09:00"),
        ("until tomorrow", "Tue 24 00:00"),
        ("fri 17:30", "Fri 27 17:30"),
        ("2026-11-25 08:15", "Wed 25 08:15"),
    ],
)
def test_until_a_time(text: str, until: str) -> None:
    span = read(text, NOW, BERLIN)
    assert (span.start, local(span.until), span.booked) == (NOW, until, False)


@pytest.mark.parametrize(
    ("text", "start", "until"),
    [
        ("tuesday 18:00-21:00", "Tue 24 18:00", "Tue 24 21:00"),
        ("Tuesday 18:00 - 21:00", "Tue 24 18:00", "Tue 24 21:00"),
        ("22:00-02:00", "Mon 23 22:00", "Tue 24 02:00"),
        ("tomorrow 9:00-10:00", "Tue 24 09:00", "Tue 24 10:00"),
    ],
)
def test_booked(text: str, start: str, until: str) -> None:
    span = read(text, NOW, BERLIN)
    assert (local(span.start), local(span.until), span.booked) == (start, until, True)


def test_a_slot_that_has_begun_begins_now() -> None:
    span = read("9:00-11:00", NOW, BERLIN)
    assert (span.start, local(span.until), span.booked) == (NOW, "Mon 23 11:00", False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "`soon` is not a duration: write for example 2h, 90m"),
        ("", "`` is not a duration"),
        ("2", "`2` is not a duration"),
        ("-2h", "`-2h` is not a duration"),
        ("0m", "is shorter than a minute"),
        ("25:00", "25:00 is not a time of day"),
        ("someday 9:00", "someday is not a weekday"),
        ("2026-02-30 9:00", "2026-02-30 is not a date"),
        ("2026-11-22 9:00", "is in the past"),
        ("2026-11-22 9:00-10:00", "is in the past"),
        ("99999999999h", "is not a duration"),
        ("<script>alert(1)</script>", "is not a duration"),
        ("2h\x00", "`2h?` is not a duration"),
    ],
)
def test_nonsense_is_one_line(text: str, message: str) -> None:
    with pytest.raises(DurationError) as error:
        read(text, NOW, BERLIN)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@given(st.integers(1, 100_000))
def test_what_is_spelled_reads_as_the_same(minutes: int) -> None:
    span = read(spell(minutes * 60), NOW, BERLIN)
    assert span.until - span.start == minutes * 60


@given(st.text(max_size=60))
def test_any_text_is_a_span_or_one_line(text: str) -> None:
    try:
        span = read(text, NOW, BERLIN)
    except DurationError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert NOW <= span.start < span.until


def test_times_of_day_follow_the_clock_change() -> None:
    before = datetime(2026, 10, 24, 20, 0, tzinfo=BERLIN).timestamp()
    assert read("tomorrow 9:00", before, BERLIN).until - before == 14 * 3600
