"""No query that stands in the documentation or in the explorer's source leaves the cluster out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clusters.fleet import ROOT

_GROUPED = re.compile(r"\b(?:by|on) ?\((?P<labels>[^)]*)\)")
_UNGROUPED = re.compile(r"\b(?:sum|min|max|avg|group|count|topk|bottomk|stddev|quantile)\((?=[\w(])")
_IN_SOURCE = re.compile(r"\b(?:sum|min|max|avg|group|count|topk|bottomk)\(\$\{")
"""In a template: a function of the same name takes no such argument."""
_ONE_CLUSTER = ("cluster", "target_server", "${")
"""How a grouping begins that has the cluster: by its name or its server, or by labels that a function has."""


def left_out(query: str, ungrouped: re.Pattern[str] = _UNGROUPED) -> Iterator[str]:
    for found in _GROUPED.finditer(query):
        if not found["labels"].startswith(_ONE_CLUSTER):
            yield found[0]
    yield from (found[0] for found in ungrouped.finditer(query))


def written(page: Path) -> str:
    return "\n".join(re.findall(r"```promql\n(.*?)```", page.read_text("utf-8"), re.DOTALL))


@pytest.mark.parametrize("folder", ["docs", "docs/metrics", "docs/runbooks"])
def test_queries_of_the_documentation(folder: str) -> None:
    pages = {page.name: list(left_out(written(page))) for page in sorted((ROOT / folder).glob("*.md"))}
    assert {name: said for name, said in pages.items() if said} == {}


def test_questions_of_the_explorer() -> None:
    sources = sorted((ROOT / "dashboards/explorer/src").glob("*.ts"))
    assert len(sources) > 10
    found = {each.name: list(left_out(each.read_text("utf-8"), _IN_SOURCE)) for each in sources}
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize(
    "query", ["sum(a)", "sum by (b) (a)", "a and on (b) c", "topk(3, a)", "count by (b) (a)"]
)
def test_one_without_the_cluster_is_found(query: str) -> None:
    assert list(left_out(query))
    assert not list(left_out("topk by (cluster) (3, sum by (cluster, b) (a and on (cluster) c))"))
