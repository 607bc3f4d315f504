"""The transfer functions of intervals, held against every value of small intervals.

Sound is not enough for proofs: a bound that is too wide decides nothing. Over independent
arguments each is the narrowest interval that holds all values, and exactly that is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations_with_replacement, product

import pytest

from operations_oracle import FOLDING, MEANING, Cell
from rubric_engine.graph import Op
from rubric_engine.intervals import TRANSFER, Interval

NUMBERS = [Interval(low, high) for low in range(-2, 3) for high in range(low, 3)]
TRUTHS = [Interval(0, 0), Interval(0, 1), Interval(1, 1)]
DIVISORS = [Interval(low, high) for low in (1, 2, 3) for high in range(low, 4)]
CODES = [Interval(low, high) for low in range(4) for high in range(low, 4)]

#: What each operation is tried on: its arguments, and its constants.
TRIED: dict[Op, tuple[list[list[Interval]], list[tuple[int, ...]]]] = {
    Op.LINEAR: ([NUMBERS, NUMBERS], [(5, 2, -3), (-1, 0, 1), (0, -1, 0)]),
    Op.PRODUCT: ([NUMBERS, NUMBERS], [()]),
    Op.QUOTIENT: ([NUMBERS, DIVISORS], [()]),
    Op.LEAST: ([NUMBERS, NUMBERS], [()]),
    Op.GREATEST: ([NUMBERS, NUMBERS], [()]),
    Op.CHOOSE: ([TRUTHS, NUMBERS[::3], NUMBERS[::2]], [()]),
    Op.DEFAULT: ([NUMBERS, NUMBERS], [()]),
    Op.LOOKUP: ([CODES], [(3, -1, 7, 2), (0, 0, 5, 0), (9, 1, 1, 4)]),
    Op.STEPS: ([NUMBERS], [(7, -1, 3, 1, 5), (0, -2, 1, 2, -4), (2, 0, -1, 1, 6, 2, 9), (9, -1, 5, 1, 2), (-3, -1, 0, 1, 4)]),
    Op.LESS: ([NUMBERS, NUMBERS], [()]),
    Op.AT_MOST: ([NUMBERS, NUMBERS], [()]),
    Op.EQUAL: ([NUMBERS, NUMBERS], [()]),
    Op.BOTH: ([TRUTHS, TRUTHS], [()]),
    Op.EITHER: ([TRUTHS, TRUTHS], [()]),
    Op.NEGATE: ([TRUTHS], [()]),
    Op.KNOWN: ([NUMBERS], [()]),
    Op.ONLY: ([TRUTHS, NUMBERS], [()]),
}

#: The fewest rows and the most.
SIZES = [(0, 0), (0, 2), (1, 1), (1, 3), (2, 2), (3, 4), (5, 5)]


def optional(intervals: Sequence[Interval]) -> list[Interval]:
    """Return the intervals, each also with what can be missing."""
    return [*intervals, *(Interval(each.low, each.high, missing=True) for each in intervals)]


def cells(interval: Interval) -> list[Cell]:
    """Return every value of an interval."""
    return [*range(interval.low, interval.high + 1), *([None] if interval.missing else [])]


def narrowest(found: Iterable[Cell]) -> Interval | None:
    """Return the interval of these values; None where all are missing."""
    every = set(found)
    there = [each for each in every if isinstance(each, int)]
    return Interval(min(there), max(there), None in every) if there else None


@pytest.mark.parametrize("op", TRIED)
def test_the_interval_of_an_operation_is_the_narrowest(op: Op) -> None:
    arguments, constants = TRIED[op]
    for data in constants:
        for args in product(*map(optional, arguments)):
            meant = narrowest(MEANING[op](chosen, data) for chosen in product(*map(cells, args)))
            found = TRANSFER[op](args, data)
            if meant is None:
                assert found.missing
            else:
                assert found == meant, (args, data)


def tables(rows: Sequence[tuple[Cell, ...]], fewest: int, most: int) -> Iterator[tuple[tuple[Cell, ...], ...]]:
    """Yield every table of such rows; their order does not matter."""
    for size in range(fewest, most + 1):
        yield from combinations_with_replacement(rows, size)


@pytest.mark.parametrize("op", [each for each in FOLDING if each is not Op.ROWS_BEST])
@pytest.mark.parametrize("sizes", SIZES)
def test_the_interval_of_a_fold_is_the_narrowest(op: Op, sizes: tuple[int, int]) -> None:
    drops = [(0,), (1,), (2,)] if op is Op.ROWS_TRIMMED else [()]
    for arg, drop in product(optional(NUMBERS), drops):
        data = (0, *sizes, *drop)
        rows = [(each,) for each in cells(arg)]
        meant = narrowest(FOLDING[op](table, data) for table in tables(rows, *sizes))
        found = TRANSFER[op]([arg], data)
        if meant is None:
            assert found.missing
        else:
            assert found == meant, (arg, data)


@pytest.mark.parametrize("sizes", SIZES[:-1])
def test_the_interval_of_the_best_of_each_key_is_the_narrowest(sizes: tuple[int, int]) -> None:
    keys = range(sizes[1])
    for arg in optional(NUMBERS[::2]):
        rows = [*product(keys, cells(arg))]
        data = (0, *sizes)
        meant = narrowest(FOLDING[Op.ROWS_BEST](table, data) for table in tables(rows, *sizes))
        assert TRANSFER[Op.ROWS_BEST]([Interval(0, 0), arg], data) == meant, (arg, data)
