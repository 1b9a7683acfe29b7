"""Whatever the cluster holds, /metrics is valid: no label name twice, no series twice, both formats."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_latest

from astrolabe.application import Application
from astrolabe.graph.facts import Facts, Ref, Release, object_id
from astrolabe.graph.graph import Graph
from astrolabe.metrics.exposed import ExposedMetrics
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.labels import label_names
from astrolabe.metrics.snapshot import plain
from tests.dashboards import recording
from tests.graph.test_laws import step
from tests.graph.worlds import histories
from tests.metrics.strict import Invalid, Sample, check


def pages(exposition: Exposition, **filters: Any) -> list[Sample]:
    """Both formats, checked; they say the same."""
    snapshot = exposition.snapshot_now()
    text = check(b"".join(plain(snapshot.pieces(**filters))))
    openmetrics = b"".join(plain(snapshot.pieces(openmetrics=True, **filters))) + b"# EOF\n"
    assert check(openmetrics, openmetrics=True) == text
    return text


def of(samples: list[Sample], name: str) -> list[dict[str, str]]:
    return [sample.labels for sample in samples if sample.name == name]


def pod(name: str, **parts: Any) -> Facts:
    return Facts(
        **{
            "id": f"Pod/shop/{name}",
            "kind": "Pod",
            "namespace": "shop",
            "uid": name,
            "api_version": "v1",
            **parts,
        }
    )


@pytest.mark.parametrize(
    "page",
    [
        b'a{b="1",b="2"} 1\n',
        b'a{b="1"} 1\na{b="1",c=""} 1\n',
        b'a{b="1} 1\n',
        b'a{b="\\t"} 1\n',
        b'a{b="1"}  1\n',
        b'a{b="1"} x\n',
        b'a{b="1";c="2"} 1\n',
        b"a 1\nb 1\n",
        b"a 1",
        b"\n",
        b"a 1\n# TYPE a gauge\n",
    ],
)
def test_the_reader_is_strict(page: bytes) -> None:
    head = b"# HELP a Something.\n# TYPE a gauge\n"
    check(head + b'a{b="1",c="\\\\\\n\\""} 1\na 1.5e-07\n')
    with pytest.raises(Invalid):
        check(head + page)


def test_c06_label_keys_that_collide_with_a_name_that_was_made() -> None:
    """Where `metric_labels` is on, whoever may create a Pod could end all scrapes."""
    exposition = Exposition(graph := Graph(), ExposedMetrics(labels={"Pod": ("*",)}))
    labels = (("a-b", "1"), ("a.b", "2"), ("a_b_conflict1", "3"), ("emptyval", ""))
    exposition.follow(graph.apply(pod("p", labels=labels)))
    (found,) = of(pages(exposition), "astrolabe_resource_labels")
    assert {key: value for key, value in found.items() if key.startswith("label_")} == {
        "label_a_b_conflict1": "3",
        "label_a_b_conflict2": "1",
        "label_a_b_conflict3": "2",
        "label_emptyval": "",
    }


def test_without_such_a_name_the_rule_is_that_of_kube_state_metrics() -> None:
    assert label_names(["b", "a.b", "a-b", "A.b", "a.b/cD"]) == {
        "A.b": "label_a_b_conflict1",
        "a-b": "label_a_b_conflict2",
        "a.b": "label_a_b_conflict3",
        "a.b/cD": "label_a_b_c_d",
        "b": "label_b",
    }


parts = st.sampled_from(("a", "b", "A", "-", "_", ".", "/", "_conflict", "conflict", "1", "2", "3", "label_"))
keys = st.lists(parts, min_size=1, max_size=5).map("".join)


@settings(max_examples=500, deadline=None)
@given(st.lists(keys, max_size=12, unique=True), st.randoms(use_true_random=False))
@example(["a-b", "a.b", "a_b_conflict1", "a_b-conflict1", "a_b_conflict2"], random.Random(1))
def test_no_label_name_stands_twice_whatever_the_keys_are(found: list[str], chance: random.Random) -> None:
    names = label_names(found)
    assert len(set(names.values())) == len(names) == len(found)
    again = list(found)
    chance.shuffle(again)
    assert label_names(again) == names
    exposition = Exposition(graph := Graph(), ExposedMetrics(labels={"Pod": ("*",)}))
    labels = tuple(sorted((key, f'{number}\\"\n') for number, key in enumerate(found)))
    exposition.follow(graph.apply(pod("p", labels=labels)))
    shown = of(pages(exposition), "astrolabe_resource_labels")
    assert len(shown) == bool(found)
    for one in shown:
        assert {one[names[key]] for key in found} == {value for _, value in labels}


odd = st.text(st.sampled_from('ab/%~ "\\\n\r\x85\u2028,={}#'), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(odd, odd), max_size=6, unique=True))
@example([("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c")])
def test_releases_are_told_apart_whatever_their_names_are(found: list[tuple[str, str]]) -> None:
    """Annotations name them, and an annotation may say anything."""
    exposition = Exposition(graph := Graph())
    for number, (namespace, name) in enumerate(found):
        exposition.follow(graph.apply(pod(f"p{number}", release=Release(namespace, name))))
    shown = of(pages(exposition), "astrolabe_helm_release_info")
    assert sorted((one["namespace"], one["release"]) for one in shown) == sorted(found)


names = st.text(st.sampled_from('ab. "\\\n\r\x85\u2028,={}#'), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(st.lists(names, min_size=1, max_size=5, unique=True), st.booleans())
def test_names_that_roles_may_have_break_no_line(found: list[str], restricted: bool) -> None:
    """The names of Roles may hold anything but slash and percent, line breaks of every kind included."""
    exposition = Exposition(graph := Graph())
    for binding, role in itertools.pairwise([*found, *found[:1]]):
        refs = (Ref("grants", object_id("Role", "shop", role)),)
        for kind, name, refers in (("Role", role, ()), ("RoleBinding", binding, refs)):
            node_id = object_id(kind, "shop", name)
            facts = Facts(
                id=node_id, kind=kind, namespace="shop", uid=kind + name, api_version="v1", refs=refers
            )
            exposition.follow(graph.apply(facts))
    samples = pages(exposition, kinds=("Role", "RoleBinding") if restricted else ())
    assert {one["name"] for one in of(samples, "astrolabe_resource_info")} == set(found)
    assert len(of(samples, "astrolabe_edge_info")) == len(found)


@settings(max_examples=200, deadline=None)
@given(histories)
def test_so_it_is_whatever_happens(history: list[tuple[str, Any]]) -> None:
    exposition = Exposition(graph := Graph(), ExposedMetrics(labels={"Pod": ("*",)}))
    for event in history:
        exposition.follow(step(graph, event))
        pages(exposition)


@pytest.mark.long
def test_every_scrape_of_the_demos_day_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    async def scrape(application: Application) -> bytes:
        snapshot = await application.exposition.snapshot()
        registry = application.telemetry.registry
        openmetrics = len(sizes) % 2 == 1
        page = b"".join(plain(snapshot.pieces(openmetrics=openmetrics)))
        page += (openmetrics_latest if openmetrics else generate_latest)(registry)
        sizes.append(len(check(page, openmetrics=openmetrics)))
        return b""

    monkeypatch.setattr(recording, "scrape", scrape)
    monkeypatch.setattr(recording, "SCRAPE_SECONDS", 90)
    recording.record(tmp_path)
    assert len(sizes) > 10
    assert min(sizes) > 5000
