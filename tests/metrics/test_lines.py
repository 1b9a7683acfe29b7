"""Lines that are put together quickly say what the plain rule says, whatever stands in the values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from astrolabe.graph.delta import Edge
from astrolabe.graph.facts import EDGE_TYPES, kind_of
from astrolabe.metrics import edges
from astrolabe.metrics.families import EDGE_INFO, RESOURCE_STATUS
from astrolabe.metrics.family import Family

ODD = 'ab/%{},="\\\n\r\x85\u2028\ud800'

texts = st.text(st.sampled_from(ODD), max_size=4)
numbers = st.one_of(
    st.integers(0, 2), st.sampled_from((0.0, 1.0, 1.5e9, 1700000000.25)), st.floats(allow_nan=False)
)
kinds = st.sampled_from(("Pod", "Node", "Rollout.argoproj.io"))
namespaces = st.sampled_from(("", "shop", "a"))
names = st.one_of(st.sampled_from(("web", "web-1")), st.text(st.sampled_from('ab%{}"\\\n,='), max_size=3))
ids = st.tuples(kinds, namespaces, names).map(
    lambda parts: "/".join(filter(None, parts[:2])) + "/" + parts[2]
)


def plainly(family: Family, values: tuple[str, ...], value: float) -> str:
    """Return the line by the rule of the text format, a character after the other."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    pairs = [
        f'{label}="{"".join(escapes.get(character, character) for character in text)}"'
        for label, text in zip(family.labels, values, strict=True)
    ]
    return f"{family.name}{{{','.join(pairs)}}} {value}\n"


@given(st.tuples(*[texts] * len(RESOURCE_STATUS.labels)), numbers)
def test_a_line_is_as_the_format_has_it(values: tuple[str, ...], value: float) -> None:
    assert RESOURCE_STATUS.line(values, value) == plainly(RESOURCE_STATUS, values, value)
    pairs = ',label_a="b"'
    assert RESOURCE_STATUS.line(values, value, pairs) == f"{pairs}}}".join(
        plainly(RESOURCE_STATUS, values, value).rsplit("}", 1)
    )


@given(st.lists(st.tuples(*[texts] * len(RESOURCE_STATUS.labels)), max_size=4))
def test_many_lines_are_one_after_another(many: list[tuple[str, ...]]) -> None:
    assert RESOURCE_STATUS.lines(many) == "".join(plainly(RESOURCE_STATUS, values, 1) for values in many)


def space_of(node_id: str) -> str:
    return node_id.split("/")[1] if node_id.count("/") > 1 else ""


@given(ids, st.lists(st.tuples(st.sampled_from(EDGE_TYPES), ids, st.booleans()), max_size=6))
def test_the_edges_of_a_node_read_as_each_by_itself(
    node_id: str, others: list[tuple[str, str, bool]]
) -> None:
    found = []
    for edge_type, other, begins in others:
        source, target = (node_id, other) if begins else (other, node_id)
        space = space_of(source) or space_of(target)
        found.append(Edge(edge_type, source, target, space))  # type: ignore[arg-type]
    expected = (
        plainly(
            EDGE_INFO,
            (each.type, each.namespace, each.source, kind_of(each.source), each.target, kind_of(each.target)),
            1,
        )
        for each in found
    )
    assert edges.lines(node_id, found) == "".join(expected)
