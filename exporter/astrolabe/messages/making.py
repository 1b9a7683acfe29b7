"""From a node of the graph to the object of a message. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import VIRTUAL
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import PausedDetail, PodDetail
from astrolabe.kinds.registry import KINDS
from astrolabe.messages import objects
from astrolabe.messages.object import UNKNOWN, Custom, Object, Reference, type_name

_TYPES: dict[str, type[Object]] = {
    kind.name: getattr(objects, type_name(kind.name)) for kind in KINDS if kind.node
}
_FIELDS: dict[str, dict[type, str]] = {
    kind.name: {type_: field for field, type_ in kind.details.items()} for kind in KINDS
}
_CUSTOM: dict[type, str] = {PausedDetail: "detail"}


def type_of(kind: str) -> type[Object]:
    """Return the type of a kind's objects; `Custom` for kinds that are not built in."""
    return _TYPES.get(kind, Custom)


def is_object(facts: Facts) -> bool:
    """Whether a node is an object of the cluster: images are none."""
    return bool(facts.api_version)


def object_of(node: Node, graph: Relations) -> Any:
    """Return what a message tells of a node, as it is now."""
    facts = node.facts
    return type_of(facts.kind)(
        id=facts.id,
        kind=facts.kind,
        namespace=facts.namespace,
        name=facts.name,
        uid=facts.uid,
        api_version=facts.api_version,
        created=facts.created or UNKNOWN,
        labels=dict(facts.labels),
        status=node.status,
        reason=node.reason,
        message=node.message,
        since=node.since or UNKNOWN,
        owners=facts.owners,
        root=node.root,
        release=node.release,
        chart=node.chart,
        references=tuple(_references(node, graph)),
        **_detail(facts),
    )


def _detail(facts: Facts) -> dict[str, Any]:
    detail = facts.detail
    field = _FIELDS.get(facts.kind, _CUSTOM).get(type(detail))
    if field is None:
        return {}
    if isinstance(detail, PodDetail):
        # A hash means nothing outside of this process.
        detail = msgspec.structs.replace(detail, source=0)
    return {field: detail}


def _references(node: Node, graph: Relations) -> Iterator[Reference]:
    """Yield what an object names, verified: both ends are heard of."""
    facts = node.facts
    missing: set[tuple[str, str]] | None = None
    for ref in facts.refs:
        if ref.alias or ref.type in VIRTUAL:
            continue
        exists: bool | None = True
        if graph.resolve(ref) is None:
            if missing is None:
                missing = {(each.type, each.target) for each in graph.missing_of(node)}
            exists = False if (ref.type, ref.target) in missing else None
        kind, _, rest = ref.target.partition("/")
        namespace, _, name = rest.rpartition("/")
        yield Reference(ref.type, kind, namespace, name, exists, ref.optional)
