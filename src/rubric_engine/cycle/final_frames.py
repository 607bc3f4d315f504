"""Final results as frames: what `final_outcome` does for a unit, for all rows at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import narwhals as nw

from rubric_engine.cycle.exact_scores import refuse_inexact, refuse_large, scale_of, whole
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Cycle
from rubric_engine.errors import InvalidEvidence, InvalidFrame, InvalidRubric, Problem, malformed
from rubric_engine.grading import UNRATED
from rubric_engine.model import Rubric
from rubric_engine.places import GradeOrder, as_text, chosen
from rubric_engine.windows import AnyFrame, Opened, number, opened

__all__ = ["final_results"]

_FINEST = 10**9


def final_results(  # noqa: PLR0913 - a column each for what a final result follows from
    frame: AnyFrame,
    cycle: Cycle,
    rubric: Rubric,
    *,
    score: str = "score",
    grade: str = "grade",
    review_score: str | None = None,
    review_grade: str | None = None,
    deduct: str | None = None,
    deduct_scale: int = 1,
    at_most: str | None = None,
    fail: str | None = None,
    last: str | None = None,
    prefix: str = "",
) -> AnyFrame:
    """Return results with what is final of them: one row for each unit.

    `score` and `grade` are the street's, `review_score` and `review_grade` the district's.
    Scores are whole quanta as `evaluate_frame(exact=True)` gives them, so each has a column
    beside it with `.scale` after its name; so the arithmetic is exact. Grades are texts or
    whole stars. A tier has a result where its score is there.

    The decisions on objections are in columns, at most one of each kind for a unit, and act
    in this order: `deduct` has whole numbers, of which `deduct_scale` make a point, 0 or
    missing for no deduction; `at_most` has grades, `fail` has truths. `last` has last year's
    final grades. See `final_outcome` for what they do and in what order.

    Adds, each with the prefix: `counted` ("street" or "district"), `final_score` and
    `final_score.scale` (whole numbers), `final_grade` (text), `final_stars` (whole number;
    only if a grade has stars), and `progress` ("up", "down" or "same" against last year's;
    missing for a baseline). Where no tier has a result all are missing.

    Raises `InvalidFrame` for columns (`missing-column`, `column-taken`, `wrong-dtype`), for
    one of `review_score` and `review_grade` without the other (`conflicting-keys`) and for
    Dask (`lazy-frame`); `InvalidRubric` for a rubric without grades (`empty`), for a
    `deduct_scale` not within 1 to 10**9 (`out-of-range`) and for `deduct` where a lower score
    is the better one (`conflicting-keys`); `InvalidEvidence` for what is wrong in eager rows:
    `unknown-grade`, `out-of-range` for a deduction below zero, `not-exact`, and `too-wide`
    where numbers would leave 62 bits. Of a lazy frame no row is looked at: there an unknown
    grade counts as none, and a deduction below zero too. `MissingLibrary` where PyArrow or
    pandas frames find no Polars to go through.
    """
    scale, order = GradeScale.of(rubric), GradeOrder.of(rubric)
    _refuse_choices(scale, review_score, review_grade, deduct, deduct_scale)
    scores = {"street": score, "district": review_score}
    grades = {"street": grade, "district": review_grade}
    tiers = [each for each in cycle.authority if scores[each] is not None]
    known = [name for name in scores.values() if name is not None]
    quanta = [each for name in known for each in (name, scale_of(name))]
    decided = [each for each in (deduct, at_most, fail, last) if each is not None]
    graded = [each for each in grades.values() if each is not None]
    stars = [f"{prefix}final_stars"] if order.starred else []
    results = [f"{prefix}{each}" for each in ("counted", "final_score", "final_score.scale")]
    results += [f"{prefix}final_grade", *stars, f"{prefix}progress"]
    opening = opened(frame, [*quanta, *graded, *decided], results)
    whole_ones = [*quanta, *([deduct] if deduct else [])]
    refuse_inexact(opening, whole_ones)
    if fail is not None and opening.dtype(fail) != nw.Boolean and fail not in opening.untyped:
        kind = str(opening.dtype(fail))
        raise InvalidFrame([Problem("wrong-dtype", fail, "truths", kind)])
    _refuse_rows(opening, order, [*graded, *([last] if last else [])], at_most, deduct)
    _refuse_sizes(opening, scale, known, deduct, deduct_scale)

    work: Any = opening.frame.with_columns(
        *(
            expression.alias(f"{tier}_{name}")
            for tier in tiers
            for name, expression in _of_tier(opening, str(scores[tier]), str(grades[tier]))
        )
    )
    there = [
        (tier, ~(nw.col(f"{tier}_score").is_null() | nw.col(f"{tier}_scale").is_null()))
        for tier in tiers
    ]

    def of(name: str, kind: Any) -> nw.Expr:  # noqa: ANN401 - a type, or its class
        cases = [(has, nw.col(f"{tier}_{name}")) for tier, has in there]
        return chosen(cases, nw.lit(None, kind)).alias(name)

    counted = chosen([(has, nw.lit(tier, nw.String)) for tier, has in there], _NOTHING)
    work = work.with_columns(
        counted.alias("counted"),
        of("score", nw.Int64),
        of("scale", nw.Int64),
        of("text", nw.String),
    )
    work = work.with_columns(
        order.found(nw.col("text")).alias("start"),
        (order.found(as_text(opening, last)) if last else nw.lit(None, nw.Int64)).alias("before"),
    )
    work = work.with_columns(nw.col("start").alias("at"))
    for part in cycle.order:
        if part == "history":
            work = _remembered(work, cycle)
            continue
        if deduct is not None:
            work = _deducted(work, opening, scale, deduct, deduct_scale)
        if at_most is not None:
            work = work.with_columns(order.found(as_text(opening, at_most)).alias("limit"))
            work = work.with_columns(_moved(nw.col("at") < nw.col("limit"), nw.col("limit")))
        if fail is not None:
            fails = opening.of(fail).cast(nw.Boolean) & ~nw.col("counted").is_null()
            work = work.with_columns(fails.alias("fails"))
            work = work.with_columns(_moved(nw.col("fails"), number(scale.last)))
    at, before = nw.col("at"), nw.col("before")
    unrated = nw.lit(UNRATED, nw.String)
    final = chosen(
        [(~at.is_null(), order.text(at)), (nw.col("start").is_null(), nw.col("text"))], unrated
    )
    progress = chosen(
        [
            (at < before, nw.lit("up", nw.String)),
            (at > before, nw.lit("down", nw.String)),
            (at == before, nw.lit("same", nw.String)),
        ],
        _NOTHING,
    )
    columns = [nw.col("counted"), nw.col("score"), nw.col("scale"), final]
    columns += [*([order.number_of_stars(at)] if order.starred else []), progress]
    return opening.closed(work, dict(zip(results, columns, strict=True)))  # type: ignore[no-any-return]  # because the kind is the caller's


_NOTHING = nw.lit(None, nw.String)


def _of_tier(opening: Opened, score: str, grade: str) -> Iterable[tuple[str, nw.Expr]]:
    return (
        ("score", whole(opening, score)),
        ("scale", whole(opening, scale_of(score))),
        ("text", as_text(opening, grade)),
    )


def _moved(condition: nw.Expr, place: nw.Expr) -> nw.Expr:
    """Return the places with those moved for whom a condition is true, and not missing."""
    return nw.when(condition).then(place).otherwise(nw.col("at")).alias("at")


def _deducted(
    work: Any,  # noqa: ANN401 - a frame of any engine
    opening: Opened,
    scale: GradeScale,
    deduct: str,
    deduct_scale: int,
) -> Any:  # noqa: ANN401 - a frame of any engine
    """Take points off, and leave the grade that the cuts leave."""
    asked = whole(opening, deduct) * nw.col("scale")
    asked = nw.when(asked > number(0)).then(asked).otherwise(number(0))
    work = work.with_columns(
        asked.alias("asked"),
        (nw.col("score") * number(deduct_scale)).alias("score"),
        (nw.col("scale") * number(deduct_scale)).alias("scale"),
    )
    there = nw.when(nw.col("score") > number(0)).then(nw.col("score")).otherwise(number(0))
    work = work.with_columns(there.alias("there"))
    more = nw.col("asked") > nw.col("there")
    taken = nw.when(more).then(nw.col("there")).otherwise(nw.col("asked"))
    work = work.with_columns(taken.alias("taken"))
    work = work.with_columns((nw.col("score") - nw.col("taken")).alias("score"))
    cases = []
    for place, cut in enumerate(scale.cuts):
        reached = nw.col("at") <= number(place)
        if cut is not None:
            quanta = nw.col("score") * number(cut.denominator)
            reached = reached & (quanta >= nw.col("scale") * number(cut.numerator))
        cases.append((reached, number(place)))
    work = work.with_columns(chosen(cases, nw.lit(None, nw.Int64)).alias("left"))
    return work.with_columns(_moved(nw.col("taken") > number(0), nw.col("left")))


def _remembered(work: Any, cycle: Cycle) -> Any:  # noqa: ANN401 - a frame of any engine
    """Let last year's grade act."""
    at, before, history = nw.col("at"), nw.col("before"), cycle.history
    if history.add:
        more = at - number(history.add)
        more = nw.when(more < number(0)).then(number(0)).otherwise(more)
        work = work.with_columns(_moved(at < before, more))
    if history.up is not None:
        edge = before - number(history.up)
        work = work.with_columns(_moved(at < edge, edge))
    if history.down is not None:
        edge = before + number(history.down)
        work = work.with_columns(_moved(at > edge, edge))
    return work


def _refuse_choices(
    scale: GradeScale,
    review_score: str | None,
    review_grade: str | None,
    deduct: str | None,
    deduct_scale: int,
) -> None:
    if (review_score is None) != (review_grade is None):
        expected = "`review_score` and `review_grade`, or neither"
        raise InvalidFrame([Problem("conflicting-keys", "review_score", expected)])
    if type(deduct_scale) is not int or not 1 <= deduct_scale <= _FINEST:
        expected = "a whole number, 1 to 10**9"
        problem = Problem("out-of-range", "deduct_scale", expected, repr(deduct_scale))
        raise InvalidRubric([problem])
    if deduct is not None and scale.lower:
        expected = "grades with `from`: points are taken off where more is better"
        raise malformed("conflicting-keys", expected, "`up_to`", "$.grades")


def _refuse_rows(
    opening: Opened,
    order: GradeOrder,
    graded: Iterable[str],
    at_most: str | None,
    deduct: str | None,
) -> None:
    if not opening.eager:
        return
    problems = [each for name in graded for each in order.unknown(opening, name)]
    if at_most is not None:
        problems += order.unknown(opening, at_most)
        if UNRATED in opening.column(as_text(opening, at_most)):
            known = ", ".join(order.names)
            problems.append(Problem("unknown-grade", at_most, known, UNRATED))
    if deduct is not None:
        below = sorted(
            each for each in opening.column(whole(opening, deduct)) if each is not None and each < 0
        )
        problems += [Problem("out-of-range", deduct, "0 or more", str(each)) for each in below[:1]]
    if problems:
        raise InvalidEvidence(problems)


def _refuse_sizes(
    opening: Opened, scale: GradeScale, scores: Iterable[str], deduct: str | None, deduct_scale: int
) -> None:
    """Refuse eager rows whose products would leave 62 bits."""
    if deduct is None:
        return
    cuts = [each for each in scale.cuts if each is not None]
    below = max((each.denominator for each in cuts), default=1) * deduct_scale
    above = max((abs(each.numerator) for each in cuts), default=1) * deduct_scale
    products: list[tuple[str, list[str], int]] = []
    for each in scores:
        products += [
            (each, [each], below),
            (scale_of(each), [scale_of(each)], above),
            (deduct, [deduct, scale_of(each)], below),
        ]
    refuse_large(opening, products)
