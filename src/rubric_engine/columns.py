"""The interpreter of a graph for many sheets: columns over frames, in any engine.

`Sheets` holds a frame of sheets, and a frame for the rows of each table, and adds the values
of a graph as columns: layer by layer, nothing collected, no row visited. What an operation
means in columns stands in `dialect`; how an engine moves rows, in `dataframes` (Narwhals)
and `sql` (one statement).

The rows of a table stand in a frame of their own, where values of rows are columns as well.
Graphs with folds come in stages: a stage's folds are grouped by the key of the sheet and
joined to the sheets, and what rows use of a sheet is joined to them in turn. There is no
order of rows after a join or a group, so nothing heeds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, Self

from attrs import define, field

from rubric_engine.dialect import Engine, Expr, Layer, Stored, Writer, bits_of, layers
from rubric_engine.graph import FOLDS, Op, Value, reachable
from rubric_engine.lower import LARGEST

__all__ = ["Fold", "Framing", "Sheets", "Table", "free_prefix", "refuse_taken", "with_values"]

Fold = Literal["sum", "least", "greatest", "count"]


class Table(Protocol):
    """A frame on the way: each method returns it with more, or fewer, columns."""

    def with_columns(self, columns: Layer) -> Self:
        """Add columns that rest on those there."""

    def select(self, columns: Layer) -> Self:
        """Keep only these."""

    def where(self, condition: Expr) -> Self:
        """Keep only the rows where it holds."""

    def followed(self, others: Sequence[Self]) -> Self:
        """Return the rows of this and of others with the same columns."""

    def join(self, other: Self, key: str, *, inner: bool = False) -> Self:
        """Add the columns of another by the same key; rows without match stay, or not."""

    def grouped(self, key: str, folds: Mapping[str, tuple[Fold, str]]) -> Self:
        """Return one row for each key, with folds over columns."""

    def ranked(self, of: str, by: Sequence[str], rank: str, many: str) -> Self:
        """Add the rank of a value among those known of its group, and their number.

        Integers of 64 bits; ranks count from 1, ties in any order; nothing known of the rank
        where the value is missing.
        """


class Framing(Protocol):
    """A kind of frame: the engine that writes for it, and how frames are opened and closed."""

    @property
    def engine(self) -> Engine:
        """What writes expressions for it."""

    def opened(
        self, frame: Any, name: str, used: Sequence[str], key: str | None
    ) -> tuple[Any, Mapping[str, str]]:
        """Return a table of a caller's frame, and where it has the columns used.

        With a key the table is ready for joins, and has it under its name in the mapping.
        """

    def closed(self, table: Any, frame: Any, outputs: Layer) -> Any:
        """Return the caller's frame with more columns."""


@define
class Sheets:
    """The sheets of a population on the way: frames, and where values stand in them."""

    engine: Engine
    sheets: Any
    #: The frames of the rows, by the number of their table.
    rows: dict[int, Any]
    #: Columns of our own begin with it.
    prefix: str
    #: Where values of sheets stand, and those that stand beside rows.
    stored: dict[int, Stored] = field(factory=dict)
    stored_rows: dict[int, dict[int, Stored]] = field(factory=dict)
    #: By the number of a table, the column that says where its rows are as declared; folds
    #: over others are missing, so that no fold leaves its proven interval.
    sound: dict[int, str] = field(factory=dict)
    #: How often what was worked out was forgotten.
    _forgotten: int = 0

    @property
    def key(self) -> str:
        """The column that says whose a row is, in each frame."""
        return f"{self.prefix}key"

    @property
    def writer(self) -> Writer:
        """What writes values over the sheets."""
        return Writer(self.engine, self.stored)

    def name(self, value: Value) -> str:
        """Return the name of a value's own column."""
        return self._part("v", value)

    def forget(
        self, stored: Mapping[int, Stored], rows: Mapping[int, Mapping[int, Stored]]
    ) -> None:
        """Go back to what stood before; what was worked out since will be so anew."""
        self._forgotten += 1
        self.stored = dict(stored)
        self.stored_rows = {number: dict(each) for number, each in rows.items()}

    def add(self, columns: Layer) -> None:
        """Add columns to the sheets, if any."""
        if columns:
            self.sheets = self.sheets.with_columns(columns)

    def compute(self, roots: Iterable[Value]) -> None:
        """Work out values of the sheets; they then stand in columns, or are written in place.

        Values that stand already are not worked out again. Rows join the sheets of the first
        stage that has what they use, so that a lazy plan does not hold itself more often than
        it must.
        """
        wanted = [each for each in roots if each.op is not Op.CONSTANT]
        values = self._open(wanted)
        stages = _stages(values)
        needed = {each.index for each in wanted} | _met_later(values, stages)
        for stage in range(max(stages.values(), default=0) + 1):
            here = [each for each in values if stages[each.index] == stage]
            folds = [each for each in here if each.op in FOLDS]
            for number in self.rows:
                over = [each for each in folds if each.data[0] == number]
                if over:
                    self._fold(number, over)
            of_sheets = [each for each in here if each.table is None and each.op not in FOLDS]
            for layer in layers(self.engine, of_sheets, needed, self.stored, self.name):
                self.add(layer)
            for number in self.rows:
                used = _used_by_rows(values, number)
                self._lend(number, [v for v in used if stages.get(v.index, 0) == stage])
                of_rows = [each for each in here if each.table == number]
                stored = self.stored_rows[number]
                for layer in layers(self.engine, of_rows, needed, stored, self.name):
                    self.rows[number] = self.rows[number].with_columns(layer)

    def _open(self, roots: Sequence[Value]) -> list[Value]:
        """Return the values that are not there yet, arguments first."""
        found: dict[int, Value] = {}
        waiting = list(roots)
        while waiting:
            value = waiting.pop()
            there = value.op in (Op.CONSTANT, Op.INPUT) or value.index in found
            if there or value.index in self._stored(value):
                continue
            found[value.index] = value
            waiting.extend(value.args)
        return [found[index] for index in sorted(found)]

    def _stored(self, value: Value) -> dict[int, Stored]:
        return self.stored if value.table is None else self.stored_rows[value.table]

    def _lend(self, number: int, values: Sequence[Value]) -> None:
        """Join values of the sheets to the rows; rows of nobody are left out."""
        stored = self.stored_rows[number]
        lent = [each for each in values if each.index not in stored]
        if not lent:
            return
        columns = {self.key: self.engine.column(self.key)}
        for each in lent:
            name = self._part("lent", each)
            columns[name] = self.writer.of(each)
            stored[each.index] = Stored(name, self.writer.bits(each))
        self.rows[number] = self.rows[number].join(
            self.sheets.select(columns), self.key, inner=True
        )

    def _fold(self, number: int, folds: Sequence[Value]) -> None:
        """Join folds over the rows of one table to the sheets."""
        engine, writer = self.engine, Writer(self.engine, self.stored_rows[number])
        ordered = [each for each in folds if each.op in _KEPT]
        columns: Layer = {self.key: engine.column(self.key)}
        for each in folds:
            columns[self._part("of", each)] = _whole_number(writer, each.args[-1])
            if each.op is Op.ROWS_BEST:
                columns[self._part("per", each)] = writer.of(each.args[0])
        rows = self.rows[number].select(columns)
        for each in ordered:
            of, rank, many = (self._part(part, each) for part in ("of", "rank", "many"))
            per = [self._part("per", each)] if each.op is Op.ROWS_BEST else []
            rows = rows.ranked(of, [self.key, *per], rank, many)
        kept = {self._part("kept", each): self._kept(each) for each in ordered}
        if kept:
            rows = rows.with_columns(kept)
        parts: dict[str, tuple[Fold, str]] = {}
        for each in folds:
            of = self._part("kept" if each.op in _KEPT else "of", each)
            parts[self._part("total", each)] = (_FOLDED.get(each.op, "sum"), of)
            if each.op in (Op.ROWS_TRIMMED, Op.ROWS_MEDIAN):
                parts[self._part("left", each)] = ("count", of)
        grouped = rows.grouped(self.key, parts)
        results = {self._part("fold", each): self._result(each) for each in folds}
        grouped = grouped.select({self.key: engine.column(self.key), **results})
        self.sheets = self.sheets.join(grouped, self.key)
        named: Layer = {}
        for each in folds:
            bits = self._bits(each)
            found = engine.column(self._part("fold", each))
            if each.op in (Op.ROWS_SUM, Op.ROWS_BEST):
                found = engine.when(engine.missing(found), engine.whole(0, bits), found)
            if number in self.sound:
                found = engine.when(engine.column(self.sound[number]), found)
            named[self.name(each)] = found
            self.stored[each.index] = Stored(self.name(each), bits)
        self.add(named)

    def _part(self, part: str, value: Value) -> str:
        """Return the name of a column of our own, for a part of a value's work."""
        return f"{self.prefix}{part}{'_' * self._forgotten}{value.index}"

    def _bits(self, fold: Value) -> int:
        return bits_of(fold.interval.low, fold.interval.high, self.engine.widths)

    def _kept(self, fold: Value) -> Expr:
        """Return what a row adds to the sum that such a fold is, missing if nothing."""
        parts = [self.engine.column(self._part(part, fold)) for part in ("of", "rank", "many")]
        return _KEPT[fold.op](self.engine, fold, *parts)

    def _result(self, fold: Value) -> Expr:
        """Return a fold from its parts."""
        engine = self.engine
        found = engine.column(self._part("total", fold))
        if fold.op in (Op.ROWS_TRIMMED, Op.ROWS_MEDIAN):
            left = engine.column(self._part("left", fold))
            found = engine.when(left > engine.whole(0, 64), found)
        return engine.cast(found, self._bits(fold))


def _stages(values: Sequence[Value]) -> dict[int, int]:
    """Return how many folds stand one after the other below a value and in it."""
    stages: dict[int, int] = {}
    for value in values:
        before = max((stages.get(each.index, 0) for each in value.args), default=0)
        stages[value.index] = before + (value.op in FOLDS)
    return stages


def _met_later(values: Sequence[Value], stages: Mapping[int, int]) -> set[int]:
    """Return the values that another stage, or another frame, uses."""
    return {
        each.index
        for value in values
        for each in value.args
        if value.op in FOLDS
        or value.table != each.table
        or stages.get(each.index) != stages[value.index]
    }


def _used_by_rows(values: Sequence[Value], number: int) -> list[Value]:
    """Return the values of the sheet that the rows of a table, or folds over them, use."""
    used: dict[int, Value] = {}
    for value in values:
        if (value.data[0] if value.op in FOLDS else value.table) == number:
            sheets = (each for each in value.args if each.table is None)
            used.update((each.index, each) for each in sheets if each.op is not Op.CONSTANT)
    return list(used.values())


def _whole_number(writer: Writer, value: Value) -> Expr:
    """Return what a fold goes over; a truth as 0 or 1."""
    engine = writer.engine
    if value.kind != "truth":
        return writer.of(value, 64)
    counted = engine.when(writer.of(value), engine.whole(1, 64), engine.whole(0, 64))
    return writer.where_known([value], counted)


def _kept_of_trimmed(engine: Engine, fold: Value, of: Expr, rank: Expr, many: Expr) -> Expr:
    drop = engine.whole(fold.data[3], 64)
    return engine.when((rank > drop) & (rank <= many - drop), of)


def _kept_of_median(engine: Engine, fold: Value, of: Expr, rank: Expr, many: Expr) -> Expr:
    """Return the middle value twice, or either of the two in the middle."""
    twice = rank + rank
    one = engine.when((twice == many) | (twice == many + engine.whole(2, 64)), of)
    return engine.when(twice == many + engine.whole(1, 64), of + of, one)


def _kept_of_best(engine: Engine, fold: Value, of: Expr, rank: Expr, many: Expr) -> Expr:
    return engine.when(rank == many, of)


#: The folds that are sums of what some rows have by the rank of their value.
_KEPT = {
    Op.ROWS_TRIMMED: _kept_of_trimmed,
    Op.ROWS_MEDIAN: _kept_of_median,
    Op.ROWS_BEST: _kept_of_best,
}
_FOLDED: dict[Op, Fold] = {Op.ROWS_LEAST: "least", Op.ROWS_GREATEST: "greatest"}


def free_prefix(taken: Iterable[str]) -> str:
    """Return what no column begins with."""
    folded = [each.casefold() for each in taken]
    prefix = "_"
    while any(each.startswith(prefix) for each in folded):
        prefix += "_"
    return prefix


def refuse_taken(taken: Iterable[str], names: Iterable[str]) -> None:
    """Refuse a name that is a column's already; several engines ignore case."""
    folded = {each.casefold() for each in taken}
    for name in names:
        if name.casefold() in folded:
            msg = f"the frame has a column {name!r} already"
            raise ValueError(msg)
        folded.add(name.casefold())


def with_values(
    frame: Any,
    inputs: Sequence[str],
    roots: Mapping[str, Value],
    *,
    key: str | None = None,
    rows: Mapping[int, Any] | None = None,
) -> Any:
    """Return a Narwhals frame with one more column for each root, named by its key.

    The column `inputs[i]` holds input i of the graph: 64-bit integers, truths, or for a
    text anything that is there or null; in `frame` for an input of the sheet, and for one
    of rows in the frame that `rows` has under the number of its table. Every frame then has
    the column `key`, of one type, which says whose a row is: unique and never null in
    `frame`. Rows stand in any order, those of nobody in `frame` do not matter, and nobody has
    more of them than the table was declared with, which is not looked at. An eager frame
    keeps the order of its rows; of a lazy frame there is none.

    Raises `ValueError` for a name that is taken, for a root with a value for each row of a
    table, for a table without its frame, and for keys of an eager frame that are not unique;
    `OverflowError` for values that 64 bits could not hold; and `TypeError` for frames of
    different kinds, for pandas and for what is built on it, which hold missing integers as
    floats: go through `to_arrow`.
    """
    from rubric_engine.dataframes import framing_of

    columns = frame.collect_schema().names()
    refuse_taken(columns, roots)
    values = reachable(roots.values())
    for each in values:
        if max(-each.interval.low, each.interval.high) >= LARGEST:
            msg = f"a value can be {each.interval}, which is too large for columns"
            raise OverflowError(msg)
    numbers = sorted({each.data[0] for each in values if each.op in FOLDS})
    tables = bool(numbers) or any(each.table is not None for each in values)
    for name, value in roots.items():
        if value.table is not None:
            msg = f"{name!r} has a value for each row of table {value.table}, not one for a sheet"
            raise ValueError(msg)
    framing = framing_of(frame)
    _refuse_rows(frame, key, numbers, rows or {})

    def opened(each: Any, number: int | None) -> tuple[Any, dict[int, Stored]]:
        own = [v for v in values if v.op is Op.INPUT and v.table == number]
        used = list(dict.fromkeys(inputs[v.data[0]] for v in own))
        name = "sheets" if number is None else f"rows{number}"
        table, places = framing.opened(each, name, used, key if tables else None)
        stored = {
            v.index: Stored(places[inputs[v.data[0]]], 64 if v.kind == "integer" else 0)
            for v in own
        }
        if tables:
            key_column = framing.engine.column(places[str(key)])
            table = table.with_columns({f"{prefix}key": key_column})
        return table, stored

    prefix = free_prefix(columns)
    sheets, stored = opened(frame, None)
    state = Sheets(framing.engine, sheets, {}, prefix, stored)
    for number in numbers:
        table, own = opened((rows or {})[number], number)
        kept = {each.name: framing.engine.column(each.name) for each in own.values()}
        key_column = framing.engine.column(state.key)
        state.rows[number] = table.select({state.key: key_column, **kept})
        state.stored_rows[number] = own
    state.compute(roots.values())
    outputs = {
        name: state.writer.of(value, 64 if value.kind == "integer" else 0)
        for name, value in roots.items()
    }
    return framing.closed(state.sheets, frame, outputs)


def _refuse_rows(
    frame: Any, key: str | None, tables: Sequence[int], rows: Mapping[int, Any]
) -> None:
    """Refuse what cannot be joined."""
    for number in tables:
        if key is None or number not in rows:
            msg = f"folds over table {number} need `key`, and a frame of its rows in `rows`"
            raise ValueError(msg)
        one, other = rows[number], frame
        if type(one) is not type(other) or one.implementation is not other.implementation:
            kinds = [f"{type(each).__name__} of {each.implementation}" for each in (other, one)]
            msg = f"the sheets are a {kinds[0]}, the rows of table {number} a {kinds[1]}"
            raise TypeError(msg)
