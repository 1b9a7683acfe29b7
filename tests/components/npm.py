"""npm packages that tests need in Node, installed once into the cache of the components."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.components import build
from tests.components.missing import missing

INSTALL_SECONDS = 240
RUN_SECONDS = 120
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund")
_INSTALL = ("npm", "install", *_QUIET, "--no-package-lock")
_INSTALL_LOCKED = ("npm", "ci", *_QUIET)


class Packages:
    """What one package.json asks for, installed. The scripts beside it are run by Node where they are."""

    def __init__(self, source: Path, folder: Path) -> None:
        self._source = source
        self._folder = folder

    def script(self, name: str, *arguments: str, text: str = "") -> str:
        """Run a script of the source folder; return what it prints."""
        shutil.copy(self._source / name, self._folder / name)
        ran = self._run("node", name, *arguments, text=text)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def type_errors(self, source: str, folder: Path) -> str:
        """Return what the TypeScript compiler says of `source`."""
        file = folder / "check.ts"
        file.write_text(source, encoding="utf-8")
        self.link(folder)
        compiler = self._folder / "node_modules" / "typescript" / "bin" / "tsc"
        flags = "--noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler"
        return self._run("node", str(compiler), *flags.split(), str(file)).stdout

    def link(self, folder: Path) -> None:
        """Have what is run in a folder find the packages."""
        (folder / "node_modules").symlink_to(self._folder / "node_modules")

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


def installed(source: Path, name: str) -> Packages:
    """Return the packages of `source`/package.json, kept under `name`; skip where they cannot be had.

    A package-lock.json beside it is kept to.
    """
    wanted = source / "package.json"
    lock = source / "package-lock.json"
    folder = build.cache() / name
    done = folder / "installed.json"
    for command in ("node", "npm"):
        if shutil.which(command) is None:
            _missing(f"{command} is not there")
    asked = b"".join(file.read_bytes() for file in (wanted, lock) if file.is_file())
    if not done.is_file() or done.read_bytes() != asked:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(wanted, folder)
        install = _INSTALL
        if lock.is_file():
            shutil.copy(lock, folder)
            install = _INSTALL_LOCKED
        try:
            ran = subprocess.run(
                install, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            _missing(f"npm install took more than {INSTALL_SECONDS} s")
        if ran.returncode:
            _missing(f"npm install failed: {ran.stderr.strip()[-300:]}")
        done.write_bytes(asked)
    return Packages(source, folder)


def _missing(why: str) -> None:
    reason = f"npm packages are missing: {why}"
    missing(reason)
