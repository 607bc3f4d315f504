"""Who is reviewed: samples that anybody can draw again from a recorded seed, and differences.

A draw is no random number of a library, whose generator may change from one version to the
next. Every unit has a number of its own, the SHA-256 of the seed, its street and its id, and
those with the smallest are drawn. So nobody is drawn twice, the order in which units or
streets come does not matter, and who is drawn in one street says nothing about another.
The source asks for spot checks (F22); the way of drawing is ours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import Literal

from rubric_engine.cycle.finals import Result
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Cycle, Sample
from rubric_engine.cycle.shares import share_of
from rubric_engine.errors import InvalidEvidence, Problem

__all__ = ["Planned", "differs", "draw", "planned", "sample_size"]

#: How a result is reviewed: with all of its grade, as one of a sample, or not.
Planned = Literal["all", "sampled", "not_sampled"]

#: Stands between the parts that are hashed: the separator of units in ASCII.
_BETWEEN = "\x1f"


def sample_size(sample: Sample, count: int) -> int:
    """Return how many of `count` units are drawn: the share, but at least `least` if there are.

    >>> from rubric_engine.cycle.draws import sample_size
    >>> from rubric_engine.cycle.settings import Sample
    >>> [sample_size(Sample(), count) for count in (0, 1, 9, 10)]
    [0, 1, 1, 2]
    """
    rounded = share_of(sample.share, count, sample.rounding)
    return min(count, max(sample.least, rounded))


def draw(candidates: Iterable[str], sample: Sample, *, seed: str, street: str) -> tuple[str, ...]:
    """Return the units of a street that are drawn, in the order in which they were.

    `candidates` are the ids of the street's units that can be drawn, in any order. The first
    `sample_size` by `sha256(seed, street, id)` in hexadecimal are drawn; the three texts are
    joined by U+001F and encoded in UTF-8.

    Raises `InvalidEvidence` for an id that is there twice (`repeated-key`).

    >>> from rubric_engine.cycle.draws import draw
    >>> from rubric_engine.cycle.settings import Sample
    >>> draw(["a", "b", "c", "d"], Sample(share="1/2"), seed="2025", street="north")
    ('d', 'a')
    """
    units = list(candidates)
    _refuse_repeated(units)
    numbered = sorted((_number(seed, street, unit), unit) for unit in units)
    return tuple(unit for _, unit in numbered[: sample_size(sample, len(units))])


def _number(seed: str, street: str, unit: str) -> str:
    return sha256(_BETWEEN.join([seed, street, unit]).encode("utf-8")).hexdigest()


def planned(
    cycle: Cycle, scale: GradeScale, units: Iterable[tuple[str, str, str]], *, seed: str
) -> dict[str, Planned]:
    """Return how each result is reviewed, by the unit's id (F22).

    `units` are ids, streets and the grades that the streets gave, by name or stars. All
    results of the grades in `cycle.review.all` are reviewed; of the others of a street a
    sample is drawn. Unrated results are among the others.

    Raises `InvalidEvidence` for an id that is there twice (`repeated-key`), and
    `InvalidRubric` where the cycle names a grade that the rubric does not have
    (`unknown-grade`).

    >>> import rubric_engine
    >>> from rubric_engine.cycle.draws import planned
    >>> from rubric_engine.cycle.scale import GradeScale
    >>> from rubric_engine.cycle.settings import Cycle
    >>> scale = GradeScale.of(rubric_engine.load("dongcheng-community"))
    >>> units = [("a", "north", "4"), ("b", "north", "3"), ("c", "north", "3")]
    >>> planned(Cycle(name="illustrative"), scale, units, seed="2025")
    {'a': 'all', 'b': 'not_sampled', 'c': 'sampled'}
    """
    rows = list(units)
    _refuse_repeated([unit for unit, _, _ in rows])
    whole = scale.places(cycle.review.all, "$.review.all")
    streets: dict[str, list[str]] = defaultdict(list)
    for unit, street, grade in rows:
        if scale.place(grade) not in whole:
            streets[street].append(unit)
    sample = cycle.review.sample
    drawn = {
        unit
        for street, others in streets.items()
        if sample is not None
        for unit in draw(others, sample, seed=seed, street=street)
    }
    return {
        unit: "all"
        if scale.place(grade) in whole
        else "sampled"
        if unit in drawn
        else "not_sampled"
        for unit, _, grade in rows
    }


def _refuse_repeated(units: Iterable[str]) -> None:
    many = Counter(units)
    twice = sorted(unit for unit, count in many.items() if count > 1)
    if twice:
        raise InvalidEvidence(
            [Problem("repeated-key", "unit", "every unit once", each) for each in twice]
        )


def differs(cycle: Cycle, scale: GradeScale, street: Result, district: Result) -> bool:
    """Say whether a review is further from the street's result than the cycle tolerates.

    It is where the scores are more points apart, or the grades more grades apart, than
    `cycle.review.tolerance` says. Between unrated and any grade there is no number of
    grades: that is a difference wherever grades matter.
    """
    tolerance = cycle.review.tolerance
    points = tolerance.points
    if points is not None and abs(street.exact - district.exact) > points:
        return True
    if tolerance.grades is None:
        return False
    one, other = scale.place(street.grade), scale.place(district.grade)
    if one is None or other is None:
        return one is not other
    return abs(one - other) > tolerance.grades
