"""Quorate: protocols as plain Python classes, checked exhaustively at native speed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from quorate.language.actions import action, init, receive, require, within
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set
from quorate.language.fault_mixins import with_faults
from quorate.language.model import Model, State, Transition
from quorate.language.network import Network
from quorate.language.params import Bound, Param
from quorate.language.properties import (
    Property,
    always_eventually,
    constraint,
    eventually,
    eventually_always,
    invariant,
    leads_to,
    reachable,
    recoverable,
    step_invariant,
    violates,
)
from quorate.language.types import Bool, Int, Node, Option, Var

if TYPE_CHECKING:
    from quorate.conform.stateful import stateful
    from quorate.explain.reason import explain_property
    from quorate.explain.rerun import rerun
    from quorate.explain.step import why
    from quorate.explore.check import check, layout_report
    from quorate.explore.difference import compare
    from quorate.explore.state_graph import state_graph
    from quorate.prove.bounded import bounded_check
    from quorate.prove.houdini import FoundLemma, LemmaSearch, find_lemmas
    from quorate.prove.induction import prove_invariants

_LATE = {
    "bounded_check": "quorate.prove.bounded",
    "check": "quorate.explore.check",
    "compare": "quorate.explore.difference",
    "explain_property": "quorate.explain.reason",
    "FoundLemma": "quorate.prove.houdini",
    "LemmaSearch": "quorate.prove.houdini",
    "find_lemmas": "quorate.prove.houdini",
    "layout_report": "quorate.explore.check",
    "prove_invariants": "quorate.prove.induction",
    "rerun": "quorate.explain.rerun",
    "stateful": "quorate.conform.stateful",
    "state_graph": "quorate.explore.state_graph",
    "why": "quorate.explain.step",
}


def __getattr__(name: str) -> Any:
    # the engines and their dependencies are loaded when they are first used
    if name in _LATE:
        return getattr(importlib.import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Bag",
    "Bool",
    "Bound",
    "FoundLemma",
    "Int",
    "LemmaSearch",
    "Map",
    "Message",
    "Model",
    "Network",
    "Node",
    "Option",
    "Param",
    "Property",
    "Record",
    "Seq",
    "Set",
    "State",
    "Transition",
    "Var",
    "action",
    "always_eventually",
    "bounded_check",
    "check",
    "compare",
    "constraint",
    "eventually",
    "eventually_always",
    "explain_property",
    "find_lemmas",
    "init",
    "invariant",
    "layout_report",
    "leads_to",
    "prove_invariants",
    "reachable",
    "receive",
    "recoverable",
    "require",
    "rerun",
    "state_graph",
    "stateful",
    "step_invariant",
    "violates",
    "why",
    "with_faults",
    "within",
]
