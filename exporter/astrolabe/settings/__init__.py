"""The one place that reads settings: defaults, a YAML file, environment variables and flags, in that order.

Each setting is a field of `Settings` and one entry of `SETTINGS`; flags, environment variables, the file's
keys and the documentation follow from it.
"""

from astrolabe.settings.reading import add_flags, read_settings
from astrolabe.settings.schema import Settings, SettingsError
from astrolabe.settings.table import SETTINGS, Setting

__all__ = ["SETTINGS", "Setting", "Settings", "SettingsError", "add_flags", "read_settings"]
