from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from astrolabe.metrics.families import FAMILIES
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.override.ledger import Ledger
from astrolabe.override.telemetry import Telemetry as Overrides
from tests.override.memory import MemoryStore

TARGET = {"job", "instance", "cluster"}
# The metrics that rules may ask, with their labels, as docs/metrics has them.
METRICS: Mapping[str, set[str]] = {
    name: set(labels.split())
    for name, labels in {
        "up": "",
        "scrape_duration_seconds": "",
        "astrolabe_resource_info": "id kind group namespace name uid api_version helm_release helm_chart",
        "astrolabe_resource_status": "id kind namespace name status reason",
        "astrolabe_edge_info": "type namespace source source_kind target target_kind",
        "astrolabe_reference_missing_info": "type namespace source source_kind target target_kind optional",
        "astrolabe_pod_workload_info": "namespace pod uid node workload_kind workload helm_release",
        "astrolabe_helm_release_info": "namespace release chart revision status",
        "astrolabe_root_cause_info": "id kind namespace name cause cause_kind distance reason",
        "astrolabe_impact": "id kind namespace name",
        "astrolabe_cause_info": "id kind namespace name reason message",
        "astrolabe_resources": "kind namespace status",
        "astrolabe_edges": "type",
        "astrolabe_cause_affected": "id",
        "astrolabe_access_readers_gained_total": "namespace",
        "astrolabe_access_namespace_guarded": "namespace",
        "astrolabe_access_admins_gained_total": "",
        "astrolabe_access_findings": "rule severity namespace",
        "astrolabe_list_total": "resource result",
        "astrolabe_watch_total": "resource result",
        "astrolabe_synced": "resource",
        "astrolabe_cluster_up": "cluster",
        "astrolabe_failing": "resource",
        "astrolabe_internal_errors_total": "part",
        "astrolabe_last_event_timestamp_seconds": "resource",
        "astrolabe_persistence_up": "",
        "astrolabe_leader": "shard",
        "astrolabe_shard": "",
        "astrolabe_total_shards": "",
        "kube_green_sleep_operations_total": "environment operation status",
        "astrolabe_sleepinfo_info": "namespace sleepinfo environment weekdays sleep_at wake_up_at time_zone",
        "astrolabe_sleepinfo_scheduled_asleep": "namespace sleepinfo",
        "astrolabe_workload_asleep": "namespace workload_kind workload environment",
        "astrolabe_workload_scale_total": "namespace actor direction",
        "astrolabe_environment_sleep_ratio": "environment",
        "astrolabe_workload_cost_hourly_dollars": "namespace workload_kind workload environment resource",
        "astrolabe_volume_cost_hourly_dollars": "namespace persistentvolumeclaim environment storageclass",
        "astrolabe_workload_baseline_cost_hourly_dollars": "namespace workload_kind workload environment",
        "astrolabe_override_verified": "environment action",
        "astrolabe_override_holds": "environment",
        "astrolabe_override_overdue_seconds": "environment",
        "astrolabe_override_step_failing": "environment aim step",
        "astrolabe_override_audit_intact": "",
        "astrolabe_override_audit_head_sequence": "",
        "astrolabe_override_backend_requests_total": "backend result",
        "slack_webhook_manual_overrides_total": "type environment",
    }.items()
}
CONTRACT = {
    "AstrolabeDown", "AstrolabeClusterDown", "AstrolabeNotSynced", "AstrolabeStale", "AstrolabeListErrors",
    "AstrolabeWatchErrors",
    "AstrolabeKindFailing", "AstrolabeKindForbidden", "AstrolabePersistenceDown", "AstrolabeInternalError",
    "AstrolabeNoLeader", "AstrolabeSeveralLeaders",
    "AstrolabeScrapeSlow",
    "AstrolabeShardsMissing", "AstrolabeShardsDisagree", "AstrolabeShardTwice",
    "AstrolabeResourceError", "AstrolabeNodeError", "AstrolabeResourcePending", "AstrolabeReferenceMissing",
    "AstrolabeServiceWithoutReadyPods", "AstrolabeIngressToNowhere", "AstrolabeHpaWithoutTarget",
    "AstrolabePdbSelectsNothing", "AstrolabeHelmReleaseDegraded",
    "KubeGreenOperationFailed", "KubeGreenWakeMissed", "KubeGreenStuckAsleep",
    "KubeGreenNotAsleepWhenScheduled",
    "KubeGreenFrequentManualWakeUps", "KubeGreenSleepInfoDeletedWhileAsleep", "KubeGreenDown",
    "KubeGreenSavingsDeclined",
    "AstrolabeSecretReaderGained", "AstrolabeClusterAdminGained", "AstrolabeGrantDangling",
    "AstrolabeOverrideNotVerified", "AstrolabeOverrideExpiryFailed", "AstrolabeOverrideStepFailing",
    "AstrolabeOverrideBackendAway", "AstrolabeOverrideAuditBroken", "ManualOverrideFrequencyHigh",
}  # fmt: skip
ORIGINAL_DESIGN = {
    "kube_green:environment_sleep_state", "kube_green:hourly_cost_estimate_dollars",
    "kube_green:daily_savings_estimate_dollars", "kube_green:sleep_operation_success_rate",
    "kube_green:wake_operation_success_rate", "kube_green:monthly_savings_projection_dollars",
    "kube_green:annual_savings_projection_dollars", "kube_green:efficiency_percentage",
    "kube_green:deployment_replicas_ratio",
}  # fmt: skip
ADDED_UP = {"astrolabe:resources:count", "astrolabe:edges:count", "astrolabe:cause_affected:count"}
"""For people to ask instead of what each shard counts."""
METRIC = re.compile(
    r"(?<![\w:\"])(?:astrolabe|kube_green|slack_webhook)[_:][\w:]*"
    r"|(?<![\w:])(?:up|scrape_duration_seconds)(?=[{ ])"
)
SELECTOR = re.compile(r"([a-z_][\w:]*)\{([^}]*)\}")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
GROUPING = re.compile(r"\b(by|on|ignoring)\s*\(([^)]*)\)")


@pytest.fixture(scope="session")
def expressions(alerts: dict[str, dict[str, Any]], recordings: list[dict[str, Any]]) -> dict[str, str]:
    named = {name: rule["expr"] for name, rule in alerts.items()}
    return named | {f"{rule['record']} {rule.get('labels', '')}": rule["expr"] for rule in recordings}


def matchers(expression: str) -> Iterator[tuple[str, str]]:
    for metric, body in SELECTOR.findall(expression):
        for label in MATCHER.findall(body):
            yield metric, label


def test_every_alert_of_the_contract_is_there_and_no_other(alerts: dict[str, dict[str, Any]]) -> None:
    assert set(alerts) == CONTRACT


def test_every_recording_rule_of_the_original_design_is_there(recordings: list[dict[str, Any]]) -> None:
    assert {rule["record"] for rule in recordings} >= ORIGINAL_DESIGN


def test_alerts_are_complete(alerts: dict[str, dict[str, Any]]) -> None:
    for name, alert in alerts.items():
        assert re.fullmatch(r"(Astrolabe|KubeGreen|ManualOverride)([A-Z][a-z]+)+", name), name
        assert alert["labels"]["severity"] in {"critical", "warning", "info"}, name
        annotations = alert["annotations"]
        assert set(annotations) == {"summary", "description", "runbook_url"}, name
        assert re.fullmatch(r"[A-Z][^{}]*\.", annotations["summary"]), name
        assert "{{" in annotations["description"], name
        assert annotations["runbook_url"] == f"http://astrolabe:8080/docs/runbooks/{name}.md"


def test_cluster_is_in_every_grouping_and_join(expressions: dict[str, str]) -> None:
    seen = 0
    for name, expression in expressions.items():
        for word, labels in GROUPING.findall(expression):
            assert word != "ignoring", name
            assert "cluster" in [label.strip() for label in labels.split(",")], f"{name}: {word} ({labels})"
            seen += 1
    assert seen > 100


def test_no_aggregation_or_join_without_a_grouping(expressions: dict[str, str]) -> None:
    bare = re.compile(r"\b(sum|min|max|avg|count|group|topk|bottomk)\s*\(")
    for name, expression in expressions.items():
        assert not bare.search(expression), name
        for operator in re.findall(r"^\s*(?:\*|/|unless|and)(?! on \()[^*/]*$", expression, re.MULTILINE):
            pytest.fail(f"{name}: {operator.strip()}")


def test_only_metrics_and_labels_of_the_contract_are_asked(
    expressions: dict[str, str], recordings: list[dict[str, Any]]
) -> None:
    recorded = {rule["record"] for rule in recordings}
    asked = set()
    for name, expression in expressions.items():
        for metric in METRIC.findall(expression):
            asked.add(metric)
            assert metric in METRICS or metric in recorded, f"{name}: {metric}"
        for metric, label in matchers(expression):
            if metric in METRICS:
                assert label in METRICS[metric] | TARGET, f"{name}: {metric}{{{label}}}"
    assert set(METRICS) - asked == set()


def test_every_recorded_series_is_read_or_of_the_original_design(
    expressions: dict[str, str], recordings: list[dict[str, Any]], alerts: dict[str, dict[str, Any]]
) -> None:
    described = (alert["annotations"]["description"] for alert in alerts.values())
    everything = "\n".join([*expressions.values(), *described])
    for rule in recordings:
        name = rule["record"]
        assert name in ORIGINAL_DESIGN | ADDED_UP or re.search(rf"{re.escape(name)}\b", everything), name


def test_rendered_files_are_what_the_mixin_says(render: ModuleType) -> None:
    assert render.drift(render.render(), render.RENDERED) == []


def test_rendering_is_reproducible(render: ModuleType) -> None:
    assert render.render() == render.render()


def test_check_names_the_file_that_differs(
    render: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render.main(["--output", str(tmp_path)]) == 0
    assert render.main(["--check", "--output", str(tmp_path)]) == 0
    (tmp_path / "alerts.yaml").write_text("groups: []\n", "utf-8")
    (tmp_path / "left-over.yaml").write_text("groups: []\n", "utf-8")
    assert render.main(["--check", "--output", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"{tmp_path / 'alerts.yaml'} is not what the mixin renders: run python alerts/render.py\n"
        f"{tmp_path / 'left-over.yaml'} is not what the mixin renders: run python alerts/render.py\n"
    )


def test_configuration_reaches_every_rule(render: ModuleType, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        '{"clusterLabel": "site", "astrolabeSelector": "job=\\"graph\\"", "kubeGreenSelector": "",'
        ' "objectSelector": "namespace!~\\"sandbox-.*\\"", "runbookURLBase": "https://runbooks.example",'
        ' "keepFiringFor": "", "alertLabels": {"team": "platform"}}',
        "utf-8",
    )
    alerts, rules = render.evaluate(config)
    flat = {rule["alert"]: rule for group in alerts for rule in group["rules"]}
    assert set(flat) == CONTRACT - {"KubeGreenDown"}
    words = r"in cluster|clusters|of (a|the) cluster|astrolabe_cluster_up"
    assert "cluster" not in re.sub(words, "", str([alerts, rules]))
    assert 'job="astrolabe"' not in str([alerts, rules])
    assert flat["AstrolabeResourceError"] == {
        "alert": "AstrolabeResourceError",
        "expr": 'max without (trouble) (astrolabe:trouble:count{namespace!~"sandbox-.*",trouble="error"})\n',
        "for": "10m",
        "labels": {"severity": "warning", "team": "platform"},
        "annotations": flat["AstrolabeResourceError"]["annotations"],
    }
    assert flat["AstrolabeDown"]["annotations"]["runbook_url"] == "https://runbooks.example/AstrolabeDown.md"


def test_groups_can_be_left_out(render: ModuleType, tmp_path: Path) -> None:
    config = tmp_path / "config.jsonnet"
    config.write_text("{ environments+: { sleep: false, cost: false, override: false } }", "utf-8")
    alerts, rules = render.evaluate(config)
    assert [group["name"] for group in alerts] == [
        "astrolabe-exporter",
        "astrolabe-graph",
        "astrolabe-access",
    ]
    assert [group["name"] for group in rules] == ["astrolabe-shards.rules", "astrolabe-graph.rules"]


def test_a_mistake_in_the_configuration_is_named(
    render: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.jsonnet"
    config.write_text("{ downFor: }", "utf-8")
    assert render.main(["--config", str(config), "--output", str(tmp_path)]) == 1
    assert f"{config}:1:12" in capsys.readouterr().err


def test_every_alert_has_a_firing_and_a_silent_case(
    alerts: dict[str, dict[str, Any]], cases: list[dict[str, Any]]
) -> None:
    tests = [test for case in cases for test in case.get("alert_rule_test", [])]
    assert {test["alertname"] for test in tests if test["exp_alerts"]} == set(alerts)
    assert {test["alertname"] for test in tests if not test["exp_alerts"]} == set(alerts)


def test_every_recording_rule_has_a_value(
    recordings: list[dict[str, Any]], cases: list[dict[str, Any]]
) -> None:
    valued = {
        re.match(r"[\w:]+", test["expr"])[0]  # type: ignore[index]
        for case in cases
        for test in case.get("promql_expr_test", [])
        if test["exp_samples"]
    }
    indirectly = {"kube_green:manual_wake_ups:count5m"}
    assert {rule["record"] for rule in recordings} - valued == indirectly


def test_series_of_the_cases_have_the_labels_of_the_contract(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        for series in case["input_series"]:
            metric, _, body = series["series"].partition("{")
            if ":" not in metric:
                assert set(MATCHER.findall(body)) <= METRICS[metric] | TARGET, series["series"]


def test_metrics_and_labels_are_those_that_the_exporter_has() -> None:
    exposed = {family.name: set(family.labels) for family in FAMILIES}
    families = Overrides(Ledger(MemoryStore(), b""), ("dev",), lambda: 0.0).registry.collect()
    override = {family.name + "_total" * (family.type == "counter") for family in families}
    assert {name for name in METRICS if "override" in name} <= override
    known = {name: labels for name, labels in METRICS.items() if name in exposed}
    assert len(known) == 12
    assert known == {name: exposed[name] for name in known}
    telemetry = {metric.name for metric in Telemetry().registry.collect()}
    assert telemetry >= {
        "astrolabe_list", "astrolabe_watch", "astrolabe_synced", "astrolabe_last_event_timestamp_seconds",
        "astrolabe_shard", "astrolabe_total_shards",
    }  # fmt: skip
