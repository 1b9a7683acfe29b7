"""The HTTP API in this process, over a real socket, with a worker over a world of the test's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from astrolabe.override.http.callers import Callers
from astrolabe.override.http.confirming import Confirming
from astrolabe.override.http.routes import Api
from astrolabe.override.http.server import application, listening
from astrolabe.override.http.wiring import OpenId
from astrolabe.override.rules.reading import Rules
from astrolabe.override.service import Service
from astrolabe.override.settings import Oidc
from tests.override.memory import MemoryStore
from tests.override.world import KEY, World
from tests.override.world import Service as Bench

TOKENS = {name: f"{name}-0123456789abcdef" for name in ("ann", "bob", "eve", "zoe", "stranger")}
SECOND = """
roles:
  developer: {environments: ["dev", "staging"], longest: 4h, default: 1h, weekends: true}
  admin: {environments: ["*"], longest: 4d, weekends: true, bulk: true, approves: true, audit: true}
people:
  - {role: developer, users: ["token:ann", "token:bob"]}
  - {role: admin, users: ["token:eve", "token:zoe"]}
second_person: [{environments: [prod]}]
cooldown: {first: 30s}
limits: {per_person: 6}
"""


class Face:
    """A client of the API."""

    def __init__(self, url: str, session: aiohttp.ClientSession, bench: Bench) -> None:
        self.url = url
        self.session = session
        self.bench = bench

    async def call(
        self, method: str, path: str, person: str = "ann", body: object = None, **options: Any
    ) -> tuple[int, Any]:
        headers = {**options.pop("headers", {})}
        if person:
            headers.setdefault("Authorization", f"Bearer {TOKENS[person]}")
        if body is not None:
            options["json"] = body
        async with self.session.request(method, self.url + path, headers=headers, **options) as answer:
            text = await answer.text()
            json = answer.content_type == "application/json"
            return answer.status, await answer.json() if json else text

    async def ask(self, environment: str, action: str = "wake", person: str = "ann", **more: str) -> Any:
        body = {"environment": environment, "action": action, **more}
        return await self.call("POST", "/api/v1/overrides", person, body)


def tokens_file(folder: Path) -> Path:
    path = folder / "tokens"
    path.write_text("# callers\n" + "".join(f"{name}:{token}\n" for name, token in TOKENS.items()))
    return path


@asynccontextmanager
async def served(
    folder: Path,
    rules: str = SECOND,
    world: World | None = None,
    exporter: Any = None,
    *,
    confirmation: bool = False,
    oidc: Oidc | None = None,
    port: int = 0,
) -> AsyncIterator[Face]:
    bench = Bench(world or World(), MemoryStore(), rules=rules)

    def current() -> Rules:
        return bench.rules

    environments = {name: (name,) for name in bench.names}
    service = Service(bench.ledger, current, environments, lambda: bench.now, exporter=exporter)
    openid = OpenId(oidc, current, KEY, lambda: bench.now, lambda _answered: None) if oidc else None
    callers = Callers(str(tokens_file(folder)), openid.bearers if openid else None)
    signing = openid.signing if openid else None
    confirming = Confirming(service, callers, signing) if confirmation else None
    app = application(Api(service, bench.ledger), callers, lambda: "", confirming)
    try:
        async with listening(app, "127.0.0.1", port, None) as at, aiohttp.ClientSession() as session:
            yield Face(f"http://127.0.0.1:{at}", session, bench)
    finally:
        if openid is not None:
            await openid.close()
