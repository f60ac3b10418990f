"""The entry point of the command `quorate`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# `quorate.errors.Exit` is not loaded yet
INCONCLUSIVE = 20


def main() -> None:
    """Run the command line and exit with its code; an interrupt at any time is a line, not a traceback."""
    _open_missing_streams()
    try:
        # imported here, so that an interrupt while it loads ends as cleanly as any other
        from quorate.explore.interrupt import Interrupt

        # from here on the first Ctrl-C is noted for the search, which ends with what it has; a second one ends all
        with Interrupt() as interrupt:
            from quorate_reports.app import app

            app(obj=interrupt)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(INCONCLUSIVE)


def _open_missing_streams() -> None:
    """Python has None for a standard stream that the shell closed (`>&-`): what is written there goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - open until the process ends
