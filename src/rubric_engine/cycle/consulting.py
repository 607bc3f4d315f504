"""Consultation: departments answer, objections are decided with reasons (F24).

An objection moves no point by itself. It blocks the result until the district has recorded
what follows from it: nothing, points off, at most a grade, or fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import evolve

from rubric_engine.cycle.finals import Decision
from rubric_engine.cycle.first_tier import Units
from rubric_engine.cycle.plain import decision_of, decision_plain
from rubric_engine.cycle.recording import Rule, Why, bare, chosen, record, refused
from rubric_engine.cycle.records import Asked, Case, Objection, Register, Run
from rubric_engine.cycle.reviewing import due
from rubric_engine.cycle.units import Actor
from rubric_engine.errors import InvalidStep, Problem, nearest_name

__all__ = ["RULES", "answer", "conclude", "decide", "is_consulted_about"]


def answer(
    run: Run,
    units: Units = None,
    *,
    objections: Mapping[str, str] | None = None,
    by: Actor,
    when: date,
    why: Why = None,
) -> Run:
    """Record what a department answers: no objection, or an objection with its grounds.

    `by` speaks for one of the cycle's departments and answers for that one. `objections` are
    grounds by unit; to the other units named, or to all that wait for this department's answer
    if none is named, it has none.
    """
    grounds = dict(objections or {})
    department = by.department if isinstance(by, Actor) else None
    if units is None:
        waiting = (
            unit
            for unit in chosen(run, "answer", None, by)
            if department not in run.cases[unit].answers
            and is_consulted_about(run, run.cases[unit])
        )
        named = tuple(dict.fromkeys([*waiting, *grounds]))
    else:
        named = tuple(dict.fromkeys([*chosen(run, "answer", units, by), *grounds]))
    asked: list[tuple[str | None, dict[str, Any]]] = [
        (unit, {"department": department, "objection": grounds.get(unit)}) for unit in named
    ]
    return record(run, "answer", asked, by=by, when=when, why=why, rules=RULES)


def decide(
    run: Run,
    unit: str,
    decision: Decision,
    *,
    department: str,
    by: Actor,
    when: date,
    why: Why,
) -> Run:
    """Record what the district decides on a department's objection to a unit, with the reason."""
    data = {"department": department, "decision": decision_plain(decision)}
    return record(run, "decide", [(unit, data)], by=by, when=when, why=why, rules=RULES)


def conclude(run: Run, units: Units = None, *, by: Actor, when: date, why: Why = None) -> Run:
    """Conclude the consultation about units: all that were asked have answered.

    It is refused (`review-missing`, `answer-missing`, `decision-missing`) while a review that is
    due, an answer, or a decision on an objection is not there.
    """
    asked = bare(chosen(run, "conclude", units, by))
    return record(run, "conclude", asked, by=by, when=when, why=why, rules=RULES)


def is_consulted_about(run: Run, case: Case) -> bool:
    """Say whether the departments are asked about a unit."""
    about = run.cycle.consultation.about
    if about == "all":
        return True
    if about == "reviewed":
        return case.review != "not_sampled"
    named = {run.scale.place(each) for each in about}
    kept = case.counted(run.cycle.authority)
    return kept is not None and run.scale.place(kept.result.grade) in named


def _answer(register: Register, asked: Asked) -> None:
    case, run = register.cases[asked.unit or ""], register.run
    department, grounds = asked.data.get("department"), asked.data.get("objection")
    names = run.cycle.consultation.names
    if asked.by.department != department or department not in names:
        told = " or ".join(names) or "no department: none is consulted"
        expected = f"one who speaks for {told}"
        near = nearest_name(str(department), names)
        found = str(asked.by.department)
        raise InvalidStep([Problem("role-not-allowed", case.unit.id, expected, found, near)])
    if not is_consulted_about(run, case):
        expected = f"a unit that departments are asked about: {run.cycle.consultation.about}"
        raise refused("step-not-allowed", case.unit.id, expected)
    if grounds is not None and not grounds.strip():
        raise refused("reason-missing", case.unit.id, "the grounds of the objection, as text")
    number = register.next_number
    if any(each.department == department and each.decision for each in case.objections):
        expected = "an answer before anything was decided on it"
        raise refused("step-not-allowed", case.unit.id, expected)
    if grounds is None and any(each.department == department for each in case.open_objections):
        expected = f"a decision on the objection of {department}"
        raise refused("decision-missing", case.unit.id, expected)
    objections = tuple(each for each in case.objections if each.department != department)
    if grounds is not None:
        objections = (*objections, Objection(number, str(department), grounds))
    after = case.changed(answers={**case.answers, str(department): number}, objections=objections)
    based = [case.records["review"]] if "review" in case.records else [case.records["plan_review"]]
    register.add(asked, {}, after, based)


def _decide(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    department = asked.data.get("department")
    decision = decision_of(asked.data.get("decision"))
    found = [each for each in case.objections if each.department == department]
    if not found or found[0].decision is not None:
        open_ = ", ".join(str(each.department) for each in case.open_objections)
        expected = f"an open objection of {open_}" if open_ else "no decision: no objection is open"
        raise refused("step-not-allowed", case.unit.id, expected, str(department))
    check_decision(register, case, decision)
    decided = evolve(found[0], decision=decision, decided=register.next_number)
    objections = tuple(decided if each is found[0] else each for each in case.objections)
    register.add(asked, {}, case.changed(objections=objections), [found[0].record])


def check_decision(register: Register, case: Case, decision: Decision) -> None:
    """Refuse a decision about a grade that there is not, or points where fewer are better."""
    scale = register.run.scale
    if decision.grade is not None and scale.place(decision.grade) is None:
        near = nearest_name(decision.grade, scale.names)
        expected = ", ".join(scale.names)
        problem = Problem("unknown-grade", case.unit.id, expected, decision.grade, near)
        raise InvalidStep([problem])
    if decision.kind == "deduct" and scale.lower:
        expected = "another decision: fewer points are better"
        raise refused("conflicting-keys", case.unit.id, expected, "deduct")


def _conclude(register: Register, asked: Asked) -> None:
    case, run = register.cases[asked.unit or ""], register.run
    problems: list[Problem] = []
    lacking = due(register, case) if case.review != "not_sampled" else None
    if lacking is not None:
        problems.append(lacking)
    if is_consulted_about(run, case):
        problems += [
            Problem("answer-missing", case.unit.id, f"an answer of {each}")
            for each in run.cycle.consultation.names
            if each not in case.answers
        ]
    problems += [
        Problem("decision-missing", case.unit.id, f"a decision on what {each.department} objects")
        for each in case.open_objections
    ]
    if problems:
        raise InvalidStep(problems)
    decided = [each.decided for each in case.objections if each.decided is not None]
    reviewed = [case.records["review"]] if "review" in case.records else []
    based = [case.records["plan_review"], *reviewed, *case.answers.values(), *decided]
    register.add(asked, {}, case.changed(state="consulted"), based)


#: What each step of the consultation does.
RULES: dict[str, Rule] = {"answer": _answer, "decide": _decide, "conclude": _conclude}
