"""The explorer as a web application: pages to read, for one host name, refused to other origins."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from quorate.errors import QuorateError
from quorate_reports.html.explorer import Background, beside_html, explorer_html, refusal_html, start_html
from quorate_reports.walk import Walker

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Names:
    """The values of the header `Host` that mean this server.

    A name of another site that was made to point here (DNS rebinding) is none of them. A server that listens on all
    addresses is also known by any address, which no site can take for a name.
    """

    known: frozenset[str]
    port: int
    any_address: bool

    @classmethod
    def of(cls, address: str, asked: str, port: int) -> Names:
        """The names of a server that listens at an address, by the host that was asked for."""
        bound = ipaddress.ip_address(address)
        own = f"[{address}]" if bound.version == 6 else address
        names = {own, asked.lower(), *(LOOPBACK if bound.is_loopback or bound.is_unspecified else ())}
        return cls(frozenset(names), port, bound.is_unspecified)

    def has(self, host: str) -> bool:
        """Whether a header names this server."""
        name, _, port = host.lower().rpartition(":") if not host.endswith("]") else (host.lower(), "", "80")
        if not name:
            name, port = port, "80"
        if port != str(self.port):
            return False
        return name in self.known or (self.any_address and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


class SameOrigin:
    """Answers 403 to whatever does not come from the server's own pages, or from a reader who follows an address."""

    def __init__(self, app: Any, names: Names) -> None:
        self.app, self.names = app, names

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] == "http":
            refusal = self._refusal(Request(scope))
            if refusal is not None:
                await PlainTextResponse(f"{refusal}\n", 403, HEADERS)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, request: Request) -> str | None:
        headers = request.headers
        host = headers.get("host", "")
        if not self.names.has(host):
            return "this server does not go by that name"
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return "requests of other origins are refused"
        foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        if foreign and (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) != ("navigate", "document"):
            return "requests of other sites are refused"
        return None


def explorer_app(walker: Walker, background: Callable[[], Background | None], names: Names) -> Starlette:
    """The application. It is read only: no request changes anything, the address says it all."""

    # the handlers are coroutines that never wait, so that one runs after the other, in one thread
    async def explorer(request: Request) -> Response:
        text, expression = request.query_params.get("path", ""), request.query_params.get("eval", "").strip()
        try:
            if not text and len(walker.initial) != 1:
                return HTMLResponse(start_html(walker, expression, background()), headers=HEADERS)
            path = walker.parsed(text) if text else (0,)
            return HTMLResponse(explorer_html(walker, path, expression, background()), headers=HEADERS)
        except QuorateError as error:
            return HTMLResponse(refusal_html(walker, error), 404, HEADERS)

    async def beside(request: Request) -> Response:
        expression = request.query_params.get("eval", "").strip()
        return HTMLResponse(beside_html(walker, background(), expression), headers=HEADERS)

    return Starlette(
        routes=[Route("/", explorer), Route("/beside", beside)], middleware=[Middleware(SameOrigin, names=names)]
    )
