"""/api/v1/access: the questions over HTTP, and how they are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astrolabe.api import authentication, authorization
from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import Client, cluster, serving, until
from tests.api.shop import make
from tests.api.test_changes import stream
from tests.api.test_security_access import bearer

RBAC = "rbac.authorization.k8s.io"


def server() -> ApiServer:
    reader = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    return cluster(
        make("Secret", "db"),
        make("ServiceAccount", "default"),
        make(
            "RoleBinding",
            "dangling",
            api=f"{RBAC}/v1",
            roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": "gone"},
            subjects=[{"kind": "User", "apiGroup": RBAC, "name": "alice"}],
        ),
        make("Role", "reader", api=f"{RBAC}/v1", rules=reader),
        make(
            "RoleBinding",
            "reader",
            api=f"{RBAC}/v1",
            roleRef={"apiGroup": RBAC, "kind": "Role", "name": "reader"},
            subjects=[{"kind": "User", "apiGroup": RBAC, "name": "alice"}],
        ),
    )


def bound(user: str) -> Any:
    """Return a binding that lets a user read the Secrets of shop."""
    return make(
        "RoleBinding",
        f"late-{user}",
        api=f"{RBAC}/v1",
        roleRef={"apiGroup": RBAC, "kind": "Role", "name": "reader"},
        subjects=[{"kind": "User", "apiGroup": RBAC, "name": user}],
    )


async def ask(client: Client, path: str) -> Any:
    return json.loads(await client.text(f"/api/v1/access/{path}"))


async def test_who_can_read_a_secret() -> None:
    async with serving(server()) as client:
        answer = await ask(client, "who-can?verb=get&resource=secrets/db&namespace=shop")
    assert answer["request"] == "get secrets db in shop"
    assert answer["grants"] == [
        {"subject": "User/alice", "binding": "RoleBinding/shop/reader", "role": "Role/shop/reader"}
    ]
    assert [(way["subject"], way["how"]) for way in answer["ways"]] == [
        ("Group/system:masters", "read"),
        ("User/alice", "read"),
    ]
    assert {each["how"] for each in answer["mounted"]} == {"volume"}
    assert not {"incomplete", "exists", "truncated"} & set(answer)


async def test_what_somebody_may_do() -> None:
    async with serving(server()) as client:
        answer = await ask(client, "of?subject=user/alice")
        nobody = await ask(client, "of?subject=serviceaccount/shop/nobody")
    assert [(rule["binding"], rule["verbs"], rule["resources"]) for rule in answer["rules"]] == [
        ("RoleBinding/shop/reader", ["get"], ["secrets"])
    ]
    assert nobody["exists"] is False


async def test_findings_and_events() -> None:
    async with serving(server()) as client:
        await until(lambda: client.application.access.settled)
        found = (await ask(client, "findings"))["findings"]
        critical = (await ask(client, "findings?severity=critical"))["findings"]
        events = (await ask(client, "events"))["events"]
    assert [each["id"] for each in found if each["rule"] == "role-missing"] == ["RoleBinding/shop/dangling"]
    assert all(each["remedy"] for each in found)
    assert critical == [each for each in found if each["severity"] == "critical"]
    assert events == []


async def test_without_roles_an_answer_says_that_somebody_may_be_missing() -> None:
    async with serving(server(), kinds_denied=("clusterrolebindings.rbac.authorization.k8s.io",)) as client:
        answer = await ask(client, "who-can?verb=get&resource=secrets/db&namespace=shop")
    assert answer["incomplete"] == ["ClusterRoleBinding"]


@pytest.mark.parametrize(
    ("path", "parameter", "message"),
    [
        ("who-can?resource=pods", "verb", "a verb is needed, such as get"),
        (
            "who-can?verb=get",
            "resource",
            "`` is not a resource; write secrets/db, pods/exec or deployments.apps/web",
        ),
        ("who-can?verb=get&resource=a//b", "resource", "`a//b` is not a resource; write secrets/db,"),
        ("of?subject=alice", "subject", "`alice` is not a subject; write serviceaccount/shop/web,"),
        ("of?subject=serviceaccount/web", "subject", "`serviceaccount/web` is not a subject;"),
        ("findings?rule=yodel", "rule", "`yodel` is not a rule;"),
        ("findings?severity=bad", "severity", "expected critical, info or warning"),
        ("findings?silenced=maybe", "silenced", "expected true or false"),
        ("who-can?verb=get&resource=secret/db", "resource", "`secret` is not a resource that rules name;"),
        ("findings?namespaces=x", "namespaces", "there is no such parameter;"),
    ],
)
async def test_what_cannot_be_asked_is_refused(path: str, parameter: str, message: str) -> None:
    async with serving(server()) as client:
        status, _, body = await client.get(f"/api/v1/access/{path}")
    error = json.loads(body)["error"]
    assert (status, error["parameter"]) == (400, parameter)
    assert error["message"].startswith(message)


async def test_the_page_of_a_secret_says_who_reads_it() -> None:
    async with serving(server()) as client:
        page = await client.text("/?object=Secret/shop/db")
        account = await client.text("/?object=ServiceAccount/shop/default")
    assert "Who can read it" in page
    assert "<b>alice</b>" in page
    assert "get secrets db in shop" in page
    assert "What it may do" in account


async def test_who_came_to_read_is_told_in_the_stream() -> None:
    kept = server()
    async with serving(kept) as client:
        await until(lambda: client.application.access.settled)
        async with stream(client) as events:
            await events.block()
            kept.put(bound("eve"))
            change, told = await events.event(), await events.event()
    assert change.name == "message"
    assert told.name == "access"
    assert told.data is not None
    assert told.data["left_out"] == 0
    (came,) = (each for each in told.data["events"] if each["type"] == "reader-gained")
    assert (came["about"], came["subject"], came["detail"]) == ("shop", "User/eve", "read")
    number = int(told.id.rpartition("-")[2])
    assert number == int(change.id.rpartition("-")[2]) + 1


class TestRights:
    """Where the API server says who may read: what is told of access is told to who may read that."""

    STREAM = "/astrolabe/api/v1/changes"
    EVENTS = "/astrolabe/api/v1/access/events"

    def _kept(self, *paths: str) -> ApiServer:
        kept = server()
        kept.accounts.tokens["good"] = "someone"
        kept.accounts.paths.update(("someone", path) for path in paths)
        return kept

    async def test_the_stream_tells_of_access_only_who_may_read_its_events(self) -> None:
        kept = self._kept(self.STREAM)
        async with serving(kept, authorization="kubernetes") as client:
            await until(lambda: client.application.access.settled)
            async with stream(client, **bearer("good")) as events:
                began = (await events.event()).id
                for user in ("eve", "mallory"):
                    before = client.application.feed.history.last
                    kept.put(bound(user))
                    change = await events.event()
                    assert change.name == "message"
                    assert change.data is not None
                    (node,) = change.data["nodes"]
                    assert node["name"] == f"late-{user}"
                    await until(lambda told=before + 2: client.application.feed.history.last == told)
                told = client.application.feed.history.last
            # Also who comes back, and catches up with what was told meanwhile.
            async with stream(client, after=began, **bearer("good")) as events:
                names = [(await events.event()).name for _ in range(2)]
                kept.put(make("ConfigMap", "last"))
                last = await events.event()
        assert names == ["message", "message"]
        assert last.data is not None
        assert [node["name"] for node in last.data["nodes"]] == ["last"]
        # The numbers say that there was something between.
        assert int(last.id.rpartition("-")[2]) == told + 1

    async def test_who_may_read_the_events_is_told(self) -> None:
        kept = self._kept(self.STREAM, self.EVENTS)
        async with serving(kept, authorization="kubernetes") as client:
            await until(lambda: client.application.access.settled)
            async with stream(client, **bearer("good")) as events:
                await events.event()
                kept.put(bound("eve"))
                assert [(await events.event()).name for _ in range(2)] == ["message", "access"]

    async def test_a_right_that_is_taken_away_is_missed_in_a_stream_that_goes_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(authentication, "RECHECK_INTERVAL", 0.01)
        monkeypatch.setattr(authorization, "ALLOWED_FOR", 0.0)
        monkeypatch.setattr(authorization, "REFUSED_FOR", 0.0)
        kept = self._kept(self.STREAM, self.EVENTS)
        async with serving(kept, authorization="kubernetes") as client:
            await until(lambda: client.application.access.settled)
            async with stream(client, **bearer("good")) as events:
                await events.event()
                kept.accounts.paths.remove(("someone", self.EVENTS))
                asked, before = len(kept.requests), client.application.feed.history.last
                await until(lambda: len(kept.requests) > asked + 8)
                kept.put(bound("eve"))
                assert (await events.event()).name == "message"
                await until(lambda: client.application.feed.history.last == before + 2)
                kept.put(make("ConfigMap", "last"))
                assert (await events.event()).name == "message"

    async def test_the_page_shows_access_only_to_who_may_ask_for_it(self) -> None:
        kept = self._kept("/astrolabe/")
        kept.accounts.tokens["auditor"] = "auditor"
        kept.accounts.paths.add(("auditor", "/astrolabe/"))
        kept.accounts.paths.update(
            ("auditor", f"/astrolabe/api/v1/access/{name}") for name in ("who-can", "of", "findings")
        )
        parts = {
            "Secret/shop/db": "Who can read it",
            "ServiceAccount/shop/default": "What it may do",
            "RoleBinding/shop/dangling": '<h2 id="findings">',
        }
        async with serving(kept, authorization="kubernetes") as client:
            await until(lambda: client.application.access.settled)
            for node_id, part in parts.items():
                for token, shown in (("good", False), ("auditor", True)):
                    _, _, page = await client.get(f"/?object={node_id}", headers=bearer(token))
                    assert (part in page.decode()) is shown, (node_id, token)
