"""docs/api.md says what the server answers: its examples are asked again, its tables compared."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

from yarl import URL

from astrolabe.api.v1 import query
from astrolabe.api.v1.openapi import PREFIX
from astrolabe.api.v1.routes import ROUTES
from tests.api.v1.scene import asked

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
EXAMPLE = re.compile(r"^\$ (curl [^\n]*)\n(.*?)(?=^\$|^```)", re.MULTILINE | re.DOTALL)


def aged(body: Any) -> Any:
    """The same without ages: these are of the time."""
    return (
        [{**each, "age": ""} if "age" in each else each for each in body] if isinstance(body, list) else body
    )


async def test_every_example_is_what_the_server_answers() -> None:
    examples = EXAMPLE.findall(PAGE.read_text("utf-8"))
    assert len(examples) >= 8
    async with asked() as api:
        for command, told in examples:
            url = URL(next(word for word in shlex.split(command) if word.startswith("http")), encoded=True)
            target = URL(api.client.urls[0]).with_path(url.raw_path, encoded=True).with_query(url.query)
            async with api.client.session.get(target) as response:
                assert aged(json.loads(await response.read())) == aged(json.loads(told)), command


def test_the_page_has_every_path_and_every_parameter() -> None:
    rows = re.findall(r"^\| `(/[^`]*)` \| ([^|]*) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    told = {
        path.partition("?")[0]: set(re.findall(r"`([A-Za-z_]+)`", parameters)) for path, parameters in rows
    }
    assert told == {PREFIX + route.path: set(query.names(route.query)) for route in ROUTES}
