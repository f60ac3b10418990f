"""Takes the pictures of this folder: the report and the explorer, on a desk and on a phone, light and dark.

    python docs/gallery/make_screenshots.py

It needs the `dev` extra and the program `chromium`.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
QUORATE = [sys.executable, "-c", "from quorate_reports.cli import main; main()"]
SIZES = {"1280": {"width": 1280, "height": 900}, "390": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
REPORTED = "paxos:ForgetfulAcceptor"
STEP = "#p=agreement&s=9"
EXPLORED = "raft-election"
PLACE = "?path=0.0.3&eval=all(m.term%5Bi%5D+%3C+2+for+i+in+m.Server)"
LOOP, LOOP_STEP = "raft-liveness:EqualTimeouts", "#p=leader_comes&s=4"


def main() -> None:
    """Take all pictures."""
    program = shutil.which("chromium") or sys.exit("there is no chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = report(REPORTED, Path(folder))
        for size in SIZES:
            for scheme in SCHEMES:
                take(browser, f"{page}{STEP}", f"report-{size}-{scheme}", size, scheme)
        take(browser, page, "report-top-1280-light", "1280", "light")
        take(browser, f"{report(LOOP, Path(folder))}{LOOP_STEP}", "report-loop-1280-light", "1280", "light", whole=True)
        with explorer(EXPLORED) as address:
            for size in SIZES:
                for scheme in SCHEMES:
                    take(browser, f"{address}{PLACE}", f"explore-{size}-{scheme}", size, scheme, whole=True)
        browser.close()


def report(model: str, folder: Path) -> str:
    """The address of the report of a check."""
    path = folder / f"{model.replace(':', '-')}.html"
    command = [*QUORATE, "check", model, "--report", str(path), "--out", str(folder), "--quiet"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return path.as_uri()


@contextmanager
def explorer(model: str) -> Iterator[str]:
    """The address of an explorer, while this lasts."""
    with subprocess.Popen([*QUORATE, "explore", model, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.send_signal(signal.SIGINT)


def take(browser: Browser, address: str, name: str, size: str, scheme: Any, *, whole: bool = False) -> None:
    """Take a picture of what fits the screen, or of the whole page."""
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    # the check beside the explorer has ended
    page.locator("[data-running]").wait_for(state="detached")
    page.screenshot(path=HERE / f"{name}.png", full_page=whole)
    context.close()


if __name__ == "__main__":
    main()
