"""The shop's traffic over the day, and the autoscalers that follow it."""

from __future__ import annotations

import math
from datetime import timedelta

from astrolabe.demo.controllers.controlplane import ControlPlane
from astrolabe.testing.managedfields import took, wrote
from astrolabe.testing.resources import Object

_AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
_DEPLOYMENTS = "deployments.apps"
_MANAGER = "kube-controller-manager"
_BUSIEST = 19.0
_TARGET = 70


def traffic(time_of_day: timedelta) -> float:
    """Return the traffic of a time of day: 0 in the small hours, 1 in the evening."""
    hours = time_of_day / timedelta(hours=1)
    return (1 + math.cos((hours - _BUSIEST) / 12 * math.pi)) / 2


class Autoscalers:
    """Plays the autoscaling controller: the number of replicas follows the traffic."""

    def __init__(self, plane: ControlPlane) -> None:
        self._server = plane.server
        self._loop = plane.loop

    def follow(self, time_of_day: timedelta) -> list[str]:
        """Scale what should be scaled; returns what was done."""
        done = []
        for autoscaler in self._server.objects(_AUTOSCALERS):
            spec, namespace = autoscaler["spec"], autoscaler["metadata"]["namespace"]
            target = spec["scaleTargetRef"]["name"]
            if not self._server.has(_DEPLOYMENTS, namespace, target):
                continue
            deployment = self._server.get(_DEPLOYMENTS, namespace, target)
            span = spec["maxReplicas"] - spec["minReplicas"]
            wanted = spec["minReplicas"] + round(span * traffic(time_of_day))
            now = deployment["spec"]["replicas"]
            if wanted != now:
                deployment["spec"]["replicas"] = wanted
                time = self._loop.time()
                self._server.put(took(deployment, _MANAGER, time, "replicas", subresource="scale"))
                done.append(f"{namespace}/{target} is scaled from {now} to {wanted}")
            self._report(autoscaler, now, wanted)
        return done

    def _report(self, autoscaler: Object, now: int, wanted: int) -> None:
        time = self._loop.time()
        before = autoscaler["status"]
        known = {c["type"]: c for c in before.get("conditions", ())}
        conditions = [
            known.get(kind) or {"type": kind, "status": "True", "reason": reason, "lastTransitionTime": time}
            for kind, reason in (("AbleToScale", "ReadyForNewScale"), ("ScalingActive", "ValidMetricFound"))
        ]
        utilization = {"averageUtilization": _TARGET, "averageValue": "140m"}
        status: Object = {
            "currentReplicas": now,
            "desiredReplicas": wanted,
            "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": utilization}}],
            "conditions": conditions,
        }
        if now != wanted or "lastScaleTime" in before:
            status["lastScaleTime"] = time if now != wanted else before["lastScaleTime"]
        if status != before:
            namespace, name = autoscaler["metadata"]["namespace"], autoscaler["metadata"]["name"]
            stored = self._server.get(_AUTOSCALERS, namespace, name) | {"status": status}
            self._server.put(wrote(stored, _MANAGER, time, "status", subresource="status"))
