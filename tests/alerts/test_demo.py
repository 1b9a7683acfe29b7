"""The demo's day fires its alerts: the exporter, a real Prometheus with these rules, a real Alertmanager.

The day takes an hour, and its clock runs `SPEED` times faster; so do all waits and ranges of the rules.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from tests.alerts.alertmanager import Alertmanager
from tests.alerts.pace import hastened
from tests.ports import free_port
from tests.real.control_plane import answers
from tests.real.processes import running, stop, until
from tests.real.prometheus import Prometheus, prometheus

DAY_MINUTES = 60
SPEED = 40
DAY_SECONDS = DAY_MINUTES * 60 / SPEED
pytestmark = [pytest.mark.real, pytest.mark.timeout(4 * DAY_SECONDS + 120)]

CONFIG = {
    "downFor": "2m",
    "causeFor": "2m",
    "errorFor": "4m",
    "trafficFor": "4m",
    "pendingFor": "5m",
    "hygieneFor": "5m",
    "stuckAsleepFor": "3m",
    "notAsleepFor": "5m",
    "kubeGreenDownFor": "1m",
    "manualWakeUpsPerWeek": 0,
}
"""What an impatient operator may set: in the demo an hour passes within two and a half minutes."""


class Seen(NamedTuple):
    """An alert as Alertmanager showed it at some time of the day."""

    alert: str
    about: str
    """The id, else the environment, Helm release or resource."""
    state: str
    silencer: str
    """What inhibited it, in the same words; empty while nothing did."""


@dataclass
class Day:
    """A day that is being lived through, and what was seen of it."""

    server: Alertmanager
    prometheus: Prometheus
    demo: subprocess.Popen[bytes]
    seen: set[Seen] = field(default_factory=set)

    def now(self) -> set[Seen]:
        """Look at what is there now."""
        alerts = self.server.details()
        names = {alert["fingerprint"]: f"{alert['labels']['alertname']} {about(alert)}" for alert in alerts}
        found = {
            Seen(alert["labels"]["alertname"], about(alert), alert["status"]["state"], silencer)
            for alert in alerts
            for silencer in [names.get(other, "") for other in alert["status"]["inhibitedBy"]] or [""]
        }
        self.seen |= found
        return found

    def active(self) -> set[tuple[str, str]]:
        """Return what was told to people at some time, by name and what it is about."""
        return {(each.alert, each.about) for each in self.seen if each.state == "active"}

    def silenced(self) -> set[tuple[str, str, str]]:
        """Return what was silenced, and by what."""
        return {(each.alert, each.about, each.silencer) for each in self.seen if each.state == "suppressed"}


def about(alert: dict[str, Any]) -> str:
    labels = alert["labels"]
    return next(
        (labels[key] for key in ("id", "environment", "helm_release", "resource") if key in labels), ""
    )


@pytest.fixture(scope="module")
def rules(render: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "config.json").write_text(json.dumps(CONFIG), "utf-8")
    files = render.render(folder / "config.json")
    paths = [folder / "rules.yaml", folder / "alerts.yaml"]
    for path in paths:
        path.write_text(hastened(files[path.name], SPEED), "utf-8")
    return paths


@pytest.fixture
def day(rules: list[Path], server: Alertmanager, tmp_path: Path) -> Iterator[Day]:
    port = free_port()
    command = [sys.executable, "-m", "tests.alerts.swift", str(port), str(DAY_MINUTES), str(SPEED)]
    with contextlib.ExitStack() as stack:
        asked = stack.enter_context(
            prometheus(
                tmp_path,
                [f"127.0.0.1:{port}"],
                rule_files=rules,
                alertmanager_port=server.port,
                interval="500ms",
            )
        )
        ready = f"http://127.0.0.1:{port}/readyz"
        demo = stack.enter_context(running(command, tmp_path / "demo.log", lambda: answers(ready)))
        yield Day(server, asked, demo)


GATEWAY = "Deployment/shop-payments/gateway"
PRICING = "Deployment/shop-catalog/pricing"
SECRET = "Secret/shop-catalog/pricing-api-key"
CONFIG_MAP = "ConfigMap/shop-search/suggest-synonyms"
NODE = "Node/node-07"

FIRES = {
    ("AstrolabeResourceError", GATEWAY),  # the crash loop
    ("AstrolabeIngressToNowhere", "Ingress/shop-payments/gateway"),
    ("AstrolabeReferenceMissing", SECRET),
    ("AstrolabeReferenceMissing", CONFIG_MAP),
    ("AstrolabeReferenceMissing", "StorageClass/fast"),
    ("AstrolabeNodeError", NODE),
    ("AstrolabeServiceWithoutReadyPods", "Service/shop-catalog/importer"),
    ("AstrolabeHpaWithoutTarget", "HorizontalPodAutoscaler/shop-checkout/checkout-v1"),
    ("AstrolabePdbSelectsNothing", "PodDisruptionBudget/shop-checkout/checkout-v1"),
    ("KubeGreenOperationFailed", "dev-orders"),
    ("KubeGreenOperationFailed", "staging-payments"),
    ("KubeGreenFrequentManualWakeUps", "dev-checkout"),
    ("KubeGreenDown", ""),
    ("KubeGreenWakeMissed", "staging-search"),
    ("KubeGreenStuckAsleep", "dev-frontend"),
}
SILENCED = {
    ("AstrolabeResourceError", PRICING, f"AstrolabeReferenceMissing {SECRET}"),
    ("AstrolabeResourceError", "Deployment/shop-search/suggest", f"AstrolabeReferenceMissing {CONFIG_MAP}"),
    (
        "AstrolabeResourcePending",
        "PersistentVolumeClaim/shop-orders/export-data",
        "AstrolabeReferenceMissing StorageClass/fast",
    ),
    (
        "AstrolabeServiceWithoutReadyPods",
        "Service/shop-payments/gateway",
        f"AstrolabeResourceError {GATEWAY}",
    ),
    ("AstrolabeResourcePending", "DaemonSet/logging/log-agent", f"AstrolabeNodeError {NODE}"),
    ("KubeGreenNotAsleepWhenScheduled", "dev-orders", "KubeGreenOperationFailed dev-orders"),
    ("KubeGreenOperationFailed", "dev-orders", "KubeGreenDown "),
    ("KubeGreenStuckAsleep", "staging-search", "KubeGreenWakeMissed staging-search"),
}
OVER = {
    ("AstrolabeResourceError", GATEWAY),
    ("AstrolabeReferenceMissing", SECRET),
    ("AstrolabeNodeError", NODE),
}
"""What is fixed before the night."""


def test_the_day_fires_its_alerts_and_silences_their_victims(day: Day) -> None:
    def told() -> bool:
        day.now()
        return day.active() >= FIRES and day.silenced() >= SILENCED

    try:
        # A machine that stalls for some seconds stalls for minutes here: the next day brings the same again.
        until(told, "the alerts of the day", 2.2 * DAY_SECONDS)
    except pytest.fail.Exception:
        pytest.fail(f"not seen: {FIRES - day.active()}, {SILENCED - day.silenced()}, but {sorted(day.seen)}")
    quiet = ("AstrolabeResourceError", PRICING), ("AstrolabeResourceError", "Deployment/shop-search/suggest")
    assert not day.active() & set(quiet), "its cause was told, and that is enough"
    until(lambda: not OVER & {each[:2] for each in day.now()}, "what is fixed is over", DAY_SECONDS)
    scalers = ("AstrolabeResourceError", "HorizontalPodAutoscaler/shop-checkout/checkout-v1")
    assert scalers not in {each[:2] for each in day.seen}, "one trouble is one alert"
    unwell = [
        (rule["name"], rule["lastError"])
        for group in day.prometheus.get("/api/v1/rules")["groups"]
        for rule in group["rules"]
        if rule.get("lastError")
    ]
    assert unwell == []
    stop(day.demo)
    until(
        lambda: {"AstrolabeDown "} == {each.silencer for each in day.now() if each.state == "suppressed"},
        "an exporter that is down silences the rest",
    )
