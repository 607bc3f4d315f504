"""Columns in SQL: one statement, printed from the graph, for DuckDB, Spark and other databases.

Narwhals builds the plans of SQL engines slowly (measured: seconds for 214 rules), so for
DuckDB and Spark the statement is printed here. A step on the way is a common table
expression; the engine does the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from attrs import evolve, field, frozen

from rubric_engine.columns import Fold
from rubric_engine.dialect import Expr, Layer
from rubric_engine.errors import InvalidFrame, MissingLibrary, Problem, nearest_name
from rubric_engine.fields import shown

__all__ = [
    "DIALECTS",
    "Declared",
    "Dialect",
    "Sql",
    "SqlFrames",
    "SqlTable",
    "dialect_of",
    "translated",
]


#: Up to so many steps are one statement for Spark.
_MOST_STEPS = 40


@frozen
class Dialect:
    """What SQL engines write each in their own way."""

    name: str
    #: What stands around a name; within, it is doubled.
    quote: str
    #: The types of whole numbers by their width.
    integers: Mapping[int, str]
    #: A whole number of 64 bits, and a quotient rounded towards zero.
    wide: Callable[[int], str]
    quotient: Callable[[str, str], str]
    #: A double.
    double: Callable[[float], str]
    #: The type of texts, and a text within quotes.
    string: str
    text: Callable[[str], str]
    #: The sum of a column in 64 bits, null where it does not fit.
    sum: str
    #: The item of a list, {1} from 0 or {2} from 1, and how many it has.
    item: str
    size: str

    def named(self, name: str) -> str:
        """Return a name as it is written."""
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"


def _signed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_DUCKDB = Dialect(
    "duckdb",
    '"',
    {16: "SMALLINT", 32: "INTEGER", 64: "BIGINT"},
    lambda number: f"CAST({number} AS BIGINT)",
    lambda dividend, divisor: f"({dividend} // {divisor})",
    lambda number: _signed(repr(number) if "e" in repr(number) else f"{number!r}e0"),
    "VARCHAR",
    _quoted,
    "TRY_CAST(SUM({0}) AS BIGINT)",
    "list_extract({0}, {2})",
    "len",
)
_SPARK = Dialect(
    "spark",
    "`",
    {16: "SMALLINT", 32: "INT", 64: "BIGINT"},
    lambda number: f"{number}L" if number >= 0 else f"({number}L)",
    lambda dividend, divisor: f"({dividend} div {divisor})",
    lambda number: _signed(f"{number!r}D"),
    "STRING",
    _escaped,
    "TRY_SUM({0})",
    "get({0}, {1})",
    "array_size",
)

#: The dialects that are printed, by name.
DIALECTS: dict[str, Dialect] = {each.name: each for each in (_DUCKDB, _SPARK)}


def dialect_of(frame: Any) -> Dialect | None:
    """Return the dialect of a Narwhals frame that is scored by a statement, or None."""
    implementation = frame.implementation
    if implementation.is_duckdb():
        return _DUCKDB
    return _SPARK if implementation.is_pyspark() else None


@frozen(eq=False)
class Sql:
    """An expression as text; whatever it stands in, it keeps together."""

    text: str

    def _with(self, sign: str, other: Sql) -> Sql:
        return Sql(f"({self.text} {sign} {other.text})")

    def __add__(self, other: Sql) -> Sql:
        return self._with("+", other)

    def __sub__(self, other: Sql) -> Sql:
        return self._with("-", other)

    def __mul__(self, other: Sql) -> Sql:
        return self._with("*", other)

    def __lt__(self, other: Sql) -> Sql:
        return self._with("<", other)

    def __le__(self, other: Sql) -> Sql:
        return self._with("<=", other)

    def __gt__(self, other: Sql) -> Sql:
        return self._with(">", other)

    def __ge__(self, other: Sql) -> Sql:
        return self._with(">=", other)

    def __eq__(self, other: Sql) -> Sql:  # type: ignore[override]  # because it writes `=`
        return self._with("=", other)

    __hash__ = None  # type: ignore[assignment]  # because equality says nothing of the texts

    def __and__(self, other: Sql) -> Sql:
        return self._with("AND", other)

    def __or__(self, other: Sql) -> Sql:
        return self._with("OR", other)

    def __invert__(self) -> Sql:
        return Sql(f"(NOT {self.text})")


@frozen
class _Expressions:
    """Writes expressions of SQL."""

    dialect: Dialect
    widths: tuple[int, ...] = (32, 64)

    def column(self, name: str) -> Sql:
        return Sql(self.dialect.named(name))

    def whole(self, number: int, bits: int) -> Sql:
        if bits == 64:
            return Sql(self.dialect.wide(number))
        return Sql(str(number) if number >= 0 else f"({number})")

    def truth(self, verdict: bool) -> Sql:  # noqa: FBT001 - the verdict is the point
        return Sql("TRUE" if verdict else "FALSE")

    def text(self, text: str) -> Sql:
        return Sql(self.dialect.text(text))

    def when(self, condition: Expr, then: Expr, otherwise: Expr | None = None) -> Sql:
        tail = "" if otherwise is None else f" ELSE {otherwise.text}"
        return Sql(f"CASE WHEN {condition.text} THEN {then.text}{tail} END")

    def cast(self, number: Expr, bits: int) -> Sql:
        return Sql(f"CAST({number.text} AS {self.dialect.integers[bits]})")

    def real(self, number: Expr) -> Sql:
        return Sql(f"CAST({number.text} AS DOUBLE)")

    def ratio(self, dividend: Expr, divisor: Expr) -> Sql:
        return Sql(f"({dividend.text} / {divisor.text})")

    def missing(self, expression: Expr) -> Sql:
        return Sql(f"({expression.text} IS NULL)")

    def there(self, expression: Expr) -> Sql:
        return Sql(f"({expression.text} IS NOT NULL)")

    def least(self, left: Expr, right: Expr) -> Sql:
        return Sql(f"LEAST({left.text}, {right.text})")

    def greatest(self, left: Expr, right: Expr) -> Sql:
        return Sql(f"GREATEST({left.text}, {right.text})")

    def quotient(self, natural: Expr, divisor: Expr, largest: int) -> Sql:
        return Sql(self.dialect.quotient(natural.text, divisor.text))

    def every(self, truths: Sequence[Expr]) -> Sql:
        return Sql("(" + " AND ".join(each.text for each in truths) + ")")

    # What reads cells of any type: see `encode`.

    def typed(self, number: int, dtype: Any) -> Sql:
        return self.whole(number, 32 if abs(number) < 2**31 else 64)

    def double(self, number: float) -> Sql:
        return Sql(self.dialect.double(number))

    def floor(self, real: Expr) -> Sql:
        return Sql(f"CAST(FLOOR({real.text}) AS DOUBLE)")

    def from_double(self, real: Expr) -> Sql:
        return self.cast(real, 64)

    def as_double(self, number: Expr) -> Sql:
        return self.real(number)

    def as_text(self, value: Expr) -> Sql:
        return Sql(f"CAST({value.text} AS {self.dialect.string})")

    def part(self, day: Expr, part: str) -> Sql:
        return self.cast(Sql(f"EXTRACT({part.upper()} FROM {day.text})"), 64)

    def match(self, text: Expr, numbers: Mapping[str, int], bits: int) -> Sql:
        whens = "".join(
            f" WHEN {self.dialect.text(name)} THEN {self.whole(number, bits).text}"
            for name, number in numbers.items()
        )
        return Sql(f"CASE {text.text}{whens} END")

    def contains(self, text: Expr, part: str) -> Sql:
        return Sql(f"CONTAINS({text.text}, {self.dialect.text(part)})")

    def joined(self, parts: Sequence[Expr]) -> Sql:
        return Sql("(" + " || ".join(each.text for each in parts) + ")")

    def length(self, text: Expr) -> Sql:
        return self.cast(Sql(f"LENGTH({text.text})"), 64)

    def item(self, values: Expr, place: int) -> Sql:
        return Sql(self.dialect.item.format(values.text, place, place + 1))

    def size(self, values: Expr) -> Sql:
        return self.cast(Sql(f"{self.dialect.size}({values.text})"), 64)


@frozen
class _Statement:
    """The steps of a statement so far, in order, and the frames it reads."""

    steps: dict[str, str] = field(factory=dict)
    sources: dict[str, Any] = field(factory=dict)

    def add(self, text: str) -> str:
        name = f"step_{len(self.steps) + 1}"
        self.steps[name] = text
        return name


@frozen
class SqlTable:
    """A step of a statement: what is there, by the name of the step."""

    dialect: Dialect
    statement: _Statement
    name: str

    #: What was chosen of one source, step by step, if that was all.
    chosen: tuple[str, ...] | None = ()

    def _step(self, text: str) -> Self:
        return evolve(self, name=self.statement.add(text), chosen=None)

    def _chosen(self, listed: str) -> Self:
        chosen = None if self.chosen is None else (*self.chosen, listed)
        return evolve(self._step(f"SELECT {listed} FROM {self.name}"), chosen=chosen)

    def _listed(self, columns: Layer) -> str:
        named = self.dialect.named
        return ", ".join(
            each.text if each.text == named(name) else f"{each.text} AS {named(name)}"
            for name, each in columns.items()
        )

    def with_columns(self, columns: Layer) -> Self:
        if not columns:
            return self
        return self._chosen(f"*, {self._listed(columns)}")

    def select(self, columns: Layer) -> Self:
        return self._chosen(self._listed(columns))

    def where(self, condition: Expr) -> Self:
        return self._step(f"SELECT * FROM {self.name} WHERE {condition.text}")

    def followed(self, others: Sequence[Self]) -> Self:
        """Return the rows of this and of others with the same columns."""
        if not others:
            return self
        names = [self.name, *(each.name for each in others)]
        return self._step(" UNION ALL ".join(f"SELECT * FROM {each}" for each in names))

    def join(self, other: Self, key: str, *, inner: bool = False) -> Self:
        how = "JOIN" if inner else "LEFT JOIN"
        text = f"SELECT * FROM {self.name} {how} {other.name} USING ({self.dialect.named(key)})"
        return self._step(text)

    def grouped(self, key: str, folds: Mapping[str, tuple[Fold, str]]) -> Self:
        named, wide = self.dialect.named, self.dialect.integers[64]
        functions = {"least": "MIN({0})", "greatest": "MAX({0})", "count": "COUNT({0})"}
        functions["sum"] = self.dialect.sum
        written = {name: functions[fold].format(named(of)) for name, (fold, of) in folds.items()}
        made = "".join(
            f", {text} AS {named(name)}"
            if folds[name][0] == "sum"
            else f", CAST({text} AS {wide}) AS {named(name)}"
            for name, text in written.items()
        )
        return self._step(f"SELECT {named(key)}{made} FROM {self.name} GROUP BY {named(key)}")

    def ranked(self, of: str, by: Sequence[str], rank: str, many: str) -> Self:
        named, wide = self.dialect.named, self.dialect.integers[64]
        among = "PARTITION BY " + ", ".join(map(named, by))
        value = named(of)
        # Missing values come last, so they do not count in the ranks of the others.
        order = f"ORDER BY {value} ASC NULLS LAST"
        number = f"CASE WHEN {value} IS NOT NULL THEN ROW_NUMBER() OVER ({among} {order}) END"
        return self._step(
            f"SELECT *, CAST({number} AS {wide}) AS {named(rank)},"
            f" CAST(COUNT({value}) OVER ({among}) AS {wide}) AS {named(many)} FROM {self.name}"
        )

    def printed(self) -> str:
        """Return the statement that gives what this step has."""
        steps = ",\n".join(f"{name} AS (\n{text}\n)" for name, text in self.statement.steps.items())
        return f"WITH {steps}\nSELECT * FROM {self.name}"


@frozen
class Declared:
    """A table of a database that nobody has opened: its name, and the types of its columns."""

    dialect: Dialect
    name: str
    types: Mapping[str, Any]
    #: As of a frame that Narwhals knows.
    implementation: str = "sql"

    @property
    def named(self) -> str:
        """The name as it is written, each part of it within quotes."""
        return ".".join(map(self.dialect.named, self.name.split(".")))

    def collect_schema(self) -> Any:
        """Return the types of the columns."""
        import narwhals as nw

        return nw.Schema(self.types)


def translated(text: str, dialect: str) -> str:
    """Return a statement of DuckDB's in another dialect; raises `MissingLibrary`."""
    try:
        import sqlglot
    except ImportError:
        expected = 'sqlglot: pip install "rubric-engine[sql]"'
        raise MissingLibrary([Problem("missing-library", dialect, expected)]) from None
    known = {each.value for each in sqlglot.Dialects if each.value}
    if dialect not in known:
        near = nearest_name(dialect, known)
        expected = "one of " + ", ".join(sorted(known))
        raise InvalidFrame([Problem("unknown-value", "dialect", expected, shown(dialect), near)])
    return str(sqlglot.transpile(text, read="duckdb", write=dialect, pretty=True)[0])


@frozen
class SqlFrames:
    """Opens and closes what a statement is run on."""

    dialect: Dialect
    #: The columns of the frame of sheets.
    columns: Sequence[str]
    statement: _Statement = field(factory=_Statement)

    @property
    def engine(self) -> _Expressions:
        """What writes expressions."""
        return _Expressions(self.dialect)

    def source(self, name: str, frame: Any = None) -> SqlTable:
        """Return a table that is there, as a step."""
        self.statement.sources[name] = frame
        return SqlTable(self.dialect, self.statement, name)

    def opened(
        self, frame: Any, name: str, used: Sequence[str], key: str | None
    ) -> tuple[SqlTable, Mapping[str, str]]:
        """Return a table of a caller's frame; see `Framing`."""
        names = {each: each for each in (*used, *([key] if key else []))}
        if isinstance(frame, Declared):
            return SqlTable(self.dialect, self.statement, frame.named), names
        return self.source(f"source_{name}", frame.to_native()), names

    def closed(self, table: SqlTable, frame: Any, outputs: Layer) -> Any:
        """Return a frame of what the statement gives, not run yet."""
        kept = {each: self.engine.column(each) for each in self.columns}
        return self.told(table.select({**kept, **outputs}))

    def told(self, table: SqlTable) -> Any:
        """Return a frame of its own, not run yet."""
        import narwhals as nw

        return nw.from_native(_RUN[self.dialect.name](table, self.statement.sources))


def _in_duckdb(table: SqlTable, sources: Mapping[str, Any]) -> Any:
    name, first = next(iter(sources.items()))
    if table.chosen is not None:
        # DuckDB reads a statement several times, but one projection after the other once.
        for listed in table.chosen:
            first = first.project(listed)
        return first
    text = table.printed()
    if len(sources) == 1:
        return first.query(name, text)
    # DuckDB finds the other relations as variables of the code that asks for the query.
    asked = "first.query(name, text)"
    return eval(asked, {**sources, "first": first, "name": name, "text": text})  # noqa: S307 - of a constant


def _in_spark(table: SqlTable, sources: Mapping[str, Any]) -> Any:
    session = next(iter(sources.values())).sparkSession
    if len(table.statement.steps) <= _MOST_STEPS:
        return _asked_of_spark(session, table.printed(), sources)
    # Spark resolves a statement in at most 100 rounds, one for each step on another.
    frames = dict(sources)
    for name, text in table.statement.steps.items():
        frames[name] = _asked_of_spark(session, text, frames)
    return frames[table.name]


def _asked_of_spark(session: Any, text: str, frames: Mapping[str, Any]) -> Any:
    """Return what a statement gives that names data frames where tables stand."""
    named = set(re.findall(r"\b(?:FROM|JOIN) (\w+)", text)) & set(frames)
    text = text.replace("{", "{{").replace("}", "}}")
    text = re.sub(
        r"\b(FROM|JOIN) (\w+)",
        lambda found: f"{found[1]} {{{found[2]}}}" if found[2] in named else found[0],
        text,
    )
    return session.sql(text, **{name: frames[name] for name in named})


_RUN: dict[str, Callable[[SqlTable, Mapping[str, Any]], Any]] = {
    "duckdb": _in_duckdb,
    "spark": _in_spark,
}
