"""Five incidents whose cause is not the object that people look at first, and how each is fixed."""

from __future__ import annotations

from astrolabe.demo.controllers.kubelet import Fault
from astrolabe.demo.day.acts import NORMAL
from astrolabe.demo.day.world import DEPLOYMENTS, World, image_of
from astrolabe.testing.resources import Object

_HUNGRY = "2.8.0"
_TYPO = "2.71"
_DEAF = "2.7.2"
_QUOTA = "team-limit"
_INVENTORY = "shop-inventory"


def _fails(world: World, app: str, version: str, fault: Fault) -> None:
    world.plane.kubelet.faults[image_of(app, version)] = fault


def memory_is_short(world: World) -> str:
    """Release a recommender that needs more memory than its limit."""
    _fails(world, "recommender", _HUNGRY, "memory")
    world.release("shop-recommendations", "recommender", _HUNGRY)
    return (
        f"shop-recommendations/recommender is upgraded to {_HUNGRY}, which needs more memory than its limit"
    )


def memory_is_enough(world: World) -> str:
    """Go back to the one that needed less."""
    world.release("shop-recommendations", "recommender", NORMAL)
    return f"shop-recommendations/recommender is rolled back to {NORMAL}"


def image_is_mistyped(world: World) -> str:
    """Release an image that the registry does not have."""
    _fails(world, "mailer", _TYPO, "image")
    world.release("shop-notifications", "mailer", _TYPO)
    return f"shop-notifications/mailer is upgraded to {_TYPO}, an image that does not exist"


def image_is_corrected(world: World) -> str:
    """Name the image that was meant."""
    world.release("shop-notifications", "mailer", NORMAL)
    return f"shop-notifications/mailer is given the image {NORMAL}"


def probe_fails(world: World) -> str:
    """Release a service that does not answer its readiness probe."""
    _fails(world, "consent", _DEAF, "probe")
    world.release("shop-accounts", "consent", _DEAF)
    return f"shop-accounts/consent is upgraded to {_DEAF}, which does not answer its readiness probe"


def probe_succeeds(world: World) -> str:
    """Go back to the one that answered."""
    world.release("shop-accounts", "consent", NORMAL)
    return f"shop-accounts/consent is rolled back to {NORMAL}"


def selector_is_mistyped(world: World) -> str:
    """Edit a Service so that it selects no Pod."""
    _select(world, "track")
    return "the Service shop-shipping/tracking is edited and selects no Pod"


def selector_is_corrected(world: World) -> str:
    """Let the Service select its Pods again."""
    _select(world, "tracking")
    return "the Service shop-shipping/tracking selects its Pods again"


def _select(world: World, name: str) -> None:
    service: Object = world.server.get("services", "shop-shipping", "tracking")
    service["spec"]["selector"] |= {"app.kubernetes.io/name": name}
    world.put(service)


def quota_is_used_up(world: World) -> str:
    """Scale a workload in a namespace whose quota has no room for more Pods."""
    world.plane.deployments.quotas[_INVENTORY] = _QUOTA, len(world.server.objects("pods", _INVENTORY))
    world.scale(DEPLOYMENTS, _INVENTORY, "warehouse", 6)
    return f"{_INVENTORY}/warehouse is scaled to 6, and the quota {_QUOTA} allows no more Pods"


def quota_is_lifted(world: World) -> str:
    """Remove the quota, and scale back."""
    del world.plane.deployments.quotas[_INVENTORY]
    world.scale(DEPLOYMENTS, _INVENTORY, "warehouse", 2)
    return f"the quota {_INVENTORY}/{_QUOTA} is removed, warehouse is scaled back to 2"
