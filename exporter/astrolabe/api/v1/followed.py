"""The part of the graph that a client follows, and the part of an event that belongs to it.

An object belongs to a part by its namespace, its kind and its release, an edge by both of its ends. While an
object is there, its release alone can change: who follows by release reads the graph again then.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from astrolabe.api.v1 import forms
from astrolabe.api.v1.batch import Changes, EdgeChanges
from astrolabe.api.v1.bodies import GraphEdge
from astrolabe.api.v1.history import Event, Scope

MOVED = b'{"reason":"other objects belong to the release now"}'
"""The data of a `reset` for a client that follows by release."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is followed: all that is given must hold, each by one of several; nothing given is everything."""

    namespace: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    """With the group for custom resources."""
    release: tuple[str, ...] = ()
    """Names of Helm releases that objects belong to, by themselves or through their controllers."""

    def __bool__(self) -> bool:
        return bool(self.namespace or self.kind or self.release)

    def holds(self, scope: Scope) -> bool:
        """Whether an object is meant."""
        return (
            (not self.namespace or scope.namespace in self.namespace)
            and (not self.kind or scope.kind in self.kind)
            and (not self.release or scope.release in self.release)
        )

    def lost(self, event: Event) -> bool:
        """Whether an object came into the part, or left it, without being new or gone."""
        return any(self.holds(before) != self.holds(after) for before, after in event.moved)

    def of(self, changes: Changes, scopes: Mapping[str, Scope]) -> Changes:
        """Return the changes of what is meant."""
        holds = {uid for uid, scope in scopes.items() if self.holds(scope)}

        def within(edge: GraphEdge) -> bool:
            return edge.source in holds and edge.target in holds

        return Changes(
            [node for node in changes.nodes if node.uid in holds],
            [uid for uid in changes.gone if uid in holds],
            EdgeChanges(
                [edge for edge in changes.edges.added if within(edge)],
                [edge for edge in changes.edges.removed if within(edge)],
            ),
        )


class Filtered(msgspec.Struct, frozen=True):
    """The form in which an event goes to who follows a part by a WebSocket."""

    part: Part

    def __call__(self, event: Event) -> bytes:
        """Return the message; no bytes for an event that tells of nothing in the part."""
        if event.path:
            # Who may read it gets it, whatever part of the graph they follow.
            return forms.in_message(event)
        event_id, data = forms.told(event)
        if self.part.lost(event):
            return forms.message("reset", event_id, MOVED)
        changes = self.part.of(_decoded(data), event.scopes)
        return forms.message("change", event_id, msgspec.json.encode(changes)) if changes else b""


def form_of(part: Part) -> forms.Form:
    """Return the form for who follows a part."""
    if part:
        return Filtered(part)
    return forms.in_message


@lru_cache(maxsize=1)
def _decoded(data: bytes) -> Changes:
    """Read the data of an event, once for all who follow some part."""
    return msgspec.json.decode(data, type=Changes)
