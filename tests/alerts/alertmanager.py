"""An Alertmanager with the example configuration, as a real process on loopback."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import requests

from tests.ports import free_port
from tests.real.control_plane import answers
from tests.real.processes import component, running, until

Labels = dict[str, str]

_LAST = "taken in last"
"""The cluster of two alerts of which one inhibits the other: when it does, all before them were taken in."""


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
        """Post alerts, and return when inhibition knows them: Alertmanager takes them in later, in order."""
        self._request("POST", json=[{"labels": labels} for labels in alerts])
        last = [{"alertname": name, "cluster": _LAST} for name in ("AstrolabeStale", "AstrolabeDown")]
        self._request("POST", json=[{"labels": labels} for labels in last])
        until(lambda: self._is_inhibited(last[0]), "the last alert is inhibited")

    def _is_inhibited(self, labels: Labels) -> bool:
        found = [alert for alert in self._request("GET").json() if alert["labels"] == labels]
        return any(alert["status"]["inhibitedBy"] for alert in found)

    def alerts(self, *, inhibited: bool = True) -> list[Labels]:
        """Labels of the alerts, with or without those that are inhibited."""
        answer = self._request("GET", params={"inhibited": str(inhibited).lower()})
        labels = [alert["labels"] for alert in answer.json()]
        return [each for each in labels if each.get("cluster") != _LAST]

    def details(self) -> list[dict[str, Any]]:
        """The alerts with their fingerprint and status: state, and what inhibits them."""
        return [each for each in self._request("GET").json() if each["labels"].get("cluster") != _LAST]

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
