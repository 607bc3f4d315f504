"""Evidence and given numbers enter the graph: one symbol for each field, and who sees what.

A field of a node that may be not applicable or absent can be missing; from inside its node
it is seen with something harmless in its place, since nothing counts there then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from attrs import evolve, field, frozen

from rubric_engine.fields import (
    Checklist,
    Choice,
    Date,
    Field,
    Flag,
    Rows,
    Text,
)
from rubric_engine.figures import Figure
from rubric_engine.graph import Graph, Input, TableInput, Value
from rubric_engine.intervals import Interval
from rubric_engine.model import Rubric
from rubric_engine.states import States, conditions_of, is_required, sure
from rubric_engine.symbols import Day, Option, Panel, Quantity, Remark, Symbol, Table, Ticked, Truth
from rubric_engine.tree import Place

__all__ = ["COHORT", "Declared", "LoweredField", "declare", "fixed_figure"]

#: The source of the given numbers that may be figures.
COHORT = "cohort"


def fixed_figure(each: Field) -> Fraction | None:
    """Return what a figure is once and for all, or None if it is worked out or given."""
    figure = getattr(each, "figure", None)
    return figure.fixed if isinstance(figure, Figure) else None


@frozen(eq=False)
class LoweredField:
    """A field and where it enters the graph."""

    #: The node, or the source of a given number.
    node: str
    name: str
    field: Field
    #: The index of its first input; a checklist has one for each value, a panel one for each
    #: reading, a table those of its columns.
    first: int
    #: The names of its inputs, which are their columns' names.
    inputs: tuple[str, ...]
    #: The number of its table.
    table: int | None = None
    #: The index of the input that is there where a freed table is.
    there: int | None = None
    #: Whether it is freed where its node is not applicable or absent.
    freed: bool = False
    #: Where it must be there, if it is required at all; None if always.
    live: Truth | None = None
    #: Whether it is a given number.
    given: bool = False

    @property
    def path(self) -> str:
        """`item.field`."""
        return f"{self.node}.{self.name}"


@frozen(eq=False)
class Declared:
    """All fields of a rubric."""

    fields: tuple[LoweredField, ...]
    #: By `node.field`: what the finding is, and what it is from inside its node.
    symbols: dict[str, Symbol] = field(repr=False)
    inside: dict[str, Symbol] = field(repr=False)
    #: Whether a freed field's finding is there, by `node.field`.
    known: dict[str, Truth] = field(repr=False)
    #: The fields by `node.field`, columns by `node.table.column`.
    kinds: dict[str, Field] = field(repr=False)
    positions: dict[str, int] = field(repr=False)
    given: frozenset[str]
    states: States = field(repr=False)

    def required(self, path: str) -> bool:
        """Say whether a sheet must have the finding where its node is live."""
        return is_required(self.kinds[path])


def _free_nodes(places: Mapping[str, Place]) -> tuple[set[str], set[str]]:
    """Return the nodes whose findings may be freed: all of them, or all but a choice's skip."""
    free: set[str] = set()
    freed_above: set[str] = set()
    for place in places.values():
        parent = None if place.parent is None else places[place.parent]
        if parent is not None:
            takes = parent.node.missing not in (None, "refuse") and not place.beside
            if parent.id in free or takes:
                freed_above.add(place.id)
        if getattr(place.node, "applies_to", ()):
            freed_above.add(place.id)
        skips = place.can_skip and any(
            isinstance(each, Choice) and each.meaning("skip") for _, each in place.node.evidence
        )
        if skips or place.id in freed_above:
            free.add(place.id)
    return free, freed_above


class _Declaring:
    def __init__(
        self, rubric: Rubric, graph: Graph, places: dict[str, Place], check: Callable[..., None]
    ) -> None:
        self.graph, self.check = graph, check
        self.fields: list[LoweredField] = []
        self.symbols: dict[str, Symbol] = {}
        self.known: dict[str, Truth] = {}
        self.kinds: dict[str, Field] = {}
        self.scales = {each.id: each.scale for each in places.values()}
        free, freed_above = _free_nodes(places)
        for place in places.values():
            for name, each in place.node.evidence:
                skips = isinstance(each, Choice) and bool(each.meaning("skip"))
                skips = skips and place.can_skip
                freed = place.id in (freed_above if skips else free)
                self.add(place.id, name, each, f"{place.path}.evidence.{name}", freed=freed)
        given: set[str] = set()
        for source, fields in rubric.given:
            for name, each in fields:
                given.add(f"{source}.{name}")
                self.add(source, name, each, f"$.given.{source}.{name}", given=True)
        states = conditions_of(graph, places, self.symbols, self.known)
        positions = {each.path: place for place, each in enumerate(self.fields)}
        inside = {
            each.path: sure(self.symbols[each.path])
            if each.freed and not each.field.optional
            else self.symbols[each.path]
            for each in self.fields
            if each.path in self.symbols
        }
        inside |= {path: self.symbols[path] for path in given & self.symbols.keys()}
        lowered = tuple(
            evolve(each, live=states.freed(each.node, each.field)) if each.freed else each
            for each in self.fields
        )
        self.declared = Declared(
            lowered,
            self.symbols,
            inside,
            self.known,
            self.kinds,
            positions,
            frozenset(given),
            states,
        )

    def add(
        self,
        node: str,
        name: str,
        each: Field,
        where: str,
        *,
        freed: bool = False,
        given: bool = False,
    ) -> None:
        """Declare one field."""
        dotted = f"{node}.{name}"
        self.kinds[dotted] = each
        fixed = fixed_figure(each) if given and node == COHORT else None
        if fixed is not None:
            self.symbols[dotted] = Quantity.of(self.graph, fixed)
            return
        built, first = len(self.graph), len(self.graph.inputs)
        if isinstance(each, Rows):
            self.add_table(node, name, each, freed=freed)
            self.check(where, built)
            return
        values = self.inputs(each, dotted, None, freed=freed)
        self.check(where, built)
        names = tuple(declared.name for declared in self.graph.inputs[first:])
        made = LoweredField(node, name, each, first, names, freed=freed, given=given)
        self.fields.append(made)
        symbol = self.symbol(each, values, self.scales.get(node))
        if symbol is not None:
            self.symbols[dotted] = symbol
            if freed:
                self.note_known(dotted, values)

    def note_known(self, dotted: str, values: Iterable[Value]) -> None:
        known: Value | None = None
        for value in values:
            there = self.graph.known(value)
            known = there if known is None else self.graph.either(known, there)
        if known is not None:
            self.known[dotted] = Truth(self.graph, known)

    def inputs(self, each: Field, dotted: str, table: int | None, *, freed: bool) -> list[Value]:
        """Declare where a field, or a column, enters the graph."""
        try:
            declared: Iterable[Input] = each.inputs(dotted)
        except (ValueError, ArithmeticError):
            declared = Flag().inputs(dotted)
        values: list[Value] = []
        for one in declared:
            interval = one.interval
            if freed:
                interval = Interval(interval.low, interval.high, missing=True)
            values.append(self.graph.input(evolve(one, interval=interval, table=table)))
        return values

    def add_table(self, node: str, name: str, rows: Rows, *, freed: bool) -> None:
        dotted = f"{node}.{name}"
        fewest, most = rows.sizes
        table = TableInput(dotted, 0 if freed else fewest, max(most, 1))
        number = self.graph.declare_table(table)
        first = len(self.graph.inputs)
        columns: dict[str, Symbol] = {}
        for column, each in rows.columns:
            self.kinds[f"{dotted}.{column}"] = each
            values = self.inputs(each, f"{dotted}.{column}", number, freed=False)
            symbol = self.symbol(each, values, self.scales.get(node))
            if symbol is not None:
                columns[column] = symbol
        names = tuple(declared.name for declared in self.graph.inputs[first:])
        there: int | None = None
        if freed:
            there = len(self.graph.inputs)
            known = self.graph.input(Input(dotted, "text", Interval(0, 0, missing=True)))
            self.note_known(dotted, [known])
        dates = tuple(column for column, each in rows.columns if isinstance(each, Date))
        self.symbols[dotted] = Table(self.graph, dotted, number, columns, dates)
        made = LoweredField(node, name, rows, first, names, number, there, freed)
        self.fields.append(made)

    def symbol(self, each: Field, values: list[Value], scale: Fraction | None) -> Symbol | None:
        """Return what a field's finding means in an expression."""
        graph = self.graph
        if not values:
            return None
        if isinstance(each, Text):
            return Remark(graph, values[0])
        if isinstance(each, Choice):
            if not each.names:
                return None
            return Option(graph, values[0], each.names, _worth(each, scale))
        if isinstance(each, Checklist):
            truths = [Truth(graph, value) for value in values]
            return Ticked(graph, dict(zip(each.names, truths, strict=False)))
        if isinstance(each, Date):
            return Day(graph, values[0])
        quanta = getattr(each, "quanta", 1)
        if getattr(each, "panel", None) is not None:
            readings = tuple(Quantity(graph, value, quanta) for value in values)
            return Panel(graph, readings, getattr(each, "fewest", 1))
        if values[0].kind == "truth":
            return Truth(graph, values[0])
        return Quantity(graph, values[0], quanta)


def _worth(each: Choice, scale: Fraction | None) -> dict[str, Fraction] | None:
    """Return what the values of a choice are worth, if all that can count have an amount."""
    means = dict(each.means)
    worth: dict[str, Fraction] = {}
    if not any(means.get(name) not in ("skip", "missing", "unrated", None) for name in each.names):
        return None
    for name in each.names:
        meaning = means.get(name)
        if meaning is None or (meaning == "full" and scale is None):
            return None
        if meaning == "full":
            worth[name] = scale or Fraction(0)
        else:
            worth[name] = meaning if isinstance(meaning, Fraction) else Fraction(0)
    return worth


def declare(
    rubric: Rubric, graph: Graph, places: dict[str, Place], check: Callable[..., None]
) -> Declared:
    """Declare all fields of a rubric.

    `check` is called with a path and how many values the graph had before.
    """
    return _Declaring(rubric, graph, places, check).declared
