"""`python -m astrolabe` is `astrolabe`."""

from __future__ import annotations

import sys

from astrolabe.cli import main

if __name__ == "__main__":
    sys.exit(main())
