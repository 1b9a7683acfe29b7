"""The one type of message."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from astrolabe.messages.objects import AnyObject

Action: TypeAlias = Literal["Applied", "Deleted", "Restarted"]


class Listing(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="Listing"):
    """What `Restarted` tells: whatever else the consumer knew of these kinds is gone."""

    kinds: tuple[str, ...]
    """The kinds that this is about; none: all."""
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


encode = msgspec.json.Encoder().encode
"""Return a message as JSON."""
decode = msgspec.json.Decoder(KubeMessage).decode
"""Read a message from JSON; raises `msgspec.DecodeError`."""


def apply(message: KubeMessage, known: dict[str, AnyObject]) -> None:
    """Bring up to date what a consumer knows, by id: the meaning of each action."""
    resource = message.resource
    if isinstance(resource, Listing):
        objects = set(resource.objects)
        for each in list(known):
            if each not in objects and (not resource.kinds or known[each].kind in resource.kinds):
                del known[each]
    elif message.action == "Deleted":
        known.pop(resource.id, None)
    else:
        known[resource.id] = resource
