"""What a test does without a component: it is skipped, or fails where all must be there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(reason: str, *, optional: bool = False) -> NoReturn:
    """Skip the test; fail it in CI unless it is `optional`, and with ASTROLABE_REQUIRE_REAL=1 always."""
    needed = os.environ.get("CI") == "true" and not optional
    if needed or os.environ.get("ASTROLABE_REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
