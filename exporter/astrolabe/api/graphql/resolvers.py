"""The resolvers of the schema's fields: they use the same functions as the paths of `/api/v1`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from astrolabe.api.graphql import access, lists, objects, sleep
from astrolabe.api.graphql.context import Found, Info
from astrolabe.api.v1.bodies import GraphNode, instant

T = TypeVar("T")

RESOLVERS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("Query", "object"): objects.one,
    ("Query", "objects"): objects.objects,
    ("Query", "search"): objects.searched,
    ("Query", "problems"): lists.broken,
    ("Query", "releases"): lists.releases,
    ("Query", "charts"): lists.charts,
    ("Query", "namespaces"): lists.namespaces,
    ("Query", "access"): access.access,
    ("Query", "environments"): sleep.environments,
    ("Query", "sleepInfos"): sleep.sleep_infos,
    ("Query", "sleeping"): sleep.sleeping,
    ("Query", "costs"): sleep.costs,
    ("Object", "id"): lambda found, _: found.node.id,
    ("Object", "apiVersion"): lambda found, _: found.node.facts.api_version,
    ("Object", "creationTimestamp"): lambda found, _: instant(found.node.facts.created) or None,
    ("Object", "relations"): objects.relations,
    ("Object", "missing"): objects.missing,
    ("Object", "causes"): objects.causes,
    ("Object", "changed"): objects.changed,
    ("Cause", "object"): objects.existing,
    ("Problem", "object"): objects.existing,
    ("SleepInfo", "object"): objects.named,
    ("Sleeping", "object"): objects.named,
    ("Cost", "object"): objects.named,
    ("Release", "objects"): objects.release_objects,
    ("Access", "findings"): access.findings,
    ("Access", "events"): access.events,
    ("Access", "whoCan"): access.who_can,
    ("Access", "of"): access.of,
}
"""The fields that are more than a value of what they are asked of."""


def resolver_of(kind: str, name: str) -> Callable[..., Any]:
    """Return what answers a field of a type."""
    found = RESOLVERS.get((kind, name))
    if found is not None:
        return found
    return attribute_of_object(name) if kind == "Object" else _attribute(name)


def _attribute(name: str) -> Callable[[msgspec.Struct, Info], Any]:
    """Return what reads a field of a body by its name in JSON."""
    return lambda source, _: _set(getattr(source, _attributes(type(source))[name]))


@lru_cache
def _attributes(form: type[msgspec.Struct]) -> dict[str, str]:
    """Return the attributes of a body by their names in JSON."""
    return {each.encode_name: each.name for each in msgspec.structs.fields(form)}


def attribute_of_object(name: str) -> Callable[[Found, Info], Any]:
    """Return what reads a field that the API tells of objects everywhere."""
    attribute = _attributes(GraphNode)[name]
    return lambda found, _: _set(getattr(found.body, attribute))


def _set(value: T) -> T | None:
    return None if value is UNSET else value
