"""Laws of savings, over generated histories with the times passed in."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.derived.cost.meter import DAY, Meter, Trailing
from astrolabe.derived.cost.savings import HOUR, PERIODS, Carried, Rate, Savings

T0 = 20_000 * DAY
PICO = 10**12

moments = st.integers(0, 40 * DAY)
rates = st.integers(0, 10**13)
Sleep = tuple[int, int, int]
"""Beginning, length, rate."""
sleeps = st.lists(st.tuples(moments, st.integers(0, 3 * DAY), rates), max_size=12)


def overlap(sleep: Sleep, start: int, end: int) -> int:
    """What a sleep saves between two times, the plain way."""
    begin, length, rate = sleep
    return rate * max(0, min(begin + length, end) - max(begin, start))


@given(st.lists(st.tuples(moments, st.integers(-(10**13), 10**13))), st.randoms())
def test_a_meter_is_the_same_in_any_order(changes: list[tuple[int, int]], random: Any) -> None:
    shuffled = list(changes)
    random.shuffle(shuffled)
    meters = [Meter(), Meter()]
    for meter, order in zip(meters, (changes, shuffled), strict=True):
        for time, change in order:
            meter.add(T0 + time, change)
    end = T0 + 41 * DAY
    expected = sum(change * (end - T0 - time) for time, change in changes)
    assert [meter.total(end) for meter in meters] == [expected, expected]


@given(sleeps, st.lists(moments, max_size=5))
def test_windows_are_exact_however_often_they_are_asked(history: list[Sleep], asked: list[int]) -> None:
    trailing = Trailing(1, 7, 30)
    pending = sorted(
        [(begin, rate) for begin, _, rate in history]
        + [(begin + length, -rate) for begin, length, rate in history]
    )
    for now in [*sorted(asked), 45 * DAY]:
        while pending and pending[0][0] <= now:
            time, change = pending.pop(0)
            trailing.add(T0 + time, change)
        expected = [
            sum(overlap(sleep, now - days * DAY, now) for sleep in history) for days in PERIODS.values()
        ]
        assert trailing.totals(T0 + now) == expected


@given(sleeps, st.integers(40, 80))
def test_windows_know_what_is_told_late(history: list[Sleep], days: int) -> None:
    now = days * DAY
    trailing = Trailing(1, 7, 30)
    trailing.totals(T0 + now)
    for begin, length, rate in history:
        trailing.add(T0 + begin, rate)
        trailing.add(T0 + min(begin + length, now), -rate)
    assert trailing.totals(T0 + now) == [
        sum(overlap(sleep, now - width * DAY, now) for sleep in history) for width in PERIODS.values()
    ]


def play(
    savings: Savings, history: list[Sleep], scrapes: list[int]
) -> list[tuple[float, float, dict[str, float]]]:
    """Live through sleeps of one workload each, and look at the figures now and then."""
    events: list[tuple[int, int, str, Rate | None]] = []
    for number, (begin, length, rate) in enumerate(history):
        events.append((begin, number, "begin", Rate(rate, rate)))
        events.append((begin + length, number, "end", None))
    events.sort(key=lambda event: (event[0], event[2]))
    seen = []
    for now in sorted(scrapes):
        while events and events[0][0] <= now:
            time, number, _, rate_ = events.pop(0)
            if rate_ is not None:
                savings.begin(str(number), "staging", "shop", T0 + time, rate_)
            else:
                savings.end(str(number), T0 + time)
        at = T0 + now
        seen.append(
            (
                savings.dollars("staging", "shop", at),
                savings.kilograms("staging", at),
                savings.trailing("staging", at),
            )
        )
    return seen


@given(sleeps, st.lists(moments, max_size=6))
def test_never_negative_never_decreasing_never_above_baseline(
    history: list[Sleep], scrapes: list[int]
) -> None:
    seen = play(Savings(T0), history, [*scrapes, 44 * DAY])
    dollars = [one for one, _, _ in seen]
    kilograms = [one for _, one, _ in seen]
    assert dollars == sorted(dollars)
    assert kilograms == sorted(kilograms)
    assert dollars[0] >= 0
    assert kilograms[0] >= 0
    # The baseline: every workload awake all the time.
    awake = sum(rate for _, _, rate in history) * 44 * DAY / (PICO * HOUR)
    assert dollars[-1] <= awake * (1 + 1e-12)
    for _, _, windows in seen:
        assert 0 <= windows["daily"] <= windows["weekly"] <= windows["monthly"]


@given(sleeps, st.lists(moments, max_size=10))
def test_batches_of_any_size_give_the_same(history: list[Sleep], scrapes: list[int]) -> None:
    end = 44 * DAY
    often = play(Savings(T0), history, [*scrapes, end])
    once = play(Savings(T0), history, [end])
    assert often[-1] == once[-1]
    assert once[-1][0] == sum(overlap(sleep, 0, end) for sleep in history) / (PICO * HOUR)


@given(sleeps, moments)
def test_a_restart_that_remembers_loses_nothing(history: list[Sleep], restart: int) -> None:
    first = Savings(T0)
    play(first, [sleep for sleep in history if sleep[0] <= restart], [])
    lasting = []
    for number, (begin, length, rate) in enumerate(history):
        if begin <= restart:
            first.begin(str(number), "staging", "shop", T0 + begin, Rate(rate, rate))
            if begin + length <= restart:
                first.end(str(number), T0 + begin + length)
            else:
                lasting.append((begin, length, rate))
    carried = msgspec.json.decode(msgspec.json.encode(first.carry(T0 + restart)), type=Carried)
    second = Savings(T0 + restart + HOUR, carried)
    end = 44 * DAY
    rest = [sleep for sleep in history if sleep[0] > restart]
    [(dollars, kilograms, windows)] = play(second, lasting + rest, [end])
    [whole] = play(Savings(T0), history, [end])
    assert (dollars, kilograms) == whole[:2]
    assert windows == whole[2]


@given(sleeps, moments)
def test_a_restart_that_forgets_gives_a_lower_bound(history: list[Sleep], restart: int) -> None:
    end = 44 * DAY
    found = [sleep for sleep in history if sleep[0] + sleep[1] > restart]
    [(dollars, _, windows)] = play(Savings(T0 + restart), found, [end])
    [whole] = play(Savings(T0), history, [end])
    assert dollars == sum(overlap(sleep, restart, end) for sleep in history) / (PICO * HOUR)
    assert all(windows[period] <= whole[2][period] for period in PERIODS)


def test_an_end_that_is_told_late_is_made_up_for() -> None:
    savings = Savings(T0)
    savings.begin("a", "staging", "shop", T0, Rate(PICO, 0))
    assert savings.dollars("staging", "shop", T0 + 2 * HOUR) == 2
    savings.end("a", T0 + HOUR)
    savings.begin("a", "staging", "shop", T0 + 2 * HOUR, Rate(PICO, 0))
    assert savings.dollars("staging", "shop", T0 + 3 * HOUR) == 2
    assert savings.dollars("staging", "shop", T0 + 4 * HOUR) == 3


def test_another_rate_counts_from_then_on() -> None:
    savings = Savings(T0)
    savings.begin("a", "staging", "shop", T0, Rate(PICO, 0))
    savings.change("a", "staging", Rate(3 * PICO, 0), T0 + HOUR)
    assert savings.dollars("staging", "shop", T0 + 2 * HOUR) == 4
    savings.end("a", T0 + 3 * HOUR)
    assert savings.dollars("staging", "shop", T0 + 9 * HOUR) == 7


def test_an_end_before_a_change_takes_back_what_was_saved_since() -> None:
    """A restart: prices are read again, and then it is heard that somebody woke it before."""
    savings = Savings(T0)
    savings.begin("a", "staging", "shop", T0, Rate(PICO, PICO))
    savings.change("a", "staging", Rate(3 * PICO, 0), T0 + 2 * HOUR)
    savings.change("a", "test", Rate(5 * PICO, 0), T0 + 3 * HOUR)
    savings.end("a", T0 + HOUR)
    at = T0 + 9 * HOUR
    assert (savings.dollars("staging", "shop", at), savings.dollars("test", "shop", at)) == (1, 0)
    assert savings.trailing("staging", at) == {"daily": 1, "weekly": 1, "monthly": 1}
    assert savings.trailing("test", at) == {"daily": 0, "weekly": 0, "monthly": 0}
    assert savings.kilograms("staging", at) == HOUR / (8760 * HOUR)


def test_a_sleep_of_many_rates_keeps_those_of_a_day() -> None:
    savings = Savings(T0)
    savings.begin("a", "staging", "shop", T0, Rate(PICO, 0))
    for hour in range(1, 200):
        savings.change("a", "staging", Rate(PICO + hour % 2, 0), T0 + hour * HOUR)
    assert len(savings._sleepers["a"].stretches) <= 26


def test_another_environment_counts_from_then_on() -> None:
    savings = Savings(T0)
    savings.begin("a", "staging", "shop", T0, Rate(PICO, 0))
    savings.change("a", "test", Rate(PICO, 0), T0 + HOUR)
    savings.end("a", T0 + 3 * HOUR)
    at = T0 + 5 * HOUR
    assert (savings.dollars("staging", "shop", at), savings.dollars("test", "shop", at)) == (1, 2)


def test_a_clock_set_back_takes_nothing_back() -> None:
    savings = Savings(T0)
    savings.begin("a", "staging", "shop", T0, Rate(PICO, 0))
    assert savings.dollars("staging", "shop", T0 + 40 * DAY) == 960
    assert savings.dollars("staging", "shop", T0 - DAY) == 960
    savings.trailing("staging", T0 + 40 * DAY)
    assert min(savings.trailing("staging", T0 - DAY).values()) >= 0


def test_a_window_with_a_clock_set_back_holds_no_more_than_was_saved() -> None:
    trailing = Trailing(1)
    trailing.add(T0, 1)
    assert trailing.totals(T0 + DAY + 6 * HOUR) == [DAY]
    trailing.add(T0 + DAY + 6 * HOUR, -1)
    assert trailing.totals(T0 + DAY - 2 * HOUR) <= [DAY]
