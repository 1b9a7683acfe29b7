"""From a node of the graph to the object of a message. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import VIRTUAL
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import HelmRecord, PodDetail, SleepRecord
from astrolabe.messages.objects import UNKNOWN, AnyObject, Custom, Object, Reference, Secret

_TYPES: dict[str, type[Object]] = {each.__name__: each for each in get_args(AnyObject)}
_GROUPED = frozenset(f"{name}.gateway.networking.k8s.io" for name in _TYPES)


def type_of(kind: str) -> type[Object]:
    """Return the type of a kind's objects; `Custom` for kinds that are not built in."""
    return _TYPES.get(kind.partition(".")[0] if kind in _GROUPED else kind, Custom)


def is_object(facts: Facts) -> bool:
    """Whether a node is an object of the cluster: images are none."""
    return bool(facts.api_version)


def object_of(node: Node, graph: Relations) -> Any:
    """Return what a message tells of a node, as it is now."""
    facts = node.facts
    type_ = type_of(facts.kind)
    return type_(
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
        **_detail(facts, type_),
    )


def _detail(facts: Facts, type_: type[Object]) -> dict[str, Any]:
    detail = facts.detail
    if detail is None or "detail" not in type_.__struct_fields__:
        return {}
    if isinstance(detail, PodDetail):
        # A hash means nothing outside of this process.
        return {"detail": msgspec.structs.replace(detail, source=0)}
    if type_ is Secret and isinstance(detail, HelmRecord):
        return {"release_record": detail}
    if type_ is Secret and isinstance(detail, SleepRecord):
        return {"sleep_record": detail}
    return {"detail": detail}


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
