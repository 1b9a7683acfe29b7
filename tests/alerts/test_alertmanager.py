from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.alerts.alertmanager import Alertmanager

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


def test_the_configuration_is_valid(amtool: str, alerts_folder: Path) -> None:
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
    amtool: str, alerts_folder: Path, labels: dict[str, str], receiver: str
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
    assert [alert["id"] for alert in server.alerts(inhibited=False)] == ["PersistentVolumeClaim/shop/data"]


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
    # The override service is another program.
    apart = {name for name in alerts if name.startswith("AstrolabeOverride")} | {
        "ManualOverrideFrequencyHigh"
    }
    assert len(apart) > 1
    assert {name for name, cluster in heard if cluster == "east"} == {"AstrolabeDown"} | apart
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
