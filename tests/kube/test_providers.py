"""What a ClusterProfile and the file of the providers say together (KEP-5339), with real plugins."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from astrolabe.kube.clusterprofile import ClusterProfile, decode_profile, named
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.providers import ARGUMENTS, VARIABLES, ProfileCredentials

PLUGIN = """
import json, os, sys
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])["spec"]
said = [*sys.argv[1:], os.environ.get("SAID", ""), info.get("cluster", {}).get("config", {}).get("name", "")]
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": {"token": "/".join(said)}}))
"""
CA = base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode()


def providers(folder: Path, *named: dict[str, Any]) -> Path:
    """Write a file of providers whose plugin prints what it was told."""
    (folder / "plugin.py").write_text(PLUGIN)
    execute = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": [str(folder / "plugin.py"), "own"],
        "env": [{"name": "SAID", "value": "own"}],
        "provideClusterInfo": True,
    }
    path = folder / "providers.json"
    path.write_text(json.dumps({"providers": [{"execConfig": execute} | each for each in named]}))
    return path


def profile(**status: Any) -> ClusterProfile:
    document = {
        "metadata": {"name": "east", "namespace": "fleet", "uid": "1", "resourceVersion": "7"},
        "spec": {"clusterManager": {"name": "manager"}},
        "status": status,
    }
    return decode_profile(msgspec.Raw(json.dumps(document).encode()), {})


def access(name: str, server: str = "https://east:6443", **more: Any) -> dict[str, Any]:
    return {"name": name, "cluster": {"server": server, "certificate-authority-data": CA, **more}}


def extensions(**told: Any) -> list[dict[str, Any]]:
    names = {"arguments": ARGUMENTS, "variables": VARIABLES, "config": "client.authentication.k8s.io/exec"}
    return [{"name": names[name], "extension": each} for name, each in told.items()]


ASKED = extensions(arguments=["--from-profile"], variables={"SAID": "profile"}, config={"name": "c"})


@pytest.mark.parametrize(
    ("policies", "token"),
    [
        pytest.param({}, "own/own/c", id="ignored"),
        pytest.param({"profileSourcedCLIArgsPolicy": "Append"}, "own/--from-profile/own/c", id="arguments"),
        pytest.param({"profileSourcedEnvVarsPolicy": "AppendIfNotExists"}, "own/own/c", id="own-variable"),
        pytest.param({"profileSourcedEnvVarsPolicy": "Replace"}, "own/profile/c", id="profiles-variable"),
    ],
)
async def test_the_plugin_is_told_what_the_file_lets_the_profile_say(
    tmp_path: Path, policies: dict[str, str], token: str
) -> None:
    path = providers(tmp_path, {"name": "tokens"} | policies)
    given = profile(accessProviders=[access("tokens", extensions=ASKED)])
    found = await ProfileCredentials(given, path).current()
    assert (found.server, found.ca) == ("https://east:6443", base64.b64decode(CA))
    assert found.authorization == f"Bearer {token}"


async def test_the_first_provider_of_the_file_counts_and_the_newer_list_of_the_profile(
    tmp_path: Path,
) -> None:
    path = providers(tmp_path, {"name": "other"}, {"name": "a"}, {"name": "b"})
    given = profile(
        credentialProviders=[access("b", "https://b"), access("a", "https://old")],
        accessProviders=[access("a", "https://new")],
    )
    assert (await ProfileCredentials(given, path).current()).server == "https://new"
    older = profile(credentialProviders=[access("b", "https://b")], accessProviders=None)
    assert (await ProfileCredentials(older, path).current()).server == "https://b"


async def test_a_change_of_either_holds_from_the_next_request_on(tmp_path: Path) -> None:
    path = providers(tmp_path, {"name": "a"})
    credentials = ProfileCredentials(profile(), path)
    with pytest.raises(ConfigurationError, match="ClusterProfile east: it has no access providers"):
        await credentials.current()
    given = profile(accessProviders=[access("a")])
    assert credentials.change(given, "")
    known = await credentials.current()
    assert (known.authorization, await credentials.current()) == ("Bearer own/own/", known)
    assert not credentials.change(profile(accessProviders=[access("a")]), "")
    assert await credentials.current() is known
    providers(tmp_path, {"name": "a", "profileSourcedEnvVarsPolicy": "Replace"})
    asked = profile(accessProviders=[access("a", extensions=ASKED)])
    credentials.change(asked, "")
    assert (await credentials.current()).authorization == "Bearer own/profile/c"
    credentials.change(profile(), "")
    with pytest.raises(ConfigurationError):
        await credentials.current()


async def test_many_that_ask_at_once_wait_for_one_plugin_and_no_change_is_lost(tmp_path: Path) -> None:
    held, runs = tmp_path / "held", tmp_path / "runs"
    os.mkfifo(held)
    waiting = f"open({str(runs)!r}, 'a').write('run '); open({str(held)!r}).read()\n"
    (tmp_path / "waiting.py").write_text(waiting + PLUGIN)
    slow = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": [str(tmp_path / "waiting.py")],
    }
    path = providers(tmp_path, {"name": "slow", "execConfig": slow}, {"name": "a"})
    credentials = ProfileCredentials(profile(accessProviders=[access("slow", "https://old")]), path)
    asking = [asyncio.create_task(credentials.current()) for _ in range(8)]
    writer = await asyncio.to_thread(held.open, "w")  # opens once the plugin reads
    assert credentials.change(profile(accessProviders=[access("a", "https://new")]), "")
    writer.close()
    found = {each.server for each in await asyncio.gather(*asking)}
    assert found <= {"https://old", "https://new"}
    assert (await credentials.current()).server == "https://new"
    assert runs.read_text() == "run "


@pytest.mark.parametrize(
    ("cluster", "why"),
    [
        pytest.param({"insecure-skip-tls-verify": True}, "not supported here", id="unverified"),
        pytest.param({"certificate-authority": "/etc/passwd"}, "not supported here", id="file"),
        pytest.param(
            {"certificate-authority-data": "*"}, "certificate-authority-data is not base64", id="ca"
        ),
        pytest.param({"server": ""}, "has no server", id="server"),
        pytest.param(
            {"extensions": extensions(arguments={})}, "the extension .*additional-args: ", id="arguments"
        ),
    ],
)
async def test_what_a_profile_cannot_say_is_one_line(
    tmp_path: Path, cluster: dict[str, Any], why: str
) -> None:
    path = providers(tmp_path, {"name": "a", "profileSourcedCLIArgsPolicy": "Append"})
    given = profile(accessProviders=[access("a") | {"cluster": access("a")["cluster"] | cluster}])
    with pytest.raises(ConfigurationError, match=f"^ClusterProfile east: .*{why}"):
        await ProfileCredentials(given, path).current()


async def test_a_plugin_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    execute = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./none", "installHint": "get it"}
    path = providers(tmp_path, {"name": "a", "execConfig": execute})
    with pytest.raises(ConfigurationError) as raised:
        await ProfileCredentials(profile(accessProviders=[access("a")]), path).current()
    assert str(raised.value) == (
        "ClusterProfile east: the exec plugin ./none failed: No such file or directory: get it"
    )


def test_of_several_with_one_name_the_oldest_has_it_and_no_more_are_followed_than_may_be() -> None:
    def made(name: str, created: str, called: str = "") -> ClusterProfile:
        return ClusterProfile(id=name, created=created, property_name=called, access={})

    profiles = [
        made("new", "3", "x"),
        made("b", "2", "x"),
        made("a", "2", "x"),
        made("x", "4"),
        made("y", "5"),
    ]
    found = named(profiles, 2)
    assert {name: (each.profile.id, each.trouble[:30]) for name, each in found.items()} == {
        "x": ("a", ""),
        "x (ClusterProfile b)": ("b", "the ClusterProfile a has a clu"),
        "x (ClusterProfile new)": ("new", "the ClusterProfile a has a clu"),
        "x (ClusterProfile x)": ("x", "the ClusterProfile a has a clu"),
        "y": ("y", ""),
    }
    assert (
        named(profiles, 1)["y"].trouble
        == "as many clusters are followed already as one process may follow (1)"
    )
