"""Shards by namespace on a real API server that filters for them (the alpha gate `ShardedListAndWatch`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from astrolabe.sharding import Shard
from tests.real import control_plane as planes
from tests.real.cluster import Cluster, Object
from tests.real.control_plane import ApiServer
from tests.real.exporter import Exporter, exporter
from tests.real.processes import until

TOTAL = 3
SPACES = (
    *("shop", "pay", "search", "stock", "staging", "reports"),
    *("monitoring", "logging", "mail", "dev-east", "dev-west", "prod-east"),
)
ADDED_UP = ("astrolabe_resources", "astrolabe_edges", "astrolabe_impact", "astrolabe_cause_affected")
ONCE = (
    "astrolabe_resource_info",
    "astrolabe_resource_status",
    "astrolabe_edge_info",
    "astrolabe_reference_missing_info",
    "astrolabe_pod_workload_info",
    "astrolabe_root_cause_info",
)


@pytest.fixture(scope="module")
def sharding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server that applies `shardSelector`."""
    folder = tmp_path_factory.mktemp("sharding")
    with (
        planes.etcd(folder) as etcd_url,
        planes.api_server(folder, etcd_url, "--feature-gates=ShardedListAndWatch=true") as server,
    ):
        for space in SPACES:
            for obj in objects(space):
                server.cluster.apply(obj)
        yield server


def objects(space: str) -> Iterator[Object]:
    """Yield what each team has; some of it leads to the next team's."""
    following = SPACES[(SPACES.index(space) + 1) % len(SPACES)]
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "containers": [{"name": "web", "image": "nginx:1.30", "envFrom": [{"secretRef": {"name": "db"}}]}]
        },
    }
    rbac = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    subjects = [
        {"kind": "ServiceAccount", "name": "deployer", "namespace": following},
        {"kind": "ServiceAccount", "name": "nobody", "namespace": following},
    ]
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}}
    for api, kind, name, parts in (
        ("v1", "ServiceAccount", "deployer", {}),
        ("v1", "ConfigMap", "settings", {}),
        ("v1", "Service", "web", {"spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}),
        (
            "apps/v1",
            "Deployment",
            "web",
            {"spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}},
        ),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "deploy", {"roleRef": rbac, "subjects": subjects}),
        (
            "networking.k8s.io/v1",
            "Ingress",
            "web",
            {"spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}},
        ),
    ):
        yield {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": space}, **parts}
    yield {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": space},
        "webhooks": [
            {
                "name": "web.example.com",
                "clientConfig": {"service": {"name": "web", "namespace": space}},
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "failurePolicy": "Ignore",
            }
        ],
    }


def test_the_server_puts_each_namespace_where_the_exporter_does(sharding: ApiServer) -> None:
    for number in range(TOTAL):
        shard = Shard(number, TOTAL)
        found = sharding.cluster.get("/api/v1/configmaps", shardSelector=shard.selector)
        assert found["metadata"]["shardInfo"]["selector"] == shard.selector
        told = {each["metadata"]["namespace"] for each in found["items"]}
        assert told
        assert told & set(SPACES) == {space for space in SPACES if shard.owns(space)}


def lines(one: Exporter, families: tuple[str, ...]) -> Counter[str]:
    return Counter(
        line
        for line in one.text().splitlines()
        if line.partition("{")[0] in families and 'kind="Image"' not in line
    )


def added(exporters: list[Exporter]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in exporters:
        for line in lines(one, ADDED_UP):
            series, _, value = line.rpartition(" ")
            found[series] += int(float(value))
    return found


def agreed(whole: Exporter, shards: list[Exporter]) -> bool:
    parts = sum((lines(shard, ONCE) for shard in shards), Counter[str]())
    return parts == lines(whole, ONCE) and added(shards) == added([whole])


def test_shards_read_their_part_alone_and_say_together_what_one_process_says(
    sharding: ApiServer, tmp_path: Path
) -> None:
    cluster: Cluster = sharding.cluster
    with ExitStack() as stack:
        whole = stack.enter_context(exporter(sharding.kubeconfig, tmp_path / "whole.log"))
        shards = [
            stack.enter_context(
                exporter(
                    sharding.kubeconfig,
                    tmp_path / f"{number}.log",
                    f"--shard=astrolabe-{number}",
                    f"--total-shards={TOTAL}",
                    "--shard-by=namespace",
                )
            )
            for number in range(TOTAL)
        ]
        until(lambda: agreed(whole, shards), "the union of the shards is what one process exposes")
        assert len(whole.samples("astrolabe_reference_missing_info")) > len(SPACES)
        # Watches are filtered as lists are.
        for space in SPACES[::2]:
            cluster.delete(f"/api/v1/namespaces/{space}/configmaps/settings")
            cluster.delete(f"/api/v1/namespaces/{space}/serviceaccounts/deployer")
            cluster.delete(f"/api/v1/namespaces/{space}/services/web")
        for space in SPACES[1::2]:
            secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": space}}
            cluster.apply(secret)
            cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**secret["metadata"]}})
        until(
            lambda: any(
                'id="ConfigMap/prod-east/db"' in line for line in whole.samples("astrolabe_resource_info")
            ),
            "the last change is seen",
        )
        until(lambda: agreed(whole, shards), "the union follows every change")
        told = [sum(lines(shard, ("astrolabe_resource_info",)).values()) for shard in shards]
        assert all(number < sum(told) for number in told)
