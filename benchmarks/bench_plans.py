"""How long it takes to build the plan of a large rubric, with no row scored.

Claims: for 214 rules Polars takes under 250 ms, DuckDB under 500 ms and Spark under 2 s; for
1,000 rules 1 s, 2 s and 10 s. The rubric is loaded and has scored a sheet; the plan is what
`evaluate_frame` returns for an empty frame of the engine, which Spark has analysed. Each round
takes a rubric and a frame that no plan was built for before, and the claims are about these;
what the same call takes a second time, and as the first one of a process, stands beside.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import bench_load
from report import Claim, Report

import rubric_engine
from rubric_engine import Rubric, evaluate, loads

_FEW = 214
_MANY = 1_000
#: Milliseconds for few and for many rules.
_AT_MOST = {"polars": (250, 1_000), "duckdb": (500, 2_000), "spark": (2_000, 10_000)}
#: How often each is measured, unless that takes too many seconds.
_ROUNDS = 5
_SECONDS = 10
_FINDING = {"missing": 1, "late": 4, "held": True, "seen": True, "rate": 85.25, "level": "fair"}


def rubric_text(rules: int) -> str:
    """Return a rubric of so many rules, the items of the rubric of 214 over and over."""
    text = bench_load.rubric_text()
    blocks = re.findall(r"      - id: i\d\d\n(?:(?!  +- id: ).*\n?)+", text)
    lines = []
    number, left = 0, rules
    for block in cycle(blocks):
        if number % 10 == 0:
            lines += [f"  - id: group{number // 10}", "    items:"]
        kept = block.rstrip().splitlines()[1:]
        head = next(at for at, line in enumerate(kept) if line.strip() == "rules:") + 1
        kept = kept[: head + min(left, len(kept) - head)]
        lines += [f"      - id: i{number:03d}", *kept]
        number, left = number + 1, left - (len(kept) - head)
        if not left:
            break
    cuts = [
        f"  - {{stars: {5 - at}, from: {number * 5 * (88 - 10 * at) // 100}}}" for at in range(4)
    ]
    gates = ["gates:", "  - {at_most: 3, when: i000 < 2 or i001.late > 20}"]
    head_lines = [
        "rubric: many",
        f"total: {number * 5}",
        "grades:",
        *cuts,
        "  - {stars: 1}",
        *gates,
    ]
    return "\n".join([*head_lines, "indicators:", *lines])


def prepared(text: str) -> Rubric:
    """Load a rubric and score a sheet, so that it is lowered and compiled."""
    rubric = loads(text)
    evaluate(rubric, dict.fromkeys(items_of(text), _FINDING))
    return rubric


def items_of(text: str) -> list[str]:
    """Return the ids of the items of a rubric."""
    return re.findall(r"- id: (i\d+)\n", text)


# Frames


def arrow_of(text: str, rows: int) -> Any:
    """Return a table with the columns of a rubric and so many sheets, all alike."""
    import pyarrow as pa

    kinds = {
        "missing": pa.int64(),
        "late": pa.int64(),
        "held": pa.bool_(),
        "seen": pa.bool_(),
        "rate": pa.float64(),
        "level": pa.string(),
    }
    return pa.table(
        {
            f"{item}.{field}": pa.array([_FINDING[field]] * rows, kind)
            for item in items_of(text)
            for field, kind in kinds.items()
        }
    )


def in_polars(arrow: Any) -> Any:
    """Return a table as a lazy frame."""
    import polars as pl

    return pl.from_arrow(arrow).lazy()


def in_duckdb(arrow: Any) -> Any:
    """Return a table as a relation."""
    import duckdb

    return duckdb.connect().from_arrow(arrow)


def in_spark(arrow: Any) -> Any:
    """Return a table as a frame of the session that runs, or starts."""
    import spark_job

    with warnings.catch_warnings():
        # PySpark says so of every pandas that it does not know yet; none is used here.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        return spark_job.start().createDataFrame(arrow)


MAKE: Mapping[str, Callable[[Any], Any]] = {
    "polars": in_polars,
    "duckdb": in_duckdb,
    "spark": in_spark,
}


def first_row(engine: str, frame: Any) -> tuple[Any, ...]:
    """Return score and stars of the only sheet of a scored frame."""
    if engine == "duckdb":
        row: tuple[Any, ...] = frame.project("score, stars").fetchall()[0]
        return row
    chosen = frame.select("score", "stars").collect()
    return tuple(chosen[0]) if engine == "spark" else chosen.row(0)


# Measuring


def engines() -> Iterator[tuple[str, str | None]]:
    """Yield each engine, and why it is left out if it is."""
    for engine in MAKE:
        why = None
        try:
            if engine == "spark":
                import spark_job

                spark_job.require()
        except ImportError as error:
            why = str(error)
        module = "pyspark" if engine == "spark" else engine
        lacking = [name for name in (module, "pyarrow") if not find_spec(name)]
        yield engine, why or (f"{lacking[0]} is not installed" if lacking else None)


def assert_scored(engine: str, text: str) -> None:
    """Assert that the plan scores a sheet as `evaluate` does."""
    rubric = loads(text)
    result = evaluate(rubric, dict.fromkeys(items_of(text), _FINDING))
    frame = rubric_engine.evaluate_frame(rubric, MAKE[engine](arrow_of(text, 1)))
    score, stars = first_row(engine, frame)
    if (score, stars) != (float(result.exact), result.stars):
        msg = f"{engine} gives {score}, {stars}; evaluate {result.exact}, {result.stars}"
        raise AssertionError(msg)


def built(engine: str, text: str) -> tuple[float, float]:
    """Return the milliseconds of building a plan for a rubric anew, and once more."""
    again, anew = [], []
    for _ in range(_ROUNDS):
        rubric, frame = prepared(text), MAKE[engine](arrow_of(text, 0))
        gc.collect()
        for taken in (anew, again):
            begin = perf_counter()
            plan = rubric_engine.evaluate_frame(rubric, frame)
            _ = plan.schema if engine == "spark" else plan
            taken.append((perf_counter() - begin) * 1e3)
        if sum(anew) + sum(again) > _SECONDS * 1e3:
            break
    return median(anew), median(again)


def first_in_process(engine: str) -> float:
    """Return the milliseconds of the first plan that a new process builds."""
    here = str(Path(__file__).parent)
    source = str(Path(rubric_engine.__file__).parent.parent)
    code = f"""
import sys
sys.path[:0] = [{here!r}, {source!r}]
import bench_plans
print(bench_plans.once({engine!r}))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ)
    if done.returncode:
        raise AssertionError(done.stderr.strip())
    return float(done.stdout.splitlines()[-1])


def once(engine: str) -> float:
    """Return the milliseconds of one plan."""
    text = rubric_text(_FEW)
    rubric, frame = prepared(text), MAKE[engine](arrow_of(text, 0))
    begin = perf_counter()
    rubric_engine.evaluate_frame(rubric, frame)
    return (perf_counter() - begin) * 1e3


def run(*, large: bool = False) -> Report:
    """Assert that the plans score as `evaluate` does, then measure how long they take to build.

    Spark, which starts slowly, builds the plan of 1,000 rules, and one in a new process, only
    if `large`.
    """
    report = Report(f"Building the plan of a rubric of {_FEW} and of {_MANY:,} rules")
    texts = {rules: rubric_text(rules) for rules in (_FEW, _MANY)}
    for rules, text in texts.items():
        found = len(re.findall(r"^ +- \{(?:deduct|award|bonus)", text, re.MULTILINE))
        if found != rules:
            msg = f"the rubric has {found} rules, not {rules}"
            raise AssertionError(msg)
    head = "".join(f"{each:>12}" for each in ("214, ms", "again", "1,000, ms", "again", "first"))
    report.lines.append(f"{'':10}{head}")
    for engine, why in engines():
        if why:
            report.lines.append(f"left out: {engine}: {why}")
            continue
        whole = large or engine != "spark"
        row: list[float] = []
        for rules, most in zip(texts, _AT_MOST[engine], strict=True):
            if rules == _FEW or engine != "spark":
                # Spark compiles Java for a plan that it runs, which takes long for many rules.
                assert_scored(engine, texts[rules])
            if rules == _FEW or whole:
                anew, again = built(engine, texts[rules])
                row += [anew, again]
                claim = f"{engine}, {rules:,} rules, at most {most:,} ms"
                report.claims.append(Claim(claim, anew, most, "ms"))
        if whole:
            row.append(first_in_process(engine))
        report.lines.append(f"{engine:10}" + "".join(f"{each:12.1f}" for each in row))
        if engine == "spark":
            import spark_job

            spark_job.start().stop()
    return report
