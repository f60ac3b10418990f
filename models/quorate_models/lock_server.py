"""A lock server (Wilcox et al., "Verdi: A Framework for Implementing and Formally Verifying Distributed Systems", PLDI
2015, section 2): the smallest protocol whose safety has to be argued about messages on their way.
"""

from __future__ import annotations

from quorate import Bool, Message, Model, Network, Node, Param, Set, Var, action, receive, require, violates
from quorate_invariants.locks import all_ask, lock_comes_back, lock_held, mutual_exclusion, one_request_each, one_token


class LockServer(Model):
    """Clients ask a server for a lock, and it grants it to one at a time.

    Requests are answered in any order. Every message is delivered once, and any may overtake another.
    """

    clients = Param(3, minimum=1, maximum=64, doc="clients that want the lock")

    Client = Node(clients)

    Lock = Message(src=Client)
    Grant = Message(dst=Client)
    Unlock = Message(src=Client)

    # Whether the server has the lock to give, and which clients believe that they have it
    free = Var(Bool(), init=True)
    holds = Set(Client, init=set())
    network = Network(Lock, Grant, Unlock, duplicates=False, capacity=clients + 1)

    properties = [mutual_exclusion, one_request_each, lock_held, all_ask, lock_comes_back]
    lemmas = [one_token]

    @action(c=Client)
    def ask(self, c):
        """A client that has no request on its way asks for the lock (section 2.1, Lock)."""
        require(self.Lock(src=c) not in self.network)
        require(len(self.network) < self.clients + 1)
        self.network.send(self.Lock(src=c))

    @receive(Lock)
    def grant(self, m):
        """The server grants the lock, if it has it (section 2.1, Grant)."""
        require(self.free)
        self.free = False
        self.network.send(self.Grant(dst=m.src))

    @receive(Grant)
    def enter(self, m):
        """A client gets the lock."""
        self.holds.add(m.dst)

    @action(c=Client)
    def leave(self, c):
        """A client gives the lock back (section 2.1, Unlock)."""
        require(c in self.holds)
        require(len(self.network) < self.clients + 1)
        self.holds.discard(c)
        self.network.send(self.Unlock(src=c))

    @receive(Unlock)
    def release(self, m):
        """The server has the lock again."""
        self.free = True


class ImpatientServer(LockServer):
    """The server loses patience while a client holds the lock, takes it for given back, and grants it anew.

    A single client that gets the lock twice shares it with nobody.
    """

    expected = violates(mutual_exclusion, found_at={"clients": 2}, hidden_at={"clients": 1})

    def grant(self, m):
        """The server grants the lock though it may not have it (against section 2.1)."""
        require(self.free or len(self.holds) > 0)
        self.free = False
        self.network.send(self.Grant(dst=m.src))
