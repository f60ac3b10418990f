"""Hostile inputs, made from good ones: model files with a wound, parameters of all kinds, trace files cut and bent.

Every input is a function of its number alone, so that a failure can be looked at again.
"""

import io
import json
import keyword
import random
import tokenize
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

MODELS = ["two_phase_commit", "paxos", "raft_tla", "gossip"]
WORDS = """
self m i None True 0 1 -1 99 3.5 "text" x self.x [] {} () set() while lambda yield await import not and == = += <
// % << : , . ( ) [ ] for in if else return break pass require within len max Int Map Set Seq Option Node Bool Network
10**30 2**64 print(1) é \x00"""
EXPRESSIONS = """
self m None True False 0 1 -1 99 3.5 "text" [] {} () set() {1} [1,2] (lambda:0) self.x self.term len max sum any print
10**30 2**64 1//0 self.Server {None} [None] (1,2) int bool str list dict object range(3) not_there self.network"""
VALUES = """
0 -1 1 2 1..2 2..1 1.. .. a,b 1e3 0x10 3.5 true None push ' \\ 999999999999999999999999999999 ١ a=b prepare
prepare( prepare(b=0) accept(m=1) … --help {} \x1b[31m"""
NAMES = """
paxos gossip Paxos paxos:Paxos paxos: : . os os.path json:JSONDecoder quorate_models.paxos:Paxos
quorate_models.paxos / nosuch.py paxos:ForgetfulAcceptor"""
SCRAPS = [None, 0, -1, 1e9, "", "s1", [], {}, True, [[[]]], {"#set": 3}, {"tag": "Prepare"}]


@dataclass(frozen=True)
class Hostile:
    """Arguments of the command line, and the files they speak of (name and content)."""

    arguments: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()


def hostile(number: int, trace: str) -> Hostile:
    """The hostile input of a number. `trace` is the text of a good trace file."""
    dice = random.Random(number)
    kind = dice.choices(["model", "parameter", "trace", "bytes"], [6, 2, 2, 1])[0]
    if kind == "model":
        text = wounded(dice, files("quorate_models").joinpath(f"{dice.choice(MODELS)}.py").read_text())
        options = () if dice.random() < 0.7 else ("-p", f"{dice.choice(['servers', 'nodes', 'ballots'])}={value(dice)}")
        return Hostile(("check", "@model.py", *options), (("model.py", text.encode("utf-8", "surrogatepass")),))
    if kind == "parameter":
        return Hostile(arguments(dice))
    if kind == "trace":
        content = bent(dice, trace)
        show = ("show", "@trace.json", *dice.choice([(), ("--as", "sequence"), ("--format", "mermaid"), ("--full",)]))
        ask = ("show", "@trace.json", "--model", "paxos", "--eval", f"m.{value(dice)}")
        replay = ("replay", "@trace.json", "paxos:ForgetfulAcceptor")
        command = dice.choice([show, ask, ("why", "paxos", "@trace.json", value(dice)), replay])
        return Hostile(command, (("trace.json", content),))
    name = dice.choice(["model.py", "trace.json"])
    command = ("check", "@model.py") if name == "model.py" else ("show", "@trace.json")
    return Hostile(command, ((name, dice.randbytes(dice.randrange(400))),))


def wounded(dice: random.Random, text: str) -> str:
    """A Python file with one to three tokens replaced; most often one name or number by another, so that it parses."""
    if dice.random() < 0.03:
        return text[: dice.randrange(len(text))]
    gentle = dice.random() < 0.85
    for _ in range(dice.choice([1, 1, 2, 3])):
        tokens = _places(text, gentle=gentle)
        if not tokens:
            return text
        start, stop = dice.choice(tokens)
        old, other = text[start:stop], text[slice(*dice.choice(tokens))]
        if gentle:
            new = dice.choice([other, other, other, old + "x", dice.choice(EXPRESSIONS.split())])
        else:
            new = dice.choice(["", f"{old} {old}", other, dice.choice([*WORDS.split(), "\n", "    "])])
        text = text[:start] + new + text[stop:]
    return text


def _places(text: str, *, gentle: bool) -> list[tuple[int, int]]:
    """Where the tokens of a file stand; comments and strings are left alone. The gentle look at names and numbers of
    classes only, and leave keywords."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    first = text.index("\nclass ") if gentle and "\nclass " in text else 0
    wanted = (tokenize.NAME, tokenize.NUMBER) if gentle else (tokenize.NAME, tokenize.OP, tokenize.NUMBER)
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            begin, end = (starts[row - 1] + column for row, column in (token.start, token.end))
            if token.type in wanted and begin >= first and not (gentle and keyword.iskeyword(token.string)):
                found.append((begin, end))
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def value(dice: random.Random) -> str:
    """A value that a user might type, or should not."""
    return dice.choice(["", *VALUES.split()])


def arguments(dice: random.Random) -> tuple[str, ...]:
    """Arguments of `check` and `list`, most of them wrong."""
    model = dice.choice(["", *NAMES.split()])
    options = [
        ("-p", f"{dice.choice(['ballots', 'values', 'mode', 'nodes', 'x', '', 'acceptors'])}={value(dice)}"),
        ("--invariant", value(dice)),
        ("--max-states", value(dice)),
        ("--max-time", value(dice)),
        ("--max-memory", value(dice)),
        ("--max-depth", value(dice)),
        ("--format", dice.choice(["json", "text", "junit", "github", "xml", ""])),
        ("--show-layout",),
        ("--deadlock",),
        ("--nosuch",),
    ]
    chosen = [part for option in dice.sample(options, dice.randint(1, 3)) for part in option]
    return (dice.choice(["check", "check", "check", "list"]), model, *chosen)


def bent(dice: random.Random, trace: str) -> bytes:
    """A trace file that is cut, has a value replaced, a key dropped, or a byte changed."""
    if dice.random() < 0.3:
        return trace.encode()[: dice.randrange(len(trace))]
    if dice.random() < 0.3:
        content = bytearray(trace.encode())
        content[dice.randrange(len(content))] = dice.randrange(256)
        return bytes(content)
    data = json.loads(trace)
    holder = data
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = dice.choice(keys)
        if isinstance(holder[key], dict | list) and holder[key] and dice.random() < 0.8:
            holder = holder[key]
            continue
        if dice.random() < 0.3:
            del holder[key]
        else:
            holder[key] = dice.choice(SCRAPS)
        return json.dumps(data).encode()


def graphed(case: Hostile, number: int) -> Hostile:
    """A like input for `graph`: a wounded model, the states around a bent trace, or a model merged by an expression."""
    dice = random.Random(number)
    if "@trace.json" in case.arguments:
        return Hostile(("graph", "paxos:ForgetfulAcceptor", "--around", "@trace.json"), case.files)
    if case.files and dice.random() < 0.4:
        return Hostile(("graph", *case.arguments[1:]), case.files)
    return Hostile(("graph", "lock-server", "-p", "clients=1", "--group-by", typed(dice)))


TYPED = """
len ( m.network ) | { c for c in m.holds if m.free } | any ( m.Lock ( src = c ) in m.network for c in m.Client ) |
max ( len ( m.holds ) , 1 ) // 2 | m.holds == m.holds | [ m.free , not m.free ] |
{ c : c in m.holds for c in m.Client } | 1 if m.free else len ( m.holds ) |
sum ( 1 for x in m.network.of ( m.Grant ) ) - m.clients"""


def typed(dice: random.Random) -> str:
    """An expression that a user might type, or should not: a good one with up to two tokens replaced."""
    tokens = dice.choice(TYPED.split("|")).split()
    pieces = [*TYPED.split(), *WORDS.split(), *EXPRESSIONS.replace("self", "m").split(), "m.__class__", "(" * 300]
    for _ in range(dice.choice([0, 1, 1, 2])):
        tokens[dice.randrange(len(tokens))] = dice.choice(pieces)
    return " ".join(tokens)


def placed(case: Hostile, folder: Path) -> list[str]:
    """Write the files of an input, and its arguments with their paths in place of `@name`."""
    for name, content in case.files:
        (folder / name).write_bytes(content)
    return [str(folder / part[1:]) if part.startswith("@") else part for part in case.arguments]
