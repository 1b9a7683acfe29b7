"""GraphQL is no way around: what is another path's own is for those who may read that path."""

from __future__ import annotations

import asyncio

import pytest

from tests.api.graphql.asking import PATH, post
from tests.api.test_security_access import bearer
from tests.api.test_security_paths import asked, reviewed

OWN = f"/astrolabe{PATH}"
FIELDS = {
    "findings": ("findings { total }", "/api/v1/access/findings"),
    "events": ("events { at }", "/api/v1/access/events"),
    "whoCan": ('whoCan(verb: "get", resource: "pods") { request }', "/api/v1/access/who-can"),
    "of": ('of(subject: "user/alice") { subject }', "/api/v1/access/of"),
}


@pytest.mark.parametrize("path", [PATH, "/graphql"])
async def test_it_asks_for_its_own_path_whatever_the_method(path: str) -> None:
    async with reviewed(OWN) as (server, client):
        assert await post(client, "{ namespaces }", path=path, headers=bearer("good")) == (
            200,
            {"data": {"namespaces": ["shop"]}},
        )
        assert set(asked(server)) == {OWN}
        status, body = await post(client, "{ namespaces }", path=path, headers=bearer("other"))
        assert (status, body) == (403, {"error": {"message": f"you may not get {OWN}"}})
        assert (await post(client, "{ namespaces }", path=path))[0] == 401


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_of_access_asks_for_the_path_that_has_the_same(name: str) -> None:
    field, path = FIELDS[name]
    question = f"{{ namespaces access {{ {field} }} }}"
    async with reviewed(OWN) as (_, client):
        status, body = await post(client, question, headers=bearer("good"))
        assert status == 200
        assert body["data"] == {"namespaces": ["shop"], "access": {name: None}}
        (error,) = body["errors"]
        assert (error["message"], error["path"]) == (f"you may not get {path}", ["access", name])
    async with reviewed(OWN, f"/astrolabe{path}") as (_, client):
        assert "errors" not in (await post(client, question, headers=bearer("good")))[1]
        others = " ".join(FIELDS[each][0] for each in FIELDS if each != name)
        _, body = await post(client, f"{{ access {{ {others} }} }}", headers=bearer("good"))
        assert body["data"]["access"] == {each: None for each in FIELDS if each != name}


@pytest.mark.parametrize("name", ["environments", "sleepInfos", "sleeping", "costs"])
async def test_what_metrics_tell_is_for_who_may_read_them(name: str) -> None:
    question = f"{{ namespaces {name} {{ endCursor }} }}"
    async with reviewed(OWN) as (_, client):
        status, body = await post(client, question, headers=bearer("good"))
        assert (status, body["data"]) == (200, {"namespaces": ["shop"], name: None})
        (error,) = body["errors"]
        assert (error["message"], error["path"]) == ("you may not get /metrics", [name])
    async with reviewed(OWN, "/metrics") as (_, client):
        _, body = await post(client, question, headers=bearer("good"))
        assert body == {"data": {"namespaces": ["shop"], name: {"endCursor": None}}}


async def test_answers_of_equal_questions_are_not_shared() -> None:
    """Who may read more gets more, also while who may not asks the same."""
    async with reviewed(OWN, "/astrolabe/api/v1/access/findings") as (server, client):
        server.accounts.tokens |= {"half": "half"}
        server.accounts.paths |= {("half", OWN)}
        question = "{ access { findings { total } } }"
        whole, half = await asyncio.gather(
            *(post(client, question, headers=bearer(name)) for name in ("good", "half"))
        )
        assert whole[1]["data"]["access"]["findings"] is not None
        assert half[1]["data"]["access"]["findings"] is None


async def test_where_nobody_can_say_the_field_is_refused() -> None:
    async with reviewed(OWN, "/astrolabe/api/v1/access/findings") as (server, client):
        assert (await post(client, "{ namespaces }", headers=bearer("good")))[0] == 200
        server.go_away()
        question = "{ namespaces access { findings { total } } }"
        status, body = await post(client, question, headers=bearer("good"))
        assert (status, body["data"]["access"]) == (200, {"findings": None})
        assert body["errors"][0]["message"] == "the API server does not say who may read"
