"""Kubernetes objects in YAML files, and edits of single fields that leave every other byte as it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
import yaml

FIELDS = {
    "SleepInfo": ("weekdays", "wakeUpAt"),
    "Deployment": ("replicas",),
    "StatefulSet": ("replicas",),
    "CronJob": ("suspend",),
}
"""Fields of `spec` that this service edits, by kind."""
_MARK = "# astrolabe-override: "
"""Stands before a line that was taken away for a while."""
_PLAIN = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_.]*")


class Unusable(ValueError):
    """A file, or a field in it, cannot be edited. Its text says where, and what would help."""


class Place(NamedTuple):
    """A field of an object's `spec`."""

    kind: str
    namespace: str
    name: str
    field: str

    @property
    def shown(self) -> str:
        """As messages name it."""
        return f"{self.kind}/{self.namespace}/{self.name} spec.{self.field}"


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A field's text in a file, before and after; None where the field is not there."""

    path: str
    place: Place
    before: str | None
    """As it stands in the file, quotes included."""
    after: str | None
    what: str
    """In a few words, for the record."""


class Found(NamedTuple):
    """An object in a file."""

    path: str
    namespace: str
    """Empty where the file leaves it to whoever applies it."""
    spec: Mapping[str, Any]
    raw: Mapping[str, str]
    """The text of each field that can be edited, as it stands in the file."""
    fault: str
    """Why its fields cannot be edited; empty where they can."""


class Files:
    """The objects in a folder's files."""

    def __init__(self, files: Mapping[str, str], namespaces: Iterable[str]) -> None:
        """Read files; what is no YAML (a template) is passed over. Raises `Unusable` for twins."""
        self.files = dict(files)
        self._only = next(iter(names)) if len(names := tuple(namespaces)) == 1 else ""
        self._found: dict[tuple[str, str, str], Found] = {}
        for path, text in files.items():
            for kind, name, found in _objects(path, text):
                # A namespace that is not said is the one that everything is applied in.
                place = kind, found.namespace or self._only, name
                if (other := self._found.get(place)) is not None:
                    raise Unusable(f"{path}: {kind} {name} stands in {other.path} as well: leave one of them")
                self._found[place] = found

    def get(self, kind: str, namespace: str, name: str) -> Found | None:
        """Return an object; None where no file has it."""
        return self._found.get((kind, namespace, name))

    def raw(self, place: Place) -> str | None:
        """Return a field's text; None where it, or its object, is not there."""
        found = self.get(*place[:3])
        return None if found is None else found.raw.get(place.field)

    def edited(self, edits: Iterable[Edit]) -> dict[str, str]:
        """Return the files that change, with their new text; raises `Unusable`."""
        texts: dict[str, str] = {}
        for edit in edits:
            text = texts.get(edit.path, self.files.get(edit.path))
            if text is None:
                raise Unusable(f"{edit.path}: is gone")
            texts[edit.path] = _edited(text, edit)
        return {path: text for path, text in texts.items() if text != self.files[path]}


def carried(files: Files, edits: Iterable[Edit]) -> bool:
    """Whether every edit is in the files already."""
    return all(_same(files.raw(edit.place), edit.after) for edit in edits)


def disturbed(files: Files, edits: Iterable[Edit]) -> Edit | None:
    """Return the first edit whose field is neither as it was nor as it is to be: somebody else changed it."""
    for edit in edits:
        now = files.raw(edit.place)
        if not _same(now, edit.before) and not _same(now, edit.after):
            return edit
    return None


def text_of(value: str | int | bool, like: str = "") -> str:
    """Return a value as YAML, quoted as `like` is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if like[:1] == "'":
        return "'" + value.replace("'", "''") + "'"
    if like[:1] != '"' and _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    return msgspec.json.encode(value).decode()


def value_of(text: str) -> str:
    """Return what a field's text says, without its quotes."""
    return str(yaml.load(text, yaml.BaseLoader))  # noqa: S506  (it makes nothing but texts)


def _same(one: str | None, other: str | None) -> bool:
    """Whether two texts of a field say the same, however they are quoted."""
    if one is None or other is None:
        return one is other
    return value_of(one) == value_of(other)


def _documents(text: str) -> Iterator[yaml.MappingNode]:
    try:
        for node in yaml.compose_all(text, yaml.SafeLoader):
            if isinstance(node, yaml.MappingNode):
                yield node
    except (yaml.YAMLError, RecursionError):
        return  # a template of Helm's, or no YAML at all


def _objects(path: str, text: str) -> Iterator[tuple[str, str, Found]]:
    for document in _documents(text):
        kind, metadata, spec = (_child(document, key) for key in ("kind", "metadata", "spec"))
        if not isinstance(kind, yaml.ScalarNode) or kind.value not in FIELDS:
            continue
        name, namespace = (_scalar(metadata, key) for key in ("name", "namespace"))
        if not name or not isinstance(spec, yaml.MappingNode):
            continue
        raw, fault = {}, ""
        for field in FIELDS[kind.value]:
            node = _child(spec, field)
            if node is None:
                continue
            token = text[node.start_mark.index : node.end_mark.index]
            plain = isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">")
            own = node.start_mark.index >= spec.start_mark.index
            if not plain or not own or token[:1] in ("&", "*", "!", ""):
                fault = f"{path}: spec.{field} of {kind.value} {name}: write its value out, on one line"
                continue
            raw[field] = token
        if spec.flow_style and kind.value == "SleepInfo":
            fault = f"{path}: spec of {kind.value} {name}: write one field a line, without braces"
        # A time such as 20:00 is a number in YAML 1.1, and a text to Kubernetes.
        loader = yaml.BaseLoader if kind.value == "SleepInfo" else yaml.SafeLoader
        try:
            loaded = loader("").construct_document(spec)
        except yaml.YAMLError:
            continue  # tags that only another program knows
        yield kind.value, name, Found(path, namespace, loaded, raw, fault)


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for own, value in node.value:
            if isinstance(own, yaml.ScalarNode) and own.value == key:
                return value  # type: ignore[no-any-return]  # no types in the package
    return None


def _scalar(node: yaml.Node | None, key: str) -> str:
    found = _child(node, key)
    return str(found.value) if isinstance(found, yaml.ScalarNode) else ""


def _spec(text: str, edit: Edit) -> yaml.MappingNode:
    for document in _documents(text):
        metadata, spec = _child(document, "metadata"), _child(document, "spec")
        if (
            _scalar(document, "kind") == edit.place.kind
            and _scalar(metadata, "name") == edit.place.name
            and _scalar(metadata, "namespace") in ("", edit.place.namespace)
            and isinstance(spec, yaml.MappingNode)
        ):
            return spec
    raise Unusable(f"{edit.path}: {edit.place.kind} {edit.place.name} is gone")


def _edited(text: str, edit: Edit) -> str:
    spec = _spec(text, edit)
    node = _child(spec, edit.place.field)
    if node is not None and edit.after is not None:
        return text[: node.start_mark.index] + edit.after + text[node.end_mark.index :]
    if node is not None:
        start = _line(text, node.start_mark.index)
        indent = start + len(text[start:]) - len(text[start:].lstrip(" "))
        return text[:indent] + _MARK + text[indent:]
    if edit.after is None:
        return text
    return _added(text, spec, edit.place.field, edit.after)


def _added(text: str, spec: yaml.MappingNode, field: str, value: str) -> str:
    """Give a field back: the line that was taken away, or a new one where somebody removed that."""
    start, end = spec.start_mark.index, spec.end_mark.index
    taken = re.search(rf"^ *({re.escape(_MARK)}){re.escape(field)}:", text[start:end], re.MULTILINE)
    if taken is not None:
        bare = text[: start + taken.start(1)] + text[start + taken.end(1) :]
        line = bare[start + taken.start(1) : bare.find("\n", start + taken.start(1))]
        if _same(line.partition(":")[2].strip() or "null", value):
            return bare
    first, _ = spec.value[0]
    above = _line(text, first.start_mark.index)
    indent = " " * first.start_mark.column
    ending = "\r\n" if "\r\n" in text else "\n"
    return f"{text[:above]}{indent}{field}: {value}{ending}{text[above:]}"


def _line(text: str, index: int) -> int:
    """Return where a position's line begins."""
    return text.rfind("\n", 0, index) + 1
