"""Prometheus, promtool and Alertmanager, as real processes on loopback."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import requests

from tests.ports import free_port
from tests.real.control_plane import answers
from tests.real.processes import component, running, until

Row = tuple[dict[str, str], float]


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[Row]:
        """Return the instant vector of an expression: labels (without job and instance) and values."""
        data = self.get("/api/v1/query", query=expression)
        return [
            (
                {key: value for key, value in row["metric"].items() if key not in {"job", "instance"}},
                float(value),
            )
            for row in data["result"]
            for value in (row["value"][1],)
        ]

    def rows(self, expression: str, seconds: float = 30) -> list[Row]:
        """Return the instant vector as soon as it has rows."""
        return until(lambda: self.query(expression), f"{expression} has rows", seconds)

    def get(self, path: str, **params: str) -> Any:
        """Return `data` of an answer of the HTTP API."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(self.url + path, params=params, timeout=30).json()
        assert answer["status"] == "success", answer
        return answer["data"]


@contextlib.contextmanager
def prometheus(
    folder: Path,
    targets: Sequence[str],
    *,
    rule_files: Sequence[Path] = (),
    alertmanager_port: int = 0,
    interval: str = "1s",
    cluster: str = "",
    feature: str = "",
) -> Iterator[Prometheus]:
    """Run Prometheus scraping `host:port` targets, every second, with their own labels honoured.

    It keeps what it scrapes in `folder / "tsdb"`. `cluster` is its external label, `feature` is turned on.
    """
    program = component("prometheus")
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
        "scrape_configs": [
            {"job_name": "astrolabe", "honor_labels": True, "static_configs": [{"targets": list(targets)}]}
        ],
        "rule_files": [str(each) for each in rule_files],
    }
    if cluster:
        config["global"]["external_labels"] = {"cluster": cluster}
    if alertmanager_port:
        target = [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]}]
        config["alerting"] = {"alertmanagers": target}
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(config))
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        program, f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}", "--log.level=warn",
        f"--web.listen-address=127.0.0.1:{port}", *([f"--enable-feature={feature}"] if feature else ()),
    ]  # fmt: skip
    with running(command, folder / "prometheus.log", lambda: answers(f"{url}/-/ready")):
        yield Prometheus(url)


@contextlib.contextmanager
def alertmanager(folder: Path) -> Iterator[int]:
    """Run an Alertmanager that tells nobody; yields its port."""
    program = component("alertmanager")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps({"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}))
    port = free_port()
    command = [
        program, f"--config.file={file}", f"--storage.path={folder / 'alertmanager'}", "--log.level=warn",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    with running(command, folder / "alertmanager.log", lambda: answers(f"http://127.0.0.1:{port}/-/ready")):
        yield port


def promtool(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run promtool, with a text as its input."""
    command = [component("promtool"), *arguments]
    return subprocess.run(command, input=text or "", capture_output=True, text=True, timeout=60, check=False)
