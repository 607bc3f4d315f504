"""The end of a cycle: final results, publication, corrections, awards, feedback, closing.

F23 to F28. What is final is changed by a new record only, which says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from attrs import evolve

from rubric_engine.cycle.awards import Candidate, awarded
from rubric_engine.cycle.consulting import check_decision
from rubric_engine.cycle.finals import Decision, Outcome, final_outcome
from rubric_engine.cycle.first_tier import Units, plain_sheets
from rubric_engine.cycle.plain import (
    decision_of,
    decision_plain,
    outcome_plain,
    result_of,
    result_plain,
)
from rubric_engine.cycle.plans import ImprovementPlan
from rubric_engine.cycle.recording import Rule, Why, bare, chosen, record, refused
from rubric_engine.cycle.records import (
    Asked,
    AwardList,
    Case,
    Correction,
    Kept,
    Objection,
    Publication,
    Register,
    Run,
)
from rubric_engine.cycle.reviewing import due
from rubric_engine.cycle.settings import Award
from rubric_engine.cycle.units import Actor
from rubric_engine.errors import InvalidStep, Problem, nearest_name
from rubric_engine.exact import number_text
from rubric_engine.files import rubric_digest
from rubric_engine.grading import UNRATED

__all__ = [
    "RULES",
    "award",
    "close",
    "correct",
    "determine",
    "feed_back",
    "finalise",
    "object_to",
    "plan_improvement",
    "publish",
    "settle",
    "withdraw",
]

#: No window for objections is longer, in days.
LONGEST_WINDOW = 3_650


def determine(run: Run, units: Units = None, *, by: Actor, when: date, why: Why = None) -> Run:
    """Determine the results of units: whose score counts, what was decided, last year's grade.

    A result is `confirmed` where score and grade are those of the street, else `redetermined`
    (F23). Units that were not drawn wait until the sample of their street is reviewed.
    """
    asked = bare(chosen(run, "determine", units, by))
    return record(run, "determine", asked, by=by, when=when, why=why, rules=RULES)


def finalise(run: Run, units: Units = None, *, by: Actor, when: date, why: Why = None) -> Run:
    """Approve results finally (F23)."""
    asked = bare(chosen(run, "finalise", units, by))
    return record(run, "finalise", asked, by=by, when=when, why=why, rules=RULES)


def publish(
    run: Run,
    units: Units = None,
    *,
    by: Actor,
    when: date,
    days: int | None = None,
    why: Why = None,
) -> Run:
    """Publish final results; for so many days after it they can be objected to.

    `days` are those of the cycle if they are not said; without either there is no window.
    """
    days = run.cycle.publicity.days if days is None else days
    asked: list[tuple[str | None, dict[str, Any]]] = [
        (unit, {"days": days}) for unit in chosen(run, "publish", units, by)
    ]
    return record(run, "publish", asked, by=by, when=when, why=why, rules=RULES)


def object_to(run: Run, unit: str, grounds: str, *, by: Actor, when: date, why: Why = None) -> Run:
    """Record an objection to a published result, while its window is open."""
    asked = [(unit, {"grounds": grounds})]
    return record(run, "object", asked, by=by, when=when, why=why, rules=RULES)


def settle(
    run: Run,
    unit: str,
    decision: Decision,
    *,
    objection: int | None = None,
    by: Actor,
    when: date,
    why: Why,
) -> Run:
    """Decide on an objection to a published result.

    `objection` is the number of its record, the only open one if it is not said. What follows
    is worked out anew, and the old result stays on record.
    """
    data = {"objection": objection, "decision": decision_plain(decision)}
    return record(run, "settle", [(unit, data)], by=by, when=when, why=why, rules=RULES)


def correct(
    run: Run,
    unit: str,
    change: Decision | Mapping[str, Any],
    *,
    by: Actor,
    when: date,
    why: Why,
) -> Run:
    """Correct a final result by a new record: a decision, or findings that were others.

    Findings are put over the sheet that counts, as `override` does.
    """
    if isinstance(change, Decision):
        asked: list[tuple[str | None, dict[str, Any]]] = [
            (unit, {"decision": decision_plain(change)})
        ]
    else:
        asked = plain_sheets(run, {unit: change}, "changes")
    return record(run, "correct", asked, by=by, when=when, why=why, rules=RULES)


def withdraw(run: Run, unit: str, record_: int, *, by: Actor, when: date, why: Why) -> Run:
    """Withdraw a decision on a final result, by the number of its record; it stays on record."""
    asked: list[tuple[str | None, dict[str, Any]]] = [(unit, {"withdraw": record_})]
    return record(run, "correct", asked, by=by, when=when, why=why, rules=RULES)


def award(run: Run, name: str | None = None, *, by: Actor, when: date, why: Why = None) -> Run:
    """Give an award of the cycle, or all of them: who is eligible, and who has a place (F28).

    Every result must be final. It can be given again after a correction; the last one counts.
    """
    names = [each.id for each in run.cycle.awards] if name is None else [name]
    asked: list[tuple[str | None, dict[str, Any]]] = [(None, {"award": each}) for each in names]
    return record(run, "award", asked, by=by, when=when, why=why, rules=RULES)


def plan_improvement(
    run: Run,
    plans: Mapping[str, ImprovementPlan],
    *,
    by: Actor,
    when: date,
    why: Why = None,
) -> Run:
    """Record plans for improvement, and again when measures are done (F27)."""
    asked: list[tuple[str | None, dict[str, Any]]] = [
        (unit, {"plan": plan.to_dict()}) for unit, plan in plans.items()
    ]
    return record(run, "plan_improvement", asked, by=by, when=when, why=why, rules=RULES)


def feed_back(run: Run, units: Units = None, *, by: Actor, when: date, why: Why = None) -> Run:
    """Record that results went back to the street and to the assessed (F25, F30).

    Refused while they can be objected to, or an objection is open.
    """
    asked = bare(chosen(run, "feed_back", units, by))
    return record(run, "feed_back", asked, by=by, when=when, why=why, rules=RULES)


def close(run: Run, *, by: Actor, when: date, why: Why = None) -> Run:
    """Close the cycle: every unit goes into the archive, and nothing more is recorded (F31).

    Refused while a unit is not fed back, an improvement plan is missing or lacks something, or
    an award is not the one that the results give.
    """
    asked: list[tuple[str | None, dict[str, Any]]] = [(None, {})]
    asked += [(unit, {}) for unit in run.cases]
    return record(run, "close", asked, by=by, when=when, why=why, rules=RULES)


def _outcome(register: Register, case: Case) -> tuple[Outcome, dict[str, Any]]:
    """Return what a case comes to, and the same as plain data."""
    run = register.run
    earlier = run.earlier.get(case.unit.id)
    # A grade of another version of the rubric that this one does not have is a baseline.
    known_grade = earlier is not None and (
        earlier.grade == UNRATED or run.scale.place(earlier.grade) is not None
    )
    results = {
        tier: None if kept is None else kept.result
        for tier, kept in (("street", case.street), ("district", case.district))
    }
    if case.corrected is not None:
        tier = next(each for each in run.cycle.authority if results[each] is not None)
        results[tier] = case.corrected.result
    outcome = final_outcome(
        run.cycle,
        run.scale,
        results["street"],
        results["district"],
        case.decisions,
        None if earlier is None or not known_grade else earlier.grade,
    )
    found = outcome_plain(outcome)
    if earlier is not None and earlier.digest not in (None, rubric_digest(run.rubric)):
        share = run.share(outcome.exact)
        known = earlier.share is not None and share is not None
        change = None if not known else number_text(share - earlier.share)  # type: ignore[operator]  # because both are known
        found["by_share"] = {"of": earlier.digest, "change": change}
    return outcome, found


def _based(case: Case) -> list[int]:
    names = ("assess", "review", "conclude", "plan_review")
    decided = [each.decided for each in case.objections if each.decided is not None]
    return [*(case.records[each] for each in names if each in case.records), *decided]


def _lacking(register: Register, case: Case, outcome: Outcome) -> list[Problem]:
    """Return what forbids that a correction gives this result: nobody reviewed it, or was asked.

    Who gets by it a grade that is always reviewed, or that departments are asked about.
    """
    run, unit = register.run, case.unit.id
    place = run.scale.place(outcome.grade)
    before = None if case.outcome is None else run.scale.place(case.outcome.grade)
    if place is None or place == before:
        return []
    problems: list[Problem] = []
    if case.review == "not_sampled" and place in run.scale.places(
        run.cycle.review.all, "review.all"
    ):
        expected = "a review: all results of its grade are reviewed"
        problems.append(Problem("review-missing", unit, expected, "not_sampled"))
    about = run.cycle.consultation.about
    if not isinstance(about, str) and place in run.scale.places(about, "consultation.about"):
        problems += [
            Problem("answer-missing", unit, f"an answer of {each}")
            for each in run.cycle.consultation.names
            if each not in case.answers
        ]
    return problems


def _determine(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    lacking = due(register, case)
    if lacking is not None:
        raise InvalidStep([lacking])
    outcome, found = _outcome(register, case)
    street = case.street
    same = street is not None and (outcome.exact, outcome.grade) == (
        street.result.exact,
        street.result.grade,
    )
    state = "confirmed" if same else "redetermined"
    after = case.changed(state=state, outcome=outcome)
    register.add(asked, {"outcome": found}, after, _based(case))


def _finalise(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    outcome = case.outcome
    assert outcome is not None, "a determined unit has an outcome"  # noqa: S101 - of the states
    found = {"exact": number_text(outcome.exact), "grade": outcome.grade, "stars": outcome.stars}
    register.add(asked, found, case.changed(state="final"), [case.records["determine"]])


def _publish(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    unit, days = case.unit.id, asked.data.get("days")
    if days is not None and (type(days) is not int or not 0 <= days <= LONGEST_WINDOW):
        expected = f"a whole number of days, 0 to {LONGEST_WINDOW:,}, or None"
        raise refused("out-of-range", unit, expected, str(days)[:40])
    least = register.run.cycle.publicity.days
    if least is not None and (days is None or days < least):
        expected = f"{least} days at least, as the cycle says"
        raise refused("out-of-range", unit, expected, str(days))
    if unit in register.publications:
        raise refused("step-not-allowed", unit, "a result that is not published", "published")
    if days is not None and (date.max - asked.when).days < days:
        expected = "a day from which so many days can be counted"
        raise refused("out-of-range", unit, expected, asked.when.isoformat())
    until = None if days is None else asked.when + timedelta(days=days)
    register.publications[unit] = Publication(asked.when, until, register.next_number)
    found = {"until": None if until is None else until.isoformat()}
    register.add(asked, found, case, [case.records["finalise"]])


def _object(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    published = register.publications.get(case.unit.id)
    grounds = asked.data["grounds"]
    if not grounds.strip():
        raise refused("reason-missing", case.unit.id, "the grounds of the objection")
    if published is None or published.until is None or asked.when > published.until:
        until = None if published is None else published.until
        expected = "a published result" if until is None else f"a day up to {until.isoformat()}"
        raise refused("step-not-allowed", case.unit.id, expected, asked.when.isoformat())
    objection = Objection(register.next_number, None, grounds)
    after = case.changed(objections=(*case.objections, objection))
    register.add(asked, {}, after, [published.record])


def _settle(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    number, decision = asked.data.get("objection"), decision_of(asked.data.get("decision"))
    found = [each for each in case.open_objections if number in (None, each.record)]
    if len(found) != 1:
        expected = "the record of an open objection: " + (
            ", ".join(str(each.record) for each in case.open_objections) or "there is none"
        )
        raise refused("step-not-allowed", case.unit.id, expected, str(number))
    check_decision(register, case, decision)
    decided = evolve(found[0], decision=decision, decided=register.next_number)
    objections = tuple(decided if each is found[0] else each for each in case.objections)
    _amended(register, asked, case.changed(objections=objections), [found[0].record])


def _correct(register: Register, asked: Asked) -> None:
    case, run = register.cases[asked.unit or ""], register.run
    if "decision" in asked.data:
        decision = decision_of(asked.data["decision"])
        check_decision(register, case, decision)
        correction = Correction(register.next_number, decision)
        _amended(register, asked, case.changed(corrections=(*case.corrections, correction)))
        return
    if "withdraw" in asked.data:
        number = asked.data["withdraw"]
        if number not in case.decided or number in case.withdrawn:
            known = ", ".join(str(each) for each in case.decided if each not in case.withdrawn)
            expected = f"the record of a decision: {known or 'there is none'}"
            raise refused("step-not-allowed", case.unit.id, expected, str(number))
        _amended(register, asked, case.changed(withdrawn=(*case.withdrawn, number)), [number])
        return
    counted = case.counted(run.cycle.authority)
    assert counted is not None, "a final unit has a sheet"  # noqa: S101 - of the states
    sheet = run.scoring.changed(counted.sheet, asked.data.get("changes"))
    result = result_of(run.scoring.scored(sheet, run.given_of(case.unit)))
    kept = Kept(result, register.next_number, sheet)
    told = {"result": result_plain(result)}
    _amended(register, asked, case.changed(corrected=kept), [counted.record], told)


def _amended(
    register: Register,
    asked: Asked,
    case: Case,
    based: list[int] | None = None,
    beside: dict[str, Any] | None = None,
) -> None:
    outcome, found = _outcome(register, case)
    numbers = [*(based or []), case.records["finalise"]]
    lacking = _lacking(register, case, outcome)
    if lacking:
        raise InvalidStep(lacking)
    told = {**(beside or {}), "outcome": found}
    # What was fed back is no longer so: it has to be fed back again (F25, F30).
    register.add(asked, told, case.changed(outcome=outcome, state="final"), numbers)


def _award(register: Register, asked: Asked) -> None:
    run = register.run
    name = asked.data.get("award")
    known = {each.id: each for each in run.cycle.awards}
    if name not in known:
        near = nearest_name(str(name), known)
        expected = "an award of the cycle: " + ", ".join(known)
        raise InvalidStep([Problem("unknown-name", "award", expected, str(name), near)])
    waiting = [case for case in register.cases.values() if not case.is_final]
    if waiting:
        raise InvalidStep(
            [Problem("step-not-allowed", case.unit.id, "final", case.state) for case in waiting]
        )
    eligible, places = _awarded(register, known[name])
    number = register.next_number
    register.awards[name] = AwardList(name, eligible, places, number)
    based = [_latest(case) for case in register.cases.values()]
    register.add(asked, {"eligible": list(eligible), "awarded": list(places)}, None, based)


def _latest(case: Case) -> int:
    """Return the record that the final result stands in now."""
    names = ("finalise", "settle", "correct")
    return max(case.records[each] for each in names if each in case.records)


def _awarded(register: Register, given: Award) -> tuple[tuple[str, ...], tuple[str, ...]]:
    candidates = [
        Candidate(
            unit=case.unit.id,
            street=case.unit.street,
            grade=None if case.outcome is None else case.outcome.grade,
            reviewed=case.district is not None and case.review != "not_sampled",
            score=None if case.outcome is None else case.outcome.exact,
            street_score=None if case.street is None else case.street.result.exact,
        )
        for case in register.cases.values()
    ]
    found = awarded(given, register.run.scale, candidates)
    # The best first, and those who tie by their ids: in no order in which units came.
    scores = {each.unit: each.score for each in candidates}
    sign = 1 if register.run.scale.lower else -1
    ordered = sorted(found, key=lambda each: (sign * (scores[each.unit] or 0), each.unit))
    eligible = tuple(each.unit for each in ordered if each.eligible)
    return eligible, tuple(each.unit for each in ordered if each.awarded)


def _plan_improvement(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    plan = ImprovementPlan.from_dict(asked.data["plan"])
    digest = rubric_digest(register.run.rubric)
    outcome = case.outcome
    assert outcome is not None, "a final unit has an outcome"  # noqa: S101 - of the states
    made_for = (plan.unit, plan.digest, plan.score, plan.grade)
    if made_for != (case.unit.id, digest, outcome.exact, outcome.grade):
        expected = "a plan made for this unit from its final result, as `plan_of` makes it"
        raise refused("conflicting-keys", case.unit.id, expected, plan.unit)
    late = [
        each for each in plan.measures if each.done_on is not None and each.done_on > asked.when
    ]
    if late:
        expected = f"measures that are done by {asked.when.isoformat()}"
        raise refused("out-of-range", case.unit.id, expected, str(late[0].done_on))
    found = {"complete": plan.complete, "open": len(plan.open)}
    after = case.changed(plan=asked.data["plan"])
    register.add(asked, found, after, [case.records["finalise"]])


def _feed_back(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    published = register.publications.get(case.unit.id)
    problems = [
        Problem("decision-missing", case.unit.id, f"a decision on record {each.record}")
        for each in case.open_objections
    ]
    if published is None and register.run.cycle.publicity.days is not None:
        problems.append(Problem("window-open", case.unit.id, "a step `publish` before it"))
    elif published is not None and published.until is not None and asked.when <= published.until:
        expected = f"a day after {published.until.isoformat()}"
        problems.append(Problem("window-open", case.unit.id, expected, asked.when.isoformat()))
    if problems:
        raise InvalidStep(problems)
    based = [case.records["finalise"], *([] if published is None else [published.record])]
    register.add(asked, {}, case.changed(state="fed_back"), based)


def _close(register: Register, asked: Asked) -> None:
    run = register.run
    if asked.unit is not None:
        case = register.cases[asked.unit]
        register.add(asked, {}, case.changed(state="archived"), [case.records["feed_back"]])
        register.closed = len(register.pending) == 1
        return
    problems: list[Problem] = []
    planned = {run.scale.place(each) for each in run.cycle.improvement}
    for case in register.cases.values():
        if case.state != "fed_back":
            problems.append(Problem("step-not-allowed", case.unit.id, "fed_back", case.state))
        place = None if case.outcome is None else run.scale.place(case.outcome.grade)
        if place is not None and place in planned:
            if case.plan is None:
                problems.append(Problem("plan-missing", case.unit.id, "a plan", "none"))
            else:
                problems += [
                    Problem("plan-missing", case.unit.id, each.expected, each.path)
                    for each in ImprovementPlan.from_dict(case.plan).problems()
                ]
    if not problems:
        for name, given in register.awards.items():
            award_ = next(each for each in run.cycle.awards if each.id == name)
            if _awarded(register, award_) != (given.eligible, given.awarded):
                problems.append(Problem("award-outdated", name, "a step `award` after corrections"))
    if problems:
        raise InvalidStep(problems)
    counts: dict[str, int] = {}
    for case in register.cases.values():
        grade = str(None if case.outcome is None else case.outcome.grade)
        counts[grade] = counts.get(grade, 0) + 1
    based = [case.records["feed_back"] for case in register.cases.values()]
    based += [each.record for each in register.awards.values()]
    register.add(asked, {"grades": dict(sorted(counts.items()))}, None, based)
    register.expect("close", register.cases)


#: What each step of the end does.
RULES: dict[str, Rule] = {
    "determine": _determine,
    "finalise": _finalise,
    "publish": _publish,
    "object": _object,
    "settle": _settle,
    "correct": _correct,
    "award": _award,
    "plan_improvement": _plan_improvement,
    "feed_back": _feed_back,
    "close": _close,
}
