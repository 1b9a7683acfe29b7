"""What is counted of the requests to what environments are changed through."""

from __future__ import annotations

import aiohttp.web
import pytest

from astrolabe.kube.configuration import Configuration
from astrolabe.kube.credentials import Fixed
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from astrolabe.override.backend import Trouble
from astrolabe.override.demonstration.environments import listening
from astrolabe.override.direct.client import connected
from astrolabe.override.gitops.calls import Pace, Remote
from astrolabe.override.gitops.gitlab import CALLS
from astrolabe.override.ledger import Ledger
from astrolabe.override.telemetry import Telemetry
from astrolabe.testing.apiserver import ApiServer as Simulated
from astrolabe.testing.faults import Refuse
from astrolabe.testing.http import serving
from tests.override.memory import MemoryStore


def counted(telemetry: Telemetry, backend: str) -> tuple[float, ...]:
    """How many requests were answered, and how many were not."""
    name = "astrolabe_override_backend_requests_total"
    return tuple(
        telemetry.registry.get_sample_value(name, {"backend": backend, "result": result}) or 0.0
        for result in ("answered", "away")
    )


def telemetry() -> Telemetry:
    return Telemetry(Ledger(MemoryStore(), b""), ("dev",), lambda: 0.0)


def test_what_will_be_counted_stands_at_nought() -> None:
    """A rate does not see a counter that appears with its first event: the first failure would not show."""
    found = telemetry()
    found.begin(CALLS, ["dev-shop"])
    for method, endpoint in CALLS:
        labels = {"method": method, "endpoint": endpoint, "status": "503"}
        assert found.registry.get_sample_value("gitlab_api_requests_total", labels) == 0
    for status in ("started", "busy", "refused", "succeeded", "failed", "error"):
        labels = {"application": "dev-shop", "status": status}
        assert found.registry.get_sample_value("argocd_sync_operations_total", labels) == 0


async def test_the_api_server() -> None:
    found = telemetry()
    simulated = Simulated()
    simulated.writable = True
    async with serving(simulated) as url:
        api = await connected(
            Fixed(Configuration(server=url)), lambda answered: found.reached("kubernetes", answered=answered)
        )
        assert await api.get("/api/v1/namespaces/shop/secrets/none") is None
        with pytest.raises(ApiFailure):
            await api.patch("/api/v1/namespaces/shop/nothing/none", {})
        assert counted(found, "kubernetes") == (2, 0)
        simulated.faults.order("pods", Refuse(503), times=None)
        with pytest.raises(ApiFailure):
            await api.list("/api/v1/namespaces/shop/pods")
        assert counted(found, "kubernetes") == (2, 1)
    with pytest.raises(Unreachable):
        await api.list("/api/v1/namespaces/shop/pods")
    assert counted(found, "kubernetes") == (2, 2)
    await api.close()


@pytest.mark.parametrize(
    ("code", "told"), [(200, (1, 0)), (404, (1, 0)), (429, (1, 0)), (500, (0, 1)), (503, (0, 1)), (0, (0, 1))]
)
@pytest.mark.parametrize("backend", ["GitLab", "Argo CD"])
async def test_gitlab_and_argo_cd(backend: str, code: int, told: tuple[float, float]) -> None:
    found = telemetry()

    async def answer(_request: aiohttp.web.Request) -> aiohttp.web.Response:
        return aiohttp.web.json_response({}, status=code)

    app = aiohttp.web.Application()
    app.router.add_get("/x", answer)
    async with listening(app) as url:
        remote = Remote(backend, url if code else "http://127.0.0.1:1", dict, pace=Pace(), observer=found)
        try:
            await remote.send("GET", "x", "/x")
        except Trouble:
            assert code in (0, 429, 500, 503)
        await remote.close()
    assert counted(found, backend.lower().replace(" ", "")) == told
