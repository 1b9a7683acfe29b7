"""Since when, and that a restart does not forget it."""

from __future__ import annotations

import msgspec

from astrolabe.derived.access.access import Access
from astrolabe.derived.access.seen import MOST_ENDED, Remembered, merged
from tests.access.world import Object, World, account, binding, pod, role, rule, secret

WEB, DB = "ServiceAccount/shop/web", "Secret/shop/db"


def at(item: Object, created: str) -> Object:
    return {**item, "metadata": {**item["metadata"], "creationTimestamp": created}}


class Clocked(World):
    """A world with access beside it, and a clock of the test's."""

    def __init__(self, remembered: Remembered | None = None, now: float = 1_800_000_000.0) -> None:
        super().__init__()
        self.now = now
        self.access = Access(self.graph, remembered=remembered, now=lambda: self.now)
        self.listeners.append(self.access)

    def settle(self) -> None:
        for _ in self.access.work():
            pass


def restarted(world: Clocked, later: float) -> Clocked:
    """Carry over what is remembered, the way that it is kept."""
    kept = msgspec.json.encode(list(world.access.remember(most=1)))
    return Clocked(merged(msgspec.json.decode(kept, type=list[Remembered])), world.now + later)


def test_what_is_there_began_when_it_was_made() -> None:
    world = Clocked()
    world.put(at(pod("b", "shop", "web", secrets=["db"]), "2026-03-02T00:00:00Z"))
    world.put(at(pod("a", "shop", "web", secrets=["db"]), "2026-03-01T00:00:00Z"))
    world.put(at(binding("r", "shop", "Role/r", "User/alice"), "2026-02-01T00:00:00Z"))
    assert world.access.seen.since(WEB, DB) == 1772323200.0
    assert world.access.seen.since("User/alice", "RoleBinding/shop/r") == 1769904000.0
    assert dict(world.access.seen.of("User/alice")) == {"RoleBinding/shop/r": 1769904000.0}


def test_a_subject_that_joins_a_binding_begins_then() -> None:
    world = Clocked()
    world.put(at(binding("r", "shop", "Role/r", "User/alice"), "2026-02-01T00:00:00Z"))
    world.now += 60
    world.put(at(binding("r", "shop", "Role/r", "User/bob"), "2026-02-01T00:00:00Z"))
    assert world.access.seen.since("User/bob", "RoleBinding/shop/r") == world.now
    assert world.access.seen.since("User/alice", "RoleBinding/shop/r") is None
    (ended,) = world.access.seen.ended
    assert (ended.one, ended.first, ended.last) == ("User/alice", 1769904000.0, world.now)


def test_a_binding_that_is_made_again_begins_then() -> None:
    world = Clocked()
    world.put(at(binding("r", "shop", "Role/r", "User/alice", uid="first"), "2026-02-01T00:00:00Z"))
    world.put(at(binding("r", "shop", "Role/r", "User/alice", uid="second"), "2026-03-01T00:00:00Z"))
    assert world.access.seen.since("User/alice", "RoleBinding/shop/r") == 1772323200.0
    (ended,) = world.access.seen.ended
    assert (ended.one, ended.first, ended.last) == ("User/alice", 1769904000.0, world.now)


def test_a_binding_that_was_made_again_while_nobody_looked_begins_then() -> None:
    first = Clocked(now=1772000000.0)
    first.put(at(binding("r", "shop", "Role/r", "User/alice"), "2026-02-01T00:00:00Z"))
    first.settle()
    second = restarted(first, 9e6)
    second.put(at(binding("r", "shop", "Role/r", "User/alice"), "2026-03-01T00:00:00Z"))
    assert second.access.seen.since("User/alice", "RoleBinding/shop/r") == 1772323200.0
    second.settle()
    (ended,) = second.access.seen.ended
    assert (ended.one, ended.first, ended.last) == ("User/alice", 1769904000.0, 1772000000.0)


def test_a_rollout_does_not_begin_again() -> None:
    world = Clocked()
    world.put(at(pod("a", "shop", "web", secrets=["db"]), "2026-03-01T00:00:00Z"))
    world.put(at(pod("b", "shop", "web", secrets=["db"]), "2026-05-01T00:00:00Z"))
    world.remove("Pod/shop/a")
    assert world.access.seen.since(WEB, DB) == 1772323200.0
    world.remove("Pod/shop/b")
    assert world.access.seen.since(WEB, DB) is None


def test_a_restart_forgets_nothing() -> None:
    world = Clocked()
    world.put(at(pod("a", "shop", "web", secrets=["db", "old"]), "2026-03-01T00:00:00Z"))
    world.settle()
    after = restarted(world, 3600)
    after.put(at(pod("new", "shop", "web", secrets=["db"]), "2026-06-01T00:00:00Z"))
    after.settle()
    assert after.access.seen.since(WEB, DB) == 1772323200.0
    # What is not there any more ended while nobody looked: last seen when the state was kept.
    assert [(ended.other, ended.last) for ended in after.access.seen.ended] == [
        ("Secret/shop/old", world.now)
    ]


def test_readers_that_came_during_a_restart_are_news() -> None:
    objects = [
        secret("db", "shop"),
        account("web", "shop"),
        role("r", "shop", rule("get", "secrets")),
        binding("r", "shop", "Role/r", "User/alice"),
    ]
    world = Clocked()
    world.put(*objects)
    world.settle()
    after = restarted(world, 60)
    after.put(*objects, binding("more", "shop", "Role/r", "User/eve"))
    after.settle()
    assert after.access.gained == {"shop": 1}
    assert [event.subject for event in after.access.events] == ["User/eve"]


def test_what_ended_is_bounded() -> None:
    world = Clocked()
    for number in range(MOST_ENDED + 5):
        world.put(binding("r", "shop", "Role/r", f"User/u{number}"))
    assert len(world.access.seen.ended) == MOST_ENDED
