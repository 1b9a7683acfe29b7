"""The union law: all clusters together say what an exporter of each says, with the cluster's name added."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

from astrolabe.metrics.clusters import labelled
from astrolabe.metrics.family import Family
from astrolabe.metrics.snapshot import Snapshot, gzipped, plain
from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import cluster, following
from tests.api.shop import definition, make, pod, rocket
from tests.contexts.inprocess import exporters

ODD = 'prod "eu"\\1=a,b{c} ü/*'
"""A name with everything that a label value has to escape."""


def text_of(snapshot: Snapshot, **options: bool) -> str:
    return b"".join(plain(snapshot.pieces(**options))).decode()


def samples(text: str) -> set[str]:
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    assert len(lines) == len(set(lines))
    return set(lines)


def parsed(text: str) -> set[tuple[str, frozenset[tuple[str, str]], float]]:
    return {
        (sample.name, frozenset(sample.labels.items()), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def servers() -> dict[str, ApiServer]:
    """Two clusters that share some ids, and a third with nothing in it."""
    other = cluster(make("ConfigMap", "own", "shop"), pod("alone"), definition(), rocket("saturn"))
    return {"a": cluster(), ODD: other, "empty": ApiServer()}


@pytest.mark.looptime
async def test_together_they_say_what_an_exporter_of_each_says() -> None:
    everything = {"metrics_opt_in": (".*",), "metric_labels": {"pods": ("*",)}}
    expected: set[tuple[str, frozenset[tuple[str, str]], float]] = set()
    clusters = servers()
    for name, server in clusters.items():
        async with following(server, **everything) as alone:
            said = parsed(await alone.text())
        assert name == "empty" or len(said) > 50
        expected |= {(metric, labels | {("cluster", name)}, value) for metric, labels, value in said}
    async with exporters(clusters, **everything) as all_of_them:
        found = parsed(text_of(await all_of_them.snapshot()))
    assert found == expected


@pytest.mark.looptime
async def test_each_family_has_one_header_and_its_series_in_a_row() -> None:
    async with exporters(servers()) as all_of_them:
        snapshot = await all_of_them.snapshot()
        for openmetrics in (False, True):
            text = text_of(snapshot, openmetrics=openmetrics)
            names = [line.split()[2] for line in text.split("\n") if line.startswith("# TYPE")]
            assert len(names) == len(set(names)) > 10
        # This parser refuses a family that comes twice.
        families = list(openmetrics_parser.text_string_to_metric_families(f"{text}# EOF\n"))
        assert {sample.labels["cluster"] for each in families for sample in each.samples} >= {"a", ODD}
        packed = b"".join(gzipped(snapshot.pieces()))
        assert gzip.decompress(packed).decode() == text_of(snapshot)
        assert snapshot.samples == len(samples(text_of(snapshot)))


@pytest.mark.looptime
async def test_kinds_and_names_restrict_all_clusters() -> None:
    async with exporters(servers()) as all_of_them:
        snapshot = await all_of_them.snapshot()
        text = b"".join(plain(snapshot.pieces(kinds={"Pod"}, names={"astrolabe_resource_info"}))).decode()
        assert text.count("# TYPE") == 1
        found = {
            (labels["cluster"], labels["kind"]) for _, pairs, _ in parsed(text) if (labels := dict(pairs))
        }
        assert found == {("a", "Pod"), (ODD, "Pod")}


VALUES = st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from('"\\\n\r{}=,'))


@given(
    cluster=VALUES.filter(bool),
    rows=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=3),
)
def test_the_label_is_added_to_each_sample_and_changes_no_other(
    cluster: str, rows: list[tuple[str, str]]
) -> None:
    family = Family("astrolabe_some", "gauge", "Some.", ("one", "two"))
    bare = Family("astrolabe_none", "gauge", "None.", ())
    for text in ("".join(family.line(row) for row in rows), "astrolabe_none 3\n", bare.line(())):
        expected = [(name, {"cluster": cluster, **labels}, value) for name, labels, value in _samples(text)]
        assert _samples(labelled(text, cluster)) == expected


def _samples(text: str) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(text)
    return [(each.name, each.labels, each.value) for family in families for each in family.samples]
