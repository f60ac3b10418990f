"""What Python's own complaint about the arguments of a declaration means for a modeller."""

from __future__ import annotations

import re

from quorate.errors import DeclarationError

FORMS = {
    "Node": "Node(n)",
    "Option": "Option(T)",
    "Var": "Var(T, init=...)",
    "Map": "Map(K, V)",
    "Set": "Set(T)",
    "Seq": "Seq(T, max_len)",
    "Bag": "Bag(T, capacity)",
    "Int": "Int(lo, hi)",
    "Param": "Param(default)",
    "Bound": "Bound(default)",
    "Network": "Network(M, ...)",
}

PLAIN = (
    "invariant",
    "step_invariant",
    "reachable",
    "constraint",
    "eventually",
    "always_eventually",
    "eventually_always",
    "recoverable",
)
"""The decorators without arguments."""


def declaration_error(error: BaseException) -> DeclarationError | None:
    """The mistake that an exception of a class body means, or None if it is none in a declaration's arguments."""
    bracketed = re.match(rf"({'|'.join(PLAIN)})\(\) missing", str(error))
    if bracketed:
        name = bracketed[1]
        return DeclarationError("Q011", f"@{name} is written without brackets", f"write @{name}")
    called = re.match(r"'(\w+)' object is not callable", str(error))
    if called and called[1] in FORMS:
        return DeclarationError("Q003", "a type is not called", "a variable of a named type is Var(T, init=...)")
    found = re.match(r"(\w+)\.__init__\(\) (missing|got an unexpected keyword argument|takes)(.*)", str(error))
    if not isinstance(error, TypeError) or found is None or found[1] not in FORMS:
        return None
    name, what, rest = found.groups()
    cure = f"write {FORMS[name]}"
    if what == "missing":
        missing = " and ".join(re.findall(r"'(\w+)'", rest))
        return DeclarationError("Q015", f"{name} needs {missing}", cure)
    if what == "takes":
        return DeclarationError("Q015", f"{name} is given too many values", cure)
    keyword = rest.strip(" '")
    if name in ("Param", "Bound"):
        cure = "write Param(default, minimum=..., maximum=..., doc=...)"
    if name == "Node" and keyword == "init":
        cure = "name the type, Server = Node(n); a variable that holds a node is Option(Server, init=None)"
    return DeclarationError("Q015", f"{name} takes no {keyword}=", cure)
