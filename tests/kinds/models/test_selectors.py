"""Label selectors."""

from __future__ import annotations

import msgspec
import pytest

from astrolabe.graph.facts import Requirement
from astrolabe.kinds.networkpolicy import KIND
from tests.kinds.objects import facts


def test_labels_come_first_by_name_and_then_the_expressions() -> None:
    selector = {
        "matchLabels": {"tier": "front", "app": "web"},
        "matchExpressions": [
            {"key": "zone", "operator": "In", "values": ["b", "a"]},
            {"key": "canary", "operator": "NotIn", "values": ["yes"]},
            {"key": "team", "operator": "Exists", "values": None},
            {"key": "legacy", "operator": "DoesNotExist"},
        ],
    }
    assert facts(KIND, spec={"podSelector": selector}).selections[0].requirements == (
        Requirement("app", "In", ("web",)),
        Requirement("tier", "In", ("front",)),
        Requirement("zone", "In", ("b", "a")),
        Requirement("canary", "NotIn", ("yes",)),
        Requirement("team", "Exists"),
        Requirement("legacy", "DoesNotExist"),
    )


def test_an_operator_that_does_not_exist_is_refused() -> None:
    expressions = [{"key": "app", "operator": "Like", "values": ["w*"]}]
    with pytest.raises(msgspec.ValidationError, match=r"Like.*podSelector\.matchExpressions\[0\]\.operator"):
        facts(KIND, spec={"podSelector": {"matchExpressions": expressions}})
