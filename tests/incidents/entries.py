"""All incidents."""

from __future__ import annotations

from tests.incidents.basics import BASICS
from tests.incidents.everyday import EVERYDAY
from tests.incidents.operators import OPERATORS

ALL = (*BASICS, *EVERYDAY, *OPERATORS)
