"""The whole program begins sleep once its first lists are there, whichever comes last, or never comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any

import pytest

from astrolabe.application import Application
from astrolabe.derived.sleep.beginning import SETTLING
from astrolabe.metrics.snapshot import plain
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import LoopClock
from astrolabe.testing.faults import Refuse, Slow
from astrolabe.testing.inprocess import InProcess
from tests.sleep.stage import samples
from tests.sleep.test_recording import DEFINITION

pytestmark = pytest.mark.looptime

START = "2026-11-20T22:00:00Z"
SLEPT = "2026-11-20T20:00:00Z"
REPLICA = 0.5 * 0.031611 + 0.004237
NEEDED = (
    "namespaces",
    "horizontalpodautoscalers.autoscaling",
    "sleepinfos.kube-green.com",
    "deployments.apps",
    "statefulsets.apps",
    "cronjobs.batch",
    "secrets",
)
FAMILIES = (
    "kube_green",
    "astrolabe_sleepinfo",
    "astrolabe_workload",
    "astrolabe_environment",
    "astrolabe_unpriced",
)


def cluster(*, kube_green: bool = True) -> ApiServer:
    """`api` sleeps since two hours; only its autoscaler knows of four replicas, only a label where it is."""
    server = ApiServer(clock=LoopClock(datetime.fromisoformat(START)))
    meta = {"name": "api", "namespace": "shop"}
    server.put(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"env": "live"}}}
    )
    requests = {"cpu": "500m", "memory": "1Gi"}
    container = {"name": "app", "image": "nginx", "resources": {"requests": requests}}
    entry = {"manager": "kube-green", "operation": "Apply", "time": SLEPT}
    server.put(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                **meta,
                "creationTimestamp": "2026-11-01T00:00:00Z",
                "managedFields": [{**entry, "fieldsV1": {"f:spec": {"f:replicas": {}}}}],
            },
            "spec": {"replicas": 0, "template": {"spec": {"containers": [container]}}},
        }
    )
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    server.put(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": meta,
            "spec": {"scaleTargetRef": target, "minReplicas": 4, "maxReplicas": 9},
        }
    )
    if kube_green:
        server.put(DEFINITION)
        server.put(
            {
                "apiVersion": "kube-green.com/v1alpha1",
                "kind": "SleepInfo",
                "metadata": {"name": "nights", "namespace": "shop"},
                "spec": {"weekdays": "*", "sleepAt": "20:00", "wakeUpAt": "08:00"},
                "status": {"lastScheduleTime": SLEPT, "operation": "SLEEP"},
            }
        )
    return server


@asynccontextmanager
async def exporter(server: ApiServer, **settings: Any) -> AsyncIterator[Application]:
    chosen = Settings(**{"port": 0, "address": "127.0.0.1", "environment_label": "env", **settings})
    application = Application(
        chosen,
        InProcess(server),
        random=Random(1),
        now=lambda: server.now().timestamp(),
        elapsed=asyncio.get_running_loop().time,
    )
    stopping = asyncio.Event()
    running = asyncio.create_task(application.run(stopping))
    try:
        yield application
    finally:
        stopping.set()
        await running


async def figures(application: Application) -> dict[str, float]:
    """Return what is said of sleep and cost."""
    snapshot = await application.exposition.snapshot()
    found = samples(b"".join(plain(snapshot.pieces())).decode())
    return {series: value for series, value in found.items() if series.startswith(FAMILIES)}


async def at(server: ApiServer, application: Application, seconds: float) -> dict[str, float]:
    """Look every other second, up to so many after the start."""
    start = datetime.fromisoformat(START)
    found: dict[str, float] = {}
    while (left := seconds - (server.now() - start).total_seconds()) > 0:
        await asyncio.sleep(min(2.0, left))
        found = await figures(application)
        assert 'environment="shop"' not in "".join(found)
    return found


DAILY = 'kube_green_cost_savings_estimate_dollars{environment="live",time_period="daily"}'
ASLEEP = 'workload_kind="Deployment",workload="api",environment="'


async def test_whichever_list_comes_last() -> None:
    server = cluster()
    async with exporter(server) as application:
        wanted = await at(server, application, 60)
    assert wanted[DAILY] == pytest.approx(4 * REPLICA * (2 + 60 / 3600))
    assert wanted[f'astrolabe_workload_asleep{{namespace="shop",{ASLEEP}live"}}'] == 1
    for last in NEEDED:
        for mostly in (20.0, 3.0):
            server = cluster()
            for resource in NEEDED:
                server.faults.order(resource, Slow(20.0 if resource == last else mostly % 20))
            async with exporter(server) as application:
                assert await at(server, application, 60) == wanted, last


@pytest.mark.parametrize(
    "never", ["namespaces", "horizontalpodautoscalers.autoscaling", "secrets", "cronjobs.batch"]
)
async def test_what_may_not_be_read_is_not_waited_for(never: str) -> None:
    server = cluster()
    server.faults.forbid(never)
    async with exporter(server, environment_label="") as application:
        found = {}
        for _ in range(5):
            await asyncio.sleep(1)
            found = await figures(application)
    assert f'astrolabe_workload_asleep{{namespace="shop",{ASLEEP}shop"}}' in found


async def test_what_is_not_served_is_not_waited_for() -> None:
    server = cluster(kube_green=False)
    async with exporter(server) as application:
        found = await at(server, application, 5)
    assert found[f'astrolabe_workload_asleep{{namespace="shop",{ASLEEP}live"}}'] == 1


@pytest.mark.parametrize(
    "settings", [{"namespaces": ("shop",)}, {"label_selector": "team!=ops"}, {"kinds": ("deployments.apps",)}]
)
async def test_what_is_followed_in_part_is_not_waited_for(settings: dict[str, Any]) -> None:
    server = cluster()
    async with exporter(server, environment_label="", **settings) as application:
        await asyncio.sleep(3)
        found = await figures(application)
    assert f'astrolabe_workload_asleep{{namespace="shop",{ASLEEP}shop"}}' in found


async def test_what_fails_all_the_time_is_done_without_in_the_end() -> None:
    server = cluster()
    server.faults.order("horizontalpodautoscalers.autoscaling", Refuse(500), times=None)
    async with exporter(server) as application:
        found = await at(server, application, SETTLING - 10)
        assert "astrolabe_workload_asleep" not in "".join(found)
        found = await at(server, application, SETTLING + 10)
    assert found[f'astrolabe_workload_asleep{{namespace="shop",{ASLEEP}live"}}'] == 1
    assert found['astrolabe_unpriced_workloads{namespace="shop",environment="live"}'] == 1


async def test_what_happens_once_everything_is_there_counts_at_once_though_nobody_looks() -> None:
    server = cluster()
    async with exporter(server) as application:
        await asyncio.sleep(3)
        obj = server.get("deployments.apps", "shop", "api")
        obj["spec"]["replicas"] = 4
        entry = {"manager": "kube-green", "operation": "Update", "time": "2026-11-20T22:00:03Z"}
        obj["metadata"]["managedFields"] = [{**entry, "fieldsV1": {"f:spec": {"f:replicas": {}}}}]
        server.put(obj)
        found = await at(server, application, 10)
    scaled = 'environment="live",resource_type="Deployment",namespace="shop",direction="up"'
    assert found[f"kube_green_resources_scaled_total{{{scaled}}}"] == 1
