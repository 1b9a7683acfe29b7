"""Objects as models of the `kubernetes` package. Only who asks for one pays for the import."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from kubernetes.client import ApiClient


def model(value: dict[str, Any], name: str) -> Any:
    """Return an object as the model of that name; raises `AttributeError` where there is none."""
    client: Any = ApiClient
    return client().deserialize(SimpleNamespace(data=json.dumps(value)), name)
