"""What models there are, and what one of them declares."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quorate.errors import QuorateError
from quorate.finder import find_model, shipped_names, split_spec, variants
from quorate_reports.page import NEW, QUIET, WARN, Page, Part
from quorate_reports.values import printable, show_parameters

if TYPE_CHECKING:
    from quorate.language.model import Model
    from quorate.language.params import Param


@dataclass(frozen=True)
class Listed:
    """A shipped model by name: its class, or the error that keeps it from loading."""

    name: str
    model: type[Model] | None
    error: str | None = None


def list_models() -> tuple[Listed, ...]:
    """All shipped models, by name."""
    found = []
    for name in shipped_names():
        try:
            found.append(Listed(name, find_model(name)))
        except QuorateError as error:
            found.append(Listed(name, None, error.message))
    return tuple(found)


def doc_of(model: type[Model]) -> str:
    """The docstring of a class itself, never one that is inherited."""
    return inspect.cleandoc(vars(model).get("__doc__") or "")


def summary(model: type[Model]) -> str:
    """The first line of a class's docstring."""
    return doc_of(model).partition("\n")[0]


def models_to_data(found: Sequence[Listed]) -> dict[str, Any]:
    """The list of models as JSON objects."""
    return {
        "models": [
            {
                "name": item.name,
                "summary": summary(item.model) if item.model else None,
                "variants": [f"{item.name}:{v.__name__}" for v in variants(item.model)] if item.model else [],
                "error": item.error,
            }
            for item in found
        ]
    }


def write_models(page: Page, found: Sequence[Listed]) -> None:
    """The list of models as a table, the broken variants of each below it."""
    rows: list[list[Part]] = []
    for item in found:
        if item.model is None:
            rows.append([(item.name, NEW), (f"does not load: {item.error}", WARN)])
            continue
        rows.append([(item.name, NEW), printable(summary(item.model))])
        rows += [
            [f"  :{variant.__name__}", (printable(f"broken: {summary(variant)}"), QUIET)]
            for variant in variants(item.model)
        ]
    page.table(["model", ""], rows)
    page.blank()
    page.line("quorate list MODEL shows one of them, quorate check MODEL checks it.")


def model_to_data(spec: str, model: type[Model]) -> dict[str, Any]:
    """What a model declares, as JSON objects."""
    return {
        "name": spec,
        "class": model.__name__,
        "doc": doc_of(model),
        "parameters": [_parameter_data(param) for param in model.parameters().values()],
        "properties": [{"name": p.name, "kind": p.kind, "doc": p.doc} for p in model.model_properties()],
        "lemmas": [{"name": lemma.name, "doc": lemma.doc} for lemma in model.model_lemmas()],
        "expected": None if model.expected is None else _expected_data(model),
        "variants": [{"name": _variant_spec(spec, v), "doc": doc_of(v), **_expected_data(v)} for v in variants(model)],
    }


def write_model(page: Page, spec: str, model: type[Model]) -> None:
    """What a model declares, as text."""
    page.line((printable(spec), NEW), f"  {model.__name__}" if model.__name__ not in spec else "")
    _write_doc(page, doc_of(model))
    if model.parameters():
        page.blank()
        rows: list[list[Part]] = [
            [name, _default(param), param.allowed(), printable(param.doc) + (" (a bound)" if param.is_bound else "")]
            for name, param in model.parameters().items()
        ]
        page.table(["parameter", "default", "allowed", ""], rows, indent=2)
    if model.model_properties():
        page.blank()
        rows = [[p.name, p.kind.replace("_", " "), printable(_flat(p.doc))] for p in model.model_properties()]
        page.table(["property", "kind", ""], rows, indent=2)
    if model.model_lemmas():
        page.blank()
        rows = [[lemma.name, printable(_flat(lemma.doc))] for lemma in model.model_lemmas()]
        page.table(["lemma", ""], rows, indent=2)
    if model.expected is not None:
        page.blank()
        page.line(("broken on purpose: ", WARN), _expectation(model), indent=2)
    found = variants(model)
    if found:
        page.blank()
        page.line(("broken variants", QUIET), indent=2)
    for variant in found:
        page.line((_variant_spec(spec, variant), NEW), f"  {_expectation(variant)}", indent=2)
        page.line(printable(summary(variant)), indent=6, hang=0)


def _write_doc(page: Page, text: str) -> None:
    """A docstring: its paragraphs filled to the width of the page, indented blocks as they are."""
    for number, block in enumerate(text.split("\n\n")):
        if number:
            page.blank()
        lines = block.splitlines()
        for line in lines if any(line.startswith(" ") for line in lines) else [" ".join(lines)]:
            page.line(printable(line.rstrip()), indent=2, hang=0)


def _variant_spec(spec: str, variant: type[Model]) -> str:
    return f"{split_spec(spec)[0]}:{variant.__name__}"


def _expectation(variant: type[Model]) -> str:
    expected = variant.expected
    assert expected is not None
    found, hidden = _at(expected.found_at), _at(expected.hidden_at)
    return f"breaks {printable(expected.property)}: found at {found}, hidden at {hidden}"


def _at(values: Mapping[str, Any]) -> str:
    return show_parameters(values) or "the defaults"


def _expected_data(variant: type[Model]) -> dict[str, Any]:
    expected = variant.expected
    assert expected is not None
    return {
        "breaks": expected.property,
        "found_at": {name: _plain(value) for name, value in expected.found_at.items()},
        "hidden_at": {name: _plain(value) for name, value in expected.hidden_at.items()},
    }


def _parameter_data(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "default": _plain(param.default),
        "choices": None if param.choices is None else list(param.choices),
        "minimum": param.minimum,
        "maximum": param.maximum,
        "is_bound": param.is_bound,
        "doc": param.doc,
    }


def _plain(value: Any) -> int | bool | str:
    """A parameter value as plain data: an enum member as the text that the command line takes."""
    return value if isinstance(value, int) else str(getattr(value, "value", value))


def _default(param: Param) -> str:
    return str(_plain(param.default)).lower() if isinstance(param.default, bool) else str(_plain(param.default))


def _flat(text: str) -> str:
    return " ".join(text.split())
