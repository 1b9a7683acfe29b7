"""Asks the scene of tests/api/v1 in GraphQL."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.api.exporter import Client, until
from tests.api.v1.scene import Asking, asked

PATH = "/api/v1/graphql"


async def post(
    client: Client, query: str, *, headers: dict[str, str] | None = None, path: str = PATH, **rest: Any
) -> tuple[int, Any]:
    """Status and body of a question."""
    async with client.session.post(
        client.urls[0] + path, json={"query": query, **rest}, headers=headers
    ) as response:
        assert response.content_type == "application/json"
        return response.status, json.loads(await response.read())


class Graphql(Asking):
    """Asks both ways."""

    async def data(self, query: str, **variables: Any) -> Any:
        """What is answered without an error."""
        status, body = await post(self.client, query, variables=variables)
        assert (status, set(body)) == (200, {"data"}), body
        return body["data"]

    async def errors(self, query: str, *, status: int = 400, **rest: Any) -> list[str]:
        """What is said of a question that is not answered, or not wholly."""
        found, body = await post(self.client, query, **rest)
        assert found == status, body
        return [error["message"] for error in body["errors"]]


@asynccontextmanager
async def questions(**settings: Any) -> AsyncIterator[Graphql]:
    async with asked(**settings) as api:
        await until(lambda: api.client.application.access.settled)
        yield Graphql(api.client, api.server)
