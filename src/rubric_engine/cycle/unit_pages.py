"""The plan and the page of a unit, from where it stands in a run: with its final result."""

from __future__ import annotations

from rubric_engine.cycle.feedback_sheets import FeedbackSheet, feedback
from rubric_engine.cycle.plans import ImprovementPlan, plan_for
from rubric_engine.cycle.records import Case, Run
from rubric_engine.evaluation import Evaluation

__all__ = ["feedback_of", "plan_of"]


def plan_of(run: Run, unit: str, *, most: int = 5) -> ImprovementPlan:
    """Return the plan of a unit to begin with, for its final result (F27).

    As `plan_for`, of the sheet that counts, with the outcome and the grounds of what was
    decided. Score, grade and stars are the sheet's own until the result is determined.
    Raises `InvalidStep` for a unit that is not known, or has no sheet.

    >>> from rubric_engine.cycle.example import example_year
    >>> plan = plan_of(example_year("2025", "en"), "community-100", most=2)
    >>> (plan.stars, plan.sheet.stars, [each.node for each in plan.causes])
    (1, 4, ['decision', 'plan'])
    """
    case = run[unit]
    return plan_for(
        run.evaluation(unit),
        unit=unit,
        most=most,
        outcome=case.outcome,
        grounds=_grounds(run, case),
    )


def feedback_of(
    run: Run, unit: str, *, last: int | str | Evaluation | None = None
) -> FeedbackSheet:
    """Return what a unit is told about its final result (F30).

    As `feedback`, of the sheet that counts, with the outcome and the grounds of what was
    decided. `last` is last year's result or grade; if it is not said, the grade that the run
    has. Raises `InvalidStep` for a unit that is not known, or has no sheet.

    >>> from rubric_engine.cycle.example import example_year
    >>> page = feedback_of(example_year("2025", "en"), "community-041")
    >>> (page.stars, page.result.stars, page.next_grade)
    (3, 5, '4')
    >>> [(each.kind, each.grade_before, each.grade_after) for each in page.lift]
    [('at_most', '5', '3')]
    """
    case = run[unit]
    if last is None and case.outcome is not None:
        place = run.scale.place(case.outcome.last)
        if place is not None:
            last = run.scale.stars[place] or run.scale.names[place]
    return feedback(
        run.rubric,
        run.evaluation(unit),
        unit=unit,
        street=case.unit.street,
        last=last,
        outcome=case.outcome,
        grounds=_grounds(run, case),
    )


def _grounds(run: Run, case: Case) -> tuple[str | None, ...]:
    """Return the grounds of the decisions that count, in their order; of a correction its reason.

    None of them count before there is an outcome.
    """
    if case.outcome is None:
        return ()
    grounds = {each.decided: each.grounds for each in case.objections}
    return tuple(
        grounds.get(number) or run.records[number - 1].why
        for number in sorted(case.decided)
        if number not in case.withdrawn
    )
