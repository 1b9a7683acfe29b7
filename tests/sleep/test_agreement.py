"""What is counted agrees with what is judged: of every operation, whatever happens around it."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.derived.sleep.operation import GRACE
from astrolabe.derived.sleep.starts import PATIENCE
from tests.sleep.green import stamp, unix
from tests.sleep.stage import Stage
from tests.sleep.test_laws import DAY, NAMES, START, Event, Recorder, Run, batches

HAPPENED = ("success", "partial")


class Change(NamedTuple):
    """What somebody does, so many seconds after a tick or before it."""

    after: float
    name: str
    what: str
    """edit, scale (which leaves no time), recreate or remove."""
    replicas: int


class Turn(NamedTuple):
    """What happens around a tick."""

    runs: bool
    """Whether kube-green does."""
    refused: frozenset[str]
    changes: tuple[Change, ...]


CHANGES = st.builds(
    Change,
    st.sampled_from([-3600.0, -2.0, 1.0, 2.0, 30.0, 3600.0]),
    st.sampled_from(NAMES),
    st.sampled_from(["edit", "edit", "scale", "recreate", "remove"]),
    st.integers(0, 2),
)
TURNS = st.lists(
    st.builds(
        Turn,
        st.sampled_from([True, True, True, False]),
        st.frozensets(st.sampled_from(NAMES), max_size=1),
        st.lists(CHANGES, max_size=4).map(
            lambda changes: tuple(sorted(changes, key=lambda change: change.after))
        ),
    ),
    min_size=1,
    max_size=6,
)


class World(Recorder):
    """A kube-green that remembers as the real one does: what it took down, by name, once it is through."""

    def __init__(self) -> None:
        self.restore: set[str] | None = None
        """What it would wake; None where it would put to sleep next."""
        super().__init__()

    def workload(self, name: str, replicas: int = 2, kind: str = "Deployment", **metadata: Any) -> None:
        super().workload(name, replicas, kind, creationTimestamp=stamp(self.now), **metadata)

    def delete(self, plural: str, namespace: str, name: str) -> None:
        self._events.append(Event(self.now, plural, name, None))
        super().delete(plural, namespace, name)

    def live(self, turns: list[Turn]) -> None:  # type: ignore[override]
        for name in NAMES:
            self.workload(name, 2)
        self.sleepinfo()
        self.pause()
        for number, turn in enumerate(turns):
            tick = unix("2026-11-20T20:00Z") + number * DAY / 2
            early = [change for change in turn.changes if change.after < 0]
            rest = [change for change in turn.changes if change.after > 0]
            for change in early:
                self.change(tick, change)
                if change.after < -300:
                    self.pause()
            self.pass_to(max(self.now, tick))
            if turn.runs and (self.restore is None) is (number % 2 == 0):
                self.operate(turn.refused, [change for change in rest if change.after < 30], tick)
            for change in rest:
                if change.after >= 30 or not turn.runs:
                    self.change(tick, change)
            self.pause()
        self.pause()

    def change(self, tick: float, change: Change) -> None:
        self.pass_to(max(self.now, tick + change.after))
        there = ("deployments", self.namespace, change.name) in self.objects
        if change.what in ("recreate", "remove") and there:
            self.delete("deployments", self.namespace, change.name)
            there = False
        if change.what == "recreate":
            self.workload(change.name, change.replicas)
        elif there and change.replicas != self._replicas(change.name):
            if change.what == "edit":
                self.scale(change.name, change.replicas, "kubectl-edit")
            elif change.what == "scale":
                self.scale(change.name, change.replicas, "kubectl", subresource="scale")

    def operate(self, refused: frozenset[str], changes: list[Change], tick: float) -> None:
        sleeping = self.restore is None
        self.report("SLEEP" if sleeping else "WAKE_UP")
        done: set[str] = set()
        for name in NAMES:
            while changes and tick + changes[0].after <= self.now + 1:
                self.change(tick, changes.pop(0))
            self.pass_to(self.now + 1)
            if ("deployments", self.namespace, name) not in self.objects:
                continue
            awake = self._replicas(name) > 0
            if awake is not sleeping or not (sleeping or name in (self.restore or ())):
                continue
            if name in refused:
                return
            if sleeping:
                self.down(name)
                done.add(name)
            else:
                self.up(name)
        self.record()
        self.restore = done if sleeping else None


def delivered(runs: list[Run], draw: st.DataObject) -> list[dict[str, float]]:
    """Bring the events in batches, each kind's stream by itself, with restarts; return what each added."""
    stage = Stage(START)
    found = []
    counted: dict[str, float] = {}
    for run in runs:
        for batch in batches(run.events, draw):
            stage.pass_to(max(stage.now, batch[-1].time))
            # What is a tick ago and was not heard of by then counts as not having been.
            late = stage.now - batch[0].time > PATIENCE - GRACE
            for plural in draw.draw(st.permutations(sorted({event.plural for event in batch}))):
                for event in batch:
                    if event.plural == plural:
                        if event.obj is not None:
                            stage.put(plural, event.obj)
                        else:
                            stage.delete(plural, "shop", event.name)
                if not late and draw.draw(st.booleans()):
                    stage.scrape()
            if draw.draw(st.booleans()):
                stage.restart()
                stage.scrape()
        stage.at(run.scrape)
        stage.at(run.scrape + 11)
        now = stage.counted("kube_green_sleep_operations", "kube_green_resources", "astrolabe_workload_scale")
        found.append({series: value - counted.get(series, 0) for series, value in now.items()})
        counted = now
    return found


def total(added: dict[str, float], *parts: str) -> float:
    return sum(value for series, value in added.items() if all(part in series for part in parts))


@settings(max_examples=60, deadline=None)
@given(turns=TURNS, draw=st.data())
def test_what_kube_green_changed_was_an_operation_that_changed_something(
    turns: list[Turn], draw: st.DataObject
) -> None:
    world = World()
    world.live(turns)
    for added in delivered(world.runs, draw):
        for operation, direction in (("sleep", "down"), ("wake_up", "up")):
            scaled = total(added, "resources_scaled", f'direction="{direction}"')
            verdicts = {
                status: total(added, "operations_total", f'"{operation}"', f'"{status}"')
                for status in (*HAPPENED, "failed", "skipped", "missed")
            }
            happened = sum(verdicts[status] for status in HAPPENED)
            if scaled:
                assert happened == 1, (direction, added)
            by_others = total(added, "workload_scale", 'actor="other"', f'direction="{direction}"')
            if happened and not by_others:
                assert scaled, (direction, added)
