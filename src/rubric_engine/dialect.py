"""The columnar dialect: what an operation of a graph means in columns, whatever the engine.

An engine writes expressions (`Engine`): Narwhals for data frames, text for SQL. Engines
differ in what they do with nulls, in integer division, in rounding, and beyond 64 bits, so
only what they agree on is used: `+ - *` and comparisons of integers, `when`, the larger and
the smaller of two, and truths joined in three values.

**Widths.** Every value has a proven interval, so it is worked out in the narrowest integers
of the engine that hold it, and all that is met on the way: the sum of the sizes of all terms
of a sum. What is proven of the findings holds for every row: a finding that is out of its
range, or missing where it must not be, is null here, and what rests on it is null or within
its interval all the same. So nothing overflows, and no divisor is 0, on any row.

Beyond 62 bits nothing is computed (`lower.LARGEST`), so the difference of two of one
interval fits in 64 bits too; this is what the proofs below rest on.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import field, frozen

from rubric_engine.graph import Op, Value
from rubric_engine.lower import LARGEST

__all__ = [
    "Engine",
    "Expr",
    "Layer",
    "Stored",
    "Writer",
    "bits_of",
    "divided",
    "floored",
    "layers",
    "total",
]

#: An expression of an engine. It has `+ - *`, the comparisons, and `& | ~` in three values.
Expr = Any

#: How deep expressions are nested before they go to a column of their own.
_DEEPEST = 10
#: Below it every integer is a double.
DOUBLES = 2**53


class Engine(Protocol):
    """How one kind of engine writes expressions."""

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths of its integers in bits, narrowest first; the last is 64."""

    def column(self, name: str) -> Expr:
        """Return a column, by its name."""

    def whole(self, number: int, bits: int) -> Expr:
        """Return an integer of a width."""

    def truth(self, verdict: bool) -> Expr:  # noqa: FBT001 - the verdict is the point
        """Return a truth."""

    def text(self, text: str) -> Expr:
        """Return a text."""

    def when(self, condition: Expr, then: Expr, otherwise: Expr | None = None) -> Expr:
        """Return `then` where the condition holds, else `otherwise`, or nothing.

        With an `otherwise`, what it gives where the condition is missing is not used.
        """

    def cast(self, number: Expr, bits: int) -> Expr:
        """Return an integer in another width that holds it."""

    def real(self, number: Expr) -> Expr:
        """Return an integer below 2**53 as a double."""

    def ratio(self, dividend: Expr, divisor: Expr) -> Expr:
        """Return the double nearest to the quotient of two doubles, the divisor not 0."""

    def missing(self, expression: Expr) -> Expr:
        """Say whether it is missing."""

    def there(self, expression: Expr) -> Expr:
        """Say whether it is not."""

    def least(self, left: Expr, right: Expr) -> Expr:
        """Return the smaller of two of one width; not used where one is missing."""

    def greatest(self, left: Expr, right: Expr) -> Expr:
        """Return the larger of two of one width; not used where one is missing."""

    def quotient(self, natural: Expr, divisor: Expr, largest: int) -> Expr:
        """Return the quotient rounded down, of 64 bits, for 0..largest over 1 or more."""

    def every(self, truths: Sequence[Expr]) -> Expr:
        """Say whether all of some truths hold, none of which is missing."""

    # What reads the findings of any type: see `encode`.

    def typed(self, number: int, dtype: Any) -> Expr:
        """Return an integer of the type of a column, which holds it."""

    def double(self, number: float) -> Expr:
        """Return a double."""

    def floor(self, real: Expr) -> Expr:
        """Return a double without its fraction, towards below."""

    def from_double(self, real: Expr) -> Expr:
        """Return a double that is a whole number below 2**53 as an integer of 64 bits."""

    def as_double(self, number: Expr) -> Expr:
        """Return a decimal, or a double of another width, as a double."""

    def as_text(self, value: Expr) -> Expr:
        """Return anything as text."""

    def part(self, day: Expr, part: str) -> Expr:
        """Return the `year`, `month` or `day` of a date, as an integer of 64 bits."""

    def match(self, text: Expr, numbers: Mapping[str, int], bits: int) -> Expr:
        """Return the number of a text, at least one of a few, and nothing for any other."""

    def contains(self, text: Expr, part: str) -> Expr:
        """Say whether a text has another in it."""

    def joined(self, parts: Sequence[Expr]) -> Expr:
        """Return texts one after the other."""

    def length(self, text: Expr) -> Expr:
        """Return how many characters a text has, as an integer of 64 bits."""

    def item(self, values: Expr, place: int) -> Expr:
        """Return the item of a list at a place counted from 0, missing beyond its end."""

    def size(self, values: Expr) -> Expr:
        """Return how many items a list has, as an integer of 64 bits."""


@frozen
class Stored:
    """A column that holds a value of the graph, or a finding as it enters the graph."""

    name: str
    #: Its width in bits; 0 for truths and texts.
    bits: int


#: New columns by their names.
Layer = dict[str, Expr]


def bits_of(low: int, high: int, widths: Sequence[int]) -> int:
    """Return the narrowest width that holds two integers."""
    return next(bits for bits in widths if -(2 ** (bits - 1)) <= low and high < 2 ** (bits - 1))


def total(terms: Sequence[Expr]) -> Expr:
    """Add up in pairs of pairs, so that long sums are not deep."""
    while len(terms) > 1:
        pairs = [operator.add(*pair) for pair in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[len(terms) - len(terms) % 2 :]]
    return terms[0]


def divided(engine: Engine, natural: Expr, divisor: Expr, largest: int) -> Expr:
    """Return natural / divisor rounded down, for an engine whose `//` goes through doubles.

    For integers of 64 bits, 0..largest over 1 or more. Some engines divide as doubles, and
    some then round towards zero.

    Below 2**53 that is right already: n and d are exact, or d alone is not and the quotient
    is below 1. Let k be the next integer above n / d and 2**e < k <= 2**(e+1). Then
    d·2**e <= d·(k - 1) <= n < 2**53, so n / d, which is at least 1/d below k, is more than
    2**(e-53) below it: half the gap of the doubles there. It is never rounded up to k.

    Above, n / d is off by at most 2**-51 of itself before it is rounded down. So the rest
    n - q·d is between -2**11 and d + 2**11, and q·d below 2**63. Dividing the rest again
    leaves q off by at most 1 either way, and the rest that is then left says which.
    """
    q = engine.cast(natural // divisor, 64)
    if largest < DOUBLES:
        return q
    q = q + engine.cast((natural - q * divisor) // divisor, 64)
    rest = natural - q * divisor
    none, one = engine.whole(0, 64), engine.whole(1, 64)
    above = engine.when(rest >= divisor, one, none)
    return q + engine.when(rest < none, engine.whole(-1, 64), above)


@frozen
class Writer:
    """Writes values of a graph as expressions over the columns that hold others."""

    engine: Engine
    #: Where values are found, by their index; what is not here is written in place.
    stored: Mapping[int, Stored] = field(repr=False)

    def of(self, value: Value, bits: int = 0) -> Expr:
        """Return a value, an integer in the width wanted (as it comes, for 0)."""
        if value.kind != "integer":
            bits = 0
        if value.op is Op.CONSTANT:
            if value.kind == "truth":
                return self.engine.truth(bool(value.data[0]))
            return self.engine.whole(value.data[0], bits or self.bits(value))
        found = self.stored.get(value.index)
        if found is not None:
            column = self.engine.column(found.name)
            return column if bits in (0, found.bits) else self.engine.cast(column, bits)
        width = max(bits, self.bits(value))
        written = _MEANING[value.op](self, value, width)
        return written if bits in (0, width) else self.engine.cast(written, bits)

    def bits(self, value: Value) -> int:
        """Return the width in which a value is worked out; 0 for truths and texts."""
        if value.kind != "integer":
            return 0
        found = self.stored.get(value.index)
        if found is not None:
            return found.bits
        low, high = value.interval.low, value.interval.high
        return max(
            bits_of(low, high, self.engine.widths), _working_bits(value, self.engine.widths, self)
        )

    def terms(self, value: Value) -> tuple[int, list[tuple[int, Value]]]:
        """Return a sum as its constant and its terms, sums written in place spread out."""
        constant, factors = value.data[0], dict[Value, int]()
        waiting = list(zip(value.data[1:], value.args, strict=True))[::-1]
        while waiting:
            factor, each = waiting.pop()
            if each.op is Op.LINEAR and each.index not in self.stored:
                constant += factor * each.data[0]
                inner = zip(each.data[1:], each.args, strict=True)
                waiting += [(factor * times, term) for times, term in inner][::-1]
            else:
                factors[each] = factors.get(each, 0) + factor
        return constant, [(factor, each) for each, factor in factors.items()]

    def known(self, values: Iterable[Value]) -> list[Expr]:
        """Say of each value that can be missing whether it is there."""
        return [self.engine.there(self.of(each)) for each in values if each.interval.missing]

    def where_known(self, values: Iterable[Value], result: Expr) -> Expr:
        """Return the result, missing where one of the values is."""
        known = self.known(values)
        return self.engine.when(self.engine.every(known), result) if known else result


def _working_bits(value: Value, widths: Sequence[int], writer: Writer) -> int:
    """Return the width of what is met on the way to a value."""
    if value.op is Op.LINEAR:
        constant, terms = writer.terms(value)
        largest = abs(constant)
        lost = [0]
        for factor, each in terms:
            size = max(-each.interval.low, each.interval.high)
            largest += abs(factor) * size
            if not factor or not size:
                lost.append(writer.bits(each))
        return max(bits_of(-largest, largest, widths) if largest < LARGEST else 64, *lost)
    if value.op in (Op.PRODUCT, Op.LEAST, Op.GREATEST):
        return max(map(writer.bits, value.args))
    if value.op is Op.STEPS:
        amounts = _reached(value)
        low, high = min(amounts), max(amounts)
        return bits_of(min(low, low - high), max(high, high - low), widths)
    return widths[0]


# Layers: which values stand in columns of their own, one after the other.


def layers(
    engine: Engine,
    values: Sequence[Value],
    wanted: Iterable[int],
    stored: dict[int, Stored],
    name: Callable[[Value], str],
) -> list[Layer]:
    """Return new columns for values, layer by layer; each rests on earlier layers alone.

    `values` come arguments first. Those that are wanted, that are used more than once, or
    that an expression repeats, get a column of their own, which is noted in `stored`; the
    others are written where they are used.
    """
    own = _own_columns(values, set(wanted))
    writer = Writer(engine, stored)
    made: list[Layer] = []
    levels: dict[int, int] = {}
    for value in values:
        level = levels[value.index] = max(
            (levels.get(each.index, 0) for each in value.args), default=0
        )
        if value.index in own:
            column = name(value)
            if level == len(made):
                made.append({})
            bits = writer.bits(value)
            made[level][column] = writer.of(value)
            stored[value.index] = Stored(column, bits)
            levels[value.index] = level + 1
    return made


def _own_columns(values: Sequence[Value], wanted: set[int]) -> set[int]:
    uses: dict[int, int] = {}
    for value in values:
        often = 2 if _repeats(value) else 1
        for each in value.args:
            uses[each.index] = uses.get(each.index, 0) + (2 if each.interval.missing else often)
    depths: dict[int, int] = {}
    own: set[int] = set()
    for value in values:
        # A sum within a sum is spread out.
        depth = max(
            (
                depths.get(each.index, 0) + (value.op is not Op.LINEAR or each.op is not Op.LINEAR)
                for each in value.args
            ),
            default=1,
        )
        if value.index in wanted or uses.get(value.index, 0) > 1 or depth > _DEEPEST:
            own.add(value.index)
            depth = 0
        depths[value.index] = depth
    return own


def _repeats(value: Value) -> bool:
    """Say whether the expression of a value names its arguments more than once."""
    return value.op in (Op.LOOKUP, Op.STEPS, Op.QUOTIENT)


# The meaning of each operation.


def _linear(writer: Writer, value: Value, bits: int) -> Expr:
    engine = writer.engine
    constant, parts = writer.terms(value)
    intervals = [each.interval for _, each in parts]
    sizes = [max(-each.low, each.high) for each in intervals]
    largest = sum(abs(factor) * size for (factor, _), size in zip(parts, sizes, strict=True))
    args = [writer.of(each, bits) for _, each in parts]
    if abs(constant) + largest >= LARGEST:
        # Measured from the middle of each argument, every part of the sum is the difference
        # of two values that the whole can have, so none leaves 64 bits.
        middles = [(each.low + each.high) // 2 for each in intervals]
        constant += sum(factor * each for (factor, _), each in zip(parts, middles, strict=True))
        args = [arg - engine.whole(each, bits) for arg, each in zip(args, middles, strict=True)]
        sizes = [each.high - each.low for each in intervals]
    terms: list[Expr] = []
    for (factor, _), arg, size in zip(parts, args, sizes, strict=True):
        # Of an argument that is 0 or missing, the factor can be too large for 64 bits.
        times = factor if size else 0
        terms.append(arg if times == 1 else arg * engine.whole(times, bits))
    return total([*terms, engine.whole(constant, bits)] if constant or not terms else terms)


def floored(engine: Engine, dividend: Expr, divisor: Expr, low: int, high: int) -> Expr:
    """Return a quotient rounded down, of 64 bits, for low..high over 1 or more."""
    if low >= 0:
        return engine.quotient(dividend, divisor, high)
    # Below zero, floor(a / d) = -1 - floor((-1 - a) / d), and -1 - a is not.
    none, less = engine.whole(0, 64), engine.whole(-1, 64)
    negative = dividend < none
    natural = engine.when(negative, less - dividend, dividend)
    quotient = engine.quotient(natural, divisor, max(high, -1 - low))
    return engine.when(negative, less - quotient, quotient)


def _quotient(writer: Writer, value: Value, bits: int) -> Expr:
    engine, interval = writer.engine, value.args[0].interval
    dividend, divisor = (writer.of(each, 64) for each in value.args)
    found = floored(engine, dividend, divisor, interval.low, interval.high)
    found = writer.where_known(value.args, found)
    return found if bits == 64 else engine.cast(found, bits)


def _extreme(writer: Writer, value: Value, bits: int) -> Expr:
    # A constant stands last: Polars takes a literal on the left for a column of one row.
    args = sorted(value.args, key=lambda each: each.op is Op.CONSTANT)
    chosen = writer.engine.least if value.op is Op.LEAST else writer.engine.greatest
    return writer.where_known(value.args, chosen(*(writer.of(each, bits) for each in args)))


def _choose(writer: Writer, value: Value, bits: int) -> Expr:
    condition, then, otherwise = value.args
    chosen = writer.engine.when(
        writer.of(condition), writer.of(then, bits), writer.of(otherwise, bits)
    )
    return writer.where_known([condition], chosen)


def _default(writer: Writer, value: Value, bits: int) -> Expr:
    first, second = (writer.of(each, bits) for each in value.args)
    return writer.engine.when(writer.engine.missing(first), second, first)


def _lookup(writer: Writer, value: Value, bits: int) -> Expr:
    """Add up the amounts, each nothing but where the code is its own."""
    engine, (code,) = writer.engine, value.args
    none, width = engine.whole(0, bits), writer.bits(code)
    terms = [
        engine.when(
            writer.of(code) == engine.whole(number, width), engine.whole(amount, bits), none
        )
        for number, amount in enumerate(value.data)
        if code.interval.low <= number <= code.interval.high and amount
    ]
    return writer.where_known([code], total(terms or [none]))


def _reached(value: Value) -> list[int]:
    """Return the amounts of a step table that its argument can reach, lowest step first."""
    number = value.args[0].interval
    reached = [value.data[0]]
    for edge, amount in zip(value.data[1::2], value.data[2::2], strict=True):
        if edge <= number.low:
            reached = [amount]
        elif edge <= number.high:
            reached.append(amount)
    return reached


def _steps(writer: Writer, value: Value, bits: int) -> Expr:
    """Add up what each edge adds; a part of this sum is the difference of two amounts."""
    engine, (number,) = writer.engine, value.args
    none, width = engine.whole(0, bits), writer.bits(number)
    amounts = _reached(value)
    edges = [
        edge for edge in value.data[1::2] if number.interval.low < edge <= number.interval.high
    ]
    terms = [engine.whole(amounts[0], bits)]
    for edge, before, after in zip(edges, amounts, amounts[1:], strict=False):
        reached = writer.of(number) >= engine.whole(edge, width)
        terms.append(engine.when(reached, engine.whole(after - before, bits), none))
    # A constant stands last: see `_extreme`.
    return writer.where_known([number], total([*terms[1:], terms[0]]))


#: What compares two values, and what compares them the other way round.
_COMPARISONS: dict[Op, tuple[Callable[[Expr, Expr], Expr], Callable[[Expr, Expr], Expr]]] = {
    Op.LESS: (operator.lt, operator.gt),
    Op.AT_MOST: (operator.le, operator.ge),
    Op.EQUAL: (operator.eq, operator.eq),
}


def _compare(writer: Writer, value: Value, bits: int) -> Expr:
    straight, mirrored = _COMPARISONS[value.op]
    left, right = value.args
    compare = straight
    if left.op is Op.CONSTANT:
        # See `_extreme`.
        left, right, compare = right, left, mirrored
    width = max(map(writer.bits, value.args))
    return writer.where_known(value.args, compare(writer.of(left, width), writer.of(right, width)))


def _only(writer: Writer, value: Value, bits: int) -> Expr:
    condition, only = value.args
    return writer.engine.when(writer.of(condition), writer.of(only, bits))


def _product(writer: Writer, value: Value, bits: int) -> Expr:
    left, right = (writer.of(each, bits) for each in value.args)
    return left * right


def _joined(writer: Writer, value: Value, bits: int) -> Expr:
    join = operator.and_ if value.op is Op.BOTH else operator.or_
    return join(*(writer.of(each) for each in value.args))


_MEANING: dict[Op, Callable[[Writer, Value, int], Expr]] = {
    Op.LINEAR: _linear,
    Op.PRODUCT: _product,
    Op.QUOTIENT: _quotient,
    Op.LEAST: _extreme,
    Op.GREATEST: _extreme,
    Op.CHOOSE: _choose,
    Op.DEFAULT: _default,
    Op.LOOKUP: _lookup,
    Op.STEPS: _steps,
    Op.LESS: _compare,
    Op.AT_MOST: _compare,
    Op.EQUAL: _compare,
    Op.BOTH: _joined,
    Op.EITHER: _joined,
    Op.NEGATE: lambda writer, value, bits: ~writer.of(value.args[0]),
    Op.KNOWN: lambda writer, value, bits: writer.engine.there(writer.of(value.args[0])),
    Op.ONLY: _only,
}
