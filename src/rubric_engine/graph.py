"""The graph: what a rubric means, as operations on integers, truths and what is missing.

A value is an integer, or a truth, or it is missing. An operation on a missing value is
missing, except where its meaning below says otherwise. Points are integers of quanta
with a scale; scales live in `symbols`, the graph knows integers only.

Every value is typed with the interval of what it can be, so a builder drops what cannot
matter (a floor under a sum that never falls below it) and nothing has to guess.

A value has a grain: it is one for the whole sheet, or one for each row of a table. Values
of the sheet may be used beside values of rows; only the folds lead from rows to the sheet,
and none of them heeds the order of the rows.

Each operation has its meaning in four interpreters, compared value by value in the tests:
`sheet` (generated Python), `intervals`, `columns` (Narwhals expressions), and the oracle
of the tests. To add one: its line in `Op`, its method in `Graph`, and one line in each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Literal

from attrs import field, frozen

from rubric_engine.intervals import TRANSFER, Interval

__all__ = [
    "FOLDS",
    "Graph",
    "Input",
    "Kind",
    "Op",
    "Outgrown",
    "TableInput",
    "Value",
    "reachable",
]

Kind = Literal["integer", "truth", "text"]

#: A graph has at most so many values, with so many constants of their own in all.
MOST_VALUES = 200_000
MOST_CONSTANTS = 1_000_000
#: Each step of a curve takes a fraction of a millisecond: all curves of a rubric have at most
#: so many.
MOST_STEPS = 20_000
#: Numbers beyond 62 bits are refused once they are all known; beyond these at once, before
#: they grow on.
MOST_BITS = 1_000


class Outgrown(Exception):
    """A graph that is being built grows beyond what is allowed; becomes a `Problem`."""

    def __init__(self, code: str, expected: str) -> None:
        super().__init__(code)
        self.code, self.expected = code, expected


class Op(StrEnum):
    """The operations; `data` stands for an operation's own constants."""

    #: data = (the value,); a truth is 0 or 1.
    CONSTANT = "constant"
    #: data = (the index of the input,).
    INPUT = "input"
    #: data = (k, c1, c2, …): k + c1·x1 + c2·x2 + …
    LINEAR = "linear"
    PRODUCT = "product"
    #: The quotient rounded down; the divisor is never below 1.
    QUOTIENT = "quotient"
    LEAST = "least"
    GREATEST = "greatest"
    #: (condition, then, otherwise); missing if the condition is; the other branch does not matter.
    CHOOSE = "choose"
    #: The first value if it is there, else the second.
    DEFAULT = "default"
    #: data = (amount for 0, amount for 1, …), by a value that counts from 0.
    LOOKUP = "lookup"
    #: data = (below, edge1, amount1, edge2, amount2, …): the amount of the last edge reached.
    STEPS = "steps"
    LESS = "less"
    AT_MOST = "at_most"
    EQUAL = "equal"
    #: False if either is false, even if the other is missing.
    BOTH = "both"
    #: True if either is true, even if the other is missing.
    EITHER = "either"
    NEGATE = "negate"
    #: Whether the value is there; never missing itself.
    KNOWN = "known"
    #: (condition, value): the value where the condition holds, else missing.
    ONLY = "only"
    #: Folds over the rows of a table whose value is there; data = (table, fewest rows, most
    #: rows). The sum is 0 where there are none, the others are missing.
    ROWS_SUM = "rows_sum"
    ROWS_LEAST = "rows_least"
    ROWS_GREATEST = "rows_greatest"
    #: data has k as well: the sum of what is left without the k lowest and the k highest;
    #: missing where nothing is left.
    ROWS_TRIMMED = "rows_trimmed"
    #: Twice the median: the middle value twice, or the two middle ones added.
    ROWS_MEDIAN = "rows_median"
    #: (key, value): of the rows with the same key the greatest value, and these added up.
    ROWS_BEST = "rows_best"


#: The operations that lead from the rows of a table to the sheet.
FOLDS = frozenset(
    {
        *(Op.ROWS_SUM, Op.ROWS_LEAST, Op.ROWS_GREATEST),
        *(Op.ROWS_TRIMMED, Op.ROWS_MEDIAN, Op.ROWS_BEST),
    }
)


@frozen
class Input:
    """A place where a finding enters the graph."""

    #: `item.field`, or `item.field.value` for one value of a checklist.
    name: str
    kind: Kind
    #: Quanta for a number, 0 and 1 for a truth, an index for a choice.
    interval: Interval
    #: The table whose rows have it; None for one of the sheet.
    table: int | None = None


@frozen
class TableInput:
    """A place where a table enters the graph."""

    #: `item.field`.
    name: str
    fewest: int
    most: int


@frozen(eq=False)
class Value:
    """A value of the graph; equal values of one graph are the same object."""

    #: Position in the graph; arguments always come earlier.
    index: int
    op: Op
    args: tuple[Value, ...] = field(repr=lambda args: str([each.index for each in args]))
    data: tuple[int, ...]
    kind: Kind
    interval: Interval
    #: The table whose rows have a value each; None for one value for the sheet.
    table: int | None = None


class Graph:
    """Builds values. A builder belongs to one lowering; what it built never changes."""

    def __init__(self) -> None:
        self._values: dict[tuple[object, ...], Value] = {}
        self._in_order: list[Value] = []
        self._inputs: list[Input] = []
        self._tables: list[TableInput] = []
        self._constants = 0
        self._curves: dict[object, int] = {}

    @property
    def tables(self) -> tuple[TableInput, ...]:
        """The tables, in the order they were declared."""
        return tuple(self._tables)

    def declare_table(self, declared: TableInput) -> int:
        """Declare a table and return its number."""
        self._tables.append(declared)
        return len(self._tables) - 1

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs, in the order they were declared."""
        return tuple(self._inputs)

    def __len__(self) -> int:
        return len(self._values)

    def since(self, first: int) -> list[Value]:
        """Return the values built since the graph had so many."""
        return self._in_order[first:]

    def input(self, declared: Input) -> Value:
        """Declare an input and return its value."""
        self._inputs.append(declared)
        data = (len(self._inputs) - 1,)
        kind, interval = declared.kind, declared.interval
        return self._intern(Op.INPUT, (), data, kind, interval, declared.table)

    def constant(self, number: int) -> Value:
        """Return the integer."""
        return self._intern(Op.CONSTANT, (), (number,), "integer", Interval(number, number))

    def truth(self, verdict: bool) -> Value:  # noqa: FBT001 - a truth is what it is about
        """Return the truth."""
        bit = int(verdict)
        return self._intern(Op.CONSTANT, (), (bit,), "truth", Interval(bit, bit))

    def linear(self, constant: int, terms: Iterable[tuple[int, Value]]) -> Value:
        """Return constant + Σ factor · value."""
        factors: dict[Value, int] = {}
        for factor, value in terms:
            if value.op is Op.CONSTANT:
                constant += factor * value.data[0]
            else:
                factors[value] = factors.get(value, 0) + factor
        kept = {value: factor for value, factor in factors.items() if factor or _can_miss(value)}
        if constant == 0 and list(kept.values()) == [1]:
            return next(iter(kept))
        if len(kept) == 1:
            ((value, factor),) = kept.items()
            if value.op is Op.CHOOSE and all(each.op is Op.CONSTANT for each in value.args[1:]):
                condition, then, otherwise = value.args
                return self.choose(
                    condition,
                    self.constant(constant + factor * then.data[0]),
                    self.constant(constant + factor * otherwise.data[0]),
                )
        return self._make(Op.LINEAR, tuple(kept), (constant, *kept.values()))

    def product(self, left: Value, right: Value) -> Value:
        """Return left · right."""
        for one, other in ((left, right), (right, left)):
            if one.op is Op.CONSTANT:
                return self.linear(0, [(one.data[0], other)])
        return self._make(Op.PRODUCT, (left, right))

    def quotient(self, dividend: Value, divisor: Value) -> Value:
        """Return dividend / divisor rounded down; the divisor's interval begins at 1 or above."""
        if divisor.interval.low < 1:
            msg = f"a divisor must be 1 or more, not {divisor.interval}"
            raise ValueError(msg)
        if divisor.interval.constant and divisor.interval.low == 1:
            return dividend
        return self._make(Op.QUOTIENT, (dividend, divisor))

    def least(self, left: Value, right: Value) -> Value:
        """Return the smaller."""
        for one, other in ((left, right), (right, left)):
            if one.interval.high <= other.interval.low and not _can_miss(other):
                return one
        return self._make(Op.LEAST, (left, right))

    def greatest(self, left: Value, right: Value) -> Value:
        """Return the larger."""
        for one, other in ((left, right), (right, left)):
            if one.interval.low >= other.interval.high and not _can_miss(other):
                return one
        return self._make(Op.GREATEST, (left, right))

    def choose(self, condition: Value, then: Value, otherwise: Value) -> Value:
        """Return `then` where the condition holds, `otherwise` where it does not."""
        if condition.interval.constant:
            return then if condition.interval.low else otherwise
        if then is otherwise and not _can_miss(condition):
            return then
        if condition.op is Op.NEGATE:
            return self.choose(condition.args[0], otherwise, then)
        return self._make(Op.CHOOSE, (condition, then, otherwise), kind=then.kind)

    def default(self, value: Value, fallback: Value) -> Value:
        """Return the value where it is there, else the fallback."""
        if not _can_miss(value):
            return value
        if value.op is Op.ONLY and not any(map(_can_miss, value.args)):
            condition, only = value.args
            return self.choose(condition, only, fallback)
        return self._make(Op.DEFAULT, (value, fallback), kind=value.kind)

    def lookup(self, code: Value, amounts: Sequence[int]) -> Value:
        """Return the amount at position `code`."""
        return self._make(Op.LOOKUP, (code,), tuple(amounts))

    def steps(self, value: Value, below: int, edges: Iterable[tuple[int, int]]) -> Value:
        """Return the amount of the last edge at or below the value; edges rise."""
        data = (below, *(number for edge in edges for number in edge))
        return self._make(Op.STEPS, (value,), data)

    def less(self, left: Value, right: Value) -> Value:
        """Say whether left < right."""
        return self._make(Op.LESS, (left, right), kind="truth")

    def at_most(self, left: Value, right: Value) -> Value:
        """Say whether left <= right."""
        return self._make(Op.AT_MOST, (left, right), kind="truth")

    def equal(self, left: Value, right: Value) -> Value:
        """Say whether two integers, or two truths, are the same."""
        return self._make(Op.EQUAL, (left, right), kind="truth")

    def both(self, left: Value, right: Value) -> Value:
        """Say whether both hold."""
        for one, other in ((left, right), (right, left)):
            if one.op is Op.CONSTANT:
                return other if one.data[0] else one
        return left if left is right else self._make(Op.BOTH, (left, right), kind="truth")

    def either(self, left: Value, right: Value) -> Value:
        """Say whether at least one holds."""
        for one, other in ((left, right), (right, left)):
            if one.op is Op.CONSTANT:
                return one if one.data[0] else other
        return left if left is right else self._make(Op.EITHER, (left, right), kind="truth")

    def negate(self, value: Value) -> Value:
        """Say whether the truth does not hold."""
        if value.op is Op.NEGATE:
            return value.args[0]
        return self._make(Op.NEGATE, (value,), kind="truth")

    def known(self, value: Value) -> Value:
        """Say whether the value is there."""
        if value.op is Op.ONLY and not any(map(_can_miss, value.args)):
            return value.args[0]
        return self._make(Op.KNOWN, (value,), kind="truth")

    def only(self, condition: Value, value: Value) -> Value:
        """Return the value where the condition holds, missing elsewhere."""
        if condition.interval.constant and condition.interval.low:
            return value
        return self._make(Op.ONLY, (condition, value), kind=value.kind)

    def rows_sum(self, table: int, value: Value) -> Value:
        """Return the sum of a value over the rows of a table."""
        return self._fold(Op.ROWS_SUM, table, (value,))

    def rows_least(self, table: int, value: Value) -> Value:
        """Return the least value of the rows of a table."""
        return self._fold(Op.ROWS_LEAST, table, (value,))

    def rows_greatest(self, table: int, value: Value) -> Value:
        """Return the greatest value of the rows of a table."""
        return self._fold(Op.ROWS_GREATEST, table, (value,))

    def rows_trimmed(self, table: int, value: Value, drop: int) -> Value:
        """Return the sum of a value without the `drop` lowest and highest rows."""
        return self._fold(Op.ROWS_TRIMMED, table, (value,), drop)

    def rows_median(self, table: int, value: Value) -> Value:
        """Return twice the median of a value over the rows of a table."""
        return self._fold(Op.ROWS_MEDIAN, table, (value,))

    def rows_best(self, table: int, key: Value, value: Value) -> Value:
        """Return the sum of the greatest value of each key over the rows of a table."""
        return self._fold(Op.ROWS_BEST, table, (key, value))

    def _fold(self, op: Op, table: int, args: tuple[Value, ...], *more: int) -> Value:
        if any(each.table not in (None, table) for each in args):
            msg = "a fold goes over the rows of its own table"
            raise ValueError(msg)
        declared = self._tables[table]
        data = (table, declared.fewest, declared.most, *more)
        interval = TRANSFER[op]([each.interval for each in args], data)
        if interval.constant:
            return self.constant(interval.low)
        return self._intern(op, args, data, "integer", interval)

    def _make(
        self,
        op: Op,
        args: tuple[Value, ...],
        data: tuple[int, ...] = (),
        kind: Kind = "integer",
    ) -> Value:
        interval = TRANSFER[op]([each.interval for each in args], data)
        # The interval of a text says only whether it is there.
        if interval.constant and kind != "text":
            return (
                self.truth(bool(interval.low)) if kind == "truth" else self.constant(interval.low)
            )
        return self._intern(op, args, data, kind, interval, _grain(args))

    def _intern(
        self,
        op: Op,
        args: tuple[Value, ...],
        data: tuple[int, ...],
        kind: Kind,
        interval: Interval,
        table: int | None = None,
    ) -> Value:
        key = (op, *(each.index for each in args), None, *data, kind)
        found = self._values.get(key)
        if found is None:
            self._keep_small(data, interval)
            found = Value(len(self._values), op, args, data, kind, interval, table)
            self._values[key] = found
            self._in_order.append(found)
        return found

    def tell_steps(self, curve: object, steps: int) -> None:
        """Count the steps of a curve, the same curve once; raises `Outgrown` for too many."""
        self._curves[curve] = steps
        if sum(self._curves.values()) > MOST_STEPS:
            raise Outgrown("too-large", f"at most {MOST_STEPS:,} steps of all curves together")

    def _keep_small(self, data: tuple[int, ...], interval: Interval) -> None:
        """Refuse to build on where numbers, or the graph itself, grow without bounds."""
        if interval.high.bit_length() > MOST_BITS or interval.low.bit_length() > MOST_BITS:
            raise Outgrown("too-fine", "numbers, and powers, that stay within 62 bits")
        self._constants += len(data)
        if len(self._values) >= MOST_VALUES or self._constants > MOST_CONSTANTS:
            raise Outgrown("too-large", f"at most {MOST_VALUES:,} operations")


def _can_miss(value: Value) -> bool:
    return value.interval.missing


def _grain(args: Iterable[Value]) -> int | None:
    """Return the table whose rows the arguments have values for, if any has."""
    table = None
    for each in args:
        if each.table is not None:
            if table not in (None, each.table):
                msg = "values of the rows of two tables do not meet"
                raise ValueError(msg)
            table = each.table
    return table


def reachable(roots: Iterable[Value]) -> list[Value]:
    """Return the values that the roots rest on, the roots included, arguments first."""
    found: dict[int, Value] = {}
    waiting = list(roots)
    while waiting:
        value = waiting.pop()
        if value.index not in found:
            found[value.index] = value
            waiting.extend(value.args)
    return [found[index] for index in sorted(found)]
