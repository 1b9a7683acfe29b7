"""The events that a handler gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from astrolabe.watch.item import Item
from astrolabe.watch.rules import Rule

S = TypeVar("S")


class EventType(StrEnum):
    """What happened to an object."""

    ADDED = "ADDED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@dataclass(frozen=True)
class MatchedEvent:
    """One change of one object that a rule selects. Objects in it are the handler's own, free to change."""

    event_type: EventType
    gvr: str
    """The resource in the version in which the object was read."""
    key: str
    """`namespace/name`, or `name` of a cluster-scoped object."""
    config: Rule
    """The rule that selected it."""
    timestamp: datetime
    """When it was received, UTC."""
    initial: bool = False
    """Whether it is part of the first list of its watch."""
    redelivered: bool = False
    """Whether a process before this one may have delivered it, and ended without saying so."""
    left_out: int = 0
    """Events of this key that were left out just before this one: replaced by newer ones, or not held."""
    attempt: int = 1
    """Counts the attempts at this event."""
    item: Item = field(repr=False, kw_only=True)
    """The object as it is held; use `object`."""
    old_item: Item | None = field(default=None, repr=False, kw_only=True)

    @property
    def namespace(self) -> str:
        """The object's namespace, empty for a cluster-scoped one."""
        return self.key.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The object's name."""
        return self.key.rpartition("/")[2]

    @property
    def uid(self) -> str:
        """The object's UID."""
        return self.item.uid

    @cached_property
    def object(self) -> dict[str, Any]:
        """The object as the server sent it; for DELETED as it last was. Of a Secret the metadata, unless the
        rule asks for values.
        """  # noqa: D205
        return self.item.object(values=self.config.values)

    @cached_property
    def old(self) -> dict[str, Any] | None:
        """For UPDATED the object as it was before; None where an earlier process saw that."""
        if self.old_item is None or not self.old_item.raw:
            return None
        return self.old_item.object(values=self.config.values)

    @property
    def labels(self) -> dict[str, str]:
        """The object's labels."""
        return self.object["metadata"].get("labels") or {}

    def typed(self, kind: type[S]) -> S:
        """Return the object as a msgspec Struct (or anything that msgspec converts to) of the handler's own.

        Raises `msgspec.ValidationError` where the object is not of that form.
        """
        return msgspec.convert(self.object, kind)

    def model(self, name: str) -> Any:
        """Return the object as a model of the `kubernetes` package, as in `event.model("V1Pod")`.

        The first call imports that package's models: half a second, and 60 MB of memory.
        """
        from astrolabe.watch.models import model  # noqa: PLC0415

        return model(self.object, name)
