"""A real Prometheus over hand-written series: built into a block by promtool, asked over HTTP."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import requests

VERSION = "0.315.0"
AT = 1_780_000_000
"""The moment at which every series has its one sample."""


def binary(name: str) -> Path | None:
    """Return the built program, looked for where the tests' components are built."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folders = [
        *([Path(assets)] if assets else []),
        cache / "astrolabe" / "components" / f"prometheus-{VERSION}",
    ]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def close(self) -> None:
        self._session.close()

    def rows(self, expr: str, at: float = AT) -> list[dict[str, str]]:
        """Return the labels of what an instant query finds, as Grafana's table format shows them."""
        return [series["metric"] for series in self.vector(expr, at)]

    def vector(self, expr: str, at: float = AT) -> list[dict[str, Any]]:
        found = self._post("/api/v1/query", query=expr, time=str(at))
        assert found["resultType"] == "vector", found["resultType"]
        result: list[dict[str, Any]] = found["result"]
        return result

    def parse(self, expr: str) -> dict[str, Any]:
        """Return the syntax tree of a query."""
        tree: dict[str, Any] = self._post("/api/v1/parse_query", query=expr)
        return tree

    def _post(self, path: str, **form: str) -> Any:
        answer = self._session.post(self.url + path, data=form, timeout=30).json()
        assert answer["status"] == "success", f"{answer.get('error')}: {form['query'][:300]}"
        return answer["data"]


@contextlib.contextmanager
def running(folder: Path, lines: Iterable[str]) -> Iterator[Prometheus]:
    """Start a Prometheus that holds `lines`, and stop it by its handle."""
    promtool, server = binary("promtool"), binary("prometheus")
    assert promtool is not None
    assert server is not None
    text = folder / "series.om"
    # A second sample a minute earlier gives ranges something to take a rate of.
    samples = [f"{line} {moment}" for line in sorted(lines) for moment in (AT - 60, AT)]
    text.write_text("\n".join([*samples, "# EOF", ""]), encoding="utf-8")
    data = folder / "data"
    subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", text, data],
        check=True,
        capture_output=True,
        timeout=60,
    )
    (folder / "prometheus.yml").write_text("scrape_configs: []\n", encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        server,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={address}",
        "--log.level=error",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        prometheus = Prometheus(f"http://{address}")
        try:
            _wait_until_ready(prometheus.url, process)
            yield prometheus
        finally:
            prometheus.close()
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "Prometheus ended"
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{url}/-/ready", timeout=1).ok:
                return
        time.sleep(0.05)
    raise AssertionError("Prometheus was not ready within 30 s")
