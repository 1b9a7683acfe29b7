"""Taking in: nothing before everything is known, then how things stand, then each change, each once."""

from __future__ import annotations

import pytest

from astrolabe.derived.sleep.beginning import RESUMING, SETTLING, Progress
from tests.sleep.green import Green
from tests.sleep.shop import SLEPT, shop


class Slow(Green):
    """Kinds become known when the test says so, and no event tells."""

    states: dict[str, Progress]

    def progress(self, kind: str) -> Progress:
        return self.states.get(kind, "known")

    def start_slowly(self, *, remember: bool, **states: Progress) -> None:
        kept = self.source.ledger() if remember else None
        self.states = dict(states)
        self.begin(kept, {})
        for key in sorted(self.objects, reverse=True):
            self._publish(key[0], self.objects[key])


Slow.states = {}


def night() -> Slow:
    stage = Slow("2026-11-20T12:00Z")
    stage.workload("web", 3)
    stage.workload("api", 2)
    stage.sleepinfo()
    stage.at("2026-11-20T19:59:00Z")
    return stage


@pytest.mark.parametrize("looked", [True, False])
def test_the_event_that_finds_everything_known_counts_once(looked: bool) -> None:
    stage = night()
    kept = stage.source.ledger()
    stage.states = {"HorizontalPodAutoscaler": "awaited"}
    stage.begin(kept, {})
    objects = dict(stage.objects)
    for key in sorted(objects, reverse=True):
        stage._publish(key[0], objects[key])
    stage.pass_to("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("api")
    if looked:
        assert stage.scaled() == {}
    stage.states = {}
    stage.pass_to("2026-11-20T20:00:02Z")
    stage.down("web")
    stage.record()
    stage.at("2026-11-20T20:00:05Z")
    assert stage.scaled() == {"down": 2}
    stage.at("2026-11-20T20:00:20Z")
    assert stage.verdicts() == SLEPT
    assert len(stage.source._sleepinfos._all) == 1


def test_what_is_not_listed_in_the_end_is_done_without() -> None:
    stage = night()
    stage.start_slowly(remember=False, CronJob="awaited")
    stage.at(stage.now + SETTLING - 1)
    assert "astrolabe_sleepinfo_info{" not in stage.scrape()
    stage.at(stage.now + 1)
    assert "astrolabe_sleepinfo_info{" in stage.scrape()


def test_as_long_as_nothing_is_known_time_does_not_run_out() -> None:
    """An API server that cannot be reached ends nothing that an earlier process knew."""
    stage = shop()
    stage.night("web", "api")
    kept = stage.source.ledger()
    slow = Slow("2026-11-20T20:10:00Z")
    slow.states = dict.fromkeys(("Namespace", "SleepInfo", "Deployment", "StatefulSet"), "awaited")
    slow.states |= dict.fromkeys(("HorizontalPodAutoscaler", "ScaledObject.keda.sh"), "awaited")
    slow.states |= dict.fromkeys(("CronJob", "Secret"), "awaited")
    slow.begin(kept, {})
    for _ in range(10):
        slow.at(slow.now + SETTLING)
    slow.states = {}
    slow.objects = stage.objects
    slow.list(*slow.objects)
    slow.scrape()
    assert slow.sleepers() == ["api", "web"]
    assert list(slow.source.ended()) == []


@pytest.mark.parametrize(
    ("states", "seconds"),
    [
        ({}, 0.0),
        ({"Secret": "resuming"}, RESUMING),
        ({"Secret": "resuming", "Namespace": "awaited"}, SETTLING),
    ],
)
def test_what_comes_while_watches_go_on_is_held(states: dict[str, Progress], seconds: float) -> None:
    stage = night()
    kept, before = stage.source.ledger(), dict(stage.objects)
    stage.states = states
    stage.begin(kept, before, resuming=True)
    stage.scrape()
    start = stage.now
    stage.down("web", "api")
    assert stage.source.holding is bool(seconds)
    if seconds:
        stage.at(start + seconds - 1)
        assert stage.scaled() == {}
    stage.at(start + seconds)
    assert stage.scaled() == {"down": 2}
    assert stage.source.holding is False
