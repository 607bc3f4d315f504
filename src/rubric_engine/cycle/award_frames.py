"""Awards as frames: what `awarded` says of candidates, for all rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw

from rubric_engine.cycle.exact_scores import refuse_inexact, refuse_large, scale_of, whole
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Award, Places
from rubric_engine.errors import InvalidEvidence, InvalidFrame, InvalidRubric, Problem
from rubric_engine.model import Rubric
from rubric_engine.places import GradeOrder, as_text, chosen
from rubric_engine.windows import AnyFrame, Opened, number, opened, truth

__all__ = ["award_results"]

#: A score in quanta times a scale stays below 2**51, where the largest product is 2**62.
_ROOM = 2**11
#: Shares have no larger denominator, so that their products with ranks stay within 64 bits.
_FINEST = 10**6


def award_results(  # noqa: PLR0913 - a column each for what an award looks at
    frame: AnyFrame,
    award: Award,
    rubric: Rubric,
    *,
    grade: str = "final_grade",
    score: str = "final_score",
    reviewed: str | None = "counted",
    street: str | None = None,
    street_score: str | None = None,
    prefix: str = "",
) -> AnyFrame:
    """Return final results with who is eligible for an award, and who is awarded.

    One row for each unit. `grade` has the final grades, texts or whole stars, and `score` the
    scores that count; who has no score has no result. `reviewed` has truths, or the tiers
    that count as `final_results` writes them (then "district" is reviewed); None where the
    award does not ask. `street` is needed for places within streets, and `street_score`, the
    streets' own scores, for an award `by` them. Scores are numbers, or whole quanta if a
    column beside them has `.scale` after their name: then a score is the double nearest to
    their quotient, which never puts two in the wrong order, and tells any two apart whose
    scales and scores are small (of a scale of a million, up to 1,000 points).

    Adds `eligible` and `awarded`, truths, each with the prefix. See `awarded` for what they
    say.

    Raises `InvalidFrame` for columns (`missing-column`, `column-taken`, `wrong-dtype`), for
    one that the award needs and that is not said (`missing-key`) and for Dask (`lazy-frame`);
    `InvalidRubric` for a rubric without grades (`empty`), an award with grades that it does
    not have (`unknown-grade`) and a share finer than a millionth (`out-of-range`);
    `InvalidEvidence` for eager rows (`unknown-grade`, `not-exact`, and `too-wide` where two
    scores could look the same and are not); `MissingLibrary` where PyArrow or pandas frames
    find no Polars to go through.
    """
    scale, order = GradeScale.of(rubric), GradeOrder.of(rubric)
    places = scale.places(award.grades, "$.grades") - {None}
    quota = award.quota
    by = score if award.by == "district" else street_score
    needs = {
        "reviewed": reviewed if award.reviewed else "",
        "street": street if quota is not None and quota.within == "street" else "",
        "street_score": by if quota is not None else "",
    }
    share = None if quota is None else quota.share
    if share is not None and share.denominator > _FINEST:
        problem = Problem("out-of-range", "$.quota.share", "no finer than a millionth", str(share))
        raise InvalidRubric([problem])
    lacks = [
        Problem("missing-key", name, f"the column {name}: this award needs it")
        for name, column in needs.items()
        if column is None
    ]
    if lacks:
        raise InvalidFrame(lacks)
    used = [grade, score, *(each for each in needs.values() if each)]
    names = [f"{prefix}eligible", f"{prefix}awarded"]
    opening = opened(frame, used, names)
    columns = opening.whole.collect_schema().names()
    scaled = {each: scale_of(each) for each in (score, by) if each and scale_of(each) in columns}
    if scaled:
        opening = opened(frame, [*used, *scaled.values()], names)
    if opening.eager and (unknown := order.unknown(opening, grade)):
        raise InvalidEvidence(unknown)

    fits = chosen(
        [(nw.col("graded") == number(each), truth(True)) for each in places if each is not None],
        truth(False),
    )
    work: Any = opening.frame.with_columns(
        order.found(as_text(opening, grade)).alias("graded"), number(0).alias("one")
    )
    work = work.with_columns(fits.alias("fits"))
    eligible = nw.col("fits")
    if award.reviewed:
        eligible = eligible & _reviewed(opening, str(reviewed))
    work = work.with_columns(
        nw.when(eligible).then(truth(True)).otherwise(truth(False)).alias("eligible")
    )
    if quota is None:
        return opening.closed(work, dict.fromkeys(names, nw.col("eligible")))  # type: ignore[no-any-return]  # because the kind is the caller's
    score_columns = list(dict.fromkeys([score, str(by)]))
    _refuse_scores(opening, score_columns, scaled)
    work = work.with_columns(
        _points(opening, score, scaled).alias("points"),
        _points(opening, str(by), scaled).alias("by"),
    )
    competes = ~(nw.col("by").is_null() | nw.col("points").is_null())
    if award.order.index("eligible") < award.order.index("quota"):
        competes = competes & nw.col("eligible")
    counted = ~nw.col("points").is_null() if quota.of == "all" else nw.col("eligible")
    work = work.with_columns(
        competes.alias("competes"),
        nw.when(counted).then(number(1)).otherwise(number(0)).alias("counted"),
    )
    group = [opening.names[str(street)] if quota.within == "street" else "one"]
    rank = (
        nw.col("by").rank("min", descending=not scale.lower).over(*group, "competes").cast(nw.Int64)
    )
    whole_number = nw.col("counted").sum().over(*group).cast(nw.Int64)
    work = work.with_columns(rank.alias("rank"), whole_number.alias("whole"))
    tied = nw.col("one").count().over(*group, "competes", "rank").cast(nw.Int64)
    work = work.with_columns(tied.alias("tied"))
    holds = nw.col("rank")
    if quota.ties == "out":
        holds = holds + nw.col("tied") - number(1)
    has_place = _within(quota, holds, nw.col("whole"))
    given = nw.col("eligible") & nw.col("competes") & has_place
    awarded = nw.when(given).then(truth(True)).otherwise(truth(False))
    return opening.closed(work, dict(zip(names, [nw.col("eligible"), awarded], strict=True)))  # type: ignore[no-any-return]  # because the kind is the caller's


def _reviewed(opening: Opened, reviewed: str) -> nw.Expr:
    found = opening.of(reviewed)
    if reviewed in opening.untyped:
        return truth(False)
    if opening.dtype(reviewed) == nw.Boolean:
        return found
    if opening.dtype(reviewed).is_numeric() or opening.dtype(reviewed).is_temporal():
        kind = str(opening.dtype(reviewed))
        raise InvalidFrame([Problem("wrong-dtype", reviewed, "truths, or tiers", kind)])
    return found.cast(nw.String) == nw.lit("district", nw.String)


def _refuse_scores(opening: Opened, scores: Iterable[str], scaled: Mapping[str, str]) -> None:
    """Refuse scores that are no numbers, or so large that quotients could look the same."""
    problems = []
    for each in scores:
        if each in scaled:
            refuse_inexact(opening, [each, scaled[each]])
            refuse_large(opening, [(each, [each, scaled[each]], _ROOM)])
        elif not opening.dtype(each).is_numeric():
            problems.append(Problem("wrong-dtype", each, "numbers", str(opening.dtype(each))))
    if problems:
        raise InvalidFrame(problems)


def _points(opening: Opened, score: str, scaled: Mapping[str, str]) -> nw.Expr:
    """Return a score to compare by: the double nearest to its quotient, or as it stands.

    Two quotients a/b and c/d that differ are at least 1/bd apart, and doubles near a/b at
    most a/b / 2**52. So what is told apart are scores with a·d below 2**51.
    """
    if score in scaled:
        quanta, scale = whole(opening, score), whole(opening, scaled[score])
        return quanta.cast(nw.Float64) / scale.cast(nw.Float64)
    found = opening.of(score)
    return nw.when(~found.is_nan()).then(found) if opening.dtype(score).is_float() else found


def _within(quota: Places, rank: nw.Expr, count: nw.Expr) -> nw.Expr:
    """Say whether a rank is within the places, without dividing.

    With x = p·n/q and a whole rank r: r <= floor(x) where r·q <= p·n; r <= floor(x + 1/2)
    where 2r·q <= 2p·n + q; r <= ceil(x) where r·q < p·n + q.
    """
    if quota.share is None:
        return truth(True) if quota.places is None else rank <= number(quota.places)
    p, q = quota.share.numerator, quota.share.denominator
    if quota.rounding == "half_up":
        return rank * number(2 * q) <= count * number(2 * p) + number(q)
    if quota.rounding == "up":
        return rank * number(q) < count * number(p) + number(q)
    return rank * number(q) <= count * number(p)
