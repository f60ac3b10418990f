"""The types of state: scalars. A type is declared with parameters in it and resolved to a concrete one.

A concrete type is finite and orders its values: `rank` and `unrank` are inverse to each other, `values()` goes in
rank order.
"""

from __future__ import annotations

import copy
import enum
from collections.abc import Iterator, Mapping
from typing import Any

from quorate.errors import DeclarationError, ParameterError
from quorate.language.params import Constant, Expression, resolve
from quorate.language.values import ModelFault, NodeValue


class Unset:
    """The absence of an `init=`: the declaration names a type, not a state variable."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()


class Resolver:
    """Resolves declarations under given parameter values; the same declaration always gives the same type."""

    def __init__(self, values: Mapping[str, Constant]) -> None:
        self.values = values
        self._done: dict[int, tuple[Type, Type]] = {}

    def number(self, value: Any, what: str) -> int:
        number = resolve(value, self.values)
        if isinstance(number, bool) or not isinstance(number, int):
            raise ParameterError(f"{what} must be a whole number, not {number!r}")
        return number

    def type(self, declaration: Any) -> Type:
        declaration = as_type(declaration)
        if id(declaration) not in self._done:
            concrete = copy.copy(declaration.resolve(self))
            concrete.name = concrete.name or declaration.name
            concrete.init, concrete.durable = declaration.init, declaration.durable
            # the declaration is kept beside, so that its id is not given to another while this resolver lives
            self._done[id(declaration)] = (declaration, concrete)
        return self._done[id(declaration)][1]


def as_type(declaration: Any) -> Type:
    """The type that a declaration means: a type itself, an `enum.Enum` class, or `bool`."""
    if isinstance(declaration, Type):
        return declaration
    if isinstance(declaration, type) and issubclass(declaration, enum.Enum):
        return Enumeration(declaration)
    if declaration is bool:
        return Bool()
    if declaration is int:
        raise DeclarationError("Q004", "int has infinitely many values", "give it a range: Int(lo, hi)")
    if declaration in (str, float, complex, bytes):
        text = declaration in (str, bytes)
        cure = "make the values members of an Enum" if text else "use Int(lo, hi), scaled if need be"
        raise DeclarationError("Q005", f"{declaration.__name__} cannot be part of the state", cure)
    if declaration in (set, frozenset, list, tuple, dict):
        cure = {set: "Set(T)", frozenset: "Set(T)", dict: "Map(K, V)"}.get(declaration, "Seq(T, max_len)")
        raise DeclarationError("Q003", f"{declaration.__name__} does not say what is in it", f"write {cure}")
    if isinstance(declaration, enum.Enum):
        raise _member(declaration)
    if isinstance(declaration, type) and issubclass(declaration, Type):
        name = declaration.__name__
        cure = f"write {name}()" if name == "Bool" else f"write {name}(...)"
        raise DeclarationError("Q003", f"{name} is written with brackets", cure)
    raise DeclarationError(
        "Q003",
        f"{_shown(declaration)} is not a type of state",
        "types are Bool, Int, Node, an Enum class, Option, Record, Map, Set, Seq, Bag",
    )


def _member(declaration: Any) -> DeclarationError:
    own = type(declaration).__name__
    what = f"{own}.{declaration.name} is a value, not a type"
    return DeclarationError("Q003", what, f"write {own}, and init= for a value")


def _shown(declaration: Any) -> str:
    return declaration.__name__ if isinstance(declaration, type) else repr(declaration)


class Type:
    """A finite type of state values. With `init=` the declaration is a state variable, without it names a type.

    `init` is the initial value: for a `Map` either one value for every key or a dict. `init=...` (an ellipsis) leaves
    it to an `@init` method. `durable=True` marks a variable that survives a crash of its node.
    """

    def __init__(self, *, init: Any = UNSET, durable: bool = False) -> None:
        self.init, self.durable = init, durable
        self.name: str | None = None

    @property
    def is_variable(self) -> bool:
        """Whether the declaration is a state variable."""
        return self.init is not UNSET

    def __set_name__(self, owner: type, name: str) -> None:
        if self.name is None:
            self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else instance._read(self)

    def __set__(self, instance: Any, value: Any) -> None:
        instance._write(self, value)

    # -- what a concrete type says

    def resolve(self, resolver: Resolver) -> Type:
        """The concrete type under the resolver's parameter values. Raises ParameterError for an impossible one."""
        raise NotImplementedError

    def key(self) -> tuple[Any, ...]:
        """What makes the type equal to another."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self.key() == other.key())

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.key()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.key()}"

    @property
    def cardinality(self) -> int:
        """How many values the type has."""
        raise NotImplementedError

    def values(self) -> Iterator[Any]:
        """All values in rank order."""
        return (self.unrank(rank) for rank in range(self.cardinality))

    def rank(self, value: Any) -> int:
        """The position of a canonical value in the order of the type."""
        raise NotImplementedError

    def unrank(self, rank: int) -> Any:
        """The value at a position."""
        raise NotImplementedError

    def check(self, value: Any) -> Any:
        """The canonical form of a value. Raises ModelFault ("range", "capacity" or "none") if it is not in the type."""
        raise NotImplementedError

    def initial(self, value: Any) -> Any:
        """The canonical value that an `init=` means."""
        return self.check(value)

    def show(self, value: Any) -> str:
        """A canonical value as readable text."""
        return str(value)

    def to_data(self, value: Any) -> Any:
        """A canonical value in the plain form of `quorate.trace`."""
        return value

    def from_data(self, data: Any) -> Any:
        """The canonical value that plain data means. Raises ModelFault if it means none."""
        return self.check(data)

    # -- a named type is a domain: `for j in self.Server`, `len(self.Server)`

    def __iter__(self) -> Iterator[Any]:
        return self.values()

    def __len__(self) -> int:
        return self.cardinality

    def __bool__(self) -> bool:
        # a type is never "empty", and the number of its values may be too great for a length
        return True

    def __contains__(self, value: object) -> bool:
        try:
            self.check(value)
        except ModelFault:
            return False
        return True

    def _refuse(self, value: Any) -> ModelFault:
        kind = "none" if value is None else "range"
        return ModelFault(kind, f"{value!r} is not in {self.describe()}")

    def describe(self) -> str:
        """The type in a modeller's words."""
        return self.name or repr(self)


class Bool(Type):
    """Truth values."""

    def resolve(self, resolver: Resolver) -> Bool:
        return Bool()

    def key(self) -> tuple[Any, ...]:
        return ()

    def describe(self) -> str:
        return "Bool"

    @property
    def cardinality(self) -> int:
        return 2

    def rank(self, value: Any) -> int:
        return int(value)

    def unrank(self, rank: int) -> bool:
        return bool(rank)

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self._refuse(value)
        return value


class Int(Type):
    """The integers lo..hi, both included."""

    def __init__(
        self,
        lo: int | Expression | None = None,
        hi: int | Expression | None = None,
        *,
        init: Any = UNSET,
        durable: bool = False,
    ) -> None:
        super().__init__(init=init, durable=durable)
        if lo is None or hi is None:
            raise DeclarationError("Q004", "an Int needs its least and its greatest value", "write Int(lo, hi)")
        given: tuple[Any, ...] = (lo, hi)
        for bound in given:
            if not isinstance(bound, int | Expression):
                what = f"the bound of an Int is a whole number, not {bound!r}"
                raise DeclarationError("Q004", what, "write Int(lo, hi)")
        self.lo, self.hi = lo, hi

    def resolve(self, resolver: Resolver) -> Int:
        lo, hi = resolver.number(self.lo, "the bound of an Int"), resolver.number(self.hi, "the bound of an Int")
        if lo > hi:
            raise ParameterError(f"{self.name or 'an Int'} is empty: {lo}..{hi}", hint="raise its upper bound")
        if lo < -(2**61) or hi > 2**61:
            raise ParameterError(f"{self.name or 'an Int'} is too wide: {lo}..{hi}")
        return Int(lo, hi)

    def key(self) -> tuple[Any, ...]:
        return (self.lo, self.hi)

    def describe(self) -> str:
        return f"{self.lo}..{self.hi}"

    @property
    def cardinality(self) -> int:
        return self.hi - self.lo + 1  # type: ignore[return-value]

    def rank(self, value: Any) -> int:
        return value - self.lo  # type: ignore[no-any-return]

    def unrank(self, rank: int) -> int:
        return self.lo + rank  # type: ignore[return-value]

    def check(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.lo <= value <= self.hi:  # type: ignore[operator]
            raise self._refuse(value)
        return value


class Enumeration(Type):
    """The members of an `enum.Enum` class, in the order of their definition. Write the class itself."""

    def __init__(self, members: type[enum.Enum], *, init: Any = UNSET, durable: bool = False) -> None:
        super().__init__(init=init, durable=durable)
        if not len(members):
            raise DeclarationError("Q003", f"{members.__name__} has no members", "an Enum class lists its values")
        self.enum = members
        self.name = members.__name__
        self.members = tuple(members)

    def resolve(self, resolver: Resolver) -> Enumeration:
        return Enumeration(self.enum)

    def key(self) -> tuple[Any, ...]:
        return (self.enum,)

    def __repr__(self) -> str:
        # the digest of a compiled model is taken over this text
        return f"Enumeration({self.name}: {', '.join(m.name for m in self.members)})"

    def describe(self) -> str:
        return self.enum.__name__

    @property
    def cardinality(self) -> int:
        return len(self.members)

    def rank(self, value: Any) -> int:
        return self.members.index(value)

    def unrank(self, rank: int) -> enum.Enum:
        return self.members[rank]

    def check(self, value: Any) -> enum.Enum:
        if not isinstance(value, self.enum):
            raise self._refuse(value)
        return value

    def show(self, value: Any) -> str:
        return str(value.name)

    def to_data(self, value: Any) -> Any:
        return value.name

    def from_data(self, data: Any) -> Any:
        for member in self.members:
            if member.name == data:
                return member
        raise self._refuse(data)


class Node(Type):
    """`n` identities. They are interchangeable unless `symmetric=False`, which also orders them (`i < j`, `i.index`).

    They are printed as s1, s2, … after the first letter of the type's name, or after `prefix`.
    """

    def __init__(self, n: int | Expression, *, symmetric: bool = True, prefix: str | None = None) -> None:
        super().__init__()
        self.n, self.symmetric, self.prefix = n, symmetric, prefix

    def resolve(self, resolver: Resolver) -> Node:
        n = resolver.number(self.n, "the size of a Node type")
        if not 1 <= n <= 64:
            raise ParameterError(f"{self.name or 'a Node type'} has {n} nodes: it must be 1..64")
        return Node(n, symmetric=self.symmetric, prefix=self.prefix or (self.name or "n")[0].lower())

    def key(self) -> tuple[Any, ...]:
        return (self.n, self.name, self.symmetric)

    def __call__(self, *_: Any) -> Any:
        """Refused: nodes are not made, they are there. Raises DeclarationError."""
        cure = "choose one in a method under @init(x=T), for a variable that is declared as Var(T, init=...)"
        raise DeclarationError("Q003", "the nodes of a type are not made one by one", cure)

    def describe(self) -> str:
        return self.name or f"Node({self.n})"

    def label(self, index: int) -> str:
        """The printed name of the node at an index."""
        return f"{self.prefix}{index + 1}"

    @property
    def cardinality(self) -> int:
        return self.n  # type: ignore[return-value]

    def rank(self, value: Any) -> int:
        return value.index  # type: ignore[no-any-return]

    def unrank(self, rank: int) -> NodeValue:
        return NodeValue(self, rank)

    def check(self, value: Any) -> NodeValue:
        if not isinstance(value, NodeValue) or value._type != self:
            raise self._refuse(value)
        return value

    def to_data(self, value: Any) -> Any:
        return repr(value)

    def from_data(self, data: Any) -> Any:
        for value in self.values():
            if repr(value) == data:
                return value
        raise self._refuse(data)


class Option(Type):
    """A value of a type, or None."""

    def __init__(self, of: Any, *, init: Any = UNSET, durable: bool = False) -> None:
        super().__init__(init=init, durable=durable)
        self.of = as_type(of)

    def resolve(self, resolver: Resolver) -> Option:
        inner = resolver.type(self.of)
        if isinstance(inner, Option):
            raise ParameterError("an Option of an Option cannot tell its two Nones apart")
        return Option(inner)

    def key(self) -> tuple[Any, ...]:
        return (self.of,)

    def describe(self) -> str:
        return f"Option({self.of.describe()})"

    @property
    def cardinality(self) -> int:
        return 1 + self.of.cardinality

    def rank(self, value: Any) -> int:
        return 0 if value is None else 1 + self.of.rank(value)

    def unrank(self, rank: int) -> Any:
        return None if rank == 0 else self.of.unrank(rank - 1)

    def check(self, value: Any) -> Any:
        return None if value is None else self.of.check(value)

    def show(self, value: Any) -> str:
        return "None" if value is None else self.of.show(value)

    def to_data(self, value: Any) -> Any:
        return None if value is None else self.of.to_data(value)

    def from_data(self, data: Any) -> Any:
        return None if data is None else self.of.from_data(data)


class Var(Type):
    """A state variable of a type that is declared elsewhere: `state = Var(Phase, init=Phase.IDLE)`."""

    def __init__(self, of: Any, *, init: Any, durable: bool = False) -> None:
        super().__init__(init=init, durable=durable)
        self.of = as_type(of)

    def resolve(self, resolver: Resolver) -> Type:
        return resolver.type(self.of)
