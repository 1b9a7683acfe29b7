"""A night of kube-green on a real API server: what it writes, in its order, and what the exporter says."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.real.cluster import Cluster, Object
from tests.real.exporter import Exporter
from tests.real.processes import until
from tests.real.test_deploy import CRDS, established

CRON_JOBS, DEPLOYMENTS, STATEFUL_SETS = "cronjobs", "deployments", "statefulsets"
KINDS = {
    DEPLOYMENTS: ("apps/v1", "Deployment"),
    STATEFUL_SETS: ("apps/v1", "StatefulSet"),
    CRON_JOBS: ("batch/v1", "CronJob"),
}
MANAGER = {"fieldManager": "kube-green"}
NAME = "nights"
SECRET = f"sleepinfo-{NAME}"
REPLICA = 0.5 * 0.031611 + 0.004237
"""Dollars an hour of half a core and a GiB, at the default prices."""


@pytest.fixture(scope="module")
def definition(cluster: Cluster) -> Iterator[None]:
    """The custom kind of kube-green."""
    crd = next(each for each in yaml.safe_load_all(CRDS) if each["spec"]["names"]["kind"] == "SleepInfo")
    path = cluster.path(crd)

    def gone() -> bool:
        return cluster.request("GET", path).status_code == requests.codes.not_found

    until(gone, "no definition is left over")
    cluster.apply(crd)
    cluster.wait(path, established, "SleepInfos are served")
    yield
    cluster.delete(path)
    until(gone, "the definition is gone")


def template(name: str) -> Object:
    wanted = {"requests": {"cpu": "500m", "memory": "1Gi"}}
    container = {"name": "app", "image": "docker.io/library/nginx:1.29", "resources": wanted}
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}


def workload(resource: str, name: str, replicas: int = 0) -> Object:
    """Return a workload as people write it."""
    version, kind = KINDS[resource]
    spec: Object = {"template": template(name)}
    if resource == CRON_JOBS:
        spec["template"]["spec"]["restartPolicy"] = "Never"
        spec = {"schedule": "0 3 1 1 *", "suspend": False, "jobTemplate": {"spec": spec}}
    else:
        spec |= {"replicas": replicas, "selector": {"matchLabels": {"app": name}}}
    if resource == STATEFUL_SETS:
        spec["serviceName"] = name
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


class KubeGreen:
    """Writes as the operator does: its field manager, its patches, its order."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace

    def started(self, operation: str) -> datetime:
        """Write the status of the SleepInfo."""
        now = datetime.now(UTC)
        status = {"lastScheduleTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "operation": operation}
        path = f"/apis/kube-green.com/v1alpha1/namespaces/{self.namespace}/sleepinfos/{NAME}/status"
        self._patch(path, {"status": status}, "merge-patch+json")
        return now

    def put_to_sleep(self, resource: str, name: str) -> None:
        version, kind = KINDS[resource]
        spec: Object = {"suspend": True} if resource == CRON_JOBS else {"replicas": 0}
        body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
        self._patch(self.path(resource, name), body, "apply-patch+yaml", force="true")

    def wake(self, resource: str, name: str, replicas: int = 0) -> None:
        spec: Object = {"suspend": False} if resource == CRON_JOBS else {"replicas": replicas}
        self._patch(self.path(resource, name), {"spec": spec}, "merge-patch+json")

    def recorded(self, operation: str, time: datetime) -> None:
        """Write the Secret."""
        values = {"operation-type": operation, "scheduled-at": time.isoformat()}
        if operation == "SLEEP":
            values["original-resource-info"] = json.dumps({"Deployment.apps": {"web": '{"spec":{}}'}})
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": SECRET, "labels": {"app.kubernetes.io/managed-by": "kube-green"}},
            "data": {key: b64encode(value.encode()).decode() for key, value in values.items()},
        }
        secrets = f"/api/v1/namespaces/{self.namespace}/secrets"
        if operation == "SLEEP":
            answer = self.cluster.request("POST", secrets, secret, params=MANAGER)
        else:
            answer = self.cluster.request("PUT", f"{secrets}/{SECRET}", secret, params=MANAGER)
        assert answer.ok, answer.text

    def path(self, resource: str, name: str) -> str:
        version, _ = KINDS[resource]
        return f"/apis/{version}/namespaces/{self.namespace}/{resource}/{name}"

    def _patch(self, path: str, body: Object, kind: str, **params: str) -> None:
        headers = {"Content-Type": f"application/{kind}"}
        answer = self.cluster.request("PATCH", path, body, params={**MANAGER, **params}, headers=headers)
        assert answer.ok, answer.text


class Page:
    """The exporter's page, as far as one namespace is concerned, which is its own environment."""

    def __init__(self, exporter: Exporter, namespace: str) -> None:
        self.exporter = exporter
        self.namespace = namespace

    def values(self, metric: str, *names: str) -> dict[tuple[str, ...], float]:
        """Return what is not 0, by the labels that are asked for."""
        families = text_string_to_metric_families(self.exporter.text())
        return {
            tuple(sample.labels[name] for name in names): sample.value
            for family in families
            for sample in family.samples
            if sample.name == metric
            and self.namespace in (sample.labels.get("namespace"), sample.labels.get("environment"))
            and sample.value
        }

    def asleep(self) -> set[tuple[str, ...]]:
        return set(self.values("astrolabe_workload_asleep", "workload_kind", "workload"))

    def verdicts(self) -> dict[tuple[str, ...], float]:
        return self.values("kube_green_sleep_operations_total", "operation", "status")

    def scaled(self) -> dict[tuple[str, ...], float]:
        return self.values("kube_green_resources_scaled_total", "resource_type", "direction")

    def scale(self) -> dict[tuple[str, ...], float]:
        return self.values("astrolabe_workload_scale_total", "actor", "direction")

    def shows(self, read: Callable[[], object], expected: object) -> None:
        until(lambda: read() == expected, f"{read.__name__} is {expected}", 10)


@pytest.mark.usefixtures("definition")
def test_a_night(cluster: Cluster, namespace: str, exporter: Callable[..., Exporter]) -> None:
    for each in (
        workload(DEPLOYMENTS, "web", 3),
        workload(DEPLOYMENTS, "api", 2),
        workload(DEPLOYMENTS, "keep", 1),
        workload(STATEFUL_SETS, "db", 2),
        workload(CRON_JOBS, "report"),
    ):
        cluster.apply(each, namespace)
    page = Page(exporter(), namespace)
    this_minute = datetime.now(UTC)
    next_minute = this_minute + timedelta(minutes=1)
    spec = {
        "weekdays": "*",
        "sleepAt": f"{this_minute:%H:%M}",
        "wakeUpAt": f"{next_minute:%H:%M}",
        "suspendCronJobs": True,
        "excludeRef": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "keep"}],
    }
    version = "kube-green.com/v1alpha1"
    cluster.apply(
        {"apiVersion": version, "kind": "SleepInfo", "metadata": {"name": NAME}, "spec": spec}, namespace
    )
    until(lambda: page.values("astrolabe_sleepinfo_info", "sleepinfo"), "the SleepInfo is followed", 40)
    assert page.verdicts() == page.scaled() == page.scale() == {}

    kube_green = KubeGreen(cluster, namespace)
    started = kube_green.started("SLEEP")
    kube_green.put_to_sleep(DEPLOYMENTS, "web")
    page.shows(page.asleep, {("Deployment", "web")})
    kube_green.put_to_sleep(DEPLOYMENTS, "api")
    kube_green.put_to_sleep(STATEFUL_SETS, "db")
    kube_green.put_to_sleep(CRON_JOBS, "report")
    everything = {("Deployment", "web"), ("Deployment", "api"), ("StatefulSet", "db"), ("CronJob", "report")}
    page.shows(page.asleep, everything)
    assert page.verdicts() == {}
    kube_green.recorded("SLEEP", started)
    page.shows(page.verdicts, {("sleep", "success"): 1})
    down = {("Deployment", "down"): 2, ("StatefulSet", "down"): 1, ("CronJob", "down"): 1}
    assert page.scaled() == down
    assert page.scale() == {("kube-green", "down"): 4}
    assert page.values("astrolabe_environment_sleep_ratio") == {(): pytest.approx(1 - 1 / 8)}
    costs = page.values("astrolabe_workload_baseline_cost_hourly_dollars", "workload")
    assert costs["web",] == pytest.approx(3 * REPLICA)
    assert costs["db",] == pytest.approx(2 * REPLICA)

    by_hand = cluster.request(
        "PATCH",
        f"{kube_green.path(DEPLOYMENTS, 'api')}/scale",
        {"spec": {"replicas": 1}},
        params={"fieldManager": "kubectl"},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert by_hand.ok, by_hand.text
    everything.remove(("Deployment", "api"))
    page.shows(page.asleep, everything)

    started = kube_green.started("WAKE_UP")
    kube_green.wake(STATEFUL_SETS, "db", 2)
    kube_green.wake(CRON_JOBS, "report")
    page.shows(page.asleep, {("Deployment", "web")})
    kube_green.wake(DEPLOYMENTS, "web", 3)
    page.shows(page.asleep, set())
    kube_green.recorded("WAKE_UP", started)
    page.shows(page.verdicts, {("sleep", "success"): 1, ("wake_up", "success"): 1})
    up = {("Deployment", "up"): 1, ("StatefulSet", "up"): 1, ("CronJob", "up"): 1}
    assert page.scaled() == {**down, **up}
    assert page.scale() == {("kube-green", "down"): 4, ("kube-green", "up"): 3, ("other", "up"): 1}
    assert page.values("kube_green_operation_duration_seconds_count", "operation") == {
        ("sleep",): 1,
        ("wake_up",): 1,
    }
    saved = page.values("kube_green_cost_savings_dollars_total", "namespace")
    night = datetime.now(UTC) - this_minute
    assert 0 < saved[namespace,] < 7 * REPLICA * night / timedelta(hours=1)
    # What is over saves no more.
    assert page.values("kube_green_cost_savings_dollars_total", "namespace") == saved
