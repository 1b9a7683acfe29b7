"""Namespaces."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.conditions import Condition
from astrolabe.kinds.models.metadata import TERMINATING, Metadata, Model, facts_of
from astrolabe.kinds.models.untrusted import one_line


class NamespaceStatus(Model):
    """What there is."""

    phase: str | None = None
    conditions: list[Condition] | None = None


class Namespace(Model):
    """A Namespace."""

    metadata: Metadata
    status: NamespaceStatus | None = None


_NO_STATUS = NamespaceStatus()


def describe(namespace: Namespace, context: Context) -> Facts:
    """Turn a Namespace into facts."""
    status = namespace.status or _NO_STATUS
    match status.phase or "Active":
        case "Active":
            return facts_of(namespace.metadata, context, Verdict("Ready", message="Active"))
        case "Terminating":
            return facts_of(namespace.metadata, context, _terminating(status))
        case other:
            words = f"The phase is {one_line(other)}"
            return facts_of(namespace.metadata, context, Verdict("Unknown", message=words))


def _terminating(status: NamespaceStatus) -> Verdict:
    """Say what deletion waits for: the controller tells it in conditions, the most telling ones last."""
    waits = [condition for condition in status.conditions or () if condition.status == "True"]
    words = tuple(condition.says for condition in reversed(waits) if condition.says)
    since = min((condition.since for condition in waits), default=0.0)
    return Verdict("Pending", TERMINATING, "; ".join(words), since, words if len(words) > 1 else ())


KIND = Kind(
    name="Namespace",
    plural="namespaces",
    layer="cluster",
    namespaced=False,
    model=Namespace,
    describe=describe,
)
