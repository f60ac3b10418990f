"""The report of a check as its reader has it: in a browser, from disk, with the keyboard, on a phone, in the dark."""

import json
import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from quorate.trace import Step
from quorate.verdict import Violated
from quorate_reports.html.report import report_html

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
LAST = 4


@pytest.fixture
def report(tmp_path, violated):
    """The address of the report of a violation, whose trace has four states."""
    return saved(tmp_path, violated)


def saved(folder, result):
    path = folder / "out.html"
    path.write_text(report_html(result, reproduce="quorate check raft"))
    return path.as_uri()


@pytest.fixture
def loop_report(tmp_path, violated, lasso):
    """The address of the report of a lasso."""
    return saved(tmp_path, replace(violated, verdict=Violated(lasso), properties=()))


def shown(page):
    """The numbers of the steps that can be seen."""
    return [int(step.get_attribute("data-index")) + 1 for step in page.locator(".step").all() if step.is_visible()]


def variables(page):
    """The variables that can be seen in the table of the state."""
    return [row.get_attribute("data-variable") for row in page.locator("tr[data-variable]").all() if row.is_visible()]


def test_it_opens_at_the_violation_and_steps_with_the_arrow_keys(visit, report):
    page = visit(report)
    assert shown(page) == [LAST]
    for key, number in (("Left", 3), ("Left", 2), ("Right", 3), ("Left", 2), ("Left", 1), ("Left", 1), ("Right", 2)):
        page.keyboard.press(f"Arrow{key}")
        assert shown(page) == [number]
    for _ in range(LAST):
        page.keyboard.press("ArrowRight")
    assert shown(page) == [LAST]


def test_the_slider_and_the_buttons_step_too(visit, report):
    page = visit(report)
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    assert shown(page) == [1]
    page.keyboard.press("ArrowRight")
    assert shown(page) == [2]
    page.get_by_role("button", name="Next step").click()
    assert shown(page) == [3]
    assert slider.input_value() == "3"
    page.get_by_role("button", name="Previous step").click()
    assert shown(page) == [2]


def test_a_step_has_an_address(visit, report):
    page = visit(f"{report}#p=election_safety&s=2")
    assert shown(page) == [2]
    page.keyboard.press("ArrowRight")
    # the browser tells of the new address a moment later
    expect(page).to_have_url(re.compile("#p=election_safety&s=3$"))
    page.reload()
    assert shown(page) == [3]
    page.evaluate("location.hash = 'p=election_safety&s=1'")
    page.locator('.step[data-index="0"]').wait_for()
    assert shown(page) == [1]


@pytest.mark.parametrize(
    ("fragment", "number"),
    [
        ("p=nothing&s=2", LAST),
        ("s=2", LAST),
        ("%", LAST),
        ("p=election_safety&s=99", LAST),
        ("p=election_safety&s=-3", 1),
    ],
)
def test_an_address_that_means_no_step_does_no_harm(visit, report, fragment, number):
    assert shown(visit(f"{report}#{fragment}")) == [number]


def test_variables_are_filtered_by_name(visit, report, trace):
    page = visit(report)
    assert set(variables(page)) == set(trace.steps[0].state)
    page.get_by_role("searchbox").fill("TERM")
    assert variables(page) == ["term"]
    page.get_by_role("searchbox").fill("role, log")
    assert variables(page) == ["role", "log"]
    # the keys of a text field are its own
    page.keyboard.press("ArrowLeft")
    assert shown(page) == [LAST]
    page.get_by_role("searchbox").fill("")
    page.get_by_role("checkbox", name="changed only").check()
    changed = [name for name, value in trace.steps[-1].state.items() if value != trace.steps[-2].state[name]]
    assert set(variables(page)) == set(changed) != set()


def test_a_state_is_copied_as_json(visit, report, trace):
    page = visit(f"{report}#p=election_safety&s=2", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy state").click()
    page.get_by_role("status").get_by_text("copied").wait_for()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == trace.steps[1].state


def test_changed_values_are_marked(visit, report):
    page = visit(f"{report}#p=election_safety&s=2")
    step = page.locator('.step[data-index="1"]')
    assert step.locator('tr[data-variable="role"] td.changed').all_inner_texts() == ["FOLLOWER CANDIDATE"]
    assert step.locator('tr[data-variable="role"] td').count() == 3


def test_the_drawing_shows_the_step_and_chooses_one(visit, report):
    page = visit(report)
    rows = page.locator(".drawing [data-row]")
    assert rows.count() == LAST
    rows.nth(1).click(force=True)
    assert shown(page) == [2]
    band = page.locator('.drawing rect[fill="#5b8def"]').bounding_box()
    row = rows.nth(1).bounding_box()
    assert band["y"] <= row["y"]
    assert row["y"] + row["height"] <= band["y"] + band["height"]


def test_a_loop_goes_round(visit, loop_report, lasso):
    page = visit(loop_report)
    first, last = lasso.loop + 1, len(lasso.steps)
    assert shown(page) == [first]
    for _ in range(last - first):
        page.keyboard.press("ArrowRight")
    assert shown(page) == [last]
    page.keyboard.press("ArrowRight")
    assert shown(page) == [first + 1]
    page.keyboard.press("ArrowLeft")
    assert shown(page) == [last]


def test_without_a_script_all_of_it_can_be_read(visit, report, trace):
    page = visit(report, java_script_enabled=False)
    assert page.locator(".step:visible").count() == len(trace.steps)
    assert page.locator(".controls:visible, .tools:visible").count() == 0
    assert page.locator(".drawing [data-row]").count() == len(trace.steps)
    assert page.locator(".properties tbody tr:visible").count() == 3


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1280", "390"])
@pytest.mark.parametrize("result", ["violated", "beside", "stopped", "bounded"])
def test_nothing_is_wider_than_the_screen(visit, tmp_path, request, size, result):
    page = visit(saved(tmp_path, request.getfixturevalue(result)), viewport=size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_long_texts_are_no_wider_than_a_phone(visit, tmp_path, violated, trace):
    word = "an_uncommonly_long_name_" * 8
    state = {word: {"#map": [[word, word], ["s2", [word]]]}, "seen": {"#set": [word, word + "2"]}}
    steps = (Step(None, {}, state), Step(word, {word: word}, state))
    wide = replace(trace, property=word, explanation=word, steps=steps)
    properties = (replace(violated.properties[0], name=word, doc=word, verdict=Violated(wide)),)
    result = replace(violated, model=word, verdict=Violated(wide), properties=properties, warnings=(word,))
    page = visit(saved(tmp_path, result), viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def luminance(colour):
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_or_dark_as_the_reader_prefers_with_texts_that_stand_out(visit, report, scheme):
    page = visit(report, color_scheme=scheme)
    colours = page.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]")
    ground, ink = map(luminance, colours)
    assert (ground > 200 and ink < 60) if scheme == "light" else (ground < 60 and ink > 200)


def test_every_control_can_be_reached_and_seen_with_the_keyboard(visit, report):
    page = visit(report)
    page.evaluate("document.body.focus()")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(() => { const e = document.activeElement; return e === document.body ? null : "
            "[e.tagName, e.type || '', getComputedStyle(e).outlineStyle]; })()"
        )
        if focused is None:
            break
        reached.append(tuple(focused))
    kinds = [(tag, kind) for tag, kind, _ in reached]
    for wanted in (("INPUT", "range"), ("INPUT", "search"), ("INPUT", "checkbox"), ("BUTTON", "button"), ("A", "")):
        assert wanted in kinds
    assert {outline for _, _, outline in reached} == {"solid"}


def test_every_control_has_a_name(visit, report):
    page = visit(report)
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, select, a, [role=region]')].filter((e) => "
        "!(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.textContent.trim() || "
        "(e.labels && e.labels.length))).length"
    )
    assert page.locator("button, input").count() > 4
    assert nameless == 0
