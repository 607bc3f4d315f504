"""A run as frames: what became of every unit, a row each."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from rubric_engine.cycle.finals import Result
from rubric_engine.cycle.records import Case, Kept, Run
from rubric_engine.cycle.tables import columns_of

__all__ = ["run_frame"]

_COLUMNS: list[tuple[str, Any]] = [
    ("unit", nw.String),
    ("street", nw.String),
    ("type", nw.String),
    ("state", nw.String),
    ("review", nw.String),
    *(
        (f"{tier}_{name}", kind)
        for tier in ("street", "district", "final")
        for name, kind in (("score", nw.Float64), ("grade", nw.String), ("stars", nw.Int64))
    ),
    ("last_grade", nw.String),
    ("progress", nw.String),
]


def run_frame(run: Run, *, backend: str = "polars") -> Any:  # noqa: ANN401 - a frame of that library
    """Return a row for each unit of a run: its state, results, last year's grade.

    The columns are `unit`, `street`, `type`, `state`, `review` ("all", "sampled", "queued",
    "not_sampled"), `score`, `grade` and `stars` of the `street_`, the `district_` and the
    `final_` result, `last_grade` and `progress` ("up", "down", "same"). What there is not
    (yet) is missing. Scores are doubles, each the one nearest to the exact score, as in every
    frame of results; they are for tables and figures, and no star is worked out from them.

    `backend` is "polars", "pyarrow" or "pandas". Raises `ImportError` without that library.
    """
    return columns_of(_COLUMNS, [_row(run, case) for case in run.cases.values()], backend)


def _row(run: Run, case: Case) -> list[Any]:
    unit, outcome = case.unit, case.outcome
    earlier = run.earlier.get(unit.id)
    final = None if outcome is None else Result(outcome.exact, outcome.grade, outcome.stars)
    return [
        *(unit.id, unit.street, unit.type, case.state, case.review),
        *_told(_result(case.street)),
        *_told(_result(case.district)),
        *_told(final),
        None if earlier is None else earlier.grade,
        None if outcome is None else outcome.progress,
    ]


def _result(kept: Kept | None) -> Result | None:
    return None if kept is None else kept.result


def _told(result: Result | None) -> tuple[float | None, str | None, int | None]:
    if result is None:
        return None, None, None
    return float(result.exact), result.grade, result.stars
