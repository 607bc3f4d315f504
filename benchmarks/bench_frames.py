"""How long a million sheets of the card take in columns, against the card by hand and others.

Claims, on a lazy frame of Polars, building the plan and finding missing findings included:
points and stars take at most 1/1.5 of what the plain card by hand takes in Polars, which
checks nothing (aimed at: a third), and less than NumPy takes in its default types; the scores
of all nodes at most 2 times that; the columns of the ledger at most 4 times. Ten times the
sheets take at most 12.5 times the time.

`--large` goes on to 10,000,000 sheets: in memory, and from Parquet to Parquet, where neither
Polars nor DuckDB holds more than 1.5 GB; and to a Spark job over a partitioned dataset of
1,000,000 sheets, whose result is that of Polars to the last byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import card
from report import Claim, Report, Timing, batch_time, interleaved

import rubric_engine
from rubric_engine import Rubric, evaluate, loads

_NEEDED = ("numpy", "polars", "pyarrow")
_SHEETS = 1_000_000
_FEWER = 100_000
_ONE_BY_ONE = 1_000
_COMPARED = 3_000
_NULL_RATE = 0.003
_ROUNDS = 7
_LARGE = 10_000_000
_PARTITIONED = 1_000_000
_PLAIN = "Polars by hand, plain"
_OWN = "evaluate_frame, score and stars"
_NODES = "  and every node"
_LEDGER = "  and every step"
_EXACT_NODES = "  and every node, exact=True"
_EXACT_LEDGER = "  and every step, exact=True"
_NUMPY = "NumPy by hand, default types"
_AT_MOST_PLAIN = 1 / 1.5
_AT_MOST_NODES = 2
_AT_MOST_LEDGER = 4
_AT_MOST_TENFOLD = 12.5
_AT_MOST_MEGABYTES = 1_500


# Scoring with the library


def scored(rubric: Rubric, sheets: Any) -> Any:
    """Return points and stars of a lazy Polars frame."""
    return rubric_engine.evaluate_frame(rubric, sheets).select("score", "stars").collect()


def detailed(rubric: Rubric, detail: Any, sheets: Any, *, exact: bool = False) -> Any:
    """Return all numbers that a detail adds to a lazy Polars frame, points and stars with them."""
    import frames_card

    frame = rubric_engine.evaluate_frame(rubric, sheets, detail=detail, exact=exact)
    left_out = {"id", *frames_card.COLUMNS, "grade", "status"}
    return frame.select(
        name
        for name in frame.collect_schema().names()
        if name not in left_out and not name.endswith(".scale")
    ).collect()


def eager(rubric: Rubric, sheets: Any) -> Any:
    """Return an eager frame with all that is added to it."""
    return rubric_engine.evaluate_frame(rubric, sheets)


def in_duckdb(rubric: Rubric, sheets: Any) -> Any:
    """Return the points and stars of a DuckDB relation as a table."""
    frame = rubric_engine.evaluate_frame(rubric, sheets)
    return frame.project("score, stars").to_arrow_table()


def one_by_one(rubric: Rubric, sheets: Sequence[card.Sheet]) -> list[tuple[object, int | None]]:
    """Return points and stars of sheets, evaluated one after the other."""
    results = (evaluate(rubric, sheet) for sheet in sheets)
    return [(result.score, result.stars) for result in results]


# Agreement


def assert_agreement(rubric: Rubric) -> dict[str, str]:
    """Assert that all engines score alike; return those left out, and why."""
    import frames_card as columns

    table = columns.table(_COMPARED)
    sheets = columns.sheets_of(table)
    expected = [card.loop(sheet) for sheet in sheets]
    if len({stars for _, stars in expected}) < len(card.CUTS) + 1:
        msg = "the sheets do not reach all stars"
        raise AssertionError(msg)
    arrays = columns.columns(_COMPARED)
    found: dict[str, Any] = {
        _PLAIN: _pairs(columns.polars_plain(table.lazy()).collect()),
        "Polars by hand, narrow": _pairs(columns.polars_narrow(table.lazy()).collect()),
        _NUMPY: _pairs(columns.numpy_plain(arrays)),
        "NumPy by hand, int8": _pairs(columns.numpy_narrow(arrays)),
        _OWN: _pairs(scored(rubric, table.lazy())),
        "evaluate": [(int(str(score)), stars) for score, stars in one_by_one(rubric, sheets)],
    }
    skipped = {}
    for name, distribution, build, given in _peers():
        try:
            found[name] = _pairs(build()(given(table)))
        except ImportError as error:
            skipped[name] = f"{distribution} cannot be imported ({error})"
    for name, make, run in _engines():
        found[f"evaluate_frame, {name}"] = _pairs(_as_polars(run(rubric, make(table))))
    for name, pairs in found.items():
        if pairs != expected:
            first = next(at for at, pair in enumerate(pairs) if pair != expected[at])
            msg = f"{name} gives {pairs[first]} where the loop gives {expected[first]}"
            raise AssertionError(msg)
    return skipped


def assert_nulls(rubric: Rubric) -> int:
    """Assert that a sheet with a null is flagged and not scored; return how many there were."""
    import frames_card as columns
    import polars as pl

    table = columns.table(_COMPARED, null_rate=_NULL_RATE)
    held = rubric_engine.evaluate_frame(rubric, table.lazy())
    held = held.select("score", "stars", "status").collect()
    missing = table.select(pl.any_horizontal(pl.col(*columns.COLUMNS).is_null())).to_series()
    for sheet, row, lacks in zip(columns.sheets_of(table), held.iter_rows(), missing, strict=True):
        expected = (None, None, False) if lacks else (*card.loop(sheet), True)
        if (row[0], row[1], row[2] == "ok") != expected:
            msg = f"with nulls, evaluate_frame gives {row} where {expected} is right"
            raise AssertionError(msg)
    return int(missing.sum())


def _pairs(result: Any) -> list[tuple[int, int]]:
    """Return the points and stars of each sheet from whatever an engine returns."""
    import polars as pl

    if isinstance(result, pl.DataFrame):
        names = ("total", "stars") if "total" in result.columns else ("score", "stars")
        result = [result[name].to_list() for name in names]
    elif isinstance(result, list):
        return result
    totals, stars = result
    return [(int(total), int(each)) for total, each in zip(totals, stars, strict=True)]


def _as_polars(frame: Any) -> Any:
    import polars as pl

    if isinstance(frame, pl.DataFrame):
        return frame
    if hasattr(frame, "iloc"):
        frame = frame[["score", "stars"]]
        return pl.DataFrame({name: frame[name].to_list() for name in frame.columns})
    return pl.from_arrow(frame.select(["score", "stars"]))


def _peers() -> tuple[tuple[str, str, Callable[[], Any], Callable[[Any], Any]], ...]:
    """Return the peers that may be missing: what to install, how to build, what they take."""
    import frames_card as columns

    def arrays(table: Any) -> Any:
        return {name: table[name].to_numpy() for name in columns.COLUMNS}

    return (
        ("OpenFisca", "openfisca-core", columns.openfisca_engine, arrays),
        ("ZEN, evaluate_batch", "zen-engine", columns.zen_batch, columns.sheets_of),
    )


def _engines() -> list[tuple[str, Callable[[Any], Any], Callable[[Rubric, Any], Any]]]:
    """Return the other engines that are installed: name, its frame of a table, how it scores."""
    engines: list[tuple[str, Callable[[Any], Any], Callable[[Rubric, Any], Any]]] = [
        ("Polars, eager", lambda table: table, eager),
        ("PyArrow", lambda table: table.to_arrow(), eager),
    ]
    if find_spec("pandas"):
        engines.append(("pandas", lambda table: table.to_pandas(), eager))
    if find_spec("duckdb"):
        engines.append(("DuckDB", _in_duckdb, in_duckdb))
    return engines


def _in_duckdb(table: Any) -> Any:
    """Return a relation over a table that DuckDB itself holds."""
    import duckdb

    connection = duckdb.connect()
    connection.register("given", table.to_arrow())
    connection.execute("CREATE TABLE sheets AS SELECT * FROM given")
    return connection.table("sheets")


# Measuring


def measure(rubric: Rubric, skipped: dict[str, str]) -> tuple[dict[str, Timing], dict[str, int]]:
    """Time all engines in turn; return the timings, and of how many sheets each is."""
    import frames_card as columns

    table = columns.table(_SHEETS)
    lazy, arrays = table.lazy(), columns.columns(_SHEETS)
    fewer = table.head(_FEWER)
    functions: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        _PLAIN: (lambda given: columns.polars_plain(given).collect(), [lazy]),
        "Polars by hand, narrow": (lambda given: columns.polars_narrow(given).collect(), [lazy]),
        _NUMPY: (columns.numpy_plain, [arrays]),
        "NumPy by hand, int8": (columns.numpy_narrow, [arrays]),
        _OWN: (partial(scored, rubric), [lazy]),
        _NODES: (partial(detailed, rubric, "nodes"), [lazy]),
        _LEDGER: (partial(detailed, rubric, "ledger"), [lazy]),
        _EXACT_NODES: (partial(detailed, rubric, "nodes", exact=True), [lazy]),
        _EXACT_LEDGER: (partial(detailed, rubric, "ledger", exact=True), [lazy]),
    }
    counts = dict.fromkeys(functions, _SHEETS)
    for name, make, run in _engines():
        functions[f"evaluate_frame, {name}"] = partial(run, rubric), [make(fewer)]
        counts[f"evaluate_frame, {name}"] = _FEWER
    if find_spec("duckdb"):
        relation = _in_duckdb(fewer)
        functions["DuckDB by hand, plain"] = _by_hand_in_duckdb, [relation]
        counts["DuckDB by hand, plain"] = _FEWER
    for name, _, build, given in _peers():
        if name not in skipped:
            counts[name] = _ONE_BY_ONE if "ZEN" in name else _SHEETS
            functions[name] = build(), [given(table.head(counts[name]))]
    functions["evaluate, one by one"] = (
        partial(one_by_one, rubric),
        [columns.sheets_of(table.head(_ONE_BY_ONE))],
    )
    counts["evaluate, one by one"] = _ONE_BY_ONE
    return interleaved(functions, _PLAIN, _ROUNDS, batches=1), counts


def _by_hand_in_duckdb(relation: Any) -> Any:
    import frames_card as columns

    query = columns.sql_plain("sheets")
    return relation.query("sheets", query).project("total, stars").to_arrow_table()


def growth(rubric: Rubric, sizes: Sequence[int]) -> dict[int, float]:
    """Return the seconds that so many sheets take in a lazy frame, the median of some runs."""
    import frames_card as columns
    import polars as pl

    seconds = {}
    for size in sizes:
        sheets = pl.concat(columns.parts(size), rechunk=True).lazy()
        runs = [batch_time(partial(scored, rubric), [sheets], 1) for _ in range(_ROUNDS)]
        seconds[size] = median(runs)
    return seconds


def break_even(rubric: Rubric) -> dict[str, int]:
    """Return from how many sheets a frame takes no longer than `evaluate` one by one."""
    import frames_card as columns

    table = columns.table(_FEWER)
    some = columns.sheets_of(table.head(200))
    each = batch_time(partial(one_by_one, rubric), [some], 9) / len(some)
    found = {}
    for name, make, run in _engines():
        size = 100
        for _ in range(6):
            frame = make(table.head(size))
            taken = batch_time(partial(run, rubric), [frame], 5)
            before, size = size, min(max(1, round(taken / each)), _FEWER)
            if abs(size - before) < 0.05 * before:
                break
        found[name] = size
    return found


# Large


def checksum(*files: Path) -> str:
    """Return a digest of the scored sheets in Parquet files, whatever their order."""
    import polars as pl

    frame = pl.concat(pl.read_parquet(each, hive_partitioning=False) for each in files)
    if frame.schema["score"] != pl.Float64:
        msg = f"the score is {frame.schema['score']}, not a double"
        raise AssertionError(msg)
    text = io.BytesIO()
    frame.sort("id").select(
        pl.col("id").cast(pl.Int64),
        pl.col("score"),
        pl.col("stars").cast(pl.Int64),
        pl.col("grade").cast(pl.String),
        pl.col("status").cast(pl.String),
    ).write_csv(text)
    return hashlib.blake2b(text.getbuffer(), digest_size=16).hexdigest()


def job(*arguments: str | Path) -> dict[str, float]:
    """Run a job in a process of its own, and return what it reports."""
    here = Path(__file__).parent
    path = [str(Path(rubric_engine.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    command = [sys.executable, str(here / arguments[0]), *map(str, arguments[1:])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise AssertionError(done.stderr.strip())
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def from_parquet_to_parquet(report: Report, folder: Path, rubric: Path) -> None:
    """Score 10,000,000 sheets from a file into a file, with each engine that streams."""
    import frames_card as columns

    source = folder / "sheets.parquet"
    columns.write_parquet(source, _LARGE)
    size = source.stat().st_size / 1e6
    report.lines.append("")
    report.lines.append(f"{_LARGE:,} sheets from Parquet ({size:.0f} MB) to Parquet")
    report.lines.append(f"{'':34}{'s':>10}{'peak MB':>10}")
    digests = set()
    for engine in ("polars", "duckdb"):
        target = folder / f"{engine}.parquet"
        told = job("parquet_job.py", engine, rubric, source, target)
        megabytes = told["peak_bytes"] / 1e6
        digests.add(checksum(target))
        report.lines.append(f"{engine:34}{told['seconds']:10.1f}{megabytes:10.0f}")
        claim = f"{engine}, Parquet to Parquet, at most {_AT_MOST_MEGABYTES} MB"
        report.claims.append(Claim(claim, megabytes, _AT_MOST_MEGABYTES, "MB"))
    if len(digests) > 1:
        msg = f"Polars and DuckDB write different results: {sorted(digests)}"
        raise AssertionError(msg)
    report.lines.append(f"both write the same: {digests.pop()}")
    source.unlink()


def on_spark(report: Report, folder: Path, rubric: Path) -> None:
    """Score a partitioned dataset on Spark, and assert that it writes what Polars writes."""
    import frames_card as columns
    import polars as pl
    from parquet_job import WRITTEN

    source, target, single = folder / "dataset", folder / "spark", folder / "single.parquet"
    columns.write_dataset(source, _PARTITIONED, null_rate=2e-5)
    began = perf_counter()
    told = job("spark_job.py", rubric, source, target, "district")
    whole = perf_counter() - began
    files = sorted(target.glob("district=*/*.parquet"))
    sheets = pl.scan_parquet(source / "**/*.parquet", hive_partitioning=True)
    rubric_engine.evaluate_frame(rubric_engine.load(rubric), sheets).select(WRITTEN).sink_parquet(
        single
    )
    digests = {checksum(*files), checksum(single)}
    if len(digests) > 1:
        msg = f"Spark and Polars write different results: {sorted(digests)}"
        raise AssertionError(msg)
    rows = pl.scan_parquet(single).select(pl.len(), pl.col("score").null_count()).collect().row(0)
    if rows[0] != _PARTITIONED or not rows[1]:
        msg = f"{rows[0]} sheets were written, {rows[1]} of them without a score"
        raise AssertionError(msg)
    report.lines.append("")
    report.lines.append(
        f"Spark job, {_PARTITIONED:,} sheets in {len(files)} files: {told['seconds']:.1f} s,"
        f" with the start of Spark {whole:.1f} s; no Python in the plan"
    )
    report.lines.append(f"writes what Polars writes, {rows[1]:,} sheets flagged: {digests.pop()}")


def run(*, large: bool = False) -> Report:
    """Assert that all engines agree, then measure them."""
    report = Report(f"{_SHEETS:,} sheets of the card in columns")
    lacking = [name for name in _NEEDED if not find_spec(name)]
    if lacking:
        report.lines.append(f"left out: {', '.join(lacking)} cannot be imported")
        return report
    rubric = loads(card.rubric_text())
    skipped = assert_agreement(rubric)
    nulls = assert_nulls(rubric)
    timings, counts = measure(rubric, skipped)
    report.lines.append(
        f"all engines agree on {_COMPARED} sheets; {nulls} sheets with nulls are flagged"
    )
    report.lines.append(f"{'':34}{'sheets':>10}{'ms':>10}{'ns/sheet':>10}{'x plain':>10}")
    for name, each in timings.items():
        ratio = each.ratio * _SHEETS / counts[name]
        report.lines.append(
            f"{name:34}{counts[name]:10,}{each.microseconds / 1e3:10.1f}"
            f"{each.microseconds * 1e3 / counts[name]:10.0f}{ratio:10.2f}"
        )
    report.lines += [f"left out: {name}: {why}" for name, why in skipped.items()]
    own = timings[_OWN].ratio
    report.lines.append(
        f"score and stars: {1 / own:.1f} times as fast as plain Polars,"
        f" {timings[_NUMPY].ratio / own:.1f} times as fast as NumPy in default types"
    )
    even = ", ".join(f"{name} {size:,}" for name, size in break_even(rubric).items())
    report.lines.append(f"pays against evaluate one by one from so many sheets: {even}")

    sizes = [10_000, 100_000, _SHEETS, *([_LARGE] if large else [])]
    seconds = growth(rubric, sizes)
    report.lines.append(f"{'growth, Polars lazy':34}{'':10}{'ms':>10}{'ns/sheet':>10}")
    report.lines += [
        f"{size:34,}{'':10}{each * 1e3:10.1f}{each * 1e9 / size:10.0f}"
        for size, each in seconds.items()
    ]
    steepest = max(seconds[more] / seconds[less] for less, more in pairwise(sizes))
    report.claims = [
        Claim("score and stars, at most 1/1.5 of plain Polars", own, _AT_MOST_PLAIN),
        Claim("score and stars, at most NumPy in default types", own / timings[_NUMPY].ratio, 1),
        Claim(
            f"every node, at most {_AT_MOST_NODES} times score and stars",
            timings[_NODES].ratio / own,
            _AT_MOST_NODES,
        ),
        Claim(
            f"every step, at most {_AT_MOST_LEDGER} times score and stars",
            timings[_LEDGER].ratio / own,
            _AT_MOST_LEDGER,
        ),
        Claim(
            f"ten times the sheets, at most {_AT_MOST_TENFOLD} times the time",
            steepest,
            _AT_MOST_TENFOLD,
        ),
    ]
    if large:
        with TemporaryDirectory() as name:
            folder = Path(name)
            path = folder / "card.yaml"
            path.write_text(card.rubric_text(), encoding="utf-8")
            from_parquet_to_parquet(report, folder, path)
            try:
                import spark_job

                spark_job.require()
            except ImportError as error:
                report.lines.append(f"left out: the Spark job: {error}")
            else:
                on_spark(report, folder, path)
    return report
