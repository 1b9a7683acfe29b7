"""The one type of message."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from astrolabe.messages.objects import AnyObject
from astrolabe.messages.subscription import Subscription

Action: TypeAlias = Literal["Applied", "Deleted", "Restarted"]


class Listing(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="Listing"):
    """What `Restarted` tells: whatever else the consumer knew of these kinds and namespaces is gone."""

    kinds: tuple[str, ...]
    """The kinds that this is about; none: all."""
    namespaces: tuple[str, ...] = ()
    """The namespaces that it is about, as the consumer asked for them; none: all, and what is in none."""
    objects: tuple[str, ...] = ()
    """The ids of the objects that there are. Each of them follows, as `Applied`, or as `Deleted` where it has
    gone since."""


class KubeMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message to one consumer."""

    cluster: str
    namespace: str
    """Of the object; empty for what is in no namespace, and for `Restarted`."""
    action: Action
    timestamp: datetime
    """When the message was made, in UTC."""
    resource: AnyObject | Listing
    """As it is now; for `Deleted` as it was last."""
    object: dict[str, Any] | None = None
    """The object as the API server has it, where a consumer asked for that; it may be newer than `resource`.
    None where it has gone since, or may not be read, and for `Deleted`."""


encode = msgspec.json.Encoder().encode
"""Return a message as JSON."""
decode = msgspec.json.Decoder(KubeMessage).decode
"""Read a message from JSON; raises `msgspec.DecodeError`."""


def apply(message: KubeMessage, known: dict[str, AnyObject]) -> None:
    """Bring up to date what a consumer knows, by id: the meaning of each action."""
    resource = message.resource
    if isinstance(resource, Listing):
        objects = set(resource.objects)
        about = Subscription(resource.kinds, resource.namespaces)
        for each in list(known.values()):
            if each.id not in objects and about.covers(each.kind, each.namespace, each.name):
                del known[each.id]
    elif message.action == "Deleted":
        known.pop(resource.id, None)
    else:
        known[resource.id] = resource
