from __future__ import annotations

import re
from pathlib import Path
from typing import Any

SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]


def test_every_alert_has_a_page_and_every_page_an_alert(
    alerts: dict[str, dict[str, Any]], runbooks: Path
) -> None:
    assert {page.stem for page in runbooks.glob("*.md")} == set(alerts) | {"README"}


def test_pages_have_their_sections_a_query_and_a_command(
    alerts: dict[str, dict[str, Any]], runbooks: Path
) -> None:
    for name in alerts:
        text = (runbooks / f"{name}.md").read_text("utf-8")
        assert text.startswith(f"# {name}\n"), name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS, name
        parts = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
        assert all(len(part.split()) >= 4 for part in parts), name
        assert "```promql" in parts[2], name
        assert "kubectl" in text or name in {
            "KubeGreenFrequentManualWakeUps",
            "KubeGreenSavingsDeclined",
            "AstrolabeScrapeSlow",
        }, name


def test_the_index_lists_every_page(alerts: dict[str, dict[str, Any]], runbooks: Path) -> None:
    index = (runbooks / "README.md").read_text("utf-8")
    assert re.findall(r"^\| \[(\w+)\]\(\1\.md\) \| \S", index, re.MULTILINE) != []
    assert set(re.findall(r"^\| \[(\w+)\]\(\1\.md\)", index, re.MULTILINE)) == set(alerts)


def test_links_lead_somewhere(runbooks: Path) -> None:
    for page in runbooks.glob("*.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
