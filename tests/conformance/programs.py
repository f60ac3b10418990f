"""Random models, as text: variables of random types, actions, helpers and properties over the whole language."""

from hypothesis import strategies as st
from phrases import WRITTEN, Phrases

from quorate.language.compound import Bag, Map, Message, Record, Seq, Set
from quorate.language.types import Bool, Int


class Writer(Phrases):
    """Writes one model."""

    # -- statements

    def block(self, depth, indent, *, loop=False, returns=None):
        lines, before = [], list(self.env)
        for _ in range(self.number(1, 3)):
            lines += self.statement(depth, indent, loop, returns)
        self.env = before
        return lines

    def statement(self, depth, indent, loop, returns):
        pad = " " * indent
        choice = self.number(0, 15)
        if choice <= 1 and depth > 0:
            lines = [f"{pad}if {self.condition(2)}:", *self.block(depth - 1, indent + 4, loop=loop, returns=returns)]
            if self.chance(30):
                lines.append(f"{pad}elif {self.condition(2)}:")
                lines += self.block(depth - 1, indent + 4, loop=loop, returns=returns)
            if self.chance(50):
                lines += [f"{pad}else:", *self.block(depth - 1, indent + 4, loop=loop, returns=returns)]
            return lines
        if choice <= 3 and depth > 0:
            source, kind = self.elements(1)
            name = self.fresh("e")
            body = self.within_scope(
                [(name, kind)], lambda: self.block(depth - 1, indent + 4, loop=True, returns=returns)
            )
            return [f"{pad}for {name} in {source}:", *body]
        if choice == 4 and loop:
            return [f"{pad}if {self.condition(1)}:", f"{pad}    {self.pick(['break', 'continue'])}"]
        if choice == 5 and returns is not None and depth > 0:
            result = "" if returns == "nothing" else f" {self.value(returns, 2)}"
            return [f"{pad}if {self.condition(2)}:", f"{pad}    return{result}"]
        if choice <= 7:
            held = [kind for _, kind in self.env if not isinstance(kind, Bag | Message)]
            kind = self.pick([*self.scalars, self.entry, *held])
            text = self.value(kind, 2)
            name = self.fresh("l")
            self.env.append((name, kind))
            return [f"{pad}{name} = {text}"]
        if choice == 8:
            locals_ = [(text, kind) for text, kind in self.env if text[0] == "l" and "." not in text]
            if locals_:
                name, kind = self.pick(locals_)
                if isinstance(kind, Int) and self.chance(40):
                    return [f"{pad}{name} {self.pick(['+', '-', '*'])}= {self.integral(0)}"]
                return [f"{pad}{name} = {self.value(kind, 2)}"]
        if choice == 9 and self.chance(20):
            return [f"{pad}assert {self.condition(2)} or {self.condition(1)}"]
        if self.pure:
            return [f"{pad}pass"]
        if choice == 10:
            return [f"{pad}{self.pick(['require', 'within'])}({self.condition(2)} or {self.condition(2)})"]
        if choice == 11 and self.network:
            message = self.pick(self.messages)
            verb = "discard" if self.form != "fifo" and self.chance(20) else "send"
            guard = f"if len(self.network) < 2:\n{pad}    " if self.chance(85) else ""
            return [f"{pad}{guard}self.network.{verb}({self.value(message, 2)})"]
        if choice == 12 and self.procedures:
            name, parameters = self.pick(self.procedures)
            return [f"{pad}self.{name}({', '.join(self.value(p, 1) for p in parameters)})"]
        return self.update(pad)

    def update(self, pad):
        """A change of the state."""
        place, kind = self.place()
        if isinstance(kind, Set) and self.chance(60):
            verb = self.pick(["add", "discard", "|=", "-=", "&=", "clear", "discard"])
            if verb.endswith("="):
                return [f"{pad}{place} {verb} {self.value(kind, 1)}"]
            item = "" if verb == "clear" else self.value(kind.element, 2)
            if verb == "discard" and isinstance(kind.element, Int) and self.chance(30):
                item = self.integral(1)
            guard = f"if len({place}) < {kind.capacity}:\n{pad}    " if kind.capacity and self.chance(80) else ""
            return [f"{pad}{guard}{place}.{verb}({item})"]
        if isinstance(kind, Bag):
            verb = self.pick(["add", "add", "discard", "clear"])
            guard = f"if len({place}) < {kind.capacity}:\n{pad}    " if self.chance(80) else ""
            return [f"{pad}{guard}{place}.{verb}({'' if verb == 'clear' else self.value(kind.element, 2)})"]
        if isinstance(kind, Seq) and self.chance(60):
            verb = self.pick(["append", "append", "pop", "extend", "clear", "set"])
            if verb == "clear":
                return [f"{pad}{place}.clear()"]
            if verb in ("pop", "set"):
                index = self.pick(["-1", "0", "" if verb == "pop" else "0", self.integral(0)])
                guard = f"if len({place}):\n{pad}    " if self.chance(85) else ""
                action = f".pop({index})" if verb == "pop" else f"[{index}] = {self.value(kind.element, 1)}"
                return [f"{pad}{guard}{place}{action}"]
            guard = f"if len({place}) < {kind.max_len}:\n{pad}    " if self.chance(85) else ""
            item = self.value(kind.element, 2) if verb == "append" else self.value(kind, 1) + "[:1]"
            return [f"{pad}{guard}{place}.{verb}({item})"]
        if isinstance(kind, Int) and self.chance(40):
            other = self.integral(1)
            if self.chance(85):
                return [f"{pad}if {kind.lo} <= {place} + {other} <= {kind.hi}:", f"{pad}    {place} += {other}"]
            return [f"{pad}{place} {self.pick(['+', '-'])}= {other}"]
        return [f"{pad}{place} = {self.value(kind, 2)}"]

    def place(self):
        """A place in the state."""
        name, kind = self.pick(self.variables)
        text = f"self.{name}"
        for _ in range(2):
            if isinstance(kind, Map) and self.chance(75):
                text, kind = f"{text}[{self.value(kind.key_type, 1)}]", kind.value_type
            elif isinstance(kind, Record) and self.chance(75):
                name = self.pick(list(kind.fields))
                text, kind = f"{text}.{name}", kind.fields[name]
        return text, kind

    # -- the model

    def signature(self, arguments):
        return "".join(f", {name}" for name, _ in arguments)

    def function(self, header, arguments, returns=None, *, statements=4):
        lines = [header]
        before = list(self.env)
        self.env += arguments
        for _ in range(self.number(1, statements)):
            lines += self.statement(2, 8, False, returns)
        if returns not in (None, "nothing"):
            lines.append(f"        return {self.value(returns, 2)}")
        self.env = before
        return lines

    def model(self):
        self.domains, self.network = {}, False
        declarations = [
            "class M(Model):",
            "    class Color(Enum):",
            *(f"        C{n} = {n}" for n in range(self.colors)),
            f"    Server = Node({self.server.n})",
            f"    Rank = Node({self.rank.n}, symmetric=False)",
            f"    Small = {self.bare(self.small)}",
            "    Truth = Bool()",
            "    Wide = Int(0, 20)",
        ]
        self.domains[Bool()] = "Truth"
        declarations += [f"    {key.name} = {self.bare(key)}" for key in self.keys]
        declarations.append(f"    Entry = {self.bare(self.entry)}")
        declarations += [f"    {message.name} = {self.bare(message)}" for message in self.messages]
        self.network = self.chance(60)
        self.variables = [(f"v{n}", self.variable()) for n in range(self.number(1, 4))]
        self.variables = [(n, k) for n, k in self.variables if self.zero(k) != "..."] or [("v0", self.small)]
        declarations += [
            f"    {name} = {'Var(' + self.text(kind) + ', ' if kind.name else self.text(kind)[:-1] + self.comma(kind)}"
            f"init={self.zero(kind)})"
            for name, kind in self.variables
        ]
        if self.network:
            declarations.append(f"    network = Network(Ask, Nil{self.network_options()})")
        body = self.helpers_text() + self.actions_text() + self.properties_text()
        return "\n".join(declarations + body) + "\n"

    def comma(self, kind):
        return "" if isinstance(kind, Bool) else ", "

    def bare(self, kind):
        name, kind.name = kind.name, None
        try:
            return self.text(kind)
        finally:
            kind.name = name

    def network_options(self):
        loss = ", loss=True" if self.chance(30) else ""
        return {
            "": "",
            "capacity": ", capacity=3",
            "bag": f", duplicates=False, capacity=3{loss}",
            "fifo": f', order="fifo", capacity=2{loss}',
        }[self.form]

    def state(self):
        return [(f"{self.owner}.{name}", kind) for name, kind in self.variables]

    def helpers_text(self):
        lines = []
        self.pure = True
        for _ in range(self.number(0, 2)):
            kinds = [*self.scalars, self.entry, *(kind for _, kind in self.variables if not isinstance(kind, Bag))]
            name, result = self.fresh("helper"), self.pick(kinds)
            arguments = [(self.fresh("p"), self.pick(kinds)) for _ in range(self.number(0, 2))]
            self.env = [*self.state(), *self.anchors()]
            header = f"    def {name}(self, i, r{self.signature(arguments)}):"
            lines += self.function(header, arguments, result, statements=3)
            self.helpers.append((name, [self.server, self.rank, *(kind for _, kind in arguments)], result))
        self.pure = False
        for _ in range(self.number(0, 1)):
            name = self.fresh("procedure")
            arguments = [(self.fresh("p"), self.pick(self.scalars)) for _ in range(self.number(0, 2))]
            self.env = [*self.state(), *self.anchors()]
            header = f"    def {name}(self, i, r{self.signature(arguments)}):"
            lines += self.function(header, arguments, "nothing", statements=3)
            self.procedures.append((name, [self.server, self.rank, *(kind for _, kind in arguments)]))
        return lines

    def anchors(self):
        """A node of each type is always in scope: there are no literals of them."""
        return [("i", self.server), ("r", self.rank)]

    def actions_text(self):
        lines = []
        for position in range(self.number(1, 3)):
            name = self.fresh("act")
            extra = [(self.fresh("a"), self.pick([*self.scalars, *self.keys])) for _ in range(self.number(0, 1))]
            arguments = [*self.anchors(), *extra]
            if self.network and position and self.chance(60):
                message = self.pick(self.messages)
                decorator = f"    @receive({message.name}, {self.declared(arguments)})"
                header = f"    def {name}(self, m{self.signature(arguments)}):"
                arguments = [("m", message), *arguments]
            else:
                decorator = f"    @action({self.declared(arguments)})"
                header = f"    def {name}(self{self.signature(arguments)}):"
            self.env = self.state()
            lines += [decorator, *self.function(header, arguments, "nothing")]
        return lines

    def declared(self, arguments):
        return ", ".join(f"{name}={self.text(kind)}" for name, kind in arguments)

    def properties_text(self):
        lines = []
        self.owner, self.pure = "n", True
        kinds = ["invariant", "invariant", "reachable", "step_invariant", "constraint", "invariant"]
        for kind in kinds[: self.number(1, 6)]:
            name = self.fresh(kind)
            states = "o, n" if kind == "step_invariant" else "n"
            self.env = self.state()
            if kind == "step_invariant":
                self.env += [(f"o.{variable}", known) for variable, known in self.variables]
            self.env += [("i", self.server), ("r", self.rank)]
            test = f"{self.pick(['all', 'any'])}({self.condition(3)} for i in n.Server for r in n.Rank)"
            if kind == "constraint":
                test = f"len(n.Server) > 0 and ({test} or True)" if self.chance(70) else test
            lines += [f"    @{kind}", f"    def {name}({states}):", f"        return {test}"]
        return lines


# A true random generator, so that a model is as varied as it can be; a failure prints the text of the model.
models = st.randoms(use_true_random=True).map(lambda random: Writer(random).model())

__all__ = ["WRITTEN", "Writer", "models"]
