"""What needs no Helm: generated files, permissions, and the lists that must agree with the program's."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

import astrolabe
from astrolabe.derived.cost import prices
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.definitions import DEFINITIONS
from deploy import generated, rbac
from deploy.generated import CHART, DASHBOARDS, KUSTOMIZE, ROOT, RULES


def values() -> dict[str, object]:
    return yaml.safe_load((CHART / "values.yaml").read_text())


def schema() -> dict[str, dict[str, dict[str, object]]]:
    return json.loads((CHART / "values.schema.json").read_text())["properties"]


def test_generated_files_are_what_is_generated() -> None:
    command = [sys.executable, "-m", "deploy", "check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert (done.stderr, done.returncode) == ("", 0)


def test_drift_names_what_changed_what_is_missing_and_what_is_left_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr(generated, "CHART", tmp_path / "chart")
    monkeypatch.setattr(generated, "KUSTOMIZE", tmp_path / "kustomize")
    generated.write()
    assert generated.drift() == []
    boards = tmp_path / "kustomize" / "components" / "dashboards"
    (boards / "of-old.json").write_text("{}")
    (boards / "overview.json").write_text("{}")
    (tmp_path / "chart" / "files" / "kinds.yaml").unlink()
    shown = [str(path.relative_to(tmp_path)) for path in generated.drift()]
    assert shown == [
        "chart/files/kinds.yaml",
        "kustomize/components/dashboards/of-old.json",
        "kustomize/components/dashboards/overview.json",
    ]
    generated.write()
    assert generated.drift() == []
    assert not (boards / "of-old.json").exists()


def test_a_cluster_role_grants_reading_every_watched_kind_and_nothing_else() -> None:
    role = yaml.safe_load((KUSTOMIZE / "base" / "clusterrole.yaml").read_text())
    definitions = (DEFINITIONS.group, DEFINITIONS.plural)
    assert granted(role) == {(kind.group, kind.plural) for kind in KINDS}
    assert definitions in granted(role)


def test_a_role_grants_reading_every_watched_kind_of_namespaces_and_nothing_else() -> None:
    role = yaml.safe_load((KUSTOMIZE / "overlays" / "namespaced" / "role.yaml").read_text())
    assert granted(role) == {(kind.group, kind.plural) for kind in KINDS if kind.namespaced}


def granted(role: dict[str, list[dict[str, list[str]]]]) -> set[tuple[str, str]]:
    found = [
        (group, plural)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for plural in rule["resources"]
    ]
    assert len(found) == len(set(found))
    assert [rule["verbs"] for rule in role["rules"]] == [list(rbac.VERBS)] * len(role["rules"])
    assert {key for rule in role["rules"] for key in rule} == {"apiGroups", "resources", "verbs"}
    return set(found)


def test_what_reads_is_get_list_and_watch() -> None:
    assert rbac.VERBS == ("get", "list", "watch")


def test_the_chart_can_switch_every_watched_kind() -> None:
    wanted = [kind.resource for kind in KINDS]
    assert list(values()["kinds"]) == wanted
    assert list(schema()["kinds"]["properties"]) == wanted


def test_the_chart_says_of_which_kinds_only_metadata_is_requested() -> None:
    (line,) = (
        line for line in (CHART / "values.yaml").read_text().splitlines() if "only metadata is ever" in line
    )
    named = line.removeprefix("# Of ").partition(" only metadata")[0].replace(" and ", ", ").split(", ")
    assert sorted(named) == sorted(kind.plural for kind in KINDS if kind.metadata_only)


def test_the_chart_describes_every_key_of_a_price_file_and_takes_those_of_opencost() -> None:
    described = json.loads((CHART / "values.schema.json").read_text())["properties"]["prices"]
    assert set(described["properties"]) == {*prices.PRICES, *prices.OTHERS}
    assert "additionalProperties" not in described


def test_every_value_has_a_schema_and_a_default() -> None:
    def compare(default: object, described: dict[str, dict[str, object]], place: str) -> None:
        if described.get("additionalProperties") is False and place != ".settings":
            assert isinstance(default, dict)
            assert set(default) == set(described["properties"]) - {"global"}, place
            for key, value in default.items():
                compare(value, described["properties"][key], f"{place}.{key}")  # type: ignore[arg-type]

    compare(values(), json.loads((CHART / "values.schema.json").read_text()), "")


def test_the_chart_is_of_the_programs_version() -> None:
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (about["version"], about["appVersion"]) == (astrolabe.__version__, astrolabe.__version__)


def test_the_chart_reads_dashboards_and_rules_where_they_are_rendered() -> None:
    assert (CHART / "files" / "dashboards").resolve() == DASHBOARDS
    assert (CHART / "files" / "prometheus-rule.yaml").resolve() == RULES


def test_dashboards_fit_into_config_maps() -> None:
    # An object may have 1 MiB, and client-side apply keeps a copy of it in an annotation of at most 256 KiB.
    sizes = {path.name: len(json.dumps(path.read_text())) for path in DASHBOARDS.glob("*.json")}
    assert {name: size for name, size in sizes.items() if size > 250_000} == {}
