"""IngressClasses."""

from __future__ import annotations

import pytest

from astrolabe.kinds.ingressclass import KIND
from tests.kinds.objects import edges, facts, verdict

DEFAULT = "ingressclass.kubernetes.io/is-default-class"


@pytest.mark.parametrize(
    ("annotations", "alias"),
    [({DEFAULT: "true"}, "IngressClass/"), ({DEFAULT: "false"}, ""), ({}, ""), (None, "")],
)
def test_the_default_class_can_be_referred_to_as_such(annotations: dict[str, str] | None, alias: str) -> None:
    described = facts(KIND, metadata={"annotations": annotations})
    assert described.alias == alias
    assert verdict(described) == ("Ready", "Exists")
    assert edges(described) == []
