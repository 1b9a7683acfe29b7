from __future__ import annotations

import pytest

from tests.clusters import fleet
from tests.clusters.fleet import Fleet


@pytest.fixture(scope="session")
def told() -> Fleet:
    """What the demo's exporters said."""
    return fleet.record()
