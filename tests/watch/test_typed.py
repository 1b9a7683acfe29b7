"""Objects in the form that a handler wants: a Struct of its own, or a model of the `kubernetes` package."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from astrolabe.watch import Controller
from astrolabe.watch.testing import cluster
from tests.watch.helpers import obj


class Meta(msgspec.Struct):
    name: str


class Small(msgspec.Struct):
    metadata: Meta
    replicas: int = 7


async def test_a_struct_and_a_model() -> None:
    controller = Controller()
    got: list[Any] = []

    @controller.on("v1/pods")
    async def handle(event: Any) -> None:
        got.extend([event.typed(Small), event.model("V1Pod")])
        with pytest.raises(msgspec.ValidationError):
            event.typed(int)

    async with cluster(controller) as api:
        api.put(obj("Pod", "web", spec={"containers": [{"name": "main", "image": "web:1"}]}))
        await api.settled()
    small, model = got
    assert (small.metadata.name, small.replicas) == ("web", 7)
    assert (model.metadata.name, model.spec.containers[0].image) == ("web", "web:1")
