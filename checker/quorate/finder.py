"""Finding models: by shipped name, by file, by dotted path."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib
import importlib.util
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from quorate.errors import DeclarationError, Diagnostic, LoadError, ParameterError, Span, nearest
from quorate.language.misdeclared import declaration_error

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from quorate.language.model import Model
    from quorate.language.properties import Property

GROUP = "quorate.models"
"""The entry point group that names models: `my-protocol = "my_package.my_module:MyProtocol"`."""


def find_model(spec: str) -> type[Model]:
    """The model that `spec` means: a shipped name (`raft`), a variant of it (`raft:Careless`), a file (`my_raft.py`),
    a class in a file (`my_raft.py:Raft`), or a dotted path (`pkg.mod:Raft`, `pkg.mod.Raft`, `pkg.mod`).

    Raises LoadError if there is none, or several to choose from, or its module does not load.
    """
    place, name = split_spec(spec)
    if not place.strip():
        raise LoadError("no model is named", hint="`quorate list` shows those that there are")
    if _is_file_name(place):
        return _choose(_load_file(Path(place)), name, place)
    shipped = _entry_points()
    if place in shipped:
        module, _, shipped_name = shipped[place].value.partition(":")
        return _choose(_import(module), name or shipped_name, place)
    if "." in place or name:
        # the current folder comes first, as for `python -m`
        with _on_path(""):
            found = _find_dotted(place, name)
        if found is not None:
            return found
    raise LoadError(f"there is no model {spec!r}", hint=nearest(place, shipped) or "`quorate list` shows the models")


def find_models(spec: str) -> list[type[Model]]:
    """All models that `spec` means, in source order: of a file or name all, its variants too; of a class that one.

    Raises LoadError as `find_model` does, but not for several.
    """
    place, name = split_spec(spec)
    if _is_file_name(place) and not name:
        module = _load_file(Path(place))
        return _models_in(module) or [_choose(module, name, place)]
    model = find_model(spec)
    return [model] if name else [model, *variants(model)]


def find_invariant(place: str, name: str) -> Property:
    """The invariant of that name in a file (`my_lemmas.py`) or a module (`pkg.mod`).

    Raises LoadError if there is no such module or it does not load, ParameterError if it has no such invariant.
    """
    from quorate.language.properties import Property

    module = _module(place)
    found = getattr(module, name, None)
    if isinstance(found, Property) and found.kind == "invariant":
        return found
    names = [key for key, one in vars(module).items() if isinstance(one, Property) and one.kind == "invariant"]
    listing = f"its invariants are {', '.join(names)}" if names else "it has none"
    raise ParameterError(f"{place} has no invariant {name}", hint=nearest(name, names) or listing)


def find_function(spec: str) -> Callable[..., Any]:
    """The function that `FILE.py:NAME` or `pkg.mod:NAME` means.

    Raises LoadError if there is no such module or it does not load, ParameterError if it has no such function.
    """
    place, name = split_spec(spec)
    if not name:
        raise ParameterError(f"{spec} names no function", hint="write FILE.py:NAME, or pkg.mod:NAME")
    module = _module(place)
    found = getattr(module, name, None)
    if isinstance(found, FunctionType):
        return found
    names = [key for key, one in vars(module).items() if isinstance(one, FunctionType)]
    raise ParameterError(f"{place} has no function {name}", hint=nearest(name, names) or "it is written with def")


def _module(place: str) -> ModuleType:
    """The module in a file or of a dotted path. Raises LoadError."""
    if _is_file_name(place):
        return _load_file(Path(place))
    with _on_path(""):
        if not all(part.isidentifier() for part in place.split(".")) or not _exists(place):
            raise LoadError(f"there is no module {place}", hint="name it as pkg.mod:name or file.py:name")
        return _import(place)


def split_spec(spec: str) -> tuple[str, str]:
    """Where a model stands, and the name of the class there: `("my_raft.py", "Raft")`; the name may be empty."""
    place, colon, name = spec.rpartition(":")
    return (place, name) if colon and name.isidentifier() else (spec, "")


def shipped_names() -> tuple[str, ...]:
    """The names of the installed models, sorted."""
    return tuple(sorted(_entry_points()))


def shipped_models() -> list[tuple[str, type[Model]]]:
    """The installed models by name. Raises LoadError if one does not load."""
    return [(name, find_model(name)) for name in shipped_names()]


def variants(model: type[Model]) -> list[type[Model]]:
    """The broken variants of a model: subclasses that say what is expected of them, in its module, in source order,
    then in the packages around it, among the names that their `__init__.py` brings together.

    A subclass of a subclass that is a model of its own is a variant of that one.
    """
    parts = model.__module__.split(".")
    around = [".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]
    found = _models_in(sys.modules[model.__module__]) if model.__module__ in sys.modules else []
    for package in filter(sys.modules.__contains__, around):
        found += [c for c in vars(sys.modules[package]).values() if isinstance(c, type) and issubclass(c, model)]
    return [c for c in dict.fromkeys(found) if c is not model and issubclass(c, model) and _varied_by(c) is model]


def _varied_by(variant: type[Model]) -> type[Model] | None:
    """The model that a class varies: the first of its bases that is no variant itself; None if it is none either."""
    from quorate.language.model import Model

    if variant.expected is None:
        return None
    return next(base for base in variant.__mro__ if issubclass(base, Model) and base.expected is None)


# -- names


def _entry_points() -> dict[str, EntryPoint]:
    # slow to import (50 ms), and of no use to one who names a file
    from importlib.metadata import entry_points

    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, entry)
    return found


def _is_file_name(place: str) -> bool:
    return place.endswith(".py") or "/" in place


def _find_dotted(place: str, name: str) -> type[Model] | None:
    """The model at a dotted path, or None if not even the first part of the path is a module."""
    parts = place.split(".")
    if not all(part.isidentifier() for part in parts) or not _exists(parts[0]):
        return None
    if _exists(place):
        return _choose(_import(place), name, place)
    parent, _, last = place.rpartition(".")
    if parent and not name and _exists(parent):
        return _choose(_import(parent), last, parent)
    raise LoadError(f"there is no module {place}", hint="a dotted path is pkg.mod:Class or pkg.mod.Class")


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
    except Exception as error:
        # finding a submodule imports its package, which runs its code
        raise _failure(error, module) from error


# -- modules to models


def _models_in(module: ModuleType) -> list[type[Model]]:
    """The models that a module defines, in source order; imported ones are not its own."""
    from quorate.language.model import Model

    return [
        value
        for key, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Model)
        and value.__module__ == module.__name__
        and value.__name__ == key
    ]


def _choose(module: ModuleType, name: str, place: str) -> type[Model]:
    """The model of that name in a module; without a name the only one that is no variant."""
    from quorate.language.model import Model

    own = _models_in(module)
    if name:
        chosen = getattr(module, name, None)
        if isinstance(chosen, type) and issubclass(chosen, Model) and chosen is not Model:
            return chosen
        names = [model.__name__ for model in own]
        listing = f"its models are {', '.join(names)}" if names else "it defines no model"
        raise LoadError(f"{place} has no model {name}", hint=nearest(name, names) or listing)
    mains = [model for model in own if model.expected is None] or own
    if len(mains) == 1:
        return mains[0]
    if not mains:
        raise LoadError(f"{place} defines no model", hint="a model is a class that derives from quorate.Model")
    raise LoadError(
        f"{place} has several models: {', '.join(model.__name__ for model in mains)}",
        hint=f"name one: {place}:{mains[0].__name__}",
    )


# -- loading


def _import(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as error:
        raise _failure(error, module) from error


def _load_file(path: Path) -> ModuleType:
    """Run a file as a module of its own, as `python file.py` would see it: its folder comes first for its imports.

    The module gets a name that only this file has, and the neighbours it imports are forgotten again, so that files of
    the same name in two folders never stand for each other.
    """
    source = _read(path)
    linecache.checkcache(str(path))
    name = f"_quorate_{path.stem}_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    module = ModuleType(name)
    module.__file__ = str(path)
    module.__spec__ = ModuleSpec(name, SourceFileLoader(name, str(path)), origin=str(path))
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        code = compile(ast.parse(source, str(path)), str(path), "exec", dont_inherit=True)
        with _neighbours_of(path):
            exec(code, vars(module))
    except (Exception, SystemExit) as error:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise _failure(error, str(path)) from error
    return module


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder = path.parent
        names = [entry.name for entry in folder.glob("*.py")] if folder.is_dir() else []
        raise LoadError(f"there is no file {path}", hint=nearest(path.name, names)) from None
    except IsADirectoryError:
        raise LoadError(f"{path} is a folder", hint="name the file in it that holds the model") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LoadError(f"{path} cannot be read: {reason}") from None


@contextlib.contextmanager
def _on_path(folder: str) -> Iterator[None]:
    """Have imports look in a folder before any other."""
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)


@contextlib.contextmanager
def _neighbours_of(path: Path) -> Iterator[None]:
    folder = str(path.resolve().parent)
    known = set(sys.modules)
    try:
        with _on_path(folder):
            yield
    finally:
        for name in set(sys.modules) - known:
            origin = getattr(sys.modules[name], "__file__", None)
            if origin and Path(origin).is_relative_to(folder) and "site-packages" not in Path(origin).parts:
                del sys.modules[name]


# -- failures while loading


def _failure(error: BaseException, what: str) -> LoadError:
    """What went wrong while a module ran, with the place in the user's text that it came from."""
    if isinstance(error, LoadError):
        return error
    if isinstance(error, SyntaxError) and error.filename:
        line, column = error.lineno or 1, max(0, (error.offset or 1) - 1)
        # Python says 0 for an end that it does not know
        end = error.end_offset - 1 if error.end_offset and error.end_lineno == line else column + 1
        span = Span(error.filename, line, column, line, max(end, column + 1))
        diagnostic = Diagnostic("Q001", f"Python cannot read this: {error.msg}", span)
    elif isinstance(error, SyntaxError | ValueError) and _is_unreadable(error):
        return LoadError(f"{what} is not Python source: {error}", hint="a model is a text file of Python")
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        diagnostic = Diagnostic("Q002", text, _place_of(error), _cure(error))
        mistake = error if isinstance(error, DeclarationError) else declaration_error(error)
        if mistake is not None:
            diagnostic = Diagnostic(mistake.code, str(mistake), _place_of(error), mistake.hint)
    return LoadError(f"{what} does not load", diagnostics=(diagnostic,))


def _is_unreadable(error: BaseException) -> bool:
    """Whether Python gave up before it had any line to point to: null bytes, a wrong encoding."""
    return isinstance(error, UnicodeDecodeError | SyntaxError) or "null bytes" in str(error)


def _place_of(error: BaseException) -> Span | None:
    """The innermost stretch of text outside Quorate and the import system that the exception passed through."""
    own = str(Path(__file__).parent)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((own, "<")) and frame.lineno is not None:
            start = frame.colno or 0
            end_line = frame.end_lineno or frame.lineno
            return Span(frame.filename, frame.lineno, start, end_line, frame.end_colno or start + 1)
    return None


def _cure(error: BaseException) -> str | None:
    hint = getattr(error, "hint", None)
    if isinstance(hint, str):
        return hint
    if isinstance(error, ModuleNotFoundError):
        return f"install the package that has {error.name}, or put {error.name}.py beside the model"
    if isinstance(error, ImportError) and "relative import" in str(error):
        return "a file is loaded on its own, outside any package: import its neighbours by their plain names"
    if isinstance(error, SystemExit):
        return 'keep what only a script does under `if __name__ == "__main__":`'
    return None
