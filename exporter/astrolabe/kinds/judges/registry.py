"""Every judge, by the kind that it judges."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.judging import Judge, Judges
from astrolabe.graph.relations import Relations
from astrolabe.kinds.judges import (
    budget,
    claim,
    cronjob,
    custom,
    endpointslice,
    evidence,
    ingress,
    service,
    webhookconfiguration,
)
from astrolabe.kinds.models.metadata import TERMINATING

_JUDGES = {
    "CronJob": cronjob.JUDGE,
    "CustomResourceDefinition": webhookconfiguration.JUDGE,
    "EndpointSlice": endpointslice.JUDGE,
    "Ingress": ingress.JUDGE,
    "MutatingWebhookConfiguration": webhookconfiguration.JUDGE,
    "PersistentVolumeClaim": claim.JUDGE,
    "PodDisruptionBudget": budget.JUDGE,
    "Service": service.JUDGE,
    "ValidatingWebhookConfiguration": webhookconfiguration.JUDGE,
}


def _while_it_lives(judge: Judge) -> Judge:
    """Leave what is being deleted to its own words: whatever is around it goes or stays."""

    def judged(facts: Facts, view: Relations) -> Verdict:
        return facts.verdict if facts.reason == TERMINATING else judge.judge(facts, view)

    return judge._replace(judge=judged)


JUDGES = Judges(
    {kind: _while_it_lives(judge) for kind, judge in _JUDGES.items()},
    evidence.amend,
    _while_it_lives(custom.JUDGE),
)
