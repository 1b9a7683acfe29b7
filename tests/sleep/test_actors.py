"""Who takes workloads down and who brings them back."""

from __future__ import annotations

import pytest

from tests.sleep.green import unix
from tests.sleep.shop import NIGHT, shop


@pytest.mark.parametrize(
    ("manager", "operation", "subresource", "actor"),
    [
        ("kube-controller-manager", "Update", "scale", "hpa"),
        ("kube-controller-manager", "Update", "", "other"),
        ("argocd-controller", "Apply", "", "other"),
        ("keda", "Update", "scale", "other"),
        ("manager", "Update", "", "other"),
        ("kube-green", "Update", "", "kube-green"),
    ],
)
def test_who_wakes(manager: str, operation: str, subresource: str, actor: str) -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.scale("web", 3, manager, operation, subresource)
    assert stage.scaling() == {("kube-green", "down"): 2, (actor, "up"): 1}


def test_kube_green_of_old_is_known_by_its_time() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-21T08:00:10Z")
    stage.scale("web", 3, "manager")
    stage.scale("api", 3, "manager")
    stage.report("WAKE_UP", time=unix("2026-11-21T08:00:00Z"))
    stage.record(manager="manager")
    assert stage.verdicts() == NIGHT
    assert stage.scaled() == {"down": 2, "up": 2}


def test_an_hpa_changes_replicas_and_nobody_sleeps() -> None:
    stage = shop()
    stage.scale("web", 9, "kube-controller-manager", subresource="scale")
    assert stage.scaling() == {}
