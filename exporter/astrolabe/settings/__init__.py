"""The one place that reads settings: defaults, a YAML file, environment variables and flags, in that order.

Each setting is declared once, as a field of `Settings` (`settings/schema.py`). Flags, environment variables,
the file's keys, the documentation and the schema of the chart's values follow from that.
"""

from astrolabe.settings.contexts import MOST, Followed, followed_contexts
from astrolabe.settings.reading import add_flags, read_settings
from astrolabe.settings.schema import Settings, SettingsError
from astrolabe.settings.table import SETTINGS, Setting

__all__ = [
    "MOST",
    "SETTINGS",
    "Followed",
    "Setting",
    "Settings",
    "SettingsError",
    "add_flags",
    "followed_contexts",
    "read_settings",
]
