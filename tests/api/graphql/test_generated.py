"""Generated documents: valid ones are answered, as graphql-core's own executor answers them."""

from __future__ import annotations

import json
from random import Random

import pytest
from graphql import execute, execute_sync, get_introspection_query, is_object_type, parse, validate

from astrolabe.api.graphql import engine
from astrolabe.api.graphql.context import Context
from astrolabe.api.graphql.engine import Engine
from astrolabe.api.graphql.limits import Budget
from astrolabe.api.graphql.question import Question
from astrolabe.api.v1.reading import Reading
from tests.api.exporter import Client
from tests.api.graphql.asking import post, questions
from tests.api.graphql.generated import VARIABLES, documents

COUNT = 60
SEED = 7


def context(client: Client) -> Context:
    """What an answer is made of, outside of a request."""

    async def may(path: str) -> bool:
        return path.endswith("findings")

    application = client.application
    reading = Reading(application.graph, application.scheduler.group())
    return Context(
        reading,
        application.access,
        application.recent,
        application.sleep,
        application.cost,
        lambda: application.bus.refresh(application.recent.now()),
        may,
        Budget(),
    )


async def test_they_are_answered_without_an_error() -> None:
    asked: set[str] = set()
    async with questions(patience=100) as api:
        for document in documents(engine.schema(), COUNT, SEED):
            status, body = await post(api.client, document.text, variables=VARIABLES)
            assert (status, set(body)) == (200, {"data"}), (document.text, body)
            asked |= document.fields
    every = {
        f"{kind.name}.{name}"
        for kind in engine.schema().type_map.values()
        if is_object_type(kind) and not kind.name.startswith("__")
        for name in kind.fields
    }
    # What no object of the scene leads to is asked for nevertheless.
    assert asked == every


async def test_they_are_answered_as_by_the_executor_of_the_library() -> None:
    """Errors as well: the events of access are refused here."""
    errors = 0
    async with questions(patience=100) as api:
        mine = Engine()
        whole = [each.text for each in documents(mine.schema, COUNT, SEED + 1)]
        whole += [
            # What fails: where nothing may be null it reaches further.
            "{ access { events { at } findings { total } } }",
            "{ objects(first: 0) { endCursor } namespaces }",
            "{ releases { name objects(first: 501) { endCursor } } }",
            "{ objects { objects { id relations(first: -1) { endCursor } } } }",
            '{ charts a: objects(label: "=") { endCursor } }',
            '{ access { findings(rule: "x") { total } a: findings(severity: "x") { total } } }',
        ]
        for text in whole:
            variables = VARIABLES if "$few" in text else {}
            reply = await mine.ask(Question(text, variables), context(api.client))
            other = await execute(
                mine.schema, parse(text), context_value=context(api.client), variable_values=variables
            )
            assert json.dumps(reply.body["data"]) == json.dumps(other.data), text
            found = [(each["message"], each["path"]) for each in reply.body.get("errors", ())]
            assert sorted(found, key=str) == sorted(
                ((each.message, each.path) for each in other.errors or ()), key=str
            ), text
            errors += bool(found)
    assert errors >= 5


async def test_the_schema_can_be_asked_for_as_usual() -> None:
    text = get_introspection_query()
    async with questions(patience=100) as api:
        mine = Engine()
        other = execute_sync(mine.schema, parse(text))
        url = f"{api.client.urls[0]}/api/v1/graphql"
        async with api.client.session.get(url, params={"query": text}) as response:
            assert (response.status, await response.json()) == (200, {"data": other.data})
        assert await api.data(text) == other.data


BROKEN = ["{", "}", "(", ")", ":", "!", "$", "objects", "Nothing", '"', "...", "@skip", "\N{SNOWMAN}", ""]


@pytest.mark.parametrize("seed", range(3))
async def test_broken_ones_get_the_words_of_the_library(seed: int) -> None:
    """A sign is put in somewhere, or something is taken out: the answer is 200 or 400 as that says."""
    random = Random(seed)
    refused = 0
    async with questions(patience=100) as api:
        mine = Engine()
        for document in documents(mine.schema, 40, SEED + 2 + seed):
            at = random.randrange(len(document.text))
            text = document.text[:at] + random.choice(BROKEN) + document.text[at + random.randrange(4) :]
            status, body = await post(api.client, text, variables=VARIABLES)
            try:
                fits = not validate(mine.schema, parse(text))
            except Exception:  # noqa: BLE001  (whatever the library says of it)
                fits = False
            if fits:
                assert status == 200 or "variable" in str(body).lower(), (text, body)
            else:
                assert status == 400, (text, body)
                assert all(each["message"] for each in body["errors"])
                refused += 1
    assert refused > 10
