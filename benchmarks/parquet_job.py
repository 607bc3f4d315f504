"""Scores a Parquet file into another on one machine: `parquet_job.py ENGINE RUBRIC SOURCE TARGET`.

The engine is `polars`, whose streaming engine reads, scores and writes piece by piece, or
`duckdb`, which does the same within a limit of memory. The rubric is a path or the name of an
installed one. Prints the seconds and the peak of resident memory, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from rubric_engine import Rubric, evaluate_frame, load

#: What is written of each sheet; all other columns are read and left out.
WRITTEN = ("id", "score", "stars", "grade", "status")


def with_polars(rubric: Rubric, source: str, target: str) -> None:
    """Score with the streaming engine of Polars."""
    import polars as pl

    scored = evaluate_frame(rubric, pl.scan_parquet(source))
    scored.select(WRITTEN).sink_parquet(target)


def with_duckdb(rubric: Rubric, source: str, target: str) -> None:
    """Score with DuckDB, which needs no order of rows to be kept."""
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "1GB", "preserve_insertion_order": False})
    scored = evaluate_frame(rubric, connection.read_parquet(source))
    scored.project(", ".join(WRITTEN)).write_parquet(target)


JOBS: dict[str, Callable[[Rubric, str, str], None]] = {
    "polars": with_polars,
    "duckdb": with_duckdb,
}


def peak_of_memory() -> int:
    """Return the most memory that this process held so far, in bytes."""
    # The kernel starts `ru_maxrss` of a new process at the peak of the one that started it.
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(arguments: list[str]) -> int:
    """Run one job."""
    if len(arguments) != 4 or arguments[0] not in JOBS:
        print(__doc__, file=sys.stderr)
        return 2
    engine, rubric, source, target = arguments
    begin = perf_counter()
    JOBS[engine](load(rubric), source, target)
    seconds = perf_counter() - begin
    print(json.dumps({"seconds": seconds, "peak_bytes": peak_of_memory()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
