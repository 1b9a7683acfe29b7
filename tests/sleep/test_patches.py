"""SleepInfos with patches of their own."""

from __future__ import annotations

from tests.sleep.shop import SLEPT, shop


def test_patches_alone_are_judged_by_the_secret() -> None:
    stage = shop()
    patch = {"target": {"group": "argoproj.io", "kind": "Rollout"}, "patch": "[]"}
    stage.sleepinfo(suspendDeployments=False, suspendStatefulSets=False, patches=[patch])
    stage.night()
    assert stage.verdicts() == SLEPT
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.at("2026-11-21T08:01:30Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "failed"): 1}
