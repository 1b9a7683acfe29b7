"""How many nodes have which status, and which nodes are broken or at rest."""

from __future__ import annotations

from collections import Counter

from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.graph.delta import Node
from astrolabe.kinds.judges.rest import at_rest
from astrolabe.metrics import families
from astrolabe.metrics.shares import Shares


class NodeCounts:
    """Counts nodes as they change. With shards only the statuses are this shard's alone."""

    def __init__(self, shares: Shares | None) -> None:
        self._shares = shares
        self.statuses: Counter[tuple[str, str, str]] = Counter()
        """Nodes by kind, namespace and status."""
        self.broken: set[str] = set()
        """Ids of the nodes that are in error or pending."""
        self.resting: set[str] = set()
        """Ids of the nodes that are at rest."""
        self.stale: set[tuple[str, str, str]] = set()
        """Keys of `statuses` whose rows are not rendered yet."""

    def follow(self, node_id: str, before: Node | None, after: Node | None) -> None:
        """Count a node that came, went or changed."""
        # Most of what is well has no reason.
        if after is not None and after.verdict.reason and at_rest(after):
            self.resting.add(node_id)
        else:
            self.resting.discard(node_id)
        same = before is not None and after is not None and before.verdict.status == after.verdict.status
        if same and self._shares is None:
            return
        (self.broken.add if unhealthy(after) else self.broken.discard)(node_id)
        if self._shares is not None:
            before, after = self._shares.mine(before), self._shares.mine(after)
        if before is not None:
            self._count(before, -1)
        if after is not None:
            self._count(after, 1)

    def _count(self, node: Node, step: int) -> None:
        facts = node.facts
        key = (facts.kind, facts.namespace, node.verdict.status)
        self.stale.add(key)
        count = self.statuses.get(key, 0) + step
        if count:
            self.statuses[key] = count
        else:
            del self.statuses[key]

    def line(self, key: tuple[str, str, str]) -> str:
        """Render the row of a kind, namespace and status; empty where there is no such node."""
        count = self.statuses.get(key)
        return families.RESOURCES.line(key, count) if count else ""
