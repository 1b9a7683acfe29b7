"""The Nodes of the incidents: two for everybody, and those that something is wrong with."""

from __future__ import annotations

from typing import Self

from tests.incidents.speech import now
from tests.real.cluster import Cluster
from tests.real.kubelet import Kubelet

PLAIN = ("node-a", "node-b")
SILENT = "silent"
"""Its kubelet says nothing any more, a few seconds after it joined."""
RESERVED = {"key": "incidents.example/reserved", "value": "yes", "effect": "NoSchedule"}
POOLS = {
    "pair": {"incidents.example/zone": "a"},
    "alone": {},
    "cordoned": {},
    "pressed": {},
    "unplugged": {},
    SILENT: {},
}
"""Pools of one Node each, with its further labels. Only Pods that ask for a pool run on its Node."""
_PRESSURE = (
    "MemoryPressure",
    "True",
    "KubeletHasInsufficientMemory",
    "kubelet has insufficient memory available",
)
_UNPLUGGED = (
    "Ready",
    "False",
    "KubeletNotReady",
    "container runtime network not ready: cni plugin not initialized",
)
_SAID = {"pressed": _PRESSURE, "unplugged": _UNPLUGGED}


class Placed(Kubelet):
    """Kubelets of all these Nodes."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster, *PLAIN)

    def __enter__(self) -> Self:
        super().__enter__()
        self.fall_silent(SILENT)
        for name, labels in POOLS.items():
            self._join(name)
            path = f"/api/v1/nodes/{name}"
            spec = {"unschedulable": True} if name == "cordoned" else {}
            marks = {"labels": {"incidents.example/pool": name, **labels}}
            self._cluster.patch(path, {"metadata": marks, "spec": {"taints": [RESERVED], **spec}})
            if name in _SAID:
                self._say(name, *_SAID[name])
        self._nodes = (*PLAIN, *POOLS)
        return self

    def _say(self, name: str, kind: str, status: str, reason: str, message: str) -> None:
        """Write one condition of a Node in the place of the one that there is."""
        path = f"/api/v1/nodes/{name}"
        conditions = self._cluster.get(path)["status"]["conditions"]
        said = {"type": kind, "status": status, "reason": reason, "message": message}
        moment = {"lastHeartbeatTime": now(), "lastTransitionTime": now()}
        kept = [each for each in conditions if each["type"] != kind]
        self._cluster.patch(f"{path}/status", {"status": {"conditions": [*kept, said | moment]}})
