"""Templates, with the style and the scripts that a page carries in itself."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

HERE = Path(__file__).parent


def render(name: str, *, script: str, **values: Any) -> str:
    """A template filled in, with the named script in it. Every value is escaped unless it is Markup.

    The page's own policy has the browser run that script alone, and load nothing from anywhere.
    """
    code = asset(script)
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    values |= {"style": Markup(asset("page.css")), "script": Markup(code), "script_digest": digest}
    return template(name).render(values)


def template(name: str) -> jinja2.Template:
    """A packaged template."""
    return _environment().get_template(name)


def asset(name: str) -> str:
    """The text of a packaged style sheet or script."""
    return (HERE / "static" / name).read_text(encoding="utf-8")


def embedded_json(data: Any) -> Markup:
    """Data as JSON that can stand in a `<script>`: nothing in it ends the element or begins a comment."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda number: f"{number:,}"
    return environment
