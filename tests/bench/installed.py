"""Python as it finds Astrolabe where that is installed: without what only the tools for tests bring.

structlog imports these where it can. That is a tenth of what a start imports, and no user has it.
"""

from __future__ import annotations

BARE = "import sys; sys.modules.update(rich=None, greenlet=None)"
"""Code to run first, for `python -c`."""
INSTALLED = f"{BARE}; from astrolabe.cli import main; sys.exit(main())"
"""The same, and then the command `astrolabe` with the arguments that follow."""
