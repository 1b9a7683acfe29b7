"""What the kinds of the Gateway API share: references with a default kind, conditions, and routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from astrolabe.graph.facts import EdgeType, Facts, Ref, Status, Verdict, ref
from astrolabe.kinds.kind import Context
from astrolabe.kinds.models import details
from astrolabe.kinds.models.conditions import Condition
from astrolabe.kinds.models.details import RouteDetail
from astrolabe.kinds.models.groups import named_kind
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.references import distinct
from astrolabe.kinds.models.replicas import UNOBSERVED

GROUP = "gateway.networking.k8s.io"

_WELL = {
    "Conflicted": "False",
    "ResolvedRefs": "True",
    "PartiallyInvalid": "False",
    "Accepted": "True",
    "Programmed": "True",
}
"""Conditions that count, with the status in which all is well; those that say most of a fault come first."""
_ORDER = {name: place for place, name in enumerate(_WELL)}
_WAITS = frozenset({"Pending", "Waiting", "NotReconciled", "AddressNotAssigned"})
"""Reasons of an unmet condition that a controller is still at work on."""


class ObservedCondition(Condition):
    """A condition that says for which generation it was written; some controllers leave that out."""

    observed_generation: int | None = None


class Reference(Model):
    """Names an object; group, kind and namespace may be left out."""

    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None


class ParentReference(Reference):
    """A Gateway, or one listener of it, that a route wants to be attached to."""

    section_name: str | None = None
    port: int | None = None


class BackendReference(Reference):
    """Where requests go."""

    port: int | None = None
    weight: int | None = None


class Mirror(Model):
    """A copy of each request, the answer to which nobody reads."""

    backend_ref: BackendReference | None = None


class Filter(Model):
    """What is done with a request on its way."""

    request_mirror: Mirror | None = None


class RouteRule(Model):
    """What happens to requests that match."""

    backend_refs: list[BackendReference] | None = None
    filters: list[Filter] | None = None


class RouteSpec(Model):
    """What is wanted."""

    parent_refs: list[ParentReference] | None = None
    rules: list[RouteRule] | None = None


class RouteParentStatus(Model):
    """What the controller of one parent says of a route."""

    parent_ref: ParentReference | None = None
    conditions: list[ObservedCondition] | None = None


class RouteStatus(Model):
    """What the controllers of all parents say."""

    parents: list[RouteParentStatus] | None = None


class Route(Model):
    """A route of any protocol."""

    metadata: Metadata
    spec: RouteSpec | None = None
    status: RouteStatus | None = None


def refer(
    edge: EdgeType, to: Reference, default: tuple[str, str], namespace: str, *, optional: bool = False
) -> Ref | None:
    """Return the reference that a route or Gateway of a namespace makes; None where it names nothing.

    `default` is group and kind of what is meant where the reference does not say.
    """
    if not to.name:
        return None
    group = default[0] if to.group is None else to.group
    kind = named_kind(f"{group}/", to.kind or default[1])
    return ref(edge, kind, to.namespace or namespace, to.name, optional=optional)


def judge_conditions(conditions: Sequence[ObservedCondition], generation: int, well: str) -> Verdict | None:
    """Return how an object is by its conditions; None where none of them counts.

    A condition that was written for an older generation answers an older wish. What is wrong with the newest
    one is said first, then what is not known yet; `well` is the message where all is met.
    """
    stale = False
    waiting: Verdict | None = None
    met = False
    counted = [condition for condition in conditions if condition.type in _WELL]
    for condition in sorted(counted, key=lambda each: _ORDER[each.type or ""]):
        wanted = _WELL[condition.type or ""]
        observed = condition.observed_generation
        if observed and observed < generation:
            stale = True
        elif condition.status == wanted:
            met = True
        elif condition.status in ("True", "False") and condition.reason not in _WAITS:
            return _says("Error", condition)
        else:
            waiting = waiting or _says("Pending", condition)
    if stale:
        return UNOBSERVED
    return waiting or (Verdict(message=well) if met else None)


def _says(status: Status, condition: Condition) -> Verdict:
    reason = condition.reason or ""
    word = reason if reason.isidentifier() else condition.type or ""
    words = condition.says or f"Its condition {condition.type} is {condition.status or 'not set'}"
    return Verdict(status, word, words, condition.since)


def describe_route(route: Route, context: Context) -> Facts:
    """Turn a route into facts."""
    metadata = route.metadata
    spec = route.spec or RouteSpec()
    namespace = metadata.namespace or ""
    parents = spec.parent_refs or []
    refs = [refer("parent", parent, (GROUP, "Gateway"), namespace) for parent in parents]
    backends = list(_backends(spec.rules or (), namespace))
    refs += [made for made, _ in backends]
    return facts_of(
        metadata,
        context,
        _judge(parents, route.status or RouteStatus(), namespace, metadata.generation or 0),
        refs=distinct(made for made in refs if made is not None),
        detail=RouteDetail(
            tuple(
                dict.fromkeys(
                    details.Backend(made.target, str(port or ""))
                    for made, port in backends
                    if not made.optional
                )
            )
        ),
    )


def _backends(rules: Iterable[RouteRule], namespace: str) -> Iterator[tuple[Ref, int | None]]:
    """Yield what requests go to, with the port. What gets none of them, or only copies, is optional."""
    for rule in rules:
        mirrors = [each.request_mirror.backend_ref for each in rule.filters or () if each.request_mirror]
        to = [(backend, backend.weight == 0) for backend in rule.backend_refs or ()]
        to += [(backend, True) for backend in mirrors if backend is not None]
        for backend, optional in to:
            made = refer("routes-to", backend, ("", "Service"), namespace, optional=optional)
            if made is not None:
                yield made, backend.port


def _judge(
    parents: Sequence[ParentReference], status: RouteStatus, namespace: str, generation: int
) -> Verdict:
    """Judge a route: the controller of each of its parents has to take it and to find what it refers to.

    What a controller said of a parent that the route no longer names does not count.
    """
    if not parents:
        return Verdict("Unknown", message="It names no parent")
    said: dict[object, list[ObservedCondition]] = {}
    for entry in status.parents or ():
        if entry.parent_ref is not None:
            said.setdefault(_identity(entry.parent_ref, namespace), []).extend(entry.conditions or ())
    wanted = [(parent, _identity(parent, namespace)) for parent in parents]
    conditions = [condition for _, key in wanted for condition in said.get(key, ())]
    verdict = judge_conditions(conditions, generation, "Accepted by its parents")
    if verdict is None or verdict.status == "Ready":
        for parent, key in wanted:
            if not said.get(key):
                name = f"{parent.kind or 'Gateway'} {parent.name or ''}"
                return Verdict("Pending", "Pending", f"No controller has answered for {name} yet")
    return verdict or Verdict("Unknown", message="Its status has no condition Accepted")


def _identity(parent: ParentReference, namespace: str) -> object:
    group = GROUP if parent.group is None else parent.group
    place = (group, parent.kind or "Gateway", parent.namespace or namespace, parent.name)
    return (*place, parent.section_name or "", parent.port or 0)
