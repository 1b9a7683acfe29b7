"""What people do to the cluster, in their words: releases, scaling by hand, nodes."""

from __future__ import annotations

from collections.abc import Callable

from astrolabe.demo.controllers.controlplane import ControlPlane
from astrolabe.demo.controllers.kubegreen import KubeGreen
from astrolabe.demo.shop import objects
from astrolabe.demo.shop.catalogue import REGISTRY
from astrolabe.demo.shop.objects import Release
from astrolabe.testing.managedfields import took, wrote
from astrolabe.testing.resources import Object

DEPLOYMENTS = "deployments.apps"
_REVISIONS_KEPT = 3


def image_of(app: str, version: str) -> str:
    """Return the image of an app of the shop."""
    return f"{REGISTRY}/shop/{app}:{version}"


class World:
    """The hands on the cluster."""

    def __init__(self, plane: ControlPlane, kube_green: KubeGreen) -> None:
        self.plane = plane
        self.server = plane.server
        self.kube_green = kube_green

    def release(
        self, namespace: str, app: str, version: str, change: Callable[[Object], None] | None = None
    ) -> None:
        """Install another version of an app, as `helm upgrade` does; `change` edits its first container."""
        deployment = self.server.get(DEPLOYMENTS, namespace, app)
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        container["image"] = image_of(app, version)
        if change is not None:
            change(container)
        deployment["metadata"]["labels"]["helm.sh/chart"] = f"shop-app-{version}"
        elsewhere = any(
            "f:replicas" in entry["fieldsV1"].get("f:spec", {})
            for entry in deployment["metadata"]["managedFields"]
            if entry["manager"] != "helm"
        )
        wrote(deployment, "helm", self.plane.loop.time(), "metadata", "spec")
        if elsewhere:  # a chart leaves the number of replicas to those who scale
            for entry in deployment["metadata"]["managedFields"]:
                if entry["manager"] == "helm":
                    del entry["fieldsV1"]["f:spec"]["f:replicas"]
        self.server.put(deployment)
        self._record(Release(namespace=namespace, name=app, chart=f"shop-app-{version}"))

    def _record(self, release: Release) -> None:
        records = [
            secret
            for secret in self.server.objects("secrets", release.namespace)
            if secret["metadata"].get("labels", {}).get("owner") == "helm"
            and secret["metadata"]["labels"]["name"] == release.name
        ]
        revisions = sorted(int(secret["metadata"]["labels"]["version"]) for secret in records)
        newest = revisions[-1]
        self.put(objects.helm_record(release, newest, "superseded"), "helm")
        self.put(objects.helm_record(release, newest + 1, "deployed"), "helm")
        for revision in revisions[: len(revisions) + 1 - _REVISIONS_KEPT]:
            self.server.delete("secrets", release.namespace, f"sh.helm.release.v1.{release.name}.v{revision}")

    def put(self, obj: Object, manager: str = "kubectl-client-side-apply") -> None:
        """Create or update an object."""
        self.server.put(wrote(obj, manager, self.plane.loop.time(), "metadata", "spec", "data"))

    def remove(self, resource: str, namespace: str, name: str) -> None:
        """Delete an object, if it is there."""
        if self.server.has(resource, namespace, name):
            self.plane.loop.delete(resource, namespace, name)

    def scale(self, resource: str, namespace: str, name: str, replicas: int) -> None:
        """Scale by hand, as `kubectl scale` does: the entry in managedFields has no time."""
        obj = self.server.get(resource, namespace, name)
        obj["spec"]["replicas"] = replicas
        self.server.put(took(obj, "kubectl", None, "replicas", subresource="scale"))

    def replicas(self, resource: str, namespace: str, name: str) -> int:
        """Return the replicas that a workload wants."""
        wanted: int = self.server.peek(resource, namespace, name)["spec"]["replicas"]
        return wanted

    def mark_node(self, name: str, *, ready: bool) -> None:
        """Change a node's conditions and taints, as the node controller does."""
        node = self.server.get("nodes", "", name)
        time = self.plane.loop.time()
        silent = {"status": "Unknown", "reason": "NodeStatusUnknown"}
        for condition in node["status"]["conditions"]:
            if condition["type"] == "Ready":
                news = {"status": "True", "reason": "KubeletReady"} if ready else silent
                text = "kubelet is posting ready status" if ready else "Kubelet stopped posting node status."
                condition.update(news, message=text, lastTransitionTime=time)
        node["spec"].pop("taints", None)
        if not ready:
            node["spec"]["taints"] = [
                {"key": "node.kubernetes.io/unreachable", "effect": effect, "timeAdded": time}
                for effect in ("NoSchedule", "NoExecute")
            ]
        wrote(node, "kube-controller-manager", time, "status", subresource="status")
        self.server.put(node)
