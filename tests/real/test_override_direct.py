"""The direct backend on a real API server: server-side apply, kube-green's books, rights, crashes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from astrolabe.kube import credentials
from astrolabe.override import events, planning, rbac
from astrolabe.override.backend import Job, Result
from astrolabe.override.direct.backend import Direct
from astrolabe.override.direct.client import ApiServer, connected
from astrolabe.override.settings import Environment, Settings
from tests.override.memory import MemoryStore
from tests.override.world import ANN, BOB, EVE, Killed, Service, World
from tests.real import control_plane
from tests.real.cluster import Cluster, Object, write_kubeconfig
from tests.real.kube_green import KubeGreen
from tests.real.test_sleep import CRON_JOBS, DEPLOYMENTS, STATEFUL_SETS, definition, workload

__all__ = ["definition"]
pytestmark = pytest.mark.usefixtures("definition")
SLEEPINFO = "kube-green.com/v1alpha1"
HOUR = 3600.0


def at(text: str) -> float:
    """Return a time of the week of Monday, 2026-11-23."""
    day, clock = text.split()
    date = 23 + ("mon", "tue", "wed", "thu", "fri").index(day)
    return datetime.fromisoformat(f"2026-11-{date}T{clock}:00").replace(tzinfo=UTC).timestamp()


class Stage:
    """A namespace with workloads, kube-green and the service, on one clock."""

    def __init__(self, cluster: Cluster, namespace: str, api: ApiServer, store: MemoryStore) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.green = KubeGreen(cluster, namespace)
        self.backend = Killable(Direct(api, [namespace]))
        self.service = Service(World(), store, names=("dev",))
        self.green_first = True
        self.restart()

    def restart(self) -> None:
        """Start the service with an empty memory."""
        self.service.start()
        self.service.worker._backends = {"dev": self.backend}

    async def go(self, to: float) -> None:
        """Let time pass; whatever falls due happens at its time."""
        while True:
            now = self.service.now
            times = [self.green.next_tick(now), planning.next_time(self.service.ledger.state, now), to]
            self.service.now = min(time for time in times if time is not None and time > now)
            await self.happen()
            if self.service.now >= to:
                return

    async def happen(self) -> None:
        """Let kube-green and the service do what is due now."""
        if self.green_first:
            self.green.reconcile(self.service.now)
        for _ in range(80):
            try:
                if await self.service.worker.turn() > 0:
                    break
            except Killed:
                self.restart()
        else:
            raise AssertionError("the work does not come to rest")
        self.green.reconcile(self.service.now)

    def replicas(self) -> dict[str, int]:
        """What is wanted of each workload; of a CronJob 1, or 0 while suspended."""
        found = {}
        for group, plural in (("apps", DEPLOYMENTS), ("apps", STATEFUL_SETS), ("batch", CRON_JOBS)):
            for each in self.cluster.items(f"/apis/{group}/v1/namespaces/{self.namespace}/{plural}"):
                spec = each["spec"]
                count = int(not spec.get("suspend")) if plural == CRON_JOBS else spec["replicas"]
                found[each["metadata"]["name"]] = count
        return found

    def sleepinfo(self) -> Object:
        path = f"/apis/{SLEEPINFO}/namespaces/{self.namespace}/sleepinfos/nights"
        return self.cluster.get(path)

    def scale(self, name: str, count: int) -> None:
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}/scale"
        self.cluster.patch(path, {"spec": {"replicas": count}})


class Killable:
    """A backend whose process can be killed before, within and after each step."""

    def __init__(self, backend: Direct) -> None:
        self.backend = backend
        self.steps = backend.steps
        self.points: list[str] = []
        self.kill_at = -1

    def _point(self, name: str) -> None:
        self.points.append(name)
        if len(self.points) - 1 == self.kill_at:
            raise Killed

    async def perform(self, job: Job) -> Result:
        self._point(f"before {job.step}")
        begin = job.begin

        async def begun(changes: Any) -> None:
            self._point(f"before the record of {job.step}")
            await begin(changes)
            self._point(f"after the record of {job.step}")

        result = await self.backend.perform(msgspec.structs.replace(job, begin=begun))
        self._point(f"after {job.step}")
        return result


AWAKE = {"web": 3, "api": 2, "keep": 1, "idle": 0, "db": 2, "report": 1}
ASLEEP = {"web": 0, "api": 0, "keep": 1, "idle": 0, "db": 0, "report": 0}


@pytest.fixture
def api(control_plane: control_plane.ApiServer) -> Callable[[], Any]:
    @asynccontextmanager
    async def client(kubeconfig: Path = control_plane.kubeconfig) -> AsyncIterator[ApiServer]:
        server = await connected(credentials.choose(str(kubeconfig)))
        try:
            yield server
        finally:
            await server.close()

    return client


@pytest.fixture
def furnished(cluster: Cluster, namespace: str) -> str:
    """A namespace that sleeps from 20:00 to 08:00."""
    for name, count in (("web", 3), ("api", 2), ("keep", 1), ("idle", 0)):
        cluster.apply(workload(DEPLOYMENTS, name, count), namespace)
    cluster.apply(workload(STATEFUL_SETS, "db", 2), namespace)
    cluster.apply(workload(CRON_JOBS, "report"), namespace)
    spec = {
        "weekdays": "*", "sleepAt": "20:00", "wakeUpAt": "08:00", "suspendCronJobs": True,
        "excludeRef": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "keep"}],
    }  # fmt: skip
    cluster.apply(
        {"apiVersion": SLEEPINFO, "kind": "SleepInfo", "metadata": {"name": "nights"}, "spec": spec},
        namespace,
    )
    return namespace


@asynccontextmanager
async def staged(
    cluster: Cluster, namespace: str, api: Callable[[], Any], start: str
) -> AsyncIterator[Stage]:
    async with api() as server:
        stage = Stage(cluster, namespace, server, MemoryStore())
        stage.service.now = at(start)
        yield stage


async def test_a_night_without_anybody(cluster: Cluster, furnished: str, api: Any) -> None:
    async with staged(cluster, furnished, api, "mon 12:00") as stage:
        await stage.go(at("mon 21:00"))
        assert stage.replicas() == ASLEEP
        await stage.go(at("tue 09:00"))
        assert stage.replicas() == AWAKE


HOURS = (1, 2, 3, 6, 9, 12, 14, 16, 24, 30, 36, 48, 60)
"""Hours after the start of an override at which everything is looked at."""


@pytest.mark.parametrize(
    ("action", "start", "end", "green_first"),
    [
        pytest.param("wake", "mon 22:00", "tue 00:00", True, id="within-a-night"),
        pytest.param("wake", "mon 19:00", "mon 21:30", True, id="over-the-sleep"),
        pytest.param("wake", "tue 06:00", "tue 09:00", True, id="over-the-wake-up"),
        pytest.param("wake", "mon 19:00", "tue 09:00", True, id="over-a-whole-night"),
        pytest.param("sleep", "tue 10:00", "tue 12:00", True, id="asleep-within-a-day"),
        pytest.param("sleep", "mon 19:00", "mon 21:00", True, id="asleep-over-the-sleep"),
        pytest.param("sleep", "tue 07:00", "tue 09:00", True, id="asleep-over-the-wake-up"),
        pytest.param("sleep", "tue 19:00", "wed 09:00", True, id="asleep-over-a-whole-night"),
        pytest.param("wake", "mon 20:00", "tue 08:00", True, id="tick-to-tick-kube-green-first"),
        pytest.param("wake", "mon 20:00", "tue 08:00", False, id="tick-to-tick-service-first"),
        pytest.param("sleep", "tue 08:00", "tue 20:00", False, id="asleep-tick-to-tick-service-first"),
    ],
)
async def test_an_override_and_the_days_after_it(
    cluster: Cluster, furnished: str, api: Any, action: Any, start: str, end: str, green_first: bool
) -> None:
    async with staged(cluster, furnished, api, "mon 12:00") as stage:
        stage.green_first = green_first
        before = stage.sleepinfo()["spec"]
        await stage.go(at(start))
        number = await stage.service.ask("dev", action, at(end) - at(start), EVE)
        await stage.happen()
        assert stage.replicas() == (AWAKE if action == "wake" else ASLEEP)
        assert (await stage.service.override(number)).phase == "verified"
        for hour in HOURS:
            await stage.go(at(start) + hour * HOUR)
            now = stage.service.now
            asleep = datetime.fromtimestamp(now, UTC).hour not in range(8, 20)
            if now < at(end):
                asleep = action == "sleep"
            assert stage.replicas() == (ASLEEP if asleep else AWAKE), datetime.fromtimestamp(now, UTC)
        await stage.go(at("fri 12:00"))
        assert stage.replicas() == AWAKE
        override = await stage.service.override(number)
        assert (override.phase, override.outcome) == ("closed", "restored")
        assert stage.sleepinfo()["spec"] == before
        assert not (await stage.service.state()).holds
        # kube-green is at work again by itself.
        assert stage.sleepinfo()["status"]["operation"] == "WAKE_UP"


async def test_what_people_scaled_meanwhile_stays(cluster: Cluster, furnished: str, api: Any) -> None:
    async with staged(cluster, furnished, api, "mon 12:00") as stage:
        await stage.go(at("mon 22:00"))
        await stage.service.ask("dev", "wake", 2 * HOUR, ANN)
        await stage.happen()
        stage.scale("web", 5)
        # An extension looks at everything again, and takes nothing back.
        await stage.go(at("mon 23:00"))
        await stage.service.ask("dev", "wake", 2 * HOUR, ANN)
        await stage.happen()
        assert stage.replicas() == AWAKE | {"web": 5}
        await stage.service.ask("dev", "sleep", HOUR / 2, BOB)
        await stage.happen()
        assert stage.replicas() == ASLEEP
        await stage.go(at("tue 00:00"))
        assert stage.replicas() == AWAKE | {"web": 5}
        await stage.go(at("tue 02:00"))
        assert stage.replicas() == ASLEEP


async def test_a_sleepinfo_that_somebody_changes_meanwhile(
    cluster: Cluster, furnished: str, api: Any
) -> None:
    async with staged(cluster, furnished, api, "tue 10:00") as stage:
        await stage.service.ask("dev", "sleep", 2 * HOUR, ANN)
        await stage.happen()
        path = f"/apis/{SLEEPINFO}/namespaces/{furnished}/sleepinfos/nights"
        cluster.patch(path, {"spec": {"weekdays": "1-5", "sleepAt": "21:00"}})
        await stage.go(at("tue 13:00"))
        assert stage.sleepinfo()["spec"]["weekdays"] == "1-5"
        assert stage.replicas() == AWAKE
        said = [change for each in await stage.service.happened(events.Done) for change in each.changes]
        assert f"SleepInfo/{furnished}/nights: somebody set weekdays to 1-5 meanwhile: that stays" in said
        await stage.go(at("tue 20:30"))
        assert stage.replicas() == AWAKE
        await stage.go(at("tue 21:30"))
        assert stage.replicas() == ASLEEP


async def test_a_sleepinfo_that_somebody_deletes_meanwhile(
    cluster: Cluster, furnished: str, api: Any
) -> None:
    async with staged(cluster, furnished, api, "tue 10:00") as stage:
        number = await stage.service.ask("dev", "sleep", 2 * HOUR, ANN)
        await stage.happen()
        cluster.delete(f"/apis/{SLEEPINFO}/namespaces/{furnished}/sleepinfos/nights")
        await stage.go(at("tue 13:00"))
        assert stage.replicas() == AWAKE
        assert (await stage.service.override(number)).outcome == "restored"
        assert not (await stage.service.state()).holds


async def test_kube_green_is_down_at_its_tick(cluster: Cluster, furnished: str, api: Any) -> None:
    async with staged(cluster, furnished, api, "mon 12:00") as stage:
        await stage.go(at("tue 06:00"))
        await stage.service.ask("dev", "wake", 3 * HOUR, ANN)
        await stage.happen()
        await stage.go(at("tue 12:00"))
        stage.green.up = False
        await stage.go(at("tue 21:00"))
        # The service is in charge until kube-green's books and the schedule agree, so nobody is left awake.
        assert stage.replicas() == ASLEEP
        stage.green.up = True
        await stage.go(at("wed 09:00"))
        assert stage.replicas() == AWAKE


@pytest.mark.parametrize(
    ("metadata", "controller"),
    [
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:dev/web"}},
            "Argo CD (application shop)",
        ),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}, "Flux (Kustomization apps)"),
    ],
)
async def test_a_gitops_controller_would_undo_it(
    cluster: Cluster, furnished: str, api: Any, metadata: Object, controller: str
) -> None:
    cluster.patch(f"/apis/apps/v1/namespaces/{furnished}/deployments/web", {"metadata": metadata})
    async with staged(cluster, furnished, api, "tue 12:00") as stage:
        number = await stage.service.ask("dev", "sleep", HOUR, ANN)
        await stage.happen()
        override = await stage.service.override(number)
        assert override.outcome == "failed"
        assert f"namespace {furnished} is kept by {controller}" in override.why
        assert stage.replicas() == AWAKE


async def test_a_gitops_controller_that_comes_later_does_not_keep_an_override_from_ending(
    cluster: Cluster, furnished: str, api: Any
) -> None:
    async with staged(cluster, furnished, api, "tue 10:00") as stage:
        before = stage.sleepinfo()["spec"]
        number = await stage.service.ask("dev", "sleep", HOUR, ANN)
        await stage.happen()
        labels = {"kustomize.toolkit.fluxcd.io/name": "apps"}
        path = f"/apis/apps/v1/namespaces/{furnished}/deployments/web"
        cluster.patch(path, {"metadata": {"labels": labels}})
        await stage.go(at("tue 12:00"))
        assert (await stage.service.override(number)).outcome == "restored"
        assert stage.replicas() == AWAKE
        assert stage.sleepinfo()["spec"] == before


async def test_a_namespace_that_left_the_settings_meanwhile_is_put_back(
    cluster: Cluster, furnished: str, api: Any
) -> None:
    async with staged(cluster, furnished, api, "tue 10:00") as stage:
        before = stage.sleepinfo()["spec"]
        await stage.service.ask("dev", "sleep", HOUR, ANN)
        await stage.happen()
        stage.backend.backend._namespaces = ("default",)
        await stage.go(at("tue 12:00"))
        assert stage.replicas() == AWAKE
        assert stage.sleepinfo()["spec"] == before


async def test_killed_at_every_point(cluster: Cluster, furnished: str, api: Any) -> None:
    """A process that is killed before, within or after any step leaves no trace of that."""
    records: dict[int, list[tuple[str, str]]] = {}
    point, points = -1, 0
    async with staged(cluster, furnished, api, "mon 12:00") as stage:
        await stage.go(at("mon 22:00"))
        before = stage.sleepinfo()["spec"]
        while point < points:
            stage.backend.points.clear()
            stage.backend.kill_at = point
            number = await stage.service.ask("dev", "wake", HOUR, EVE)
            await stage.happen()
            assert stage.replicas() == AWAKE, point
            await stage.go(stage.service.now + HOUR)
            assert stage.replicas() == ASLEEP, point
            assert stage.sleepinfo()["spec"] == before
            assert (await stage.service.override(number)).outcome == "restored"
            done = [
                (each.step, change)
                for each in await stage.service.happened(events.Done)
                for change in each.changes
            ]
            records[point] = done[sum(map(len, records.values())) :]
            assert len(records[point]) == len(set(records[point])), point
            if point == -1:
                points = len(stage.backend.points)
            point += 1
            # The clock jumps back, and each round is the same night.
            stage.service.now = at("mon 22:00")
    assert points >= 20
    assert {tuple(sorted(done)) for done in records.values()} == {tuple(sorted(records[-1]))}


async def test_the_generated_rights_are_enough_and_no_more(
    cluster: Cluster, furnished: str, api: Any, tmp_path: Path
) -> None:
    settings = Settings(
        environments={"dev": Environment(namespaces=(furnished,))},
        rules="",
        audit_key_file="",
        tokens_file="",
    )
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": rbac.NAME}}, furnished)
    for manifest in rbac.manifests(settings, {furnished: ["nights"]}, namespace=furnished):
        cluster.apply(manifest)
    token = cluster.token_of(furnished, rbac.NAME)
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", cluster.url, cluster.ca, token)
    async with api(kubeconfig) as server:
        stage = Stage(cluster, furnished, server, MemoryStore())
        stage.service.now = at("mon 12:00")
        await stage.go(at("mon 22:00"))
        number = await stage.service.ask("dev", "wake", HOUR, ANN)
        await stage.happen()
        assert stage.replicas() == AWAKE
        await stage.go(at("mon 23:30"))
        assert stage.replicas() == ASLEEP
        assert (await stage.service.override(number)).outcome == "restored"
    limited = Cluster(cluster.url, cluster.ca, token)
    try:
        for method, path in (
            ("GET", f"/api/v1/namespaces/{furnished}/secrets"),
            ("GET", f"/api/v1/namespaces/{furnished}/secrets/other"),
            ("PATCH", f"/apis/apps/v1/namespaces/{furnished}/deployments/web"),
            ("DELETE", f"/apis/kube-green.com/v1alpha1/namespaces/{furnished}/sleepinfos/nights"),
            ("GET", "/apis/apps/v1/namespaces/default/deployments"),
            ("GET", "/api/v1/namespaces"),
        ):
            headers = {"Content-Type": "application/merge-patch+json"}
            body = {} if method == "PATCH" else None
            assert limited.request(method, path, body, headers=headers).status_code == 403, (method, path)
    finally:
        limited.close()


async def test_missing_rights_end_the_override_with_a_remedy(
    cluster: Cluster, furnished: str, api: Any, tmp_path: Path
) -> None:
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody"}}, furnished)
    token = cluster.token_of(furnished, "nobody")
    async with api(write_kubeconfig(tmp_path / "kubeconfig", cluster.url, cluster.ca, token)) as server:
        stage = Stage(cluster, furnished, server, MemoryStore())
        stage.service.now = at("tue 12:00")
        number = await stage.service.ask("dev", "sleep", HOUR, ANN)
        await stage.happen()
        override = await stage.service.override(number)
    assert override.outcome == "failed"
    assert override.why.endswith("give the service account its rights with `astrolabe override rbac`")
