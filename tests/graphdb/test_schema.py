"""What the schemas make of the shop: declared columns, one row for each thing, and known examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.graphdb.agent import Agent, image_values
from astrolabe.graphdb.cartography import Cartography
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.resolving import Resolver
from astrolabe.graphdb.rows import EdgeRow, End, NodeRow
from astrolabe.graphdb.schema import Schema, relation_of
from astrolabe.scheduling.steps import at_once
from tests.graphdb.contents import check_columns, expected
from tests.graphdb.shop import grow

SCHEMAS: tuple[Callable[[str], Schema], ...] = (Full, Agent, Cartography)


@pytest.mark.parametrize("schema_type", SCHEMAS)
def test_rows_have_the_declared_columns_and_known_ends(
    schema_type: Callable[[str], Schema], shop_facts: list[Facts]
) -> None:
    graph, schema = grow(shop_facts), schema_type("c")
    resolver = Resolver(graph, schema)
    ids = [node.id for node in graph]
    nodes: list[NodeRow] = at_once(resolver.all_nodes(ids))
    edges: list[EdgeRow] = at_once(resolver.all_edges(ids))
    root = schema.root()
    nodes += [root] if root is not None else []
    check_columns(schema, nodes, edges)
    ends = {row.end for row in nodes}
    assert len(ends) == len(nodes) > 500
    assert all(edge.source in ends and edge.target in ends for edge in edges)


def test_full_has_every_node_edge_and_missing_reference(shop_facts: list[Facts]) -> None:
    graph = grow(shop_facts)
    contents = expected(graph, Full("c"))
    ids = Counter(values.get("id") for values in contents.nodes.values() if not values.get("missing"))
    del ids[None]
    assert ids == Counter(node.id for node in graph)
    names = {"uses-sa": "RUNS_AS"}
    want = Counter(names.get(edge.type) or relation_of(edge.type) for edge in graph.edges())
    want.update(names.get(each.type) or relation_of(each.type) for each in graph.missing())
    have = Counter(relation for relation, _, _ in contents.edges)
    assert {name: have[name] for name in want} == dict(want)
    assert set(have) - set(want) == {"USES_VOLUME", "BACKED_BY", "CAUSED_BY"}


def test_an_ingress_whose_service_is_missing(shop_facts: list[Facts]) -> None:
    contents = expected(grow(shop_facts), Full("c"))
    ghost = End("Service", "c/Service/shop-frontend/legacy-web")
    assert contents.nodes[ghost] == {
        "id": "Service/shop-frontend/legacy-web",
        "kind": "Service",
        "name": "legacy-web",
        "namespace": "shop-frontend",
        "status": "Missing",
        "missing": True,
    }
    leading = {
        (relation, contents.nodes[source]["id"], values.get("missing"), values.get("distance"))
        for (relation, source, target), values in contents.edges.items()
        if target == ghost
    }
    ingress = "Ingress/shop-frontend/legacy"
    assert leading == {
        ("ROUTES_TO", ingress, True, None),
        ("CAUSED_BY", ingress, None, 1),
    }


def test_it_is_said_where_a_secret_shows_up_in_a_pod(shop_facts: list[Facts]) -> None:
    contents = expected(grow(shop_facts), Agent("c"))
    uses = [values for (relation, _, _), values in contents.edges.items() if relation == "USES_SECRET"]
    assert any(values.get("variables") for values in uses)
    assert any(values.get("paths") for values in uses)
    assert any(relation == "BACKED_BY" for relation, _, _ in contents.edges)


@pytest.mark.parametrize(
    ("reference", "registry", "repository", "tag", "digest"),
    [
        ("docker.io/library/nginx:1.27", "docker.io", "library/nginx", "1.27", ""),
        ("localhost:5000/web@sha256:ab", "localhost:5000", "web", "", "sha256:ab"),
        ("registry.example/a/b:2@sha256:ab", "registry.example", "a/b", "2", "sha256:ab"),
    ],
)
def test_image_references_are_taken_apart(
    reference: str, registry: str, repository: str, tag: str, digest: str
) -> None:
    assert image_values(reference) == {
        "image": reference,
        "registry": registry,
        "repository": repository,
        "tag": tag,
        "digest": digest,
    }
