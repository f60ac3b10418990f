"""Failures of a command: one clear message and the right exit code, never a traceback on the screen."""

from __future__ import annotations

import contextlib
import json
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from quorate.errors import Exit, InternalError, LoadError, QuorateError
from quorate_reports.check_json import error_to_data
from quorate_reports.diagnostics import write_diagnostic
from quorate_reports.page import BAD, OutputError, Page
from quorate_reports.values import printable


def guarded(
    body: Callable[[], int],
    *,
    page: Page,
    errors: Page,
    is_json: bool,
    folder: Path | None,
    told: Callable[[QuorateError], str] | None = None,
) -> int:
    """Run the body of a command; its exit code, or that of the error that ended it, which is then explained.

    Reports are for `page`, explanations go to `errors`. A report that is not for people has the error too: as JSON, or
    as `told` writes it.

    `folder` is where the traceback of an internal error is saved (None: a temporary file).
    """
    try:
        # what a model prints must not get between the lines of the report
        with contextlib.redirect_stdout(sys.stderr):
            code = body()
        page.flush()
        return int(code)
    except InternalError as error:
        failure: QuorateError = _internal(error, errors, folder)
    except QuorateError as error:
        write_error(errors, error)
        failure = error
    except KeyboardInterrupt:
        failure = StoppedError("interrupted")
        errors.line(failure.message)
    except MemoryError:
        failure = StoppedError("out of memory")
        write_error(errors, failure)
    except Exception as error:  # noqa: BLE001 - the last resort, so that no traceback reaches the screen
        failure = _internal(error, errors, folder)
    if is_json or told is not None:
        with contextlib.suppress(OutputError):
            page.verbatim(json.dumps(error_to_data(failure), indent=2) if told is None else told(failure))
            page.flush()
    return int(failure.exit_code)


class StoppedError(QuorateError):
    """The command was stopped before it had a result."""

    exit_code = Exit.INCONCLUSIVE


def write_error(page: Page, error: QuorateError) -> None:
    """An error with all its diagnostics and its cure."""
    page.line(("error: ", BAD), printable(error.message), wraps=False)
    for diagnostic in error.diagnostics if isinstance(error, LoadError) else ():
        page.blank()
        write_diagnostic(page, diagnostic)
    if error.hint:
        page.line(f"help: {printable(error.hint)}", indent=2, wraps=False)


def _internal(error: Exception, page: Page, folder: Path | None) -> InternalError:
    """Explain an internal error and save its traceback; the error as a report shows it."""
    saved = _save_traceback(error, folder)
    where = f"; the details are in {saved}" if saved else ""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    page.verbatim(f"internal error: {printable(text)}. Please report this{where}")
    return InternalError(f"internal error: {printable(text)}", hint=f"please report this{where}")


def _save_traceback(error: Exception, folder: Path | None) -> Path | None:
    lines = [f"{sys.argv}\n", f"Python {platform.python_version()} on {platform.platform()}\n\n"]
    text = "".join([*lines, *traceback.format_exception(error)])
    # the given folder may be just what fails
    for place in (folder, Path(tempfile.gettempdir())):
        try:
            if place is not None:
                place.mkdir(parents=True, exist_ok=True)
                with tempfile.NamedTemporaryFile(
                    "w", dir=place, prefix="quorate-error-", suffix=".txt", delete=False, encoding="utf-8"
                ) as file:
                    file.write(text)
                return Path(file.name)
        except OSError:
            continue
    return None
