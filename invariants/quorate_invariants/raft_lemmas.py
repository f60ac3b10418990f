"""Why Raft elects one leader a term, and why logs match: with these, election safety and log matching are inductive.

No message is kept once it is received, and nobody writes down for whom it voted in an earlier term; so the lemmas say
of the present state what the past leaves in it. They speak of no bound, and hold for any `max_term`. The model has
what `quorate_invariants.raft` asks for, the `votes` that a server counts, a `majority`, and a network of Vote and
AppendEntries. Sections are those of Ongaro & Ousterhout, 2014.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant

# -- elections (section 5.2)


def counts(m: Any, i: Any, j: Any, t: int) -> bool:
    """Whether server i, standing or leading in a term, counts the vote of j. The votes of a follower mean nothing: they
    are of an earlier election, and go when it next stands."""
    return m.role[i] != m.Role.FOLLOWER and m.term[i] == t and j in m.votes[i]


def knows_vote(m: Any, j: Any, i: Any, t: int) -> bool:
    """Whether server j has voted for i in a term and knows it, or has gone on to a later term."""
    return m.term[j] > t or (m.term[j] == t and m.voted_for[j] == i)


@invariant
def votes_were_given(m: Any) -> bool:
    """Whose vote is counted or on its way voted so, and has not voted otherwise in that term.

    It forgets its vote only when it goes on to a later term.
    """
    return all(
        knows_vote(m, j, i, m.term[i]) for i in m.Server for j in m.Server if counts(m, i, j, m.term[i])
    ) and all(knows_vote(m, v.src, v.dst, v.term) for v in m.network.of(m.Vote) if v.granted)


@invariant
def votes_are_counted_once(m: Any) -> bool:
    """In one term the vote of a server is counted by, or on its way to, one candidate only.

    It remembers its vote for as long as it stays in the term, and gives none for a term that it has left.
    """
    return all(
        not (counts(m, i, j, m.term[i]) and counts(m, k, j, m.term[i]))
        for i in m.Server
        for k in m.Server
        if i != k
        for j in m.Server
    ) and all(
        not any(k != v.dst and counts(m, k, v.src, v.term) for k in m.Server)
        and all(w.dst == v.dst for w in m.network.of(m.Vote) if w.granted and w.src == v.src and w.term == v.term)
        for v in m.network.of(m.Vote)
        if v.granted
    )


@invariant
def leaders_have_a_majority(m: Any) -> bool:
    """A leader counts the votes of a majority: it became leader so, and votes are not taken back."""
    return all(m.role[i] != m.Role.LEADER or len(m.votes[i]) >= m.majority for i in m.Server)


# -- logs (section 5.3)


def elected_or_beaten(m: Any, k: Any, t: int) -> bool:
    """Whether server k leads in a term, or cannot win the election of that term any more: those who voted for it or
    still might are no majority."""
    return (
        m.term[k] > t
        or (m.term[k] == t and m.role[k] == m.Role.LEADER)
        or sum(
            1
            for j in m.Server
            if m.term[j] < t
            or (m.term[j] == t and m.voted_for[j] in (None, k))
            or counts(m, k, j, t)
            or any(v.granted and v.src == j and v.dst == k and v.term == t for v in m.network.of(m.Vote))
        )
        < m.majority
    )


@invariant
def entries_are_of_elected_leaders(m: Any) -> bool:
    """Once there is an entry of a term, nobody else can become leader in it.

    A leader made the entry, whose majority has no vote left to give in that term.
    """
    return all(elected_or_beaten(m, k, e.term) for i in m.Server for e in m.log[i] for k in m.Server) and all(
        elected_or_beaten(m, k, e.term) for a in m.network.of(m.AppendEntries) for e in a.entries for k in m.Server
    )


@invariant
def leaders_have_their_entries(m: Any) -> bool:
    """A leader's log has every entry of its term, at its place: it made them all, and never drops one."""
    return all(
        len(m.log[i]) > n and m.log[i][n].term == m.term[i]
        for i in m.Server
        if m.role[i] == m.Role.LEADER
        for j in m.Server
        for n in range(len(m.log[j]))
        if m.log[j][n].term == m.term[i]
    ) and all(
        len(m.log[i]) > a.prev_index and m.log[i][a.prev_index].term == m.term[i]
        for a in m.network.of(m.AppendEntries)
        for e in a.entries
        for i in m.Server
        if m.role[i] == m.Role.LEADER and e.term == m.term[i]
    )


@invariant
def appends_match_the_logs(m: Any) -> bool:
    """An entry on its way is the same as one of its term at its place in any log or other message, and so is the term
    of the entry before it: log matching for messages.

    It was copied, with what stands before it, from the log of the leader that made it.
    """
    return all(
        all(
            m.log[j][a.prev_index] == e and (a.prev_index == 0 or m.log[j][a.prev_index - 1].term == a.prev_term)
            for j in m.Server
            if len(m.log[j]) > a.prev_index and m.log[j][a.prev_index].term == e.term
        )
        and all(
            e == f and (a.prev_index == 0 or a.prev_term == b.prev_term)
            for b in m.network.of(m.AppendEntries)
            if b.prev_index == a.prev_index
            for f in b.entries
            if f.term == e.term
        )
        for a in m.network.of(m.AppendEntries)
        for e in a.entries
    )
