"""An import of the library costs no HTTP client, no models of Kubernetes and no server."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {"aiohttp", "kubernetes", "prometheus_client", "redis"}
OURS = {"astrolabe.testing", "astrolabe.graph", "astrolabe.kinds", "astrolabe.metrics", "astrolabe.api"}


def test_what_only_programs_and_tests_need_is_not_imported() -> None:
    code = "import json, sys, astrolabe.watch; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(json.loads(done.stdout))
    assert "astrolabe.watch.controller" in modules
    assert not (HEAVY | OURS) & modules


def test_the_package_is_typed() -> None:
    from importlib.resources import files

    assert (files("astrolabe") / "py.typed").is_file()


def test_what_is_public_is_all_that_there_is() -> None:
    import astrolabe.watch as face

    assert all(hasattr(face, name) for name in face.__all__)
    assert len(set(face.__all__)) == len(face.__all__)
