"""Image references, completed as containerd completes them."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(1 << 13)
def complete(reference: str) -> str:
    """Return the reference with registry, repository and tag: `nginx` is `docker.io/library/nginx:latest`.

    The first component is a registry if it has a dot or a port, is `localhost`, or has upper case, which no
    repository may have. Tags and digests are kept, also both together.
    """
    first, slash, rest = reference.partition("/")
    is_registry = bool(slash) and (
        "." in first or ":" in first or first == "localhost" or first.lower() != first
    )
    registry, repository = (first, rest) if is_registry else ("docker.io", reference)
    if registry in {"docker.io", "index.docker.io"}:
        registry = "docker.io"
        if "/" not in repository:
            repository = f"library/{repository}"
    path, digest, _ = repository.partition("@")
    tagged = ":" in path.rpartition("/")[2]
    return f"{registry}/{repository}" if digest or tagged else f"{registry}/{repository}:latest"
