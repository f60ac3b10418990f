"""Faults of the environment that any model can be given: crashes, partitions, lost and duplicated messages.

`with_faults(Raft, crash=1)` is a subclass of Raft, written as text like any other model and compiled like it: its
faults are actions, their budgets parameters, and what cannot happen to a node that is down, or between nodes that are
parted, is a `require` in front of the model's own action.
"""

from __future__ import annotations

import enum
import hashlib
import linecache
import re
from collections.abc import Iterator, Mapping
from typing import Any

from quorate.errors import ParameterError, UsageError, nearest
from quorate.language.actions import Action
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set
from quorate.language.model import Model
from quorate.language.network import Network
from quorate.language.types import Node, Type
from quorate.language.values import RecordValue

FAULTS = {"crash": "crashes", "partition": "partitions", "loss": "losses", "duplication": "duplications"}
"""The faults, each with the parameter that is its budget."""
MOST = 16


def with_faults(model: type[Model], **budgets: Any) -> type[Model]:
    """The model in an environment that fails: `with_faults(Raft, crash=1, partition=1)`.

    A budget is how often the fault may happen in a run, 1..16, and becomes a parameter (`crashes`, `partitions`,
    `losses`, `duplications`).

    * `crash`: a node goes down, at any time, and may come back (`restart`) or not. Variables `Map(Node, …)` of that
      node type go back to their `init=` there, unless they are `durable=True`. A node that is down does nothing and
      receives nothing. The model must declare something durable.
    * `partition`: some nodes are parted from the others, until the partition heals, which is weakly fair. Messages
      with `src` and `dst` on both sides wait; in a model without a network, steps of two nodes do.
    * `loss`, `duplication`: a message on its way is dropped, or there once more (in a queue: delivered, and again at
      the end of the queue). A network that keeps the set of all messages has both built in.

    Raises ParameterError for a fault or budget that there is not, UsageError for a model that does not say what the
    fault means.
    """
    for name, budget in budgets.items():
        if name not in FAULTS:
            hint = nearest(name, FAULTS) or f"the faults are {', '.join(FAULTS)}"
            raise ParameterError(f"there is no fault {name}", hint=hint)
        if not isinstance(budget, int) or not 1 <= budget <= MOST:
            raise ParameterError(f"{name}={budget}: the budget of a fault is 1..{MOST}")
    return _Text(model, budgets).build() if budgets else model


class _Text:
    """The source of the subclass, and what it refers to."""

    def __init__(self, model: type[Model], budgets: Mapping[str, int]) -> None:
        self.base, self.budgets = model, budgets
        self.example = model()
        self.scope: dict[str, Any] = {"Base": model}
        self.node = self._node()
        self.lines: list[str] = []
        self.faults: list[str] = []

    def build(self) -> type[Model]:
        """The class. Its source is known to `linecache`, for the compiler and for messages."""
        for name in self.budgets:
            getattr(self, f"_{name}")()
        self._guards()
        imports = "from quorate import Int, Param, Set, action, receive, require, within\n\n\n"
        title = f'"""{self.base.__name__}, whose environment may fail: {", ".join(self.budgets)}."""'
        faults = f"fault_actions = {tuple(self.faults)!r}"
        body = "\n".join(f"    {line}" if line else "" for line in [title, "", faults, *self.lines])
        text = f"{imports}class {self.base.__name__}(Base):\n{body}\n"
        # the same faults of the same text are the same place
        digest = hashlib.sha256(f"{self.base.__module__}.{self.base.__qualname__}\n{text}".encode()).hexdigest()[:8]
        place = f"<{self.base.__name__} with faults {digest}>"
        linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
        scope = {**self.scope, "__name__": self.base.__module__}
        exec(compile(text, place, "exec"), scope)
        made: type[Model] = scope[self.base.__name__]
        return made

    # -- what the model says

    def _node(self) -> Node:
        """The type of the nodes that fail: the one that durable variables belong to, or the only one."""
        types = [kind for kind in self.example.types.values() if isinstance(kind, Node)]
        keys = [kind.key_type for kind in self.example.variables.values() if isinstance(kind, Map) and kind.durable]
        durable = [kind for kind in types if kind in keys]
        if "crash" in self.budgets and not durable:
            hint = "write durable=True in the declaration of each Map(Node, …) that survives a crash of the node"
            raise UsageError(f"{self.base.__name__} does not say what survives a crash", hint=hint)
        chosen = durable or types
        if len(chosen) != 1 and {"crash", "partition"} & set(self.budgets):
            kinds = ", ".join(str(kind.name) for kind in chosen) or "none"
            hint = "the nodes that fail are those of the durable variables, or the only ones"
            message = f"crash and partition need one kind of nodes, and {self.base.__name__} has {kinds}"
            raise UsageError(message, hint=hint)
        return chosen[0] if chosen else Node(1)

    def _networks(self, fault: str) -> list[tuple[str, Network]]:
        """The networks that can lose or duplicate messages."""
        found = [(name, kind) for name, kind in self.example.variables.items() if isinstance(kind, Network)]
        plain = [(name, kind) for name, kind in found if kind.form != "set"]
        carried = [message.name for _, kind in plain for message in kind.messages]
        why = ""
        if not found:
            why = "it has no network"
        elif not plain:
            why = "its network keeps every message: any may be lost, or come twice, already"
        elif len(set(carried)) < len(carried):
            why = "several of its networks carry the same messages"
        if why:
            raise UsageError(f"{fault} means nothing for {self.base.__name__}: {why}")
        return plain

    def _declare(self, *lines: str) -> None:
        """Add declarations and methods; a name that the model has already is refused."""
        for line in lines:
            declared = re.match(r"(?:def )?(\w+)(?: = |\()", line)
            if declared and self.base.lookup(declared[1]) is not None:
                message = f"{self.base.__name__} has a {declared[1]} of its own, and its faults need that name"
                raise UsageError(message, hint="give it another name in the model")
        self.lines += ["", *lines]

    def _budget(self, fault: str, count: str) -> str:
        """Declare a budget and its counter; the condition that some is left."""
        parameter = FAULTS[fault]
        what = {"crash": "nodes crash", "partition": "the network is parted"}.get(fault, f"a message suffers {fault}")
        self._declare(
            f'{parameter} = Param({self.budgets[fault]}, minimum=0, maximum={MOST}, doc="how often {what} at most")',
            f"{count} = Int(0, {parameter}, init=0)",
        )
        return f"self.{count} < self.{parameter}"

    # -- faults

    def _crash(self) -> None:
        node = self.node.name
        left = self._budget("crash", "crashed")
        self._declare(f"down = Set(Base.{node}, init=set())")
        resets = [f"    self.{name}[i] = {text}" for name, text in self._volatile()]
        self._declare(
            f"@action(i=Base.{node})",
            "def crash(self, i):",
            '    """A node goes down; what is not durable is lost."""',
            f"    require(i not in self.down and {left})",
            "    self.crashed += 1",
            "    self.down.add(i)",
            *resets,
        )
        self._declare(
            f"@action(i=Base.{node})",
            "def restart(self, i):",
            '    """A node that is down comes back."""',
            "    require(i in self.down)",
            "    self.down.discard(i)",
        )
        self.faults.append("crash")

    def _volatile(self) -> Iterator[tuple[str, str]]:
        """The variables that a crash of a node resets there, with the text of the value."""
        for name, kind in self.example.variables.items():
            if isinstance(kind, Network) or not isinstance(kind, Map) or kind.key_type != self.node or kind.durable:
                continue
            text = None if kind.init is ... else self._same(kind.initial(kind.init).values(), kind.value_type)
            if text is None:
                hint = "give it an init= that is the same for every node, or durable=True"
                raise UsageError(f"a crash cannot reset {name}: it has no one initial value", hint=hint)
            yield name, text

    def _same(self, values: Any, kind: Type) -> str | None:
        """The text of the value that all of some are; None if they differ or it cannot be written."""
        found = list(dict.fromkeys(values))
        return self._value(found[0], kind) if len(found) == 1 else None

    def _value(self, value: Any, kind: Type) -> str | None:
        """A value as the language writes it."""
        if value is None or isinstance(value, bool | int):
            return repr(value)
        if isinstance(value, enum.Enum):
            name = type(value).__name__
            while self.scope.setdefault(name, type(value)) is not type(value):
                name += "_"
            return f"{name}.{value.name}"
        if isinstance(kind, Set | Seq | Bag):
            items = [self._value(item, kind.element) for item in value]
            if None in items:
                return None
            listed = "".join(f"{item}, " for item in items)
            braces = "{}" if isinstance(kind, Set) else "()"
            return "set()" if isinstance(kind, Set) and not items else f"{braces[0]}{listed.strip()}{braces[1]}"
        if isinstance(kind, Map) and kind.key_type.name is not None:
            inner = self._same(value.values(), kind.value_type)
            return None if inner is None else f"{{k: {inner} for k in self.{kind.key_type.name}}}"
        if isinstance(kind, Record) and not isinstance(kind, Message) and isinstance(value, RecordValue):
            fields = {name: self._value(getattr(value, name), part) for name, part in kind.fields.items()}
            if None not in fields.values() and self.base.lookup(str(kind.name)) is not None:
                return f"self.{kind.name}({', '.join(f'{name}={text}' for name, text in fields.items())})"
        return None

    def _partition(self) -> None:
        node = self.node.name
        left = self._budget("partition", "parted")
        self._declare(f"away = Set(Base.{node}, init=set())")
        self._declare(
            f"@action(side=Set(Base.{node}))",
            "def partition(self, side):",
            '    """The nodes of one side hear nothing from the others any more."""',
            f"    require(len(self.away) == 0 and {left})",
            f"    require(0 < len(side) and 2 * len(side) <= len(self.{node}))",
            "    self.parted += 1",
            "    self.away = side",
        )
        self._declare(
            '@action(fair="weak")',
            "def heal(self):",
            '    """The partition is over."""',
            "    require(len(self.away) > 0)",
            "    self.away = set()",
        )
        self.faults.append("partition")

    def _loss(self) -> None:
        left = self._budget("loss", "lost")
        for _, network in self._networks("loss"):
            for message in network.messages:
                self._declare(
                    f"@receive(Base.{message.name})",
                    f"def lose_{str(message.name).lower()}(self, m):",
                    '    """The network drops a message."""',
                    f"    require({left})",
                    "    self.lost += 1",
                )
                self.faults.append(f"lose_{str(message.name).lower()}")

    def _duplication(self) -> None:
        left = self._budget("duplication", "duplicated")
        for name, network in self._networks("duplication"):
            self.scope[f"ROOM_{name}"] = self.base.lookup(name).capacity
            self._declare(f"room_of_{name} = ROOM_{name}")
            if network.form == "bag":
                for message in network.messages:
                    self._duplicate(name, message, left)
            else:
                for action in self.example.actions:
                    if action.message is not None and action.message in network.messages:
                        self._repeat(name, action, left)

    def _duplicate(self, network: str, message: Message, left: str) -> None:
        self._declare(
            f"@receive(Base.{message.name})",
            f"def duplicate_{str(message.name).lower()}(self, m):",
            '    """A message is there once more."""',
            # the message that is received has been taken out
            f"    require({left})",
            f"    within(len(self.{network}) + 2 <= self.room_of_{network})",
            "    self.duplicated += 1",
            f"    self.{network}.send(m)",
            f"    self.{network}.send(m)",
        )
        self.faults.append(f"duplicate_{str(message.name).lower()}")

    def _repeat(self, network: str, action: Action, left: str) -> None:
        assert action.message is not None
        names = _arguments(action)
        types = "".join(f", {name}=Base.{kind.name}" for name, kind in action.arguments.items())
        waiting = f"sum(1 for o in self.{network}.of(self.{action.message.name}) if o.src == m.src and o.dst == m.dst)"
        self._declare(
            f"@receive(Base.{action.message.name}{types})",
            f"def repeat_{action.name}({', '.join(['self', 'm', *names[1:]])}):",
            '    """A message is delivered, and comes again behind those that wait."""',
            f"    require({left})",
            f"    within({waiting} < self.room_of_{network})",
            *self._guard_of(action, ["m", *names[1:]]),
            "    self.duplicated += 1",
            f"    super().{action.name}({', '.join(['m', *names[1:]])})",
            f"    self.{network}.send(m)",
        )
        self.faults.append(f"repeat_{action.name}")

    # -- what cannot happen meanwhile

    def _guards(self) -> None:
        """Override each action of the model that a fault can keep from happening."""
        for action in self.example.actions:
            names = _arguments(action)
            guard = self._guard_of(action, names) if action.kind != "init" else []
            if guard:
                arguments = ", ".join(names)
                self.lines += [
                    "",
                    f"def {action.name}({', '.join(['self', *names])}):",
                    '    """As in the model, where no fault is in the way."""',
                    *guard,
                    f"    super().{action.name}({arguments})",
                ]

    def _guard_of(self, action: Action, names: list[str]) -> list[str]:
        """What an action requires of its nodes; `names` are its arguments as the text calls them."""
        message = names[0] if action.message is not None else ""
        chosen = zip(names[bool(message) :], action.arguments.values(), strict=True)
        own = [name for name, kind in chosen if kind == self.node]
        fields = {} if action.message is None else action.message.fields
        ends = [f"{message}.{end}" for end in ("src", "dst") if fields.get(end) == self.node]
        networks = any(isinstance(kind, Network) for kind in self.example.variables.values())
        if message:
            # who gets it: the one it is addressed to, or the one that the action is taken by
            receiver = next((end for end in ends if end.endswith(".dst")), own[0] if own else None)
            sender = next((end for end in ends if end.endswith(".src")), None)
            acting, pair = [receiver] if receiver else [], [sender, receiver] if sender and receiver else []
        elif networks:
            acting, pair = own[:1], []
        else:
            # without messages a step of two nodes is a conversation
            acting, pair = own[:2], own[:2] if len(own) > 1 else []
        lines = []
        if "crash" in self.budgets and acting:
            lines.append(f"    require({' and '.join(f'{name} not in self.down' for name in acting)})")
        if "partition" in self.budgets and pair:
            lines.append(f"    require(({pair[0]} in self.away) == ({pair[1]} in self.away))")
        return lines


def _arguments(action: Action) -> list[str]:
    """The names of an action's arguments, the message first, as its method has them."""
    code = action.body.__code__
    return list(code.co_varnames[1 : code.co_argcount])
