"""The command line as users run it: a process, its exit code and what it says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import ssl
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import trustme

from astrolabe import __version__
from astrolabe.kinds.registry import KINDS
from astrolabe.settings import SETTINGS
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.faults import HalfOpen, Silent
from astrolabe.testing.http import serving
from astrolabe.testing.requests import Verb
from tests.api.exporter import cluster, kubeconfig, until
from tests.api.shop import make
from tests.ports import free_port

LONGEST = 30
"""Seconds that a process gets before it is ended."""
COMMANDS = ("serve", "check", "snapshot")
"""What connects to a cluster of the user's."""
HELPED = ("access", "demo", "why", "problems", *COMMANDS)


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that says what is wrong."""
        assert self.code != 0
        assert self.err.count("\n") == 1
        assert self.err.startswith("astrolabe: ")
        return self.err.removeprefix("astrolabe: ").rstrip("\n")


class Running:
    """A process of the test, with a deadline."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def ended(self, within: float = LONGEST) -> Ended:
        async with asyncio.timeout(within):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(self.process.returncode, (out or b"").decode(), err.decode())

    async def stopped(self, *signals: signal.Signals, within: float = 5) -> Ended:
        for number in signals:
            self.process.send_signal(number)
        return await self.ended(within)


@asynccontextmanager
async def started(home: Path, *words: str, **options: Any) -> AsyncIterator[Running]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("KUBE", "COVERAGE"))
    }
    environment |= {"HOME": str(home), **options.pop("environment", {})}
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(
        *options.pop("wrapped", ()),
        sys.executable,
        "-m",
        "astrolabe",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        env=environment,
        **{**pipes, **options},
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run(home: Path, *words: str, **options: Any) -> Ended:
    async with started(home, *words, **options) as process:
        return await process.ended()


@asynccontextmanager
async def following(home: Path, server: ApiServer, *words: str, **options: Any) -> AsyncIterator[Running]:
    """Run a command against a server that is there; credentials are sent over TLS alone."""
    user, context, more = options.pop("user", None), None, {}
    if user is not None:
        authority = trustme.CA()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        more["certificate-authority-data"] = b64encode(authority.cert_pem.bytes()).decode()
    async with serving(server, context=context) as url:
        config = kubeconfig(home, url, user=user, **more)
        async with started(home, *words, f"--kubeconfig={config}", **options) as process:
            yield process


async def against(home: Path, server: ApiServer, *words: str, **options: Any) -> Ended:
    async with following(home, server, *words, **options) as process:
        return await process.ended()


# Asked for


async def test_version(tmp_path: Path) -> None:
    assert await run(tmp_path, "--version") == (0, f"astrolabe {__version__}\n", "")


async def test_help_names_every_command(tmp_path: Path) -> None:
    ended = await run(tmp_path, "--help")
    assert (ended.code, ended.err) == (0, "")
    for command in HELPED:
        assert re.search(rf"^ +{command} +\S", ended.out, re.MULTILINE)


@pytest.mark.parametrize("command", HELPED)
async def test_help_of_a_command_names_every_setting(tmp_path: Path, command: str) -> None:
    ended = await run(tmp_path, command, "--help")
    assert (ended.code, ended.err) == (0, "")
    for setting in SETTINGS:
        assert re.search(rf"^ +{setting.flag}\b", ended.out, re.MULTILINE), setting.flag
    assert "--config FILE" in ended.out


@pytest.mark.parametrize("command", HELPED)
async def test_usage_names_the_flags_of_the_command_alone(tmp_path: Path, command: str) -> None:
    ended = await run(tmp_path, command, "--help")
    usage = ended.out.partition("\n\n")[0]
    assert usage.startswith(f"usage: astrolabe {command} [-h]")
    assert usage.endswith("[SETTING ...]")
    assert "--kubeconfig" not in usage
    assert "\nsettings:\n" in ended.out


# Refused


async def test_no_kubeconfig(tmp_path: Path) -> None:
    ended = await run(tmp_path)
    assert ended.code == 1
    assert ended.complaint == "no kubeconfig at ~/.kube/config: give --kubeconfig, or --in-cluster"


async def test_a_kubeconfig_from_the_environment(tmp_path: Path) -> None:
    there = tmp_path / "there"
    ended = await run(tmp_path, environment={"KUBECONFIG": str(there)})
    assert ended.complaint == f"no kubeconfig at {there}: give --kubeconfig, or --in-cluster"


async def test_a_wrong_context(tmp_path: Path) -> None:
    config = kubeconfig(tmp_path, "http://127.0.0.1:1")
    ended = await run(tmp_path, "check", f"--kubeconfig={config}", "--context=blog")
    assert ended.code == 1
    assert re.fullmatch(rf"{config}: .*\bblog\b.*; contexts are: shop", ended.complaint)


async def test_not_in_a_cluster(tmp_path: Path) -> None:
    ended = await run(tmp_path, "--in-cluster")
    assert ended.code == 1
    assert ended.complaint.startswith("no service account to be found: ")
    assert ended.complaint.endswith("; outside a cluster, give --kubeconfig")


@pytest.mark.parametrize("command", [["serve", "--fail-fast"], ["check"], ["snapshot"]])
async def test_a_server_that_is_not_there(tmp_path: Path, command: list[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ended = await run(tmp_path, *command, f"--kubeconfig={kubeconfig(tmp_path, url)}")
    assert ended.code == 1
    assert ended.complaint == (
        f"{url}: cannot connect (Connection refused): is it up, and is the address right?"
    )


async def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", ssl=context)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ended = await run(tmp_path, "check", f"--kubeconfig={kubeconfig(tmp_path, url)}")
    assert ended.code == 1
    assert ended.complaint.startswith(f"{url}: its certificate is refused (")
    assert ended.complaint.endswith("check certificate-authority and tls-server-name in the kubeconfig")


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_token_that_has_expired(tmp_path: Path, command: str) -> None:
    server = cluster()
    server.faults.token = "fresh"
    ended = await against(tmp_path, server, command, user={"token": "sesame"})
    assert ended.code == 1
    assert ended.complaint.endswith(
        "refuses the credentials (401): the token has expired or is not of this cluster; log in again or"
        " check the context"
    )
    assert "sesame" not in ended.err


async def test_something_else_that_answers(tmp_path: Path) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>hi!")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1") as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ended = await run(tmp_path, "check", f"--kubeconfig={kubeconfig(tmp_path, url)}")
    assert ended.complaint == f"{url} answers, but not as a Kubernetes API server does"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--prot=1"], "unknown flags: --prot; did you mean --port? see astrolabe serve --help"),
        (
            ["--kubeconf=x"],
            "unknown flags: --kubeconf; did you mean --kubeconfig? see astrolabe serve --help",
        ),
        (
            ["--redis-pasword", "sesame"],
            "unknown flags: --redis-pasword; did you mean --redis-password? see astrolabe serve --help",
        ),
        (
            ["--redis-pasword=sesame", "--x"],
            "unknown flags: --redis-pasword --x; did you mean --redis-password? see astrolabe serve --help",
        ),
        (["serve", "sesame"], "unexpected words: 1; see astrolabe serve --help"),
        (["--config=a\nb"], "a\\nb: cannot be read: No such file or directory"),
        (["--port=http"], "--port: expected a whole number, got `http`"),
        (
            ["check", "--label-selector=a=b=c"],
            (
                "--label-selector: expected `,`, found `=` (character 4); write key=value, key!=value, key,"
                " !key, key in (a,b) or key notin (a,b)"
            ),
        ),
        (["--config=nowhere.yaml"], "nowhere.yaml: cannot be read: No such file or directory"),
        (["snapshot", "--patience=long"], None),
        (
            ["snapshot", "--patience=nan"],
            "argument --patience: expected seconds from 0 to 86400; see astrolabe snapshot --help",
        ),
        (
            ["problems", "--outptu=json"],
            "unknown flags: --outptu; did you mean --output? see astrolabe problems --help",
        ),
        (["check", "--nonsense"], "unknown flags: --nonsense; see astrolabe check --help"),
        (
            ["why", "Pod/shop/web", "--patience=x"],
            "argument --patience: expected seconds from 0 to 86400; see astrolabe why --help",
        ),
        (
            ["access", "findings", "--patience=-1"],
            "argument --patience: expected seconds from 0 to 86400; see astrolabe access --help",
        ),
        (["dance"], None),
    ],
)
async def test_bad_usage(tmp_path: Path, words: list[str], complaint: str | None) -> None:
    ended = await run(tmp_path, *words)
    assert (ended.code, ended.out) == (2, "")
    if complaint is None:
        assert ended.complaint.endswith("--help")
    else:
        assert ended.complaint == complaint


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_resource_that_nobody_knows(tmp_path: Path, command: str) -> None:
    ended = await run(tmp_path, command, "--kinds=pod")
    assert (ended.code, ended.out) == (2, "")
    assert ended.complaint == "--kinds: `pod` is not a known resource; did you mean `pods`?"


async def test_a_pattern_that_would_backtrack_for_ever(tmp_path: Path) -> None:
    server = cluster()
    async with ready(tmp_path, server, "--metrics-denied=([a-z_]+)+X,astrolabe_edge.*") as (process, url):
        async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
            text = await answer.text()
        ended = await process.stopped(signal.SIGTERM)
    assert "astrolabe_resource_info" in text
    assert "astrolabe_edge_info" not in text
    assert ended.code == 0


@pytest.mark.parametrize("flag", ["--port", "--telemetry-port"])
async def test_a_port_in_use(tmp_path: Path, flag: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        words = [f"--port={free_port()}", f"{flag}={port}", "--log-format=json"]
        ended = await against(tmp_path, cluster(), *words)
    *logged, last = ended.err.splitlines()
    assert ended.code == 1
    assert last == f"astrolabe: port {port} is in use: choose another one with {flag}"
    assert {json.loads(line)["event"] for line in logged} <= {"connected", "listening"}


@pytest.mark.parametrize("address", ["nowhere.invalid", "192.0.2.1"])
async def test_an_address_that_is_not_ours(tmp_path: Path, address: str) -> None:
    ended = await against(tmp_path, cluster(), f"--address={address}", "--port=18080")
    assert ended.code == 1
    assert ended.err.splitlines()[-1] == (
        f"astrolabe: cannot listen on {address}:18080: no such address on this machine: check --address"
    )
    assert "Traceback" not in ended.err


# Stopped


@asynccontextmanager
async def ready(
    home: Path, server: ApiServer, *words: str, **options: Any
) -> AsyncIterator[tuple[Running, str]]:
    """Serve until it is ready; yield the process and its URL."""
    trust: ssl.SSLContext | None = options.pop("ssl", None)
    port = free_port()
    url = f"{'https' if trust else 'http'}://127.0.0.1:{port}"
    async with (
        following(home, server, "serve", f"--port={port}", *words, **options) as process,
        aiohttp.ClientSession() as session,
        asyncio.timeout(LONGEST),
    ):
        while True:
            assert process.process.returncode is None, (await process.ended()).err
            try:
                async with session.get(f"{url}/readyz", ssl=trust or True) as answer:
                    if answer.status == 200:
                        break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)  # real processes share no clock with the test
        yield process, url


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_time(tmp_path: Path, number: signal.Signals) -> None:
    secret = make("Secret", "db", data={"password": "c2VzYW1lLXZhbHVl"})
    server = cluster(secret)
    server.faults.token = "sesame-token"
    words = ("--log-format=json", "--v=2")
    async with ready(tmp_path, server, *words, user={"token": "sesame-token"}) as (process, url):
        # A client that does not read on, and one that keeps its connection, hold up nothing.
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readline()
        ended = await process.stopped(number)
        writer.close()
    assert (ended.code, ended.out) == (0, "")
    events = [json.loads(line)["event"] for line in ended.err.splitlines()]
    assert events[0] == "connected" or "Using selector" in events[0]
    assert events[-1] == "stopped"
    for canary in ("sesame-token", "c2VzYW1lLXZhbHVl", "sesame-value"):
        assert canary not in ended.err


async def test_a_signal_in_the_middle_of_a_list(tmp_path: Path) -> None:
    server = cluster()
    server.faults.order("pods", HalfOpen(after=1), times=None)
    async with following(tmp_path, server, f"--port={free_port()}") as process:
        await until(lambda: server.watches("pods"))
        ended = await process.stopped(signal.SIGTERM)
    assert ended.code == 0
    assert "Traceback" not in ended.err


async def test_a_signal_before_the_server_has_answered(tmp_path: Path) -> None:
    server = cluster()
    server.faults.order("*", Silent(), times=None, verbs=frozenset(Verb))
    async with following(tmp_path, server, f"--port={free_port()}") as process:
        await until(lambda: server.requests)
        ended = await process.stopped(signal.SIGTERM)
    assert (ended.code, ended.out) == (0, "")
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", ["check", "snapshot"])
async def test_the_second_signal_ends_a_command_at_once(tmp_path: Path, command: str) -> None:
    server = cluster()
    server.faults.order("*", Silent(), times=None, verbs=frozenset(Verb))
    async with following(tmp_path, server, command) as process:
        await until(lambda: server.requests)
        process.process.send_signal(signal.SIGINT)
        process.process.send_signal(signal.SIGTERM)
        ended = await process.ended(within=2)
    assert ended == (1, "", "")


@pytest.mark.parametrize("words", [["snapshot"], ["problems"], ["why", "Node/one"], ["access", "findings"]])
async def test_a_signal_in_the_middle_of_a_list_leaves_no_answer(tmp_path: Path, words: list[str]) -> None:
    server = cluster()
    server.faults.order("pods", HalfOpen(after=1), times=None)
    async with following(tmp_path, server, *words, "--log-format=json") as process:
        await until(lambda: server.watches("pods"))
        ended = await process.stopped(signal.SIGINT)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1] == ("astrolabe: stopped before everything was read: there is no answer")


# Done


async def test_check_with_everything_allowed(tmp_path: Path) -> None:
    server = cluster()
    ended = await against(tmp_path, server, "check")
    assert ended.code == 0
    lines = ended.out.splitlines()
    served = [kind.resource for kind in KINDS if kind.resource in server.resources]
    assert lines[:-2] == [f"yes {resource}" for resource in served]
    assert lines[-2:] == ["", f"{len(served)} of {len(served)} may be watched."]


async def test_check_names_the_rules_that_are_missing(tmp_path: Path) -> None:
    server = cluster()
    server.faults.forbid("secrets")
    server.faults.forbid("pods", "blog")
    server.faults.forbid("deployments.apps", "blog")
    words = ("--kinds=pods,secrets,deployments.apps,nodes", "--namespaces=shop,blog", "--names=secrets=[db]")
    ended = await against(tmp_path, server, "check", *words)
    assert ended.code == 1
    only_db = '{apiGroups: [""], resources: ["secrets"], resourceNames: ["db"], verbs: ["list","watch"]}'
    assert (
        ended.out
        == f"""\
yes deployments.apps (namespace shop)
no  deployments.apps (namespace blog)
yes nodes
yes pods (namespace shop)
no  pods (namespace blog)
no  secrets (namespace shop, fields metadata.name=db)
no  secrets (namespace blog, fields metadata.name=db)

These rules are missing:
- {{apiGroups: [""], resources: ["pods"], verbs: ["list","watch"]}}  # in a Role of namespace blog
- {only_db}  # in a Role of namespace blog
- {{apiGroups: ["apps"], resources: ["deployments"], verbs: ["list","watch"]}}  # in a Role of namespace blog
- {only_db}  # in a Role of namespace shop

3 of 7 may be watched.
"""
    )


async def test_check_says_what_is_wrong_with_the_price_file(tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text('{"CPU": "cheap"}')
    ended = await against(tmp_path, cluster(), "check", "--kinds=pods", f"--price-file={prices}")
    assert (ended.code, ended.out) == (
        1,
        (
            f"yes pods\nno  prices: {prices}: CPU: expected a price of 0 or more, got `cheap`\n"
            "\n1 of 1 may be watched.\n"
        ),
    )


async def test_check_names_what_is_not_served_once(tmp_path: Path) -> None:
    name = "rockets.space.example"
    ended = await against(tmp_path, cluster(), "check", f"--kinds=pods,{name}", f"--names={name}=[a]")
    assert (ended.code, ended.out) == (
        1,
        f"yes pods\nno  {name}: the server does not serve it\n\n1 of 1 may be watched.\n",
    )


async def test_snapshot_as_json(tmp_path: Path) -> None:
    ended = await against(tmp_path, cluster(), "snapshot")
    assert ended.code == 0
    document = json.loads(ended.out)
    assert list(document) == ["nodes", "edges", "missing"]
    assert [node["id"] for node in document["nodes"] if node["id"].startswith("Pod/")] == [
        "Pod/shop/web-abc-1",
        "Pod/shop/web-abc-2",
    ]
    assert {"type": "selects", "source": "Service/shop/web", "target": "Pod/shop/web-abc-1"} in document[
        "edges"
    ]
    assert len(document["missing"]) == 8


async def test_snapshot_as_dot(tmp_path: Path) -> None:
    ended = await against(tmp_path, cluster(), "snapshot", "--output=dot")
    assert ended.code == 0
    assert ended.out.startswith("digraph astrolabe {\n")
    assert ended.out.endswith("}\n")
    assert '  "Service/shop/web" -> "Pod/shop/web-abc-1" [label="selects"];\n' in ended.out


async def test_snapshot_as_cypher(tmp_path: Path) -> None:
    ended = await against(tmp_path, cluster(), "snapshot", "--output=cypher")
    assert ended.code == 0
    assert (
        "MATCH (a:Resource {id: 'Service/shop/web'}), (b:Resource {id: 'Pod/shop/web-abc-1'})"
        " MERGE (a)-[e:SELECTS]->(b);\n"
    ) in ended.out


async def test_snapshot_of_what_could_be_read(tmp_path: Path) -> None:
    server = cluster()
    server.faults.order("pods", Silent(), times=None)
    ended = await against(tmp_path, server, "snapshot", "--patience=2", "--log-format=json")
    assert ended.code == 1
    assert '"Node/one"' in ended.out
    assert '"Pod/shop/' not in ended.out
    left_out = [
        event for event in map(json.loads, ended.err.splitlines()) if event["event"] == "resource left out"
    ]
    assert [event["resource"] for event in left_out] == ["pods"]


@pytest.mark.parametrize("more", [0, 2000])
async def test_a_reader_that_has_seen_enough(tmp_path: Path, more: int) -> None:
    server = cluster(*(make("ConfigMap", f"c{number:05}") for number in range(more)))
    read, write = os.pipe()
    async with following(tmp_path, server, "snapshot", "--log-format=json", stdout=write) as process:
        os.close(write)
        os.close(read)
        ended = await process.ended()
    assert ended.code == 1
    assert all(json.loads(line) for line in ended.err.splitlines())
