"""Models as they were in a git revision: `HEAD~1:models/raft.py`, `v1.0:raft.py:Raft`."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from quorate.errors import LoadError
from quorate.finder import split_spec
from quorate_reports.faults import find_faulty

if TYPE_CHECKING:
    from quorate.language.model import Model


@contextlib.contextmanager
def model_at(spec: str, faults: str | None = None) -> Iterator[type[Model]]:
    """The model that `spec` means, as in `find_model`, or `REVISION:FILE` and `REVISION:FILE:CLASS` for a file as git
    has it there. Only that file is of the revision; what it imports is what there is now.

    Raises LoadError if there is no such file or revision, and as `find_model` does.
    """
    place, name = split_spec(spec)
    revision, colon, path = place.partition(":")
    if not colon or not path.endswith(".py") or Path(place).exists():
        yield find_faulty(spec, faults)
        return
    with tempfile.TemporaryDirectory(prefix="quorate-") as folder:
        # git knows a path from the root of the work tree by itself, one from here by the ./ before it
        relative = path if path.startswith(("./", "../")) else f"./{path}"
        shown = _git("show", f"{revision}:{relative}")
        if shown is None:
            shown = _git("show", f"{revision}:{path}")
        if shown is None:
            hint = f"`git show {revision}:{path}` must show the file"
            raise LoadError(f"git has no {path} in revision {revision}", hint=hint)
        copy = Path(folder) / PurePosixPath(path).name
        copy.write_bytes(shown)
        yield find_faulty(f"{copy}:{name}" if name else str(copy), faults)


def _git(*arguments: str) -> bytes | None:
    """What git prints, or None if it fails."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except OSError as error:
        raise LoadError(f"git cannot be run: {error.strerror}", hint="install git, or name two files") from None
    return done.stdout if done.returncode == 0 else None
