"""What the catalogue of mistakes knows of each."""

from __future__ import annotations

from dataclasses import dataclass

HEADER = "from enum import Enum\nfrom quorate import *\n\n\n"
"""What every example begins with."""

MODEL = """\
class Role(Enum):
    FOLLOWER = 0
    LEADER = 1


class Election(Model):
    servers = Param(3)
    Server = Node(servers)
    Term = Int(0, 5)
    Vote = Message(src=Server, dst=Server, term=Term)
    role = Map(Server, Role, init=Role.FOLLOWER)
    term = Map(Server, Term, init=0)
    leader = Option(Server, init=None)
    votes = Map(Server, Set(Server), init=set())
    log = Seq(Term, 3, init=())
    network = Network(Vote)

    def quorum(self, nodes):
        return 2 * len(nodes) > self.servers
"""
"""The model that the methods among the examples belong to."""


@dataclass(frozen=True)
class Entry:
    """One kind of mistake: its code, what is wrong in a few words, why, the cure, and an example.

    The example is a file, or methods of `MODEL`. A line `# ^^^` marks what is wrong in the line above it.
    """

    code: str
    title: str
    reason: str
    cure: str
    example: str

    @property
    def severity(self) -> str:
        """Mistakes must be put right before a check; Q9 are warnings, which stop nothing."""
        return "warning" if self.code.startswith("Q9") else "error"

    @property
    def is_method(self) -> bool:
        """Whether the example is methods of `MODEL`, not a file."""
        return "\nclass " not in f"\n{self.example}"

    def source(self) -> str:
        """The example as a whole file."""
        if not self.is_method:
            return HEADER + self.example
        indented = "".join(f"    {line}\n" if line else "\n" for line in self.example.splitlines())
        # the line of a mark has room for its sign whatever stands above it
        return f"{HEADER}{MODEL}\n{indented}"
