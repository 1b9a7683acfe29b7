"""What fails, as the metrics say it at the moment of a scrape."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import generate_latest

from astrolabe.kube.observer import Phase, WatchState
from astrolabe.kube.resource import Scope
from astrolabe.metrics.telemetry import Telemetry


class Followed:
    """Something that is followed."""

    def __init__(self, states: Sequence[WatchState], *broken: str) -> None:
        self.states = states
        self.broken = frozenset(broken)


def state(resource: str, phase: Phase, namespace: str = "") -> WatchState:
    return WatchState(resource, Scope(namespace), phase)


def failing(telemetry: Telemetry) -> list[str]:
    lines = generate_latest(telemetry.registry).decode().splitlines()
    return [line for line in lines if line.startswith("astrolabe_failing{")]


def test_a_resource_fails_where_it_does_in_one_scope() -> None:
    telemetry = Telemetry()
    assert failing(telemetry) == []
    states = [
        state("pods", "synced", "a"),
        state("pods", "failing", "b"),
        state("pods", "synced", "c"),
        state("nodes", "listing"),
        state("secrets", "forbidden"),
        state("rockets.space.example", "absent"),
    ]
    telemetry.follow(Followed(states, "metrics.example"))
    assert failing(telemetry) == [
        'astrolabe_failing{resource="pods"} 1.0',
        'astrolabe_failing{resource="nodes"} 0.0',
        'astrolabe_failing{resource="secrets"} 0.0',
        'astrolabe_failing{resource="rockets.space.example"} 1.0',
        'astrolabe_failing{resource="*.metrics.example"} 1.0',
    ]
    states[1].phase = "synced"
    assert failing(telemetry)[0] == 'astrolabe_failing{resource="pods"} 0.0'


def test_it_can_be_asked_for_by_its_name() -> None:
    telemetry = Telemetry()
    telemetry.follow(Followed([state("pods", "synced")]))
    text = generate_latest(telemetry.restricted(["astrolabe_failing"])).decode()
    assert text.splitlines()[-1] == 'astrolabe_failing{resource="pods"} 0.0'
