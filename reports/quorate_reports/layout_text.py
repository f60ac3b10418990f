"""How a state is packed, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quorate_reports.page import Page, Part
from quorate_reports.wording import count

if TYPE_CHECKING:
    from quorate import LayoutReport


def layout_to_data(layout: LayoutReport) -> dict[str, Any]:
    """The layout as JSON objects: bits and offsets in bits, words of 64 bits counted from 0."""
    return {
        "words": layout.words,
        "fields": [
            {"name": name, "type": kind, "bits": bits, "word": word, "offset": offset}
            for name, kind, bits, word, offset in layout.fields
        ],
    }


def write_layout(page: Page, layout: LayoutReport) -> None:
    """The layout as a table."""
    used = sum(bits for _, _, bits, _, _ in layout.fields)
    page.line(f"a state takes {count(layout.words, 'word')} of 64 bits, of which {count(used, 'bit')} are used")
    rows: list[list[Part]] = [
        [f"{word}", f"{offset}", f"{bits}", name, kind] for name, kind, bits, word, offset in layout.fields
    ]
    page.table(["word", "offset", "bits", "field", "type"], rows, indent=2, right="rrrll")
