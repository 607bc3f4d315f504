"""What expressions and policies reckon with: values of the graph with their meaning.

A `Quantity` is an exact number: an integer of the graph and a scale, so that the number
is integer / scale. Scales are aligned here and nowhere else. The other symbols are a
`Truth`, an `Option` (the value of a choice), a `Ticked` (of a checklist), a `Remark`
(of a text) and a `Word` (a name or a quoted text not yet compared with anything).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import reduce
from math import gcd, lcm

from attrs import frozen

from rubric_engine.graph import Graph, Value

__all__ = [
    "LARGEST_DIVISOR",
    "ROUNDING_MODES",
    "Option",
    "Quantity",
    "Remark",
    "Symbol",
    "Ticked",
    "Truth",
    "Word",
    "total_of",
]

#: Divisors that vary are carried exactly over lcm(1..n), up to this n (1.4e14).
LARGEST_DIVISOR = 36

#: The ways to round; `half_up` takes ties away from zero.
ROUNDING_MODES = ("half_up", "half_even", "floor", "ceiling", "truncate")


@frozen(eq=False)
class Quantity:
    """An exact number: `value` quanta of 1/`scale`."""

    graph: Graph
    value: Value
    scale: int

    @classmethod
    def of(cls, graph: Graph, number: Fraction | int) -> Quantity:
        """Return a constant."""
        number = Fraction(number)
        return cls(graph, graph.constant(number.numerator), number.denominator)

    @property
    def low(self) -> Fraction:
        """A bound: it is never below this."""
        return Fraction(self.value.interval.low, self.scale)

    @property
    def high(self) -> Fraction:
        """A bound: it is never above this."""
        return Fraction(self.value.interval.high, self.scale)

    @property
    def can_miss(self) -> bool:
        """Whether it rests on an optional finding that may be missing."""
        return self.value.interval.missing

    @property
    def constant(self) -> Fraction | None:
        """The number, if only one is possible."""
        return self.low if self.value.interval.constant else None

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
        return Quantity(self.graph, product, self.scale * other.scale)

    def divided_by(self, divisor: Quantity) -> Quantity | None:
        """Return the exact quotient, or None where it cannot be carried exactly.

        The divisor is a constant other than 0, or a whole number proved to lie within
        1 to 36, for which the quotient is carried over lcm(1..n).
        """
        constant = divisor.constant
        if constant is not None:
            return self * (1 / constant) if constant else None
        low, high = divisor.value.interval.low, divisor.value.interval.high
        if divisor.scale != 1 or low < 1 or high > LARGEST_DIVISOR:
            return None
        common = lcm(*range(1, high + 1))
        parts = self.graph.quotient(self.graph.constant(common), divisor.value)
        return Quantity(self.graph, self.graph.product(self.value, parts), self.scale * common)

    def rounded(self, places: int, mode: str) -> Quantity:
        """Return the number rounded to so many decimal places; see `ROUNDING_MODES`."""
        graph = self.graph
        unit = 10**places
        shared = gcd(unit, self.scale)
        divisor = self.scale // shared
        if divisor == 1:
            return self
        scaled = graph.linear(0, [(unit // shared, self.value)])
        by = graph.constant(divisor)

        def towards(offset: int, factor: int = 1) -> Value:
            dividend = graph.linear(offset, [(factor, scaled)])
            return graph.quotient(dividend, graph.constant(abs(factor) * divisor))

        down = graph.quotient(scaled, by)
        negative = graph.less(scaled, graph.constant(0))
        if mode == "floor":
            result = down
        elif mode == "ceiling":
            result = graph.linear(0, [(-1, towards(0, -1))])
        elif mode == "truncate":
            result = graph.choose(negative, graph.linear(0, [(-1, towards(0, -1))]), down)
        elif mode == "half_up":
            away = graph.linear(0, [(-1, towards(divisor, -2))])
            result = graph.choose(negative, away, towards(divisor, 2))
        elif mode == "half_even":
            rest = graph.linear(0, [(2, scaled), (-2 * divisor, down)])
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
        return Quantity(graph, result, unit)

    def least(self, other: Quantity) -> Quantity:
        """Return the smaller of the two."""
        left, right, scale = self._aligned(other)
        return Quantity(self.graph, self.graph.least(left, right), scale)

    def greatest(self, other: Quantity) -> Quantity:
        """Return the larger of the two."""
        left, right, scale = self._aligned(other)
        return Quantity(self.graph, self.graph.greatest(left, right), scale)

    def less(self, other: Quantity) -> Truth:
        """Say whether this is less than the other."""
        left, right, _ = self._aligned(other)
        return Truth(self.graph, self.graph.less(left, right))

    def at_most(self, other: Quantity) -> Truth:
        """Say whether this is less than, or the same as, the other."""
        left, right, _ = self._aligned(other)
        return Truth(self.graph, self.graph.at_most(left, right))

    def equal(self, other: Quantity) -> Truth:
        """Say whether the two are the same."""
        left, right, _ = self._aligned(other)
        return Truth(self.graph, self.graph.equal(left, right))

    def default(self, other: Quantity) -> Quantity:
        """Return this where it is there, else the other."""
        left, right, scale = self._aligned(other)
        return Quantity(self.graph, self.graph.default(left, right), scale)

    def steps(self, bands: Mapping[Fraction, Fraction]) -> Quantity:
        """Return the amount of the highest edge at or below this; nothing below the lowest."""
        amounts = lcm(*(each.denominator for each in bands.values()))
        edges: dict[int, int] = {}
        for edge in sorted(bands):
            quanta = edge * self.scale
            edges[-(-quanta.numerator // quanta.denominator)] = int(bands[edge] * amounts)
        return Quantity(self.graph, self.graph.steps(self.value, 0, edges.items()), amounts)

    def _aligned(self, other: Quantity) -> tuple[Value, Value, int]:
        scale = lcm(self.scale, other.scale)
        left = self.graph.linear(0, [(scale // self.scale, self.value)])
        right = self.graph.linear(0, [(scale // other.scale, other.value)])
        return left, right, scale


def total_of(graph: Graph, terms: Iterable[tuple[Fraction, Quantity]]) -> Quantity:
    """Return Σ factor · quantity, exactly, on the smallest common scale."""
    terms = list(terms)
    scale = reduce(lcm, (factor.denominator * each.scale for factor, each in terms), 1)
    constant = 0
    factors: list[tuple[int, Value]] = []
    for factor, each in terms:
        whole = factor.numerator * (scale // (factor.denominator * each.scale))
        if each.value.interval.constant:
            constant += whole * each.value.interval.low
        else:
            factors.append((whole, each.value))
    shared = gcd(scale, constant, *(factor for factor, _ in factors))
    value = graph.linear(constant // shared, [(factor // shared, each) for factor, each in factors])
    return Quantity(graph, value, scale // shared)


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

    def choose(self, then: Quantity, otherwise: Quantity) -> Quantity:
        """Return `then` where it holds, else `otherwise`."""
        left, right, scale = then._aligned(otherwise)  # noqa: SLF001 - same module
        return Quantity(self.graph, self.graph.choose(self.value, left, right), scale)

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

    def is_named(self, name: str) -> Truth:
        """Say whether it is the value of this name."""
        position = self.graph.constant(self.names.index(name))
        return Truth(self.graph, self.graph.equal(self.value, position))

    def amounts(self, by_name: Mapping[str, Fraction]) -> Quantity:
        """Return the amount of the value."""
        scale = lcm(*(each.denominator for each in by_name.values()))
        table = [int(by_name[name] * scale) for name in self.names]
        return Quantity(self.graph, self.graph.lookup(self.value, table), scale)


@frozen(eq=False)
class Ticked:
    """Which values of a checklist hold."""

    graph: Graph
    truths: Mapping[str, Truth]


@frozen(eq=False)
class Remark:
    """A text: all that can be asked is whether it is there."""

    graph: Graph
    value: Value


@frozen
class Word:
    """A name or a quoted text that has still to be compared with a choice or a checklist."""

    text: str
    #: Where it stands in the expression, counted from 0.
    offset: int


Symbol = Quantity | Truth | Option | Ticked | Remark | Word
