"""StatefulSets and DaemonSets."""

from __future__ import annotations

from astrolabe.demo.controllers.loop import ControlLoop
from astrolabe.demo.controllers.ownership import living, make_pod, put_status, ready, template_hash
from astrolabe.testing.managedfields import wrote
from astrolabe.testing.resources import Object

STATEFULSETS = "statefulsets.apps"
DAEMONSETS = "daemonsets.apps"
_REVISION = "controller-revision-hash"


class Sets:
    """Plays the StatefulSet and DaemonSet controllers."""

    def __init__(self, loop: ControlLoop) -> None:
        self._loop = loop
        self._server = loop.server
        loop.control(STATEFULSETS, self.look_at_statefulset)
        loop.control(DAEMONSETS, self.look_at_daemonset)

    def look_at_statefulset(self, namespace: str, name: str) -> None:
        """Keep Pods with a number and a claim of their own; a claim outlives its Pod."""
        if not self._server.has(STATEFULSETS, namespace, name):
            return
        owner = self._server.peek(STATEFULSETS, namespace, name)
        spec = owner["spec"]
        revision = f"{name}-{template_hash(spec['template'])}"
        pods = {pod["metadata"]["name"]: pod for pod in self._loop.owned(owner, "pods")}
        for number in range(spec["replicas"]):
            pod = f"{name}-{number}"
            if pod in pods:
                if pods[pod]["metadata"]["labels"][_REVISION] != revision:
                    self._loop.delete("pods", namespace, pod)
                continue
            volumes = [self._claim(namespace, pod, claim) for claim in spec["volumeClaimTemplates"]]
            template = spec["template"]
            volumes += template["spec"].get("volumes", ())
            template = template | {"spec": template["spec"] | {"volumes": volumes}}
            labels = {
                "apps.kubernetes.io/pod-index": str(number),
                "statefulset.kubernetes.io/pod-name": pod,
                _REVISION: revision,
            }
            make_pod(self._loop, owner, template, pod, labels=labels)
        for pod in pods:
            if int(pod.rpartition("-")[2]) >= spec["replicas"]:
                self._loop.delete("pods", namespace, pod)
        pods_left = living(self._loop.owned(owner, "pods"))
        counts = {"readyReplicas": ready(pods_left), "currentReplicas": len(pods_left)}
        counts["updatedReplicas"] = counts["currentReplicas"]
        put_status(
            self._loop,
            STATEFULSETS,
            owner,
            {"observedGeneration": owner["metadata"]["generation"], "replicas": len(pods_left)}
            | {key: number for key, number in counts.items() if number}
            | {
                "currentRevision": revision,
                "updateRevision": revision,
                "collisionCount": 0,
                "availableReplicas": counts["readyReplicas"],
            },
        )

    def _claim(self, namespace: str, pod: str, template: Object) -> Object:
        volume = template["metadata"]["name"]
        claim = f"{volume}-{pod}"
        if not self._server.has("persistentvolumeclaims", namespace, claim):
            metadata = {"name": claim, "namespace": namespace, "labels": template["metadata"]["labels"]}
            obj: Object = {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": metadata,
                "spec": dict(template["spec"]),
                "status": {"phase": "Pending"},
            }
            self._server.put(wrote(obj, "kube-controller-manager", self._loop.time(), "metadata", "spec"))
        return {"name": volume, "persistentVolumeClaim": {"claimName": claim}}

    def look_at_daemonset(self, namespace: str, name: str) -> None:
        """Keep one Pod on each node."""
        if not self._server.has(DAEMONSETS, namespace, name):
            return
        owner = self._server.peek(DAEMONSETS, namespace, name)
        nodes = [node["metadata"]["name"] for node in self._server.objects("nodes")]
        template = owner["spec"]["template"]
        taken = {pod["spec"]["nodeName"] for pod in living(self._loop.owned(owner, "pods"))}
        for node in nodes:
            if node not in taken:
                labels = {_REVISION: template_hash(template), "pod-template-generation": "1"}
                pod = f"{name}-{self._loop.suffix()}"
                make_pod(self._loop, owner, template, pod, labels=labels, node=node)
        pods = living(self._loop.owned(owner, "pods"))
        available = ready(pods)
        counts = {"numberAvailable": available, "numberUnavailable": len(nodes) - available}
        put_status(
            self._loop,
            DAEMONSETS,
            owner,
            {
                "currentNumberScheduled": len(pods),
                "numberMisscheduled": 0,
                "desiredNumberScheduled": len(nodes),
                "numberReady": available,
                "observedGeneration": owner["metadata"]["generation"],
                "updatedNumberScheduled": len(pods),
            }
            | {key: number for key, number in counts.items() if number},
        )
