"""A namespace that git describes: a small GitLab and Argo CD over a bare repository, a simulated cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from astrolabe.demo.shop.cluster import definitions
from astrolabe.kube.configuration import Configuration
from astrolabe.kube.credentials import Fixed
from astrolabe.override import events, planning
from astrolabe.override.backend import Job, Result
from astrolabe.override.demonstration.argocd import ArgoServer
from astrolabe.override.demonstration.environments import listening
from astrolabe.override.demonstration.gitlab import PROJECT, GitLabServer
from astrolabe.override.demonstration.repository import Repository
from astrolabe.override.direct.client import ApiServer, connected
from astrolabe.override.gitops.argocd import ArgoCD
from astrolabe.override.gitops.backend import GitOps
from astrolabe.override.gitops.calls import Pace, Remote
from astrolabe.override.gitops.gitlab import GitLab
from astrolabe.testing.apiserver import ApiServer as Simulated
from astrolabe.testing.http import serving
from tests.override.memory import MemoryStore
from tests.override.world import Killed, Service, World

FILE = "envs/dev/nights.yaml"
SLEEPINFO = """\
# The nights of dev. Ask before you change them.
apiVersion: kube-green.com/v1alpha1
kind: SleepInfo
metadata:
    name:   nights   # one for all
    namespace: dev
spec:
    weekdays:  '1-5'        # not on weekends
    sleepAt:   "20:00"
    wakeUpAt:  "08:00"      # before the first one comes
    timeZone: Etc/UTC


    suspendCronJobs:  false
"""
WORKLOADS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: dev}
spec: {replicas: 3}   # what git says
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: dev}
spec: {template: {}}
"""
TOKEN = "glpat-of-a-test"


class Fault:
    """An answer that is given instead of the real one, or after it."""

    def __init__(
        self,
        method: str,
        part: str,
        status: int,
        body: object = None,
        *,
        after: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`part` stands in the path; with `after` the request is carried out, and the answer is lost."""
        self.method = method
        self.part = part
        self.status = status
        self.body = body if body is not None else {"message": f"{status}"}
        self.after = after
        self.headers = headers


class Faults(list[Fault]):
    """What goes wrong next, in order."""

    @property
    def middleware(self) -> Any:
        @web.middleware
        async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
            for fault in self:
                if request.method == fault.method and fault.part in request.path:
                    self.remove(fault)
                    if fault.after:
                        await handler(request)
                    return web.json_response(fault.body, status=fault.status, headers=fault.headers)
            answer: web.StreamResponse = await handler(request)
            return answer

        return middleware


class Calls:
    """What was called."""

    def __init__(self) -> None:
        self.statuses: list[tuple[str, str, str]] = []
        self.syncs: list[str] = []

    def called(self, service: str, method: str, endpoint: str, status: str) -> None:
        if service == "GitLab":
            self.statuses.append((method, endpoint, status))

    def synced(self, _application: str, status: str) -> None:
        self.syncs.append(status)


class Killable:
    """A backend whose process can be killed before, within and after each step, and within each call."""

    def __init__(self, backend: GitOps) -> None:
        self.backend = backend
        self.steps = backend.steps
        self.points: list[str] = []
        self.kill_at = -1

    def point(self, name: str) -> None:
        self.points.append(name)
        if len(self.points) - 1 == self.kill_at:
            raise Killed

    async def perform(self, job: Job) -> Result:
        self.point(f"before {job.step}")
        begin = job.begin

        async def begun(changes: Any) -> None:
            self.point(f"before the record of {job.step}")
            await begin(changes)
            self.point(f"after the record of {job.step}")

        result = await self.backend.perform(msgspec.structs.replace(job, begin=begun))
        self.point(f"after {job.step}")
        return result


class Stage:
    """The service with its GitOps backend, and everything that it speaks to."""

    def __init__(self, folder: Path, cluster: Simulated) -> None:
        folder.mkdir(exist_ok=True)
        self.repository = Repository(folder / "environments.git")
        self.repository.commit("main", {FILE: SLEEPINFO, "envs/dev/web.yaml": WORKLOADS}, "Begin")
        self.cluster = cluster
        self.gitlab = GitLabServer(self.repository, TOKEN)
        self.argo = ArgoServer(self.repository, TOKEN, "dev-shop", "envs/dev", self.apply)
        self.faults, self.argo_faults = Faults(), Faults()
        self.calls = Calls()
        self.token = TOKEN
        self.service = Service(World(), MemoryStore(), names=("dev",))
        self.kubernetes: ApiServer
        self.killable: Killable
        self.remotes: list[Remote] = []

    def apply(self, obj: Mapping[str, Any]) -> None:
        """Bring an object to the cluster as an apply does: fields that git does not have stay."""
        place = obj["metadata"]["namespace"], obj["metadata"]["name"]
        resource = self.cluster.resource_of(dict(obj)).name
        live = self.cluster.get(resource, *place) if self.cluster.has(resource, *place) else dict(obj)
        self.cluster.put(live | {"spec": live["spec"] | obj["spec"]} if obj["kind"] != "SleepInfo" else
                         live | {"spec": obj["spec"]})  # fmt: skip

    def backend(self) -> GitOps:
        pace = Pace()
        gitlab = Remote(
            "GitLab", self.gitlab.url, lambda: {"PRIVATE-TOKEN": self.token}, pace=pace, observer=self.calls
        )
        argo = Remote("Argo CD", self.argo.url, lambda: {"Authorization": f"Bearer {TOKEN}"}, pace=pace)
        self.remotes += [gitlab, argo]
        return GitOps(
            self.kubernetes,
            ["dev"],
            GitLab(gitlab, PROJECT),
            ArgoCD(argo, "dev-shop", pace, self.calls),
            path="envs/dev",
        )

    def restart(self) -> None:
        """Start the service with an empty memory."""
        self.service.start()
        old = getattr(self, "killable", None)
        self.killable = Killable(self.backend())
        if old is not None:
            self.killable.points, self.killable.kill_at = old.points, old.kill_at
        self.service.worker._backends = {"dev": self.killable}

    async def settle(self, seconds: float = 600.0) -> None:
        """Work until nothing is left to do within some time; a killed process is started again."""
        end = self.service.now + seconds
        for _ in range(300):
            try:
                wait = await self.service.worker.turn()
            except Killed:
                self.restart()
                continue
            work = planning.environments(self.service.ledger.state)
            if wait and (self.service.now + wait > end or not self.busy(work)):
                return
            self.service.now += max(wait, 0.001) if wait else 0.0
        raise AssertionError("the work does not come to rest")

    def busy(self, work: set[str]) -> bool:
        return any(hold.todo for name, hold in self.service.ledger.state.holds.items() if name in work)

    def replicas(self) -> dict[str, int]:
        found = self.cluster.objects("deployments.apps")
        return {each["metadata"]["name"]: each["spec"]["replicas"] for each in found}

    def sleepinfo(self) -> dict[str, Any]:
        return dict(self.cluster.get("sleepinfos.kube-green.com", "dev", "nights")["spec"])

    def file(self, path: str = FILE) -> str:
        return self.repository.show("main", path) or ""

    async def changes(self) -> list[str]:
        done = await self.service.happened(events.Done)
        return [change for each in done for change in each.changes]  # type: ignore[union-attr]

    async def why(self, number: int) -> str:
        return (await self.service.override(number)).why


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """Serve everything on loopback."""
    cluster = Simulated()
    cluster.writable = True
    for each in definitions():
        cluster.put(each)
    stage = Stage(folder, cluster)
    for each in _objects():
        cluster.put(each)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(cluster))
        stage.kubernetes = await connected(Fixed(Configuration(server=url)))
        stack.push_async_callback(stage.kubernetes.close)
        for server, faults in ((stage.gitlab, stage.faults), (stage.argo, stage.argo_faults)):
            app = server.application()
            app.middlewares.append(faults.middleware)
            server.url = await stack.enter_async_context(listening(app))
        stage.restart()
        try:
            yield stage
        finally:
            for remote in stage.remotes:
                await remote.close()


def _objects() -> Iterator[dict[str, Any]]:
    metadata = {"namespace": "dev", "labels": {}}
    for name, count in (("web", 3), ("api", 2)):
        yield {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata | {"name": name},
            "spec": {"replicas": count},
        }  # fmt: skip
    spec = {
        "weekdays": "1-5", "sleepAt": "20:00", "wakeUpAt": "08:00", "timeZone": "Etc/UTC",
        "suspendCronJobs": False,
    }  # fmt: skip
    yield {
        "apiVersion": "kube-green.com/v1alpha1", "kind": "SleepInfo",
        "metadata": metadata | {"name": "nights"}, "spec": spec,
    }  # fmt: skip
