"""Grafana's data layer and types in Node, installed once into the cache of the tests' components."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.components import build

HERE = Path(__file__).parent / "grafana"
INSTALL_SECONDS = 240
RUN_SECONDS = 120


class Packages:
    """The packages of `grafana/package.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def transformed(self, panels: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        """Return the frames that each panel gets: see transform.cjs."""
        script = self._folder / "transform.cjs"
        shutil.copy(HERE / script.name, script)
        ran = self._run("node", script.name, text=json.dumps(panels))
        assert ran.returncode == 0, ran.stderr
        return list(json.loads(ran.stdout))

    def type_errors(self, source: str, folder: Path) -> str:
        """Return what the TypeScript compiler says of `source`."""
        file = folder / "check.ts"
        file.write_text(source, encoding="utf-8")
        (folder / "node_modules").symlink_to(self._folder / "node_modules")
        compiler = self._folder / "node_modules" / "typescript" / "bin" / "tsc"
        flags = "--noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler"
        return self._run("node", str(compiler), *flags.split(), str(file)).stdout

    def _run(self, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self._folder,
            input=text,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )


def installed() -> Packages:
    """Return the packages, installing them where that has not been done; skip where it cannot be."""
    wanted = HERE / "package.json"
    version = json.loads(wanted.read_text())["dependencies"]["@grafana/data"]
    folder = build.cache() / f"grafana-packages-{version}"
    done = folder / "installed.json"
    if not done.is_file() or done.read_bytes() != wanted.read_bytes():
        _install(folder)
        shutil.copy(wanted, done)
    return Packages(folder)


def _install(folder: Path) -> None:
    if shutil.which("npm") is None:
        _missing("npm is not there")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", folder)
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    try:
        ran = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        _missing(f"npm install took more than {INSTALL_SECONDS} s")
    if ran.returncode:
        _missing(f"npm install failed: {ran.stderr.strip()[-300:]}")


def _missing(why: str) -> None:
    reason = f"Grafana's packages are missing: {why}"
    if os.environ.get("CI") == "true" or os.environ.get("ASTROLABE_REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
