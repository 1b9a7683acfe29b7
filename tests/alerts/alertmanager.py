"""An Alertmanager with the example configuration, as a real process on loopback."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import requests

from tests.real.control_plane import answers
from tests.real.processes import component, free_port, running

Labels = dict[str, str]


class Alertmanager:
    def __init__(self, port: int) -> None:
        self.port = port

    def _request(self, method: str, **arguments: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            url = f"http://127.0.0.1:{self.port}/api/v2/alerts"
            answer = session.request(method, url, timeout=10, **arguments)
        answer.raise_for_status()
        return answer

    def post(self, alerts: Sequence[Labels]) -> None:
        self._request("POST", json=[{"labels": labels} for labels in alerts])

    def alerts(self, *, inhibited: bool = True) -> list[Labels]:
        """Labels of the alerts, with or without those that are inhibited."""
        answer = self._request("GET", params={"inhibited": str(inhibited).lower()})
        return [alert["labels"] for alert in answer.json()]

    def details(self) -> list[dict[str, Any]]:
        """The alerts with their fingerprint and status: state, and what inhibits them."""
        return list(self._request("GET").json())

    def heard(self) -> set[tuple[str, str]]:
        """Name and cluster of the alerts that are not inhibited."""
        return {(alert["alertname"], alert.get("cluster", "")) for alert in self.alerts(inhibited=False)}


@contextlib.contextmanager
def alertmanager(config: Path, folder: Path) -> Iterator[Alertmanager]:
    port = free_port()
    command = [
        component("alertmanager"), f"--config.file={config}", f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    with running(command, folder / "alertmanager.log", lambda: answers(f"http://127.0.0.1:{port}/-/ready")):
        yield Alertmanager(port)
