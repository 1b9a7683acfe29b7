"""Questions that would take too much get one clear error each, and nobody else feels them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from astrolabe.api import limits as http_limits
from astrolabe.api.graphql import limits
from astrolabe.api.graphql.engine import Engine
from astrolabe.api.graphql.execution import Execution, Info
from astrolabe.api.graphql.limits import Budget
from astrolabe.api.graphql.question import Question
from astrolabe.scheduling.steps import at_once
from tests.api.exporter import Client
from tests.api.graphql.asking import PATH, post, questions
from tests.api.graphql.test_generated import context

RELATIONS = "relations(first: 500) { relations { object { %s } } }"


def nested(depth: int) -> str:
    text = "id"
    for _ in range(depth):
        text = RELATIONS % text
    return f"{{ objects(first: 500) {{ objects {{ {text} }} }} }}"


def bomb(levels: int, names: str) -> str:
    """Each fragment holds the next one several times."""
    text = "{ object(id: 1) { ...F0 } }"
    for level in range(levels):
        below = RELATIONS % f"...F{level + 1}"
        fields = " ".join(f"{name}{level}: {below}" for name in names)
        text += f" fragment F{level} on Object {{ {fields} }}"
    return f"{text} fragment F{levels} on Object {{ id kind name status }}"


def fields(count: int) -> str:
    """Different ones, as far as there are: objects of one place within the other."""
    each = "id uid kind apiVersion namespace name status message reason since chart release"
    copies = (f"a{n}: objects {{ objects {{ {each} }} }}" for n in range(count // 14))
    return "{" + " ".join(copies) + "}"


HOSTILE = {
    "deep": (nested(5), "fields are within each other more than 16 deep"),
    "deeper than can be read": ("{a" * 5000, "nested too deeply"),
    "deep in fragments": (bomb(8, "a"), "fields are within each other more than 16 deep"),
    "wide in fragments": (bomb(4, "abc"), "more than 50 fields have an alias"),
    "aliases by the thousand": (
        "{" + " ".join(f"a{n}: namespaces" for n in range(300)) + "}",
        "more than 50 fields have an alias",
    ),
    "one field by the thousand": ("{" + "charts " * 900 + "}", "more than 10 fields are asked for again"),
    "fields by the thousand": (fields(400), "more than 250 fields are asked for"),
    "too many words": ("{" + "charts " * 2000 + "}", "1000 tokens"),
    "one path by the dozen": (
        "{" + "objects{objects{relations{relations{object{id}}}}}" * 40 + "}",
        "more than 10 fields are asked for again",
    ),
    "fragments by the dozen": (
        "{ charts }" + " ".join(f"fragment F{n} on Query {{ charts }}" for n in range(30)),
        "more than 10 fragments",
    ),
    "a fragment within itself": (
        "{ object(id: 1) { ...A } } fragment A on Object { ...B } fragment B on Object { ...A }",
        "is within itself",
    ),
    "a fragment within itself that nothing uses": (
        "{ charts } fragment A on Object { ...A }",
        "fragment A is within itself",
    ),
    "the schema within the schema": (
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
        "introspection",
    ),
    "several operations": ("query A { charts } query B { charts }", "operationName: "),
    "a mutation": ("mutation { a }", "mutation"),
    "a subscription": ("subscription { a }", "subscription"),
    "nothing": ("", "Unexpected <EOF>"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_document_beyond_a_limit_is_refused_before_it_is_answered(name: str) -> None:
    query, told = HOSTILE[name]
    async with questions() as api:
        (message,) = await api.errors(query)
        assert told.lower() in message.lower()


ANSWERS: dict[str, tuple[str, int, str, str]] = {
    "objects": ("MOST_OBJECTS", 10, "{ objects { objects { id } } }", "more than 10 objects"),
    "objects that come again": ("MOST_OBJECTS", 40, nested(2), "more than 40 objects"),
    "fields": ("MOST_VALUES", 20, "{ objects { objects { id kind } } }", "more than 20 fields"),
    "searches": (
        "MOST_SEARCHES",
        5,
        "{ objects { objects { causes { id } } } }",
        "causes of more than 5 objects",
    ),
    "questions": (
        "MOST_QUESTIONS",
        1,
        "{ costs { endCursor } sleeping { endCursor } }",
        "more than 1 fields of access, sleep and cost",
    ),
    "time": ("SECONDS", 0, "{ objects { objects { id } } }", "not answered within 0 seconds"),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_beyond_a_limit_is_given_up(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    setting, value, query, told = ANSWERS[name]
    module = "engine" if name == "time" else "limits"
    async with questions() as api:
        with monkeypatch.context() as patch:
            patch.setattr(f"astrolabe.api.graphql.{module}.{setting}", value)
            (message,) = await api.errors(query)
        assert told in message
        assert await api.data("{ namespaces }")


async def test_an_answer_is_made_in_steps() -> None:
    """No step does more than one object, or what one field of it takes."""
    async with questions() as api:
        engine = Engine()
        document = at_once(
            engine._documents.read("{ objects { objects { id name relations { endCursor } } } }")
        )
        told = context(api.client)
        execution = Execution(
            Info(engine.schema, told), document, document.operations[""], engine._variables(
                document.operations[""], {}
            ), Budget()
        )  # fmt: skip
        pauses, value = 0, None
        work = execution.answer()
        while True:
            try:
                awaited = work.send(value)
            except StopIteration as end:
                data = end.value
                break
            value = await awaited if awaited is not None else None
            pauses += 1
        objects = data["objects"]["objects"]
        assert len(objects) > 10
        assert pauses >= 2 * len(objects)


async def test_what_is_given_up_while_it_waits_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    async with questions() as api:
        engine = Engine()
        told = context(api.client)
        for seconds in (0.0, 0.0001, 0.001):
            monkeypatch.setattr("astrolabe.api.graphql.engine.SECONDS", seconds)
            for query in (
                '{ search(text: "a") { id } objects { endCursor } }',
                "{ problems { total } charts }",
            ):
                await engine.ask(Question(query), told)
        monkeypatch.setattr("astrolabe.api.graphql.engine.SECONDS", 10)
        assert (await engine.ask(Question("{ charts }"), told)).begun


# How it comes by HTTP

REFUSED = {
    "no JSON": (b"{", {}, 400, "not a query in JSON"),
    "no object": (b"[]", {}, 400, "not a query in JSON"),
    "several at once": (b'[{"query": "{ charts }"}]', {}, 400, "not a query in JSON"),
    "no query": (b"{}", {}, 400, "`query`"),
    "a query that is no text": (b'{"query": 1}', {}, 400, "`$.query`"),
    "variables that are no object": (b'{"query": "{ charts }", "variables": []}', {}, 400, "`$.variables`"),
    "deep JSON": (b'{"query": "{ charts }", "variables": {"a": ' + b"[" * 9000, {}, 400, "nested too deeply"),
    "no text": (b'{"query": "\xff"}', {}, 400, "not a query in JSON"),
    "half of a pair": (b'{"query": "\\ud800"}', {}, 400, "not a query in JSON"),
    "another form": (b"query={charts}", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "json"),
    "what a page may send unasked": (b'{"query": "{ charts }"}', {"Content-Type": "text/plain"}, 415, "json"),
    "compressed": (b"\x1f\x8b", {"Content-Encoding": "gzip"}, 415, "json"),
    "large": (b" " * (http_limits.BODY_BYTES + 1), {}, 413, "16384 bytes"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_question_is_told_what_is_wrong(name: str) -> None:
    body, headers, status, told = REFUSED[name]
    async with questions() as api:
        async with api.client.session.post(
            api.client.urls[0] + PATH, data=body, headers={"Content-Type": "application/json", **headers}
        ) as response:
            text = await response.text()
            assert (response.status, response.content_type) == (status, "application/json")
        assert told in text
        assert text.count("\n") == 1
        assert await api.data("{ namespaces }")


async def test_a_body_that_is_large_without_saying_so() -> None:
    async def pieces() -> Any:
        for _ in range(40):
            yield b" " * 1000

    async with (
        questions() as api,
        api.client.session.post(
            api.client.urls[0] + PATH, data=pieces(), headers={"Content-Type": "application/json"}
        ) as response,
    ):
        assert response.status == 413


BEGUN = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"


async def slow(client: Client) -> asyncio.StreamWriter:
    """A client that begins to send a body, and does not go on."""
    _, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(BEGUN.encode())
    return writer


async def test_who_sends_slowly_takes_nobodys_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "REQUESTS_AT_ONCE", 2)
    monkeypatch.setattr(http_limits, "WAIT", 0.0)
    async with questions() as api:
        writers = [await slow(api.client) for _ in range(5)]
        for _ in range(3):
            assert await api.data("{ namespaces }")
        for writer in writers:
            writer.close()


async def test_who_does_not_send_it_at_all_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "BODY_SECONDS", 0.1)
    async with questions() as api:
        reader, writer = await asyncio.open_connection("127.0.0.1", api.client.port)
        writer.write(BEGUN.encode())
        async with asyncio.timeout(5):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert "did not come within" in json.loads(body)["error"]["message"]
        writer.close()


async def test_by_get_as_by_post() -> None:
    async with questions() as api:
        url = api.client.urls[0] + PATH
        query = 'query A($n: Int!) { search(text: "web", first: $n) { id } } query B { charts }'
        params = {"query": query, "variables": '{"n": 1}', "operationName": "A"}
        async with api.client.session.get(url, params=params) as response:
            told = (response.status, await response.json())
        assert told == await post(api.client, query, variables={"n": 1}, operationName="A")
        assert told[0] == 200
        for wrong, status in (({}, 400), ({"query": "{ charts }", "q": "1"}, 400), ({"query": "{"}, 400)):
            async with api.client.session.get(url, params=wrong) as response:
                assert response.status == status
                assert (await response.json())["errors"][0]["message"]
        async with api.client.session.get(
            f"{url}?query=%7B%20charts(namespace:%20%22%ED%A0%80%22)%20%7D"
        ) as response:
            assert response.status == 200
        async with api.client.session.put(url, data=b"") as response:
            assert (response.status, await response.json()) == (
                405,
                {"error": {"message": "GET, HEAD and POST alone"}},
            )


async def test_variables_that_do_not_fit_are_named() -> None:
    async with questions() as api:
        for variables in ({}, {"n": "x"}, {"n": None}, {"n": 2**40}):
            (message,) = await api.errors(
                "query ($n: Int!) { problems(first: $n) { total } }", variables=variables
            )
            assert "$n" in message
        assert limits.PAGE_SIZE_LIMIT == 500


async def test_a_page_of_another_origin_asks_first_and_may_post_where_the_settings_name_it() -> None:
    origin = "https://grafana.example.com"
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    async with questions(cors_origins=(origin,)) as api:
        url = api.client.urls[0] + PATH
        async with api.client.session.options(url, headers=asked) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
            assert response.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
        async with api.client.session.post(
            url, json={"query": "{ charts }"}, headers={"Origin": origin}
        ) as response:
            assert response.headers["Access-Control-Allow-Origin"] == origin
        async with api.client.session.options(
            url, headers={**asked, "Origin": "https://evil.example"}
        ) as response:
            assert response.status == 405
