"""The HTTP API: the verbs, who may, and how refusals look."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from astrolabe.override import events
from astrolabe.override.http.routes import Api
from tests.override.serving import TOKENS, Face, served, tokens_file
from tests.override.world import HOUR


@pytest.fixture
async def face(tmp_path: Path) -> AsyncIterator[Face]:
    async with served(tmp_path) as face:
        yield face


async def test_the_whole_way(face: Face) -> None:
    code, body = await face.ask("dev", duration="2h", reason="demo")
    assert code == 201
    (answer,) = body["answers"]
    assert answer["text"] == "dev is woken until 11:00 UTC (2h) (override 1)"
    assert (answer["outcome"], answer["override"]["reason"]) == ("granted", "demo")
    await face.bench.settle()
    code, body = await face.call("GET", "/api/v1/environments?environment=dev")
    assert body["environments"][0]["text"] == "dev is to be awake until 11:00 UTC, as ann asked"
    code, body = await face.call("POST", "/api/v1/overrides/1/end")
    assert (code, body["text"]) == (200, "override 1 of dev is over: ann ended it")
    await face.bench.settle()
    code, body = await face.call("GET", "/api/v1/overrides/1")
    assert body["overrides"][0]["outcome"] == "restored"
    code, body = await face.call("POST", "/api/v1/overrides/1/end")
    assert (code, body["error"]["message"]) == (409, "override 1 is over already (restored)")


async def test_asked_twice_and_extended(face: Face) -> None:
    await face.ask("dev", duration="2h")
    code, body = await face.ask("dev", duration="2h")
    assert (code, body["answers"][0]["outcome"]) == (200, "same")
    face.bench.now += HOUR
    code, body = await face.ask("dev", duration="2h")
    assert (code, body["answers"][0]["text"]) == (200, "dev stays awake until 12:00 UTC (override 1)")


async def test_a_second_person(face: Face) -> None:
    code, body = await face.ask("prod", person="eve", duration="1h")
    assert (code, body["answers"][0]["outcome"]) == (202, "waits")
    assert body["answers"][0]["text"] == "override 1 of prod waits for a second person (admin)"
    code, body = await face.call("POST", "/api/v1/overrides/1/approve", "eve")
    assert (code, body["error"]["rule"]) == (403, "second_person")
    code, body = await face.call("POST", "/api/v1/overrides/1/approve", "zoe")
    assert (code, body["text"]) == (200, "prod is woken until 10:00 UTC (1h) (override 1)")
    code, body = await face.ask("prod", "sleep", person="eve", duration="1h")
    assert code == 429
    face.bench.now += 60
    code, body = await face.ask("prod", "sleep", person="eve", duration="1h")
    code, body = await face.call("POST", "/api/v1/overrides/2/reject", "zoe", {"why": "not now"})
    assert (code, body["text"]) == (200, "override 2 of prod is over: not now")


async def test_all(face: Face) -> None:
    code, body = await face.ask("all", "sleep", "eve", duration="1h")
    assert code == 201
    assert {each["environment"]: each["outcome"] for each in body["answers"]} == {
        "dev": "granted",
        "prod": "waits",
        "staging": "granted",
    }
    code, body = await face.ask("all", "sleep", "ann", duration="1h")
    assert {each["outcome"] for each in body["answers"]} == {"refused"}
    assert body["answers"][0]["rule"] == "roles.developer.bulk"


@pytest.mark.parametrize(
    ("wish", "code", "rule", "message"),
    [
        (
            {"environment": "stagign"},
            400,
            "environments",
            "there is no environment `stagign`: did you mean `staging`?",
        ),
        (
            {"environment": "x"},
            400,
            "environments",
            "there is no environment `x`: there are dev, prod, staging",
        ),
        (
            {"environment": "dev", "duration": "soon"},
            400,
            "duration",
            "`soon` is not a duration: write for example 2h",
        ),
        (
            {"environment": "dev", "duration": "7d"},
            403,
            "roles.developer.longest",
            "168h is too long: developer may",
        ),
        ({"environment": "prod"}, 403, "roles", "you may not wake `prod`: who may: admin"),
        (
            {"environment": "dev", "action": "reboot"},
            400,
            "action",
            "there is no action `reboot`: there are sleep, wake",
        ),
        ({"environment": "dev", "duration": "2099-01-01 9:00-10:00"}, 400, "duration", "it is too far ahead"),
    ],
)
async def test_refusals(face: Face, wish: dict[str, str], code: int, rule: str, message: str) -> None:
    status, body = await face.call("POST", "/api/v1/overrides", "ann", {"action": "wake", **wish})
    assert (status, body["error"]["rule"]) == (code, rule)
    assert body["error"]["message"].startswith(message)
    (refused,) = await face.bench.happened(events.Refused)
    assert isinstance(refused, events.Refused)
    assert (refused.rule, refused.by.id) == (rule, "token:ann")


async def test_a_flood_is_one_record(face: Face) -> None:
    codes = [(await face.ask("dev", duration=f"{minutes}m"))[0] for minutes in range(10, 30)]
    assert codes[:6] == [201, 200, 200, 200, 200, 200]
    assert set(codes[6:]) == {429}
    assert len(await face.bench.happened(events.Refused)) == 1
    face.bench.now += 61
    assert (await face.ask("dev", duration="50m"))[0] == 200


async def test_without_a_token(face: Face) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YW5uOng="}):
        code, body = await face.call("GET", "/api/v1/environments", "", headers=headers)
        assert (code, body) == (401, {"error": {"message": "a token is needed", "rule": ""}})
    code, _ = await face.call("GET", "/api/v1/nowhere", "")
    assert code == 401
    for path in ("/livez", "/healthz", "/readyz", "/openapi.json"):
        assert (await face.call("GET", path, ""))[0] == 200


async def test_who_calls(face: Face) -> None:
    assert await face.call("GET", "/api/v1/caller", "eve") == (200, {"id": "token:eve", "roles": ["admin"]})
    assert await face.call("GET", "/api/v1/caller", "stranger") == (
        200,
        {"id": "token:stranger", "roles": []},
    )


@pytest.mark.parametrize("route", Api(None, None).routes(), ids=lambda route: f"{route.method} {route.path}")  # type: ignore[arg-type]
async def test_nothing_is_changed_by_get(face: Face, route: object) -> None:
    await face.ask("dev", duration="1h")
    before = len(await face.bench.store.read())
    path = "/api/v1" + route.path.replace("{number}", "1")  # type: ignore[attr-defined]
    for method in ("GET", "HEAD"):
        await face.call(method, path, "eve", params={"environment": "dev", "action": "wake"})
    assert len(await face.bench.store.read()) == before


async def test_a_form_of_another_page_changes_nothing(face: Face) -> None:
    text = json.dumps({"environment": "dev", "action": "wake"})
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        code, body = await face.call("POST", "/api/v1/overrides", data=text, headers={"Content-Type": kind})
        assert (code, body["error"]["message"]) == (415, "expected Content-Type: application/json")
    assert not await face.bench.store.read()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", 400),
        ('{"environment": "dev"}', 400),
        ('{"environment": "dev", "action": "wake", "for": "2h"}', 400),
        ('{"environment": 5, "action": "wake"}', 400),
        ("[" * 20000, 413),
        ("[" * 10000, 400),
        ('{"environment": "dev", "action": "wake", "reason": "' + "x" * 501 + '"}', 400),
    ],
)
async def test_bodies_that_cannot_be_used(face: Face, text: str, code: int) -> None:
    headers = {"Content-Type": "application/json"}
    status, body = await face.call("POST", "/api/v1/overrides", data=text, headers=headers)
    assert status == code
    assert body["error"]["message"]
    assert not await face.bench.store.read()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/environments?enviroment=dev", 400),
        ("/api/v1/environments?environment=dev&environment=prod", 400),
        ("/api/v1/overrides/99", 404),
        ("/api/v1/overrides/x", 404),
        ("/api/v1/audit?after=x", 400),
        ("/api/v1/audit?format=xml", 400),
        ("/api/v1/nowhere", 404),
        ("/api/v1/cost?environment=nowhere", 400),
    ],
)
async def test_queries_that_cannot_be_used(face: Face, path: str, code: int) -> None:
    status, body = await face.call("GET", path, "eve")
    assert status == code
    assert body["error"]["message"]


async def test_reasons_are_one_line(face: Face) -> None:
    await face.ask("dev", duration="1h", reason="a\nb\x1b[31m ☃ <script>&'\"")
    _, body = await face.call("GET", "/api/v1/overrides")
    assert body["overrides"][0]["reason"] == "a b [31m ☃ <script>&'\""


async def test_the_audit_is_for_who_may(face: Face) -> None:
    await face.ask("dev", duration="1h")
    for path in ("/api/v1/audit", "/api/v1/audit/verification"):
        assert (await face.call("GET", path, "ann"))[0] == 403
    code, text = await face.call("GET", "/api/v1/audit", "eve")
    assert (code, len(text.splitlines())) == (200, 1)
    code, text = await face.call("GET", "/api/v1/audit?format=csv&after=1", "eve")
    assert len(text.splitlines()) == 1
    assert await face.call("GET", "/api/v1/audit/verification", "eve") == (
        200,
        {"intact": True, "records": 1, "sequence": 1, "problem": ""},
    )
    del face.bench.store.records[:]  # type: ignore[attr-defined]
    _, body = await face.call("GET", "/api/v1/audit/verification", "eve")
    assert (body["intact"], body["problem"]) == (False, "the records after 0 are gone: there were 1")
    assert (await face.ask("dev", duration="3h"))[0] == 503


async def test_a_new_token_counts_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from astrolabe.api import files

    async with served(tmp_path) as face:
        path = tokens_file(tmp_path)
        path.write_text(path.read_text().replace(TOKENS["ann"], "another-0123456789"))
        monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)
        assert (await face.call("GET", "/api/v1/caller", "ann"))[0] == 401


async def test_headers(face: Face) -> None:
    async with face.session.get(face.url + "/api/v1/nowhere") as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Server"] == "astrolabe"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    async with face.session.get(face.url + "/api/v1/overrides/1/end", headers=_auth("eve")) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def _auth(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[name]}"}


async def test_openapi_names_every_path(face: Face) -> None:
    _, document = await face.call("GET", "/openapi.json", "")
    there = {(method.upper(), path) for path, some in document["paths"].items() for method in some}
    routes = Api(None, None).routes()  # type: ignore[arg-type]
    assert there == {(route.method, "/api/v1" + route.path) for route in routes}
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in document["components"]["schemas"]
