"""What happens in a day. Each act does one thing and returns what it did, for the log."""

from __future__ import annotations

from collections.abc import Callable

from astrolabe.demo.day.world import DEPLOYMENTS, World, image_of
from astrolabe.demo.shop import cluster, objects
from astrolabe.demo.shop.objects import Release
from astrolabe.demo.shop.pods import Container, claim_volume, template
from astrolabe.testing.resources import Object

Act = Callable[[World], str]

NORMAL = "2.7.1"
_BROKEN = "2.8.0"
_NODE = cluster.node_name(7)
_KEY = "pricing-api-key"
_SYNONYMS = "suggest-synonyms"
_EXPORT = Release(namespace="shop-orders", name="export", chart="")
_FAST = "fast"


def release(namespace: str, app: str, version: str) -> Act:
    """Return an act that rolls a version out without trouble."""

    def act(world: World) -> str:
        world.release(namespace, app, version)
        return f"{namespace}/{app} is upgraded to {version}"

    return act


def crash_loop(world: World) -> str:
    """Release a payment gateway whose program fails at start, instead of the old one."""
    world.plane.kubelet.faults[image_of("gateway", _BROKEN)] = "crash"
    world.release("shop-payments", "gateway", _BROKEN)
    return f"shop-payments/gateway is upgraded to {_BROKEN}, which crashes at start"


def roll_back(world: World) -> str:
    """Go back to the gateway that worked."""
    world.release("shop-payments", "gateway", NORMAL)
    return f"shop-payments/gateway is rolled back to {NORMAL}"


def missing_secret(world: World) -> str:
    """Release a service that needs a Secret nobody has made."""

    def change(container: Object) -> None:
        source = {"secretKeyRef": {"name": _KEY, "key": "key"}}
        container["env"].append({"name": "PRICING_API_KEY", "valueFrom": source})

    world.release("shop-catalog", "pricing", "2.7.2", change)
    return f"shop-catalog/pricing is upgraded and needs the Secret {_KEY}, which is missing"


def secret_is_made(world: World) -> str:
    """Make the Secret that was missing."""
    world.put(objects.secret(Release(namespace="shop-catalog", name="pricing", chart=""), _KEY, "key"))
    return f"the Secret shop-catalog/{_KEY} is made"


def secret_is_dropped(world: World) -> str:
    """Go back to the version that needs no such Secret, and remove it."""

    def change(container: Object) -> None:
        container["env"] = [entry for entry in container["env"] if entry["name"] != "PRICING_API_KEY"]

    world.release("shop-catalog", "pricing", NORMAL, change)
    world.remove("secrets", "shop-catalog", _KEY)
    return f"shop-catalog/pricing goes back to {NORMAL}, the Secret {_KEY} is removed"


def missing_config_map(world: World) -> str:
    """Release a service that needs a ConfigMap nobody has made."""

    def change(container: Object) -> None:
        container["envFrom"].append({"configMapRef": {"name": _SYNONYMS}})

    world.release("shop-search", "suggest", "2.7.2", change)
    return f"shop-search/suggest is upgraded and needs the ConfigMap {_SYNONYMS}, which is missing"


def config_map_is_made(world: World) -> str:
    """Make the ConfigMap that was missing."""
    found = Release(namespace="shop-search", name="suggest", chart="")
    world.put(objects.config_map(found, _SYNONYMS, sofa="couch"))
    return f"the ConfigMap shop-search/{_SYNONYMS} is made"


def config_map_is_dropped(world: World) -> str:
    """Go back to the version that needs no such ConfigMap, and remove it."""

    def change(container: Object) -> None:
        container["envFrom"] = container["envFrom"][:1]

    world.release("shop-search", "suggest", NORMAL, change)
    world.remove("configmaps", "shop-search", _SYNONYMS)
    return f"shop-search/suggest goes back to {NORMAL}, the ConfigMap {_SYNONYMS} is removed"


def claim_waits(world: World) -> str:
    """Start an export whose claim names a StorageClass that is not there."""
    claim = {"spec": objects.claim_spec("100Gi", _FAST), "status": {"phase": "Pending"}}
    world.put(_EXPORT.object("v1", "PersistentVolumeClaim", "export-data", **claim))
    container = Container(name="export", image=image_of("export", "1.0.0"), mounts=(("data", "/data"),))
    pods = template(_EXPORT.selector, [container], volumes=[claim_volume("data", "export-data")])
    world.put(objects.deployment(_EXPORT, pods, 1))
    return f"shop-orders/export starts, its claim waits for the StorageClass {_FAST}, which is missing"


def claim_is_bound(world: World) -> str:
    """Add the StorageClass that was missing."""
    world.put(cluster.storage_class(_FAST))
    return f"the StorageClass {_FAST} is added"


def export_is_removed(world: World) -> str:
    """Remove the export with its volume and its StorageClass."""
    world.remove(DEPLOYMENTS, "shop-orders", "export")
    claim = world.server.peek("persistentvolumeclaims", "shop-orders", "export-data")
    world.remove("persistentvolumes", "", claim["spec"].get("volumeName", ""))
    world.remove("persistentvolumeclaims", "shop-orders", "export-data")
    world.remove("storageclasses.storage.k8s.io", "", _FAST)
    return "shop-orders/export is removed"


def node_fails(world: World) -> str:
    """Have a node fall silent."""
    world.mark_node(_NODE, ready=False)
    world.plane.kubelet.lose(_NODE)
    return f"{_NODE} fails"


def node_is_evicted(world: World) -> str:
    """Give up the Pods of the node: others take their place, they themselves stay Terminating."""
    world.plane.kubelet.evict(_NODE)
    return f"the Pods of {_NODE} are given up"


def node_returns(world: World) -> str:
    """Bring the node back."""
    world.mark_node(_NODE, ready=True)
    world.plane.kubelet.revive(_NODE)
    return f"{_NODE} is back"
