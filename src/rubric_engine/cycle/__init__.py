"""A district's year: two tiers, review, consultation, final stars, awards, archive.

Functions over values; no database and no clock. `begin` makes a `Run`, each step returns a
new one, and `archive` writes it down so that anybody can verify it.

>>> from datetime import date
>>> import rubric_engine
>>> from rubric_engine import cycle
>>> rubric = rubric_engine.load("uk-food-hygiene")
>>> run = cycle.begin(cycle.Cycle(name="visits"), rubric, [("cafe", "north")], period="2025")
>>> group = cycle.Actor("inspector 7", "street_group", "north")
>>> scores = {"hygiene": 5, "structural": 10, "confidence_in_management": 0}
>>> sheet = {item: {"score": score} for item, score in scores.items()}
>>> run = cycle.assess(run, {"cafe": sheet}, by=group, when=date(2025, 3, 1))
>>> run["cafe"].state, run["cafe"].street.result.stars
('assessed', 4)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rubric_engine.cycle.archive import (
        Seal,
        Verification,
        dump_archive,
        load_archive,
        seal_of,
        verify,
    )
    from rubric_engine.cycle.comparing import Comparison, compare
    from rubric_engine.cycle.consulting import answer, conclude, decide
    from rubric_engine.cycle.feedback_sheets import FeedbackSheet, feedback
    from rubric_engine.cycle.files import check_cycle, dumps_cycle, load_cycle, loads_cycle
    from rubric_engine.cycle.finals import Decision, FinalStep, Outcome, Result, final_outcome
    from rubric_engine.cycle.finishing import (
        award,
        close,
        correct,
        determine,
        feed_back,
        finalise,
        object_to,
        plan_improvement,
        publish,
        settle,
        withdraw,
    )
    from rubric_engine.cycle.first_tier import approve, assess, propose, send_back, submit
    from rubric_engine.cycle.impacts import Impact, UnitImpact, impact
    from rubric_engine.cycle.plans import Cause, ImprovementPlan, Measure, plan_for
    from rubric_engine.cycle.records import Case, Record, Run
    from rubric_engine.cycle.reviewing import override, plan_review, queue, review
    from rubric_engine.cycle.settings import (
        Award,
        Consultation,
        Cycle,
        History,
        Places,
        Publicity,
        Review,
        Sample,
        Tolerance,
    )
    from rubric_engine.cycle.steps import begin
    from rubric_engine.cycle.unit_pages import feedback_of, plan_of
    from rubric_engine.cycle.units import Actor, Earlier, Unit

__all__ = [
    "Actor",
    "Award",
    "Case",
    "Cause",
    "Comparison",
    "Consultation",
    "Cycle",
    "Decision",
    "Earlier",
    "FeedbackSheet",
    "FinalStep",
    "History",
    "Impact",
    "ImprovementPlan",
    "Measure",
    "Outcome",
    "Places",
    "Publicity",
    "Record",
    "Result",
    "Review",
    "Run",
    "Sample",
    "Seal",
    "Tolerance",
    "Unit",
    "UnitImpact",
    "Verification",
    "answer",
    "approve",
    "assess",
    "award",
    "begin",
    "check_cycle",
    "close",
    "compare",
    "conclude",
    "correct",
    "decide",
    "determine",
    "dump_archive",
    "dumps_cycle",
    "feed_back",
    "feedback",
    "feedback_of",
    "final_outcome",
    "finalise",
    "impact",
    "load_archive",
    "load_cycle",
    "loads_cycle",
    "object_to",
    "override",
    "plan_for",
    "plan_improvement",
    "plan_of",
    "plan_review",
    "propose",
    "publish",
    "queue",
    "review",
    "seal_of",
    "send_back",
    "settle",
    "submit",
    "verify",
    "withdraw",
]

#: The module of every public name.
_HOMES = {
    "archive": "Seal Verification dump_archive load_archive seal_of verify",
    "comparing": "Comparison compare",
    "consulting": "answer conclude decide",
    "feedback_sheets": "FeedbackSheet feedback",
    "files": "check_cycle dumps_cycle load_cycle loads_cycle",
    "finals": "Decision FinalStep Outcome Result final_outcome",
    "finishing": "award close correct determine feed_back "
    "finalise object_to plan_improvement publish settle withdraw",
    "first_tier": "approve assess propose send_back submit",
    "impacts": "Impact UnitImpact impact",
    "plans": "Cause ImprovementPlan Measure plan_for",
    "records": "Case Record Run",
    "reviewing": "override plan_review queue review",
    "settings": "Award Consultation Cycle History Places Publicity Review Sample Tolerance",
    "steps": "begin",
    "unit_pages": "feedback_of plan_of",
    "units": "Actor Earlier Unit",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import a public name when it is first used, so that importing the package is quick."""
    if name not in _HOME_OF:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
