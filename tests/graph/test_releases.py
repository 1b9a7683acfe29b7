"""What stands with a Helm release: laws over generated clusters, against a fixpoint over the edges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from astrolabe.graph.delta import Edge
from astrolabe.graph.facts import Facts, Owner, Ref, Release, Requirement, Selection, object_id
from astrolabe.graph.graph import Graph
from astrolabe.graph.releases import REACHED, named, reach

RELEASES = (Release("a", "shop"), Release("b", "shop"), Release("a", "bank"))
NAMES = ("x", "y", "z")

_REFERENCES = {
    "Pod": (
        ("mounts", "PersistentVolumeClaim", False),
        ("uses-secret", "Secret", False),
        ("uses-configmap", "ConfigMap", False),
        ("uses-sa", "ServiceAccount", False),
        ("runs-on", "Node", False),
    ),
    "Deployment": (("uses-secret", "Secret", False),),
    "ReplicaSet": (),
    "Service": (),
    "EndpointSlice": (("endpoints", "Service", True), ("endpoints", "Pod", False)),
    "Ingress": (("routes-to", "Service", False), ("uses-secret", "Secret", False)),
    "PersistentVolumeClaim": (("binds", "PersistentVolume", False), ("provisions", "StorageClass", True)),
    "PersistentVolume": (("binds", "PersistentVolumeClaim", True), ("provisions", "StorageClass", True)),
    "StorageClass": (),
    "ServiceAccount": (("uses-secret", "Secret", False),),
    "Secret": (),
    "ConfigMap": (),
    "Node": (),
    "NetworkPolicy": (),
}
_OF_CLUSTER = {"Node", "StorageClass", "PersistentVolume"}


@st.composite
def objects(draw: st.DrawFn) -> Facts:
    kind = draw(st.sampled_from(sorted(_REFERENCES)))
    namespace = "" if kind in _OF_CLUSTER else draw(st.sampled_from(("a", "b")))
    name = draw(st.sampled_from(NAMES))
    refs = []
    for edge, target, reverse in _REFERENCES[kind]:
        if draw(st.booleans()):
            place = "" if target in _OF_CLUSTER else namespace or draw(st.sampled_from(("a", "b")))
            refs.append(Ref(edge, object_id(target, place, draw(st.sampled_from(NAMES))), reverse=reverse))
    owner = (
        draw(st.sampled_from((None, "Deployment", "ReplicaSet"))) if kind in ("Pod", "ReplicaSet") else None
    )
    owned = ()
    if owner is not None:
        owner_name = draw(st.sampled_from(NAMES))
        controller = draw(st.booleans())
        owned = (Owner(f"uid-{owner}/{namespace}/{owner_name}", owner, owner_name, controller=controller),)
    identity = object_id(kind, namespace, name)
    selections = {
        "Service": (Selection("selects", ("Pod",), (Requirement("app", "In", ("1",)),)),),
        "NetworkPolicy": (Selection("selects", ("Pod",)),),
    }
    return Facts(
        id=identity,
        kind=kind,
        namespace=namespace,
        uid=f"uid-{identity}",
        api_version="v1",
        labels=draw(st.sampled_from(((), (("app", "1"),)))) if kind == "Pod" else (),
        release=draw(st.sampled_from((None, None, *RELEASES))),
        owners=owned,
        refs=tuple(refs),
        selections=selections.get(kind, ()),
        selectable=kind == "Pod",
    )


def graph_of(facts: list[Facts]) -> Graph:
    graph = Graph()
    for each in facts:
        graph.apply(each)
    return graph


def run(graph: Graph, release: Release) -> set[str]:
    walk = reach(graph, release)
    while True:
        try:
            next(walk)
        except StopIteration as end:
            found: set[str] = end.value
            return found


def kind(graph: Graph, node_id: str) -> str:
    node = graph.get(node_id)
    assert node is not None
    return node.facts.kind


def step(graph: Graph, edge: Edge) -> tuple[str, str] | None:
    """Which way a release reaches along an edge, if it does."""
    source = kind(graph, edge.source)
    match edge.type:
        case "provisions":
            return edge.target, edge.source
        case "selects":
            return (edge.source, edge.target) if source == "Service" else None
        case "runs-on":
            return None
        case _:
            return edge.source, edge.target


def fixpoint(graph: Graph, release: Release) -> set[str]:
    steps = [pair for edge in graph.edges() if (pair := step(graph, edge)) is not None]
    found = {node.id for node in graph if node.release == release}
    while True:
        further = {
            target
            for source, target in steps
            if source in found
            and target not in found
            and (node := graph.get(target)) is not None
            and node.release is None
            and node.facts.kind in REACHED
        }
        if not further:
            return found
        found |= further


@given(st.lists(objects(), max_size=30))
def test_a_release_is_the_fixpoint_of_its_objects_along_the_relations(facts: list[Facts]) -> None:
    graph = graph_of(facts)
    for release in RELEASES:
        assert run(graph, release) == fixpoint(graph, release)


@given(st.lists(objects(), max_size=30))
def test_nothing_of_another_release_is_ever_reached_and_all_of_its_own_is_there(facts: list[Facts]) -> None:
    graph = graph_of(facts)
    for release in RELEASES:
        found = [node for node in graph if node.id in run(graph, release)]
        assert {node.release for node in found} <= {None, release}
        assert set(graph.of_release(release)) <= {node.id for node in found}


@given(st.lists(objects(), max_size=20), st.permutations(range(20)))
def test_the_order_of_events_does_not_matter(facts: list[Facts], order: list[int]) -> None:
    last = list({each.id: each for each in facts}.values())
    shuffled = [last[place] for place in order if place < len(last)]
    for release in RELEASES:
        assert run(graph_of(last), release) == run(graph_of(shuffled), release)


def test_what_two_releases_share_without_owning_it_stands_with_both() -> None:
    def deployment(release: Release, name: str) -> Facts:
        refs = (
            Ref("uses-sa", "ServiceAccount/a/shared"),
            Ref("uses-secret", "Secret/a/shared"),
            Ref("uses-secret", f"Secret/a/{name}"),
        )
        return Facts(
            id=f"Deployment/a/{name}",
            kind="Deployment",
            namespace="a",
            uid=name,
            api_version="apps/v1",
            release=release,
            refs=refs,
        )

    def plain(kind: str, name: str, release: Release | None = None) -> Facts:
        return Facts(
            id=f"{kind}/a/{name}",
            kind=kind,
            namespace="a",
            uid=f"{kind}-{name}",
            api_version="v1",
            release=release,
        )

    one, two = Release("a", "one"), Release("a", "two")
    graph = graph_of(
        [
            deployment(one, "one"),
            deployment(two, "two"),
            plain("ServiceAccount", "shared"),
            plain("Secret", "shared"),
            plain("Secret", "one", one),
            plain("Secret", "two", two),
        ]
    )
    shared = {"ServiceAccount/a/shared", "Secret/a/shared"}
    assert run(graph, one) == {"Deployment/a/one", "Secret/a/one", *shared}
    assert run(graph, two) == {"Deployment/a/two", "Secret/a/two", *shared}


def test_a_name_may_stand_for_releases_in_several_namespaces() -> None:
    graph = graph_of(
        [
            Facts(
                id=f"Secret/{r.namespace}/x",
                kind="Secret",
                namespace=r.namespace,
                uid="",
                api_version="v1",
                release=r,
            )
            for r in RELEASES[:2]
        ]
    )
    assert named(graph, "shop") == [Release("a", "shop"), Release("b", "shop")]
    assert named(graph, "shop", "b") == [Release("b", "shop")]
    assert named(graph, "shop", "c") == named(graph, "bank") == []
