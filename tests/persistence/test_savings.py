"""Savings over restarts: as if there had been none, also where news is late."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from astrolabe.derived.cost.meter import DAY
from astrolabe.derived.cost.savings import Rate, Savings

HOUR = DAY // 24
START = 400 * DAY
NAMES = ("a", "b")
ENVIRONMENTS = ("dev", "staging")


class Asleep(NamedTuple):
    environment: str
    since: int
    rate: Rate


rates = st.builds(Rate, st.integers(0, 10**12), st.integers(0, 10**15))
# What happens to one of two workloads, after how long, how late it is told; in between a restart or none,
# with a state that was carried as of a time before that.
steps = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.one_of(st.none(), st.tuples(st.sampled_from(ENVIRONMENTS), rates)),
        st.integers(1, 3 * HOUR),
        st.integers(0, HOUR),
        st.one_of(st.none(), st.integers(0, 6 * HOUR)),
    ),
    max_size=12,
)


@given(steps, st.integers(0, 30 * DAY))
def test_restarts_change_nothing(history: list[tuple], after: int) -> None:  # type: ignore[type-arg]
    steady, restarted = Savings(START), Savings(START)
    asleep: dict[str, Asleep] = {}
    now = START
    for name, what, passed, late, behind in history:
        # Everything up to `late` ago has been told; the carried state is of that time or of an earlier one.
        now += passed + late
        if behind is not None:
            carried = restarted.carry(now - late - behind)
            restarted = Savings(now, carried)
            for workload, sleep in asleep.items():
                restarted.begin(workload, sleep.environment, "shop", sleep.since, sleep.rate)
        happened = now - late
        if what is None:
            asleep.pop(name, None)
            for each in (steady, restarted):
                each.end(name, happened)
        elif name not in asleep:
            asleep[name] = Asleep(what[0], happened, what[1])
            for each in (steady, restarted):
                each.begin(name, what[0], "shop", happened, what[1])
        else:
            asleep[name] = Asleep(what[0], asleep[name].since, what[1])
            for each in (steady, restarted):
                each.change(name, what[0], what[1], now)
    now += after
    for environment in ENVIRONMENTS:
        assert restarted.dollars(environment, "shop", now) == steady.dollars(environment, "shop", now)
        assert restarted.kilograms(environment, now) == steady.kilograms(environment, now)
        assert restarted.trailing(environment, now) == steady.trailing(environment, now)
