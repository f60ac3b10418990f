"""How many processes there are, and how they are started. Apart from the rest, so that z3 is loaded in them and not in
the one that starts them."""

from __future__ import annotations

import multiprocessing
import os
from typing import Any


def default_workers() -> int:
    """As many processes as there are processors for us."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def context() -> Any:
    """How processes are started: as copies of this one where that can be, for a model may have no name to import."""
    known = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("fork" if "fork" in known else None)
