"""What sleeping saves: rates that begin and end with sleeps, added up by environment and namespace.

Pure: every time is passed in, in milliseconds. Money is in picodollars, carbon dioxide in nanograms.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from astrolabe.derived.cost.meter import DAY, Meter, Trailing

HOUR = 3_600_000
YEAR = 8760 * HOUR
"""A year of 365 days, as kube-green has it."""
PERIODS = {"daily": 1, "weekly": 7, "monthly": 30}
"""Trailing windows in days."""

_PICO = 10**12


class Rate(msgspec.Struct, frozen=True):
    """What one sleeping workload saves."""

    money: int = 0
    """Picodollars an hour."""
    carbon: int = 0
    """Nanograms a year."""


class Stretch(NamedTuple):
    """A part of a sleep that saves at one rate for one environment; it lasts until the next one."""

    since: int
    environment: str
    rate: Rate


class SleepingWorkload(msgspec.Struct):
    """One sleeping workload."""

    namespace: str
    begun: int
    """When it fell asleep."""
    stretches: list[Stretch]
    """In order: those that the end of the sleep, if it is told late, may still cut off."""


class Carried(msgspec.Struct):
    """What a restart would lose. It is plain data, to be encoded as JSON or otherwise."""

    at: int
    money: list[tuple[str, str, int]] = []
    """Environment, namespace, picodollars × milliseconds an hour."""
    carbon: list[tuple[str, int]] = []
    windows: list[tuple[str, list[tuple[int, int]]]] = []
    """Environment, changes of its rate."""
    shown: list[tuple[tuple[str, ...], int]] = []
    """Environment and namespace, or an environment alone, and the most that its counter ever showed."""


class Savings:
    """Adds up what sleepers save.

    Counters begin with the program, or go on where the last run left off: a sleep that began before counts
    from then on. Windows look back, so without a last run they count the whole of a sleep that lasts.
    """

    def __init__(self, start: int, carried: Carried | None = None) -> None:
        self._sleepers: dict[str, SleepingWorkload] = {}
        self._money: dict[tuple[str, str], Meter] = {}
        self._carbon: dict[str, Meter] = {}
        self._windows: dict[str, Trailing] = {}
        self._highest: dict[tuple[str, ...], int] = {}
        self._from = carried.at if carried is not None else start
        self._windows_from = carried.at if carried is not None else 0
        if carried is not None:
            for environment, namespace, amount in carried.money:
                self._money[environment, namespace] = Meter(0, amount)
            for environment, amount in carried.carbon:
                self._carbon[environment] = Meter(0, amount)
            for environment, changes in carried.windows:
                for time, change in changes:
                    self._window(environment).add(time, change)
            self.at_least(carried)

    def begin(self, workload: str, environment: str, namespace: str, since: int, rate: Rate) -> None:
        """Note a sleep; of a workload that sleeps already nothing changes."""
        if workload not in self._sleepers:
            self._sleepers[workload] = sleeper = SleepingWorkload(namespace, since, [])
            self._stretch(sleeper, Stretch(since, environment, rate))

    def end(self, workload: str, until: int) -> None:
        """Note the end of a sleep, which may be told late; not before it began."""
        sleeper = self._sleepers.pop(workload, None)
        if sleeper is not None:
            self._cut(sleeper, until)

    def change(self, workload: str, environment: str, rate: Rate, since: int) -> None:
        """Note that a sleeping workload saves another amount from a time on, or for another environment."""
        sleeper = self._sleepers[workload]
        last = sleeper.stretches[-1]
        if (last.environment, last.rate) != (environment, rate):
            # What was told before stays: of two changes the one that is told last holds from then on.
            since = max(since, last.since)
            self._cut(sleeper, since)
            self._stretch(sleeper, Stretch(since, environment, rate))

    def forget(self, environment: str, namespace: str, *, whole: bool) -> None:
        """Drop what was saved in a namespace that is gone; `whole` is for all of its environment."""
        self._money.pop((environment, namespace), None)
        self._highest.pop((environment, namespace), None)
        if whole:
            self._carbon.pop(environment, None)
            self._windows.pop(environment, None)
            self._highest.pop((environment,), None)

    def _stretch(self, sleeper: SleepingWorkload, stretch: Stretch) -> None:
        while len(sleeper.stretches) > 1 and sleeper.stretches[1].since < stretch.since - DAY:
            del sleeper.stretches[0]
        sleeper.stretches.append(stretch)
        self._turn(sleeper, stretch, stretch.since, 1)

    def _cut(self, sleeper: SleepingWorkload, until: int) -> None:
        """Let the last stretch end, and take back those that began later than that."""
        *earlier, last = sleeper.stretches
        while earlier and last.since > until:
            self._turn(sleeper, last, last.since, -1)
            self._turn(sleeper, earlier[-1], last.since, 1)
            last = earlier.pop()
        self._turn(sleeper, last, max(until, last.since), -1)

    def _turn(self, sleeper: SleepingWorkload, stretch: Stretch, time: int, sign: int) -> None:
        money, carbon = sign * stretch.rate.money, sign * stretch.rate.carbon
        self._add(stretch.environment, sleeper.namespace, time, money, carbon)

    def _add(self, environment: str, namespace: str, time: int, money: int, carbon: int) -> None:
        counted = max(time, self._from)
        self._money.setdefault((environment, namespace), Meter()).add(counted, money)
        self._carbon.setdefault(environment, Meter()).add(counted, carbon)
        self._window(environment).add(max(time, self._windows_from), money)

    def _window(self, environment: str) -> Trailing:
        return self._windows.setdefault(environment, Trailing(*PERIODS.values()))

    # What is published

    def dollars(self, environment: str, namespace: str, now: int) -> float:
        """Return the dollars saved so far; never less than it ever returned."""
        meter = self._money.get((environment, namespace))
        return self._at_least((environment, namespace), meter, now) / (_PICO * HOUR)

    def kilograms(self, environment: str, now: int) -> float:
        """Return the kilograms of CO2 saved so far; never less than it ever returned."""
        return self._at_least((environment,), self._carbon.get(environment), now) / (_PICO * YEAR)

    def trailing(self, environment: str, now: int) -> dict[str, float]:
        """Return the dollars saved in each of the trailing windows."""
        totals = self._window(environment).totals(now)
        return {period: total / (_PICO * HOUR) for period, total in zip(PERIODS, totals, strict=True)}

    @property
    def beginning(self) -> int:
        """From when on it counts: when the program began, or what it goes on from was left."""
        return self._from

    def places(self) -> set[tuple[str, str]]:
        """Return every environment and namespace that ever saved."""
        return set(self._money)

    def at_least(self, carried: Carried) -> None:
        """Show no less than what another process showed."""
        for key, amount in carried.shown:
            self._highest[key] = max(amount, self._highest.get(key, 0))

    def _at_least(self, key: tuple[str, ...], meter: Meter | None, now: int) -> int:
        # An end that is told late takes back what was shown meanwhile; a counter waits until it is made up.
        total = meter.total(max(now, self._from)) if meter is not None else 0
        highest = self._highest[key] = max(total, self._highest.get(key, 0))
        return highest

    def carry(self, now: int) -> Carried:
        """Return what to carry over a restart. Sleeps that last end in it, are found again, and go on.

        `now` may lie in the past: what happened since is in it all the same, and what is told after the
        restart of the time since then counts as if it had been told in time.
        """
        now = max(now, self._from)
        money = {place: meter.total(now) for place, meter in self._money.items()}
        carbon = {environment: meter.total(now) for environment, meter in self._carbon.items()}
        windows = {
            environment: [*window.changes(now), (now, -window.rate)]
            for environment, window in self._windows.items()
        }
        for sleeper in self._sleepers.values():
            # It is found again, and counted, from its own beginning.
            if (late := sleeper.begun - now) > 0:
                _, environment, rate = sleeper.stretches[-1]
                money[environment, sleeper.namespace] += late * rate.money
                carbon[environment] += late * rate.carbon
                windows[environment] += [(now, rate.money), (sleeper.begun, -rate.money)]
        return Carried(
            now,
            [(*place, amount) for place, amount in money.items()],
            list(carbon.items()),
            list(windows.items()),
            list(self._highest.items()),
        )
