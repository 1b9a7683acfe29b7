"""docs/metrics/sleep.md tells the families of sleep, and the numbers of docs/sleep.md can be recomputed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from astrolabe.derived.sleep.environment import Rule, parse
from astrolabe.derived.sleep.families import FAMILIES
from astrolabe.derived.sleep.operation import GRACE, MARGIN, PATIENCE
from tests.metrics.test_documentation import DOCUMENTED
from tests.sleep.green import Green, unix

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "sleep.md").read_text("utf-8")


def test_every_family_is_told_with_type_and_labels() -> None:
    told = {
        name: (section.type, section.labels)
        for name, section in DOCUMENTED.items()
        if section.page == "sleep.md"
    }
    assert told == {family.name: (family.type, family.labels) for family in FAMILIES}


@pytest.fixture
def example() -> Green:
    """Play the table of the example."""
    stage = Green("2026-10-24T12:00Z")
    stage.workload("web", 3)
    stage.workload("api", 1)
    stage.sleepinfo(timeZone="Europe/Rome")
    steps = re.findall(r"^\| (2026-\S+ \S+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert len(steps) == 6
    for time, what in steps:
        stage.pass_to(unix(time + "Z"))
        stage.scrape()
        if operation := re.search(r"starts (a sleep|to wake)", what):
            stage.report("SLEEP" if operation[1] == "a sleep" else "WAKE_UP")
        if change := re.search(r"`(\w+)` is at (\d)", what):
            if change[2] == "0":
                stage.down(change[1])
            else:
                stage.up(change[1], replicas=int(change[2]))
        if by_hand := re.search(r"scales `(\w+)` to (\d)", what):
            stage.scale(by_hand[1], int(by_hand[2]), "kubectl", subresource="scale")
            stage.at("2026-10-24T23:00:00Z")
            ratio = stage.value("astrolabe_environment_sleep_ratio", environment="shop")
            assert ratio is not None
            assert f"At 23:00 UTC `astrolabe_environment_sleep_ratio` was {ratio}:" in PAGE
        if "Secret is written" in what:
            stage.record()
    return stage


def test_the_example(example: Green) -> None:
    rows = re.findall(r"^\| `((?:kube_green|astrolabe)_\w+\{.*\})` \| (\d+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 7
    counted = example.counted("kube_green_", "astrolabe_workload_scale")
    for series, value in rows:
        assert counted[series] == float(value), series
    slept = {sleep.id: (sleep.until or 0) - sleep.since for sleep in example.source.ended()}
    web, api = slept["Deployment/shop/web"], slept["Deployment/shop/api"]
    assert f"`web` slept {web:,.0f} seconds, `api` {api:,.0f} seconds." in PAGE


def test_the_times_that_the_page_names() -> None:
    assert f"{GRACE:.0f} s after the Secret" in PAGE
    assert f"{PATIENCE:.0f} s after the start" in PAGE
    assert f"within {MARGIN + PATIENCE:.0f} s of a scheduled wake-up" in PAGE


def test_both_forms_of_the_setting() -> None:
    setting: dict[str, object] = {
        "review-*": "review",
        "staging": {"namespace": "staging", "sleepinfo": "staging-sleep-schedule"},
    }
    assert parse(setting) == (
        Rule("review", "review-*"),
        Rule("staging", "staging", "staging-sleep-schedule"),
    )
    for key in setting:
        assert f"\n  {key}:" in PAGE
