"""The one type of message."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from astrolabe.messages.objects import AnyObject
from astrolabe.messages.subscription import Subscription
from astrolabe.watch.lines import NO_NAMESPACE

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
    after: str = ""
    until: str = ""
    """Which ids this is about: those behind `after`, up to `until` and with it, in the order of their
    characters; empty: without that bound. Only where a target takes no message of the whole."""


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
            within = resource.after < each.id and (not resource.until or each.id <= resource.until)
            if within and each.id not in objects and about.covers(each.kind, each.namespace, each.name):
                del known[each.id]
    elif message.action == "Deleted":
        known.pop(resource.id, None)
    else:
        known[resource.id] = resource


def key_of(message: KubeMessage) -> tuple[str, ...]:
    """Return what tells the object of a message from others: cluster, namespace, kind, name.

    For `Restarted` the cluster and that word, and where it begins if it is about a part of the objects.
    """
    resource = message.resource
    if isinstance(resource, Listing):
        return (message.cluster, message.action, *((resource.after,) if resource.after else ()))
    return (message.cluster, resource.namespace or NO_NAMESPACE, resource.kind, resource.name)


def smaller(message: KubeMessage) -> tuple[KubeMessage, ...]:
    """Return messages that say the same, each smaller: halves of a `Restarted`, or one without its object.

    None where there are none.
    """
    resource = message.resource
    if not isinstance(resource, Listing):
        return () if message.object is None else (msgspec.structs.replace(message, object=None),)
    ids = sorted(resource.objects)
    middle = len(ids) // 2
    if not middle:
        return ()
    border = ids[middle - 1]
    halves = (
        msgspec.structs.replace(resource, objects=tuple(ids[:middle]), until=border),
        msgspec.structs.replace(resource, objects=tuple(ids[middle:]), after=border),
    )
    return tuple(msgspec.structs.replace(message, resource=half) for half in halves)
