"""Objects of a namespace that sleeps, as the API server has them."""

from __future__ import annotations

import base64
from typing import Any

from astrolabe.override.direct.client import Object


def obj(kind: str = "Deployment", name: str = "web", replicas: Any = 3, **metadata: Any) -> Object:
    field = "suspend" if kind == "CronJob" else "replicas"
    spec = {} if replicas is None else {field: replicas}
    return {"kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def sleepinfo(name: str = "nights", **spec: Any) -> Object:
    fields = {"weekdays": "*", "sleepAt": "20:00", "wakeUpAt": "08:00", **spec}
    return {"metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": "1"}, "spec": fields}


def secret(**data: str) -> Object:
    return {
        "data": {
            key.replace("_", "-"): base64.b64encode(text.encode()).decode() for key, text in data.items()
        }
    }
