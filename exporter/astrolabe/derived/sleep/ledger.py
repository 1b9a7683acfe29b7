"""What a restart would lose: counts, ended sleeps, operations under way. All else the objects tell."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from astrolabe.derived.sleep.counters import Labels, Observed
from astrolabe.derived.sleep.history import Remains
from astrolabe.derived.sleep.operation import Running
from astrolabe.derived.sleep.schedule import Operation
from astrolabe.derived.sleep.seam import Asleep


class Remembered(msgspec.Struct):
    """One SleepInfo, by its UID."""

    uid: str
    last_schedule: float = 0.0
    """The newest `lastScheduleTime` that was seen."""
    slept: float | None = None
    """The tick of the last sleep that started."""
    woken: float | None = None
    """The tick of the last wake-up that kube-green carried through: sleeps before it are over."""
    last: dict[Operation, float] = {}
    """When each operation started last."""
    judged: dict[Operation, float] = {}
    """The tick that was judged last: no tick is judged twice."""
    examined: dict[Operation, float] = {}
    """Up to when ticks at which nothing started have been looked for."""
    begun: set[tuple[Operation, float, bool]] = set()
    """Ticks at which something did start, and whether there was anything to do.

    Those are kept that were not looked at yet, and the last sleep.
    """

    def began(self, operation: Operation, tick: float) -> bool:
        """Whether something started at a tick."""
        return any((begun, at) == (operation, tick) for begun, at, _ in self.begun)

    def sleeps(self) -> set[float]:
        """Return the ticks of sleeps that started and had something to do, as far as they are kept."""
        started = {tick for operation, tick, busy in self.begun if busy and operation == "sleep"}
        return started if self.slept is None else {*started, self.slept}

    def forget(self, before: float) -> None:
        """Drop what began before a time, up to which every tick has been looked at."""
        last = max(self.sleeps(), default=before)
        self.begun = {begun for begun in self.begun if begun[1] > before or begun == ("sleep", last, True)}


class Ledger(msgspec.Struct):
    """Everything to carry over. It is plain data: `msgspec.json.encode` and `decode` are enough."""

    at: float
    """Unix seconds."""
    operations: list[tuple[Labels, int]] = []
    scaled: list[tuple[Labels, int]] = []
    scale: list[tuple[Labels, int]] = []
    clock_jumps: int = 0
    durations: list[tuple[Labels, Observed]] = []
    sleepinfos: list[Remembered] = []
    running: list[Running] = []
    lasting: list[Asleep] = []
    ended: list[Asleep] = []
    rests: Remains = Remains()
    """When workloads were not awake, as far as what is not judged yet asks for it."""
    gone: list[tuple[str, str, float]] = []
    """Environments and namespaces that are gone, and since when: their counters are kept for a while."""

    def ahead_of(self, other: Ledger) -> bool:
        """Whether more is counted here, of anything."""
        counts = dict(_counts(other))
        return any(count > counts.get(series, 0) for series, count in _counts(self))


def _counts(ledger: Ledger) -> Iterator[tuple[tuple[str, Labels], int]]:
    """Yield what was counted, by family and labels. Jumps of the clock are each process' own."""
    for family, series in (
        ("operations", ledger.operations),
        ("scaled", ledger.scaled),
        ("scale", ledger.scale),
    ):
        for labels, count in series:
            yield (family, labels), count
    for labels, observed in ledger.durations:
        yield ("durations", labels), observed.count
