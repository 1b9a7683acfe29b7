"""Small real-life inputs that are easily misread, and what is to be said of them.

Each is tried twice: as objects read one by one (`tests/kinds/test_cases.py`), and on a real control plane
(`tests/real/test_cases.py`). What a kubelet says of Pods is written by hand in both, what controllers make of
the objects in the former alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from astrolabe.graph.facts import object_id
from astrolabe.kinds.models.groups import kind_label_of

Object = dict[str, Any]
Labels = Callable[[str], list[dict[str, str]]]


@dataclasses.dataclass(frozen=True)
class Case:
    """Objects, and what is said of them in /metrics."""

    name: str
    """Also the namespace."""
    manifests: str
    expected: str
    kubelet: dict[str, Object] = dataclasses.field(default_factory=dict)
    """By id, the status that a kubelet gives to a Pod."""
    controllers: dict[str, Object] = dataclasses.field(default_factory=dict)
    """By id, what controllers add to an object."""
    edges: tuple[str, ...] = ()
    """Types of relations that are of interest."""

    def objects(self) -> list[Object]:
        """Return the objects as they are applied, owners first."""
        return [each for each in yaml.safe_load_all(self.manifests) if each]


def id_of(manifest: Object) -> str:
    """Return the id of an object."""
    kind = kind_label_of(manifest["apiVersion"], manifest["kind"])
    return object_id(kind, manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"])


def told(case: Case, labels: Labels) -> str:
    """Return what /metrics says of a case's objects, given a metric's samples; in order."""
    return "".join(sorted(f"{line}\n" for line in set(_lines(case, labels))))


def _lines(case: Case, labels: Labels) -> Iterator[str]:
    about = {id_of(each) for each in case.objects()}
    for each in labels("astrolabe_resource_status"):
        if each["id"] in about:
            yield f"{each['id']} is {each['status']}"
    for each in labels("astrolabe_root_cause_info"):
        if each["id"] in about:
            yield f"{each['id']} because of {each['cause']}"
    for each in labels("astrolabe_reference_missing_info"):
        if each["source"] in about:
            need = "can do without" if each["optional"] == "true" else "needs"
            yield f"{each['source']} {need} {each['target']}"
    for each in labels("astrolabe_edge_info"):
        if each["type"] in case.edges and about & {each["source"], each["target"]}:
            yield f"{each['source']} {each['type']} {each['target']}"
    for each in labels("astrolabe_helm_release_info"):
        if each["namespace"].startswith(case.name):
            release = f"{each['namespace']}/{each['release']}"
            yield f"release {release}: {each['chart']}, {each['revision']}, {each['status']}"


def _pod(waiting: str = "", *, phase: str = "Pending", exit_code: int | None = None) -> Object:
    state: Object = {"running": {"startedAt": "2026-03-01T12:00:05Z"}}
    if waiting:
        state = {"waiting": {"reason": waiting, "message": "as the kubelet has it"}}
    elif exit_code is not None:
        moments = {"startedAt": "2026-03-01T12:00:05Z", "finishedAt": "2026-03-01T12:00:09Z"}
        state = {"terminated": {"exitCode": exit_code, "reason": "Completed", **moments}}
    ready = not waiting and exit_code is None
    container = {"name": "a", "image": "x", "imageID": "", "ready": ready, "restartCount": 0, "state": state}
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {"phase": phase, "containerStatuses": [container], "conditions": conditions}


# Nobody schedules these Pods, so that no kubelet of a test takes them.
ACTIONS = Case(
    "backend-action",
    """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: backend-action}
spec:
  ingressClassName: backend-action
  rules:
  - http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: redirect, port: {name: use-annotation}}}}
      - {path: /app, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: backend-action}
spec: {controller: ingress.k8s.aws/alb}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: backend-action}
spec: {ports: [{port: 80}]}
""",
    """\
Ingress/backend-action/web is Pending
Ingress/backend-action/web routes-to Service/backend-action/web
IngressClass/backend-action is Ready
Service/backend-action/web is Ready
""",
    edges=("routes-to",),
)
PULL_SECRETS = Case(
    "pull-secret",
    "---".join(
        f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: pull-secret}}
spec:
  schedulerName: nobody
  imagePullSecrets: [{{name: registry}}]
  containers: [{{name: a, image: x}}]
"""
        for name in ("crashing", "fine", "refused")
    ),
    """\
Pod/pull-secret/crashing can do without Secret/pull-secret/registry
Pod/pull-secret/crashing is Error
Pod/pull-secret/fine can do without Secret/pull-secret/registry
Pod/pull-secret/fine is Ready
Pod/pull-secret/refused because of Secret/pull-secret/registry
Pod/pull-secret/refused is Error
Pod/pull-secret/refused needs Secret/pull-secret/registry
""",
    kubelet={
        "Pod/pull-secret/crashing": _pod("CrashLoopBackOff", phase="Running"),
        "Pod/pull-secret/fine": _pod(phase="Running"),
        "Pod/pull-secret/refused": _pod("ImagePullBackOff"),
    },
)
ENDED = Case(
    "ended",
    """
apiVersion: v1
kind: Pod
metadata: {name: done, namespace: ended}
spec:
  schedulerName: nobody
  restartPolicy: Never
  containers: [{name: a, image: x, envFrom: [{secretRef: {name: hook}}]}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: Pod
metadata: {name: evicted, namespace: ended}
spec:
  schedulerName: nobody
  containers: [{name: a, image: x, envFrom: [{configMapRef: {name: hook}}]}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: ended}
spec:
  completions: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: a, image: x, envFrom: [{secretRef: {name: hook}}]}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: ended}
spec:
  schedule: "0 3 * * *"
  suspend: true
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: a, image: x, envFrom: [{secretRef: {name: hook}}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: asleep, namespace: ended}
spec:
  replicas: 0
  selector: {matchLabels: {app: asleep}}
  template:
    metadata: {labels: {app: asleep}}
    spec:
      containers: [{name: a, image: x, envFrom: [{secretRef: {name: hook}}]}]
""",
    """\
CronJob/ended/nightly can do without Secret/ended/hook
CronJob/ended/nightly is Ready
Deployment/ended/asleep can do without Secret/ended/hook
Deployment/ended/asleep is Ready
Job/ended/migrate can do without Secret/ended/hook
Job/ended/migrate is Ready
Pod/ended/done can do without PersistentVolumeClaim/ended/data
Pod/ended/done can do without Secret/ended/hook
Pod/ended/done is Ready
Pod/ended/evicted can do without ConfigMap/ended/hook
Pod/ended/evicted is Error
""",
    kubelet={
        "Pod/ended/done": _pod(phase="Succeeded", exit_code=0),
        "Pod/ended/evicted": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"},
    },
    controllers={
        "Job/ended/migrate": {"status": {"conditions": [{"type": "Complete", "status": "True"}]}},
        "Deployment/ended/asleep": {"status": {"observedGeneration": 1}},
    },
)
RELEASED = Case(
    "released",
    """
apiVersion: v1
kind: PersistentVolume
metadata: {name: released-old}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: released
  hostPath: {path: /x}
  claimRef:
    apiVersion: v1
    kind: PersistentVolumeClaim
    namespace: released
    name: data
    uid: 11111111-2222-3333-4444-555555555555
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: released}
spec: {accessModes: [ReadWriteOnce], storageClassName: released, resources: {requests: {storage: 1Gi}}}
""",
    """\
PersistentVolume/released-old can do without PersistentVolumeClaim/released/data
PersistentVolume/released-old can do without StorageClass/released
PersistentVolume/released-old is Pending
PersistentVolumeClaim/released/data because of StorageClass/released
PersistentVolumeClaim/released/data is Pending
PersistentVolumeClaim/released/data needs StorageClass/released
""",
    controllers={
        "PersistentVolume/released-old": {"status": {"phase": "Released"}},
        "PersistentVolumeClaim/released/data": {"status": {"phase": "Pending"}},
    },
    edges=("binds",),
)
REBOUND = dataclasses.replace(
    RELEASED,
    manifests=RELEASED.manifests
    + """
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: released-new}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: released
  hostPath: {path: /y}
""",
    expected="""\
PersistentVolume/released-new can do without StorageClass/released
PersistentVolume/released-new is Ready
PersistentVolume/released-old can do without PersistentVolumeClaim/released/data
PersistentVolume/released-old can do without StorageClass/released
PersistentVolume/released-old is Pending
PersistentVolumeClaim/released/data binds PersistentVolume/released-new
PersistentVolumeClaim/released/data can do without StorageClass/released
PersistentVolumeClaim/released/data is Ready
""",
    controllers={
        "PersistentVolume/released-old": {"status": {"phase": "Released"}},
        "PersistentVolume/released-new": {
            "spec": {
                "claimRef": {
                    "kind": "PersistentVolumeClaim",
                    "namespace": "released",
                    "name": "data",
                    "uid": "uid-PersistentVolumeClaim/released/data",
                }
            },
            "status": {"phase": "Bound"},
        },
        "PersistentVolumeClaim/released/data": {
            "spec": {"volumeName": "released-new"},
            "status": {"phase": "Bound"},
        },
    },
)
"""What becomes of `RELEASED` once there is another volume."""

SOMEBODY_ELSES = Case(
    "somebody-elses",
    """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: db-0-scratch, namespace: somebody-elses}
spec: {accessModes: [ReadWriteOnce], storageClassName: "", resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: somebody-elses}
spec:
  schedulerName: nobody
  containers: [{name: a, image: x}]
  volumes:
  - name: scratch
    ephemeral:
      volumeClaimTemplate:
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
""",
    """\
PersistentVolumeClaim/somebody-elses/db-0-scratch is Pending
Pod/somebody-elses/db-0 because of PersistentVolumeClaim/somebody-elses/db-0-scratch
Pod/somebody-elses/db-0 is Pending
Pod/somebody-elses/db-0 needs PersistentVolumeClaim/somebody-elses/db-0-scratch
""",
    controllers={"PersistentVolumeClaim/somebody-elses/db-0-scratch": {"status": {"phase": "Pending"}}},
    edges=("mounts",),
)
WAITING = Case(
    "waiting",
    "---".join(
        f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: waiting}}
spec: {{schedulerName: nobody, containers: [{{name: a, image: x}}]}}
"""
        for name in ("cannot-create", "cannot-run", "creating", "never-pulled")
    ),
    """\
Pod/waiting/cannot-create is Error
Pod/waiting/cannot-run is Error
Pod/waiting/creating is Pending
Pod/waiting/never-pulled is Error
""",
    kubelet={
        "Pod/waiting/cannot-create": _pod("CreateContainerError"),
        "Pod/waiting/cannot-run": _pod("RunContainerError", phase="Running"),
        "Pod/waiting/creating": _pod("ContainerCreating"),
        "Pod/waiting/never-pulled": _pod("ErrImageNeverPull"),
    },
)
STORED = Case(
    "stored",
    "---".join(
        f"""
apiVersion: v1
kind: Secret
metadata:
  name: sh.helm.release.v1.shop.v{revision}
  namespace: stored
  labels: {{owner: helm, name: shop, version: "{revision}", status: {status}}}
type: helm.sh/release.v1
"""
        for revision, status in ((2, "deployed"), (3, "failed"))
    )
    + """
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
  namespace: stored-target
  labels:
    helm.sh/chart: shop-1.4.0_build.7
    app.kubernetes.io/managed-by: Helm
    helm.toolkit.fluxcd.io/name: shop
    helm.toolkit.fluxcd.io/namespace: stored
  annotations: {meta.helm.sh/release-name: shop, meta.helm.sh/release-namespace: stored-target}
""",
    """\
ConfigMap/stored-target/shop is Ready
Secret/stored/sh.helm.release.v1.shop.v2 is Ready
Secret/stored/sh.helm.release.v1.shop.v3 is Ready
release stored-target/shop: shop-1.4.0_build.7, 3, failed
""",
)
SCALERS = Case(
    "scalers",
    """
apiVersion: apps/v1
kind: Deployment
metadata: {name: consumer, namespace: scalers}
spec:
  replicas: 0
  selector: {matchLabels: {app: consumer}}
  template:
    metadata: {labels: {app: consumer}}
    spec: {containers: [{name: a, image: x}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: at-zero, namespace: scalers}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: consumer}
  minReplicas: 1
  maxReplicas: 5
  metrics: [{type: External, external: {metric: {name: q}, target: {type: AverageValue, averageValue: "5"}}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: of-no-such-kind, namespace: scalers}
spec:
  scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: consumer}
  maxReplicas: 5
""",
    """\
Deployment/scalers/consumer is Ready
HorizontalPodAutoscaler/scalers/at-zero is Ready
HorizontalPodAutoscaler/scalers/at-zero scales Deployment/scalers/consumer
HorizontalPodAutoscaler/scalers/of-no-such-kind is Error
""",
    controllers={
        "HorizontalPodAutoscaler/scalers/at-zero": {
            "status": {
                "conditions": [
                    {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"},
                    {"type": "ScalingActive", "status": "False", "reason": "ScalingDisabled"},
                ]
            }
        },
        "HorizontalPodAutoscaler/scalers/of-no-such-kind": {
            "status": {"conditions": [{"type": "AbleToScale", "status": "False", "reason": "FailedGetScale"}]}
        },
        "Deployment/scalers/consumer": {"status": {"observedGeneration": 1}},
    },
    edges=("scales",),
)

CASES = (ACTIONS, PULL_SECRETS, ENDED, RELEASED, SOMEBODY_ELSES, WAITING, STORED, SCALERS)
