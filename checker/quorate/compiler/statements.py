"""Lowering of statements, and inlining of helpers."""

from __future__ import annotations

import ast
from typing import Any

from quorate.compiler import ir
from quorate.compiler.calls import Calls
from quorate.compiler.coerce import WIDE, in_words
from quorate.compiler.mistakes import Consequence, Mistake
from quorate.compiler.scope import Binding, Method, Scope, Self, Static
from quorate.compiler.source import Function
from quorate.errors import nearest
from quorate.language.actions import Action, require, within
from quorate.language.compound import Bag, Map, Record, Seq, Set
from quorate.language.network import Network
from quorate.language.properties import Property
from quorate.language.types import Option, Type

REFUSED = {
    ast.While: ("while", "use `for` over something finite", "Q102"),
    ast.Try: ("try", "test the condition beforehand, with `if` or `require`", "Q103"),
    ast.With: ("with", "a step is one atomic block", "Q101"),
    ast.Import: ("import", "import at the top of the file", "Q112"),
    ast.ImportFrom: ("import", "import at the top of the file", "Q112"),
    ast.Raise: ("raise", "use `require` to disable the step, `assert` to state what must hold", "Q103"),
    ast.Delete: ("del", "assign the shorter sequence, or use .discard", "Q101"),
    ast.Global: ("global", "all state is in the variables of the model", "Q101"),
    ast.Nonlocal: ("nonlocal", "all state is in the variables of the model", "Q101"),
    ast.FunctionDef: ("a function inside a method", "make it a method of the model", "Q104"),
    ast.ClassDef: ("a class inside a method", "make it an Enum or Record of the model", "Q101"),
    ast.Match: ("match", "use if / elif", "Q101"),
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
                self.note(mistake)
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
                    raise self.refuse(node, "a chain of assignments", "write one assignment for each", "Q107")
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
                raise self.refuse(node, "an expression without effect", "assign it, or remove it", "Q108")
        unknown = (f"this statement ({type(node).__name__})", "see docs/language.md", "Q101")
        what, hint, code = REFUSED.get(type(node), unknown)
        raise self.refuse(node, what, hint, code)

    # -- assignment

    def assign(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> list[ir.Statement]:
        if isinstance(target, ast.Name):
            return self.assign_local(target, value)
        if isinstance(target, ast.Tuple | ast.List | ast.Starred):
            raise self.refuse(target, "unpacking", "assign one name at a time", "Q107")
        place = self.target(target)
        return [ir.Store(place, self.converted(value, place.type))]

    def assign_local(self, target: ast.Name, value: ast.expr) -> list[ir.Statement]:
        binding = self.scope.names.get(target.id)
        if isinstance(binding, Static | Self | Method):
            raise self.mistake("Q506", f"{target.id} cannot be assigned", target, "use another name")
        live = isinstance(binding, int) and target.id in self.scope.assigned
        lowered = self.value(value, self.types[binding] if live else None)  # type: ignore[index]
        # a name that has no value on this path may take one of another type
        return [self.set_name(target.id, binding if live else self.named_slot(), lowered, value)]  # type: ignore[arg-type]

    def set_name(self, name: str, slot: int, value: ir.Expr, node: ast.AST) -> ir.Statement:
        """Give a name, which stands for that local from here on, a value."""
        kind = self.grow(slot, value.type, node)
        if self.unordered(value):
            self.unordered_slots.add(slot)
        self.scope.names[name] = slot
        self.scope.assigned.add(name)
        return ir.Assign(slot, self.convert(value, kind, node, "overflow"))

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
                    node, "changing a local collection in place", f"write {node.target.id} = {node.target.id} op ...",
                    "Q503",
                )  # fmt: skip
        return self.assign(node.target, combined, node)

    def target(self, node: ast.expr) -> ir.Target:
        """A place in the state that may be written."""
        if self.pure:
            raise self.mistake(
                "Q504", "the state cannot be changed here", node, "properties and helpers used as values only read"
            )
        match node:
            case ast.Attribute(ast.Name() as name, attribute) if isinstance(self.scope.names.get(name.id), Self):
                if attribute not in self.model.variables:
                    self.lower(node)  # names the mistake if there is no such thing at all
                    raise self.not_a_variable(attribute, node)
                index = self.shared.variables.index(attribute)
                value = self.as_value(self.lower(node), node)
                return ir.Target(value.type, index, ())
            case ast.Attribute(owner, attribute):
                below = self.target(owner)
                if not isinstance(below.type, Record):
                    cure = "store the record as a whole" if isinstance(below.type, Option) else None
                    raise self.mistake("Q204", f"{below.type.describe()} has no field {attribute}", node, cure)
                if attribute not in below.type.fields:
                    near = nearest(attribute, below.type.fields)
                    raise self.mistake("Q204", f"{below.type.describe()} has no field {attribute}", node, near)
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
                        raise self.mistake("Q308", f"{in_words(below.type)} has no elements in brackets", node)
                return ir.Target(kind, below.variable, (*below.path, step))
        hint = "values are snapshots; write to self.variable[...]"
        raise self.mistake("Q503", "only places in the state can be changed", node, hint)

    def not_a_variable(self, name: str, node: ast.AST) -> Mistake:
        """Why an attribute of the model that is no state variable cannot be written."""
        if name in self.model.parameters():
            cure = "a value that changes is a state variable: declare it as Int(lo, hi, init=...)"
            return self.mistake("Q501", f"{name} is a parameter, which never changes", node, cure)
        if name in self.model.types:
            what = f"{name} names a type, and has no value that could change"
            return self.mistake("Q502", what, node, f"give it init=... to make {name} a state variable")
        what = f"{name} is not a state variable"
        return self.mistake("Q502", what, node, "declare it with a type and init=... to make it one")

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
        if isinstance(callee, Static) and callable(callee.value):
            self.call(node, None)  # names the mistake if the function cannot be called at all
        raise self.refuse(node, "an expression without effect", "assign it, or remove it", "Q108")

    def guard(self, kind: str, node: ast.Call) -> list[ir.Statement]:
        if len(node.args) != 1 or node.keywords:
            raise self.mistake("Q210", f"{kind} takes one condition", node)
        if self.pure:
            raise self.mistake("Q504", f"{kind} belongs into an action", node)
        return [ir.Guard(kind, self.condition(node.args[0]), self.site(kind, node.args[0]))]

    def update(self, node: ast.Call, function: ast.Attribute) -> list[ir.Statement]:
        """A method that changes a collection of the state."""
        arguments = self.positional(node)
        name = function.attr
        whole = self.as_value(self.lower(function.value), function.value)
        network = self.network_of(whole)
        if network is not None:
            return self.network_update(name, network, node, function.value)
        place = self.target(function.value)
        if name not in UPDATES or not isinstance(place.type, UPDATES[name]):
            return [self._not_an_update(name, place.type, node)]
        kind: Any = place.type
        wanted = {"add": 1, "discard": 1, "append": 1, "extend": 1, "clear": 0}.get(name)
        if len(arguments) != wanted and not (name == "pop" and len(arguments) <= 1):
            raise self.mistake("Q210", f"{name} takes {wanted} argument{'s' * (wanted != 1)}", node)
        if name == "extend":
            more = self.value(arguments[0], kind)
            if not isinstance(more.type, Seq):
                raise self.mistake("Q301", f"this is {self.words(more)}, not a sequence", arguments[0])
            return [ir.Store(place, self.convert(self.concatenated(whole, more, node), kind, node))]
        if name == "pop":
            position = self.value(arguments[0]) if arguments else ir.Const(WIDE, -1)
            return [ir.Update(place, "pop", (self.convert(position, WIDE, node),), self.site("index", node))]
        if name == "discard":
            return self.discard(place, whole, self.value(arguments[0], kind.element), node)
        parts = tuple(self.converted(argument, kind.element) for argument in arguments)
        return [ir.Update(place, name, parts, self.site("capacity", node))]

    def _not_an_update(self, name: str, kind: Type, node: ast.Call) -> ir.Statement:
        known = [update for update, kinds in UPDATES.items() if isinstance(kind, kinds)]
        near = "did you mean discard?" if name == "remove" and "discard" in known else nearest(name, known)
        hint = near or (f"it has {', '.join(known)}" if known else "assign it a value")
        raise self.mistake("Q212", f"{in_words(kind)} has no method {name}", node, hint)

    def discard(self, place: ir.Target, whole: ir.Expr, item: ir.Expr, node: ast.Call) -> list[ir.Statement]:
        """Take an element out; one that the collection can never hold is not in it."""
        element = self.element_type(whole.type, node)
        before: list[ir.Assign] = []
        if not self.always_fits(item.type, element):
            item = self.held(item, before)
        update = ir.Update(place, "discard", (self.convert(item, element, node),), self.site("capacity", node))
        if self.always_fits(item.type, element):
            return [update]
        return [*before, ir.Branch(self.contains(whole, item, node), (update,), ())]

    def network_update(self, name: str, kind: Network, node: ast.Call, network: ast.expr) -> list[ir.Statement]:
        if name not in ("send", "discard"):
            raise self.mistake("Q212", f"a network has no method {name}", node, "it has send and discard")
        place = self.target(network)
        if len(node.args) != 1 or node.keywords:
            raise self.mistake("Q210", f"{name} takes one message", node)
        if kind.form == "fifo":
            return self.queue_send(name, place, kind, node)
        if name == "discard":
            contents = self.as_value(self.lower(network), network)
            return self.discard(place, contents, self.value(node.args[0], kind.union), node)
        message = self.converted(node.args[0], kind.union)
        return [ir.Update(place, "add", (message,), self.site("capacity", node))]

    def queue_send(self, name: str, place: ir.Target, kind: Any, node: ast.Call) -> list[ir.Statement]:
        if name != "send":
            raise self.mistake("Q212", "a message is taken out of a queue only by receiving it", node)
        bare = self.value(node.args[0])
        if not isinstance(bare.type, Record):
            raise self.mistake("Q301", "a message made here is wanted", node.args[0])
        slot = self.slot(bare.type)
        message = ir.Local(bare.type, slot)
        link_type = kind.contents.key_type
        ends = tuple(ir.Field(bare.type.fields[end], message, end) for end in ("src", "dst"))
        link = (ir.Make(link_type, ends), self.site("key", node))
        queue = ir.Target(kind.contents.value_type, place.variable, (link,))
        wrapped = self.convert(message, kind.union, node)
        return [ir.Assign(slot, bare), ir.Update(queue, "append", (wrapped,), self.site("capacity", node))]

    # -- control flow

    def branch(self, node: ast.If) -> list[ir.Statement]:
        condition = self.condition(node.test)
        if isinstance(condition, ir.Const):
            return list(self.body(node.body if condition.value else node.orelse))
        assigned, names = set(self.scope.assigned), dict(self.scope.names)
        then = self.body(node.body)
        first = (self.scope.assigned, self.scope.names)
        self.scope.assigned, self.scope.names = assigned, names
        otherwise = self.body(node.orelse)
        # a branch that always leaves says nothing about what has a value afterwards
        if _leaves(node.orelse):
            self.scope.assigned, self.scope.names = first
        elif not _leaves(node.body):
            merged = self.merged(first, node)
            then, otherwise = (*then, *merged[0]), (*otherwise, *merged[1])
        return [ir.Branch(condition, then, otherwise, self.site("branch", node.test))]

    def merged(self, first: tuple[set[str], dict[str, Binding]], node: ast.If) -> tuple[Body, Body]:
        """Behind a branch: what has a value on both ways has one, in one local, to which each way copies its own."""
        names = self.scope.names
        then: list[ir.Statement] = []
        otherwise: list[ir.Statement] = []
        self.scope.assigned &= first[0]
        for name in sorted(self.scope.assigned):
            one, other = first[1][name], names[name]
            if one != other:
                assert isinstance(one, int)
                assert isinstance(other, int)
                slot = self.named_slot()
                for copies, own in ((then, one), (otherwise, other)):
                    copies.append(self.set_name(name, slot, self.local(own, node), node))
                # the type that both make together is known in the next pass; this one is then not the last
        return tuple(then), tuple(otherwise)

    def loop(self, node: ast.For) -> list[ir.Statement]:
        if node.orelse:
            raise self.refuse(node.orelse[0], "else after for", "set a local inside the loop")
        if isinstance(node.iter, ast.Set | ast.SetComp):
            cure = "Python leaves its order open; use a tuple"
            raise self.refuse(node.iter, "a loop over a set display", cure, "Q111")
        assigned, names = set(self.scope.assigned), dict(self.scope.names)
        before: list[ir.Assign] = []
        slot, domain, lets = self.bind(node.target, node.iter, before)
        self.ordered(domain, node.iter)
        again = self.rebound(node.target, assigned, names)
        outer, inner = self.label(), self.label()
        self.scope.breaks.append(outer)
        self.scope.continues.append(inner)
        body = self.body(node.body)
        self.scope.breaks.pop()
        self.scope.continues.pop()
        self.scope.assigned, self.scope.names = assigned, names
        return [*before, ir.Block(outer, (ir.For(slot, domain, (*lets, *again, *body), inner),))]

    def rebound(self, target: ast.expr, assigned: set[str], names: dict[str, Binding]) -> Body:
        """A loop over a name that has a value already changes that value: what each turn begins with."""
        copies = []
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and part.id in assigned:
                old, new = names[part.id], self.scope.names[part.id]
                assert isinstance(old, int)
                assert isinstance(new, int)
                copies.append(self.set_name(part.id, old, self.local(new, target), target))
        return tuple(copies)

    def leave_function(self, node: ast.Return) -> list[ir.Statement]:
        leave = ir.Leave(self.scope.return_label)
        if self.scope.result is None:
            return [leave]
        result = self.scope.result
        value = self.value(node.value or ast.copy_location(ast.Constant(None), node), self.types[result])
        kind = self.grow(result, value.type, node)
        if self.unordered(value):
            self.unordered_slots.add(result)
        return [ir.Assign(result, self.convert(value, kind, node, "overflow")), leave]

    def function_body(self, function: Function) -> ir.Block:
        """The body of a function that begins here, with its result in `scope.result` if it returns anything."""
        scope, tree = self.scope, function.tree
        scope.return_label = self.label()
        returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
        if any(value is not None and not _is_none(value) for value in returned):
            scope.result = self.named_slot()
        body = [*self.own_parameters(tree), *self.body(tree.body)]
        if scope.result is not None and not _returns(tree.body):
            body += self.leave_function(ast.copy_location(ast.Return(None), tree.body[-1]))
        return ir.Block(scope.return_label, tuple(body))

    def own_parameters(self, tree: ast.FunctionDef) -> list[ir.Statement]:
        """Parameters that the body assigns to become locals of their own."""
        stored = self.scope.function.stored()
        found: list[ir.Statement] = []
        for name, binding in list(self.scope.names.items()):
            if name in stored and isinstance(binding, ir.Local | ir.Const | int):
                value = self.local(binding, tree) if isinstance(binding, int) else binding
                found.append(self.set_name(name, self.named_slot(), value, tree))
        return found

    # -- functions

    def inline(self, method: Method, node: ast.Call) -> tuple[Body, ir.Expr | None]:
        function = self.shared.sources.function(method.function)
        if any(method.function is outer for outer in self.stack):
            raise self.mistake("Q110", f"{function.name} calls itself", node, "use a loop over something finite")
        parameters = list(function.parameters)
        scope = Scope(function, owner_class=self.class_of(method.function))
        if method.owner is not None:
            if not parameters:
                raise self.mistake("Q210", f"{function.name} has no parameter for self", node)
            scope.names[parameters.pop(0)] = method.owner
        before = self.arguments(function.name, parameters, scope, node, function.tree)
        single = function.tree.body[-1]
        body = [s for s in function.tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        caller, self.scope = self.scope, scope
        self.stack.append(method.function)
        try:
            if len(body) == 1 and isinstance(single, ast.Return) and single.value is not None:
                return tuple(before), self.value(single.value)
            statements = self.function_body(function)
        finally:
            self.stack.pop()
            self.scope = caller
        result = None
        if scope.result is not None:
            kind = self.types[scope.result]
            if kind is None:
                what = f"{function.name} has no value because of a mistake in it"
                raise Consequence("Q202", what, self.span(node))
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
            raise self.mistake("Q210", f"{name} takes the arguments ({', '.join(parameters)})", node)
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
                if self.unordered(lowered):
                    self.unordered_slots.add(binding)
                before.append(ir.Assign(binding, lowered))
                scope.assigned.add(parameter)
            scope.names[parameter] = binding
        return before


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _returns(statements: list[ast.stmt]) -> bool:
    """Whether every way through statements ends in a `return`."""
    last = statements[-1] if statements else None
    if isinstance(last, ast.If):
        return _returns(last.body) and _returns(last.orelse)
    return isinstance(last, ast.Return)


def _leaves(statements: list[ast.stmt]) -> bool:
    return bool(statements) and isinstance(statements[-1], ENDS)
