"""The explorer as its reader has it: a server of one's own, and a browser that walks through a model."""

import http.server
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from quorate.errors import Exit, UsageError
from quorate.finder import find_model
from quorate_reports.explorer_server import Names
from quorate_reports.walk import Walker, written

LOCKS = '''
from quorate import Bool, Bound, Int, Map, Model, Node, Set, action, init, invariant, require, within


class Lock(Model):
    """Clients look whether the lock is free, and take it a moment later."""
    Client = Node(2)
    most = Bound(1)
    looks = Int(0, most, init=0)
    saw = Map(Client, Bool(), init=False)
    holders = Set(Client, init=set())

    @action(c=Client)
    def look(self, c):
        require(len(self.holders) == 0)
        self.saw[c] = True

    @action(c=Client)
    def take(self, c):
        require(self.saw[c])
        self.holders.add(c)

    @action()
    def count(self):
        within(self.looks < self.most)
        self.looks += 1

    @action()
    def overflow(self):
        require(len(self.holders) == 2)
        self.looks += 2

    @invariant
    def mutual_exclusion(self):
        return len(self.holders) <= 1


class Anywhere(Lock):
    @init(x=Bool())
    def begin(self, x):
        self.saw = {c: x for c in self.Client}
'''
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def started(folder, model, *arguments):
    """The explorer of a model in `locks.py`, as a process, with its `address`."""
    (folder / "locks.py").write_text(LOCKS)
    program = "from quorate_reports.cli import main; main()"
    command = [sys.executable, "-c", program, "explore", f"locks.py:{model}", "--port", "0", *arguments]
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said = process.stdout.readline()
    assert "http://" in said, process.stderr.read()
    process.address = said.split()[-1]
    return process


def ended(process):
    """Press Ctrl-C, and see that it ends without a complaint."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, ""), out


@pytest.fixture
def serve(tmp_path):
    """Starts explorers, and ends them."""
    processes = []

    def run(*arguments):
        processes.append(started(tmp_path, *arguments))
        return processes[-1].address

    yield run
    for process in processes:
        ended(process)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of an explorer that all tests may look at, for no request changes it."""
    process = started(tmp_path_factory.mktemp("explorer"), "Lock", "--no-check")
    yield process.address
    ended(process)


@pytest.fixture
def address(server):
    """Its address, with its model in the working folder."""
    Path("locks.py").write_text(LOCKS)
    return server


def get(url, **headers):
    """The status and the text that a server answers."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


# -- in a browser
#
# A click on a link is over before the page behind it is: what is seen there is expected, which waits, not asserted.


def path_after(*calls):
    """The path of the walk that takes the steps with these calls."""
    walker, path = Walker(find_model("locks.py:Lock")()), (0,)
    for call in calls:
        state = walker.follow(path)[1][-1]
        path = next(choice.path for choice in walker.choices(path, state) if choice.path and choice.call == call)
    return path


def expect_path(page, path):
    """Wait until the page is that of a walk."""
    expect(page).to_have_url(re.compile(rf"[?&]path={re.escape(written(path))}(&|$)"))


def test_a_walk_has_an_address_that_can_be_loaded_again(visit, address):
    page = visit(address)
    page.get_by_role("link", name="look(c=c2)").click()
    page.get_by_role("link", name="take(c=c2)").click()
    path = path_after("look(c=c2)", "take(c=c2)")
    expect_path(page, path)
    for _ in range(2):
        expect(page.locator('tr[data-variable="holders"] td')).to_have_text(re.compile(r"\{c2\}$"))
        expect(page.locator(".trail li")).to_have_count(3)
        page.reload()
    page.get_by_role("link", name="back").click()
    expect_path(page, path[:-1])
    page.keyboard.press("ArrowLeft")
    expect_path(page, path[:1])
    expect(page.locator(".trail li")).to_have_count(1)


def test_the_drawing_and_the_steps_grow_with_the_walk(visit, address):
    for length, path in enumerate(("0", "0.0", "0.0.0"), start=1):
        page = visit(f"{address}?path={path}")
        assert page.locator(".drawing [data-row]").count() == page.locator(".trail li").count() == length


def test_steps_that_are_cut_fail_or_are_not_enabled_are_shown_as_such(visit, address):
    def after(*calls):
        return f"{address}?path={written(path_after(*calls))}"

    page = visit(after("count()"))
    assert page.locator(".choice.cut").all_inner_texts()[0].split()[0] == "count()"
    expect(page.locator("a.choice", has_text="count()")).to_have_count(0)
    page.goto(after("look(c=c1)", "look(c=c2)", "take(c=c1)", "take(c=c2)"))
    expect(page.locator(".choice.fails")).to_have_count(1)
    page.locator(".disabled summary").click()
    expect(page.locator(".disabled dt")).to_have_text(["look"])
    expect(page.locator(".disabled dd div")).to_have_count(2)
    expect(page.locator(".truths .badge.bad")).to_have_text(["false"])


def test_an_expression_is_evaluated_and_stays_while_one_walks(visit, address):
    page = visit(address)
    page.get_by_label("Evaluate here").fill("all(not m.saw[c] for c in m.Client)")
    page.get_by_role("button", name="Evaluate").click()
    expect(page.locator("#answer.good code")).to_have_text("True")
    page.get_by_role("link", name="look(c=c1)").click()
    expect(page.locator("#answer.good code")).to_have_text("False")
    expect_path(page, path_after("look(c=c1)"))


@pytest.mark.parametrize(
    "text",
    ["__import__('os').getcwd()", "m.nothing", "1 +", "m.holders.add(c1)", "open('locks.py')", "1 // 0", "x" * 1001],
)
def test_what_is_outside_the_language_is_refused(visit, address, text):
    page = visit(f"{address}?{urlencode({'path': '0', 'eval': text})}")
    expect(page.locator("#answer.bad")).to_have_count(1)
    expect(page.locator("#answer code")).to_have_count(0)
    assert page.locator(".state").count() > 0


def test_one_jumps_to_the_counterexample_of_the_check_beside(visit, serve):
    page = visit(serve("Lock"))
    page.get_by_role("link", name="mutual_exclusion").click()
    expect(page.locator(".trail li")).to_have_count(5)
    expect(page.locator(".truths .badge.bad")).to_have_count(1)


def test_with_several_initial_states_one_chooses(visit, serve):
    page = visit(serve("Anywhere", "--no-check"))
    expect(page.locator(".starts .choice")).to_have_count(2)
    page.get_by_role("link", name="Initial state 1").click()
    expect_path(page, (1,))
    expect(page.locator('tr[data-variable="saw"] td')).to_have_text(["True", "True"])


def test_it_can_be_walked_without_a_script(visit, address):
    page = visit(address, java_script_enabled=False)
    page.get_by_role("link", name="look(c=c1)").click()
    expect(page.locator("h1")).to_have_text("State 2")
    page.get_by_label("Evaluate here").fill("m.looks")
    page.get_by_role("button", name="Evaluate").click()
    expect(page.locator("#answer code")).to_have_text("0")


def test_variables_are_filtered_here_too(visit, address):
    page = visit(address)
    page.get_by_role("searchbox").fill("hold")
    rows = [row.get_attribute("data-variable") for row in page.locator("tr[data-variable]:visible").all()]
    assert rows == ["holders"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1280", "390"])
def test_nothing_is_wider_than_the_screen(visit, address, size):
    page = visit(f"{address}?path=0.0.2&eval=m.saw", viewport=size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


# -- what it refuses


def test_other_names_and_origins_are_refused(address):
    assert get(address)[0] == 200
    assert get(address, Origin=address.rstrip("/"))[0] == 200
    for headers in (
        {"Host": "quorate.example"},
        {"Host": f"quorate.example:{urlsplit(address).port}"},
        {"Host": "127.0.0.1:1"},
        {"Host": ""},
        {"Origin": "http://quorate.example"},
        {"Origin": "null"},
        {"Origin": "https://" + address.split("//")[1].rstrip("/")},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors"},
    ):
        assert get(address, **headers)[0] == 403, headers


def test_a_link_from_elsewhere_can_be_followed(address):
    headers = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert get(address, **headers)[0] == 200


class Other(http.server.BaseHTTPRequestHandler):
    """Another server of this machine, with one page."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>other</title>")

    def log_message(self, *_):
        pass


def test_a_page_of_another_origin_gets_nothing(chromium, address):
    context = chromium.new_context()
    page = context.new_page()
    with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.handle_request)
        thread.start()
        page.goto(f"http://127.0.0.1:{other.server_port}/")
        thread.join()
    # not even an answer that it could not read
    asked = f"fetch({address!r}, {{ mode: 'no-cors' }}).then(() => 'answered', () => 'refused')"
    assert page.evaluate(asked) == "refused"
    context.close()


@pytest.mark.parametrize("path", ["1", "0.99", "x", "-1", "0..1", "0." * 2000 + "0", "٣", "9" * 20])
def test_a_path_that_leaves_the_model_is_told(address, path):
    status, text = get(f"{address}?{urlencode({'path': path})}")
    assert status == 404
    assert 'id="refused"' in text


def test_it_answers_only_to_reading(address):
    request = urllib.request.Request(address, data=b"path=0", method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    with refused.value:
        assert refused.value.code == 405
    assert get(f"{address}nothing")[0] == 404


def test_pages_are_not_kept_and_not_framed(address):
    with urllib.request.urlopen(address) as answer:
        headers = answer.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] is None


def test_names_of_a_server():
    here = Names.of("127.0.0.1", "127.0.0.1", 8765)
    assert [here.has(name) for name in ("127.0.0.1:8765", "LOCALHOST:8765", "[::1]:8765")] == [True] * 3
    assert [here.has(name) for name in ("10.0.0.1:8765", "evil.example:8765", "127.0.0.1", "", ":8765")] == [False] * 5
    everywhere = Names.of("0.0.0.0", "0.0.0.0", 80)
    assert [everywhere.has(name) for name in ("10.0.0.1", "10.0.0.1:80", "[fe80::1]")] == [True] * 3
    assert not everywhere.has("evil.example")


# -- the command


def test_a_port_that_is_taken_is_told(quorate, models):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = quorate("explore", f"{models}:Counter", "--port", taken.getsockname()[1])
    assert done.code == Exit.USAGE
    assert done.out == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("counters.py:Counter", "-p", "limit=1..2"), Exit.USAGE),
        (("counters.py:Counter", "-p", "limit=99"), Exit.PARAMETER),
        (("counters.py:Counter", "--host", "no.such.host.invalid"), Exit.USAGE),
        (("counters.py:Counter", "--port", "65536"), Exit.USAGE),
        (("counters.py:Counter", "--max-time", "soon"), Exit.USAGE),
        (("counters.py:Nothing",), Exit.LOAD),
    ],
)
def test_what_cannot_be_explored_is_refused(quorate, models, arguments, code):
    assert quorate("explore", *arguments).code == code


def test_ctrl_c_ends_it_at_once(tmp_path):
    # the address is said before the server runs, and while a check does
    ended(started(tmp_path, "Lock"))


# -- the walk


def test_a_path_is_followed_in_the_order_of_native_transitions(models):
    walker = Walker(find_model(f"{models}:Unsafe")())
    steps, states = walker.follow((0, 0, 0))
    assert [state.x for state in states] == [0, 1, 2]
    assert walker.path_of(walker.trace((0, 0, 0))) == (0, 0, 0)
    with pytest.raises(UsageError):
        walker.follow((0, 0, 0, 0, 0))
    assert Counter(step.action for step in steps) == {"count": 2}


def test_every_path_of_a_check_is_found_again(tmp_path):
    import quorate as library

    Path("locks.py").write_text(LOCKS)
    model = find_model("locks.py:Lock")()
    trace = library.check(model, cache_dir=tmp_path).verdict.trace
    walker = Walker(model)
    path = walker.path_of(trace)
    assert [state.to_data() for state in walker.follow(path)[1]] == [step.state for step in trace.steps]
