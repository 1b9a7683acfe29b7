"""Two control planes, each with its exporter and its Prometheus; Thanos joins them.

Every panel and every rule asks Thanos for one cluster, and gets what the Prometheus of that cluster answers
alone.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.clusters.answers import Answer, ask, differs, uncapped
from tests.clusters.test_rules import ASKED as RULES
from tests.clusters.test_rules import RENDERED
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.rendering import filled, queries
from tests.ports import free_port
from tests.real.cluster import Cluster
from tests.real.control_plane import answers, control_plane
from tests.real.exporter import exporter
from tests.real.kubelet import Kubelet
from tests.real.processes import component, running, until
from tests.real.prometheus import prometheus
from tests.real.test_exporter import deploy

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(600)]

NAMES = ("east", "west")
SCRAPES_SECONDS = 60
"""As long as the longest rate of a panel looks back, and two evaluations of the rules."""
CHOSEN = {"namespace": "shop", "release": ".*", "environment": ".*", "limit": "1000"}
"""What is chosen on the boards."""


@dataclass(frozen=True)
class Fleet:
    """What is asked."""

    alone: dict[str, Prometheus]
    """The Prometheus of each cluster."""
    thanos: Prometheus
    at: float
    """The moment that is asked for: both have all of it."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    component("thanos")
    folder = tmp_path_factory.mktemp("thanos")
    with contextlib.ExitStack() as stack:
        session = stack.enter_context(requests.Session())
        session.trust_env = False
        alone, stores = {}, []
        for name in NAMES:
            url, store = stack.enter_context(cluster(folder / name, name))
            alone[name] = Prometheus(url, session)
            stores.append(store)
        thanos = Prometheus(stack.enter_context(querier(folder, stores)), session)
        until(
            lambda: len(thanos.vector("group by (cluster) (up)", time.time())) == len(NAMES),
            "Thanos has both clusters",
            60,
        )
        time.sleep(SCRAPES_SECONDS)  # real servers share no clock with the test
        yield Fleet(alone, thanos, time.time() - 5)


@contextlib.contextmanager
def cluster(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """Run one cluster and what watches it; yields the address of its Prometheus and of its sidecar."""
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        plane = stack.enter_context(control_plane(folder))
        stack.enter_context(Kubelet(plane.cluster, "node-a", "node-b"))
        populate(plane.cluster, name)
        told = stack.enter_context(exporter(plane.kubeconfig, folder / "exporter.log"))
        rules = [RENDERED / "rules.yaml", RENDERED / "alerts.yaml"]
        asked = stack.enter_context(
            prometheus(folder, [f"127.0.0.1:{told.port}"], rule_files=rules, interval="5s", cluster=name)
        )
        grpc, http = (f"127.0.0.1:{free_port()}" for _ in range(2))
        command = [
            component("thanos"), "sidecar", f"--prometheus.url={asked.url}", f"--tsdb.path={folder / 'tsdb'}",
            f"--grpc-address={grpc}", f"--http-address={http}",
        ]  # fmt: skip
        ready = f"http://{http}/-/ready"
        stack.enter_context(running(command, folder / "sidecar.log", lambda: answers(ready)))
        yield asked.url, grpc


def populate(made: Cluster, name: str) -> None:
    """Give both clusters the same names, and each a trouble of its own."""
    made.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    deploy(made, "shop", {"east": 2, "west": 3}[name])
    lost = {"east": "secrets/web-secret", "west": "services/web"}[name]
    made.delete(f"/api/v1/namespaces/shop/{lost}")


@contextlib.contextmanager
def querier(folder: Path, stores: list[str]) -> Iterator[str]:
    """Run `thanos query` over sidecars; yields its address."""
    grpc, http = (f"127.0.0.1:{free_port()}" for _ in range(2))
    command = [component("thanos"), "query", f"--grpc-address={grpc}", f"--http-address={http}"]
    command += [f"--endpoint={store}" for store in stores]
    with running(command, folder / "query.log", lambda: answers(f"http://{http}/-/ready")):
        yield f"http://{http}"


def test_every_panel_gets_the_answer_of_its_cluster(fleet: Fleet) -> None:
    wrong, found = [], 0
    for asked in queries():
        expr = uncapped(asked.expr)
        for name in NAMES:
            alone = ask(fleet.alone[name], filled(expr, "", **CHOSEN), fleet.at, instant=asked.instant)
            joined = ask(fleet.thanos, filled(expr, name, **CHOSEN), fleet.at, instant=asked.instant)
            found += bool(alone)
            wrong += [f"{asked.where}: {name}: {said}" for said in differs(alone, joined)]
    assert not wrong, "\n".join(wrong)
    assert found > 100
    print(f"\n{found} queries of panels found something, and the same through Thanos")  # noqa: T201


def test_every_rule_gets_the_answer_of_its_cluster(fleet: Fleet) -> None:
    wrong, found = [], 0
    for rule, expr in RULES.items():
        for name in NAMES:
            alone = ask(fleet.alone[name], expr, fleet.at)
            joined = of(fleet.thanos, expr, name, fleet.at)
            found += bool(alone)
            wrong += [f"{rule}: {name}: {said}" for said in differs(alone, joined)]
    assert not wrong, "\n".join(wrong)
    assert found > 10
    print(f"\n{found} rules found something, and the same through Thanos")  # noqa: T201


def of(thanos: Prometheus, expr: str, name: str, at: float) -> Answer:
    """Evaluate a rule over all clusters, as a ruler does, and return what it finds of one."""
    return ask(thanos, f'({expr}) and on (cluster) label_replace(vector(1), "cluster", "{name}", "", "")', at)


def test_the_clusters_differ(fleet: Fleet) -> None:
    missing = 'group by (target) (astrolabe_reference_missing_info{namespace="shop",optional!="true"})'
    told = {name: ask(fleet.alone[name], missing, fleet.at) for name in NAMES}
    assert told["east"] != told["west"]
