"""What is said of the demo's incidents while they last: the cause that an operator should be told."""

import json

import pytest

from astrolabe.derived.diagnosis.problems import gather
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.registry import KINDS
from astrolabe.scheduling.steps import at_once


def problems(recording, time):
    """Return (cause, reason, message, what waits for it) at a time of the day."""
    graph = Graph(JUDGES)
    for kind in KINDS:
        read = kind.reader(kind.versions[0], KindOptions())
        for obj in recording.moments[time].objects.get(kind.resource, {}).values():
            graph.apply(read(json.dumps(obj).encode(), {}))
        graph.cover(kind.name)
    found = at_once(gather(graph, graph.all_unwell())).found
    return [
        (
            each.id,
            each.node.reason if each.node else "NotFound",
            each.node.message if each.node else "",
            each.affected,
        )
        for each in found
    ]


@pytest.mark.parametrize(
    ("time", "over", "cause", "reason", "words", "waits"),
    [
        (
            "11:30",
            "13:00",
            "Pod/shop-recommendations/recommender-",
            "OOMKilled",
            "its limit of 1Gi",
            "Deployment/shop-recommendations/recommender",
        ),
        (
            "12:00",
            "13:30",
            "Pod/shop-notifications/mailer-",
            "ImagePullBackOff",
            "registry.example.com/shop/mailer:2.71",
            "Deployment/shop-notifications/mailer",
        ),
        (
            "14:00",
            "15:00",
            "Pod/shop-accounts/consent-",
            "ContainersNotReady",
            "Not ready (0/1): app",
            "Deployment/shop-accounts/consent",
        ),
        (
            "16:30",
            "17:00",
            "Service/shop-shipping/tracking",
            "SelectorMatchesNothing",
            "the nearest is app.kubernetes.io/instance=tracking,app.kubernetes.io/name=tracking",
            "",
        ),
        (
            "17:00",
            "18:00",
            "ReplicaSet/shop-inventory/warehouse-",
            "FailedCreate",
            "exceeded quota: team-limit",
            "Deployment/shop-inventory/warehouse",
        ),
    ],
)
def test_an_incident_names_its_cause_until_it_is_mended(recording, time, over, cause, reason, words, waits):
    found = [each for each in problems(recording, time) if each[0].startswith(cause)]
    assert [(each[1], words in each[2]) for each in found] == [(reason, True)], problems(recording, time)
    assert not waits or waits in found[0][3]
    assert not [each for each in problems(recording, over) if each[0].startswith(cause)]
