"""What is wrong with settings that are of the right types: one line, for the first fault. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from astrolabe.derived.access.findings.catalogue import SilenceError, Silences
from astrolabe.derived.sleep.environment import EnvironmentsError
from astrolabe.derived.sleep.environment import parse as parse_environments
from astrolabe.kinds.models import customrefs
from astrolabe.kinds.models.groups import BUILT_IN_GROUPS
from astrolabe.kinds.registry import KINDS
from astrolabe.patterns import PatternError, glob, regex
from astrolabe.patterns.labelselector import HOW, SelectorError
from astrolabe.patterns.labelselector import parse as parse_selector
from astrolabe.patterns.names import dns_label, dns_subdomain, label_key, path_segment, shown
from astrolabe.settings.addresses import address, endpoint, host_name, origin
from astrolabe.settings.contexts import followed_contexts
from astrolabe.settings.schema import Settings
from astrolabe.settings.table import SETTINGS

T = TypeVar("T")

_KNOWN = {kind.resource: kind for kind in KINDS}
_RBAC = "rbac.authorization.k8s.io"
_GLOB = frozenset("*?[]!-.")
_KIND = re.compile(customrefs.KIND)
_REFERENCE_PATH = re.compile(customrefs.PATH)


class SettingError(Exception):
    """A setting that makes no sense. Its text says why, and how it should be."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


def check(settings: Settings) -> None:
    """Raise `SettingError` for the first setting that makes no sense, by itself or beside others."""
    for setting in SETTINGS:
        name = setting.name
        check_one = setting.within.check if setting.within is not None else CHECKS.get(name)
        if check_one is None:
            continue
        try:
            check_one(getattr(settings, name))
        except ValueError as error:
            raise SettingError(name, str(error)) from None
    _check_contexts(settings)
    for name, needed in _NEEDED:
        if getattr(settings, name) and not getattr(settings, needed):
            raise SettingError(name, f"needs {needed} as well")
    if settings.telemetry_port and settings.telemetry_port == settings.port:
        raise SettingError("telemetry_port", "is the same as port; leave it out to have both on one page")
    if settings.authorization == "kubernetes":
        for name in ("web_token_file", "web_users_file"):
            if getattr(settings, name):
                raise SettingError(name, "has no effect with authorization: kubernetes; give one of them")
    if settings.shard >= settings.total_shards:
        raise SettingError(
            "shard", f"expected 0 to total_shards - 1, got {settings.shard} of {settings.total_shards}"
        )


def _check_contexts(settings: Settings) -> None:
    """Raise `SettingError` for what does not go with several clusters."""
    if settings.clusterprofile_namespace:
        if settings.contexts:
            raise SettingError("contexts", "has no effect with clusterprofile_namespace; give one of them")
        if settings.total_shards > 1:
            raise SettingError(
                "total_shards",
                "cannot be combined with clusterprofile_namespace: a shard follows one cluster",
            )
    if not settings.contexts:
        return
    if settings.context:
        raise SettingError("context", "has no effect with contexts; give one of them")
    if settings.in_cluster:
        raise SettingError("in_cluster", "has no effect with contexts of a kubeconfig; give one of them")
    if settings.total_shards > 1:
        raise SettingError("total_shards", "cannot be combined with contexts: a shard follows one cluster")


_NEEDED = (
    ("clusterprofile_namespace", "clusterprofile_provider_file"),
    ("clusterprofile_provider_file", "clusterprofile_namespace"),
    ("tls_cert_file", "tls_key_file"),
    ("tls_key_file", "tls_cert_file"),
    ("tls_client_ca_file", "tls_cert_file"),
    ("leader_elect", "enable_persistence"),
    ("redis_tls_cert_file", "redis_tls_key_file"),
    ("redis_tls_key_file", "redis_tls_cert_file"),
    ("redis_tls_ca_file", "redis_tls"),
    ("redis_tls_cert_file", "redis_tls"),
    ("redis_tls_server_name", "redis_tls"),
)


def _each(check_one: Callable[[T], object]) -> Callable[[Iterable[T]], None]:
    def checking(values: Iterable[T]) -> None:
        for value in values:
            check_one(value)

    return checking


def _unless_empty(check_one: Callable[[str], object]) -> Callable[[str], None]:
    def checking(text: str) -> None:
        if text:
            check_one(text)

    return checking


def _one_line(text: str) -> None:
    # Bytes that are no UTF-8 may be part of a path: they are lone surrogates here, and no control characters.
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise ValueError(f"{shown(text)} has control characters in it")


def _user(text: str) -> None:
    if not text.isprintable() or " " in text:
        raise ValueError(f"{shown(text)} is not a user name: spaces and control characters are not allowed")


def _regex(text: str) -> None:
    try:
        regex(text)
    except PatternError as error:
        raise ValueError(f"{shown(text)} is not a regular expression: {error}") from None


def _glob(text: str, noun: str) -> None:
    """Check a glob of names: it has to be able to match some."""
    try:
        glob(text)
    except PatternError as error:
        raise ValueError(f"{shown(text)} is not a pattern: {error}") from None
    if not all(char in _GLOB or char.isdecimal() or "a" <= char <= "z" for char in text):
        raise ValueError(f"{shown(text)} can match no {noun}: they have lowercase letters, digits and -")


def _resource(name: str) -> None:
    """Check a resource: one that is known, or `plural.group` of another group."""
    if name in _KNOWN:
        return
    plural, _, group = name.partition(".")
    if group in BUILT_IN_GROUPS:
        near = [known for known in _KNOWN if known.partition(".")[0] in (name, f"{name}s", plural)]
        near = near or get_close_matches(name, _KNOWN, 1, 0.8)
        raise ValueError(
            f"{shown(name)} is not a known resource; "
            + (
                f"did you mean `{near[0]}`?"
                if near
                else f"write plural.group, such as deployments.apps; known are {', '.join(sorted(_KNOWN))}"
            )
        )
    dns_label(plural, "plural")
    dns_subdomain(group, "group")


def _names(names: Mapping[str, tuple[str, ...]]) -> None:
    for resource, wanted in names.items():
        _resource(resource)
        if not wanted:
            raise ValueError(f"{resource} has no names; leave it out to follow all")
        kind = _KNOWN.get(resource)
        for name in wanted:
            if kind is not None and kind.group == _RBAC:
                path_segment(name, f"name in {resource}")
            elif resource == "namespaces":
                dns_label(name, f"name in {resource}")
            else:
                dns_subdomain(name, f"name in {resource}")


def _metric_labels(labels: Mapping[str, tuple[str, ...]]) -> None:
    for resource, keys in labels.items():
        _resource(resource)
        for key in keys:
            if key != "*":
                label_key(key)


def _custom_resource(pattern: str) -> None:
    if pattern == "*":
        return
    plural, dot, group = pattern.partition(".")
    if not (plural and dot and group):
        raise ValueError(f"{shown(pattern)} is not a pattern of plural.group, such as *.argoproj.io")
    _glob(plural, "plural")
    _glob(group, "group")


def _reference(row: customrefs.Row) -> None:
    if not _KIND.fullmatch(row.kind):
        raise ValueError(f"{shown(row.kind)} is not a kind, such as Widget")
    dns_subdomain(row.group, "group")
    if row.group in BUILT_IN_GROUPS:
        raise ValueError(f"{row.kind}.{row.group} is not a custom resource: its references are known")
    if not _REFERENCE_PATH.fullmatch(row.path):
        raise ValueError(
            f"{shown(row.path)} is not a path: it begins with spec, status or metadata.labels, with a dot"
            " between steps and [] after a list, as in spec.items[].secretRef"
        )
    kind, dot, group = row.to.partition(".")
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{shown(row.to)} is not a kind, such as Secret or Widget.example.com")
    if dot:
        dns_subdomain(group, "group")


def _selector(selector: str) -> None:
    try:
        parse_selector(selector)
    except SelectorError as error:
        raise ValueError(f"{error}; {HOW}") from None


def _namespaces(text: str) -> None:
    _glob(text, "namespace")


def _silences(silences: Mapping[str, str]) -> None:
    try:
        Silences(silences)
    except SilenceError as error:
        raise ValueError(str(error)) from None


def _environments(configured: Mapping[str, object]) -> None:
    try:
        rules = parse_environments(configured)
    except EnvironmentsError as error:
        raise ValueError(str(error)) from None
    for rule in rules:
        _glob(rule.namespace, "namespace")
        _one_line(rule.environment)
        if rule.sleepinfo:
            dns_subdomain(rule.sleepinfo, "name of a SleepInfo")


def _contexts(texts: Iterable[str]) -> None:
    followed_contexts(texts)


CHECKS: Mapping[str, Callable[[Any], None]] = {
    **dict.fromkeys(
        (
            "kubeconfig",
            "context",
            "clusterprofile_provider_file",
            "tls_cert_file",
            "tls_key_file",
            "tls_client_ca_file",
            "web_token_file",
            "web_users_file",
            "price_file",
            "redis_tls_ca_file",
            "redis_tls_cert_file",
            "redis_tls_key_file",
        ),
        _one_line,
    ),
    "address": _unless_empty(address),
    "contexts": _contexts,
    "clusterprofile_namespace": _unless_empty(lambda name: dns_label(name, "namespace")),
    "namespaces": _each(lambda name: dns_label(name, "namespace")),
    "kinds": _each(_resource),
    "kinds_denied": _each(_resource),
    "custom_resources": _each(_custom_resource),
    "custom_references": _each(_reference),
    "names": _names,
    "label_selector": _selector,
    "metrics": _each(_regex),
    "metrics_denied": _each(_regex),
    "metrics_opt_in": _each(_regex),
    "metric_labels": _metric_labels,
    "environments": _environments,
    "environment_label": _unless_empty(label_key),
    "access_guarded_namespaces": _each(_namespaces),
    "access_silence": _silences,
    "cors_origins": _each(origin),
    "redis_addr": endpoint,
    "redis_user": _user,
    "redis_tls_server_name": _unless_empty(host_name),
}
"""By setting: raises ValueError for what cannot be meant.

Switches and settings with few values need none; numbers have theirs in the declaration (`Within`).
"""
