"""Rest ends by the clock: what should have been woken is in error and says why."""

from __future__ import annotations

from astrolabe.derived.sleep.overslept import Notes
from tests.sleep.green import Green, unix
from tests.sleep.shop import shop

WEB = "Deployment/shop/web"
LATE = "2026-11-21T08:02:30Z"


class Clocked:
    """A stage whose notes are brought up to date whenever it is asked."""

    def __init__(self, stage: Green) -> None:
        self.stage = stage
        self.notes = Notes(stage.graph, stage.source.overslept)

    def says(self, node_id: str = WEB) -> tuple[str, str, float]:
        self.stage.at(self.stage.now)
        for delta in self.notes.work():
            self.stage.exposition.follow(delta)
        node = self.stage.graph.get(node_id)
        assert node is not None
        return node.status, node.reason, node.since

    def at(self, time: str) -> tuple[str, str, float]:
        self.stage.at(time)
        return self.says()


def asleep() -> Clocked:
    stage = shop()
    stage.night("web", "api")
    return Clocked(stage)


def test_it_is_at_rest_as_long_as_the_schedule_says_so() -> None:
    clocked = asleep()
    night = unix("2026-11-20T20:00:00Z")
    for time in ("2026-11-20T22:00:00Z", "2026-11-21T07:59:59Z", "2026-11-21T08:02:29Z"):
        assert clocked.at(time)[:2] == ("Ready", "AtRest")
    assert clocked.says()[2] >= night


def test_a_wake_up_that_did_not_come_is_an_error_since_it_was_due() -> None:
    clocked = asleep()
    assert clocked.at(LATE) == ("Error", "WakeMissed", unix("2026-11-21T08:00:00Z"))
    node = clocked.stage.graph.get(WEB)
    assert node is not None
    assert node.message == "SleepInfo nights should have woken it, and it still has no replicas"
    clocked.stage.up("web", replicas=3)
    assert clocked.says()[1] == "NoReplicasReady"
    assert clocked.says("Deployment/shop/api")[1] == "WakeMissed"


def test_the_next_night_it_is_at_rest_again() -> None:
    clocked = asleep()
    assert clocked.at("2026-11-21T12:00Z")[1] == "WakeMissed"
    assert clocked.at("2026-11-21T20:00:01Z")[:2] == ("Ready", "AtRest")


def test_without_a_sleepinfo_nobody_wakes_it() -> None:
    clocked = asleep()
    clocked.stage.at("2026-11-20T22:00Z")
    clocked.stage.delete("sleepinfos", "shop", "nights")
    assert clocked.says() == ("Error", "SleepInfoDeleted", 0.0)
    clocked.stage.sleepinfo()
    assert clocked.says()[:2] == ("Ready", "AtRest")


def test_what_a_person_scaled_down_is_nobodys_to_wake() -> None:
    stage = shop()
    stage.scale("web", 0, manager="kubectl-client-side-apply")
    clocked = Clocked(stage)
    assert clocked.at("2026-11-21T12:00Z")[:2] == ("Ready", "AtRest")


def test_after_a_restart_it_is_known_at_once() -> None:
    clocked = asleep()
    clocked.stage.at("2026-11-21T12:00Z")
    clocked.stage.restart(remember=False)
    assert Clocked(clocked.stage).says() == ("Error", "WakeMissed", unix("2026-11-21T08:00:00Z"))
