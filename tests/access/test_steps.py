"""What many objects hang on is followed in short steps: counted in bindings that are read, not in time."""

from __future__ import annotations

import pytest

from astrolabe.derived.access.access import Access
from tests.access.world import World, binding, cluster_role, rule, secret

BINDINGS = 3_000
PLACES = 30
MOST_READ = 600
"""Bindings that may be read between two pauses."""


def test_a_role_that_many_bindings_name_is_followed_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(cluster_role("shared", rule("get", "secrets")))
    access = Access(world.graph)
    for number in range(PLACES):
        world.put(secret("key", f"ns{number}"))
    for number in range(BINDINGS):
        place, name = f"ns{number % PLACES}", f"reader-{number}"
        world.put(
            binding(name, place, "ClusterRole/shared", f"ServiceAccount/{place}/app", f"User/u{number}")
        )
    access.lost()
    list(access.work())
    read = 0
    real = access.rights.binding

    def counting(binding_id: str) -> object:
        nonlocal read
        read += 1
        return real(binding_id)

    monkeypatch.setattr(access.rights, "binding", counting)
    world.listeners.append(access)
    world.put(cluster_role("shared", rule("list", "secrets")))
    assert read <= MOST_READ, "noting a change reads every binding"
    longest, read, steps = 0, 0, access.work()
    for _ in steps:
        longest, read = max(longest, read), 0
    assert longest <= MOST_READ
    assert len(access.readers.by_namespace) == PLACES
