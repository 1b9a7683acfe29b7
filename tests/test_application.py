"""The exporter as a whole, in one process: from what an API server says to what /metrics says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest
from prometheus_client.parser import text_string_to_metric_families

from astrolabe.api.port import ListenError
from astrolabe.application import Application
from astrolabe.kube.cluster import connect
from astrolabe.kube.credentials import Kubeconfig
from astrolabe.settings import Settings
from astrolabe.settling import FAILING_KIND_PATIENCE
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.faults import Refuse, Slow
from astrolabe.testing.http import serving as api_server
from astrolabe.testing.inprocess import InProcess
from tests.api.exporter import cluster, following, kubeconfig, serving, until
from tests.api.shop import Object, controller, definition, make, pod, rocket, workload

virtual = pytest.mark.looptime

MISSING_SECRET = [
    f"{source} → Secret/shop/db"
    for source in (
        "Deployment/shop/web",
        "Pod/shop/web-abc-1",
        "Pod/shop/web-abc-2",
        "ReplicaSet/shop/web-abc",
    )
]
MISSING_SETTINGS = [
    f"{source} → ConfigMap/shop/settings"
    for source in (
        "Deployment/shop/web",
        "Pod/shop/web-abc-1",
        "Pod/shop/web-abc-2",
        "ReplicaSet/shop/web-abc",
    )
]
MISSING = sorted(MISSING_SECRET + MISSING_SETTINGS)


@virtual
async def test_everything_is_published_once_it_has_synced() -> None:
    server = cluster()
    async with following(server) as exporter:
        assert exporter.application.supervisor.ready
        assert set(exporter.phases().values()) == {"synced"}
        families = {family.name: family for family in text_string_to_metric_families(await exporter.text())}
        infos = {sample.labels["id"]: sample.labels for sample in families["astrolabe_resource_info"].samples}
        assert sorted(infos) == [
            "Deployment/shop/web",
            "EndpointSlice/shop/web-xyz",
            "Image/docker.io/library/nginx:1.30",
            "Ingress/shop/web",
            "Namespace/shop",
            "Node/one",
            "Pod/shop/web-abc-1",
            "Pod/shop/web-abc-2",
            "ReplicaSet/shop/web-abc",
            "Service/shop/web",
            "ServiceAccount/shop/default",
        ]
        assert (
            infos["Pod/shop/web-abc-1"]["uid"] == server.get("pods", "shop", "web-abc-1")["metadata"]["uid"]
        )
        roots = {
            sample.labels["pod"]: (sample.labels["workload_kind"], sample.labels["workload"])
            for sample in families["astrolabe_pod_workload_info"].samples
        }
        assert roots == {"web-abc-1": ("Deployment", "web"), "web-abc-2": ("Deployment", "web")}
        assert await exporter.missing() == MISSING


@virtual
async def test_events_change_what_is_published() -> None:
    server = cluster()
    async with following(server) as exporter:
        server.put(make("Secret", "db", data={"password": "c2VzYW1l"}))
        server.put(pod("lonely"))
        server.delete("pods", "shop", "web-abc-2")
        server.delete("ingresses.networking.k8s.io", "shop", "web")
        await asyncio.sleep(1)
        assert await exporter.lines("web-abc-2") == []
        assert await exporter.lines("Ingress") == []
        assert await exporter.lines("astrolabe_edge_info", 'type="selects"') == [
            f'astrolabe_edge_info{{type="selects",namespace="shop",source="Service/shop/web",'
            f'source_kind="Service",target="Pod/shop/{name}",target_kind="Pod"}} 1'
            for name in ("lonely", "web-abc-1")
        ]
        assert [line for line in await exporter.missing() if "Secret" in line] == []
        server.delete("secrets", "shop", "db")
        await asyncio.sleep(1)
        assert "Pod/shop/lonely → Secret/shop/db" in await exporter.missing()
        assert "sesame" not in await exporter.text()


@virtual
async def test_a_custom_kind_comes_and_goes_with_its_series() -> None:
    server = cluster()
    async with following(server) as exporter:
        before = await exporter.text()
        server.put(definition())
        server.put(rocket("apollo"))
        await asyncio.sleep(30)
        assert await exporter.lines("astrolabe_resource_info", "apollo") == [
            (
                'astrolabe_resource_info{id="Rocket.space.example/shop/apollo",kind="Rocket.space.example",'
                'group="space.example",namespace="shop",name="apollo",'
                f'uid="{server.get("rockets.space.example", "shop", "apollo")["metadata"]["uid"]}",'
                'api_version="space.example/v1",helm_release="",helm_chart=""} 1'
            )
        ]
        assert exporter.telemetry("astrolabe_synced", resource="rockets.space.example") == 1
        server.delete("customresourcedefinitions.apiextensions.k8s.io", "", "rockets.space.example")
        await asyncio.sleep(30)
        assert await exporter.text() == before
        assert "rockets" not in "".join(exporter.phases())
        series = [
            sample
            for family in exporter.application.telemetry.registry.collect()
            for sample in family.samples
            if sample.labels.get("resource") == "rockets.space.example"
        ]
        assert series == []


@virtual
async def test_what_refers_to_a_kind_that_goes_is_no_longer_called_missing() -> None:
    server = cluster(definition("rollouts", "Rollout", "argoproj.io"))
    scaler = make(
        "HorizontalPodAutoscaler",
        "web",
        api="autoscaling/v2",
        spec={
            "scaleTargetRef": {"apiVersion": "argoproj.io/v1", "kind": "Rollout", "name": "web"},
            "maxReplicas": 3,
        },
    )
    server.put(scaler)
    lost = "HorizontalPodAutoscaler/shop/web → Rollout.argoproj.io/shop/web"
    async with following(server) as exporter:
        assert lost in await exporter.missing()
        server.delete("customresourcedefinitions.apiextensions.k8s.io", "", "rollouts.argoproj.io")
        await asyncio.sleep(30)
        assert await exporter.missing() == MISSING
        server.put(definition("rollouts", "Rollout", "argoproj.io"))
        await asyncio.sleep(30)
        assert lost in await exporter.missing()


@virtual
async def test_a_forbidden_kind_holds_up_nothing_and_hides_what_it_cannot_know() -> None:
    server = cluster()
    server.faults.forbid("secrets")
    async with following(server) as exporter:
        assert exporter.application.supervisor.ready
        assert exporter.phases()["secrets"] == "forbidden"
        assert exporter.telemetry("astrolabe_synced", resource="secrets") == 0
        assert await exporter.missing() == MISSING_SETTINGS
        server.faults.grant("secrets")
        await asyncio.sleep(310)
        assert exporter.phases()["secrets"] == "synced"
        assert exporter.telemetry("astrolabe_synced", resource="secrets") == 1
        assert await exporter.missing() == MISSING


@virtual
async def test_of_a_kind_that_becomes_forbidden_nothing_is_called_missing() -> None:
    server = cluster()
    async with following(server) as exporter:
        assert await exporter.missing() == MISSING
        server.faults.forbid("secrets")
        server.break_connections()
        await asyncio.sleep(60)
        assert exporter.telemetry("astrolabe_synced", resource="secrets") == 0
        # The Secret may have been made since.
        assert await exporter.missing() == MISSING_SETTINGS
        server.put(make("Secret", "db"))
        server.faults.grant("secrets")
        await asyncio.sleep(310)
        assert exporter.telemetry("astrolabe_synced", resource="secrets") == 1
        assert await exporter.missing() == MISSING_SETTINGS


@virtual
async def test_missing_references_wait_until_their_kind_has_synced() -> None:
    server = cluster()
    server.faults.order("secrets", Slow(20))
    async with following(server) as exporter:
        assert not exporter.application.supervisor.ready
        assert len(await exporter.lines("astrolabe_resource_info", 'kind="Pod"')) == 2
        assert await exporter.missing() == MISSING_SETTINGS
        await asyncio.sleep(20)
        assert exporter.application.supervisor.ready
        assert await exporter.missing() == MISSING


@virtual
async def test_named_namespaces_are_all_that_is_asked_for() -> None:
    server = cluster(pod("other", "elsewhere"), pod("third", "third"))
    async with following(server, namespaces=("shop", "elsewhere")) as exporter:
        pods = await exporter.lines("astrolabe_resource_status", 'kind="Pod"')
        assert len(pods) == 3
        assert not any("third" in line for line in pods)
        asked = {request.namespace for request in server.requests if request.resource == "pods"}
        assert asked == {"shop", "elsewhere"}
        assert {request.namespace for request in server.requests if request.resource == "nodes"} == {""}
        assert "Pod/elsewhere/other → Secret/elsewhere/db" in await exporter.missing()
        # The Node that the Pods run on is known, the ServiceAccount of the other namespace is not there.
        assert "Pod/elsewhere/other → ServiceAccount/elsewhere/default" in await exporter.missing()


@virtual
async def test_one_namespace_that_is_forbidden_says_nothing_of_the_other() -> None:
    server = cluster(pod("other", "elsewhere"))
    server.faults.forbid("secrets", "elsewhere")
    async with following(server, namespaces=("shop", "elsewhere")) as exporter:
        assert exporter.application.supervisor.ready
        assert [line for line in await exporter.missing() if "Secret/elsewhere" in line] == []


@virtual
async def test_exact_names_are_selected_by_the_server() -> None:
    server = cluster(*(make("Secret", name) for name in ("db", "tls", "other")))
    async with following(server, names={"secrets": ("db", "tls")}) as exporter:
        infos = await exporter.lines("astrolabe_resource_info", 'kind="Secret"')
        assert [line.split('id="')[1].split('"')[0] for line in infos] == [
            "Secret/shop/db",
            "Secret/shop/tls",
        ]
        selectors = {
            request.query["fieldSelector"] for request in server.requests if request.resource == "secrets"
        }
        assert selectors == {"metadata.name=db", "metadata.name=tls"}
        server.delete("secrets", "shop", "db")
        await asyncio.sleep(1)
        assert await exporter.missing() == MISSING_SETTINGS


@virtual
async def test_with_a_label_selector_nothing_is_called_missing() -> None:
    server = cluster()
    async with following(server, label_selector="app=web") as exporter:
        infos = await exporter.lines("astrolabe_resource_info")
        assert [line.split('id="')[1].split('"')[0] for line in infos] == [
            "Deployment/shop/web",
            "Image/docker.io/library/nginx:1.30",
            "Pod/shop/web-abc-1",
            "Pod/shop/web-abc-2",
            "ReplicaSet/shop/web-abc",
        ]
        assert await exporter.missing() == []


@virtual
async def test_only_wanted_kinds_are_asked_for() -> None:
    server = cluster(definition(), rocket("apollo"))
    async with following(server, kinds=("pods", "nodes"), kinds_denied=("nodes",)) as exporter:
        assert exporter.phases() == {"pods": "synced"}
        assert await exporter.missing() == []
    async with following(server, custom_resources=("*.other.example",)) as exporter:
        assert "rockets.space.example" not in exporter.phases()
    async with following(server, kinds=("rockets.space.example",), custom_resources=()) as exporter:
        assert exporter.phases() == {"rockets.space.example": "synced"}


@virtual
async def test_labels_are_exposed_by_the_names_of_resources() -> None:
    server = cluster(definition(), rocket("apollo", {"app.kubernetes.io/name": "moon"}))
    labels = {"pods": ("app",), "rockets.space.example": ("*",)}
    async with following(server, metric_labels=labels) as exporter:
        assert await exporter.lines("astrolabe_resource_labels") == [
            (
                'astrolabe_resource_labels{id="Pod/shop/web-abc-1",kind="Pod",namespace="shop",name="web-abc-1",'
                'label_app="web"} 1'
            ),
            (
                'astrolabe_resource_labels{id="Pod/shop/web-abc-2",kind="Pod",namespace="shop",name="web-abc-2",'
                'label_app="web"} 1'
            ),
            (
                'astrolabe_resource_labels{id="Rocket.space.example/shop/apollo",kind="Rocket.space.example",'
                'namespace="shop",name="apollo",label_app_kubernetes_io_name="moon"} 1'
            ),
        ]


@virtual
async def test_shards_share_the_series() -> None:
    server = cluster()
    async with following(server) as whole:
        everything = await whole.lines("astrolabe_")
    parts: list[str] = []
    for shard in range(3):
        async with following(server, shard=shard, total_shards=3) as exporter:
            assert exporter.telemetry("astrolabe_shard") == shard
            lines = await exporter.lines("astrolabe_")
            assert 0 < len(lines) < len(everything)
            parts += lines
    assert sorted(parts) == sorted(everything)


@virtual
async def test_an_api_server_that_is_away_leaves_the_last_state() -> None:
    server = cluster()
    async with following(server) as exporter:
        before = await exporter.text()
        server.go_away()
        await asyncio.sleep(600)
        assert await exporter.text() == before
        assert set(exporter.phases().values()) == {"failing"}
        server.come_back()
        server.delete("pods", "shop", "web-abc-2")
        await asyncio.sleep(60)
        assert set(exporter.phases().values()) == {"synced"}
        assert await exporter.lines("web-abc-2") == []


class TestGathering:
    """Following without serving, until everything has listed."""

    @virtual
    async def test_it_ends_when_everything_is_known(self) -> None:
        server = cluster()
        server.faults.order("pods", Slow(20))
        application = Application(Settings(), InProcess(server))
        assert await application.gather(120, asyncio.Event())
        assert asyncio.get_running_loop().time() >= 20
        assert application.graph.get("Pod/shop/web-abc-1") is not None
        assert server.watches() == []

    @virtual
    async def test_it_ends_though_a_kind_keeps_failing(self) -> None:
        server = cluster()
        server.faults.order("pods", Refuse(500, "conversion webhook failed"), times=None)
        application = Application(Settings(), InProcess(server))
        assert not await application.gather(600, asyncio.Event())
        waited = asyncio.get_running_loop().time()
        assert FAILING_KIND_PATIENCE <= waited < FAILING_KIND_PATIENCE + 30

    @virtual
    async def test_it_ends_when_patience_does(self) -> None:
        server = cluster()
        server.faults.order("pods", Slow(20))
        application = Application(Settings(), InProcess(server))
        assert not await application.gather(10, asyncio.Event())
        assert application.graph.get("Node/one") is not None
        assert server.watches() == []

    @virtual
    async def test_it_ends_when_told_to(self) -> None:
        server = cluster()
        server.go_away()
        stopping = asyncio.Event()
        asyncio.get_running_loop().call_later(5, stopping.set)
        assert not await Application(Settings(), InProcess(server)).gather(3600, stopping)
        assert asyncio.get_running_loop().time() < 6


def churn(server: ApiServer, random: Random, steps: int) -> None:
    """Let things happen: objects come, change, go and come again, whatever refers to them."""
    kinds = [
        ("deployments.apps", lambda name, ns: workload("Deployment", name, ns)),
        (
            "replicasets.apps",
            lambda name, ns: workload("ReplicaSet", name, ns, owner=controller("Deployment", name)),
        ),
        (
            "pods",
            lambda name, ns: pod(
                name,
                ns,
                secret=random.choice(("a", "b", "db")),
                owner=random.choice((None, controller("ReplicaSet", name))),
            ),
        ),
        ("secrets", lambda name, ns: make("Secret", name, ns)),
        ("configmaps", lambda _, ns: make("ConfigMap", "settings", ns)),
        ("services", lambda name, ns: make("Service", name, ns, spec={"selector": {"app": "web"}})),
        ("serviceaccounts", lambda _, ns: make("ServiceAccount", "default", ns)),
        ("nodes", lambda name, _: make("Node", name, "")),
        (
            "rockets.space.example",
            lambda name, ns: {**rocket(name), "metadata": {"name": name, "namespace": ns}},
        ),
    ]
    for _ in range(steps):
        resource, build = random.choice(kinds)
        name, namespace = random.choice(("a", "b", "one", "db")), random.choice(("shop", "elsewhere"))
        if resource not in server.resources:
            continue
        obj: Object = build(name, namespace)
        name = obj["metadata"]["name"]
        namespace = obj["metadata"].get("namespace", "")
        match random.randrange(4):
            case 0 if server.has(resource, namespace, name):
                server.delete(resource, namespace, name)
            case 1 if server.has(resource, namespace, name):
                server.delete(resource, namespace, name)
                server.put(obj)
            case 2 if resource == "pods" and server.has(resource, namespace, name):
                server.status(resource, namespace, name, {"phase": random.choice(("Failed", "Pending"))})
            case _:
                server.put(obj)


@virtual
@pytest.mark.parametrize("seed", range(6))
async def test_after_any_churn_a_fresh_process_says_the_same(seed: int) -> None:
    random = Random(seed)
    server = cluster(definition())
    defined = "customresourcedefinitions.apiextensions.k8s.io"
    async with following(server, metrics_opt_in=(".*",)) as exporter:
        for _ in range(12):
            churn(server, random, 40)
            match random.randrange(6):
                case 0:
                    server.break_connections()
                case 1:
                    server.compact()
                    server.break_connections()
                case 2:
                    server.go_away()
                    await asyncio.sleep(random.randrange(60))
                    churn(server, random, 20)
                    server.come_back()
                case 3 if server.has(defined, "", "rockets.space.example"):
                    server.delete(defined, "", "rockets.space.example")
                case 4:
                    server.put(definition())
                case _:
                    await exporter.text()
            await asyncio.sleep(random.choice((0.0, 0.1, 45.0)))
        await asyncio.sleep(120)
        assert set(exporter.phases().values()) == {"synced"}
        async with following(server, metrics_opt_in=(".*",)) as fresh:
            assert await exporter.text() == await fresh.text()


async def test_over_http_from_end_to_end(tmp_path: Path) -> None:
    server = cluster()
    async with api_server(server) as url:
        transport = await connect(Kubeconfig(str(kubeconfig(tmp_path, url))))
        try:
            async with serving(transport=transport) as client:
                text = await client.text()
                async with following(server, settle=0.2) as fresh:
                    assert text.startswith(await fresh.text())
                server.delete("pods", "shop", "web-abc-2")
                await until(lambda: client.application.graph.get("Pod/shop/web-abc-2") is None)
                assert "web-abc-2" not in await client.text()
                assert await client.text("/readyz") == "ready\n"
        finally:
            await transport.close()


async def test_a_port_that_is_taken_ends_the_start() -> None:
    async with serving() as first:
        with pytest.raises(ListenError, match=rf"^port {first.port} is in use: choose .* --port$"):
            async with serving(port=first.port):
                pass
        with pytest.raises(ListenError, match=rf"^port {first.port} is in use: choose .* --telemetry-port$"):
            async with serving(telemetry_port=first.port):
                pass
