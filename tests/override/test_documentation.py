"""docs/override.md tells what there is: settings, rules, commands, metrics, codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from astrolabe.override.cli import _parser
from astrolabe.override.direct.annotated import Annotated
from astrolabe.override.direct.backend import Direct
from astrolabe.override.gitops.backend import GitOps as Backend
from astrolabe.override.ledger import Ledger
from astrolabe.override.rules.schema import Role, RulesFile
from astrolabe.override.settings import ArgoCD, Environment, GitLab, GitOps, Oidc, Settings, Slack, Webhooks
from astrolabe.override.telemetry import Telemetry
from tests.override.memory import MemoryStore

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "override.md").read_text()


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def first_column(title: str) -> list[str]:
    cells = re.findall(r"^\| (`.+?`(?:, `.+?`)*) \|", section(title), re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_settings() -> None:
    named = first_column("Settings")
    assert sorted(named) == sorted((*Settings.__struct_fields__, *GitOps.__struct_fields__))
    for name, kind in (
        ("slack", Slack),
        ("gitlab", GitLab),
        ("argocd", ArgoCD),
        ("webhooks", Webhooks),
        ("oidc", Oidc),
        ("environments", Environment),
    ):
        row = re.search(rf"^\| `{name}` \|(.+)$", section("Settings"), re.MULTILINE)
        assert row is not None
        values = {"keda"}
        assert set(re.findall(r"`(\w+)`", row[1])) - values == set(kind.__struct_fields__)


def test_rules() -> None:
    assert first_column("Rules") == list(RulesFile.__struct_fields__)
    row = re.search(r"^\| `roles` \|(.+)$", section("Rules"), re.MULTILINE)
    assert row is not None
    assert set(Role.__struct_fields__) <= set(re.findall(r"`(\w+)`", row[1]))


def test_metrics() -> None:
    telemetry = Telemetry(Ledger(MemoryStore(), b""), ("dev",), lambda: 0.0)
    there = {}
    for family in telemetry.registry.collect():
        if not family.name.startswith("process_"):
            there[family.name + ("_total" if family.type == "counter" else "")] = family
    told = dict(re.findall(r"^\| `(\w+)` \| (.*?) ?\|", section("Metrics"), re.MULTILINE))
    assert set(told) == set(there)
    for name, family in there.items():
        for sample in family.samples:
            labels = set(sample.labels) - {"le"}
            assert labels == set(re.findall(r"`(\w+)`", told[name])), name


def test_steps() -> None:
    told = re.findall(r"^\| (\w+) \|", section("What it does to an environment"), re.MULTILINE)
    tables = " ".join(told).split("step ")
    for table, backend in zip(tables[1:4], (Direct, Backend, Annotated), strict=True):
        steps = dict.fromkeys((*backend.steps.engage, *backend.steps.disengage))
        assert [name for name in table.split() if name in steps] == list(steps)


@pytest.mark.parametrize(
    "line", re.findall(r"^ *(?:\$ )?(astrolabe override .+?)(?: +#.*)?$", PAGE, re.MULTILINE)
)
def test_commands_are_understood(line: str) -> None:
    line = re.split(r" [|>] ", line)[0]
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line)]
    _parser().parse_args(words[2:])


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
    for path in re.findall(r"deploy/[\w./-]+", PAGE):
        assert (ROOT / path).exists(), path
