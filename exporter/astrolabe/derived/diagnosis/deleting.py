"""What holds up the deletion of a Namespace or of a definition: objects that wait for finalizers. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.graph.delta import Node
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import WebhookDetail
from astrolabe.kinds.models.metadata import TERMINATING

_NAMESPACE, _DEFINITION = "Namespace", "CustomResourceDefinition"
_FINALIZER = "inalizer"
"""A word of what is said of a Namespace, and of an object, that something has yet to let go."""


def remaining(graph: Relations, node: Node) -> Iterator[str | None]:
    """Yield what a Namespace or a definition waits for: objects that finalizers hold. None is a pause."""
    if node.reason != TERMINATING or _FINALIZER not in node.message:
        return
    if node.facts.kind == _NAMESPACE:
        home, ids = node.facts.name, list(graph.all_unwell())
    elif node.facts.kind == _DEFINITION and isinstance(node.facts.detail, WebhookDetail):
        home, ids = "", list(graph.unwell(node.facts.detail.defines))
    else:
        return
    yield None
    for each in ids:
        other = graph.get(each)
        if other is not None and home in ("", other.facts.namespace) and _is_held(other):
            yield other.id


def _is_held(node: Node) -> bool:
    return node.reason == TERMINATING and _FINALIZER in node.message


def holding(graph: Relations, node: Node) -> Iterator[str]:
    """Yield what may wait for an object to go: its Namespace, and definitions."""
    if node.reason != TERMINATING:
        return
    home = graph.get(f"{_NAMESPACE}/{node.facts.namespace}")
    if home is not None and home.reason == TERMINATING:
        yield home.id
    if "." in node.facts.kind:
        yield from graph.unwell(_DEFINITION)
