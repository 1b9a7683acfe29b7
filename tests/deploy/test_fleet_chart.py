"""The chart where one process follows several clusters: what docs/scale.md shows, and what it grants."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.rendering import chart, one, refusal, settings

pytestmark = pytest.mark.real

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
SHOWN: list[dict[str, Any]] = [
    yaml.safe_load(text)
    for before, text in re.findall(r"\n([^\n]*)\n\n```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    if before.startswith("With the chart")
]
(PROFILES,) = (each for each in SHOWN if "clusterProfiles" in each)


def test_the_chart_takes_the_values_of_the_page(tmp_path: Path) -> None:
    assert len(SHOWN) == 4
    for values in SHOWN:
        assert chart(tmp_path, values)


def test_contexts_come_from_a_mounted_kubeconfig(tmp_path: Path) -> None:
    (values,) = (each for each in SHOWN if "contexts" in each.get("settings", ()))
    found = settings(chart(tmp_path, values), tmp_path)
    assert (found.contexts, found.kubeconfig) == (("prod", "staging"), "/etc/astrolabe-clusters/kubeconfig")


def test_profiles_are_all_that_is_granted_on_the_hub(tmp_path: Path) -> None:
    objects = chart(tmp_path, PROFILES)
    granted = [each for each in objects if each["kind"] in ("Role", "ClusterRole")]
    (role,) = granted
    assert (role["metadata"]["namespace"], role["rules"]) == (
        "fleet",
        [
            {
                "apiGroups": ["multicluster.x-k8s.io"],
                "resources": ["clusterprofiles"],
                "verbs": ["get", "list", "watch"],
            }
        ],
    )
    (bound,) = one(objects, "RoleBinding")["subjects"]
    pod = one(objects, "Deployment")["spec"]["template"]["spec"]
    assert bound["name"] == pod["serviceAccountName"]
    found = settings(objects, tmp_path)
    assert found.clusterprofile_namespace == "fleet"
    folder, _, name = found.clusterprofile_provider_file.rpartition("/")
    (mount,) = (each for each in pod["containers"][0]["volumeMounts"] if each["mountPath"] == folder)
    (volume,) = (each for each in pod["volumes"] if each["name"] == mount["name"])
    providers = one(objects, "ConfigMap", volume["configMap"]["name"])["data"][name]
    assert yaml.safe_load(providers) == {"providers": PROFILES["clusterProfiles"]["providers"]}


def test_without_them_nothing_of_them_is_granted(tmp_path: Path) -> None:
    assert "clusterprofiles" not in str(chart(tmp_path))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        pytest.param({"clusterProfiles": {"enabled": True}}, "needs namespace and providers", id="nothing"),
        pytest.param({**PROFILES, "shards": 2}, "a shard follows one cluster", id="shards"),
        pytest.param({**PROFILES, "settings": {"contexts": ["a"]}}, "give one of them", id="contexts"),
        pytest.param(
            {**PROFILES, "export": {"enabled": True, "to": "bolt://db:7687", "existingSecret": "s"}},
            "an export follows one cluster",
            id="export",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, values: dict[str, Any], why: str) -> None:
    assert why in refusal(tmp_path, values)
