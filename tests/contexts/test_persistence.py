"""The state of several clusters in one Redis: each is restored by itself."""

from __future__ import annotations

from pathlib import Path

from astrolabe.testing.http import serving
from tests.api.exporter import cluster
from tests.api.shop import make, pod
from tests.contexts.fleet import fleet
from tests.persistence.servers import redis
from tests.ports import free_port


async def test_each_cluster_is_restored_from_what_was_kept_of_it(tmp_path: Path) -> None:
    # What tells clusters apart is the UID of this namespace.
    first = cluster(make("Namespace", "kube-system", "", metadata={"uid": "1"}), pod("of-the-first"))
    second = cluster(make("Namespace", "kube-system", "", metadata={"uid": "2"}), pod("of-the-second"))
    ports = {"first": free_port(), "second": free_port()}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    with redis(tmp_path) as store:
        settings = {"enable_persistence": True, "redis_addr": store.address}
        async with (
            serving(first, ports["first"]),
            serving(second, ports["second"]),
            fleet(tmp_path, urls, **settings) as served,
        ):
            await served.until("/readyz", 200, "first: ready", "second: ready")
            before = {name: await served.samples(f"/clusters/{name}/metrics?name[]={INFO}") for name in ports}
            assert any("of-the-first" in line for line in before["first"])
            assert not any("of-the-first" in line for line in before["second"])
        async with fleet(tmp_path, urls, **settings) as served:
            await served.until("/readyz", 200, "first: ready", "second: ready", "restored, not compared")
            for name in ports:
                assert await served.samples(f"/clusters/{name}/metrics?name[]={INFO}") == before[name]
            assert 'astrolabe_cluster_up{cluster="first"} 0.0' in await served.samples()
            async with serving(first, ports["first"]):
                await served.until("/metrics", 200, 'astrolabe_cluster_up{cluster="first"} 1.0')


INFO = "astrolabe_resource_info"
