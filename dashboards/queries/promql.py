"""The few constructions of PromQL from which the longer queries are built, and the scopes of the boards."""

from __future__ import annotations

CLUSTER = 'cluster="$cluster"'
NAMESPACE = f'{CLUSTER}, namespace="${{namespace:raw}}"'
"""For pictures of one namespace: with All, or with several, they are empty.

Grafana escapes the values of a variable that offers All for regular expressions, unless it is asked for
them raw.
"""
NAMESPACES = f'{CLUSTER}, namespace=~"$namespace"'
"""For boards where All may be chosen."""
ENVIRONMENTS = f'{CLUSTER}, environment=~"$environment"'

WORKLOADS = f'{NAMESPACES}, environment=~"$environment"'


def relabel(expr: str, label: str, replacement: str, source: str, pattern: str = "(.*)") -> str:
    """Return `expr` with `label` set from the label `source` where that matches `pattern` as a whole."""
    return f'label_replace({expr}, "{label}", "{replacement}", "{source}", "{pattern}")'


def renamed(expr: str, label: str, source: str) -> str:
    """Return `expr` with the value of the label `source` in `label` as well."""
    return relabel(expr, label, "$1", source)


def labelled(expr: str, label: str, value: str) -> str:
    """Return `expr` with `label` set to `value`."""
    return relabel(expr, label, value, "", "")


def ranked(expr: str) -> str:
    """Return `expr` with the rank of its `severity` in `rank`: `info` comes before `warning` by letters."""
    expr = labelled(expr, "rank", "4")
    for rank, severity in enumerate(("critical", "warning", "info"), start=1):
        expr = relabel(expr, "rank", str(rank), "severity", severity)
    return expr


def joined(expr: str, label: str, separator: str, *sources: str) -> str:
    """Return `expr` with `label` made of the labels `sources`."""
    quoted = ", ".join(f'"{source}"' for source in sources)
    return f'label_join({expr}, "{label}", "{separator}", {quoted})'


def distinct(expr: str, *labels: str) -> str:
    """Return one series, of value 1, for each combination of `labels` (and cluster) in `expr`."""
    return f"group by ({', '.join(('cluster', *labels))}) ({expr})"


def parted(expr: str, label: str) -> str:
    """Return `expr` with the parts of the id in `label` in the labels `label_kind`, `_namespace` and `_name`.

    The namespace of what is in none is `-`: Prometheus leaves out a label that is empty.
    """
    kind, namespace, name = (f"{label}_{part}" for part in ("kind", "namespace", "name"))
    expr = relabel(expr, kind, "$1", label, "([^/]+)/.+")
    expr = relabel(expr, namespace, "-", label)
    expr = relabel(expr, namespace, "$1", label, "[^/]+/([^/]+)/[^/]+")
    expr = relabel(expr, name, "$1", label, "[^/]+/(.+)")
    return relabel(expr, name, "$1", label, "[^/]+/[^/]+/([^/]+)")


def or_zero(expr: str) -> str:
    """Return `expr`, one figure of the cluster, or 0 where an exporter is there and has nothing to count.

    Without an exporter nothing is known, and 0 would say that all is well.
    """
    return f"({expr}) or 0 * max by (cluster) (astrolabe_shard{{{CLUSTER}}})"


def counted(expr: str) -> str:
    """Return how many series `expr` has, 0 included."""
    return or_zero(f"count by (cluster) ({expr})")
