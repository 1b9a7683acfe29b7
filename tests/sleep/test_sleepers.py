"""Other sleepers behind the same interface, and the view that other layers have."""

from __future__ import annotations

from typing import Any

from astrolabe.derived.sleep.seam import Asleep
from tests.sleep.green import Green, unix


def scaled_object(name: str, paused: str | None, target: str = "web") -> dict[str, Any]:
    annotations = {} if paused is None else {"autoscaling.keda.sh/paused-replicas": paused}
    return {
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-{name}", "annotations": annotations},
        "spec": {"scaleTargetRef": {"name": target}},
    }


def downscale(stage: Green, name: str, before: int) -> None:
    """Do as py-kube-downscaler does: note the replicas and take them away in one write."""
    obj = stage.objects["deployments", "shop", name]
    obj["metadata"]["annotations"] = {"downscaler/original-replicas": str(before)}
    stage.scale(name, 0, "python-requests")


def test_the_downscaler() -> None:
    stage = Green()
    told: list[Asleep] = []
    stage.source.listen(told.append)
    stage.workload("web", 3)
    stage.at("2026-11-20T20:00Z")
    downscale(stage, "web", 3)
    asleep = Asleep(
        "Deployment/shop/web", "uid-shop-Deployment-web-0", unix("2026-11-20T20:00Z"), "kube-downscaler", 3
    )
    assert list(stage.source.sleeping()) == [asleep]
    assert stage.sleepers() == ["web"]
    assert stage.scaling() == {("other", "down"): 1}
    assert stage.scaled() == {}
    assert stage.value("astrolabe_environment_sleep_ratio") == 1
    stage.restart(remember=False)
    assert list(stage.source.sleeping()) == [asleep]
    stage.source.listen(told.append)
    stage.at("2026-11-21T08:00Z")
    stage.scale("web", 3, "python-requests")
    assert stage.sleepers() == []
    assert [(sleep.since, sleep.until) for sleep in told] == [
        (unix("2026-11-20T20:00Z"), None),
        (unix("2026-11-20T20:00Z"), unix("2026-11-21T08:00Z")),
    ]


def test_the_override_service() -> None:
    stage = Green()
    stage.workload("web", 3)
    stage.at("2026-11-20T20:00Z")
    stage.scale("web", 0, "astrolabe-override", "Apply", "scale")
    asleep = Asleep(
        "Deployment/shop/web", "uid-shop-Deployment-web-0", unix("2026-11-20T20:00Z"), "override", 3
    )
    assert list(stage.source.sleeping()) == [asleep]
    assert stage.scaling() == {("other", "down"): 1}
    stage.at("2026-11-21T08:00Z")
    stage.scale("web", 3, "astrolabe-override", "Apply", "scale")
    assert stage.sleepers() == []


def test_the_downscaler_that_leaves_some_running_puts_nothing_to_sleep() -> None:
    stage = Green()
    stage.workload("web", 3)
    downscale(stage, "web", 3)
    stage.scale("web", 1, "python-requests")
    stage.restart(remember=False)
    assert stage.sleepers() == []


def test_keda_pauses_before_or_after_the_workload_is_at_zero() -> None:
    for first in ("pause", "scale"):
        stage = Green()
        stage.workload("web", 3)
        stage.put("scaledobjects", scaled_object("queue", None))
        stage.at("2026-11-20T20:00Z")
        if first == "pause":
            stage.put("scaledobjects", scaled_object("queue", "0"))
            assert stage.sleepers() == []
            stage.scale("web", 0, "keda", subresource="scale")
        else:
            stage.scale("web", 0, "keda", subresource="scale")
            assert stage.sleepers() == []
            stage.put("scaledobjects", scaled_object("queue", "0"))
        assert stage.sleepers() == ["web"]
        assert [(sleep.sleeper, sleep.since) for sleep in stage.source.sleeping()] == [
            ("keda", unix("2026-11-20T20:00Z"))
        ]
        stage.put("scaledobjects", scaled_object("queue", None))
        assert stage.sleepers() == ["web"]
        stage.scale("web", 1, "keda", subresource="scale")
        assert stage.sleepers() == []


def test_keda_that_holds_some_running_puts_nothing_to_sleep() -> None:
    stage = Green()
    stage.workload("web", 3)
    stage.put("scaledobjects", scaled_object("queue", "2"))
    stage.scale("web", 0)
    assert stage.sleepers() == []


def test_a_paused_object_that_is_gone_holds_nothing() -> None:
    stage = Green()
    stage.workload("web", 3)
    stage.put("scaledobjects", scaled_object("queue", "0"))
    stage.delete("scaledobjects", "shop", "queue")
    stage.scale("web", 0)
    assert stage.sleepers() == []


def test_what_other_layers_see() -> None:
    stage = Green()
    told: list[Asleep] = []
    stage.source.listen(told.append)
    stage.workload("web", 3)
    stage.workload("job", 1, kind="CronJob")
    stage.sleepinfo(suspendCronJobs=True)
    assert stage.source.asleep("Deployment/shop/web") is None
    stage.night("web")
    stage.down("job", kind="CronJob")
    since = unix("2026-11-20T20:00Z")
    assert stage.source.asleep("Deployment/shop/web") == since
    assert stage.source.asleep("CronJob/shop/job") == since
    assert [(sleep.id, sleep.replicas, sleep.until) for sleep in told] == [
        ("Deployment/shop/web", 3, None),
        ("CronJob/shop/job", None, None),
    ]
    stage.at("2026-11-20T21:00Z")
    stage.delete("deployments", "shop", "web")
    assert stage.source.asleep("Deployment/shop/web") is None
    assert told[-1].until == unix("2026-11-20T21:00Z")
