"""The network: where sent messages wait, and what may happen to them on the way."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

from quorate.errors import DeclarationError, ParameterError
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set, Union
from quorate.language.params import Expression, resolve
from quorate.language.types import Resolver, Type
from quorate.language.values import BagValue, Compound, MapValue, ModelFault, Place, RecordValue, SetValue

ORDERS = ("any", "fifo")


class Network(Type):
    """The messages on their way; always a state variable, empty at the start.

    Three forms:

    * the default keeps the *set* of all messages ever sent. A message may be received any number of times, at any later
      moment, or never: delay, reordering, duplication and loss are all included.
    * `duplicates=False` keeps a *bag* of at most `capacity` messages: receiving one takes it out.
    * `order="fifo"` keeps a queue of at most `capacity` messages for each link from a `src` to a `dst`; only the head
      of a queue can be received.

    `loss=True` gives the bag and the queues a step of their own that drops a message (of a queue: its head).
    `capacity` bounds the set too, and then each message takes a slot instead of every possible one a bit.

    `order` may be a parameter whose values are "any" and "fifo": one model, on links that keep the order or do not.
    """

    def __init__(
        self,
        *messages: Message,
        order: str | Expression = "any",
        duplicates: bool = True,
        loss: bool = False,
        capacity: int | Expression | None = None,
    ) -> None:
        super().__init__(init=())
        chosen = isinstance(order, Expression)
        if not chosen and order not in ORDERS:
            raise DeclarationError(
                "Q009", f"a network has no order {order!r}", 'write order="fifo", or leave it out for any order'
            )
        if not messages or not all(isinstance(message, Message) for message in messages):
            raise DeclarationError(
                "Q009", "a network is declared with the messages it carries", "write Network(RequestVote, Vote)"
            )
        self.messages = messages
        self.order, self.duplicates = order, duplicates
        # with an order to be chosen: the form for any order
        self.form = "fifo" if order == "fifo" else "set" if duplicates else "bag"
        self.loss, self.capacity = loss, capacity
        if (chosen or self.form != "set") and capacity is None:
            raise DeclarationError(
                "Q009",
                "this network has no bound",
                "give it capacity=..., the most messages in it (or on each link) at once",
            )
        if self.form == "set" and loss and not chosen:
            raise DeclarationError(
                "Q009",
                "the set of all messages includes loss already: a message may never be received",
                "remove loss=True",
            )
        self.union: Union
        self.contents: Type

    def resolve(self, resolver: Resolver) -> Network:
        network = Network.__new__(Network)
        Type.__init__(network, init=())
        network.order, network.duplicates = self._order(resolver), self.duplicates
        network.form = "fifo" if network.order == "fifo" else self.form
        network.loss = self.loss and network.form != "set"
        network.messages = tuple(resolver.type(message) for message in self.messages)  # type: ignore[misc]
        network.capacity = (
            None if self.capacity is None else resolver.number(self.capacity, "the capacity of a Network")
        )
        network.union = Union(network.messages)
        match network.form:
            case "set":
                network.contents = Set(network.union, capacity=network.capacity).resolve(resolver)
            case "bag":
                network.contents = Bag(network.union, network.capacity)  # type: ignore[arg-type]
            case _:
                ends = {(message.fields.get("src"), message.fields.get("dst")) for message in network.messages}
                if len(ends) != 1 or None in next(iter(ends)):
                    raise ParameterError(
                        'with order="fifo" every message has the fields src and dst, of the same types in all'
                    )
                src, dst = next(iter(ends))
                link = Record(src=src, dst=dst)
                link.name = "Link"
                network.contents = Map(link, Seq(network.union, network.capacity))  # type: ignore[arg-type]
        return network

    def _order(self, resolver: Resolver) -> str:
        """The order that is declared, or that a parameter chooses."""
        chosen = resolve(self.order, resolver.values)
        order = str(chosen.value) if isinstance(chosen, enum.Enum) else chosen
        if order not in ORDERS:
            raise ParameterError(f"a network has no order {order!r}", hint='an order is "any" or "fifo"')
        return order

    def key(self) -> tuple[Any, ...]:
        return (self.form, self.contents)

    def describe(self) -> str:
        return f"Network({self.union.describe()})"

    @property
    def cardinality(self) -> int:
        return self.contents.cardinality

    def check(self, value: Any) -> Any:
        return self.contents.check(value)

    def initial(self, value: Any) -> Any:
        return self.contents.initial(set() if self.form == "set" else ())

    def show(self, value: Any) -> str:
        return self.contents.show(value)

    def to_data(self, value: Any) -> Any:
        return self.contents.to_data(value)

    def from_data(self, data: Any) -> Any:
        return self.contents.from_data(data)

    def link(self, message: RecordValue) -> RecordValue:
        """The key of the queue that a message waits in ("fifo" only)."""
        return self.contents.key_type(src=message.src, dst=message.dst)  # type: ignore[attr-defined, no-any-return]

    def receivable(self, contents: Any, message: Message) -> Iterator[RecordValue]:
        """The messages of a type that can be received now, each once, in order."""
        if self.form == "fifo":
            heads = (queue._items[0] for queue in contents._items if len(queue))
            return (head for head in heads if head._type.name == message.name)
        return (item for item in dict.fromkeys(contents) if item._type.name == message.name)

    def without(self, contents: Any, message: RecordValue) -> Any:
        """What is left when a message has been received or lost."""
        match self.form:
            case "set":
                return contents
            case "bag":
                items = list(contents)
                items.remove(message)
                return BagValue(self.contents, tuple(items))  # type: ignore[arg-type]
            case _:
                link = self.link(message)
                return contents.with_component(link, contents.component(link)[1:])


class NetworkValue(Compound):
    """A network as a model reads it: `send`, `in`, `of(Message)`, `len`, `count`. `sent` is where it notes what is
    sent."""

    __slots__ = ("_contents", "_sent")

    def __init__(
        self, network: Network, contents: Any, place: Place | None = None, sent: list[Any] | None = None
    ) -> None:
        self._type, self._contents, self._place = network, contents, place
        self._sent = [] if sent is None else sent

    def send(self, message: RecordValue) -> None:
        """Put a message into the network; a fault when it is full."""

        def sent(contents: Any) -> Any:
            message_in = self._type.union.check(message)
            match self._type.form:
                case "set":
                    return contents | {message_in}
                case "bag":
                    return BagValue(self._type.contents, (*contents, message_in))
                case _:
                    link = self._type.link(message_in)
                    return contents.with_component(link, (*contents.component(link), message_in))

        try:
            self._update(sent)
        except ModelFault as fault:
            if fault.kind == "capacity":
                raise ModelFault("capacity", f"the network is full: {fault}") from None
            raise
        self._sent.append(message)

    def discard(self, message: RecordValue) -> None:
        """Take a message out of a set or bag, once, if it is there."""
        if self._type.form == "bag":
            self._update(lambda contents: self._type.without(contents, message) if message in contents else contents)
        else:
            self._update(lambda contents: contents - {message})

    def _waiting(self) -> Iterator[RecordValue]:
        if isinstance(self._contents, MapValue):
            return (message for queue in self._contents._items for message in queue)
        return iter(self._contents)

    def __contains__(self, message: object) -> bool:
        return message in self._contents if isinstance(self._contents, SetValue) else message in list(self._waiting())

    def __len__(self) -> int:
        return sum(1 for _ in self._waiting())

    def count(self, message: RecordValue) -> int:
        """How many copies of a message are on their way."""
        return sum(1 for waiting in self._waiting() if waiting == message)

    def of(self, message: Message) -> Iterator[RecordValue]:
        """The messages of one type that are on their way, in order (equal ones as often as they are there)."""
        return (waiting for waiting in self._waiting() if waiting._type.name == message.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NetworkValue) and self._contents == other._contents

    def __hash__(self) -> int:
        return hash(self._contents)

    def __repr__(self) -> str:
        return str(self._type.show(self._contents))
