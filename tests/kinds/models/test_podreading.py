"""Whatever becomes of a Pod, reading it with the help of what is known gives what reading it alone gives."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.pod import KIND
from tests.kinds.objects import GONE, TEMPLATE, make
from tests.kinds.samples import SAMPLES
from tests.kinds.test_pod import container, status, terminated, waiting
from tests.mutation import change, paths_of, text_of

read = KIND.reader("v1", KindOptions())
decode = msgspec.json.Decoder(KIND.model).decode
context = KIND.context("v1", KindOptions())
HISTORIES = 1500
STEPS = 6


def told(obj: Any, known: dict[str, Facts]) -> Facts | None:
    """Read as the program does: None for what is refused."""
    try:
        found = read(text_of(obj), known)
    except msgspec.DecodeError:
        return None
    return found


def described(obj: Any) -> Facts | None:
    """Read all of it at once, as objects of other kinds are."""
    try:
        return KIND.describe(decode(text_of(obj)), context)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def plain(facts: Facts | None) -> Facts | None:
    """Leave out what tells how it was read."""
    if facts is None:
        return None
    assert isinstance(facts.detail, PodDetail)
    return replace(facts, detail=replace(facts.detail, source=0))


def test_what_is_known_changes_nothing_of_what_is_read() -> None:
    dice = Random(11)
    sample: dict[str, Any] = copy.deepcopy(SAMPLES["Pod"])
    everywhere = paths_of(sample)
    in_status = [path for path in everywhere if path[0] == "status"]
    quick = 0
    for _ in range(HISTORIES):
        known: dict[str, Facts] = {}
        obj = copy.deepcopy(sample)
        for step in range(STEPS):
            if dice.random() < 0.2 or not isinstance(obj.get("metadata"), dict):
                obj = copy.deepcopy(sample)
            obj["metadata"]["resourceVersion"] = str(step)
            change(dice, obj, dice.choice((everywhere, in_status, in_status)), dice.choice((0, 1, 1, 2)))
            alone, found = told(obj, {}), told(obj, known)
            assert plain(found) == plain(alone) == described(obj), obj
            if found is not None:
                quick += found.id in known and found.refs is known[found.id].refs
                known[found.id] = found
    assert quick > HISTORIES // 2


def test_a_pod_takes_over_from_its_neighbours_what_is_the_same_alone() -> None:
    """Each differs in one place, by the dice, from many that were read before."""
    dice = Random(12)
    sample: dict[str, Any] = copy.deepcopy(SAMPLES["Pod"])
    for path in paths_of(sample):
        for number in range(3):
            obj = copy.deepcopy(sample)
            obj["metadata"] |= {"name": f"web-{number}", "uid": f"uid-{number}"}
            change(dice, obj, [path], 1)
            assert plain(told(obj, {})) == described(obj), obj


def test_what_is_refused_is_refused_in_the_same_words() -> None:
    obj = copy.deepcopy(SAMPLES["Pod"])
    obj["spec"]["containers"][0]["env"] = 3
    with pytest.raises(msgspec.ValidationError) as whole:
        decode(text_of(obj))
    with pytest.raises(msgspec.ValidationError) as parted:
        read(text_of(obj), {})
    assert str(whole.value) == str(parted.value)
    assert "containers" in str(parted.value)


def test_a_new_pod_is_read_without_decoding_it_whole() -> None:
    def never() -> Facts:
        raise AssertionError

    assert KIND.read is not None
    assert plain(KIND.read(text_of(SAMPLES["Pod"]), {}, never)) == described(SAMPLES["Pod"])


RESOURCES = {"requests": {"cpu": "100m"}, "limits": {"cpu": "1"}}
POD = make(
    KIND,
    metadata={"labels": {"app": "web"}, "annotations": {"meta.helm.sh/release-name": "shop"}},
    spec={
        **TEMPLATE["spec"],
        "imagePullSecrets": [{"name": "registry"}],
        "initContainers": [{"name": "proxy", "restartPolicy": "Always"}, {"name": "init"}],
        "nodeName": "node-1",
    },
    status=status("Running", {**container(), "resources": RESOURCES}),
)
NEWS: list[tuple[str, Any]] = [
    ("status", status("Running", {**container(restarts=1), "resources": RESOURCES})),
    ("status", status("Running", {**waiting("CrashLoopBackOff"), "resources": RESOURCES})),
    (
        "status",
        status(
            "Running",
            {**container(), "resources": RESOURCES},
            initContainerStatuses=[container("proxy", ready=False), terminated(0, "Completed")],
        ),
    ),
]
OTHERS: list[tuple[str, Any]] = [
    ("spec", {**POD["spec"], "nodeName": "node-2"}),
    ("status", status("Running", {**container(), "resources": {"requests": {"cpu": "3"}}})),
    ("status", status("Running", {**container(), "allocatedResources": {"cpu": "3"}})),
    ("status", None),
    # What a Pod needs follows from these.
    ("status", status("Failed", {**container(), "resources": RESOURCES})),
    ("status", status("Running", {**waiting("ErrImagePull"), "resources": RESOURCES})),
    ("metadata", {**POD["metadata"], **GONE}),
    *(
        ("metadata", {**POD["metadata"], field: value})
        for field, value in {
            "labels": {"app": "api"},
            "annotations": None,
            "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"}],
            "creationTimestamp": "2026-03-01T12:00:01Z",
            "uid": "another",
        }.items()
    ),
]


def after(part: str, value: Any) -> tuple[Facts, Facts, Facts]:
    """Return the facts before a change, after it, and read alone."""
    before = read(text_of(POD), {})
    obj = {**POD, part: value}
    return before, read(text_of(obj), {before.id: before}), read(text_of(obj), {})


@pytest.mark.parametrize(("part", "value"), NEWS)
def test_of_a_new_status_only_that_is_read(part: str, value: Any) -> None:
    before, found, alone = after(part, value)
    assert plain(found) == plain(alone)
    assert plain(found) != plain(before)
    made = KIND.describe

    def never() -> Facts:
        raise AssertionError(made)

    assert KIND.read is not None
    assert KIND.read(text_of({**POD, part: value}), {before.id: before}, never) == found


@pytest.mark.parametrize(("part", "value"), OTHERS)
def test_everything_else_is_read_again(part: str, value: Any) -> None:
    before, found, alone = after(part, value)
    assert found == alone
    assert plain(found) != plain(before)


def test_a_refused_resize_is_seen_though_the_rest_is_the_same() -> None:
    resized = {**container(), "resources": {"requests": {"cpu": "50m"}}}
    pod = {**POD, "status": status("Running", resized)}
    refused = {"type": "PodResizePending", "status": "True", "reason": "Infeasible"}
    other = {**pod, "status": {**pod["status"], "conditions": [refused]}}
    before = read(text_of(pod), {})
    assert read(text_of(other), {before.id: before}) == read(text_of(other), {})
