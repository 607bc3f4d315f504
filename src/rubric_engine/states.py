"""Which nodes count: not applicable, absent, and what expressions see of them.

A node has conditions of its own: the types it is `for`, the choices that may say `skip`,
and, under a parent that takes it, whether any of its findings is there. It is live where
its own conditions and those of all nodes above it hold. The findings of a node that may
not be live are freed; whoever stands elsewhere sees them, and its score, as missing there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import field, frozen

from rubric_engine.fields import Choice, Field, Text
from rubric_engine.graph import Graph
from rubric_engine.symbols import Day, Option, Panel, Quantity, Symbol, Ticked, Truth
from rubric_engine.tree import TYPE, Place

__all__ = ["Conditions", "States", "is_required", "sure"]


def is_required(each: Field) -> bool:
    """Say whether a sheet must have a finding for the field, where its node is live."""
    return not each.optional and not isinstance(each, Text) and each.none_means is None


def sure(symbol: Symbol) -> Symbol:
    """Return a symbol with something harmless where its finding was freed."""
    if isinstance(symbol, Quantity):
        graph = symbol.graph
        low = graph.constant(symbol.value.interval.low)
        return symbol.with_value(graph.default(symbol.value, low))
    if isinstance(symbol, Truth):
        return symbol.default(Truth.of(symbol.graph, verdict=False))
    if isinstance(symbol, Option | Day):
        graph = symbol.graph
        value = graph.default(symbol.value, graph.constant(symbol.value.interval.low))
        if isinstance(symbol, Day):
            return Day(graph, value)
        return Option(graph, value, symbol.names, symbol.worth)
    if isinstance(symbol, Ticked):
        no = Truth.of(symbol.graph, verdict=False)
        truths = {name: each.default(no) for name, each in symbol.truths.items()}
        return Ticked(symbol.graph, truths)
    return symbol


def only(symbol: Symbol, holds: Truth) -> Symbol:
    """Return a symbol where a truth holds, missing elsewhere."""
    graph = holds.graph
    if isinstance(symbol, Quantity | Truth):
        return symbol.only(holds)
    if isinstance(symbol, Option):
        value = graph.only(holds.value, symbol.value)
        return Option(graph, value, symbol.names, symbol.worth)
    if isinstance(symbol, Day):
        return Day(graph, graph.only(holds.value, symbol.value))
    if isinstance(symbol, Ticked):
        return Ticked(graph, {name: each.only(holds) for name, each in symbol.truths.items()})
    if isinstance(symbol, Panel):
        return Panel(graph, tuple(each.only(holds) for each in symbol.readings), 0)
    return symbol


@frozen(eq=False)
class Conditions:
    """The own conditions of a node; None where one always holds."""

    #: Whether it is for the assessee's type.
    meant: Truth | None = None
    #: Whether no choice of its own says `skip`.
    applies: Truth | None = None
    #: Whether any of its findings, or of those below it, is there.
    present: Truth | None = None

    @property
    def all(self) -> list[Truth]:
        """Those that may not hold."""
        return [each for each in (self.meant, self.applies, self.present) if each is not None]


@frozen(eq=False)
class States:
    """The conditions of all nodes of a rubric."""

    graph: Graph = field(repr=False)
    places: dict[str, Place] = field(repr=False)
    #: By the id of the node; those without any condition are left out.
    own: dict[str, Conditions] = field(factory=dict)

    def of(self, node: str) -> Conditions:
        """Return the own conditions of a node."""
        return self.own.get(node, _ALWAYS)

    def line(self, node: str) -> Iterator[str]:
        """Yield a node and those above it, from the node up."""
        at: str | None = node
        while at is not None:
            yield at
            at = self.places[at].parent

    def live(self, node: str) -> Truth | None:
        """Return whether a node counts by its own conditions and those above; None if always."""
        return self.joined(each for at in self.line(node) for each in self.of(at).all)

    def applies(self, node: str) -> Truth | None:
        """Return whether a node and all above it are applicable; None if always."""
        owns = [self.of(at) for at in self.line(node)]
        truths = [each for own in owns for each in (own.meant, own.applies)]
        return self.joined(each for each in truths if each is not None)

    def present(self, node: str) -> Truth | None:
        """Return whether a node and all above it have findings; None if always."""
        owns = [self.of(at) for at in self.line(node)]
        return self.joined(each.present for each in owns if each.present is not None)

    def above(self, node: str) -> Truth | None:
        """Return whether all nodes above a node are live; None if always."""
        parent = self.places[node].parent
        return None if parent is None else self.live(parent)

    def freed(self, node: str, each: Field) -> Truth | None:
        """Return where a field's finding must be there; None if always.

        A choice that may say `skip` is not freed by what it says itself.
        """
        own = self.of(node)
        truths = [own.meant, own.present]
        if not (isinstance(each, Choice) and each.meaning("skip")):
            truths.append(own.applies)
        above = self.above(node)
        return self.joined(truth for truth in (*truths, above) if truth is not None)

    def seen(self, node: str, user: str) -> Truth | None:
        """Return where a user sees a node: by the conditions that the user does not share."""
        if not self.own:
            return None
        shared = set(self.line(user))
        return self.joined(
            each for at in self.line(node) if at not in shared for each in self.of(at).all
        )

    def joined(self, truths: Iterable[Truth]) -> Truth | None:
        """Return whether all of some truths hold; None if there is none."""
        result: Truth | None = None
        for each in truths:
            result = each if result is None else result.both(each)
        return result


_ALWAYS = Conditions()


def conditions_of(
    graph: Graph,
    places: dict[str, Place],
    raw: dict[str, Symbol],
    known: dict[str, Truth],
) -> States:
    """Return the conditions of all nodes.

    `raw` has the findings before any is freed, `known` whether those that may be freed are
    there, both by `node.field`.
    """
    states = States(graph, places)
    for place in places.values():
        made = Conditions(
            _meant(place, raw), _applies(place, raw), _present(place, places, raw, known)
        )
        if made.all:
            states.own[place.id] = made
    return states


def _meant(place: Place, raw: dict[str, Symbol]) -> Truth | None:
    kind = raw.get(TYPE)
    stated = getattr(place.node, "applies_to", ())
    if not stated or not isinstance(kind, Option):
        return None
    result = Truth.of(kind.graph, verdict=False)
    for name in stated:
        if name in kind.names:
            result = result.either(kind.is_named(name))
    return result


def _applies(place: Place, raw: dict[str, Symbol]) -> Truth | None:
    result: Truth | None = None
    if not place.can_skip:
        return None
    for name, each in place.node.evidence:
        symbol = raw.get(f"{place.id}.{name}")
        if not isinstance(each, Choice) or not isinstance(symbol, Option):
            continue
        certain = sure(symbol)
        for value in each.meaning("skip"):
            if isinstance(certain, Option) and value in certain.names:
                says = certain.is_named(value).both(symbol.known())
                result = says.negate() if result is None else result.both(says.negate())
    return result


def _present(
    place: Place,
    places: dict[str, Place],
    raw: dict[str, Symbol],
    known: dict[str, Truth],
) -> Truth | None:
    parent = None if place.parent is None else places[place.parent]
    if parent is None or place.beside or place.row:
        return None
    if parent.node.missing in (None, "refuse"):
        return None
    result: Truth | None = None
    #: Where something below is required; None if always, or never.
    asked: Truth | None = None
    always = False
    for node in _below(place, places):
        meant = _meant_within(node, place, places, raw)
        for name, each in node.node.evidence:
            there = known.get(f"{node.id}.{name}")
            if there is not None:
                result = there if result is None else result.either(there)
            if is_required(each):
                always = always or meant is None
                asked = meant if asked is None or meant is None else asked.either(meant)
    if result is None or (asked is None and not always):
        return None
    return result if always or asked is None else result.either(asked.negate())


def _meant_within(
    node: Place, top: Place, places: dict[str, Place], raw: dict[str, Symbol]
) -> Truth | None:
    """Return whether a node, and those above it up to another, are for the assessee."""
    result: Truth | None = None
    while node.id != top.id:
        meant = _meant(node, raw)
        if meant is not None:
            result = meant if result is None else result.both(meant)
        node = places[node.parent or top.id]
    return result


def _below(place: Place, places: dict[str, Place]) -> Iterator[Place]:
    yield place
    for child in place.children:
        yield from _below(places[child], places)
