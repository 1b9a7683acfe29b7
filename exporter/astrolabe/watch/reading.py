"""From a configuration file, in either form or both, to the configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from astrolabe.patterns.names import shown
from astrolabe.watch import kafkatopic, natsstream, yamltree
from astrolabe.watch.addresses import check_url
from astrolabe.watch.config import LOG_LEVELS, LogLevel, MetricsConfig, SinkConfig, WatchConfig
from astrolabe.watch.errors import ConfigError
from astrolabe.watch.rules import GVR, NameSelector, Rule, check_labels, normal_scope
from astrolabe.watch.yamltree import Node

_KEYS = (
    "output_dir",
    "log_level",
    "auto_shutdown_sec",
    "json_export",
    "metrics",
    "namespaces",
    "resources",
    "sinks",
    "workers",
    "retries",
    "handler_timeout",
    "queue_size",
    "export_max_mb",
    "state_file",
)
_METRICS = ("enabled", "port", "path", "bind_addr")
_SINK = ("type", "target", "stream")
_SINKS = ("stdout", "file", "webhook", "redis", "nats", "kafka")
_SCHEMES = {
    "webhook": ("http://", "https://"),
    "redis": ("redis://", "rediss://", "unix://"),
    "nats": tuple(f"{each}://" for each in natsstream.SCHEMES),
    "kafka": tuple(f"{each}://" for each in kafkatopic.SCHEMES),
}
_ADDRESSES: Mapping[str, Callable[[str], object]] = {
    "webhook": check_url,
    "redis": check_url,
    "nats": natsstream.read,
    "kafka": kafkatopic.read,
}
_NAMESPACE = ("name_selector", "resources")
_DETAILS = ("name_selector", "label_selector", "values")
_RESOURCE = ("gvr", "scope", "namespace_names", "name_selector", "label_selector", "values")
DEAD = ("name_pattern", "namespace_patterns", "field_selector")
"""Keys that older files carry and that were never read."""
_INSTEAD = {
    "name_pattern": "name_selector",
    "namespace_patterns": "namespace_names",
    "field_selector": "name_selector",
}
_DAYS = 86_400 * 365


def load_config(path: str) -> WatchConfig:
    """Read a file; raises `ConfigError`."""
    return _Reader().config(yamltree.read(path))


def parse_config(text: str, file: str = "configuration") -> WatchConfig:
    """Read a text; messages name `file`. Raises `ConfigError`."""
    return _Reader().config(yamltree.parse(text, file))


class _Reader:
    """Reads one document, and gathers warnings."""

    def __init__(self) -> None:
        self._warnings: list[str] = []

    def config(self, root: Node) -> WatchConfig:
        fields = self._fields(root, _KEYS)
        said: dict[str, Any] = {}
        for name in ("output_dir", "state_file"):
            if name in fields and not fields[name].is_null:
                said[name] = fields[name].text()
        if "log_level" in fields:
            said["log_level"] = _log_level(fields["log_level"])
        if "json_export" in fields:
            said["json_export"] = fields["json_export"].boolean()
        for name, least, most in (
            ("workers", 1, 1000),
            ("retries", 0, 1000),
            ("queue_size", 1, 10_000_000),
            ("export_max_mb", 1, 1_000_000),
        ):
            if name in fields:
                said[name] = int(fields[name].number(least, most))
        for name, shortest in (("auto_shutdown_sec", 0), ("handler_timeout", 0.001)):
            if name in fields:
                said[name] = fields[name].number(shortest, _DAYS, whole=False)
        if "metrics" in fields:
            said["metrics"] = self._metrics(fields["metrics"])
        if "sinks" in fields:
            said["sinks"] = tuple(self._sink(node) for node in fields["sinks"].items())
        rules = [
            *(rule for node in self._listed(fields, "namespaces") for rule in self._namespace(node)),
            *(self._resource(node) for node in self._listed(fields, "resources")),
        ]
        if not rules:
            raise root.wrong("no resource is named: add `resources: [{gvr: v1/pods}]`")
        return WatchConfig(rules=tuple(rules), warnings=tuple(self._warnings), **said)

    def _listed(self, fields: dict[str, Node], name: str) -> list[Node]:
        return fields[name].items() if name in fields else []

    def _fields(self, node: Node, known: tuple[str, ...]) -> dict[str, Node]:
        found = node.fields(known, DEAD)
        for name in DEAD:
            if name in found:
                key = found.pop(name)
                self._warnings.append(
                    f"{key.where}: `{name}` was never read and selects nothing; use `{_INSTEAD[name]}`"
                )
        return found

    def _namespace(self, node: Node) -> Iterator[Rule]:
        fields = self._fields(node, _NAMESPACE)
        namespaces: tuple[str, ...] = ()
        if "name_selector" in fields:
            namespaces = _namespaces(fields["name_selector"])
        if "resources" not in fields or fields["resources"].is_null:
            raise node.wrong("this selects no resource: add `resources: {v1/pods: {}}`")
        for key, value in fields["resources"].entries():
            yield self._rule(key, self._fields(value, _DETAILS), key.where, namespaces)

    def _resource(self, node: Node) -> Rule:
        fields = self._fields(node, _RESOURCE)
        if "gvr" not in fields:
            raise node.wrong("no `gvr`: say which resource, as in `gvr: v1/pods`")
        namespaces: list[str] = []
        if "namespace_names" in fields:
            for item in fields["namespace_names"].items():
                namespaces += _namespaces(item)
        return self._rule(fields.pop("gvr"), fields, node.where, tuple(namespaces))

    def _rule(self, gvr: Node, fields: dict[str, Node], where: str, namespaces: tuple[str, ...]) -> Rule:
        checked = {
            "name_selector": lambda text: text and NameSelector(text),
            "label_selector": check_labels,
            "scope": normal_scope,
        }
        resource = gvr.text()
        _check(gvr, resource, GVR.parse)
        said: dict[str, Any] = {}
        for name, check in checked.items():
            if name in fields:
                said[name] = fields[name].text()
                _check(fields[name], said[name], check)
        if "values" in fields:
            said["values"] = fields["values"].boolean()
        try:
            return Rule(resource, namespaces, where=where, **said)
        except ConfigError as error:
            raise fields["values"].wrong(error) from None

    def _metrics(self, node: Node) -> MetricsConfig:
        fields = self._fields(node, _METRICS)
        said: dict[str, Any] = {}
        if "enabled" in fields:
            said["enabled"] = fields["enabled"].boolean()
        if "port" in fields:
            said["port"] = int(fields["port"].number(0, 65535))
        if "bind_addr" in fields:
            said["bind_addr"] = fields["bind_addr"].text()
        if "path" in fields:
            said["path"] = fields["path"].text()
            if not said["path"].startswith("/"):
                raise fields["path"].wrong("a path begins with /, as in /metrics")
        return MetricsConfig(**said)

    def _sink(self, node: Node) -> SinkConfig:
        fields = self._fields(node, _SINK)
        if "type" not in fields:
            raise node.wrong(f"no `type`: one of {', '.join(_SINKS)}")
        kind = fields["type"].text()
        if kind not in _SINKS:
            raise fields["type"].wrong(f"unknown sink {shown(kind)}: one of {', '.join(_SINKS)}")
        target = fields["target"].text() if "target" in fields else ""
        if kind != "stdout" and not target:
            raise node.wrong(f"a sink of type {kind} needs a `target`")
        schemes = _SCHEMES.get(kind, ("",))
        if not target.startswith(schemes):
            # Not quoted: it may hold a password.
            raise fields["target"].wrong(f"a {kind} has a URL that begins with {' or '.join(schemes)}")
        if kind in _ADDRESSES and not target.startswith("unix:"):
            _check(fields["target"], target, _ADDRESSES[kind])
        stream = fields["stream"].text() if "stream" in fields else ""
        return SinkConfig(cast(Any, kind), target, stream or SinkConfig("stdout").stream)


def _log_level(node: Node) -> LogLevel:
    said = node.text().lower() or "info"
    for level in LOG_LEVELS:
        if level == said:
            return level
    raise node.wrong(f"{shown(said)} is not a log level: use one of {', '.join(LOG_LEVELS)}")


def _namespaces(node: Node) -> tuple[str, ...]:
    text = node.text()
    if text:
        _check(node, text, lambda said: NameSelector(said, namespace=True))
    return (text,)


def _check(node: Node, text: str, check: Any) -> None:
    try:
        check(text)
    except ConfigError as error:
        raise node.wrong(error) from None
