"""docs/kinds: what a page calls detail is what the code carries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from astrolabe.graph.facts import Detail
from astrolabe.kinds import details

PAGES = Path(__file__).parents[2] / "docs" / "kinds"
DETAILS: dict[str, tuple[type[Detail], ...]] = {
    "cronjob": (details.CronJobDetail,),
    "custom": (details.PausedDetail,),
    "daemonset": (details.ReplicasDetail,),
    "deployment": (details.ReplicasDetail,),
    "horizontalpodautoscaler": (details.ScaleDetail,),
    "ingress": (details.IngressDetail,),
    "job": (details.JobDetail,),
    "node": (details.NodeDetail,),
    "persistentvolume": (details.VolumeDetail,),
    "persistentvolumeclaim": (details.ClaimDetail,),
    "pod": (details.PodDetail,),
    "poddisruptionbudget": (details.BudgetDetail,),
    "secret": (details.HelmRecord, details.SleepRecord),
    "service": (details.ServiceDetail,),
    "sleepinfo": (details.SleepDetail,),
    "statefulset": (details.ReplicasDetail,),
}
PARTS = {details.Requests, details.Scaled, details.Dates, details.ClaimRef, details.ScaleTarget}
"""Details of details."""


def named(page: str) -> list[set[str]]:
    """Return the fields that each `Detail:` of a page names, up to the end of its paragraph."""
    text = (PAGES / f"{page}.md").read_text("utf-8")
    paragraphs = re.findall(r"(?:Detail:|has a detail:)(.*?)(?:\n\n|\Z)", text, re.DOTALL)
    return [set(re.findall(r"`([a-z_]+)`", paragraph)) for paragraph in paragraphs]


@pytest.mark.parametrize("page", DETAILS)
def test_a_page_names_every_field_and_no_other(page: str) -> None:
    assert named(page) == [set(detail.__struct_fields__) for detail in DETAILS[page]]


def test_other_pages_have_no_detail() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert [page for page in sorted(pages - set(DETAILS)) if named(page)] == []


def test_every_detail_is_on_a_page() -> None:
    known = {each for each in vars(details).values() if isinstance(each, type) and issubclass(each, Detail)}
    described = {detail for found in DETAILS.values() for detail in found}
    assert known - {Detail} == described | PARTS
