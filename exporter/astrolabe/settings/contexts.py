"""Which contexts of the kubeconfig are followed, and what their clusters are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from astrolabe.patterns.names import shown

MOST = 64
"""Contexts of one process: it has one core."""
_LONGEST = 253
"""Characters of a cluster's name."""


class Followed(NamedTuple):
    """One context."""

    context: str
    cluster: str
    """The value of the label `cluster`, and the name in paths."""


def followed_contexts(texts: Iterable[str]) -> tuple[Followed, ...]:
    """Read `context` or `context=name`, each once; raises ValueError for what cannot be used."""
    found: dict[str, Followed] = {}
    contexts: set[str] = set()
    for text in texts:
        context, _, name = text.rpartition("=") if "=" in text else (text, "", text)
        followed = Followed(context.strip(), name.strip())
        if not followed.context or not followed.cluster:
            raise ValueError(f"{shown(text)}: expected context or context=name")
        if not followed.cluster.isprintable() or not followed.context.isprintable():
            raise ValueError(f"{shown(text)} has characters that cannot be printed")
        if followed.cluster in (".", "..") or len(followed.cluster) > _LONGEST:
            raise ValueError(
                f"{shown(followed.cluster)} is not a cluster name: expected 1 to {_LONGEST} characters,"
                " and neither . nor .."
            )
        if followed.context in contexts:
            raise ValueError(f"the context {shown(followed.context)} is given twice")
        if followed.cluster in found:
            raise ValueError(
                f"two clusters are called {shown(followed.cluster)}: give one of them another name"
            )
        contexts.add(followed.context)
        found[followed.cluster] = followed
    if len(found) > MOST:
        raise ValueError(f"expected {MOST} contexts at most, got {len(found)}")
    return tuple(found.values())
