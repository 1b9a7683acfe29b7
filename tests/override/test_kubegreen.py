"""What kube-green did and saved, and which objects it puts to sleep."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from astrolabe.graph.facts import Facts
from astrolabe.graph.selections import _picked
from astrolabe.kinds.registry import KINDS as REGISTRY
from astrolabe.override.direct.kubegreen import KINDS, last_operation, selecting
from tests.kinds.objects import read
from tests.override.objects import obj, secret, sleepinfo


def test_what_kube_green_did_last() -> None:
    assert last_operation(secret(operation_type="SLEEP")) == "SLEEP"
    for other in (None, {}, {"data": {}}, {"data": {"operation-type": "%"}}, {"data": {"operation-type": 5}}):
        assert last_operation(other) == ""


REFS = st.lists(
    st.one_of(
        st.builds(
            lambda kind, name: {"apiVersion": KINDS[kind], "kind": kind, "name": name},
            st.sampled_from(sorted(KINDS)),
            st.sampled_from(["web", "api"]),
        ),
        st.builds(
            lambda key, value: {"matchLabels": {key: value}}, st.sampled_from("ab"), st.sampled_from("xy")
        ),
    ),
    max_size=2,
)


@given(
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(["web", "api"]),
    st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy")),
    REFS,
    REFS,
    st.fixed_dictionaries(
        {name: st.booleans() for name in ("suspendDeployments", "suspendStatefulSets", "suspendCronJobs")}
    ),
    st.booleans(),
)
def test_workloads_are_those_that_the_exporter_says_sleep(
    kind: str, name: str, labels: dict[str, str], include: Any, exclude: Any, flags: Any, owned: bool
) -> None:
    """Held to the exporter's reading of a SleepInfo, which is held to kube-green's recorded behaviour."""
    owners = (
        [{"apiVersion": "v1", "kind": "App", "name": "app", "uid": "u", "controller": True}] if owned else []
    )
    workload = obj(kind, name, None, labels=labels, ownerReferences=owners, uid="uid", namespace="dev")
    info = sleepinfo(includeRef=include, excludeRef=exclude, **flags)
    info["metadata"]["namespace"] = "dev"
    by_name = {each.name.partition(".")[0]: each for each in REGISTRY}
    selections = read(by_name["SleepInfo"], info).selections
    target: Facts = read(by_name[kind], workload)
    expected = any(kind in selection.kinds and _picked(selection, target) for selection in selections)
    assert (selecting(workload, kind, [info]) is not None) == expected
