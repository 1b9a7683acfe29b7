"""The settings file: YAML of a bounded size, depth and number of values, and where in it each setting stands.

No error quotes the file, which may hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from astrolabe.settings.schema import SettingsError

_MOST_BYTES = 1 << 20
_MOST_VALUES = 20_000
"""Keys and values. What an alias stands for counts each time: a few lines of aliases can mean billions."""
_DEEPEST = 20
_QUOTED = re.compile(r" ?'([^']*)'")


class Placed(NamedTuple):
    """A setting as the file has it."""

    key: object
    value: Any
    where: str
    """The file, line and column, for the beginning of a message."""


def read(path: str) -> list[Placed]:
    """Return what the file sets, in order; raises `SettingsError`."""
    text = _text(path)
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is None or (isinstance(root, yaml.ScalarNode) and root.value == ""):
                return []
            if not isinstance(root, yaml.MappingNode):
                raise SettingsError(f"{path}: expected settings as `key: value`")
            return [Placed(key, value, f"{path}: {_place(mark)}") for key, value, mark in loader.pairs(root)]
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" {_place(mark)}:" if mark else ""
        raise SettingsError(
            f"{path}: not valid YAML:{where} {_QUOTED.sub(_withheld, str(error.problem))}"
        ) from None
    except yaml.YAMLError:
        raise SettingsError(f"{path}: not valid YAML: it holds characters that no text has") from None


def _withheld(quoted: re.Match[str]) -> str:
    """Leave out what an error of the library quotes; not single characters, nor its own `<stream end>`."""
    return quoted[0] if len(quoted[1]) <= 1 or quoted[1].startswith("<") else ""


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > _MOST_BYTES:
        raise SettingsError(f"{path}: is larger than {_MOST_BYTES} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not valid YAML: it holds characters that no text has") from None


class _Loader(yaml.SafeLoader):
    """Refuses what would cost more than any settings do, and keys that are given twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._values = 0
        self._sizes: dict[int, int] = {}

    def pairs(self, root: yaml.MappingNode) -> Iterator[tuple[object, Any, Any]]:
        """Yield each key with its value, and where it stands."""
        self._once(root)
        self.flatten_mapping(root)
        for key, value in root.value:
            name = self.construct_object(key, deep=True)
            yield name, self.construct_object(value, deep=True), key.start_mark

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        before = self._values
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _problem(f"values are nested more than {_DEEPEST} deep", event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(event, yaml.AliasEvent):
            if id(node) not in self._sizes:
                raise _problem("an alias stands for what it is a part of", event.start_mark)
            self._values += self._sizes[id(node)]
        else:
            self._values += 1
            self._sizes[id(node)] = self._values - before
        if self._values > _MOST_VALUES:
            raise _problem(f"there are more than {_MOST_VALUES} values", event.start_mark)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
            raise _problem(
                f"this is not a valid {node.tag.rpartition(':')[2]}: quote it to use it as text",
                node.start_mark,
            ) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self._once(node)
        return super().construct_mapping(node, deep)

    def _once(self, node: yaml.MappingNode) -> None:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise _problem("this key is given twice", key.start_mark)
                seen.add((key.tag, key.value))


def _problem(text: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=text, problem_mark=mark)
