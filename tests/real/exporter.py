"""Astrolabe itself, as a process, the way users run it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.ports import free_port
from tests.real.control_plane import answers
from tests.real.processes import program_of, running

READY_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Exporter:
    """A running exporter."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The exporter's own process id."""
        return program_of(self.process)

    def text(self, path: str = "/metrics") -> str:
        """Return a page as text."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(self.url + path, timeout=30)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.text

    def samples(self, metric: str) -> list[str]:
        """Return the lines of /metrics that belong to one metric, in the page's order."""
        return [line for line in self.text().splitlines() if line.startswith((f"{metric}{{", f"{metric} "))]

    def labels(self, metric: str) -> list[dict[str, str]]:
        """Return the labels of each sample of one metric."""
        families = text_string_to_metric_families("\n".join(self.samples(metric)) + "\n")
        return [dict(sample.labels) for family in families for sample in family.samples]


@contextlib.contextmanager
def exporter(kubeconfig: Path, log: Path, *arguments: str) -> Iterator[Exporter]:
    """Run `astrolabe serve` from when it is ready until the block is left."""
    port = free_port()
    flags = [f"--kubeconfig={kubeconfig}", f"--port={port}", *arguments]
    command = [sys.executable, "-m", "astrolabe", "serve", *flags]
    environment = {"KUBECONFIG": ""}
    ready = f"http://127.0.0.1:{port}/readyz"
    with running(command, log, lambda: answers(ready), environment=environment) as process:
        yield Exporter(port, process, log)


def snapshot(kubeconfig: Path, *arguments: str) -> Any:
    """Return what `astrolabe snapshot` prints: the graph from fresh lists, as JSON."""
    command = [sys.executable, "-m", "astrolabe", "snapshot", f"--kubeconfig={kubeconfig}", *arguments]
    environment = {**os.environ, "KUBECONFIG": ""}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
