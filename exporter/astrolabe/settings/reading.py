"""Gathers settings from a YAML file, environment variables and flags; later ones win."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import yaml

from astrolabe.settings.checks import check
from astrolabe.settings.schema import Settings, SettingsError
from astrolabe.settings.table import SETTINGS, Setting, boolean

_TYPES = get_type_hints(Settings)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add every setting's flag, and the one that names the file."""
    parser.add_argument("--config", metavar="FILE", default="", help="YAML file with settings")
    for setting in SETTINGS:
        switch = setting.parse is boolean
        parser.add_argument(
            setting.flag,
            dest=f"setting_{setting.name}",
            metavar="BOOL" if switch else setting.name.upper(),
            default=None,
            nargs="?" if switch else None,
            const="true" if switch else None,
            help=setting.help + (f" [env {setting.environment}]" if setting.environment else ""),
        )


def read_settings(arguments: argparse.Namespace, environment: Mapping[str, str] | None = None) -> Settings:
    """Gather the settings; raises `SettingsError`."""
    environment = os.environ if environment is None else environment
    path = getattr(arguments, "config", "")
    from_file = _read_file(path) if path else {}
    from_environment: dict[str, Any] = {}
    from_flags: dict[str, Any] = {}
    for setting in SETTINGS:
        if text := environment.get(setting.environment, ""):
            from_environment[setting.name] = _parse(setting, setting.environment, text)
        if (flag := getattr(arguments, f"setting_{setting.name}", None)) is not None:
            from_flags[setting.name] = _parse(setting, setting.flag, flag)
    # One way to the cluster takes the other's place. In a file or on the command line somebody meant it,
    # a KUBECONFIG may just happen to be set.
    if from_flags.get("in_cluster"):
        from_file.pop("kubeconfig", None)
    if from_flags.get("kubeconfig"):
        from_file.pop("in_cluster", None)
    if from_flags.get("in_cluster", from_file.get("in_cluster")):
        from_environment.pop("kubeconfig", None)
    settings = Settings(**(from_file | from_environment | from_flags))
    check(settings)
    return settings


def _read_file(path: str) -> dict[str, Any]:
    try:
        values = yaml.safe_load(Path(path).read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        # The error's own text would quote the file, which may hold a password.
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path}: no YAML: line {line}: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise SettingsError(f"{path}: no YAML: it holds characters that no text has") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: expected settings as `key: value`")
    for key in values:
        if key not in Settings.__struct_fields__:
            known = ", ".join(Settings.__struct_fields__)
            raise SettingsError(f"{path}: unknown setting `{key}`; known are {known}")
    return {key: _convert(f"{path}: {key}", key, value) for key, value in values.items()}


def _parse(setting: Setting, where: str, text: str) -> Any:
    try:
        value = setting.parse(text)
    except ValueError as error:
        reason = "expected a whole number" if setting.parse is int else str(error)
        raise SettingsError(f"{where}: {reason}, got `{text}`") from None
    return _convert(where, setting.name, value)


def _convert(where: str, name: str, value: Any) -> Any:
    """Bring a value to the setting's type."""
    hint = _TYPES[name]
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        message = str(error).partition(" - at ")[0]
        item = get_args(hint)[0] if get_origin(hint) is tuple else hint
        known = f"; known are {', '.join(get_args(item))}" if get_origin(item) is Literal else ""
        raise SettingsError(f"{where}: {message[0].lower()}{message[1:]}{known}") from None
