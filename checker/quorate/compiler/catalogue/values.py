"""Mistakes in types, loops and writes in the bodies of actions, properties and helpers."""

from __future__ import annotations

from quorate.compiler.catalogue.entry import Entry

TYPES = (
    Entry(
        "Q301",
        "a value of another type",
        "The value is not of the type that is wanted here.",
        "Use a value of that type, or declare the variable with another.",
        """\
@action(i=Server)
def lead(self, i):
    self.role[i] = 1
#                  ^
""",
    ),
    Entry(
        "Q302",
        "None without Option",
        "Only an Option holds None.",
        "Declare the type as Option(...).",
        """\
@action(i=Server)
def forget(self, i):
    self.term[i] = None
#                  ^^^^
""",
    ),
    Entry(
        "Q303",
        "a key of another type",
        "The map has another type of keys.",
        "Use a key of that type.",
        """\
@action(i=Server)
def advance(self, i):
    require(self.term[0] < 5)
#                     ^
    self.term[i] += 1
""",
    ),
    Entry(
        "Q304",
        "values that do not compare",
        "Values of these types are never equal, or only by accident of Python's (True == 1).",
        "Compare with a value of the same type.",
        """\
@action(i=Server)
def advance(self, i):
    require(self.role[i] == 1)
#           ^^^^^^^^^^^^^^^^^
    self.term[i] += 1
""",
    ),
    Entry(
        "Q305",
        "arithmetic with what is no number",
        "The operator works on integers.",
        "Compute with integers; int(...) counts a boolean as 0 or 1.",
        """\
@action(i=Server)
def advance(self, i):
    require(self.role[i] < 1)
#           ^^^^^^^^^^^^^^^^
    self.term[i] += 1
""",
    ),
    Entry(
        "Q306",
        "a condition that is no boolean",
        "A condition is true or false.",
        "Write the comparison out, for example with `is not None`.",
        """\
@action(i=Server)
def advance(self, i):
    require(self.leader)
#           ^^^^^^^^^^^
    self.term[i] += 1
""",
    ),
    Entry(
        "Q307",
        "nodes in order",
        "The nodes of a type are interchangeable, so none is before another.",
        "Declare the type with symmetric=False, or do without the order.",
        """\
@action(i=Server, j=Server)
def bully(self, i, j):
    require(i < j)
#           ^^^^^
    self.role[j] = Role.LEADER
""",
    ),
    Entry(
        "Q308",
        "brackets on what has no elements",
        "Only maps and sequences have elements by key or position.",
        "Index the map or sequence that is meant.",
        """\
@action(i=Server)
def advance(self, i):
    require(self.leader[i] == i)
#           ^^^^^^^^^^^^^^
    self.term[i] += 1
""",
    ),
    Entry(
        "Q309",
        "values of different types together",
        "One name, display or conditional expression holds values of one type.",
        "Give the other value a place of its own.",
        """\
@action(i=Server)
def advance(self, i):
    self.term[i] = 1 if self.leader == i else self.role[i]
#                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q310",
        "not a value",
        "A type, function, network or the model itself is no value of the state.",
        "Call the function, or use a value of the type.",
        """\
@action(i=Server)
def lead(self, i):
    self.role[i] = Role
#                  ^^^^
""",
    ),
    Entry(
        "Q311",
        "a helper without a value",
        "The helper returns nothing.",
        "Return the value, or call it as a statement.",
        """\
@action(i=Server)
def lead(self, i):
    require(self.nothing())
#           ^^^^^^^^^^^^^^

def nothing(self):
    return
""",
    ),
    Entry(
        "Q312",
        "a value without bounds",
        "The value can become larger than a state can hold.",
        "Build it with a comprehension, or cut it with a slice.",
        """\
@action(i=Server)
def note(self, i):
    seen = []
    for j in self.Server:
        seen = seen + [j]
#              ^^^^^^^^^^
    require(len(seen) > 0)
""",
    ),
)

LOOPS = (
    Entry(
        "Q401",
        "not a collection",
        "A number, node or record cannot be iterated over, and has no length.",
        "Write range(...), or name a collection.",
        """\
@action(i=Server)
def count(self, i):
    for n in self.term[i]:
#            ^^^^^^^^^^^^
        self.log.append(n)
""",
    ),
    Entry(
        "Q402",
        "a loop without end",
        "What a loop goes over is finite.",
        "Use range(...), a type or a collection.",
        """\
@action()
def guess(self):
    require(any(n * n == 4 for n in int))
#                                   ^^^
    self.log.append(2)
""",
    ),
    Entry(
        "Q403",
        "a bare generator",
        "A generator is no value of the state.",
        "Put it into any, all, sum, min, max, set or list.",
        """\
@action(i=Server)
def elect(self, i):
    voters = (j for j in self.votes[i])
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^
    self.role[i] = Role.LEADER
""",
    ),
    Entry(
        "Q404",
        "a map that leaves keys out",
        "A map has a value for every key.",
        "Write {k: ... for k in self.Server}, with a conditional value.",
        """\
@action(i=Server)
def reset(self, i):
    self.term = {j: 0 for j in self.Server if j != i}
#               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q405",
        "a view outside a loop",
        ".of(), .keys(), .values() and .items() are only for iterating over.",
        "Use them in a `for` or a comprehension.",
        """\
@action()
def elect(self):
    require(0 in self.term.values())
#                ^^^^^^^^^^^^^^^^^^
    self.log.append(0)
""",
    ),
)

WRITES = (
    Entry(
        "Q501",
        "a write to a parameter",
        "A parameter is a constant of the model.",
        "Declare a state variable for a value that changes.",
        """\
@action()
def join(self):
    self.servers += 1
#   ^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q502",
        "a write to what is not state",
        "Only declarations with init= are state variables; others name types and constants.",
        "Give it init=..., or write to a state variable.",
        """\
@action()
def shrink(self):
    for i in self.Server:
        self.Server = {i}
#       ^^^^^^^^^^^
""",
    ),
    Entry(
        "Q503",
        "a change of a local value",
        "Values are snapshots: changing one would change nothing in the state.",
        "Write to self.variable[...], or make a new value.",
        """\
@action(i=Server, j=Server)
def vote(self, i, j):
    mine = self.votes[i]
    mine.add(j)
#   ^^^^
""",
    ),
    Entry(
        "Q504",
        "a property that writes",
        "Properties, and helpers called for a value, only read.",
        "Compute the value without writing, or write in the action.",
        """\
@invariant
def reset(m):
    for i in m.Server:
        m.term[i] = 0
#       ^^^^^^^^^
    return True
""",
    ),
    Entry(
        "Q505",
        "a statement used as a value",
        "require, within, and methods that change the state are statements of their own.",
        "Put it on a line by itself.",
        """\
@action(i=Server)
def take(self, i):
    self.term[i] = self.log.pop()
#                  ^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q506",
        "a name that stands for the model",
        "self names the model throughout the body.",
        "Use another name.",
        """\
@action(i=Server)
def lead(self, i):
    self = 1
#   ^^^^
""",
    ),
)
