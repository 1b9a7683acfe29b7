"""What every test shares."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says how busy the machine is, not whether a law holds.
settings.register_profile("astrolabe", settings(), deadline=None)
settings.load_profile("astrolabe")
