"""EndpointSlices of Services, the numbers of PodDisruptionBudgets, and the binding of claims."""

from __future__ import annotations

from astrolabe.demo.controllers.kubelet import is_ready
from astrolabe.demo.controllers.loop import ControlLoop
from astrolabe.demo.controllers.ownership import CONTROLLER, living, owner_reference, put_status, ready
from astrolabe.testing.managedfields import wrote
from astrolabe.testing.resources import Object

SLICES = "endpointslices.discovery.k8s.io"
BUDGETS = "poddisruptionbudgets.policy"
STORAGE_CLASSES = "storageclasses.storage.k8s.io"


def selects(selector: dict[str, str], pod: Object) -> bool:
    """Whether a selector of equalities, not empty, matches a Pod."""
    return bool(selector) and selector.items() <= pod["metadata"].get("labels", {}).items()


class Network:
    """Plays the EndpointSlice, disruption and volume controllers."""

    def __init__(self, loop: ControlLoop) -> None:
        self._loop = loop
        self._server = loop.server
        loop.control("services", self.look)
        loop.control(BUDGETS, self.look_at_budget)
        loop.control("persistentvolumeclaims", self.look_at_claim)
        loop.observe("pods", self._pod_changed)

    def _pod_changed(self, pod: Object) -> None:
        namespace = pod["metadata"]["namespace"]
        for service in self._server.objects("services", namespace):
            if selects(service["spec"].get("selector", {}), pod):
                self._loop.touch("services", namespace, service["metadata"]["name"])
        for budget in self._server.objects(BUDGETS, namespace):
            if selects(budget["spec"]["selector"].get("matchLabels", {}), pod):
                self._loop.touch(BUDGETS, namespace, budget["metadata"]["name"])

    def _pods(self, namespace: str, selector: dict[str, str]) -> list[Object]:
        return [pod for pod in self._server.objects("pods", namespace) if selects(selector, pod)]

    def look(self, namespace: str, name: str) -> None:
        """Keep a Service's EndpointSlice."""
        if not self._server.has("services", namespace, name):
            return
        service = self._server.peek("services", namespace, name)
        selector = service["spec"].get("selector")
        if not selector:
            return
        pods = [pod for pod in self._pods(namespace, selector) if pod["status"].get("podIP")]
        pods = [pod for pod in pods if pod["status"]["phase"] == "Running"]
        slices = self._loop.owned(service, SLICES)
        if slices:
            found = self._server.get(SLICES, namespace, slices[0]["metadata"]["name"])
        else:
            found = {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "name": f"{name}-{self._loop.suffix()}",
                    "generateName": f"{name}-",
                    "namespace": namespace,
                    "labels": service["metadata"].get("labels", {})
                    | {
                        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                        "kubernetes.io/service-name": name,
                    },
                    "ownerReferences": [owner_reference(service)],
                },
                "addressType": "IPv4",
            }
        endpoints = [self._endpoint(pod) for pod in pods]
        ports = [{"name": "http", "port": service["spec"]["ports"][0]["targetPort"], "protocol": "TCP"}]
        before = found.get("endpoints"), found.get("ports")
        found["endpoints"], found["ports"] = endpoints or None, ports if endpoints else None
        if not slices or before != (found["endpoints"], found["ports"]):
            self._server.put(wrote(found, CONTROLLER, self._loop.time(), "metadata", "endpoints", "ports"))

    @staticmethod
    def _endpoint(pod: Object) -> Object:
        stopping = "deletionTimestamp" in pod["metadata"]
        serving = is_ready(pod)
        return {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {"ready": serving and not stopping, "serving": serving, "terminating": stopping},
            "nodeName": pod["spec"]["nodeName"],
            "targetRef": {
                "kind": "Pod",
                "name": pod["metadata"]["name"],
                "namespace": pod["metadata"]["namespace"],
                "uid": pod["metadata"]["uid"],
            },
        }

    def look_at_budget(self, namespace: str, name: str) -> None:
        """Count what a PodDisruptionBudget protects."""
        if not self._server.has(BUDGETS, namespace, name):
            return
        budget = self._server.peek(BUDGETS, namespace, name)
        pods = living(self._pods(namespace, budget["spec"]["selector"].get("matchLabels", {})))
        healthy = ready(pods)
        desired = max(0, len(pods) - budget["spec"]["maxUnavailable"])
        allowed = max(0, healthy - desired)
        put_status(
            self._loop,
            BUDGETS,
            budget,
            {
                "observedGeneration": budget["metadata"]["generation"],
                "disruptionsAllowed": allowed,
                "currentHealthy": healthy,
                "desiredHealthy": desired,
                "expectedPods": len(pods),
            },
        )

    def look_at_claim(self, namespace: str, name: str) -> None:
        """Provision and bind a volume where the claim's StorageClass exists; ask again where it does not."""
        claims = "persistentvolumeclaims"
        if not self._server.has(claims, namespace, name):
            return
        claim = self._server.get(claims, namespace, name)
        storage_class = claim["spec"]["storageClassName"]
        if claim["status"]["phase"] == "Bound":
            return
        if not self._server.has(STORAGE_CLASSES, "", storage_class):
            self._loop.later(5, claims, namespace, name)
            return
        volume = f"pvc-{claim['metadata']['uid']}"
        size = claim["spec"]["resources"]["requests"]["storage"]
        provisioner = self._server.peek(STORAGE_CLASSES, "", storage_class)["provisioner"]
        self._server.put(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {
                    "name": volume,
                    "annotations": {"pv.kubernetes.io/provisioned-by": provisioner},
                    "finalizers": ["kubernetes.io/pv-protection"],
                },
                "spec": {
                    "capacity": {"storage": size},
                    "csi": {"driver": provisioner, "volumeHandle": volume, "fsType": "ext4"},
                    "accessModes": ["ReadWriteOnce"],
                    "claimRef": {
                        "kind": "PersistentVolumeClaim",
                        "namespace": namespace,
                        "name": name,
                        "uid": claim["metadata"]["uid"],
                        "apiVersion": "v1",
                    },
                    "persistentVolumeReclaimPolicy": "Delete",
                    "storageClassName": storage_class,
                    "volumeMode": "Filesystem",
                },
                "status": {"phase": "Bound", "lastPhaseTransitionTime": self._loop.time()},
            }
        )
        claim["spec"]["volumeName"] = volume
        bound = {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}}
        claim["status"] = bound
        self._server.put(wrote(claim, CONTROLLER, self._loop.time(), "metadata", "spec", "status"))
