"""A small replicated log that really runs: three servers on loopback, TCP between them, after Raft's paper.

    python replicated_log.py LOG [--fault double-vote|eager-commit]

Clients have three values replicated; then the leader is cut off, and the others elect another, which replicates one
more. What each server does is written to LOG, one JSON object a line, in the order in which it happens. Exit code 0
when all that was to be committed is, 1 when that has not happened in time. It knows nothing of Quorate.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sys
from pathlib import Path

NAMES = ("s1", "s2", "s3")
BEAT, PATIENCE, DEADLINE = 0.02, (0.1, 0.3), 30.0


class Server:
    """One server: its state, what it does with each message, and its connections."""

    def __init__(self, name, cluster):
        self.name, self.cluster = name, cluster
        self.term, self.voted_for, self.log = 1, None, []
        self.role, self.commit = "FOLLOWER", 0
        self.responded, self.votes = set(), set()
        self.next, self.match = dict.fromkeys(NAMES, 1), dict.fromkeys(NAMES, 0)
        self.is_cut_off, self.heard = False, asyncio.Event()
        self.writers, self.tasks = {}, []

    # -- what happens

    def note(self, event, **more):
        """A line of the log."""
        line = {"server": self.name, "event": event, "term": self.term, "role": self.role, **more}
        self.cluster.out.write(json.dumps(line) + "\n")

    def stand(self):
        """No leader was heard in time."""
        self.term, self.role, self.voted_for = self.term + 1, "CANDIDATE", None
        self.responded, self.votes = set(), set()
        self.note("stand")
        for other in NAMES:
            last = self.log[-1]["term"] if self.log else 0
            self.send(other, type="RequestVote", last_term=last, last_index=len(self.log))

    def send(self, to, **message):
        message = {"src": self.name, "dst": to, "term": self.term, **message}
        if message["type"] in ("RequestVote", "AppendEntries"):
            self.note("send", message=message)
        if not self.is_cut_off:
            self.writers[to].write((json.dumps(message) + "\n").encode())

    def receive(self, message):
        if message["term"] > self.term:
            self.term, self.role, self.voted_for = message["term"], "FOLLOWER", None
            self.note("newer term", message=message)
        handlers = {
            "RequestVote": self.on_request_vote,
            "Vote": self.on_vote,
            "AppendEntries": self.on_append_entries,
            "Appended": self.on_appended,
        }
        handlers[message["type"]](message)

    def on_request_vote(self, m):
        mine = (self.log[-1]["term"] if self.log else 0, len(self.log))
        good_enough = (m["last_term"], m["last_index"]) >= mine
        is_free = self.voted_for in (None, m["src"]) or self.cluster.fault == "double-vote"
        granted = m["term"] == self.term and good_enough and is_free
        if granted:
            self.voted_for = m["src"]
            self.heard.set()
        self.note("vote", message=m, voted_for=self.voted_for)
        self.send(m["src"], type="Vote", granted=granted)

    def on_vote(self, m):
        if m["term"] == self.term:
            self.responded.add(m["src"])
            if m["granted"]:
                self.votes.add(m["src"])
        self.note("count", message=m, votes=sorted(self.votes))
        if self.role == "CANDIDATE" and len(self.votes) >= 2:
            self.role = "LEADER"
            self.next, self.match = dict.fromkeys(NAMES, len(self.log) + 1), dict.fromkeys(NAMES, 0)
            self.note("lead")
            self.cluster.led.set()

    def request(self, value):
        """A client asks the leader to replicate a value."""
        self.log.append({"term": self.term, "value": value})
        self.note("request", value=value, log=self.log)

    def replicate(self):
        """The leader sends every other its next entry, or a heartbeat."""
        for other in NAMES:
            if other != self.name:
                prev = self.next[other] - 1
                entries = self.log[prev : prev + 1]
                prev_term = self.log[prev - 1]["term"] if prev else 0
                commit = min(self.commit, prev + len(entries))
                self.send(
                    other, type="AppendEntries", prev_index=prev, prev_term=prev_term, entries=entries, commit=commit
                )

    def on_append_entries(self, m):
        prev, entries = m["prev_index"], m["entries"]
        if m["term"] < self.term:
            self.note("refuse", message=m)
            self.send(m["src"], type="Appended", success=False, match=0)
            return
        self.heard.set()
        if self.role == "CANDIDATE":
            self.role = "FOLLOWER"
            self.note("follow", message=m)
        if prev and (prev > len(self.log) or self.log[prev - 1]["term"] != m["prev_term"]):
            self.note("refuse", message=m)
            self.send(m["src"], type="Appended", success=False, match=0)
            return
        while entries and len(self.log) > prev and self.log[prev]["term"] != entries[0]["term"]:
            self.log.pop()
            self.note("drop", message=m, log=self.log)
        if entries and len(self.log) == prev:
            self.log.append(entries[0])
            self.note("append", message=m, log=self.log)
        self.commit = m["commit"]
        self.note("accept", message=m, commit=self.commit)
        self.send(m["src"], type="Appended", success=True, match=prev + len(entries))
        self.cluster.progress.set()

    def on_appended(self, m):
        if m["term"] == self.term:
            if m["success"]:
                self.next[m["src"]], self.match[m["src"]] = m["match"] + 1, m["match"]
            else:
                self.next[m["src"]] = max(self.next[m["src"]] - 1, 1)
        self.note("answer", message=m)
        if self.role == "LEADER":
            self.advance()

    def advance(self):
        """The leader commits what a majority has, if it ends in an entry of its own term."""
        needed = 1 if self.cluster.fault == "eager-commit" else 2
        have = [n for n in range(len(self.log) + 1) if sum(self.has(other, n) for other in NAMES) >= needed]
        agreed = max(have)
        if agreed > self.commit and self.log[agreed - 1]["term"] == self.term:
            self.commit = agreed
            self.note("commit", commit=self.commit)
            self.cluster.progress.set()

    def has(self, other, n):
        return other == self.name or self.match[other] >= n

    # -- connections and clocks

    async def serve(self):
        server = await asyncio.start_server(self.listen, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def listen(self, reader, writer):
        self.cluster.listening.append(asyncio.current_task())
        while line := await reader.readline():
            if not self.is_cut_off:
                self.receive(json.loads(line))
        writer.close()

    async def connect(self):
        for other, server in self.cluster.servers.items():
            _, self.writers[other] = await asyncio.open_connection("127.0.0.1", server.port)

    async def live(self):
        while not self.is_cut_off:
            if self.role == "LEADER":
                self.replicate()
                await asyncio.sleep(BEAT)
                continue
            self.heard.clear()
            try:
                await asyncio.wait_for(self.heard.wait(), random.uniform(*PATIENCE))
            except TimeoutError:
                if not self.is_cut_off and self.role != "LEADER":
                    self.stand()


class Cluster:
    """Three servers, and the clients' wishes."""

    def __init__(self, out, fault):
        self.out, self.fault = out, fault
        self.led, self.progress, self.listening = asyncio.Event(), asyncio.Event(), []
        self.servers = {name: Server(name, self) for name in NAMES}

    async def run(self):
        listeners = [await server.serve() for server in self.servers.values()]
        for server in self.servers.values():
            await server.connect()
        if self.fault == "double-vote":
            # two who stand at the same moment ask the third
            self.servers["s1"].stand()
            self.servers["s2"].stand()
        tasks = [asyncio.create_task(server.live()) for server in self.servers.values()]
        try:
            for value in ("v1", "v2", "v3"):
                await self.replicated(value)
            self.leader().is_cut_off = True
            self.led.clear()
            await self.replicated("v4")
        finally:
            for task in tasks:
                task.cancel()
            for server in self.servers.values():
                for writer in server.writers.values():
                    writer.close()
            await asyncio.gather(*self.listening)
            for listener in listeners:
                listener.close()

    def leader(self):
        """The leader of the newest term that is not cut off, if there is one."""
        leaders = [s for s in self.servers.values() if s.role == "LEADER" and not s.is_cut_off]
        return max(leaders, key=lambda server: server.term, default=None)

    async def replicated(self, value):
        """Have a value replicated, by the next leader too if one is lost, and wait until all that live have it."""
        while not all(self.has(server, value) for server in self.servers.values() if not server.is_cut_off):
            leader = self.leader()
            if leader is None:
                self.led.clear()
                await self.led.wait()
                continue
            if all(entry["value"] != value for entry in leader.log):
                leader.request(value)
            self.progress.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.progress.wait(), 1.0)

    @staticmethod
    def has(server, value):
        return any(entry["value"] == value for entry in server.log[: server.commit])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--fault", default="")
    options = parser.parse_args()
    with Path(options.log).open("w") as out:
        try:
            asyncio.run(asyncio.wait_for(Cluster(out, options.fault).run(), DEADLINE))
        except TimeoutError:
            sys.exit(1)


if __name__ == "__main__":
    main()
