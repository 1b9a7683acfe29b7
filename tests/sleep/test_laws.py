"""What holds for every history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.derived.sleep.asleep import seconds
from astrolabe.derived.sleep.operation import GRACE, PATIENCE
from astrolabe.derived.sleep.seam import Asleep
from tests.sleep.green import Green, unix
from tests.sleep.stage import Stage

START = unix("2026-11-20T12:00Z")
DAY = 86400.0
NAMES = ("api", "db", "web")
TOTALS = ("kube_green_", "astrolabe_workload_", "astrolabe_environment_")


class Event(NamedTuple):
    time: float
    plural: str
    name: str
    obj: dict[str, Any] | None
    """None where it goes."""


class Run(NamedTuple):
    """What is written between two scrapes."""

    events: list[Event]
    scrape: float
    """When the second one is."""


class Night(NamedTuple):
    runs: bool
    """Whether kube-green does."""
    refused: frozenset[str]
    by_hand: tuple[tuple[float, str, int], ...]
    """Hours after the evening's tick, workload, replicas."""
    wakes: bool


NIGHTS = st.lists(
    st.builds(
        Night,
        st.sampled_from([True, True, True, False]),
        st.frozensets(st.sampled_from(NAMES), max_size=1),
        st.lists(
            st.tuples(st.sampled_from([1.0, 3.5, 11.0, 14.0]), st.sampled_from(NAMES), st.integers(0, 2)),
            max_size=3,
        ).map(lambda changes: tuple(sorted(changes))),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
)


class Recorder(Green):
    """Lives through nights, and keeps what was written in the runs between two scrapes."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._events: list[Event] = []
        super().__init__(START)

    def put(self, plural: str, obj: dict[str, Any]) -> None:
        self._events.append(Event(self.now, plural, obj["metadata"]["name"], obj))
        super().put(plural, obj)

    def pause(self) -> None:
        """Let five minutes pass; everything before has arrived by then."""
        self.at(self.now + 300)
        self.runs.append(Run(self._events, self.now))
        self._events = []

    def live(self, nights: list[Night]) -> None:
        for name in NAMES:
            self.workload(name, 2)
        self.sleepinfo()
        self.pause()
        remembered = False
        for number, night in enumerate(nights):
            evening = unix("2026-11-20T20:00Z") + number * DAY
            asleep: list[str] = []
            self.pass_to(evening)
            if night.runs:
                awake = [name for name in NAMES if self._replicas(name)]
                self.report("SLEEP" if awake else "")
                for name in awake:
                    self.pass_to(self.now + 3)
                    if name in night.refused:
                        break
                    self.down(name)
                    asleep.append(name)
                else:
                    self.record()
                    remembered = bool(awake)
            self.pause()
            for hours, name, replicas in night.by_hand:
                self.pass_to(max(self.now, evening + hours * 3600))
                # What somebody sent back to zero may be woken with the rest, but is not waited for: when it
                # comes up, and whether that is before the verdict, is a matter of order.
                if replicas != self._replicas(name) and (replicas or name not in asleep):
                    self.scale(name, replicas, "kubectl-edit")
                self.pause()
            self.pass_to(max(self.now, evening + 12 * 3600))
            if night.wakes and remembered and night.runs:
                self.report("WAKE_UP")
                for name in asleep:
                    self.pass_to(self.now + 2)
                    if not self._replicas(name):
                        self.up(name)
                self.record()
                remembered = False
            self.pause()
        self.pause()

    def _replicas(self, name: str) -> int:
        found: int = self.objects["deployments", self.namespace, name]["spec"]["replicas"]
        return found


def deliver(runs: list[Run], draw: st.DataObject, *, restarts: bool = False) -> Stage:
    """Bring the same history in other batches, late by up to their length, each kind's stream by itself."""
    stage = Stage(START)
    for run in runs:
        for batch in batches(run.events, draw):
            stage.pass_to(batch[-1].time)
            plurals = sorted({event.plural for event in batch})
            for plural in draw.draw(st.permutations(plurals)):
                for event in batch:
                    if event.plural == plural and event.obj is not None:
                        stage.put(plural, event.obj)
            if restarts and draw.draw(st.booleans()):
                stage.restart()
        stage.at(run.scrape)
        # What an exporter finds that was restarted it judges once all is heard of.
        stage.at(run.scrape + GRACE)
        if restarts and draw.draw(st.booleans()):
            stage.restart()
    return stage


def batches(events: list[Event], draw: st.DataObject) -> Iterator[list[Event]]:
    cuts = draw.draw(st.sets(st.integers(0, len(events)), max_size=4)) if len(events) > 1 else set()
    for start, end in pairwise(sorted({0, len(events), *cuts})):
        yield events[start:end]


def slept(stage: Stage) -> dict[str, float]:
    """Add up how long each workload slept."""
    found: dict[str, float] = {}
    for sleep in (*stage.source.ended(), *stage.source.sleeping()):
        end = START + 10 * DAY
        found[sleep.id] = found.get(sleep.id, 0.0) + seconds([sleep], START, end)
    return found


@settings(max_examples=60, deadline=None)
@given(nights=NIGHTS, draw=st.data())
def test_batches_and_the_order_of_streams_do_not_matter(nights: list[Night], draw: st.DataObject) -> None:
    lived = Recorder()
    lived.live(nights)
    delivered = deliver(lived.runs, draw)
    assert delivered.counted(*TOTALS) == lived.counted(*TOTALS)
    assert slept(delivered) == slept(lived)


@settings(max_examples=60, deadline=None)
@given(nights=NIGHTS, draw=st.data())
def test_restarts_that_remember_do_not_matter(nights: list[Night], draw: st.DataObject) -> None:
    lived = Recorder()
    lived.live(nights)
    delivered = deliver(lived.runs, draw, restarts=True)
    assert delivered.counted(*TOTALS) == lived.counted(*TOTALS)
    assert slept(delivered) == slept(lived)


IN_VAIN = ('status="failed"}', 'status="skipped"}')
STREAMS = ("deployments", "sleepinfos", "secrets", "statefulsets", "cronjobs", "namespaces")


@settings(max_examples=60, deadline=None)
@given(nights=NIGHTS, draw=st.data())
def test_outages_of_which_all_is_heard_afterwards_do_not_matter(
    nights: list[Night], draw: st.DataObject
) -> None:
    lived = Recorder()
    lived.live(nights)
    stage = Stage(START)
    stops = draw.draw(st.sets(st.integers(1, len(lived.runs)), max_size=3))
    for number, run in enumerate(lived.runs):
        if number in stops:
            stage.stop()
        for event in run.events:
            stage.pass_to(event.time)
            assert event.obj is not None
            stage.put(event.plural, event.obj)
        stage.pass_to(run.scrape)
        if draw.draw(st.booleans()):
            stage.resume(draw.draw(st.permutations(STREAMS)), known_first=draw.draw(st.booleans()))
        stage.at(run.scrape).at(run.scrape + GRACE)
    stage.resume(STREAMS, known_first=True)
    stage.at(stage.now).at(stage.now + PATIENCE + GRACE)
    counted, wanted = stage.counted(*TOTALS), lived.counted(*TOTALS)
    for series in [series for series in wanted if series.endswith(IN_VAIN)]:
        # Of an operation in vain that the next one followed unheard of, nothing tells but its start.
        assert counted.pop(series, 0) <= wanted.pop(series)
    assert counted == wanted
    assert slept(stage) == slept(lived)


@settings(max_examples=60, deadline=None)
@given(nights=NIGHTS, at=st.integers(0, 20))
def test_a_restart_that_forgets_counts_nothing_twice(nights: list[Night], at: int) -> None:
    lived = Recorder()
    lived.live(nights)
    stage = Stage(START)
    before: dict[str, float] = {}
    for number, run in enumerate(lived.runs):
        for event in run.events:
            stage.pass_to(event.time)
            assert event.obj is not None
            stage.put(event.plural, event.obj)
        stage.at(run.scrape)
        if number == at:
            before = stage.counted("kube_green_sleep", "kube_green_resources")
            stage.restart(remember=False)
    after = stage.counted("kube_green_sleep", "kube_green_resources")
    counted, whole = idle([*before.items(), *after.items()]), idle(lived.counted(*TOTALS).items())
    assert all(value <= whole[series] for series, value in counted.items())
    # What sleeps now is known in full from the objects.
    assert {item.id: item.since for item in stage.source.sleeping()} == {
        item.id: item.since for item in lived.source.sleeping()
    }


def idle(counts: Iterable[tuple[str, float]]) -> Counter[str]:
    """Add up, with what was missed and what had nothing to do as one.

    Which of them it was depends on what the sleep before was for, and that may be forgotten.
    """
    found: Counter[str] = Counter()
    for series, value in counts:
        found[series.replace('status="skipped"', 'status="missed"')] += value
    return found


SLEEPS = st.lists(
    st.builds(
        lambda since, length: Asleep(
            "a", "u", since, "kube-green", until=None if length is None else since + length
        ),
        st.integers(0, 1000),
        st.none() | st.integers(0, 500),
    ),
    max_size=6,
)


@given(sleeps=SLEEPS, cuts=st.lists(st.integers(-10, 1600), min_size=2))
def test_the_parts_sum_to_the_whole(sleeps: list[Asleep], cuts: list[int]) -> None:
    cuts.sort()
    whole = seconds(sleeps, cuts[0], cuts[-1])
    assert sum(seconds(sleeps, start, end) for start, end in pairwise(cuts)) == whole
    assert sum(seconds([sleep], cuts[0], cuts[-1]) for sleep in sleeps) == whole
    assert 0 <= whole <= len(sleeps) * (cuts[-1] - cuts[0])
