"""Label selectors as users write them, read as an API server reads them. Pure.

One pass over the text, so that it takes time in proportion to its length, however it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from astrolabe.patterns.names import NameProblem, label_key, label_value

SELECTOR_CHARACTERS = 4096
"""Characters of a selector; it has to fit into a URL."""
HOW = "write key=value, key!=value, key, !key, key in (a,b) or key notin (a,b)"
"""How a requirement is written, in one line."""

Operator: TypeAlias = Literal["in", "notin", "exists", "!", ">", "<"]

_SPACE = " \t\r\n"
_SYMBOLS = ("==", "!=", "=", "!", "(", ")", ",", "<", ">")
_SPECIAL = frozenset("=!(),<>")
_END = "the end"
_LARGEST = 2**63 - 1


class SelectorError(ValueError):
    """A selector that the API server would refuse. Its text says what is wrong, and at which character."""


class Requirement(NamedTuple):
    """One requirement; all of a selector must hold."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()
    """In order, each once; none for `exists` and `!`."""


def parse(selector: str) -> tuple[Requirement, ...]:
    """Read a selector; an empty one requires nothing. Raises `SelectorError`."""
    if len(selector) > SELECTOR_CHARACTERS:
        raise SelectorError(f"it has more than {SELECTOR_CHARACTERS} characters")
    return tuple(_Reader(selector).requirements())


class _Token(NamedTuple):
    text: str
    """Empty at the end."""
    at: int

    @property
    def is_word(self) -> bool:
        return bool(self.text) and self.text[0] not in _SPECIAL

    def wrong(self, what: str) -> SelectorError:
        return SelectorError(f"{what} (character {self.at + 1})")

    def instead_of(self, wanted: str) -> SelectorError:
        return self.wrong(f"expected {wanted}, found {f'`{self.text}`' if self.text else _END}")


class _Reader:
    """Reads a selector from left to right, with one token in view."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = next(self._tokens)

    def requirements(self) -> Iterator[Requirement]:
        while self._next.text:
            yield self._requirement()
            after = self._take()
            if after.text and after.text != ",":
                raise after.instead_of("`,`")
            if after.text and not self._next.is_word and self._next.text != "!":
                raise self._next.instead_of("a key after `,`")

    def _take(self) -> _Token:
        token = self._next
        if token.text:
            self._next = next(self._tokens)
        return token

    def _requirement(self) -> Requirement:
        key = self._take()
        absent = key.text == "!"
        if absent:
            key = self._take()
        if not key.is_word:
            raise key.instead_of("a key")
        _valid(key, label_key)
        if absent:
            return Requirement(key.text, "!")
        if self._next.text in ("", ","):
            return Requirement(key.text, "exists")
        operator = self._take()
        match operator.text:
            case "=" | "==":
                return Requirement(key.text, "in", (self._value(),))
            case "!=":
                return Requirement(key.text, "notin", (self._value(),))
            case ">" | "<" as sign:
                return Requirement(key.text, sign, (self._number(),))
            case "in" | "notin" as word:
                return Requirement(key.text, word, self._values())
        raise operator.instead_of("=, ==, !=, in, notin, > or <")

    def _value(self) -> str:
        """Read the value of a comparison, which may be empty."""
        if self._next.text in ("", ","):
            return ""
        value = self._take()
        if not value.is_word:
            raise value.instead_of("a value")
        _valid(value, label_value)
        return value.text

    def _number(self) -> str:
        at, value = self._next, self._value()
        if not (
            value.isascii()
            and value.isdigit()
            and len(value) < SELECTOR_CHARACTERS
            and int(value[:20]) <= _LARGEST
        ):
            raise at.wrong("expected a whole number")
        return value

    def _values(self) -> tuple[str, ...]:
        """Read a set of values, each of which may be empty. `()` is refused: it would select nothing."""
        opening = self._take()
        if opening.text != "(":
            raise opening.instead_of("`(`")
        if self._next.text == ")":
            raise self._next.wrong("a set needs values")
        found: set[str] = set()
        while True:
            value = self._take() if self._next.is_word else None
            if value is not None:
                _valid(value, label_value)
            found.add(value.text if value is not None else "")
            after = self._take()
            if after.text == ")":
                return tuple(sorted(found))
            if after.text != ",":
                raise after.instead_of("`,` or `)`")


def _valid(token: _Token, check: Callable[[str], None]) -> None:
    try:
        check(token.text)
    except NameProblem as problem:
        raise token.wrong(str(problem)) from None


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if text[at] in _SPACE:
            at += 1
            continue
        symbol = next((symbol for symbol in _SYMBOLS if text.startswith(symbol, at)), "")
        end = at + len(symbol)
        if not symbol:
            while end < len(text) and text[end] not in _SPECIAL and text[end] not in _SPACE:
                end += 1
        yield _Token(text[at:end], at)
        at = end
    yield _Token("", at)
