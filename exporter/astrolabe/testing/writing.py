"""Patches over the protocol, for the demo of the service that writes: merges and applies, and the scale.

An apply takes its fields from other managers, as with `force`. It gives up none that it leaves out.
"""

from __future__ import annotations

from typing import Any

import msgspec

from astrolabe.testing.clock import rfc3339
from astrolabe.testing.managedfields import took
from astrolabe.testing.refusal import Refusal, absent
from astrolabe.testing.requests import Request
from astrolabe.testing.resources import Object, ServedResource
from astrolabe.testing.store import Store

_SCALE = "scale"


def patch(store: Store, request: Request, resource: ServedResource, name: str) -> Object:
    """Change `spec` of one object and return what is stored; raises `Refusal`."""
    name, _, subresource = name.partition("/")
    if subresource not in {"", _SCALE}:
        raise Refusal(404, "the server could not find the requested resource", details={})
    if not store.has(resource.name, request.namespace, name):
        raise absent(resource, name)
    obj = store.get(resource.name, request.namespace, name)
    try:
        body = msgspec.json.decode(request.body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Refusal(400, f"the patch is no JSON object: {error}") from None
    read = (body.get("metadata") or {}).get("resourceVersion")
    if read not in {None, obj["metadata"]["resourceVersion"]}:
        raise Refusal(
            409,
            f'Operation cannot be fulfilled on {resource.name} "{name}": the object has been modified;'
            " please apply your changes to the latest version and try again",
        )
    manager = request.query.get("fieldManager", "unknown")
    # Only an apply says what kind of object it is of.
    operation = "Apply" if "kind" in body else "Update"
    for field, value in (body.get("spec") or {}).items():
        if value is None:
            obj["spec"].pop(field, None)
        else:
            obj["spec"][field] = value
        time = rfc3339(store.now())
        took(obj, manager, time, field, operation=operation, subresource=subresource)
    return store.put(obj)
