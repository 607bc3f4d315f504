"""The interpreter of a graph with what is known: everything else stays a graph.

A finding that is known becomes a constant, a table that is known is written out row by
row; what then folds together is folded by the builder. What is left says what a score can
still be, and on which findings that rests. It is slower than `sheet` and needs nothing
but the graph, so it also answers for sheets that are incomplete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from rubric_engine.graph import FOLDS, Graph, Input, Op, TableInput, Value, reachable
from rubric_engine.intervals import TRANSFER, Interval

__all__ = ["UNKNOWN", "Partial", "Row", "built_anew", "specialise"]


class _Unknown:
    """Stands for a finding that is not known yet."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Any = _Unknown()
#: An integer, a truth as 0 or 1, a text, None where it is missing, or `UNKNOWN`.
Cell = Any
#: The cells of one row, by the input of the column.
Row = Mapping[int, Cell]


@frozen(eq=False)
class Partial:
    """What became of some values."""

    #: In the order they were asked for; a value of rows has one for each row of its table.
    values: tuple[Any, ...]
    #: For each input of the new graph, the inputs of the old one that it stands for.
    stands_for: tuple[frozenset[int], ...]
    #: The new graph.
    graph: Graph
    #: The folds of the old graph that are inputs of the new one, by the number of the input.
    folds: Mapping[int, Value]

    def open_inputs(self, values: Iterable[Value]) -> set[int]:
        """Return the inputs of the old graph on which new values still rest."""
        found: set[int] = set()
        for value in reachable(values):
            if value.op is Op.INPUT:
                found |= self.stands_for[value.data[0]]
        return found


def specialise(
    graph: Graph,
    roots: Sequence[Value],
    known: Mapping[int, Cell],
    tables: Mapping[int, Sequence[Row]],
    within: Mapping[int, Interval] | None = None,
) -> Partial:
    """Return values with what is known in its place.

    `known` has the inputs of the sheet by their index, those that are left out are unknown;
    `tables` the rows of each table by its number, those left out are unknown. `within` says
    between what an unknown input of the sheet lies, where that is known.
    """
    specialiser = _Specialiser(graph, known, tables, within or {})
    values = tuple(specialiser.root(each) for each in roots)
    return Partial(values, tuple(specialiser.stands_for), specialiser.new, specialiser.folds)


def built_anew(graph: Graph, value: Value, args: Sequence[Value]) -> Value:
    """Return the operation of a value, which is no input and no fold, in another graph."""
    if value.op is Op.CONSTANT:
        number = value.data[0]
        return graph.truth(bool(number)) if value.kind == "truth" else graph.constant(number)
    if value.op is Op.KNOWN:
        return graph.known(args[0])
    return _REBUILD[value.op](graph, list(args), value.data)


class _Specialiser:
    def __init__(
        self,
        graph: Graph,
        known: Mapping[int, Cell],
        tables: Mapping[int, Sequence[Row]],
        within: Mapping[int, Interval],
    ) -> None:
        self.old, self.new = graph, Graph()
        self.known, self.tables, self.within = known, tables, within
        for each in graph.tables:
            self.new.declare_table(TableInput(each.name, each.fewest, each.most))
        self.stands_for: list[frozenset[int]] = []
        self.done: dict[int, Value] = {}
        #: Values of the rows of known tables, by the value's index and the row.
        self.rows: dict[tuple[int, int], Value] = {}
        #: Texts that are known, by the new value's index.
        self.texts: dict[int, str] = {}
        self.folds: dict[int, Value] = {}

    def root(self, value: Value) -> Value | list[Value]:
        needed = reachable([value])
        for each in needed:
            if each.table is None or each.table not in self.tables:
                if each.index not in self.done:
                    self.done[each.index] = self.whole(each)
            else:
                for row in range(len(self.tables[each.table])):
                    if (each.index, row) not in self.rows:
                        self.rows[each.index, row] = self.of_row(each, row)
        if value.table is None or value.table not in self.tables:
            return self.done[value.index]
        return [self.rows[value.index, row] for row in range(len(self.tables[value.table]))]

    def whole(self, value: Value) -> Value:
        """Return a value of the sheet, or of the rows of a table that is not known."""
        if value.op is Op.INPUT:
            index = value.data[0]
            cell = UNKNOWN if value.table is not None else self.known.get(index, UNKNOWN)
            return self.input(self.old.inputs[index], index, cell)
        if value.op in FOLDS and value.data[0] in self.tables:
            return self.unrolled(value)
        args = [self.done[each.index] for each in value.args]
        return self.rebuilt(value, args)

    def of_row(self, value: Value, row: int) -> Value:
        """Return a value of one row of a table that is known."""
        if value.op is Op.INPUT:
            index = value.data[0]
            cell = self.tables[value.table or 0][row].get(index, UNKNOWN)
            return self.input(self.old.inputs[index], index, cell)
        return self.rebuilt(value, self.args(value, row))

    def args(self, value: Value, row: int) -> list[Value]:
        return [
            self.rows[each.index, row] if each.table is not None else self.done[each.index]
            for each in value.args
        ]

    def input(self, declared: Input, index: int, cell: Cell) -> Value:
        """Return an input: a constant, missing, or an input again."""
        if cell is UNKNOWN:
            table = declared.table if declared.table not in self.tables else None
            interval = self.within.get(index, declared.interval)
            return self.fresh(declared.name, declared.kind, interval, {index}, table)
        if cell is None:
            return self.nothing(declared.kind)
        if declared.kind == "truth":
            return self.new.truth(bool(cell))
        if declared.kind == "text":
            made = self.fresh(declared.name, "text", Interval(0, 0), set())
            if isinstance(cell, str):
                self.texts[made.index] = cell
            return made
        return self.new.constant(cell)

    def fresh(
        self,
        name: str,
        kind: Any,  # noqa: ANN401 - one of the literals of `Kind`
        interval: Interval,
        stands_for: Iterable[int],
        table: int | None = None,
    ) -> Value:
        self.stands_for.append(frozenset(stands_for))
        return self.new.input(Input(name, kind, interval, table))

    def nothing(self, kind: str) -> Value:
        """Return a value that is missing for sure."""
        value = self.new.truth(verdict=False) if kind == "truth" else self.new.constant(0)
        return self.new.only(self.new.truth(verdict=False), value)

    def missing(self, value: Value) -> bool:
        """Say whether a value is missing for sure."""
        if value.op is not Op.ONLY:
            return False
        condition = value.args[0]
        return condition.op is Op.CONSTANT and not condition.data[0]

    def rebuilt(self, value: Value, args: list[Value]) -> Value:
        """Return an operation on new arguments."""
        new = self.new
        if value.op in FOLDS:
            return self.opaque(value, args)
        if value.op in _STRICT and any(map(self.missing, args)):
            return self.nothing(value.kind)
        if value.op is Op.KNOWN and self.missing(args[0]):
            return new.truth(verdict=False)
        if value.op is Op.DEFAULT and self.missing(args[0]):
            return args[1]
        if value.op in (Op.CHOOSE, Op.ONLY) and self.missing(args[0]):
            return self.nothing(value.kind)
        if value.op is Op.ONLY and self.missing(args[1]):
            return args[1]
        if value.op in (Op.BOTH, Op.EITHER) and all(map(self.missing, args)):
            return args[0]
        return built_anew(new, value, args)

    def opaque(self, value: Value, args: Sequence[Value]) -> Value:
        """Return an input for a fold over rows that are not known: it rests on all of them."""
        interval = TRANSFER[value.op]([each.interval for each in args], value.data)
        rows = {i for i, each in enumerate(self.old.inputs) if each.table == value.data[0]}
        return self.folded(value, interval, self.rest_on(args) | rows)

    def folded(self, value: Value, interval: Interval, stands_for: Iterable[int]) -> Value:
        """Return an input for a fold, and note which."""
        made = self.fresh("", value.kind, interval, stands_for)
        self.folds[made.data[0]] = value
        return made

    # folds over rows that are known

    def unrolled(self, value: Value) -> Value:
        rows = [self.args(value, row) for row in range(len(self.tables[value.data[0]]))]
        numbers = [args[-1] for args in rows if not self.missing(args[-1])]
        new = self.new
        if value.op is Op.ROWS_SUM:
            zero = new.constant(0)
            return new.linear(0, [(1, new.default(each, zero)) for each in numbers])
        if not numbers:
            return new.constant(0) if value.op is Op.ROWS_BEST else self.nothing(value.kind)
        if value.op in (Op.ROWS_LEAST, Op.ROWS_GREATEST):
            join = new.least if value.op is Op.ROWS_LEAST else new.greatest
            return self.joined(numbers, join)
        if value.op is Op.ROWS_BEST:
            return self.best(value, rows)
        if all(each.op is Op.CONSTANT for each in numbers):
            return self.ordered(value, sorted(each.data[0] for each in numbers))
        return self.spanned(value, numbers)

    def joined(self, numbers: list[Value], join: Callable[[Value, Value], Value]) -> Value:
        """Return the extreme of numbers of which some may be missing."""
        result = numbers[0]
        for each in numbers[1:]:
            both = join(result, each)
            result = self.new.default(both, self.new.default(result, each))
        return result

    def ordered(self, value: Value, numbers: list[int]) -> Value:
        """Return a trimmed sum or a doubled median of numbers that are known."""
        size = len(numbers)
        if value.op is Op.ROWS_MEDIAN:
            return self.new.constant(numbers[(size - 1) // 2] + numbers[size // 2])
        drop = value.data[3]
        kept = numbers[drop : size - drop]
        return self.new.constant(sum(kept)) if kept else self.nothing(value.kind)

    def spanned(
        self,
        value: Value,
        numbers: list[Value],
        keys: tuple[Interval, ...] = (),
        rest_on: Sequence[Value] = (),
    ) -> Value:
        """Return an input that stands for a fold of numbers of which some are not known."""
        low = min(each.interval.low for each in numbers)
        high = max(each.interval.high for each in numbers)
        missing = any(each.interval.missing for each in numbers)
        table, _, _, *more = value.data
        data = (table, len(numbers), len(numbers), *more)
        interval = TRANSFER[value.op]([*keys, Interval(low, high, missing)], data)
        return self.folded(value, interval, self.rest_on(rest_on or numbers))

    def rest_on(self, values: Iterable[Value]) -> set[int]:
        """Return the old inputs on which new values rest."""
        found: set[int] = set()
        for each in reachable(values):
            if each.op is Op.INPUT:
                found |= self.stands_for[each.data[0]]
        return found

    def best(self, value: Value, rows: list[list[Value]]) -> Value:
        """Return the sum of the greatest value of each key, where all keys are known."""
        groups: dict[Any, list[Value]] = {}
        for key, number in rows:
            known = self.texts.get(key.index)
            if known is None and key.op is Op.CONSTANT:
                known = key.data[0]  # type: ignore[assignment]  # because keys are texts or integers
            if known is None and not self.missing(key):
                everything = [each for row in rows for each in row]
                numbers = [number for _, number in rows]
                return self.spanned(value, numbers, (Interval(0, 0),), everything)
            if not self.missing(number):
                groups.setdefault(known, []).append(number)
        zero = self.new.constant(0)
        parts = [self.joined(numbers, self.new.greatest) for numbers in groups.values()]
        return self.new.linear(0, [(1, self.new.default(each, zero)) for each in parts])


#: The operations that are missing where any argument is.
_STRICT = frozenset(
    {
        *(Op.LINEAR, Op.PRODUCT, Op.QUOTIENT, Op.LEAST, Op.GREATEST, Op.LOOKUP, Op.STEPS),
        *(Op.LESS, Op.AT_MOST, Op.EQUAL, Op.NEGATE),
    }
)

_REBUILD: dict[Op, Callable[[Graph, list[Value], tuple[int, ...]], Value]] = {
    Op.LINEAR: lambda new, args, data: new.linear(data[0], zip(data[1:], args, strict=True)),
    Op.PRODUCT: lambda new, args, data: new.product(*args),
    Op.QUOTIENT: lambda new, args, data: new.quotient(*args),
    Op.LEAST: lambda new, args, data: new.least(*args),
    Op.GREATEST: lambda new, args, data: new.greatest(*args),
    Op.CHOOSE: lambda new, args, data: new.choose(*args),
    Op.DEFAULT: lambda new, args, data: new.default(*args),
    Op.LOOKUP: lambda new, args, data: new.lookup(args[0], data),
    Op.STEPS: lambda new, args, data: new.steps(
        args[0], data[0], zip(data[1::2], data[2::2], strict=True)
    ),
    Op.LESS: lambda new, args, data: new.less(*args),
    Op.AT_MOST: lambda new, args, data: new.at_most(*args),
    Op.EQUAL: lambda new, args, data: new.equal(*args),
    Op.BOTH: lambda new, args, data: new.both(*args),
    Op.EITHER: lambda new, args, data: new.either(*args),
    Op.NEGATE: lambda new, args, data: new.negate(args[0]),
    Op.ONLY: lambda new, args, data: new.only(*args),
}
