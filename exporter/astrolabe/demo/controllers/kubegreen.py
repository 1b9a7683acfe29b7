"""kube-green: puts namespaces to sleep and wakes them, in the order in which the operator writes.

First the status of the SleepInfo, then the workloads, then the Secret `sleepinfo-<name>`. Where a workload is
refused, the operation stops there, is tried again for a minute, and never writes the Secret. The Secret says
what comes next: after a sleep a wake-up, otherwise a sleep; what else the schedule names is passed over.
"""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import datetime

from astrolabe.demo.controllers.controlplane import ControlPlane
from astrolabe.demo.controllers.cron import due
from astrolabe.testing.managedfields import took, wrote
from astrolabe.testing.resources import Object

SLEEPINFOS = "sleepinfos.kube-green.com"
MANAGER = "kube-green"
_PAUSES = (1, 1, 3, 5, 10, 21)
_WORKLOADS = (
    ("suspendStatefulSets", True, "statefulsets.apps", "replicas", 0),
    ("suspendDeployments", True, "deployments.apps", "replicas", 0),
    ("suspendCronJobs", False, "cronjobs.batch", "suspend", True),
)
"""Flag of the SleepInfo, its default, resource, field, value of the field asleep."""


class Denied(Exception):
    """An admission policy refuses a change."""


def _names(reference: Object, obj: Object) -> bool:
    """Whether an entry of includeRef or excludeRef means an object."""
    if "matchLabels" in reference:
        labels: Object = obj["metadata"].get("labels", {})
        wanted: Object = reference["matchLabels"]
        return wanted.items() <= labels.items()
    named = reference.get("kind"), reference.get("name")
    return named == (obj["kind"], obj["metadata"]["name"])


class KubeGreen:
    """Plays the operator of that name, as long as its own Pod is ready."""

    def __init__(self, plane: ControlPlane) -> None:
        self._server = plane.server
        self._loop = plane.loop
        self.denied: set[tuple[str, str]] = set()
        """Namespace and name of workloads that an admission policy keeps as they are."""

    @property
    def running(self) -> bool:
        """Whether the operator runs."""
        operator = self._server.peek("deployments.apps", "kube-green", "kube-green")
        return bool(operator["status"].get("readyReplicas"))

    async def tick(self, time: datetime) -> None:
        """Do what the schedules name for this minute, all at the same time."""
        if not self.running:
            return
        async with asyncio.TaskGroup() as group:
            for info in self._server.objects(SLEEPINFOS):
                for field, operation in (("sleepAt", "SLEEP"), ("wakeUpAt", "WAKE_UP")):
                    hour, _, minute = info["spec"].get(field, "").partition(":")
                    if minute and due(f"{minute} {hour} * * {info['spec']['weekdays']}", time):
                        namespace, name = info["metadata"]["namespace"], info["metadata"]["name"]
                        group.create_task(self._operate(namespace, name, operation))

    async def _operate(self, namespace: str, name: str, operation: str) -> None:
        info = self._server.peek(SLEEPINFOS, namespace, name)
        slept = self._recorded(info, "operation-type") == "SLEEP"
        if slept is not (operation == "WAKE_UP"):
            return
        for pause in (*_PAUSES, None):
            self._report(info, operation)
            await asyncio.sleep(0.02)
            try:
                saved = self._sleep(info) if operation == "SLEEP" else self._wake(info)
            except Denied:
                if pause is not None:
                    await asyncio.sleep(pause)
                continue
            self._remember(info, operation, saved)
            return

    def _report(self, info: Object, operation: str) -> None:
        stored = self._server.get(SLEEPINFOS, info["metadata"]["namespace"], info["metadata"]["name"])
        stored["status"] = {"lastScheduleTime": self._loop.time(), "operation": operation}
        self._server.put(wrote(stored, MANAGER, self._loop.time(), "status", subresource="status"))

    def _sleep(self, info: Object) -> dict[str, dict[str, Object]]:
        """Put to sleep what is awake; returns what it was like."""
        saved: dict[str, dict[str, Object]] = {}
        spec, namespace = info["spec"], info["metadata"]["namespace"]
        for flag, default, resource, field, asleep in _WORKLOADS:
            if not spec.get(flag, default):
                continue
            for found in self._server.objects(resource, namespace):
                name = found["metadata"]["name"]
                included = not spec.get("includeRef") or any(_names(r, found) for r in spec["includeRef"])
                excluded = any(_names(reference, found) for reference in spec.get("excludeRef", ()))
                if found["spec"][field] == asleep or excluded or not included:
                    continue
                before = {"spec": {field: found["spec"][field]}}
                self._set(resource, namespace, name, field, asleep, "Apply")
                saved.setdefault(resource, {})[name] = before
        return saved

    def _wake(self, info: Object) -> dict[str, dict[str, Object]]:
        """Wake what still sleeps."""
        namespace = info["metadata"]["namespace"]
        for resource, objects in self._saved(info).items():
            _, _, _, field, asleep = next(entry for entry in _WORKLOADS if entry[2] == resource)
            for name, before in objects.items():
                if not self._server.has(resource, namespace, name):
                    continue
                if self._server.peek(resource, namespace, name)["spec"][field] == asleep:
                    self._set(resource, namespace, name, field, before["spec"][field], "Update")
        return {}

    def _set(
        self, resource: str, namespace: str, name: str, field: str, value: object, operation: str
    ) -> None:
        if (namespace, name) in self.denied:
            raise Denied
        obj = self._server.get(resource, namespace, name)
        obj["spec"][field] = value
        self._server.put(took(obj, MANAGER, self._loop.time(), field, operation=operation))

    def _saved(self, info: Object) -> dict[str, dict[str, Object]]:
        saved: dict[str, dict[str, Object]] = json.loads(
            self._recorded(info, "original-resource-info") or "{}"
        )
        return saved

    def _recorded(self, info: Object, key: str) -> str:
        """Return an entry of the Secret of a SleepInfo, empty where there is none."""
        namespace, name = info["metadata"]["namespace"], f"sleepinfo-{info['metadata']['name']}"
        if not self._server.has("secrets", namespace, name):
            return ""
        data = self._server.peek("secrets", namespace, name)["data"]
        return base64.b64decode(data.get(key, "")).decode()

    def _remember(self, info: Object, operation: str, saved: dict[str, dict[str, Object]]) -> None:
        data = {"operation-type": operation, "scheduled-at": self._loop.time()}
        if saved:
            data["original-resource-info"] = json.dumps(saved)
        metadata = info["metadata"]
        secret: Object = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": f"sleepinfo-{metadata['name']}",
                "namespace": metadata["namespace"],
                "labels": {"app.kubernetes.io/managed-by": MANAGER},
                "ownerReferences": [
                    {
                        "apiVersion": info["apiVersion"],
                        "kind": info["kind"],
                        "name": metadata["name"],
                        "uid": metadata["uid"],
                    }
                ],
            },
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
            "type": "Opaque",
        }
        self._server.put(wrote(secret, MANAGER, self._loop.time(), "metadata", "data", "type"))
