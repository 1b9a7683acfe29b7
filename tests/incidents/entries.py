"""All incidents, and what has to be there before them."""

from __future__ import annotations

from tests.incidents.basics import BASICS
from tests.incidents.controllers import CONTROLLERS
from tests.incidents.everyday import EVERYDAY
from tests.incidents.operators import OPERATORS, definition
from tests.incidents.workloads import PODS_AND_WORKLOADS

ALL = (*BASICS, *EVERYDAY, *OPERATORS, *PODS_AND_WORKLOADS, *CONTROLLERS)
_SERVED = ("networking.", "apiextensions.k8s", "admissionregistration.")
"""Groups of the API server itself that incidents of custom resources use."""
DEFINITIONS = {
    (each["apiVersion"], each["kind"]): definition(each["apiVersion"], each["kind"])
    for one in (*OPERATORS, *CONTROLLERS)
    for each in one.things
    if "." in each["apiVersion"] and not each["apiVersion"].startswith(_SERVED)
}
"""By version and kind: what has to be there before custom resources are."""
