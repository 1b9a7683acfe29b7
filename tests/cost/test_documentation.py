"""docs/metrics/cost.md tells the families of cost, and the numbers of docs/cost.md can be recomputed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from astrolabe.derived.cost.families import FAMILIES
from astrolabe.derived.cost.prices import DEFAULTS, PICO, parse
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.models.requests import GPUS
from tests.cost.world import HOUR, START, Cluster, sized
from tests.metrics.test_documentation import DOCUMENTED

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "cost.md").read_text("utf-8")
ONE_LINE = " ".join(PAGE.split())


def rows(columns: int) -> list[list[str]]:
    """The rows of tables with so many columns, without their heads."""
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
    ]
    return [row for row in found if len(row) == columns]


def test_every_family_is_told_with_type_and_labels() -> None:
    told = {
        name: (section.type, section.labels)
        for name, section in DOCUMENTED.items()
        if section.page == "cost.md"
    }
    assert told == {family.name: (family.type, family.labels) for family in FAMILIES}


FIRST = sized("500m", "1Gi")
SMALL = {"requests": {"cpu": "250m", "memory": "512Mi"}}
LARGE = {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "2"}
PODS: list[dict[str, Any]] = [
    FIRST,
    FIRST
    | {"initContainers": [{"name": "init", "resources": {"requests": {"cpu": "2", "memory": "256Mi"}}}]},
    FIRST | {"initContainers": [{"name": "mesh", "restartPolicy": "Always", "resources": SMALL}]},
    FIRST | {"overhead": {"cpu": "250m", "memory": "128Mi"}},
    {"containers": [{"name": "train", "resources": {"limits": LARGE}}]},
]


def test_the_table_of_pods() -> None:
    table = [row for row in rows(5) if re.fullmatch(r"[\d.]+", row[1])]
    assert len(table) == len(PODS)
    for (_, cores, memory, gpus, dollars), spec in zip(table, PODS, strict=True):
        cluster = Cluster()
        cluster.put("Pod", spec=spec | {"nodeName": "node-1"}, status={"phase": "Running"})
        pod = cluster.graph.get("Pod/shop/web")
        assert pod is not None
        assert isinstance(pod.facts.detail, PodDetail)
        requests = pod.facts.detail.requests
        assert (requests.cpu, requests.memory, requests.gpu) == (
            float(cores) * 1000,
            float(memory) * 2**30,
            int(gpus),
        )
        assert cluster.value("astrolabe_workload_baseline_cost_hourly_dollars") == float(dollars)


def test_the_defaults() -> None:
    assert {row[0].strip("`"): row[2] for row in rows(3) if row[0].strip("`") in DEFAULTS} == DEFAULTS


def test_every_gpu_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in GPUS)


def example_file() -> str:
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_price_file() -> None:
    prices = parse(example_file(), "example")
    assert prices.cpu == 0.0252 * PICO
    assert prices.of_volume(1 << 30, "fast") == 0.0002 * PICO
    assert prices.is_spot((("karpenter.sh/capacity-type", "spot"),))


def test_the_night(tmp_path: Path) -> None:
    """20:00 to 08:00, and another price of a core at 02:00."""
    prices = tmp_path / "prices.json"
    prices.write_text("{}")
    cluster = Cluster(prices)
    total = "kube_green_cost_savings_dollars_total"
    cluster.deploy(3, FIRST)
    cluster.doze(FIRST)
    parts = []
    for change in ('{"CPU": "0.05"}', '{"CPU": "0.05" }'):
        baseline = cluster.value("astrolabe_workload_baseline_cost_hourly_dollars") or 0
        before = cluster.value(total) or 0
        cluster.later(6)
        parts.append((baseline / 3, (cluster.value(total) or 0) - before))
        prices.write_text(change)
        cluster.scrape()
    cluster.wake(3, FIRST)
    table = [row for row in rows(5) if re.fullmatch(r"\d\d:\d\d", row[0])]
    for (_, _, each, hours, dollars), (cost, saved) in zip(table, parts, strict=True):
        assert cost == pytest.approx(float(each), abs=1e-12)
        assert saved == pytest.approx(float(dollars), abs=1e-12)
        assert float(hours) == 6
    cluster.clock.now = START + 16 * HOUR
    assert f"At noon `{total}` is {cluster.value(total)}, and so are all three estimates." in ONE_LINE
    estimates = "kube_green_cost_savings_estimate_dollars"
    assert {line.rpartition(" ")[2] for line in cluster.scrape(estimates)} == {str(cluster.value(total))}
    grams = cluster.value("kube_green_co2_savings_estimate_grams_total")
    assert grams is not None
    assert f"CO2 at noon is {grams / 1000:.13f} kg" in ONE_LINE
    cluster.clock.now = START + 25 * HOUR
    assert f"the daily estimate is {cluster.value(estimates, time_period='daily')}." in ONE_LINE


def test_keys_of_the_page_are_keys_of_the_file() -> None:
    assert set(json.loads(example_file())) >= {"spotLabel", "spotLabelValue", "storageClasses", "discount"}
