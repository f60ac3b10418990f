"""Random types and expressions of models, as text.

Every expression is written for a type. What is written is accepted by the compiler nearly always, and seldom fails at
run time: a number that goes into a range is clamped to it, except now and then.
"""

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


class Phrases:
    """Writes types and expressions; `random` is a `random.Random`."""

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
