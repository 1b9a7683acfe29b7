"""SleepInfos with patches of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sleep.green import Green
from tests.sleep.shop import NIGHT, SLEPT, shop

ROLLOUT = {"target": {"group": "argoproj.io", "kind": "Rollout"}, "patch": "[]"}


def patch(value: int, kind: str = "Deployment") -> dict[str, Any]:
    text = f"- op: replace\n  path: /spec/replicas\n  value: {value}\n"
    return {"target": {"group": "apps", "kind": kind}, "patch": text}


def to_one(stage: Green, *names: str) -> None:
    """Do as kube-green does where a patch leaves one replica."""
    for name in names:
        stage.scale(name, 1, "kube-green", "Apply")


def test_patches_alone_are_judged_by_the_secret() -> None:
    stage = shop()
    stage.sleepinfo(suspendDeployments=False, suspendStatefulSets=False, patches=[ROLLOUT])
    stage.night()
    assert stage.verdicts() == SLEPT
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.at("2026-11-21T08:01:30Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "failed"): 1}


def test_a_patch_takes_the_place_of_kube_greens_own() -> None:
    stage = shop()
    stage.sleepinfo(patches=[patch(1)])
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    to_one(stage, "web", "api")
    stage.record()
    assert stage.verdicts() == SLEPT
    assert stage.scaled() == {"down": 2}
    # They run: nothing is asleep, nobody went to zero.
    assert stage.sleepers() == []
    assert stage.scaling() == {}
    stage.morning("web", "api")
    assert stage.verdicts() == NIGHT
    assert stage.scaled() == {"down": 2, "up": 2}
    stage.at("2026-11-21T12:00Z")
    assert stage.verdicts() == NIGHT


def beside() -> Green:
    """Deployments that a patch leaves at one replica, beside a StatefulSet."""
    stage = shop()
    stage.workload("db", 2, kind="StatefulSet")
    stage.sleepinfo(patches=[patch(1)])
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    return stage


def test_a_patch_beside_what_kube_green_does_by_itself() -> None:
    stage = beside()
    to_one(stage, "web", "api")
    stage.down("db", kind="StatefulSet")
    stage.record()
    assert stage.verdicts() == SLEPT
    assert stage.sleepers() == ["db"]
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.up("web", "api")
    stage.up("db", kind="StatefulSet")
    stage.record()
    assert stage.verdicts() == NIGHT


def test_a_patch_that_is_refused_is_not_made_up_for_by_the_rest() -> None:
    stage = beside()
    stage.down("db", kind="StatefulSet")
    for seconds in (1, 20, 41):
        stage.report("SLEEP", time=stage.now + seconds)
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}


@pytest.mark.parametrize(("refused", "verdict"), [(False, "success"), (True, "partial")])
def test_where_secrets_may_not_be_read_its_being_tried_again_tells(refused: bool, verdict: str) -> None:
    stage = beside()
    stage.bus.follow(stage.graph.uncover("Secret"))
    stage.down("db", kind="StatefulSet")
    if refused:
        stage.report("SLEEP", time=stage.now + 20)
    stage.at("2026-11-20T20:01:29Z")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", verdict): 1}


def test_a_patch_that_puts_to_sleep_is_judged_by_the_workloads() -> None:
    stage = shop()
    stage.sleepinfo(suspendDeployments=False, patches=[patch(0)])
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.record()
    stage.at("2026-11-20T20:00:10Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}
    assert stage.sleepers() == ["web"]


@pytest.mark.parametrize("spec", [{}, {"suspendDeployments": False, "suspendStatefulSets": False}])
def test_kube_green_does_not_run(spec: dict[str, Any]) -> None:
    """What a patch would have done nobody knows, but kube-green takes turns."""
    stage = shop()
    stage.sleepinfo(patches=[patch(1)], **spec)
    stage.at("2026-11-21T12:00Z")
    assert stage.verdicts() == {("sleep", "missed"): 1, ("wake_up", "skipped"): 1}
    stage.at("2026-11-21T20:00:00Z")
    stage.report("SLEEP")
    to_one(stage, "web", "api")
    stage.record()
    stage.at("2026-11-22T22:00Z")
    assert stage.verdicts() == {
        ("sleep", "missed"): 1,
        ("sleep", "success"): 1,
        ("sleep", "skipped"): 1,
        ("wake_up", "skipped"): 1,
        ("wake_up", "missed"): 1,
    }
