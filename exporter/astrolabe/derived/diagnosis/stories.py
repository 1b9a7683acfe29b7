"""The causes of everything that is not Ready, kept up to date: alike ones once, with what waits for them.

`problems.gather` says the same of one moment; here each object that is explained again changes only what it
is part of. Kept is what is not Ready, never what is: 10,000 Pods that fail for one reason are one story.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple, TypeVar

import msgspec

from astrolabe.derived.diagnosis.forbidden import Denied, refusal, said
from astrolabe.derived.diagnosis.problems import PARTS, is_broken
from astrolabe.derived.diagnosis.reasons import story_of
from astrolabe.derived.diagnosis.search import Cause
from astrolabe.graph.facts import kind_of
from astrolabe.graph.relations import Relations

K = TypeVar("K", bound=Hashable)


# Of these there are as many as objects that are not Ready. They hold no cycles, and the garbage collector has
# nothing to look at: no Counter, and no set, but dicts, which it leaves alone.


class _Part(msgspec.Struct, frozen=True, gc=False):
    """That one object is not Ready because of one cause."""

    story: Hashable
    cause: str
    refused: Denied | None = None
    """What the cause, an account, was refused."""


class _Story(msgspec.Struct, gc=False):
    missing: bool
    causes: dict[str, int] = {}
    """How many objects each of the alike causes explains, itself included where nothing else explains it."""
    wholes: dict[str, None] = {}
    """Ids of what is not Ready because of them and is no part of anything."""
    refused: dict[Denied, int] = {}
    """What accounts among the causes were refused, and how many objects say so."""


class Standing(NamedTuple):
    """What is to be said of one id now; nothing of a story is left where both are empty."""

    id: str
    found: bool
    """Whether the object of this id, which exists, is a cause, the first by id of those that are alike."""
    missing: bool
    """Whether it is a cause because it does not exist."""
    affected: int
    """How many things as a whole are not Ready because of it, without the causes themselves."""
    denial: str = ""
    """What it lacks, where it is an account that was refused something."""


class Stories:
    """Who is explained by what. `put` takes in explanations; `changed` tells what follows from them."""

    def __init__(self, graph: Relations) -> None:
        self._graph = graph
        self._parts: dict[str, tuple[_Part, ...]] = {}
        self._stories: dict[Hashable, _Story] = {}
        self._told: dict[Hashable, str] = {}
        """The id under which each story was told."""
        self._under: dict[str, tuple[Hashable, ...]] = {}
        """The same by id: an object, and one of its name that does not exist, are two stories."""
        self._dirty: set[Hashable] = set()
        self._ids: set[str] = set()
        """Of which something else may be to be said, though they may not be told any more."""

    @property
    def waiting(self) -> bool:
        """Whether something is to be told."""
        return bool(self._dirty or self._ids)

    def put(self, node_id: str, causes: Iterable[Cause], *, counted: bool = True) -> None:
        """Take in what explains an object, in the place of what did. Without causes it is its own or well.

        One that is not counted waits for nothing here: it is another shard's.
        """
        self._dirty.update(self._under.get(node_id, ()))
        node = self._graph.get(node_id)
        parts: tuple[_Part, ...] = ()
        if counted and node is not None and is_broken(node):
            because = [*causes] or [Cause(node_id, (node_id,))]
            parts = tuple(
                _Part(
                    (cause.id, "missing") if cause.missing else story_of(self._graph, cause.id),
                    cause.id,
                    refusal(self._graph, node, cause),
                )
                for cause in because
            )
            for part, cause in zip(parts, because, strict=True):
                self._stories.setdefault(part.story, _Story(cause.missing))
        self._count(node_id, parts)

    def _count(self, node_id: str, parts: tuple[_Part, ...]) -> None:
        before = self._parts.get(node_id, ())
        if before == parts:
            return
        whole = kind_of(node_id) not in PARTS
        for part in before:
            story = self._stories[part.story]
            _add(story.causes, part.cause, -1)
            if part.refused is not None:
                _add(story.refused, part.refused, -1)
            story.wholes.pop(node_id, None)
            self._dirty.add(part.story)
        for part in parts:
            story = self._stories[part.story]
            _add(story.causes, part.cause, 1)
            if part.refused is not None:
                _add(story.refused, part.refused, 1)
            if whole:
                story.wholes[node_id] = None
            self._dirty.add(part.story)
        if parts:
            self._parts[node_id] = parts
        else:
            del self._parts[node_id]

    def changed(self) -> Iterator[Standing]:
        """Yield what to say of each id of which something else may be to be said now."""
        while self.waiting:
            if not self._ids:
                self._tell(self._dirty.pop())
            else:
                yield self._standing(self._ids.pop())

    def _tell(self, key: Hashable) -> None:
        """Bring one story up to date; note the ids that it was and is told under."""
        if (old := self._told.pop(key, None)) is not None:
            self._ids.add(old)
            under = tuple(each for each in self._under.pop(old) if each != key)
            if under:
                self._under[old] = under
        story = self._stories.get(key)
        if story is not None and not story.causes:
            del self._stories[key]
        elif story is not None:
            first = min(story.causes)
            self._ids.add(first)
            self._told[key] = first
            self._under[first] = (*self._under.get(first, ()), key)

    def _standing(self, node_id: str) -> Standing:
        stories = [self._stories[key] for key in self._under.get(node_id, ())]
        waiting: set[str] = set()
        for story in stories:
            waiting |= story.wholes.keys() - story.causes.keys()
        found = any(not story.missing for story in stories)
        refused = chain.from_iterable(story.refused for story in stories)
        return Standing(
            node_id, found, any(story.missing for story in stories), len(waiting), said(node_id, refused)
        )


def _add(counts: dict[K, int], key: K, more: int) -> None:
    """Count `more` of `key`; what is down to none is left out."""
    if count := counts.get(key, 0) + more:
        counts[key] = count
    else:
        del counts[key]
