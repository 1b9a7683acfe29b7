"""One control plane with all incidents, and an exporter that looks at it."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.incidents.entries import ALL, DEFINITIONS
from tests.incidents.making import Incident, Object
from tests.incidents.nodes import Placed
from tests.incidents.speech import brought_forward, now
from tests.real import control_plane as planes
from tests.real import exporter as exporters
from tests.real.cluster import Cluster

HERE = Path(__file__).parent
SETTLED = 25
"""Seconds until Pods are placed and ready, so that something can change."""
SECONDS = 60
"""How long controllers, scheduler and autoscaler may take until everything is as it will stay."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and "real_cluster" in getattr(item, "fixturenames", ()):
            item.add_marker("real")
            item.add_marker(pytest.mark.timeout(300))


class Speaking(Placed):
    """Kubelets that say of each Pod what its incident has them say."""

    def _status(self, pod: Object) -> Object | None:
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        image = pod["spec"]["containers"][0]["image"]
        says = BY_NAMESPACE[namespace].says if namespace in BY_NAMESPACE else {}
        said = next(
            (status for start, status in says.items() if name.startswith(start) or image.startswith(start)),
            None,
        )
        if said is None:
            return super()._status(pod)
        seen = pod.get("status", {}).get("containerStatuses")
        if seen is not None and [each["name"] for each in seen] == [
            each["name"] for each in said["containerStatuses"]
        ]:
            return None
        status: Object = brought_forward(said)
        return status


BY_NAMESPACE = {f"i-{one.name}": one for one in ALL}


class Asked:
    """What the exporter says, by incident."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, one: Incident, node_id: str, what: str = "") -> Any:
        place = quote(node_id.replace("NS", f"i-{one.name}"), safe="")
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"{self._url}/api/v1/graph/{place}{what}", timeout=20).json()


def _prepare(cluster: Cluster) -> None:
    """Make what has to be there before objects are: definitions and namespaces."""
    for each in DEFINITIONS.values():
        cluster.apply(each)
    for one in ALL:
        metadata = {"name": f"i-{one.name}", "labels": one.labels}
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def _put(cluster: Cluster, one: Incident) -> None:
    namespace = f"i-{one.name}"
    cluster.wait(f"/api/v1/namespaces/{namespace}/serviceaccounts/default", bool, f"{namespace} takes Pods")
    for each in one.things:
        _apply(cluster, each, namespace)
    for each in one.deleted:
        cluster.delete(cluster.path(each, namespace))


def _apply(cluster: Cluster, each: Object, namespace: str) -> None:
    """Apply an object, its owner and its status too."""
    body = {key: part for key, part in each.items() if key not in ("ownedBy", "status")}
    if "ownedBy" in each:
        version, kind, name = each["ownedBy"]
        about = {"apiVersion": version, "kind": kind, "metadata": {"name": name}}
        found = cluster.get(cluster.path(about, namespace))
        owner = {"apiVersion": version, "kind": kind, "controller": True, **_named(found)}
        body["metadata"] = {**body["metadata"], "ownerReferences": [owner]}
    cluster.apply(body, namespace)
    if "status" in each:
        cluster.patch(f"{cluster.path(each, namespace)}/status", {"status": each["status"]})


def _tell(cluster: Cluster, one: Incident) -> None:
    """Write the Events of an incident."""
    namespace = f"i-{one.name}"
    about: list[tuple[Object, str, str]] = []
    for start, reason, message in one.events:
        pods = cluster.items(f"/api/v1/namespaces/{namespace}/pods")
        about += [
            ({**each, "kind": "Pod", "apiVersion": "v1"}, reason, message)
            for each in pods
            if each["metadata"]["name"].startswith(start)
        ]
    for each, reason, message in one.notes:
        about.append(({**each, **cluster.get(cluster.path(each, namespace))}, reason, message))
    for number, (each, reason, message) in enumerate(about):
        subject = {"apiVersion": each["apiVersion"], "kind": each["kind"], "namespace": namespace}
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{each['metadata']['name']}.{number}"},
            "involvedObject": {**subject, **_named(each)},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "firstTimestamp": now(30),
            "lastTimestamp": now(),
        }
        cluster.apply(event, namespace)


def _named(each: Object) -> Object:
    return {key: each["metadata"][key] for key in ("name", "uid")}


@pytest.fixture(scope="session")
def real_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """All incidents at once, on a real control plane, when everything has come to rest."""
    folder = tmp_path_factory.mktemp("incidents")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(planes.control_plane(folder))
        _prepare(server.cluster)
        stack.enter_context(Speaking(server.cluster))
        begun = time.monotonic()
        # What refuses Pods is there before what makes them; what changes later has the most time before.
        for one in sorted(ALL, key=lambda one: not (one.then or one.ends)):
            _put(server.cluster, one)
        exporter = stack.enter_context(exporters.exporter(server.kubeconfig, folder / "exporter.log"))
        time.sleep(max(0.0, SETTLED - (time.monotonic() - begun)))
        for one in ALL:
            for each in one.then:
                _apply(server.cluster, each, f"i-{one.name}")
        for one in ALL:
            for each in one.ends:
                server.cluster.delete(server.cluster.path(each, f"i-{one.name}"))
        time.sleep(max(0.0, SECONDS - (time.monotonic() - begun)))
        for one in ALL:
            _tell(server.cluster, one)
        time.sleep(5)
        yield Asked(exporter.url)


def matches(pattern: str, one: Incident, text: str) -> bool:
    """Whether a text begins as a pattern has it."""
    return re.match(pattern.replace("NS", f"i-{one.name}"), text) is not None
