"""What a revision of a rubric would do: a year's sheets scored again under the new one.

The source scheme revises its standard after use (F11). Before it does, it can see which units
would have other stars, and why; and which sheets lack what the new standard asks for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

from attrs import frozen

from rubric_engine.cycle.comparing import (
    Comparison,
    Direction,
    compare,
    direction,
    exact_text,
)
from rubric_engine.errors import InvalidEvidence, Problem, RubricError
from rubric_engine.evaluation import Evaluation, evaluate, program_of
from rubric_engine.fields import shown
from rubric_engine.files import rubric_digest
from rubric_engine.model import Rubric

__all__ = ["Impact", "Move", "UnitImpact", "impact"]

Given = Mapping[str, Any] | None
#: What a result is counted under: its stars, else its grade; None where it has neither.
Standing = int | str | None


@frozen(slots=False)
class UnitImpact:
    """What a revision does to one unit."""

    unit: Any
    #: The results under the old rubric and under the new one; None where it cannot be scored.
    before: Evaluation | None
    after: Evaluation | None
    #: What is wrong with its sheet under the old rubric, and under the new one.
    problems_before: tuple[Problem, ...] = ()
    problems_after: tuple[Problem, ...] = ()

    @property
    def scored(self) -> bool:
        """Whether both rubrics score it."""
        return self.before is not None and self.after is not None

    @property
    def standings(self) -> tuple[Standing, Standing]:
        """Its stars under both rubrics, or its grades where these give no stars."""
        return _standing(self.before), _standing(self.after)

    @property
    def direction(self) -> Direction | None:
        """Where its stars go; None where they stay, or where it cannot be scored."""
        if self.before is None or self.after is None:
            return None
        return direction(self.before, self.after)

    @cached_property
    def comparison(self) -> Comparison | None:
        """Its two results side by side: why it moves; None where it cannot be scored."""
        if self.before is None or self.after is None:
            return None
        return compare(self.before, self.after)


@frozen
class Move:
    """How many units go from one standing to another."""

    before: Standing
    after: Standing
    count: int


@frozen(slots=False)
class Impact:
    """What a revision does to many units."""

    #: Name, version and digest of the old rubric and of the new one.
    old: tuple[str, str, str]
    new: tuple[str, str, str]
    #: In the order of the sheets.
    units: tuple[UnitImpact, ...]
    #: The full marks; None for an open account.
    scales: tuple[Fraction | None, Fraction | None]
    language: str = "en"

    def __getitem__(self, unit: object) -> UnitImpact:
        """Return what it does to a unit; raises KeyError where there is none of that name."""
        return self._by_unit[unit]

    @cached_property
    def _by_unit(self) -> dict[Any, UnitImpact]:
        return {each.unit: each for each in self.units}

    @cached_property
    def changed(self) -> tuple[UnitImpact, ...]:
        """The units whose stars or grade change."""
        return tuple(each for each in self.units if each.direction is not None)

    @property
    def up(self) -> tuple[UnitImpact, ...]:
        """The units that gain stars."""
        return tuple(each for each in self.changed if each.direction == "up")

    @property
    def down(self) -> tuple[UnitImpact, ...]:
        """The units that lose stars."""
        return tuple(each for each in self.changed if each.direction == "down")

    @property
    def unscored(self) -> tuple[UnitImpact, ...]:
        """The units that one of the two rubrics cannot score, with the problems."""
        return tuple(each for each in self.units if not each.scored)

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """How many go from which stars to which, those that stay included, the best first."""
        counted = Counter(each.standings for each in self.units if each.scored)
        order = sorted(counted, key=lambda pair: (_rank(pair[0]), _rank(pair[1])))
        return tuple(Move(*pair, counted[pair]) for pair in order)

    @cached_property
    def shift(self) -> Fraction | None:
        """The mean of what the units' shares of the full mark gain; None where there is none."""
        before, after = self.scales
        pairs = [(each.before, each.after) for each in self.units]
        scored = [(was, now) for was, now in pairs if was is not None and now is not None]
        if not (before and after and scored):
            return None
        was = sum((each.exact for each, _ in scored), Fraction(0)) / before
        now = sum((each.exact for _, each in scored), Fraction(0)) / after
        return (now - was) / len(scored)

    def explain(self, language: str | None = None) -> str:
        """Return the impact as text for a terminal, in Chinese ("zh") or English ("en")."""
        from rubric_engine.cycle.pages import impact_text

        return impact_text(self, language)

    def to_dict(self) -> dict[str, Any]:
        """Return the impact as plain data, ready for JSON; numbers are exact text.

        Of the units that change it holds the whole comparison.
        """
        names = ("rubric", "version", "digest")
        return {
            "old": dict(zip(names, self.old, strict=True)),
            "new": dict(zip(names, self.new, strict=True)),
            "shift": exact_text(self.shift),
            "moves": [
                {"before": each.before, "after": each.after, "count": each.count}
                for each in self.moves
            ],
            "units": [_written(each) for each in self.units],
        }

    def to_frame(self, backend: str = "polars") -> Any:  # noqa: ANN401 - a frame of that library
        """Return one row a unit as a frame of "polars", "pyarrow", "pandas" or "modin".

        Columns: `unit`; `stars_before`, `stars_after`, `grade_before`, `grade_after`;
        `score_before`, `score_after`, the doubles nearest to the exact scores; `direction`;
        `items`, the items that moved it, the largest first, for a unit whose stars change;
        `problems_before`, `problems_after`, the codes of what is wrong. Lists are texts such
        as `a;b`. What does not apply is null.
        """
        from rubric_engine.cycle.impact_frames import impact_frame

        return impact_frame(self, backend)

    def __str__(self) -> str:
        return self.explain()


def impact(
    old: Rubric,
    new: Rubric,
    sheets: Mapping[Any, Any],
    *,
    given: Given = None,
) -> Impact:
    """Return what a revision of a rubric does to the sheets of many units.

    `sheets` maps units to sheets, or to pairs of a sheet and the unit's given numbers, which
    come before those of `given` from the same source. A sheet that the new rubric, or the old
    one, cannot score is told with its problems. Raises `InvalidRubric` for a rubric that
    cannot be used, and `InvalidEvidence` where `sheets` is no mapping.

    >>> import rubric_engine
    >>> old = rubric_engine.load("uk-food-hygiene")
    >>> sheet = {"hygiene.score": 5, "structural.score": 5, "confidence_in_management.score": 5}
    >>> found = impact(old, old, {"a cafe": sheet})
    >>> found.changed, [(each.before, each.after, each.count) for each in found.moves]
    ((), [(5, 5, 1)])
    """
    scales = [program_of(each).lowered.nodes[0].place.scale for each in (old, new)]
    stated: object = sheets
    if not isinstance(stated, Mapping):
        expected = "a mapping of units to sheets"
        raise InvalidEvidence([Problem("not-a-mapping", "sheets", expected, shown(stated))])
    units = []
    for unit, each in sheets.items():
        sheet, beside = each, given
        if isinstance(each, tuple) and len(each) == 2:
            sheet, own = each
            beside = given if own is None else own
            if isinstance(given, Mapping) and isinstance(own, Mapping):
                beside = {**given, **own}
        before, wrong_before = _scored(old, sheet, beside)
        after, wrong_after = _scored(new, sheet, beside)
        units.append(UnitImpact(unit, before, after, wrong_before, wrong_after))
    names = [(each.name, each.version, rubric_digest(each)) for each in (old, new)]
    return Impact(names[0], names[1], tuple(units), (scales[0], scales[1]), new.language)


def _scored(
    rubric: Rubric, sheet: Mapping[str, Any], given: Given
) -> tuple[Evaluation | None, tuple[Problem, ...]]:
    try:
        return evaluate(rubric, sheet, given=given), ()
    except RubricError as error:
        return None, error.problems


def _standing(result: Evaluation | None) -> Standing:
    if result is None:
        return None
    return result.grade if result.stars is None else result.stars


def _rank(standing: Standing) -> tuple[int, int, str]:
    """Return where a standing is among others: stars from the most, then grades by name."""
    if isinstance(standing, int):
        return (0, -standing, "")
    return (2, 0, "") if standing is None else (1, 0, standing)


def _written(each: UnitImpact) -> dict[str, Any]:
    problems = [
        [{"code": one.code, "path": one.path, "message": one.message} for one in wrong]
        for wrong in (each.problems_before, each.problems_after)
    ]
    results = (each.before, each.after)
    moved = None if each.direction is None else each.comparison
    unit: Hashable = each.unit
    return {
        "unit": unit,
        "scores": [None if one is None else exact_text(one.exact) for one in results],
        "grades": [None if one is None else one.grade for one in results],
        "stars": [None if one is None else one.stars for one in results],
        "direction": each.direction,
        "why": None if moved is None else moved.to_dict(),
        "problems": problems,
    }
