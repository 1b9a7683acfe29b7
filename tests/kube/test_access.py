"""Which permissions are missing, and the rule that grants them."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kube.access import Missing, Rule, missing, rules
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.transport import Unreachable
from tests.kube.canned import Canned

PODS = Resource("", "v1", "pods", "Pod")
NODES = Resource("", "v1", "nodes", "Node", namespaced=False)
SECRETS = Resource("", "v1", "secrets", "Secret")
DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment")
PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def test_missing_permissions() -> None:
    asked: list[dict[str, Any]] = []

    def review(body: Any) -> tuple[int, Any]:
        attributes = body["spec"]["resourceAttributes"]
        asked.append(attributes)
        granted = attributes["resource"] == "nodes" or attributes["verb"] == "list"
        return 201, {"kind": body["kind"], "status": {"allowed": granted, "reason": ""}}

    wanted = [(PODS, Scope("team-a")), (NODES, Scope()), (PODS, Scope("team-a")), (DEPLOYMENTS, Scope())]
    assert await missing(Canned({PATH: review}), wanted) == [
        Missing("", "pods", "team-a", "", "watch"),
        Missing("apps", "deployments", "", "", "watch"),
    ]
    assert len(asked) == 6
    expected = {"group": "", "resource": "pods", "namespace": "team-a", "name": "", "verb": "list"}
    assert expected in asked


async def test_a_name_given_by_field_selector_is_asked_about() -> None:
    transport = Canned({PATH: lambda _: (201, {"status": {"allowed": False}})})
    found = await missing(transport, [(SECRETS, Scope("a", field_selector="metadata.name=tls"))])
    assert found == [Missing("", "secrets", "a", "tls", "list"), Missing("", "secrets", "a", "tls", "watch")]
    assert rules(found) == [Rule("a", ("",), ("secrets",), ("tls",), ("list", "watch"))]
    assert str(rules(found)[0]) == (
        '{apiGroups: [""], resources: ["secrets"], resourceNames: ["tls"], verbs: ["list","watch"]}'
    )


def test_rules_are_grouped() -> None:
    lacking = [
        Missing("", "pods", "", "", "list"),
        Missing("", "pods", "", "", "watch"),
        Missing("", "nodes", "", "", "watch"),
        Missing("", "nodes", "", "", "list"),
        Missing("apps", "deployments", "", "", "watch"),
    ]
    assert rules(lacking) == [
        Rule("", ("",), ("nodes", "pods"), (), ("list", "watch")),
        Rule("", ("apps",), ("deployments",), (), ("watch",)),
    ]


async def test_an_answer_that_is_no_review() -> None:
    with pytest.raises(Unreachable, match=r"selfsubjectaccessreviews: no access review: "):
        await missing(Canned({PATH: (201, {})}), [(PODS, Scope())])
