"""Scores from points, deductions, caps, bonuses, vetoes and stars: exact, with every reason.

A rubric is data: an indicator tree with scoring policies, in YAML or in Python.
`evaluate(rubric, evidence)` gives the score, the stars, and the reason for every point.

>>> import rubric_engine
>>> rubric = rubric_engine.load("sf-food-safety")
>>> result = rubric_engine.evaluate(rubric, {"violations": {"high": 1, "moderate": 2, "low": 0}})
>>> result.score
Decimal('85')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rubric_engine.errors import (
    IncompleteEvidence,
    InvalidArchive,
    InvalidCycle,
    InvalidEvidence,
    InvalidFrame,
    InvalidRubric,
    InvalidStep,
    MissingLibrary,
    PluginError,
    Problem,
    RubricError,
    UnknownNode,
    UnknownRubric,
)

if TYPE_CHECKING:
    from rubric_engine.blank import blank_sheet
    from rubric_engine.canonical import canonical_text
    from rubric_engine.changes import MovedFinding, MovedNode, MovedStep, WhatIf, what_if
    from rubric_engine.checking import check
    from rubric_engine.claims import Claim, Report, Witness
    from rubric_engine.diagnostics import Diagnosis, Diagnostic, diagnose, diagnose_text
    from rubric_engine.differences import Difference, compare_rubrics, differences_text
    from rubric_engine.evaluation import (
        Evaluation,
        Outcome,
        check_evidence,
        evaluate,
        evaluate_many,
    )
    from rubric_engine.exchange import SheetFrames, collect_evidence, to_frame
    from rubric_engine.fields import (
        Amount,
        Checklist,
        Choice,
        Count,
        Date,
        Field,
        Flag,
        Number,
        Range,
        Rows,
        Share,
        Text,
    )
    from rubric_engine.figures import Figure
    from rubric_engine.files import dumps, load, loads
    from rubric_engine.frames import cohort_figures, evaluate_frame, fit, to_sql, validate_frame
    from rubric_engine.grading import Gate, Grade
    from rubric_engine.history import (
        Change,
        Last,
        Mean,
        Streak,
        limit_step,
        look_back,
        with_history,
    )
    from rubric_engine.improvement import Improvement, Obstacle, Repair, improve
    from rubric_engine.ledger import Finding, GradeChange, NodeResult, RowAmount, Step, StepPart
    from rubric_engine.library import Plugin, plugins, rubric_names
    from rubric_engine.model import Indicator, Item, Rubric
    from rubric_engine.places import Quota, award_places, rank_results
    from rubric_engine.policies import (
        Award,
        Bonus,
        Deduct,
        Group,
        Limit,
        Multiply,
        Policy,
        Posting,
        Round,
        Set,
    )
    from rubric_engine.provisional import Provisional
    from rubric_engine.reasons import Reason
    from rubric_engine.schema import rubric_schema
    from rubric_engine.sheet_schema import evidence_schema
    from rubric_engine.weighing import Stake, Weight, stakes, weights

__all__ = [
    "Amount",
    "Award",
    "Bonus",
    "Change",
    "Checklist",
    "Choice",
    "Claim",
    "Count",
    "Date",
    "Deduct",
    "Diagnosis",
    "Diagnostic",
    "Difference",
    "Evaluation",
    "Field",
    "Figure",
    "Finding",
    "Flag",
    "Gate",
    "Grade",
    "GradeChange",
    "Group",
    "Improvement",
    "IncompleteEvidence",
    "Indicator",
    "InvalidArchive",
    "InvalidCycle",
    "InvalidEvidence",
    "InvalidFrame",
    "InvalidRubric",
    "InvalidStep",
    "Item",
    "Last",
    "Limit",
    "Mean",
    "MissingLibrary",
    "MovedFinding",
    "MovedNode",
    "MovedStep",
    "Multiply",
    "NodeResult",
    "Number",
    "Obstacle",
    "Outcome",
    "Plugin",
    "PluginError",
    "Policy",
    "Posting",
    "Problem",
    "Provisional",
    "Quota",
    "Range",
    "Reason",
    "Repair",
    "Report",
    "Round",
    "RowAmount",
    "Rows",
    "Rubric",
    "RubricError",
    "Set",
    "Share",
    "SheetFrames",
    "Stake",
    "Step",
    "StepPart",
    "Streak",
    "Text",
    "UnknownNode",
    "UnknownRubric",
    "Weight",
    "WhatIf",
    "Witness",
    "award_places",
    "blank_sheet",
    "canonical_text",
    "check",
    "check_evidence",
    "cohort_figures",
    "collect_evidence",
    "compare_rubrics",
    "diagnose",
    "diagnose_text",
    "differences_text",
    "dumps",
    "evaluate",
    "evaluate_frame",
    "evaluate_many",
    "evidence_schema",
    "fit",
    "improve",
    "limit_step",
    "load",
    "loads",
    "look_back",
    "plugins",
    "rank_results",
    "rubric_names",
    "rubric_schema",
    "stakes",
    "to_frame",
    "to_sql",
    "validate_frame",
    "weights",
    "what_if",
    "with_history",
]

_HOMES = {
    "blank": "blank_sheet",
    "canonical": "canonical_text",
    "changes": "MovedFinding MovedNode MovedStep WhatIf what_if",
    "checking": "check",
    "claims": "Claim Report Witness",
    "diagnostics": "Diagnosis Diagnostic diagnose diagnose_text",
    "differences": "Difference compare_rubrics differences_text",
    "evaluation": "Evaluation Outcome check_evidence evaluate evaluate_many",
    "exchange": "SheetFrames collect_evidence to_frame",
    "fields": "Amount Checklist Choice Count Date Field Flag Number Range Rows Share Text",
    "figures": "Figure",
    "files": "dumps load loads",
    "frames": "cohort_figures evaluate_frame fit to_sql validate_frame",
    "grading": "Gate Grade",
    "history": "Change Last Mean Streak limit_step look_back with_history",
    "improvement": "Improvement Obstacle Repair improve",
    "ledger": "Finding GradeChange NodeResult RowAmount Step StepPart",
    "library": "Plugin plugins rubric_names",
    "model": "Indicator Item Rubric",
    "places": "Quota award_places rank_results",
    "policies": "Award Bonus Deduct Group Limit Multiply Policy Posting Round Set",
    "provisional": "Provisional",
    "reasons": "Reason",
    "schema": "rubric_schema",
    "sheet_schema": "evidence_schema",
    "weighing": "Stake Weight stakes weights",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import a public name when it is first used, so that importing the package is quick."""
    if name == "__version__":
        from importlib.metadata import version

        return version("rubric-engine")
    if name not in _HOME_OF:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
