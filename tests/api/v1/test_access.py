"""/api/v1/access: the questions over HTTP, and how they are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import Client, cluster, serving, until
from tests.api.shop import make
from tests.api.test_changes import stream

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
            "`` is no resource; write secrets/db, pods/exec or deployments.apps/web",
        ),
        ("who-can?verb=get&resource=a//b", "resource", "`a//b` is no resource; write secrets/db,"),
        ("of?subject=alice", "subject", "`alice` is no subject; write serviceaccount/shop/web,"),
        ("of?subject=serviceaccount/web", "subject", "`serviceaccount/web` is no subject;"),
        ("findings?rule=yodel", "rule", "`yodel` is no rule;"),
        ("findings?severity=bad", "severity", "Invalid enum value 'bad'"),
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
            kept.put(
                make(
                    "RoleBinding",
                    "late",
                    api=f"{RBAC}/v1",
                    roleRef={"apiGroup": RBAC, "kind": "Role", "name": "reader"},
                    subjects=[{"kind": "User", "apiGroup": RBAC, "name": "eve"}],
                )
            )
            change, told = await events.event(), await events.event()
    assert change.name == "message"
    assert told.name == "access"
    assert told.data is not None
    assert told.data["left_out"] == 0
    (came,) = (each for each in told.data["events"] if each["type"] == "reader-gained")
    assert (came["about"], came["subject"], came["detail"]) == ("shop", "User/eve", "read")
    number = int(told.id.rpartition("-")[2])
    assert number == int(change.id.rpartition("-")[2]) + 1
