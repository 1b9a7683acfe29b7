"""Find the real components that tests run against, or build them with Go.

Looked for in this order: $KUBEBUILDER_ASSETS (the ecosystem's convention, taken as it is), PATH (where the
version suits), the cache. What is missing is built into the cache, $XDG_CACHE_HOME/astrolabe/components,
one folder for each version. Versions are those that the go.mod files beside this file require.

Plain Python: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD_SECONDS = 45 * 60
PROGRESS_SECONDS = 5


@dataclasses.dataclass(frozen=True)
class Component:
    """A program that tests start."""

    name: str
    folder: str = ""
    """Beside this file: the Go module that it is built in; empty when a package of the system brings it."""
    package: str = ""
    """The Go package to build, or the system's package to install."""
    module: str = ""
    """The Go module whose version is the component's."""
    oldest: tuple[int, int] = (0, 0)
    """The version that one on PATH must have at least; (0, 0): any."""
    commands: tuple[str, ...] = ()
    """Other names on PATH."""
    ldflags: str = ""
    tags: str = ""
    """Of Go's build."""
    extra: tuple[str, ...] = ()
    """Folders of the module that are kept beside the program. Such a module is built in its own folder."""
    alone: bool = False
    """Whether it is built in the folder of its own module, by that module's go.mod, as `extra` is as well."""
    maven: bool = False
    """Whether Maven gets it: the folder has a pom.xml and a class that starts it."""
    optional: bool = False
    """Whether it takes so long to build that it is built only where it is named."""

    @property
    def version(self) -> str:
        """Without the v, as the module's go.mod requires it."""
        if self.maven:
            text = (HERE / self.folder / "pom.xml").read_text()
            found = re.search(r"<version>(\d+\.[\d.]+)</version>", text)
            assert found is not None
            return found[1]
        text = (HERE / self.folder / "go.mod").read_text()
        found = re.search(rf"^\s*(?:require )?{re.escape(self.module)} v(\S+)", text, re.MULTILINE)
        if found is None:
            raise SystemExit(f"{self.folder}/go.mod does not require {self.module}")
        return found[1]

    @property
    def cached(self) -> Path:
        """Where a build is kept."""
        return cache() / f"{self.folder}-{self.version}" / self.name

    @property
    def remedy(self) -> str:
        """How to get it, as a command."""
        if self.optional:
            return f"python3 tests/components/build.py {self.name}"
        return "make components" if self.folder else f"apt-get install {self.package}"


def _kubernetes(name: str) -> Component:
    version = "k8s.io/component-base/version"
    module = "k8s.io/kubernetes"
    fields = {"gitVersion": "v{version}", "gitMajor": "{major}", "gitMinor": "{minor}"}
    flags = " ".join(f"-X {version}.{field}={value}" for field, value in fields.items())
    return Component(name, "kubernetes", f"./cmd/{name}", module, (1, 34), ldflags=flags)


def _prometheus(name: str) -> Component:
    module = "github.com/prometheus/prometheus"
    flags = "-X github.com/prometheus/common/version.Version={version}"
    return Component(name, "prometheus", f"{module}/cmd/{name}", module, (3, 0), ldflags=flags)


_NATS = "github.com/nats-io/nats-server/v2"
_ETCD = "go.etcd.io/etcd/server/v3"
COMPONENTS = {
    component.name: component
    for component in (
        _kubernetes("kube-apiserver"),
        _kubernetes("kube-controller-manager"),
        _kubernetes("kube-scheduler"),
        # An older etcd gives the API server no streaming lists.
        Component("etcd", "etcd", _ETCD, _ETCD, (3, 6)),
        _prometheus("prometheus"),
        _prometheus("promtool"),
        Component("alertmanager", package="prometheus-alertmanager", commands=("prometheus-alertmanager",)),
        Component("helm", "helm", "helm.sh/helm/v4/cmd/helm", "helm.sh/helm/v4"),
        Component(
            "kustomize",
            "kustomize",
            "sigs.k8s.io/kustomize/kustomize/v5",
            "sigs.k8s.io/kustomize/kustomize/v5",
        ),
        # 3.2.11 is a version that builds outside of a container: newer ones were tried and do not.
        Component(
            "argocd",
            "argocd",
            "./cmd",
            "github.com/argoproj/argo-cd/v3",
            (3, 2),
            extra=("manifests/crds",),
            optional=True,
        ),
        # Only `make peers` measures beside it.
        Component(
            "kube-state-metrics",
            "kube-state-metrics",
            ".",
            "k8s.io/kube-state-metrics/v2",
            alone=True,
            optional=True,
        ),
        # Only `make thanos` asks it. With strings instead of slices for labels the sidecar panics.
        Component(
            "thanos",
            "thanos",
            "./cmd/thanos",
            "github.com/thanos-io/thanos",
            tags="netgo slicelabels",
            alone=True,
            optional=True,
        ),
        # The jars have 135 MB. Nobody needs Java for anything else.
        Component("neo4j", "neo4j", "Server", maven=True, optional=True),
        # Java and Maven, too.
        Component("kafka", "kafka", "Server", maven=True, optional=True),
        Component("nats-server", "nats", _NATS, _NATS, (2, 10)),
        Component("redis-server", package="redis-server"),
        Component("chromium", package="chromium", commands=("chromium-browser", "google-chrome")),
    )
}


def cache() -> Path:
    """Return the folder outside the tree that holds what was built."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "astrolabe" / "components"


def find(name: str) -> Path | None:
    """Return where a component is, None when it would have to be built or installed first."""
    component = COMPONENTS[name]
    if assets := os.environ.get("KUBEBUILDER_ASSETS"):
        given = Path(assets) / name
        if os.access(given, os.X_OK):
            return given
    # What is kept beside a program is there in the cache alone.
    for command in () if component.extra or component.maven else (name, *component.commands):
        on_path = shutil.which(command)
        if on_path is not None and (
            component.oldest == (0, 0) or _printed_version(on_path) >= component.oldest
        ):
            return Path(on_path)
    if component.folder and os.access(component.cached, os.X_OK):
        return component.cached
    return None


@functools.cache
def _printed_version(program: str) -> tuple[int, int]:
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    found = re.search(r"\bv?(\d+)\.(\d+)\.\d+", answer.stdout + answer.stderr)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def build(name: str) -> Path:
    """Build one component into the cache; raises SystemExit with the end of Go's output when it fails."""
    component = COMPONENTS[name]
    if component.maven:
        return _by_maven(component)
    if shutil.which("go") is None:
        raise SystemExit(f"{name} {component.version} is missing, and so is Go, which would build it")
    target = component.cached
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as scratch:
        built = Path(scratch) / name
        log = Path(scratch) / "log"
        command = ["go", "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", _ldflags(component)]
        command += ["-tags", component.tags] if component.tags else []
        folder = _downloaded(component) if component.extra or component.alone else HERE / component.folder
        _run([*command, "-o", str(built), component.package], folder, log, name)
        for extra in component.extra:
            kept = target.parent / Path(extra).name
            shutil.copytree(folder / extra, kept, dirs_exist_ok=True, copy_function=shutil.copyfile)
        built.replace(target)  # in one step: who builds at the same time never sees half a file
    return target


def _by_maven(component: Component) -> Path:
    """Download jars by Maven, compile the class beside the pom.xml, and write a script that runs it."""
    for command in ("mvn", "javac"):
        if shutil.which(command) is None:
            raise SystemExit(f"{component.name} is missing, and so is {command}: apt-get install maven")
    target = component.cached
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = HERE / component.folder
    jars, classes = target.parent / "jars", target.parent / "classes"
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
    _java(["mvn", "-B", "-q", "-f", str(folder / "pom.xml"), *goal])
    _java(["javac", "-cp", f"{jars}/*", "-d", str(classes), str(folder / f"{component.package}.java")])
    script = f'#!/bin/sh\nexec java -Xmx512m -cp "{classes}:{jars}/*" {component.package} "$@"\n'
    made = target.with_suffix(".new")
    made.write_text(script)
    made.chmod(0o755)
    made.replace(target)
    return target


def _java(command: Sequence[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS)
    if ended.returncode:
        raise SystemExit(f"{command[0]} failed:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")


def _downloaded(component: Component) -> Path:
    """Return the folder of a module in Go's cache."""
    command = ["go", "mod", "download", "-json", f"{component.module}@v{component.version}"]
    ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"go mod download of {component.module} failed:\n{ended.stderr or ended.stdout}")
    return Path(json.loads(ended.stdout)["Dir"])


def _ldflags(component: Component) -> str:
    version = component.version
    if component.folder == "prometheus":
        # Prometheus 3.15.0 is published as Go module v0.315.0.
        digits = version.split(".")[1]
        version = f"{digits[0]}.{int(digits[1:])}.{version.split('.')[2]}"
    major, minor, _ = version.split(".", 2)
    return ("-s -w " + component.ldflags.format(version=version, major=major, minor=minor)).strip()


def _run(command: Sequence[str], folder: Path, log: Path, name: str) -> None:
    """Run Go, with a line every few seconds that says how far it is."""
    started = time.monotonic()
    with log.open("wb") as output:
        environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            while process.poll() is None:
                try:
                    process.wait(PROGRESS_SECONDS)
                except subprocess.TimeoutExpired:
                    seconds = time.monotonic() - started
                    lines = log.read_text(errors="replace").splitlines()
                    print(
                        f"building {name}: {seconds:.0f} s, {len(lines)} steps, {''.join(lines[-1:])}",
                        flush=True,
                    )
                    if seconds > BUILD_SECONDS:
                        raise SystemExit(f"building {name} took over {BUILD_SECONDS // 60} minutes") from None
        finally:
            process.kill()
            process.wait()
    if process.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise SystemExit(f"go build of {name} failed:\n{end}")


def main() -> None:
    """Report, or build, the components named (all without names)."""
    parser = argparse.ArgumentParser(description="Find real components for the tests, or build them with Go.")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(COMPONENTS)}; all but those that build longest if none is named",
    )
    parser.add_argument("--check", action="store_true", help="only report; exit 1 when one is missing")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(COMPONENTS)):
        parser.error(f"no such component: {', '.join(unknown)}")
    missing = 0
    for name in options.names or COMPONENTS:
        found = find(name)
        wanted = COMPONENTS[name].folder and (options.names or not COMPONENTS[name].optional)
        if found is None and wanted and not options.check:
            found = build(name)
        missing += found is None and bool(options.names or not COMPONENTS[name].optional)
        print(f"{name:25} {found or 'missing: ' + COMPONENTS[name].remedy}", flush=True)
    sys.exit(1 if missing and (options.check or options.names) else 0)


if __name__ == "__main__":
    main()
