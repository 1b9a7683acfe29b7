"""Who can do what, and what a subject may do: as the paths of the API answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.graphql.night import night

PATH = "subject how steps { subject how does by { subject binding role } becomes }"
WHO_CAN = f"""
  request covers incomplete truncated exists grants {{ subject binding role }}
  ways {{ {PATH} }} mounted {{ workload account how key pods since }}
"""
OF = f"""
  subject covers incomplete truncated exists everything tokenNeeded automount
  rules {{ binding role subject namespace verbs groups resources names urls wildcard since }}
  admin {{ {PATH} }} used {{ workload pods tokens }} tokenSecrets {{ secret lastUsed }}
  secrets {{ workload account how key pods since }}
"""
LEFT_OUT: dict[str, Any] = {
    "incomplete": [], "truncated": False, "exists": True, "ways": [], "mounted": [], "key": "",
    "admin": [], "everything": False, "used": [], "tokenSecrets": [], "secrets": [], "groups": [],
    "names": [], "urls": [], "resources": [], "wildcard": False,
}  # fmt: skip
"""What REST leaves out, and GraphQL says."""


def short(value: Any) -> Any:
    """An answer without what REST leaves out."""
    if isinstance(value, dict):
        return {
            name: short(each)
            for name, each in value.items()
            if each is not None and (name not in LEFT_OUT or each != LEFT_OUT[name])
        }
    return [short(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("verb", "resource", "namespace"),
    [("get", "secrets/db", "day"), ("list", "pods", ""), ("create", "pods/exec", "night"), ("get", "/x", "")],
)
async def test_who_can(verb: str, resource: str, namespace: str) -> None:
    query = "query ($verb: String!, $resource: String!, $namespace: String) { access { whoCan("
    query += f"verb: $verb, resource: $resource, namespace: $namespace, first: 500) {{ {WHO_CAN} }} }} }}"
    async with night() as api:
        told = await api.data(query, verb=verb, resource=resource, namespace=namespace)
        path = f"/access/who-can?verb={verb}&resource={resource}&namespace={namespace}"
        assert short(told["access"]["whoCan"]) == await api.json(path)


@pytest.mark.parametrize("subject", ["user/alice", "serviceaccount/day/reader", "sa/day/nobody", "group/x"])
async def test_of(subject: str) -> None:
    query = f"query ($subject: String!) {{ access {{ of(subject: $subject, first: 500) {{ {OF} }} }} }}"
    async with night() as api:
        told = (await api.data(query, subject=subject))["access"]["of"]
        assert short(told) == short(await api.json(f"/access/of?subject={subject}"))


async def test_a_list_that_is_cut_says_so() -> None:
    async with night() as api:
        found = await api.data(
            """{ access {
              whole: whoCan(verb: "get", resource: "pods", first: 3) { truncated grants { subject } }
              cut: whoCan(verb: "get", resource: "pods", first: 2) { truncated grants { subject } }
            } }"""
        )
    whole, cut = found["access"]["whole"], found["access"]["cut"]
    assert (whole["truncated"], cut["truncated"]) == (False, True)
    assert cut["grants"] == whole["grants"][:2]
    assert len(whole["grants"]) == 3


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ('whoCan(verb: "", resource: "pods") { request }', "verb: a verb is needed"),
        ('whoCan(verb: "get", resource: "a//b") { request }', "resource: `a//b` is not a resource"),
        ('of(subject: "alice") { subject }', "subject: `alice` is not a subject"),
        ('of(subject: "user/alice", first: 0) { subject }', "first: expected 1 to 500"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_the_rest_answered(field: str, told: str) -> None:
    async with night() as api:
        (message,) = await api.errors(f"{{ namespaces access {{ {field} }} }}", status=200)
        assert message.startswith(told)
