"""A real Prometheus over hand-written series: made into a block by promtool, asked over HTTP."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import requests

from tests.real.control_plane import answers
from tests.real.processes import component, free_port, running

AT = 1_780_000_000
"""The moment that is asked for."""
MOMENTS = range(AT - 120, AT + 1, 30)
"""When the scenes were scraped: the last two minutes."""


class Prometheus:
    """A running Prometheus, asked as Grafana asks: by POST, since the graphs' queries are long."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self._url = url
        self._session = session

    def rows(self, expr: str) -> list[dict[str, str]]:
        """Return the labels of what an instant query finds: the columns of Grafana's table format."""
        return [series["metric"] for series in self.vector(expr)]

    def vector(self, expr: str) -> list[dict[str, Any]]:
        found = self._post("/api/v1/query", query=expr, time=str(AT))
        assert found["resultType"] == "vector"
        return list(found["result"])

    def matrix(self, expr: str) -> list[dict[str, Any]]:
        form = {"start": str(AT - 60), "end": str(AT), "step": "30"}
        return list(self._post("/api/v1/query_range", query=expr, **form)["result"])

    def parse(self, expr: str) -> dict[str, Any]:
        """Return the syntax tree of a query."""
        return dict(self._post("/api/v1/parse_query", query=expr))

    def _post(self, path: str, **form: str) -> Any:
        answer = self._session.post(self._url + path, data=form, timeout=30).json()
        assert answer["status"] == "success", f"{answer.get('error')}: {form['query'][:300]}"
        return answer["data"]


@contextlib.contextmanager
def holding(folder: Path, samples: Iterable[str]) -> Iterator[Prometheus]:
    """Run a Prometheus that holds `samples`, lines of OpenMetrics."""
    text, data, config = folder / "series.om", folder / "data", folder / "prometheus.yml"
    text.write_text("\n".join([*samples, "# EOF", ""]), encoding="utf-8")
    config.write_text("scrape_configs: []\n", encoding="utf-8")
    made = [component("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(text), str(data)]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    address = f"127.0.0.1:{free_port()}"
    command = [
        component("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={data}", "--log.level=warn",
        "--storage.tsdb.retention.time=100y", "--query.lookback-delta=15s", f"--web.listen-address={address}",
    ]  # fmt: skip
    with (
        running(command, folder / "prometheus.log", lambda: answers(f"http://{address}/-/ready")),
        requests.Session() as session,
    ):
        session.trust_env = False
        yield Prometheus(f"http://{address}", session)
