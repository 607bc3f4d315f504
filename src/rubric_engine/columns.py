"""The interpreter of a graph for many sheets: Narwhals expressions over data frames.

`with_values` adds a column for each root to any frame that Narwhals knows, eager or lazy.
Nothing is collected and no row is visited: each layer of the graph is one `with_columns`.

Backends differ in what they do with nulls, in integer division, and beyond 64 bits, so
only what they agree on is used: `+ - *` and comparisons of 64-bit integers, `when`, and
truths that are never missing where they are combined. Every value of a graph is below
2**62, so the difference of two of one interval fits in 64 bits too; this is what the
proofs below rest on.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import narwhals as nw
from attrs import frozen

from rubric_engine.graph import Op, Value, reachable
from rubric_engine.lower import LARGEST

__all__ = ["with_values"]

Frame = TypeVar("Frame", nw.LazyFrame[Any], nw.DataFrame[Any])
Meaning = Callable[[Value, Sequence[nw.Expr]], nw.Expr]

#: Below it every integer is a double, and a quotient of two rounds down as it should.
_DOUBLES = 2**53


def with_values(frame: Frame, inputs: Sequence[str], roots: Mapping[str, Value]) -> Frame:
    """Return the frame with one more column for each root, named by its key.

    The column `inputs[i]` holds input i of the graph: 64-bit integers, truths, or for a
    text anything that is there or null. Raises `ValueError` for a name that is taken,
    `OverflowError` for values that 64 bits could not hold, and `TypeError` for pandas and
    what is built on it, which hold missing integers as floats: go through `to_arrow`.
    """
    if frame.implementation.is_pandas_like() or frame.implementation.is_dask():
        msg = "pandas holds missing integers as floats; pass the frame as an Arrow table"
        raise TypeError(msg)
    taken = {each.casefold() for each in frame.collect_schema().names()}
    _refuse_taken(taken, roots)
    values = reachable(roots.values())
    for each in values:
        if max(-each.interval.low, each.interval.high) >= LARGEST:
            msg = f"a value can be {each.interval}, which is too large for columns"
            raise OverflowError(msg)
    prefix = "_"
    while any(each.startswith(prefix) for each in taken):
        prefix += "_"
    names = _Names(inputs, prefix, frame.implementation.is_spark_like())
    layers = _layers(values)
    for layer in layers:
        frame = frame.with_columns(
            _meaning(value, names).alias(names.temporary(value)) for value in layer
        )
    frame = frame.with_columns(
        names.reference(value).cast(_dtype(value)).alias(name) for name, value in roots.items()
    )
    return frame.drop(names.temporary(value) for layer in layers for value in layer)


def _refuse_taken(taken: set[str], roots: Mapping[str, Value]) -> None:
    """Refuse a root's name that is a column's already; several engines ignore case."""
    for name in roots:
        if name.casefold() in taken:
            msg = f"the frame has a column {name!r} already"
            raise ValueError(msg)
        taken.add(name.casefold())


def _layers(values: Sequence[Value]) -> list[list[Value]]:
    """Return the values to compute, those first that rest on inputs and constants only."""
    depths: dict[int, int] = {}
    layers: list[list[Value]] = []
    for value in values:
        if value.op in (Op.INPUT, Op.CONSTANT):
            depths[value.index] = 0
            continue
        depth = depths[value.index] = 1 + max(depths[each.index] for each in value.args)
        if depth > len(layers):
            layers.append([])
        layers[depth - 1].append(value)
    return layers


@frozen
class _Names:
    """Where the values of a graph are found in the frame."""

    inputs: Sequence[str]
    prefix: str
    #: Whether a dot in a column's name is read as a path unless the name is quoted.
    dots_are_paths: bool

    def temporary(self, value: Value) -> str:
        """Return the name of a column of our own."""
        return f"{self.prefix}{value.index}"

    def reference(self, value: Value) -> nw.Expr:
        """Return the value as an expression over the frame."""
        if value.op is Op.CONSTANT:
            return _constant(value)
        if value.op is not Op.INPUT:
            return nw.col(self.temporary(value))
        name = self.inputs[value.data[0]]
        if self.dots_are_paths and "." in name:
            name = "`" + name.replace("`", "``") + "`"
        return nw.col(name)


def _dtype(value: Value) -> type[nw.Boolean | nw.Int64]:
    return nw.Boolean if value.kind == "truth" else nw.Int64


def _constant(value: Value) -> nw.Expr:
    if value.kind == "truth":
        return nw.lit(bool(value.data[0]), nw.Boolean)
    return _number(value.data[0])


def _number(number: int) -> nw.Expr:
    return nw.lit(number, nw.Int64)


def _meaning(value: Value, names: _Names) -> nw.Expr:
    """Return the operation on its arguments; missing if one is, but for the special ones."""
    args = [names.reference(each) for each in value.args]
    if value.op in _SPECIAL:
        return _SPECIAL[value.op](value, args).cast(_dtype(value))
    result = _PLAIN[value.op](value, args)
    if value.op not in _ARITHMETIC:
        result = _where_known(value.args, args, result)
    return result.cast(_dtype(value))


def _known(expression: nw.Expr) -> nw.Expr:
    return ~expression.is_null()


def _where_known(values: Sequence[Value], args: Sequence[nw.Expr], result: nw.Expr) -> nw.Expr:
    """Return the result, missing where one of the values that can be missing is."""
    known = [_known(arg) for each, arg in zip(values, args, strict=True) if each.interval.missing]
    return nw.when(*known).then(result) if known else result


def _total(terms: Sequence[nw.Expr]) -> nw.Expr:
    """Add up in pairs of pairs, so that long sums are not deep."""
    while len(terms) > 1:
        pairs = [operator.add(*pair) for pair in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[len(terms) - len(terms) % 2 :]]
    return terms[0]


def _linear(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    constant, factors = value.data[0], value.data[1:]
    intervals = [each.interval for each in value.args]
    sizes = [max(-each.low, each.high) for each in intervals]
    largest = sum(abs(factor) * size for factor, size in zip(factors, sizes, strict=True))
    if abs(constant) + largest >= LARGEST:
        # Measured from the middle of each argument, every part of the sum is the difference
        # of two values that the whole can have, so none leaves 64 bits.
        middles = [(each.low + each.high) // 2 for each in intervals]
        constant += sum(map(operator.mul, factors, middles))
        args = [arg - _number(middle) for arg, middle in zip(args, middles, strict=True)]
        sizes = [each.high - each.low for each in intervals]
    # Of an argument that is 0 or missing, the factor can be too large for 64 bits.
    factors = tuple(factor if size else 0 for factor, size in zip(factors, sizes, strict=True))
    terms = [
        arg if factor == 1 else arg * _number(factor)
        for factor, arg in zip(factors, args, strict=True)
    ]
    return _total([_number(constant), *terms] if constant or not terms else terms)


def _quotient(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    dividend, divisor = args
    interval = value.args[0].interval
    if interval.low >= 0:
        return _natural_quotient(dividend, divisor, interval.high)
    # Below zero, floor(a / d) = -1 - floor((-1 - a) / d), and -1 - a is not.
    negative = dividend < _number(0)
    mirrored = _number(-1) - dividend
    natural = nw.when(negative).then(mirrored).otherwise(dividend)
    quotient = _natural_quotient(natural, divisor, max(interval.high, -1 - interval.low))
    return nw.when(negative).then(_number(-1) - quotient).otherwise(quotient)


def _natural_quotient(n: nw.Expr, d: nw.Expr, largest: int) -> nw.Expr:
    """Return n / d rounded down, for n from 0 to the largest and d from 1.

    Some backends divide as doubles, and some then round towards zero.

    Below 2**53 that is right already: n and d are exact, or d alone is not and the quotient
    is below 1. Let k be the next integer above n / d and 2**e < k <= 2**(e+1). Then
    d·2**e <= d·(k - 1) <= n < 2**53, so n / d, which is at least 1/d below k, is more than
    2**(e-53) below it: half the gap of the doubles there. It is never rounded up to k.

    Above, n / d is off by at most 2**-51 of itself before it is rounded down. So the rest
    n - q·d is between -2**11 and d + 2**11, and q·d below 2**63. Dividing the rest again
    leaves q off by at most 1 either way, and the rest that is then left says which.
    """
    q = (n // d).cast(nw.Int64)
    if largest < _DOUBLES:
        return q
    q = q + ((n - q * d) // d).cast(nw.Int64)
    rest = n - q * d
    above = nw.when(rest >= d).then(_number(1)).otherwise(_number(0))
    return q + nw.when(rest < _number(0)).then(_number(-1)).otherwise(above)


def _choose(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    condition, then, otherwise = args
    chosen = nw.when(condition).then(then).otherwise(otherwise)
    return _where_known(value.args[:1], args[:1], chosen)


def _lookup(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    """Add up the amounts, each nothing but where the code is its own."""
    codes = value.args[0].interval
    terms = [
        nw.when(args[0] == _number(code)).then(_number(amount)).otherwise(_number(0))
        for code, amount in enumerate(value.data)
        if codes.low <= code <= codes.high and amount
    ]
    return _total(terms or [_number(0)])


def _steps(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    """Add up what each edge adds; a part of this sum is the difference of two amounts."""
    number = value.args[0].interval
    reached = value.data[0]
    rises: list[tuple[int, int]] = []
    for edge, amount in zip(value.data[1::2], value.data[2::2], strict=True):
        if edge <= number.low:
            reached, rises = amount, []
        elif edge <= number.high:
            rises.append((edge, amount))
    terms = [_number(reached)]
    for edge, amount in rises:
        rise = nw.when(args[0] >= _number(edge)).then(_number(amount - reached))
        terms.append(rise.otherwise(_number(0)))
        reached = amount
    return _total(terms)


def _both(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    return _verdict(value, args, join=operator.and_, deciding=False)


def _either(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    return _verdict(value, args, join=operator.or_, deciding=True)


def _verdict(
    value: Value,
    args: Sequence[nw.Expr],
    *,
    join: Callable[[nw.Expr, nw.Expr], nw.Expr],
    deciding: bool,
) -> nw.Expr:
    """Combine two truths; where one is missing, it is known only if the other decides."""
    missing = [
        arg.is_null() for each, arg in zip(value.args, args, strict=True) if each.interval.missing
    ]
    if not missing:
        return join(*args)
    neutral = nw.lit(not deciding, nw.Boolean)
    verdict = join(
        *(
            nw.when(arg.is_null()).then(neutral).otherwise(arg) if each.interval.missing else arg
            for each, arg in zip(value.args, args, strict=True)
        )
    )
    decided = verdict if deciding else ~verdict
    return nw.when(decided | ~functools.reduce(operator.or_, missing)).then(verdict)


def _constants_last(value: Value, args: Sequence[nw.Expr]) -> Sequence[nw.Expr]:
    """Return the arguments of an operation that may swap them, a constant not first.

    Polars compares a literal on the left of a column that it holds as one value for all
    rows to a series of one row, and then refuses it; on the right it does not.
    """
    return args[::-1] if value.args[0].op is Op.CONSTANT else args


def _compared(
    value: Value,
    args: Sequence[nw.Expr],
    straight: Callable[[nw.Expr, nw.Expr], nw.Expr],
    mirrored: Callable[[nw.Expr, nw.Expr], nw.Expr],
) -> nw.Expr:
    compare = mirrored if value.args[0].op is Op.CONSTANT else straight
    return compare(*_constants_last(value, args))


def _extreme(
    value: Value,
    args: Sequence[nw.Expr],
    compare: Callable[[nw.Expr, nw.Expr], nw.Expr],
) -> nw.Expr:
    first, second = _constants_last(value, args)
    return nw.when(compare(first, second)).then(first).otherwise(second)


#: On these, every backend agrees that missing propagates.
_ARITHMETIC = (Op.LINEAR, Op.PRODUCT)

_PLAIN: dict[Op, Meaning] = {
    Op.LINEAR: _linear,
    Op.PRODUCT: lambda value, args: args[0] * args[1],
    Op.QUOTIENT: _quotient,
    Op.LEAST: lambda value, args: _extreme(value, args, operator.lt),
    Op.GREATEST: lambda value, args: _extreme(value, args, operator.gt),
    Op.LOOKUP: _lookup,
    Op.STEPS: _steps,
    Op.LESS: lambda value, args: _compared(value, args, operator.lt, operator.gt),
    Op.AT_MOST: lambda value, args: _compared(value, args, operator.le, operator.ge),
    Op.EQUAL: lambda value, args: _compared(value, args, operator.eq, operator.eq),
    Op.NEGATE: lambda value, args: ~args[0],
}

_SPECIAL: dict[Op, Meaning] = {
    Op.CHOOSE: _choose,
    Op.DEFAULT: lambda value, args: nw.when(args[0].is_null()).then(args[1]).otherwise(args[0]),
    Op.BOTH: _both,
    Op.EITHER: _either,
    Op.KNOWN: lambda value, args: _known(args[0]),
}
