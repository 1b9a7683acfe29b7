"""What is remembered of access, over a restart of the whole exporter."""

from __future__ import annotations

import asyncio

import pytest

from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import cluster
from tests.api.shop import Object, make
from tests.persistence.memory import Memory
from tests.persistence.test_restart import SYNCED, exporter

pytestmark = pytest.mark.looptime
RBAC = "rbac.authorization.k8s.io"
READER = "RoleBinding/shop/reader"


def binding(name: str, *people: str) -> Object:
    return make(
        "RoleBinding",
        name,
        api=f"{RBAC}/v1",
        roleRef={"apiGroup": RBAC, "kind": "Role", "name": "reader"},
        subjects=[{"kind": "User", "apiGroup": RBAC, "name": person} for person in people],
    )


def server() -> ApiServer:
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    role = make("Role", "reader", api=f"{RBAC}/v1", rules=rules)
    return cluster(make("Secret", "db"), role, binding("reader", "alice"))


async def test_since_when_and_who_came_meanwhile() -> None:
    kept, memory = server(), Memory()
    async with exporter(kept, memory) as first:
        kept.put(binding("reader", "alice", "bob"))
        await asyncio.sleep(5)
        joined = first.application.access.seen.since("User/bob", READER)
        assert joined is not None
        assert [event.subject for event in first.application.access.events] == ["User/bob"]
    kept.put(binding("late", "eve"))
    async with exporter(kept, memory, seconds=SYNCED) as second:
        access = second.application.access
        assert access.settled
        assert access.seen.since("User/bob", READER) == joined
        assert access.gained == {"shop": 1}
        assert [(event.type, event.subject) for event in access.events] == [("reader-gained", "User/eve")]
        assert 'astrolabe_access_readers_gained_total{namespace="shop"} 1' in await second.text()
