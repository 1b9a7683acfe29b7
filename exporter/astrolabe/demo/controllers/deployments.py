"""Deployments and ReplicaSets: rollouts, one generation of Pods after another."""

from __future__ import annotations

from math import ceil

from astrolabe.demo.controllers.loop import ControlLoop
from astrolabe.demo.controllers.ownership import (
    CONTROLLER,
    living,
    make_pod,
    owner_reference,
    put_status,
    ready,
    template_hash,
)
from astrolabe.testing.managedfields import wrote
from astrolabe.testing.resources import Object

DEPLOYMENTS = "deployments.apps"
REPLICASETS = "replicasets.apps"
_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"


class Deployments:
    """Plays the Deployment and ReplicaSet controllers."""

    def __init__(self, loop: ControlLoop) -> None:
        self._loop = loop
        self._server = loop.server
        self.quotas: dict[str, tuple[str, int]] = {}
        """By namespace: the quota that limits its Pods, and how many it allows."""
        loop.control(DEPLOYMENTS, self.look)
        loop.control(REPLICASETS, self.look_at_replicaset)

    def look(self, namespace: str, name: str) -> None:
        """Roll a Deployment out, and forget generations that its history does not keep."""
        if not self._server.has(DEPLOYMENTS, namespace, name):
            return
        deployment = self._server.peek(DEPLOYMENTS, namespace, name)
        sets = self._loop.owned(deployment, REPLICASETS)
        current = self._current(deployment, sets)
        old = [each for each in sets if each["metadata"]["name"] != current["metadata"]["name"]]
        self._roll(deployment, current, [each for each in old if each["spec"]["replicas"]])
        idle = [each for each in old if not each["spec"]["replicas"] and not each["status"]["replicas"]]
        idle.sort(key=_revision)
        for each in idle[: max(0, len(idle) - deployment["spec"]["revisionHistoryLimit"])]:
            self._loop.delete(REPLICASETS, namespace, each["metadata"]["name"])
        self._report(deployment, current)

    def _current(self, deployment: Object, sets: list[Object]) -> Object:
        """Return the ReplicaSet of the present template; make it, or give it the newest revision."""
        template = deployment["spec"]["template"]
        name = f"{deployment['metadata']['name']}-{template_hash(template)}"
        newest = max(map(_revision, sets), default=0)
        found = next((each for each in sets if each["metadata"]["name"] == name), None)
        if found is not None and _revision(found) == newest:
            return found
        if found is None:
            found = self._new(deployment, name)
        else:
            found = self._server.get(REPLICASETS, deployment["metadata"]["namespace"], name)
        found["metadata"]["annotations"][_REVISION] = str(newest + 1)
        stored = self._server.put(wrote(found, CONTROLLER, self._loop.time(), "metadata", "spec"))
        changed = self._server.get(
            DEPLOYMENTS, deployment["metadata"]["namespace"], deployment["metadata"]["name"]
        )
        changed["metadata"].setdefault("annotations", {})[_REVISION] = str(newest + 1)
        self._server.put(changed)
        return stored

    def _new(self, deployment: Object, name: str) -> Object:
        spec = deployment["spec"]
        hashed = {_HASH: name.rpartition("-")[2]}
        labels = spec["template"]["metadata"]["labels"] | hashed
        return {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": deployment["metadata"]["namespace"],
                "labels": labels,
                "annotations": {
                    key: value
                    for key, value in deployment["metadata"].get("annotations", {}).items()
                    if key.startswith("meta.helm.sh/")
                }
                | {"deployment.kubernetes.io/desired-replicas": str(spec["replicas"])},
                "ownerReferences": [owner_reference(deployment)],
            },
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": spec["selector"]["matchLabels"] | hashed},
                "template": spec["template"] | {"metadata": {"labels": labels}},
            },
            "status": {"replicas": 0},
        }

    def _roll(self, deployment: Object, current: Object, old: list[Object]) -> None:
        spec = deployment["spec"]
        wanted, has = spec["replicas"], current["spec"]["replicas"]
        if not old:
            self._scale(current, wanted)
            return
        if spec["strategy"]["type"] == "Recreate":
            for each in old:
                self._scale(each, 0)
            return  # once their Pods are gone there is nothing old left, and the ReplicaSets call again
        surge, unavailable = ceil(wanted / 4), wanted // 4
        total = has + sum(each["spec"]["replicas"] for each in old)
        self._scale(current, max(has, min(wanted, has + wanted + surge - total)))
        available = sum(each["status"].get("availableReplicas", 0) for each in [current, *old])
        broken = has - current["status"].get("availableReplicas", 0)
        spare = total - (wanted - unavailable) - broken
        for each in old:  # first those that do not work anyway, then as many as the budget allows
            useless = each["spec"]["replicas"] - each["status"].get("availableReplicas", 0)
            budget = available - (wanted - unavailable)
            gone = max(0, min(spare, max(useless, min(each["spec"]["replicas"], budget))))
            available -= max(0, gone - useless)
            spare -= gone
            self._scale(each, each["spec"]["replicas"] - gone)

    def _scale(self, replicaset: Object, replicas: int) -> None:
        if replicaset["spec"]["replicas"] == replicas:
            return
        namespace, name = replicaset["metadata"]["namespace"], replicaset["metadata"]["name"]
        changed = self._server.get(REPLICASETS, namespace, name)
        changed["spec"]["replicas"] = replicas
        self._server.put(wrote(changed, CONTROLLER, self._loop.time(), "metadata", "spec"))

    def _report(self, deployment: Object, current: Object) -> None:
        namespace, name = deployment["metadata"]["namespace"], deployment["metadata"]["name"]
        sets = self._loop.owned(deployment, REPLICASETS)
        current = self._server.peek(REPLICASETS, namespace, current["metadata"]["name"])
        deployment = self._server.peek(DEPLOYMENTS, namespace, name)
        wanted = deployment["spec"]["replicas"]
        replicas = sum(each["status"]["replicas"] for each in sets)
        available = sum(each["status"].get("availableReplicas", 0) for each in sets)
        updated = current["status"]["replicas"]
        counts = {
            "replicas": replicas,
            "updatedReplicas": updated,
            "readyReplicas": available,
            "availableReplicas": available,
            "unavailableReplicas": max(0, wanted - available),
        }
        enough = available >= wanted - wanted // 4 and (available > 0 or wanted == 0)
        complete = updated == replicas == wanted == available
        conditions = [
            self._condition(
                deployment,
                "Available",
                enough,
                "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
                f"Deployment {'has' if enough else 'does not have'} minimum availability.",
            ),
            self._progress(deployment, current["metadata"]["name"], (updated, available), complete=complete),
        ]
        put_status(
            self._loop,
            DEPLOYMENTS,
            deployment,
            {"observedGeneration": deployment["metadata"]["generation"]}
            | {key: number for key, number in counts.items() if number}
            | {"conditions": conditions},
        )

    def _progress(
        self, deployment: Object, replicaset: str, now: tuple[int, int], *, complete: bool
    ) -> Object:
        before = deployment.get("status") or {}
        deadline = deployment["spec"]["progressDeadlineSeconds"]
        conditions: list[Object] = before.get("conditions", [])
        old = next((c for c in conditions if c["type"] == "Progressing"), None)
        if complete:
            message = f'ReplicaSet "{replicaset}" has successfully progressed.'
            return self._condition(deployment, "Progressing", True, "NewReplicaSetAvailable", message)
        message = f'ReplicaSet "{replicaset}" is progressing.'
        last = before.get("updatedReplicas", 0), before.get("availableReplicas", 0)
        moved = old is None or now[0] > last[0] or now[1] > last[1] or f'"{replicaset}"' not in old["message"]
        if not moved and old is not None and old["reason"] != "NewReplicaSetAvailable":
            left = deadline - self._loop.since(old["lastUpdateTime"])
            if left > 0 and old["status"] == "True":
                self._later(deployment, left)
                return old
            message = f'ReplicaSet "{replicaset}" has timed out progressing.'
            return self._condition(deployment, "Progressing", False, "ProgressDeadlineExceeded", message)
        if old is not None and old["reason"] == "NewReplicaSetAvailable" and not moved:
            return old  # Pods that fail after a finished rollout are no rollout
        self._later(deployment, deadline)
        condition = self._condition(deployment, "Progressing", True, "ReplicaSetUpdated", message)
        return condition | {"lastUpdateTime": self._loop.time()}

    def _later(self, deployment: Object, seconds: float) -> None:
        metadata = deployment["metadata"]
        self._loop.later(seconds, DEPLOYMENTS, metadata["namespace"], metadata["name"])

    def _condition(self, deployment: Object, kind: str, flag: bool, reason: str, message: str) -> Object:
        time = self._loop.time()
        status = "True" if flag else "False"
        changed = updated = time
        for old in (deployment.get("status") or {}).get("conditions", ()):
            if old["type"] == kind and old["status"] == status:
                changed = old["lastTransitionTime"]
                if old["reason"] == reason and old["message"] == message:
                    updated = old.get("lastUpdateTime", time)
        return {
            "type": kind,
            "status": status,
            "lastUpdateTime": updated,
            "lastTransitionTime": changed,
            "reason": reason,
            "message": message,
        }

    def look_at_replicaset(self, namespace: str, name: str) -> None:
        """Make or stop Pods, and report their numbers."""
        if not self._server.has(REPLICASETS, namespace, name):
            return
        replicaset = self._server.peek(REPLICASETS, namespace, name)
        pods = living(self._loop.owned(replicaset, "pods"))
        wanted = replicaset["spec"]["replicas"]
        refused = False
        for _ in range(wanted - len(pods)):
            if refused := self._is_full(namespace):
                break
            make_pod(
                self._loop,
                replicaset,
                replicaset["spec"]["template"],
                f"{name}-{self._loop.suffix()}",
                labels={},
            )
        # The ones that serve nobody go first, the newest before the older ones.
        pods.reverse()
        for pod in sorted(pods, key=lambda pod: ready([pod]))[: max(0, len(pods) - wanted)]:
            self._loop.delete("pods", namespace, pod["metadata"]["name"])
        pods = living(self._loop.owned(replicaset, "pods"))
        counts = {"fullyLabeledReplicas": len(pods), "readyReplicas": ready(pods)}
        counts["availableReplicas"] = counts["readyReplicas"]
        put_status(
            self._loop,
            REPLICASETS,
            replicaset,
            {"replicas": len(pods)}
            | {key: number for key, number in counts.items() if number}
            | {"observedGeneration": replicaset["metadata"]["generation"]}
            | ({"conditions": [self._refusal(replicaset)]} if refused else {}),
        )

    def _is_full(self, namespace: str) -> bool:
        quota = self.quotas.get(namespace)
        return quota is not None and len(self._server.objects("pods", namespace)) >= quota[1]

    def _refusal(self, replicaset: Object) -> Object:
        """Return what a ReplicaSet says of Pods that the quota of its namespace leaves no room for."""
        name, most = self.quotas[replicaset["metadata"]["namespace"]]
        pod = f"{replicaset['metadata']['name']}-{template_hash(replicaset['spec']['template'])[:5]}"
        text = f'pods "{pod}" is forbidden: exceeded quota: {name}, requested: pods=1, used: pods={most}'
        text += f", limited: pods={most}"
        condition = self._condition(replicaset, "ReplicaFailure", True, "FailedCreate", text)
        del condition["lastUpdateTime"]
        return condition


def _revision(replicaset: Object) -> int:
    return int(replicaset["metadata"]["annotations"].get(_REVISION, 0))
