"""What every test shares."""

from __future__ import annotations

import asyncio

from hypothesis import settings

# How long an example takes says how busy the machine is, not whether a law holds.
settings.register_profile("astrolabe", settings(), deadline=None)
settings.load_profile("astrolabe")

# Python 3.11 makes a loop for whoever asks for the current one first; pytest-asyncio asks, and nobody would
# close it. Saying that there is none keeps it from being made.
asyncio.set_event_loop(None)
