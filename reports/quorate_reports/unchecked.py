"""A check that could not be made, beside the results of those that were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quorate.errors import QuorateError
from quorate.trace import Data


@dataclass(frozen=True)
class Unchecked:
    """The model and the parameters that could not be checked, and why."""

    model: str
    parameters: Mapping[str, Data]
    error: QuorateError
