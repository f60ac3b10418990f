"""Lowering of statements, and inlining of helpers."""

from __future__ import annotations

import ast
from typing import Any

from quorate.compiler import ir
from quorate.compiler.calls import Calls
from quorate.compiler.coerce import WIDE
from quorate.compiler.mistakes import Mistake
from quorate.compiler.scope import Binding, Method, Scope, Self, Static
from quorate.language.actions import Action, require, within
from quorate.language.compound import Bag, Map, Record, Seq, Set
from quorate.language.properties import Property
from quorate.language.types import Type

REFUSED = {
    ast.While: ("while", "use `for` over something finite"),
    ast.Try: ("try", "test the condition beforehand, with `if` or `require`"),
    ast.With: ("with", "a step is one atomic block"),
    ast.Import: ("import", "import at the top of the file"),
    ast.ImportFrom: ("import", "import at the top of the file"),
    ast.Raise: ("raise", "use `require` to disable the step, `assert` to state what must hold"),
    ast.Delete: ("del", "assign the shorter sequence, or use .discard"),
    ast.Global: ("global", "all state is in the variables of the model"),
    ast.Nonlocal: ("nonlocal", "all state is in the variables of the model"),
    ast.FunctionDef: ("a function inside a method", "make it a method of the model"),
    ast.ClassDef: ("a class inside a method", "make it an Enum or Record of the model"),
    ast.Match: ("match", "use if / elif"),
}
ENDS = (ast.Return, ast.Break, ast.Continue)
UPDATES = {"add": Set | Bag, "discard": Set | Bag, "append": Seq, "pop": Seq, "clear": Set | Bag | Seq, "extend": Seq}

Body = tuple[ir.Statement, ...]


class Statements(Calls):
    """Lowers statements to IR."""

    def body(self, statements: list[ast.stmt]) -> Body:
        """Lower statements in order; a mistake in one does not hide those in the others."""
        lowered: list[ir.Statement] = []
        for statement in statements:
            try:
                lowered += self.statement(statement)
            except Mistake as mistake:
                self.mistakes.append(mistake.diagnostic)
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        self.scope.poisoned.add(node.id)
        return tuple(lowered)

    def statement(self, node: ast.stmt) -> list[ir.Statement]:
        match node:
            case ast.Expr(ast.Constant()) | ast.Pass():
                return []
            case ast.Expr(ast.Call() as call):
                return self.call_statement(call)
            case ast.Assign():
                if len(node.targets) != 1:
                    raise self.refuse(node, "a chain of assignments", "write one assignment for each")
                return self.assign(node.targets[0], node.value, node)
            case ast.AnnAssign() if node.value is not None:
                return self.assign(node.target, node.value, node)
            case ast.AugAssign():
                return self.augmented(node)
            case ast.If():
                return self.branch(node)
            case ast.For():
                return self.loop(node)
            case ast.Return():
                return self.leave_function(node)
            case ast.Break():
                return [ir.Leave(self.scope.breaks[-1])]
            case ast.Continue():
                return [ir.Leave(self.scope.continues[-1])]
            case ast.Assert():
                return [ir.Guard("assert", self.condition(node.test), self.site("assert", node))]
            case ast.Expr():
                raise self.refuse(node, "an expression without effect", "assign it, or remove it")
        what, hint = REFUSED.get(type(node), (f"this statement ({type(node).__name__})", "see docs/language.md"))
        raise self.refuse(node, what, hint)

    # -- assignment

    def assign(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> list[ir.Statement]:
        if isinstance(target, ast.Name):
            return self.assign_local(target, value)
        if isinstance(target, ast.Tuple | ast.List | ast.Starred):
            raise self.refuse(target, "unpacking", "assign one name at a time")
        place = self.target(target)
        return [ir.Store(place, self.converted(value, place.type))]

    def assign_local(self, target: ast.Name, value: ast.expr) -> list[ir.Statement]:
        binding = self.scope.names.get(target.id)
        known = self.types[binding] if isinstance(binding, int) else None
        lowered = self.value(value, known)
        if isinstance(binding, int):
            slot = binding
        elif binding is None or isinstance(binding, ir.Expr):
            slot = self.slot()
        else:
            raise self.mistake("Q111", f"{target.id} cannot be assigned", target, "use another name")
        self.grow(slot, lowered.type, target)
        self.scope.names[target.id] = slot
        self.scope.assigned.add(target.id)
        kind = self.types[slot]
        assert kind is not None
        return [ir.Assign(slot, self.convert(lowered, kind, value, "overflow"))]

    def augmented(self, node: ast.AugAssign) -> list[ir.Statement]:
        """`place op= value` is `place = place op value`."""
        reading = ast.copy_location(ast.parse(ast.unparse(node.target), mode="eval").body, node.target)
        for part in ast.walk(reading):
            ast.copy_location(part, node.target)
        combined = ast.copy_location(ast.BinOp(reading, node.op, node.value), node)
        if isinstance(node.target, ast.Name):
            kind = self.value(reading).type
            if isinstance(kind, Set | Seq | Bag):
                raise self.refuse(
                    node, "changing a local collection in place", f"write {node.target.id} = {node.target.id} op ..."
                )
        return self.assign(node.target, combined, node)

    def target(self, node: ast.expr) -> ir.Target:
        """A place in the state that may be written."""
        if self.pure:
            raise self.mistake(
                "Q112", "the state cannot be changed here", node, "properties and helpers used as values only read"
            )
        match node:
            case ast.Attribute(ast.Name() as name, attribute) if isinstance(self.scope.names.get(name.id), Self):
                if attribute not in self.model.variables:
                    self.lower(node)  # names the mistake if there is no such thing at all
                    raise self.mistake(
                        "Q111", f"{attribute} is not a state variable", node,
                        "declare it with init=... to make it one",
                    )  # fmt: skip
                index = self.shared.variables.index(attribute)
                value = self.value(node)
                return ir.Target(value.type, index, ())
            case ast.Attribute(owner, attribute):
                below = self.target(owner)
                if not isinstance(below.type, Record):
                    raise self.mistake("Q104", f"{below.type.describe()} has no field {attribute}", node)
                if attribute not in below.type.fields:
                    raise self.mistake("Q104", f"{below.type.describe()} has no field {attribute}", node)
                return ir.Target(below.type.fields[attribute], below.variable, (*below.path, attribute))
            case ast.Subscript(owner, index) if not isinstance(index, ast.Slice):
                below = self.target(owner)
                match below.type:
                    case Map(key_type=key_type, value_type=kind):
                        key = self.convert(self.value(index, key_type), key_type, index, "key")
                        step = (key, self.site("key", node))
                    case Seq(element=kind):
                        step = (self.convert(self.value(index), WIDE, index, "none"), self.site("index", node))
                    case _:
                        raise self.mistake("Q106", f"{below.type.describe()} cannot be indexed", node)
                return ir.Target(kind, below.variable, (*below.path, step))
        hint = "values are snapshots; write to self.variable[...]"
        raise self.mistake("Q111", "only places in the state can be changed", node, hint)

    # -- calls as statements

    def call_statement(self, node: ast.Call) -> list[ir.Statement]:
        function = node.func
        if isinstance(function, ast.Attribute) and not isinstance(function.value, ast.Call):
            owner = self.lower(function.value)
            if not isinstance(owner, Static | Self | Method):
                return self.update(node, function)
        callee = self.callee(node)
        if isinstance(callee, Static) and callee.value in (require, within):
            return self.guard(callee.value.__name__, node)
        if isinstance(callee, Static) and isinstance(callee.value, Property):
            callee = Method(callee.value.predicate, None)
        if isinstance(callee, Static) and hasattr(callee.value, "__code__"):
            callee = Method(callee.value, None)
        if isinstance(callee, Method):
            body, _ = self.inline(callee, node)
            return list(body)
        raise self.refuse(node, "an expression without effect", "assign it, or remove it")

    def guard(self, kind: str, node: ast.Call) -> list[ir.Statement]:
        if len(node.args) != 1 or node.keywords:
            raise self.mistake("Q109", f"{kind} takes one condition", node)
        if self.pure:
            raise self.mistake("Q112", f"{kind} belongs into an action", node)
        return [ir.Guard(kind, self.condition(node.args[0]), self.site(kind, node.args[0]))]

    def update(self, node: ast.Call, function: ast.Attribute) -> list[ir.Statement]:
        """A method that changes a collection of the state."""
        arguments = self.positional(node)
        name = function.attr
        if name in ("send", "discard") and self.network_of(self.value(function.value)) is not None:
            return self.network_update(name, node, function.value)
        place = self.target(function.value)
        if name not in UPDATES or not isinstance(place.type, UPDATES[name]):
            return [self._not_an_update(name, place.type, node)]
        kind: Any = place.type
        wanted = {"add": 1, "discard": 1, "append": 1, "extend": 1, "clear": 0}.get(name)
        if len(arguments) != wanted and not (name == "pop" and len(arguments) <= 1):
            raise self.mistake("Q109", f"{name} takes {wanted} argument(s)", node)
        if name == "extend":
            whole = self.value(function.value)
            more = self.value(arguments[0], kind)
            joined = Seq(kind.element, kind.max_len + int(self.length(more).type.hi))  # type: ignore[union-attr]
            both = ir.Operate(joined, "concat", (whole, self.convert(more, Seq(kind.element, more.type.max_len), node)))  # type: ignore[attr-defined]
            return [ir.Store(place, self.convert(both, kind, node))]
        if name == "pop":
            position = self.value(arguments[0]) if arguments else ir.Const(WIDE, -1)
            return [ir.Update(place, "pop", (self.convert(position, WIDE, node),), self.site("index", node))]
        parts = tuple(self.converted(argument, kind.element) for argument in arguments)
        return [ir.Update(place, name, parts, self.site("capacity", node))]

    def _not_an_update(self, name: str, kind: Type, node: ast.Call) -> ir.Statement:
        known = [update for update, kinds in UPDATES.items() if isinstance(kind, kinds)]
        raise self.mistake("Q109", f"{kind.describe()} has no method {name}", node, f"it has {', '.join(known)}")

    def network_update(self, name: str, node: ast.Call, network: ast.expr) -> list[ir.Statement]:
        place, contents = self.target(network), self.value(network)
        kind = self.network_of(contents)
        assert kind is not None
        if len(node.args) != 1 or node.keywords:
            raise self.mistake("Q109", f"{name} takes one message", node)
        message = self.converted(node.args[0], kind.union)
        if kind.form == "fifo":
            return self.queue_send(name, place, kind, node)
        return [ir.Update(place, {"send": "add"}.get(name, name), (message,), self.site("capacity", node))]

    def queue_send(self, name: str, place: ir.Target, kind: Any, node: ast.Call) -> list[ir.Statement]:
        if name != "send":
            raise self.mistake("Q109", "a message is taken out of a queue only by receiving it", node)
        bare = self.value(node.args[0])
        if not isinstance(bare.type, Record):
            raise self.mistake("Q106", "a message made here is wanted", node.args[0])
        slot = self.slot(bare.type)
        message = ir.Local(bare.type, slot)
        link_type = kind.contents.key_type
        ends = tuple(ir.Field(bare.type.fields[end], message, end) for end in ("src", "dst"))
        queue = ir.Target(kind.contents.value_type, place.variable, ((ir.Make(link_type, ends), self.site("key", node)),))
        wrapped = self.convert(message, kind.union, node)
        return [ir.Assign(slot, bare), ir.Update(queue, "append", (wrapped,), self.site("capacity", node))]

    # -- control flow

    def branch(self, node: ast.If) -> list[ir.Statement]:
        condition = self.condition(node.test)
        if isinstance(condition, ir.Const):
            return list(self.body(node.body if condition.value else node.orelse))
        before = set(self.scope.assigned)
        then = self.body(node.body)
        after_then = self.scope.assigned
        self.scope.assigned = set(before)
        otherwise = self.body(node.orelse)
        after_else = self.scope.assigned
        # a branch that always leaves says nothing about what has a value afterwards
        if _leaves(node.body):
            after_then = after_else
        if _leaves(node.orelse):
            after_else = after_then
        self.scope.assigned = after_then & after_else
        return [ir.Branch(condition, then, otherwise)]

    def loop(self, node: ast.For) -> list[ir.Statement]:
        if node.orelse:
            raise self.refuse(node.orelse[0], "else after for", "set a local inside the loop")
        if isinstance(node.iter, ast.Set | ast.SetComp):
            raise self.refuse(node.iter, "a loop over a set display", "Python leaves its order open; use a tuple")
        slot, domain, lets = self.bind(node.target, node.iter)
        before = set(self.scope.assigned)
        outer, inner = self.label(), self.label()
        self.scope.breaks.append(outer)
        self.scope.continues.append(inner)
        body = self.body(node.body)
        self.scope.breaks.pop()
        self.scope.continues.pop()
        self.scope.assigned = before
        return [ir.Block(outer, (ir.For(slot, domain, (*lets, *body), inner),))]

    def leave_function(self, node: ast.Return) -> list[ir.Statement]:
        leave = ir.Leave(self.scope.return_label)
        nothing = node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)
        if nothing and self.scope.result is None:
            return [leave]
        if self.scope.result is None:
            self.scope.result = self.slot()
        assert node.value is not None or True
        known = self.types[self.scope.result]
        value = self.value(node.value or ast.copy_location(ast.Constant(None), node), known)
        self.grow(self.scope.result, value.type, node)
        kind = self.types[self.scope.result]
        assert kind is not None
        return [ir.Assign(self.scope.result, self.convert(value, kind, node, "overflow")), leave]

    # -- functions

    def inline(self, method: Method, node: ast.Call) -> tuple[Body, ir.Expr | None]:
        function = self.shared.sources.function(method.function)
        if any(method.function is outer for outer in self.stack):
            raise self.mistake(
                "Q110", f"{function.name} calls itself", node, "recursion has no bound; use a loop over something finite"
            )
        parameters = list(function.parameters)
        scope = Scope(function, owner_class=self.class_of(method.function))
        if method.owner is not None:
            if not parameters:
                raise self.mistake("Q109", f"{function.name} has no parameter for self", node)
            scope.names[parameters.pop(0)] = method.owner
        before = self.arguments(function.name, parameters, scope, node, function.tree)
        single = function.tree.body[-1]
        body = [s for s in function.tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        caller, self.scope = self.scope, scope
        self.stack.append(method.function)
        try:
            if len(body) == 1 and isinstance(single, ast.Return) and single.value is not None:
                return tuple(before), self.value(single.value)
            scope.return_label = self.label()
            statements = ir.Block(scope.return_label, self.body(function.tree.body))
        finally:
            self.stack.pop()
            self.scope = caller
        result = None
        if scope.result is not None:
            kind = self.types[scope.result]
            if kind is None:
                raise self.mistake("Q102", f"{function.name} has no value because of a mistake in it", node)
            result = ir.Local(kind, scope.result)
        return (*before, statements), result

    def class_of(self, function: Any) -> type | None:
        """The class of the model whose body a function stands in."""
        for base in type(self.model).__mro__:
            for value in vars(base).values():
                inner = value.body if isinstance(value, Action) else getattr(value, "predicate", value)
                if inner is function:
                    return base
        return None

    def arguments(
        self, name: str, parameters: list[str], scope: Scope, node: ast.Call, tree: ast.FunctionDef
    ) -> list[ir.Statement]:
        """Bind the arguments of a call to the parameters of the inlined function."""
        given: dict[str, ast.expr] = dict(zip(parameters, node.args, strict=False))
        given |= {str(keyword.arg): keyword.value for keyword in node.keywords}
        unknown = [key for key in given if key not in parameters]
        defaults = dict(zip(reversed(parameters), reversed(tree.args.defaults), strict=False))
        missing = [parameter for parameter in parameters if parameter not in given and parameter not in defaults]
        if unknown or missing or len(node.args) > len(parameters):
            raise self.mistake("Q109", f"{name} takes the arguments ({', '.join(parameters)})", node)
        before: list[ir.Statement] = []
        for parameter in parameters:
            lowered = self.lower(given[parameter] if parameter in given else defaults[parameter])
            binding: Binding
            if isinstance(lowered, Static):
                lowered = self.constant(lowered.value) or lowered
            if isinstance(lowered, Static | Self | Method | ir.Const | ir.Local):
                binding = lowered
            else:
                binding = self.slot(lowered.type)
                kind = self.types[binding]
                assert kind is not None
                before.append(ir.Assign(binding, self.convert(lowered, kind, node, "overflow")))
                scope.assigned.add(parameter)
            scope.names[parameter] = binding
        return before


def _leaves(statements: list[ast.stmt]) -> bool:
    return bool(statements) and isinstance(statements[-1], ENDS)
