"""Run as `python -m dashboards.bundle`."""

import sys

from dashboards.bundle.cli import main

if __name__ == "__main__":
    sys.exit(main())
