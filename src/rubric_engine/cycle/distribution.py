"""How grades are spread over a population, and how they moved.

Counts and exact shares for all and for each street; what became of every grade, from the
street's star to the final one, or from last year to this. Nothing but counts is collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import narwhals as nw
from attrs import frozen

from rubric_engine.cycle.tables import (
    Group,
    columns_of,
    grades_of,
    group_order,
    group_text,
    with_whole,
)
from rubric_engine.grading import UNRATED, Grade
from rubric_engine.model import Rubric
from rubric_engine.places import GradeOrder
from rubric_engine.telling import table_text
from rubric_engine.windows import opened

__all__ = ["Distribution", "GradeCounts", "Move", "Movement", "Moves", "distribution", "movement"]

Grades = Rubric | Iterable[Grade | str | int]

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "all": "all",
        "unrated": "unrated",
        "without": "no result",
        "size": "in all",
        "up": "up",
        "down": "down",
        "stayed": "stayed",
        "appeared": "new",
        "vanished": "gone",
    },
    "zh": {
        "all": "全部",
        "unrated": "不评级",
        "without": "无结果",
        "size": "合计",
        "up": "上升",
        "down": "下降",
        "stayed": "不变",
        "appeared": "新增",
        "vanished": "消失",
    },
}


@frozen
class GradeCounts:
    """How many of a group hold each grade."""

    #: What the column `by` says of them; None for all, and for those of whom it says nothing.
    group: Group
    #: The grades that there are, the best first.
    grades: tuple[str, ...]
    #: How many hold each of them.
    counts: tuple[int, ...]
    #: How many are told to be unrated.
    unrated: int
    #: How many have nothing in the column: no result.
    without: int

    @property
    def rated(self) -> int:
        """How many hold a grade."""
        return sum(self.counts)

    @property
    def size(self) -> int:
        """How many there are, rated or not."""
        return self.rated + self.unrated + self.without

    def count(self, grade: str | None) -> int:
        """Return how many hold a grade; "unrated" and None count those who hold none.

        Raises `KeyError` for a grade that there is not.
        """
        known: dict[str | None, int] = {UNRATED: self.unrated, None: self.without}
        return (known | dict(zip(self.grades, self.counts, strict=True)))[grade]

    def share(self, grade: str | None) -> Fraction:
        """Return the exact share of all in the group who hold a grade; 0 where nobody is."""
        return Fraction(self.count(grade), self.size) if self.size else Fraction(0)


@frozen
class Distribution:
    """How the grades of a population are spread, for all and for each group."""

    whole: GradeCounts
    #: Sorted by the group, the unnamed one last; empty where nobody asked for groups.
    groups: tuple[GradeCounts, ...] = ()

    def to_frame(self, backend: str = "polars") -> Any:
        """Return a row for every group and grade: `of`, `group`, `grade`, `count`, `size`, `share`.

        `of` is "all" or "group"; `grade` is null for those without a result; `share`, of all in
        the group, is the double nearest to `count` / `size`.
        """
        rows = [
            (
                of,
                group_text(each.group),
                grade,
                each.count(grade),
                each.size,
                float(each.share(grade)),
            )
            for of, each in with_whole(self.whole, self.groups)
            for grade in (*each.grades, UNRATED, None)
        ]
        texts = [(name, nw.String) for name in ("of", "group", "grade")]
        numbers = [("count", nw.Int64), ("size", nw.Int64), ("share", nw.Float64)]
        return columns_of([*texts, *numbers], rows, backend)

    def explain(self, language: str = "en") -> str:
        """Return the counts as a plain table in English ("en") or Chinese ("zh")."""
        words = _WORDS.get(language, _WORDS["en"])
        head = ["", *self.whole.grades, words["unrated"], words["without"], words["size"]]
        lines = [
            [
                words["all"] if of == "all" else group_text(each.group) or "-",
                *map(str, each.counts),
                *map(str, (each.unrated, each.without, each.size)),
            ]
            for of, each in with_whole(self.whole, self.groups)
        ]
        return "\n".join(table_text([head, *lines], ""))


def distribution(
    frame: Any,
    *,
    grades: Grades,
    grade: str = "grade",
    by: str | None = None,
) -> Distribution:
    """Return how many hold each grade, for all and for each value of the column `by`.

    `frame` has one row for each assessee, of any engine that `places.rank_results` takes, with
    its grade in column `grade`: a name, or stars; "unrated" and what is missing are counted
    apart. `grades` are all there are, the best first, or the rubric that has them.

    Raises `InvalidRubric` for the list of grades (`empty`, `duplicate-id`), `InvalidFrame` for
    columns (`missing-column`, `wrong-dtype`) and for Dask (`lazy-frame`), `InvalidEvidence`
    for texts that name no grade (`unknown-grade`), `MissingLibrary` as `rank_results` does.

    >>> import polars
    >>> from rubric_engine.cycle.distribution import distribution
    >>> results = polars.DataFrame({"street": ["A", "A", "B"], "grade": ["5", "4", "4"]})
    >>> found = distribution(results, grades=[5, 4, 3], by="street")
    >>> found.whole.share("4")
    Fraction(2, 3)
    >>> [(each.group, each.counts) for each in found.groups]
    [('A', (1, 1, 0)), ('B', (0, 1, 0))]
    """
    order = GradeOrder.of(grades)
    opening = opened(frame, [grade, *([by] if by else [])], ())
    rows = grades_of(opening, order, [grade], by)
    groups: dict[Group, dict[str | None, int]] = {}
    whole: dict[str | None, int] = {}
    for row in rows:
        own = groups.setdefault(row["by"], {})
        own[row[grade]] = row["rows"]
        whole[row[grade]] = whole.get(row[grade], 0) + row["rows"]
    return Distribution(
        _counts(None, order, whole),
        tuple(
            _counts(each, order, groups[each])
            for each in (sorted(groups, key=group_order) if by else ())
        ),
    )


def _counts(group: Group, order: GradeOrder, found: dict[str | None, int]) -> GradeCounts:
    return GradeCounts(
        group,
        order.names,
        tuple(found.get(each, 0) for each in order.names),
        found.get(UNRATED, 0),
        found.get(None, 0),
    )


@frozen
class Move:
    """How many went from one grade to another; "unrated" and None are no grade."""

    before: str | None
    after: str | None
    count: int


@frozen
class Moves:
    """What became of the grades of a group."""

    #: What the column `by` says of them; None for all, and for those of whom it says nothing.
    group: Group
    #: The grades that there are, the best first.
    grades: tuple[str, ...]
    #: Every way that somebody went, from the best grade on, those without one last.
    moves: tuple[Move, ...]

    @property
    def size(self) -> int:
        """How many there are."""
        return sum(each.count for each in self.moves)

    @property
    def up(self) -> int:
        """How many hold a better grade than before."""
        return self._where(lambda before, after: after < before)

    @property
    def down(self) -> int:
        """How many hold a lower grade than before."""
        return self._where(lambda before, after: after > before)

    @property
    def stayed(self) -> int:
        """How many hold the same grade as before."""
        return self._where(lambda before, after: after == before)

    @property
    def appeared(self) -> int:
        """How many hold a grade and held none before."""
        return sum(each.count for each in self._rated(before=False, after=True))

    @property
    def vanished(self) -> int:
        """How many held a grade and hold none now."""
        return sum(each.count for each in self._rated(before=True, after=False))

    @property
    def without(self) -> int:
        """How many held no grade and hold none now."""
        return sum(each.count for each in self._rated(before=False, after=False))

    def count(self, before: str | None, after: str | None) -> int:
        """Return how many went from one grade to another; 0 for a way that nobody went."""
        return sum(
            each.count for each in self.moves if (each.before, each.after) == (before, after)
        )

    def _rated(self, *, before: bool, after: bool) -> list[Move]:
        rated = frozenset(self.grades)
        asked = (before, after)
        return [each for each in self.moves if (each.before in rated, each.after in rated) == asked]

    def _where(self, holds: Callable[[int, int], bool]) -> int:
        places: dict[str | None, int] = {each: at for at, each in enumerate(self.grades)}
        return sum(
            each.count
            for each in self._rated(before=True, after=True)
            if holds(places[each.before], places[each.after])
        )


@frozen
class Movement:
    """What became of the grades of a population, for all and for each group."""

    whole: Moves
    #: Sorted by the group, the unnamed one last; empty where nobody asked for groups.
    groups: tuple[Moves, ...] = ()

    def to_frame(self, backend: str = "polars") -> Any:
        """Return a row for every way that somebody went: `of`, `group`, `before`, `after`, `count`.

        `of` is "all" or "group"; a grade is null where there was no result.
        """
        rows = [
            (of, group_text(each.group), move.before, move.after, move.count)
            for of, each in with_whole(self.whole, self.groups)
            for move in each.moves
        ]
        texts = [(name, nw.String) for name in ("of", "group", "before", "after")]
        return columns_of([*texts, ("count", nw.Int64)], rows, backend)

    def explain(self, language: str = "en") -> str:
        """Return who went up and down as a plain table in English ("en") or Chinese ("zh")."""
        words = _WORDS.get(language, _WORDS["en"])
        names = ("up", "down", "stayed", "appeared", "vanished", "without", "size")
        lines = [
            [
                words["all"] if of == "all" else group_text(each.group) or "-",
                *(str(getattr(each, name)) for name in names),
            ]
            for of, each in with_whole(self.whole, self.groups)
        ]
        return "\n".join(table_text([["", *(words[name] for name in names)], *lines], ""))


def movement(
    frame: Any,
    *,
    before: str,
    after: str,
    grades: Grades,
    by: str | None = None,
) -> Movement:
    """Return how many went from which grade to which, for all and for each value of `by`.

    `before` and `after` are columns of grades, as for `distribution`: the street's star and the
    final one, or last year's and this year's. Raises what `distribution` raises.

    >>> import polars
    >>> from rubric_engine.cycle.distribution import movement
    >>> results = polars.DataFrame({"street": ["5", "5", "4"], "final": ["5", "4", None]})
    >>> found = movement(results, before="street", after="final", grades=[5, 4, 3]).whole
    >>> found.up, found.down, found.stayed, found.vanished
    (0, 1, 1, 1)
    """
    order = GradeOrder.of(grades)
    opening = opened(frame, [before, after, *([by] if by else [])], ())
    rows = grades_of(opening, order, list(dict.fromkeys([before, after])), by)
    groups: dict[Group, dict[tuple[str | None, str | None], int]] = {}
    whole: dict[tuple[str | None, str | None], int] = {}
    for row in rows:
        way = (row[before], row[after])
        groups.setdefault(row["by"], {})[way] = row["rows"]
        whole[way] = whole.get(way, 0) + row["rows"]
    return Movement(
        _moves(None, order, whole),
        tuple(
            _moves(each, order, groups[each])
            for each in (sorted(groups, key=group_order) if by else ())
        ),
    )


def _moves(
    group: Group, order: GradeOrder, found: dict[tuple[str | None, str | None], int]
) -> Moves:
    ends = (*order.names, UNRATED, None)
    ways = ((before, after) for before in ends for after in ends)
    moves = tuple(Move(*way, found[way]) for way in ways if way in found)
    return Moves(group, order.names, moves)
