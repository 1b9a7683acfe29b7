"""Which labels come out of a query, and whether each part of it asks only for labels that are there.

PromQL takes a label that does not exist for an empty one, so a typing error joins everything with
everything, or finds nothing, and never fails. This walks the syntax tree, as Prometheus parsed it.
"""

from __future__ import annotations

from typing import Any

from tests.dashboards.contract import LABELS

Tree = dict[str, Any]
_SETS = {"and", "or", "unless"}


class UnknownLabel(Exception):
    """A query asks for something that its metrics do not have."""


def labels(tree: Tree) -> frozenset[str]:
    """Return the labels that the result may have."""
    match tree["type"]:
        case "vectorSelector" | "matrixSelector":
            return _selector(tree)
        case "aggregation":
            return _aggregation(tree)
        case "call":
            return _call(tree)
        case "binaryExpr":
            return _binary(tree)
        case "parenExpr" | "unaryExpr" | "subquery":
            return labels(tree["expr"])
        case "numberLiteral":
            return frozenset()
        case other:
            raise AssertionError(other)


def _selector(tree: Tree) -> frozenset[str]:
    metric = tree["name"]
    if metric not in LABELS:
        raise UnknownLabel(f"no metric {metric}")
    _expect({matcher["name"] for matcher in tree["matchers"]}, LABELS[metric], metric)
    return LABELS[metric]


def _aggregation(tree: Tree) -> frozenset[str]:
    inner, by = labels(tree["expr"]), frozenset(tree["grouping"])
    assert not tree["without"], "labels that a metric may gain later must not break a join"
    _expect(by, inner, tree["op"])
    if tree["op"] in {"topk", "bottomk"}:
        return inner
    if tree["op"] == "count_values":
        return by | {tree["param"]["val"]}
    return by


def _call(tree: Tree) -> frozenset[str]:
    name, arguments = tree["func"]["name"], tree["args"]
    if name in {"vector", "time"}:
        return frozenset()
    if name == "label_replace":
        inner = labels(arguments[0])
        source, target = arguments[3]["val"], arguments[1]["val"]
        _expect({source} - {""}, inner, name)
        return inner | {target}
    if name == "label_join":
        inner = labels(arguments[0])
        _expect({argument["val"] for argument in arguments[3:]}, inner, name)
        return inner | {arguments[1]["val"]}
    if name == "histogram_quantile":
        inner = labels(arguments[1])
        _expect({"le"}, inner, name)
        return inner - {"le"}
    if name == "sort_desc":
        return labels(arguments[0])
    assert name in {"rate", "increase", "count_over_time"}, name
    return labels(arguments[0]) - {"__name__"}


def _binary(tree: Tree) -> frozenset[str]:
    left, right = labels(tree["lhs"]), labels(tree["rhs"])
    matching, operator = tree["matching"], tree["op"]
    if "numberLiteral" in {tree["lhs"]["type"], tree["rhs"]["type"]} or matching is None:
        return left | right
    if matching["on"]:
        _expect(set(matching["labels"]), left, f"left of {operator}")
        _expect(set(matching["labels"]), right, f"right of {operator}")
    elif operator != "or" and (left and right):
        assert left == right, f"{operator} without on between {set(left)} and {set(right)}"
    if operator == "or":
        return left | right
    if operator in _SETS:
        return left
    if matching["card"] == "many-to-one":
        _expect(set(matching["include"]), right, "group_left")
        return left | set(matching["include"])
    assert matching["card"] == "one-to-one", matching["card"]
    return left


def _expect(asked: set[str] | frozenset[str], there: frozenset[str], where: str) -> None:
    if not asked <= there:
        raise UnknownLabel(f"{where} has no {', '.join(sorted(asked - there))}")
