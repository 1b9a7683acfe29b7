"""YAML into typed structures. What is wrong is one line that says where, and never quotes the file."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import yaml

T = TypeVar("T")


class Malformed(ValueError):
    """The text cannot be used. Its text is one line that names the place."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: the first one would be lost without a word."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[object, object]:
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool):
            raise yaml.constructor.ConstructorError(None, None, "a key is not text", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"`{key}` stands twice", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load(text: str) -> dict[str, Any]:
    """Return the mapping that a text is; raises `Malformed`."""
    try:
        loaded = yaml.load(text, _Loader)  # noqa: S506  (a safe loader, and stricter)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Malformed(f"not valid YAML: line {line}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError):
        raise Malformed("not valid YAML: it holds characters that no text has, or nests too deep") from None
    if not isinstance(loaded, dict):
        raise Malformed("expected `key: value`")
    return loaded


def converted(value: object, kind: type[T], where: str = "") -> T:
    """Return a value as a structure; raises `Malformed`."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$")
        place = (where + place.rstrip("`")).lstrip(".")
        raise Malformed(f"{place}: {what}" if place else what) from None


def named(loaded: dict[str, Any], key: str, kind: type[T]) -> dict[str, T]:
    """Return the structures that stand by name below a key; raises `Malformed` that says which one."""
    values = loaded.get(key)
    if not isinstance(values, dict):
        raise Malformed(f"{key}: expected a mapping of names")
    return {str(name): converted(value, kind, f"{key}.{name}") for name, value in values.items()}
