"""Volumes that are not attached: what their Pods are told, whatever comes first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.derived.diagnosis.explanations import Explanations
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.graph.facts import Facts, Ref, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from tests.diagnosis.test_causes import why
from tests.graph.test_graph import facts
from tests.graph.test_laws import step

CREATING = Verdict("Pending", "ContainerCreating", "Starting: web")
ELSEWHERE = Verdict("Pending", "FailedAttachVolume", "Multi-Attach error: Volume is already used by pod(s) b")
REFUSED = Verdict("Error", "FailedAttachVolume", "Cannot be attached to Node n: no such volume")
LEAVING = Verdict("Pending", "Terminating", "Cannot be detached from Node m: timed out")
LOST = Verdict("Error", "NodeStatusUnknown", "No word of it")
WELL = Verdict()


def pod(name: str, node: str, verdict: Verdict, claim: str = "c") -> Facts:
    refs = (Ref("mounts", f"PersistentVolumeClaim/shop/{claim}"), Ref("runs-on", f"Node/{node}"))
    return facts("Pod", name, refs=refs, verdict=verdict)


def claim(name: str, volume: str) -> Facts:
    return facts("PersistentVolumeClaim", name, refs=(Ref("binds", f"PersistentVolume/{volume}"),))


def attachment(volume: str, node: str, verdict: Verdict) -> Facts:
    refs = (Ref("attaches", f"PersistentVolume/{volume}"), Ref("attaches", f"Node/{node}"))
    return facts("VolumeAttachment", f"csi-{volume}-{node}", "", refs=refs, verdict=verdict)


def cluster(*objects: Facts) -> Graph:
    graph = Graph(JUDGES)
    for each in (
        facts("Node", "n", ""),
        facts("Node", "m", ""),
        facts("PersistentVolume", "p", ""),
        claim("c", "p"),
        *objects,
    ):
        graph.apply(each)
    return graph


def test_an_attachment_that_fails_explains_the_pod_that_waits_for_it() -> None:
    graph = cluster(pod("a", "n", CREATING), attachment("p", "n", REFUSED))
    assert why(graph, "Pod/shop/a") == [("VolumeAttachment/csi-p-n", 1)]


@pytest.mark.parametrize(
    ("waits", "attached"),
    [
        # It is attached, or tried, elsewhere.
        (CREATING, attachment("p", "m", REFUSED)),
        (CREATING, attachment("q", "n", REFUSED)),
        (CREATING, attachment("p", "n", WELL)),
        # It runs: its volume is there.
        (Verdict("Error", "CrashLoopBackOff", "exited with code 1"), attachment("p", "n", REFUSED)),
    ],
)
def test_no_other_attachment_does(waits: Verdict, attached: Facts) -> None:
    assert why(cluster(pod("a", "n", waits), attached), "Pod/shop/a") == []


def test_a_volume_that_does_not_leave_its_node_explains_who_wants_it_elsewhere() -> None:
    graph = cluster(pod("a", "n", ELSEWHERE), attachment("p", "m", LEAVING))
    assert why(graph, "Pod/shop/a") == [("VolumeAttachment/csi-p-m", 1)]
    graph.apply(facts("Node", "m", "", verdict=LOST))
    assert why(graph, "Pod/shop/a") == [("Node/m", 2)]


def test_a_volume_on_a_lost_node_is_explained_by_that_node() -> None:
    """Whoever used it is gone, and nobody detaches it."""
    graph = cluster(pod("a", "n", ELSEWHERE), attachment("p", "m", WELL))
    graph.cover("Node")
    assert why(graph, "Pod/shop/a") == []
    graph.apply(facts("Node", "m", "", verdict=LOST))
    assert why(graph, "Pod/shop/a") == [("Node/m", 2)]
    graph.remove("Node/m")
    assert why(graph, "Pod/shop/a") == [("Node/m", 2)]


objects = st.one_of(
    st.builds(pod, st.just("a"), st.just("n"), st.sampled_from((CREATING, ELSEWHERE, WELL))),
    st.builds(claim, st.just("c"), st.sampled_from("pq")),
    st.builds(lambda name: facts("PersistentVolume", name, ""), st.sampled_from("pq")),
    st.builds(lambda verdict: facts("Node", "m", "", verdict=verdict), st.sampled_from((WELL, LOST))),
    st.builds(attachment, st.just("p"), st.sampled_from("nm"), st.sampled_from((REFUSED, LEAVING, WELL))),
)
events = st.one_of(
    st.tuples(st.just("apply"), objects),
    st.tuples(st.just("apply"), objects),
    st.tuples(st.just("remove"), objects.map(lambda each: each.id)),
)
BEGINNINGS = (
    (pod("a", "n", CREATING), attachment("p", "n", REFUSED)),
    (pod("a", "n", ELSEWHERE), attachment("p", "m", WELL), facts("Node", "m", "", verdict=LOST)),
)
CROWD = 20
"""Others that are not well: where there are but few, each of them is explained again after any change."""


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(BEGINNINGS), st.lists(st.tuples(events, st.booleans()), max_size=8))
def test_whatever_comes_or_goes_in_whatever_order_is_told(
    beginning: tuple[Facts, ...], history: list[tuple[tuple[str, Any], bool]]
) -> None:
    graph = cluster(*beginning)
    graph.cover("Node")
    for number in range(CROWD):
        graph.apply(facts("Job", str(number), verdict=Verdict("Error")))
    explanations = Explanations(graph)
    known = {node.id: why(graph, node.id) for node in graph if unhealthy(node)}
    for event, looks in (*history, (("apply", facts("Job", "0")), True)):
        explanations.follow(step(graph, event))
        for node_id in explanations.stale() if looks else ():
            known.pop(node_id, None)
            if unhealthy(graph.get(node_id)):
                known[node_id] = why(graph, node_id)
    assert known == {node.id: why(graph, node.id) for node in graph if unhealthy(node)}
