"""Rules for any PromQL, over the tree that Prometheus makes of it: those of pint that need no live data.

Each takes a tree and yields what is wrong, in words. https://cloudflare.github.io/pint/checks/ explains them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Tree = dict[str, Any]
Rule = Callable[[Tree], Iterator[str]]

OF_COUNTERS = {"rate", "irate", "increase", "resets"}
COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}
_COUNTER = re.compile(r"_(total|bucket|sum|count)$")
_OVER_ALL_TIME = OF_COUNTERS | {"absent_over_time", "count_over_time", "max_over_time", "present_over_time"}
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_SETS = {"and", "or", "unless"}
_MINUTE, _DAY = 60_000, 86_400_000


def parts(tree: Tree) -> Iterator[Tree]:
    """Return a tree and everything in it."""
    yield tree
    for child in children(tree):
        yield from parts(child)


def children(tree: Tree) -> list[Tree]:
    """Return what stands directly below."""
    below = [tree.get(name) for name in ("lhs", "rhs", "expr", "param")]
    return [each for each in (*below, *tree.get("args", ())) if isinstance(each, dict)]


def selectors(tree: Tree) -> list[Tree]:
    """Return what asks for series."""
    return [each for each in parts(tree) if each["type"] in {"vectorSelector", "matrixSelector"}]


def regexp(tree: Tree) -> Iterator[str]:
    """A regular expression that is a plain word, or has anchors, or matches anything."""
    for selector in selectors(tree):
        for matcher in selector["matchers"]:
            if matcher["type"] not in {"=~", "!~"}:
                continue
            said = f"{matcher['name']}{matcher['type']}“{matcher['value']}”"
            if not _SPECIAL.search(matcher["value"]):
                yield f"{said} is a word: match it with = or !="
            elif matcher["value"] == ".*":
                yield f"{said} matches anything"
            elif re.search(r"^\^|(?<!\\)\$$", matcher["value"]):
                yield f"{said} is anchored anyway"


def counter(tree: Tree) -> Iterator[str]:
    """The present value of a counter, which says when the process began and nothing else."""
    for name in _bare(tree, within=""):
        yield f"{name} is a counter: ask for its rate or increase"


def _bare(tree: Tree, within: str) -> Iterator[str]:
    if tree["type"] in {"vectorSelector", "matrixSelector"}:
        if tree["name"].endswith("_total") and within not in _OVER_ALL_TIME | {"absent", "group", "count"}:
            yield tree["name"]
        return
    if tree["type"] == "call":
        within = tree["func"]["name"]
    elif tree["type"] == "aggregation" and not (tree["op"] == "max" and within in OF_COUNTERS):
        within = tree["op"]
    for child in children(tree):
        yield from _bare(child, within)


def rate(tree: Tree) -> Iterator[str]:
    """The rate of what is no counter, or over less than two scrapes of a minute."""
    for call in _calls(tree, OF_COUNTERS):
        (over,) = call["args"]
        if _of_replicas(over):
            continue
        if over["type"] != "matrixSelector":
            yield f"{call['func']['name']} of what was aggregated before: first the rate, then the sum"
        elif not _COUNTER.search(over["name"]):
            yield f"{call['func']['name']} of {over['name']}, which is no counter"
        elif over["range"] < 2 * _MINUTE:
            yield f"{call['func']['name']} of {over['name']} over less than two scrapes"


def _of_replicas(tree: Tree) -> bool:
    """Whether it is the highest of several replicas of a counter, over time."""
    return tree["type"] == "subquery" and (tree["expr"]["type"], tree["expr"].get("op")) == (
        "aggregation",
        "max",
    )


def nan(tree: Tree) -> Iterator[str]:
    """A division within a sum: one 0/0 makes all of it NaN."""
    for each in parts(tree):
        if each["type"] == "aggregation" and each["op"] in {"sum", "avg", "stddev", "stdvar"}:
            for inner in parts(each["expr"]):
                if inner["type"] == "binaryExpr" and inner["op"] in {"/", "%"} and not _number(inner["rhs"]):
                    yield f"{each['op']} over a division, which may be by 0"


def offset(tree: Tree) -> Iterator[str]:
    """Data that is older than what Prometheus keeps by default, 15 days."""
    for each in parts(tree):
        reach = each.get("offset", 0) + each.get("range", 0)
        if reach > 15 * _DAY:
            yield f"looks back {reach / _DAY:g} days, and Prometheus keeps 15 by default"


def impossible(tree: Tree) -> Iterator[str]:
    """A grouping or a join by a label that an aggregation below has taken away."""
    for each in parts(tree):
        if each["type"] == "aggregation" and not each["without"]:
            yield from _gone(set(each["grouping"]), each["expr"], each["op"])
        elif each["type"] == "binaryExpr" and each["matching"] and each["matching"]["on"]:
            asked = set(each["matching"]["labels"])
            for side in ("lhs", "rhs"):
                yield from _gone(asked, each[side], f"{side} of {each['op']}")
            yield from _gone(set(each["matching"]["include"]), _one_side(each), "group_left")


def _one_side(tree: Tree) -> Tree:
    side: Tree = tree["lhs" if tree["matching"]["card"] == "one-to-many" else "rhs"]
    return side


def _gone(asked: set[str], operand: Tree, where: str) -> Iterator[str]:
    there = kept(operand)
    if there is not None and asked - there:
        yield f"{where} asks for {', '.join(sorted(asked - there))}, which is aggregated away"


def kept(tree: Tree) -> frozenset[str] | None:
    """Return the labels that a result can have at most, or None where that depends on the series."""
    match tree["type"]:
        case "parenExpr" | "unaryExpr" | "subquery":
            return kept(tree["expr"])
        case "numberLiteral":
            return frozenset()
        case "aggregation":
            return _of_aggregation(tree)
        case "call":
            return _of_call(tree)
        case "binaryExpr":
            return _of_binary(tree)
    return None


def _of_aggregation(tree: Tree) -> frozenset[str] | None:
    inner, named = kept(tree["expr"]), frozenset(tree["grouping"])
    if tree["op"] in {"topk", "bottomk", "limitk"}:
        return inner
    if tree["without"]:
        return None if inner is None else inner - named
    return named | ({tree["param"]["val"]} if tree["op"] == "count_values" else frozenset())


def _of_call(tree: Tree) -> frozenset[str] | None:
    name, arguments = tree["func"]["name"], tree["args"]
    if name in {"vector", "time", "scalar"}:
        return frozenset()
    operand = next(
        (each for each in arguments if each["type"] not in {"stringLiteral", "numberLiteral"}), None
    )
    inner = kept(operand) if operand else frozenset()
    added = {arguments[1]["val"]} if name in {"label_replace", "label_join"} else set()
    return None if inner is None else inner | added


def _of_binary(tree: Tree) -> frozenset[str] | None:
    left, right, matching = kept(tree["lhs"]), kept(tree["rhs"]), tree["matching"]
    if _number(tree["lhs"]):
        return right
    if _number(tree["rhs"]) or matching is None or tree["op"] in {"and", "unless"}:
        return left
    if tree["op"] == "or":
        return None if left is None or right is None else left | right
    if matching["card"] == "one-to-one":
        return frozenset(matching["labels"]) if matching["on"] else left
    many = right if matching["card"] == "one-to-many" else left
    return None if many is None else many | set(matching["include"])


def cluster(tree: Tree) -> Iterator[str]:
    """A grouping or a join without `cluster`, which would add up or join what is in different clusters."""
    for each in parts(tree):
        if each["type"] == "aggregation":
            if ("cluster" in each["grouping"]) is each["without"]:
                yield f"{each['op']} is not by cluster"
        elif each["type"] == "binaryExpr" and each["matching"] and not _alone(each):
            matching = each["matching"]
            if ("cluster" in matching["labels"]) is not matching["on"]:
                yield f"{each['op']} does not join on cluster"


def _alone(tree: Tree) -> bool:
    """Say whether a side has no labels to join by, or all of both are compared: `or` and `and` of all."""
    everything = tree["op"] in _SETS and not tree["matching"]["on"] and not tree["matching"]["labels"]
    return everything or kept(tree["lhs"]) == frozenset() or kept(tree["rhs"]) == frozenset()


def compared(tree: Tree) -> bool:
    """Say whether a condition decides that there is a result, and not only that there are series."""
    match tree["type"]:
        case "parenExpr" | "aggregation":
            return compared(tree["expr"])
        case "call":
            if tree["func"]["name"] in {"absent", "absent_over_time"}:
                return True
            return any(compared(each) for each in tree["args"])
        case "binaryExpr":
            if tree["op"] in COMPARISONS and not tree["bool"]:
                return True
            if tree["op"] == "or":
                return compared(tree["lhs"]) and compared(tree["rhs"])
            return tree["op"] == "unless" or compared(tree["lhs"]) or compared(tree["rhs"])
    return False


def sampled(tree: Tree) -> Iterator[str]:
    """The name of each function that takes some series of many: which ones may change each time."""
    for each in parts(tree):
        if each["type"] == "aggregation" and each["op"] in {"topk", "bottomk", "limitk", "limit_ratio"}:
            yield each["op"]


def between_aggregations(tree: Tree) -> bool:
    """Say whether figures of two aggregations are put together, of which one may be complete first."""
    return any(
        each["type"] == "binaryExpr"
        and each["op"] in {"+", "-", "*", "/", "%"}
        and all(any(inner["type"] == "aggregation" for inner in parts(each[side])) for side in ("lhs", "rhs"))
        for each in parts(tree)
    )


def _calls(tree: Tree, names: set[str]) -> Iterator[Tree]:
    return (each for each in parts(tree) if each["type"] == "call" and each["func"]["name"] in names)


def _number(tree: Tree) -> bool:
    return kept(tree) == frozenset() and not any(each["type"] == "vectorSelector" for each in parts(tree))


RULES: Mapping[str, Rule] = {
    "promql/regexp": regexp,
    "promql/counter": counter,
    "promql/rate": rate,
    "promql/nan": nan,
    "promql/offset": offset,
    "promql/impossible": impossible,
}
