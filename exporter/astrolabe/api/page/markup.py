"""The pieces of HTML that views are made of. What comes from the cluster is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from astrolabe.api.page.view import View, of_namespace
from astrolabe.api.v1.bodies import uid_of, words
from astrolabe.derived.diagnosis.handbook import help_of
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import kind_of
from astrolabe.graph.relations import Relations

CONTENT_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
}
"""Headers of every page: nothing from elsewhere, nothing inline."""
MISSING = "Missing"
"""Stands where a status would, for what is referred to and does not exist."""


def anchor(address: str, html: str, **attributes: str) -> str:
    """Return a link; its content is HTML already. Attributes take a hyphen for an underscore."""
    more = "".join(
        f' {name.strip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items()
    )
    return f'<a href="{escape(address)}"{more}>{html}</a>'


def link(graph: Relations, node_id: str) -> str:
    """Return a link to an object, which need not exist."""
    node = graph.get(node_id)
    kind = kind_of(node_id)
    namespace, slash, name = node_id[len(kind) + 1 :].partition("/")
    if not slash or kind == "Image":
        namespace, name = "", node_id[len(kind) + 1 :]
    place = f'<span class="place">{escape(namespace)}/</span>' if namespace else ""
    return anchor(
        View(object=node_id).address,
        f'<span class="kind">{escape(kind)}</span> {place}<b>{escape(name)}</b>',
        class_="object",
        data_id=node_id,
        data_uid=uid_of(node) if node is not None else node_id,
    )


def badge(status: str) -> str:
    """Return a status, with a shape for those who see no colours."""
    return f'<span class="status {escape(status)}">{escape(status)}</span>'


def status_of(graph: Relations, node_id: str) -> str:
    """Return the status of an object, or that there is none."""
    node = graph.get(node_id)
    return node.status if node is not None else MISSING


def count(number: int, status: str, address: str = "") -> str:
    """Return how many are in a status, nothing for none."""
    if not number:
        return ""
    text = f'<span class="{escape(status)}">{number:,}</span>'
    return anchor(address, text) if address else text


def namespace_link(namespace: str) -> str:
    """Return a link to a namespace, nothing for none."""
    return anchor(of_namespace(namespace), escape(namespace)) if namespace else ""


def reason(word: str) -> str:
    """Return a reason, with a link to what it means and what helps where that is known."""
    if help_of(word) is None:
        return f'<span class="reason">{escape(word)}</span>'
    return anchor(f"/docs/reasons/README.md#{word.lower()}", escape(word), class_="reason")


def table(head: Iterable[str], rows: Iterable[str], name: str) -> str:
    """Return a table; heads are text, rows are HTML, the name is for who hears it."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    return (
        f'<div class="scroll"><table aria-label="{escape(name)}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def row(cells: Iterable[str], key: str = "") -> str:
    """Return a row; cells are HTML. The key tells a row from others when the page is renewed."""
    mark = f' data-key="{escape(key)}"' if key else ""
    return f"<tr{mark}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def items(graph: Relations, ids: Iterable[str], kind: str = "ul") -> str:
    """Return a list of objects with their status and what they say."""
    return f'<{kind} class="objects">{"".join(item(graph, node_id) for node_id in ids)}</{kind}>'


def item(graph: Relations, node_id: str, more: str = "") -> str:
    """Return an object of a list; more is HTML."""
    node = graph.get(node_id)
    return (
        f'<li data-key="{escape(node_id)}">{badge(status_of(graph, node_id))} {link(graph, node_id)}'
        f"{message(node)}{more}</li>"
    )


def message(node: Node | None) -> str:
    """Return what an object says, if anything."""
    said = words(node) if node is not None else ""
    return f' <span class="says">{escape(said)}</span>' if said else ""


def counted(number: int, noun: str) -> str:
    """Return how many there are of something, in the plural unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def more(shown: int, number: int, where: str = "") -> str:
    """Return how many are not shown; where is HTML."""
    return f'<p class="more">and {number - shown:,} more{where}</p>' if number > shown else ""
