"""Exec plugins, as processes: what they are told, what they print, and every way to fail."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from astrolabe.kube import plugin as plugins
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.credentials import Kubeconfig
from astrolabe.kube.kubeconfigform import Plugin
from astrolabe.kube.plugin import VERSIONS, ExecPlugin, Issued
from tests.kube.test_credentials import failing, kubeconfig

V1, V1BETA1 = VERSIONS
EITHER = f"it has to be {V1} or {V1BETA1}"
TELL = 'printf %s "$KUBERNETES_EXEC_INFO"'


def script(folder: Path, text: str) -> Path:
    path = folder / "login"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def printing(version: str = V1, **status: str) -> str:
    document = {"apiVersion": version, "kind": "ExecCredential", "status": status}
    return f"cat <<END\n{json.dumps(document)}\nEND"


def counting(folder: Path, **status: str) -> str:
    """Print the number of the run as a token."""
    count = f"echo x >> {folder}/runs; n=$(wc -l < {folder}/runs); "
    return count + printing(token="token-$n", **status)


def user(folder: Path, text: str, **more: Any) -> dict[str, Any]:
    return {"exec": {"apiVersion": V1, "command": str(script(folder, text)), **more}}


async def test_it_runs_again_only_when_its_credentials_were_refused(tmp_path: Path) -> None:
    source = Kubeconfig(str(kubeconfig(tmp_path, user(tmp_path, counting(tmp_path)))))
    assert (await source.current()).authorization == "Bearer token-1"
    assert (await source.current()).authorization == "Bearer token-1"
    assert (await source.renewed()).authorization == "Bearer token-2"


async def test_a_kubeconfig_that_is_written_again_does_not_run_the_same_plugin_again(tmp_path: Path) -> None:
    mine = user(tmp_path, counting(tmp_path))
    source = Kubeconfig(str(kubeconfig(tmp_path, mine)))
    await source.current()
    kubeconfig(tmp_path, mine, {"tls-server-name": "api"})
    assert (await source.current()).authorization == "Bearer token-1"
    kubeconfig(tmp_path, user(tmp_path, counting(tmp_path), args=["--other"]))
    assert (await source.current()).authorization == "Bearer token-2"


@pytest.mark.parametrize(
    ("expiry", "token"), [("2001-01-01T00:00:00Z", "token-2"), ("2999-01-01T00:00:00+02:00", "token-1")]
)
async def test_it_runs_again_when_its_credentials_have_expired(
    tmp_path: Path, expiry: str, token: str
) -> None:
    mine = user(tmp_path, counting(tmp_path, expirationTimestamp=expiry))
    source = Kubeconfig(str(kubeconfig(tmp_path, mine)))
    await source.current()
    assert (await source.current()).authorization == f"Bearer {token}"


@pytest.mark.parametrize(
    "other", [{"token": "mine"}, {"tokenFile": "t"}, {"username": "me"}, {"client-key-data": "S0VZ"}]
)
async def test_other_credentials_win_over_it(tmp_path: Path, other: dict[str, str]) -> None:
    (tmp_path / "t").write_text("mine")
    if "client-key-data" in other:
        other = {**other, "client-certificate-data": "Q0VSVA=="}
    source = Kubeconfig(str(kubeconfig(tmp_path, user(tmp_path, counting(tmp_path)) | other)))
    await source.current()
    first = await source.current()
    assert await source.current() is first
    assert not (tmp_path / "runs").exists()


async def test_it_may_print_a_certificate(tmp_path: Path) -> None:
    text = printing(clientCertificateData="CERT", clientKeyData="KEY")
    configuration = await Kubeconfig(str(kubeconfig(tmp_path, user(tmp_path, text)))).current()
    assert (configuration.certificate, configuration.key) == (b"CERT", b"KEY")
    assert configuration.authorization == ""


async def test_a_relative_command_is_relative_to_the_kubeconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    script(tmp_path, printing(token="relative"))
    mine = {"exec": {"apiVersion": V1, "command": "./login"}}
    configuration = await Kubeconfig(str(kubeconfig(tmp_path, mine))).current()
    assert configuration.authorization == "Bearer relative"


async def test_a_bare_command_is_looked_for_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    script(tmp_path, printing(token="beside the kubeconfig"))
    script(tmp_path / "bin", printing(token="on-the-path"))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    mine = {"exec": {"apiVersion": V1, "command": "login"}}
    configuration = await Kubeconfig(str(kubeconfig(tmp_path, mine))).current()
    assert configuration.authorization == "Bearer on-the-path"


class TestTold:
    async def told(self, tmp_path: Path, cluster: dict[str, Any], **more: Any) -> Any:
        text = f'{TELL} > {tmp_path}/info; echo "$1 $GREETING $HOME" > {tmp_path}/rest'
        mine = user(tmp_path, f"{text}; {printing(more.get('apiVersion', V1), token='t')}", **more)
        await Kubeconfig(str(kubeconfig(tmp_path, mine, cluster))).current()
        return json.loads((tmp_path / "info").read_text())

    async def test_by_itself_nothing_of_the_cluster(self, tmp_path: Path) -> None:
        assert await self.told(tmp_path, {}) == {
            "apiVersion": V1, "kind": "ExecCredential", "spec": {"interactive": False},
        }  # fmt: skip

    async def test_the_cluster_where_it_wants_to_know(self, tmp_path: Path) -> None:
        (tmp_path / "ca.crt").write_text("CA")
        cluster = {
            "certificate-authority": "ca.crt",
            "tls-server-name": "api",
            "proxy-url": "http://proxy:1",
            "disable-compression": True,
            "extensions": [
                {"name": "other", "extension": {"a": 1}},
                {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "us"}},
            ],
        }
        told = await self.told(tmp_path, cluster, provideClusterInfo=True, apiVersion=V1BETA1)
        assert told == {
            "apiVersion": V1BETA1,
            "kind": "ExecCredential",
            "spec": {
                "interactive": False,
                "cluster": {
                    "server": "https://localhost:6443/",
                    "certificate-authority-data": "Q0E=",
                    "tls-server-name": "api",
                    "proxy-url": "http://proxy:1",
                    "disable-compression": True,
                    "config": {"audience": "us"},
                },
            },
        }

    async def test_arguments_and_variables(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", "/home/jane")
        await self.told(tmp_path, {}, args=["get"], env=[{"name": "GREETING", "value": "hello"}])
        assert (tmp_path / "rest").read_text() == "get hello /home/jane\n"

    @pytest.mark.parametrize("mode", ["", "Never", "IfAvailable", "Always"])
    async def test_whether_there_is_somebody_to_ask(self, tmp_path: Path, mode: str) -> None:
        command = script(tmp_path, f"{TELL} > {tmp_path}/info; {printing(token='t')}")
        described = Plugin(command=str(command), api_version=V1, interactive_mode=mode)
        await ExecPlugin(described, tmp_path, terminal=lambda: True).credentials()
        told = json.loads((tmp_path / "info").read_text())
        assert told["spec"]["interactive"] is (mode != "Never")


class TestFailing:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("echo 'session expired,\nlog in' >&2; exit 3", "exit code 3: session expired, log in"),
            ("exit 1", "exit code 1"),
            ("echo not-json", "what it printed is no ExecCredential"),
            (printing(V1BETA1, token="s3cret"),
             f"it printed ExecCredential of {V1BETA1}, expected ExecCredential of {V1}"),
            (printing(), "it printed neither a token nor a certificate"),
            (printing(clientCertificateData="s3cret"), "it printed a certificate or a key without the other"),
        ],
    )  # fmt: skip
    async def test_it_says_why(self, tmp_path: Path, text: str, why: str) -> None:
        mine = user(tmp_path, text)
        path = kubeconfig(tmp_path, mine)
        assert await failing(path) == f"{path}: the exec plugin {mine['exec']['command']} failed: {why}"

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"apiVersion": "v1alpha1"}, f"exec.apiVersion v1alpha1 is not supported: {EITHER}"),
            ({"apiVersion": ""}, f"exec.apiVersion is missing: {EITHER}"),
            ({"interactiveMode": "Sometimes"},
             "exec.interactiveMode has to be one of Never, IfAvailable, Always"),
            ({"command": ""}, "exec.command is missing"),
            ({"env": [{"value": "s3cret"}]}, "exec.env has a variable without a name"),
        ],
    )  # fmt: skip
    async def test_what_cannot_be_honoured_stops_the_start(
        self, tmp_path: Path, more: dict[str, Any], why: str
    ) -> None:
        path = kubeconfig(tmp_path, user(tmp_path, "exit 1", **more))
        assert await failing(path) == f"{path}: {why}"

    async def test_nobody_is_there_to_be_asked(self, tmp_path: Path) -> None:
        described = Plugin(command="login", api_version=V1, interactive_mode="Always")
        with pytest.raises(ConfigurationError) as error:
            await ExecPlugin(described, tmp_path, terminal=lambda: False).credentials()
        assert str(error.value) == (
            "the exec plugin login failed: exec.interactiveMode is Always, and there is no terminal"
        )

    @pytest.mark.parametrize(("hint", "said"), [("", ""), ("get it\nfrom \x1b[1mus", ": get it from [1mus")])
    async def test_it_is_not_installed(self, tmp_path: Path, hint: str, said: str) -> None:
        mine = {"exec": {"apiVersion": V1, "command": "no-such-login", "installHint": hint}}
        path = kubeconfig(tmp_path, mine)
        assert await failing(path) == (
            f"{path}: the exec plugin no-such-login failed: No such file or directory{said}"
        )

    async def test_it_does_not_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(plugins, "PATIENCE", 0.2)
        path = kubeconfig(tmp_path, user(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60"))
        assert (await failing(path)).endswith("/login failed: no answer within 0.2 s")
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)

    async def test_many_that_ask_at_once_hear_of_one_failure(self, tmp_path: Path) -> None:
        command = script(tmp_path, f"echo x >> {tmp_path}/runs; exit 1")
        exec_plugin = ExecPlugin(Plugin(command=str(command), api_version=V1), tmp_path)
        answers = await asyncio.gather(
            *(exec_plugin.credentials() for _ in range(20)), return_exceptions=True
        )
        assert all(isinstance(answer, ConfigurationError) for answer in answers)
        assert (tmp_path / "runs").read_text() == "x\n"

    async def test_after_a_failure_it_runs_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(plugins, "SETTLED", 0.0)
        command = script(tmp_path, f"test -e {tmp_path}/up || exit 1; {printing(token='t')}")
        exec_plugin = ExecPlugin(Plugin(command=str(command), api_version=V1), tmp_path)
        with pytest.raises(ConfigurationError):
            await exec_plugin.credentials()
        (tmp_path / "up").touch()
        assert await exec_plugin.credentials() == Issued("t")
