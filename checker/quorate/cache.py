"""What is kept between runs: how entries are named and written. Where that cannot be done, nothing is kept or said."""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import os
import tempfile
from pathlib import Path

import quorate


@functools.cache
def source_digest(*folders: str) -> str:
    """A digest of the code in some folders of the checker: what another version of it made is never used."""
    digest = hashlib.sha256(quorate.__name__.encode())
    for folder in folders:
        for file in sorted(importlib.resources.files(quorate).joinpath(folder).iterdir(), key=lambda f: f.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def keep(path: Path, content: bytes) -> None:
    """Write an entry, whole or not at all; its folder is made if it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.stem[:16], suffix=".part")
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
