"""The beginning of a cycle, and every step by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve

from rubric_engine.cycle import consulting, finishing, first_tier, reviewing
from rubric_engine.cycle.recorded_sheets import RecordedSheets
from rubric_engine.cycle.recording import Rule, placed
from rubric_engine.cycle.records import Case, Run, frozen_mapping, unknown_unit
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Cycle
from rubric_engine.cycle.units import Earlier, Unit, encodes, sealed, units_of
from rubric_engine.errors import InvalidEvidence, InvalidStep, Problem, nearest_name
from rubric_engine.evaluation import program_of
from rubric_engine.fields import shown
from rubric_engine.files import rubric_digest
from rubric_engine.grading import UNRATED
from rubric_engine.model import Rubric

__all__ = ["RULES", "begin"]

#: What each step does, in recording and in verifying.
RULES: Mapping[str, Rule] = {
    **first_tier.RULES,
    **reviewing.RULES,
    **consulting.RULES,
    **finishing.RULES,
}


def begin(
    cycle: Cycle,
    rubric: Rubric,
    units: Iterable[Unit | tuple[str, str]],
    *,
    period: str,
    earlier: Mapping[str, Earlier] | None = None,
    given: Mapping[str, Any] | None = None,
) -> Run:
    """Begin a cycle: nobody is assessed yet.

    `units` are all that are assessed, each with its street; a pair is an id and a street.
    `earlier` are the final results of the cycle before, as `Run.final_results` gives them;
    who has none is a baseline (F26), and so is who has a grade of another version of the
    rubric that this one does not have. Leave out units that are gone. `given` are given
    numbers that hold for everybody.

    Raises `InvalidCycle` where the cycle does not go with the rubric, `InvalidRubric`, and
    `InvalidStep` for units: twice (`duplicate-id`), without id or street (`empty`), and for
    earlier results of units that there are not, or with grades that there are not.

    >>> import rubric_engine
    >>> from rubric_engine import cycle
    >>> rubric = rubric_engine.load("dongcheng-community")
    >>> run = cycle.begin(cycle.Cycle(name="a"), rubric, [("u1", "north")], period="2025")
    >>> run["u1"].state
    'draft'
    """
    from rubric_engine.cycle.files import checked

    checked(cycle, rubric)
    program_of(rubric)
    scoring = RecordedSheets(rubric, cycle.methods == "required")
    listed = units_of(units)
    scale = GradeScale.of(rubric)
    before = dict(earlier or {})
    problems = [*_of_units(listed), *_of_earlier(listed, before, scale, rubric_digest(rubric))]
    listed = tuple(
        evolve(each, given=_given(scoring, each.given, each.id, problems)) for each in listed
    )
    shared = _given(scoring, given or {}, "given", problems)
    if not isinstance(period, str) or not period:
        problems.append(Problem("wrong-type", "period", "a text that is not empty", shown(period)))
    if problems:
        raise InvalidStep(problems)
    streets: dict[str, list[str]] = {}
    for each in listed:
        streets.setdefault(each.street, []).append(each.id)
    return Run(
        cycle,
        rubric,
        period,
        frozen_mapping({each.id: Case(each) for each in listed}),
        (),
        frozen_mapping(before),
        sealed(shared),
        scoring=scoring,
        scale=scale,
        streets=frozen_mapping({street: tuple(ids) for street, ids in streets.items()}),
    )


def _given(
    scoring: RecordedSheets, given: Mapping[str, Any], at: str, problems: list[Problem]
) -> dict[str, Any]:
    """Return given numbers as plain data, noting what they cannot be."""
    try:
        return scoring.plain(given)
    except InvalidEvidence as error:
        problems += [evolve(each, path=placed(at, each.path)) for each in error.problems]
        return {}


def _of_units(units: tuple[Unit, ...]) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[str] = set()
    if not units:
        problems.append(Problem("empty", "units", "units to assess"))
    for place, each in enumerate(units):
        at = f"units[{place}]"
        for name in ("id", "street"):
            value: object = getattr(each, name)
            if not isinstance(value, str) or not value.strip():
                problems.append(Problem("empty", f"{at}.{name}", "a text", shown(value)))
            elif not encodes(value):
                problems.append(Problem("not-utf8", f"{at}.{name}", "UTF-8 text", shown(value)))
        if each.id in seen:
            problems.append(Problem("duplicate-id", f"{at}.id", "every unit once", each.id))
        seen.add(each.id)
    return problems


def _of_earlier(
    units: tuple[Unit, ...], earlier: Mapping[str, Earlier], scale: GradeScale, digest: str
) -> list[Problem]:
    known = {each.id: each for each in units}
    problems = [unknown_unit(unit, known) for unit in earlier if unit not in known]
    given: Mapping[str, object] = earlier
    for unit, each in given.items():
        if not isinstance(each, Earlier):
            problems.append(Problem("wrong-type", unit, "an Earlier", shown(each)))
        elif (
            each.digest in (None, digest)
            and each.grade != UNRATED
            and scale.place(each.grade) is None
        ):
            near = nearest_name(each.grade, scale.names)
            expected = ", ".join(scale.names)
            problems.append(Problem("unknown-grade", unit, expected, each.grade, near))
    return problems
