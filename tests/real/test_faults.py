"""Faults that a real API server and its network show: afterwards the exporter says what a fresh one says.

A control plane of its own, since it is stopped, started and set back; only etcd and the API server, so that
nothing changes but what the tests change.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
import requests
import trustme

from tests.api.exporter import SEEN
from tests.ports import free_port
from tests.real import exporter as exporters
from tests.real.cluster import Cluster, write_kubeconfig
from tests.real.conftest import TEST_SECONDS
from tests.real.control_plane import ADMIN_TOKEN, ApiServer, answers, api_server, etcd
from tests.real.exporter import READY_SECONDS, Exporter, snapshot
from tests.real.processes import running, stop, until
from tests.real.proxy import Proxy, fault_proxy

NAMESPACE = "faults"
LABELS = {"app": "web"}
NAMES = ("a", "b", "web")
SOON = 15
BACKOFF = 45
"""Seconds: the longest pause between attempts, with jitter and the time that a busy machine takes."""
SETTLED = 17
"""Seconds after a change of a definition after which everything has been discovered for the last time."""
SILENCE = 75 * 1.1 + 10
"""Seconds after which a connection that says nothing is given up and replaced."""


class Stage:
    """etcd and an API server that can be stopped, with a proxy in front that stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server: ApiServer
        self._etcd = contextlib.ExitStack()
        self._etcd_url = ""
        self._api = contextlib.ExitStack()

    @property
    def cluster(self) -> Cluster:
        """The administrator's client, past the proxy."""
        return self.server.cluster

    def start(self) -> None:
        self._etcd_url = self._etcd.enter_context(etcd(self.folder))
        self.start_api()

    def start_api(self, before: Callable[[int], None] = lambda _: None) -> None:
        """Start the API server; its port is another each time, which is told before it answers."""
        self.server = self._api.enter_context(api_server(self.folder, self._etcd_url, before=before))

    def stop_api(self) -> None:
        self._api.close()

    def stop(self) -> None:
        self.stop_api()
        self._etcd.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("faults"))
    try:
        stage.start()
        stage.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        yield stage
    finally:
        stage.stop()


@pytest.fixture
def proxy(stage: Stage) -> Iterator[Proxy]:
    with fault_proxy(port_of(stage)) as proxy:
        yield proxy


class Followed(NamedTuple):
    """A long-running exporter; what it says of itself is on a page of its own."""

    exporter: Exporter
    itself: Exporter

    def text(self) -> str:
        return self.exporter.text()

    def total(self, metric: str, **labels: str) -> float:
        """The sum of a metric over all kinds."""
        wanted = [f'{name}="{value}"' for name, value in labels.items()]
        lines = [line for line in self.itself.samples(metric) if all(each in line for each in wanted)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)


@contextlib.contextmanager
def following(kubeconfig: Path, log: Path) -> Iterator[Followed]:
    port = free_port()
    with exporters.exporter(
        kubeconfig, log, f"--telemetry-port={port}", f"--metrics-denied={SEEN}"
    ) as exporter:
        yield Followed(exporter, dataclasses.replace(exporter, port=port))


@pytest.fixture
def long_running(stage: Stage, proxy: Proxy, tmp_path: Path) -> Iterator[Followed]:
    """An exporter that knows the API server by the proxy's address."""
    change(stage.cluster, Random(1), 60)
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, stage.cluster.ca, ADMIN_TOKEN)
    with following(kubeconfig, tmp_path / "long-running.log") as followed:
        assert f'id="Secret/{NAMESPACE}/' in followed.text()
        # Who can do what is worked out after it is ready.
        readers = f'astrolabe_access_secret_readers{{namespace="{NAMESPACE}"'
        until(lambda: readers in followed.text(), "access is worked out", SOON)
        yield followed


def port_of(stage: Stage) -> int:
    return int(stage.cluster.url.rpartition(":")[2])


def change(cluster: Cluster, random: Random, steps: int) -> None:
    """Create, update, delete and recreate objects of several kinds."""
    for _ in range(steps):
        obj = some_object(random)
        path = cluster.path(obj, NAMESPACE)
        match random.randrange(4):
            case 0:
                cluster.delete(path)
            case 1:
                cluster.delete(path)
                cluster.apply(obj, NAMESPACE)
            case _:
                cluster.apply(obj, NAMESPACE)


def some_object(random: Random) -> dict[str, object]:
    name, other = random.choice(NAMES), random.choice(NAMES)
    labels = {**LABELS, "tier": other}
    container = {
        "name": "web",
        "image": f"docker.io/library/{name}:1",
        "envFrom": [{"secretRef": {"name": other}}, {"configMapRef": {"name": name}}],
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    kind, api, more = random.choice(
        (
            ("ConfigMap", "v1", {"data": {"key": other}}),
            ("Secret", "v1", {"stringData": {"key": other}}),
            ("ServiceAccount", "v1", {}),
            ("Service", "v1", {"spec": {"selector": {"tier": other}, "ports": [{"port": 80}]}}),
            ("Deployment", "apps/v1", {"spec": {"selector": {"matchLabels": LABELS}, "template": template}}),
        )
    )
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": labels}, **more}


def touch(cluster: Cluster, name: str) -> str:
    """Make a ConfigMap; returns how it shows in /metrics."""
    metadata = {"name": name, "labels": {"made": "to-be-seen"}}
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, NAMESPACE)
    return f'id="ConfigMap/{NAMESPACE}/{name}"'


def agree(stage: Stage, followed: Followed, seconds: float) -> None:
    """Hold the exporter against a fresh one that asks the API server itself, within so many seconds."""
    folder = followed.exporter.log.parent
    with following(stage.server.kubeconfig, folder / "fresh.log") as fresh:
        # The fresh one works out who can do what after it is ready.
        with contextlib.suppress(pytest.fail.Exception):  # the assertion shows what differs
            until(lambda: followed.text() == fresh.text(), "both say the same", seconds)
        assert followed.text() == fresh.text()
        last = touch(stage.cluster, f"last-{fresh.exporter.port}")
        for each in (followed, fresh):
            # What has not changed agrees though the connection is not there again.
            until(lambda each=each: last in each.text(), "it goes on", max(SOON, seconds))
        assert followed.text() == fresh.text()


def test_cut_connections(stage: Stage, proxy: Proxy, long_running: Followed) -> None:
    """Connections break off time and again while objects change: nothing is listed again."""
    random = Random(2)
    listed = long_running.total("astrolabe_list_total", result="success")
    for _ in range(3):
        change(stage.cluster, random, 10)
        before = proxy.accepted
        proxy.cut()
        change(stage.cluster, random, 10)
        until(lambda before=before: proxy.accepted > before, "it connects again", SOON)
    agree(stage, long_running, SOON)
    assert long_running.total("astrolabe_list_total", result="success") == listed
    assert long_running.total("astrolabe_watch_total", result="error") > 0


def test_slow_connections(stage: Stage, proxy: Proxy, long_running: Followed) -> None:
    """What comes late is no fault."""
    proxy.delay = 0.3
    change(stage.cluster, Random(3), 40)
    agree(stage, long_running, SOON)
    assert long_running.total("astrolabe_watch_total") == 0


def test_half_open_connections(stage: Stage, proxy: Proxy, long_running: Followed) -> None:
    """Connections that carry nothing any more are given up for the bookmarks that they owe."""
    listed = long_running.total("astrolabe_list_total", result="success")
    change(stage.cluster, Random(4), 10)
    proxy.stall()
    change(stage.cluster, Random(5), 40)
    unseen = touch(stage.cluster, "unseen")
    assert unseen not in long_running.text()
    agree(stage, long_running, SILENCE)
    assert long_running.total("astrolabe_list_total", result="success") == listed


def told_at_once(followed: Followed) -> str:
    """Return the series without those of access, which are worked out some time after a change."""
    lines = followed.text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("astrolabe_access_"))


def test_an_api_server_out_of_reach(stage: Stage, proxy: Proxy, long_running: Followed) -> None:
    """The last state stays until the API server can be reached, and what happened meanwhile is made good."""
    before = told_at_once(long_running)
    proxy.refuse()
    change(stage.cluster, Random(6), 60)
    kinds = long_running.total("astrolabe_synced")
    log = long_running.exporter.log
    until(lambda: log.read_text().count("watch failed") >= kinds, "every kind notices", SOON)
    assert told_at_once(long_running) == before
    proxy.accept()
    agree(stage, long_running, BACKOFF)


def test_sigterm_in_the_middle_of_a_list(stage: Stage, proxy: Proxy, tmp_path: Path) -> None:
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, stage.cluster.ca, ADMIN_TOKEN)
    flags = [f"--kubeconfig={kubeconfig}", f"--port={free_port()}"]
    command = [sys.executable, "-m", "astrolabe", "serve", *flags]
    proxy.delay = 0.5
    log = tmp_path / "exporter.log"
    with running(command, log, lambda: proxy.connections > 5, environment={"KUBECONFIG": ""}) as process:
        proxy.stall()
        started = time.monotonic()
        assert stop(process, grace=10) == 0, log.read_text()
        assert time.monotonic() - started < 5
    assert "synced" not in log.read_text()
    assert "Traceback" not in log.read_text()


def test_an_api_server_restarted(stage: Stage, proxy: Proxy, long_running: Followed) -> None:
    """The same etcd, but nothing of the history in the API server's memory."""
    change(stage.cluster, Random(7), 30)
    stage.stop_api()
    before = told_at_once(long_running)
    assert f'id="Secret/{NAMESPACE}/' in before
    stage.start_api()
    change(stage.cluster, Random(8), 60)
    assert told_at_once(long_running) == before
    proxy.upstream = port_of(stage)
    agree(stage, long_running, BACKOFF)


def custom(stage: Stage, group: str, *versions: str) -> str:
    """Define rockets of a group, stored in its first version, and make some; returns their kind."""
    names = {"plural": "rockets", "singular": "rocket", "kind": "Rocket"}
    anything = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    served = [
        {"name": version, "served": True, "storage": version == versions[0], "schema": anything}
        for version in versions
    ]
    spec = {"group": group, "names": names, "scope": "Namespaced", "versions": served}
    kind, api = "CustomResourceDefinition", "apiextensions.k8s.io/v1"
    stage.cluster.apply(
        {"apiVersion": api, "kind": kind, "metadata": {"name": f"rockets.{group}"}, "spec": spec}
    )
    stage.cluster.wait(f"/apis/{group}/{versions[0]}/rockets", lambda found: "items" in found, "it is served")
    for number in range(5):
        rocket = {
            "apiVersion": f"{group}/{versions[0]}",
            "kind": "Rocket",
            "metadata": {"name": f"r{number}"},
        }
        stage.cluster.apply(rocket, NAMESPACE)
    return f"Rocket.{group}"


def infos(followed: Followed, kind: str) -> list[str]:
    return [line for line in followed.exporter.samples("astrolabe_resource_info") if f'kind="{kind}"' in line]


@contextlib.contextmanager
def live_changes(followed: Followed) -> Iterator[list[str]]:
    """Collect what the stream of changes says, line by line."""
    lines: list[str] = []
    answer = requests.get(f"{followed.exporter.url}/api/v1/changes", stream=True, timeout=TEST_SECONDS)
    assert answer.ok

    def read() -> None:
        with contextlib.suppress(requests.RequestException, AttributeError):
            lines.extend(line.decode() for line in answer.iter_lines() if line.startswith(b"data:"))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield lines
    finally:
        answer.close()
        thread.join(5)


def test_custom_resources_through_restarts(stage: Stage, proxy: Proxy, long_running: Followed) -> None:
    """For the first moments an API server answers /apis without the groups of definitions."""
    kinds = [custom(stage, f"{name}.space.example", "v1") for name in ("a", "b", "c")]
    for kind in kinds:
        until(lambda kind=kind: len(infos(long_running, kind)) == 5, "it follows them", SOON)
    time.sleep(SETTLED)  # what the definitions cause is over
    before = {kind: infos(long_running, kind) for kind in kinds}
    windows = 0
    with live_changes(long_running) as lines:
        for _ in range(4):
            stage.stop_api()
            # A definition that changes has everything discovered as soon as the server answers.
            stage.start_api(lambda port: setattr(proxy, "upstream", port))
            stage.cluster.patch(
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rockets.a.space.example",
                {"metadata": {"labels": {"touched": str(time.time_ns())}}},
            )
            windows += 1
            end = time.monotonic() + 8
            while time.monotonic() < end:
                assert {kind: infos(long_running, kind) for kind in kinds} == before
    assert windows == 4
    went = [line for line in lines if any(f'"{kind}/' in line and '"gone":["' in line for kind in kinds)]
    assert went == []
    assert "no longer followed" not in long_running.exporter.log.read_text()
    agree(stage, long_running, BACKOFF)


def test_a_conversion_webhook_that_is_down(stage: Stage, proxy: Proxy, tmp_path: Path) -> None:
    """At the start: the others are synced and it is ready; it heals once the webhook is no longer asked."""
    kind = custom(stage, "sick.example", "v1", "v2")
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rockets.sick.example"
    ca = base64.b64encode(stage.cluster.ca.read_bytes()).decode()
    client = {"url": f"https://127.0.0.1:{free_port()}/convert", "caBundle": ca}
    webhook = {"conversionReviewVersions": ["v1"], "clientConfig": client}
    stage.cluster.patch(path, {"spec": {"conversion": {"strategy": "Webhook", "webhook": webhook}}})
    until(
        lambda: stage.cluster.request("GET", "/apis/sick.example/v2/rockets?limit=500").status_code == 500,
        "it cannot be converted",
        SOON,
    )
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, stage.cluster.ca, ADMIN_TOKEN)
    started = time.monotonic()
    with following(kubeconfig, tmp_path / "sick.log") as followed:
        assert time.monotonic() - started < READY_SECONDS
        said = followed.exporter.text("/readyz")
        assert said.startswith("ready\n")
        assert "rockets.sick.example: failing: /apis/sick.example/v2/rockets: 500 conversion webhook" in said
        assert f'id="Namespace/{NAMESPACE}"' in followed.text()
        failing = 'astrolabe_failing{resource="rockets.sick.example"}'
        assert followed.itself.samples("astrolabe_failing").count(f"{failing} 1.0") == 1
        assert 'astrolabe_synced{resource="rockets.sick.example"} 0.0' in followed.itself.text()
        assert json.loads(followed.exporter.text("/health"))["status"] == "degraded"
        stage.cluster.patch(path, {"spec": {"conversion": {"strategy": "None", "webhook": None}}})
        until(lambda: len(infos(followed, kind)) == 5, "it heals", 60)
        assert followed.exporter.text("/readyz") == "ready\n"
        assert f"{failing} 0.0" in followed.itself.samples("astrolabe_failing")

        # And later.
        stage.cluster.patch(path, {"spec": {"conversion": {"strategy": "Webhook", "webhook": webhook}}})
        proxy.cut()
        until(lambda: f"{failing} 1.0" in followed.itself.text(), "it fails", 60)
        assert followed.exporter.text("/readyz").startswith("ready\n")
        assert len(infos(followed, kind)) == 5
        stage.cluster.patch(path, {"spec": {"conversion": {"strategy": "None", "webhook": None}}})
        until(lambda: f"{failing} 0.0" in followed.itself.text(), "it heals", 60)
    stage.cluster.delete(path)


def test_a_version_that_is_no_longer_served(stage: Stage, long_running: Followed) -> None:
    """Another version takes over without a scrape in which an object is gone."""
    kind = custom(stage, "moving.example", "v1", "v1beta1")
    until(lambda: len(infos(long_running, kind)) == 5, "it follows them", SOON)
    assert all('api_version="moving.example/v1"' in line for line in infos(long_running, kind))
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rockets.moving.example"
    versions = stage.cluster.get(path)["spec"]["versions"]
    versions[0]["served"] = False
    stage.cluster.patch(path, {"spec": {"versions": versions}})

    def moved() -> bool:
        found = infos(long_running, kind)
        assert len(found) == 5
        return all('api_version="moving.example/v1beta1"' in line for line in found)

    until(moved, "it follows the other version", 30)
    stage.cluster.delete(path)
    until(lambda: not infos(long_running, kind), "they go", 30)


def test_an_aggregated_api_that_is_down(stage: Stage, long_running: Followed) -> None:
    """It holds up nothing, is named, and leaves nothing behind."""
    path = "/apis/apiregistration.k8s.io/v1/apiservices/v1.away.example"
    spec = {
        "group": "away.example", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100,
        "insecureSkipTLSVerify": True, "service": {"namespace": NAMESPACE, "name": "nowhere"},
    }  # fmt: skip
    stage.cluster.apply(
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1.away.example"},
            "spec": spec,
        }
    )
    folder = long_running.exporter.log.parent
    with following(stage.server.kubeconfig, folder / "away.log") as fresh:
        assert "*.away.example: broken: its API does not answer\n" in fresh.exporter.text("/readyz")
        assert 'astrolabe_failing{resource="*.away.example"} 1.0' in fresh.itself.text()
        stage.cluster.delete(path)
        until(lambda: "away.example" not in fresh.itself.text(), "it is gone", 60)
        assert fresh.exporter.text("/readyz") == "ready\n"


def test_credentials_that_are_replaced(stage: Stage, proxy: Proxy, tmp_path: Path) -> None:
    """A wrong CA and a wrong token, then the right ones: used within a minute, though nothing worked."""
    path, ca = tmp_path / "kubeconfig", tmp_path / "ca.crt"
    ca.write_bytes(trustme.CA().cert_pem.bytes())
    write_kubeconfig(path, proxy.url, ca, "wrong")
    port = free_port()
    flags = [f"--kubeconfig={path}", f"--port={port}"]
    command = [sys.executable, "-m", "astrolabe", "serve", *flags]
    log = tmp_path / "exporter.log"
    live = f"http://127.0.0.1:{port}/livez"
    with running(command, log, lambda: answers(live), environment={"KUBECONFIG": ""}) as process:
        exporter = Exporter(port, process, log)
        ready = f"http://127.0.0.1:{port}/readyz"
        until(lambda: "its certificate is refused" in requests.get(ready, timeout=5).text, "refused", SOON)
        write_kubeconfig(path, proxy.url, ca, ADMIN_TOKEN)
        shutil.copy(stage.cluster.ca, ca)
        until(lambda: answers(ready), "it is ready", 60)
        # Later, too.
        ca.write_bytes(trustme.CA().cert_pem.bytes())
        proxy.cut()
        until(lambda: "its certificate is refused" in requests.get(ready, timeout=5).text, "refused", BACKOFF)
        unseen = touch(stage.cluster, "behind-the-wrong-ca")
        shutil.copy(stage.cluster.ca, ca)
        until(lambda: unseen in exporter.text(), "it goes on", 60)


def test_etcd_restored_from_a_snapshot(stage: Stage, proxy: Proxy, long_running: Followed) -> None:
    """The past comes back, with resource versions that have been seen with other objects."""
    early, late = touch(stage.cluster, "early"), touch(stage.cluster, "late")
    stage.stop()
    data, kept = stage.folder / "etcd", stage.folder / "kept"
    shutil.copytree(data, kept)
    stage.start()
    proxy.upstream = port_of(stage)
    stage.cluster.delete(f"/api/v1/namespaces/{NAMESPACE}/configmaps/early")
    change(stage.cluster, Random(9), 300)
    over = touch(stage.cluster, "over")
    until(lambda: over in long_running.text() and early not in long_running.text(), "it follows", BACKOFF)

    stage.stop()
    shutil.rmtree(data)
    kept.rename(data)
    stage.start()
    proxy.upstream = port_of(stage)
    agree(stage, long_running, BACKOFF)
    text = long_running.text()
    assert (early in text, late in text, over in text) == (True, True, False)
    # And `astrolabe snapshot` agrees, through the proxy as well.
    listed = snapshot(long_running.exporter.log.parent / "kubeconfig")
    shown = {each["id"] for each in long_running.exporter.labels("astrolabe_resource_info")}
    assert {each["id"] for each in listed["nodes"]} == shown
