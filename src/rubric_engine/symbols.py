"""What expressions and policies reckon with: values of the graph with their meaning.

A `Quantity` is an exact number: an integer of the graph over a scale, and where it is a
quotient over a second integer of the graph too. Scales and divisors are aligned here and
nowhere else. The other symbols are a `Truth`, an `Option` (the value of a choice), a
`Ticked` (of a checklist), a `Day` (of a date), a `Panel` (several readings), a `Table`
(rows), a `Remark` (of a text) and a `Word` (a name or a quoted text not yet compared with
anything).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd, lcm, prod

from attrs import frozen

from rubric_engine.graph import Graph, Op, Value

__all__ = [
    "LARGEST_COMMON",
    "LARGEST_DIVISOR",
    "ROUNDING_MODES",
    "Day",
    "Option",
    "Panel",
    "Quantity",
    "Remark",
    "Symbol",
    "Table",
    "Ticked",
    "Truth",
    "Word",
    "aligned",
    "total_of",
]

#: Divisors that vary are carried over lcm(1..n) at once, up to this n (2.3e8).
LARGEST_DIVISOR = 20
#: Different divisors that meet are carried over lcm(1..n) up to this n (1.4e14).
LARGEST_COMMON = 36

#: The ways to round; `half_up` takes ties away from zero.
ROUNDING_MODES = ("half_up", "half_even", "floor", "ceiling", "truncate")


@frozen(eq=False)
class Quantity:
    """An exact number: `value` quanta of 1/`scale`, divided by `over` where there is one."""

    graph: Graph
    value: Value
    scale: int
    #: What it is divided by: an integer that is never below 1.
    over: Value | None = None
    #: Bounds known otherwise: those of the two integers alone are loose for a quotient.
    bounds: tuple[Fraction, Fraction] | None = None

    @classmethod
    def of(cls, graph: Graph, number: Fraction | int) -> Quantity:
        """Return a constant."""
        number = Fraction(number)
        return cls(graph, graph.constant(number.numerator), number.denominator)

    @property
    def low(self) -> Fraction:
        """A bound: it is never below this."""
        low = min(self._corners(self.value.interval.low))
        return low if self.bounds is None else max(low, self.bounds[0])

    @property
    def high(self) -> Fraction:
        """A bound: it is never above this."""
        high = max(self._corners(self.value.interval.high))
        return high if self.bounds is None else min(high, self.bounds[1])

    def _corners(self, quanta: int) -> list[Fraction]:
        number = Fraction(quanta, self.scale)
        if self.over is None:
            return [number]
        return [number / self.over.interval.low, number / self.over.interval.high]

    @property
    def can_miss(self) -> bool:
        """Whether it rests on something that may be missing."""
        over = self.over is not None and self.over.interval.missing
        return self.value.interval.missing or over

    @property
    def table(self) -> int | None:
        """The table whose rows it has a value for each; None for one of the sheet."""
        if self.value.table is None and self.over is not None:
            return self.over.table
        return self.value.table

    @property
    def constant(self) -> Fraction | None:
        """The number, if only one is possible."""
        known = self.value.interval.constant and self.over is None
        return Fraction(self.value.interval.low, self.scale) if known else None

    def __add__(self, other: Quantity) -> Quantity:
        return total_of(self.graph, [(Fraction(1), self), (Fraction(1), other)])

    def __sub__(self, other: Quantity) -> Quantity:
        return total_of(self.graph, [(Fraction(1), self), (Fraction(-1), other)])

    def __neg__(self) -> Quantity:
        return total_of(self.graph, [(Fraction(-1), self)])

    def __mul__(self, other: Quantity | Fraction | int) -> Quantity:
        if not isinstance(other, Quantity):
            return total_of(self.graph, [(Fraction(other), self)])
        for one, factor in ((self, other.constant), (other, self.constant)):
            if factor is not None:
                return total_of(self.graph, [(factor, one)])
        product = self.graph.product(self.value, other.value)
        over = _product(self.graph, [each.over for each in (self, other)])
        return Quantity(self.graph, product, self.scale * other.scale, over)

    def divided_by(self, divisor: Quantity) -> Quantity | None:
        """Return the exact quotient, or None where the divisor can be 0 or less.

        A whole number of at most 20 quanta is divided by at once, the quotient carried over
        the common multiple of all it can be; any other divisor stays beside the dividend.
        """
        constant = divisor.constant
        if constant is not None:
            return self * (1 / constant) if constant else None
        if divisor.value.interval.low < 1:
            return None
        by, shared = divisor.value, 1
        if by.op is Op.LINEAR:
            shared = gcd(*by.data)
            constant_part, *factors = (each // shared for each in by.data)
            by = self.graph.linear(constant_part, zip(factors, by.args, strict=True))
        dividend = self * Fraction(divisor.scale, shared)
        if divisor.over is not None:
            dividend = dividend * Quantity(self.graph, divisor.over, 1)
        quotient = Quantity(
            self.graph,
            dividend.value,
            dividend.scale,
            _product(self.graph, [dividend.over, by]),
        )
        if by.interval.high <= LARGEST_DIVISOR and dividend.over is None:
            return quotient.spread()
        return quotient

    def spread(self) -> Quantity:
        """Return the same number over a common multiple of all that it may be divided by."""
        if self.over is None:
            return self
        common = lcm(*range(max(self.over.interval.low, 1), self.over.interval.high + 1))
        parts = self.graph.quotient(self.graph.constant(common), self.over)
        return Quantity(self.graph, self.graph.product(self.value, parts), self.scale * common)

    def rounded(self, places: int, mode: str) -> Quantity:
        """Return the number rounded to so many decimal places; see `ROUNDING_MODES`."""
        return self.rounded_to(Fraction(1, 10**places), mode)

    def rounded_to(self, step: Fraction, mode: str) -> Quantity:
        """Return the number rounded to a multiple of a step above 0."""
        graph = self.graph
        unit = 1 / step
        shared = gcd(unit.numerator, self.scale * unit.denominator)
        divisor = self.scale * unit.denominator // shared
        if divisor == 1 and self.over is None:
            return self
        scaled = graph.linear(0, [(unit.numerator // shared, self.value)])
        by = graph.constant(divisor)
        if self.over is not None:
            by = graph.linear(0, [(divisor, self.over)])

        def towards(offset: int, factor: int = 1) -> Value:
            dividend = graph.linear(0, [(factor, scaled), (offset, by)])
            return graph.quotient(dividend, graph.linear(0, [(abs(factor), by)]))

        down = graph.quotient(scaled, by)
        negative = graph.less(scaled, graph.constant(0))
        if mode == "floor":
            result = down
        elif mode == "ceiling":
            result = graph.linear(0, [(-1, towards(0, -1))])
        elif mode == "truncate":
            result = graph.choose(negative, graph.linear(0, [(-1, towards(0, -1))]), down)
        elif mode == "half_up":
            away = graph.linear(0, [(-1, towards(1, -2))])
            result = graph.choose(negative, away, towards(1, 2))
        elif mode == "half_even":
            whole = graph.linear(0, [(divisor, down)])
            if self.over is not None:
                whole = graph.product(by, down)
            rest = graph.linear(0, [(2, scaled), (-2, whole)])
            half_down = graph.quotient(down, graph.constant(2))
            odd = graph.linear(0, [(1, down), (-2, half_down)])
            above = graph.either(
                graph.less(by, rest),
                graph.both(graph.equal(rest, by), graph.equal(odd, graph.constant(1))),
            )
            result = graph.linear(
                0, [(1, down), (1, graph.choose(above, graph.constant(1), graph.constant(0)))]
            )
        else:
            msg = f"no rounding mode {mode!r}"
            raise ValueError(msg)
        value = graph.linear(0, [(unit.denominator, result)])
        return Quantity(graph, value, unit.numerator)

    def least(self, other: Quantity) -> Quantity:
        """Return the smaller of the two."""
        for one, two in ((self, other), (other, self)):
            if one.surely_below(two):
                return one
        left, right = aligned([self, other])
        least = left.with_value(self.graph.least(left.value, right.value))
        return least.bounded(lambda: (min(self.low, other.low), min(self.high, other.high)))

    def greatest(self, other: Quantity) -> Quantity:
        """Return the larger of the two."""
        for one, two in ((self, other), (other, self)):
            if one.surely_below(two):
                return two
        left, right = aligned([self, other])
        greatest = left.with_value(self.graph.greatest(left.value, right.value))
        return greatest.bounded(lambda: (max(self.low, other.low), max(self.high, other.high)))

    def surely_below(self, other: Quantity) -> bool:
        """Say whether bounds show that it is never above the other, for quotients.

        The graph sees this for single integers, but not for pairs of them.
        """
        if self.over is None and other.over is None:
            return False
        return self.high <= other.low and not self.can_miss and not other.can_miss

    def less(self, other: Quantity) -> Truth:
        """Say whether this is less than the other."""
        left, right = aligned([self, other])
        return Truth(self.graph, self.graph.less(left.value, right.value))

    def at_most(self, other: Quantity) -> Truth:
        """Say whether this is less than, or the same as, the other."""
        left, right = aligned([self, other])
        return Truth(self.graph, self.graph.at_most(left.value, right.value))

    def equal(self, other: Quantity) -> Truth:
        """Say whether the two are the same."""
        left, right = aligned([self, other])
        return Truth(self.graph, self.graph.equal(left.value, right.value))

    def known(self) -> Truth:
        """Say whether it is there."""
        known = Truth(self.graph, self.graph.known(self.value))
        if self.over is None:
            return known
        return known.both(Truth(self.graph, self.graph.known(self.over)))

    def only(self, condition: Truth) -> Quantity:
        """Return this where the condition holds, missing elsewhere."""
        return self.with_value(self.graph.only(condition.value, self.value))

    def default(self, other: Quantity) -> Quantity:
        """Return this where it is there, else the other."""
        sure = self
        if self.over is not None and self.over.interval.missing:
            over = self.graph.default(self.over, self.graph.constant(1))
            sure = Quantity(self.graph, self.only(self.known()).value, self.scale, over)
        left, right = aligned([sure, other])
        return left.with_value(self.graph.default(left.value, right.value))

    def bounded(self, bounds: Callable[[], tuple[Fraction, Fraction]]) -> Quantity:
        """Return the same number, a quotient with bounds that are known otherwise."""
        if self.over is None:
            return self
        return Quantity(self.graph, self.value, self.scale, self.over, bounds())

    def with_value(self, value: Value) -> Quantity:
        """Return a number of the same scale and divisor."""
        return Quantity(self.graph, value, self.scale, self.over)

    def steps(self, bands: Mapping[Fraction, Fraction]) -> Quantity:
        """Return the amount of the highest edge at or below this; nothing below the lowest."""
        if self.over is not None:
            found = Quantity.of(self.graph, 0)
            for edge in sorted(bands):
                reached = Quantity.of(self.graph, edge).at_most(self)
                found = reached.choose(Quantity.of(self.graph, bands[edge]), found)
            return found
        amounts = lcm(*(each.denominator for each in bands.values()))
        edges: dict[int, int] = {}
        for edge in sorted(bands):
            quanta = edge * self.scale
            edges[-(-quanta.numerator // quanta.denominator)] = int(bands[edge] * amounts)
        return Quantity(self.graph, self.graph.steps(self.value, 0, edges.items()), amounts)


def _product(graph: Graph, factors: Iterable[Value | None]) -> Value | None:
    """Return the product of the divisors that are there."""
    there = [each for each in factors if each is not None]
    return reduce(graph.product, there) if there else None


def _over_one(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Return the same numbers, all divided by the same or by nothing."""
    if all(each.over is None for each in quantities):
        return list(quantities)
    overs = {each.over.index: each.over for each in quantities if each.over is not None}
    graph = quantities[0].graph
    highs = [each.interval.high for each in overs.values()]
    if (
        len(overs) > 1
        and max(highs) <= LARGEST_COMMON
        and lcm(*range(1, max(highs) + 1)) <= prod(highs)
    ):
        return [each.spread() for each in quantities]
    common = _product(graph, overs.values())
    found: list[Quantity] = []
    for each in quantities:
        others = [
            over for index, over in overs.items() if each.over is None or index != each.over.index
        ]
        value = reduce(graph.product, others, each.value)
        found.append(Quantity(graph, value, each.scale, common))
    return found


def aligned(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Return the same numbers on one scale and over one divisor, so that values compare."""
    same = _over_one(quantities)
    scale = lcm(*(each.scale for each in same))
    return [each if each.scale == scale else _scaled(each, scale) for each in same]


def _scaled(quantity: Quantity, scale: int) -> Quantity:
    value = quantity.graph.linear(0, [(scale // quantity.scale, quantity.value)])
    return Quantity(quantity.graph, value, scale, quantity.over)


def total_of(graph: Graph, terms: Iterable[tuple[Fraction, Quantity]]) -> Quantity:
    """Return Σ factor · quantity, exactly, on the smallest common scale."""
    pairs = terms = list(terms)
    over = None
    if any(each.over is not None for _, each in terms):
        same = _over_one([each for _, each in terms])
        over = next((each.over for each in same if each.over is not None), None)
        pairs = [(factor, each) for (factor, _), each in zip(terms, same, strict=True)]
    scale = lcm(*(factor.denominator * each.scale for factor, each in pairs))
    constant = 0
    factors: list[tuple[int, Value]] = []
    for factor, each in pairs:
        whole = factor.numerator * (scale // (factor.denominator * each.scale))
        if each.value.interval.constant:
            constant += whole * each.value.interval.low
        else:
            factors.append((whole, each.value))
    shared = gcd(scale, constant, *(factor for factor, _ in factors))
    value = graph.linear(constant // shared, [(factor // shared, each) for factor, each in factors])
    if over is None or (value.op is Op.CONSTANT and not value.data[0]):
        return Quantity(graph, value, scale // shared)
    ends = [sorted((factor * each.low, factor * each.high)) for factor, each in terms]
    low, high = (sum(each, Fraction(0)) for each in zip(*ends, strict=True))
    return Quantity(graph, value, scale // shared, over, (low, high))


@frozen(eq=False)
class Truth:
    """Something that holds or does not."""

    graph: Graph
    value: Value

    @classmethod
    def of(cls, graph: Graph, verdict: bool) -> Truth:  # noqa: FBT001 - the verdict is the point
        """Return a constant."""
        return cls(graph, graph.truth(verdict))

    @property
    def can_miss(self) -> bool:
        """Whether it rests on an optional finding that may be missing."""
        return self.value.interval.missing

    def both(self, other: Truth) -> Truth:
        """Say whether both hold."""
        return Truth(self.graph, self.graph.both(self.value, other.value))

    def either(self, other: Truth) -> Truth:
        """Say whether one of them holds at least."""
        return Truth(self.graph, self.graph.either(self.value, other.value))

    def negate(self) -> Truth:
        """Say whether it does not hold."""
        return Truth(self.graph, self.graph.negate(self.value))

    def equal(self, other: Truth) -> Truth:
        """Say whether both hold or neither does."""
        return Truth(self.graph, self.graph.equal(self.value, other.value))

    def default(self, other: Truth) -> Truth:
        """Return this where it is there, else the other."""
        return Truth(self.graph, self.graph.default(self.value, other.value))

    @property
    def constant(self) -> bool | None:
        """The truth, if only one is possible."""
        return bool(self.value.interval.low) if self.value.interval.constant else None

    def known(self) -> Truth:
        """Say whether it is there."""
        return Truth(self.graph, self.graph.known(self.value))

    def only(self, condition: Truth) -> Truth:
        """Return this where the condition holds, missing elsewhere."""
        return Truth(self.graph, self.graph.only(condition.value, self.value))

    def choose(self, then: Quantity, otherwise: Quantity) -> Quantity:
        """Return `then` where it holds, else `otherwise`."""
        if self.constant is not None:
            return then if self.constant else otherwise
        left, right = aligned([then, otherwise])
        chosen = left.with_value(self.graph.choose(self.value, left.value, right.value))
        return chosen.bounded(
            lambda: (min(then.low, otherwise.low), max(then.high, otherwise.high))
        )

    def choose_truth(self, then: Truth, otherwise: Truth) -> Truth:
        """Return `then` where it holds, else `otherwise`."""
        return Truth(self.graph, self.graph.choose(self.value, then.value, otherwise.value))

    def counted(self) -> Quantity:
        """Return 1 where it holds, else 0."""
        one, zero = self.graph.constant(1), self.graph.constant(0)
        return Quantity(self.graph, self.graph.choose(self.value, one, zero), 1)


@frozen(eq=False)
class Option:
    """The value of a choice."""

    graph: Graph
    value: Value
    names: tuple[str, ...]
    #: What its values are worth, where all of them mean an amount.
    worth: Mapping[str, Fraction] | None = None

    def is_named(self, name: str) -> Truth:
        """Say whether it is the value of this name."""
        position = self.graph.constant(self.names.index(name))
        return Truth(self.graph, self.graph.equal(self.value, position))

    def amounts(self, by_name: Mapping[str, Fraction]) -> Quantity:
        """Return the amount of the value."""
        scale = lcm(*(each.denominator for each in by_name.values()))
        table = [int(by_name[name] * scale) for name in self.names]
        return Quantity(self.graph, self.graph.lookup(self.value, table), scale)

    def known(self) -> Truth:
        """Say whether it is there."""
        return Truth(self.graph, self.graph.known(self.value))


@frozen(eq=False)
class Ticked:
    """Which values of a checklist hold."""

    graph: Graph
    truths: Mapping[str, Truth]

    def known(self) -> Truth:
        """Say whether it is there."""
        return next(iter(self.truths.values())).known()


#: Days of a month, and months of a year, in the code of a date.
_DAYS, _MONTHS = 31, 12


@frozen(eq=False)
class Day:
    """A date, as its months since the year 0 times 31, and the day: a whole month is 31."""

    graph: Graph
    value: Value

    @classmethod
    def of(cls, graph: Graph, code: int) -> Day:
        """Return a constant."""
        return cls(graph, graph.constant(code))

    @property
    def code(self) -> Quantity:
        """The code, which rises with the date."""
        return Quantity(self.graph, self.value, 1)

    @property
    def number(self) -> Quantity:
        """The days since the year 0, as the calendar counts them."""
        graph = self.graph

        def divided(value: Value, by: int) -> Value:
            return graph.quotient(value, graph.constant(by))

        months = divided(self.value, _DAYS)
        day = graph.linear(0, [(1, self.value), (-_DAYS, months)])
        # A year from March to February ends with the day that leap years add.
        shifted = graph.linear(-2, [(1, months)])
        year = divided(shifted, _MONTHS)
        month = graph.linear(0, [(1, shifted), (-_MONTHS, year)])
        before = divided(graph.linear(2, [(153, month)]), 5)
        terms = [(365, year), (1, divided(year, 4)), (-1, divided(year, 100))]
        terms += [(1, divided(year, 400)), (1, before), (1, day)]
        return Quantity(graph, graph.linear(0, terms), 1)

    def known(self) -> Truth:
        """Say whether it is there."""
        return Truth(self.graph, self.graph.known(self.value))

    def default(self, other: Day) -> Day:
        """Return this where it is there, else the other."""
        return Day(self.graph, self.graph.default(self.value, other.value))


@frozen(eq=False)
class Panel:
    """Several readings of one thing, each of which may be absent."""

    graph: Graph
    readings: tuple[Quantity, ...]
    #: The fewest that are there.
    fewest: int = 1


@frozen(eq=False)
class Table:
    """The rows of a table: what an expression over one row may name."""

    graph: Graph
    #: `item.field`.
    name: str
    number: int
    columns: Mapping[str, Symbol]
    #: The names of its columns that are dates.
    dates: tuple[str, ...] = ()

    @property
    def size(self) -> Quantity:
        """How many rows there are."""
        return Quantity(self.graph, self.graph.rows_sum(self.number, self.graph.constant(1)), 1)


@frozen(eq=False)
class Remark:
    """A text: all that can be asked is whether it is there, and whether two rows share it."""

    graph: Graph
    value: Value

    def known(self) -> Truth:
        """Say whether it is there."""
        return Truth(self.graph, self.graph.known(self.value))


@frozen
class Word:
    """A name or a quoted text that has still to be compared with a choice or a checklist."""

    text: str
    #: Where it stands in the expression, counted from 0.
    offset: int
    #: The name near it, where that is known already.
    nearest: str | None = None


Symbol = Quantity | Truth | Option | Ticked | Day | Panel | Table | Remark | Word
