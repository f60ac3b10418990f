"""The entry point of the command `quorate`."""

from __future__ import annotations

import sys

# `quorate.errors.Exit` is not loaded yet
INCONCLUSIVE = 20


def main() -> None:
    """Run the command line and exit with its code; an interrupt at any time is a line, not a traceback."""
    try:
        # imported here, so that an interrupt while it loads ends as cleanly as any other
        from quorate_reports.app import app

        app()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(INCONCLUSIVE)
