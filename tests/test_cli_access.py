"""`astrolabe access` as users run it: straight of a cluster, and of a running exporter."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from pathlib import Path

import pytest

from astrolabe.commands import access
from astrolabe.kube.transport import Unreachable
from astrolabe.settings import Settings, SettingsError
from tests.api.exporter import serving
from tests.api.shop import make
from tests.api.v1.test_access import server
from tests.test_cli import against, run


async def test_who_can_read_a_secret(tmp_path: Path) -> None:
    ended = await against(tmp_path, server(), "access", "who-can", "get", "secrets/db", "-n", "shop")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("Who can get secrets db in shop?\n\n")
    assert re.search(r"^User/alice +read +get secrets db in shop$", ended.out, re.MULTILINE)
    assert re.search(r"^User/alice +RoleBinding/shop/reader +Role/shop/reader$", ended.out, re.MULTILINE)
    assert "Covered: RBAC; the Node authorizer and webhooks are not covered." in ended.out


async def test_as_json(tmp_path: Path) -> None:
    ended = await against(tmp_path, server(), "access", "of", "user/alice", "--output=json")
    assert ended.code == 0, ended.err
    assert [rule["role"] for rule in json.loads(ended.out)["rules"]] == ["Role/shop/reader"]


async def test_findings_with_what_to_do_without_those_that_are_silenced(tmp_path: Path) -> None:
    kept = server()
    kept.put(make("Secret", "forgotten"))
    kept.put(make("Secret", "archived"))
    quiet = "--access-silence=secret-unused@Secret/shop/arch*=for the auditors"
    ended = await against(tmp_path, kept, "access", "findings", "-n", "shop", quiet)
    assert ended.code == 0, ended.err
    assert re.search(
        r"^warning +role-missing +RoleBinding/shop/dangling +ClusterRole/gone$", ended.out, re.MULTILINE
    )
    assert re.search(r"^role-missing +Delete the binding, or write the role\.$", ended.out, re.MULTILINE)
    assert re.search(r"^info +secret-unused +Secret/shop/forgotten ", ended.out, re.MULTILINE)
    assert "archived" not in ended.out


async def test_silenced_ones_with_the_reason(tmp_path: Path) -> None:
    words = ("--access-silence=role-missing@RoleBinding/shop/*=soon", "--silenced")
    told = await against(tmp_path, server(), "access", "findings", *words)
    assert "ClusterRole/gone (silenced: soon)" in told.out


async def test_what_is_not_followed_makes_an_answer_incomplete(tmp_path: Path) -> None:
    words = ("access", "who-can", "get", "pods", "--kinds-denied=rolebindings.rbac.authorization.k8s.io")
    ended = await against(tmp_path, server(), *words)
    assert ended.code == 1
    assert "Incomplete lists: RoleBinding. The answer may miss subjects." in ended.out


async def test_of_a_running_exporter(tmp_path: Path) -> None:
    async with serving(server(), patience=60) as client:
        words = ("access", "who-can", "get", "secrets/db", "-n", "shop", f"--url={client.urls[0]}/")
        ended = await run(tmp_path, *words)
        events = await run(tmp_path, "access", "events", f"--url={client.urls[0]}")
    assert ended.code == 0, ended.err
    assert re.search(r"^User/alice +read +get secrets db in shop$", ended.out, re.MULTILINE)
    assert "Nothing has changed since the exporter started." in events.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["who-can", "get"], "access who-can takes a verb and a resource, as in: who-can get secrets/db"),
        (["of"], "access of takes a subject, as in: of serviceaccount/shop/web, of user/alice"),
        (["findings", "x"], "access findings takes no words"),
        (
            ["who-can", "get", "secret/db"],
            "`secret` is not a resource that rules name; did you mean secrets?",
        ),
        (
            ["who-can", "get", "deployments"],
            "`deployments` is not a resource that rules name; did you mean deployments.apps?",
        ),
        (["findings", "--url=localhost:8080"], "--url: expected an address as in http://localhost:8080, got"),
        (
            ["of", "alice"],
            "`alice` is not a subject; write serviceaccount/shop/web, user/alice or group/devs",
        ),
        (
            ["who-can", "get", "a//b"],
            "`a//b` is not a resource; write secrets/db, pods/exec or deployments.apps/web",
        ),
        (["events"], "events: only a running exporter knows them; give --url"),
        (["findings", "--url=http://127.0.0.1:1"], "http://127.0.0.1:1: Cannot connect to host"),
    ],
)
async def test_what_cannot_be_answered_is_said(words: list[str], said: str) -> None:
    parser = argparse.ArgumentParser()
    access.add_flags(parser)
    with pytest.raises((SettingsError, Unreachable)) as refused:
        await access.access(Settings(), parser.parse_args(words), asyncio.Event())
    assert str(refused.value).startswith(said)
