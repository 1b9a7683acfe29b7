"""The GitOps backend the whole way: a branch, a merge request, a sync, and back by a commit of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from astrolabe.override import events
from astrolabe.override.gitops.gitlab import CALLS
from tests.override.gitstage import FILE, SLEEPINFO, WORKLOADS, Fault, Stage, staged
from tests.override.world import ANN, BOB, EVE, HOUR

WEB = "envs/dev/web.yaml"
STILL = SLEEPINFO.replace("'1-5'", "'6'")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as found:
        yield found


async def test_asleep_and_back(stage: Stage) -> None:
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    # One field of one file each, by one commit: every other byte is as it was.
    assert stage.file() == STILL
    assert stage.file(WEB) == WORKLOADS.replace("replicas: 3", "replicas: 0")
    # What git says comes by the sync, what it leaves open by the scale subresource.
    assert stage.replicas() == {"web": 0, "api": 0}
    assert stage.sleepinfo()["weekdays"] == "6"
    stage.service.now += HOUR
    await stage.settle()
    override = await stage.service.override(number)
    assert (override.phase, override.outcome) == ("closed", "restored")
    assert stage.file() == SLEEPINFO
    assert stage.file(WEB) == WORKLOADS
    assert stage.replicas() == {"web": 3, "api": 2}
    assert [each["state"] for each in stage.gitlab.requests] == ["merged", "merged"]
    titles = [each["title"] for each in stage.gitlab.requests]
    assert titles == [
        "dev is to be asleep until 2026-11-23 10:00 UTC (override 1)",
        "dev follows its schedule again",
    ]
    changes = await stage.changes()
    assert len(changes) == len(set(changes))
    assert not (await stage.service.state()).holds
    assert {call[:2] for call in stage.calls.statuses} <= set(CALLS)


async def test_a_wake_within_the_night(stage: Stage) -> None:
    stage.service.now += 13 * HOUR
    stage.cluster.put(_scaled(stage, "api", 0))
    _kube_green_slept(stage, "api", 2)
    number = await stage.service.ask("dev", "wake", HOUR)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    assert stage.replicas() == {"web": 3, "api": 2}
    assert stage.file() == STILL
    assert stage.file(WEB) == WORKLOADS
    stage.service.now += HOUR
    await stage.settle()
    # Git says 3 of `web`, so it is never asleep by schedule; `api` is left to kube-green.
    assert stage.replicas() == {"web": 3, "api": 0}
    assert stage.file() == SLEEPINFO


async def test_a_wake_over_the_wake_up_waits_for_the_next_sleep(stage: Stage) -> None:
    """After a sleep kube-green does nothing but a wake-up: until its next sleep git has none."""
    stage.service.now += 13 * HOUR
    stage.cluster.put(_scaled(stage, "api", 0))
    _kube_green_slept(stage, "api", 2)
    number = await stage.service.ask("dev", "wake", 11 * HOUR, EVE)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    stage.service.now += 11 * HOUR
    await stage.settle()
    override = await stage.service.override(number)
    assert (override.phase, override.outcome) == ("closed", "restored")
    line = '    wakeUpAt:  "08:00"      # before'
    assert stage.file() == SLEEPINFO.replace(
        line, '    # astrolabe-override: wakeUpAt:  "08:00"      # before'
    )
    assert "wakeUpAt" not in stage.sleepinfo()
    assert stage.replicas() == {"web": 3, "api": 2}
    (hold,) = (await stage.service.state()).holds.values()
    assert hold.not_before > stage.service.now
    # kube-green sleeps at its tick, and then the wake-up comes back, to the byte.
    stage.service.now = hold.not_before
    stage.cluster.put(_scaled(stage, "api", 0))
    await stage.settle()
    assert stage.file() == SLEEPINFO
    assert stage.sleepinfo()["wakeUpAt"] == "08:00"
    assert stage.replicas() == {"web": 3, "api": 0}
    assert not (await stage.service.state()).holds
    changes = await stage.changes()
    assert [each for each in changes if "wakeUpAt" in each] == [
        "SleepInfo/dev/nights: wakeUpAt taken away until its next sleep",
        "SleepInfo/dev/nights: wakeUpAt 08:00, as before",
    ]


async def test_a_sleep_over_the_sleep_is_woken_by_the_service(stage: Stage) -> None:
    """kube-green will not wake what it did not put to sleep."""
    stage.service.now += 10 * HOUR
    await stage.service.ask("dev", "sleep", 2 * HOUR)
    await stage.settle()
    stage.service.now += 2 * HOUR
    await stage.settle()
    # By schedule it is asleep now; what git decides comes back.
    assert stage.replicas() == {"web": 3, "api": 0}
    assert stage.file() == STILL
    (hold,) = (await stage.service.state()).holds.values()
    stage.service.now = hold.not_before
    await stage.settle()
    assert stage.replicas() == {"web": 3, "api": 2}
    assert stage.file() == SLEEPINFO
    assert not (await stage.service.state()).holds


async def test_an_override_that_changes_nothing_makes_no_merge_request(stage: Stage) -> None:
    await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    stage.service.now += 60
    await stage.service.ask("dev", "sleep", 2 * HOUR)
    await stage.settle()
    assert len(stage.gitlab.requests) == 1


async def test_replicas_that_argo_cd_ignores_are_scaled(stage: Stage) -> None:
    ignored = {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}
    stage.argo.spec = {
        "ignoreDifferences": [ignored],
        "syncPolicy": {"syncOptions": ["RespectIgnoreDifferences=true"]},
    }
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    assert stage.file(WEB) == WORKLOADS
    assert stage.replicas() == {"web": 0, "api": 0}


async def test_replicas_that_are_ignored_and_synced_all_the_same(stage: Stage) -> None:
    ignored = {"group": "apps", "kind": "Deployment", "jqPathExpressions": [".spec.replicas"]}
    stage.argo.spec = {"ignoreDifferences": [ignored]}
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert "add the sync option RespectIgnoreDifferences=true" in await stage.why(number)
    assert stage.file() == SLEEPINFO


async def test_somebody_else_edits_the_sleepinfo_before_the_commit(stage: Stage) -> None:
    edited = SLEEPINFO.replace("'1-5'", "'1-6'")

    def interfere(name: str) -> None:
        if name == "before commit" and not stage.repository.messages("main")[0].startswith("Work"):
            stage.repository.commit("main", {FILE: edited}, "Work on Saturdays")

    point = stage.killable.point
    stage.killable.point = lambda name: (interfere(name), point(name))[1]  # type: ignore[method-assign]
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    waits = await stage.service.happened(events.Waits)
    assert [each.why for each in waits] == [  # type: ignore[union-attr]
        f"somebody else changed SleepInfo/dev/nights spec.weekdays in {FILE} meanwhile"
    ]
    assert stage.file() == edited.replace("'1-6'", "'6'")
    stage.service.now += HOUR
    await stage.settle()
    assert stage.file() == edited


async def test_somebody_else_edits_the_sleepinfo_before_the_merge(stage: Stage) -> None:
    """The merge request conflicts: its branch goes, and another one is made of what is there now."""
    edited = SLEEPINFO.replace("'1-5'", "'1-6'")
    done: list[str] = []

    def interfere(name: str) -> None:
        if name == "before merge" and not done:
            done.append(name)
            stage.repository.commit("main", {FILE: edited}, "Work on Saturdays")

    point = stage.killable.point
    stage.killable.point = lambda name: (interfere(name), point(name))[1]  # type: ignore[method-assign]
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    assert [each["state"] for each in stage.gitlab.requests] == ["closed", "merged"]
    stage.service.now += HOUR
    await stage.settle()
    assert stage.file() == edited


async def test_what_somebody_sets_during_the_override_stays(stage: Stage) -> None:
    await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    theirs = stage.file().replace("'6'", "'0-6'")
    stage.repository.commit("main", {FILE: theirs}, "Sleep every night")
    stage.service.now += HOUR
    await stage.settle()
    assert stage.file() == theirs
    assert stage.replicas() == {"web": 3, "api": 2}
    assert "SleepInfo/dev/nights: somebody set weekdays to 0-6 meanwhile: that stays" in await stage.changes()


async def test_a_sleepinfo_that_somebody_removes_from_git_meanwhile(stage: Stage) -> None:
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    stage.repository.commit("main", {FILE: "# No nights any more.\n"}, "Remove nights")
    stage.service.now += HOUR
    await stage.settle()
    assert (await stage.service.override(number)).outcome == "restored"
    assert stage.replicas() == {"web": 3, "api": 2}
    assert not (await stage.service.state()).holds


async def test_a_merge_request_that_somebody_closes(stage: Stage) -> None:
    """That is a no: the override fails, and nothing is changed. Asked again it is another one."""

    def close(name: str) -> None:
        if name == "before merge" and stage.gitlab.requests and not closed:
            closed.append(name)
            stage.gitlab.requests[-1]["state"] = "closed"

    closed: list[str] = []
    stage.faults.append(Fault("PUT", "/merge", 405))
    point = stage.killable.point
    stage.killable.point = lambda name: (close(name), point(name))[1]  # type: ignore[method-assign]
    first = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert "somebody closed merge request !1" in await stage.why(first)
    assert (await stage.service.override(first)).outcome == "failed"
    assert stage.file() == SLEEPINFO
    assert stage.replicas() == {"web": 3, "api": 2}
    second = await stage.service.ask("dev", "sleep", HOUR, BOB)
    await stage.settle()
    assert (await stage.service.override(second)).phase == "verified"


async def test_a_merge_request_that_nobody_approves_in_time(stage: Stage) -> None:
    """It goes with its override: merged later, it would put to sleep for ever."""
    stage.gitlab.approved = False
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle(150)
    (failed,) = await stage.service.happened(events.Failed)
    assert "waits in GitLab: not approved" in failed.problem  # type: ignore[union-attr]
    stage.service.now += HOUR
    await stage.settle()
    assert (await stage.service.override(number)).phase == "closed"
    assert [each["state"] for each in stage.gitlab.requests] == ["closed"]
    assert stage.repository.branches() == ["main"]
    assert stage.file() == SLEEPINFO
    assert stage.replicas() == {"web": 3, "api": 2}
    assert not (await stage.service.state()).holds


async def test_a_merge_request_that_somebody_merges_after_its_override(stage: Stage) -> None:
    """Between the look and the removal of its branch: what it brought is taken back."""
    stage.gitlab.approved = False
    await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle(60)

    def merge(name: str) -> None:
        if name == "before commit" and stage.gitlab.requests[0]["state"] == "opened":
            stage.gitlab.approved = True
            request = stage.gitlab.requests[0]
            stage.repository.merge(f"refs/heads/{request['source_branch']}", "main")
            stage.repository.remove(request["source_branch"])
            request["state"] = "merged"

    point = stage.killable.point
    stage.killable.point = lambda name: (merge(name), point(name))[1]  # type: ignore[method-assign]
    stage.service.now += HOUR
    await stage.settle()
    assert [each["state"] for each in stage.gitlab.requests] == ["merged", "merged"]
    assert stage.file() == SLEEPINFO
    assert stage.file(WEB) == WORKLOADS
    assert stage.replicas() == {"web": 3, "api": 2}
    assert not (await stage.service.state()).holds


async def test_the_other_wish_while_the_first_waits_for_approval(stage: Stage) -> None:
    stage.gitlab.approved = False
    await stage.service.ask("dev", "sleep", 2 * HOUR)
    await stage.settle(60)
    stage.gitlab.approved = True
    stage.service.now += 60
    number = await stage.service.ask("dev", "wake", HOUR, BOB)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    assert stage.replicas() == {"web": 3, "api": 2}
    assert [each["state"] for each in stage.gitlab.requests] == ["closed", "merged"]
    assert stage.repository.branches() == ["main"]


async def test_a_sleepinfo_that_git_does_not_have(stage: Stage) -> None:
    stage.repository.commit("main", {FILE: "# none\n"}, "Remove nights")
    number = await stage.service.ask("dev", "sleep", HOUR, ANN)
    await stage.settle()
    assert await stage.why(number) == (
        "SleepInfo/dev/nights is in the cluster and in no file: set gitops.path to the folder or file that"
        " has it, or put it into git"
    )


async def test_a_sync_that_fails_is_tried_again_and_told(stage: Stage) -> None:
    stage.argo_faults += [Fault("POST", "/sync", 400, {"error": "another operation is already in progress"})]
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    assert stage.calls.syncs[:2] == ["busy", "started"]
    assert stage.calls.syncs[-1] == "succeeded"


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_killed_at_every_step(tmp_path: Path) -> None:
    """The same end wherever it is killed, one record of each deed, one merge request of each change."""
    await _life(tmp_path / "none", -1, points := [])
    assert len(points) >= 30
    for number, name in enumerate(points):
        await _life(tmp_path / str(number), number, [], name)


async def _life(folder: Path, kill_at: int, points: list[str], name: str = "") -> None:
    async with staged(folder) as stage:
        stage.killable.kill_at = kill_at
        number = await stage.service.ask("dev", "sleep", HOUR)
        await stage.settle()
        assert stage.replicas() == {"web": 0, "api": 0}, name
        assert stage.file() == STILL, name
        stage.service.now += HOUR
        await stage.settle()
        override = await stage.service.override(number)
        assert (override.phase, override.outcome) == ("closed", "restored"), name
        assert (stage.file(), stage.file(WEB)) == (SLEEPINFO, WORKLOADS), name
        assert stage.replicas() == {"web": 3, "api": 2}, name
        assert [each["state"] for each in stage.gitlab.requests] == ["merged", "merged"], name
        changes = await stage.changes()
        assert len(changes) == len(set(changes)) == 8, (name, changes)
        points += stage.killable.points


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(("POST", "/repository/commits"), id="commit"),
        pytest.param(("POST", "/merge_requests"), id="open"),
        pytest.param(("PUT", "/merge"), id="merge"),
    ],
)
async def test_an_answer_that_is_lost(stage: Stage, fault: tuple[str, str]) -> None:
    """GitLab did it and the answer did not come: it is not done twice."""
    stage.faults.append(Fault(*fault, 502, after=True))
    number = await stage.service.ask("dev", "sleep", HOUR)
    await stage.settle()
    assert (await stage.service.override(number)).phase == "verified"
    assert [each["state"] for each in stage.gitlab.requests] == ["merged"]
    assert len(stage.repository.messages("main")) == 3
    changes = await stage.changes()
    assert len(changes) == len(set(changes))


def _scaled(stage: Stage, name: str, count: int) -> dict[str, object]:
    found = stage.cluster.get("deployments.apps", "dev", name)
    return found | {"spec": found["spec"] | {"replicas": count}}


def _kube_green_slept(stage: Stage, name: str, count: int) -> None:
    import base64
    import json

    patches = {"Deployment.apps": {name: json.dumps({"spec": {"replicas": count}})}}
    data = {"original-resource-info": json.dumps(patches), "operation-type": "SLEEP"}
    stage.cluster.put(
        {
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"namespace": "dev", "name": "sleepinfo-nights"},
            "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()},
        }
    )  # fmt: skip
