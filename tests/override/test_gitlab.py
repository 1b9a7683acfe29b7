"""What GitLab and Argo CD answer, and what is made of it: tried again, or told with what would help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from astrolabe.override import events
from astrolabe.override.backend import Trouble
from astrolabe.override.gitops.calls import Pace, retry_after
from tests.override.gitstage import SLEEPINFO, Fault, Stage, staged
from tests.override.world import HOUR

COMMITS, REQUESTS, MERGE = "/repository/commits", "/merge_requests", "/merge"
UNAUTHORIZED = (
    "GitLab refuses the token (401), which is wrong, expired or revoked: make one with the scope `api` and"
    " put it into gitlab.token_file"
)
SCOPE = {
    "error": "insufficient_scope",
    "error_description": "The request requires higher scope",
    "scope": "api",
}
PROTECTED = {"message": "You are not allowed to push into this branch"}
CHANGED = {"message": "You are attempting to update a file that has changed since you started editing it."}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as found:
        yield found


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        pytest.param(Fault("GET", "/branches/main", 401), UNAUTHORIZED, id="401"),
        pytest.param(
            Fault("GET", "/branches/main", 404, {"message": "404 Project Not Found"}),
            "GitLab: shop/environments is not there, or the token's user cannot see it: check gitops.project,"
            " and make the user a member",
            id="404-project",
        ),
        pytest.param(
            Fault("GET", "/branches/main", 404, {"message": "404 Branch Not Found"}),
            "GitLab: shop/environments has no branch main: set branch",
            id="404-branch",
        ),
        pytest.param(
            Fault("GET", "/repository/tree", 404, {"message": "404 Tree Not Found"}),
            "GitLab: shop/environments has no folder envs/dev: set gitops.path",
            id="404-folder",
        ),
        pytest.param(
            Fault("POST", COMMITS, 403, SCOPE),
            "GitLab: the token lacks the scope `api`: make one that has it and put it into gitlab.token_file"
            " (The request requires higher scope)",
            id="403-scope",
        ),
        pytest.param(
            Fault("POST", COMMITS, 403, PROTECTED),
            "GitLab: shop/environments: the token's user may not do this",
            id="403-branch-protected",
        ),
        pytest.param(
            Fault("PUT", MERGE, 401, {"message": "401 Unauthorized"}),
            "GitLab: the token may not merge merge request !1",
            id="401-merge-into-protected",
        ),
        pytest.param(
            Fault("PUT", MERGE, 403, {"message": "403 Forbidden"}),
            "allow its user to merge into the protected branch, or merge it by hand",
            id="403-merge",
        ),
    ],
)
async def test_what_will_not_pass_ends_the_override_and_says_what_helps(
    stage: Stage, fault: Fault, told: str
) -> None:
    stage.faults.append(fault)
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    override = await stage.service.override(number)
    assert (override.phase, override.outcome) == ("closed", "failed")
    assert told in override.why
    assert stage.file() == SLEEPINFO
    assert stage.replicas() == {"web": 3, "api": 2}


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([Fault("POST", COMMITS, 500), Fault("POST", COMMITS, 503)], id="5xx-twice"),
        pytest.param([Fault("GET", "/branches/main", 502), Fault("GET", "/files/", 500)], id="5xx-reading"),
        pytest.param([Fault("POST", COMMITS, 400, CHANGED)], id="400-changed-since"),
        pytest.param([Fault("POST", REQUESTS, 409, {"message": ["Another open one: !7"]})], id="409-exists"),
        pytest.param([Fault("PUT", MERGE, 405), Fault("PUT", MERGE, 405)], id="405-after-creation"),
        pytest.param([Fault("PUT", MERGE, 409, {"message": "SHA does not match HEAD"})], id="409-sha"),
        pytest.param([Fault("PUT", MERGE, 422, {"message": "Branch cannot be merged"})], id="422-conflict"),
        pytest.param([Fault("PUT", MERGE, 406)], id="406-conflict"),
        pytest.param([Fault("GET", "/branches/main", 429)], id="429-without-headers"),
        pytest.param([Fault("PUT", MERGE, 429, headers={"Retry-After": "7"})], id="429-retry-after"),
    ],
)
async def test_what_passes_is_tried_again(stage: Stage, faults: list[Fault]) -> None:
    stage.faults += faults
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert not stage.faults
    assert (await stage.service.override(number)).phase == "verified"
    assert stage.replicas() == {"web": 0, "api": 0}
    assert [each["state"] for each in stage.gitlab.requests if each["state"] != "closed"] == ["merged"]
    assert not await stage.service.happened(events.Failed)


async def test_a_merge_request_that_exists_is_used(stage: Stage) -> None:
    """One was opened, and its answer was lost; the list did not show it yet."""
    stage.faults += [Fault("POST", REQUESTS, 409, after=True), Fault("GET", REQUESTS, 200, [])]
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    assert len(stage.gitlab.requests) == 1


async def test_a_failure_that_lasts_is_told_and_ends_with_it(stage: Stage) -> None:
    stage.faults += [Fault("POST", COMMITS, 503) for _ in range(4)]
    await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    (failed,) = await stage.service.happened(events.Failed)
    assert failed.problem == "GitLab answers 503 to POST repository/commits"  # type: ignore[union-attr]
    assert stage.replicas() == {"web": 0, "api": 0}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 1),
        ({"RateLimit-Reset": "1012"}, 12),
        ({"Retry-After": "30", "RateLimit-Reset": "1012"}, 30),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60),
        ({"Retry-After": "-5", "RateLimit-Reset": "900"}, 60),
        ({"Retry-After": "nan"}, 60),
    ],
)
def test_how_long_a_429_lasts(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, 1000.0) == seconds


async def test_a_429_is_honoured(stage: Stage) -> None:
    stage.faults.append(Fault("GET", "/branches/main", 429, headers={"Retry-After": "33"}))
    await stage.service.ask("dev", "sleep", HOUR)
    for seconds, calls in ((0, 1), (32.5, 1)):
        stage.service.now += seconds
        await stage.service.worker.turn()
        assert len(stage.calls.statuses) == calls
    stage.service.now += 0.6
    await stage.service.worker.turn()
    assert len(stage.calls.statuses) > 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("GET", "/applications/", 401), "Argo CD refuses the token (401)"),
        (Fault("GET", "/applications/", 403), "may not get it: give its role `p, ROLE, applications, get,"),
        (
            Fault("GET", "/applications/", 404),
            "Argo CD has no application dev-shop: check gitops.application",
        ),
        (Fault("POST", "/sync", 403), "may not sync it: give its role `p, ROLE, applications, sync,"),
    ],
)
async def test_argo_cd_refuses(stage: Stage, fault: Fault, told: str) -> None:
    stage.argo_faults.append(fault)
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert told in await stage.why(number)
    # What was merged is taken back by a commit of its own.
    assert stage.file() == SLEEPINFO
    assert stage.replicas() == {"web": 3, "api": 2}


async def test_argo_cd_is_away_for_a_while(stage: Stage) -> None:
    stage.argo_faults += [Fault("GET", "/applications/", 503), Fault("POST", "/sync", 502)]
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"


async def test_an_address_that_is_another_service(stage: Stage) -> None:
    stage.faults.append(Fault("GET", "/branches/main", 302, headers={"Location": stage.argo.url}))
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    # The token does not go where the answer leads.
    assert "302" in await stage.why(number)
    assert stage.file() == SLEEPINFO


async def test_the_token_is_in_no_record(stage: Stage) -> None:
    stage.token = "glpat-revoked"
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert await stage.why(number) == UNAUTHORIZED
    for record in await stage.service.store.read():
        assert b"glpat" not in record.body


@pytest.mark.looptime
async def test_calls_wait_for_their_turn() -> None:
    loop = asyncio.get_running_loop()
    pace = Pace((3, 60.0), clock=loop.time)
    for _ in range(3):
        await pace.turn()
    start = loop.time()
    await pace.turn()
    assert loop.time() - start == pytest.approx(60.0)


@pytest.mark.looptime
async def test_a_turn_that_is_far_away_is_the_steps_to_wait_for() -> None:
    pace = Pace((2, 3600.0), clock=asyncio.get_running_loop().time)
    for _ in range(2):
        await pace.turn()
    with pytest.raises(Trouble) as raised:
        await pace.turn()
    assert raised.value.retry_after == pytest.approx(3600.0)
