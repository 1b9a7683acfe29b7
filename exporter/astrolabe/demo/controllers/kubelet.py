"""Scheduler and kubelets: Pods find a node, start, fail and stop."""

from __future__ import annotations

import hashlib
from typing import Any, Literal, TypeAlias

from astrolabe.demo.controllers.loop import ControlLoop
from astrolabe.testing.managedfields import wrote
from astrolabe.testing.resources import Object

_RETRY_SECONDS = 5.0
_BACKOFF_SECONDS = (2.0, 10.0, 20.0, 40.0)
JOB_SECONDS = 8.0
JOBS = "batch.kubernetes.io/job-name"
Fault: TypeAlias = Literal["crash", "memory", "image", "probe"]
"""What is wrong with an image: it fails at start, needs too much memory, does not exist, or never answers."""


def _condition(kind: str, status: str, time: str, reason: str = "", message: str = "") -> Object:
    condition: Object = {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": time}
    return condition | {key: text for key, text in (("reason", reason), ("message", message)) if text}


def is_ready(pod: Object) -> bool:
    """Whether a Pod can be sent requests."""
    conditions = (pod.get("status") or {}).get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


class Kubelet:
    """Plays the scheduler and the kubelets of all nodes."""

    def __init__(self, loop: ControlLoop) -> None:
        self._loop = loop
        self._server = loop.server
        self.dead: set[str] = set()
        """Nodes whose kubelet does not answer."""
        self.faults: dict[str, Fault] = {}
        """What is wrong with an image, where something is."""
        loop.control("pods", self.look)

    def look(self, namespace: str, name: str) -> None:
        """Take a Pod one step on."""
        if not self._server.has("pods", namespace, name):
            return
        pod = self._server.get("pods", namespace, name)
        node = pod["spec"].get("nodeName")
        if "deletionTimestamp" in pod["metadata"]:
            self._stop(pod)
        elif not node:
            self._schedule(pod)
        elif node not in self.dead:
            self._run(pod)

    def _again(self, seconds: float, pod: Object) -> None:
        self._loop.later(seconds, "pods", pod["metadata"]["namespace"], pod["metadata"]["name"])

    def _waited(self, pod: Object, what: str, seconds: float) -> bool:
        """Whether a step that takes time is over; if not, come back when it is."""
        begun = pod["metadata"]["creationTimestamp"]
        if what == "stopping":
            begun = pod["metadata"]["deletionTimestamp"]
            seconds -= 30
        elif what != "scheduling":
            begun = pod["status"]["startTime"]
        left = seconds - self._loop.since(begun)
        if left > 0:
            self._again(left, pod)
        return left <= 0

    def _stop(self, pod: Object) -> None:
        if pod["spec"].get("nodeName") not in self.dead and self._waited(pod, "stopping", 3):
            self._server.delete("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])

    def _schedule(self, pod: Object) -> None:
        missing = self._unbound(pod)
        nodes = [node for node in self._server.objects("nodes") if self._usable(node)]
        if missing or not nodes:
            total = len(self._server.objects("nodes"))
            message = f"0/{total} nodes are available: {missing or 'node(s) had untolerated taint(s)'}."
            conditions = [_condition("PodScheduled", "False", self._loop.time(), "Unschedulable", message)]
            status = pod["status"]
            if not status.get("conditions"):
                self._write(pod, "kube-scheduler", status | {"conditions": conditions})
            self._again(_RETRY_SECONDS, pod)
            return
        load = self._load()
        chosen = min(
            nodes, key=lambda node: (load.get(node["metadata"]["name"], 0), node["metadata"]["name"])
        )
        pod["spec"]["nodeName"] = chosen["metadata"]["name"]
        status = {key: value for key, value in pod["status"].items() if key != "conditions"}
        scheduled = _condition("PodScheduled", "True", self._loop.time())
        self._write(pod, "kube-scheduler", status | {"conditions": [scheduled]})

    @staticmethod
    def _usable(node: Object) -> bool:
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])
        return ready and not node["spec"].get("unschedulable")

    def _load(self) -> dict[str, int]:
        load: dict[str, int] = {}
        for pod in self._server.objects("pods"):
            node = pod["spec"].get("nodeName", "")
            load[node] = load.get(node, 0) + 1
        return load

    def _unbound(self, pod: Object) -> str:
        namespace = pod["metadata"]["namespace"]
        for volume in pod["spec"].get("volumes", ()):
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if not claim:
                continue
            if not self._server.has("persistentvolumeclaims", namespace, claim):
                return f'persistentvolumeclaim "{claim}" not found'
            phase = self._server.peek("persistentvolumeclaims", namespace, claim)["status"]["phase"]
            if phase != "Bound":
                return "pod has unbound immediate PersistentVolumeClaims"
        return ""

    def _run(self, pod: Object) -> None:
        status = pod["status"]
        if status["phase"] in {"Succeeded", "Failed"}:
            return
        if "startTime" not in status:
            ip = self._address(pod)
            started = {"startTime": self._loop.time(), "hostIP": ip[0], "hostIPs": [{"ip": ip[0]}]}
            self._waiting(pod, started, "ContainerCreating", "")
            return
        if not self._waited(pod, "starting", 1 + pod["metadata"]["uid"].encode()[0] % 4):
            return
        if missing := self._missing(pod):
            self._waiting(pod, {}, "CreateContainerConfigError", missing)
            self._again(_RETRY_SECONDS, pod)
        elif (fault := self.faults.get(pod["spec"]["containers"][0]["image"])) is not None:
            self._fail(pod, fault)
        elif (
            JOBS in pod["metadata"].get("labels", {}) and self._loop.since(status["startTime"]) > JOB_SECONDS
        ):
            self._finish(pod)
        else:
            self._serve(pod)

    def _fail(self, pod: Object, fault: Fault) -> None:
        image = pod["spec"]["containers"][0]["image"]
        if fault == "image":
            text = (
                f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": not found'
            )
            text = f'Back-off pulling image "{image}": ErrImagePull: rpc error: code = NotFound desc = {text}'
            self._waiting(pod, {}, "ImagePullBackOff", text)
        elif fault == "probe":
            self._serve(pod, ready=False)
        elif fault == "memory":
            self._crash(pod, {"exitCode": 137, "reason": "OOMKilled"})
        else:
            self._crash(pod, {"exitCode": 1, "reason": "Error"})

    @staticmethod
    def _address(pod: Object) -> tuple[str, str]:
        """Return the node's address and the Pod's."""
        number = int(pod["spec"]["nodeName"].rpartition("-")[2])
        host = hashlib.sha256(pod["metadata"]["uid"].encode()).digest()[0]
        return f"10.0.0.{number}", f"10.244.{number}.{host}"

    def _missing(self, pod: Object) -> str:
        """Name the first object that the containers need and that is not there, as the kubelet words it."""
        namespace = pod["metadata"]["namespace"]
        for container in pod["spec"]["containers"]:
            sources: list[tuple[str, Any]] = []
            for variable in container.get("env", ()):
                sources += variable.get("valueFrom", {}).items()
            for source in container.get("envFrom", ()):
                sources += source.items()
            for kind, source in sources:
                resource = {"secretKeyRef": "secret", "secretRef": "secret"}.get(kind, "configmap")
                if kind == "fieldRef" or source.get("optional"):
                    continue
                if not self._server.has(f"{resource}s", namespace, source["name"]):
                    return f'{resource} "{source["name"]}" not found'
        return ""

    def _conditions(self, pod: Object, *, ready: bool, done: bool = False) -> list[Object]:
        time = self._loop.time()
        before = {c["type"]: c for c in pod["status"].get("conditions", ())}
        reason = "PodCompleted" if done else "" if ready else "ContainersNotReady"
        names = " ".join(container["name"] for container in pod["spec"]["containers"])
        text = f"containers with unready status: [{names}]" if reason == "ContainersNotReady" else ""
        flag = "True" if ready else "False"
        wanted = [
            _condition("PodReadyToStartContainers", "False" if done else "True", time),
            _condition("Initialized", "True", time),
            _condition("Ready", flag, time, reason, text),
            _condition("ContainersReady", flag, time, reason, text),
            _condition("PodScheduled", "True", time),
        ]
        return [
            old if (old := before.get(new["type"])) and old["status"] == new["status"] else new
            for new in wanted
        ]

    def _statuses(
        self, pod: Object, state: Object, *, ready: bool, restarts: int | None = None
    ) -> list[Object]:
        before = {status["name"]: status for status in pod["status"].get("containerStatuses", ())}
        statuses = []
        for container in pod["spec"]["containers"]:
            old = before.get(container["name"], {})
            digest = hashlib.sha256(container["image"].encode()).hexdigest()
            status: Object = {
                "name": container["name"],
                "state": state,
                "lastState": old.get("lastState", {}),
                "ready": ready,
                "restartCount": old.get("restartCount", 0) if restarts is None else restarts,
                "image": container["image"],
                "imageID": f"{container['image'].partition(':')[0]}@sha256:{digest}",
                "started": "running" in state,
                "allocatedResources": container["resources"].get("requests", {}),
                "resources": container["resources"],
            }
            if "waiting" not in state or restarts:
                identity = hashlib.sha256(f"{pod['metadata']['uid']}{status['restartCount']}".encode())
                status["containerID"] = f"containerd://{identity.hexdigest()}"
            statuses.append(status)
        return statuses

    def _write(self, pod: Object, manager: str, status: Object) -> None:
        pod["status"] = status
        if pod != self._server.peek("pods", pod["metadata"]["namespace"], pod["metadata"]["name"]):
            self._server.put(wrote(pod, manager, self._loop.time(), "status", subresource="status"))

    def _waiting(self, pod: Object, more: Object, reason: str, message: str) -> None:
        waiting = {"reason": reason} | ({"message": message} if message else {})
        statuses = self._statuses(pod, {"waiting": waiting}, ready=False)
        conditions = self._conditions(pod, ready=False)
        self._write(
            pod, "kubelet", pod["status"] | more | {"conditions": conditions, "containerStatuses": statuses}
        )

    def _serve(self, pod: Object, *, ready: bool = True) -> None:
        before = pod["status"].get("containerStatuses") or [{}]
        state = before[0].get("state", {})
        if "running" not in state:
            state = {"running": {"startedAt": self._loop.time()}}
        ip = self._address(pod)[1]
        self._write(
            pod,
            "kubelet",
            pod["status"]
            | {
                "phase": "Running",
                "conditions": self._conditions(pod, ready=ready),
                "podIP": ip,
                "podIPs": [{"ip": ip}],
                "containerStatuses": self._statuses(pod, state, ready=ready),
            },
        )
        if JOBS in pod["metadata"].get("labels", {}):
            self._waited(pod, "working", JOB_SECONDS + 0.1)

    def _finish(self, pod: Object) -> None:
        times = {"startedAt": pod["status"]["startTime"], "finishedAt": self._loop.time()}
        state = {"terminated": {"exitCode": 0, "reason": "Completed", **times}}
        conditions = self._conditions(pod, ready=False, done=True)
        statuses = self._statuses(pod, state, ready=False)
        more = {"phase": "Succeeded", "conditions": conditions, "containerStatuses": statuses}
        self._write(pod, "kubelet", pod["status"] | more)

    def _crash(self, pod: Object, end: Object) -> None:
        """Go around: run for a moment, fail, wait longer each time."""
        (status, *_) = pod["status"]["containerStatuses"]
        restarts = status["restartCount"]
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        failed = status["lastState"].get("terminated")
        pause = _BACKOFF_SECONDS[min(restarts, len(_BACKOFF_SECONDS) - 1)]
        if failed and (left := pause - self._loop.since(failed["finishedAt"])) > 0:
            self._again(left, pod)
            return
        now = self._loop.time()
        message = (
            f"back-off {pause:.0f}s restarting failed container={status['name']} pod={name}_{namespace}"
            f"({pod['metadata']['uid']})"
        )
        waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
        statuses = self._statuses(pod, waiting, ready=False, restarts=restarts + 1)
        for each in statuses:
            times = {"startedAt": now, "finishedAt": now}
            each["lastState"] = {"terminated": end | times}
        ip = self._address(pod)[1]
        more = {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}]}
        conditions = self._conditions(pod, ready=False)
        self._write(
            pod, "kubelet", pod["status"] | more | {"conditions": conditions, "containerStatuses": statuses}
        )

    def lose(self, node: str) -> None:
        """Have a node's kubelet fall silent; its Pods count as not ready."""
        self.dead.add(node)
        for pod in self._on(node):
            conditions = [
                c | {"status": "False", "reason": "NodeNotReady", "lastTransitionTime": self._loop.time()}
                if c["type"] in {"Ready", "ContainersReady"} and c["status"] == "True"
                else c
                for c in pod["status"].get("conditions", ())
            ]
            self._write(pod, "kube-controller-manager", pod["status"] | {"conditions": conditions})

    def evict(self, node: str) -> None:
        """Delete the Pods of a node, as the taint manager does: they stay until its kubelet answers again."""
        for pod in self._on(node):
            owner = pod["metadata"]["ownerReferences"][0]["kind"]
            if owner != "DaemonSet":
                self._loop.delete("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])

    def revive(self, node: str) -> None:
        """Have a node's kubelet answer again."""
        self.dead.discard(node)
        for pod in self._on(node):
            self._loop.touch("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])

    def _on(self, node: str) -> list[Object]:
        return [
            self._server.get("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
            for pod in self._server.objects("pods")
            if pod["spec"].get("nodeName") == node
        ]
