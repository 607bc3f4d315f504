"""Results, decisions and outcomes as the plain data of records, and decisions back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rubric_engine.cycle.finals import Decision, Outcome, Result
from rubric_engine.errors import InvalidEvidence, Problem
from rubric_engine.evaluation import Evaluation
from rubric_engine.exact import number_text
from rubric_engine.fields import shown

__all__ = ["decision_of", "decision_plain", "outcome_plain", "result_of", "result_plain"]


def result_of(evaluation: Evaluation) -> Result:
    """Return what a cycle keeps of a result."""
    return Result(evaluation.exact, evaluation.grade, evaluation.stars)


def result_plain(result: Result) -> dict[str, Any]:
    """Return a result as plain data; scores are exact texts, in points."""
    return {"exact": number_text(result.exact), "grade": result.grade, "stars": result.stars}


def decision_plain(decision: Decision) -> dict[str, str]:
    """Return a decision as plain data: its kind, and the points or the grade."""
    told: dict[str, str] = {"kind": decision.kind}
    if decision.points is not None:
        told["points"] = number_text(decision.points)
    if decision.grade is not None:
        told["grade"] = decision.grade
    return told


def decision_of(data: object) -> Decision:
    """Return a decision from plain data; raises `InvalidEvidence` for what is none."""
    if not isinstance(data, Mapping):
        raise InvalidEvidence([Problem("not-a-mapping", "decision", "a decision", shown(data))])
    known = ("kind", "points", "grade")
    unknown = [str(each) for each in data if each not in known]
    if unknown:
        expected = "one of " + ", ".join(known)
        raise InvalidEvidence(
            [Problem("unknown-key", f"decision.{each}", expected) for each in unknown]
        )
    return Decision(data.get("kind"), points=data.get("points"), grade=data.get("grade"))  # type: ignore[arg-type]  # because it is checked there


def outcome_plain(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as plain data, with every step from the result that counts."""
    return {
        "counted": outcome.counted,
        "start": result_plain(outcome.start),
        "steps": [
            {
                "kind": each.kind,
                "about": each.about,
                "score": [number_text(each.score_before), number_text(each.score_after)],
                "grade": [each.grade_before, each.grade_after],
                "asked": number_text(each.asked),
                "taken": number_text(each.taken),
            }
            for each in outcome.steps
        ],
        "exact": number_text(outcome.exact),
        "grade": outcome.grade,
        "stars": outcome.stars,
        "progress": outcome.progress,
        "last": outcome.last,
    }
