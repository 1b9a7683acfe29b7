"""StatefulSets, beyond what test_replicas.py says of all that have replicas."""

from __future__ import annotations

from astrolabe.kinds.statefulset import KIND
from tests.kinds.objects import TEMPLATE, TEMPLATE_EDGES, edges, facts


def test_claim_templates_are_mounted_by_the_pods_alone() -> None:
    described = facts(
        KIND,
        spec={
            "template": TEMPLATE,
            "serviceName": "db",
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"storageClassName": "fast"}}],
        },
    )
    assert edges(described) == [*TEMPLATE_EDGES, "headless → Service/shop/db"]
