"""What several numbers make together: sums, means, medians, trimmed means, extremes.

`Listed` holds numbers that are known one by one (the children of a node, the readings of a
panel), each of which may be left out; `Rows` a number for each row of a table. Both answer
the same questions, and a result is missing where too few numbers count.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from math import prod

from attrs import frozen

from rubric_engine.graph import Graph, Value
from rubric_engine.symbols import (
    LARGEST_COMMON,
    Quantity,
    Table,
    Truth,
    aligned,
    total_of,
)

__all__ = ["MOST_STEPS", "Listed", "Rows", "Several", "Unbounded"]

#: A root or a curve is tabulated in at most so many steps.
MOST_STEPS = 10_000


class Unbounded(Exception):
    """Numbers that would have to be rounded before they can be folded."""


@frozen(eq=False)
class Listed:
    """Numbers known one by one."""

    graph: Graph
    numbers: tuple[Quantity, ...]
    #: Whether each counts; None where it always does.
    counted: tuple[Truth | None, ...]
    #: The fewest that count, where that is known otherwise.
    fewest: int = 0

    @classmethod
    def of(cls, graph: Graph, numbers: Sequence[Quantity], fewest: int = 0) -> Listed:
        """Return numbers that count where they are there."""
        counted = tuple(each.known() if each.can_miss else None for each in numbers)
        zero = Quantity.of(graph, 0)
        sure = tuple(each.default(zero) if each.can_miss else each for each in numbers)
        return cls(graph, sure, counted, fewest)

    @property
    def count(self) -> Quantity:
        """How many count."""
        whole = sum(each is None for each in self.counted)
        varying = [(Fraction(1), each.counted()) for each in self.counted if each is not None]
        return total_of(self.graph, [(Fraction(1), Quantity.of(self.graph, whole)), *varying])

    def _where_counted(self, otherwise: Quantity) -> list[Quantity]:
        return [
            number if counted is None else counted.choose(number, otherwise)
            for number, counted in zip(self.numbers, self.counted, strict=True)
        ]

    def total(self) -> Quantity:
        """Return the sum of those that count."""
        zero = Quantity.of(self.graph, 0)
        return total_of(self.graph, ((Fraction(1), each) for each in self._where_counted(zero)))

    def mean(self, weights: Sequence[Quantity] | None = None) -> Quantity:
        """Return the mean, weighted where weights are given."""
        one, zero = Quantity.of(self.graph, 1), Quantity.of(self.graph, 0)
        heavy = [one] * len(self.numbers) if weights is None else list(weights)
        weighed = [
            each if counted is None else counted.choose(each, zero)
            for each, counted in zip(heavy, self.counted, strict=True)
        ]
        above = [each * weight for each, weight in zip(self.numbers, weighed, strict=True)]
        return _quotient(
            total_of(self.graph, ((Fraction(1), each) for each in above)),
            total_of(self.graph, ((Fraction(1), each) for each in weighed)),
            sure=self.fewest > 0 and weights is None,
        )

    def lowest(self) -> Quantity:
        """Return the smallest."""
        worst = Quantity.of(self.graph, max(each.high for each in self.numbers))
        found = self._where_counted(worst)
        result = found[0]
        for each in found[1:]:
            result = result.least(each)
        return self._if_any(result)

    def highest(self) -> Quantity:
        """Return the largest."""
        worst = Quantity.of(self.graph, min(each.low for each in self.numbers))
        found = self._where_counted(worst)
        result = found[0]
        for each in found[1:]:
            result = result.greatest(each)
        return self._if_any(result)

    def median(self) -> Quantity:
        """Return the middle one, or the mean of the two middle ones."""
        ordered, count = self._ordered(), self.count
        result: Quantity | None = None
        for many in range(len(ordered), 0, -1):
            middle = (ordered[(many - 1) // 2] + ordered[many // 2]) * Fraction(1, 2)
            right = count.equal(Quantity.of(self.graph, many))
            if many <= count.high and right.constant is not False:
                result = middle if result is None else right.choose(middle, result)
        return self._if_any(ordered[0] if result is None else result)

    def trimmed(self, drop: int) -> Quantity:
        """Return the mean without the `drop` lowest and the `drop` highest."""
        ordered, zero = self._ordered(), Quantity.of(self.graph, 0)
        left = self.count - Quantity.of(self.graph, 2 * drop)
        last = self.count - Quantity.of(self.graph, drop)
        kept = [
            Quantity.of(self.graph, place).less(last).choose(each, zero)
            for place, each in enumerate(ordered)
            if place >= drop
        ]
        total = total_of(self.graph, ((Fraction(1), each) for each in kept))
        return _quotient(total, left, sure=self.fewest > 2 * drop)

    def geometric(self, step: Fraction) -> Quantity:
        """Return the n-th root of the product, to the nearest step; nothing may be below 0."""
        numbers = aligned(self.numbers)
        if numbers[0].over is not None:
            raise Unbounded
        size, scale = len(numbers), numbers[0].scale
        product = reduce(self.graph.product, (each.value for each in numbers))
        whole = Quantity(self.graph, product, scale**size)
        highest = prod(each.high for each in numbers)
        if ((MOST_STEPS + Fraction(1, 2)) * step) ** size <= highest:
            raise Unbounded
        edges: dict[Fraction, Fraction] = {}
        for steps in range(1, MOST_STEPS + 1):
            edge = ((steps - Fraction(1, 2)) * step) ** size
            if edge > highest:
                break
            edges[edge] = steps * step
        return whole.steps(edges) if edges else Quantity.of(self.graph, 0)

    def _if_any(self, result: Quantity) -> Quantity:
        if self.fewest > 0:
            return result
        return result.only(Quantity.of(self.graph, 1).at_most(self.count))

    def _ordered(self) -> list[Quantity]:
        """Return the numbers in rising order, those that do not count after the others."""
        last = Quantity.of(self.graph, max(each.high for each in self.numbers))
        numbers = aligned(self._where_counted(last))
        for low, high in _comparators(len(numbers)):
            one, other = numbers[low], numbers[high]
            numbers[low], numbers[high] = one.least(other), one.greatest(other)
        return numbers


@frozen(eq=False)
class Rows:
    """A number for each row of a table."""

    table: Table
    number: Quantity
    #: Whether a row counts; None where each does.
    counted: Truth | None = None

    @property
    def graph(self) -> Graph:
        """The graph that the table belongs to."""
        return self.table.graph

    @property
    def _there(self) -> Quantity:
        """Return the number, carried over one scale, missing where a row does not count."""
        number = self.number
        if number.over is not None and number.over.table is not None:
            if number.over.interval.high > LARGEST_COMMON:
                raise Unbounded
            number = number.spread()
        return number if self.counted is None else number.only(self.counted)

    @property
    def count(self) -> Quantity:
        """How many rows count."""
        if self.counted is None:
            return self.table.size
        return self._sum(self.counted.counted())

    def _sum(self, number: Quantity) -> Quantity:
        return number.with_value(self.graph.rows_sum(self.table.number, number.value))

    def total(self) -> Quantity:
        """Return the sum of the rows that count."""
        number = self._there
        if self.counted is not None:
            number = number.default(Quantity.of(self.graph, 0))
        return self._sum(number)

    def mean(self, weight: Quantity | None = None) -> Quantity:
        """Return the mean, weighted where a weight for each row is given."""
        if weight is None:
            return _quotient(self.total(), self.count)
        above = Rows(self.table, self.number * weight, self.counted).total()
        return _quotient(above, Rows(self.table, weight, self.counted).total())

    def lowest(self) -> Quantity:
        """Return the smallest."""
        number = self._there
        return number.with_value(self.graph.rows_least(self.table.number, number.value))

    def highest(self) -> Quantity:
        """Return the largest."""
        number = self._there
        return number.with_value(self.graph.rows_greatest(self.table.number, number.value))

    def median(self) -> Quantity:
        """Return the middle one, or the mean of the two middle ones."""
        number = self._there
        double = self.graph.rows_median(self.table.number, number.value)
        return number.with_value(double) * Fraction(1, 2)

    def trimmed(self, drop: int) -> Quantity:
        """Return the mean without the `drop` lowest and the `drop` highest rows."""
        number = self._there
        kept = self.graph.rows_trimmed(self.table.number, number.value, drop)
        left = self.count - Quantity.of(self.graph, 2 * drop)
        total = number.with_value(kept).default(Quantity.of(self.graph, 0))
        return _quotient(total, left)

    def best(self, key: Value) -> Quantity:
        """Return the sum of the highest number of each key."""
        number = self._there
        return number.with_value(self.graph.rows_best(self.table.number, key, number.value))


Several = Listed | Rows


def _quotient(above: Quantity, below: Quantity, *, sure: bool = False) -> Quantity:
    """Return above / below where below is more than 0, missing elsewhere.

    Where that is known to be so, `sure`, it is never missing.
    """
    least = Quantity(below.graph, below.graph.constant(1), below.scale)
    quotient = above.divided_by(below.greatest(least))
    assert quotient is not None  # noqa: S101 - the divisor is 1 quantum at least
    return quotient if sure else quotient.only(Quantity.of(below.graph, 0).less(below))


def _comparators(size: int) -> list[tuple[int, int]]:
    """Return the comparisons of Batcher's odd-even merge sort for so many numbers."""
    found: list[tuple[int, int]] = []
    power = 1
    while power < size:
        power *= 2

    def merge(low: int, count: int, apart: int) -> None:
        step = apart * 2
        if step < count:
            merge(low, count, step)
            merge(low + apart, count, step)
            found.extend((i, i + apart) for i in range(low + apart, low + count - apart, step))
        else:
            found.append((low, low + apart))

    def sort(low: int, count: int) -> None:
        if count > 1:
            half = count // 2
            sort(low, half)
            sort(low + half, half)
            merge(low, count, 1)

    sort(0, power)
    return [(low, high) for low, high in found if high < size]
