"""Who may read what of several clusters, where their API servers decide: each for its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import cluster
from tests.contexts.fleet import Fleet, fleet

PATHS = ("/metrics", "/astrolabe/api/v1/namespaces", "/astrolabe/")


def served_by(*readers: str) -> ApiServer:
    """A cluster in which the accounts of some tokens may read."""
    server = cluster()
    server.accounts.tokens = {f"token-of-{name}": name for name in (*readers, "stranger")}
    server.accounts.paths = {(name, path) for name in readers for path in PATHS}
    return server


async def status_of(served: Fleet, path: str, name: str) -> int:
    return (await served.get(path, headers=bearer(name)))[0]


def bearer(name: str) -> dict[str, Any]:
    return {"Authorization": f"Bearer token-of-{name}"}


async def test_the_api_server_of_the_cluster_that_is_asked_about_decides(tmp_path: Path) -> None:
    clusters = {"a": served_by("ada", "both"), "b": served_by("bob", "both")}
    async with fleet(tmp_path, clusters, authorization="kubernetes") as served:
        await served.until("/readyz", 200, "a: ready", "b: ready")
        for path in ("api/v1/namespaces", "metrics", ""):
            for name, expected in (("ada", (200, 401)), ("bob", (401, 200)), ("stranger", (403, 403))):
                found = tuple([await status_of(served, f"/clusters/{each}/{path}", name) for each in "ab"])
                assert found == expected, (path, name)
        assert (await served.get("/clusters/a/api/v1/namespaces"))[0] == 401
        assert (await served.get("/clusters/a/readyz"))[0] == 200


async def test_at_the_top_each_reader_sees_the_clusters_that_say_yes(tmp_path: Path) -> None:
    clusters = {"a": served_by("ada", "both"), "b": served_by("bob", "both")}
    async with fleet(tmp_path, clusters, authorization="kubernetes") as served:
        await served.until("/readyz", 200, "a: ready", "b: ready")
        for name, seen in (("ada", "a"), ("bob", "b"), ("both", "ab")):
            text = await served.text(headers=bearer(name))
            for each in "ab":
                assert (f'cluster="{each}"' in text) is (each in seen), (name, each)
            listed = await served.text("/", headers=bearer(name))
            assert [f'href="/clusters/{each}/"' in listed for each in "ab"] == [each in seen for each in "ab"]
            # Whoever may not see a cluster is not told that there is one.
            told = (await served.get("/clusters/c/", headers=bearer(name)))[1]
            assert told.endswith(f"clusters are {', '.join(seen)}\n") or "you may not" in told
        assert await status_of(served, "/metrics", "stranger") == 403
        assert await status_of(served, "/metrics", "nobody") == 401
        assert (await served.get("/metrics"))[0] == 401


async def test_an_api_server_that_is_away_hides_its_cluster_and_no_other(tmp_path: Path) -> None:
    clusters = {"a": served_by("ada"), "b": "http://127.0.0.1:9"}
    async with fleet(tmp_path, clusters, authorization="kubernetes") as served:
        await served.until("/readyz", 200, "a: ready", "b: not ready")
        assert 'cluster="a"' in await served.text(headers=bearer("ada"))
        assert await status_of(served, "/clusters/b/metrics", "ada") == 503
