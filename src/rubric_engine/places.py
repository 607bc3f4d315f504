"""Places that are few: quotas as a maximum, and ranks of final results.

Both work on a frame of results as `evaluate_frame` gives it, of any engine, and both are for
what stands last in the chain: after vetoes, history and reviews. A quota is a maximum. It
takes a grade away from those who come last, and never gives one.

Nothing is divided: "no more than p/q of n" is asked of a rank r as `r·q <= p·n`, which is
exact. Scores are compared as they stand in the column. A double that is nearest to the exact
decimal is equal for equal scores and never in the wrong order, but two exact scores that
differ only beyond the digits of a double tie there; with the exact integers of
`evaluate_frame(exact=True)` they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import narwhals as nw
from attrs import field, frozen

from rubric_engine.errors import (
    InvalidEvidence,
    InvalidFrame,
    InvalidRubric,
    Problem,
    malformed,
    nearest_name,
)
from rubric_engine.exact import exact_number
from rubric_engine.grading import UNRATED, Grade
from rubric_engine.model import Rubric
from rubric_engine.windows import AnyFrame, Opened, number, opened, truth

__all__ = ["GradeOrder", "Quota", "award_places", "chosen", "rank_results"]

#: Shares have no larger denominator and populations are no larger: twice their product, and
#: that of a rank, is below 2**63.
_FINEST = 10**6
_LARGEST = 10**12

By = str | Mapping[str, Literal["highest", "lowest"]]


def _share(value: object) -> Fraction | None:
    if value is None:
        return None
    found = exact_number(value)
    if found is None:
        raise malformed("bad-number", "an exact share, as `1/10` or `0.15`", repr(value), "share")
    return found


def _columns(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


@frozen
class Quota:
    """How many may hold a grade at most: a share of a number, or a number of places.

    Raises `InvalidRubric`: for a share that is no exact number (`bad-number`) or not within
    0 to 1 or finer than a millionth, and for places below 0 (`out-of-range`); where neither
    or both are said, and where something is said about a share that there is not
    (`conflicting-keys`).

    >>> from rubric_engine.places import Quota
    >>> Quota("5", share="1/10").share
    Fraction(1, 10)
    """

    #: The grade that it limits: its name, or its stars.
    grade: str = field(converter=str)
    #: The share that may hold it, within 0 to 1: an exact number, or its text.
    share: Fraction | None = field(default=None, converter=_share, kw_only=True)
    #: Or how many may hold it.
    places: int | None = field(default=None, kw_only=True)
    #: What the share is of: those who are rated, or all rows; of the group, if there is one.
    of: Literal["rated", "all"] = field(default="rated", kw_only=True)
    #: Or a column with the number it is of, a whole number up to 10**12, one for each group.
    population: str | None = field(default=None, kw_only=True)
    #: What becomes of a part of a place; half_up means that half a place is one.
    rounding: Literal["down", "half_up", "up"] = field(default="down", kw_only=True)
    #: Whether those who tie for the last place are all in, or all out.
    ties: Literal["in", "out"] = field(default="out", kw_only=True)
    #: The columns that name a group; each group has places of its own.
    within: tuple[str, ...] = field(default=(), converter=_columns, kw_only=True)

    def __attrs_post_init__(self) -> None:
        problems: list[Problem] = []

        def refuse(code: str, at: str, expected: str, found: object) -> None:
            problems.append(Problem(code, at, expected, repr(found)))

        if (self.share is None) == (self.places is None):
            refuse("conflicting-keys", "share", "either `share` or `places`", self.share)
        if self.share is not None:
            if not 0 <= self.share <= 1 or self.share.denominator > _FINEST:
                refuse("out-of-range", "share", "0 to 1, no finer than a millionth", self.share)
        elif self.population is not None:
            refuse("conflicting-keys", "population", "`share` beside it", self.population)
        places: object = self.places
        if places is not None and (isinstance(places, bool) or not isinstance(places, int)):
            refuse("wrong-type", "places", "a whole number", places)
        elif self.places is not None and not 0 <= self.places <= _LARGEST:
            refuse("out-of-range", "places", "a number from 0", self.places)
        for at, known in (
            ("of", ("rated", "all")),
            ("rounding", ("down", "half_up", "up")),
            ("ties", ("in", "out")),
        ):
            said = getattr(self, at)
            if said not in known:
                near = nearest_name(str(said), known)
                problems.append(Problem("unknown-value", at, " or ".join(known), str(said), near))
        if problems:
            raise InvalidRubric(problems)


@frozen
class GradeOrder:
    """The grades that there are, the best first, with their stars where they have some."""

    names: tuple[str, ...]
    stars: tuple[int | None, ...]

    @classmethod
    def of(cls, grades: Rubric | Iterable[Grade | str | int]) -> GradeOrder:
        """Return the order of a rubric's grades, or of grades, names or stars, best first.

        A whole number is a grade called by its stars. Raises `InvalidRubric` where there are
        none (`empty`) or one is there twice (`duplicate-id`).
        """
        given = list(grades.grades if isinstance(grades, Rubric) else grades)
        made = [
            each
            if isinstance(each, Grade)
            else Grade(stars=each)
            if isinstance(each, int)
            else Grade(grade=str(each))
            for each in given
        ]
        names = tuple(each.name for each in made)
        if not names:
            raise malformed("empty", "grades, the best first", "none", "grades")
        for place, name in enumerate(names):
            if name in names[:place]:
                raise malformed("duplicate-id", "every grade once", name, f"grades[{place}]")
        return cls(names, tuple(each.stars for each in made))

    @property
    def starred(self) -> bool:
        """Whether any grade has stars."""
        return any(each is not None for each in self.stars)

    def place(self, grade: str) -> int | None:
        """Return the place of a grade by its name, or else by its stars; 0 is the best."""
        if grade in self.names:
            return self.names.index(grade)
        stars = ["" if each is None else str(each) for each in self.stars]
        return stars.index(grade) if grade in stars else None

    def found(self, text: nw.Expr) -> nw.Expr:
        """Return the place of a grade that a column of texts names; null for no grade."""
        known = {name: place for place, name in enumerate(self.names)}
        for place, stars in enumerate(self.stars):
            if stars is not None:
                known.setdefault(str(stars), place)
        return chosen(
            [(text == nw.lit(name, nw.String), number(place)) for name, place in known.items()],
            nw.lit(None, nw.Int64),
        )

    def text(self, place: nw.Expr) -> nw.Expr:
        """Return the names of grades from their places."""
        return chosen(
            [
                (place == number(each), nw.lit(name, nw.String))
                for each, name in enumerate(self.names)
            ],
            nw.lit(None, nw.String),
        )

    def number_of_stars(self, place: nw.Expr) -> nw.Expr:
        """Return the stars of grades from their places."""
        return chosen(
            [
                (place == number(each), number(stars))
                for each, stars in enumerate(self.stars)
                if stars is not None
            ],
            nw.lit(None, nw.Int64),
        )

    def results(self, prefix: str, truth_name: str) -> list[str]:
        """Return the names of the columns that a change of grades adds."""
        stars = [f"{prefix}final_stars"] if self.starred else []
        return [f"{prefix}final_grade", *stars, f"{prefix}{truth_name}"]

    def unknown(self, opening: Opened, column: str) -> list[Problem]:
        """Return a problem for each text of a column that names no grade; of an eager frame."""
        stars = (str(each) for each in self.stars if each is not None)
        known = {*self.names, *stars, UNRATED}
        found = sorted(
            str(each) for each in opening.column(as_text(opening, column)) if each is not None
        )
        return [
            Problem("unknown-grade", column, ", ".join(self.names), each, nearest_name(each, known))
            for each in found
            if each not in known
        ]


def chosen(cases: Sequence[tuple[nw.Expr, nw.Expr]], otherwise: nw.Expr) -> nw.Expr:
    """Return the value of the first case that holds."""
    for condition, value in reversed(cases):
        otherwise = nw.when(condition).then(value).otherwise(otherwise)
    return otherwise


def as_text(opening: Opened, column: str) -> nw.Expr:
    """Return a column of grades as texts; stars may be numbers, also whole ones in doubles."""
    found = opening.of(column)
    if opening.dtype(column).is_numeric():
        found = found.cast(nw.Int64)
    return found.cast(nw.String)


def award_places(
    frame: AnyFrame,
    quotas: Iterable[Quota],
    *,
    grades: Rubric | Iterable[Grade | str | int],
    by: By = "score",
    grade: str = "grade",
    prefix: str = "",
) -> AnyFrame:
    """Return results with what quotas leave of their grades.

    `frame` has one row for each assessee, with its grade in column `grade`, a text or whole
    stars. `grades` are all there are, the best first, or the rubric that has them. `quotas`
    apply in order, from the best grade; several may limit one grade. Who is too many of a
    grade goes one grade down, and counts there against the quota that follows. Who comes
    first is decided by the columns of `by`, the highest first unless `"lowest"` is said:
    `{"score": "highest", "faults": "lowest"}` decides equal scores by the faults. Numbers,
    truths and dates can decide; missing, they come last.

    Those without a score (the first column of `by` is missing), without a grade or with one
    that is not in the list take no place, are not "rated", and keep what they have. So do
    those who are vetoed: the gate has given them a lower grade already.

    Adds `final_grade` (text), `final_stars` (whole number; only if a grade has stars) and
    `displaced` (truth), each with the prefix. A missing group is a group of its own. Of an
    eager frame grades are checked, and populations: one number for a group, from 0 to 10**12.
    Of a lazy frame nothing is looked at; the largest number of a group counts, and where
    there is none, `final_grade` and `displaced` of those whom the quota limits are missing.

    Raises `InvalidRubric` for quotas of a grade that is unknown or the last
    (`unknown-grade`), and out of order (`grades-order`); `InvalidFrame` for columns
    (`missing-column`, `column-taken`, `wrong-dtype`), for a `by` that says nothing or a word
    that is unknown (`empty`, `unknown-value`), and for Dask (`lazy-frame`);
    `InvalidEvidence` for what is wrong in eager rows (`unknown-grade`, `missing-finding`,
    `out-of-range`, `given-twice`); `MissingLibrary` where PyArrow or pandas frames find no
    Polars to go through.
    """
    order = GradeOrder.of(grades)
    chain = _chain(list(quotas), order)
    deciding = {by: "highest"} if isinstance(by, str) else dict(by)
    _refuse_undecided(deciding)
    used = [grade, *deciding, *(name for _, each in chain for name in _of_quota(each))]
    names = order.results(prefix, "displaced")
    opening = opened(frame, used, names)
    _refuse_order(opening, deciding)
    _refuse_populations(opening, [each for _, each in chain])
    if opening.eager and (problems := order.unknown(opening, grade)):
        raise InvalidEvidence(problems)
    work: Any = opening.frame.with_columns(
        as_text(opening, grade).alias("text"),
        number(0).alias("one"),
        *(_comparable(opening, name).alias(f"by{at}") for at, name in enumerate(deciding)),
    )
    work = work.with_columns(order.found(nw.col("text")).alias("graded"))
    rated = nw.when(~nw.col("by0").is_null()).then(nw.col("graded"))
    work = work.with_columns(rated.alias("start"), rated.alias("at"))
    down = [each == "highest" for each in deciding.values()]
    for limited, quota in chain:
        group = [opening.names[each] for each in quota.within] or ["one"]
        work = _limited(work, opening, quota, limited=limited, group=group, down=down)
    start, at = nw.col("start"), nw.col("at")
    lower = nw.when(~at.is_null()).then(at > start)
    displaced = nw.when(start.is_null()).then(truth(False)).otherwise(lower)
    work = work.with_columns(displaced.alias("moved"))
    moved = nw.col("moved")
    final = nw.when(moved).then(order.text(at)).otherwise(nw.col("text"))
    stars = nw.when(start.is_null()).then(nw.col("graded")).otherwise(at)
    results: list[nw.Expr] = [nw.when(~moved.is_null()).then(final)]
    results += [order.number_of_stars(stars)] if order.starred else []
    return opening.closed(work, dict(zip(names, [*results, moved], strict=True)))  # type: ignore[no-any-return]  # because the kind is the caller's


def rank_results(
    frame: AnyFrame,
    *,
    by: By = "score",
    within: str | Iterable[str] | None = None,
    ties: Literal["lowest", "highest", "dense"] = "lowest",
    among: str | None = None,
    name: str = "rank",
) -> AnyFrame:
    """Return results with their ranks, 1 for the best, inside groups.

    `by` is as for `award_places`: `{"final_stars": "highest", "score": "highest"}` ranks by
    the final grade and then the score, so that a vetoed unit does not stay first. `within`
    are the columns that name a group; a missing group is one of its own. Two who tie for the
    second place are both 2 and the next is 4 (`"lowest"`), both 3 (`"highest"`), or both 2
    and the next is 3 (`"dense"`). `among` is a column of truths: who is not among them has no rank
    and is in nobody's way. Without it all are ranked who have a value in the first column.

    Adds column `name`, a whole number; missing for those who are not ranked. Raises
    `InvalidFrame` as `award_places` does, and for an unknown word in `ties`
    (`unknown-value`); `InvalidEvidence` for a truth of `among` that is missing in an eager
    frame (`missing-finding`; in a lazy one who lacks it is not ranked); `MissingLibrary`.
    """
    if ties not in (words := ("lowest", "highest", "dense")):
        near = nearest_name(str(ties), words)
        raise InvalidFrame([Problem("unknown-value", "ties", ", ".join(words), ties, near)])
    deciding = {by: "highest"} if isinstance(by, str) else dict(by)
    _refuse_undecided(deciding)
    groups = _columns(within)
    opening = opened(frame, [*deciding, *groups, *([among] if among else [])], [name])
    _refuse_order(opening, deciding)
    counted = ~nw.col("by0").is_null()
    if among is not None:
        _refuse_truths(opening, among)
        listed = nw.when(opening.of(among).is_null()).then(truth(False))
        counted = counted & listed.otherwise(opening.of(among))
    work: Any = opening.frame.with_columns(
        number(0).alias("one"),
        *(_comparable(opening, each).alias(f"by{at}") for at, each in enumerate(deciding)),
    )
    work = work.with_columns(counted.alias("counted"))
    group = ["counted", *([opening.names[each] for each in groups] or ["one"])]
    work = _ranked(work, group, [each == "highest" for each in deciding.values()])
    rank = nw.col("rank")
    if ties == "highest":
        rank = rank + nw.col("tied") - number(1)
    elif ties == "dense":
        work = work.with_columns(rank.rank("dense").over(*group).cast(nw.Int64).alias("rank"))
    return opening.closed(work, {name: nw.when(nw.col("counted")).then(rank)})  # type: ignore[no-any-return]  # because the kind is the caller's


def _chain(quotas: Sequence[Quota], order: GradeOrder) -> list[tuple[int, Quota]]:
    """Return the quotas with the places of their grades."""
    problems: list[Problem] = []
    chain: list[tuple[int, Quota]] = []
    for index, quota in enumerate(quotas):
        place, at = order.place(quota.grade), f"quotas[{index}].grade"
        if place is None:
            near = nearest_name(quota.grade, order.names)
            expected = ", ".join(order.names)
            problems.append(Problem("unknown-grade", at, expected, quota.grade, near))
        elif place == len(order.names) - 1:
            expected = "a grade with one below it"
            problems.append(Problem("unknown-grade", at, expected, quota.grade))
        else:
            chain.append((place, quota))
    for (above, _), (below, quota) in pairwise(chain):
        if below < above:
            expected = "quotas from the best grade down"
            problems.append(Problem("grades-order", "quotas", expected, quota.grade))
    if problems:
        raise InvalidRubric(problems)
    return chain


def _of_quota(quota: Quota) -> list[str]:
    return [*quota.within, *([quota.population] if quota.population else [])]


def _refuse_undecided(deciding: Mapping[str, str]) -> None:
    problems = [
        Problem("unknown-value", name, "highest or lowest", str(direction))
        for name, direction in deciding.items()
        if direction not in ("highest", "lowest")
    ]
    if not deciding:
        problems.append(Problem("empty", "by", "a column that decides who comes first"))
    if problems:
        raise InvalidFrame(problems)


def _refuse_order(opening: Opened, deciding: Iterable[str]) -> None:
    """Refuse columns that order nothing, or that engines order differently, as texts."""
    problems: list[Problem] = []
    for name in deciding:
        kind = opening.dtype(name)
        if not (kind.is_numeric() or kind in (nw.Boolean, nw.Date, nw.Datetime)):
            expected = "numbers, truths or dates"
            problems.append(Problem("wrong-dtype", name, expected, str(kind)))
    if problems:
        raise InvalidFrame(problems)


def _refuse_truths(opening: Opened, column: str) -> None:
    if opening.dtype(column) != nw.Boolean:
        kind = str(opening.dtype(column))
        raise InvalidFrame([Problem("wrong-dtype", column, "truths", kind)])
    if opening.eager and None in opening.column(opening.of(column)):
        raise InvalidEvidence([Problem("missing-finding", column, "a truth in every row")])


def _refuse_populations(opening: Opened, quotas: Sequence[Quota]) -> None:
    stated = [(quota, quota.population) for quota in quotas if quota.population is not None]
    problems = [
        Problem("wrong-dtype", name, "whole numbers", str(opening.dtype(name)))
        for _, name in stated
        if not opening.dtype(name).is_integer()
    ]
    if problems:
        raise InvalidFrame(problems)
    for quota, name in stated if opening.eager else []:
        found = opening.column(opening.of(name))
        if None in found:
            problems.append(Problem("missing-finding", name, "a number in every row"))
        outside = sorted(each for each in found if each is not None and not 0 <= each <= _LARGEST)
        if outside:
            expected = "a number from 0 to 10**12"
            problems.append(Problem("out-of-range", name, expected, str(outside[0])))
        group = [opening.names[each] for each in quota.within] or ["one"]
        frame: Any = opening.frame.with_columns(number(0).alias("one"))
        pairs = frame.select(opening.of(name).alias("population"), *group).unique()
        if len(pairs) > len(pairs.select(*group).unique()):
            expected = "one number for each group"
            problems.append(Problem("given-twice", name, expected, "several"))
    if problems:
        raise InvalidEvidence(problems)


def _comparable(opening: Opened, name: str) -> nw.Expr:
    """Return a column to compare by: truths as 0 and 1, and what is not a number as missing."""
    found, kind = opening.of(name), opening.dtype(name)
    if kind == nw.Boolean:
        numbers = nw.when(found).then(number(1)).otherwise(number(0))
        return nw.when(~found.is_null()).then(numbers)
    if kind.is_float():
        return nw.when(~found.is_nan()).then(found)
    return found


def _ranked(frame: Any, group: Sequence[str], down: Sequence[bool]) -> Any:  # noqa: ANN401 - a frame of any engine
    """Add `rank`, the best place among those who tie, and `tied`, how many they are.

    The columns `by0` and on decide, the first of them missing for nobody who matters.
    """
    for at, descending in enumerate(down):
        among = [*group, "rank"] if at else list(group)
        by = nw.col(f"by{at}")
        rank = by.rank("min", descending=descending).over(*among).cast(nw.Int64)
        if at:
            # Within those who tied so far; what is missing comes after all that is there.
            last = by.count().over(*among).cast(nw.Int64) + number(1)
            rank = nw.when(by.is_null()).then(last).otherwise(rank)
            rank = nw.col("rank") + rank - number(1)
        frame = frame.with_columns(rank.alias("ranked")).with_columns(
            nw.col("ranked").alias("rank")
        )
    return frame.with_columns(
        nw.col("one").count().over(*group, "rank").cast(nw.Int64).alias("tied")
    )


def _limited(
    frame: Any,  # noqa: ANN401 - a frame of any engine
    opening: Opened,
    quota: Quota,
    *,
    limited: int,
    group: Sequence[str],
    down: Sequence[bool],
) -> Any:  # noqa: ANN401 - a frame of any engine
    """Let those who are too many of a grade go one down, in `at`."""
    at = nw.col("at")
    holds = nw.when(at.is_null()).then(truth(False)).otherwise(at == number(limited))
    frame = frame.with_columns(holds.alias("holds"))
    frame = _ranked(frame, [*group, "holds"], down)
    rank = nw.col("rank")
    if quota.ties == "out":
        rank = rank + nw.col("tied") - number(1)
    keeps = rank <= number(quota.places or 0)
    if quota.share is not None:
        counted = nw.col("start" if quota.of == "rated" else "one").count()
        if quota.population is not None:
            counted = opening.of(quota.population).max()
        frame = frame.with_columns(counted.over(*group).cast(nw.Int64).alias("whole"))
        keeps = _within_share(quota, quota.share, rank, nw.col("whole"))
        keeps = nw.when(~nw.col("whole").is_null()).then(keeps)
    frame = frame.with_columns(keeps.alias("keeps"))
    keeps = nw.col("keeps")
    left = nw.when(keeps).then(at).otherwise(at + number(1))
    left = nw.when(~keeps.is_null()).then(left)
    return frame.with_columns(nw.when(nw.col("holds")).then(left).otherwise(at).alias("at"))


def _within_share(quota: Quota, share: Fraction, rank: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """Say whether a rank is at most the share of a number, rounded; without dividing.

    With x = p·n/q and a whole rank r: r <= floor(x) where r·q <= p·n; r <= floor(x + 1/2)
    where 2r·q <= 2p·n + q; r <= ceil(x) where r < x + 1, so r·q < p·n + q.
    """
    p, q = share.numerator, share.denominator
    if quota.rounding == "half_up":
        return rank * number(2 * q) <= whole * number(2 * p) + number(q)
    if quota.rounding == "up":
        return rank * number(q) < whole * number(p) + number(q)
    return rank * number(q) <= whole * number(p)
