"""An exporter as a process: how soon it shows everything, and what it takes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic, perf_counter
from typing import NamedTuple

import aiohttp

from tests.bench.installed import INSTALLED
from tests.peers.filling import RESOURCES
from tests.ports import free_port

PATIENCE = 300.0
"""Seconds until an exporter has to show everything."""
_POLL = 0.1
"""Seconds between two scrapes of an exporter that starts."""
_TICK = os.sysconf("SC_CLK_TCK")
_APPS = frozenset({"deployments", "replicasets"})


class Program(NamedTuple):
    """How an exporter is started, and which of its series says that an object is known."""

    name: str
    command: tuple[str, ...]
    """With `{kubeconfig}`, `{port}` and `{other}`, a second free port."""
    series: Mapping[bytes, str]
    """What a line of such a series begins with, and the resource that it is of."""


def astrolabe() -> Program:
    """Return this tree's exporter."""
    groups = {"endpointslices": ".discovery.k8s.io", **dict.fromkeys(_APPS, ".apps")}
    kinds = ",".join(resource + groups.get(resource, "") for resource in RESOURCES)
    flags = ("--kubeconfig={kubeconfig}", "--port={port}", "--address=127.0.0.1", f"--kinds={kinds}")
    return Program(
        "Astrolabe",
        (sys.executable, "-c", INSTALLED, "serve", *flags),
        {f'astrolabe_resource_info{{id="{_KINDS[each]}/'.encode(): each for each in RESOURCES},
    )


def kube_state_metrics(program: str) -> Program:
    """Return kube-state-metrics, with the same resources, gzip allowed, and everything else as it comes."""
    flags = (
        "--kubeconfig={kubeconfig}",
        "--host=127.0.0.1",
        "--port={port}",
        "--telemetry-host=127.0.0.1",
        "--telemetry-port={other}",
        "--enable-gzip-encoding",
        f"--resources={','.join(RESOURCES)}",
    )
    return Program(
        "kube-state-metrics",
        (program, *flags),
        {f"kube_{_KINDS[each].lower()}_created{{".encode(): each for each in RESOURCES},
    )


class Running:
    """A process that serves /metrics."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process, port: int) -> None:
        self.program = program
        self._process = process
        self._started = perf_counter()
        self._url = f"http://127.0.0.1:{port}/metrics"
        self._session = aiohttp.ClientSession(trust_env=False, auto_decompress=False)

    async def close(self) -> None:
        await self._session.close()

    @property
    def _pid(self) -> int:
        """The exporter's own process id: it is the child of the `timeout` that bounds it."""
        own = self._process.pid
        return int(Path(f"/proc/{own}/task/{own}/children").read_text().split()[0])

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        stat = Path(f"/proc/{self._pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(stat[11]) + int(stat[12])) / _TICK

    @property
    def memory(self) -> tuple[float, float]:
        """MiB resident now, and at most so far."""
        status = Path(f"/proc/{self._pid}/status").read_text()
        now, peak = (int(status.split(f"{name}:")[1].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return now, peak

    async def scrape(self, *, gzip: bool) -> tuple[float, bytes]:
        """Return the seconds of a scrape, and its body as it came."""
        start = perf_counter()
        headers = {"Accept-Encoding": "gzip" if gzip else "identity"}
        async with self._session.get(self._url, headers=headers) as answer:
            body = await answer.read()
            if not answer.ok:
                raise aiohttp.ClientError(f"{self._url}: {answer.status}")
        return perf_counter() - start, body

    async def ready(self, expected: Mapping[str, int]) -> float:
        """Return the seconds from the start to the end of the first scrape that holds every object."""
        deadline = monotonic() + PATIENCE
        counts: Counter[str] = Counter()
        while monotonic() < deadline and self._process.returncode is None:
            with suppress(aiohttp.ClientError):
                _, body = await self.scrape(gzip=False)
                seconds = perf_counter() - self._started
                counts = self._count(body)
                if all(counts[resource] >= count for resource, count in expected.items()):
                    return seconds
            await asyncio.sleep(_POLL)
        raise RuntimeError(
            f"{self.program.name}: not everything is shown: {dict(counts)} of {dict(expected)}"
        )

    def _count(self, body: bytes) -> Counter[str]:
        # Their order is not ours to know; a line begins after a line end.
        return Counter(
            {resource: body.count(b"\n" + start) for start, resource in self.program.series.items()}
        )


@asynccontextmanager
async def running(program: Program, kubeconfig: Path, log: Path) -> AsyncIterator[Running]:
    """Start an exporter, and end it with the block."""
    port = free_port()
    await _compiled(log.parent)
    places = {"kubeconfig": str(kubeconfig), "port": port, "other": free_port()}
    command = [word.format_map(places) if word.startswith("--") else word for word in program.command]
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            "timeout", "--kill-after=5", "1800", *command,
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            env=_environment(log.parent),
        )  # fmt: skip
    one = Running(program, process, port)
    try:
        yield one
    finally:
        await one.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which Python keeps what it has compiled, as in an image."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "KUBECONFIG": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


async def _compiled(folder: Path) -> None:
    """Have Python compile what Astrolabe imports, the first time."""
    if not (folder / "bytecode").exists():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", INSTALLED, "--version",
            stdout=asyncio.subprocess.DEVNULL, env=_environment(folder),
        )  # fmt: skip
        await process.wait()


_KINDS = {
    "pods": "Pod",
    "nodes": "Node",
    "services": "Service",
    "configmaps": "ConfigMap",
    "secrets": "Secret",
    "serviceaccounts": "ServiceAccount",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
    "endpointslices": "EndpointSlice",
}
