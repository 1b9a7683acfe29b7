"""A missing right explains a Pod whose words say so: the account is named, and the rule that it lacks."""

from __future__ import annotations

import pytest

from astrolabe.api.v1.relatives import causes_of
from astrolabe.graph.facts import Ref, Verdict
from astrolabe.graph.graph import Graph
from tests.graph.test_graph import facts

WORDS = (
    'web exits with 1: pods is forbidden: User "system:serviceaccount:shop:web" cannot list resource "pods"'
    ' in API group "" in the namespace "shop"'
)
ACCOUNT = "ServiceAccount/shop/web"


def told(words: str, account: str = ACCOUNT, *, exists: bool = True) -> list[tuple[str, object, object]]:
    graph = Graph()
    if exists:
        graph.apply(facts("ServiceAccount", "web"))
    verdict = Verdict("Error", "CrashLoopBackOff", words)
    graph.apply(facts("Pod", "web-1", verdict=verdict, refs=(Ref("uses-sa", account),)))
    node = graph.get("Pod/shop/web-1")
    assert node is not None
    return [(each.id, each.reason, each.message) for each in causes_of(graph, node)]


@pytest.mark.parametrize("words", [WORDS, WORDS.replace('"', '\\"')])
def test_the_account_is_the_cause_and_the_rule_is_told(words: str) -> None:
    ((cause, reason, message),) = told(words)
    assert (cause, reason) == (ACCOUNT, "Forbidden")
    assert message == (
        'It may not list pods in namespace shop. A Role with verbs ["list"], resources ["pods"], apiGroups'
        ' [""], given to it by a RoleBinding, would grant it'
    )


def test_what_is_cluster_wide_needs_a_cluster_role() -> None:
    words = WORDS.replace(' in the namespace "shop"', " at the cluster scope").replace(
        '"pods"', '"nodes/proxy"'
    )
    ((_, _, message),) = told(words)
    assert "It may not list nodes/proxy in the whole cluster. A ClusterRole with" in str(message)


@pytest.mark.parametrize(
    ("words", "account", "exists"),
    [
        (WORDS.replace(":shop:web", ":shop:other"), ACCOUNT, True),
        (WORDS, "ServiceAccount/shop/other", True),
        (WORDS, ACCOUNT, False),
        ("forbidden", ACCOUNT, True),
        ('User "system:serviceaccount:shop:web" cannot ' + "x" * 100_000, ACCOUNT, True),
    ],
)
def test_others_and_what_is_not_there_explain_nothing(words: str, account: str, *, exists: bool) -> None:
    assert told(words, account, exists=exists) == []
