from datetime import datetime

import pytest

from astrolabe.demo.controllers.cron import due


@pytest.mark.parametrize(
    ("schedule", "time", "expected"),
    [
        ("* * * * *", "2026-03-02T08:07", True),
        ("*/5 * * * *", "2026-03-02T08:10", True),
        ("*/5 * * * *", "2026-03-02T08:11", False),
        ("10,30,50 * * * *", "2026-03-02T08:30", True),
        ("10,30,50 * * * *", "2026-03-02T08:20", False),
        ("0 8 * * *", "2026-03-02T08:00", True),
        ("0 8 * * *", "2026-03-02T09:00", False),
        ("0 8 * * 1-5", "2026-03-02T08:00", True),  # a Monday
        ("0 8 * * 1-5", "2026-03-01T08:00", False),
        ("0 8 * * 0", "2026-03-01T08:00", True),
        ("5/20 * * * *", "2026-03-02T08:45", True),
        ("5/20 * * * *", "2026-03-02T08:40", False),
        ("0 8 2 3 *", "2026-03-02T08:00", True),
        ("0 8 2 4 *", "2026-03-02T08:00", False),
    ],
)
def test_schedules(schedule, time, expected):
    assert due(schedule, datetime.fromisoformat(time)) is expected
