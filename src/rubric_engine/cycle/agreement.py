"""Whether a street's group and the review judge alike: mean shift and Krippendorff's alpha.

Alpha is 1 - observed/expected disagreement: 1 where both always say the same, 0 where they
agree no more than by chance. K. Krippendorff, "Content Analysis: An Introduction to Its
Methodology", 2nd ed. (2004), chapter 11; computed by the library `krippendorff`, an extra.
Grades are ordered ("ordinal"), scores have equal steps ("interval").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import narwhals as nw
from attrs import frozen

from rubric_engine.cycle.tables import (
    Group,
    columns_of,
    group_order,
    group_text,
    refuse_group,
    with_whole,
)
from rubric_engine.errors import (
    InvalidEvidence,
    InvalidFrame,
    MissingLibrary,
    Problem,
    nearest_name,
)
from rubric_engine.exact import exact_number
from rubric_engine.grading import UNRATED, Grade
from rubric_engine.model import Rubric
from rubric_engine.places import GradeOrder, as_text
from rubric_engine.windows import Opened, opened

__all__ = ["Agreement", "GroupAgreement", "agreement"]


@frozen
class GroupAgreement:
    """How one group's results agree with the reviews of them."""

    #: What the column `by` says of them; None for all, and for those of whom it says nothing.
    group: Group
    #: How many have a score of their own and one of the review.
    reviewed: int
    #: The mean of the review's score less theirs: below 0, they were lenient. None for nobody.
    shift: Fraction | None
    #: The mean distance of the two scores, whichever is higher.
    distance: Fraction | None
    #: How many have two grades, and of these how many the review lowered and raised.
    graded: int
    lowered: int
    raised: int
    #: Krippendorff's alpha of the grades (ordinal) and of the scores (interval). None where it
    #: is not defined: fewer than two pairs, or all values the same.
    grade_alpha: float | None
    score_alpha: float | None

    @property
    def differ(self) -> int:
        """How many grades the review changed."""
        return self.lowered + self.raised


@frozen
class Agreement:
    """How results agree with the reviews of them, for all and for each group."""

    whole: GroupAgreement
    #: Those with anybody reviewed, sorted, the unnamed one last.
    groups: tuple[GroupAgreement, ...]

    def to_frame(self, backend: str = "polars") -> Any:
        """Return a row for all and for every group, its numbers as the nearest doubles."""
        counts = ("reviewed", "graded", "lowered", "raised", "differ")
        numbers = ("shift", "distance", "grade_alpha", "score_alpha")
        rows = [
            (
                *(of, group_text(each.group)),
                *(getattr(each, name) for name in counts),
                *(None if (one := getattr(each, name)) is None else float(one) for name in numbers),
            )
            for of, each in with_whole(self.whole, self.groups)
        ]
        columns = [
            *(("of", nw.String), ("group", nw.String)),
            *((name, nw.Int64) for name in counts),
            *((name, nw.Float64) for name in numbers),
        ]
        return columns_of(columns, rows, backend)


@frozen
class _Reviewed:
    """One reviewed row: two scores, and the places of two grades."""

    group: Group
    score: Fraction
    review: Fraction
    grade: int | None
    review_grade: int | None


def agreement(  # the columns, all by name
    frame: Any,
    *,
    by: str,
    grades: Rubric | Iterable[Grade | str | int],
    score: str = "score",
    review: str = "review",
    grade: str = "grade",
    review_grade: str = "review_grade",
) -> Agreement:
    """Return how the results of each group agree with the reviews of them.

    `frame` has one row for each assessee: the group in column `by` (the street), two scores and
    two grades, those of the review missing where there was none. Only rows with both scores
    are collected. A score is a double, read by its shortest decimal form where that has at
    most 15 digits; a whole number is so many points, or so many quanta where a column of the
    same name with `.scale` says how many make a point, as `evaluate_frame(exact=True)` does.
    "unrated" is no grade here.

    Raises `InvalidRubric` for the list of grades (`empty`, `duplicate-id`), `InvalidFrame` for
    columns (`missing-column`, `wrong-dtype`) and Dask (`lazy-frame`), `InvalidEvidence` for
    texts that name no grade (`unknown-grade`) and for what is no finite score (`not-finite`),
    `MissingLibrary` without the library `krippendorff`.
    """
    alpha_of = _library()
    order = GradeOrder.of(grades)
    columns = [score, review]
    present = opened(frame, columns, ()).whole.collect_schema().names()
    scales = {each: f"{each}.scale" for each in columns if f"{each}.scale" in present}
    opening = opened(frame, [by, *columns, *scales.values(), grade, review_grade], ())
    refuse_group(opening, by)
    problems = [
        Problem("wrong-dtype", each, "numbers", str(opening.dtype(each)))
        for each in [*columns, *scales.values()]
        if not (opening.dtype(each).is_integer() or opening.dtype(each).is_float())
    ]
    if problems:
        raise InvalidFrame(problems)
    rows = _rows(opening, by, columns, scales, (grade, review_grade))
    reviewed = _read(rows, order, columns, (grade, review_grade))
    groups: dict[Group, list[_Reviewed]] = {}
    for each in reviewed:
        groups.setdefault(each.group, []).append(each)
    return Agreement(
        _told(None, reviewed, alpha_of),
        tuple(_told(each, groups[each], alpha_of) for each in sorted(groups, key=group_order)),
    )


def _library() -> Any:
    try:
        import krippendorff
    except ImportError as error:
        expected = "krippendorff, the extra `agreement`"
        raise MissingLibrary([Problem("missing-library", "krippendorff", expected)]) from error
    return krippendorff.alpha


def _rows(
    opening: Opened,
    by: str,
    columns: Sequence[str],
    scales: Mapping[str, str],
    grades: tuple[str, str],
) -> list[dict[str, Any]]:
    """Return the rows with two scores, the scales of these beside them."""
    frame: Any = opening.frame
    chosen = [opening.of(by).alias("by")]
    for each, name in zip(columns, ("score", "review"), strict=True):
        chosen.append(opening.of(each).alias(name))
        scale = opening.of(scales[each]) if each in scales else nw.lit(1, nw.Int64)
        chosen.append(scale.alias(f"{name}_scale"))
    for each, name in zip(grades, ("grade", "review_grade"), strict=True):
        chosen.append(as_text(opening, each).alias(name))
    found = frame.select(*chosen)
    found = found.filter(~nw.col("score").is_null() & ~nw.col("review").is_null())
    eager = found.collect() if isinstance(found, nw.LazyFrame) else found
    return list(eager.rows(named=True))


def _read(
    rows: Iterable[Mapping[str, Any]],
    order: GradeOrder,
    columns: Sequence[str],
    grades: tuple[str, str],
) -> list[_Reviewed]:
    problems: dict[Problem, None] = {}

    def number(row: Mapping[str, Any], at: int) -> Fraction:
        name = ("score", "review")[at]
        value, scale = row[name], row[f"{name}_scale"]
        found = exact_number(value)
        if found is None:
            try:
                found = Fraction(value)
            except (ValueError, OverflowError):
                problems[Problem("not-finite", columns[at], "a score", str(value))] = None
                return Fraction(0)
        return found if scale is None else found / int(scale)

    def place(row: Mapping[str, Any], at: int) -> int | None:
        text = row[("grade", "review_grade")[at]]
        found = None if text is None else order.place(text)
        if text is not None and found is None and text != UNRATED:
            near = nearest_name(text, order.names)
            expected = ", ".join(order.names)
            problems[Problem("unknown-grade", grades[at], expected, text, near)] = None
        return found

    found = [
        _Reviewed(row["by"], number(row, 0), number(row, 1), place(row, 0), place(row, 1))
        for row in rows
    ]
    if problems:
        raise InvalidEvidence(sorted(problems, key=lambda each: (each.path, each.found)))
    return found


def _told(group: Group, rows: Sequence[_Reviewed], alpha_of: Any) -> GroupAgreement:
    n = len(rows)
    shifts = [each.review - each.score for each in rows]
    graded = [
        (each.grade, each.review_grade)
        for each in rows
        if each.grade is not None and each.review_grade is not None
    ]
    scores = [(each.score, each.review) for each in rows]
    return GroupAgreement(
        group,
        n,
        sum(shifts, Fraction(0)) / n if n else None,
        sum(map(abs, shifts), Fraction(0)) / n if n else None,
        len(graded),
        sum(after > before for before, after in graded),
        sum(after < before for before, after in graded),
        _ordinal(graded, alpha_of),
        _interval(scores),
    )


def _ordinal(pairs: Iterable[tuple[int, int]], alpha_of: Any) -> float | None:
    counts = Counter(pairs)
    there = sorted({place for pair in counts for place in pair})
    if counts.total() < 2 or len(there) < 2:
        return None
    # How many judges gave a unit each grade; in one order, so that engines agree bit by bit.
    units = [
        [pair.count(place) for place in there]
        for pair in sorted(counts)
        for _ in range(counts[pair])
    ]
    return float(alpha_of(value_counts=units, level_of_measurement="ordinal"))


def _interval(pairs: Sequence[tuple[Fraction, Fraction]]) -> float | None:
    """Return alpha of scores: 1 - D_o/D_e, with two judges and squared distances.

    D_o is the mean squared distance within units, D_e that of all pairs of the N = 2n values,
    which is twice their variance over N - 1. Not by the library, whose tables have a cell for
    every unit and pair of values: gigabytes for a thousand scores. The tests compare the two.
    """
    values = [each for pair in pairs for each in pair]
    n, count = len(pairs), len(values)
    if n < 2:
        return None
    scale = lcm(*(each.denominator for each in values))
    quanta = [each.numerator * (scale // each.denominator) for each in values]
    total, squares = sum(quanta), sum(each * each for each in quanta)
    spread = count * squares - total * total
    if not spread:
        return None
    within = sum((one - other) ** 2 for one, other in zip(quanta[::2], quanta[1::2], strict=True))
    # D_o = within / n and D_e = 2 · spread / (N · (N - 1)), with N = 2n.
    return float(1 - Fraction(within * (count - 1), spread))
