"""One watch: a server-side filter, and the handlers that get its events."""

from __future__ import annotations

from typing import NamedTuple

from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.supervisor import Place
from astrolabe.watch.item import Item
from astrolabe.watch.queues import EventQueue
from astrolabe.watch.rules import NameSelector, Rule


class Subscription(NamedTuple):
    """A rule, and the queues of the handlers that it is for."""

    rule: Rule
    queues: tuple[EventQueue, ...]


class Match(NamedTuple):
    """What the server does not select by: each that is given has to match the object's name."""

    subscription: Subscription
    names: tuple[NameSelector, ...] = ()
    """One of these has to match, where there are any."""
    name: NameSelector | None = None

    def selects(self, name: str) -> bool:
        """Whether an object of the watch is selected."""
        if self.name is not None and not self.name.matches(name):
            return False
        return not self.names or any(selector.matches(name) for selector in self.names)


class Watch:
    """What is followed through one list and watch. Rules that need the same share it."""

    def __init__(self, resource: Resource, scope: Scope) -> None:
        self.resource = resource
        self.scope = scope
        self.matches: list[Match] = []
        self.queues: frozenset[EventQueue] = frozenset()
        self.selects_namespaces = False
        """Whether its objects are namespaces that rules select by a regular expression."""
        self.secret = resource.name == "secrets"
        self.remembers = False
        """Whether it holds objects of an earlier process, without their content."""
        self.last: Item | None = None
        """The object that was read last, as long as it does."""

    @property
    def place(self) -> Place:
        """What the supervisor knows it by."""
        return Place(self.resource.name, self.scope)

    @property
    def gvr(self) -> str:
        """`version/resource` or `group/version/resource`."""
        return f"{self.resource.api_version}/{self.resource.plural}"

    @property
    def congested(self) -> bool:
        """Whether every queue that it feeds is full."""
        return bool(self.queues) and all(queue.full for queue in self.queues)
