from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.real

CASES = sorted((Path(__file__).parents[2] / "alerts/tests").glob("*.yaml"))


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rules_are_valid(promtool: str, alerts_folder: Path) -> None:
    out = run(
        promtool,
        "check",
        "rules",
        "--lint=all",
        "--lint-fatal",
        "rules.yaml",
        "alerts.yaml",
        cwd=alerts_folder / "rendered",
    )
    assert out.count("SUCCESS") == 2


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_cases_hold(promtool: str, case: Path) -> None:
    run(promtool, "test", "rules", case.name, cwd=case.parent)


def test_queries_of_the_runbooks_are_valid(promtool: str, runbooks: Path, tmp_path: Path) -> None:
    queries = [
        line
        for page in sorted(runbooks.glob("*.md"))
        for block in page.read_text("utf-8").split("```promql\n")[1:]
        for line in block.split("```")[0].splitlines()
    ]
    assert len(queries) > 50
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    (tmp_path / "queries.yaml").write_text(
        yaml.safe_dump({"groups": [{"name": "runbooks", "rules": rules}]}), "utf-8"
    )
    run(promtool, "check", "rules", "queries.yaml", cwd=tmp_path)
