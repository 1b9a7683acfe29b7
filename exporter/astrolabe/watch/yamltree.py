"""YAML with places: each value knows the file, line and column at which it stands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import yaml

from astrolabe.patterns.names import shown
from astrolabe.watch.errors import ConfigError

_BYTES = 4 << 20
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NULL = "tag:yaml.org,2002:null"


class Node:
    """One value of a document, and where it stands."""

    def __init__(self, node: yaml.Node, file: str) -> None:
        self._node = node
        self._file = file

    @property
    def where(self) -> str:
        """`FILE:LINE:COLUMN`."""
        mark = self._node.start_mark
        return f"{self._file}:{mark.line + 1}:{mark.column + 1}"

    def wrong(self, text: object) -> ConfigError:
        """Return the error that something is wrong here."""
        return ConfigError(f"{self.where}: {text}")

    @property
    def is_null(self) -> bool:
        """Whether nothing stands here."""
        return self._node.tag == _NULL

    def fields(self, known: Sequence[str], dead: Sequence[str] = ()) -> dict[str, Node]:
        """Return the values of a mapping whose keys are known, or dead; raises `ConfigError`."""
        found: dict[str, Node] = {}
        for key, value in self.entries():
            name = key.text()
            if name not in known and name not in dead:
                near = get_close_matches(name.replace("-", "_").lower(), known, 1)
                remedy = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
                raise key.wrong(f"unknown key {shown(name)}; {remedy}")
            found[name] = value if name in known else key
        return found

    def entries(self) -> Iterator[tuple[Node, Node]]:
        """Yield keys and values of a mapping, none where nothing stands; raises `ConfigError`."""
        if self.is_null:
            return
        if not isinstance(self._node, yaml.MappingNode):
            raise self.wrong(f"expected a mapping (`key: value`), got {self._described}")
        yaml.SafeLoader("").flatten_mapping(self._node)
        seen: set[str] = set()
        for key_node, value_node in self._node.value:
            key = Node(key_node, self._file)
            if (name := key.text()) in seen:
                raise key.wrong(f"{shown(name)} stands twice; keep one")
            seen.add(name)
            yield key, Node(value_node, self._file)

    def items(self) -> list[Node]:
        """Return the items of a list, none where nothing stands; raises `ConfigError`."""
        if self.is_null:
            return []
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.wrong(f"expected a list (`- item`), got {self._described}")
        return [Node(node, self._file) for node in self._node.value]

    def text(self) -> str:
        """Return a text; raises `ConfigError`."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.wrong(f"expected a text, got {self._described}")
        if self._node.tag == _NULL:
            return ""
        if self._node.tag != "tag:yaml.org,2002:str":
            raise self.wrong(f'expected a text, got {self._described}; write it in quotes: "{self._said}"')
        return str(self._node.value)

    def boolean(self) -> bool:
        """Return true or false; raises `ConfigError`."""
        value = self._said.lower()
        if self._node.tag != "tag:yaml.org,2002:bool" or value not in _BOOLEANS:
            raise self.wrong(f"expected true or false, got {self._described}")
        return _BOOLEANS[value]

    def number(self, least: float, most: float, *, whole: bool = True) -> float:
        """Return a number between two; raises `ConfigError`."""
        kind = "a whole number" if whole else "a number"
        wanted = f"expected {kind} from {least:g} to {most:g}"
        if self._node.tag not in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
            raise self.wrong(f"{wanted}, got {self._described}")
        try:
            value = float(yaml.safe_load(self._said))
        except (yaml.YAMLError, ValueError, TypeError, OverflowError):
            value = math.nan
        if not least <= value <= most or (whole and value != int(value)):
            raise self.wrong(f"{wanted}, got {shown(self._said)}")
        return value

    @property
    def _said(self) -> str:
        return str(self._node.value) if isinstance(self._node, yaml.ScalarNode) else ""

    @property
    def _described(self) -> str:
        if isinstance(self._node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self._node, yaml.SequenceNode):
            return "a list"
        return "nothing" if self.is_null else f"{self._node.tag.rpartition(':')[2]} {shown(self._said)}"


def read(path: str) -> Node:
    """Read the one document of a file; raises `ConfigError`."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path} cannot be read: {reason}") from None
    if len(content) > _BYTES:
        raise ConfigError(f"{path} has more than {_BYTES >> 20} MiB: that is not a configuration")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}:1: this is not UTF-8: save the file as UTF-8") from None
    return parse(text, path)


def parse(text: str, file: str) -> Node:
    """Read the one document of a text; raises `ConfigError`."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        raise ConfigError(f"{where}: not valid YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError) as error:
        what = "it nests too deep" if isinstance(error, RecursionError) else "it holds a control character"
        raise ConfigError(f"{file}: not valid YAML: {what}") from None
    if node is None:
        raise ConfigError(f"{file}:1:1: the file is empty: it needs `resources` or `namespaces`")
    return Node(node, file)
