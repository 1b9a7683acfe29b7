"""How each setting is written outside the file: its flag, its environment variable, what the text means."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from astrolabe.kinds.models.customrefs import Row
from astrolabe.patterns.names import shown
from astrolabe.settings.declaration import About, Within
from astrolabe.settings.schema import Settings

T = TypeVar("T")


_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_ENTRY = r"\s*([^=,\[\]\s]+)=\[([^\[\]]*)\]\s*"


class Setting(msgspec.Struct, frozen=True):
    """One setting, as it is declared."""

    name: str
    """The key in the file, and the field of `Settings`."""
    flag: str
    about: About
    hint: Any
    """Its type."""
    parse: Callable[[str], Any]
    """Reads its value from the text of a flag or variable; raises ValueError."""
    within: Within | None
    default: Any

    @property
    def help(self) -> str:
        """What it is, in one line of plain text, with its default."""
        return f"{self.about.help}{self.default_clause}".replace("`", "")

    @property
    def default_clause(self) -> str:
        """`; default: …`, in Markdown; empty where the default means that it is not set."""
        return f"; default: {self.default_text}" if self.default_text else ""

    @property
    def default_text(self) -> str:
        """What the default is or means, in Markdown; empty where it means that it is not set."""
        value = self.default
        if self.about.default or value in ("", (), {}):
            return self.about.default
        if isinstance(value, tuple):
            return f"`{','.join(value)}`"
        return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _lists(text: str) -> dict[str, tuple[str, ...]]:
    """Parse `pods=[app,team],nodes=[*]`, as kube-state-metrics' users write it."""
    if text.strip() == "":
        return {}
    if not re.fullmatch(f"{_ENTRY}(?:,{_ENTRY})*", text):
        raise ValueError("expected the form pods=[app,team],nodes=[*]")
    return _once((kind, _list(values)) for kind, values in re.findall(_ENTRY, text))


def _pairs(text: str) -> dict[str, str]:
    """Parse `staging-*=staging,dev=dev`."""
    pairs = [item.partition("=") for item in _list(text)]
    if not all(key and value for key, _, value in pairs):
        raise ValueError("expected the form staging-*=staging,dev=dev")
    return _once((key.strip(), value.strip()) for key, _, value in pairs)


def _references(text: str) -> tuple[dict[str, str], ...]:
    """Parse `Widget.example.com:spec.configRef=ConfigMap`."""
    found = []
    for item in _list(text):
        about, _, rest = item.partition(":")
        kind, _, group = about.partition(".")
        path, _, to = rest.partition("=")
        if not (kind and group and path and to):
            raise ValueError("expected the form Widget.example.com:spec.configRef=ConfigMap")
        found.append({"group": group, "kind": kind, "path": path, "to": to})
    return tuple(found)


def _once(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    found: dict[str, T] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{shown(key)} is given twice")
        found[key] = value
    return found


def boolean(text: str) -> bool:
    """Parse a switch."""
    if text.lower() in ("true", "1", "yes", "on"):
        return True
    if text.lower() in ("false", "0", "no", "off", ""):
        return False
    raise ValueError("expected true or false")


def whole(text: str) -> int:
    """Parse a whole number."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("expected a whole number")
    return int(text)


def number(text: str) -> float:
    """Parse a number."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("expected a number")
    return float(text)


def _parser(hint: Any) -> Callable[[str], Any]:
    """Return what reads a value of a type from text."""
    arguments = get_args(hint)
    match get_origin(hint) or hint:
        case builtins.bool:
            return boolean
        case builtins.int:
            return whole
        case builtins.float:
            return number
        case builtins.tuple:
            return _references if arguments[0] is Row else _list
        case builtins.dict:
            return _lists if get_origin(arguments[1]) is tuple else _pairs
        case _:
            return str


def _declared() -> Iterator[Setting]:
    defaults = Settings()
    hints = get_type_hints(Settings)
    for name, declared in get_type_hints(Settings, include_extras=True).items():
        marks = declared.__metadata__
        (about,) = (mark for mark in marks if isinstance(mark, About))
        yield Setting(
            name=name,
            flag=about.flag or f"--{name.replace('_', '-')}",
            about=about,
            hint=hints[name],
            parse=about.parse or _parser(hints[name]),
            within=next((mark for mark in marks if isinstance(mark, Within)), None),
            default=getattr(defaults, name),
        )


SETTINGS: tuple[Setting, ...] = tuple(_declared())
"""Every setting, in the order of their declarations (`settings/schema.py`)."""
