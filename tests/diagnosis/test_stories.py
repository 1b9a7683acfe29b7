"""Causes that are kept up to date say what a list made in one go says, whatever happened before."""

from __future__ import annotations

import gc
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.derived.diagnosis.causes import causes
from astrolabe.derived.diagnosis.explanations import Explanations
from astrolabe.derived.diagnosis.problems import gather
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.derived.diagnosis.stories import Standing, Stories
from astrolabe.graph.facts import Facts, Ref, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.scheduling.steps import at_once
from tests.diagnosis.test_problems import CRASHING, pod
from tests.graph.test_graph import facts
from tests.graph.test_laws import step
from tests.graph.worlds import everything_known, histories

WAITING = Verdict("Error", "NoReplicasReady", "0 of 2 are ready")


class Kept:
    """A graph, and what is told of its causes by id."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.explanations = Explanations(self.graph)
        self.stories = Stories(self.graph)
        self.told: dict[str, Standing] = {}

    def put(self, *items: Facts) -> None:
        for item in items:
            self.explanations.follow(self.graph.apply(item))

    def work(self) -> None:
        for node_id in self.explanations.stale():
            if node_id:
                node = self.graph.get(node_id)
                well = node is None or not unhealthy(node)
                self.stories.put(node_id, () if well or node is None else causes(self.graph, node))
        for each in self.stories.changed():
            self.told.pop(each.id, None)
            if each.found or each.missing:
                self.told[each.id] = each


def listed(graph: Graph) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    waiting: dict[str, set[str]] = {}
    for each in at_once(gather(graph, graph.all_unwell())).found:
        before = found.get(each.id, Standing(each.id, found=False, missing=False, affected=0))
        waiting.setdefault(each.id, set()).update(each.waiting)
        found[each.id] = Standing(
            each.id,
            before.found or not each.missing,
            before.missing or each.missing,
            len(waiting[each.id]),
            each.denial or before.denial,
        )
    return found


def test_ten_thousand_pods_that_fail_for_one_reason_are_one() -> None:
    kept = Kept()
    kept.put(*(pod(f"web-1-{number:05}", verdict=CRASHING) for number in range(10_000)))
    kept.work()
    assert list(kept.told) == ["Pod/shop/web-1-00000"]
    kept.put(pod("web-1-00000"))
    kept.work()
    assert list(kept.told) == ["Pod/shop/web-1-00001"]


def test_the_collector_has_nothing_to_look_at_in_what_is_kept() -> None:
    """The longest stop of the event loop grew with the number of objects that are not Ready."""
    kept = Kept()
    kept.put(*(facts("Deployment", f"web-{number}", verdict=WAITING) for number in range(500)))
    kept.put(*(facts("Pod", f"web-{number}", verdict=CRASHING) for number in range(500)))
    kept.stories.put("Pod/shop/none", ())
    gc.collect()
    before = len(gc.get_objects())
    kept.work()
    assert len(kept.told) == 1000
    kept.told.clear()
    gc.collect()
    assert len(gc.get_objects()) - before < 100


def test_one_that_exists_and_one_that_does_not_are_told_under_one_id_once() -> None:
    kept = Kept()
    kept.explanations.follow(kept.graph.cover("PersistentVolumeClaim"))
    broken = Verdict("Error", "Lost", "Its volume is gone")
    claim = facts("PersistentVolumeClaim", "data", verdict=broken)
    refs = (Ref("mounts", claim.id, uid="another"),)
    kept.put(
        claim, facts("Pod", "a", refs=refs, verdict=Verdict("Pending", "Unschedulable", "data not found"))
    )
    kept.put(facts("StatefulSet", "b", refs=(Ref("mounts", claim.id),), verdict=Verdict("Pending")))
    kept.work()
    assert kept.told == {claim.id: Standing(claim.id, found=True, missing=True, affected=1)}


REFUSED = {
    verb: Verdict(
        "Error",
        "CrashLoopBackOff",
        f'it says: User "system:serviceaccount:shop:web" cannot {verb} resource "pods" in API group ""'
        ' in the namespace "shop"',
    )
    for verb in ("get", "list", "watch")
}


def asking(name: str, verb: str) -> Facts:
    """A Pod of one workload, which was refused a verb, or is well with none."""
    return pod(
        name, verdict=REFUSED.get(verb, Verdict("Ready")), refs=(Ref("uses-sa", "ServiceAccount/shop/web"),)
    )


def test_an_account_says_what_those_that_run_as_it_were_refused() -> None:
    kept = Kept()
    kept.put(facts("ServiceAccount", "web"), asking("web-1-a", "watch"), asking("web-1-b", "list"))
    kept.work()
    (told,) = kept.told.values()
    assert (told.id, told.found) == ("ServiceAccount/shop/web", True)
    assert told.denial == (
        'It may not list pods in namespace shop. A Role with verbs ["list"], resources ["pods"],'
        ' apiGroups [""], given to it by a RoleBinding, would grant it; 1 more of its requests are refused'
    )
    kept.put(asking("web-1-b", "watch"))
    kept.work()
    (told,) = kept.told.values()
    assert told.denial.startswith("It may not watch pods in namespace shop.")
    assert told.denial.endswith("would grant it")


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(("", "get", "list", "watch", "gone"))), max_size=12
    ),
    st.integers(1, 4),
)
@settings(deadline=None)
def test_what_an_account_lacks_is_what_is_said_now(history: list[tuple[str, str]], often: int) -> None:
    kept = Kept()
    kept.put(facts("ServiceAccount", "web"), facts("ReplicaSet", "web-1", verdict=WAITING))
    for number, (letter, verb) in enumerate(history):
        if verb == "gone":
            kept.explanations.follow(kept.graph.remove(f"Pod/shop/web-1-{letter}"))
        else:
            kept.put(asking(f"web-1-{letter}", verb))
        if number % often == 0:
            kept.work()
    kept.work()
    assert kept.told == listed(kept.graph)


@given(histories, st.integers(1, 4))
@settings(deadline=None)
def test_they_are_those_of_a_list_made_in_one_go(history: list[tuple[str, Any]], often: int) -> None:
    kept = Kept()
    for number, event in enumerate((*everything_known, *history)):
        kept.explanations.follow(step(kept.graph, event))
        if number % often == 0:
            kept.work()
    kept.work()
    assert kept.told == listed(kept.graph)
