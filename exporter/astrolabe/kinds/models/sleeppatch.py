"""What a patch of a SleepInfo does to a workload: a JSON patch, written as JSON or YAML."""

from __future__ import annotations

from functools import lru_cache

import yaml

AT_REST: dict[str, tuple[str, object]] = {
    "Deployment": ("/spec/replicas", 0),
    "StatefulSet": ("/spec/replicas", 0),
    "CronJob": ("/spec/suspend", True),
}
"""The field by which a kind is put to sleep, and its value then: what kube-green's own patches set."""

_PATCH_CHARACTERS = 4096
"""Characters of a patch that is read: anybody who may write a SleepInfo may write one."""
_SETS = ("add", "replace")


@lru_cache(1 << 8)
def puts_to_sleep(kind: str, patch: str) -> bool:
    """Whether a patch of a kind does for certain what kube-green's own would do, whatever else it does.

    Not so where it depends on something (`test`), takes the value from elsewhere, or cannot be read.
    """
    field, wanted = AT_REST[kind]
    value: object = None
    for operation in _operations(patch):
        what, path = operation.get("op"), operation.get("path")
        if what not in (*_SETS, "remove") or not isinstance(path, str):
            return False
        if path == field:
            value = operation.get("value") if what in _SETS else None
        elif field.startswith(path + "/"):
            return False  # all that the field is in
    return type(value) is type(wanted) and value == wanted


def _operations(patch: str) -> list[dict[object, object]]:
    if len(patch) > _PATCH_CHARACTERS:
        return []
    try:
        read = yaml.safe_load(patch)
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    if not isinstance(read, list) or not all(isinstance(operation, dict) for operation in read):
        return []
    return read
