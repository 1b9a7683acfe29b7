"""The graph as Cypher: the exact script, and text that tries to break out of its quotes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from astrolabe.graph.cypher import as_cypher
from astrolabe.graph.facts import Facts, Ref, Release, Verdict
from astrolabe.graph.graph import Graph


def pod(message: str = "Running") -> Facts:
    return Facts(
        id="Pod/shop/web-1",
        kind="Pod",
        namespace="shop",
        uid="u1",
        api_version="v1",
        verdict=Verdict(message=message),
        release=Release("shop", "web"),
        chart="web-1.0",
        refs=(
            Ref("uses-sa", "ServiceAccount/shop/web"),
            Ref("uses-secret", "Secret/shop/db"),
            Ref("uses-configmap", "ConfigMap/shop/extra", optional=True),
        ),
    )


def account() -> Facts:
    return Facts(
        id="ServiceAccount/shop/web", kind="ServiceAccount", namespace="shop", uid="u2", api_version="v1"
    )


def test_the_whole_script() -> None:
    graph = Graph()
    for kind in ("Secret", "ConfigMap"):
        graph.cover(kind)
    graph.apply(pod())
    graph.apply(account())
    assert "".join(as_cypher(graph)) == (
        "CREATE INDEX astrolabe_resource IF NOT EXISTS FOR (r:Resource) ON (r.id);\n"
        "MERGE (r:Resource {id: 'Pod/shop/web-1'}) SET r:`Pod`, r += {uid: 'u1', apiVersion: 'v1',"
        " kind: 'Pod', namespace: 'shop', name: 'web-1', status: 'Ready', message: 'Running',"
        " release: 'shop/web',"
        " chart: 'web-1.0'};\n"
        "MERGE (r:Resource {id: 'ServiceAccount/shop/web'}) SET r:`ServiceAccount`, r += {uid: 'u2',"
        " apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'shop', name: 'web', status: 'Ready'};\n"
        "MERGE (r:Resource {id: 'ConfigMap/shop/extra'}) SET r:`ConfigMap`, r += {status: 'Missing'};\n"
        "MERGE (r:Resource {id: 'Secret/shop/db'}) SET r:`Secret`, r += {status: 'Missing'};\n"
        "MATCH (a:Resource {id: 'Pod/shop/web-1'}), (b:Resource {id: 'ServiceAccount/shop/web'})"
        " MERGE (a)-[e:USES_SA]->(b);\n"
        "MATCH (a:Resource {id: 'Pod/shop/web-1'}), (b:Resource {id: 'ConfigMap/shop/extra'})"
        " MERGE (a)-[e:USES_CONFIGMAP]->(b) SET e.missing = true, e.optional = true;\n"
        "MATCH (a:Resource {id: 'Pod/shop/web-1'}), (b:Resource {id: 'Secret/shop/db'})"
        " MERGE (a)-[e:USES_SECRET]->(b) SET e.missing = true, e.optional = false;\n"
    )


@given(st.text(st.sampled_from("\\'u0027\n\r{}; "), max_size=20))
def test_a_message_stays_within_its_quotes_and_reads_as_it_was(message: str) -> None:
    graph = Graph()
    graph.apply(pod(message or "-"))
    script = list(as_cypher(graph))
    assert len(script) == 2
    assert script[1].endswith("};\n")
    assert "\n" not in script[1][:-1]
    # Neo4j 4 reads \uXXXX before anything else, so there must be none.
    assert not re.search(r"\\u", script[1])
    literal = re.search(r"message: ((?:'(?:[^'\\]|\\.)*'(?: \+ )?)+), release", script[1])
    assert literal is not None
    parts = re.findall(r"'((?:[^'\\]|\\.)*)'", literal[1])
    escapes = {"n": "\n", "r": "\r"}
    assert "".join(re.sub(r"\\(.)", lambda m: escapes.get(m[1], m[1]), part) for part in parts) == (
        message or "-"
    )
