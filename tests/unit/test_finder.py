"""Finding models: by shipped name, by file, by dotted path; and what is said when there is none."""

import sys

import pytest

from quorate.errors import LoadError, ParameterError
from quorate.finder import find_invariant, find_model, shipped_models, shipped_names, split_spec, variants

MODEL = """
from quorate import Int, Model

class {name}(Model):
    x = Int(0, {top}, init=0)
"""

VARIANT = """
from quorate import violates

class Broken({name}):
    expected = violates("p", found_at={{}}, hidden_at={{}})
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file in the working folder; its path."""
    monkeypatch.chdir(tmp_path)

    def put(path, text):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            target.write_bytes(text)
        else:
            target.write_text(text)
        return path

    return put


def top(model):
    return model().types["x"].cardinality - 1


def test_the_shipped_names_are_those_of_the_package():
    assert {"two-phase-commit", "paxos", "raft", "gossip"} <= {*shipped_names()}
    assert [name for name, _ in shipped_models()] == list(shipped_names())


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("two-phase-commit", "TwoPhaseCommit"),
        ("paxos:Paxos", "Paxos"),
        ("paxos:ForgetfulAcceptor", "ForgetfulAcceptor"),
        ("quorate_models.paxos:Paxos", "Paxos"),
        ("quorate_models.paxos.Paxos", "Paxos"),
        ("quorate_models.paxos", "Paxos"),
    ],
)
def test_a_model_is_found(spec, name):
    assert find_model(spec).__name__ == name


def test_a_dotted_path_is_looked_for_in_the_current_folder_too(write, monkeypatch, tmp_path):
    write("here_pkg/__init__.py", "")
    write("here_pkg/base.py", MODEL.format(name="Base", top=3))
    write("here_pkg/own.py", "from here_pkg.base import Base\n\nclass Own(Base):\n    pass\n")
    write("here_bare.py", MODEL.format(name="Bare", top=2))
    # as in the installed command, whose folder is the first that Python looks in
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place not in ("", str(tmp_path))])
    path = list(sys.path)
    for spec in ("here_pkg.own:Own", "here_pkg.own.Own", "here_pkg.own"):
        assert find_model(spec).__name__ == "Own"
    assert top(find_model("here_bare:Bare")) == 2
    with pytest.raises(LoadError, match=r"here_pkg\.none"):
        find_model("here_pkg.none:Own")
    assert sys.path == path


def test_a_file_with_one_model_needs_no_class(write):
    write("one.py", MODEL.format(name="One", top=3) + VARIANT.format(name="One"))
    assert find_model("one.py").__name__ == "One"
    assert find_model("./one.py:Broken").__name__ == "Broken"
    assert [variant.__name__ for variant in variants(find_model("one.py"))] == ["Broken"]


def test_a_file_that_imports_a_model_does_not_define_it(write):
    write("base.py", MODEL.format(name="Base", top=3))
    write("own.py", "from base import Base\n\nclass Own(Base):\n    pass\n")
    assert find_model("own.py").__name__ == "Own"
    assert find_model("own.py:Base").__name__ == "Base"


def test_several_models_are_listed(write):
    write("two.py", MODEL.format(name="First", top=1) + MODEL.format(name="Second", top=2))
    with pytest.raises(LoadError) as caught:
        find_model("two.py")
    assert {"First", "Second"} <= {*caught.value.message.replace(",", " ").split()}


def test_two_files_of_the_same_name_do_not_clash(write):
    for folder, limit in (("a", 1), ("b", 2)):
        write(f"{folder}/model.py", f"from helper import TOP\n{MODEL.format(name='M', top='TOP')}")
        write(f"{folder}/helper.py", f"TOP = {limit}\n")
    first, second, again = (find_model(f"{folder}/model.py") for folder in "aba")
    assert [top(first), top(second), top(again)] == [1, 2, 1]
    assert "helper" not in sys.modules
    assert "model" not in sys.modules


def test_a_file_does_not_change_where_python_looks(write):
    path = list(sys.path)
    find_model(write("m.py", MODEL.format(name="M", top=1)))
    with pytest.raises(LoadError):
        find_model(write("bad.py", "1 / 0"))
    assert sys.path == path


def test_a_file_is_read_again_when_it_has_changed(write):
    write("m.py", MODEL.format(name="M", top=1))
    assert top(find_model("m.py")) == 1
    write("m.py", MODEL.format(name="M", top=2))
    assert top(find_model("m.py")) == 2


def test_a_file_that_fails_leaves_nothing_behind(write):
    before = set(sys.modules)
    with pytest.raises(LoadError):
        find_model(write("bad.py", "import sibling\n" + "raise ValueError('no')"))
    assert {name for name in set(sys.modules) - before if "bad" in name or "sibling" in name} == set()


@pytest.mark.parametrize(
    ("spec", "near"),
    [
        ("raftt", "raft"),
        ("Two-Phase-Comit", "two-phase-commit"),
        ("paxos:ForgetfulAceptor", "ForgetfulAcceptor"),
        ("quorate_models.paxos:Paxoss", "Paxos"),
        ("modle.py", "model.py"),
    ],
)
def test_a_wrong_name_suggests_the_nearest(write, spec, near):
    write("model.py", MODEL.format(name="M", top=1))
    with pytest.raises(LoadError) as caught:
        find_model(spec)
    assert near in caught.value.hint


def test_the_variants_of_a_model_in_a_package_are_those_that_the_package_brings_together(write, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    write("layered/__init__.py", "from layered.bugs import Broken, Other\nfrom layered.second import Second")
    write("layered/first.py", MODEL.format(name="First", top=1) + VARIANT.format(name="First").replace("Broken", "Own"))
    write("layered/second.py", "from layered.first import First\n\nclass Second(First):\n    pass\n")
    bugs = "from layered.first import First\nfrom layered.second import Second\n" + VARIANT.format(name="First")
    more = [
        VARIANT.format(name="First").replace("Broken", "Hidden"),
        VARIANT.format(name="Second").replace("Broken", "Other"),
    ]
    write("layered/bugs.py", bugs + "".join(more))
    try:
        assert [variant.__name__ for variant in variants(find_model("layered.first:First"))] == ["Own", "Broken"]
        # what varies a model of its own is no variant of that one's base
        assert [variant.__name__ for variant in variants(find_model("layered:Second"))] == ["Other"]
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "layered"]:
            del sys.modules[name]


@pytest.mark.parametrize(
    "spec",
    [
        "",
        " ",
        ":",
        "no-such-thing",
        "no.such.module",
        "quorate_models.nothing:X",
        "a b.c",
        "..",
        "os:path",
        "a:b:c",
        "/",
    ],
)
def test_what_names_no_model_is_a_load_error(spec):
    with pytest.raises(LoadError):
        find_model(spec)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = (\n", 1),
        ("x = 1\ny = = 2\n", 2),
        ("def f():\n    raise RuntimeError('boom')\n\nf()\n", 2),
        ("import no_such_module_anywhere\n", 1),
        ("from . import sibling\n", 1),
        ("\nimport sys\nsys.exit(3)\n", 3),
        ("from quorate import Int, Model\nclass M(Model):\n    x = Int(0, undefined)\n", 3),
        ("import json\njson.loads('{')\n", None),
        ("def f(): return f()\nf()\n", 1),
    ],
)
def test_a_file_that_does_not_load_says_where(write, text, line):
    with pytest.raises(LoadError) as caught:
        find_model(write("bad.py", text))
    [diagnostic] = caught.value.diagnostics
    if line is not None:
        assert diagnostic.span.path == "bad.py"
        assert diagnostic.span.line == line
    assert "Traceback" not in diagnostic.render()


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"\xff\xfe\xfa", b"# coding: nonsense\n", b"", b"x = 1\n"])
def test_what_holds_no_model_is_a_load_error(write, content):
    with pytest.raises(LoadError):
        find_model(write("bad.py", content))


def test_a_folder_is_no_model(tmp_path):
    (tmp_path / "folder.py").mkdir()
    for path in (tmp_path, tmp_path / "folder.py", tmp_path / "folder.py" / "missing.py"):
        with pytest.raises(LoadError):
            find_model(str(path))


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ("raft", ("raft", "")),
        ("raft:Careless", ("raft", "Careless")),
        ("a/b.py:C", ("a/b.py", "C")),
        ("a:b.py", ("a:b.py", "")),
        ("a:", ("a:", "")),
    ],
)
def test_a_spec_is_a_place_and_a_class(spec, parts):
    assert split_spec(spec) == parts


LEMMAS = """
from quorate import invariant, step_invariant

@invariant
def counts_agree(m):
    return True

@step_invariant
def never_back(old, new):
    return True
"""


def test_an_invariant_is_found_in_a_file_and_in_a_module(tmp_path, monkeypatch):
    (tmp_path / "lemmas_of_mine.py").write_text(LEMMAS)
    monkeypatch.chdir(tmp_path)
    assert find_invariant("lemmas_of_mine.py", "counts_agree").name == "counts_agree"
    assert find_invariant("lemmas_of_mine", "counts_agree").name == "counts_agree"
    assert find_invariant("quorate_invariants.raft", "log_matching").name == "log_matching"


@pytest.mark.parametrize(
    ("place", "name", "error", "hint"),
    [
        ("lemmas.py", "count_agrees", ParameterError, "counts_agree"),
        # a step invariant is no hypothesis about a state
        ("lemmas.py", "never_back", ParameterError, "counts_agree"),
        ("lemmas.py", "invariant", ParameterError, "counts_agree"),
        ("lemma.py", "counts_agree", LoadError, "lemmas.py"),
        ("no_such_module", "counts_agree", LoadError, "pkg.mod:name"),
        ("not a module", "counts_agree", LoadError, "pkg.mod:name"),
    ],
)
def test_what_is_no_invariant_is_refused_with_what_there_is(tmp_path, monkeypatch, place, name, error, hint):
    (tmp_path / "lemmas.py").write_text(LEMMAS)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as caught:
        find_invariant(place, name)
    assert hint in caught.value.hint
