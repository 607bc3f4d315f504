"""The impact of a revision as a frame: one row a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from rubric_engine.cycle.tables import columns_of

if TYPE_CHECKING:
    from rubric_engine.cycle.impacts import Impact, UnitImpact

__all__ = ["impact_frame"]

_COLUMNS: list[tuple[str, Any]] = [
    ("unit", nw.String),
    ("stars_before", nw.Int64),
    ("stars_after", nw.Int64),
    ("grade_before", nw.String),
    ("grade_after", nw.String),
    ("score_before", nw.Float64),
    ("score_after", nw.Float64),
    ("direction", nw.String),
    ("items", nw.String),
    ("problems_before", nw.String),
    ("problems_after", nw.String),
]


def impact_frame(found: Impact, backend: str) -> Any:  # noqa: ANN401 - a frame of that library
    """Return one row a unit as a frame; see `Impact.to_frame`."""
    return columns_of(_COLUMNS, [list(_row(each).values()) for each in found.units], backend)


def _row(each: UnitImpact) -> dict[str, Any]:
    before, after = each.before, each.after
    moved = None if each.direction is None else each.comparison
    items = None if moved is None else [one.id for one in moved.items if one.difference]
    return {
        "unit": str(each.unit),
        "stars_before": None if before is None else before.stars,
        "stars_after": None if after is None else after.stars,
        "grade_before": None if before is None else before.grade,
        "grade_after": None if after is None else after.grade,
        # The double nearest to the exact score, as in every frame of results.
        "score_before": None if before is None else float(before.exact),
        "score_after": None if after is None else float(after.exact),
        "direction": each.direction,
        "items": None if items is None else ";".join(items),
        "problems_before": ";".join(dict.fromkeys(one.code for one in each.problems_before))
        or None,
        "problems_after": ";".join(dict.fromkeys(one.code for one in each.problems_after)) or None,
    }
