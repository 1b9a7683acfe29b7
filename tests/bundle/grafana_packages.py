"""Grafana's loader, data package and types in Node, installed once into the cache of the components."""

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
_INSTALL = ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")


class Packages:
    """The packages of `grafana/package.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def loaded(self, plugin: Path, base_url: str) -> dict[str, Any]:
        """Load an unpacked plugin and return what was found: see load.cjs."""
        script = self._folder / "load.cjs"
        shutil.copy(HERE / script.name, script)
        ran = self._run("node", script.name, str(plugin), base_url)
        assert ran.returncode == 0, ran.stderr
        found: dict[str, Any] = json.loads(ran.stdout)
        return found

    def type_errors(self, source: str, folder: Path) -> str:
        """Return what the TypeScript compiler says of `source`."""
        file = folder / "check.ts"
        file.write_text(source, encoding="utf-8")
        (folder / "node_modules").symlink_to(self._folder / "node_modules")
        compiler = self._folder / "node_modules" / "typescript" / "bin" / "tsc"
        flags = "--noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler"
        return self._run("node", str(compiler), *flags.split(), str(file)).stdout

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
        )


def installed() -> Packages:
    """Return the packages, installing them where that has not been done; skip where it cannot be."""
    wanted = HERE / "package.json"
    folder = build.cache() / "grafana-loader"
    done = folder / "installed.json"
    if shutil.which("node") is None:
        _missing("node is not there")
    if not done.is_file() or done.read_bytes() != wanted.read_bytes():
        _install(folder)
        shutil.copy(wanted, done)
    return Packages(folder)


def _install(folder: Path) -> None:
    if shutil.which("npm") is None:
        _missing("npm is not there")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", folder)
    try:
        ran = subprocess.run(
            _INSTALL, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
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
