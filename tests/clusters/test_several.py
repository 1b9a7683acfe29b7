"""One process that follows several clusters: their series, each with its cluster's name."""

from __future__ import annotations

from pathlib import Path

from tests.api.exporter import cluster
from tests.clusters.fleet import fleet
from tests.test_cli import free_port


async def test_a_cluster_that_cannot_be_reached_holds_up_no_other(tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    async with fleet(tmp_path, {"a": cluster(), "gone": away}) as served:
        text = await served.until("/readyz", 200, "a: ready\n", "gone: not ready\n", "Connection refused")
        assert text.startswith("ready\n")
        samples = await served.samples()
        assert {
            'astrolabe_cluster_up{cluster="a"} 1.0',
            'astrolabe_cluster_up{cluster="gone"} 0.0',
        } <= samples
        assert any(line.startswith('astrolabe_resource_info{cluster="a",id="Pod/') for line in samples)
        told = [log for log in served.logs if log["log_level"] in ("warning", "error")]
        assert [log["event"] for log in told] == ["no answer from the API server yet"]
