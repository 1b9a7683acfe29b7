"""One process follows two real control planes, each as if it were alone, also while the other is down."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.real.control_plane import ADMIN_TOKEN, ApiServer, api_server, etcd
from tests.real.exporter import Exporter, exporter
from tests.real.manifests import reader, web
from tests.real.processes import until

FAMILIES = (
    "astrolabe_resource_info{",
    "astrolabe_resource_status{",
    "astrolabe_resource_created_timestamp_seconds{",
    "astrolabe_edge_info{",
    "astrolabe_reference_missing_info{",
    "astrolabe_root_cause_info{",
    "astrolabe_resources{",
    "astrolabe_edges{",
)
NAMES = {"east": "east", "west": "west/2"}
"""What the cluster of each context is called."""
PATIENCE = 60
"""Seconds that a busy machine may take."""


@contextlib.contextmanager
def plane(folder: Path) -> Iterator[ApiServer]:
    folder.mkdir()
    with etcd(folder) as url, api_server(folder, url) as server:
        yield server


def contexts(path: Path, servers: dict[str, ApiServer]) -> Path:
    """Write a kubeconfig with a context for each API server."""
    clusters = {
        name: {"server": server.cluster.url, "certificate-authority": str(server.cluster.ca)}
        for name, server in servers.items()
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster} for name, cluster in clusters.items()],
        "users": [{"name": "user", "user": {"token": ADMIN_TOKEN}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "user"}} for name in clusters],
    }
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return path


def said(served: Exporter, path: str = "/metrics") -> set[str]:
    """Return what an exporter says of objects and relations."""
    return {line for line in served.text(path).split("\n") if line.startswith(FAMILIES)}


def of(samples: set[str], name: str) -> set[str]:
    """Return the samples of one cluster, without its label."""
    label = f'{{cluster="{name}",'
    return {line.replace(label, "{", 1) for line in samples if label in line}


def shop_of_the_west(served: Exporter) -> set[str]:
    return {line for line in of(said(served), "west/2") if "/shop/" in line or 'namespace="shop"' in line}


def test_each_of_two_control_planes_is_followed_as_if_it_were_alone(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        west_alone = stack.enter_context(contextlib.ExitStack())
        servers = {
            "east": stack.enter_context(plane(tmp_path / "east")),
            "west": west_alone.enter_context(plane(tmp_path / "west")),
        }
        for number, server in enumerate(servers.values(), 1):
            server.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
            server.cluster.apply(web(replicas=number), "shop")
            server.cluster.apply(reader("shop"), "shop")
        servers["west"].cluster.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "of-the-west"}}, "shop"
        )
        config = contexts(tmp_path / "kubeconfig", servers)
        flags = ("--contexts", ",".join(f"{context}={name}" for context, name in NAMES.items()))
        both = stack.enter_context(exporter(config, tmp_path / "both.log", *flags))
        for context, name in NAMES.items():
            log = tmp_path / f"{context}.log"
            with exporter(config, log, f"--context={context}") as single:

                def same(single: Exporter = single, name: str = name) -> bool:
                    alone = said(single)
                    return len(alone) > 200 and of(said(both), name) == alone

                until(same, f"{context} as an exporter of its own has it", PATIENCE)
        assert {line.split('cluster="')[1].split('"')[0] for line in said(both)} == set(NAMES.values())
        assert said(both, "/clusters/west%2F2/metrics") == {
            line for line in said(both) if 'cluster="west/2"' in line
        }
        before = shop_of_the_west(both)
        assert any("of-the-west" in line for line in before)

        west_alone.close()
        until(
            lambda: 'astrolabe_cluster_up{cluster="west/2"} 0.0' in both.text(),
            "the metrics say that the west is down",
            PATIENCE,
        )
        assert 'astrolabe_cluster_up{cluster="east"} 1.0' in both.text()
        assert both.text("/readyz").startswith("ready\n")
        servers["east"].cluster.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "still-followed"}}, "shop"
        )
        until(
            lambda: any("ConfigMap/shop/still-followed" in line for line in said(both)),
            "the east is followed on",
            PATIENCE,
        )
        # What was known of the west stays. (An API server that ends takes itself out of its own Service.)
        assert shop_of_the_west(both) == before
