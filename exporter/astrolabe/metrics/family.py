"""Metric families as data, and the one place that renders a line of text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Family:
    """A metric family: its name, type, help and the order of its labels."""

    __slots__ = ("_last", "_parts", "around", "help", "labels", "name", "type")

    def __init__(
        self,
        name: str,
        kind: Literal["gauge", "counter", "histogram"],
        help_text: str,
        labels: tuple[str, ...],
    ) -> None:
        self.name = name
        self.type = kind
        self.help = help_text
        self.labels = labels
        names = ",".join(f'{label}="%s"' for label in labels)
        self.around = tuple(f"{name}{{{names}}} 1\n".split("%s"))
        """The text before each label value of a sample of value 1, and after the last one."""
        self._parts = [part for text in self.around for part in (text, "")][:-1]
        """This text with an empty string in the place of each value."""
        self._last = self.around[-1].removesuffix("} 1\n")

    def line(self, values: tuple[str, ...], value: float = 1, more: str = "") -> str:
        """Render one sample. Label values are escaped as text format and OpenMetrics have it.

        `more` is rendered labels that only this sample has, with a comma before each.
        """
        parts = self._parts.copy()
        parts[1::2] = map(escape, values) if to_escape(values) else values
        # 1.0 is written otherwise.
        if more or value != 1 or isinstance(value, float):
            parts[-1] = f"{self._last}{more}}} {value}\n"
        return "".join(parts)

    def lines(self, many: Iterable[tuple[str, ...]]) -> str:
        """Render samples of value 1, one after another."""
        return "".join(map(self.line, many))

    def header(self, *, openmetrics: bool) -> bytes:
        """Render HELP and TYPE. In OpenMetrics a counter's family is named without `_total`."""
        name = self.name.removesuffix("_total") if openmetrics and self.type == "counter" else self.name
        help_text = self.help.replace("\\", r"\\").replace("\n", r"\n")
        if openmetrics:
            help_text = help_text.replace('"', r"\"")
        return f"# HELP {name} {help_text}\n# TYPE {name} {self.type}\n".encode()


def row_key(*parts: str) -> str:
    """Join parts to the key of a row. Different parts give different keys, whatever their characters."""
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def to_escape(values: Iterable[str]) -> bool:
    """Whether one of some label values needs an escape, which nearly no name in a cluster does.

    It is quick: looked for is in all of them at once.
    """
    text = "".join(values)
    return '"' in text or "\\" in text or "\n" in text


def escape(value: str) -> str:
    """Escape a label value: backslash, double quote, line feed."""
    return value.translate(_ESCAPES)


def encode(text: str) -> bytes:
    """Encode lines. Lone surrogates, which JSON can write and UTF-8 cannot, become question marks."""
    return text.encode() if text.isascii() else text.encode("utf-8", "replace")
