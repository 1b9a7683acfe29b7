"""What people do to environments that sleep, so that every way in which an operation ends is seen."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.demo.day.world import DEPLOYMENTS, World

_STATEFUL_SETS = "statefulsets.apps"
_FROZEN = frozenset({("dev-catalog", "reviews"), ("dev-frontend", "assets")})
"""Kept asleep by a policy: kube-green comes to the one last, to the other first."""
_HELPED = ("staging-search", "staging-orders", "dev-orders", "dev-catalog", "dev-frontend")
"""Namespaces in which something still sleeps in the morning."""


def sleep_is_denied(world: World) -> str:
    """Let an admission policy keep a Deployment awake: the next sleep of its namespace ends half-way."""
    world.kube_green.denied.add(("dev-orders", "returns"))
    return "a policy keeps dev-orders/returns awake"


def sleep_is_denied_throughout(world: World) -> str:
    """Let an admission policy keep a namespace awake: its next sleep fails."""
    for resource, name in _workloads(world, "staging-payments"):
        if world.replicas(resource, "staging-payments", name):
            world.kube_green.denied.add(("staging-payments", name))
    return "a policy keeps staging-payments awake"


def shut_down_by_hand(world: World) -> str:
    """Scale a namespace to zero: its next sleep has nothing to do."""
    for resource, name in _workloads(world, "staging-orders"):
        world.scale(resource, "staging-orders", name, 0)
    return "staging-orders is shut down by hand"


def wake_by_hand(world: World) -> str:
    """Scale up a Deployment of a sleeping namespace."""
    world.scale(DEPLOYMENTS, "dev-checkout", "checkout", 1)
    return "dev-checkout/checkout is woken by hand"


def wake_is_denied(world: World) -> str:
    """Let an admission policy freeze two Deployments: one wake-up ends half-way, one fails."""
    world.kube_green.denied |= _FROZEN
    return "a policy keeps dev-catalog/reviews and dev-frontend/assets asleep"


def kube_green_stops(world: World) -> str:
    """Stop kube-green, so that the next wake is missed."""
    world.scale(DEPLOYMENTS, "kube-green", "kube-green", 0)
    return "kube-green is stopped"


def kube_green_starts(world: World) -> str:
    """Start kube-green again."""
    world.scale(DEPLOYMENTS, "kube-green", "kube-green", 1)
    return "kube-green is started again"


def sleepers_are_woken(world: World) -> str:
    """Wake by hand what kube-green did not wake."""
    world.kube_green.denied -= _FROZEN
    for namespace in _HELPED:
        for resource, name in _workloads(world, namespace):
            if not world.replicas(resource, namespace, name):
                world.scale(resource, namespace, name, 1)
    return f"what still sleeps in {', '.join(_HELPED)} is woken by hand"


def _workloads(world: World, namespace: str) -> Iterator[tuple[str, str]]:
    for resource in (_STATEFUL_SETS, DEPLOYMENTS):
        for workload in world.server.objects(resource, namespace):
            yield resource, workload["metadata"]["name"]
