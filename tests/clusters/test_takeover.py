"""How much a counter grew, while exporters come and go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dashboards.queries.merged import grown
from tests.dashboards.prometheus import AT, Prometheus, holding
from tests.dashboards.rendering import filled

pytestmark = pytest.mark.real

METRIC = "kube_green_sleep_operations_total"
MINUTES = 120
END = AT // 60 * 60
STEP = 15


Told = Mapping[int, int | None]
"""The value of a counter from each minute on; None is no series."""


def counted(values: Mapping[str, Told]) -> Iterator[str]:
    """Return a counter as each instance tells it, with the number of its shard."""
    for instance, told in values.items():
        me = f'job="astrolabe",instance="{instance}"'
        value: int | None = None
        for second in range(0, MINUTES * 60 + 1, STEP):
            value = told.get(second // 60, value)
            if value is not None:
                moment = END - MINUTES * 60 + second
                labels = f'{me},environment="dev",operation="sleep",status="success"'
                yield f"{METRIC}{{{labels}}} {value} {moment}"
                yield f"astrolabe_shard{{{me}}} 0 {moment}"


@pytest.mark.parametrize(
    ("told", "grew"),
    [
        pytest.param({"a": {0: 10, 60: 15}}, 5, id="one process"),
        pytest.param({"a": {0: 10, 60: 15}, "b": {0: 10, 60: 15}}, 5, id="two replicas that both count"),
        pytest.param(
            {"a": {0: 10, 30: 12, 60: None}, "b": {60: 12, 90: 15}}, 5, id="a replica that takes over"
        ),
        pytest.param({"a": {0: 10, 30: 12, 60: None}, "b": {60: 0, 90: 3}}, 5, id="one that begins at 0"),
    ],
)
def test_what_several_saw_is_counted_once(tmp_path: Path, told: Mapping[str, Told], grew: int) -> None:
    with holding(tmp_path, counted(told)) as prometheus:
        assert round(asked(prometheus)) == grew


def asked(prometheus: Prometheus) -> float:
    query = filled(grown(METRIC, 'cluster=""'), "", __range=f"{MINUTES}m")
    (series,) = prometheus.vector(query, END)
    return float(series["value"][1])
