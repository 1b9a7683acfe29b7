"""What a restart would lose: counts, ended sleeps, operations under way. All else the objects tell."""

from __future__ import annotations

import msgspec

from astrolabe.sleep.counting import Labels, Observed
from astrolabe.sleep.operation import Running
from astrolabe.sleep.schedule import Operation
from astrolabe.sleep.seam import Asleep


class Remembered(msgspec.Struct):
    """One SleepInfo, by its UID."""

    uid: str
    last_schedule: float = 0.0
    """The newest `lastScheduleTime` that was seen."""
    slept: float | None = None
    """The tick of the last sleep that started."""
    last: dict[Operation, float] = {}
    """When each operation started last."""
    judged: dict[Operation, float] = {}
    """The tick that was judged last: no tick is judged twice."""
    examined: dict[Operation, float] = {}
    """Up to when ticks at which nothing started have been looked for."""


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
