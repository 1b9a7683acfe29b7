"""Serves the page that plays Grafana, and answers its queries as its backend does: from Prometheus."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import requests

from tests.dashboards.recording import Recording
from tests.explorer import proxy
from tests.explorer.building import MODULE

_PAGE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Grafana</title>
<link rel="icon" href="data:,"><body><main id="app"></main>
<script>window.grafanaBootData = {settings: {}, user: {}}</script><script src="/host.js"></script></html>"""


ALERT = 'ALERTS{alertname="AstrolabeResourceError",alertstate="firing",severity="warning",id="%s"} 1 %d'
ALERTING = "Deployment/shop-catalog/pricing"


def with_alerts(recording: Recording) -> Iterator[str]:
    """Return what was scraped, and what Prometheus adds while an alert of the pricing Deployment fires."""
    yield from recording.samples()
    begin, end = recording.at("09:30"), recording.at("13:00")
    yield from (ALERT % (ALERTING, moment) for moment in recording.scrapes if begin <= moment <= end)


def answered(session: requests.Session, prometheus: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Grafana's backend answers to the queries of one request."""
    begin, end = int(asked["from"]) / 1000, int(asked["to"]) / 1000
    results: dict[str, Any] = {}
    for query in asked["queries"]:
        form = {"query": query["expr"]}
        if query["instant"]:
            path, form["time"] = "query", str(end)
        else:
            path, step = "query_range", query["intervalMs"] / 1000
            # Grafana aligns the ends of a range with its step.
            form |= {"start": str(begin // step * step), "end": str(end // step * step), "step": str(step)}
        try:
            answer = session.post(f"{prometheus}/api/v1/{path}", data=form, timeout=30).json()
        except requests.ConnectionError:
            refused = f'Post "{prometheus}/api/v1/{path}": dial tcp: connect: connection refused'
            results[query["refId"]] = {"error": refused, "status": 500}
            continue
        if answer["status"] == "success":
            frames = [_frame(series) for series in answer["data"]["result"]]
            results[query["refId"]] = {"status": 200, "frames": frames}
        else:
            results[query["refId"]] = {"error": f"{answer['errorType']}: {answer['error']}", "status": 400}
    return {"results": results}


def _frame(series: Mapping[str, Any]) -> dict[str, Any]:
    points = series.get("values") or [series["value"]]
    numbers = [float(value) for _, value in points]
    special: dict[str, list[int]] = {}
    values: list[float | None] = []
    for index, number in enumerate(numbers):
        kind = {"nan": "NaN", "inf": "Inf", "-inf": "NegInf"}.get(str(number))
        values.append(None if kind else number)
        if kind:
            special.setdefault(kind, []).append(index)
    return {
        "schema": {
            "fields": [
                {"name": "Time", "type": "time"},
                {"name": "Value", "type": "number", "labels": series["metric"]},
            ]
        },
        "data": {
            "values": [[int(time * 1000) for time, _ in points], values],
            **({"entities": [None, special]} if special else {}),
        },
    }


@contextmanager
def serving(
    script: bytes, prometheus: Mapping[str, str], apps: Mapping[str, proxy.Configured] | None = None
) -> Iterator[str]:
    """Serve the page; yield its address.

    `prometheus` has the address behind the uid of each data source, `apps` the app's configurations by the
    name by which a page says which one is in force.
    """
    session = requests.Session()
    session.trust_env = False

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith(proxy.ROOT):
                role, app = self.headers["X-Played-Role"], self.headers["X-Played-App"]
                self._json(*proxy.forwarded(session, self.path, role, (apps or {})[app]))
                return
            kind, body = {
                "/host.js": ("text/javascript; charset=utf-8", script),
                "/module.js": ("text/javascript; charset=utf-8", MODULE.read_bytes()),
            }.get(self.path, ("text/html; charset=utf-8", _PAGE))
            known = kind.startswith("text/javascript") or self.path.startswith("/a/astrolabe-graph-app")
            self._answer(200 if known else 404, kind, body)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            uid = asked["queries"][0]["datasource"]["uid"]
            if uid not in prometheus:
                self._json(404, {"message": "data source not found"})
                return
            answer = answered(session, prometheus[uid], asked)
            failed = any("error" in result for result in answer["results"].values())
            self._json(400 if failed else 200, answer)

        def _json(self, status: int, answer: Mapping[str, Any]) -> None:
            self._answer(status, "application/json", json.dumps(answer).encode())

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            kept = "max-age=3600" if kind.startswith("text/javascript") else "no-store"
            self.send_header("Cache-Control", kept)
            self.end_headers()
            # Whoever goes on to another page does not wait for the answer.
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            session.close()
