"""py-kube-downscaler and KEDA on a real API server, as their own sources have them, when the test says."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.real.cluster import Cluster, Object

_PREFIX = "downscaler/"
SCALED_OBJECTS = "/apis/keda.sh/v1alpha1"


class Downscaler:
    """py-kube-downscaler with `--default-uptime`, for the Deployments and CronJobs of one namespace."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace

    def run(self, now: float, *, uptime: bool) -> None:
        """Look at everything once; `uptime` is what its own schedule says."""
        for path, field in (("/apis/apps/v1", "deployments"), ("/apis/batch/v1", "cronjobs")):
            collection = f"{path}/namespaces/{self.namespace}/{field}"
            for obj in self.cluster.items(collection):
                self._scale(f"{collection}/{obj['metadata']['name']}", obj, now, uptime=uptime)

    def _scale(self, path: str, obj: Object, now: float, *, uptime: bool) -> None:
        notes = obj["metadata"].get("annotations", {})
        saved = int(notes.get(f"{_PREFIX}original-replicas", 0))
        excluded = notes.get(f"{_PREFIX}exclude", "false") != "false" or self._until(notes) > now
        if excluded and not saved:
            return
        up = excluded or (uptime and not self._within(notes.get(f"{_PREFIX}downtime", ""), now))
        cron = "schedule" in obj["spec"]
        replicas = int(not obj["spec"].get("suspend")) if cron else obj["spec"]["replicas"]
        if up and not replicas and saved:
            self._write(path, cron=cron, replicas=saved, note=None)
        elif not up and replicas:
            self._write(path, cron=cron, replicas=0, note=str(replicas))

    def _write(self, path: str, *, cron: bool, replicas: int, note: str | None) -> None:
        spec: Object = {"suspend": not replicas} if cron else {"replicas": replicas}
        metadata = {"annotations": {f"{_PREFIX}original-replicas": note}}
        self.cluster.patch(path, {"metadata": metadata, "spec": spec})

    @staticmethod
    def _until(notes: Object) -> float:
        text = notes.get(f"{_PREFIX}exclude-until")
        if not text:
            return 0.0
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()

    @staticmethod
    def _within(spell: str, now: float) -> bool:
        """Whether a time is in an absolute spell: two moments of 25 characters with a hyphen between."""
        if spell in ("", "never"):
            return False
        begin, end = (datetime.fromisoformat(each).timestamp() for each in (spell[:25], spell[26:]))
        return begin <= now <= end


class Keda:
    """KEDA's operator, as far as it says what it holds."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace

    def run(self) -> None:
        """Set the condition Paused of every ScaledObject."""
        collection = f"{SCALED_OBJECTS}/namespaces/{self.namespace}/scaledobjects"
        for obj in self.cluster.items(collection):
            notes = obj["metadata"].get("annotations", {})
            paused = "autoscaling.keda.sh/paused-replicas" in notes
            condition = {"type": "Paused", "status": str(paused)}
            self.cluster.patch(
                f"{collection}/{obj['metadata']['name']}/status", {"status": {"conditions": [condition]}}
            )


DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: scaledobjects.keda.sh}
spec:
  group: keda.sh
  names: {kind: ScaledObject, plural: scaledobjects, singular: scaledobject, listKind: ScaledObjectList}
  scope: Namespaced
  versions:
    - name: v1alpha1
      served: true
      storage: true
      subresources: {status: {}}
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
