"""Every judge, by the kind that it judges."""

from __future__ import annotations

from astrolabe.graph.judging import Judges
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

JUDGES = Judges(
    {
        "CronJob": cronjob.JUDGE,
        "EndpointSlice": endpointslice.JUDGE,
        "Ingress": ingress.JUDGE,
        "PersistentVolumeClaim": claim.JUDGE,
        "PodDisruptionBudget": budget.JUDGE,
        "Service": service.JUDGE,
        "MutatingWebhookConfiguration": webhookconfiguration.JUDGE,
        "ValidatingWebhookConfiguration": webhookconfiguration.JUDGE,
    },
    evidence.amend,
    custom.JUDGE,
)
