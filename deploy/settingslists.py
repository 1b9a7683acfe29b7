"""Where settings are listed: README.md, docs/configuration.md and the schema of the chart's values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from astrolabe.settings import SETTINGS, Setting, Settings

MANAGED = frozenset(
    (
        "context",
        "clusterprofile_namespace",
        "clusterprofile_provider_file",
        "in_cluster",
        "port",
        "telemetry_port",
        "namespaces",
        "kinds",
        "kinds_denied",
        "custom_resources",
        "names",
        "shard",
        "total_shards",
        "shard_by",
    )
)
"""Settings that the chart sets by values of their own, because permissions or ports hang on them."""

_README = ("flag", "key in the file", "meaning")
_PAGE = ("key", "flag", "variable", "default", "meaning")


def in_readme(text: str) -> str:
    """Return README.md with its table of settings."""
    return _replaced(text, _README, [(_code(each.flag), _code(each.name), _line(each)) for each in SETTINGS])


def in_page(text: str) -> str:
    """Return docs/configuration.md with its table of settings."""
    rows = [
        (
            _code(each.name),
            _code(each.flag),
            _code(each.about.environment),
            each.default_text,
            _sentences(each),
        )
        for each in SETTINGS
    ]
    return _replaced(text, _PAGE, rows)


def chart_schema() -> dict[str, Any]:
    """Return the JSON schema of the chart's value `settings`."""
    schema = msgspec.json.schema(Settings)
    described = schema["$defs"]["Settings"]["properties"]
    properties = {}
    for setting in SETTINGS:
        if setting.name not in MANAGED:
            found = _tidied(described[setting.name], schema["$defs"])
            if setting.within is not None:
                bounds = {"minimum": setting.within.low, "maximum": setting.within.high}
                found |= {name: bound for name, bound in bounds.items() if bound is not None}
            properties[setting.name] = {"description": setting.help, **found}
    return {
        "description": "The program's other settings, in the form of its settings file.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _tidied(schema: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema without references and titles, where lists have no empty texts, and none twice."""
    if isinstance(schema, list):
        return [_tidied(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _tidied(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if schema.get("type") == "array" and schema["items"].get("type") == "string":
        schema = schema | {"items": {**schema["items"], "minLength": 1}, "uniqueItems": True}
    return {name: _tidied(value, definitions) for name, value in schema.items() if name != "title"}


def _replaced(text: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a page with the rows of the table that has these columns."""
    head = _row(columns) + _row(("---",) * len(columns))
    table = head + "".join(_row(row) for row in rows)
    return re.sub(rf"{re.escape(head)}(?:\|.*\n)+", lambda _: table, text)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _line(setting: Setting) -> str:
    variable = setting.about.environment
    return setting.about.help + setting.default_clause + (f" (environment: `{variable}`)" if variable else "")


def _sentences(setting: Setting) -> str:
    text = setting.about.help
    first = f"{text[0].upper()}{text[1:]}."
    return f"{first} {setting.about.more}" if setting.about.more else first
