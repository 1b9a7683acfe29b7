"""What changed in the last 24 hours, the newest of each sort for each object. It is bounded.

A rollout is told by the ReplicaSet that it made, and a number of replicas by who set it, where these say
when: so a restart does not forget them. What says no time is told by when it was noticed, and remembered
where state is kept.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from time import time
from typing import Literal, NamedTuple, TypeAlias

from astrolabe.derived.changes.families import FAMILIES, LAST_CHANGE
from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import Facts, kind_of, object_id, scope_of
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import NodeDetail, ReplicasDetail, RevisionDetail
from astrolabe.metrics.family import Family
from astrolabe.metrics.source import Publish

Sort: TypeAlias = Literal["template", "config", "replicas", "node"]

KEPT_SECONDS = 24 * 3600.0
MOST = 5000
"""Changes that are kept at once; the oldest go first."""
SAME_SECONDS = 60.0
"""What is seen of one change in several objects lies no further apart."""
_LOOK_EVERY = 60.0
"""Seconds between two looks at what is too old."""

CONFIGURATION = frozenset({"ConfigMap", "Secret"})


class Change(NamedTuple):
    """What became of one object."""

    id: str
    sort: Sort
    at: float
    """Unix seconds."""
    text: str
    """What it was and what it is, as far as that is known: `image web:1 → web:2`."""


class Recent:
    """Keeps the last changes and exposes when they were. A `Source` of the exposition."""

    families: tuple[Family, ...] = FAMILIES

    def __init__(
        self, graph: Relations, now: Callable[[], float] = time, remembered: Iterable[Change] = ()
    ) -> None:
        """Go on from what an earlier process remembered."""
        self._graph = graph
        self.now = now
        self._kept: dict[str, dict[Sort, Change]] = {}
        self._count = 0
        self.changes = 0
        """How often what is kept has changed."""
        self._early: list[tuple[Change, str]] = []
        """Rollouts of workloads that are not known yet: one that began a workload is no change."""
        self._unsourced: dict[str, str] = {}
        """By workload: the ReplicaSet of a rollout of which is not known yet what was there before."""
        self._looked_at = 0.0
        self._publish: Publish = _nowhere
        soon = now() + SAME_SECONDS
        for change in remembered:
            # One of a time to come would outlast all that follow.
            if change.at <= soon:
                self._note(change, used=True)

    def remember(self) -> list[Change]:
        """Return what is kept: a restart goes on from it."""
        return [change for kept in self._kept.values() for change in kept.values()]

    def of(self, node_id: str) -> Iterator[Change]:
        """Yield the last changes of an object, which need not exist any more."""
        limit = self.now() - KEPT_SECONDS
        return (change for change in self._kept.get(node_id, {}).values() if change.at >= limit)

    # As a source

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of which changes are kept, and what tells of a rollout."""
        return frozenset({*_BY_KIND, "ReplicaSet"})

    def attach(self, publish: Publish) -> None:
        """Receive the way to publish."""
        self._publish = publish
        for node_id in self._kept:
            self._tell(node_id)

    def follow(self, delta: Delta) -> None:
        """Note what a change of a node was."""
        for node_id, (before, after) in delta.nodes.items():
            kind = kind_of(node_id)
            if kind == "ReplicaSet":
                if before is None and after is not None:
                    self._made(after.facts)
            elif (notice := _BY_KIND.get(kind)) is not None:
                for change in notice(self.now(), before, after):
                    # What an object says at first sight may be known already, and better.
                    if before is not None or not self._knows(change):
                        self._note(change)

    def rewritten(self, facts: Facts) -> None:
        """Note that an object was written, whatever it says: what a ConfigMap holds is not read."""
        if facts.kind in CONFIGURATION:
            self._note(Change(facts.id, "config", self.now(), "was changed"))

    def refresh(self, now: float) -> None:
        """Sort out what could not be judged yet, and forget what is too old."""
        early, self._early = self._early, []
        for change, made in early:
            if now - change.at < KEPT_SECONDS:
                self._rolled_out(change, made)
        self._source()
        if now - self._looked_at >= _LOOK_EVERY:
            self._looked_at = now
            self._forget(now - KEPT_SECONDS)

    # What is kept

    def _made(self, facts: Facts) -> None:
        """Note a ReplicaSet: each template of a workload has one of its own."""
        owner = facts.controller
        if owner is None:
            return
        image = _image(facts)
        workload = object_id(owner.kind, facts.namespace, owner.name)
        text = f"rolled out image {image}" if image else "rolled out"
        self._rolled_out(Change(workload, "template", facts.created, text), facts.id)

    def _rolled_out(self, change: Change, made: str) -> None:
        """Note a rollout by what it made, unless it began its workload, or the workload has told of it."""
        node = self._graph.get(change.id)
        if node is None:
            if len(self._early) < MOST:
                self._early.append((change, made))
            return
        known = self._kept.get(change.id, {}).get("template")
        first = change.at - node.facts.created < SAME_SECONDS
        if not first and (known is None or known.at + SAME_SECONDS < change.at):
            self._note(change)
            if change in self._kept.get(change.id, {}).values():
                self._unsourced[change.id] = made

    def _source(self) -> None:
        """Say of rollouts which image was there before, where the ReplicaSet of that is still there."""
        for workload, made in list(self._unsourced.items()):
            node, new = self._graph.get(workload), self._graph.get(made)
            if node is not None and not self._graph.covers("ReplicaSet", node.facts.namespace):
                continue
            del self._unsourced[workload]
            change = self._kept.get(workload, {}).get("template")
            if node is None or new is None or change is None or change.at != new.facts.created:
                continue
            image = _image(new.facts)
            before = _before(self._graph.made_by(node), _revision(new.facts))
            if before and image and before != image:
                self._note(change._replace(text=f"image {before} → {image}"))

    def _knows(self, change: Change) -> bool:
        known = self._kept.get(change.id, {}).get(change.sort)
        return known is not None and known.at >= change.at

    def _note(self, change: Change, *, used: bool = False) -> None:
        """Keep a change; `used` says that configuration was in use then, whatever it is now."""
        now = self.now()
        if now - change.at >= KEPT_SECONDS:
            return
        if change.sort == "config" and not (used or self._is_used(change.id)):
            return
        kept = self._kept.setdefault(change.id, {})
        known = kept.get(change.sort)
        if known is not None and known.at > change.at:
            return
        self._count += known is None
        self.changes += 1
        kept[change.sort] = change
        self._tell(change.id)
        if self._count > MOST:
            times = (each.at for kept in self._kept.values() for each in kept.values())
            # A tenth at once: the search is then as rare as it is long.
            self._forget(heapq.nsmallest(MOST // 10, times)[-1] + 1e-6)

    def _is_used(self, node_id: str) -> bool:
        """Whether a workload or a Pod refers to some configuration: programs keep theirs there, too."""
        return any(kind_of(each) != "ServiceAccount" for each in self._graph.referring(node_id))

    def _forget(self, until: float) -> None:
        """Forget what changed before a time."""
        for node_id, kept in list(self._kept.items()):
            old = [sort for sort, change in kept.items() if change.at < until]
            for sort in old:
                del kept[sort]
            if old:
                self.changes += 1
                self._count -= len(old)
                self._tell(node_id)
            if not kept:
                del self._kept[node_id]

    def _tell(self, node_id: str) -> None:
        kind, namespace = scope_of(node_id)
        name = node_id.removeprefix(f"{kind}/").removeprefix(f"{namespace}/")
        lines = (
            LAST_CHANGE.line((node_id, kind, namespace, name, sort), change.at)
            for sort, change in sorted(self._kept.get(node_id, {}).items())
        )
        self._publish(LAST_CHANGE, node_id, "".join(lines))


def _nowhere(_family: Family, _key: str, _text: str) -> None:
    """Publish to nobody."""


def _before(made: Iterable[Facts], revision: int) -> str:
    """Return the image of the template before one, among those that a workload made; empty for none."""
    older = [(number, _image(each)) for each in made if 0 < (number := _revision(each)) < revision]
    return max(older, default=(0, ""))[1]


def _image(facts: Facts) -> str:
    return facts.detail.image if isinstance(facts.detail, (ReplicasDetail, RevisionDetail)) else ""


def _revision(facts: Facts) -> int:
    return facts.detail.revision if isinstance(facts.detail, (ReplicasDetail, RevisionDetail)) else 0


def _workload(now: float, before: Node | None, after: Node | None) -> Iterator[Change]:
    if after is None or after.facts.controller is not None:
        return
    new = after.facts.detail
    if not isinstance(new, ReplicasDetail):
        return
    by = f" by {new.scaled.manager}" if new.scaled is not None and new.scaled.manager else ""
    at = new.scaled.time if new.scaled is not None else 0.0
    old = before.facts.detail if before is not None else None
    if before is None or not isinstance(old, ReplicasDetail):
        if at - after.facts.created >= SAME_SECONDS:
            yield Change(after.id, "replicas", at, f"replicas set to {new.desired}{by}")
        return
    if old.desired != new.desired:
        yield Change(after.id, "replicas", at or now, f"replicas {old.desired} → {new.desired}{by}")
    if old.image != new.image:
        yield Change(after.id, "template", now, f"image {old.image} → {new.image}")
    elif _template(before, old) != _template(after, new):
        yield Change(after.id, "template", now, "the Pod template was changed")


def _template(node: Node, detail: ReplicasDetail) -> tuple[object, ...]:
    """Return what is known of a template but its image."""
    used = sorted((ref.type, ref.target) for ref in node.facts.refs if ref.type.startswith("uses-"))
    return node.facts.template, detail.requests, detail.node_selector, used


def _node(now: float, before: Node | None, after: Node | None) -> Iterator[Change]:
    if before is None:
        return
    if after is None:
        yield Change(before.id, "node", now, "was removed")
        return
    old, new = before.facts.detail, after.facts.detail
    if isinstance(old, NodeDetail) and isinstance(new, NodeDetail) and old.cordoned != new.cordoned:
        yield Change(after.id, "node", now, "was cordoned" if new.cordoned else "was uncordoned")
    elif (before.status, before.reason) != (after.status, after.reason):
        was, is_now = (each.reason or each.status for each in (before, after))
        at = after.since if 0 < now - after.since < SAME_SECONDS else now
        yield Change(after.id, "node", at, f"{was} → {is_now}")


def _configuration(now: float, before: Node | None, after: Node | None) -> Iterator[Change]:
    if before is not None and after is None:
        yield Change(before.id, "config", now, "was deleted")


_BY_KIND: dict[str, Callable[[float, Node | None, Node | None], Iterator[Change]]] = {
    "Deployment": _workload,
    "StatefulSet": _workload,
    "DaemonSet": _workload,
    "Node": _node,
    "ConfigMap": _configuration,
    "Secret": _configuration,
}
