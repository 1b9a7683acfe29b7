"""`astrolabe demo` as a user starts it, scraped by a real Prometheus with the rules as they are rendered."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.real.control_plane import answers
from tests.real.processes import running, until
from tests.real.prometheus import Prometheus, prometheus

pytestmark = pytest.mark.real


@pytest.fixture
def scraped(tmp_path: Path, alerts_folder: Path) -> Iterator[Prometheus]:
    port = free_port()
    command = [sys.executable, "-m", "astrolabe", "demo", f"--port={port}"]
    files = [alerts_folder / "rendered" / name for name in ("rules.yaml", "alerts.yaml")]
    ready = f"http://127.0.0.1:{port}/readyz"
    with (
        running(command, tmp_path / "demo.log", lambda: answers(ready)),
        prometheus(tmp_path, [f"127.0.0.1:{port}"], rule_files=files) as asked,
    ):
        yield asked


def test_the_demo_is_scraped_and_every_rule_is_evaluated(scraped: Prometheus) -> None:
    ((labels, value),) = scraped.rows('up{job="astrolabe"} == 1')
    assert (labels["__name__"], value) == ("up", 1.0)
    assert scraped.query('{exported_namespace!=""} or {exported_pod!=""}') == [], "labels are honoured"
    troubles = {
        (row["trouble"], row["id"]) for row, _ in scraped.rows('astrolabe:trouble:count{trouble="missing"}')
    }
    assert ("missing", "Secret/shop-frontend/legacy-tls") in troubles

    def rules() -> list[dict[str, str]]:
        groups = scraped.get("/api/v1/rules")["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        # Groups with an interval of their own come later.
        known = [rule for rule in found if rule["health"] != "unknown"]
        return found if len(known) >= len(found) * 0.8 else []

    every = until(rules, "rules are evaluated")
    assert [(rule["name"], rule["lastError"]) for rule in every if rule["health"] == "err"] == []
    # Before the first scrape it is down, as far as anybody knows.
    until(lambda: not scraped.query('ALERTS{alertname="AstrolabeDown"}'), "nobody takes it for down")
