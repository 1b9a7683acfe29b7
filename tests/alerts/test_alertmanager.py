from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.real

ROUTES = [
    ({"alertname": "AstrolabeDown", "severity": "critical", "cluster": "east"}, "pager"),
    ({"alertname": "AstrolabeStale", "severity": "warning", "resource": "pods"}, "chat"),
    ({"alertname": "AstrolabeNodeError", "severity": "critical"}, "pager"),
    ({"alertname": "AstrolabeIngressToNowhere", "severity": "critical", "environment": "staging"}, "pager"),
    ({"alertname": "AstrolabeResourceError", "severity": "warning", "environment": "prod"}, "chat"),
    ({"alertname": "KubeGreenStuckAsleep", "severity": "warning", "environment": "staging"}, "chat"),
    ({"alertname": "AstrolabePdbSelectsNothing", "severity": "info", "environment": "staging"}, "digest"),
]
START_SECONDS = 20


def test_the_configuration_is_valid(amtool: Path, alerts_folder: Path) -> None:
    done = subprocess.run(
        [amtool, "check-config", alerts_folder / "alertmanager.yml"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " - 9 inhibit rules" in done.stdout


@pytest.mark.parametrize(
    ("labels", "receiver"), ROUTES, ids=lambda value: value if isinstance(value, str) else value["alertname"]
)
def test_alerts_reach_their_receiver(
    amtool: Path, alerts_folder: Path, labels: dict[str, str], receiver: str
) -> None:
    file = f"--config.file={alerts_folder / 'alertmanager.yml'}"
    pairs = [f"{name}={value}" for name, value in labels.items()]
    done = subprocess.run(
        [amtool, "config", "routes", "test", file, *pairs],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, receiver), done.stderr


class Alertmanager:
    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, alerts: list[dict[str, str]]) -> None:
        body = json.dumps([{"labels": labels} for labels in alerts]).encode()
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=5) as response:
            assert response.status == 200

    def heard(self) -> set[tuple[str, str]]:
        """Name and cluster of the alerts that are not inhibited."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts?inhibited=false", timeout=5) as response:
            return {
                (alert["labels"]["alertname"], alert["labels"].get("cluster", ""))
                for alert in json.load(response)
            }


@pytest.fixture
def server(alertmanager: Path, alerts_folder: Path, tmp_path: Path) -> Iterator[Alertmanager]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [
        alertmanager, f"--config.file={alerts_folder / 'alertmanager.yml'}", f"--storage.path={tmp_path}",
        f"--web.listen-address={address}", "--cluster.listen-address=",
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_until_ready(process, f"http://{address}", tmp_path / "log")
            yield Alertmanager(f"http://{address}")
        finally:
            process.terminate()


def wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"Alertmanager did not start:\n{log.read_text()}")


def expected(case: dict[str, Any]) -> list[dict[str, str]]:
    """The alerts that a promtool case expects, so that inhibition is tried on the labels that rules give."""
    return [
        {"alertname": test["alertname"]} | alert["exp_labels"]
        for test in case["alert_rule_test"]
        for alert in test["exp_alerts"]
    ]


def case_named(cases: list[dict[str, Any]], beginning: str) -> dict[str, Any]:
    (found,) = [case for case in cases if case["name"].startswith(beginning)]
    return found


def test_a_missing_secret_silences_what_waits_for_it(
    server: Alertmanager, cases: list[dict[str, Any]]
) -> None:
    alerts = expected(case_named(cases, "A missing Secret is the one root"))
    assert {alert["alertname"] for alert in alerts} == {
        "AstrolabeReferenceMissing", "AstrolabeResourceError", "AstrolabeServiceWithoutReadyPods",
        "AstrolabeIngressToNowhere",
    }  # fmt: skip
    elsewhere = [
        alert | {"cluster": "west"} for alert in alerts if alert["alertname"] == "AstrolabeResourceError"
    ]
    server.post(alerts + elsewhere)
    assert server.heard() == {
        ("AstrolabeReferenceMissing", "east"),
        ("AstrolabeIngressToNowhere", "east"),  # critical is not silenced by a warning
        ("AstrolabeResourceError", "west"),
    }


def test_a_failed_node_silences_its_pods(server: Alertmanager, cases: list[dict[str, Any]]) -> None:
    alerts = expected(case_named(cases, "A node fails"))
    assert sorted(alert["alertname"] for alert in alerts) == [
        "AstrolabeNodeError",
        "AstrolabeResourcePending",
    ]
    server.post(alerts)
    assert server.heard() == {("AstrolabeNodeError", "east")}


def test_a_claim_silences_its_workload_of_the_same_alert(
    server: Alertmanager, cases: list[dict[str, Any]]
) -> None:
    alerts = expected(case_named(cases, "A claim that is mounted"))
    assert len(alerts) == 2
    server.post(alerts)
    with urllib.request.urlopen(f"{server.url}/api/v2/alerts?inhibited=false", timeout=5) as response:
        assert [alert["labels"]["id"] for alert in json.load(response)] == ["PersistentVolumeClaim/shop/data"]


def test_an_exporter_that_is_down_silences_all_that_derives_from_it(
    server: Alertmanager, alerts: dict[str, dict[str, Any]]
) -> None:
    every = [{"alertname": name, "severity": alert["labels"]["severity"]} for name, alert in alerts.items()]
    server.post(
        [
            labels | {"cluster": cluster}
            for labels in every
            for cluster in ("east", "west")
            if (labels["alertname"], cluster) != ("AstrolabeDown", "west")
        ]
    )
    heard = server.heard()
    assert {name for name, cluster in heard if cluster == "east"} == {"AstrolabeDown"}
    assert ("AstrolabeShardsMissing", "west") in heard


def test_the_reason_silences_its_consequences_of_the_same_kind(server: Alertmanager) -> None:
    server.post(
        [
            {"alertname": "AstrolabeStale", "cluster": "east", "resource": "pods"},
            {"alertname": "AstrolabeWatchErrors", "cluster": "east", "resource": "pods"},
            {"alertname": "AstrolabeWatchErrors", "cluster": "west", "resource": "nodes"},
            {"alertname": "KubeGreenWakeMissed", "cluster": "east", "environment": "staging"},
            {"alertname": "KubeGreenStuckAsleep", "cluster": "east", "environment": "staging"},
        ]
    )
    assert server.heard() == {
        ("AstrolabeStale", "east"), ("AstrolabeWatchErrors", "west"), ("KubeGreenWakeMissed", "east"),
    }  # fmt: skip


def test_every_name_in_the_configuration_is_an_alert(
    alerts: dict[str, dict[str, Any]], alerts_folder: Path
) -> None:
    import re

    config = yaml.safe_load((alerts_folder / "alertmanager.yml").read_text("utf-8"))
    patterns = re.findall(r"alertname(?:=~|!~|!=|=)\"([^\"]+)\"", json.dumps(config).replace('\\"', '"'))
    assert len(patterns) > 15
    for pattern in patterns:
        for alternative in expand(pattern):
            assert any(re.fullmatch(alternative, name) for name in alerts), alternative


def expand(pattern: str) -> list[str]:
    """The alternatives of a pattern, `A(b|c)` or `Ab|Ac`."""
    head, bracket, rest = pattern.partition("(")
    if not bracket:
        return pattern.split("|")
    inner, _, tail = rest.partition(")")
    return [f"{head}{choice}{tail}" for choice in inner.split("|")]
