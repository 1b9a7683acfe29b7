"""Requests to the override service are told as spans too."""

from __future__ import annotations

from pathlib import Path

from tests.override.serving import served
from tests.tracing.collector import collecting, tracer


async def test_a_wish_goes_on_with_its_callers_trace_and_tells_nothing_of_itself(tmp_path: Path) -> None:
    async with collecting() as collector:
        async with tracer(collector), served(tmp_path) as face:
            caller = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"}
            wish = {"environment": "dev", "action": "wake", "reason": "quiet words"}
            status, _ = await face.call("POST", "/api/v1/overrides", body=wish, headers=caller)
            await face.call("GET", "/api/v1/overrides?environment=quiet", "")
            await face.call("GET", "/readyz")
        assert [(span.name, span.attributes["http.response.status_code"]) for span in collector.spans] == [
            ("POST /api/v1/overrides", status),
            ("GET /api/v1/overrides", 401),
        ]
        assert (collector.spans[0].trace, collector.spans[0].parent) == ("1" * 32, "2" * 16)
        assert b"quiet" not in collector.raw
