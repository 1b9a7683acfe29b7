"""Two environments: the night of one, the day of the other, and what their workloads hold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import serving, until
from tests.api.graphql.asking import Graphql
from tests.api.shop import Object, make

SLEEPER = "Deployment/night/api"
BEGUN = (datetime.now(UTC) - timedelta(hours=2)).replace(microsecond=0)
RBAC = "rbac.authorization.k8s.io"


def _pod(name: str, namespace: str, cpu: str) -> Object:
    return make(
        "Pod",
        name,
        namespace,
        spec={
            "nodeName": "one",
            "serviceAccountName": "reader",
            "containers": [
                {"name": "web", "image": "web:1", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}
            ],
            "volumes": [{"name": "s", "secret": {"secretName": "db"}}],
        },
        status={"phase": "Running"},
    )


def _definition() -> Object:
    names = {"kind": "SleepInfo", "plural": "sleepinfos"}
    versions = [{"name": "v1alpha1", "served": True, "storage": True}]
    return make(
        "CustomResourceDefinition",
        "sleepinfos.kube-green.com",
        "",
        api="apiextensions.k8s.io/v1",
        spec={"group": "kube-green.com", "names": names, "versions": versions},
    )


def objects() -> Iterator[Object]:
    yield _definition()
    for namespace in ("day", "night"):
        yield make("Namespace", namespace, "", metadata={"labels": {"env": f"{namespace}time"}})
        yield make("Secret", "db", namespace)
        yield make("ServiceAccount", "reader", namespace)
    yield make("Namespace", "late", "", metadata={"labels": {"env": "nighttime"}})
    yield make("Node", "one", "")
    for number in range(3):
        yield _pod(f"web-{number}", "day", f"{number + 1}00m")
    yield make(
        "PersistentVolumeClaim",
        "data",
        "day",
        spec={"storageClassName": "fast", "volumeName": "pv"},
        status={"phase": "Bound", "capacity": {"storage": "10Gi"}},
    )
    at = BEGUN.isoformat().replace("+00:00", "Z")
    fields: Object = {"manager": "downscaler", "operation": "Update", "time": at}
    container = {"name": "api", "image": "api:1", "resources": {"requests": {"cpu": "2"}}}
    yield make(
        "Deployment",
        "api",
        "night",
        api="apps/v1",
        metadata={
            "uid": "uid-api",
            "annotations": {"downscaler/original-replicas": "3"},
            "managedFields": [{**fields, "fieldsV1": {"f:spec": {"f:replicas": {}}}}],
        },
        spec={"replicas": 0, "template": {"spec": {"containers": [container]}}},
        status={"observedGeneration": 1},
    )
    yield make(
        "SleepInfo",
        "nights",
        "night",
        api="kube-green.com/v1alpha1",
        spec={"weekdays": "*", "sleepAt": "20:00", "wakeUpAt": "08:00", "timeZone": "Europe/Rome"},
        status={"lastScheduleTime": at, "operation": "SLEEP"},
    )
    yield make(
        "SleepInfo",
        "wrong",
        "late",
        api="kube-green.com/v1alpha1",
        spec={"weekdays": "yes", "sleepAt": "20:00"},
    )
    yield make(
        "ClusterRole",
        "reader",
        "",
        api=f"{RBAC}/v1",
        rules=[{"apiGroups": [""], "resources": ["secrets", "pods"], "verbs": ["get", "list"]}],
    )
    yield make(
        "ClusterRoleBinding",
        "reader",
        "",
        api=f"{RBAC}/v1",
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": "reader"},
        subjects=[
            {"kind": "User", "apiGroup": RBAC, "name": "alice"},
            *({"kind": "ServiceAccount", "name": "reader", "namespace": place} for place in ("day", "night")),
        ],
    )


@asynccontextmanager
async def night(**settings: Any) -> AsyncIterator[Graphql]:
    server = ApiServer()
    for each in objects():
        server.put(each)
    async with serving(server, **{"environment_label": "env", **settings}) as client:
        await until(lambda: client.application.access.settled and client.application.sleep.placed)
        yield Graphql(client, server)
