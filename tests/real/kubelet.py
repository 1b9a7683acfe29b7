"""Plays the kubelets: nobody runs containers here, their status is set as if somebody did."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import threading
import time
from types import TracebackType
from typing import Any, Self

import requests

from tests.real.cluster import Cluster, Object
from tests.real.processes import until

WATCH_SECONDS = 1
LEASE_SECONDS = 8
_CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "1Ti"}


class Kubelet:
    """Keeps Nodes alive, makes placed Pods Ready (or fail, on command) and ends Pods that are deleted."""

    def __init__(self, cluster: Cluster, *nodes: str) -> None:
        # A session of its own: requests' sessions are not to be shared between threads.
        self._cluster = Cluster(cluster.url, cluster.ca, cluster.token)
        self._nodes = nodes
        self._addresses = itertools.count(2)
        self._failing: dict[str, str] = {}
        self._silent: set[str] = set()
        self._stopped = threading.Event()
        self._failure: Exception | None = None
        self._renewed = 0.0
        self._thread = threading.Thread(target=self._run, name="kubelet", daemon=True)

    def __enter__(self) -> Self:
        for node in self._nodes:
            self._join(node)
        self._thread.start()
        for node in self._nodes:
            path = f"/api/v1/nodes/{node}"
            self._cluster.wait(path, lambda seen: not seen["spec"].get("taints"), f"{node} takes Pods")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(WATCH_SECONDS + 35)
        self._cluster.close()
        if self._failure is not None:
            raise self._failure

    def fail(self, namespace: str, prefix: str, reason: str = "CrashLoopBackOff") -> None:
        """Let the containers of Pods whose names start so wait for a reason; seen at the next watch."""
        self._failing[f"{namespace}/{prefix}"] = reason

    def heal(self, namespace: str, prefix: str) -> None:
        """Take a `fail` back."""
        del self._failing[f"{namespace}/{prefix}"]

    def fall_silent(self, node: str) -> None:
        """Let one of the Nodes tell nothing more of itself, nor end Pods."""
        self._silent.add(node)

    def _join(self, name: str) -> None:
        labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
        self._cluster.apply(node)
        condition = {
            "type": "Ready",
            "status": "True",
            "reason": "KubeletReady",
            "message": "kubelet is ready",
        }
        moment = {"lastHeartbeatTime": _now(), "lastTransitionTime": _now()}
        status = {"conditions": [condition | moment], "capacity": _CAPACITY, "allocatable": _CAPACITY}
        self._cluster.patch(f"/api/v1/nodes/{name}/status", {"status": status})

    def _renew(self) -> None:
        if time.monotonic() - self._renewed < LEASE_SECONDS:
            return
        for name in self._nodes:
            if name in self._silent:
                continue
            metadata = {"name": name, "namespace": "kube-node-lease"}
            spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": _now(".%fZ")}
            lease = {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": metadata,
                "spec": spec,
            }
            self._cluster.apply(lease)
        self._renewed = time.monotonic()

    def _run(self) -> None:
        try:
            until(
                lambda: self._cluster.request("GET", "/api/v1/namespaces/kube-node-lease").ok,
                "lease namespace",
            )
            while not self._stopped.is_set():
                self._renew()
                # Without a version: each watch starts with all Pods that there are.
                params = {"watch": "1", "timeoutSeconds": str(WATCH_SECONDS)}
                with self._cluster.request("GET", "/api/v1/pods", params=params, stream=True) as answer:
                    for line in answer.iter_lines():
                        event = json.loads(line)
                        if event["type"] in {"ADDED", "MODIFIED"}:
                            self._see(event["object"])
        except Exception as failure:  # noqa: BLE001 (raised again where the kubelet is stopped)
            self._failure = failure

    def _see(self, pod: Object) -> None:
        metadata, spec = pod["metadata"], pod["spec"]
        if spec.get("nodeName") not in self._nodes:
            return
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        if "deletionTimestamp" in metadata:
            if spec["nodeName"] in self._silent:
                return
            body = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
            self._expect(self._cluster.request("DELETE", path, body))
            return
        status = self._status(pod)
        if status is None:
            return
        body = {"metadata": {"uid": metadata["uid"]}, "status": status}
        headers = {"Content-Type": "application/merge-patch+json"}
        self._expect(self._cluster.request("PATCH", f"{path}/status", body, headers=headers))

    @staticmethod
    def _expect(answer: requests.Response) -> None:
        gone_or_replaced = {requests.codes.not_found, requests.codes.conflict}
        assert answer.ok or answer.status_code in gone_or_replaced, answer.text

    def _status(self, pod: Object) -> Object | None:
        """Return the status that the Pod is to have, None when it has it."""
        seen = pod.get("status", {})
        name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        reason = next((why for prefix, why in list(self._failing.items()) if name.startswith(prefix)), "")
        finished = pod["spec"].get("restartPolicy", "Always") != "Always" and not reason
        containers = [_container(each, reason, finished) for each in pod["spec"]["containers"]]
        before = [
            (each["name"], each["ready"], list(each["state"])) for each in seen.get("containerStatuses", [])
        ]
        if before == [(each["name"], each["ready"], list(each["state"])) for each in containers]:
            return None
        ready = "False" if reason or finished else "True"
        conditions = [
            {"type": kind, "status": value, "lastTransitionTime": _now()}
            for kind, value in {
                "PodScheduled": "True",
                "Initialized": "True",
                "ContainersReady": ready,
                "Ready": ready,
            }.items()
        ]
        address = seen.get("podIP") or f"10.244.{(count := next(self._addresses)) // 250}.{count % 250 + 1}"
        return {
            "phase": "Succeeded" if finished else "Running",
            "conditions": conditions,
            "containerStatuses": containers,
            "hostIP": "127.0.0.1",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "startTime": seen.get("startTime") or _now(),
        }


def _container(container: Object, reason: str, finished: bool) -> Object:
    state: dict[str, Any]
    if reason:
        state = {"waiting": {"reason": reason, "message": "as the test asked"}}
    elif finished:
        moment = {"startedAt": _now(), "finishedAt": _now()}
        state = {"terminated": {"exitCode": 0, "reason": "Completed", **moment}}
    else:
        state = {"running": {"startedAt": _now()}}
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": not reason and not finished,
        "restartCount": 3 if reason == "CrashLoopBackOff" else 0,
        "state": state,
    }


def _now(end: str = "Z") -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S" + end)
