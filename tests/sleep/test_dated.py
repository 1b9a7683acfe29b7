"""What happened while the exporter was down is dated by the objects' own times, else by what is certain."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sleep.green import Green, stamp, unix
from tests.sleep.shop import shop
from tests.sleep.stage import PLURALS_NEEDED

NIGHT = "2026-11-20T20:00:00Z"
DOWN, UP = "2026-11-20T22:00:00Z", "2026-11-20T22:01:52Z"
"""When it is down, for 112 seconds; what happens meanwhile happens at 22:00:40."""
THEN = "2026-11-20T22:00:40Z"


def asleep() -> Green:
    stage = shop()
    stage.night("web", "api")
    stage.at(DOWN)
    return stage


def observe(stage: Green, name: str, time: float, generation: int = 1) -> None:
    """Let the controller of a Deployment write its status."""
    obj = stage.objects["deployments", "shop", name]
    entries = [entry for entry in obj["metadata"]["managedFields"] if entry.get("subresource") != "status"]
    written = {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status"}
    metadata = {
        **obj["metadata"],
        "generation": generation,
        "managedFields": [*entries, {**written, "time": stamp(time), "fieldsV1": {}}],
    }
    stage.put("deployments", {**obj, "metadata": metadata, "status": {"observedGeneration": generation}})


def by_edit(stage: Green) -> None:
    stage.scale("web", 2, "kubectl-edit")


def by_scale(stage: Green) -> None:
    """Leave no time, but the controller says within the second that it took note."""
    stage.scale("web", 2, "kubectl", subresource="scale")
    observe(stage, "web", stage.now)


def by_scale_unnoticed(stage: Green) -> None:
    stage.scale("web", 2, "kubectl", subresource="scale")


def deleted(stage: Green) -> None:
    stage.delete("deployments", "shop", "web")


def deleted_slowly(stage: Green) -> None:
    """Ask for a deletion that waits for what depends on it."""
    obj = stage.objects["deployments", "shop", "web"]
    metadata = {**obj["metadata"], "deletionTimestamp": stamp(stage.now)}
    stage.put("deployments", {**obj, "metadata": metadata})
    stage.pass_to(stage.now + 5)
    stage.delete("deployments", "shop", "web")


def created_again(stage: Green) -> None:
    stage.delete("deployments", "shop", "web")
    stage.workload("web", 2, creationTimestamp=stamp(stage.now))


RIGHT = {
    by_edit: THEN,
    by_scale: THEN,
    by_scale_unnoticed: DOWN,
    deleted: DOWN,
    deleted_slowly: THEN,
    created_again: DOWN,
}
"""Until when it is known to have slept."""
HEARD_OF = ("resumed", "listed")


def heard(stage: Green, how: str) -> None:
    """Start again, and hear of it by watches that go on, or by lists."""
    if how == "resumed":
        stage.resume(PLURALS_NEEDED, known_first=True)
    else:
        stage.relist()
    stage.at(UP)
    stage.at(unix(UP) + 6)
    stage.at(unix(UP) + 20)


def until(stage: Green) -> list[float | None]:
    return [sleep.until for sleep in stage.source.ended() if sleep.id == "Deployment/shop/web"]


@pytest.mark.parametrize("how", HEARD_OF)
@pytest.mark.parametrize("happens", RIGHT, ids=lambda happens: happens.__name__)
def test_a_sleep_that_ended_while_it_was_down(happens: Any, how: str) -> None:
    stage = asleep()
    stage.stop()
    stage.pass_to(THEN)
    happens(stage)
    stage.pass_to(UP)
    heard(stage, how)
    right = RIGHT[happens]
    if happens is deleted_slowly and how == "listed":
        right = DOWN  # of what is gone no list tells
    assert until(stage) == [unix(right)]


@pytest.mark.parametrize("happens", RIGHT, ids=lambda happens: happens.__name__)
def test_while_it_looks_what_leaves_no_time_happened_when_it_was_seen(happens: Any) -> None:
    stage = asleep()
    stage.pass_to(THEN)
    happens(stage)
    stage.at(UP)
    seen = unix(THEN) + 5 * (happens is deleted_slowly)
    assert until(stage) == [seen]


def test_a_status_of_before_says_nothing() -> None:
    """The controller may not have looked yet; its last word is of when the workload fell asleep."""
    stage = shop()
    stage.night("web", "api")
    stage.pass_to("2026-11-20T20:00:05Z")
    observe(stage, "web", stage.now)
    stage.at(DOWN)
    stage.stop()
    stage.pass_to(THEN)
    by_scale_unnoticed(stage)
    stage.pass_to(UP)
    heard(stage, "listed")
    assert until(stage) == [unix(DOWN)]


@pytest.mark.parametrize("how", HEARD_OF)
def test_a_sleep_that_began_while_it_was_down(how: str) -> None:
    stage = shop()
    stage.at("2026-11-20T19:59:00Z")
    stage.stop()
    stage.pass_to(NIGHT)
    stage.report("SLEEP")
    stage.down("web", "api")
    stage.record()
    stage.pass_to("2026-11-20T20:00:52Z")
    heard(stage, how)
    assert {sleep.since for sleep in stage.source.sleeping()} == {unix(NIGHT)}
    assert stage.scaled() == {"down": 2}
