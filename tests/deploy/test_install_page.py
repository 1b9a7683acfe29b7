"""docs/install.md: what it tells to paste works."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.generated import KUSTOMIZE, ROOT
from tests.deploy.rendering import chart, kustomization, one, run

PAGE = (ROOT / "docs" / "install.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def suggested() -> Iterator[dict[str, Any]]:
    """Return the values of the table `you want | values`."""
    table = PAGE.partition("| you want | values |\n")[2].partition("\n\n")[0]
    for code in re.findall(r"`([^`]+)`", table.partition("\n")[2].replace("… and", "")):
        value = yaml.safe_load(code)
        if isinstance(value, dict):
            yield value


def test_links_lead_to_files_that_exist() -> None:
    targets = re.findall(r"\]\((?!#)([^)]+)\)", PAGE)
    assert [target for target in targets if not (ROOT / "docs" / target.partition("#")[0]).exists()] == []
    titles = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


def test_folders_in_commands_exist() -> None:
    named = {path for block in blocks("console") for path in re.findall(r"deploy/[\w./-]+", block)}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.real
def test_the_chart_takes_the_example_values(tmp_path: Path) -> None:
    values = yaml.safe_load(blocks("yaml")[0])
    objects = chart(tmp_path, values)
    assert one(objects, "ServiceMonitor")["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    (rule,) = one(objects, "NetworkPolicy")["spec"]["ingress"]
    assert rule["from"] == values["networkPolicy"]["from"]


@pytest.mark.real
def test_the_chart_takes_each_suggested_value(tmp_path: Path) -> None:
    plain = chart(tmp_path)
    values = list(suggested())
    assert len(values) == 14
    for each in values:
        assert chart(tmp_path, each) != plain, each


@pytest.mark.real
def test_kustomize_builds_the_example(tmp_path: Path) -> None:
    (text,) = (block for block in blocks("yaml") if "kind: Kustomization" in block)
    relative = os.path.relpath(KUSTOMIZE, tmp_path.resolve())
    (tmp_path / "kustomization.yaml").write_text(text.replace("../..", relative))
    assert kustomization(tmp_path) == kustomization("overlays/everything")
    (tmp_path / "kustomization.yaml").write_text(text.replace("../..", relative).replace("# - ", "- "))
    objects = kustomization(tmp_path)
    assert len([each for each in objects if each["kind"] == "GrafanaDashboard"]) == 9


@pytest.mark.real
def test_prometheus_takes_the_example_job(tmp_path: Path) -> None:
    (text,) = (block for block in blocks("yaml") if "scrape_configs" in block)
    (tmp_path / "prometheus.yml").write_text(text)
    done = run("promtool", "check", "config", "--syntax-only", str(tmp_path / "prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
