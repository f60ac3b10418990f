"""Mistakes in files, declarations, actions and properties; and the warnings."""

from __future__ import annotations

from quorate.compiler.catalogue.entry import Entry

DECLARATIONS = (
    Entry(
        "Q001",
        "the file is not Python",
        "Python cannot read the file.",
        "Put the marked place right.",
        """\
class Counter(Model)
#                   ^
    n = Int(0, 2, init=0)
""",
    ),
    Entry(
        "Q002",
        "the file fails while Python runs it",
        "An exception ended the file before the model was complete.",
        "Put the marked line right; the message is Python's.",
        """\
class Counter(Model):
    n = Int(0, 4 // 0, init=0)
    #          ^^^^^^
""",
    ),
    Entry(
        "Q003",
        "not a type of state",
        "What is in a variable, field or collection is declared with a type that says all its values.",
        "Use Bool, Int, Node, an Enum class, Option, Record, Map, Set, Seq or Bag.",
        """\
class Lock(Model):
    Client = Node(2)
    waiting = Map(Client, list, init=())
    #         ^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q004",
        "an integer without bounds",
        "All states are explored, so an integer has a least and a greatest value.",
        "Write Int(lo, hi). A value that leaves the range is found and shown with a trace.",
        """\
class Counter(Model):
    n = Int(init=0)
    #   ^^^^^^^^^^^
""",
    ),
    Entry(
        "Q005",
        "a string or fraction in the state",
        "State is made of booleans, bounded integers, Enum members and nodes.",
        "Make strings the members of an Enum; scale fractions to integers.",
        """\
class Door(Model):
    Name = Record(text=str)
    #      ^^^^^^^^^^^^^^^^
    open = Bool(init=False)
""",
    ),
    Entry(
        "Q006",
        "init= does not fit the type",
        "The initial value is not one of the values of the type.",
        "Change the initial value or the type.",
        """\
class Counter(Model):
    n = Int(1, 3, init=0)
    #                  ^

    @action()
    def step(self):
        require(self.n < 3)
        self.n += 1
""",
    ),
    Entry(
        "Q007",
        "a reserved name",
        "Every model has an attribute of this name already.",
        "Choose another name.",
        """\
class Counter(Model):
    types = Int(0, 2, init=0)
    #       ^^^^^^^^^^^^^^^^^
    n = Int(0, 2, init=0)
""",
    ),
    Entry(
        "Q008",
        "properties lists what is no property",
        "The list holds functions under @invariant, @eventually and the like.",
        "Decorate the function, or take it out of the list.",
        """\
def small(m):
    return m.n < 2


class Counter(Model):
    n = Int(0, 2, init=0)
    properties = [small]
    #            ^^^^^^^
""",
    ),
    Entry(
        "Q009",
        "a network that cannot be",
        "A network names its messages; a bag and a queue have a capacity.",
        "Write Network(Vote); with capacity=4 also Network(Vote, duplicates=False) or Network(Vote, order='fifo').",
        """\
class Election(Model):
    Server = Node(3)
    Vote = Message(src=Server, dst=Server)
    network = Network(Vote, order="fifo")
    #         ^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q010",
        "@receive without a message",
        "A @receive says which message it is about.",
        "Write @receive(Vote).",
        """\
class Election(Model):
    Server = Node(3)
    Vote = Message(src=Server, dst=Server)
    network = Network(Vote)

    @receive(Server)
    #^^^^^^^^^^^^^^^
    def on_vote(self, m):
        pass
""",
    ),
    Entry(
        "Q011",
        "a decorator without brackets",
        "@action and @init take the types of the arguments, by name, or none.",
        "Write @action() or @action(i=Server).",
        """\
class Counter(Model):
    n = Int(0, 2, init=0)

    @action
    #^^^^^^
    def step(self):
        self.n += 1
""",
    ),
    Entry(
        "Q012",
        "a parameter that is no constant",
        "A parameter is an int, a bool or a member of an Enum.",
        "Give it such a default, and whole numbers as its minimum and maximum.",
        """\
class Counter(Model):
    mode = Param("fast")
    #      ^^^^^^^^^^^^^
    n = Int(0, 2, init=0)
""",
    ),
    Entry(
        "Q013",
        "a model without state",
        "A model has at least one state variable.",
        "Give a declaration init=: that makes it a variable. Without it names a type.",
        """\
class Counter(Model):
    # ^^^^^^^
    n = Int(0, 2)
""",
    ),
    Entry(
        "Q014",
        "a parameter without a name",
        "A parameter is set by its name, so it has one.",
        "Assign it to a name in the class body, and use that.",
        """\
class Counter(Model):
    n = Int(0, Param(2), init=0)
    #   ^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q015",
        "a declaration with the wrong arguments",
        "The declaration lacks something, or takes no such argument.",
        "Write it as in the table of types in docs/language.md.",
        """\
class Stack(Model):
    items = Seq(Bool(), init=())
    #       ^^^^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q016",
        "a type that is impossible",
        "The type is empty, or larger than a state can hold.",
        "Change its bounds; docs/language.md has the limits.",
        """\
class Counter(Model):
    n = Int(5, 2, init=2)
    #   ^^^^^^^^^^^^^^^^^

    @action()
    def count(self):
        self.n += 1
""",
    ),
    Entry(
        "Q601",
        "an action argument without a type",
        "An action is tried with every value of its arguments, so each has a type.",
        "Name its type in the decorator.",
        """\
@action(i=Server)
def vote(self, i, j):
#                 ^
    self.votes[i].add(j)
""",
    ),
    Entry(
        "Q602",
        "a type without an argument",
        "The decorator declares an argument that the method does not take.",
        "Add the argument to the method, or take it out of the decorator.",
        """\
@action(i=Server, j=Server)
#                 ^^^^^^^^
def lead(self, i):
    self.role[i] = Role.LEADER
""",
    ),
    Entry(
        "Q603",
        "a message that no network carries",
        "The message can be received from no network.",
        "List it among the messages of a Network.",
        """\
class Election(Model):
    Server = Node(3)
    Vote = Message(src=Server, dst=Server)
    Ask = Message(src=Server)
    network = Network(Vote)

    @receive(Ask)
    def on_ask(self, m):
    #   ^^^^^^
        self.network.send(self.Vote(src=m.src, dst=m.src))
""",
    ),
    Entry(
        "Q604",
        "a property with other parameters",
        "A property takes the model in a state; a step invariant in the old and the new state.",
        "Write def p(m), and for a step invariant def p(old, new).",
        """\
@step_invariant
def never_back(self):
#   ^^^^^^^^^^
    return True
""",
    ),
    Entry(
        "Q605",
        "a property that is no condition",
        "A property returns whether it is true.",
        "Return the condition that must hold.",
        """\
@invariant
def how_many(self):
#   ^^^^^^^^
    for i in self.Server:
        return len(self.log)
""",
    ),
    Entry(
        "Q606",
        "@init leaves a variable out",
        "A variable with init=... gets its value from every @init method.",
        "Assign it there, or give it an initial value in its declaration.",
        """\
class Place(Model):
    x = Int(0, 2, init=...)
    y = Int(0, 2, init=...)

    @init(p=Int(0, 2))
    def begin(self, p):
    #   ^^^^^
        self.x = p

    @action()
    def step(self):
        self.x, y = self.y, 0
""".replace("self.x, y = self.y, 0", "self.x = self.y\n        self.y = 0"),
    ),
    Entry(
        "Q607",
        "two properties of one name",
        "A property is chosen, reported and saved by its name.",
        "Rename one of them.",
        """\
@invariant
def bounded(m):
    return m.n < 2


class Counter(Model):
    n = Int(0, 1, init=0)
    properties = [bounded]

    @invariant
    def bounded(self):
    #   ^^^^^^^
        return self.n >= 0

    @action()
    def step(self):
        self.n = 1 - self.n
""",
    ),
)

WARNINGS = (
    Entry(
        "Q901",
        "a variable that is never written",
        "No action changes the variable: it keeps its initial value.",
        "If it is a constant, make it a Param or Enum; otherwise an action is missing.",
        """\
class Counter(Model):
    n = Int(0, 2, init=0)
    top = Int(0, 2, init=2)
    #     ^^^^^^^^^^^^^^^^^

    @action()
    def step(self):
        require(self.n < self.top)
        self.n += 1
""",
    ),
    Entry(
        "Q902",
        "a variable that is never read",
        "No action and no property asks for the value: it only makes more states.",
        "Take the variable out, or state a property of it.",
        """\
class Counter(Model):
    n = Int(0, 2, init=0)
    last = Int(0, 2, init=0)
    #      ^^^^^^^^^^^^^^^^^

    @action()
    def step(self):
        require(self.n < 2)
        self.last = self.n
        self.n += 1
""",
    ),
    Entry(
        "Q903",
        "an action that can never happen",
        "The condition is false for every value that the types allow.",
        "Compare with a value within the declared range.",
        """\
class Counter(Model):
    n = Int(0, 2, init=0)

    @action()
    def step(self):
        require(self.n < 2)
        self.n += 1

    @action()
    def reset(self):
        require(self.n == 3)
        #       ^^^^^^^^^^^
        self.n = 0
""",
    ),
    Entry(
        "Q904",
        "require after a write it reads",
        "Writes are seen by later reads of the same step, so this asks about the new value.",
        "If the value before the step is meant, move the require above the write.",
        """\
class Counter(Model):
    n = Int(0, 3, init=0)

    @action()
    def step(self):
        self.n += 1
        require(self.n < 3)
        #       ^^^^^^^^^^
""",
    ),
    Entry(
        "Q905",
        "a type that looks like a variable",
        "A declaration without init= names a type. No other declaration uses this one.",
        "Give it init= if it is a state variable; otherwise take it out.",
        """\
class Counter(Model):
    n = Int(0, 2, init=0)
    seen = Set(Bool())
    #      ^^^^^^^^^^^

    @action()
    def step(self):
        require(self.n < 2)
        self.n += 1
""",
    ),
    Entry(
        "Q906",
        "a step that nothing takes",
        "The method changes the state or has a require, but it is no action, and no action calls it.",
        "Write @action() above it, with the types of its arguments.",
        """\
class Counter(Model):
    n = Int(0, 2, init=0)

    @action()
    def step(self):
        require(self.n < 2)
        self.n += 1

    def reset(self):
    #   ^^^^^
        require(self.n == 2)
        self.n = 0
""",
    ),
)
