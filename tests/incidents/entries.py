"""All incidents."""

from __future__ import annotations

from tests.incidents.basics import BASICS
from tests.incidents.everyday import EVERYDAY
from tests.incidents.operators import OPERATORS
from tests.incidents.workloads import PODS_AND_WORKLOADS

ALL = (*BASICS, *EVERYDAY, *OPERATORS, *PODS_AND_WORKLOADS)
