"""Budgets as people write them: `2GB`, `90s`, `5m`, `1_000_000`, `10M`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from quorate.errors import UsageError

COUNTS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
BYTES = {
    "": 1, "b": 1,
    "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9, "t": 10**12, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
SECONDS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600}


def parse_count(text: str, option: str) -> int:
    """A positive whole number: `1000`, `1_000_000`, `10M`. Raises UsageError."""
    return _whole(_quantity(text, option, COUNTS, "a number such as 1000000, 1_000_000 or 10M"), text, option)


def parse_bytes(text: str, option: str) -> int:
    """Bytes: `512MB` (powers of 1000), `2GiB` (of 1024), `1.5GB`. Raises UsageError."""
    return _whole(_quantity(text, option, BYTES, "an amount such as 512MB, 2GB or 1.5GiB"), text, option)


def parse_seconds(text: str, option: str) -> float:
    """Seconds: `90`, `90s`, `5m`, `1.5h`. Raises UsageError."""
    seconds = _quantity(text, option, SECONDS, "a duration such as 90, 90s, 5m or 1.5h")
    if seconds <= 0:
        raise UsageError(f"{option} {text}: it must be more than 0")
    return seconds


def _whole(value: float, text: str, option: str) -> int:
    if value < 1:
        raise UsageError(f"{option} {text}: it must be at least 1")
    return round(value)


def _quantity(text: str, option: str, units: Mapping[str, float], wanted: str) -> float:
    match = re.fullmatch(r"(-?[0-9][0-9_]*(?:\.[0-9]+)?|[0-9]+e[0-9]{1,2})\s*([a-z]*)", text.strip().lower())
    scale = units.get(match[2]) if match else None
    value = float(match[1].replace("_", "")) * scale if match and scale is not None else math.inf
    if not value < math.inf:
        raise UsageError(f"{option} {text!r} is not understood", hint=f"give {wanted}")
    return value
