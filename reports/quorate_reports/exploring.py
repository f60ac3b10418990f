"""The command `explore`: a server for one reader, who walks through a model while a check runs beside."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from starlette.applications import Starlette

import quorate
from quorate.errors import QuorateError, UsageError
from quorate.language.model import Model
from quorate.verdict import CheckResult, Progress
from quorate_reports.check_text import violations
from quorate_reports.explorer_server import Names, explorer_app
from quorate_reports.faults import find_faulty
from quorate_reports.html.explorer import Background
from quorate_reports.page import NEW, QUIET, Page
from quorate_reports.points import parse_points
from quorate_reports.quantities import parse_seconds
from quorate_reports.values import printable
from quorate_reports.walk import Walker
from quorate_reports.wording import TONES, count, style_of, worth

CHECK_TIME = "60s"
"""How long the check beside may take, if nothing else is said."""


@dataclass(frozen=True)
class ExploreOptions:
    """What was asked for, as it stands on the command line."""

    model: str
    parameters: tuple[str, ...] = ()
    faults: str | None = None
    host: str = "127.0.0.1"
    port: int = 8765
    max_time: str | None = None
    no_check: bool = False


class CheckBeside:
    """A check in a thread of its own."""

    def __init__(self, model: Model, seconds: float) -> None:
        self.model, self.seconds = model, seconds
        self.progress: Progress | None = None
        self.result: CheckResult | None = None
        self.failure: QuorateError | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="check", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Have it end, and wait for that."""
        self._stopping.set()
        self._thread.join()

    def background(self) -> Background:
        """How it stands."""
        if self.result is not None:
            found = [*violations(self.result), *(p.witness for p in self.result.properties if p.witness is not None)]
            verdict = self.result.verdict
            return Background(False, f"{verdict.name}: {worth(self.result)}", TONES[style_of(verdict)], tuple(found))
        if self.failure is not None:
            return Background(False, f"the check fails: {printable(self.failure.message)}", "bad")
        if self.progress is None:
            return Background(True, "checking …")
        states = count(self.progress.distinct, "distinct state")
        return Background(True, f"checking: {states}, depth {self.progress.depth} …")

    def _run(self) -> None:
        def note(progress: Progress) -> None:
            self.progress = progress

        try:
            self.result = quorate.check(
                self.model,
                keep_going=True,
                max_time=self.seconds,
                on_progress=note,
                interrupted=self._stopping.is_set,
            )
        except QuorateError as error:
            self.failure = error


def explore(options: ExploreOptions, page: Page, interrupted: Callable[[], bool]) -> int:
    """Serve until Ctrl-C; the exit code. `interrupted` says whether that was pressed before the server was there.

    Raises UsageError if the port cannot be had, and LoadError and ParameterError as the model says.
    """
    seconds = parse_seconds(options.max_time or CHECK_TIME, "--max-time")
    model = find_faulty(options.model, options.faults)
    points = parse_points(model, options.parameters)
    if points.swept:
        raise UsageError("explore looks at one model, and a sweep is several", hint="give each parameter one value")
    instance = model(**points.points[0])
    walker = Walker(instance)
    with _listening(options.host, options.port) as listener, _beside(instance, seconds, options) as background:
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        page.line((type(instance).__name__, NEW), f"  http://{shown}:{port}/")
        page.line(("Ctrl-C ends it", QUIET))
        page.flush()
        _serve(explorer_app(walker, background, Names.of(host, options.host, port)), listener, interrupted)
    return 0


@contextlib.contextmanager
def _beside(
    model: Model, seconds: float, options: ExploreOptions
) -> Iterator[Callable[[], Background | None]]:
    """The check beside, while this lasts; what asks it how it stands."""
    if options.no_check:
        yield lambda: None
        return
    check = CheckBeside(model, seconds)
    check.start()
    try:
        yield check.background
    finally:
        check.stop()


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens. Raises UsageError if there is none to be had."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--host {host}: no such address", hint="the default is 127.0.0.1") from error
    except OverflowError:
        raise UsageError(f"--port {port}: a port is 0..65535") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # a port whose last connections are only closing may be taken up again
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(64)
        yield listener
    except OSError as error:
        raise UsageError(f"port {port} of {host}: {error.strerror}", hint="--port 0 takes one that is free") from error
    finally:
        listener.close()


def _serve(app: Starlette, listener: socket.socket, interrupted: Callable[[], bool]) -> None:
    """Serve until Ctrl-C, which the server handles, or a termination."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            # pressed before the server handled it
            self.should_exit = self.should_exit or interrupted()

    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none", server_header=False)
    Server(config).run(sockets=[listener])
