"""The text of a suite: which checks it has, and what each must find."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from quorate.errors import UsageError, nearest
from quorate.finder import split_spec
from quorate_reports.quantities import parse_bytes, parse_count, parse_seconds

SUITE = "quorate.toml"
"""The name of a suite that is not named."""
TRACES = "traces"
"""The folder beside a suite whose traces must not happen any more."""
VERDICTS = ("holds", "holds within bounds", "proved", "violated", "vacuous", "inconclusive")
PINS = ("distinct", "generated", "depth", "terminal", "cut", "trace")
"""The numbers that an entry may ask for; `trace` is the states on the counterexample."""
BUDGETS = {"max_states": parse_count, "max_depth": parse_count, "max_time": parse_seconds, "max_memory": parse_bytes}
KINDS: Mapping[str, type | tuple[type, ...]] = {
    "model": str,
    "parameters": dict,
    "properties": list,
    "engine": str,
    "faults": str,
    "deadlock": bool,
    "verdict": str,
    "property": str,
    "size": str,
    "source": str,
    "allow": str,
    "forbid": str,
    **dict.fromkeys(PINS, int),
    **dict.fromkeys(BUDGETS, (str, int)),
}
"""What an entry may say, and of which kind the value is."""


@dataclass(frozen=True)
class Entry:
    """One check of a suite: what is asked, as on the command line, and what is expected (None: anything good).

    With the engine "sequence" nothing is explored: the verdict on the `sequence` of steps is "allowed" or "forbidden".
    With "replay" the `model` is the file of a trace, which must not happen any more.
    `violates` is the property that is to be violated, `pins` are the counts. An entry whose `size` is "big" runs on
    request only. `folder` is where the model's file is looked for.
    """

    model: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    properties: tuple[str, ...] = ()
    engine: Literal["check", "prove", "sequence", "replay"] = "check"
    sequence: str = ""
    faults: str | None = None
    deadlock: bool = False
    budgets: Mapping[str, float] = field(default_factory=dict)
    verdict: str | None = None
    violates: str | None = None
    pins: Mapping[str, int] = field(default_factory=dict)
    size: str = ""
    folder: Path = Path()

    @property
    def name(self) -> str:
        """What is checked, as it would stand on the command line after `quorate check`."""
        if self.engine == "sequence":
            return f"{self.verdict} in {self._words([])}: {self.sequence}"
        return self._words([self.engine] if self.engine != "check" else [])

    def _words(self, words: list[str]) -> str:
        words = [*words, self.model, *(["--faults", self.faults] if self.faults else [])]
        words += [part for name, value in self.parameters.items() for part in ("-p", f"{name}={value}")]
        words += [part for name in self.properties for part in ("--invariant", name)]
        return shlex.join([*words, *(["--deadlock"] if self.deadlock else [])])

    @property
    def spec(self) -> str:
        """The model, its file found from anywhere."""
        return spec_from(self.folder, self.model)


def spec_from(folder: Path, model: str) -> str:
    """A model named as on the command line, a file as seen from a folder."""
    place, name = split_spec(model)
    if not place.endswith(".py"):
        return model
    path = folder / place
    return f"{path}:{name}" if name else str(path)


@dataclass(frozen=True)
class Suite:
    """The checks of a suite, and the file it stands in."""

    path: Path
    entries: tuple[Entry, ...]

    @property
    def lock(self) -> Path:
        """Where its baseline is kept: `quorate.lock` beside it, or, for a suite of another name, that name's."""
        stem = "quorate" if self.path.name in (SUITE, "pyproject.toml") else self.path.stem
        return self.path.with_name(f"{stem}.lock")


def find_suite(path: Path | None) -> Path:
    """The file of the suite: the one named, or `quorate.toml` here, or `pyproject.toml` if that has a suite.

    Raises UsageError if there is none.
    """
    if path is not None:
        return path / SUITE if path.is_dir() else path
    here = Path(SUITE)
    if here.is_file():
        return here
    project = Path("pyproject.toml")
    if project.is_file() and "quorate" in read_toml(project).get("tool", {}):
        return project
    hint = "name one, or write quorate.toml, with a [[check]] and its model = … for each check"
    raise UsageError("there is no suite here: no quorate.toml, and no [tool.quorate] in pyproject.toml", hint=hint)


def read_suite(path: Path) -> Suite:
    """The suite in a file, with those that it includes, and the traces in the folder `traces` beside it.

    Raises UsageError, naming what is wrong and where.
    """
    kept = sorted((path.parent / TRACES).glob("*.json"))
    traces = [Entry(str(Path(TRACES) / one.name), engine="replay", folder=path.parent) for one in kept]
    return Suite(path, (*_entries(path, ()), *traces))


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file holds. Raises UsageError if it cannot be read, or is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}") from None


def _entries(path: Path, including: tuple[Path, ...]) -> Iterator[Entry]:
    if path.resolve() in including:
        raise UsageError(f"{path} includes itself")
    data = read_toml(path)
    if path.name == "pyproject.toml":
        data = data.get("tool", {}).get("quorate", {})
    unknown = [key for key in data if key not in ("check", "include")]
    if unknown:
        known = nearest(unknown[0], ("check", "include")) or "a suite has `include` and [[check]]"
        raise UsageError(f"{path}: {unknown[0]} means nothing in a suite", hint=known)
    for name in read_list(path, data.get("include", []), str, "include is a list of file names"):
        yield from _entries(path.parent / name, (*including, path.resolve()))
    for number, given in enumerate(read_list(path, data.get("check", []), dict, "check is written [[check]]"), start=1):
        yield _entry(given, f"{path}, check {number}", path.parent)


def read_list(path: Path, given: Any, kind: type, cure: str) -> list[Any]:
    """A value that must be a list of things of one kind. Raises UsageError with the cure if it is not."""
    if not isinstance(given, list) or not all(isinstance(item, kind) for item in given):
        raise UsageError(f"{path}: {cure}")
    return given


def _entry(given: Mapping[str, Any], where: str, folder: Path) -> Entry:
    for key, value in given.items():
        if key not in KINDS:
            raise UsageError(f"{where}: there is no {key}", hint=nearest(key, KINDS) or f"it has {', '.join(KINDS)}")
        if not isinstance(value, KINDS[key]) or (isinstance(value, bool) and KINDS[key] is not bool):
            raise UsageError(f"{where}: {key} = {value!r} is of the wrong kind")
    if not given.get("model"):
        raise UsageError(f"{where}: it names no model", hint='write model = "raft", or model = "my_raft.py:Raft"')
    for key, known in (("verdict", VERDICTS), ("engine", ("check", "prove"))):
        if key in given and given[key] not in known:
            hint = nearest(given[key], known) or f"it is one of {', '.join(known)}"
            raise UsageError(f"{where}: there is no {key} {given[key]!r}", hint=hint)
    asked = [key for key in ("allow", "forbid", "verdict", "engine") if key in given]
    if asked[:1] in (["allow"], ["forbid"]) and len(asked) > 1:
        raise UsageError(f"{where}: {asked[0]} and {asked[1]} do not go together", hint="make two checks of it")
    sequence = given.get("allow") or given.get("forbid") or ""
    return Entry(
        model=given["model"],
        parameters={name: text_of(value) for name, value in given.get("parameters", {}).items()},
        properties=tuple(str(name) for name in given.get("properties", [])),
        engine="sequence" if sequence else given.get("engine", "check"),
        sequence=sequence,
        faults=given.get("faults"),
        deadlock=given.get("deadlock", False),
        budgets={name: parse(str(given[name]), f"{where}: {name}") for name, parse in BUDGETS.items() if name in given},
        verdict={"allow": "allowed", "forbid": "forbidden"}[asked[0]] if sequence else given.get("verdict"),
        violates=given.get("property"),
        pins={name: given[name] for name in PINS if name in given},
        size=given.get("size", ""),
        folder=folder,
    )


def text_of(value: Any) -> str:
    """A parameter as the command line has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
