"""How long the explorer's pages take at 100,000 objects: `python -m tests.explorer.speed`.

The objects are made here, as series of two scrapes in a real Prometheus: namespaces of workloads with their
Pods, Services, configuration and accounts, on 1,000 Nodes of which one is broken, and in every hundredth
workload a Secret is missing. Time is from a click on a link to the page until nothing is loading any more,
the requests to Prometheus included.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page as Tab

from tests.dashboards.prometheus import AT, MOMENTS, holding
from tests.explorer import building, host
from tests.explorer.page import LOADED, ROOT
from tests.graph_view.browser import chromium
from tests.graph_view.building import packages

PODS = 3
OF_A_WORKLOAD = 7 + PODS
"""Deployment, ReplicaSet, Service, EndpointSlice, ConfigMap, Secret, ServiceAccount, and its Pods."""
IN_A_NAMESPACE = 20
NODES = 1000
BROKEN_NODE = "Node/node-7"
ROUNDS = 5

_CLICK = """href => {
  const link = document.createElement("a");
  link.href = href;
  document.body.append(link);
  const begin = performance.now();
  link.click();
  link.remove();
  return begin;
}"""


def series(objects: int) -> Iterator[str]:
    """Return the series of a cluster of about so many objects, without time."""
    yield 'astrolabe_build_info{version="0"} 1'
    yield "astrolabe_shard 0"
    for node in range(NODES):
        yield from _object(
            "Node", "", f"node-{node}", "Error" if f"Node/node-{node}" == BROKEN_NODE else "Ready"
        )
    yield from _cause(BROKEN_NODE, "NodeStatusUnknown")
    for number in range((objects - NODES) // OF_A_WORKLOAD):
        yield from _workload(number)


def _workload(number: int) -> Iterator[str]:
    namespace, name = f"team-{number // IN_A_NAMESPACE}", f"app-{number}"
    if number % IN_A_NAMESPACE == 0:
        yield from _object("Namespace", "", namespace)
    broken = number % 100 == 7
    status = "Error" if broken else "Ready"
    own = {
        kind: f"{kind}/{namespace}/{name}"
        for kind in ("Deployment", "ReplicaSet", "Service", "EndpointSlice")
    }
    for kind in own:
        yield from _object(kind, namespace, name, status)
    for kind in ("ConfigMap", "ServiceAccount", *(() if broken else ("Secret",))):
        yield from _object(kind, namespace, name)
    yield _edge("owns", own["Deployment"], own["ReplicaSet"])
    yield _edge("endpoints", own["Service"], own["EndpointSlice"])
    secret = f"Secret/{namespace}/{name}"
    for user in (own["Deployment"], *(f"Pod/{namespace}/{name}-{pod}" for pod in range(PODS))):
        yield _edge("uses-configmap", user, f"ConfigMap/{namespace}/{name}")
        yield _edge("uses-sa", user, f"ServiceAccount/{namespace}/{name}")
        yield _edge("uses-secret", user, secret, missing=broken)
    for pod in range(PODS):
        node = (number * PODS + pod) % NODES
        away = f"Node/node-{node}" == BROKEN_NODE
        pod_id = f"Pod/{namespace}/{name}-{pod}"
        yield from _object("Pod", namespace, f"{name}-{pod}", "Pending" if away and not broken else status)
        yield _edge("owns", own["ReplicaSet"], pod_id)
        yield _edge("selects", own["Service"], pod_id)
        yield _edge("endpoints", own["EndpointSlice"], pod_id)
        yield _edge("runs-on", pod_id, f"Node/node-{node}")
        yield (
            f'astrolabe_pod_workload_info{{namespace="{namespace}",pod="{name}-{pod}",node="node-{node}",'
            f'workload_kind="Deployment",workload="{name}"}} 1'
        )
        if away:
            yield _explained(pod_id, BROKEN_NODE, 1)
        if broken:
            yield _explained(pod_id, secret, 1)
    if broken:
        yield from _cause(secret, "NotFound")
        for kind, distance in (("ReplicaSet", 2), ("Deployment", 3), ("Service", 2)):
            yield _explained(own[kind], secret, distance)


def _object(kind: str, namespace: str, name: str, status: str = "Ready") -> Iterator[str]:
    object_id = f"{kind}/{namespace}/{name}" if namespace else f"{kind}/{name}"
    labels = f'id="{object_id}",kind="{kind}",namespace="{namespace}",name="{name}"'
    yield f'astrolabe_resource_info{{{labels},api_version="v1",helm_release="",helm_chart=""}} 1'
    yield f'astrolabe_resource_status{{{labels},status="{status}",reason=""}} 1'


def _edge(kind: str, source: str, target: str, *, missing: bool = False) -> str:
    labels = f'type="{kind}",source="{source}",target="{target}"'
    if missing:
        return f'astrolabe_reference_missing_info{{{labels},optional="false"}} 1'
    return f"astrolabe_edge_info{{{labels}}} 1"


def _explained(object_id: str, cause: str, distance: int) -> str:
    return f'astrolabe_root_cause_info{{id="{object_id}",cause="{cause}",distance="{distance}",reason="X"}} 1'


def _cause(object_id: str, reason: str) -> Iterator[str]:
    yield f'astrolabe_cause_info{{id="{object_id}",reason="{reason}",message="It is so"}} 1'
    yield f'astrolabe_cause_affected{{id="{object_id}"}} 1'


def samples(objects: int) -> Iterator[str]:
    """Return those series with the times of two scrapes."""
    for one in series(objects):
        for moment in MOMENTS[-2:]:
            yield f"{one} {moment}"


def milliseconds(tab: Tab, path: str, seen: str) -> float:
    """Go to a page; return how long it took until `seen` was there and nothing was loading."""
    query = f"from={(AT - 600) * 1000}&to={AT * 1000}"
    href = f"{ROOT}{path}{'&' if '?' in path else '?'}{query}"
    begin: float = tab.evaluate(_CLICK, href)
    tab.wait_for_function(f"document.querySelector({seen!r}) !== null && {LOADED}", polling=10)
    end: float = tab.evaluate("performance.now()")
    return end - begin


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description="Measure the explorer's pages.")
    parser.add_argument("--objects", type=int, default=100_000)
    objects = parser.parse_args().objects
    pages = {
        "a healthy Deployment": ("/object/Deployment/team-5/app-100", "[data-section=relations]"),
        "a Deployment with a cause": ("/object/Deployment/team-5/app-107", "[data-picture]"),
        "a Service with a cause": ("/object/Service/team-10/app-207", "[data-picture]"),
        "the broken Node": (f"/object/{BROKEN_NODE}", "[data-section=workloads]"),
        "a namespace": ("/namespace/team-5", "[data-section=counts]"),
        "what is broken": ("", "[data-section=problems]"),
        "a search": ("/?q=app-107", "[data-section=found]"),
    }
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        script = building.Workspace(packages(), folder).host(building.grafana())
        (folder / "past").mkdir()
        with (
            holding(folder / "past", samples(objects)) as prometheus,
            host.serving(script, {"prometheus": prometheus.url}) as url,
            chromium() as browser,
        ):
            tab = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
            tab.goto(f"{url}{ROOT}/foo?to={AT * 1000}&from={(AT - 600) * 1000}")
            tab.get_by_role("alert").wait_for()
            sys.stdout.write(f"{'page':28} {'first':>8} {'median of ' + str(ROUNDS):>12}   ms\n")
            for name, (path, seen) in pages.items():
                taken = []
                for _ in range(ROUNDS + 1):
                    taken.append(milliseconds(tab, path, seen))
                    milliseconds(tab, "/foo", "[role=alert]")
                sys.stdout.write(f"{name:28} {taken[0]:8.0f} {statistics.median(taken[1:]):12.0f}\n")


if __name__ == "__main__":
    main()
