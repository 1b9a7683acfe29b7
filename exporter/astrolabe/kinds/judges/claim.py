"""Claims are judged by their class: one that waits for its first consumer is as it should be."""

from __future__ import annotations

from msgspec.structs import replace

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.judging import Judge
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import ClaimDetail, ClassDetail
from astrolabe.kinds.models.untrusted import one_line

WAITS = "WaitForFirstConsumer"


def judge(facts: Facts, view: Relations) -> Verdict:
    """Return how a PersistentVolumeClaim is."""
    detail = facts.detail
    if facts.status != "Pending" or facts.reason != "Pending" or not isinstance(detail, ClaimDetail):
        return facts.verdict
    storage_class = view.get(f"StorageClass/{detail.storage_class}")
    found = storage_class.facts.detail if storage_class is not None else None
    if detail.volume or not isinstance(found, ClassDetail):
        return facts.verdict
    if detail.selected or not found.waits:
        made_by = f"{facts.message}, made by {one_line(found.provisioner)}"
        return replace(facts.verdict, message=made_by) if found.provisioner else facts.verdict
    return Verdict(
        "Ready", WAITS, "Waits for the first Pod that uses it and has found a Node (WaitForFirstConsumer)"
    )


JUDGE = Judge(judge, frozenset({"provisions"}), frozenset({"StorageClass"}))
