"""A population from file to file: Parquet or CSV, read, scored and written by one engine.

Polars streams, DuckDB and Spark work within their own limits of memory; no row passes
through Python. A cell of a CSV file is a text. What the rubric asks for is typed here the way
`sheets` types it, and a cell that cannot be typed makes its row one that cannot be scored;
every other column is handed on as the text that it is.
"""

from __future__ import annotations

import csv
import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Protocol

import narwhals as nw
from attrs import frozen

from rubric_engine.columns import free_prefix
from rubric_engine.errors import InvalidEvidence, InvalidFrame, MissingLibrary, Problem
from rubric_engine.evaluation import program_of
from rubric_engine.frames import evaluate_frame, validate_frame
from rubric_engine.model import Rubric
from rubric_engine.population import declared_columns

__all__ = ["ENGINES", "Tally", "format_of", "score_files"]

Format = Literal["parquet", "csv"]

#: Decimals of so many digits stay apart as doubles; one sign more for a point or a minus.
_LONGEST_NUMBER = 16
_WHOLE = r"^-?[0-9]+(\.0+)?$"
_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
_TRUTH = r"^(?i:true|false)$"
#: A day that there is, with the leap years, so that no engine has to refuse one.
_DAY = (
    r"^([1-9][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    r"|([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29)$"
)


@frozen
class Tally:
    """How many rows were scored, and how many could not be, by what is wrong with them."""

    #: All rows of the result.
    rows: int
    #: The rows without a score, by the code in `status`; without that, all under "invalid".
    wrong: Mapping[str, int]


class _Engine(Protocol):
    """Reads and writes files; its frames are native ones."""

    def read(self, path: Path, form: Format) -> Any:
        """Return the frame of a file, or of a folder of Parquet files; a CSV's is all text."""

    def write(self, frame: Any, path: Path, form: Format) -> None:
        """Write a frame."""

    def fetched(self, frame: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a small frame."""


def format_of(path: Path) -> Format | None:
    """Return what a file is by its suffix, or None for neither; a folder holds Parquet."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return "csv"
    return "parquet" if suffix == ".parquet" or path.is_dir() else None


def score_files(  # noqa: PLR0913 - files and options of a call, all by name
    rubric: Rubric,
    engine: str,
    source: Path,
    target: Path,
    *,
    key: str | None = None,
    rows: Mapping[str, Path] | None = None,
    problems: Path | None = None,
    given: Mapping[str, Any] | None = None,
    methods: Literal["required"] | None = None,
    invalid: Literal["flag", "null"] = "flag",
    prefix: str = "",
    watch: Callable[[str], None] = lambda _: None,
    **options: Any,
) -> Tally:
    """Score the rows of a file into another, in an engine of `ENGINES`.

    Columns and results are those of `evaluate_frame`, and so are `options`. `source` is a
    Parquet or CSV file, or a folder of Parquet files; `rows` are of the same format.
    `target` takes its format from its suffix and appears once it is complete; Spark writes
    a folder. `problems` is where the frame of `validate_frame` goes, which needs `key`.
    `watch` is told each step. Of a CSV file for Spark, no name on the way has one of `*?[]{}`,
    which Spark takes for a pattern. Cells of CSV files that cannot be typed are told as
    `wrong-type`; numbers there have at most 15 digits.

    Raises what `evaluate_frame` raises; `InvalidEvidence` for files that the engine cannot
    read or write, told in its own words; `MissingLibrary`; and `OSError`.
    """
    with ENGINES[engine]() as made, _told_by(engine, source):
        watch(f"Reading {source.name}")
        tables = _Opened.of(made, rubric, source, key, rows or {})
        if program_of(rubric).lowered.figures:
            tables.refuse_wrong(made, source)
        inner = {path: each.frame for path, each in tables.rows.items()}
        asked: dict[str, Any] = {"key": key, "rows": inner, "given": given, "methods": methods}
        scored = tables.sheets.marked(
            lambda frame: evaluate_frame(
                rubric, frame, invalid=invalid, prefix=prefix, **asked, **options
            ),
            prefix,
        )
        watch(f"Scoring into {target.name}")
        _written(made, scored, target)
        if problems is not None:
            watch(f"Listing problems in {problems.name}")
            _written(made, tables.problems(rubric, asked), problems)
        watch("Counting")
        status = f"{prefix}status" if invalid == "flag" else None
        return _tally(made, target, status, f"{prefix}score")


# cells of CSV files


@frozen
class _Table:
    """A frame of a file, and, of a CSV file, its cells before they were typed."""

    frame: Any
    #: The frame with every cell as text, and for each typed column whether a cell is wrong.
    raw: Any = None
    wrong: Mapping[str, nw.Expr] = {}
    #: The column of `frame` that says whether any cell is wrong.
    mark: str | None = None

    @classmethod
    def of(cls, frame: Any, form: Format, kinds: Mapping[str, Any], poison: bool) -> _Table:  # noqa: FBT001 - a property of the table
        """Type a frame; with `poison`, a row with a wrong cell loses all its findings."""
        if form == "parquet":
            return cls(frame)
        raw: Any = nw.from_native(frame)
        names = [each for each in raw.collect_schema().names() if each in kinds]
        if not names:
            return cls(frame)
        column = _columns_of(raw)
        cells = {name: _Cell.of(column(name), kinds[name]) for name in names}
        wrong = {name: each.wrong for name, each in cells.items() if each.wrong is not None}
        mark = f"{free_prefix(raw.collect_schema().names())}wrong"
        typed = raw
        if wrong:
            typed = raw.with_columns(
                nw.any_horizontal(*wrong.values(), ignore_nulls=False).alias(mark)
            )
        good = ~nw.col(mark) if wrong and poison else None
        typed = typed.with_columns(
            (each.typed if good is None else nw.when(good).then(each.typed)).alias(name)
            for name, each in cells.items()
        )
        if wrong and poison:
            typed = typed.drop(mark)
        return cls(typed.to_native(), raw, wrong, mark if wrong and not poison else None)

    def marked(self, score: Callable[[Any], Any], prefix: str) -> Any:
        """Return the result of scoring, without scores where a cell is wrong."""
        if self.mark is None:
            return score(self.frame)
        whole: Any = nw.from_native(self.frame)
        before = set(whole.collect_schema().names())
        made: Any = nw.from_native(score(self.frame))
        column, bad = _columns_of(made), nw.col(self.mark)
        changed = []
        for name in made.collect_schema().names():
            if name in before or name.endswith(".scale"):
                continue
            found: nw.Expr = nw.when(~bad).then(column(name))
            if name == f"{prefix}status":
                found = nw.when(bad).then(nw.lit("wrong-type")).otherwise(column(name))
            changed.append(found.alias(name))
        return made.with_columns(*changed).drop(self.mark).to_native()

    def told(self, key: str, path: str) -> list[Any]:
        """Return frames of the cells that are wrong, as `validate_frame` has them."""
        if self.raw is None:
            return []
        column = _columns_of(self.raw)
        return [
            self.raw.filter(wrong).select(
                column(key).alias("key"),
                nw.lit(f"{path}{name}").alias("column"),
                nw.lit("wrong-type").alias("code"),
                column(name).alias("value"),
            )
            for name, wrong in self.wrong.items()
        ]


@frozen
class _Cell:
    """What the texts of a column say."""

    typed: nw.Expr
    #: Whether a text is none of the type; never missing. None where every text is right.
    wrong: nw.Expr | None = None

    @classmethod
    def of(cls, cell: nw.Expr, kind: Any) -> _Cell:
        """Type the texts of a column; a blank one is missing, whatever the type."""
        stripped = cell.str.strip_chars()
        text = nw.when(stripped != nw.lit("")).then(stripped)
        if isinstance(kind, nw.String):
            return cls(text)
        if isinstance(kind, nw.Boolean):
            right = text.str.contains(_TRUTH)
            return cls(_kept(text, right).str.to_lowercase() == nw.lit("true"), _not(text, right))
        if isinstance(kind, nw.Date):
            right = text.str.contains(_DAY)
            return cls(_kept(text, right).str.to_date(format="%Y-%m-%d"), _not(text, right))
        short = text.str.len_chars() <= nw.lit(_LONGEST_NUMBER)
        if kind.is_integer():
            right = text.str.contains(_WHOLE) & short
            whole = _kept(text, right).str.replace_all(r"\.0+$", "")
            return cls(whole.cast(nw.Int64), _not(text, right))
        right = text.str.contains(_NUMBER) & short
        return cls(_kept(text, right).cast(nw.Float64), _not(text, right))


def _kept(text: nw.Expr, right: nw.Expr) -> nw.Expr:
    """Return the texts that are right, so that a cast after it never fails."""
    return nw.when(right).then(text)


def _not(text: nw.Expr, right: nw.Expr) -> nw.Expr:
    return ~(text.is_null() | right.fill_null(value=False))


def _columns_of(frame: Any) -> Callable[[str], nw.Expr]:
    """Return what names a column: Spark reads a dot as a path unless the name is quoted."""
    if not frame.implementation.is_spark_like():
        return nw.col
    return lambda name: nw.col("`" + name.replace("`", "``") + "`")


@frozen
class _Opened:
    """The frames of all files."""

    sheets: _Table
    rows: Mapping[str, _Table]
    key: str | None

    @classmethod
    def of(
        cls,
        engine: _Engine,
        rubric: Rubric,
        source: Path,
        key: str | None,
        rows: Mapping[str, Path],
    ) -> _Opened:
        form = format_of(source)
        if form is None or any(format_of(each) != form for each in rows.values()):
            found = ", ".join(str(each) for each in (source, *rows.values()))
            raise InvalidFrame([Problem("mixed-frames", "rows", "files of one format", found)])
        if form == "csv":
            for path in (source, *rows.values()):
                _head(path)
        kinds = declared_columns(program_of(rubric).lowered, None)
        sheets = _Table.of(engine.read(source, form), form, kinds[None], poison=False)
        tables = {
            path: _Table.of(engine.read(each, form), form, kinds.get(path, {}), poison=True)
            for path, each in rows.items()
        }
        return cls(sheets, tables, key)

    def refuse_wrong(self, engine: _Engine, source: Path) -> None:
        """Refuse wrong cells: read as missing ones, they could change figures of the cohort."""
        problems = []
        for path, table in {"": self.sheets, **self.rows}.items():
            if table.wrong:
                bad = table.raw.filter(nw.any_horizontal(*table.wrong.values(), ignore_nulls=False))
                ((count,),) = engine.fetched(bad.select(nw.len().alias("rows")).to_native())
                if count:
                    expected = "cells of the right types, for figures of the cohort"
                    found = f"{count} rows with others"
                    problem = Problem("wrong-type", path or "$", expected, found, file=str(source))
                    problems.append(problem)
        if problems:
            raise InvalidEvidence(problems)

    def problems(self, rubric: Rubric, asked: Mapping[str, Any]) -> Any:
        """Return the frame of all problems."""
        if self.key is None:
            raise InvalidFrame([Problem("missing-column", "key", "the key, to list problems")])
        made: Any = nw.from_native(validate_frame(rubric, self.sheets.frame, **asked))
        more = self.sheets.told(self.key, "")
        for path, each in self.rows.items():
            more += each.told(self.key, f"{path}[].")
        if not more:
            return made.to_native()
        # A cell that is wrong was read as a missing one, and is not told as that too.
        cells = nw.concat(more, how="vertical")
        others = made.join(cells.select("key", "column"), on=["key", "column"], how="anti")
        return nw.concat([others, cells], how="vertical").to_native()


def _head(path: Path) -> list[str]:
    """Return the names of a CSV file's columns; refuse none, and one that is there twice."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            head = next(csv.reader(islice(file, 1_000)), [])
        except UnicodeDecodeError:
            problem = Problem("not-utf8", "$", "UTF-8 text", file=str(path), line=1)
            raise InvalidEvidence([problem]) from None
    problems = [
        Problem("duplicate-key", name or "$", "each column once", file=str(path), line=1)
        for name in sorted({each for each in head if head.count(each) > 1})
    ]
    if not head:
        expected = "a header of `item.field` columns"
        problems = [Problem("empty", "$", expected, file=str(path), line=1)]
    if problems:
        raise InvalidEvidence(problems)
    return head


# files


def _written(engine: _Engine, frame: Any, target: Path) -> None:
    """Write a frame beside its place, and move it there once it is complete."""
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target))
    form = format_of(target)
    if form is None or target.is_dir():
        raise InvalidFrame([Problem("wrong-type", str(target), "a new file .parquet or .csv")])
    with TemporaryDirectory(prefix=".rubric-", dir=target.parent) as folder:
        made = Path(folder, target.name)
        engine.write(frame, made, form)
        made.replace(target)


def _tally(engine: _Engine, target: Path, status: str | None, score: str) -> Tally:
    """Count what was written, by its status."""
    form = format_of(target) or "parquet"
    frame: Any = nw.from_native(engine.read(target, form))
    column = _columns_of(frame)
    said = nw.when(column(score).is_null()).then(nw.lit("invalid")).otherwise(nw.lit("ok"))
    told = frame.select((said if status is None else column(status)).alias("status"))
    counted = told.group_by("status").agg(nw.len().alias("rows"))
    found = {str(name): int(rows) for name, rows in engine.fetched(counted.to_native())}
    wrong = {name: found[name] for name in sorted(found) if name != "ok"}
    return Tally(sum(found.values()), wrong)


@contextmanager
def _told_by(engine: str, source: Path) -> Iterator[None]:
    """Tell what an engine cannot do as a problem, in its own words."""
    homes = [("narwhals.exceptions", "NarwhalsError"), *_ERRORS[engine]]
    kinds = tuple(getattr(import_module(home), name) for home, name in homes)
    try:
        yield
    except kinds as error:
        # The first line of an error of Spark only names a call.
        said = " ".join(line.strip() for line in str(error).splitlines()[:2])
        expected = f"files that {engine} can read and write"
        problem = Problem("wrong-type", "$", expected, said[:300], file=str(source))
        raise InvalidEvidence([problem]) from error


_ERRORS = {
    "polars": [("polars.exceptions", "PolarsError")],
    "duckdb": [("duckdb", "Error")],
    "spark": [("pyspark.errors", "PySparkException"), ("py4j.protocol", "Py4JError")],
}


# engines


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        expected = f"{package}: pip install {package}"
        raise MissingLibrary([Problem("missing-library", package, expected)]) from error


@frozen
class _Polars:
    pl: Any

    def read(self, path: Path, form: Format) -> Any:
        if form == "csv":
            return self.pl.scan_csv(path, glob=False, infer_schema=False, low_memory=True)
        if path.is_dir():
            parts = sorted(path.glob("**/*.parquet"))
            return self.pl.scan_parquet(parts, glob=False, hive_partitioning=True)
        return self.pl.scan_parquet(path, glob=False)

    def write(self, frame: Any, path: Path, form: Format) -> None:
        (frame.sink_parquet if form == "parquet" else frame.sink_csv)(path)

    def fetched(self, frame: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = frame.collect().rows()
        return found


@contextmanager
def _polars() -> Iterator[_Engine]:
    yield _Polars(_library("polars"))


@frozen
class _DuckDB:
    connection: Any

    def read(self, path: Path, form: Format) -> Any:
        # Every name is a pattern there; what stands in brackets is itself.
        name = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
        if form == "csv":
            # Left to itself it guesses at the head, and passes over lines that do not fit.
            return self.connection.read_csv(
                name,
                header=True,
                columns=dict.fromkeys(_head(path), "VARCHAR"),
                auto_detect=False,
                delimiter=",",
                quotechar='"',
                escapechar='"',
            )
        if path.is_dir():
            return self.connection.read_parquet(f"{name}/**/*.parquet", hive_partitioning=True)
        return self.connection.read_parquet(name, hive_partitioning=False)

    def write(self, frame: Any, path: Path, form: Format) -> None:
        if form == "parquet":
            frame.write_parquet(str(path))
        else:
            frame.write_csv(str(path), header=True)

    def fetched(self, frame: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = frame.fetchall()
        return found


@contextmanager
def _duckdb() -> Iterator[_Engine]:
    connection = _library("duckdb").connect()
    try:
        yield _DuckDB(connection)
    finally:
        connection.close()


@frozen
class _Spark:
    session: Any

    def _name(self, path: Path) -> str:
        """Return a file of this machine, whatever file system is the default."""
        name = str(path.absolute())
        return "file://" + "".join(f"\\{sign}" if sign in "*?[]{}\\" else sign for sign in name)

    def read(self, path: Path, form: Format) -> Any:
        if form == "parquet":
            return self.session.read.parquet(self._name(path))
        return self.session.read.csv(
            self._name(path), header=True, escape='"', multiLine=True, mode="FAILFAST"
        )

    def write(self, frame: Any, path: Path, form: Format) -> None:
        # Names to write to are no patterns.
        name = f"file://{path.absolute()}"
        if form == "parquet":
            frame.write.parquet(name)
        else:
            frame.write.csv(
                name,
                header=True,
                escape='"',
                ignoreLeadingWhiteSpace=False,
                ignoreTrailingWhiteSpace=False,
            )

    def fetched(self, frame: Any) -> list[tuple[Any, ...]]:
        return [tuple(each) for each in frame.collect()]


_QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.python.sql.dataFrameDebugging.enabled": "false",
}


@contextmanager
def _spark() -> Iterator[_Engine]:
    """Use the session that is there, as under `spark-submit` a cluster's; or start and stop one."""
    session_of = _library("pyspark.sql").SparkSession
    session = session_of.getActiveSession()
    if session is not None:
        yield _Spark(session)
        return
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise MissingLibrary([Problem("missing-library", "java", "Java 17 or later, for Spark")])
    builder = session_of.builder.appName("rubric_engine")
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        # Nothing but problems on standard error; the debugging of plans slows their building.
        for name, setting in _QUIET.items():
            builder = builder.config(name, setting)
    session = builder.getOrCreate()
    try:
        yield _Spark(session)
    finally:
        session.stop()


#: What opens an engine, by name.
ENGINES: dict[str, Callable[[], AbstractContextManager[_Engine]]] = {
    "polars": _polars,
    "duckdb": _duckdb,
    "spark": _spark,
}
