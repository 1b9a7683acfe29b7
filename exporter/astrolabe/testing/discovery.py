"""Discovery documents: aggregated (apidiscovery.k8s.io/v2) and the older ones, a document a version."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.testing.refusal import PageNotFound, Refusal
from astrolabe.testing.resources import Object, ServedResource

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_STATUS_VERBS = ["get", "patch", "update"]


def aggregated(resources: Iterable[ServedResource], *, core: bool, broken: set[str]) -> Object:
    """All groups in one document: of `/api` for the core group, of `/apis` for the others."""
    items: list[Object] = []
    for group, members in _groups(resources).items():
        if core is bool(group):
            continue
        versions: list[Object] = [
            {
                "version": version,
                "freshness": "Current",
                "resources": [
                    _discovered(resource, version) for resource in members if version in resource.versions
                ],
            }
            for version in _versions(members)
        ]
        if group in broken:
            versions = [{"version": version["version"], "freshness": "Stale"} for version in versions]
        items.append({"metadata": {"name": group} if group else {}, "versions": versions})
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def legacy(resources: Iterable[ServedResource], path: str, *, broken: set[str]) -> Object:
    """Return the document of `/api`, `/apis` or of a group or version below; raises `PageNotFound`."""
    groups = _groups(resources)
    match path.strip("/").split("/"):
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        case ["apis"]:
            found = [_group(group, members) for group, members in groups.items() if group]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}
        case ["apis", group] if group in groups:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, groups[group])}
        case ["api", version]:
            return _list("", version, groups.get("", []))
        case ["apis", group, version]:
            if group in broken:
                raise Refusal(503, "service unavailable")
            return _list(group, version, groups.get(group, []))
    raise PageNotFound


def _groups(resources: Iterable[ServedResource]) -> dict[str, list[ServedResource]]:
    groups: dict[str, list[ServedResource]] = {}
    for resource in resources:
        groups.setdefault(resource.group, []).append(resource)
    return groups


def _versions(members: list[ServedResource]) -> list[str]:
    return list(dict.fromkeys(version for resource in members for version in resource.versions))


def _discovered(resource: ServedResource, version: str) -> Object:
    # Built-in kinds leave group and version of the answer's kind empty; definitions do not.
    kind: Object = {"group": "", "version": "", "kind": resource.kind}
    if resource.custom:
        kind |= {"group": resource.group, "version": version}
    found: Object = {
        "resource": resource.plural,
        "responseKind": kind,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.kind.lower(),
        "verbs": _VERBS,
        "subresources": [{"subresource": "status", "responseKind": kind, "verbs": _STATUS_VERBS}],
    }
    return found | ({"shortNames": list(resource.short)} if resource.short else {})


def _group(group: str, members: list[ServedResource]) -> Object:
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in _versions(members)]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _list(group: str, version: str, members: list[ServedResource]) -> Object:
    found: list[Object] = []
    for resource in members:
        if version not in resource.versions:
            continue
        entry: Object = {"namespaced": resource.namespaced, "kind": resource.kind}
        found += [
            {"name": resource.plural, "singularName": resource.kind.lower(), **entry, "verbs": _VERBS},
            {"name": f"{resource.plural}/status", "singularName": "", **entry, "verbs": _STATUS_VERBS},
        ]
    if not found:
        raise PageNotFound
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": found,
    }
