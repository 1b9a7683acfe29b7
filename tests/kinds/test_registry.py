"""The table of kinds, and that each has its module, its test and its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from astrolabe.kinds.kind import Kind
from astrolabe.kinds.registry import KINDS, MODULE_OF

PAGES = Path(__file__).parents[2] / "docs" / "kinds"


def test_names_are_unique() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert len({kind.resource for kind in KINDS}) == len(KINDS)


MODULES = sorted({*MODULE_OF.values(), "custom"})


@pytest.mark.parametrize("module", MODULES)
def test_each_module_has_a_test_and_a_page(module: str) -> None:
    assert (Path(__file__).parent / f"test_{module}.py").is_file()
    assert (PAGES / f"{module}.md").is_file()
    assert f"({module}.md)" in (PAGES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_page_says_what_is_watched_of_its_kind(kind: Kind) -> None:
    page = (PAGES / f"{MODULE_OF[kind.name]}.md").read_text(encoding="utf-8")
    (watched,) = re.findall(r"^Watched: .*?(?=\n\n)", page, re.MULTILINE | re.DOTALL)
    assert f"`{kind.resource}`" in watched
    versions = ", else ".join(kind.versions)
    parts = "metadata only" if kind.metadata_only else "whole objects"
    assert f", {versions}, {parts}" in watched.replace("\n", " ")


def test_no_page_is_left_over() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {*MODULES, "README"}
