"""The review of a district as frames: who is reviewed, and whom a sample's differences queue."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import narwhals as nw

from rubric_engine.cycle.draws import draw
from rubric_engine.cycle.exact_scores import refuse_inexact, refuse_large, scale_of, whole
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Cycle
from rubric_engine.errors import InvalidEvidence, InvalidFrame, Problem
from rubric_engine.grading import UNRATED
from rubric_engine.model import Rubric
from rubric_engine.places import GradeOrder, as_text, chosen
from rubric_engine.windows import AnyFrame, Opened, number, opened, truth

__all__ = ["plan_review", "queued"]


def plan_review(  # noqa: PLR0913 - the frame's columns, and the seed
    frame: AnyFrame,
    cycle: Cycle,
    rubric: Rubric,
    *,
    key: str,
    street: str,
    seed: str,
    grade: str = "grade",
    prefix: str = "",
) -> AnyFrame:
    """Return submitted results with how each is reviewed: what `planned` says of units.

    One row for each unit: its id in `key` and its street in `street`, texts or whole numbers
    (drawn by their decimal digits), the grade that the street gave in `grade`, a text or
    whole stars. Rows without a grade are not reviewed.

    Adds `review` with the prefix: "all", "sampled" or "not_sampled"; missing without a grade.

    A draw is a record, so whom it is among is looked at: of a lazy frame `key`, `street` and
    `grade` of those who can be drawn are collected here and now, and the frame that comes
    back, still lazy, names those who were drawn. Its rows must be the same when it is collected.

    Raises `InvalidFrame` for columns (`missing-column`, `column-taken`, `wrong-dtype`) and
    Dask (`lazy-frame`); `InvalidRubric` for a rubric without grades (`empty`) and a cycle
    with grades that it does not have (`unknown-grade`); `InvalidEvidence` for a key that is
    repeated or missing (`repeated-key`), a street that is missing (`missing-finding`), of all
    rows with a grade if the frame is eager and else of those who can be drawn; and for grades
    of an eager frame that are not in the rubric (`unknown-grade`; in a lazy one they are among
    those who can be drawn); `MissingLibrary` where PyArrow or pandas frames find no Polars to
    go through.
    """
    scale, order = GradeScale.of(rubric), GradeOrder.of(rubric)
    places = scale.places(cycle.review.all, "$.review.all")
    name = f"{prefix}review"
    opening = opened(frame, [key, street, grade], [name])
    _refuse_names(opening, [key, street])
    if opening.eager and (unknown := order.unknown(opening, grade)):
        raise InvalidEvidence(unknown)
    work: Any = opening.frame.with_columns(as_text(opening, grade).alias("text"))
    work = work.with_columns(order.found(nw.col("text")).alias("graded"))
    cases = [(nw.col("graded") == number(each), truth(True)) for each in places if each is not None]
    if None in places:
        cases.append((nw.col("text") == nw.lit(UNRATED, nw.String), truth(True)))
    work = work.with_columns(chosen(cases, truth(False)).alias("whole"))
    read = work.select(
        opening.of(key).alias("key"),
        opening.of(street).alias("street"),
        nw.col("whole"),
        nw.col("text"),
    ).filter(~nw.col("text").is_null())
    if not opening.eager:
        read = read.filter(~nw.col("whole")).collect()
    columns = [read[each].to_list() for each in ("key", "street", "whole")]
    _refuse_keys(columns[0], columns[1], key, street)
    streets: dict[str, dict[str, Any]] = defaultdict(dict)
    for unit, of, whole_grade in zip(*columns, strict=True):
        if not whole_grade:
            streets[str(of)][str(unit)] = unit
    sample = cycle.review.sample
    drawn = [
        units[unit]
        for of, units in streets.items()
        if sample is not None
        for unit in draw(units, sample, seed=seed, street=of)
    ]
    sampled = opening.of(key).is_in(drawn) if drawn else truth(False)
    review = chosen(
        [
            (nw.col("text").is_null(), nw.lit(None, nw.String)),
            (nw.col("whole"), nw.lit("all", nw.String)),
            (sampled, nw.lit("sampled", nw.String)),
        ],
        nw.lit("not_sampled", nw.String),
    )
    return opening.closed(work, {name: review})  # type: ignore[no-any-return]  # because the kind is the caller's


def queued(  # noqa: PLR0913 - a column each for what a difference is between
    frame: AnyFrame,
    cycle: Cycle,
    rubric: Rubric,
    *,
    street: str,
    review: str = "review",
    score: str = "score",
    grade: str = "grade",
    review_score: str = "review_score",
    review_grade: str = "review_grade",
    name: str = "review_now",
) -> AnyFrame:
    """Return planned reviews with those that the differences of a sample have queued.

    `review` is what `plan_review` wrote; `score` and `grade` are the street's results and
    `review_score` and `review_grade` the district's, missing where there is none yet. Scores
    are whole quanta as `evaluate_frame(exact=True)` gives them, each beside a column with
    `.scale` after its name, so that two of them are compared exactly, also of different scales.

    Adds column `name`: the same as `review`, but "queued" for those not sampled in a street of
    which at least `cycle.review.queue_after` of the sample differ, as `differs` says.

    Raises as `final_results` does, for the columns that it has.
    """
    order = GradeOrder.of(rubric)
    quanta = [each for of in (score, review_score) for each in (of, scale_of(of))]
    opening = opened(frame, [street, review, *quanta, grade, review_grade], [name])
    refuse_inexact(opening, quanta)
    tolerance = cycle.review.tolerance
    if opening.eager:
        unknown = [each for of in (grade, review_grade) for each in order.unknown(opening, of)]
        if unknown:
            raise InvalidEvidence(unknown)
        if tolerance.points is not None:
            p, q = abs(tolerance.points.numerator), tolerance.points.denominator
            scales = [scale_of(score), scale_of(review_score)]
            refuse_large(
                opening,
                [
                    (score, [score, scales[1]], 2 * q),
                    (review_score, [review_score, scales[0]], 2 * q),
                    (scales[0], scales, p),
                ],
            )
    text = opening.of(review).cast(nw.String)
    if cycle.review.queue_after is None:
        return opening.closed(opening.frame, {name: text})  # type: ignore[no-any-return]  # the same
    work: Any = opening.frame.with_columns(
        text.alias("review"),
        *(whole(opening, each).alias(f"quanta{at}") for at, each in enumerate(quanta)),
        order.found(as_text(opening, grade)).alias("graded"),
        order.found(as_text(opening, review_grade)).alias("other_graded"),
    )
    one, of_one, other, of_other = (nw.col(f"quanta{at}") for at in range(4))
    work = work.with_columns((one * of_other - other * of_one).alias("apart"))
    apart = nw.col("apart")
    cases: list[nw.Expr] = []
    if tolerance.points is not None:
        p, q = tolerance.points.numerator, tolerance.points.denominator
        size = nw.when(apart < number(0)).then(number(0) - apart).otherwise(apart)
        cases.append(size * number(q) > of_one * of_other * number(p))
    if tolerance.grades is not None:
        place, other_place = nw.col("graded"), nw.col("other_graded")
        cases.append(place.is_null() & ~other_place.is_null())
        cases.append(~place.is_null() & other_place.is_null())
        cases.append(place - other_place > number(tolerance.grades))
        cases.append(other_place - place > number(tolerance.grades))
    different = chosen([(each, number(1)) for each in cases], number(0))
    counts = (nw.col("review") == nw.lit("sampled", nw.String)) & ~apart.is_null()
    work = work.with_columns(
        nw.when(counts).then(different).otherwise(number(0)).alias("different"),
    )
    many = nw.col("different").sum().over(opening.names[street]).cast(nw.Int64)
    work = work.with_columns(many.alias("many"))
    queue = nw.col("review") == nw.lit("not_sampled", nw.String)
    queue = queue & (nw.col("many") >= number(cycle.review.queue_after))
    now = nw.when(queue).then(nw.lit("queued", nw.String)).otherwise(nw.col("review"))
    return opening.closed(work, {name: now})  # type: ignore[no-any-return]  # because the kind is the caller's


def _refuse_names(opening: Opened, columns: list[str]) -> None:
    """Refuse columns that name nothing: neither texts nor whole numbers."""
    texts = (nw.String, nw.Categorical, nw.Enum)
    problems = [
        Problem("wrong-dtype", each, "texts or whole numbers", str(opening.dtype(each)))
        for each in columns
        if not opening.dtype(each).is_integer() and opening.dtype(each) not in texts
    ]
    if problems:
        raise InvalidFrame(problems)


def _refuse_keys(keys: list[Any], streets: list[Any], key: str, street: str) -> None:
    problems: list[Problem] = []
    if None in keys:
        problems.append(Problem("repeated-key", key, "a value in every row"))
    if len(set(keys)) < len(keys):
        twice = sorted(
            each for each, many in Counter(keys).items() if many > 1 and each is not None
        )
        problems += [
            Problem("repeated-key", key, "every unit once", str(each)) for each in twice[:10]
        ]
    if None in streets:
        problems.append(Problem("missing-finding", street, "a street in every row"))
    if problems:
        raise InvalidEvidence(problems)
