"""Who is awarded something: the eligible, and as many of them as there are places.

Awards follow from final results and change none. A quota is a maximum (F28: to fill places
against the standard is an abuse): it takes an award away from those who come last, and gives
nobody one who is not eligible. `award_results` does the same for frames.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal

from attrs import frozen

from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Award, Places
from rubric_engine.cycle.shares import share_of
from rubric_engine.errors import InvalidEvidence, Problem

__all__ = ["Awarding", "Candidate", "awarded"]

Reason = Literal["grade", "not_reviewed", "no_place"]


@frozen(kw_only=True)
class Candidate:
    """A unit with what an award looks at."""

    unit: str
    street: str
    #: The final grade; None or "unrated" for none.
    grade: str | None
    #: Whether the district has reviewed the result.
    reviewed: bool
    #: The score that counts, in points; None where there is no result.
    score: Fraction | None
    #: The street's own.
    street_score: Fraction | None = None


@frozen(kw_only=True)
class Awarding:
    """What becomes of one unit."""

    unit: str
    eligible: bool
    awarded: bool
    #: Its rank among those who compete for its places, 1 for the best, of those who tie the
    #: best of theirs; None where there is no quota, and for whoever does not compete.
    rank: int | None
    #: Why it is not awarded: its `grade`, a result that was `not_reviewed`, or `no_place`.
    reason: Reason | None


def awarded(
    award: Award, scale: GradeScale, candidates: Iterable[Candidate]
) -> tuple[Awarding, ...]:
    """Return what becomes of every candidate, in their order.

    Eligible is who has one of the award's grades, and was reviewed if the award asks for it.
    Without a quota all of them are awarded. With one, `award.order` says what comes first:

    - eligible, then quota: the eligible compete for the places;
    - quota, then eligible: all with a result compete, and a place is lost by whoever has one
      and is not eligible; nobody moves up.

    Who comes first is decided by the score that counts or, with `by="street"`, by the
    street's, the lower first where a lower score is the better one, whatever the grade: one
    that was capped by a decision has its score still. Who has none takes no place. A share is
    of all with a result (a score that counts) or of the eligible; with `within="street"`, of
    those of the street.

    Raises `InvalidEvidence` for a unit that is there twice (`repeated-key`), and
    `InvalidRubric` for a grade of the award that the scale does not have (`unknown-grade`).

    >>> import rubric_engine
    >>> from rubric_engine.cycle.awards import Candidate, awarded
    >>> from rubric_engine.cycle.scale import GradeScale
    >>> from rubric_engine.cycle.settings import Award, Places
    >>> scale = GradeScale.of(rubric_engine.load("dongcheng-community"))
    >>> units = [
    ...     Candidate(unit=unit, street="north", grade="5", reviewed=True, score=score)
    ...     for unit, score in (("a", 91), ("b", 95))
    ... ]
    >>> [each.awarded for each in awarded(Award(quota=Places(places=1)), scale, units)]
    [False, True]
    """
    units = list(candidates)
    _refuse_repeated(units)
    grades = scale.places(award.grades, "$.grades") - {None}
    graded = [scale.place(each.grade) in grades for each in units]
    eligible = [
        fits and (each.reviewed or not award.reviewed)
        for each, fits in zip(units, graded, strict=True)
    ]
    ranks: list[int | None] = [None] * len(units)
    placed = [True] * len(units)
    if award.quota is not None:
        ranks, placed = _placed(award, award.quota, units, eligible, lower=scale.lower)
    return tuple(
        Awarding(
            unit=each.unit,
            eligible=fits,
            awarded=fits and has_place,
            rank=rank,
            reason=None
            if fits and has_place
            else "grade"
            if not of_grade
            else "not_reviewed"
            if not fits
            else "no_place",
        )
        for each, of_grade, fits, has_place, rank in zip(
            units, graded, eligible, placed, ranks, strict=True
        )
    )


def _refuse_repeated(units: Sequence[Candidate]) -> None:
    many = Counter(each.unit for each in units)
    problems = [
        Problem("repeated-key", "unit", "every unit once", unit)
        for unit, count in sorted(many.items())
        if count > 1
    ]
    if problems:
        raise InvalidEvidence(problems)


def _placed(
    award: Award,
    quota: Places,
    units: Sequence[Candidate],
    eligible: Sequence[bool],
    *,
    lower: bool,
) -> tuple[list[int | None], list[bool]]:
    """Return the ranks of those who compete, and who has a place."""
    first = award.order.index("eligible") < award.order.index("quota")
    groups: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(units):
        groups[each.street if quota.within == "street" else ""].append(at)
    ranks: list[int | None] = [None] * len(units)
    placed = [False] * len(units)
    for group in groups.values():
        scored = [at for at in group if units[at].score is not None]
        counted = scored if quota.of == "all" else [at for at in group if eligible[at]]
        places = quota.places
        if quota.share is not None:
            places = share_of(quota.share, len(counted), quota.rounding)
        scores = {
            at: found
            for at in (scored if not first else [at for at in scored if eligible[at]])
            if (found := _deciding(award, units[at])) is not None
        }
        tied = Counter(scores.values())
        best, rank = {}, 1
        for score in sorted(tied, reverse=not lower):
            best[score] = rank
            rank += tied[score]
        for at, score in scores.items():
            ranks[at] = best[score]
            last = best[score] + (tied[score] - 1 if quota.ties == "out" else 0)
            placed[at] = places is None or last <= places
    return ranks, placed


def _deciding(award: Award, unit: Candidate) -> Fraction | None:
    return unit.score if award.by == "district" else unit.street_score
