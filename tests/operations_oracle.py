"""What each operation of a graph means, written a second time and as plainly as can be.

A value is an integer, a truth as 0 or 1, a text, or None where it is missing; a value of
rows is a list of these. Nothing here comes from the interpreters that are held against it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import frozen

from rubric_engine.graph import Op, Value

Cell = int | str | None
Number = int | None
Meaning = Callable[[Sequence[Cell], tuple[int, ...]], Cell]
Folding = Callable[[Sequence[Sequence[Cell]], tuple[int, ...]], Cell]


@frozen
class Sheet:
    """What was found about one assessee."""

    #: By the index of the input; the places of the inputs of rows do not matter.
    cells: Sequence[Cell]
    #: The rows of each table by its number, each by the index of the input.
    tables: Mapping[int, Sequence[Mapping[int, Cell]]]


def strict(meaning: Callable[..., int]) -> Meaning:
    """Make a function of integers missing where one of its arguments is."""

    def meant(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
        return None if None in args else int(meaning(*args))

    return meant


def constant(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the constant."""
    return data[0]


def given(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the input; the arguments are all inputs."""
    return args[data[0]]


def linear(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the weighted sum."""
    total = data[0]
    for place, arg in enumerate(args):
        if arg is None:
            return None
        total = total + data[place + 1] * arg
    return total


def floored(dividend: int, divisor: int) -> int:
    """Return the largest whole number whose product with the divisor is not above."""
    size, rest = divmod(abs(dividend), divisor)
    return size if dividend >= 0 else -size - (rest > 0)


def choose(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the branch that the condition points to."""
    return {None: None, 1: args[1], 0: args[2]}[args[0]]


def default(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the first that is there."""
    return next((arg for arg in args if arg is not None), None)


def lookup(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the amount of the code."""
    return dict(enumerate(data)).get(args[0]) if args[0] is not None else None


def steps(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the amount of the last edge reached."""
    if args[0] is None:
        return None
    amount = data[0]
    for place in range(1, len(data), 2):
        if data[place] <= args[0]:
            amount = data[place + 1]
    return amount


def both(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return Kleene's and."""
    return 0 if 0 in args else None if None in args else 1


def either(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return Kleene's or."""
    return 1 if 1 in args else None if None in args else 0


def only(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the value if the condition is there and holds."""
    return {None: None, 1: args[1], 0: None}[args[0]]


#: The meaning of an operation on the values of its arguments.
MEANING: dict[Op, Meaning] = {
    Op.CONSTANT: constant,
    Op.INPUT: given,
    Op.LINEAR: linear,
    Op.PRODUCT: strict(lambda a, b: a * b),
    Op.QUOTIENT: strict(floored),
    Op.LEAST: strict(lambda a, b: sorted((a, b))[0]),
    Op.GREATEST: strict(lambda a, b: sorted((a, b))[1]),
    Op.CHOOSE: choose,
    Op.DEFAULT: default,
    Op.LOOKUP: lookup,
    Op.STEPS: steps,
    Op.LESS: strict(lambda a, b: b - a > 0),
    Op.AT_MOST: strict(lambda a, b: b - a >= 0),
    Op.EQUAL: strict(lambda a, b: b - a == 0),
    Op.BOTH: both,
    Op.EITHER: either,
    Op.NEGATE: strict(lambda a: 1 - a),
    Op.KNOWN: lambda args, data: int(args[0] is not None),
    Op.ONLY: only,
}


def there(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Return the values that are there, lowest first."""
    return sorted(row[-1] for row in rows if row[-1] is not None)


def total(rows: Sequence[Sequence[Cell]], data: tuple[int, ...]) -> Cell:
    """Return the sum."""
    return sum(there(rows))


def lowest(rows: Sequence[Sequence[Cell]], data: tuple[int, ...]) -> Cell:
    """Return the first in order."""
    return next(iter(there(rows)), None)


def highest(rows: Sequence[Sequence[Cell]], data: tuple[int, ...]) -> Cell:
    """Return the last in order."""
    return next(reversed(there(rows)), None)


def trimmed(rows: Sequence[Sequence[Cell]], data: tuple[int, ...]) -> Cell:
    """Take the ends off as often as is said, and add up what is left."""
    left = there(rows)
    for _ in range(data[3]):
        left = left[1:-1]
    return sum(left) if left else None


def median(rows: Sequence[Sequence[Cell]], data: tuple[int, ...]) -> Cell:
    """Return the low and the high median added."""
    values = there(rows)
    return statistics.median_low(values) + statistics.median_high(values) if values else None


def best(rows: Sequence[Sequence[Cell]], data: tuple[int, ...]) -> Cell:
    """Return the highest of each key added; rows without a key share one."""
    found = [(key, value) for key, value in rows if value is not None]
    return sum(max(value for key, value in found if key == one) for one in {k for k, _ in found})


#: The meaning of a fold, on the values of its arguments for each row.
FOLDING: dict[Op, Folding] = {
    Op.ROWS_SUM: total,
    Op.ROWS_LEAST: lowest,
    Op.ROWS_GREATEST: highest,
    Op.ROWS_TRIMMED: trimmed,
    Op.ROWS_MEDIAN: median,
    Op.ROWS_BEST: best,
}


@frozen
class Step:
    """A value to work out, from what stands at other places."""

    place: int
    op: Op
    args: tuple[int, ...]
    data: tuple[int, ...]
    #: The table for whose rows it is.
    table: int | None = None


#: A cell, or for a value of rows one for each row.
Found = Cell | list[Cell]


def worked_out(asked: Iterable[Step], sheet: Sheet) -> dict[int, Found]:
    """Return what stands at each place; arguments come earlier."""
    found: dict[int, Found] = {}

    def cells_of(args: Sequence[int], row: int) -> list[Cell]:
        several = [found[each] for each in args]
        return [each[row] if isinstance(each, list) else each for each in several]

    for each in asked:
        if each.op in FOLDING:
            size = len(sheet.tables[each.data[0]])
            rows = [cells_of(each.args, row) for row in range(size)]
            found[each.place] = FOLDING[each.op](rows, each.data)
        elif each.table is None:
            args = sheet.cells if each.op is Op.INPUT else cells_of(each.args, 0)
            found[each.place] = MEANING[each.op](args, each.data)
        elif each.op is Op.INPUT:
            found[each.place] = [row[each.data[0]] for row in sheet.tables[each.table]]
        else:
            size = len(sheet.tables[each.table])
            found[each.place] = [
                MEANING[each.op](cells_of(each.args, row), each.data) for row in range(size)
            ]
    return found


def cells(values: Iterable[Value], sheet: Sheet) -> dict[int, Found]:
    """Return what each value is for a sheet, by index; arguments come first."""
    asked = (
        Step(each.index, each.op, tuple(arg.index for arg in each.args), each.data, each.table)
        for each in values
    )
    return worked_out(asked, sheet)
