"""docs/kinds: what a page calls detail is what the code carries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from astrolabe.graph.facts import Detail
from astrolabe.kinds import registry
from astrolabe.kinds.models import details
from tests.kinds.objects import read
from tests.kinds.samples import SAMPLES

PAGES = Path(__file__).parents[2] / "docs" / "kinds"
SELDOM: dict[str, tuple[type[Detail], ...]] = {
    "custom": (details.PausedDetail, details.ElsewhereDetail),
    "secret": (details.SleepRecord, details.SecretDetail),
}
"""Details that a module makes of other objects than its sample."""


def _details() -> dict[str, tuple[type[Detail], ...]]:
    """Return the details of each page: those of the samples, in the order of the records, and the rest.

    A page that refers to another one for them names none.
    """
    found: dict[str, dict[type[Detail], None]] = {}
    for kind in registry.KINDS:
        detail = read(kind, SAMPLES[kind.name]).detail
        if detail is not None:
            found.setdefault(registry.MODULE_OF[kind.name], {})[type(detail)] = None
    for page, seldom in SELDOM.items():
        found.setdefault(page, {}).update(dict.fromkeys(seldom))
    said = re.compile("detail (are those|is that) of")
    alike = {page for page in found if said.search((PAGES / f"{page}.md").read_text("utf-8"))}
    return {page: tuple(kinds) for page, kinds in found.items() if page not in alike}


DETAILS = _details()
PARTS = {
    details.Requests,
    details.Scaled,
    details.Dates,
    details.ClaimRef,
    details.ScaleTarget,
    details.Backend,
    details.ServicePort,
    details.PodAccess,
    details.SecretUse,
    details.PolicyRule,
    details.Subject,
    details.RevisionDetail,
    details.Away,
}
"""Details of details, and that of ReplicaSets that are left out."""


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
