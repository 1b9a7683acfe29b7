"""Kubeconfigs and service accounts, from real files; every mistake is one clear line."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from astrolabe.kube.credentials import ConfigurationError, Kubeconfig, ServiceAccount, choose

ENVIRONMENT = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def kubeconfig(folder: Path, user: dict[str, Any] | None = None, **changes: Any) -> Path:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://localhost:6443/"}}],
        "users": [{"name": "u", "user": {"token": "s3cret"} if user is None else user}],
        **changes,
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(document))
    return path


def plugin(folder: Path, script: str, **more: Any) -> dict[str, Any]:
    path = folder / "login"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(path), **more}}


def credential(token: str, expiry: str = "") -> str:
    expires = f', "expirationTimestamp": "{expiry}"' if expiry else ""
    return (
        '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",'
        f' "status": {{"token": "{token}"{expires}}}}}'
    )


def account(folder: Path, token: str = "t0ken\n") -> ServiceAccount:
    (folder / "token").write_text(token)
    (folder / "ca.crt").write_text("a certificate")
    return ServiceAccount(ENVIRONMENT, str(folder / "token"), str(folder / "ca.crt"))


async def test_a_kubeconfig(tmp_path: Path) -> None:
    configuration = await Kubeconfig(str(kubeconfig(tmp_path))).load()
    assert configuration.host == "https://localhost:6443"
    assert configuration.api_key == {"BearerToken": "Bearer s3cret"}


async def test_another_context(tmp_path: Path) -> None:
    path = kubeconfig(
        tmp_path,
        contexts=[
            {"name": "here", "context": {"cluster": "c", "user": "u"}},
            {"name": "there", "context": {"cluster": "d", "user": "u"}},
        ],
        clusters=[
            {"name": "c", "cluster": {"server": "https://c"}},
            {"name": "d", "cluster": {"server": "https://d"}},
        ],
    )
    assert (await Kubeconfig(str(path), "there").load()).host == "https://d"


async def test_a_token_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("old\n")
    source = Kubeconfig(str(kubeconfig(tmp_path, {"tokenFile": "t"})))
    configuration = await source.load()
    assert configuration.api_key["BearerToken"].split() == ["Bearer", "old"]
    (tmp_path / "t").write_text("new\n")
    await source.refresh(configuration)
    assert configuration.api_key["BearerToken"].split() == ["Bearer", "new"]


async def test_an_exec_plugin_runs_again_only_at_expiry_or_when_loaded(tmp_path: Path) -> None:
    count = f"echo x >> {tmp_path}/runs; n=$(wc -l < {tmp_path}/runs); "
    script = count + f"cat <<END\n{credential('token-$n')}\nEND"
    source = Kubeconfig(str(kubeconfig(tmp_path, plugin(tmp_path, script))))
    configuration = await source.load()
    await source.refresh(configuration)
    assert configuration.api_key["BearerToken"] == "Bearer token-1"
    assert (await source.load()).api_key["BearerToken"] == "Bearer token-2"


@pytest.mark.parametrize(
    ("expiry", "token"), [("2001-01-01T00:00:00Z", "token-2"), ("2999-01-01T00:00:00Z", "token-1")]
)
async def test_an_exec_plugin_with_expiry(tmp_path: Path, expiry: str, token: str) -> None:
    count = f"echo x >> {tmp_path}/runs; n=$(wc -l < {tmp_path}/runs); "
    script = count + f"cat <<END\n{credential('token-$n', expiry)}\nEND"
    source = Kubeconfig(str(kubeconfig(tmp_path, plugin(tmp_path, script))))
    configuration = await source.load()
    await source.refresh(configuration)
    assert configuration.api_key["BearerToken"] == f"Bearer {token}"


async def failing(path: Path | str, context: str = "") -> str:
    with pytest.raises(ConfigurationError) as error:
        await Kubeconfig(str(path), context).load()
    text = str(error.value)
    assert "\n" not in text
    assert "s3cret" not in text
    return text


async def test_no_kubeconfig(tmp_path: Path) -> None:
    path = tmp_path / "none"
    assert await failing(path) == f"no kubeconfig at {path}: give --kubeconfig, or --in-cluster"


async def test_wrong_context(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path)
    assert await failing(path, "nowhere") == (
        f"{path}: invalid kube-config file. Expected object with name nowhere in {path}/contexts list;"
        " contexts are: here"
    )


async def test_broken_yaml(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("clusters: [\nusers: s3cret: }")
    text = await failing(path)
    assert text.startswith(f"{path}: not valid YAML: ")
    assert "line 2" in text


@pytest.mark.parametrize("content", ["", "just text", "[1, 2]", "a: b", "clusters: 3\ncontexts: 4\nusers: 5"])
async def test_not_a_kubeconfig(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    assert (await failing(path)).startswith(f"{path}: ")


async def test_the_user_of_the_context_is_missing(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, users=[])
    assert await failing(path) == f"{path}: the context's user u is not in it"


async def test_a_cluster_without_server(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, clusters=[{"name": "c", "cluster": {}}])
    assert await failing(path) == f"{path}: the cluster of the context has no server"


async def test_a_file_that_is_missing(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, {"tokenFile": "gone"})
    assert await failing(path) == f"{path}: {tmp_path}/gone: No such file or directory"
    path = kubeconfig(tmp_path, {"client-certificate": "gone.crt", "client-key": "gone.key"})
    assert await failing(path) == f"{path}: file does not exists: {tmp_path}/gone.crt"


async def test_an_exec_plugin_that_fails(tmp_path: Path) -> None:
    user = plugin(tmp_path, "echo 'session expired, log in again' >&2; exit 3")
    path = kubeconfig(tmp_path, user)
    assert await failing(path) == (
        f"{path}: the exec plugin {tmp_path}/login failed: exec: process returned 3."
        " b'session expired, log in again'"
    )


async def test_an_exec_plugin_that_is_not_installed(tmp_path: Path) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-login"}}
    path = kubeconfig(tmp_path, user)
    assert await failing(path) == (
        f"{path}: the exec plugin no-such-login failed: [Errno 2] No such file or directory: 'no-such-login'"
    )


async def test_the_service_account(tmp_path: Path) -> None:
    configuration = await account(tmp_path).load()
    assert configuration.host == "https://10.0.0.1:443"
    token = await configuration.get_api_key_with_prefix("BearerToken")
    assert token is not None
    assert token.split() == ["bearer", "t0ken"]


async def test_no_service_account(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        await ServiceAccount({}, str(tmp_path / "token")).load()
    assert str(error.value) == (
        "no service account to be found: service host/port is not set.; outside a cluster, give --kubeconfig"
    )


def test_which_source(tmp_path: Path) -> None:
    inside = account(tmp_path)
    outside = ServiceAccount({}, str(tmp_path / "none"))
    assert isinstance(choose("file", account=inside), Kubeconfig)
    assert choose(account=inside) is inside
    assert choose(in_cluster=True, account=outside) is outside
    assert isinstance(choose(account=outside), Kubeconfig)
    assert isinstance(choose(context="here", account=inside), Kubeconfig)
    with pytest.raises(ConfigurationError, match=r"^--kubeconfig and --in-cluster exclude each other"):
        choose("file", in_cluster=True, account=inside)
