"""Which series are this shard's, where shards divide a cluster by its namespaces.

A series belongs to the shard of its label `namespace`; one without to the shard of what it is about. So each
is exposed by one shard, and by one that knows it. An edge is in the namespace of its source, or of its target
where the source is in none: that is where it is declared, or everybody knows who declares it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from astrolabe.graph.delta import Edge, Missing, Node
from astrolabe.graph.facts import Facts, Release, kind_of, scope_of
from astrolabe.graph.graph import VIRTUAL_KINDS
from astrolabe.kinds.models.reach import EVERYWHERE
from astrolabe.metrics.family import Family
from astrolabe.metrics.source import Publish
from astrolabe.sharding import Shard

_ABOUT = frozenset({"calls", "serves"})
"""Relations of what is in no namespace and is judged by a Service: it belongs where that is."""
_NAMESPACE = re.compile(r'[{,]namespace="([^"]*)"')


class Shares:
    """Decides which part of the graph this shard exposes. It knows more of the graph than that."""

    def __init__(self, shard: Shard) -> None:
        self._owns = shard.owns

    def node(self, facts: Facts) -> bool:
        """Whether this shard exposes an object. Images are no objects: a shard exposes all that it knows."""
        if facts.namespace:
            return self._owns(facts.namespace)
        if facts.kind in VIRTUAL_KINDS:
            return True
        about = [scope_of(ref.target)[1] for ref in facts.refs if ref.type in _ABOUT]
        return self._owns(min(about)) if about else self.named(facts.id)

    def mine(self, node: Node | None) -> Node | None:
        """Return a node if it is this shard's, and None if not."""
        return node if node is not None and self.node(node.facts) else None

    def named(self, about: str) -> bool:
        """Whether an id without a namespace belongs to this shard. A Namespace goes with its objects."""
        kind, _, name = about.partition("/")
        return self._owns(name if kind == "Namespace" else about)

    def edge(self, edge: Edge) -> bool:
        """Whether a relation is this shard's."""
        return self._pair(edge.namespace, edge.source, edge.target)

    def missing(self, missing: Missing) -> bool:
        """Whether a missing reference is this shard's."""
        return self._pair(missing.namespace, missing.source, missing.target)

    def release(self, release: Release) -> bool:
        """Whether a Helm release is this shard's."""
        return self._owns(release.namespace) if release.namespace else self.named(release.name)

    def among(self, publish: Publish) -> Publish:
        """Return a function that publishes only this shard's rows."""

        def publishing(family: Family, key: str, text: str) -> None:
            publish(family, key, self._ours(family, key, text) if text else "")

        return publishing

    def _pair(self, namespace: str, source: str, target: str) -> bool:
        if kind_of(source) in EVERYWHERE:
            # Everybody reads the source, and the target's shard alone the target.
            namespace = scope_of(target)[1] or namespace
        return self._owns(namespace) if namespace else self.named(source)

    def _ours(self, family: Family, key: str, text: str) -> str:
        if "namespace" in family.labels:
            mine = self._line(key)
            return "".join(line for line in text.splitlines(keepends=True) if mine(line))
        # What is said of an environment is added up; what is said of nothing in particular is said once.
        return text if "environment" in family.labels or self._owns(family.name) else ""

    def _line(self, key: str) -> Callable[[str], bool]:
        def mine(line: str) -> bool:
            found = _NAMESPACE.search(line)
            namespace = found[1] if found is not None else ""
            return self._owns(namespace) if namespace else self.named(key)

        return mine
