"""The syntax of patterns: text becomes a tree. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

PATTERN_CHARACTERS = 1000
"""Characters of a pattern."""
MOST_REPEATS = 1000
"""The largest number in `{n,m}`, as in RE2."""
_DEEPEST = 50
"""Groups within groups."""


class PatternError(ValueError):
    """A pattern that is none. Its text says what is wrong, and at which character."""


class Chars(NamedTuple):
    """One character, of some or of all but some."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    def has(self, char: int) -> bool:
        """Whether a code point is among them."""
        return any(low <= char <= high for low, high in self.ranges) is not self.negated


class Edge(NamedTuple):
    """The beginning (`^`) or the end (`$`) of the text."""

    sign: str


class Joined(NamedTuple):
    """One after the other."""

    parts: tuple[Tree, ...]


class Either(NamedTuple):
    """Any one of them."""

    parts: tuple[Tree, ...]


class Repeated(NamedTuple):
    """The same several times; without `most` as often as there is text."""

    part: Tree
    least: int
    most: int | None


Tree: TypeAlias = Chars | Edge | Joined | Either | Repeated


_ANY = Chars((), negated=True)
_IN_A_LINE = Chars(((10, 10),), negated=True)
_DIGIT = ((48, 57),)
_WORD = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE = ((9, 10), (12, 13), (32, 32))
_SETS = {
    **{char: Chars(ranges) for char, ranges in (("d", _DIGIT), ("w", _WORD), ("s", _SPACE))},
    **{char: Chars(ranges, negated=True) for char, ranges in (("D", _DIGIT), ("W", _WORD), ("S", _SPACE))},
}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def read_regex(text: str) -> Tree:
    """Read a regular expression. Raises `PatternError`."""
    return _Reader(text).whole()


def read_glob(text: str) -> Tree:
    """Read a glob. Raises `PatternError`."""
    return Joined(tuple(_Reader(text).globbed()))


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        if len(text) > PATTERN_CHARACTERS:
            raise PatternError(f"it has more than {PATTERN_CHARACTERS} characters")
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Tree:
        tree = self._alternatives()
        if self._next:
            raise self._wrong("`)` closes nothing")
        return tree

    def globbed(self) -> Iterator[Tree]:
        while char := self._take():
            if char == "*":
                yield Repeated(_ANY, 0, None)
            elif char == "?":
                yield _ANY
            elif char == "[":
                yield self._class("!", escapes=False)
            else:
                yield Chars(((ord(char), ord(char)),))

    @property
    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._next
        self._at += len(char)
        return char

    def _skip(self, char: str) -> bool:
        if self._next != char:
            return False
        self._at += 1
        return True

    def _wrong(self, what: str, at: int | None = None) -> PatternError:
        return PatternError(f"{what} (character {(self._at if at is None else at) + 1})")

    def _alternatives(self) -> Tree:
        parts = [self._sequence()]
        while self._skip("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _sequence(self) -> Tree:
        parts: list[Tree] = []
        while self._next and self._next not in "|)":
            parts.append(self._repeated(self._one()))
        return Joined(tuple(parts))

    def _repeated(self, part: Tree) -> Tree:
        at = self._at
        times = self._times()
        if times is None:
            return part
        least, most = times
        if max(least, most or 0) > MOST_REPEATS or (most is not None and most < least):
            raise self._wrong(
                f"it cannot repeat so: at most {MOST_REPEATS} times, the smaller number first", at
            )
        self._skip("?")  # which match is preferred makes no difference to whether there is one
        at = self._at
        if self._times() is not None:
            raise self._wrong("this repeats a repetition", at)
        return Repeated(part, least, most)

    def _times(self) -> tuple[int, int | None] | None:
        if times := _QUANTIFIERS.get(self._next):
            self._at += 1
            return times
        end = self._text.find("}", self._at)
        if self._next != "{" or end < 0:
            return None
        least, comma, most = self._text[self._at + 1 : end].partition(",")
        if not _number(least) or not (_number(most) or most == ""):
            return None  # as in RE2, a brace that does not count is a brace
        self._at = end + 1
        return int(least), int(most) if most else None if comma else int(least)

    def _one(self) -> Tree:
        at = self._at
        match self._take():
            case "(":
                return self._group(at)
            case "[":
                return self._class("^", escapes=True)
            case ".":
                return _IN_A_LINE
            case "^" | "$" as sign:
                return Edge(sign)
            case "\\":
                return self._escape(at)
            case "*" | "+" | "?":
                raise self._wrong("there is nothing before this to repeat", at)
            case char:
                return Chars(((ord(char), ord(char)),))

    def _group(self, at: int) -> Tree:
        if self._next == "?":
            self._at += 1
            if not self._skip(":"):
                raise self._wrong(f"`(?{self._next}` is not known here: no lookahead, flags or names", at)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong(f"groups are nested more than {_DEEPEST} deep", at)
        tree = self._alternatives()
        self._depth -= 1
        if not self._skip(")"):
            raise self._wrong("this group is never closed", at)
        return tree

    def _escape(self, at: int) -> Chars:
        char = self._take()
        if found := _SETS.get(char):
            return found
        if code := _CONTROLS.get(char):
            return Chars(((code, code),))
        if not char or char.isalnum() or not char.isascii():
            raise self._wrong(f"`\\{char}` is not known here", at)
        return Chars(((ord(char), ord(char)),))

    def _class(self, negation: str, *, escapes: bool) -> Chars:
        """Read on after `[`."""
        at = self._at - 1
        negated = self._skip(negation)
        ranges: list[tuple[int, int]] = []
        while not (self._next == "]" and ranges):
            here = self._at
            low = self._member(at, escapes=escapes)
            if isinstance(low, Chars):
                if low.negated:
                    raise self._wrong("what is not in a set cannot be part of one", here)
                ranges += low.ranges
                continue
            high = low
            if self._next == "-" and self._text[self._at + 1 : self._at + 2] != "]":
                self._at += 1
                end = self._member(at, escapes=escapes)
                if isinstance(end, Chars) or end < low:
                    raise self._wrong("this range ends before it begins", here)
                high = end
            ranges.append((low, high))
        self._at += 1
        return Chars(tuple(ranges), negated)

    def _member(self, at: int, *, escapes: bool) -> int | Chars:
        here = self._at
        char = self._take()
        if not char:
            raise self._wrong("this `[` is never closed", at)
        if char == "[" and self._next == ":" and escapes:
            raise self._wrong("`[:` is not known here; write the characters", here)
        if char != "\\" or not escapes:
            return ord(char)
        found = self._escape(here)
        return found if found in _SETS.values() else found.ranges[0][0]


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(MOST_REPEATS))
