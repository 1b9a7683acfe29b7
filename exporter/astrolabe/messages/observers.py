"""A consumer for each namespace: it begins when the namespace appears, and ends when that goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from astrolabe.messages.consumer import Consumer, Supervised
from astrolabe.messages.message import KubeMessage, Listing
from astrolabe.messages.router import MessageRouter
from astrolabe.messages.subscription import Subscription

_NAMESPACE = "Namespace"


class NamespaceObservers(Consumer):
    """Makes consumers as namespaces come. It is itself a consumer, of Namespaces."""

    name = "namespaces"

    def __init__(
        self, router: MessageRouter, observer: Callable[[str], Consumer], kinds: Iterable[str] = ()
    ) -> None:
        """Add what `observer` returns for a namespace's name to the router, for these kinds; none: all."""
        self._router = router
        self._observer = observer
        self._kinds = tuple(kinds)
        self.observers: dict[str, Supervised] = {}
        """By namespace."""

    async def take(self, message: KubeMessage) -> None:
        """Begin, or end, the observer of a namespace."""
        resource = message.resource
        if isinstance(resource, Listing):
            for name in list(self.observers):
                if f"{_NAMESPACE}/{name}" not in resource.objects:
                    self._end(name)
        elif message.action == "Deleted":
            self._end(resource.name)
        elif resource.name not in self.observers:
            subscription = Subscription(self._kinds, (resource.name,))
            self.observers[resource.name] = self._router.add(self._observer(resource.name), subscription)

    def _end(self, name: str) -> None:
        observer = self.observers.pop(name, None)
        if observer is not None:
            observer.end()


def observe_namespaces(
    router: MessageRouter,
    observer: Callable[[str], Consumer],
    *,
    kinds: Iterable[str] = (),
    namespaces: Iterable[str] = (),
) -> NamespaceObservers:
    """Give each namespace an observer of its own, those that appear later too.

    `namespaces` are names or regular expressions; none: all. Raises `ConfigError`.
    """
    observers = NamespaceObservers(router, observer, kinds)
    router.add(observers, Subscription((_NAMESPACE,), namespaces))
    return observers
