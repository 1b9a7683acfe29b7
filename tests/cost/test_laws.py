"""Laws of the whole: whatever happens in whatever order, cost is that of what there is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.cost.world import Cluster, sized
from tests.kinds.objects import owned_by

COSTS = (
    "astrolabe_workload_cost_hourly_dollars",
    "astrolabe_workload_baseline_cost_hourly_dollars",
    "astrolabe_volume_cost_hourly_dollars",
)
TOTAL = "kube_green_cost_savings_dollars_total"
SPOT = '{"spotLabel": "pool", "spotLabelValue": "spot"}'

Object = tuple[str, str, Any, dict[str, Any]]


def pod(name: str, node: str, cpu: str, phase: str, owner: Any) -> Object:
    spec = sized(cpu, "1Gi", nodeName=node)
    return "Pod", name, owned_by(*owner) if owner else {}, {"spec": spec, "status": {"phase": phase}}


names = st.sampled_from("ab")
objects: st.SearchStrategy[Object] = st.one_of(
    st.builds(
        pod,
        names,
        st.sampled_from(["node-a", "node-b", ""]),
        st.sampled_from(["1", "250m", "0.333"]),
        st.sampled_from(["Running", "Pending", "Succeeded"]),
        st.sampled_from([None, ("ReplicaSet", "a"), ("ReplicaSet", "b"), ("Node", "node-a", "v1")]),
    ),
    st.builds(
        lambda name, pool: ("Node", f"node-{name}", {"namespace": None, "labels": {"pool": pool}}, {}),
        names,
        st.sampled_from(["spot", "other"]),
    ),
    st.builds(
        lambda name, owner: (
            "ReplicaSet",
            name,
            owned_by(*owner) if owner else {},
            {"spec": {"replicas": 1}},
        ),
        names,
        st.sampled_from([None, ("Deployment", "a"), ("Rollout", "b", "argoproj.io/v1alpha1")]),
    ),
    st.builds(lambda name: ("Deployment", name, {}, {"spec": {"replicas": 1}}), names),
    st.builds(
        lambda name, volume: ("PersistentVolumeClaim", name, {}, {"spec": volume}),
        names,
        st.sampled_from([None, {"volumeName": "v", "resources": {"requests": {"storage": "1Gi"}}}]),
    ),
)
steps = st.lists(st.tuples(objects, st.booleans(), st.booleans()), max_size=25)


def key(item: Object) -> str:
    kind, name, *_ = item
    return f"{kind}/{name}" if kind == "Node" else f"{kind}/shop/{name}"


@given(steps, st.randoms())
def test_order_does_not_matter_and_nothing_is_left_over(
    history: list[tuple[Object, bool, bool]], random: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prices = Path(folder) / "prices.json"
        prices.write_text(SPOT)
        lived, left = Cluster(prices), {}
        for item, removed, scraped in history:
            if removed:
                lived.remove(key(item))
                left.pop(key(item), None)
            else:
                kind, name, metadata, parts = item
                lived.put(kind, name, metadata, **parts)
                left[key(item)] = item
            if scraped:
                lived.scrape()
        rebuilt = Cluster(prices)
        final = list(left.values())
        random.shuffle(final)
        for kind, name, metadata, parts in final:
            rebuilt.put(kind, name, metadata, **parts)
        assert sorted(lived.scrape(*COSTS)) == sorted(rebuilt.scrape(*COSTS))
        for node_id in left:
            lived.remove(node_id)
        assert lived.scrape(*COSTS) == []
        assert not lived.cost._holdings.workloads


SPEC = sized("1", "1Gi")
ACTIONS: dict[str, Callable[[Cluster, int, Path], None]] = {
    "sleep": lambda cluster, _, __: cluster.doze(SPEC),
    "sleep with another template": lambda cluster, _, __: cluster.doze(sized("2", "1Gi")),
    "wake": lambda cluster, number, _: cluster.wake(number, SPEC),
    "by hand": lambda cluster, number, _: cluster.deploy(number, SPEC),
    "delete": lambda cluster, _, __: cluster.remove("Deployment/shop/web"),
    "later": lambda cluster, number, _: cluster.later(number * 3.7),
    "dearer": lambda _, number, prices: _write(prices, f'{{"CPU": "{number}"}}'),
    "cheaper": lambda _, __, prices: _write(prices, '{"CPU": "0.01"}'),
    "spoilt": lambda _, __, prices: _write(prices, '{"CPU": "-1"}'),
    "scrape": lambda *_: None,
}
MOST = 4 * (2 * 4 + 0.004237)
"""Dollars an hour: four replicas of two cores at $4 and a GiB."""


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), st.integers(1, 4)), max_size=30))
def test_savings_whatever_happens(history: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prices = Path(folder) / "prices.json"
        prices.write_text("{}")
        cluster = Cluster(prices)
        start = cluster.clock.now
        last = 0.0
        for action, number in history:
            ACTIONS[action](cluster, number, prices)
            total = cluster.value(TOTAL) or 0.0
            assert total >= last
            last = total
            hours = (cluster.clock.now - start) / 3600
            assert total <= MOST * hours * (1 + 1e-12)
            for line in cluster.scrape("kube_green_cost_savings_estimate_dollars", *COSTS):
                assert float(line.rpartition(" ")[2]) >= 0
