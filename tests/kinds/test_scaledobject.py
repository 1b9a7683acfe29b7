"""ScaledObjects of KEDA."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.custom import custom
from astrolabe.kinds.models.details import PausedDetail
from tests.kinds.objects import facts, verdict

KIND = custom("keda.sh", "scaledobjects", "ScaledObject", ("v1alpha1",), namespaced=True)


def paused(text: str) -> dict[str, Any]:
    return {"annotations": {"autoscaling.keda.sh/paused-replicas": text}}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"name": "web"}, "Deployment/shop/web"),
        ({"name": "db", "kind": "StatefulSet", "apiVersion": "apps/v1"}, "StatefulSet/shop/db"),
        (
            {"name": "web", "kind": "Rollout", "apiVersion": "argoproj.io/v1alpha1"},
            "Rollout.argoproj.io/shop/web",
        ),
    ],
)
def test_what_is_held_and_where(target: Any, expected: str) -> None:
    described = facts(KIND, metadata=paused("0"), spec={"scaleTargetRef": target})
    assert described.detail == PausedDetail(expected, 0)
    assert verdict(described) == ("Unknown", "Its status says nothing")


@pytest.mark.parametrize("text", ["", "-1", "none", "9" * 30])
def test_an_annotation_that_is_no_number_holds_nothing(text: str) -> None:
    assert facts(KIND, metadata=paused(text), spec={"scaleTargetRef": {"name": "web"}}).detail is None


@pytest.mark.parametrize("spec", [None, {}, [], {"scaleTargetRef": None}, {"scaleTargetRef": {"name": 1}}])
def test_a_target_that_cannot_be_read_is_none(spec: Any) -> None:
    assert facts(KIND, metadata=paused("0"), spec=spec).detail is None


def test_without_the_annotation_it_is_like_any_other() -> None:
    assert facts(KIND, spec={"scaleTargetRef": {"name": "web"}}).detail is None


def test_other_kinds_are_not_asked() -> None:
    other = custom("example.org", "scaledobjects", "ScaledObject", ("v1",), namespaced=True)
    assert facts(other, metadata=paused("0"), spec={"scaleTargetRef": {"name": "web"}}).detail is None
