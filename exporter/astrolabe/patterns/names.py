"""What names and labels in Kubernetes can be, by the API server's own rules. Pure.

Each function raises `NameProblem` for what can be none. The rules are those of apimachinery's `validation`
(RFC 1123 labels and subdomains, qualified names) and of `path` segments, by which RBAC names its objects.
"""

from __future__ import annotations

import re

_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_WORD = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LONGEST_LABEL = 63
_LONGEST_SUBDOMAIN = 253
_SHOWN = 80


class NameProblem(ValueError):
    """A name that can be none. Its text quotes it, and says what it can be."""


def dns_label(text: str, noun: str = "name") -> None:
    """Check the name of a Namespace, a plural: lowercase letters, digits and `-`."""
    if len(text) > _LONGEST_LABEL or not _LABEL.fullmatch(text):
        raise NameProblem(
            f"{shown(text)} can be no {noun}: lowercase letters, digits and -, at most {_LONGEST_LABEL},"
            " a letter or digit first and last"
        )


def dns_subdomain(text: str, noun: str = "name") -> None:
    """Check the name of most objects, or a group: DNS labels joined by dots."""
    if len(text) > _LONGEST_SUBDOMAIN or not all(map(_LABEL.fullmatch, text.split("."))):
        raise NameProblem(
            f"{shown(text)} can be no {noun}: lowercase letters, digits, - and ., at most"
            f" {_LONGEST_SUBDOMAIN}, a letter or digit first and last"
        )


def path_segment(text: str, noun: str = "name") -> None:
    """Check the name of an object of RBAC. What has a comma or `=` cannot be asked for by name."""
    if text in ("", ".", "..") or not text.isprintable() or not set(text).isdisjoint("/%,=\\"):
        raise NameProblem(f"{shown(text)} can be no {noun}: it has none of / % , = \\")


def label_key(text: str) -> None:
    """Check the key of a label: a name, with a DNS subdomain and `/` before it or not."""
    prefix, slash, name = text.rpartition("/")
    if slash:
        dns_subdomain(prefix, "prefix of a label's key")
    if len(name) > _LONGEST_LABEL or not _WORD.fullmatch(name):
        raise NameProblem(
            f"{shown(text)} can be no key of a label: letters, digits, -, _ and ., at most {_LONGEST_LABEL},"
            " a letter or digit first and last"
        )


def label_value(text: str) -> None:
    """Check the value of a label, which may be empty."""
    if text and (len(text) > _LONGEST_LABEL or not _WORD.fullmatch(text)):
        raise NameProblem(
            f"{shown(text)} can be no value of a label: letters, digits, -, _ and ., at most"
            f" {_LONGEST_LABEL}, a letter or digit first and last"
        )


def shown(value: object) -> str:
    """Quote a value on one line, at no great length."""
    text = str(value)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"`{text if text.isprintable() else ascii(text)[1:-1]}`"
