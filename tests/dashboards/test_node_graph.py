"""The node graph's frames, as a real Prometheus answers them."""

from __future__ import annotations

import pytest

from dashboards.queries import node_graph
from dashboards.queries.node_graph import NodeGraphQueries
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.rendering import filled

pytestmark = pytest.mark.real

GREEN, ORANGE, RED, GREY, PURPLE = "#56A64B", "#FF9830", "#E02F44", "#8E8E8E", "#8F3BB8"
TIMES = "\N{MULTIPLICATION SIGN}"
GRAPHS = {
    "rolled up": node_graph.ROLLED_UP,
    "one workload": node_graph.ONE_WORKLOAD,
    "surroundings": node_graph.SURROUNDINGS,
}


def drawn(
    prometheus: Prometheus, queries: NodeGraphQueries, cluster: str, **values: str
) -> tuple[set[tuple[str, ...]], set[tuple[str, str, str]]]:
    """Return the nodes (id, title, subtitle, status, colour) and the edges (source, type, target)."""
    nodes = prometheus.rows(filled(queries.nodes, cluster, **values))
    edges = prometheus.rows(filled(queries.edges, cluster, **values))
    assert all(edge["id"] == f"{edge['source']} {edge['mainstat']} {edge['target']}" for edge in edges)
    ids = [node["id"] for node in nodes]
    assert len(set(ids)) == len(ids)
    assert len({edge["id"] for edge in edges}) == len(edges)
    ends = {edge[end] for edge in edges for end in ("source", "target")}
    status = {node["id"]: node["mainstat"] for node in nodes}
    assert ends <= set(ids)
    assert all(status[alone] in {"Error", "Pending"} for alone in set(ids) - ends)
    return (
        {tuple(node[label] for label in ("id", "title", "subtitle", "mainstat", "color")) for node in nodes},
        {(edge["source"], edge["mainstat"], edge["target"]) for edge in edges},
    )


def test_a_namespace_is_rolled_up_into_workloads(prometheus: Prometheus) -> None:
    nodes, edges = drawn(prometheus, node_graph.ROLLED_UP, "shop")
    assert edges == {
        ("Ingress/shop/web", "routes-to", "Service/shop/web"),
        ("Ingress/shop/web", "uses-secret", "Secret/shop/tls"),
        ("Service/shop/web", "selects", "Deployment/shop/web"),
        ("Service/shop/db", "selects", "StatefulSet/shop/db"),
        ("Deployment/shop/web", "uses-configmap", "ConfigMap/shop/web"),
        ("Deployment/shop/web", "uses-configmap", "ConfigMap/shop/shared"),
        ("Deployment/shop/web", "uses-secret", "Secret/shop/forgotten"),
        ("StatefulSet/shop/db", "uses-secret", "Secret/shop/db"),
        ("StatefulSet/shop/db", "mounts", "PersistentVolumeClaim/shop/data-db-0"),
        ("Deployment/shop/report", "uses-configmap", "ConfigMap/shop/shared"),
        ("Job/shop/migrate", "uses-secret", "Secret/shop/db"),
        ("Pod/shop/debug", "uses-configmap", "ConfigMap/shop/shared"),
    }
    assert nodes == {
        ("Ingress/shop/web", "web", "Ingress", "Ready", GREEN),
        ("Service/shop/web", "web", "Service", "Ready", GREEN),
        ("Service/shop/db", "db", "Service", "Ready", GREEN),
        ("Deployment/shop/web", "web", "Deployment", "Pending", ORANGE),
        ("Deployment/shop/report", "report", "Deployment", "Ready", GREEN),
        ("StatefulSet/shop/db", "db", "StatefulSet", "Ready", GREEN),
        ("Job/shop/migrate", "migrate", "Job", "Ready", GREEN),
        ("Pod/shop/debug", "debug", "Pod", "Ready", GREEN),
        ("ConfigMap/shop/web", "web", "ConfigMap", "Ready", GREEN),
        ("ConfigMap/shop/shared", "shared", "ConfigMap", "Ready", GREEN),
        ("Secret/shop/tls", "tls", "Secret", "Ready", GREEN),
        ("Secret/shop/db", "db", "Secret", "Ready", GREEN),
        ("Secret/shop/forgotten", "forgotten", "Secret", "Missing", PURPLE),
        ("PersistentVolumeClaim/shop/data-db-0", "data-db-0", "PersistentVolumeClaim", "Ready", GREEN),
    }


def test_a_release_shows_its_objects_and_what_they_share(prometheus: Prometheus) -> None:
    _, edges = drawn(prometheus, node_graph.ROLLED_UP, "shop", release="db")
    assert edges == {
        ("Service/shop/db", "selects", "StatefulSet/shop/db"),
        ("StatefulSet/shop/db", "uses-secret", "Secret/shop/db"),
        ("StatefulSet/shop/db", "mounts", "PersistentVolumeClaim/shop/data-db-0"),
    }


def test_what_the_graph_leaves_out_has_a_table(prometheus: Prometheus) -> None:
    rows = prometheus.rows(filled(node_graph.UNCONNECTED, "shop"))
    assert {row["id"] for row in rows} == {"ConfigMap/shop/unused", "ConfigMap/shop/kube-root-ca.crt"}


def test_one_workload_shows_its_pods(prometheus: Prometheus) -> None:
    nodes, edges = drawn(prometheus, node_graph.ONE_WORKLOAD, "shop")
    assert edges == {
        ("Ingress/shop/web", "routes-to", "Service/shop/web"),
        ("Service/shop/web", "selects", "Deployment/shop/web"),
        ("Deployment/shop/web", "owns", "Pod/shop/web-5d9-1"),
        ("Deployment/shop/web", "owns", "Pod/shop/web-5d9-2"),
        ("Deployment/shop/web", "uses-configmap", "ConfigMap/shop/web"),
        ("Deployment/shop/web", "uses-configmap", "ConfigMap/shop/shared"),
        ("Deployment/shop/web", "uses-secret", "Secret/shop/forgotten"),
    }
    assert ("Pod/shop/web-5d9-2", "web-5d9-2", "Pod", "Error", RED) in nodes


def test_one_workload_reaches_down_to_the_volume(prometheus: Prometheus) -> None:
    nodes, edges = drawn(
        prometheus, node_graph.ONE_WORKLOAD, "shop", workload_kind="StatefulSet", workload="db"
    )
    assert edges == {
        ("Service/shop/db", "selects", "StatefulSet/shop/db"),
        ("StatefulSet/shop/db", "owns", "Pod/shop/db-0"),
        ("StatefulSet/shop/db", "uses-secret", "Secret/shop/db"),
        ("StatefulSet/shop/db", "mounts", "PersistentVolumeClaim/shop/data-db-0"),
        ("PersistentVolumeClaim/shop/data-db-0", "binds", "PersistentVolume/pv-1"),
    }
    assert ("PersistentVolume/pv-1", "pv-1", "PersistentVolume", "Ready", GREEN) in nodes


def test_one_workload_without_pods_keeps_what_it_uses(prometheus: Prometheus) -> None:
    _, edges = drawn(prometheus, node_graph.ONE_WORKLOAD, "shop", workload="report")
    assert edges == {("Deployment/shop/report", "uses-configmap", "ConfigMap/shop/shared")}


def test_many_ready_pods_of_one_workload_are_folded_and_the_failing_one_stands_out(
    prometheus: Prometheus,
) -> None:
    nodes, edges = drawn(prometheus, node_graph.ONE_WORKLOAD, "crowded")
    assert edges == {
        ("Service/shop/web", "selects", "Deployment/shop/web"),
        ("Deployment/shop/web", "owns", "Pod/shop/web-000"),
        ("Deployment/shop/web", "uses", "Deployment/shop/web~39~Pod"),
    }
    assert ("Deployment/shop/web~39~Pod", f"39 {TIMES} Pod", "folded", "Ready", GREEN) in nodes
    assert ("Pod/shop/web-000", "web-000", "Pod", "Error", RED) in nodes


def test_the_surroundings_of_an_object_are_everything_related_to_it(prometheus: Prometheus) -> None:
    nodes, edges = drawn(prometheus, node_graph.SURROUNDINGS, "shop", object="ConfigMap/shop/shared")
    assert edges == {
        (source, "uses-configmap", "ConfigMap/shop/shared")
        for source in (
            "Deployment/shop/web",
            "Deployment/shop/report",
            "ReplicaSet/shop/web-5d9",
            "Pod/shop/web-5d9-1",
            "Pod/shop/web-5d9-2",
            "Pod/shop/debug",
        )
    }
    assert ("Pod/shop/web-5d9-2", "web-5d9-2", "Pod", "Error", RED) in nodes


def test_many_leaves_of_one_parent_become_one_node_with_their_number(prometheus: Prometheus) -> None:
    nodes, edges = drawn(prometheus, node_graph.ROLLED_UP, "leafy")
    assert edges == {
        ("Deployment/shop/web", "uses", "Deployment/shop/web~12~ConfigMap"),
        ("Deployment/shop/web", "uses", "Deployment/shop/web~11~PersistentVolumeClaim"),
        ("Deployment/shop/web", "mounts", "PersistentVolumeClaim/shop/data-00"),
        ("Deployment/shop/web", "uses-configmap", "ConfigMap/shop/shared"),
        ("Deployment/shop/other", "uses-configmap", "ConfigMap/shop/shared"),
    }
    assert ("Deployment/shop/web~12~ConfigMap", f"12 {TIMES} ConfigMap", "folded", "Ready", GREEN) in nodes
    assert (
        "PersistentVolumeClaim/shop/data-00",
        "data-00",
        "PersistentVolumeClaim",
        "Pending",
        ORANGE,
    ) in nodes


@pytest.mark.parametrize(("limit", "most"), [("25", 40), ("50", 80), ("100", 200)])
def test_the_caps_hold_and_cut_no_end_off(prometheus: Prometheus, limit: str, most: int) -> None:
    nodes, edges = drawn(prometheus, node_graph.ROLLED_UP, "wide", limit=limit)
    assert len(edges) == int(limit)
    assert len(nodes) <= most
    everything = prometheus.vector(f"count({filled(node_graph.ROLLED_UP.every_edge, 'wide')})")
    assert everything[0]["value"][1] == "480"


def test_a_cap_cuts_at_the_same_place_each_time(prometheus: Prometheus) -> None:
    """Nodes and edges are two queries: were ties decided by chance, edges would name absent nodes."""
    cut = filled(node_graph.ROLLED_UP.edges, "wide", limit="75")
    first = prometheus.rows(cut)
    assert len(first) == 75
    for _ in range(15):
        assert prometheus.rows(cut) == first


def test_what_fits_is_drawn_as_whole_chains(prometheus: Prometheus) -> None:
    nodes, edges = drawn(prometheus, node_graph.ROLLED_UP, "wide", limit="30")
    ids = {node[0] for node in nodes}
    services = {id_ for id_ in ids if id_.startswith("Service/")}
    assert len(services) == 15
    for service in services:
        name = service.rpartition("/")[2]
        assert (f"Ingress/shop/{name}", "routes-to", service) in edges
        assert (service, "selects", f"Deployment/shop/{name}") in edges
    assert len(ids) == 45


def test_the_chains_of_services_that_are_not_ready_are_drawn_first(prometheus: Prometheus) -> None:
    nodes, edges = drawn(prometheus, node_graph.ROLLED_UP, "wide", limit="30")
    assert ("Ingress/shop/app-117", "routes-to", "Service/shop/app-117") in edges
    assert ("Service/shop/app-117", "app-117", "Service", "Pending", ORANGE) in nodes


def test_owners_that_are_not_watched_stand_for_their_pods(prometheus: Prometheus) -> None:
    nodes, edges = drawn(prometheus, node_graph.ROLLED_UP, "operators")
    assert edges == {
        ("Postgres.acid.zalan.do/shop/db", "uses-secret", "Secret/shop/db"),
        ("Service/shop/web", "selects", "CloneSet.apps.kruise.io/shop/web"),
    }
    unwatched = ("CloneSet.apps.kruise.io/shop/web", "web", "CloneSet.apps.kruise.io", "Unknown", GREY)
    assert unwatched in nodes


@pytest.mark.parametrize("graph", GRAPHS)
def test_two_exporters_are_no_two_clusters(prometheus: Prometheus, graph: str) -> None:
    one = drawn(prometheus, GRAPHS[graph], "shop")
    two = drawn(prometheus, GRAPHS[graph], "doubled")
    assert two[1] == one[1]
    assert {node[0] for node in two[0]} == {node[0] for node in one[0]}


def test_no_edge_without_its_nodes_even_when_shards_disagree(prometheus: Prometheus) -> None:
    _, edges = drawn(prometheus, node_graph.ROLLED_UP, "split")
    assert edges == {("Ingress/shop/web", "routes-to", "Service/shop/web")}


@pytest.mark.parametrize("graph", GRAPHS)
def test_an_empty_namespace_draws_nothing(prometheus: Prometheus, graph: str) -> None:
    nothing = drawn(
        prometheus, GRAPHS[graph], "shop", namespace="empty", workload="none", object="Pod/empty/none"
    )
    assert nothing == (set(), set())
