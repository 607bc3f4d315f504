"""Findings in the columns of a frame: typed by their fields, checked, and handed to the graph.

A field type takes one way in here (`_way`), as it takes one way in `fields` from a single
finding: what is accepted, and the code of what is not, is the same. What is wrong in a row
becomes null, and a check that does not hold; nothing is raised row by row. What is wrong
with a column, whatever its rows, is a problem at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

import narwhals as nw
from attrs import define, field, frozen

from rubric_engine.dialect import DOUBLES, Engine, Expr, Layer, Stored, bits_of, total
from rubric_engine.errors import Problem, nearest_name
from rubric_engine.exact import read_number
from rubric_engine.fields import (
    Amount,
    Checklist,
    Choice,
    Date,
    Field,
    Flag,
    Number,
    Text,
    day_code,
)
from rubric_engine.graph import Input

__all__ = ["Check", "Encoder", "Source", "kind_of"]

#: The largest magnitude of a double, as far as it matters here.
_FINITE = 1.7e308
#: Up to so many values of a choice are told apart one within the other.
_FEW = 12
#: Below it the doubles are at most an eighth apart.
_FINE = 2**50
#: From here on a number is out of range rather than inexact; see `fields`.
_HUGE = 1e20
#: Decimals of so many digits stay apart as doubles.
_DIGITS = 15


@frozen
class Check:
    """What a row must fulfil."""

    code: str
    #: `item.field`, as in the problems of a sheet.
    path: str
    #: Never missing itself.
    holds: Expr
    expected: str = ""
    #: What stands in the column, if one column is meant.
    value: Expr | None = None


@frozen
class Source:
    """A frame whose columns hold findings: which it has, of what types, and under what names."""

    #: The types of the caller's columns.
    types: Mapping[str, Any]
    #: The columns that hold nothing but null, by their type.
    empty: frozenset[str]
    #: From `item.field` to the caller's name.
    renamed: Callable[[str], str]

    def column(self, path: str) -> str | None:
        """Return the caller's column for `item.field`, if there is one."""
        name = self.renamed(path)
        return name if name in self.types else None


def kind_of(dtype: Any) -> str:
    """Return what a column's type holds, in one word; "other" for what no finding is."""
    if dtype.is_integer():
        return "whole"
    if dtype.is_float():
        return "real"
    if dtype.is_decimal():
        return "decimal"
    for kind, types in _KINDS.items():
        if isinstance(dtype, types):
            return kind
    return "other"


_KINDS: dict[str, Any] = {
    "truth": nw.Boolean,
    "text": nw.String,
    "named": (nw.Categorical, nw.Enum),
    "date": nw.Date,
    "list": (nw.List, nw.Array),
}


@define
class Encoder:
    """Reads the findings of one frame into layers of new columns."""

    engine: Engine
    source: Source
    #: Where the table on the way has the caller's columns.
    places: Mapping[str, str]
    prefix: str
    problems: list[Problem] = field(factory=list)
    checks: list[Check] = field(factory=list)
    layers: list[Layer] = field(factory=list)
    stored: dict[int, Stored] = field(factory=dict)
    _count: int = 0

    def own(self, layer: int, expression: Expr) -> Expr:
        """Give an expression a column of its own, in a layer."""
        while len(self.layers) <= layer:
            self.layers.append({})
        self._count += 1
        name = f"{self.prefix}cell{self._count}"
        self.layers[layer][name] = expression
        return self.engine.column(name)

    def put(self, index: int, declared: Input, layer: int, expression: Expr) -> Expr:
        """Let an expression stand for an input of the graph; say whether it is there."""
        name = f"{self.prefix}in{index}"
        while len(self.layers) <= layer:
            self.layers.append({})
        self.layers[layer][name] = expression
        self.stored[index] = Stored(name, self.bits(declared))
        return self.engine.there(self.engine.column(name))

    def store(self, each: _Cell, layer: int, expression: Expr) -> Expr:
        """Let an expression stand for the input that a cell is for."""
        return self.put(each.index, each.declared, layer, expression)

    def nothing(self, bits: int) -> Expr:
        """Return what is missing on every row."""
        engine = self.engine
        value = engine.whole(0, bits) if bits else engine.truth(verdict=False)
        return engine.when(engine.truth(verdict=False), value)

    def cell(self, name: str) -> Expr:
        """Return a caller's column."""
        return self.engine.column(self.places[name])

    def check(
        self, code: str, path: str, holds: Expr, expected: str = "", value: Expr | None = None
    ) -> None:
        """Note what a row must fulfil."""
        self.checks.append(Check(code, path, holds, expected, value))

    def read(
        self, path: str, kind: Field, inputs: Sequence[tuple[int, Input]], *, required: bool
    ) -> None:
        """Read one field: its columns become inputs of the graph."""
        if isinstance(kind, Checklist):
            self._checklist(path, kind, inputs, required=required)
        elif getattr(kind, "panel", None) is not None:
            self._panel(path, kind, inputs, required=required)
        else:
            ((index, declared),) = inputs
            name = self.source.column(path)
            if name is None:
                self.lacking(path, kind, required=required)
                self._store_nothing(index, declared)
            else:
                known = self._single(path, name, kind, index, declared)
                if required and known is not None:
                    self.check("missing-finding", path, known, kind.expects, self.cell(name))

    def lacking(self, path: str, kind: Field, *, required: bool) -> None:
        """Note a column that must be there and is not."""
        if required:
            near = nearest_name(self.source.renamed(path), self.source.types)
            expected = f"a column {self.source.renamed(path)!r}: {kind.expects}"
            self.problems.append(Problem("missing-column", path, expected, "", near))

    def _store_nothing(self, index: int, declared: Input) -> None:
        self.put(index, declared, 0, self.nothing(self.bits(declared)))

    def bits(self, declared: Input) -> int:
        if declared.kind != "integer":
            return 0
        interval = declared.interval
        return bits_of(interval.low, interval.high, self.engine.widths)

    def _single(
        self, path: str, name: str, kind: Field, index: int, declared: Input
    ) -> Expr | None:
        """Read a column; return whether a finding is there, or None where that is no matter."""
        cell, dtype = self.cell(name), self.source.types[name]
        holds = kind_of(dtype)
        if name in self.source.empty:
            self._store_nothing(index, declared)
            return self.engine.truth(verdict=False)
        way, accepted = _way(kind)
        if holds == "decimal" and not _apart(kind, dtype):
            holds = "decimal of too many digits"
        if holds not in accepted:
            words = " or ".join(_WORDS[each] for each in accepted)
            problem = Problem("wrong-dtype", path, f"{words}: {kind.expects}", str(dtype))
            self.problems.append(problem)
            self._store_nothing(index, declared)
            return None
        if holds == "named":
            cell = self.own(0, self.engine.as_text(cell))
        place = self.places[name]
        return way(self, _Cell(path, cell, dtype, holds, kind, index, declared, place=place))

    # checklists and panels

    def _checklist(
        self, path: str, kind: Checklist, inputs: Sequence[tuple[int, Input]], *, required: bool
    ) -> None:
        engine = self.engine
        whole = self.source.column(path)
        parts = [self.source.column(declared.name) for _, declared in inputs]
        if whole is None and not any(parts):
            self.lacking(path, kind, required=required)
            for index, declared in inputs:
                self._store_nothing(index, declared)
            return
        if whole is not None:
            if whole in self.source.empty:
                known = engine.truth(verdict=False)
                for index, declared in inputs:
                    self._store_nothing(index, declared)
            elif kind_of(self.source.types[whole]) != "text":
                found = str(self.source.types[whole])
                expected = "a text such as a;b, or a truth in a column for each value"
                self.problems.append(Problem("wrong-dtype", path, expected, found))
                return
            else:
                known = self._listed(path, self.cell(whole), kind, inputs)
        else:
            known = None
            for (index, declared), name in zip(inputs, parts, strict=True):
                if name is None:
                    self.lacking(declared.name, kind, required=True)
                    self._store_nothing(index, declared)
                    continue
                there = self._single(path, name, Flag(), index, declared)
                if there is not None:
                    known = there if known is None else known & there
        if required and known is not None:
            self.check("missing-finding", path, known, kind.expects)

    def _listed(
        self, path: str, cell: Expr, kind: Checklist, inputs: Sequence[tuple[int, Input]]
    ) -> Expr:
        """Read a text such as `a;b`."""
        engine = self.engine
        among = self.own(0, engine.joined([engine.text(";"), cell, engine.text(";")]))
        known = engine.there(cell)
        lengths: list[Expr] = []
        for (index, declared), name in zip(inputs, kind.names, strict=True):
            holds = engine.contains(among, f";{name};")
            self.put(index, declared, 1, engine.when(known, holds))
            number = engine.whole(len(name) + 1, 64)
            lengths.append(engine.when(holds, number, engine.whole(0, 64)))
        # What is listed once, and nothing else, makes up the whole length.
        listed = self.own(1, total(lengths))
        size = self.own(1, engine.length(cell))
        empty = size == engine.whole(0, 64)
        right = engine.missing(cell) | empty | (listed == size + engine.whole(1, 64))
        self.check("unknown-value", path, right, kind.expects, cell)
        return known

    def _panel(
        self, path: str, kind: Any, inputs: Sequence[tuple[int, Input]], *, required: bool
    ) -> None:
        engine = self.engine
        whole = self.source.column(path)
        there: list[Expr] = []
        if whole is not None and kind_of(self.source.types[whole]) == "list":
            inner = getattr(self.source.types[whole], "inner", None)
            cell = self.cell(whole)
            for place, (index, declared) in enumerate(inputs):
                reading = self.own(0, engine.item(cell, place))
                found = self._reading(path, reading, inner, kind, index, declared)
                there += [] if found is None else [found]
            size = engine.size(cell)
            fits = engine.missing(cell) | (size <= engine.whole(len(inputs), 64))
            self.check("out-of-range", path, fits, kind.expects)
        else:
            names = [self.source.column(declared.name) for _, declared in inputs]
            if not any(names):
                self.lacking(f"{path}.1", kind, required=required)
            for (index, declared), name in zip(inputs, names, strict=True):
                if name is None:
                    self._store_nothing(index, declared)
                else:
                    found = self._single(path, name, kind, index, declared)
                    there += [] if found is None else [found]
        if not there:
            return
        one, none = engine.whole(1, 64), engine.whole(0, 64)
        counted = self.own(8, total([engine.when(each, one, none) for each in there]))
        if required:
            self.check("missing-finding", path, counted > none, kind.expects)
        if kind.fewest > 1:
            enough = (counted == none) | (counted >= engine.whole(kind.fewest, 64))
            self.check("too-few", path, enough, kind.expects)

    def _reading(
        self, path: str, cell: Expr, dtype: Any, kind: Field, index: int, declared: Input
    ) -> Expr | None:
        dtype = dtype() if isinstance(dtype, type) else dtype
        holds = "other" if dtype is None else kind_of(dtype)
        way, accepted = _way(kind)
        if holds not in accepted:
            expected = f"a list of numbers: {kind.expects}"
            self.problems.append(Problem("wrong-dtype", path, expected, str(dtype)))
            self._store_nothing(index, declared)
            return None
        return way(self, _Cell(path, cell, dtype, holds, kind, index, declared, layer=1))


@frozen
class _Cell:
    """A column that holds findings of one field, on its way to one input."""

    path: str
    cell: Expr
    dtype: Any
    #: What its type holds, in one word.
    holds: str
    kind: Any
    index: int
    declared: Input
    #: The first layer in which the cell can be used.
    layer: int = 0
    #: The column it is, where it is one.
    place: str = ""


def _flag(encoder: Encoder, each: _Cell) -> Expr:
    engine, cell = encoder.engine, each.cell
    if each.kind.absent is None:
        encoder.stored[each.index] = Stored(each.place, 0)
        return engine.there(cell)
    sentinel = engine.truth(each.kind.absent.lower() == "true")
    return encoder.store(each, 0, engine.when(~(cell == sentinel), cell))


def _text(encoder: Encoder, each: _Cell) -> Expr:
    engine, cell = encoder.engine, each.cell
    if each.kind.absent is not None:
        cell = engine.when(~(cell == engine.text(each.kind.absent)), cell)
    return encoder.store(each, each.layer, cell)


def _choice(encoder: Encoder, each: _Cell) -> Expr:
    engine, kind, layer = encoder.engine, each.kind, each.layer + (each.holds == "named")
    bits = encoder.bits(each.declared)
    lost = {*kind.meaning("missing"), *([kind.absent] if kind.absent is not None else [])}
    named = [(place, name) for place, name in enumerate(kind.names) if name not in lost]
    if 0 < len(named) <= _FEW:
        code = engine.match(each.cell, {name: place for place, name in named}, bits)
    else:
        # Flat, so that it is not deep: 0 for none of them, else one more than the place.
        none = engine.whole(0, 64)
        found = [
            engine.when(each.cell == engine.text(name), engine.whole(place + 1, 64), none)
            for place, name in named
        ]
        place = encoder.own(layer, total(found))
        layer += 1
        code = engine.cast(engine.when(place > none, place - engine.whole(1, 64)), bits)
    known = encoder.store(each, layer, code)
    right = engine.missing(each.cell) | known
    there = engine.there(each.cell)
    for name in sorted(lost):
        right = right | (each.cell == engine.text(name))
        there = there & ~(each.cell == engine.text(name))
    encoder.check("unknown-value", each.path, right, kind.expects, each.cell)
    return there


def _date(encoder: Encoder, each: _Cell) -> Expr:
    engine, layer = encoder.engine, each.layer
    code = encoder.own(layer, _day_code(engine, each.cell))
    low, high = each.declared.interval.low, each.declared.interval.high
    right = (code >= engine.whole(low, 64)) & (code <= engine.whole(high, 64))
    kept, sentinel = right, engine.truth(verdict=False)
    if each.kind.absent is not None:
        sentinel = code == engine.whole(day_code(each.kind.absent) or 0, 64)
        kept, right = right & ~sentinel, right | sentinel
    accepted = engine.missing(each.cell) | right
    encoder.check("wrong-type", each.path, accepted, each.kind.expects, each.cell)
    stored = engine.cast(engine.when(kept, code), encoder.bits(each.declared))
    encoder.store(each, layer + 1, stored)
    there = engine.there(each.cell)
    return there if each.kind.absent is None else there & ~sentinel


def _day_code(engine: Engine, day: Expr) -> Expr:
    """Return a date as months since the year 0 times 31, and the day; see `fields.Date`."""
    year, month, own = (engine.part(day, part) for part in ("year", "month", "day"))
    return year * engine.whole(372, 64) + month * engine.whole(31, 64) + own - engine.whole(32, 64)


def _number(encoder: Encoder, each: _Cell) -> Expr:
    """Read a whole number, a double or a decimal as quanta; what is wrong becomes null."""
    engine, kind = encoder.engine, each.kind
    cell, layer = each.cell, each.layer
    if kind.absent is not None:
        cell, layer = encoder.own(layer, _without(engine, each)), layer + 1
    read = _from_whole if each.holds == "whole" else _from_double
    return read(encoder, each, cell, layer)


def _without(engine: Engine, each: _Cell) -> Expr:
    """Return a cell, missing where it holds the sentinel that says so."""
    number = read_number(each.kind.absent) or Fraction(0)
    if each.holds == "whole":
        low, high = _ends(each.dtype)
        if number.denominator != 1 or not low <= number <= high:
            return each.cell
        says = each.cell == engine.typed(int(number), each.dtype)
    else:
        says = engine.as_double(each.cell) == engine.double(float(number))
    return engine.when(~says, each.cell)


def _ends(dtype: Any) -> tuple[int, int]:
    """Return the least and the largest integer of a column's type."""
    signed = not type(dtype).__name__.startswith("U")
    bits = int("".join(each for each in type(dtype).__name__ if each.isdigit()))
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)


def _from_whole(encoder: Encoder, each: _Cell, cell: Expr, layer: int) -> Expr:
    engine, kind = encoder.engine, each.kind
    quanta, bits = kind.quanta, encoder.bits(each.declared)
    least, most = kind.bounds
    first, last = _ends(each.dtype)

    def number(value: int) -> Expr:
        return engine.typed(value, each.dtype)

    fits: list[Expr] = []
    for start, end in _spans(kind):
        # In whole units, and no further than the column's own type goes.
        low = max(-(-max(start, least) // quanta), first)
        high = min(min(end, most) // quanta, last)
        if low == high:
            fits.append(cell == number(low))
        elif low < high:
            above = [cell >= number(low)] if low > first else []
            below = [cell <= number(high)] if high < last else []
            fits.append(_all([*above, *below]) if above or below else engine.there(cell))
    inside = _any(fits or [engine.truth(verdict=False)])
    right = encoder.own(layer, engine.missing(cell) | inside)
    encoder.check("out-of-range", each.path, right, kind.expects, each.cell)
    kept = engine.cast(engine.when(right, cell), bits)
    if quanta != 1:
        kept = kept * engine.whole(quanta, bits)
    encoder.store(each, layer + 1, kept)
    return engine.there(cell)


def _all(truths: Sequence[Expr]) -> Expr:
    found = truths[0]
    for each in truths[1:]:
        found = found & each
    return found


def _any(truths: Sequence[Expr]) -> Expr:
    found = truths[0]
    for each in truths[1:]:
        found = found | each
    return found


def _spans(kind: Any) -> list[tuple[int, int]]:
    """Return the quanta that a numeric field takes, as closed spans."""
    if isinstance(kind, Number) and kind.one_of:
        quanta = [each * kind.quanta for each in kind.one_of]
        return [(int(each), int(each)) for each in quanta if each.denominator == 1]
    least, most = kind.bounds
    if isinstance(kind, Amount) and kind.range.low is not None:
        return [(0, 0), (max(ceil(kind.range.low * kind.quanta), 1), most)]
    return [(least, most)]


def _from_double(encoder: Encoder, each: _Cell, cell: Expr, layer: int) -> Expr:
    """Read a double x of p places: r = round(x·10^p), if r/10^p is x and |r| < 2**53.

    The codes are those of `fields`: 1 for `not-finite`, 2 for `out-of-range`, 3 for
    `not-exact`, 0 for none of them.
    """
    engine, kind = encoder.engine, each.kind
    double, whole = engine.double, engine.whole
    narrow = engine.widths[0]

    def within(real: Expr, end: float) -> Expr:
        return (real < double(end)) & (real > double(-end))

    def sure(truth: Expr) -> Expr:
        return engine.when(engine.missing(truth), engine.truth(verdict=False), truth)

    x = cell
    if not isinstance(each.dtype, nw.Float64):
        x, layer = encoder.own(layer, engine.as_double(cell)), layer + 1
    scale = float(kind.quanta)
    y = encoder.own(layer, engine.when(within(x, DOUBLES / scale), x * double(scale)))
    r = encoder.own(layer + 1, _rounded(engine, y, max(map(abs, kind.bounds))))
    spans = [(r >= double(float(low))) & (r <= double(float(high))) for low, high in _spans(kind)]
    exact = sure(engine.ratio(r, double(scale)) == x)
    right = engine.when(_any(spans), whole(0, narrow), whole(2, narrow))
    code = engine.when(exact, right, whole(3, narrow))
    code = engine.when(within(x, _HUGE), code, whole(2, narrow))
    code = engine.when(within(x, _FINITE), code, whole(1, narrow))
    code = encoder.own(layer + 2, engine.when(engine.missing(x), whole(0, narrow), code))
    for number, name in enumerate(("not-finite", "out-of-range", "not-exact"), 1):
        holds = ~(code == whole(number, narrow))
        encoder.check(name, each.path, holds, kind.expects, each.cell)
    kept = engine.from_double(engine.when(code == whole(0, narrow), r))
    encoder.store(each, layer + 3, engine.cast(kept, encoder.bits(each.declared)))
    return engine.there(cell)


def _rounded(engine: Engine, y: Expr, largest: int) -> Expr:
    """Return a double rounded to the nearest whole number.

    Ties matter only where doubles are so coarse that a whole number of quanta can be half a
    quantum away; there they go to the even number, as in Python.
    """
    below, half, one = engine.floor(y), engine.double(0.5), engine.double(1.0)
    rest = y - below
    if largest < _FINE:
        return engine.when(rest >= half, below + one, below)
    even = engine.floor(below * half) * engine.double(2.0) == below
    up = (rest > half) | ((rest == half) & ~even)
    return engine.when(up, below + one, below)


def _apart(kind: Any, dtype: Any) -> bool:
    """Say whether decimals of a type, within a field's range, stay apart as doubles."""
    ends = getattr(kind, "bounds", None)
    if ends is None:
        return True
    whole = max(abs(end) // kind.quanta for end in ends)
    return len(str(whole)) + int(getattr(dtype, "scale", 0) or 0) <= _DIGITS


def _way(kind: Field) -> tuple[Callable[[Encoder, _Cell], Expr], tuple[str, ...]]:
    """Return how a field's column is read, and what the column may hold."""
    if isinstance(kind, Flag):
        return _flag, ("truth",)
    if isinstance(kind, Choice):
        return _choice, ("text", "named")
    if isinstance(kind, Date):
        return _date, ("date",)
    if isinstance(kind, Text):
        return _text, ("text", "named")
    return _number, ("whole", "real", "decimal")


_WORDS = {
    "truth": "truths",
    "text": "text",
    "named": "categories",
    "date": "dates",
    "whole": "whole numbers",
    "real": "doubles",
    "decimal": "decimals",
}
