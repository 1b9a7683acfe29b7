"""Computes the watches from rules, served resources and namespaces. No I/O."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import partial

import msgspec
import structlog

from astrolabe.kube.discovery import Discovery, Served
from astrolabe.kube.observer import Decoder
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.supervisor import Place, WatchTarget
from astrolabe.watch.item import Item, read_item
from astrolabe.watch.rules import GVR, NameSelector, Rule, normal_scope, unplaced
from astrolabe.watch.watches import Match, Subscription, Watch

NAMESPACES = "namespaces"

log = structlog.get_logger(__name__)


class _Compiled:
    """A subscription with its selectors read."""

    def __init__(self, subscription: Subscription) -> None:
        rule = subscription.rule
        self.subscription = subscription
        self.gvr = GVR.parse(rule.gvr)
        self.name = NameSelector(rule.name_selector) if rule.name_selector else None
        everywhere = not rule.namespaces or "" in rule.namespaces
        self.namespaces = [
            NameSelector(text, namespace=True)
            for text in dict.fromkeys(() if everywhere else rule.namespaces)
        ]
        self.scope = normal_scope(rule.scope)

    @property
    def selects_namespaces(self) -> bool:
        """Whether Namespace objects have to be watched for it."""
        return self.gvr.resource != NAMESPACES and any(not selector.exact for selector in self.namespaces)

    def scopes(self, *, namespaced: bool, namespaces: Sequence[str]) -> Iterator[tuple[Scope, Match]]:
        """Yield what is to be watched of a resource, and what is left to be compared here."""
        rule = self.subscription.rule
        by_name = f"metadata.name={self.name.text}" if self.name is not None and self.name.exact else ""
        pattern = self.name if not by_name else None
        scope = Scope(label_selector=rule.label_selector, field_selector=by_name)
        match = Match(self.subscription, name=pattern)
        if self.gvr.resource == NAMESPACES:
            # Here the names of namespaces are names of objects.
            if self.namespaces and not by_name and all(selector.exact for selector in self.namespaces):
                for selector in self.namespaces:
                    placed = msgspec.structs.replace(scope, field_selector=f"metadata.name={selector.text}")
                    yield placed, match
            else:
                yield scope, match._replace(names=tuple(self.namespaces))
        elif not self.namespaces or not namespaced:
            yield scope, match
        else:
            exact = [selector.text for selector in self.namespaces if selector.exact]
            patterns = [selector for selector in self.namespaces if not selector.exact]
            found = [name for name in namespaces if any(pattern.matches(name) for pattern in patterns)]
            for namespace in dict.fromkeys((*exact, *found)):
                yield msgspec.structs.replace(scope, namespace=namespace), match


class Plan:
    """What is watched, kept up to date as discoveries and namespaces come."""

    def __init__(self, subscriptions: Sequence[Subscription]) -> None:
        self._rules = [_Compiled(subscription) for subscription in subscriptions]
        self._patterns = [
            selector
            for rule in self._rules
            if rule.selects_namespaces
            for selector in rule.namespaces
            if not selector.exact
        ]
        self._namespaces: dict[str, None] = {}
        self._restored: list[Watch] = []
        self._said: dict[int, str] = {}
        self.watches: dict[Place, Watch] = {}
        """By what is followed now, in the order of the rules."""

    def choose(self, discovery: Discovery) -> list[WatchTarget[Item]]:
        """Return what to follow of what is served."""
        before, self.watches = self.watches, {}
        if self._patterns:
            served = discovery.find("", NAMESPACES, ("v1",))
            if served is not None:
                watch = self._watch(served.resource(), Scope(), before)
                watch.selects_namespaces = True
        for rule in self._rules:
            served = self._served(rule, discovery)
            if served is None:
                continue
            for scope, match in rule.scopes(namespaced=served.namespaced, namespaces=list(self._namespaces)):
                self._watch(served.resource(), scope, before).matches.append(match)
        return [self._target(watch) for watch in self.watches.values()]

    def restore(
        self, resource: Resource, scope: Scope, rules: Sequence[Rule], names: Iterable[str]
    ) -> Watch | None:
        """Go on with a watch of an earlier process, if it serves the same rules; `names` are its keys."""
        selecting = bool(self._patterns) and (resource.name, scope) == (NAMESPACES, Scope())
        matches = [
            match
            for rule in self._rules
            if rule.gvr.resource == resource.name
            for placed, match in rule.scopes(namespaced=resource.namespaced, namespaces=[scope.namespace])
            if placed == scope
        ]
        now = unplaced(match.subscription.rule for match in matches)
        if now != tuple(rules) or not (now or selecting):
            return None
        watch = self.watches[Place(resource.name, scope)] = Watch(resource, scope)
        watch.remembers = True
        watch.matches = matches
        self._restored.append(watch)
        if selecting:
            self._namespaces.update(dict.fromkeys(names))
        return watch

    def positioned(self, places: Container[Place]) -> list[Watch]:
        """Return the watches that are followed, and those of an earlier process that still may be."""
        waiting = [
            watch for watch in self._restored if watch.place not in self.watches and watch.place in places
        ]
        return [*self.watches.values(), *waiting]

    def concerns(self, group: str) -> bool:
        """Whether anything of a group is wanted, should it be served."""
        return any(rule.gvr.group == group for rule in self._rules)

    def selects(self, namespace: str) -> bool:
        """Whether a namespace's coming or going changes what is watched."""
        return any(pattern.matches(namespace) for pattern in self._patterns)

    def namespace(self, name: str, *, exists: bool) -> None:
        """Take note of a namespace."""
        if exists:
            self._namespaces[name] = None
        else:
            self._namespaces.pop(name, None)

    def _watch(self, resource: Resource, scope: Scope, before: dict[Place, Watch]) -> Watch:
        place = Place(resource.name, scope)
        watch = self.watches.get(place)
        if watch is None:
            watch = before.get(place) or Watch(resource, scope)
            watch.resource = resource
            watch.matches = []
            watch.selects_namespaces = False
            self.watches[place] = watch
        elif watch.resource.version != resource.version:
            log.warning(
                "two versions of one resource are one watch",
                resource=resource.name,
                used=watch.resource.version,
                asked=resource.version,
            )
        return watch

    def _target(self, watch: Watch) -> WatchTarget[Item]:
        watch.queues = frozenset(queue for match in watch.matches for queue in match.subscription.queues)
        if watch.secret:
            values = any(match.subscription.rule.values for match in watch.matches)
            watch.resource = msgspec.structs.replace(watch.resource, metadata_only=not values)
        return WatchTarget(watch.resource, (watch.scope,), _decoder(watch))

    def _served(self, rule: _Compiled, discovery: Discovery) -> Served | None:
        """Find what a rule means; what is not as the rule says is said once."""
        gvr = rule.gvr
        versions = [
            served for served in discovery.served if (served.group, served.plural) == (gvr.group, gvr.plural)
        ]
        usable = [served for served in versions if served.followable]
        exact = next((served for served in usable if served.version == gvr.version), None)
        found = exact or next(iter(usable), None)
        if found is None:
            if versions:
                self._say(rule, f"{gvr} cannot be watched: the server offers no list and watch of it")
            elif gvr.group not in discovery.broken:
                self._say(rule, f"{gvr} is not served; it is watched as soon as it is{_near(gvr, discovery)}")
        elif exact is None:
            self._say(rule, f"{gvr} is not served; {found.version} is watched instead")
        elif rule.scope and (rule.scope == "Namespaced") is not found.namespaced:
            real = "Namespaced" if found.namespaced else "Cluster"
            self._say(rule, f"the scope of {gvr} is {real}, not {rule.scope}; {real} is used")
        elif rule.namespaces and not found.namespaced and gvr.resource != NAMESPACES:
            self._say(rule, f"{gvr} has no namespaces; all of it is watched")
        return found

    def _say(self, rule: _Compiled, text: str) -> None:
        if self._said.get(id(rule)) != text:
            self._said[id(rule)] = text
            where = rule.subscription.rule.where
            log.warning(f"{where}: {text}" if where else text)


def _decoder(watch: Watch) -> Decoder[Item]:
    return partial(_read, watch)


def _read(watch: Watch, raw: msgspec.Raw, _known: object) -> Item:
    item = read_item(raw, watch)
    if watch.remembers:
        watch.last = item
    return item


def _near(gvr: GVR, discovery: Discovery) -> str:
    known = {served.resource().api_version + "/" + served.plural for served in discovery.served}
    same = sorted(name for name in known if name.endswith(f"/{gvr.plural}"))
    near = same or get_close_matches(str(gvr), sorted(known), 1)
    return f"; did you mean {near[0]}?" if near else ""
