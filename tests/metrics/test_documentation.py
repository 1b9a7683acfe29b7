"""docs/metrics tells every metric that the program exposes, and no other."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from prometheus_client.metrics_core import Metric

from astrolabe.derived.access.families import FAMILIES as ACCESS
from astrolabe.derived.changes.families import FAMILIES as CHANGES
from astrolabe.derived.cost.families import FAMILIES as COST
from astrolabe.derived.sleep.families import FAMILIES as SLEEP
from astrolabe.graph.facts import EDGE_TYPES
from astrolabe.metrics.clusters import InfoFamily, UpFamily
from astrolabe.metrics.families import FAMILIES as GRAPH
from astrolabe.metrics.families import OPT_IN
from astrolabe.metrics.telemetry import Telemetry
from astrolabe.persistence.store import REASONS
from astrolabe.tracing.family import SpanFamily
from tests.metrics.test_telemetry import PODS, everything
from tests.metrics.test_troubles import Followed, state

FAMILIES = (*GRAPH, *SLEEP, *COST, *ACCESS, *CHANGES)
FOLDER = Path(__file__).parents[2] / "docs" / "metrics"
FOREIGN = {
    "container_cpu_usage_seconds_total": {"container"},
}
"""Metrics of others that queries join with."""
NO_METRICS = {
    "group_left", "label_replace", "workload_kind", "label_team", "helm_release", "source_cluster",
    "target_cluster", "target_server",
}  # fmt: skip
"""Functions, and labels that stand in them."""
SCRAPED = {"job"}
"""Labels that Prometheus adds."""


class Section(NamedTuple):
    page: str
    type: str
    labels: tuple[str, ...]
    text: str
    queries: tuple[str, ...]


def sections() -> Iterator[tuple[str, Section]]:
    for page in sorted(FOLDER.glob("*.md")):
        for part in re.split(r"^#{2,3} ", page.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            title, _, body = part.partition("\n")
            if not (name := re.fullmatch(r"`(\w+)`", title)):
                continue
            head = re.match(r"\n(gauge|counter|histogram)(?:: ((?:`\w+`(?:, )?)+))?\n\n", body)
            assert head, f"{page.name}: {title} begins with its type and labels"
            labels = tuple(re.findall(r"`(\w+)`", head[2] or ""))
            queries = tuple(re.findall(r"```promql\n(.*?)```", body, re.DOTALL))
            yield name[1], Section(page.name, head[1], labels, body[head.end() :], queries)


DOCUMENTED = dict(sections())
QUERIES = [query for section in DOCUMENTED.values() for query in section.queries]


def own() -> dict[str, Metric]:
    """The program's own families under the names of their samples, everything having happened once."""
    telemetry = Telemetry()
    everything(telemetry, PODS)
    telemetry.keeping(REASONS)
    telemetry.leading(lambda: True)
    telemetry.queue("rows", int)
    telemetry.follow(Followed([state(PODS, "synced")]))
    return {
        family.name + ("_total" if family.type == "counter" else ""): family
        for family in (
            *telemetry.registry.collect(),
            *UpFamily({"east": True}).collect(),
            *SpanFamily(lambda: {"sent": 1}).collect(),
            *InfoFamily({"east": "https://east:6443"}).collect(),
        )
    }


def test_each_metric_is_told_once() -> None:
    names = [name for name, _ in sections()]
    assert len(names) == len(set(names))


def test_every_metric_is_told_and_no_other() -> None:
    exposed = {family.name for family in FAMILIES} | set(own())
    documented = set(DOCUMENTED)
    if sys.platform != "linux":
        documented = {name for name in documented if not name.startswith("process_")}
    assert documented == exposed


def test_types_and_labels_of_the_graph() -> None:
    for family in FAMILIES:
        section = DOCUMENTED[family.name]
        assert (section.type, section.labels) == (family.type, family.labels), family.name


def test_types_and_labels_of_the_program() -> None:
    for name, family in own().items():
        section = DOCUMENTED[name]
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert (section.type, set(section.labels)) == (family.type, labels), name


def test_each_section_has_a_meaning_and_a_query_of_its_own() -> None:
    for name, section in DOCUMENTED.items():
        assert len(section.text.split("```")[0].split()) >= 4, name
        assert any(re.search(rf"\b{name}(_bucket|_sum|_count)?\b", query) for query in section.queries), name


def test_queries_name_metrics_and_labels_that_exist() -> None:
    labels = {name: set(section.labels) | SCRAPED for name, section in DOCUMENTED.items()} | FOREIGN
    for query in QUERIES:
        for name, selector in re.findall(r"\b([a-z]+_[a-z_]+)\b(?:\{([^}]*)\})?(?! *\()", query):
            if name in NO_METRICS:
                continue
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            assert family in labels, query
            assert set(re.findall(r"(\w+)[=!]~?=?\"", selector)) <= labels[family], query


def test_what_is_off_by_default_says_so() -> None:
    for name in OPT_IN:
        assert "Off by default" in DOCUMENTED[name].text


def test_every_type_of_relation_is_told() -> None:
    table = (FOLDER / "edges.md").read_text("utf-8").partition("## Types")[2].partition("##")[0]
    assert tuple(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)) == EDGE_TYPES


def test_every_page_is_linked() -> None:
    linked = set(re.findall(r"\]\((\w+\.md)\)", (FOLDER / "README.md").read_text("utf-8")))
    assert linked == {page.name for page in FOLDER.glob("*.md")} - {"README.md"}
