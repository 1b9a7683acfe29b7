"""Messages from GitLab and Argo CD: who waits looks at once, and nothing else happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from astrolabe.override import webhooks
from astrolabe.override.backend import Job, Result, Trouble
from astrolabe.override.http.server import listening
from astrolabe.override.settings import Environment, GitOps
from tests.override.memory import MemoryStore
from tests.override.test_worker import running
from tests.override.world import ANN, HOUR, Backend, Service, World

TOKENS = {"gitlab": "a-token-of-gitlab", "argocd": "a-token-of-argocd"}
ENVIRONMENTS = {
    "dev": Environment(namespaces=("dev",), gitops=GitOps(project="shop/envs", application="dev-shop")),
    "test": Environment(namespaces=("test",), gitops=GitOps(project="17", application="test-shop")),
    "qa": Environment(namespaces=("qa",), gitops=GitOps(project="shop/qa")),
    "lab": Environment(namespaces=("lab",)),
}


class Heard:
    """Where messages go, and what came of them."""

    def __init__(self) -> None:
        self.woken: list[str] = []
        self.results: list[str] = []
        self.url = ""

    def hooked(self, source: str, result: str) -> None:
        self.results.append(f"{source} {result}")

    async def post(self, path: str, body: object, headers: Mapping[str, str]) -> int:
        data: Any = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url + path, headers=headers, **data) as answer,
        ):
            return answer.status


@asynccontextmanager
async def hearing(*sources: webhooks.Source) -> AsyncIterator[Heard]:
    heard = Heard()
    tokens = {source: lambda source=source: TOKENS[source] for source in sources or ("gitlab", "argocd")}
    app = webhooks.application(ENVIRONMENTS, tokens, heard.woken.append, heard)
    async with listening(app, "127.0.0.1", 0, None) as port:
        heard.url = f"http://127.0.0.1:{port}"
        yield heard


def gitlab(kind: str = "merge_request", path: str = "shop/envs", number: int = 3) -> dict[str, object]:
    return {"object_kind": kind, "project": {"id": number, "path_with_namespace": path, "name": "envs"}}


GITLAB = {"X-Gitlab-Token": TOKENS["gitlab"]}
ARGOCD = {"Authorization": f"Bearer {TOKENS['argocd']}"}


@pytest.mark.parametrize(
    ("path", "body", "headers", "woken"),
    [
        ("/gitlab", gitlab(), GITLAB, ["dev"]),
        ("/gitlab", gitlab("push"), GITLAB, ["dev"]),
        ("/gitlab", gitlab("pipeline", "moved/envs", 17), GITLAB, ["test"]),
        ("/gitlab", gitlab("note"), GITLAB, []),
        ("/gitlab", gitlab(path="other/project"), GITLAB, []),
        ("/gitlab", {"object_kind": "push"}, GITLAB, []),
        ("/argocd", {"application": "dev-shop"}, ARGOCD, ["dev"]),
        ("/argocd", {"application": "", "more": 1}, ARGOCD, []),
        ("/argocd", {"application": "other"}, ARGOCD, []),
    ],
)
async def test_a_message_wakes_the_environments_that_it_is_about(
    path: str, body: object, headers: dict[str, str], woken: list[str]
) -> None:
    async with hearing() as heard:
        assert await heard.post(path, body, headers) == 204
    assert heard.woken == woken
    assert heard.results == [f"{path[1:]} {'used' if woken else 'ignored'}"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/gitlab", {}),
        ("/gitlab", {"X-Gitlab-Token": TOKENS["argocd"]}),
        ("/gitlab", {"X-Gitlab-Token": "ü"}),
        ("/gitlab", ARGOCD),
        ("/argocd", {"Authorization": TOKENS["argocd"]}),
        ("/argocd", {"Authorization": "Bearer "}),
        ("/argocd", GITLAB),
    ],
)
async def test_without_its_token_nothing_is_heard(path: str, headers: dict[str, str]) -> None:
    async with hearing() as heard:
        body = {**gitlab(), "application": "dev-shop"}
        assert await heard.post(path, body, headers) == 401
    assert (heard.woken, heard.results) == ([], [f"{path[1:]} refused"])


async def test_a_token_that_is_no_text_is_refused() -> None:
    async with hearing() as heard:
        host, _, port = heard.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /gitlab HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: \xfc\xff\r\nContent-Length: 0\r\n\r\n"
        )
        first = await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert b" 401 " in first


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b'{"object_kind": 1}', b"\xff"])
async def test_what_is_no_message_is_refused(body: bytes) -> None:
    async with hearing() as heard:
        assert await heard.post("/gitlab", body, GITLAB) == 400
    assert (heard.woken, heard.results) == ([], ["gitlab refused"])


async def test_who_has_no_token_in_the_settings_is_not_heard() -> None:
    async with hearing("argocd") as heard:
        assert await heard.post("/gitlab", gitlab(), GITLAB) == 404
        assert await heard.post("/argocd", {"application": "dev-shop"}, ARGOCD) == 204
        assert await heard.post("/argocd", b" " * (600 << 10), ARGOCD) == 413


class Waiting(Backend):
    """Waits for an approval, or fails, and remembers when it was asked."""

    def __init__(self, world: World, *, fails: bool = False) -> None:
        super().__init__(world)
        self.approved = False
        self.fails = fails
        self.asked: list[float] = []
        self.again = asyncio.Event()

    async def perform(self, job: Job) -> Result:
        if job.step == "still" and not self.approved:
            self.asked.append(asyncio.get_running_loop().time())
            self.again.set()
            if self.fails:
                raise Trouble("too many requests", retry_after=900)
            return Result(pending=("an approval",))
        return await super().perform(job)


async def waiting(service: Service, backend: Waiting) -> None:
    """Bring a service to where it has waited for ten minutes, just after it asked."""
    service.worker._backends = dict.fromkeys(service.names, backend)
    await service.ask("dev", "sleep", HOUR, ANN)
    service.worker.nudge()
    await asyncio.sleep(600)
    if not backend.fails:
        backend.again.clear()
        await backend.again.wait()


@pytest.mark.looptime
async def test_who_waits_looks_at_once() -> None:
    world = World()
    service, backend = Service(world, MemoryStore()), Waiting(world)
    async with running(service) as worker:
        await waiting(service, backend)
        backend.approved = True
        worker.look("staging")
        await asyncio.sleep(1)
        assert "dev" not in world.awake, "of another environment, nothing happens"
        worker.look("dev")
        await asyncio.sleep(1)
        assert world.awake["dev"] is False


@pytest.mark.looptime
async def test_a_pause_that_the_other_side_asked_for_is_kept() -> None:
    world = World()
    service, backend = Service(world, MemoryStore()), Waiting(world, fails=True)
    async with running(service) as worker:
        await waiting(service, backend)
        worker.look("dev")
        await asyncio.sleep(1)
        assert len(backend.asked) == 1
