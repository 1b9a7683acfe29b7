"""`python -m tests.cost.opencost MODELS_GO`: compare the keys that are known here with OpenCost's own model.

MODELS_GO is `pkg/cloud/models/models.go` of the version to compare with. Its keys are the JSON names of the
fields of `CustomPricing`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from astrolabe.derived.cost.opencost import UNUSED
from astrolabe.derived.cost.prices import OTHERS, PRICES

OURS = frozenset({"period", "storageClasses"})
"""Keys that OpenCost does not have."""
_MODEL = re.compile(r"^type CustomPricing struct \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r'^\s*\w+\s+string\s+`json:"([^",]+)', re.MULTILINE)


def keys(source: str) -> set[str]:
    """Return the keys of the model in a Go file."""
    found = _MODEL.search(source)
    assert found is not None, "there is no CustomPricing in it"
    return set(_FIELD.findall(found[1]))


def missing(source: str) -> set[str]:
    """Return the keys of the model that are not known here."""
    return keys(source) - UNUSED - {*PRICES, *OTHERS}


if __name__ == "__main__":
    lacking = missing(Path(sys.argv[1]).read_text("utf-8"))
    sys.exit(f"not known here: {', '.join(sorted(lacking))}" if lacking else 0)
