"""CronJobs are judged by their last Jobs: what failed before a later success is over."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.judging import Judge
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import CronJobDetail


def judge(facts: Facts, view: Relations) -> Verdict:
    """Return how a CronJob is."""
    detail = facts.detail
    node = view.get(facts.id)
    assert node is not None
    if isinstance(detail, CronJobDetail) and detail.suspended:
        return facts.verdict
    jobs = [found for each in view.owned_ids(node) if (found := view.get(each)) is not None]
    ended = [
        job
        for job in jobs
        if job.facts.kind == "Job" and (job.status == "Error" or job.message == "Completed")
    ]
    ended.sort(key=lambda job: (job.facts.created, job.id), reverse=True)
    failed = 0
    for job in ended:
        if job.status != "Error":
            break
        failed += 1
    if not failed:
        return facts.verdict
    last = ended[0]
    which = "Its last Job" if failed == 1 else f"Its last {failed} Jobs"
    words = f"{which} failed; {last.facts.name}: {last.message}"
    return Verdict("Error", last.reason, words, ended[failed - 1].since)


JUDGE = Judge(judge, frozenset({"owns"}), frozenset({"Job"}))
