"""Models as they were in a git revision: `HEAD~1:models/raft.py`, `v1.0:raft.py:Raft`."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from quorate.errors import LoadError
from quorate.finder import split_spec
from quorate_reports.faults import find_faulty

if TYPE_CHECKING:
    from quorate.language.model import Model

OWN = ("quorate", "quorate_reports")
"""The packages that run: they are those of now, also where the revision is one of Quorate itself."""


@contextlib.contextmanager
def model_at(spec: str, faults: str | None = None) -> Iterator[type[Model]]:
    """The model that `spec` means, as in `find_model`, or `REVISION:FILE` and `REVISION:FILE:CLASS` for a file as git
    has it there. What that file imports from the repository is of the revision too.

    Raises LoadError if there is no such file or revision, and as `find_model` does.
    """
    place, name = split_spec(spec)
    revision, colon, path = place.partition(":")
    if not colon or not path.endswith(".py") or Path(place).exists():
        yield find_faulty(spec, faults)
        return
    with tempfile.TemporaryDirectory(prefix="quorate-") as folder:
        root = Path(_git("rev-parse", "--show-toplevel", revision=revision).decode().strip()).resolve()
        tree = Path(folder).resolve() / "tree"
        _check_out(revision, root, tree)
        # a path is one from here, or one from the root of the repository
        from_here = Path(os.path.normpath(Path.cwd() / path))
        inside = from_here.relative_to(root) if from_here.is_relative_to(root) else Path(path)
        copy = next((one for one in (tree / inside, tree / path) if one.is_file()), None)
        if copy is None:
            hint = f"`git ls-tree -r --name-only {revision}` lists its files"
            raise LoadError(f"git has no {path} in revision {revision}", hint=hint)
        with _in_place_of(root, tree):
            model = find_faulty(f"{copy}:{name}" if name else str(copy), faults)
        yield model


def _check_out(revision: str, root: Path, tree: Path) -> None:
    """Write the Python files of a revision to a folder. The repository and its index stay as they are."""
    index = {"GIT_INDEX_FILE": str(tree.parent / "index")}
    at = ("-C", str(root))
    _git(*at, "read-tree", revision, revision=revision, environment=index)
    names = _git(*at, "ls-files", "-z", "*.py", revision=revision, environment=index)
    _git(*at, "checkout-index", "-z", "--stdin", f"--prefix={tree}/", revision=revision, environment=index, text=names)


def _git(*arguments: str, revision: str, environment: dict[str, str] | None = None, text: bytes = b"") -> bytes:
    """What git prints. Raises LoadError if it fails."""
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, check=False, input=text, env=os.environ | (environment or {})
        )
    except OSError as error:
        raise LoadError(f"git cannot be run: {error.strerror}", hint="install git, or name two files") from None
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        hint = reason[-1] if reason else "`git log` shows the revisions"
        raise LoadError(f"git cannot show revision {revision}", hint=hint)
    return done.stdout


@contextlib.contextmanager
def _in_place_of(root: Path, tree: Path) -> Iterator[None]:
    """Import what stands below `root` from `tree`. What is imported meanwhile is forgotten again."""
    kept = {name: module for name, module in sys.modules.items() if _stands_below(root, module)}
    for name in kept:
        del sys.modules[name]
    finder = _Elsewhere(root, tree)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name, module in sys.modules.items() if _stands_below(tree, module)]:
            # a model's own module is found by its name, which is that of its file
            if not name.startswith("_quorate_"):
                del sys.modules[name]
        sys.modules.update(kept)


def _stands_below(folder: Path, module: ModuleType) -> bool:
    origin = getattr(module, "__file__", None)
    own = module.__name__.partition(".")[0] in OWN
    return origin is not None and not own and Path(origin).is_relative_to(folder)


@dataclass(frozen=True)
class _Elsewhere:
    """Finds the modules of one folder in another one."""

    root: Path
    tree: Path

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Python's protocol for importing: None leaves a module to the other finders."""
        if name.partition(".")[0] in OWN:
            return None
        others = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        found = next((spec for spec in others if spec is not None), None)
        if found is None or found.origin is None or not Path(found.origin).is_relative_to(self.root):
            return None
        copy = self.tree / Path(found.origin).relative_to(self.root)
        if not copy.is_file():
            # not git's, as the packages of an environment that stands in the repository
            return None
        inside = None if found.submodule_search_locations is None else [str(copy.parent)]
        return spec_from_file_location(name, copy, submodule_search_locations=inside)
