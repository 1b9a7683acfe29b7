"""kube-green as its own source has it, on a real API server and at a time that the test decides.

What it did when it was recorded (tests/sleep/kube-green.jsonl) is what this does: status first, then the
workloads, then its Secret; after a sleep nothing but a wake-up; a tick counts for a minute.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import requests

from astrolabe.derived.sleep import schedule
from tests.real.cluster import Cluster, Object

_KINDS = {
    "Deployment.apps": ("apps/v1", "deployments", "Deployment"),
    "StatefulSet.apps": ("apps/v1", "statefulsets", "StatefulSet"),
    "CronJob.batch": ("batch/v1", "cronjobs", "CronJob"),
}
_DELTA = 60.0
GREEN = "/apis/kube-green.com/v1alpha1"


class KubeGreen:
    """The operator, for one namespace."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.up = True

    def next_tick(self, now: float) -> float | None:
        """Return when it next does something, as the SleepInfos are now."""
        ticks = [self._next(obj, now) for obj in self._sleepinfos()]
        return min((tick for tick in ticks if tick is not None), default=None)

    def reconcile(self, now: float) -> list[str]:
        """Do what is to be done at this time; returns the operations that were carried out."""
        done = []
        for obj in self._sleepinfos() if self.up else ():
            operation = self._operation(obj)
            last = self._last(obj)
            ticks = _schedule(obj).ticks(operation)
            tick = ticks.previous(now) if ticks is not None else None
            if tick is None or now - tick > _DELTA or last >= tick:
                continue
            self._carry_out(obj, operation, now)
            done.append(operation)
        return done

    def _sleepinfos(self) -> list[Object]:
        return self.cluster.items(f"{GREEN}/namespaces/{self.namespace}/sleepinfos")

    def _next(self, obj: Object, now: float) -> float | None:
        ticks = _schedule(obj).ticks(self._operation(obj))
        return ticks.next(now) if ticks is not None else None

    def _operation(self, obj: Object) -> schedule.Operation:
        slept = self._data(obj).get("operation-type") == "SLEEP"
        return "wake_up" if slept and obj["spec"].get("wakeUpAt") else "sleep"

    def _last(self, obj: Object) -> float:
        text = self._data(obj).get("scheduled-at")
        return datetime.fromisoformat(text).timestamp() if text else 0.0

    def _data(self, obj: Object) -> dict[str, str]:
        answer = self.cluster.request("GET", self._secret(obj))
        if answer.status_code == requests.codes.not_found:
            return {}
        data = answer.json().get("data") or {}
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def _secret(self, obj: Object) -> str:
        return f"/api/v1/namespaces/{self.namespace}/secrets/sleepinfo-{obj['metadata']['name']}"

    def _carry_out(self, obj: Object, operation: schedule.Operation, now: float) -> None:
        patches = json.loads(self._data(obj).get("original-resource-info") or "{}")
        name = "SLEEP" if operation == "sleep" else "WAKE_UP"
        path = f"{GREEN}/namespaces/{self.namespace}/sleepinfos/{obj['metadata']['name']}/status"
        stamp = datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._patch(path, {"status": {"lastScheduleTime": stamp, "operation": name}}, "merge-patch+json")
        saved: dict[str, dict[str, str]] = {}
        for target, (version, plural, kind) in _KINDS.items():
            if not _handles(obj, kind):
                continue
            for each in self.cluster.items(f"/apis/{version}/namespaces/{self.namespace}/{plural}"):
                if _excluded(obj, kind, each):
                    continue
                if operation == "sleep":
                    self._sleep(each, target, saved)
                else:
                    self._wake(each, target, patches)
        self._save(obj, name, stamp, saved if operation == "sleep" else None)

    def _sleep(self, each: Object, target: str, saved: dict[str, dict[str, str]]) -> None:
        version, plural, kind = _KINDS[target]
        field, down = ("suspend", True) if kind == "CronJob" else ("replicas", 0)
        before = each["spec"].get(field)
        if before == down:
            return
        name = each["metadata"]["name"]
        saved.setdefault(target, {})[name] = json.dumps({"spec": {field: before}})
        body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": {field: down}}
        path = f"/apis/{version}/namespaces/{self.namespace}/{plural}/{name}"
        self._patch(path, body, "apply-patch+yaml", force="true")

    def _wake(self, each: Object, target: str, patches: dict[str, dict[str, str]]) -> None:
        version, plural, kind = _KINDS[target]
        name = each["metadata"]["name"]
        patch = patches.get(target, {}).get(name)
        field, down = ("suspend", True) if kind == "CronJob" else ("replicas", 0)
        # What somebody changed since is left alone.
        if patch is None or each["spec"].get(field) != down:
            return
        path = f"/apis/{version}/namespaces/{self.namespace}/{plural}/{name}"
        self._patch(path, json.loads(patch), "merge-patch+json")

    def _save(self, obj: Object, operation: str, stamp: str, saved: object) -> None:
        values = {"operation-type": operation, "scheduled-at": stamp}
        if saved is not None:
            values["original-resource-info"] = json.dumps(saved)
        name = obj["metadata"]["name"]
        secret: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": f"sleepinfo-{name}",
                "ownerReferences": [
                    {
                        "apiVersion": "kube-green.com/v1alpha1",
                        "kind": "SleepInfo",
                        "name": name,
                        "uid": obj["metadata"]["uid"],
                    }
                ],
            },
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
        }
        params = {"fieldManager": "kube-green"}
        path = self._secret(obj)
        answer = self.cluster.request("PUT", path, secret, params=params)
        if answer.status_code == requests.codes.not_found:
            answer = self.cluster.request("POST", path.rpartition("/")[0], secret, params=params)
        assert answer.ok, answer.text

    def _patch(self, path: str, body: object, kind: str, **params: str) -> None:
        headers = {"Content-Type": f"application/{kind}"}
        params = {"fieldManager": "kube-green", **params}
        answer = self.cluster.request("PATCH", path, body, params=params, headers=headers)
        assert answer.ok, answer.text


def _schedule(obj: Object) -> schedule.Schedule:
    spec = obj["spec"]
    read, invalid = schedule.read(
        spec["weekdays"], spec["sleepAt"], spec.get("wakeUpAt") or "", spec.get("timeZone") or "UTC"
    )
    assert not invalid
    return read


def _handles(obj: Object, kind: str) -> bool:
    spec = obj["spec"]
    if kind == "CronJob":
        return bool(spec.get("suspendCronJobs"))
    field = "suspendDeployments" if kind == "Deployment" else "suspendStatefulSets"
    return spec.get(field) is not False


def _excluded(obj: Object, kind: str, each: Object) -> bool:
    return any(
        entry.get("kind") == kind and entry.get("name") == each["metadata"]["name"]
        for entry in obj["spec"].get("excludeRef") or []
    )
