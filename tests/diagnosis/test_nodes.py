"""Which Pods a Node explains that is short of something, or that no Pod may use any more."""

from __future__ import annotations

import pytest

from astrolabe.derived.diagnosis.causes import causes
from astrolabe.graph.facts import Facts, Ref, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.details import NodeDetail, PodDetail
from tests.graph.test_graph import facts

FULL = Verdict("Pending", "DiskPressure", "DiskPressure: kubelet has disk pressure")
LOST = Verdict("Error", "NodeStatusUnknown", "Kubelet stopped posting node status.")


def because(pod: Facts, *nodes: Facts) -> list[str]:
    graph = Graph(JUDGES)
    for each in (*nodes, pod):
        graph.apply(each)
    node = graph.get(pod.id)
    assert node is not None
    return [cause.id for cause in causes(graph, node)]


def runs(reason: str, message: str = "") -> Facts:
    return facts("Pod", "web", refs=(Ref("runs-on", "Node/one"),), verdict=Verdict("Error", reason, message))


def node(name: str, verdict: Verdict, *, reserved: bool = False) -> Facts:
    return facts("Node", name, "", verdict=verdict, detail=NodeDetail(reserved=reserved))


@pytest.mark.parametrize(
    ("reason", "pressed", "lost"),
    [
        ("CrashLoopBackOff", False, True),
        ("ImagePullBackOff", False, True),
        ("OOMKilled", False, True),
        ("CreateContainerConfigError", False, True),
        ("Unhealthy", False, True),
        ("Evicted", True, True),
        ("ContainerCreating", True, True),
        ("FailedCreatePodSandBox", True, True),
    ],
)
def test_a_fault_of_its_own_is_none_of_a_node_that_is_short_of_something(
    reason: str, *, pressed: bool, lost: bool
) -> None:
    assert because(runs(reason), node("one", FULL)) == ["Node/one"] * pressed
    assert because(runs(reason), node("one", LOST)) == ["Node/one"] * lost


TAINTS = "0/2 nodes are available: 2 node(s) had untolerated taint(s)"
NAMED = (
    "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
    "1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 1 node(s) were unschedulable."
)


@pytest.mark.parametrize(
    ("message", "selector", "expected"),
    [
        (TAINTS, (), ["Node/one"]),
        (NAMED, (), ["Node/one"]),
        # A Node that is well has refused it for another reason.
        ("0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s)", (), []),
        (TAINTS, (("disk", "fast"),), []),
    ],
)
def test_the_nodes_that_nobody_can_use_explain_a_pod_that_any_node_would_do_for(
    message: str, selector: tuple[tuple[str, str], ...], expected: list[str]
) -> None:
    pod = facts(
        "Pod",
        "web",
        verdict=Verdict("Pending", "Unschedulable", message),
        detail=PodDetail(node_selector=selector),
    )
    nodes = (node("one", LOST), node("gpu", LOST, reserved=True), node("two", Verdict(message="Ready")))
    assert because(pod, *nodes) == expected
