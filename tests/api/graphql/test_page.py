"""docs/graphql.md says what the server answers and which limits there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

from astrolabe.api import limits as http_limits
from astrolabe.api.graphql import limits
from tests.api.graphql.asking import PATH, Graphql, post, questions
from tests.api.graphql.night import night

PAGE = Path(__file__).parents[3] / "docs" / "graphql.md"
EXAMPLE = re.compile(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"-d '(.*?)'\n(\{.*?\})\n", re.DOTALL)


async def answered(api: Graphql, page: str) -> str:
    for query, told in EXAMPLE.findall(page):
        _, body = await post(api.client, query)
        page = page.replace(
            f"{query}```\n\n```json\n{told}", f"{query}```\n\n```json\n{json.dumps(body, indent=2)}\n"
        )
    return page


async def written() -> str:
    """The page with the answers of the server."""
    before, begin, rest = PAGE.read_text("utf-8").partition("## Sleep and cost\n")
    about, end, after = rest.partition("\n## ")
    async with night() as api:
        about = await answered(api, about)
    async with questions() as api:
        page = await answered(api, before) + begin + about + await answered(api, end + after)
        for sent, told in COMMAND.findall(page):
            async with api.client.session.post(
                api.client.urls[0] + PATH, data=sent, headers={"Content-Type": "application/json"}
            ) as response:
                page = page.replace(told, (await response.text()).strip())
    return page


async def test_every_example_is_what_the_server_answers() -> None:
    page = PAGE.read_text("utf-8")
    assert len(EXAMPLE.findall(page)) == 7
    assert len(COMMAND.findall(page)) == 1
    assert await written() == page


def test_the_limits_are_those_of_the_code() -> None:
    told = [
        int(number.replace(",", ""))
        for number in re.findall(r"^\| .* \| ([0-9,]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    ]
    assert told == [
        http_limits.BODY_BYTES,
        limits.MOST_TOKENS,
        limits.MOST_FIELDS,
        limits.MOST_ALIASES,
        limits.MOST_REPEATED,
        limits.MOST_FRAGMENTS,
        limits.DEEPEST,
        limits.MOST_OBJECTS,
        limits.MOST_VALUES,
        limits.MOST_SEARCHES,
        limits.MOST_QUESTIONS,
        limits.PAGE_SIZE_LIMIT,
        limits.SECONDS,
        http_limits.BODY_SECONDS,
    ]
