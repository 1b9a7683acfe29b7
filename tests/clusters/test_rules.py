"""Every rule over several clusters, replicas and shards: what each finds as if it were alone.

promtool evaluates them over what the demo's exporters said at two moments. It is told to expect nothing, so
it tells what it got.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clusters.answers import Answer, differs, without_cluster
from tests.clusters.fleet import NIGHT, NOON, Fleet, at
from tests.real.processes import component

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

RENDERED = Path(__file__).parents[2] / "alerts/rendered"
GROUPS = [
    group
    for name in ("rules", "alerts")
    for group in yaml.safe_load((RENDERED / f"{name}.yaml").read_text())["groups"]
]
RULES = {rule.get("alert") or rule["record"]: rule for group in GROUPS for rule in group["rules"]}
ASKED = {name: rule["expr"] if "alert" in rule else name for name, rule in RULES.items()}
"""What is evaluated, by the name of the rule. What several rules record under a name is asked once."""
COUNTS_EVENTS = {"KubeGreenOperationFailed"}
"""Alerts whose value is shown nowhere: that there is one is what counts."""
NOT_THE_SAME: Mapping[tuple[str, str], str] = {
    ("twice", "astrolabe:shard:info"): "each process speaks of itself",
    ("shards", "astrolabe:shard:info"): "each process speaks of itself",
    ("shards", "astrolabe:resources:count"): "each shard counts the images that its own Pods run",
}
_HELD = 9
"""Minutes more that each of two moments lasts."""
_GOT = re.compile(r'\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\} ([-+.\w]+)')
_LABEL = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*")')

Found = Mapping[str, Mapping[str, Answer]]
"""The answers by cluster, by what is asked."""


def evaluated(folder: Path, samples: Iterable[str]) -> Found:
    """Let noon last, and then the night; return what all rules find at the end."""
    test = {
        "interval": "1m",
        "input_series": inputs(samples, at(NOON), at(NIGHT)),
        "promql_expr_test": [
            {"expr": expr, "eval_time": f"{2 * _HELD + 1}m", "exp_samples": []}
            for expr in sorted(set(ASKED.values()))
        ],
    }
    case = {
        "rule_files": [str(RENDERED / "rules.yaml"), str(RENDERED / "alerts.yaml")],
        "evaluation_interval": "1m",
        "group_eval_order": [group["name"] for group in GROUPS],
        "tests": [test],
    }
    file = folder / "case.json"
    file.write_text(json.dumps(case))  # which is YAML, and much faster
    done = subprocess.run(
        [component("promtool"), "test", "rules", file],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert " err: " not in done.stderr, done.stderr
    return told_by(done.stderr)


def inputs(samples: Iterable[str], first: int, second: int) -> list[dict[str, str]]:
    named = set(re.findall(r"\w+", " ".join(rule["expr"] for rule in RULES.values())))
    values: dict[str, dict[int, str]] = defaultdict(dict)
    for line in samples:
        if line.partition("{")[0] in named:
            series, _, rest = line.rpartition("} ")
            value, _, moment = rest.partition(" ")
            values[series][int(moment)] = value
    return [
        {"series": series + "}", "values": " ".join(lasting(told.get(each)) for each in (first, second))}
        for series, told in values.items()
        if first in told or second in told
    ]


def lasting(value: str | None) -> str:
    return f"_x{_HELD}" if value is None else f"{value}x{_HELD}"


def told_by(output: str) -> Found:
    found: dict[str, dict[str, dict[Any, float]]] = {}
    for each in output.split("\n    expr: ")[1:]:
        expr, _, got = each.partition(", time: ")
        answers = found.setdefault(json.loads(expr), defaultdict(dict))
        for labels, value in _GOT.findall(got.partition("got: ")[2]):
            named = {name: json.loads(text) for name, text in _LABEL.findall(labels)}
            answers[named.get("cluster", "")][without_cluster(named)] = float(value)
    return found


@pytest.fixture(scope="module")
def alone(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Found:
    return evaluated(tmp_path_factory.mktemp("alone"), told.alone())


@pytest.fixture(scope="module")
def other(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The second cluster alone, for which it is earlier in the day."""
    return evaluated(tmp_path_factory.mktemp("other"), told.alone(behind=True))


@pytest.fixture(scope="module")
def two(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Found:
    return evaluated(tmp_path_factory.mktemp("two"), told.two())


@pytest.fixture(scope="module")
def several(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Found:
    return evaluated(tmp_path_factory.mktemp("several"), told.several())


def test_many_rules_find_something(alone: Found) -> None:
    assert len([name for name, expr in ASKED.items() if any(alone.get(expr, {}).values())]) >= 30


@pytest.mark.parametrize("name", ASKED)
def test_each_of_two_clusters_gets_its_own_answer(alone: Found, other: Found, two: Found, name: str) -> None:
    for cluster, expected in (("east", alone), ("west", other)):
        assert differs(of(expected, name, ""), of(two, name, cluster)) == []


@pytest.mark.parametrize("exporters", ["twice", "shards"])
@pytest.mark.parametrize("name", ASKED)
def test_replicas_and_shards_find_what_one_process_finds(
    alone: Found, several: Found, name: str, exporters: str
) -> None:
    found = differs(of(alone, name, ""), of(several, name, exporters))
    if (exporters, name) in NOT_THE_SAME:
        assert found != [], NOT_THE_SAME[exporters, name]
    else:
        assert found == []


def of(found: Found, name: str, cluster: str) -> Answer:
    answer = found.get(ASKED[name], {}).get(cluster, {})
    return dict.fromkeys(answer, 1.0) if name in COUNTS_EVENTS else answer
