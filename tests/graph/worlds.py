"""Small random clusters: every way in which facts can relate, few names, so that relations collide."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from astrolabe.graph.facts import (
    Facts,
    Note,
    Owner,
    Pick,
    Ref,
    Release,
    Requirement,
    Selection,
    Verdict,
    default_of,
    object_id,
)

NAMESPACES = ("a", "b")
KINDS = ("Pod", "ReplicaSet", "Deployment", "Service", "EndpointSlice", "PersistentVolumeClaim", "Secret")
CLUSTER_KINDS = ("PersistentVolume", "IngressClass")
NAMES = ("x", "y")
SHARED = 2

namespaced_ids = st.tuples(st.sampled_from(KINDS), st.sampled_from(NAMESPACES), st.sampled_from(NAMES))
cluster_ids = st.tuples(st.sampled_from(CLUSTER_KINDS), st.just(""), st.sampled_from(NAMES))
ids = st.one_of(namespaced_ids, cluster_ids)

labels = st.dictionaries(st.sampled_from(("app", "tier")), st.sampled_from(("1", "2")), max_size=2).map(
    lambda pairs: tuple(sorted(pairs.items()))
)
requirements = st.one_of(
    st.builds(
        Requirement,
        st.sampled_from(("app", "tier")),
        st.sampled_from(("In", "NotIn")),
        st.lists(st.sampled_from(("1", "2")), min_size=1, max_size=2, unique=True).map(tuple),
    ),
    st.builds(Requirement, st.sampled_from(("app", "tier")), st.sampled_from(("Exists", "DoesNotExist"))),
)
picks = st.builds(Pick, st.sampled_from(("", "Pod", "Deployment")), st.sampled_from(("", "x", "y")), labels)
selections = st.one_of(
    st.builds(
        Selection, st.just("selects"), st.just(("Pod",)), st.lists(requirements, max_size=2).map(tuple)
    ),
    st.builds(
        Selection,
        st.just("sleeps"),
        st.just(("Deployment", "Pod")),
        st.just(()),
        st.lists(picks, max_size=1).map(tuple),
        st.lists(picks, max_size=1).map(tuple),
        st.booleans(),
    ),
)
refs = st.one_of(
    st.builds(
        lambda edge, target, optional, reverse: Ref(edge, object_id(*target), optional, reverse),
        st.sampled_from(("uses-secret", "mounts", "binds", "endpoints", "provisions")),
        ids,
        st.booleans(),
        st.booleans(),
    ),
    # One object alone is meant: by its own UID, or by that of its controller.
    st.builds(
        lambda edge, target, holder, generation, optional, reverse: Ref(
            edge, object_id(*target), optional, reverse, uid=uid_of(holder or target, generation)
        ),
        st.sampled_from(("mounts", "binds", "endpoints")),
        ids,
        st.none() | ids,
        st.integers(0, SHARED),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(
        lambda namespace, name: Ref("endpoints", object_id("Service", namespace, name), reverse=True),
        st.sampled_from(NAMESPACES),
        st.sampled_from(NAMES),
    ),
    st.builds(
        lambda namespace, name: Ref("uses-secret", object_id("Secret", namespace, name)),
        st.sampled_from(NAMESPACES),
        st.sampled_from(NAMES),
    ),
    st.builds(lambda name: Ref("runs-image", f"Image/{name}"), st.sampled_from(NAMES)),
    st.just(Ref("classifies", default_of("IngressClass"), optional=False, reverse=True, alias=True)),
)
unique_refs = st.lists(refs, max_size=3, unique_by=lambda r: (r.type, r.target, r.reverse, r.uid)).map(tuple)
releases = st.sampled_from(
    (
        None,
        None,
        Release("a", "shop"),
        Release("b", "shop"),
        # Kept elsewhere, as Flux does; and a record, which knows only where it is kept.
        Release("a", "shop", "b"),
        Release("b", "shop", "a"),
        Release("", "shop", "a"),
        Release("", "shop", "b"),
    )
)


verdicts = st.builds(
    Verdict,
    st.sampled_from(("Ready", "Pending", "Error")),
    st.sampled_from(("", "ContainerCreating", "AtRest")),
    st.sampled_from(("", "message")),
)


def uid_of(identity: tuple[str, str, str], generation: int) -> str:
    """Return a UID: of an object, of its successor, or one that objects of other kinds have too."""
    if generation == SHARED:
        return f"uid-{identity[1]}/{identity[2]}"
    return f"uid-{object_id(*identity)}-{generation}"


@st.composite
def owners(draw: st.DrawFn, namespace: str) -> tuple[Owner, ...]:
    """Owners are in the namespace of what they own, or in none."""
    found = []
    for index in range(draw(st.integers(0, 2))):
        near = st.tuples(st.sampled_from(KINDS), st.just(namespace), st.sampled_from(NAMES))
        identity = draw(near | cluster_ids if namespace else cluster_ids)
        uid = uid_of(identity, draw(st.integers(0, SHARED)))
        found.append(Owner(uid, identity[0], identity[2], controller=index == 0))
    return tuple(found)


@st.composite
def objects(draw: st.DrawFn) -> Facts:
    kind, namespace, _ = identity = draw(ids)
    generation = draw(st.integers(0, SHARED))
    return Facts(
        id=object_id(*identity),
        kind=kind,
        namespace=namespace,
        uid=uid_of(identity, generation),
        api_version="v1",
        labels=draw(labels),
        verdict=draw(verdicts),
        release=draw(releases),
        chart=draw(st.sampled_from(("", "shop-1"))),
        owners=draw(owners(namespace)),
        refs=draw(unique_refs),
        selections=draw(st.lists(selections, max_size=2).map(tuple)),
        selectable=kind == "Pod",
        template=draw(labels) if kind == "Deployment" else None,
        alias=default_of(kind) if kind == "IngressClass" and draw(st.booleans()) else "",
        hidden=kind in ("ReplicaSet", "Deployment") and draw(st.integers(0, 3)) == 0,
    )


@st.composite
def notes(draw: st.DrawFn) -> Facts:
    """Something that is said about an object, there or not, or of one of its name."""
    kind, namespace, name = draw(ids)
    node_id = object_id(kind, namespace, name)
    uid = draw(st.sampled_from(("", uid_of((kind, namespace, name), 0))))
    reason = draw(st.sampled_from(("FailedMount", "Unhealthy")))
    return Facts(
        id=f"Event/{namespace or 'default'}/{draw(st.sampled_from(NAMES))}",
        kind="Event",
        uid="",
        api_version="v1",
        note=Note(
            node_id, uid, reason, draw(st.sampled_from(("one", "two"))), draw(st.sampled_from((1.0, 2.0)))
        ),
    )


events = st.one_of(
    st.tuples(st.just("apply"), notes()),
    st.tuples(st.just("apply"), objects()),
    st.tuples(st.just("apply"), objects()),
    st.tuples(st.just("apply"), objects()),
    st.tuples(
        st.just("report"),
        st.tuples(
            ids.map(lambda identity: object_id(*identity)), st.sampled_from(("Ready", "Pending", "Error"))
        ),
    ),
    st.tuples(st.just("remove"), ids.map(lambda identity: object_id(*identity))),
    st.tuples(
        st.sampled_from(("cover", "uncover")),
        st.tuples(st.sampled_from(KINDS + CLUSTER_KINDS), st.sampled_from(("", *NAMESPACES))),
    ),
)
everything_known = [("cover", (kind, "")) for kind in KINDS + CLUSTER_KINDS]
histories = st.builds(
    lambda start, rest: start + rest,
    st.sampled_from(([], everything_known)),
    st.lists(events, max_size=40),
)


def with_uids_of_their_own(history: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return a history in which no two objects share a UID, as in a cluster; clients tell objects by it."""
    return [(name, _own_uid(argument) if name == "apply" else argument) for name, argument in history]


def _own_uid(facts: Facts) -> Facts:
    own = facts.uid.startswith(f"uid-{facts.id}-")
    return facts if own else msgspec.structs.replace(facts, uid=f"uid-{facts.id}-{SHARED}")
