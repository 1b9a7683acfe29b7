"""An estimate says from how much data it comes, and is absent below a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.queries import sleep
from tests.dashboards.prometheus import AT, holding
from tests.dashboards.rendering import filled

pytestmark = pytest.mark.real

HOUR = 3600
END = AT // HOUR * HOUR


def samples(hours: int) -> list[str]:
    """Return an exporter that was scraped at each of the last `hours` and saved 2 dollars an hour."""
    me = 'job="astrolabe",instance="10.0.0.1:8080"'
    saved = f'kube_green_cost_savings_estimate_dollars{{{me},environment="dev",time_period="weekly"}}'
    moments = [END - HOUR * back for back in reversed(range(hours))]
    return [
        *(f'astrolabe_build_info{{{me},version="1"}} 1 {moment}' for moment in moments),
        *(f"astrolabe_shard{{{me}}} 0 {moment}" for moment in moments),
        *(f"{saved} {2 * hours} {moment}" for moment in moments),
    ]


@pytest.mark.parametrize(("hours", "year"), [(23, []), (24, [17520.0]), (100, [17520.0])])
def test_a_year_is_projected_from_a_day_of_data_on(tmp_path: Path, hours: int, year: list[float]) -> None:
    with holding(tmp_path, samples(hours)) as prometheus:

        def ask(query: str) -> list[float]:
            return [float(row["value"][1]) for row in prometheus.vector(filled(query, ""), END)]

        assert ask(sleep.held("30d")) == [hours]
        assert ask(sleep.YEARLY) == year
