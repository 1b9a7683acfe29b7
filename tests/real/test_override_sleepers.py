"""Environments of py-kube-downscaler and KEDA on a real API server, with the rights that are generated."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from astrolabe.kube import credentials
from astrolabe.override import events, rbac
from astrolabe.override.direct.annotated import Annotated
from astrolabe.override.direct.client import APPLY, ApiServer, connected
from astrolabe.override.direct.sleepers import SLEEPERS
from astrolabe.override.settings import Environment, Settings
from tests.override.memory import MemoryStore
from tests.override.world import ANN, HOUR, Service, World
from tests.real.cluster import Cluster, Object, write_kubeconfig
from tests.real.downscaler import DEFINITION, SCALED_OBJECTS, Downscaler, Keda
from tests.real.processes import until
from tests.real.test_sleep import CRON_JOBS, DEPLOYMENTS, workload

pytestmark = pytest.mark.real
UNTIL = "downscaler/exclude-until"
DOWNTIME = "downscaler/downtime"
PAUSED = "autoscaling.keda.sh/paused-replicas"


class Stage:
    """A namespace, what puts it to sleep, and the service."""

    def __init__(self, cluster: Cluster, namespace: str, acts: Callable[[float], None]) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.service = Service(World(), MemoryStore(), names=("dev",))
        self.acts = acts

    async def go(self, seconds: float = 3.0) -> None:
        """Let time pass, then the sleeper act, then the service look twice, as it does every two seconds."""
        self.service.now += seconds
        await self.service.worker.turn()
        self.acts(self.service.now)
        self.service.now += 3.0
        await self.service.worker.turn()

    def objects(self, collection: str) -> dict[str, Object]:
        found = self.cluster.items(collection.replace("NS", self.namespace))
        return {each["metadata"]["name"]: each for each in found}

    async def whats(self) -> list[str]:
        began = await self.service.happened(events.Began)
        return [change for each in began for change in each.changes]  # type: ignore[union-attr]


@asynccontextmanager
async def staged(
    cluster: Cluster,
    namespace: str,
    folder: Path,
    sleeper: Any,
    acts: Callable[[float], None],
    between: Callable[[str], None] | None = None,
) -> AsyncIterator[Stage]:
    """Run the service as the account that has the generated rights."""
    environment = Environment(namespaces=(namespace,), sleeper=sleeper)
    settings = Settings(environments={"dev": environment}, rules="", audit_key_file="", tokens_file="")
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": rbac.NAME}}, namespace)
    for manifest in rbac.manifests(settings, {namespace: ["nights"]}, namespace=namespace):
        cluster.apply(manifest)
    token = cluster.token_of(namespace, rbac.NAME)
    kubeconfig = write_kubeconfig(folder / "kubeconfig", cluster.url, cluster.ca, token)
    server = await connected(credentials.choose(str(kubeconfig)))
    stage = Stage(cluster, namespace, acts)
    if between is not None:
        server = Busy(server, between)
    stage.service.worker._backends = {"dev": Annotated(server, [namespace], SLEEPERS[sleeper])}
    try:
        yield stage
    finally:
        await server.close()


class Busy(ApiServer):
    """A server on which somebody else writes to an object right before each patch of it."""

    def __init__(self, server: ApiServer, between: Callable[[str], None]) -> None:
        super().__init__(server._cluster)
        self.between = between

    async def patch(self, path: str, body: Object, kind: str = APPLY) -> Object:
        self.between(path)
        return await super().patch(path, body, kind)


def notes(obj: Object) -> dict[str, str]:
    found: dict[str, str] = obj["metadata"].get("annotations") or {}
    return found


@pytest.fixture
def furnished(cluster: Cluster, namespace: str) -> str:
    """Two Deployments, one of which has a downtime of its own, one that is excluded, and a CronJob."""
    for name, count, given in (
        ("web", 3, {}),
        ("api", 2, {DOWNTIME: "never"}),
        ("keep", 1, {"downscaler/exclude": "true"}),
    ):
        item = workload(DEPLOYMENTS, name, count)
        item["metadata"]["annotations"] = given
        cluster.apply(item, namespace)
    cluster.apply(workload(CRON_JOBS, "report"), namespace)
    return namespace


APPS = "/apis/apps/v1/namespaces/NS/deployments"
JOBS = "/apis/batch/v1/namespaces/NS/cronjobs"


def counts(stage: Stage) -> dict[str, int]:
    found = {name: each["spec"]["replicas"] for name, each in stage.objects(APPS).items()}
    return found | {name: int(not each["spec"]["suspend"]) for name, each in stage.objects(JOBS).items()}


async def test_a_controller_writes_to_an_object_that_was_just_read(
    cluster: Cluster, furnished: str, tmp_path: Path
) -> None:
    """The status of a Deployment is written at any time: that is no reason to begin again."""
    written: dict[str, int] = {}

    def between(path: str) -> None:
        written[path] = written.get(path, 0) + 1
        if written[path] < 3:
            cluster.patch(path, {"metadata": {"labels": {"written": str(written[path])}}})

    async with staged(cluster, furnished, tmp_path, "kube-downscaler", lambda _: None, between) as stage:
        await stage.service.ask("dev", "wake", HOUR, ANN)
        await stage.service.worker.turn()
        items = stage.objects(APPS)
        assert {name for name, each in items.items() if UNTIL in notes(each)} == {"web", "api"}
        assert written[f"{APPS.replace('NS', furnished)}/web"] == 3, "twice in vain"
        assert len(await stage.service.happened(events.Began)) == 1


async def test_somebody_changes_an_annotation_that_was_just_read(
    cluster: Cluster, furnished: str, tmp_path: Path
) -> None:
    path, theirs = f"{APPS.replace('NS', furnished)}/web", "2099-01-01T00:00:00Z"
    tries = []

    def between(patched: str) -> None:
        if patched == path:
            tries.append(patched)
            if len(tries) == 1:
                cluster.patch(path, {"metadata": {"annotations": {UNTIL: theirs}}})

    async with staged(cluster, furnished, tmp_path, "kube-downscaler", lambda _: None, between) as stage:
        await stage.service.ask("dev", "wake", HOUR, ANN)
        await stage.service.worker.turn()
        assert notes(stage.objects(APPS)["web"])[UNTIL] == theirs, "not written over unseen"
        assert len(tries) == 1


async def test_kube_downscaler(cluster: Cluster, furnished: str, tmp_path: Path) -> None:
    downscaler, night = Downscaler(cluster, furnished), [True]

    def acts(now: float) -> None:
        downscaler.run(now, uptime=not night[0])

    async with staged(cluster, furnished, tmp_path, "kube-downscaler", acts) as stage:
        acts(stage.service.now)
        assert counts(stage) == {"web": 0, "api": 0, "keep": 1, "report": 0}
        woken = await stage.service.ask("dev", "wake", HOUR, ANN)
        await stage.go()
        assert counts(stage) == {"web": 3, "api": 2, "keep": 1, "report": 1}
        assert (await stage.service.override(woken)).phase == "verified"
        await stage.go(HOUR)
        assert (await stage.service.override(woken)).outcome == "restored"
        await stage.go()
        assert counts(stage) == {"web": 0, "api": 0, "keep": 1, "report": 0}
        night[0] = False
        await stage.go()
        before = {name: notes(each) for name, each in stage.objects(APPS).items()}
        slept = await stage.service.ask("dev", "sleep", HOUR, ANN)
        await stage.go()
        assert counts(stage) == {"web": 0, "api": 0, "keep": 1, "report": 0}
        assert (await stage.service.override(slept)).phase == "verified"
        await stage.service.end(slept)
        await stage.go()
        assert counts(stage) == {"web": 3, "api": 2, "keep": 1, "report": 1}
        for name, each in stage.objects(APPS).items():
            assert {key: notes(each).get(key) for key in (UNTIL, DOWNTIME)} == {
                key: before[name].get(key) for key in (UNTIL, DOWNTIME)
            }, "as before, byte for byte"
        assert "Deployment/" + furnished + "/web: downscaler/downtime is taken away" in await stage.whats()


async def test_what_somebody_says_meanwhile_stays(cluster: Cluster, furnished: str, tmp_path: Path) -> None:
    async with staged(cluster, furnished, tmp_path, "kube-downscaler", lambda _now: None) as stage:
        await stage.service.ask("dev", "wake", HOUR, ANN)
        await stage.go()
        path = f"/apis/apps/v1/namespaces/{furnished}/deployments/web"
        cluster.patch(path, {"metadata": {"annotations": {UNTIL: "2030-01-01T00:00:00Z"}}})
        await stage.go(HOUR)
        deployments = stage.objects(APPS)
        assert notes(deployments["web"])[UNTIL] == "2030-01-01T00:00:00Z"
        assert UNTIL not in notes(deployments["api"])
        (released,) = [
            each
            for each in await stage.service.happened(events.Done)
            if each.step == "release"  # type: ignore[union-attr]
        ]
        assert any("somebody set downscaler/exclude-until to 2030" in each for each in released.changes)  # type: ignore[union-attr]


async def test_it_waits_until_the_downscaler_has_acted(
    cluster: Cluster, furnished: str, tmp_path: Path
) -> None:
    async with staged(cluster, furnished, tmp_path, "kube-downscaler", lambda _now: None) as stage:
        number = await stage.service.ask("dev", "sleep", HOUR, ANN)
        await stage.go()
        assert (await stage.service.override(number)).phase != "verified"
        for _ in range(3):
            await stage.go(60)
        (failed,) = await stage.service.happened(events.Failed)
        assert "kube-downscaler has not put it to sleep yet, and 2 more" in failed.problem  # type: ignore[union-attr]
        Downscaler(cluster, furnished).run(stage.service.now, uptime=True)
        await stage.go(60)
        assert (await stage.service.override(number)).phase == "verified"


async def test_keda(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    keda = Keda(cluster, namespace)
    cluster.apply(DEFINITION)
    for name, given in (("web", {PAUSED: "0"}), ("queue", {}), ("held", {PAUSED: "5"})):
        cluster.apply(
            {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
             "metadata": {"name": name, "annotations": given}, "spec": {"scaleTargetRef": {"name": name}}},
            namespace,
        )  # fmt: skip
    async with staged(cluster, namespace, tmp_path, "keda", lambda _now: keda.run()) as stage:

        def paused() -> dict[str, str | None]:
            found = stage.objects(f"{SCALED_OBJECTS}/namespaces/NS/scaledobjects")
            return {name: notes(each).get(PAUSED) for name, each in found.items()}

        before = paused()
        keda.run()
        slept = await stage.service.ask("dev", "sleep", HOUR, ANN)
        await stage.go()
        assert paused() == {"web": "0", "queue": "0", "held": "0"}
        assert (await stage.service.override(slept)).phase == "verified"
        # The later one decides, and what there was before the first one comes back.
        woken = await stage.service.ask("dev", "wake", HOUR / 2, ANN)
        await stage.go()
        assert paused() == {"web": None, "queue": None, "held": None}
        assert (await stage.service.override(woken)).phase == "verified"
        await stage.go(HOUR / 2)
        assert paused() == {"web": "0", "queue": "0", "held": "0"}
        await stage.go(HOUR / 2)
        assert paused() == before
        assert (await stage.service.override(slept)).outcome == "restored"


async def test_without_keda_it_says_so(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    cluster.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/scaledobjects.keda.sh")
    gone = f"/apis/keda.sh/v1alpha1/namespaces/{namespace}/scaledobjects"
    until(lambda: cluster.request("GET", gone).status_code == 404, "ScaledObjects are served no more")
    async with staged(cluster, namespace, tmp_path, "keda", lambda _now: None) as stage:
        number = await stage.service.ask("dev", "sleep", HOUR, ANN)
        await stage.go()
        override = await stage.service.override(number)
        assert (override.phase, override.why) == (
            "closed",
            "the cluster has no ScaledObject: install keda, or correct `sleeper`",
        )
