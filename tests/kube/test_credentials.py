"""Kubeconfigs and service accounts, from real files; every mistake is one clear line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from structlog.testing import capture_logs

from astrolabe.kube.configuration import Configuration, ConfigurationError
from astrolabe.kube.credentials import Kubeconfig, choose
from astrolabe.kube.serviceaccount import ServiceAccount

ENVIRONMENT = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def kubeconfig(
    folder: Path, user: dict[str, Any] | None = None, cluster: dict[str, Any] | None = None, **changes: Any
) -> Path:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://localhost:6443/", **(cluster or {})}}],
        "users": [{"name": "u", "user": {"token": "s3cret"} if user is None else user}],
        **changes,
    }
    folder.mkdir(exist_ok=True)
    path = folder / "config"
    path.write_text(yaml.safe_dump(document))
    return path


async def load(path: Path | str, context: str = "", **environment: str) -> Configuration:
    return await Kubeconfig(str(path), context, environment=environment).current()


async def failing(path: Path | str, context: str = "", **environment: str) -> str:
    with pytest.raises(ConfigurationError) as error:
        await load(path, context, **environment)
    text = str(error.value)
    assert "\n" not in text
    assert "s3cret" not in text
    return text


def account(folder: Path, token: str = "t0ken\n") -> ServiceAccount:
    (folder / "token").write_text(token)
    (folder / "ca.crt").write_text("a certificate")
    return ServiceAccount(ENVIRONMENT, str(folder / "token"), str(folder / "ca.crt"))


async def test_a_kubeconfig(tmp_path: Path) -> None:
    configuration = await load(kubeconfig(tmp_path))
    assert configuration == Configuration(server="https://localhost:6443", authorization="Bearer s3cret")


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
    assert (await load(path, "there")).server == "https://d"


async def test_of_several_files_the_first_that_names_something_counts(tmp_path: Path) -> None:
    first = kubeconfig(tmp_path / "first", {"tokenFile": "t"}, clusters=[], contexts=[])
    (tmp_path / "first" / "t").write_text("from the first folder")
    second = kubeconfig(tmp_path / "second", {"token": "second"}, **{"current-context": "nowhere"})
    configuration = await load(f"{tmp_path}/none:{first}:{second}")
    assert configuration.server == "https://localhost:6443"
    assert configuration.authorization == "Bearer fromthefirstfolder"


async def test_null_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    user = {"token": "t", "tokenFile": None, "exec": None, "as-groups": None}
    assert (await load(kubeconfig(tmp_path, user, extensions=None))).authorization == "Bearer t"


class TestServer:
    @pytest.mark.parametrize(
        ("written", "cluster", "read"),
        [
            ("https://rancher/k8s/clusters/c-1/", {}, "https://rancher/k8s/clusters/c-1"),
            ("https://a?b=c#d", {}, "https://a"),
            ("https://[fd00::1]:6443", {}, "https://[fd00::1]:6443"),
            ("localhost:8080", {}, "http://localhost:8080"),
            ("localhost:8443", {"insecure-skip-tls-verify": True}, "https://localhost:8443"),
        ],
    )
    async def test_its_url(self, tmp_path: Path, written: str, cluster: dict[str, Any], read: str) -> None:
        path = kubeconfig(tmp_path, cluster={"server": written, **cluster})
        assert (await load(path)).server == read

    @pytest.mark.parametrize("server", ["ftp://a", "https://", "https://a:port", "https://a:99999"])
    async def test_no_url(self, tmp_path: Path, server: str) -> None:
        path = kubeconfig(tmp_path, cluster={"server": server})
        assert await failing(path) == f"{path}: the server {server} of the cluster is not a URL"

    async def test_none(self, tmp_path: Path) -> None:
        path = kubeconfig(tmp_path, clusters=[{"name": "c", "cluster": {}}])
        assert await failing(path) == f"{path}: the cluster has no server"

    async def test_over_plain_http_no_credentials_are_sent(self, tmp_path: Path) -> None:
        user = {"token": "s3cret", "as": "jane"}
        configuration = await load(kubeconfig(tmp_path, user, {"server": "http://localhost:8080"}))
        assert configuration.authorization == ""
        assert configuration.headers == (("Impersonate-User", "jane"),)

    async def test_data_wins_over_files_and_paths_are_relative_to_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "ca.crt").write_text("CA")
        (tmp_path / "me.crt").write_text("certificate")
        (tmp_path / "me.key").write_text("key")
        user = {"client-certificate": "me.crt", "client-key": "./me.key"}
        configuration = await load(kubeconfig(tmp_path, user, {"certificate-authority": "ca.crt"}))
        assert (configuration.ca, configuration.certificate, configuration.key) == (
            b"CA", b"certificate", b"key",
        )  # fmt: skip
        user |= {"client-certificate-data": "Q0VSVA==", "client-key-data": "S0VZ"}
        cluster = {"certificate-authority": "gone", "certificate-authority-data": "Q0E=\n"}
        configuration = await load(kubeconfig(tmp_path, user, cluster))
        assert (configuration.ca, configuration.certificate, configuration.key) == (b"CA", b"CERT", b"KEY")

    async def test_the_rest_of_a_cluster(self, tmp_path: Path) -> None:
        cluster = {
            "insecure-skip-tls-verify": True, "tls-server-name": "api", "disable-compression": True,
            "proxy-url": "http://proxy:3128",
        }  # fmt: skip
        configuration = await load(kubeconfig(tmp_path, cluster=cluster), HTTPS_PROXY="http://other")
        assert (configuration.verify, configuration.server_name, configuration.proxy) == (
            False, "api", "http://proxy:3128",
        )  # fmt: skip
        assert configuration.headers == (("Accept-Encoding", "identity"),)


class TestToken:
    async def test_a_token_file_wins_and_is_read_again(self, tmp_path: Path) -> None:
        (tmp_path / "t").write_text("old\n")
        source = Kubeconfig(str(kubeconfig(tmp_path, {"tokenFile": "t", "token": "wrong"})))
        assert (await source.current()).authorization == "Bearer old"
        (tmp_path / "t").write_text("new\n")
        assert (await source.current()).authorization == "Bearer new"

    async def test_a_token_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        source = Kubeconfig(str(kubeconfig(tmp_path, {"tokenFile": "t", "token": "other"})))
        assert (await source.current()).authorization == "Bearer other"
        (tmp_path / "t").write_text("right")
        assert (await source.current()).authorization == "Bearer right"
        (tmp_path / "t").unlink()
        assert (await source.current()).authorization == "Bearer right"

    async def test_a_password(self, tmp_path: Path) -> None:
        configuration = await load(kubeconfig(tmp_path, {"username": "jane", "password": "s3cret"}))
        assert configuration.authorization == "Basic amFuZTpzM2NyZXQ="
        path = kubeconfig(tmp_path, {"username": "jane", "password": "s3cret", "token": "s3cret"})
        assert await failing(path) == (
            f"{path}: the context's user has a token and a password: remove one of them"
        )


class TestImpersonation:
    async def test_it_is_a_header_of_every_request(self, tmp_path: Path) -> None:
        user = {
            "token": "t",
            "as": "jane",
            "as-uid": "u-1",
            "as-groups": ["developers", "admins"],
            "as-user-extra": {"example.com/scopes": ["a", "b"], "Ü%": ["c"]},
        }
        configuration = await load(kubeconfig(tmp_path, user))
        assert configuration.authorization == "Bearer t"
        assert configuration.headers == (
            ("Impersonate-User", "jane"),
            ("Impersonate-Uid", "u-1"),
            ("Impersonate-Group", "developers"),
            ("Impersonate-Group", "admins"),
            ("Impersonate-Extra-example.com%2Fscopes", "a"),
            ("Impersonate-Extra-example.com%2Fscopes", "b"),
            ("Impersonate-Extra-%C3%9C%25", "c"),
        )

    @pytest.mark.parametrize(
        ("field", "value"), [("as-uid", "u"), ("as-groups", ["g"]), ("as-user-extra", {"a": ["b"]})]
    )
    async def test_of_nobody(self, tmp_path: Path, field: str, value: Any) -> None:
        path = kubeconfig(tmp_path, {"token": "s3cret", field: value})
        assert await failing(path) == (f"{path}: {field} needs `as`: the user to impersonate is missing")

    async def test_a_name_that_no_header_can_hold(self, tmp_path: Path) -> None:
        path = kubeconfig(tmp_path, {"as": "jane\nX-Other: 1"})
        assert await failing(path) == f"{path}: as: a name to impersonate has a control character in it"


class TestRefused:
    @pytest.mark.parametrize("name", ["gcp", "azure", "oidc"])
    async def test_a_login_of_an_older_kind(self, tmp_path: Path, name: str) -> None:
        path = kubeconfig(tmp_path, {"auth-provider": {"name": name, "config": {"id-token": "s3cret"}}})
        assert await failing(path) == (
            f"{path}: auth-provider {name} is not supported: log in with a plugin (exec) instead"
        )

    async def test_a_proxy_of_another_kind(self, tmp_path: Path) -> None:
        path = kubeconfig(tmp_path, cluster={"proxy-url": "socks5://me:s3cret@proxy:1080"})
        assert await failing(path) == (
            f"{path}: proxy-url is not supported (a socks5 proxy): give the URL of an http or https proxy"
        )

    async def test_no_verification_with_an_authority(self, tmp_path: Path) -> None:
        cluster = {"certificate-authority-data": "Q0E=", "insecure-skip-tls-verify": True}
        path = kubeconfig(tmp_path, cluster=cluster)
        assert await failing(path) == (
            f"{path}: insecure-skip-tls-verify and a certificate authority cannot both be set:"
            " remove one of them"
        )

    @pytest.mark.parametrize(
        ("has", "lacks"), [("client-certificate", "client-key"), ("client-key", "client-certificate")]
    )
    async def test_half_a_certificate(self, tmp_path: Path, has: str, lacks: str) -> None:
        path = kubeconfig(tmp_path, {f"{has}-data": "Q0E="})
        assert await failing(path) == f"{path}: the context's user has a {has} and no {lacks}"

    async def test_data_that_is_not_base64(self, tmp_path: Path) -> None:
        path = kubeconfig(tmp_path, cluster={"certificate-authority-data": "s3cret!"})
        assert await failing(path) == f"{path}: certificate-authority-data is not base64"

    @pytest.mark.parametrize(
        ("user", "said"),
        [
            ({"token": 12345}, "expected `str`, got `int` - at `$.users[0].user.token`"),
            ({"as-groups": "s3cret"}, "expected `array`, got `str` - at `$.users[0].user.as-groups`"),
            ({"exec": {"args": [1]}}, "expected `str`, got `int` - at `$.users[0].user.exec.args[0]`"),
        ],
    )
    async def test_a_value_of_the_wrong_type(self, tmp_path: Path, user: dict[str, Any], said: str) -> None:
        path = kubeconfig(tmp_path, user)
        assert await failing(path) == f"{path}: not a kubeconfig: {said}"

    async def test_another_form(self, tmp_path: Path) -> None:
        path = kubeconfig(tmp_path, apiVersion="v2")
        assert await failing(path) == f"{path}: not a kubeconfig: expected kind Config of apiVersion v1"

    async def test_one_name_twice(self, tmp_path: Path) -> None:
        path = kubeconfig(tmp_path, users=[{"name": "u", "user": {}}, {"name": "u", "user": {}}])
        assert await failing(path) == f"{path}: u is in one of its lists twice"

    async def test_no_kubeconfig(self, tmp_path: Path) -> None:
        path = tmp_path / "none"
        assert await failing(path) == f"no kubeconfig at {path}: give --kubeconfig, or --in-cluster"

    async def test_wrong_context(self, tmp_path: Path) -> None:
        path = kubeconfig(tmp_path)
        assert await failing(path, "nowhere") == f"{path}: there is no context nowhere; contexts are: here"

    async def test_no_context(self, tmp_path: Path) -> None:
        path = kubeconfig(tmp_path, contexts=[], **{"current-context": ""})
        assert await failing(path) == f"{path}: there is no current context; there is no context in it"

    async def test_broken_yaml(self, tmp_path: Path) -> None:
        path = tmp_path / "config"
        path.write_text("clusters: [\nusers: s3cret: }")
        text = await failing(path)
        assert (
            text == f"{path}: not valid YAML in line 2, column 14: mapping values are not allowed here"
            or (text.startswith(f"{path}: not valid YAML in line 2, column "))
        )

    async def test_nested_without_end(self, tmp_path: Path) -> None:
        path = tmp_path / "config"
        path.write_text("[" * 5000)
        assert (await failing(path)).startswith(f"{path}: n")

    @pytest.mark.parametrize(
        "content", ["just text", "[1, 2]", "clusters: 3", "users: [{name: u, user: s3cret}]", "", "a: b"]
    )
    async def test_not_a_kubeconfig(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "config"
        path.write_text(content)
        assert (await failing(path)).startswith(f"{path}: ")

    @pytest.mark.parametrize("kind", ["user", "cluster"])
    async def test_what_the_context_names_is_missing(self, tmp_path: Path, kind: str) -> None:
        path = kubeconfig(tmp_path, **{f"{kind}s": []})
        assert await failing(path) == f"{path}: the {kind} {kind[0]} of the context here is not in it"

    @pytest.mark.parametrize(
        ("user", "cluster", "name"),
        [
            ({"tokenFile": "gone"}, {}, "gone"),
            ({"client-certificate": "gone.crt", "client-key": "gone.key"}, {}, "gone.crt"),
            ({}, {"certificate-authority": "gone.crt"}, "gone.crt"),
        ],
    )
    async def test_a_file_that_is_missing(
        self, tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any], name: str
    ) -> None:
        path = kubeconfig(tmp_path, user, cluster)
        assert await failing(path) == f"{path}: {tmp_path}/{name}: No such file or directory"


class TestReplaced:
    async def test_another_kubeconfig_is_used_from_the_next_request_on(self, tmp_path: Path) -> None:
        source = Kubeconfig(str(kubeconfig(tmp_path)))
        first = await source.current()
        assert await source.current() is first
        kubeconfig(tmp_path, {"token": "new"})
        assert (await source.current()).authorization == "Bearer new"

    @pytest.mark.parametrize("content", ["users: [", "a: b"])
    async def test_one_that_is_being_written_changes_nothing_yet(self, tmp_path: Path, content: str) -> None:
        path = kubeconfig(tmp_path)
        source = Kubeconfig(str(path))
        first = await source.current()
        path.write_text(content)
        with capture_logs() as logs:
            assert [await source.current() for _ in range(5)] == [first] * 5
        assert [log["event"] for log in logs] == ["replaced file cannot be used"]
        kubeconfig(tmp_path, {"token": "new"})
        assert (await source.current()).authorization == "Bearer new"

    async def test_whatever_file_is_named(self, tmp_path: Path) -> None:
        for name in ("ca", "crt", "key"):
            (tmp_path / name).write_text("old")
        user = {"client-certificate": "crt", "client-key": "key"}
        source = Kubeconfig(str(kubeconfig(tmp_path, user, {"certificate-authority": "ca"})))
        assert (await source.current()).ca == b"old"
        (tmp_path / "ca").write_text("new")
        assert (await source.current()).ca == b"new"
        # As a volume of a Secret does it.
        (tmp_path / "next").write_text("new")
        (tmp_path / "next").rename(tmp_path / "crt")
        assert (await source.current()).certificate == b"new"

    async def test_who_makes_another_context_the_current_one_does_not_mean_this_process(
        self, tmp_path: Path
    ) -> None:
        both: dict[str, Any] = {
            "contexts": [
                {"name": "here", "context": {"cluster": "c", "user": "u"}},
                {"name": "there", "context": {"cluster": "d", "user": "u"}},
            ],
            "clusters": [
                {"name": "c", "cluster": {"server": "https://c"}},
                {"name": "d", "cluster": {"server": "https://d"}},
            ],
        }
        source = Kubeconfig(str(kubeconfig(tmp_path, **both)))
        assert (await source.current()).server == "https://c"
        kubeconfig(tmp_path, {"token": "new"}, **both, **{"current-context": "there"})
        configuration = await source.current()
        assert (configuration.server, configuration.authorization) == ("https://c", "Bearer new")


async def test_the_service_account(tmp_path: Path) -> None:
    source = account(tmp_path)
    assert await source.current() == Configuration(
        server="https://10.0.0.1:443", ca=b"a certificate", authorization="Bearer t0ken"
    )
    (tmp_path / "token").write_text("new")
    (tmp_path / "ca.crt").write_text("another one")
    configuration = await source.current()
    assert (configuration.authorization, configuration.ca) == ("Bearer new", b"another one")


async def test_the_service_account_behind_a_proxy(tmp_path: Path) -> None:
    account(tmp_path)
    files = str(tmp_path / "token"), str(tmp_path / "ca.crt")
    environment = {**ENVIRONMENT, "HTTPS_PROXY": "proxy:3128"}
    assert (await ServiceAccount(environment, *files).current()).proxy == "http://proxy:3128"
    environment |= {"NO_PROXY": "10.0.0.0/8"}
    assert (await ServiceAccount(environment, *files).current()).proxy == ""


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({}, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"),
        (ENVIRONMENT, "{folder}/token: No such file or directory"),
    ],
)
async def test_no_service_account(tmp_path: Path, environment: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        await ServiceAccount(environment, str(tmp_path / "token")).current()
    assert str(error.value) == (
        f"no service account to be found: {why.format(folder=tmp_path)}; outside a cluster, give --kubeconfig"
    )


async def test_an_empty_token(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=rf"found: {tmp_path}/token is empty; outside"):
        await account(tmp_path, token="").current()


def test_which_source(tmp_path: Path) -> None:
    inside = account(tmp_path)
    outside = ServiceAccount({}, str(tmp_path / "none"))
    assert isinstance(choose("file", account=inside), Kubeconfig)
    assert choose(account=inside) is inside
    assert choose(in_cluster=True, account=outside) is outside
    assert isinstance(choose(account=outside), Kubeconfig)
    assert isinstance(choose(context="here", account=inside), Kubeconfig)
    with pytest.raises(ConfigurationError, match=r"^--kubeconfig and --in-cluster cannot be used together"):
        choose("file", in_cluster=True, account=inside)
