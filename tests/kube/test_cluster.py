"""The transport against a real TLS server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from aiohttp import web
from structlog.testing import capture_logs

from astrolabe.kube.cluster import Cluster, connect, greet
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.credentials import Kubeconfig
from astrolabe.kube.exchange import ApiFailure, read
from astrolabe.kube.serviceaccount import ServiceAccount
from astrolabe.kube.transport import Transport, Unreachable
from tests.ports import free_port

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """A TLS server that accepts one token at a time and keeps what it was asked."""

    def __init__(self, folder: Path, handler: Handler) -> None:
        self.authority = trustme.CA()
        self.folder = folder
        self.token = "first"
        self.asked: list[tuple[str, str]] = []
        self.clients: list[Any] = []
        self.url = ""
        self._handler = handler

    @asynccontextmanager
    async def running(
        self, *, name: str = "localhost", client_certificates: bool = False
    ) -> AsyncIterator[Server]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(name).configure_cert(context)
        if client_certificates:
            self.authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        self.url = f"https://localhost:{runner.addresses[0][1]}"
        (self.folder / "ca.crt").write_bytes(self.authority.cert_pem.bytes())
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.raw_path))
        self.clients.append(request.transport.get_extra_info("peercert") if request.transport else None)
        if request.headers.get("Authorization", "").split() not in (
            [],
            ["Bearer", self.token],
            ["bearer", self.token],
        ):
            return web.json_response({"kind": "Status", "message": "Unauthorized"}, status=401)
        return await self._handler(request)

    def kubeconfig(self, user: dict[str, Any], **cluster: Any) -> Kubeconfig:
        path = self.folder / "config"
        document = {
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [
                {
                    "name": "c",
                    "cluster": {
                        "server": self.url,
                        "certificate-authority": str(self.folder / "ca.crt"),
                        **cluster,
                    },
                }
            ],
            "users": [{"name": "u", "user": user}],
        }
        path.write_text(yaml.safe_dump(document))
        return Kubeconfig(str(path))


async def version(_: web.Request) -> web.StreamResponse:
    return web.json_response({"gitVersion": "v1.36.3"})


@asynccontextmanager
async def connected(credentials: Kubeconfig | ServiceAccount) -> AsyncIterator[Cluster]:
    cluster = await connect(credentials)
    try:
        yield cluster
    finally:
        await cluster.close()


async def test_greets_with_a_token(tmp_path: Path) -> None:
    async with (
        Server(tmp_path, version).running() as server,
        connected(server.kubeconfig({"token": "first"})) as cluster,
    ):
        assert await greet(cluster) == "v1.36.3"
        assert server.asked == [("GET", "/version")]


async def test_an_expired_token_is_one_clear_line(tmp_path: Path) -> None:
    async with (
        Server(tmp_path, version).running() as server,
        connected(server.kubeconfig({"token": "0ld"})) as cluster,
    ):
        with pytest.raises(ConfigurationError) as error:
            await greet(cluster)
        assert str(error.value) == (
            f"{server.url} refuses the credentials (401): the token has expired or is not of this cluster;"
            " log in again or check the context"
        )


async def test_a_rotated_token_file_is_used_by_the_next_request(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first\n")
    async with (
        Server(tmp_path, version).running() as server,
        connected(server.kubeconfig({"tokenFile": "token"})) as cluster,
    ):
        await read(cluster, "/version")
        server.token = "second"
        (tmp_path / "token").write_text("second\n")
        await asyncio.gather(*(read(cluster, "/version") for _ in range(5)))
        assert len(server.asked) == 6


async def test_many_refusals_at_once_cause_one_renewal(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first")
    login = tmp_path / "login"
    login.write_text(
        f"""#!/bin/sh
        echo x >> {tmp_path}/runs
        printf '{{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",'
        printf '"status": {{"token": "%s"}}}}' "$(cat {tmp_path}/token)"
        """
    )
    login.chmod(0o700)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(login)}}
    async with Server(tmp_path, version).running() as server, connected(server.kubeconfig(user)) as cluster:
        await read(cluster, "/version")
        server.token = "second"
        (tmp_path / "token").write_text("second")
        await asyncio.gather(*(read(cluster, "/version") for _ in range(20)))
        assert (tmp_path / "runs").read_text() == "x\nx\n"


async def test_the_service_account_of_a_pod(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first")
    async with Server(tmp_path, version).running() as server:
        host, port = server.url.removeprefix("https://").split(":")
        environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        account = ServiceAccount(environment, str(tmp_path / "token"), str(tmp_path / "ca.crt"))
        async with connected(account) as cluster:
            assert await greet(cluster) == "v1.36.3"
            server.token = "second"
            (tmp_path / "token").write_text("second")
            assert await greet(cluster) == "v1.36.3"


async def test_a_client_certificate(tmp_path: Path) -> None:
    server = Server(tmp_path, version)
    certificate = server.authority.issue_cert("astrolabe@example.com", common_name="astrolabe")
    (tmp_path / "me.crt").write_bytes(certificate.cert_chain_pems[0].bytes())
    (tmp_path / "me.key").write_bytes(certificate.private_key_pem.bytes())
    async with server.running(client_certificates=True):
        user = {"client-certificate": "me.crt", "client-key": "me.key"}
        async with connected(server.kubeconfig(user)) as cluster:
            assert await greet(cluster) == "v1.36.3"
        assert (("commonName", "astrolabe"),) in server.clients[-1]["subject"]


async def test_a_client_certificate_that_was_replaced_is_used_by_the_next_request(tmp_path: Path) -> None:
    server = Server(tmp_path, version)

    def issue(name: str) -> None:
        certificate = server.authority.issue_cert("astrolabe@example.com", common_name=name)
        (tmp_path / "me.crt").write_bytes(certificate.cert_chain_pems[0].bytes())
        (tmp_path / "me.key").write_bytes(certificate.private_key_pem.bytes())

    issue("first")
    async with server.running(client_certificates=True):
        user = {"client-certificate": "me.crt", "client-key": "me.key"}
        async with connected(server.kubeconfig(user)) as cluster:
            await read(cluster, "/version")
            await read(cluster, "/version")
            issue("second")
            await read(cluster, "/version")
        names = [dict(pair[0] for pair in client["subject"])["commonName"] for client in server.clients]
        assert names == ["first", "first", "second"]


async def test_an_authority_that_was_replaced_is_used_though_every_connection_fails(tmp_path: Path) -> None:
    async with Server(tmp_path, version).running() as server:
        right = (tmp_path / "ca.crt").read_bytes()
        (tmp_path / "ca.crt").write_bytes(trustme.CA().cert_pem.bytes())
        async with connected(server.kubeconfig({"token": "first"})) as cluster:
            for _ in range(3):
                with pytest.raises(Unreachable, match="its certificate is refused"):
                    await greet(cluster)
            (tmp_path / "ca.crt").write_bytes(right[:100])
            with capture_logs() as logs:
                for _ in range(3):
                    with pytest.raises(Unreachable, match="its certificate is refused"):
                        await greet(cluster)
            warnings = [log["event"] for log in logs if log["log_level"] == "warning"]
            assert warnings == ["replaced file cannot be used"]
            (tmp_path / "ca.crt").write_bytes(right)
            assert await greet(cluster) == "v1.36.3"


async def test_the_authority_of_a_pod_that_was_replaced(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first")
    async with Server(tmp_path, version).running() as server:
        host, port = server.url.removeprefix("https://").split(":")
        environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        right = (tmp_path / "ca.crt").read_bytes()
        (tmp_path / "ca.crt").write_bytes(trustme.CA().cert_pem.bytes())
        account = ServiceAccount(environment, str(tmp_path / "token"), str(tmp_path / "ca.crt"))
        async with connected(account) as cluster:
            with pytest.raises(Unreachable, match="its certificate is refused"):
                await greet(cluster)
            (tmp_path / "ca.crt").write_bytes(right)
            assert await greet(cluster) == "v1.36.3"


async def test_a_kubeconfig_that_was_replaced_ends_what_is_open_and_is_used(tmp_path: Path) -> None:
    async def wait(request: web.Request) -> web.StreamResponse:
        if request.path != "/watch":
            return await version(request)
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.Event().wait()
        return response

    async with Server(tmp_path, wait).running(name="api.example.com") as server:
        named = {"tls-server-name": "api.example.com"}
        async with connected(server.kubeconfig({"token": "first"}, **named)) as cluster:
            async with cluster.request("/watch") as watch:
                server.token = "second"
                server.kubeconfig({"token": "second"}, **named)
                # Another token needs no other connection.
                assert await greet(cluster) == "v1.36.3"
                server.kubeconfig({"token": "second"}, **named, **{"proxy-url": ""})
                assert await greet(cluster) == "v1.36.3"
                server.kubeconfig({"token": "second"})
                with pytest.raises(Unreachable, match="its certificate is refused"):
                    await greet(cluster)
                with pytest.raises(Unreachable):
                    async for _ in watch.chunks():
                        pass
            server.kubeconfig({"token": "second"}, **named)
            assert await greet(cluster) == "v1.36.3"


@pytest.mark.parametrize("same", [True, False])
async def test_another_address_is_used_where_the_same_cluster_answers(tmp_path: Path, same: bool) -> None:
    server = Server(tmp_path, version)
    async with server.running(), connected(server.kubeconfig({"token": "first"})) as cluster:
        asked: list[str] = []

        async def compare(other: Transport, url: str) -> bool:
            asked.append(url)
            await read(other, "/version")
            return same

        cluster.same = compare
        await greet(cluster)
        other = server.url.replace("localhost", "127.0.0.1")
        old = server.url
        server.url = other
        server.kubeconfig({"token": "first"}, **{"tls-server-name": "localhost"})
        if same:
            assert await greet(cluster) == "v1.36.3"
            assert (cluster.server, cluster.moved.is_set()) == (other, False)
            await greet(cluster)
        else:
            for _ in range(2):
                with pytest.raises(Unreachable, match="another cluster"):
                    await greet(cluster)
            assert (cluster.server, cluster.moved.is_set()) == (old, True)
        assert asked == [other]


async def test_who_is_impersonated_is_said_with_every_request(tmp_path: Path) -> None:
    said: list[list[tuple[str, str]]] = []

    async def note(request: web.Request) -> web.StreamResponse:
        headers = request.headers.items()
        said.append([(name, value) for name, value in headers if name.startswith("Impersonate")])
        said[-1] += [(name, value) for name, value in headers if name == "Accept-Encoding"]
        return web.json_response({})

    user = {"token": "first", "as": "jäne", "as-groups": ["a", "b"], "as-user-extra": {"x/y": ["1", "2"]}}
    async with (
        Server(tmp_path, note).running() as server,
        connected(server.kubeconfig(user, **{"disable-compression": True})) as cluster,
    ):
        await read(cluster, "/api/v1/pods", {"limit": "500"})
        await read(cluster, "/api/v1/pods", {"watch": "1"})
        await read(cluster, "/apis/review", body=b"{}")
    assert (
        said
        == [
            [
                ("Impersonate-User", "jäne"),
                ("Impersonate-Group", "a"),
                ("Impersonate-Group", "b"),
                ("Impersonate-Extra-x%2Fy", "1"),
                ("Impersonate-Extra-x%2Fy", "2"),
                ("Accept-Encoding", "identity"),
            ]
        ]
        * 3
    )


async def test_a_client_key_that_asks_for_a_password(tmp_path: Path) -> None:
    server = Server(tmp_path, version)
    server.url = "https://localhost:1"
    (tmp_path / "ca.crt").write_bytes(server.authority.cert_pem.bytes())
    (tmp_path / "me.crt").write_text("-----BEGIN CERTIFICATE-----")
    (tmp_path / "me.key").write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    with pytest.raises(ConfigurationError, match=r"^the client key for https://localhost:1 is encrypted"):
        await connect(server.kubeconfig({"client-certificate": "me.crt", "client-key": "me.key"}))


class Proxy:
    """An HTTP proxy that tunnels, and remembers where to and with which password."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    @asynccontextmanager
    async def running(self, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._tunnel, "127.0.0.1", 0, ssl=context)
        async with server:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        target = head.split()[1]
        password = re.search(r"^Proxy-Authorization: (.*)\r$", head, re.MULTILINE)
        self.asked.append((target, password[1] if password else ""))
        host, _, port = target.rpartition(":")
        assert host in ("localhost", "api.localhost")
        up, down = await asyncio.open_connection("127.0.0.1", int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await source.read(1 << 16):
                    sink.write(data)
            sink.close()

        await asyncio.gather(pump(reader, down), pump(up, writer))


@pytest.mark.parametrize("secure", [False, True])
async def test_a_proxy_stands_on_the_way(tmp_path: Path, secure: bool) -> None:
    proxy = Proxy()
    server = Server(tmp_path, version)
    context = None
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.authority.issue_cert("127.0.0.1").configure_cert(context)
    async with server.running(), proxy.running(context) as address:
        url = f"http{'s' if secure else ''}://me:s3cret@{address}"
        async with connected(server.kubeconfig({"token": "first"}, **{"proxy-url": url})) as cluster:
            assert await greet(cluster) == "v1.36.3"
        assert proxy.asked == [(server.url.removeprefix("https://"), "Basic bWU6czNjcmV0")]


async def test_the_environment_names_a_proxy_and_what_is_reached_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy()
    async with Server(tmp_path, version).running(name="api.localhost") as server, proxy.running() as address:
        # `localhost` itself never goes by a proxy.
        server.url = server.url.replace("localhost", "api.localhost")
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,.example.com:443")
        async with connected(server.kubeconfig({"token": "first"})) as cluster:
            assert cluster.configuration.proxy == f"http://{address}"
            await greet(cluster)
        assert [target for target, _ in proxy.asked] == [server.url.removeprefix("https://")]
        monkeypatch.setenv("NO_PROXY", ".localhost")
        async with connected(server.kubeconfig({"token": "first"})) as cluster:
            assert cluster.configuration.proxy == ""


async def test_a_certificate_of_someone_else(tmp_path: Path) -> None:
    async with Server(tmp_path, version).running() as server:
        (tmp_path / "ca.crt").write_bytes(trustme.CA().cert_pem.bytes())
        async with connected(server.kubeconfig({"token": "first"})) as cluster:
            with pytest.raises(Unreachable) as error:
                await greet(cluster)
    assert str(error.value) == (
        f"{server.url}: its certificate is refused (unable to get local issuer certificate): check"
        " certificate-authority and tls-server-name in the kubeconfig"
    )


async def test_tls_server_name(tmp_path: Path) -> None:
    async with Server(tmp_path, version).running(name="api.example.com") as server:
        async with connected(server.kubeconfig({"token": "first"})) as cluster:
            with pytest.raises(Unreachable, match=r"its certificate is refused \(Hostname mismatch"):
                await greet(cluster)
        named = server.kubeconfig({"token": "first"}, **{"tls-server-name": "api.example.com"})
        async with connected(named) as cluster:
            assert await greet(cluster) == "v1.36.3"


async def test_certificates_that_cannot_be_loaded(tmp_path: Path) -> None:
    server = Server(tmp_path, version)
    server.url = "https://localhost:1"
    (tmp_path / "ca.crt").write_text("not a certificate")
    with pytest.raises(
        ConfigurationError, match=r"^the certificates for https://localhost:1 cannot be loaded: "
    ):
        await connect(server.kubeconfig({"token": "first"}))


async def refusal(server: Server, **cluster: Any) -> str:
    (server.folder / "ca.crt").write_bytes(server.authority.cert_pem.bytes())
    async with connected(server.kubeconfig({"token": "s3cret"}, **cluster)) as transport:
        with pytest.raises(Unreachable) as error:
            await greet(transport)
    assert "s3cret" not in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


async def test_nobody_listens(tmp_path: Path) -> None:
    server = Server(tmp_path, version)
    server.url = f"https://127.0.0.1:{free_port()}"
    assert await refusal(server) == (
        f"{server.url}: cannot connect (Connection refused): is it up, and is the address right?"
    )


async def test_a_name_that_does_not_resolve(tmp_path: Path) -> None:
    server = Server(tmp_path, version)
    server.url = "https://api.invalid:6443"
    assert await refusal(server) == (
        "https://api.invalid:6443: the name does not resolve: check the server in the kubeconfig, and DNS"
    )


async def test_a_proxy_that_is_away_and_its_password(tmp_path: Path) -> None:
    server = Server(tmp_path, version)
    server.url, port = "https://api.example.com", free_port()
    assert await refusal(server, **{"proxy-url": f"http://me:s3cret@127.0.0.1:{port}"}) == (
        f"https://api.example.com: the proxy http://127.0.0.1:{port} does not let us through:"
        " check proxy-url in the kubeconfig"
    )


async def test_a_server_without_tls(tmp_path: Path) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        writer.close()

    plain = await asyncio.start_server(silent, "127.0.0.1", 0)
    server = Server(tmp_path, version)
    server.url = f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}"
    async with plain:
        text = await refusal(server)
    assert text.startswith(f"{server.url}: ")
    assert "TLS" in text


async def test_selectors_reach_the_server_as_they_are(tmp_path: Path) -> None:
    async with (
        Server(tmp_path, version).running() as server,
        connected(server.kubeconfig({"token": "first"})) as cluster,
    ):
        await read(cluster, "/api/v1/pods", {"labelSelector": "app in (a,b),c!=d+e", "limit": "5"})
        assert server.asked == [
            ("GET", "/api/v1/pods?labelSelector=app+in+%28a%2Cb%29%2Cc%21%3Dd%2Be&limit=5")
        ]


async def test_a_review_is_posted(tmp_path: Path) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        assert request.content_type == "application/json"
        return web.json_response(await request.json(), status=201)

    async with (
        Server(tmp_path, echo).running() as server,
        connected(server.kubeconfig({"token": "first"})) as cluster,
    ):
        assert await read(cluster, "/apis/review", body=b'{"spec": {"a": 1}}') == b'{"spec": {"a": 1}}'
        assert server.asked == [("POST", "/apis/review")]


async def test_large_lines_compressed_bodies_and_refusals(tmp_path: Path) -> None:
    line = b"x" * (3 << 20) + b"\n"

    async def serve(request: web.Request) -> web.StreamResponse:
        if request.path == "/forbidden":
            return web.json_response(
                {"message": "no", "reason": "Forbidden"}, status=403, headers={"Retry-After": "3"}
            )
        headers = {"Content-Encoding": "gzip"} if request.path == "/zip" else {}
        return web.Response(body=gzip.compress(line) if headers else line, headers=headers)

    async with (
        Server(tmp_path, serve).running() as server,
        connected(server.kubeconfig({"token": "first"})) as cluster,
    ):
        assert await read(cluster, "/plain") == line
        assert await read(cluster, "/zip") == line
        with pytest.raises(ApiFailure, match=r"^/forbidden: 403 no$") as refused:
            await read(cluster, "/forbidden")
        assert refused.value.retry_after == 3


async def test_a_watch_that_breaks_off(tmp_path: Path) -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"type":')
        assert request.transport is not None
        request.transport.abort()
        return response

    async with (
        Server(tmp_path, serve).running() as server,
        connected(server.kubeconfig({"token": "first"})) as cluster,
    ):
        got = b""

        async def watch() -> None:
            nonlocal got
            async with cluster.request("/api/v1/pods", {"watch": "1"}) as response:
                async for chunk in response.chunks():
                    got += chunk

        with pytest.raises(Unreachable) as error:
            await watch()
        assert got == b'{"type":'
        assert str(error.value).startswith(f"{server.url}: the connection broke off")


async def test_two_hundred_watches_at_once(tmp_path: Path) -> None:
    arrived = asyncio.Event()
    waiting = 0

    async def serve(_: web.Request) -> web.StreamResponse:
        nonlocal waiting
        waiting += 1
        if waiting == 200:
            arrived.set()
        await arrived.wait()
        return web.Response(text="all here")

    async with (
        Server(tmp_path, serve).running() as server,
        connected(server.kubeconfig({"token": "first"})) as cluster,
    ):
        async with asyncio.timeout(30):
            answers = await asyncio.gather(*(read(cluster, "/api/v1/pods") for _ in range(200)))
        assert answers == [b"all here"] * 200
