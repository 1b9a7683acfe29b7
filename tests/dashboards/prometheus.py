"""A real Prometheus over series of the past: made into blocks by promtool, asked over HTTP."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import requests

from tests.ports import free_port
from tests.real.control_plane import answers
from tests.real.processes import component, running

AT = 1_780_000_000
"""The moment that is asked for."""
MOMENTS = range(AT - 120, AT + 1, 15)
"""When the scenes were scraped: the last two minutes."""
_FORGET = 15
"""Seconds for which a sample holds. The past has no staleness markers, which Prometheus sets where a scrape
lacks a series; where a sample holds until the next scrape and no longer, absence begins just then."""


class Prometheus:
    """A running Prometheus, asked as Grafana asks: by POST, since the graphs' queries are long."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.url = url
        self._session = session

    def rows(self, expr: str) -> list[dict[str, str]]:
        """Return the labels of what an instant query finds: the columns of Grafana's table format."""
        return [series["metric"] for series in self.vector(expr)]

    def vector(self, expr: str, at: float = AT) -> list[dict[str, Any]]:
        found = self._post("/api/v1/query", query=expr, time=str(at))
        assert found["resultType"] == "vector"
        return list(found["result"])

    def matrix(
        self, expr: str, start: float = AT - 60, end: float = AT, step: float = 30
    ) -> list[dict[str, Any]]:
        form = {"start": str(start), "end": str(end), "step": str(step)}
        return list(self._post("/api/v1/query_range", query=expr, **form)["result"])

    def label_values(self, series: str, label: str, start: float, end: float) -> Sequence[str]:
        """Return the values of a label over series that were there in a range, sorted."""
        form = {"match[]": series, "start": str(start), "end": str(end)}
        answer = self._session.get(f"{self.url}/api/v1/label/{label}/values", params=form, timeout=30).json()
        assert answer["status"] == "success", f"{answer.get('error')}: {series}"
        return list(answer["data"])

    def parse(self, expr: str) -> dict[str, Any]:
        """Return the syntax tree of a query."""
        return dict(self._post("/api/v1/parse_query", query=expr))

    def _post(self, path: str, **form: str) -> Any:
        answer = self._session.post(self.url + path, data=form, timeout=30).json()
        assert answer["status"] == "success", f"{answer.get('error')}: {form['query'][:300]}"
        return answer["data"]


@contextlib.contextmanager
def holding(folder: Path, samples: Iterable[str]) -> Iterator[Prometheus]:
    """Run a Prometheus that holds `samples`, lines of OpenMetrics."""
    text, data, config = folder / "series.om", folder / "data", folder / "prometheus.yml"
    with text.open("w", encoding="utf-8") as file:
        file.writelines(f"{sample}\n" for sample in samples)
        file.write("# EOF\n")
    config.write_text("scrape_configs: []\n", encoding="utf-8")
    made = [component("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(text), str(data)]
    subprocess.run(made, check=True, capture_output=True, timeout=120)
    text.unlink()
    address = f"127.0.0.1:{free_port()}"
    command = [
        component("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={data}", "--log.level=warn",
        "--storage.tsdb.retention.time=100y", f"--query.lookback-delta={_FORGET}s",
        f"--web.listen-address={address}",
    ]  # fmt: skip
    with (
        running(command, folder / "prometheus.log", lambda: answers(f"http://{address}/-/ready")),
        requests.Session() as session,
    ):
        session.trust_env = False
        yield Prometheus(f"http://{address}", session)
