"""What says nothing new: the facts stay the very same object, at the newest resource version."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.models.details import PodDetail
from tests.kinds.samples import KINDS, SAMPLES
from tests.mutation import text_of

LATER = "2026-03-01T12:00:10Z"
Noise = Callable[[dict[str, Any]], object]
NODES = [kind.name for kind in KINDS.values() if kind.node]
"""What stands in the graph with its labels and owners; an Event is a note about another object."""


def conditions(obj: dict[str, Any]) -> None:
    """What a kubelet writes every few minutes, and other controllers with each look."""
    status = obj.get("status")
    for condition in status.get("conditions") or () if isinstance(status, dict) else ():
        condition.update(dict.fromkeys(("lastHeartbeatTime", "lastProbeTime", "lastUpdateTime"), LATER))


def annotations(obj: dict[str, Any]) -> None:
    """Leader election in its old form, and when endpoints changed last."""
    found = obj["metadata"].get("annotations") or {}
    obj["metadata"]["annotations"] = found | {
        "control-plane.alpha.kubernetes.io/leader": f'{{"renewTime":"{LATER}"}}',
        "endpoints.kubernetes.io/last-change-trigger-time": LATER,
    }


def managed_fields(obj: dict[str, Any]) -> None:
    entry = {"manager": "kubelet", "operation": "Update", "subresource": "status", "time": LATER}
    obj["metadata"].setdefault("managedFields", []).append(
        {**entry, "fieldsV1": {"f:status": {"f:images": {}}}}
    )


def generation(obj: dict[str, Any]) -> None:
    """A specification that was changed in what is not read, and has been observed."""
    if (seen := obj["metadata"].get("generation")) is not None:
        obj["metadata"]["generation"] = seen + 1
    _observe(obj.get("status"))


def _observe(value: Any) -> None:
    """Have everything observed, wherever it is said: of the object, or of each condition."""
    for each in value if isinstance(value, list) else ():
        _observe(each)
    for key, each in value.items() if isinstance(value, dict) else ():
        if key == "observedGeneration":
            value[key] = type(each)(int(each) + 1)
        else:
            _observe(each)


def unread(obj: dict[str, Any]) -> None:
    obj["status"] = {**(obj.get("status") or {}), "currentMetrics": [LATER], "images": [{"names": [LATER]}]}


NOISES: tuple[Noise, ...] = (lambda _: None, conditions, annotations, managed_fields, generation, unread)


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.__name__)
@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.written])
def test_what_was_written_is_new_and_shares_what_it_says(name: str, noise: Noise) -> None:
    read = KINDS[name].reader(KINDS[name].versions[0], KindOptions())
    before = read(text_of(SAMPLES[name]), {})
    later = copy.deepcopy(SAMPLES[name])
    noise(later)
    assert read(text_of(later), {before.id: before}) is before
    later["metadata"]["resourceVersion"] = "43"
    found = read(text_of(later), {before.id: before})
    assert (before.resource_version, found.resource_version) == ("42", "43")
    assert (found.id is before.id, found.labels is before.labels, found.refs is before.refs) == (True,) * 3
    assert before.absorb(found)


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.__name__)
@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.written])
def test_what_says_nothing_new_is_what_is_known(name: str, noise: Noise) -> None:
    read = KINDS[name].reader(KINDS[name].versions[0], KindOptions())
    before = read(text_of(SAMPLES[name]), {})
    known = {before.id: before}
    later = copy.deepcopy(SAMPLES[name])
    later["metadata"]["resourceVersion"] = "43"
    noise(later)
    alone = read(text_of(later), {})
    assert read(text_of(later), known) is before
    assert before.resource_version == "43"
    assert plain(before) == plain(alone)
    # And once more: for Pods it is the quick way that is taken now.
    later["metadata"]["resourceVersion"] = "44"
    assert read(text_of(later), known) is before
    assert before.resource_version == "44"


def test_the_order_of_endpoints_says_nothing() -> None:
    """Some controllers write them in another one each time."""
    pods = [{"targetRef": {"kind": "Pod", "namespace": "shop", "name": name}} for name in ("b", "a", "c")]
    read = KINDS["EndpointSlice"].reader("v1", KindOptions())
    before = read(text_of({**SAMPLES["EndpointSlice"], "endpoints": pods}), {})
    later = {**SAMPLES["EndpointSlice"], "endpoints": pods[::-1]}
    assert read(text_of(later), {before.id: before}) is before


def plain(facts: Facts) -> Facts:
    """Leave out what tells how it was read."""
    return (
        replace(facts, detail=replace(facts.detail, source=0))
        if isinstance(facts.detail, PodDetail)
        else facts
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uid", "another"),
        ("creationTimestamp", LATER),
        ("labels", {"app": "other"}),
        ("deletionTimestamp", LATER),
        ("ownerReferences", [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"}]),
    ],
)
@pytest.mark.parametrize("name", NODES)
def test_everything_that_is_shown_is_new(name: str, field: str, value: Any) -> None:
    read = KINDS[name].reader(KINDS[name].versions[0], KindOptions())
    before = read(text_of(SAMPLES[name]), {})
    later = copy.deepcopy(SAMPLES[name])
    later["metadata"] |= {"resourceVersion": "43", field: value}
    found = read(text_of(later), {before.id: before})
    assert found is not before
    assert (before.resource_version, found.resource_version) == ("42", "43")
    assert plain(found) == plain(read(text_of(later), {}))
