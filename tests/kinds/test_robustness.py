"""Whatever an API server sends, it is either refused while decoding or described."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from astrolabe.graph.facts import EDGE_TYPES, STATUSES, Facts
from tests.kinds.objects import read
from tests.kinds.samples import KINDS, SAMPLES

MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, 1 << 16),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(max_size=5)
            | st.sampled_from(
                ["True", "False", "Running", "\ud800", "Ready", "Always", "2026-01-01T00:00:00Z"]
            ),
            lambda inner: (
                st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
            ),
            max_leaves=3,
        )
        | st.just(...),
    ),
    min_size=1,
    max_size=4,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """List every container with a key of it, in the whole of a JSON value."""
    keys: list[Any] = list(value) if isinstance(value, dict) else []
    if isinstance(value, list):
        keys = list(range(len(value)))
    found = [(value, key) for key in keys]
    for key in keys:
        found += places(value[key])
    return found


def mutate(obj: dict[str, Any], mutations: list[tuple[int, Any]]) -> dict[str, Any]:
    obj = copy.deepcopy(obj)
    for where, value in mutations:
        choices = places(obj)
        if not choices:
            break
        container, key = choices[where % len(choices)]
        if value is ...:
            del container[key]
        else:
            container[key] = value
    return obj


def check(described: Facts) -> None:
    assert described.status in STATUSES
    assert described.id.startswith(f"{described.kind}/")
    assert described.name
    assert described.uid
    assert json.dumps(msgspec.to_builtins(described), ensure_ascii=False).encode()
    seen = {(ref.type, ref.target, ref.reverse) for ref in described.refs}
    assert len(seen) == len(described.refs)
    assert all(ref.type in EDGE_TYPES for ref in described.refs)


@pytest.mark.parametrize("name", KINDS)
def test_the_sample_itself_is_described(name: str) -> None:
    check(read(KINDS[name], SAMPLES[name]))


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=60, deadline=None)
@given(mutations=MUTATIONS)
@example(mutations=[(0, ...)])
def test_a_changed_object_is_refused_or_described(name: str, mutations: list[tuple[int, Any]]) -> None:
    obj = mutate(SAMPLES[name], mutations)
    try:
        described = read(KINDS[name], obj)
    except msgspec.DecodeError:
        return
    check(described)


@pytest.mark.parametrize("name", KINDS)
def test_each_field_may_be_null_by_itself(name: str) -> None:
    """Apart from names, keys and elements of lists, which are what they are by being there."""
    count = len(places(SAMPLES[name]))
    refused = set()
    for where in range(count):
        obj = copy.deepcopy(SAMPLES[name])
        container, key = places(obj)[where]
        container[key] = None
        try:
            check(read(KINDS[name], obj))
        except msgspec.ValidationError:
            refused.add(key)
    required = {"metadata", "name", "uid", "kind", "key", "operator"}
    label_keys = {
        "app",
        "owner",
        "status",
        "version",
        "team",
        "helm.sh/chart",
        "kubernetes.io/service-name",
        "pods",
    }
    assert {key for key in refused if isinstance(key, str)} <= required | label_keys
