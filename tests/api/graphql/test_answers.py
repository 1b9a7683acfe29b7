"""What GraphQL answers is what the paths of /api/v1 answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.api.graphql.asking import Graphql, questions

NODE = """
uid name namespace kind status message reason since chart release
metadata {
  nodeName image restartCount volumeName clusterIP serviceType ingressClass
  minReplicas maxReplicas currentReplicas desiredReplicas
  replicas { desired current ready available }
  claimRef { kind namespace name uid }
  scaleTargetRef { kind name namespace }
}
"""
WHOLE = (
    """
query ($after: String) {
  objects(first: 3, after: $after) {
    endCursor
    objects {
      id """
    + NODE
    + """
      relations { endCursor relations { type direction object { uid } } }
      missing { type to kind namespace name optional }
      causes { id path kind namespace name missing status message reason since alike object { uid } }
      changed { id change at text }
    }
  }
}"""
)


def without_nulls(value: Any) -> Any:
    """What REST leaves out, GraphQL says is null."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


async def pages(api: Graphql) -> list[Any]:
    found, after = [], None
    while True:
        page = (await api.data(WHOLE, after=after))["objects"]
        assert len(page["objects"]) <= 3
        found += page["objects"]
        after = page["endCursor"]
        if after is None:
            return found


def reference(missing: dict[str, Any]) -> tuple[str, str, str]:
    return missing["from"], missing["type"], missing["to"]


async def test_all_pages_together_are_the_graph() -> None:
    async with questions() as api:
        graph = await api.json("/graph?missing=true")
        objects = await pages(api)
        assert [each["id"] for each in objects] == sorted(each["id"] for each in objects)
        nodes = [without_nulls({k: v for k, v in each.items() if k in NODE.split()}) for each in objects]
        by_uid = {each["uid"]: each for each in graph["nodes"]}
        assert {each["uid"]: each for each in nodes} == by_uid
        edges = {
            (relation["type"], each["uid"], relation["object"]["uid"])
            for each in objects
            for relation in each["relations"]["relations"]
            if relation["direction"] == "to"
        }
        assert edges == {(edge["type"], edge["from"], edge["to"]) for edge in graph["edges"]}
        missing = [{**one, "from": each["uid"]} for each in objects for one in each["missing"]]
        assert sorted(missing, key=reference) == sorted(graph["missing"], key=reference)
        assert missing


async def test_causes_and_changes_are_those_of_their_paths() -> None:
    async with questions() as api:
        for each in await pages(api):
            name = quote(each["id"], safe="")
            causes = without_nulls(each["causes"])
            for cause in causes:
                there = cause.pop("object", None)
                assert (there is None) == cause["missing"]
                if there is not None:
                    cause["uid"] = there["uid"]
            assert causes == await api.json(f"/graph/{name}/causes")
            assert each["changed"] == await api.json(f"/graph/{name}/changed")
        assert any(each["causes"] for each in await pages(api))


FILTERS = [
    {"namespace": "shop", "kind": ["Pod", "Service"]},
    {"status": ["Error", "Pending"]},
    {"label": "app=web,tier in (front, back)"},
    {"release": "web"},
    {"release": "shop/web", "kind": ["Pod"]},
    {"release": "web", "namespace": "other"},
    {"kind": ["Nothing"]},
]


@pytest.mark.parametrize("chosen", FILTERS)
async def test_filters_mean_what_they_mean_in_rest(chosen: dict[str, Any]) -> None:
    async with questions() as api:
        query = """
        query ($release: String, $namespace: String, $kind: [String!], $status: [Status!], $label: String) {
          objects(release: $release, namespace: $namespace, kind: $kind, status: $status, label: $label) {
            objects { uid }
          }
        }"""
        found = (await api.data(query, **chosen))["objects"]["objects"]
        async with api.client.session.get(f"{api.client.urls[0]}/api/v1/graph", params=chosen) as response:
            told = (await response.json())["nodes"]
        assert [each["uid"] for each in found] == [each["uid"] for each in told]


async def test_one_object_by_its_id_and_by_its_uid() -> None:
    async with questions() as api:
        for name in ("Pod/shop/web-0", "uid-Pod-web-0"):
            found = (await api.data("query ($id: ID!) { object(id: $id) { id } }", id=name))["object"]
            assert found == {"id": "Pod/shop/web-0"}
        assert await api.data('{ object(id: "Pod/shop/nothing") { id } }') == {"object": None}


async def test_pages_of_relations_are_all_of_them() -> None:
    query = """
    query ($first: Int!, $after: String) {
      object(id: "Pod/shop/web-0") {
        relations(first: $first, after: $after) { endCursor relations { type direction object { id } } }
      }
    }"""
    async with questions() as api:
        whole = (await api.data(query, first=500))["object"]["relations"]["relations"]
        assert len(whole) > 4
        found, after = [], None
        while True:
            page = (await api.data(query, first=2, after=after))["object"]["relations"]
            found += page["relations"]
            after = page["endCursor"]
            if after is None:
                break
        assert found == whole


async def test_relations_are_chosen_by_type_direction_and_kind() -> None:
    async with questions() as api:
        found = await api.data(
            """{ object(id: "Pod/shop/web-0") {
              owners: relations(type: ["owns"], direction: from) { relations { object { id } } }
              secrets: relations(kind: ["Secret", "Node"], direction: to) { relations { object { id } } }
            } }"""
        )
        ids = {
            name: [each["object"]["id"] for each in page["relations"]]
            for name, page in found["object"].items()
        }
        assert ids == {"owners": ["StatefulSet/shop/web"], "secrets": ["Node/one", "Secret/shop/shared"]}


async def test_lists_are_those_of_rest() -> None:
    async with questions() as api:
        found = await api.data(
            """{
              namespaces charts releases { namespace name } inShop: charts(namespace: "shop")
              search(text: "WEB", first: 5) { id uid kind namespace name status message }
              problems { total leftOut problems {
                id kind namespace name missing alike affected waiting status reason message since
              } }
            }"""
        )
        assert found["namespaces"] == await api.json("/namespaces")
        assert found["charts"] == await api.json("/charts")
        assert found["inShop"] == await api.json("/charts?namespace=shop")
        assert sorted({each["name"] for each in found["releases"]}) == await api.json("/releases")
        assert found["search"] == await api.json("/search?q=web&limit=5")
        problems = await api.json("/problems")
        told = [{k: v for k, v in each.items() if k != "changed"} for each in problems]
        assert without_nulls(found["problems"]["problems"]) == told
        assert (found["problems"]["total"], found["problems"]["leftOut"]) == (len(problems), 0)


async def test_objects_of_a_release_are_what_it_reaches() -> None:
    async with questions() as api:
        found = await api.data('{ releases(namespace: "shop") { name objects { objects { uid } } } }')
        assert [each["name"] for each in found["releases"]] == ["api", "web"]
        for each in found["releases"]:
            graph = await api.json(f"/graph?release=shop/{each['name']}")
            assert [one["uid"] for one in each["objects"]["objects"]] == [
                one["uid"] for one in graph["nodes"]
            ]


async def test_access_is_that_of_its_paths() -> None:
    async with questions() as api:
        found = await api.data(
            """{ access {
              findings(first: 500) { total incomplete findings {
                rule severity id namespace detail title reason remedy silenced
              } }
              events { at type about subject detail }
            } }"""
        )
        findings = await api.json("/access/findings")
        assert found["access"]["findings"]["findings"] == [
            {"silenced": "", **each} for each in findings["findings"]
        ]
        assert found["access"]["findings"]["incomplete"] == findings.get("incomplete", [])
        events = (await api.json("/access/events"))["events"]
        assert found["access"]["events"] == events[:100]
