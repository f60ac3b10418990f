"""Mistakes in constructs and names in the bodies of actions, properties and helpers."""

from __future__ import annotations

from quorate.compiler.catalogue.entry import Entry

CONSTRUCTS = (
    Entry(
        "Q101",
        "outside the modelling language",
        "A body is an atomic step of plain Python: assignments, if, for, calls of helpers.",
        "Write it with the constructs of docs/language.md.",
        """\
@action(i=Server)
def lead(self, i):
    global leaders
#   ^^^^^^^^^^^^^^
    self.role[i] = Role.LEADER
""",
    ),
    Entry(
        "Q102",
        "while",
        "A loop has an end that can be seen beforehand.",
        "Use `for` over a type, a range or a collection.",
        """\
@action()
def fill(self):
    while len(self.log) < 3:
#   ^^^^^^^^^^^^^^^^^^^^^^^^
        self.log.append(0)
""",
    ),
    Entry(
        "Q103",
        "try or raise",
        "What fails in a step is a mistake in the model, and is shown with a trace.",
        "Test the condition beforehand, with `if` or `require`; use `assert` for what must hold.",
        """\
@action()
def pop(self):
    if len(self.log) == 0:
        raise IndexError
#       ^^^^^^^^^^^^^^^^
    self.log.pop()
""",
    ),
    Entry(
        "Q104",
        "a function inside a method",
        "A lambda or inner function would carry variables of its own from step to step.",
        "Make it a method of the model, or a comprehension.",
        """\
@action(i=Server)
def lead(self, i):
    higher = lambda j: self.term[j] > self.term[i]
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    require(not any(higher(j) for j in self.Server))
""".replace("    require(not any(higher(j) for j in self.Server))\n", "    self.role[i] = Role.LEADER\n"),
    ),
    Entry(
        "Q105",
        "a fraction",
        "Numbers are integers: fractions are rounded differently on different machines.",
        "Use //, or scale the numbers.",
        """\
@invariant
def quorum_votes(m):
    return all(len(m.votes[i]) > m.servers / 2 for i in m.Server)
#                                ^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q106",
        "a string in the state",
        "State is made of booleans, bounded integers, Enum members and nodes.",
        "Make it a member of an Enum.",
        """\
@action(i=Server)
def lead(self, i):
    self.role[i] = "leader"
#                  ^^^^^^^^
""",
    ),
    Entry(
        "Q107",
        "several names assigned at once",
        "One assignment writes one place.",
        "Write an assignment for each.",
        """\
@action(i=Server, j=Server)
def swap(self, i, j):
    self.term[i], self.term[j] = self.term[j], self.term[i]
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q108",
        "an expression without effect",
        "The statement computes a value and drops it.",
        "Assign the value, or use `require`.",
        """\
@action(i=Server)
def lead(self, i):
    self.term[i] == 5
#   ^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q109",
        "`is` between values",
        "Values of state are compared, not objects in memory.",
        "Write == or !=.",
        """\
@action(i=Server)
def lead(self, i):
    require(self.term[i] is self.log[0])
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    self.role[i] = Role.LEADER
""",
    ),
    Entry(
        "Q110",
        "recursion",
        "Helpers are inlined where they are called, so they cannot call themselves.",
        "Use a loop over something finite.",
        """\
@invariant
def total(m):
    return m.total()
#          ^^^^^^^^^
""",
    ),
    Entry(
        "Q111",
        "the order of a set",
        "Python leaves the order of a set open, and so does the model.",
        "Go through a type or a set of the state, with an `if`.",
        """\
@action(i=Server, j=Server)
def note(self, i, j):
    for n in {self.term[i], self.term[j]}:
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        self.log.append(n)
""",
    ),
    Entry(
        "Q112",
        "import inside a method",
        "A body is a step of the protocol.",
        "Import at the top of the file.",
        """\
@action(i=Server)
def lead(self, i):
    import random
#   ^^^^^^^^^^^^^
    self.role[i] = Role.LEADER
""",
    ),
)

NAMES = (
    Entry(
        "Q201",
        "a name that is not defined",
        "Neither the body nor the file defines the name.",
        "Correct the name; those of the model are read through self.",
        """\
@action(i=Server)
def lead(self, i):
    self.role[i] = Rolle.LEADER
#                  ^^^^^
""",
    ),
    Entry(
        "Q202",
        "a name without a value on every path",
        "On some way to this place nothing has been assigned to the name.",
        "Assign to it on every path.",
        """\
@action(i=Server)
def advance(self, i):
    if self.role[i] == Role.LEADER:
        t = 1
    self.term[i] = t
#                  ^
""",
    ),
    Entry(
        "Q203",
        "the model has no such thing",
        "No variable, type, parameter or method of the model has this name.",
        "Correct the name, or declare it.",
        """\
@action(i=Server)
def advance(self, i):
    self.trem[i] += 1
#   ^^^^^^^^^
""",
    ),
    Entry(
        "Q204",
        "no such field",
        "The record or message has no field of this name.",
        "Correct the name.",
        """\
@receive(Vote)
def on_vote(self, m):
    self.votes[m.dst].add(m.sender)
#                         ^^^^^^^^
""",
    ),
    Entry(
        "Q205",
        "made with a field that it does not have",
        "The record or message has no field of this name.",
        "Correct the name.",
        """\
@action(i=Server, j=Server)
def vote(self, i, j):
    self.network.send(self.Vote(src=i, dest=j, term=1))
#                                      ^^^^^^
""",
    ),
    Entry(
        "Q206",
        "made without a field",
        "A record or message is made with all its fields.",
        "Give the missing fields.",
        """\
@action(i=Server, j=Server)
def vote(self, i, j):
    self.network.send(self.Vote(src=i, dst=j))
#                     ^^^^^^^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q207",
        "made without names of the fields",
        "The fields of a record or message are given by name.",
        "Write Vote(src=..., dst=..., term=...).",
        """\
@action(i=Server, j=Server)
def vote(self, i, j):
    self.network.send(self.Vote(i, j, 1))
#                               ^
""",
    ),
    Entry(
        "Q208",
        "self is missing",
        "The name belongs to the model, and is read through it.",
        "Write self.name.",
        """\
@action(i=Server)
def advance(self, i):
    require(term[i] < 5)
#           ^^^^
    self.term[i] += 1
""",
    ),
    Entry(
        "Q209",
        "no such member",
        "The Enum class has no member of this name.",
        "Correct the name.",
        """\
@action(i=Server)
def lead(self, i):
    self.role[i] = Role.LEEDER
#                  ^^^^^^^^^^^
""",
    ),
    Entry(
        "Q210",
        "called with the wrong arguments",
        "The helper or built-in function takes other arguments.",
        "Give those that it takes.",
        """\
@action(i=Server)
def lead(self, i):
    require(self.quorum())
#           ^^^^^^^^^^^^^
    self.role[i] = Role.LEADER
""",
    ),
    Entry(
        "Q211",
        "a function outside the language",
        "Only helpers of the model and a few built-in functions can be called.",
        "Write it with any, all, sum, min, max, len, set, abs or a helper.",
        """\
@action(i=Server)
def note(self, i):
    print(self.term[i])
#   ^^^^^^^^^^^^^^^^^^^
""",
    ),
    Entry(
        "Q212",
        "no such method",
        "The collection has no method of this name in the language.",
        "Use one that docs/language.md lists.",
        """\
@action(i=Server, j=Server)
def vote(self, i, j):
    self.votes[i].append(j)
#   ^^^^^^^^^^^^^^^^^^^^^^^
""",
    ),
)
