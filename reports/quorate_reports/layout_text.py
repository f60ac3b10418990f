"""How a state is packed, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quorate_reports.page import Page, Part
from quorate_reports.values import printable
from quorate_reports.wording import count

if TYPE_CHECKING:
    from quorate import LayoutReport


def layout_to_data(layout: LayoutReport) -> dict[str, Any]:
    """The layout as JSON objects: bits and offsets in bits, words of 64 bits counted from 0."""
    return {
        "words": layout.words,
        "fields": [
            {
                "name": field.name,
                "type": field.type_text,
                "bits": field.bits,
                "word": field.word,
                "offset": field.offset,
            }
            for field in layout.fields
        ],
    }


def write_layout(page: Page, layout: LayoutReport) -> None:
    """The layout as a table."""
    used = sum(field.bits for field in layout.fields)
    page.line(f"a state takes {count(layout.words, 'word')} of 64 bits, of which {count(used, 'bit')} are used")
    rows: list[list[Part]] = [
        [f"{field.word}", f"{field.offset}", f"{field.bits}", field.name, printable(field.type_text)]
        for field in layout.fields
    ]
    page.table(["word", "offset", "bits", "field", "type"], rows, indent=2, right="rrrll")
