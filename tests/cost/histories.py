"""Generated histories of a cluster, of which exporters see a part, and how first lists tell of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

from tests.sleep.green import Green, stamp, unix
from tests.sleep.stage import COVERED, KINDS, READERS, Kept, Objects

START = unix("2026-11-20T12:00Z")
EVENING, MORNING = unix("2026-11-20T20:00Z"), unix("2026-11-21T08:00Z")
PLURALS = (
    "sleepinfos",
    "deployments",
    "statefulsets",
    "cronjobs",
    "horizontalpodautoscalers",
    "namespaces",
    "secrets",
    "replicasets",
    "pods",
)
"""Lists that come in any order."""
TEMPLATES = ("500m", "1")


def template(cpu: str) -> dict[str, Any]:
    requests = {"cpu": cpu, "memory": "1Gi"}
    return {"spec": {"containers": [{"name": "app", "image": "nginx", "resources": {"requests": requests}}]}}


def owned(kind: str, name: str, uid: str) -> dict[str, Any]:
    owner = {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": True}
    return {"ownerReferences": [owner]}


class Moment(NamedTuple):
    """What an exporter leaves, and how things stood then."""

    time: float
    kept: bytes
    objects: Objects


class Cluster(Green):
    """Two namespaces; `shop` has an environment by its label, an autoscaler, and Pods."""

    def __init__(self) -> None:
        super().__init__(START, label="env")
        for name, labels in (("shop", {"env": "live"}), ("ops", {})):
            self.put("namespaces", {"metadata": {"name": name, "uid": f"uid-{name}", "labels": labels}})
        for self.namespace in ("ops", "shop"):
            self.workload("web", 3, annotations=self.manifest(3))
            self.workload("api", 2)
            self.workload("db", 2, kind="StatefulSet")
            self.workload("report", 1, kind="CronJob")
            self.sleepinfo(suspendCronJobs=True)
        self.autoscale(4)
        self.pods("api")
        self.scrape()

    def workload(self, name: str, replicas: int = 2, kind: str = "Deployment", **metadata: Any) -> None:
        """Create a workload with a template, now."""
        created = {"creationTimestamp": stamp(self.now), **metadata}
        super().workload(name, replicas, kind, **created)
        if kind != "CronJob":
            self.retemplate(name, TEMPLATES[0], kind=kind)

    def manifest(self, replicas: int) -> dict[str, str]:
        applied = json.dumps({"spec": {"replicas": replicas}})
        return {"kubectl.kubernetes.io/last-applied-configuration": applied}

    def autoscale(self, minimum: int) -> None:
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
        self.put(
            "horizontalpodautoscalers",
            {
                "metadata": {"name": "api", "namespace": self.namespace, "uid": "uid-hpa"},
                "spec": {"scaleTargetRef": target, "minReplicas": minimum, "maxReplicas": 9},
            },
        )

    def pods(self, name: str) -> None:
        """Let two Pods be there; they stay when the workload sleeps, as if they took long to stop."""
        uid = self.objects["deployments", self.namespace, name]["metadata"]["uid"]
        place = {"namespace": self.namespace}
        replicas = {"name": f"{name}-1", "uid": f"uid-{name}-1", **place, **owned("Deployment", name, uid)}
        self.put("replicasets", {"metadata": replicas, "spec": {"replicas": 2, "template": template("2")}})
        for number in (1, 2):
            pod = {"name": f"{name}-{number}", "uid": f"uid-pod-{name}-{number}", **place}
            pod |= owned("ReplicaSet", f"{name}-1", f"uid-{name}-1")
            spec = {**template("2")["spec"], "nodeName": "one"}
            self.put("pods", {"metadata": pod, "spec": spec, "status": {"phase": "Running"}})

    def retemplate(self, name: str, cpu: str, kind: str = "Deployment") -> None:
        """Change what the Pods request; the time stands on the object."""
        plural = f"{kind.lower()}s"
        obj = self.objects[plural, self.namespace, name]
        entries = [e for e in obj["metadata"]["managedFields"] if e["manager"] != "kubectl-set"]
        wrote = {"f:spec": {"f:template": {}}}
        entries.append(
            {"manager": "kubectl-set", "operation": "Update", "time": stamp(self.now), "fieldsV1": wrote}
        )
        metadata = {**obj["metadata"], "managedFields": entries}
        self.put(plural, {**obj, "metadata": metadata, "spec": {**obj["spec"], "template": template(cpu)}})

    def relabel(self, environment: str) -> None:
        obj = self.objects["namespaces", "", self.namespace]
        self.put("namespaces", {"metadata": {**obj["metadata"], "labels": {"env": environment}}})

    def scaled(self) -> dict[str, float]:
        return super().scaled()

    def moment(self) -> Moment:
        return Moment(self.now, self.keep(), dict(self.objects))

    def remove(self, plural: str, name: str) -> None:
        if (plural, self.namespace, name) in self.objects:
            self.delete(plural, self.namespace, name)

    # How a start hears of it

    def lists(
        self, order: Sequence[str], moment: Moment | None, *, objects: bool, scraped: Sequence[bool]
    ) -> None:
        """Start again; lists come in an order, some followed by a scrape.

        With what was left at a moment, and where `objects` is so, with how things stood then: the lists say
        what became of them.
        """
        kept = msgspec.json.decode(moment.kept, type=Kept) if moment is not None else None
        before = moment.objects if moment is not None and objects else {}
        self.begin(kept, before, resuming=bool(before))
        self.resuming = False
        self.scrape()
        for plural, look in zip(order, scraped, strict=True):
            for key, obj in before.items():
                now = self.objects.get(key)
                if key[0] == plural and (now is None or now["metadata"]["uid"] != obj["metadata"]["uid"]):
                    self._remove(plural, obj)
            for key, obj in self.objects.items():
                if key[0] == plural and before.get(key) != obj:
                    self._publish(plural, obj)
            self.bus.follow(self.graph.cover(KINDS[plural].name))
            if look:
                self.scrape()

    def settled(self) -> dict[str, float]:
        """Everything once all is judged."""
        for seconds in (0, 11, 100, 200):
            self.pass_to(self.now + seconds)
            self.scrape()
        return self.everything()


assert {KINDS[plural].name for plural in PLURALS} >= set(COVERED)
assert set(PLURALS) <= set(READERS)


class Step(NamedTuple):
    """What happens, so many seconds after what happened before."""

    after: float
    what: str
    namespace: str
    name: str
    number: int


STEPS = st.builds(
    Step,
    st.sampled_from([1.0, 20.0, 600.0, 4 * 3600.0, 9 * 3600.0]),
    st.sampled_from(
        ["sleep", "sleep", "wake", "wake", "scale", "scale", "recreate", "remove", "autoscale",
         "template", "relabel", "forget", "again"]
    ),
    st.sampled_from(["shop", "shop", "ops"]),
    st.sampled_from(["web", "api", "db"]),
    st.integers(0, 3),
)  # fmt: skip
HISTORIES = st.lists(STEPS, max_size=10)


def happen(cluster: Cluster, step: Step) -> None:
    """Let a step happen, if it can."""
    cluster.pass_to(cluster.now + step.after)
    cluster.namespace = step.namespace
    kind = "StatefulSet" if step.name == "db" else "Deployment"
    plural = f"{kind.lower()}s"
    there = (plural, step.namespace, step.name) in cluster.objects
    match step.what:
        case "sleep" | "wake":
            _operate(cluster, step)
        case "scale" if there:
            edited = step.number < 3
            cluster.scale(
                step.name,
                step.number % 3,
                "kubectl-edit" if edited else "kubectl",
                subresource="" if edited else "scale",
                kind=kind,
            )
        case "recreate":
            cluster.remove(plural, step.name)
            cluster.workload(step.name, step.number % 2 * 2, kind)
        case "remove":
            cluster.remove(plural, step.name)
        case "autoscale":
            if step.number:
                cluster.autoscale(step.number)
            else:
                cluster.remove("horizontalpodautoscalers", "api")
        case "template" if there:
            cluster.retemplate(step.name, TEMPLATES[step.number % 2], kind)
        case "relabel":
            cluster.relabel(("live", "test")[step.number % 2])
        case "forget":
            cluster.remove("sleepinfos", "nights")
            cluster.remove("secrets", "sleepinfo-nights")
        case "again" if ("sleepinfos", step.namespace, "nights") not in cluster.objects:
            cluster.changes += 1
            cluster.sleepinfo(suspendCronJobs=True)
        case _:
            pass


def _operate(cluster: Cluster, step: Step) -> None:
    """Do as kube-green does; with number 0 it is refused at the second workload and never says it is done."""
    if ("sleepinfos", step.namespace, "nights") not in cluster.objects:
        return
    cluster.report("SLEEP" if step.what == "sleep" else "WAKE_UP")
    done = 0
    for plural, place, name in sorted(cluster.objects):
        kind = {"deployments": "Deployment", "statefulsets": "StatefulSet"}.get(plural)
        if kind is None or place != step.namespace:
            continue
        asleep = not cluster.objects[plural, place, name]["spec"]["replicas"]
        if asleep is (step.what == "sleep"):
            continue
        if done and not step.number:
            return
        if step.what == "sleep":
            cluster.down(name, kind=kind)
        else:
            cluster.up(name, kind=kind)
        done += 1
    cluster.record()
