"""Verdicts follow what they were made of, also where no relation leads there."""

from __future__ import annotations

from astrolabe.graph.facts import EDGE_TYPES, Facts, Ref, Requirement, Selection, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds import ingress, ingressclass
from astrolabe.kinds.judges.registry import JUDGES
from tests.graph.test_graph import facts
from tests.kinds import objects

SELECTS = (Selection("selects", ("Pod",), (Requirement("app", "In", ("web",)),)),)


def deployment(name: str, label: str) -> Facts:
    return facts("Deployment", name, template=(("app", label),))


def said(graph: Graph, node_id: str) -> tuple[str, str]:
    node = graph.get(node_id)
    assert node is not None
    return node.reason, node.message


def test_the_nearest_labels_are_named_whatever_came_last() -> None:
    nearest = "Its selector app=web matches no Pod; the nearest is app={} of Deployment {}"
    graph = Graph(JUDGES)
    graph.cover("EndpointSlice")
    graph.apply(facts("Service", "web", selections=SELECTS))
    place = "Service/shop/web"
    assert said(graph, place) == (
        "SelectorMatchesNothing",
        "Its selector app=web matches no Pod and no workload",
    )
    graph.apply(deployment("b", "wbe"))
    assert said(graph, place)[1] == nearest.format("wbe", "b")
    graph.apply(deployment("a", "wb"))
    assert said(graph, place)[1] == nearest.format("wb", "a")
    graph.apply(deployment("a", "w"))
    assert said(graph, place)[1] == nearest.format("w", "a")
    graph.remove("Deployment/shop/a")
    assert said(graph, place)[1] == nearest.format("wbe", "b")
    graph.apply(deployment("b", "web"))
    assert said(graph, place) == ("NoReadyEndpoints", "Deployment b has no Pods")


def test_what_is_missing_is_known_once_its_kind_is() -> None:
    """A custom resource is judged by what it refers to, of any kind."""
    graph = Graph(JUDGES)
    certificate = facts(
        "Certificate.cert-manager.io",
        "web",
        refs=(Ref("refers", "Issuer.cert-manager.io/shop/own"),),
        verdict=Verdict("Unknown", "", "Its status says nothing"),
    )
    graph.apply(certificate)
    assert said(graph, certificate.id)[0] == ""
    graph.cover("Issuer.cert-manager.io")
    assert said(graph, certificate.id) == ("ReferenceNotFound", "Issuer own does not exist")
    graph.uncover("Issuer.cert-manager.io")
    assert said(graph, certificate.id)[0] == ""


def test_an_ingress_that_nobody_may_feel_asked_by_says_so() -> None:
    """Some controllers take one without a class: it only counts while there is no address."""
    words = "No controller has given it an address yet"
    graph = Graph(JUDGES)
    graph.apply(objects.facts(ingress.KIND))
    assert said(graph, "Ingress/shop/web") == ("NoAddress", words)
    graph.cover("IngressClass")
    asked = f"{words}: it names no class, and no IngressClass is the default"
    assert said(graph, "Ingress/shop/web") == ("NoAddress", asked)
    default = {"annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    graph.apply(objects.facts(ingressclass.KIND, name="nginx", metadata=default))
    assert said(graph, "Ingress/shop/web") == ("NoAddress", words)
    graph.remove("IngressClass/nginx")
    assert said(graph, "Ingress/shop/web") == ("NoAddress", asked)
    address = {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}
    graph.apply(objects.facts(ingress.KIND, status=address))
    assert said(graph, "Ingress/shop/web") == ("", "Has an address")


def test_only_endpointslices_serve() -> None:
    """Whatever else refers to a Service so is not heard when it changes, and so must not be read either."""
    graph = Graph(JUDGES)
    graph.cover("EndpointSlice")
    claim = facts("PersistentVolumeClaim", "x", refs=(Ref("endpoints", "Service/shop/web", reverse=True),))
    graph.apply(claim)
    graph.apply(facts("Service", "web", selections=SELECTS))
    assert said(graph, "Service/shop/web")[0] == "SelectorMatchesNothing"


def test_an_edge_is_passed_over_only_where_nobody_hears_along_it() -> None:
    """Objects of foreign kinds are judged by neighbours of any kind."""
    kinds = (
        "Pod",
        "Service",
        "Secret",
        "EndpointSlice",
        "Rollout.argoproj.io",
        "HTTPRoute.gateway.networking.k8s.io",
    )
    heard = {
        (neighbour, edge)
        for kind in kinds
        for edge in EDGE_TYPES
        for neighbour in kinds
        if JUDGES.hears(kind, edge, neighbour)
    }
    assert ("Secret", "refers") in heard
    assert ("Pod", "runs-on") not in heard
    assert all(edge in JUDGES.along(neighbour) for neighbour, edge in heard)


def test_what_waits_for_an_object_is_judged_again_when_it_comes() -> None:
    graph = Graph(JUDGES)
    refs = (Ref("endpoints", "Service/shop/web", reverse=True),)
    pending = facts("EndpointSlice", "web-1", refs=refs, verdict=Verdict("Pending", "NoEndpoints"))
    graph.apply(pending)
    assert said(graph, pending.id)[0] == "NoEndpoints"
    delta = graph.apply(facts("Service", "web", verdict=Verdict("Ready", "AtRest", "Asleep")))
    assert said(graph, pending.id) == ("AtRest", "Asleep")
    assert pending.id in delta.nodes
