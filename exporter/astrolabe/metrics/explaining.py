"""Causes and impact of objects that are not Ready. They are computed again after changes."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.derived.diagnosis import causes as diagnosis
from astrolabe.derived.diagnosis.explanations import Explanations
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.derived.diagnosis.search import Cause
from astrolabe.derived.diagnosis.stories import Stories
from astrolabe.graph.delta import Delta
from astrolabe.graph.relations import Relations
from astrolabe.metrics import families, rows
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.metrics.shares import Shares
from astrolabe.metrics.source import Publish
from astrolabe.scheduling.steps import Steps


class Explainer:
    """Publishes the rows of causes and impact. A row that fails is left out until `retry`."""

    def __init__(
        self,
        graph: Relations,
        publish: Publish,
        faults: InternalErrors,
        *,
        messages: bool = True,
        shares: Shares | None = None,
    ) -> None:
        """Show the messages of objects in the metrics only with `messages`."""
        self._shares = shares
        self._graph = graph
        self._messages = messages
        self._stories = Stories(graph)
        self._publish = publish
        self._faults = faults
        self._explanations = Explanations(graph, self._failed)
        self._walks: list[Iterator[str]] = []

    @property
    def waiting(self) -> int:
        """How many changed places wait for a walk through the graph."""
        return self._explanations.waiting

    @property
    def under_way(self) -> bool:
        """Whether a walk is paused."""
        return bool(self._walks) or self._stories.waiting

    def follow(self, delta: Delta) -> None:
        """Note what a delta may change."""
        try:
            self._explanations.follow(delta)
        except Exception as error:  # noqa: BLE001  (whatever it is, the delta is known to everybody else)
            self._failed(error)
            self._explanations.doubt(delta)

    def retry(self) -> None:
        """Try again what failed."""
        self._explanations.retry()

    def work(self) -> Steps[None]:
        """Render the objects whose causes or impact may have changed; pause after each object."""
        self._walks.append(self._explanations.stale())
        # A walk that paused elsewhere is gone on with here: a snapshot must not miss the rest of it.
        while self._walks:
            node_id = next(self._walks[0], None)
            if node_id is None:
                del self._walks[0]
                continue
            if node_id:
                self._render(node_id)
            yield
        for told in self._stories.changed():
            lines = map(families.CAUSE_INFO.line, rows.standing(self._graph, told, messages=self._messages))
            text = "".join(lines)
            self._publish(families.CAUSE_INFO, told.id, text)
            affected = families.CAUSE_AFFECTED.line((told.id,), told.affected) if text else ""
            self._publish(families.CAUSE_AFFECTED, told.id, affected)
            yield

    def _render(self, node_id: str) -> None:
        causes = impact = ""
        found: list[Cause] = []
        try:
            node = self._graph.get(node_id)
            mine = node is None or self._shares is None or self._shares.node(node.facts)
            if node is not None and unhealthy(node):
                values, hit = rows.impact(self._graph, node, self._shares)
                # Shards add up what each of them finds; the object's own shard says so even of nothing.
                impact = families.IMPACT.line(values, hit) if mine or hit else ""
                if mine:
                    found = diagnosis.causes(self._graph, node)
                    lines = rows.causes(self._graph, node, found)
                    causes = "".join(map(families.ROOT_CAUSE_INFO.line, lines))
            self._stories.put(node_id, found, counted=mine)
        except Exception as error:  # noqa: BLE001  (whatever it is, the others are explained)
            self._failed(error)
            self._explanations.again(node_id)
            # What it said before may be wrong by now, and it will be explained again.
            causes = impact = ""
        self._publish(families.ROOT_CAUSE_INFO, node_id, causes)
        self._publish(families.IMPACT, node_id, impact)

    def _failed(self, error: Exception) -> None:
        self._faults.note("causes", error)
