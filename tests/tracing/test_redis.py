"""What is written to a real Redis is told as spans."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.exporter import cluster
from tests.api.shop import pod
from tests.persistence.servers import redis
from tests.tracing.collector import collecting
from tests.tracing.exporter import exporting

pytestmark = pytest.mark.real


async def test_each_write_is_told_with_its_commands(tmp_path: Path) -> None:
    server = cluster()
    with redis(tmp_path) as kept:
        async with collecting() as collector:
            environment = {
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
                "OTEL_BSP_SCHEDULE_DELAY": "50",
                "ENABLE_PERSISTENCE": "true",
                "REDIS_ADDR": kept.address,
            }

            def commands(form: str) -> list[list[str]]:
                return [
                    [child.name for child in collector.children(span.id)]
                    for span in collector.named("write state")
                    if span.attributes["astrolabe.state.form"] == form
                ]

            async with exporting(server, tmp_path, environment):
                await collector.until(lambda: commands("snapshot"))
                server.put(pod("new"))
                await collector.until(lambda: commands("changes"))
            assert commands("snapshot")[0] == ["EVAL prepare", "EVAL commit"]
            assert commands("changes")[0] == ["EVAL commit"]
            (sent, *_) = collector.named("EVAL commit")
            assert sent.kind == "client"
            assert sent.attributes == sent.attributes | {
                "db.system.name": "redis",
                "db.operation.name": "EVAL",
                "server.address": "127.0.0.1",
                "server.port": kept.port,
            }
