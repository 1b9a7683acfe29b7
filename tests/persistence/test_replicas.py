"""Two replicas, whatever becomes of them: the counters are those of one process that never failed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeAlias

import looptime
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.persistence.replicas import Expiring, History, Replica, now
from tests.sleep.green import stamp

TAKEOVER = 15.0
"""Seconds within which the counters are there again, where one replica runs and reaches the store."""
STARTING = 100.0
"""Seconds that a replica is left alone after its start."""
STARTED = 40.0
"""Seconds until both replicas are there and one leads."""

JUDGED = 240.0
"""Seconds after which every operation is judged, also by a process that was just started."""
CENT = 0.01

Step: TypeAlias = tuple[str, int, float]
FAULTS = ("kill", "start", "pause", "go on", "cut", "heal", "terminate")
FATAL = ("kill", "pause", "terminate")
steps = st.tuples(st.sampled_from((*FAULTS, "flush", "night")), st.sampled_from((0, 1)), st.floats(0.1, 25.0))


def virtually(coroutine: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        runner.get_loop().setup_looptime()  # type: ignore[attr-defined]
        runner.run(coroutine)


class Play:
    """Two replicas beside a process that never fails, looked at several times a second."""

    def __init__(self) -> None:
        self.history = History()
        self.memory = Expiring()
        self.steady = Replica("steady", self.history, None)
        self.replicas = [Replica(name, self.history, self.memory) for name in "ab"]
        self.awake = False
        self.exposed: dict[str, float] = {}
        """What was exposed last, by whoever it was."""
        self.missing_since: float | None = None
        self.starts = 0
        """How often one started over."""

    async def start(self) -> None:
        self.report("")
        self.scale()
        for replica in (self.steady, *self.replicas):
            await replica.start()
        await self.passing(STARTED)
        assert self.leader is not None

    @property
    def leader(self) -> Replica | None:
        return next((each for each in self.replicas if each.goes and each.lease and each.lease.held), None)

    def scale(self) -> None:
        """Let kube-green put the workload to sleep, or wake it."""
        self.awake = not self.awake
        if self.history.events:
            self.report("WAKE_UP" if self.awake else "SLEEP")
        replicas = 2 if self.awake else 0
        entry = {
            "manager": "kube-green",
            "operation": "Update",
            "time": stamp(now()),
            "fieldsV1": {"f:spec": {"f:replicas": {}}},
        }
        template = {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]}}
        self.history.put(
            "deployments",
            {
                "metadata": {"name": "web", "namespace": "shop", "uid": "u", "managedFields": [entry]},
                "spec": {"replicas": replicas, "template": template},
            },
        )

    def report(self, operation: str) -> None:
        """Let kube-green write what it does into its SleepInfo."""
        status = {"lastScheduleTime": stamp(now()), "operation": operation} if operation else {}
        self.history.put(
            "sleepinfos",
            {
                "metadata": {"name": "nights", "namespace": "shop", "uid": "s"},
                "spec": {"weekdays": "*", "sleepAt": "20:00", "wakeUpAt": "08:00"},
                "status": status,
            },
        )

    async def passing(self, seconds: float) -> None:
        """Let time pass, looking at what is exposed."""
        until = now() + seconds
        while now() < until:
            self.look()
            await asyncio.sleep(0.5)

    def look(self) -> None:
        # A process that cannot be stopped in the middle hears of each event at once.
        for replica in (self.steady, *self.replicas):
            if replica.goes:
                replica.catch_up()
        found = [counters for each in self.replicas if each.goes and (counters := each.counters())]
        assert len(found) <= 1
        wanted = self.steady.counters()
        for counters in found:
            # Never more than a process counts that never failed, and never less than was exposed before.
            more = {
                series: value for series, value in counters.items() if value > wanted.get(series, 0) + CENT
            }
            assert not more
            fallen = {series for series, value in self.exposed.items() if value > counters.get(series, 0)}
            assert not {series for series in fallen if "_estimate_dollars" not in series}
            self.exposed = counters
        if (starts := sum(each.outdated for each in self.replicas)) != self.starts:
            self.starts, self.missing_since = starts, None
        able = any(each.goes and not each.cut for each in self.replicas)
        if found or not able:
            self.missing_since = None
        else:
            self.missing_since = now() if self.missing_since is None else self.missing_since
            assert now() - self.missing_since <= TAKEOVER

    async def settle(self) -> None:
        """Let everything heal, and the last operations be judged: then nothing was lost, nothing is twice."""
        for what in ("go on", "heal", "start"):
            for which in (0, 1):
                await self.happen(what, which)
            await self.passing(STARTED)
        await self.passing(JUDGED)
        assert self.exposed == pytest.approx(self.steady.counters(), abs=CENT)
        assert all(each.outdated <= 1 for each in self.replicas)

    async def happen(self, what: str, which: int) -> None:
        replica, other = self.replicas[which], self.replicas[1 - which]
        if what in FATAL and not other.goes:
            # What happens while none runs is a restart's to find out.
            return
        match what:
            case "night":
                self.scale()
            case "flush":
                # Who starts before it is written again would count from nothing: that is another test's.
                if all(each.goes and not each.cut for each in self.replicas):
                    self.memory.flush()
                    await self.passing(STARTED)
            case "start" if replica.running is None and not other.cut:
                await replica.start()
                # Until it knows what happened before it began, it judges operations later than others.
                await self.passing(STARTING)
            case "kill":
                await replica.kill()
            case "terminate" if replica.goes:
                await replica.terminate()
            case "pause":
                replica.pause()
            case "go on":
                replica.go_on()
            case "cut":
                replica.reach(reach=False)
            case "heal":
                replica.reach(reach=True)
        # A change of who is able begins the time anew.
        self.missing_since = None


EVERYTHING: list[Step] = [
    ("night", 0, 5.0),
    ("kill", 0, 20.0),
    ("night", 0, 5.0),
    ("start", 0, 1.0),
    ("pause", 1, 20.0),
    ("go on", 1, 5.0),
    ("cut", 0, 20.0),
    ("heal", 0, 10.0),
    ("terminate", 1, 10.0),
    ("start", 1, 1.0),
    ("flush", 0, 5.0),
]


@settings(max_examples=4, deadline=None, derandomize=True)
@example(EVERYTHING)
@given(st.lists(steps, min_size=1, max_size=14))
def test_the_counters_are_those_of_one_process_that_never_failed(history: list[Step]) -> None:
    async def play() -> None:
        scene = Play()
        await scene.start()
        try:
            for what, which, seconds in history:
                await scene.happen(what, which)
                await scene.passing(seconds)
            await scene.settle()
        finally:
            for replica in scene.replicas:
                replica.go_on()
                await replica.kill()

    virtually(play())


def test_a_replica_that_found_no_state_starts_over_once_it_can() -> None:
    async def play() -> None:
        scene = Play()
        await scene.start()
        leads, other = scene.replicas
        if scene.leader is other:
            leads, other = other, leads
        await other.kill()
        scene.scale()
        other.reach(reach=False)
        await other.start()
        await scene.passing(STARTING)
        assert other.outdated == 0
        other.reach(reach=True)
        await scene.passing(STARTING)
        assert other.outdated == 1
        await leads.kill()
        await scene.passing(2 * TAKEOVER)
        assert scene.leader is other
        assert scene.exposed == pytest.approx(scene.steady.counters(), abs=CENT)
        await other.kill()

    virtually(play())
