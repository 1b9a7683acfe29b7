"""What one object says of itself: the only input of the graph.

Facts are values. They are made by `astrolabe.kinds` from a decoded object, kept by the reflector and by
the graph as the same Python object, and replaced as a whole when they change. Only the resource version,
which says nothing of the object, moves on in place. The parts that many objects share (references, owners,
label sets) are made by the cached constructors below, so that a thousand Pods of one workload hold one copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from sys import intern
from typing import Literal, TypeAlias

import msgspec

Status: TypeAlias = Literal["Ready", "Pending", "Error", "Unknown"]
STATUSES: tuple[Status, ...] = ("Ready", "Pending", "Error", "Unknown")

EdgeType: TypeAlias = Literal[
    "owns",
    "selects",
    "endpoints",
    "routes-to",
    "mounts",
    "binds",
    "provisions",
    "uses-configmap",
    "uses-secret",
    "uses-sa",
    "scales",
    "runs-on",
    "runs-image",
    "classifies",
    "grants",
    "sleeps",
    "calls",
    "serves",
    "attaches",
    "governs",
    "prioritizes",
    "parent",
    "refers",
    "produces",
    "headless",
]
EDGE_TYPES: tuple[EdgeType, ...] = EdgeType.__args__  # type: ignore[attr-defined]

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Labels as sorted pairs: hashable, shareable and a third of the size of a dictionary."""

# Large enough for what neighbouring objects in a list have in common, small enough to forget: `Facts.keep`
# makes it last. References are to Nodes as well, which are everybody's neighbours.
_SHARED = 1 << 13
_SHARED_REFS = 1 << 14


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """How an object is: in its own words (`astrolabe.kinds`), or judged by its neighbours (a `Judge`)."""

    status: Status = "Ready"
    reason: str = ""
    """One word in CamelCase, Kubernetes' own where it has one; empty for what is simply Ready."""
    message: str = ""
    """One sentence to act on, without the reason."""
    since: float = 0.0
    """When it came to this, in Unix seconds; 0 when the object does not say."""
    faults: tuple[str, ...] = ()
    """The parts of the message where the object has several faults."""


READY = Verdict()


class Detail(msgspec.Struct, frozen=True, gc=False):
    """What only objects of one kind carry (replicas, image, claim, …). The graph never looks inside."""


class Ref(msgspec.Struct, frozen=True, gc=False):
    """A declared relation to something by its id, which need not exist."""

    type: EdgeType
    target: str
    """Id of the other object, or an alias that it may carry (`Facts.alias`)."""
    optional: bool = False
    """The object works without the target (`optional: true` in a Pod)."""
    reverse: bool = False
    """The edge points from the target to the object that declares it."""
    alias: bool = False
    """The target is an alias, such as "the default IngressClass"; none being there is no fault."""
    uid: str = ""
    """Only one object is meant: the one with this UID, or the one that the object with this UID controls.
    Another object with the same name is not meant. Empty where the name is enough."""

    def means(self, facts: Facts) -> bool:
        """Whether an object of the right name is the one."""
        if not self.uid:
            return True
        if self.uid == facts.uid:
            if self.uid is not facts.uid:
                # The Pods behind a Service are many: one string is enough for both.
                msgspec.structs.force_setattr(self, "uid", facts.uid)
            return True
        controller = facts.controller
        return controller is not None and controller.uid == self.uid


class Owner(msgspec.Struct, frozen=True, gc=False):
    """One entry of ownerReferences. The UID decides; kind and name are for owners that are not watched."""

    uid: str
    kind: str
    """As in `Facts.kind`: `Deployment`, `Rollout.argoproj.io`."""
    name: str
    controller: bool = False


class Release(msgspec.Struct, frozen=True, gc=False, order=True):
    """A Helm release: its name is unique only within its namespace."""

    namespace: str
    """Empty where only the place of its records is known, or, of what is in no namespace, nothing."""
    name: str
    stored: str = ""
    """The namespace of Helm's records of it, where an object says so; empty where that is its own."""

    @property
    def itself(self) -> Release:
        """The release without the namespace of its records."""
        return release(self.namespace, self.name)

    @property
    def place(self) -> Release:
        """Where its records are. Only one release of a name can be there."""
        return release(self.stored, self.name)


class Requirement(msgspec.Struct, frozen=True, gc=False):
    """One requirement of a label selector; matchLabels become `In` with one value."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy it. `NotIn` holds where the key is absent, as in Kubernetes."""
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None


class Pick(msgspec.Struct, frozen=True, gc=False):
    """Names some objects of a namespace, by kind and name or by labels. Empty fields pick everything."""

    kind: str = ""
    name: str = ""
    labels: Labels = ()


class Selection(msgspec.Struct, frozen=True, gc=False):
    """A relation to whatever matches, now or later, within the namespace of the object that declares it."""

    type: EdgeType
    kinds: tuple[str, ...]
    """Kinds of the possible targets."""
    requirements: tuple[Requirement, ...] = ()
    """All must hold; none selects every object of those kinds."""
    include: tuple[Pick, ...] = ()
    """At least one must pick the target; empty picks all."""
    exclude: tuple[Pick, ...] = ()
    """None may pick the target."""
    controlled: bool = True
    """Whether objects that have a controller may be targets."""


class Note(msgspec.Struct, frozen=True, gc=False):
    """A statement about another object, such as an Event."""

    about: str
    """Id of that object, which need not exist."""
    uid: str
    """Its UID; empty when not said."""
    reason: str
    message: str
    at: float
    """The last time that it was said, in Unix seconds."""
    topic: str = ""
    """What tells it from others of its reason, where one says nothing of the other."""
    vague: bool = False
    """Whether it only repeats that there is trouble, and others of its reason say which."""


class Facts(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One object, as far as the graph cares."""

    id: str
    """`Kind/namespace/name`, `Kind/name` when cluster-scoped, `Kind.group/…` for custom resources."""
    kind: str
    """The id's first part: `Deployment`, `Rollout.argoproj.io`."""
    namespace: str = ""
    uid: str
    api_version: str
    resource_version: str = ""
    """The newest version at which the object is known to have these facts."""
    created: float = 0.0
    """Unix seconds; 0 when unknown."""
    labels: Labels = ()
    verdict: Verdict = READY
    """How the object is in its own words."""
    release: Release | None = None
    """The Helm release that the object itself names. The graph finds inherited releases, and those of Helm's
    records."""
    chart: str = ""
    owners: tuple[Owner, ...] = ()
    refs: tuple[Ref, ...] = ()
    """Each (type, target, reverse, uid) at most once."""
    selections: tuple[Selection, ...] = ()
    selectable: bool = False
    """Whether label selectors may select the object (Pods)."""
    template: Labels | None = None
    """Labels of the objects that it makes, where label selectors may select those (Pods of a workload)."""
    alias: str = ""
    """A second id by which others may refer to the object (`default_of("IngressClass")`)."""
    detail: Detail | None = None
    note: Note | None = None
    """What it says about another object. An object with a note is no node of the graph."""
    hidden: bool = False
    """Left out of the graph for now (an idle ReplicaSet). What it owns still belongs to its own owner."""

    def absorb(self, later: Facts) -> bool:
        """If later facts say the same, take over their resource version and return True; else return False.

        Most updates of Nodes, and many of other objects, say nothing new: heartbeats, annotations, managed
        fields. They are no change of the graph.
        """
        version, known = later.resource_version, self.resource_version
        msgspec.structs.force_setattr(later, "resource_version", known)
        same = self == later
        msgspec.structs.force_setattr(later, "resource_version", version)
        if same:
            msgspec.structs.force_setattr(self, "resource_version", version)
        return same

    def keep(self, earlier: Facts) -> None:
        """Reuse the Python objects of earlier facts for all parts that did not change.

        So parts that many objects share stay shared, even after the caches have forgotten them.
        """
        for name in _LASTING:
            part = getattr(earlier, name)
            if part == getattr(self, name):
                msgspec.structs.force_setattr(self, name, part)

    @property
    def status(self) -> Status:
        """The status of its own verdict."""
        return self.verdict.status

    @property
    def reason(self) -> str:
        """The reason of its own verdict."""
        return self.verdict.reason

    @property
    def message(self) -> str:
        """The message of its own verdict."""
        return self.verdict.message

    @property
    def name(self) -> str:
        """The object's name, which the id ends with."""
        skip = len(self.kind) + 1
        return self.id[skip + len(self.namespace) + 1 :] if self.namespace else self.id[skip:]

    @property
    def group(self) -> str:
        """API group, empty for the core group."""
        group, slash, _ = self.api_version.partition("/")
        return group if slash else ""

    @property
    def controller(self) -> Owner | None:
        """The owner that manages the object; Kubernetes allows at most one."""
        for owner in self.owners:
            if owner.controller:
                return owner
        return None


_LASTING = ("id", "uid", "labels", "verdict", "owners", "refs", "selections", "template", "detail")


def object_id(kind: str, namespace: str, name: str) -> str:
    """Build the id of an object; `namespace` is empty for cluster-scoped objects."""
    return f"{kind}/{namespace}/{name}" if namespace else f"{kind}/{name}"


def default_of(kind: str) -> str:
    """Build the alias of a cluster's default object of a kind. No object has an empty name."""
    return f"{kind}/"


def kind_of(target: str) -> str:
    """Return the kind that an id starts with."""
    return target[: target.index("/")]


def scope_of(target: str) -> tuple[str, str]:
    """Return kind and namespace of an id; names of Kubernetes objects hold no slash."""
    kind, *rest = target.split("/", 2)
    return kind, rest[0] if len(rest) > 1 else ""


@lru_cache(_SHARED_REFS)
def ref(
    edge: EdgeType, kind: str, namespace: str, name: str, *, optional: bool = False, reverse: bool = False
) -> Ref:
    """Return the shared reference to an object by name."""
    return Ref(edge, object_id(kind, namespace, name), optional, reverse)


def ref_to(
    edge: EdgeType,
    kind: str,
    namespace: str,
    name: str,
    uid: str | None,
    *,
    optional: bool = False,
    reverse: bool = False,
) -> Ref:
    """Return a reference to the object with a UID alone; without one, the shared reference by name.

    Few objects refer to the same UID: sharing such references would only push common ones out of the cache.
    """
    if not uid:
        return ref(edge, kind, namespace, name, optional=optional, reverse=reverse)
    return Ref(edge, object_id(kind, namespace, name), optional, reverse, uid=uid)


def unneeded(refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
    """Return references as optional: their object needs nothing any more, or nothing for now."""
    return tuple(ref if ref.optional else _unneeded(ref) for ref in refs)


@lru_cache(_SHARED)
def _unneeded(ref: Ref) -> Ref:
    return msgspec.structs.replace(ref, optional=True)


@lru_cache(_SHARED)
def owner(uid: str, kind: str, name: str, *, controller: bool) -> Owner:
    """Return the shared owner entry."""
    return Owner(uid, kind, name, controller)


@lru_cache(_SHARED)
def _pair(key: str, value: str) -> tuple[str, str]:
    return intern(key), value


@lru_cache(_SHARED)
def _share(labels: Labels) -> Labels:
    return tuple(_pair(key, value) for key, value in labels)


def share_labels(labels: Mapping[str, str] | None) -> Labels:
    """Return labels as shared, sorted pairs."""
    if not labels:
        return ()
    return _share(tuple(sorted(labels.items())))


@lru_cache(_SHARED)
def _shared(verdict: Verdict) -> Verdict:
    return verdict


def share_verdict(verdict: Verdict) -> Verdict:
    """Return the shared copy of a verdict. A verdict with a time is not shared: few objects have it."""
    return verdict if verdict.since else _shared(verdict)


@lru_cache(_SHARED)
def release(namespace: str, name: str, stored: str = "") -> Release:
    """Return the shared release; `stored` is the namespace of its records, if that is another one."""
    return Release(namespace, name, stored if stored != namespace else "")
