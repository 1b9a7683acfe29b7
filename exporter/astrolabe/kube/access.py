"""Which permissions are missing, asked before anything is followed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec

from astrolabe.kube.exchange import read
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.transport import Transport, Unreachable
from astrolabe.kube.wire import MALFORMED

VERBS = ("list", "watch")
_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_REVIEWS_AT_ONCE = 8


class Missing(msgspec.Struct, frozen=True, order=True):
    """A permission that is not there."""

    group: str
    plural: str
    namespace: str
    """Empty for the whole cluster."""
    name: str
    """Empty for all names. A field selector on an exact name is authorized as that name."""
    verb: str


class Rule(msgspec.Struct, frozen=True, rename="camel"):
    """A rule of a ClusterRole, or of a Role where a namespace is named, that grants what is missing."""

    namespace: str
    """Empty for a ClusterRole."""
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    resource_names: tuple[str, ...]
    verbs: tuple[str, ...]

    def __str__(self) -> str:
        fields = (
            ("apiGroups", self.api_groups),
            ("resources", self.resources),
            ("resourceNames", self.resource_names),
            ("verbs", self.verbs),
        )
        shown = (f"{name}: {msgspec.json.encode(values).decode()}" for name, values in fields if values)
        return "{" + ", ".join(shown) + "}"


class _Verdict(msgspec.Struct):
    allowed: bool = False


class _Review(msgspec.Struct):
    status: _Verdict


async def missing(transport: Transport, wanted: Iterable[tuple[Resource, Scope]]) -> list[Missing]:
    """Ask the API server about each resource, verb and namespace; raises `ApiFailure` and `Unreachable`."""
    asked = sorted(
        {
            Missing(resource.group, resource.plural, scope.namespace, scope.name, verb)
            for resource, scope in wanted
            for verb in VERBS
        }
    )
    gate = asyncio.Semaphore(_REVIEWS_AT_ONCE)

    async def allowed(permission: Missing) -> bool:
        async with gate:
            return await _allowed(transport, permission)

    verdicts = await asyncio.gather(*(allowed(permission) for permission in asked))
    return [permission for permission, granted in zip(asked, verdicts, strict=True) if not granted]


def rules(permissions: Iterable[Missing]) -> list[Rule]:
    """Return the rules that grant these permissions, one for each group and namespace."""
    verbs: dict[tuple[str, str, str, str], set[str]] = {}
    for lacking in permissions:
        place = (lacking.namespace, lacking.group, lacking.plural, lacking.name)
        verbs.setdefault(place, set()).add(lacking.verb)
    plurals: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for (namespace, group, plural, name), needed in sorted(verbs.items()):
        plurals.setdefault((namespace, group, name, tuple(sorted(needed))), []).append(plural)
    return [
        Rule(namespace, (group,), tuple(resources), (name,) if name else (), needed)
        for (namespace, group, name, needed), resources in plurals.items()
    ]


async def _allowed(transport: Transport, permission: Missing) -> bool:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {
            "resourceAttributes": {
                "group": permission.group,
                "resource": permission.plural,
                "namespace": permission.namespace,
                "name": permission.name,
                "verb": permission.verb,
            }
        },
    }
    body = await read(transport, _PATH, body=msgspec.json.encode(review))
    try:
        return msgspec.json.decode(body, type=_Review).status.allowed
    except MALFORMED as error:
        raise Unreachable(f"{_PATH}: no access review: {error}") from None
