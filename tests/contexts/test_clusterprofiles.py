"""Clusters that ClusterProfiles on a hub name: they come, change and go while the process runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from astrolabe.commands import followers
from astrolabe.commands.several import follow_several
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.settings import Settings
from astrolabe.testing import faults
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from tests.api.exporter import cluster
from tests.api.shop import pod
from tests.contexts.fleet import PATIENCE, Fleet, fleet, kubeconfig
from tests.ports import free_port

Object = dict[str, Any]
PROFILES = "clusterprofiles.multicluster.x-k8s.io"
PROVIDER = {
    "name": "tokens",
    "execConfig": {"apiVersion": "client.authentication.k8s.io/v1", "command": "not-run-over-http"},
}


def named(version: str, kind: str, name: str, namespace: str = "shop") -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}}


def definition(group: str, plural: str, kind: str) -> Object:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"plural": plural, "kind": kind},
            "scope": "Namespaced",
            "versions": [{"name": "v1alpha1", "served": True, "storage": True}],
        },
    }


DEFINITION = definition("multicluster.x-k8s.io", "clusterprofiles", "ClusterProfile")


def profile(name: str, url: str = "", *, provider: str = "tokens", called: str = "") -> Object:
    """A profile as a cluster manager writes it; without a URL it has no access providers yet."""
    status: Object = {}
    if url:
        status["accessProviders"] = [{"name": provider, "cluster": {"server": url}}]
    if called:
        status["properties"] = [{"name": "cluster.clusterset.k8s.io", "value": called}]
    return {
        **named("multicluster.x-k8s.io/v1alpha1", "ClusterProfile", name, "fleet"),
        "spec": {"clusterManager": {"name": "manager"}},
        "status": status,
    }


def hub_with(*profiles: Object) -> ApiServer:
    server = ApiServer()
    server.put(DEFINITION)
    for each in profiles:
        server.put(each)
    return server


def providers(folder: Path) -> Path:
    path = folder / "providers.json"
    path.write_text(json.dumps({"providers": [PROVIDER]}))
    return path


@asynccontextmanager
async def following(folder: Path, hub: ApiServer | str, **settings: Any) -> AsyncIterator[Fleet]:
    """Follow the clusters of the profiles in the namespace `fleet`."""
    chosen = {
        "contexts": (),
        "context": "hub",
        "clusterprofile_namespace": "fleet",
        "clusterprofile_provider_file": str(providers(folder)),
        **settings,
    }
    async with fleet(folder, {"hub": hub}, **chosen) as served:
        yield served


def of(samples: set[str], name: str) -> set[str]:
    return {line for line in samples if f'{{cluster="{name}",' in line or f'{{cluster="{name}"}}' in line}


async def test_clusters_come_and_go_with_their_profiles(tmp_path: Path) -> None:
    async with serving(cluster()) as east, serving(cluster(pod("of-the-west"))) as west:
        hub = hub_with(profile("east", east))
        async with following(tmp_path, hub) as served:
            await served.until("/readyz", 200, "ClusterProfiles in fleet: ready\n", "east: ready\n")
            assert "west" not in await served.text("/readyz")
            synced = f'astrolabe_synced{{resource="{PROFILES}"}} 1.0'
            assert {synced, 'astrolabe_cluster_up{cluster="east"} 1.0'} <= await served.samples()

            hub.put(profile("west", west))
            await served.until("/metrics", 200, 'cluster="west",id="Pod/shop/of-the-west"')
            before = of(await served.samples(), "east")

            # What the profile calls its cluster is known later: from then on it is called so.
            hub.put(profile("west", west, called="west.example"))
            text = await served.until("/metrics", 200, 'cluster="west.example",id="Pod/shop/of-the-west"')
            assert 'cluster="west"' not in text
            assert (await served.get("/clusters/west.example/api/v1/namespaces"))[0] == 200
            assert (await served.get("/clusters/west/api/v1/namespaces"))[0] == 404

            hub.delete(PROFILES, "fleet", "west")
            await served.until("/clusters/west.example/", 404, "clusters are east")
            samples = await served.samples()
            assert not [line for line in samples if "west" in line]
            assert {line for line in of(samples, "east") if "astrolabe_resource_info" in line} == {
                line for line in before if "astrolabe_resource_info" in line
            }


async def test_a_profile_that_cannot_be_used_is_its_own_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "AGAIN", 3600)
    async with serving(cluster()) as good, serving(cluster(pod("late"))) as late:
        gone = f"http://127.0.0.1:{free_port()}"
        unusable = {
            "empty": (profile("empty"), "it has no access providers (status.accessProviders)"),
            "foreign": (
                profile("foreign", late, provider="other"),
                f"none of its access providers (other) is in {tmp_path}/providers.json, which has tokens",
            ),
            "gone": (profile("gone", gone), "Connection refused"),
            "odd": (profile("odd", late, called="no name"), "`no name` can be no name of a cluster"),
            "strange": (profile("strange", "ftp://x"), "is not a URL"),
            "good (ClusterProfile same)": (
                profile("same", late, called="good"),
                "the ClusterProfile good has a cluster of the name good already",
            ),
            "twin": (profile("twin", good), "it is the same cluster as good"),
        }
        hub = hub_with(profile("good", good))
        async with following(tmp_path, hub) as served:
            await served.until("/readyz", 200, "good: ready\n")
            for each, _ in unusable.values():
                hub.put(each)
            for name, (_, why) in unusable.items():
                text = await served.until("/readyz", 200, f"\n{name}: not ready\n", why)
                assert len([line for line in text.split("\n") if line.startswith(f"{name}: ")]) >= 2
            samples = await served.samples()
            for name in unusable:
                assert f'astrolabe_cluster_up{{cluster="{name}"}} 0.0' in samples
            assert 'astrolabe_cluster_up{cluster="good"} 1.0' in samples
            # What is not followed has no server here: two clusters of one server would join with nothing.
            assert [
                line for line in samples if line.startswith("astrolabe_cluster_info{") and good in line
            ] == [f'astrolabe_cluster_info{{cluster="good",server="{good}"}} 1.0']
            health = json.loads(await served.text("/health"))
            assert {name for name, each in health["clusters"].items() if each["status"] == "healthy"} == {
                "good"
            }
            assert (await served.get("/clusters/empty/api/v1/namespaces"))[0] == 503
            # Its manager says how to reach it: that is tried at once.
            hub.put(profile("empty", late))
            await served.until("/metrics", 200, 'cluster="empty",id="Pod/shop/late"')
        warned = [log for log in served.logs if log.get("event") == "cluster cannot be followed"]
        assert len(warned) == len(unusable) - 1  # one that does not answer is asked on


async def test_the_clusters_are_followed_on_while_the_hub_is_away(tmp_path: Path) -> None:
    east = cluster()
    async with serving(east) as url, serving(cluster()) as other:
        hub = hub_with(profile("east", url))
        port = free_port()
        async with following(tmp_path, f"http://127.0.0.1:{port}") as served:
            await served.until("/readyz", 503, "ClusterProfiles in fleet: not ready\n", "Connection refused")
            assert f'astrolabe_synced{{resource="{PROFILES}"}} 0.0' in await served.samples()
            async with serving(hub, port):
                await served.until("/readyz", 200, "ClusterProfiles in fleet: ready\n", "east: ready\n")
            await served.until(
                "/readyz",
                200,
                "ClusterProfiles in fleet: ready\n",
                f"{PROFILES} (namespace fleet): failing: ",
            )
            east.put(pod("meanwhile"))
            await served.until("/metrics", 200, 'id="Pod/shop/meanwhile"')
            assert json.loads(await served.text("/health"))["status"] == "degraded"
            assert f'astrolabe_failing{{resource="{PROFILES}"}} 1.0' in await served.samples()
            hub.delete(PROFILES, "fleet", "east")
            hub.put(profile("other", other))
            async with serving(hub, port):
                await served.until("/readyz", 200, "other: ready\n")
                await served.until("/clusters/east/", 404)


@asynccontextmanager
async def closing(writers: list[asyncio.StreamWriter]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for each in writers:
            each.close()
            await each.wait_closed()


async def test_a_cluster_that_comes_later_takes_no_readiness_back(tmp_path: Path) -> None:
    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    port = free_port()
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", port)
    hub = hub_with()
    async with silent, closing(writers), following(tmp_path, hub) as served:
        await served.until("/readyz", 200, "ready\nClusterProfiles in fleet: ready\n")
        hub.put(profile("silent", f"http://127.0.0.1:{port}"))
        async with asyncio.timeout(PATIENCE):
            while True:
                status, text = await served.get("/readyz")
                if "silent: not ready\n" in text:
                    break
                await asyncio.sleep(0.02)  # real sockets share no clock with the test
        assert status == 200


async def test_a_hub_without_profiles_is_ready_and_one_without_the_api_is_not(tmp_path: Path) -> None:
    hub = ApiServer()
    async with following(tmp_path, hub) as served:
        await served.until("/readyz", 503, f"{PROFILES} (namespace fleet): absent: ")
        hub.put(DEFINITION)
        await served.until("/readyz", 200, "ready\nClusterProfiles in fleet: ready\n")


async def test_a_hub_that_refuses_ends_the_start(tmp_path: Path) -> None:
    hub = hub_with()
    hub.faults.token = "needed"
    async with serving(hub) as url:
        settings = Settings(
            port=0,
            address="127.0.0.1",
            kubeconfig=str(kubeconfig(tmp_path, {"hub": url})),
            context="hub",
            clusterprofile_namespace="fleet",
            clusterprofile_provider_file=str(providers(tmp_path)),
        )
        with pytest.raises(ConfigurationError, match=r"refuses the credentials \(401\)"):
            await follow_several(settings, asyncio.Event())


async def test_profiles_that_may_not_be_read_are_told(tmp_path: Path) -> None:
    hub = hub_with()
    hub.faults.order(PROFILES, faults.Refuse(403), times=None)
    async with following(tmp_path, hub) as served:
        await served.until("/readyz", 503, f"{PROFILES} (namespace fleet): forbidden: ")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(None, "cannot be read: No such file or directory", id="no-file"),
        pytest.param("{", "not valid JSON: ", id="no-json"),
        pytest.param("[]", "not a list of providers: expected `object`, got `array`", id="no-object"),
        pytest.param("{}", "there is no provider in it", id="empty"),
        pytest.param('{"providers": [{}]}', "a provider has no name", id="no-name"),
        pytest.param(
            '{"providers": [{"name": "a"}, {"name": "a"}]}', "the provider a is in it twice", id="twice"
        ),
        pytest.param(
            '{"providers": [{"name": "a", "profileSourcedCLIArgsPolicy": "append"}]}',
            "not a list of providers: invalid enum value 'append' - at `$.providers[0].profileSourcedCLI",
            id="no-policy",
        ),
    ],
)
async def test_a_file_of_providers_that_cannot_be_used_ends_the_start(
    tmp_path: Path, content: str | None, why: str
) -> None:
    path = tmp_path / "given.json"
    if content is not None:
        path.write_text(content)
    settings = Settings(
        kubeconfig="nowhere", clusterprofile_namespace="fleet", clusterprofile_provider_file=str(path)
    )
    with pytest.raises(ConfigurationError) as raised:
        await follow_several(settings, asyncio.Event())
    assert str(raised.value).startswith(f"{path}: {why}")


async def test_a_relation_to_another_cluster_has_the_names_of_both(tmp_path: Path) -> None:
    hub, east = cluster(), cluster(pod("web"))
    hub.put(definition("argoproj.io", "applications", "Application"))
    hub.put(definition("multicluster.x-k8s.io", "serviceimports", "ServiceImport"))
    async with serving(hub) as here, serving(east) as there:
        for name, destination in (("by-name", {"name": "east"}), ("by-server", {"server": there + "/"})):
            hub.put(
                {
                    **named("argoproj.io/v1alpha1", "Application", name),
                    "spec": {"project": "default", "destination": destination},
                    "status": {
                        "resources": [{"version": "v1", "kind": "Pod", "namespace": "shop", "name": "web"}]
                    },
                }
            )
        hub.put(
            {
                **named("multicluster.x-k8s.io/v1alpha1", "ServiceImport", "web"),
                "status": {"clusters": [{"cluster": "east"}]},
            }
        )
        inventory = hub_with(profile("hub", here), profile("east", there))
        async with following(tmp_path, inventory) as served:
            await served.until("/readyz", 200, "hub: ready\n", "east: ready\n")
            samples = await served.samples()
            families = text_string_to_metric_families(await served.text("/metrics"))
            (family,) = (each for each in families if each.name == "astrolabe_remote_edge_info")
            related = {
                (each.labels["cluster"], each.labels["source"], each.labels["type"], each.labels["target"]): (
                    each.labels["target_cluster"],
                    each.labels["target_server"],
                )
                for each in family.samples
            }
            web = "Pod/shop/web"
            assert related == {
                ("hub", "Application.argoproj.io/shop/by-name", "refers", web): ("east", ""),
                ("hub", "Application.argoproj.io/shop/by-server", "refers", web): ("", there),
                ("hub", "ServiceImport.multicluster.x-k8s.io/shop/web", "routes-to", "Service/shop/web"): (
                    "east",
                    "",
                ),
            }
            assert f'astrolabe_cluster_info{{cluster="east",server="{there}"}} 1.0' in samples
            assert any(
                line.startswith('astrolabe_resource_info{cluster="east",id="Pod/shop/web"')
                for line in samples
            )
            graph = json.loads(await served.text("/clusters/hub/api/v1/graph?namespace=shop"))
            listed = {
                each["name"]: each["metadata"]["remoteRelations"]
                for each in graph["nodes"]
                if each["kind"] == "Application.argoproj.io"
            }
            assert listed == {
                "by-name": [{"type": "refers", "id": "Pod/shop/web", "cluster": "east"}],
                "by-server": [{"type": "refers", "id": "Pod/shop/web", "server": there}],
            }
            hub.delete("applications.argoproj.io", "shop", "by-name")
            hub.delete("serviceimports.multicluster.x-k8s.io", "shop", "web")
            await served.gone("/metrics", "by-name", "ServiceImport.multicluster.x-k8s.io/shop/web")
