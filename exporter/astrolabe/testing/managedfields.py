"""`managedFields`: who wrote which part of an object (server-side apply's bookkeeping)."""

from __future__ import annotations

import json
from typing import Any

from astrolabe.testing.resources import Object

# Lists whose items the API tells apart by these fields; items of all others belong to one owner together.
_ITEM_KEYS: dict[str, tuple[str, ...]] = {
    "conditions": ("type",),
    "containers": ("name",),
    "env": ("name",),
    "hostIPs": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ownerReferences": ("uid",),
    "podIPs": ("ip",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
_METADATA = ("annotations", "generateName", "labels", "ownerReferences")


def _fields(value: Any, name: str = "") -> Object:
    """Word a value as FieldsV1."""
    if isinstance(value, dict):
        return {f"f:{key}": _fields(item, key) for key, item in value.items()}
    if isinstance(value, list) and name in _ITEM_KEYS:
        return {
            "k:" + json.dumps({key: item[key] for key in _ITEM_KEYS[name]}): {".": {}, **_fields(item)}
            for item in value
        }
    return {}


def wrote(
    obj: Object, manager: str, time: str, *parts: str, operation: str = "Update", subresource: str = ""
) -> Object:
    """Note that a manager wrote whole parts (`metadata`, `spec`, `status`, `data`, …); returns the object."""
    fields: Object = {}
    for part in parts:
        value = obj.get(part)
        if part == "metadata":
            value = {key: obj["metadata"][key] for key in _METADATA if key in obj["metadata"]}
        if value:
            fields[f"f:{part}"] = _fields(value, part)
    _enter(obj, _entry(obj, manager, operation, time, fields, subresource))
    return obj


def took(
    obj: Object,
    manager: str,
    time: str | None,
    field: str,
    *,
    operation: str = "Update",
    subresource: str = "",
) -> Object:
    """Note that a manager took over one field of the specification from whoever had it; returns the object.

    Without a time the entry has none, as after `kubectl scale`.
    """
    for entry in obj["metadata"].get("managedFields", ()):
        entry["fieldsV1"].get("f:spec", {}).pop(f"f:{field}", None)
    obj["metadata"]["managedFields"] = [
        entry for entry in obj["metadata"].get("managedFields", ()) if any(entry["fieldsV1"].values())
    ]
    fields: Object = {"f:spec": {f"f:{field}": {}}}
    _enter(obj, _entry(obj, manager, operation, time, fields, subresource))
    return obj


def _entry(
    obj: Object, manager: str, operation: str, time: str | None, fields: Object, subresource: str
) -> Object:
    entry: Object = {"manager": manager, "operation": operation, "apiVersion": obj["apiVersion"]}
    if time:
        entry["time"] = time
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": fields}
    return entry | ({"subresource": subresource} if subresource else {})


def _enter(obj: Object, entry: Object) -> None:
    def writer(other: Object) -> tuple[str, str, str]:
        return other["manager"], other["operation"], other.get("subresource", "")

    entries = [e for e in obj["metadata"].get("managedFields", ()) if writer(e) != writer(entry)]
    # Applied before updated, then by time: the API server's order.
    entries = sorted([*entries, entry], key=lambda e: (e["operation"], e.get("time", ""), e["manager"]))
    obj["metadata"]["managedFields"] = entries
