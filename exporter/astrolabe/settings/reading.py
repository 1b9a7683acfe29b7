"""Gathers settings from a YAML file, environment variables and flags; later ones win."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple, TypeAlias, get_args, get_origin

import msgspec

from astrolabe.patterns.names import shown
from astrolabe.settings import document
from astrolabe.settings.checks import SettingError, check
from astrolabe.settings.schema import Settings, SettingsError
from astrolabe.settings.table import SETTINGS, Setting, boolean

_HINTS = {setting.name: setting.hint for setting in SETTINGS}


def add_flags(parser: argparse._ActionsContainer, only: Collection[str] = ()) -> None:
    """Add every setting's flag, and the one that names the file; or the flags of `only` these settings."""
    if not only:
        parser.add_argument("--config", metavar="FILE", default="", help="YAML file with settings")
    for setting in SETTINGS:
        if only and setting.name not in only:
            continue
        switch = setting.parse is boolean
        variable = setting.about.environment
        parser.add_argument(
            setting.flag,
            dest=f"setting_{setting.name}",
            metavar="BOOL" if switch else setting.name.upper(),
            default=None,
            nargs="?" if switch else None,
            const="true" if switch else None,
            help=setting.help + (f" [env {variable}]" if variable else ""),
        )


class _Given(NamedTuple):
    value: Any
    where: str
    """The flag, the variable, or the place in the file: what a message begins with."""


_Source: TypeAlias = dict[str, _Given]
"""What one source sets, by setting."""


def read_settings(arguments: argparse.Namespace, environment: Mapping[str, str] | None = None) -> Settings:
    """Gather the settings; raises `SettingsError`."""
    environment = os.environ if environment is None else environment
    path = getattr(arguments, "config", "")
    from_file = _read_file(path) if path else {}
    from_environment: _Source = {}
    from_flags: _Source = {}
    for setting in SETTINGS:
        variable = setting.about.environment
        if text := environment.get(variable, ""):
            from_environment[setting.name] = _parse(setting, variable, text)
        if (flag := getattr(arguments, f"setting_{setting.name}", None)) is not None:
            from_flags[setting.name] = _parse(setting, setting.flag, flag)
    # One way to the cluster takes the other's place. In a file or on the command line somebody meant it,
    # a KUBECONFIG may just happen to be set.
    if _says(from_flags, "in_cluster"):
        from_file.pop("kubeconfig", None)
    if _says(from_flags, "kubeconfig"):
        from_file.pop("in_cluster", None)
    if _says(from_flags if "in_cluster" in from_flags else from_file, "in_cluster"):
        from_environment.pop("kubeconfig", None)
    given = from_file | from_environment | from_flags
    settings = Settings(**{name: each.value for name, each in given.items()})
    try:
        check(settings)
    except SettingError as fault:
        where = given[fault.name].where if fault.name in given else fault.name
        raise SettingsError(f"{where}: {fault}") from None
    return settings


def _says(source: _Source, name: str) -> bool:
    return name in source and bool(source[name].value)


def _read_file(path: str) -> _Source:
    found: _Source = {}
    for key, value, where in document.read(path):
        if key not in Settings.__struct_fields__:
            raise SettingsError(f"{where}: unknown setting {shown(key)}; {_hint(str(key))}")
        name = str(key)
        found[name] = _Given(_convert(f"{where}: {name}", name, value), f"{where}: {name}")
    return found


def _hint(name: str) -> str:
    near = get_close_matches(name.replace("-", "_"), Settings.__struct_fields__, 1)
    return f"did you mean `{near[0]}`?" if near else f"known are {', '.join(Settings.__struct_fields__)}"


def _parse(setting: Setting, where: str, text: str) -> _Given:
    try:
        value = setting.parse(text)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}, got {shown(text)}") from None
    return _Given(_convert(where, setting.name, value), where)


def _convert(where: str, name: str, value: Any) -> Any:
    """Bring a value to the setting's type."""
    hint = _HINTS[name]
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        item = get_args(hint)[0] if get_origin(hint) is tuple else hint
        if isinstance(item, type) and issubclass(item, msgspec.Struct):
            where += place.strip("`").removeprefix("$")
        known = f"; known are {', '.join(get_args(item))}" if get_origin(item) is Literal else ""
        raise SettingsError(f"{where}: {message[0].lower()}{message[1:]}{known}") from None
