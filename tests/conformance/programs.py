"""Random models, as text: variables of random types, actions, helpers and properties over the whole language.

Every expression is written for a type. What is written is accepted by the compiler nearly always, and seldom fails at
run time: a number that goes into a range is clamped to it, except now and then.
"""

from hypothesis import strategies as st

from quorate.compiler.ops import OPERATORS
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set
from quorate.language.types import Bool, Enumeration, Int, Node, Option

# How each operator of the table is written; a row that is missing here fails `test_operators`.
INTEGER = {
    "add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "floordiv": "({} // {})", "mod": "({} % {})",
    "neg": "(-{})", "invert": "(~{})", "abs": "abs({})", "lshift": "({} << {})", "rshift": "({} >> {})",
    "bitand": "({} & {})", "bitor": "({} | {})", "bitxor": "({} ^ {})", "min2": "min({}, {})", "max2": "max({}, {})",
    "int": "int({})",
}  # fmt: skip
BOOLEAN = {"lt": "({} < {})", "le": "({} <= {})", "gt": "({} > {})", "ge": "({} >= {})", "not": "(not {})"}
WRITTEN = INTEGER | BOOLEAN
SET_OPERATORS = ("|", "&", "-", "^")
ORDER = ("<", "<=", ">", ">=", "==", "!=")


def named(kind, name):
    kind.name = name
    return kind


class Writer:
    """Writes one model; `random` is a `random.Random`."""

    def __init__(self, random):
        self.random, self.count, self.owner, self.pure = random, 0, "self", False
        self.server = named(Node(self.number(1, 3), prefix="s"), "Server")
        self.rank = named(Node(2, symmetric=False, prefix="r"), "Rank")
        self.colors = self.number(1, 4)
        self.color = Color(self.colors)
        self.wide = named(Int(0, 20), "Wide")
        self.small = named(self.integer(), "Small")
        self.scalars = [self.server, self.rank, self.color, Bool(), self.small]
        fields = {name: self.type(1) for name in ("a", "b", "c")[: self.number(1, 3)]}
        self.entry = named(Record(**fields), "Entry")
        self.keys = [named(self.key(), f"Key{n}") for n in range(2)]
        self.messages = [
            named(Message(src=self.server, dst=self.server, x=self.small), "Ask"),
            named(Message(**({"src": self.server, "dst": self.server} if self.chance(50) else {})), "Nil"),
        ]
        self.form = self.pick(["", "", "capacity", "bag", "bag", "fifo"])
        if self.form == "fifo":
            self.messages[1] = named(Message(src=self.server, dst=self.server), "Nil")
        self.env, self.helpers, self.procedures = [], [], []

    # -- drawing

    def number(self, low, high):
        return self.random.randint(low, high)

    def pick(self, choices):
        return choices[self.number(0, len(choices) - 1)]

    def chance(self, percent):
        return self.number(0, 99) < percent

    def fresh(self, stem):
        self.count += 1
        return f"{stem}{self.count}"

    # -- types

    def integer(self):
        low = self.pick([0, 0, 0, 1, -3, 5])
        return Int(low, low + self.pick([0, 1, 3, 3, 6, 20]))

    def key(self):
        """A type of few values, for keys and elements."""
        scalar = self.pick(self.scalars)
        if self.chance(50):
            return Option(scalar)
        return self.pick([Record(p=scalar, q=Bool()), Seq(self.server, 2), Set(self.server), Map(self.rank, scalar)])

    def type(self, depth):
        scalar = self.pick([*self.scalars, self.integer()])
        if depth == 0:
            return scalar
        inner = self.type(depth - 1)
        return self.pick(
            [
                scalar,
                Option(inner) if not isinstance(inner, Option) else inner,
                Map(self.pick([self.server, self.rank, self.color, Bool(), *getattr(self, "keys", [])]), inner),
                Set(self.pick([*self.scalars, *getattr(self, "keys", [])])),
                Seq(inner, self.number(0, 3)),
                getattr(self, "entry", scalar),
            ]
        )

    def variable(self):
        wide = [
            Map(self.wide, Int(0, 30)),
            Set(Int(0, 99)),
            Seq(Int(0, 1000), 9),
            Seq(Seq(Int(-5, 1000), 5), 3),
            Map(self.server, Seq(self.entry, 4)),
            Option(Seq(Int(0, 2**40), 3)),
            Set(Int(0, 2**33), capacity=3),
        ]
        odd = [Bag(self.pick([*self.scalars, self.entry]), self.number(1, 3)), Set(self.pick(self.scalars), capacity=2)]
        return self.pick([*[self.type(self.number(0, 2)) for _ in range(6)], self.pick(wide), self.pick(odd)])

    def text(self, kind):
        """A type as its declaration has it."""
        if kind.name:
            return kind.name
        match kind:
            case Bool():
                return "Bool()"
            case Int():
                return f"Int({kind.lo}, {kind.hi})"
            case Option():
                return f"Option({self.text(kind.of)})"
            case Map():
                return f"Map({self.text(kind.key_type)}, {self.text(kind.value_type)})"
            case Set():
                more = "" if kind.capacity is None else f", capacity={kind.capacity}"
                return f"Set({self.text(kind.element)}{more})"
            case Seq():
                return f"Seq({self.text(kind.element)}, {kind.max_len})"
            case Bag():
                return f"Bag({self.text(kind.element)}, {kind.capacity})"
            case Record():
                fields = ", ".join(f"{name}={self.text(field)}" for name, field in kind.fields.items())
                return f"{type(kind).__name__}({fields})"
        raise TypeError(kind)

    def zero(self, kind):
        """The declared initial value of a variable; of a map the value for every key."""
        match kind:
            case Bool():
                return "False"
            case Int():
                return str(self.number(kind.lo, kind.hi))
            case Color():
                return "Color.C0"
            case Option():
                return "None"
            case Map():
                return self.zero(kind.value_type)
            case Set():
                return "set()"
            case Seq() | Bag():
                return "()"
        return "..."

    # -- expressions: of a type

    def readable(self, kind):
        """Readings of values of a type from what is in scope."""
        found = [text for text, known in self.env if known == kind]
        for text, known in self.env:
            if isinstance(known, Map) and known.value_type == kind:
                found.append(f"{text}[{self.simple(known.key_type)}]")
            if isinstance(known, Record):
                found += [f"{text}.{name}" for name, field in known.fields.items() if field == kind]
        return found

    def simple(self, kind):
        """A name in scope, or a literal."""
        found = [text for text, known in self.env if known == kind]
        return self.pick(found) if found else self.literal(kind)

    def leaf(self, kind):
        found = self.readable(kind)
        if found and self.chance(80):
            return self.pick(found)
        return self.literal(kind)

    def literal(self, kind):
        match kind:
            case Bool():
                return self.pick(["True", "False"])
            case Int():
                return str(self.number(kind.lo, kind.hi))
            case Color():
                return f"{self.owner}.Color.C{self.number(0, kind.n - 1)}"
            case Node():
                return self.pick([text for text, known in self.env if known == kind])
            case Option():
                return "None" if self.chance(40) else self.literal(kind.of)
            case Record():
                fields = ", ".join(f"{name}={self.literal(field)}" for name, field in kind.fields.items())
                return f"{self.owner}.{kind.name}({fields})" if kind.name else self.leaf(kind)
            case Set():
                if kind.element.cardinality and self.chance(60):
                    return "{" + self.literal(kind.element) + "}" if self.hashable(kind.element) else "set()"
                return "set()"
            case Seq():
                items = [self.literal(kind.element) for _ in range(self.number(0, kind.max_len))]
                return f"[{', '.join(items)}]"
            case Map():
                key = self.domain_text(kind.key_type)
                name = self.fresh("k")
                return f"{{{name}: {self.literal(kind.value_type)} for {name} in {key}}}"
        raise TypeError(kind)

    def hashable(self, kind):
        """Whether native Python can put a literal of the type into a set."""
        if isinstance(kind, Option):
            return self.hashable(kind.of)
        return not isinstance(kind, Set | Seq | Map)

    def domain_text(self, kind):
        return f"{self.owner}.{self.domains[kind]}" if kind in self.domains else f"{self.owner}.{kind.name}"

    def value(self, kind, depth):
        """An expression of a type, in its range."""
        if depth <= 0 or self.chance(15):
            return self.leaf(kind)
        if self.chance(8):
            return f"({self.value(kind, depth - 1)} if {self.condition(depth - 1)} else {self.value(kind, depth - 1)})"
        fitting = [helper for helper in self.helpers if helper[2] == kind]
        if fitting and self.chance(30):
            name, parameters, _ = self.pick(fitting)
            return f"{self.owner}.{name}({', '.join(self.value(p, depth - 1) for p in parameters)})"
        match kind:
            case Bool():
                return self.truth(depth)
            case Int():
                return self.ranged(kind, self.integral(depth))
            case Option():
                return self.pick(["None", self.value(kind.of, depth - 1), self.leaf(kind)])
            case Record() if kind.name:
                fields = ", ".join(f"{n}={self.value(field, depth - 1)}" for n, field in kind.fields.items())
                return f"{self.owner}.{kind.name}({fields})"
            case Set():
                return self.set_of(kind, depth)
            case Seq():
                return self.sequence(kind, depth)
            case Map():
                name = self.fresh("k")
                domain = self.domain_text(kind.key_type)
                with_key = self.within_scope([(name, kind.key_type)], lambda: self.value(kind.value_type, depth - 1))
                return f"{{{name}: {with_key} for {name} in {domain}}}"
        return self.leaf(kind)

    def ranged(self, kind, number):
        if self.chance(6):
            return number
        if self.chance(50):
            return f"min(max({number}, {kind.lo}), {kind.hi})"
        return f"({kind.lo} + {number} % {kind.hi - kind.lo + 1})"

    def within_scope(self, names, write):
        before = list(self.env)
        self.env += names
        try:
            return write()
        finally:
            self.env = before

    def elements(self, depth):
        """Something to iterate over: its text and the type of its elements."""
        kind = self.pick([self.server, self.rank, self.color, self.small, *self.keys])
        choices = [(self.domain_text(kind), kind)]
        for text, kind in self.env:
            if isinstance(kind, Set | Seq | Bag):
                choices.append((text, kind.element))
            if isinstance(kind, Map):
                choices.append((f"{text}.values()", kind.value_type))
                choices.append((self.pick([text, f"{text}.keys()"]), kind.key_type))
        if self.network and self.chance(30):
            message = self.pick(self.messages)
            return f"{self.owner}.network.of({self.owner}.{message.name})", message
        if self.chance(25):
            low, high = self.number(-2, 3), self.integral(depth - 1)
            return f"range({low}, min({high}, {low + 4}))", Int(-3, 10)
        if self.chance(15):
            kind = self.pick(self.scalars)
            return f"({self.value(kind, depth - 1)}, {self.value(kind, depth - 1)})", kind
        return self.pick(choices)

    def comprehension(self, depth, write, brackets="{}"):
        source, kind = self.elements(depth)
        name = self.fresh("x")
        clauses = f"for {name} in {source}"
        scope = [(name, kind)]

        def rest():
            text = f" if {self.condition(depth - 1)}" if self.chance(40) else ""
            if self.chance(20):
                other, inner = self.elements(0)
                second = self.fresh("y")
                return self.within_scope([(second, inner)], lambda: (text + f" for {second} in {other}", write()))
            return text, write()

        more, element = self.within_scope(scope, rest)
        return brackets.format(f"{element} {clauses}{more}")

    def integral(self, depth):
        """Any number."""
        ints = [text for text, kind in self.env if isinstance(kind, Int)]
        if depth <= 0:
            found = [*ints, *self.readable(self.small), str(self.number(-3, 9))]
            return self.pick(found)
        if self.chance(45):
            name = self.pick(list(INTEGER))
            return self.operator(name, depth)
        choice = self.number(0, 7)
        if choice == 0:
            return f"len({self.collection(depth - 1)})"
        if choice == 1:
            return f"sum({self.comprehension(depth, lambda: self.integral(depth - 2), '{}')})"
        if choice == 2:
            function = self.pick(["min", "max"])
            inner = self.comprehension(depth, lambda: self.integral(depth - 2), "{}")
            default = f", default={self.integral(0)}" if self.chance(85) else ""
            return f"{function}(({inner}){default})"
        if choice == 3:
            sequences = [(text, kind) for text, kind in self.env if isinstance(kind, Seq | Bag)]
            if sequences:
                text, kind = self.pick(sequences)
                return f"{text}.count({self.value(kind.element, depth - 1)})"
        if choice == 4:
            options = [text for text, kind in self.env if isinstance(kind, Option) and isinstance(kind.of, Int)]
            if options:
                option = self.pick(options)
                return option if self.chance(15) else f"(0 if {option} is None else {option} + 1)"
        if choice == 5 and self.network:
            if self.form in ("bag", "fifo") and self.chance(50):
                message = self.pick(self.messages)
                return f"{self.owner}.network.count({self.value(message, depth - 1)})"
            return f"len({self.owner}.network)"
        if choice == 6:
            return f"sum(1 for {self.fresh('z')} in {self.elements(0)[0]})"
        return self.integral(depth - 1)

    def operator(self, name, depth):
        parts = []
        for position, operand in enumerate(OPERATORS[name].operands):
            if operand == "bool":
                parts.append(self.truth(depth - 1))
            elif name in ("lshift", "rshift") and position == 1 and self.chance(90):
                parts.append(f"({self.integral(depth - 1)} % {self.pick([4, 9])})")
            elif name in ("floordiv", "mod") and position == 1 and self.chance(80):
                parts.append(self.pick(["3", "-2", "1", "7"]))
            else:
                parts.append(self.integral(depth - 1))
        return WRITTEN[name].format(*parts)

    def collection(self, depth):
        held = [(text, kind) for text, kind in self.env if isinstance(kind, Set | Seq | Bag | Map)]
        if held and self.chance(70):
            return self.pick(held)[0]
        if self.chance(50):
            return self.value(Set(self.pick(self.scalars)), depth)
        return self.domain_text(self.server)

    def condition(self, depth):
        """A truth value, or now and then something that Python asks for its truth."""
        if self.chance(10):
            held = [text for text, kind in self.env if isinstance(kind, Set | Seq | Bag | Int)]
            if held:
                return self.pick(held)
        return self.truth(depth)

    def truth(self, depth):
        if depth <= 0:
            return self.leaf(Bool()) if self.chance(50) else f"({self.compared(0)} {self.integral(0)})"
        choice = self.number(0, 11)
        if choice == 0:
            return self.operator(self.pick(list(BOOLEAN)), depth)
        if choice == 1:
            return f"({self.compared(depth - 1)} {self.compared(depth - 1)} {self.integral(0)})"
        if choice == 2:
            joined = f" {self.pick(['and', 'or'])} "
            return "(" + joined.join(self.truth(depth - 1) for _ in range(self.number(2, 3))) + ")"
        if choice in (3, 4):
            quantifier = self.pick(["any", "all"])
            brackets = self.pick(["{}", "{}", "{}", "[{}]"])
            return f"{quantifier}({self.comprehension(depth, lambda: self.condition(depth - 2), brackets)})"
        if choice == 5:
            kind = self.pick([*self.scalars, self.entry, *self.keys])
            return f"({self.value(kind, depth - 1)} {self.pick(['==', '!='])} {self.value(kind, depth - 1)})"
        if choice == 6:
            held = [(text, kind) for text, kind in self.env if not isinstance(kind, Bag)]
            if held:
                text, kind = self.pick(held)
                return f"({text} {self.pick(['==', '!='])} {self.value(kind, depth - 1)})"
        if choice == 7:
            held = [text for text, kind in self.env if isinstance(kind, Option)]
            if held:
                return f"({self.pick(held)} {self.pick(['is', 'is not', '==', '!='])} None)"
        if choice == 8:
            return self.membership(depth)
        if choice == 9:
            sets = [kind for _, kind in self.env if isinstance(kind, Set)]
            if sets:
                kind = self.pick(sets)
                return f"({self.value(kind, depth - 1)} {self.pick(ORDER)} {self.value(kind, depth - 1)})"
        if choice == 10:
            one, other = self.value(self.rank, 0), self.value(self.rank, 0)
            return f"({one} {self.pick(ORDER)} {other})"
        if choice == 11 and self.network:
            message = self.pick(self.messages)
            return f"({self.value(message, depth - 1)} {self.pick(['in', 'not in'])} {self.owner}.network)"
        return self.truth(depth - 1)

    def compared(self, depth):
        return f"{self.integral(depth)} {self.pick(ORDER)}"

    def membership(self, depth):
        test = self.pick(["in", "not in"])
        held = [(text, kind) for text, kind in self.env if isinstance(kind, Set | Seq | Bag)]
        if held and self.chance(60):
            text, kind = self.pick(held)
            item = self.integral(depth - 1) if isinstance(kind.element, Int) and self.chance(40) else None
            return f"({item or self.value(kind.element, depth - 1)} {test} {text})"
        kind = self.pick(self.scalars)
        if self.chance(30) and not isinstance(kind, Bool):
            return f"({self.value(kind, depth - 1)} {test} {self.owner}.{kind.name})"
        items = ", ".join(self.value(kind, depth - 1) for _ in range(self.number(1, 3)))
        return f"({self.value(kind, depth - 1)} {test} ({items},))"

    def set_of(self, kind, depth):
        choice = self.number(0, 4)
        if choice == 0:
            return f"({self.value(kind, depth - 1)} {self.pick(SET_OPERATORS)} {self.value(kind, depth - 1)})"
        if choice == 1 and self.hashable(kind.element):
            items = [self.value(kind.element, depth - 1) for _ in range(self.number(1, 3))]
            return "{" + ", ".join(items) + "}"
        if choice == 2 and self.hashable(kind.element):
            return self.comprehension(depth, lambda: self.value(kind.element, depth - 1), "{{{}}}")
        if choice == 3 and kind.capacity is None and kind.element in self.scalars and kind.element.name:
            return f"set({self.domain_text(kind.element)})"
        held = [text for text, known in self.env if isinstance(known, Seq | Bag) and known.element == kind.element]
        if held and self.hashable(kind.element):
            return f"set({self.pick(held)})"
        return self.leaf(kind)

    def sequence(self, kind, depth):
        choice = self.number(0, 3)
        if choice == 0:
            first = self.pick(["", str(self.number(-4, 4)), self.integral(0)])
            last = self.pick(["", str(self.number(-4, 4)), self.integral(depth - 1)])
            return f"{self.leaf(kind)}[{first}:{last}]"
        if choice == 1:
            cut = "" if self.chance(10) else f"[:{kind.max_len}]"
            return f"({self.value(kind, depth - 1)} + {self.value(kind, depth - 1)}){cut}"
        if choice == 2:
            inner = self.comprehension(depth, lambda: self.value(kind.element, depth - 1), "[{}]")
            return f"{inner}[:{kind.max_len}]" if self.chance(90) else inner
        return self.literal(kind)

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


class Color(Enumeration):
    """The enum of a written model, of which only the size is known here."""

    def __init__(self, n):
        self.n, self.name = n, "Color"
        self.init, self.durable = None, False

    def key(self):
        return ("Color",)

    def __repr__(self):
        return "Color"

    @property
    def cardinality(self):
        return self.n


# A true random generator, so that a model is as varied as it can be; a failure prints the text of the model.
models = st.randoms(use_true_random=True).map(lambda random: Writer(random).model())
