"""Prometheus takes the whole page whatever a tenant may have created, and reads its gzip to the end."""

from __future__ import annotations

import gzip
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from astrolabe.graph.facts import Facts, Ref, Release, object_id
from astrolabe.graph.graph import Graph
from astrolabe.metrics.exposed import ExposedMetrics
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.snapshot import gzipped
from tests.metrics.strict import check
from tests.real.prometheus import Prometheus, promtool

REFERENCES = 30_000
"""Of one object: more than 16 MiB of text."""


def things() -> Iterator[Facts]:
    """What tenants may create that looks like something else when names are made of it."""

    def thing(kind: str, name: str, **parts: Any) -> Facts:
        return Facts(id=object_id(kind, "shop", name), kind=kind, namespace="shop", uid=kind + name,
                     api_version="v1", **parts)  # fmt: skip

    yield thing("Pod", "p", labels=(("a-b", "1"), ("a.b", "2"), ("a_b_conflict1", "3"), ("emptyval", "")))
    for number, (namespace, name) in enumerate((("a/b", "c"), ("a", "b/c"), ('"', "\\\n"))):
        yield thing("Pod", f"released-{number}", release=Release(namespace, name))
    for name in ('a"b', "a\\b", "a\nb", "a\rb", "a\x85b", "a\u2028b", "a b,{c}=d # e"):
        yield thing("Role", name)
        yield thing("RoleBinding", name, refs=(Ref("grants", object_id("Role", "shop", name)),))
    refs = tuple(Ref("uses-secret", f"Secret/shop/{number:0253}") for number in range(REFERENCES))
    yield thing("Pod", "p" * 253, refs=refs)


@pytest.fixture(scope="module")
def exposition() -> Exposition:
    graph = Graph()
    found = Exposition(graph, ExposedMetrics(labels={"Pod": ("*",)}))
    for facts in things():
        found.follow(graph.apply(facts))
    found.follow(graph.cover("Secret"))
    return found


def body_of(exposition: Exposition, *, openmetrics: bool) -> bytes:
    return b"".join(gzipped(exposition.snapshot_now().pieces(openmetrics=openmetrics)))


@pytest.fixture
def page(exposition: Exposition) -> Iterator[str]:
    body = body_of(exposition, openmetrics=False)

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def text_of(exposition: Exposition) -> str:
    return gzip.decompress(body_of(exposition, openmetrics=False)).decode()


def test_prometheus_takes_all_of_it(
    prometheus: Callable[..., Prometheus], page: str, exposition: Exposition
) -> None:
    text = text_of(exposition)
    series = len(check(text.encode()))
    assert series > REFERENCES
    server = prometheus(page, interval="10s")
    everything = 'count({__name__=~"astrolabe_.+"})'
    assert server.rows(everything, seconds=60) == [({}, float(series))]
    assert server.rows("up") == [({"__name__": "up"}, 1.0)]
    assert server.query("scrape_samples_scraped")[0][1] == series
    ((labels, _),) = server.query('astrolabe_resource_labels{id="Pod/shop/p"}')
    # What is empty is absent to Prometheus.
    assert {name: value for name, value in labels.items() if name.startswith("label_")} == {
        "label_a_b_conflict1": "3",
        "label_a_b_conflict2": "1",
        "label_a_b_conflict3": "2",
    }


def test_so_does_promtool(exposition: Exposition) -> None:
    few = [line for line in text_of(exposition).split("\n") if not line.startswith("astrolabe_reference_")]
    done = promtool("check", "metrics", text="\n".join(few))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
