"""Laws of the GitOps backend over generated sequences: wishes, waits, kills, faults, edits by others."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from astrolabe.override.rules.refusal import Refusal
from tests.override.gitstage import FILE, SLEEPINFO, WORKLOADS, Fault, Stage, staged
from tests.override.world import ANN

MINUTE = 60.0
WEB = "envs/dev/web.yaml"
Act: TypeAlias = tuple[Any, ...]
ACTS = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(("wake", "sleep")), st.integers(10, 60)),
    st.tuples(st.just("end")),
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("kill"), st.integers(0, 25)),
    st.tuples(st.just("edit"), st.sampled_from(("sleepAt:  ", "weekdays: ")), st.integers(0, 2)),
    st.tuples(
        st.just("fault"),
        st.sampled_from(
            (
                ("GET", "branches", 502, False),
                ("POST", "commits", 500, True),
                ("POST", "merge_requests", 503, True),
                ("PUT", "merge", 405, False),
                ("PUT", "merge", 500, True),
                ("GET", "merge_requests", 429, False),
                ("argo", "sync", 500, True),
                ("argo", "applications", 503, False),
            )
        ),
    ),
)
WRITTEN = {"sleepAt:  ": ('"20:00"', '"20:30"', '"21:00"'), "weekdays: ": ("'1-5'", "'1-4'", "'1-3'")}
"""What somebody writes into the file: schedules that do not tick within the test."""
SEQUENCES = st.lists(ACTS, min_size=1, max_size=6)


def edited(text: str, field: str, value: str) -> str:
    """Write a field as somebody would by hand; everything else stays."""
    return re.sub(rf"({field.strip()}\s+)('[^']*'|\"[^\"]*\")", lambda found: found[1] + value, text, count=1)


async def law(acts: list[Act]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with staged(Path(folder)) as stage:
            expected = SLEEPINFO
            for act in acts:
                expected = await do(act, stage, expected)
                await stage.settle()
                deciding = (await stage.service.state()).deciding("dev", stage.service.now)
                asleep = deciding is not None and deciding.action == "sleep"
                assert stage.replicas() == ({"web": 0, "api": 0} if asleep else {"web": 3, "api": 2}), act
            # Every override ends; then git says what people wrote, byte for byte.
            for _ in range(3):
                stage.service.now += 61 * MINUTE
                await stage.settle()
            state = await stage.service.state()
            assert not list(state.open())
            assert not state.holds
            assert stage.file() == expected
            assert stage.file(WEB) == WORKLOADS
            assert stage.replicas() == {"web": 3, "api": 2}
            assert stage.sleepinfo()["weekdays"] == (await _said(stage))
            assert all(each["state"] != "opened" for each in stage.gitlab.requests)
            changes = await stage.changes()
            merged = [each for each in changes if "is merged into" in each]
            assert len(merged) == len(set(merged)), "no merge request twice"


async def _said(stage: Stage) -> str:
    found = re.search(r"weekdays:\s+'([^']*)'", stage.file())
    assert found is not None
    return found[1]


async def do(act: Act, stage: Stage, expected: str) -> str:
    """Do one thing; returns what the file is to say in the end."""
    match act:
        case ("ask", action, minutes):
            await stage.service.ask("dev", action, minutes * MINUTE, ANN)
        case ("end",):
            for each in list(stage.service.ledger.state.open("dev")):
                try:
                    await stage.service.end(each.number)
                except Refusal:
                    continue
        case ("wait", minutes):
            stage.service.now += minutes * MINUTE
        case ("kill", points):
            stage.killable.kill_at = len(stage.killable.points) + points
        case ("edit", field, number):
            value = WRITTEN[field][number]
            now = stage.file()
            if edited(now, field, value) != now:
                stage.repository.commit("main", {FILE: edited(now, field, value)}, "Somebody edits")
                stage.argo.bring()
                return edited(expected, field, value)
        case ("fault", ("argo", part, status, after)):
            stage.argo_faults.append(Fault("POST" if after else "GET", part, status, after=after))
        case ("fault", (method, part, status, after)):
            stage.faults.append(Fault(method, part, status, after=after))
    return expected


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEQUENCES)
@example([("ask", "sleep", 30), ("edit", "weekdays: ", 1), ("ask", "wake", 10), ("end",)])
@example([("kill", 9), ("ask", "sleep", 20), ("fault", ("PUT", "merge", 500, True)), ("ask", "wake", 60)])
def test_git_says_in_the_end_what_people_wrote(acts: list[Act]) -> None:
    asyncio.run(law(acts))


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEQUENCES)
def test_git_says_in_the_end_what_people_wrote_over_many_sequences(acts: list[Act]) -> None:
    asyncio.run(law(acts))
