"""The graph as GraphML, for programs that draw and measure graphs (yEd, Gephi, networkx)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import kind_of
from astrolabe.graph.relations import Relations

_NODE = (
    "kind",
    "namespace",
    "name",
    "uid",
    "apiVersion",
    "status",
    "reason",
    "message",
    "release",
    "chart",
    "root",
)
_EDGE = (("type", "string"), ("missing", "boolean"), ("optional", "boolean"))
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""


def as_graphml(graph: Relations) -> Iterator[str]:
    """Yield a document. Equal graphs give equal text.

    What is referred to and does not exist is a node with the status Missing and its kind; the way to it has
    `missing`.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for name in _NODE:
        yield f'<key id="{name}" for="node" attr.name="{name}" attr.type="string"/>\n'
    for name, kind in _EDGE:
        yield f'<key id="e-{name}" for="edge" attr.name="{name}" attr.type="{kind}"/>\n'
    yield '<graph id="cluster" edgedefault="directed">\n'
    for node in sorted(graph, key=lambda node: node.id):
        yield _element(node.id, _values(node))
    missing = sorted(graph.missing())
    for target in sorted({one.target for one in missing if one.target not in graph}):
        yield _element(target, {"kind": kind_of(target), "status": "Missing"})
    for edge in sorted(graph.edges()):
        yield _relation(edge.source, edge.target, {"type": edge.type})
    for one in missing:
        optional = "true" if one.optional else "false"
        yield _relation(one.source, one.target, {"type": one.type, "missing": "true", "optional": optional})
    yield "</graph>\n</graphml>\n"


def _values(node: Node) -> dict[str, str]:
    facts = node.facts
    return {
        "kind": facts.kind,
        "namespace": facts.namespace,
        "name": facts.name,
        "uid": facts.uid,
        "apiVersion": facts.api_version,
        "status": node.status,
        "reason": node.reason,
        "message": node.message,
        "release": f"{node.release.namespace}/{node.release.name}" if node.release is not None else "",
        "chart": node.chart,
        "root": f"{node.root.kind}/{node.root.name}" if node.root is not None else "",
    }


def _element(node_id: str, values: dict[str, str]) -> str:
    data = "".join(
        f'<data key="{key}">{escape(_plain(value))}</data>' for key, value in values.items() if value
    )
    return f"<node id={quoteattr(_plain(node_id))}>{data}</node>\n"


def _relation(source: str, target: str, values: dict[str, str]) -> str:
    data = "".join(f'<data key="e-{key}">{value}</data>' for key, value in values.items())
    return f"<edge source={quoteattr(_plain(source))} target={quoteattr(_plain(target))}>{data}</edge>\n"


def _plain(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
