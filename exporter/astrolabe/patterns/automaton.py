"""Automata of patterns: their states are worked out while texts are matched, each once. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from astrolabe.patterns.syntax import Chars, Edge, Either, Joined, PatternError, Repeated, Tree

_PATTERN_NODES = 2000
"""Nodes of a pattern; repetitions multiply."""
_REMEMBERED = 50_000
"""Nodes of the states that are remembered while texts are matched; beyond them all are worked out again."""


class Pattern:
    """A compiled pattern."""

    def __init__(self, tree: Tree) -> None:
        self._nodes: list[_Node] = [_Node()]
        self._remembered = 0
        self._known: dict[frozenset[int], _State] = {}
        first = self._reached((self._build(tree, 0),), "^")
        self._start = _State(first, 0 in self._reached(first, "^$"))

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        state = self._start
        for char in text:
            after = state.after.get(char)
            state = after if after is not None else self._step(state, char)
        return state.accepts

    def _build(self, tree: Tree, then: int) -> int:
        """Return the node from which a part of the pattern leads on to `then`."""
        match tree:
            case Chars() | Edge():
                return self._node(_Node((then,), tree))
            case Joined(parts):
                for part in reversed(parts):
                    then = self._build(part, then)
                return then
            case Either(parts):
                return self._node(_Node(tuple([self._build(part, then) for part in parts])))
            case Repeated(part, least, most):
                if most is None:
                    loop = self._node(_Node())
                    self._nodes[loop] = _Node((self._build(part, loop), then))
                    then = loop
                for _ in range((most or least) - least):
                    then = self._node(_Node((self._build(part, then), then)))
                for _ in range(least):
                    then = self._build(part, then)
                return then

    def _node(self, node: _Node) -> int:
        if len(self._nodes) >= _PATTERN_NODES:
            raise PatternError("it is too large: what it repeats multiplies")
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _reached(self, nodes: Iterable[int], edges: str) -> frozenset[int]:
        """Return the nodes that are reached without reading on, past the edges that are here."""
        found: set[int] = set()
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                then, what = self._nodes[node]
                if what is None or (isinstance(what, Edge) and what.sign in edges):
                    waiting += then
        return frozenset(found)

    def _step(self, state: _State, char: str) -> _State:
        chosen: list[int] = []
        for node in state.nodes:
            then, what = self._nodes[node]
            if isinstance(what, Chars) and what.has(ord(char)):
                chosen += then
        nodes = self._reached(chosen, "")
        self._remembered += 1 + len(nodes)
        if self._remembered > _REMEMBERED:
            self._remembered = 0
            self._known.clear()
            self._start.after.clear()
        after = self._known.get(nodes)
        if after is None:
            after = self._known[nodes] = _State(nodes, 0 in self._reached(nodes, "$"))
        state.after[char] = after
        return after


class _Node(NamedTuple):
    """A place in the pattern: what is read there, and where that leads. Node 0 is the end."""

    then: tuple[int, ...] = ()
    what: Chars | Edge | None = None


class _State:
    """All nodes that the text so far may have led to."""

    __slots__ = ("accepts", "after", "nodes")

    def __init__(self, nodes: frozenset[int], accepts: bool) -> None:
        self.nodes = nodes
        self.accepts = accepts
        self.after: dict[str, _State] = {}
