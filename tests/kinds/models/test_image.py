"""Image references, completed as containerd completes them."""

from __future__ import annotations

import pytest

from astrolabe.kinds.models.image import complete

DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("written", "completed"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("library/nginx", "docker.io/library/nginx:latest"),
        ("grafana/grafana", "docker.io/grafana/grafana:latest"),
        ("docker.io/nginx", "docker.io/library/nginx:latest"),
        ("index.docker.io/nginx:1", "docker.io/library/nginx:1"),
        ("docker.io/grafana/grafana:11", "docker.io/grafana/grafana:11"),
        ("quay.io/team/app", "quay.io/team/app:latest"),
        ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("registry:5000/team/app:v1", "registry:5000/team/app:v1"),
        ("registry:5000", "docker.io/library/registry:5000"),
        ("team/localhost", "docker.io/team/localhost:latest"),
        ("Upper/app", "Upper/app:latest"),
        (f"nginx@{DIGEST}", f"docker.io/library/nginx@{DIGEST}"),
        (f"nginx:1.27@{DIGEST}", f"docker.io/library/nginx:1.27@{DIGEST}"),
        (f"quay.io/team/app@{DIGEST}", f"quay.io/team/app@{DIGEST}"),
    ],
)
def test_complete(written: str, completed: str) -> None:
    assert complete(written) == completed
    assert complete(completed) == completed
