"""Quorate: protocols as plain Python classes, checked exhaustively at native speed."""

from __future__ import annotations

from quorate.language.actions import action, init, receive, require, within
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set
from quorate.language.model import Model, State, Transition
from quorate.language.network import Network
from quorate.language.params import Bound, Param
from quorate.language.properties import Property, constraint, invariant, reachable, step_invariant, violates
from quorate.language.types import Bool, Int, Node, Option, Var

__all__ = [
    "Bag",
    "Bool",
    "Bound",
    "Int",
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
    "constraint",
    "init",
    "invariant",
    "reachable",
    "receive",
    "require",
    "step_invariant",
    "violates",
    "within",
]
