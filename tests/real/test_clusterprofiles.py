"""One process follows the clusters that ClusterProfiles on a real hub name, with credentials of a plugin."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.real.cluster import Cluster, write_kubeconfig
from tests.real.control_plane import ADMIN_TOKEN, ApiServer
from tests.real.exporter import Exporter, exporter
from tests.real.manifests import web
from tests.real.processes import until
from tests.real.test_contexts import of, plane, said

PATIENCE = 60
"""Seconds that a busy machine may take."""
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: clusterprofiles.multicluster.x-k8s.io}
spec:
  group: multicluster.x-k8s.io
  scope: Namespaced
  names: {kind: ClusterProfile, plural: clusterprofiles, singular: clusterprofile}
  versions:
    - name: v1alpha1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          x-kubernetes-preserve-unknown-fields: true
"""
PLUGIN = """
import json, os
spec = json.loads(os.environ["KUBERNETES_EXEC_INFO"])["spec"]
tokens = json.load(open(os.path.join(os.path.dirname(__file__), "tokens.json")))
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": {"token": tokens[spec["cluster"]["server"]]}}))
"""
"""Knows a token for each server, as plugins of cluster managers do."""
ROOT = "/apis/multicluster.x-k8s.io/v1alpha1/namespaces/fleet/clusterprofiles"


def name_cluster(hub: Cluster, name: str, server: ApiServer | None, **status: Any) -> None:
    """Write a profile as a cluster manager does: what it is first, how to reach it then."""
    document = {
        "apiVersion": "multicluster.x-k8s.io/v1alpha1",
        "kind": "ClusterProfile",
        "metadata": {"name": name, "namespace": "fleet"},
        "spec": {"clusterManager": {"name": "manager"}},
    }
    hub.apply(document)
    if server is not None:
        ca = base64.b64encode(server.cluster.ca.read_bytes()).decode()
        cluster = {"server": server.cluster.url, "certificate-authority-data": ca}
        status["accessProviders"] = [{"name": "tokens", "cluster": cluster}]
    hub.patch(f"{ROOT}/{name}/status", {"status": status})


def reader_of_profiles(hub: Cluster) -> str:
    """Grant an account what the chart grants; returns its token."""
    account = {"kind": "ServiceAccount", "name": "astrolabe", "namespace": "fleet"}
    hub.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "astrolabe"}}, "fleet")
    rules = [
        {
            "apiGroups": ["multicluster.x-k8s.io"],
            "resources": ["clusterprofiles"],
            "verbs": ["get", "list", "watch"],
        }
    ]
    group = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": {"name": "reader"}, "rules": rules}
    hub.apply(role, "fleet")
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "reader"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
        "subjects": [account],
    }
    hub.apply(binding, "fleet")
    return hub.token_of("fleet", "astrolabe")


@contextlib.contextmanager
def following(hub: ApiServer, folder: Path, servers: dict[str, ApiServer]) -> Iterator[Exporter]:
    """Run the exporter with the rights that the chart grants on the hub, and a plugin that has tokens."""
    (folder / "plugin.py").write_text(PLUGIN)
    tokens = {server.cluster.url: ADMIN_TOKEN for server in servers.values()}
    (folder / "tokens.json").write_text(json.dumps(tokens))
    execute = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": [str(folder / "plugin.py")],
        "provideClusterInfo": True,
    }
    file = folder / "providers.json"
    file.write_text(json.dumps({"providers": [{"name": "tokens", "execConfig": execute}]}))
    token = reader_of_profiles(hub.cluster)
    config = write_kubeconfig(folder / "hub.kubeconfig", hub.cluster.url, hub.cluster.ca, token)
    flags = ("--clusterprofile-namespace=fleet", f"--clusterprofile-provider-file={file}")
    with exporter(config, folder / "fleet.log", *flags) as served:
        yield served


def test_clusters_are_followed_while_their_profiles_are_there(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        planes = {name: stack.enter_context(plane(tmp_path / name)) for name in ("hub", "east", "west")}
        hub = planes.pop("hub")
        for number, server in enumerate(planes.values(), 1):
            server.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
            server.cluster.apply(web(replicas=number), "shop")
        hub.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fleet"}})
        hub.cluster.apply(DEFINITION)
        served = stack.enter_context(following(hub, tmp_path, planes))
        assert served.text("/readyz") == "ready\nClusterProfiles in fleet: ready\n"

        for name, server in planes.items():
            name_cluster(hub.cluster, name, server)
        name_cluster(hub.cluster, "later", None)
        for name, server in planes.items():
            with exporter(server.kubeconfig, tmp_path / f"{name}.log") as single:

                def same(single: Exporter = single, name: str = name) -> bool:
                    alone = said(single)
                    return len(alone) > 200 and of(said(served), name) == alone

                until(same, f"{name} as an exporter of its own has it", PATIENCE)
        ready = served.text("/readyz")
        assert "later: ClusterProfile later: it has no access providers (status.accessProviders)\n" in ready
        up = {'astrolabe_cluster_up{cluster="later"} 0.0', 'astrolabe_cluster_up{cluster="east"} 1.0'}
        assert up <= set(served.samples("astrolabe_cluster_up"))

        east = of(said(served), "east")
        hub.cluster.delete(f"{ROOT}/west")
        until(lambda: 'cluster="west"' not in served.text(), "the west is followed no longer", PATIENCE)
        # What is called so by its manager is called so here; the east is not touched by any of it.
        properties = [{"name": "cluster.clusterset.k8s.io", "value": "west.example"}]
        name_cluster(hub.cluster, "again", planes["west"], properties=properties)
        until(
            lambda: any("/shop/web" in line for line in of(said(served), "west.example")),
            "the west is followed again",
            PATIENCE,
        )
        assert of(said(served), "east") == east
