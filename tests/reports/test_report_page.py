"""The report of a check as one HTML file: what is in it, without a browser."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from quorate.errors import Exit
from quorate.trace import Step
from quorate.verdict import ActionCoverage, Inconclusive, Violated
from quorate_reports.html.plots import MOST_BARS, level_plot
from quorate_reports.html.report import report_html
from quorate_reports.html.state_table import state_tables
from quorate_reports.trace_file import trace_to_data

RESULTS = ["holding", "bounded", "beside", "stopped", "violated"]
VOID = {"meta", "link", "input", "br", "img"}
MEGABYTE = 1_000_000
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"


class Elements(HTMLParser):
    """The elements of a page in order, with their attributes, and the text of each script; they must nest."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open, self.scripts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def page(result, **options):
    return report_html(result, reproduce="quorate check raft", **options)


def embedded(text):
    return json.loads(next(script for script in Elements(text).scripts if script.lstrip().startswith("{")))


@pytest.fixture(params=RESULTS)
def each(request):
    return request.getfixturevalue(request.param)


def test_every_result_makes_a_page_whose_elements_nest(each):
    elements = Elements(page(each, notes=["a note"]))
    assert elements.open == []
    assert len(elements.all("h1")) == 1
    identities = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(identities) == len(set(identities))
    links = [a["href"] for a in elements.all("a")]
    assert [link for link in links if link.removeprefix("#") not in identities] == []


def test_a_page_needs_nothing_beside_itself(each):
    text = page(each)
    elements = Elements(text)
    assert [a for _, a in elements.found if "src" in a] == []
    assert [a["href"] for a in elements.all("link")] == ["data:,"]
    assert re.findall(r"@import|url\(", text) == []
    [policy] = [a["content"] for a in elements.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy


def test_the_verdict_and_what_it_is_worth_can_be_read(bounded):
    text = page(bounded)
    rows = re.findall(r'<tr><td>([\d,]+)</td><td class="quiet">([^<]*)</td><td><code>', text)
    assert rows == [("1,234", "raft.py:41"), ("1", "")]
    assert f">{bounded.verdict.name}<" in text


def test_what_z3_says_has_a_column_only_if_it_was_asked(beside, holding):
    assert page(beside).count('data-name="z3"') == len(beside.properties)
    assert 'data-name="z3"' not in page(holding)


def test_why_nothing_is_known_stands_below_each_property(beside, violated):
    remarks = page(beside).count('<small class="remark">')
    # not inductive, trivial, beyond the bounds, no time, vacuous; and an action that never happened
    assert remarks == 5 + 1
    stopped = Inconclusive("the search stopped at the first violation")
    properties = (violated.properties[0], replace(violated.properties[1], verdict=stopped))
    assert page(replace(violated, properties=properties)).count(stopped.reason) == 1


def test_what_never_happened_is_marked(holding, stopped):
    assert page(holding).count('class="never"') == sum(not action.generated for action in holding.actions) == 1
    conditions = page(stopped).partition('class="list conditions"')[2].partition("</table>")[0]
    assert conditions.count("<code>") == len(stopped.coverage) == 2


def test_the_traces_are_in_the_page_as_data(violated):
    assert embedded(page(violated)) == {"election_safety": trace_to_data(violated.verdict.trace)}


def test_each_step_of_a_trace_is_there_without_a_script(violated):
    trace = violated.verdict.trace
    steps = [a for a in Elements(page(violated)).all("li") if "step" in a.get("class", "").split()]
    assert [a["data-index"] for a in steps] == [str(number) for number in range(len(trace.steps))]
    assert steps[-1]["class"].split() == ["step", "bad"]


def test_a_step_that_fails_is_a_step_more(violated, fault_trace):
    result = replace(violated, verdict=Violated(fault_trace), properties=())
    steps = [a for a in Elements(page(result)).all("li") if "step" in a.get("class", "").split()]
    assert len(steps) == len(fault_trace.steps) + 1
    assert steps[-1]["class"].split() == ["step", "bad"]


def test_traces_of_one_property_have_names_of_their_own(violated, trace):
    other = replace(trace, steps=trace.steps[:2])
    first = violated.properties[0]
    result = replace(violated, properties=(first, replace(first, verdict=Violated(other))))
    assert list(embedded(page(result))) == ["election_safety", "election_safety-2"]


def test_hostile_texts_stay_texts(violated, trace):
    state = {HOSTILE: {"#set": [HOSTILE, "\u202e\x1b"]}, "x": {"#map": [[HOSTILE, 1], ["s2", HOSTILE]]}}
    steps = (Step(None, {}, state), Step(HOSTILE, {HOSTILE: HOSTILE}, {**state, "x": 1}))
    hostile = replace(trace, model=HOSTILE, property=HOSTILE, steps=steps, explanation=HOSTILE)
    result = replace(
        violated,
        model=HOSTILE,
        parameters={HOSTILE: HOSTILE},
        verdict=Violated(hostile),
        properties=(replace(violated.properties[0], name=HOSTILE, doc=HOSTILE, verdict=Violated(hostile)),),
        actions=(ActionCoverage(HOSTILE, 1, 1, 1),),
        warnings=(HOSTILE,),
        unchanged=(HOSTILE,),
    )
    text = report_html(result, reproduce=HOSTILE, notes=[HOSTILE])
    elements = Elements(text)
    assert len(elements.all("script")) == 2
    assert elements.all("img") == []
    assert "49" not in re.findall(r"\b49\b", text.partition("<body>")[2].partition("<script>")[0])
    [found] = embedded(text).values()
    assert found["steps"] == trace_to_data(hostile)["steps"]


def test_a_long_trace_makes_no_large_page(violated, trace):
    first, *others = trace.steps
    long = replace(trace, steps=(first, *(others[number % len(others)] for number in range(59))))
    text = page(replace(violated, verdict=Violated(long), properties=()))
    assert len(long.steps) == 60
    assert len(text.encode()) < MEGABYTE


# -- plots


def test_a_bar_for_each_depth_as_high_as_its_states():
    plot = level_plot((1, 4, 8, 2))
    heights = [float(height) for height in re.findall(r'height="([\d.]+)"', plot.svg)]
    assert heights == [12.5, 50.0, 100.0, 25.0]
    assert (plot.most, plot.last) == (8, 4)


def test_many_depths_share_bars_and_none_is_left_out():
    levels = tuple(range(1, 3 * MOST_BARS))
    plot = level_plot(levels)
    found = [int(number.replace(",", "")) for number in re.findall(r": ([\d,]+) states", plot.svg)]
    assert len(found) <= MOST_BARS
    assert sum(found) == sum(levels)
    assert max(found) == plot.most


def test_a_single_depth_is_no_plot():
    assert level_plot((3,)) is None
    assert level_plot(()) is None


# -- the table of a state


def test_maps_over_the_same_keys_stand_side_by_side(trace):
    columns, rest = state_tables(trace.steps[0].state)
    assert columns.keys == ("s1", "s2", "s3")
    assert [row.variable for row in columns.rows] == ["role", "term", "votes", "log"]
    assert [row.variable for row in rest.rows] == ["network", "leader"]
    assert not any(row.changed for table in (columns, rest) for row in table.rows)


def test_what_changed_is_marked_where_it_did(trace):
    before, after = trace.steps[0].state, trace.steps[1].state
    columns, _ = state_tables(after, before)
    changed = {row.variable: [cell.old for cell in row.cells] for row in columns.rows if row.changed}
    assert changed["role"] == ["FOLLOWER", None, None]
    assert changed["term"] == ["0", None, None]


def test_elements_that_came_and_went_are_marked():
    long = [f"a rather long name {number}" for number in range(4)]
    [table] = state_tables({"seen": {"#set": long[1:]}}, {"seen": {"#set": long[:-1]}})
    assert [(item.text, item.mark) for item in table.rows[0].cells[0].items] == [
        (long[1], "same"),
        (long[2], "same"),
        (long[3], "new"),
        (long[0], "gone"),
    ]


def test_a_map_that_gets_other_keys_is_no_change_in_columns():
    before, after = {"m": {"#map": [["a", 1], ["b", 2]]}}, {"m": {"#map": [["a", 1], ["c", 2]]}}
    [table] = state_tables(after, before)
    assert table.rows[0].changed


# -- the command line


def test_a_report_is_written_where_it_was_asked_for(quorate, models, tmp_path):
    done = quorate("check", f"{models}:Unsafe", "--report", "pages/out.html", "--format", "json")
    assert done.code == Exit.SAFETY
    data = json.loads(done.out)
    assert "pages/out.html" in data["files"]
    text = (tmp_path / "pages/out.html").read_text()
    assert list(embedded(text)) == ["small"]
    assert embedded(text)["small"]["steps"] == data["trace"]["steps"]
    assert data["levels"] == [1, 1, 1]


def test_without_the_option_no_page_is_written(quorate, models, tmp_path):
    quorate("check", f"{models}:Unsafe")
    assert list(tmp_path.rglob("*.html")) == []


@pytest.mark.parametrize(
    "arguments",
    [("counters.py:Counter", "--report", "."), ("counters.py:Counter", "-p", "limit=1..2", "--report", "out.html")],
)
def test_a_report_that_cannot_be_is_refused_before_the_search(quorate, models, arguments, tmp_path):
    assert quorate("check", *arguments).code == Exit.USAGE
    assert not (tmp_path / "out.html").exists()


def test_a_report_that_cannot_be_saved_is_an_error(quorate, models, tmp_path):
    (tmp_path / "taken").write_text("")
    assert quorate("check", f"{models}:Counter", "--report", "taken/out.html").code == Exit.INTERNAL
