"""What the tests of the watch library share: objects, and handlers that remember."""

from __future__ import annotations

from collections import Counter
from typing import Any

from astrolabe.watch import MatchedEvent


def obj(kind: str, name: str, namespace: str = "shop", version: str = "v1", **more: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, **more.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def pod(name: str, namespace: str = "shop", **labels: str) -> dict[str, Any]:
    return obj("Pod", name, namespace, metadata={"labels": labels}, spec={})


def configmap(name: str, namespace: str = "shop", data: str = "1", **labels: str) -> dict[str, Any]:
    return obj("ConfigMap", name, namespace, metadata={"labels": labels}, data={"value": data})


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return obj("Namespace", name, "", metadata={"labels": labels})


class Seen:
    """A handler that remembers each event, and fails when it is told to."""

    name = "seen"

    def __init__(self) -> None:
        self.events: list[MatchedEvent] = []
        self.failures: list[Exception] = []

    async def on_matched(self, event: MatchedEvent) -> None:
        event.object  # noqa: B018  (decoded while it is at hand)
        self.events.append(event)
        if self.failures:
            raise self.failures.pop(0)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event.event_type.value, event.key) for event in self.events]

    @property
    def counted(self) -> Counter[tuple[str, str, str]]:
        return Counter((event.event_type.value, event.gvr, event.key) for event in self.events)
