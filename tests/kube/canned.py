"""Answers that are written down beforehand, for documents; protocols are played by `astrolabe.testing`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from astrolabe.kube.transport import Unreachable


class CannedResponse:
    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    async def chunks(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), 7):
            yield self._body[start : start + 7]


class Canned:
    """Answers each path with a status and a document; other paths with 404, None as unreachable."""

    def __init__(
        self, answers: Mapping[str, tuple[int, Any] | Callable[[Any], tuple[int, Any]] | None]
    ) -> None:
        self._answers = answers
        self.asked: list[tuple[str, str]] = []
        self.renewals = 0

    @asynccontextmanager
    async def request(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        accept: str = "application/json",
        body: bytes | None = None,
    ) -> AsyncIterator[CannedResponse]:
        assert not query
        self.asked.append((path, accept))
        answer = self._answers.get(path, (404, "404 page not found"))
        if answer is None:
            raise Unreachable(f"{path}: refused")
        status, document = answer(None if body is None else json.loads(body)) if callable(answer) else answer
        text = document if isinstance(document, str) else json.dumps(document)
        yield CannedResponse(status, text.encode(), {})

    async def renew(self) -> None:
        self.renewals += 1

    async def close(self) -> None:
        """Nothing is open."""
