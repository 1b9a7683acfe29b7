"""The override service as a process, beside the exporter, on a real API server; killed in the middle."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from astrolabe.override import events, records
from astrolabe.override.chain import Record
from astrolabe.override.ledger import replay
from tests.override.process import KEY
from tests.override.serving import TOKENS
from tests.ports import free_port
from tests.real.cluster import Cluster
from tests.real.control_plane import ApiServer
from tests.real.exporter import Exporter
from tests.real.processes import program_of, running, until
from tests.real.test_sleep import DEPLOYMENTS, definition, workload

__all__ = ["definition"]
pytestmark = pytest.mark.usefixtures("definition")
KILLS = 22
RULES = """
roles:
  admin: {environments: ["*"], longest: 4d, weekends: true, audit: true}
people: [{role: admin, users: ["token:eve"]}]
cooldown: {first: 0s, second: 0s, further: 0s}
limits: {requests_per_minute: 100000, per_person: 100000}
"""


class Process:
    """The service, started again as often as a test wants."""

    def __init__(self, folder: Path, config: Path, port: int, metrics: int) -> None:
        self.folder = folder
        self.config = config
        self.url = f"http://127.0.0.1:{port}"
        self.metrics = f"http://127.0.0.1:{metrics}/metrics"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {TOKENS['eve']}"
        self.starts = 0

    def ready(self) -> bool:
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            return self.session.get(f"{self.url}/readyz", timeout=5).ok
        return False

    @contextlib.contextmanager
    def started(self) -> Iterator[int]:
        """Run it; yields the id of the process itself."""
        self.starts += 1
        command = [sys.executable, "-m", "astrolabe", "override", "serve", f"--config={self.config}"]
        with running(command, self.folder / f"override-{self.starts}.log", self.ready, grace=0.5) as process:
            yield program_of(process)

    def get(self, path: str, **params: str) -> Any:
        answer = self.session.get(f"{self.url}/api/v1{path}", params=params, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> Any:
        answer = self.session.post(f"{self.url}/api/v1{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def phase(self, number: int) -> tuple[str, str]:
        (override,) = self.get(f"/overrides/{number}")["overrides"]
        return override["phase"], override["outcome"]


@pytest.fixture
def service(
    control_plane: ApiServer, namespace: str, exporter: Callable[..., Exporter], tmp_path: Path
) -> Process:
    port, metrics = free_port(), free_port()
    (tmp_path / "tokens").write_text(f"eve:{TOKENS['eve']}\n")
    (tmp_path / "audit-key").write_text(KEY)
    (tmp_path / "rules.yaml").write_text(RULES)
    config = tmp_path / "override.yaml"
    settings = {
        "environments": {"dev": {"namespaces": [namespace]}},
        "rules": "rules.yaml",
        "audit_key_file": "audit-key",
        "tokens_file": "tokens",
        "exporter": exporter().url,
        "kubeconfig": str(control_plane.kubeconfig),
        "port": port,
        "metrics_port": metrics,
    }
    config.write_text(json.dumps(settings))
    return Process(tmp_path, config, port, metrics)


def replicas(cluster: Cluster, namespace: str) -> dict[str, int]:
    items = cluster.items(f"/apis/apps/v1/namespaces/{namespace}/deployments")
    return {each["metadata"]["name"]: each["spec"]["replicas"] for each in items}


@pytest.mark.usefixtures("kubelet")
def test_asleep_and_back(cluster: Cluster, namespace: str, service: Process) -> None:
    for name, count in (("web", 3), ("api", 2)):
        cluster.apply(workload(DEPLOYMENTS, name, count), namespace)
    with service.started():
        until(
            lambda: service.get("/environments")["environments"][0]["figures"]["hourly"],
            "the exporter knows what it costs",
        )
        (answer,) = service.post("/overrides", {"environment": "dev", "action": "sleep", "duration": "1h"})[
            "answers"
        ]
        number = answer["override"]["number"]
        assert "saves about $0.1" in answer["text"]
        until(lambda: service.phase(number) == ("verified", ""), "the exporter sees it asleep")
        assert replicas(cluster, namespace) == {"web": 0, "api": 0}
        text = requests.get(service.metrics, timeout=10).text
        assert 'astrolabe_override_active{action="sleep",environment="dev"} 1.0' in text
        assert 'slack_webhook_manual_overrides_total{environment="dev",type="sleep"} 1.0' in text
        changes = 'k8s_environment_state_changes_total{action="sleep",environment="dev",trigger="api"} 1.0'
        assert changes in text
        service.post(f"/overrides/{number}/end", {})
        until(lambda: service.phase(number) == ("closed", "restored"), "it is back")
        assert replicas(cluster, namespace) == {"web": 3, "api": 2}
    for log in service.folder.glob("override-*.log"):
        assert TOKENS["eve"] not in log.read_text()


def test_killed_again_and_again(cluster: Cluster, namespace: str, service: Process) -> None:
    """SIGKILL at any moment: the same end, one record for each deed, and no end that is forgotten."""
    for name, count in (("web", 3), ("api", 2)):
        cluster.apply(workload(DEPLOYMENTS, name, count), namespace)
    chance = random.Random(7)
    action = "sleep"
    for _ in range(KILLS):
        with service.started() as program:
            service.post("/overrides", {"environment": "dev", "action": action, "duration": "2h"})
            # Long enough for some steps, seldom for all of them.
            time.sleep(chance.uniform(0, 0.25))
            os.kill(program, signal.SIGKILL)
        action = "wake" if action == "sleep" else "sleep"
    with service.started():
        newest = service.get("/overrides")["overrides"][0]
        until(lambda: service.phase(newest["number"]) == ("verified", ""), "what was asked last holds")
        awake = newest["action"] == "wake"
        assert replicas(cluster, namespace) == ({"web": 3, "api": 2} if awake else {"web": 0, "api": 0})
        for each in service.get("/overrides", open="true")["overrides"]:
            service.post(f"/overrides/{each['number']}/end", {})
        until(lambda: not service.get("/overrides", open="true")["overrides"], "every override ends")
        assert replicas(cluster, namespace) == {"web": 3, "api": 2}
        text = service.session.get(f"{service.url}/api/v1/audit", timeout=30).content
        log = records.from_json_lines(text)
        state, head = replay(KEY.encode(), log)
        assert head.sequence == len(log)
        assert not state.holds
        assert len(state.overrides) >= KILLS / 2
        assert not any(override.open for override in state.overrides.values())
        assert not twice(log)


def twice(log: list[Record]) -> list[object]:
    """Return what was recorded twice on the way to one aim, which may be aimed at again later."""
    seen: set[tuple[str, str]] = set()
    twice: list[object] = []
    for record in log:
        match record.event:
            case events.Aimed() | events.Waits():
                seen.clear()
            case events.Done() as event:
                for what in [("step", event.step), *(("change", change) for change in event.changes)]:
                    if what in seen:
                        twice.append(event)
                    seen.add(what)
    return twice
