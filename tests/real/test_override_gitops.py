"""The GitOps backend beside real Argo CD with selfHeal on: GitLab's merge requests over a bare repository."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from astrolabe.kube import credentials
from astrolabe.override import planning, records
from astrolabe.override.chain import Record
from astrolabe.override.demonstration.gitlab import PROJECT, GitLabServer
from astrolabe.override.demonstration.repository import Repository
from astrolabe.override.direct.client import connected
from astrolabe.override.gitops.argocd import ArgoCD
from astrolabe.override.gitops.backend import GitOps
from astrolabe.override.gitops.calls import Pace, Remote
from astrolabe.override.gitops.gitlab import GitLab
from astrolabe.override.ledger import replay
from tests.override.gitstage import SLEEPINFO, TOKEN
from tests.override.memory import MemoryStore
from tests.override.process import KEY
from tests.override.serving import TOKENS
from tests.override.world import ANN, HOUR, Service, World
from tests.ports import free_port
from tests.real.argocd import Argo, argocd
from tests.real.cluster import Cluster
from tests.real.control_plane import ApiServer
from tests.real.exporter import Exporter
from tests.real.processes import until
from tests.real.test_override import KILLS, RULES, Process, twice
from tests.real.test_sleep import definition

__all__ = ["definition"]
pytestmark = pytest.mark.usefixtures("definition")


@pytest.fixture(scope="module")
def argo(control_plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Argo]:
    with argocd(tmp_path_factory.mktemp("argocd"), control_plane) as found:
        yield found


TEMPLATE = """
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {containers: [{name: main, image: "registry.example.org/main:1"}]}
"""
WEB = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3   # what git says"
    + TEMPLATE.replace("NAME", "web")
)
API = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  # kube-green decides"
    + TEMPLATE.replace("NAME", "api")
)


class Shop:
    """A namespace that Argo CD keeps as git has it."""

    def __init__(
        self, argo: Argo, cluster: Cluster, namespace: str, folder: Path, nights: str = SLEEPINFO
    ) -> None:
        self.argo = argo
        self.cluster = cluster
        self.namespace = namespace
        self.nights = nights.replace("namespace: dev", f"namespace: {namespace}")
        self.repository = Repository(folder / "environments.git")
        files = {"dev/nights.yaml": self.nights, "dev/web.yaml": WEB, "dev/api.yaml": API}
        self.repository.commit("main", files, "Begin")
        argo.application(namespace, self.repository.folder, "dev", namespace)
        until(lambda: argo.synced(namespace), "Argo CD brought it", 60)
        self.scale("api", 2)

    def scale(self, name: str, count: int) -> None:
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}/scale"
        self.cluster.patch(path, {"spec": {"replicas": count}})

    def replicas(self) -> dict[str, int]:
        items = self.cluster.items(f"/apis/apps/v1/namespaces/{self.namespace}/deployments")
        return {each["metadata"]["name"]: each["spec"]["replicas"] for each in items}

    def weekdays(self) -> str:
        path = f"/apis/kube-green.com/v1alpha1/namespaces/{self.namespace}/sleepinfos/nights"
        return str(self.cluster.get(path)["spec"]["weekdays"])

    def text(self, name: str) -> str:
        return self.repository.show("main", f"dev/{name}.yaml") or ""


@pytest.fixture
def shop(argo: Argo, cluster: Cluster, namespace: str, tmp_path: Path) -> Shop:
    return Shop(argo, cluster, namespace, tmp_path)


@contextmanager
def gitlab_in_a_thread(shop: Shop) -> Iterator[GitLabServer]:
    """Serve the small GitLab for another process."""
    gitlab = GitLabServer(shop.repository, TOKEN)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_started(gitlab), loop).result(10)
    try:
        yield gitlab
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _started(gitlab: GitLabServer) -> web.AppRunner:
    runner = web.AppRunner(gitlab.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gitlab.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner


@asynccontextmanager
async def served(
    shop: Shop, kubeconfig: Path, token: str = "", application: str = ""
) -> AsyncIterator[Service]:
    """A service over the small GitLab, real Argo CD and a real API server."""
    gitlab = GitLabServer(shop.repository, TOKEN)
    runner = await _started(gitlab)
    api = await connected(credentials.choose(str(kubeconfig)))
    token = token or shop.argo.token()
    first = Remote("GitLab", gitlab.url, lambda: {"PRIVATE-TOKEN": TOKEN}, pace=Pace())
    second = Remote("Argo CD", shop.argo.url, lambda: {"Authorization": f"Bearer {token}"}, pace=Pace())
    service = Service(World(), MemoryStore(), names=("dev",))
    backend: Any = GitOps(
        api,
        [shop.namespace],
        GitLab(first, PROJECT),
        ArgoCD(second, application or shop.namespace, Pace()),
        path="dev",
    )
    service.worker._backends = {"dev": backend}
    try:
        yield service
    finally:
        await first.close()
        await second.close()
        await api.close()
        await runner.cleanup()


async def worked(service: Service, number: int, phase: str, seconds: float = 60) -> None:
    """Let the service work in real time, from its own clock on."""
    begin, start = service.now, time.monotonic()
    while (await service.override(number)).phase != phase:
        service.now = begin + time.monotonic() - start
        assert service.now - begin < seconds, (await service.state()).holds
        wait = await service.worker.turn()
        await asyncio.sleep(min(max(wait, 0.02), 0.5))
    service.now = begin + time.monotonic() - start
    assert planning.environments(await service.state()) or phase == "closed"


async def test_asleep_under_self_healing_and_back(shop: Shop, control_plane: ApiServer) -> None:
    async with served(shop, control_plane.kubeconfig) as service:
        start = time.monotonic()
        number = await service.ask("dev", "sleep", HOUR, ANN)
        await worked(service, number, "verified")
        assert time.monotonic() - start < 30
        assert shop.replicas() == {"web": 0, "api": 0}
        assert shop.weekdays() == "6"
        # selfHeal puts back what differs from git within a second: this is what git says.
        shop.scale("web", 1)
        until(lambda: shop.replicas()["web"] == 0, "Argo CD heals to what the override says", 30)
        assert shop.text("nights") == shop.nights.replace("'1-5'", "'6'")
        assert shop.text("web") == WEB.replace("replicas: 3", "replicas: 0")
        service.now += HOUR
        await worked(service, number, "closed")
        assert (await service.override(number)).outcome == "restored"
        assert shop.replicas() == {"web": 3, "api": 2}
        assert (shop.text("nights"), shop.text("web"), shop.text("api")) == (shop.nights, WEB, API)
        until(lambda: shop.weekdays() == "1-5", "the schedule is back", 10)
        assert not (await service.state()).holds


@pytest.mark.parametrize(
    ("token", "application", "told"),
    [
        ("no-token", "", "Argo CD refuses the token (401)"),
        ("", "payroll", "Argo CD: there is no application payroll, or the token's account may not get it"),
    ],
)
async def test_argo_cds_own_words_for_no(
    shop: Shop, control_plane: ApiServer, token: str, application: str, told: str
) -> None:
    """The override ends at its first look, and nothing is changed."""
    async with served(shop, control_plane.kubeconfig, token, application) as service:
        number = await service.ask("dev", "sleep", HOUR, ANN)
        await worked(service, number, "closed")
        assert told in (await service.override(number)).why
        assert shop.text("nights") == shop.nights


def _process(shop: Shop, gitlab: str, exporter: str, kubeconfig: Path, folder: Path) -> Process:
    contents = {
        "tokens": f"eve:{TOKENS['eve']}\n",
        "audit-key": KEY,
        "rules.yaml": RULES,
        "gitlab-token": TOKEN,
        "argocd-token": shop.argo.token(),
    }
    for name, content in contents.items():
        (folder / name).write_text(content)
    port, metrics = free_port(), free_port()
    gitops = {"project": PROJECT, "path": "dev", "application": shop.namespace}
    settings = {
        "environments": {"dev": {"namespaces": [shop.namespace], "gitops": gitops}},
        "gitlab": {"url": gitlab, "token_file": "gitlab-token"},
        "argocd": {"url": shop.argo.url, "token_file": "argocd-token"},
        "rules": "rules.yaml",
        "audit_key_file": "audit-key",
        "tokens_file": "tokens",
        "exporter": exporter,
        "kubeconfig": str(kubeconfig),
        "port": port,
        "metrics_port": metrics,
    }
    config = folder / "override.yaml"
    config.write_text(json.dumps(settings))
    return Process(folder, config, port, metrics)


def _let_go(service: Process) -> list[Record]:
    """Return the audit once nothing is in hand: `release` comes after an override is closed."""
    answer = service.session.get(f"{service.url}/api/v1/audit", timeout=30)
    log = records.from_json_lines(answer.content)
    state, _ = replay(KEY.encode(), log)
    return [] if state.holds or any(each.open for each in state.overrides.values()) else log


def test_killed_again_and_again(
    argo: Argo,
    cluster: Cluster,
    namespace: str,
    control_plane: ApiServer,
    exporter: Callable[..., Exporter],
    tmp_path: Path,
) -> None:
    """SIGKILL at any moment: the same end, one record for each deed, one merge for each change."""
    # Processes have the true time; by schedule it is awake.
    times = [datetime.now(UTC) + timedelta(hours=hours) for hours in (10, 11)]
    nights = SLEEPINFO.replace("'1-5'", "'*'")
    for before, time_of_day in zip(("20:00", "08:00"), times, strict=True):
        nights = nights.replace(before, time_of_day.strftime("%H:%M"))
    shop = Shop(argo, cluster, namespace, tmp_path, nights)
    chance = random.Random(11)
    with gitlab_in_a_thread(shop) as gitlab:
        service = _process(shop, gitlab.url, exporter().url, control_plane.kubeconfig, tmp_path)
        action = "sleep"
        for _ in range(KILLS):
            with service.started() as program:
                service.post("/overrides", {"environment": "dev", "action": action, "duration": "2h"})
                # Long enough for some steps, seldom for all of them.
                time.sleep(chance.uniform(0, 1.2))
                os.kill(program, signal.SIGKILL)
            action = "wake" if action == "sleep" else "sleep"
        with service.started():
            newest = service.get("/overrides")["overrides"][0]
            last = newest["number"]
            until(lambda: service.phase(last) == ("verified", ""), "what was asked last holds", 90)
            asleep = newest["action"] == "sleep"
            assert shop.replicas() == ({"web": 0, "api": 0} if asleep else {"web": 3, "api": 2})
            for each in service.get("/overrides", open="true")["overrides"]:
                service.post(f"/overrides/{each['number']}/end", {})
            log = until(lambda: _let_go(service), "every override ends, and nothing is in hand", 90)
        assert shop.replicas() == {"web": 3, "api": 2}
        assert (shop.text("nights"), shop.text("web"), shop.text("api")) == (shop.nights, WEB, API)
        state, head = replay(KEY.encode(), log)
        assert head.sequence == len(log)
        assert not state.holds
        assert not twice(log)
        # Nothing is left open, and no branch either.
        assert {each["state"] for each in gitlab.requests} <= {"merged", "closed"}
        assert not [each for each in shop.repository.branches() if each.startswith("astrolabe/")]
    for written in service.folder.glob("override-*.log"):
        assert TOKEN not in written.read_text()
