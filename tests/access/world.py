"""Small clusters, as JSON that goes the way of every object: reader, facts, graph."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from astrolabe.derived.access.holdings import Holdings
from astrolabe.derived.access.rights import Rights
from astrolabe.derived.access.search import Result, Search
from astrolabe.derived.access.uses import Uses
from astrolabe.derived.access.ways import Ways
from astrolabe.graph.delta import Delta
from astrolabe.graph.graph import Graph
from astrolabe.kinds import registry
from astrolabe.kinds.kind import KindOptions

Object = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
READERS = {
    kind.name: kind.reader(kind.versions[0], KindOptions(idle_replicasets=True)) for kind in registry.KINDS
}


def obj(kind: str, name: str, namespace: str = "", **parts: Any) -> Object:
    """Build an object; `uid`, `annotations` and `labels` go into its metadata."""
    metadata: Object = {"name": name, "uid": parts.pop("uid", f"uid-{kind}-{namespace}-{name}")}
    if namespace:
        metadata["namespace"] = namespace
    for key in ("annotations", "labels", "ownerReferences"):
        if key in parts:
            metadata[key] = parts.pop(key)
    return {"kind": kind, "metadata": metadata, **parts}


def rule(
    verbs: str = "",
    resources: str = "",
    groups: tuple[str, ...] = ("",),
    names: Iterable[str] = (),
    urls: str = "",
) -> Object:
    """Build a rule; verbs, resources and urls are words with blanks between them."""
    if urls:
        return {"verbs": verbs.split(), "nonResourceURLs": urls.split()}
    found: Object = {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": list(groups)}
    if names:
        found["resourceNames"] = list(names)
    return found


def role(name: str, namespace: str, *rules: Object, **parts: Any) -> Object:
    return obj("Role", name, namespace, rules=list(rules), **parts)


def cluster_role(name: str, *rules: Object, **parts: Any) -> Object:
    return obj("ClusterRole", name, rules=list(rules), **parts)


def subject(text: str) -> Object:
    """Build a subject: `User/alice`, `Group/devs`, `ServiceAccount/shop/web`, `ServiceAccount/web`."""
    kind, _, rest = text.partition("/")
    if kind == "ServiceAccount":
        namespace, slash, name = rest.rpartition("/")
        return {"kind": kind, "name": name, **({"namespace": namespace} if slash else {})}
    return {"kind": kind, "apiGroup": RBAC, "name": rest}


def binding(name: str, namespace: str, to: str, *subjects: str, **parts: Any) -> Object:
    """Build a RoleBinding, or without a namespace a ClusterRoleBinding; `to` is `Role/x` or the like."""
    kind, _, granted = to.partition("/")
    return obj(
        "RoleBinding" if namespace else "ClusterRoleBinding",
        name,
        namespace,
        roleRef={"apiGroup": RBAC, "kind": kind, "name": granted},
        subjects=[subject(each) for each in subjects],
        **parts,
    )


def account(name: str, namespace: str, **parts: Any) -> Object:
    return obj("ServiceAccount", name, namespace, **parts)


def secret(name: str, namespace: str, token_of: str = "", of_uid: str = "", **parts: Any) -> Object:
    """Build a Secret; of a token, the UID that its account has to have may be left out."""
    if token_of:
        annotations = parts.setdefault("annotations", {})
        annotations["kubernetes.io/service-account.name"] = token_of
        if of_uid:
            annotations["kubernetes.io/service-account.uid"] = of_uid
    return obj("Secret", name, namespace, **parts)


def pod(
    name: str,
    namespace: str,
    as_account: str = "default",
    *,
    token: bool = False,
    secrets: Iterable[str] = (),
    node: str = "",
    spec: Object | None = None,
    **parts: Any,
) -> Object:
    """Build a Pod that mounts whole Secrets, and a token where it has one."""
    volumes: list[Object] = [{"name": f"secret-{each}", "secret": {"secretName": each}} for each in secrets]
    mounts = [{"name": volume["name"], "mountPath": "/" + volume["name"]} for volume in volumes]
    if token:
        volumes.append(
            {
                "name": "kube-api-access-x",
                "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]},
            }
        )
        mounts.append({"name": "kube-api-access-x", "mountPath": "/var/run/secrets"})
    body: Object = {
        "serviceAccountName": as_account,
        "volumes": volumes,
        "containers": [{"name": "main", "image": "app", "volumeMounts": mounts}],
        **(spec or {}),
    }
    if node:
        body["nodeName"] = node
    return obj("Pod", name, namespace, spec=body, status={"phase": "Running"}, **parts)


def id_of(item: Object) -> str:
    metadata = item["metadata"]
    namespace = metadata.get("namespace", "")
    return "/".join(filter(None, (item["kind"], namespace, metadata["name"])))


class World:
    """A graph, and whoever follows it."""

    def __init__(self, *objects: Object, cover: Iterable[str] = READERS) -> None:
        self.graph = Graph()
        self.rights = Rights(self.graph)
        self.uses = Uses(self.graph)
        self.listeners: list[Any] = [self.rights, self.uses]
        self._versions = 0
        for kind in cover:
            self.tell(self.graph.cover(kind))
        self.put(*objects)

    def put(self, *objects: Object) -> None:
        for each in objects:
            self._versions += 1
            metadata = {**each["metadata"], "resourceVersion": str(self._versions)}
            data = json.dumps({**each, "metadata": metadata}).encode()
            self.tell(self.graph.apply(READERS[each["kind"]](data, {})))

    def remove(self, *ids: str) -> None:
        for each in ids:
            self.tell(self.graph.remove(each))

    def search(self) -> Search:
        """Return a search with nothing remembered."""
        return Search(self.rights, Holdings(self.rights), Ways(self.graph, self.uses))

    def reach(self, namespace: str, secret: str) -> Result:
        """Return who reaches the value of a Secret."""
        return self.search().reach(Ways(self.graph, self.uses).to_secret(namespace, secret))

    def tell(self, delta: Delta) -> None:
        for each in self.listeners:
            each.follow(delta)
