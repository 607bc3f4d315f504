"""The second tier: what the district reviews, what it draws, and what it finds (F22, F23).

A street is planned once all its results are submitted: all of the named grades, and a draw
of the others that anybody can repeat from its seed. Where the sample of a street differs
too much from what the street said, the rest of that street is queued.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from rubric_engine.cycle.draws import differs, planned
from rubric_engine.cycle.first_tier import Sheets, plain_sheets
from rubric_engine.cycle.plain import result_of, result_plain
from rubric_engine.cycle.recording import Rule, Why, record, refused
from rubric_engine.cycle.records import Asked, Case, Kept, Register, Run
from rubric_engine.cycle.units import Actor, encodes
from rubric_engine.errors import InvalidStep, Problem, nearest_name

__all__ = ["RULES", "due", "override", "plan_review", "queue", "review", "sample_of"]

#: Why a review is due.
_DUE = {
    "all": "a review: all results of its grade are reviewed",
    "sampled": "a review: it was drawn",
    "queued": "a review: the rest of its street is queued",
}
#: The state that a unit has after the plan.
_STATES = {"all": "under_review", "sampled": "sampled", "not_sampled": "not_sampled"}


def plan_review(
    run: Run,
    streets: Iterable[str] | None = None,
    *,
    seed: str,
    by: Actor,
    when: date,
    why: Why = None,
) -> Run:
    """Plan the review of streets, or of all that have submitted every result and have no plan.

    Whoever has one of the grades of `review.all` is reviewed; of the others of each street so
    many are drawn as `review.sample` says. The draw depends on the seed, the street and the
    ids of its units, on nothing else: not on the order, the machine or the Python.
    """
    if streets is None:
        ready = [
            street
            for street, units in run.streets.items()
            if all(run.cases[unit].state == "submitted" for unit in units)
        ]
    else:
        ready = list(dict.fromkeys([streets] if isinstance(streets, str) else streets))
    problems = [_unknown_street(run, each) for each in ready if each not in run.streets]
    if not isinstance(seed, str) or not seed or not encodes(seed):
        problems.append(Problem("wrong-type", "seed", "a text that is not empty"))
    if not ready and not problems:
        expected = "a street whose results are all submitted"
        problems.append(Problem("step-not-allowed", "plan_review", expected))
    if problems:
        raise InvalidStep(problems)
    asked: list[tuple[str | None, dict[str, Any]]] = []
    for street in ready:
        asked.append((None, {"street": street, "seed": seed}))
        asked += [(unit, {}) for unit in run.streets[street]]
    return record(run, "plan_review", asked, by=by, when=when, why=why, rules=RULES)


def review(run: Run, sheets: Sheets, *, by: Actor, when: date, why: Why) -> Run:
    """Record second sheets, by unit; `why` is the report, or where it stands (F23).

    The street's sheets are kept beside them. `comparing.compare` shows what they changed.
    """
    asked = plain_sheets(run, sheets, "sheet")
    return record(run, "review", asked, by=by, when=when, why=why, rules=RULES)


def override(run: Run, changes: Sheets, *, by: Actor, when: date, why: Why) -> Run:
    """Record reviews as single findings that differ from the street's sheets, with reasons.

    `changes` are by unit: `{"a": {"plan.missing": {"value": 3, "note": "…"}}}`. An empty one
    says that the district found what the street did.
    """
    asked = plain_sheets(run, changes, "changes")
    return record(run, "review", asked, by=by, when=when, why=why, rules=RULES)


def queue(
    run: Run,
    streets: Iterable[str] | None = None,
    *,
    by: Actor,
    when: date,
    why: Why = None,
) -> Run:
    """Queue the rest of streets whose samples differ too much; of all of these if none is named.

    Where no street's does, nothing is recorded.
    """
    register = Register(run)
    if streets is None:
        found = [each for each in run.streets if _to_queue(register, each)]
    else:
        found = list(dict.fromkeys([streets] if isinstance(streets, str) else streets))
    unknown = [_unknown_street(run, each) for each in found if each not in run.streets]
    if unknown:
        raise InvalidStep(unknown)
    asked: list[tuple[str | None, dict[str, Any]]] = []
    for street in found:
        asked.append((None, {"street": street}))
        asked += [(unit, {}) for unit in _rest(register, street)]
    return record(run, "queue", asked, by=by, when=when, why=why, rules=RULES)


def due(register: Register, case: Case) -> Problem | None:
    """Return what a unit still lacks of its review; None where it lacks nothing.

    A unit that was not drawn waits until the sample of its street is reviewed and concluded,
    so that no review of it can change any more: the rest of it may have to be queued.
    """
    unit = case.unit
    if case.review is None:
        return Problem("review-missing", unit.id, "a plan of the review", "none")
    if case.review != "not_sampled":
        if case.district is None:
            return Problem("review-missing", unit.id, _DUE[case.review], "none")
        return None
    missing, differing = sample_of(register, unit.street)
    if missing:
        expected = f"the sample of {unit.street} concluded: {', '.join(missing)}"
        return Problem("review-missing", unit.id, expected, "none")
    after = register.run.cycle.review.queue_after
    if after is not None and len(differing) >= after:
        expected = f"the rest of {unit.street} queued: {', '.join(differing)} differ"
        return Problem("review-missing", unit.id, expected, "not_sampled")
    return None


def sample_of(register: Register, street: str) -> tuple[list[str], list[str]]:
    """Return of a street's sample those not concluded, and those that differ too much."""
    known = register.samples.get(street)
    if known is None:
        cases = [register.cases[unit] for unit in register.run.streets[street]]
        drawn = [case for case in cases if case.review == "sampled"]
        missing = [case.unit.id for case in drawn if case.state == "sampled"]
        differing = [case.unit.id for case in drawn if case.differed]
        known = register.samples[street] = (missing, differing)
    return known


def _to_queue(register: Register, street: str) -> bool:
    after = register.run.cycle.review.queue_after
    enough = after is not None and len(sample_of(register, street)[1]) >= after
    return enough and bool(_rest(register, street))


def _rest(register: Register, street: str) -> list[str]:
    cases = (register.cases[unit] for unit in register.run.streets[street])
    return [
        case.unit.id
        for case in cases
        if case.review == "not_sampled" and case.state in ("not_sampled", "consulted")
    ]


def _unknown_street(run: Run, street: object) -> Problem:
    near = nearest_name(str(street), run.streets)
    return Problem("unknown-unit", str(street)[:200], "a street of the cycle", "", near)


def _plan_review(register: Register, asked: Asked) -> None:
    if asked.unit is not None:
        _planned(register, asked)
        return
    run, street = register.run, str(asked.data.get("street"))
    if street not in run.streets:
        raise InvalidStep([_unknown_street(run, street)])
    cases = [register.cases[unit] for unit in run.streets[street]]
    early = [case for case in cases if case.state != "submitted"]
    if early:
        raise InvalidStep(
            [
                Problem("step-not-allowed", case.unit.id, "submitted", f"in {case.state}")
                for case in early
            ]
        )
    seed = asked.data["seed"]
    if not (seed and encodes(seed)):
        raise refused("wrong-type", street, "a seed: a text that is not empty")
    results = [
        (case.unit.id, street, str(case.street.result.grade))
        for case in cases
        if case.street is not None
    ]
    planned_units = planned(run.cycle, run.scale, results, seed=seed)
    drawn = [unit for unit, why in planned_units.items() if why == "sampled"]
    counts = Counter(planned_units.values())
    found = {"all": counts["all"], "others": len(cases) - counts["all"], "drawn": drawn}
    register.seeds[street] = seed
    register.planned[street] = dict(planned_units)
    register.samples.pop(street, None)
    register.add(asked, found, None, [case.records["submit"] for case in cases])
    register.whole_record = register.next_number - 1
    register.expect("plan_review", planned_units)


def _planned(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    why = register.planned[case.unit.street][case.unit.id]
    after = case.changed(state=_STATES[why], review=why)
    register.add(asked, {"review": why}, after, [register.whole_record])


def _review(register: Register, asked: Asked) -> None:
    case, run = register.cases[asked.unit or ""], register.run
    street = case.street
    assert street is not None, "a submitted unit has a sheet"  # noqa: S101 - of the states
    if "changes" in asked.data:
        sheet = run.scoring.changed(street._sheet, asked.data["changes"])  # noqa: SLF001 - it is not changed
    else:
        sheet = asked.data["sheet"]
    result = result_of(run.scoring.scored(sheet, run.given_of(case.unit)))
    kept = Kept(result, register.next_number, sheet)
    differing = differs(run.cycle, run.scale, street.result, result)
    found = {"result": result_plain(result), "differs": differing}
    based = [street.record, case.records["plan_review"]]
    after = case.changed(district=kept, differed=case.differed or differing)
    register.add(asked, found, after, based)


def _queue(register: Register, asked: Asked) -> None:
    if asked.unit is None:
        street = asked.data.get("street")
        if street not in register.run.streets:
            raise InvalidStep([_unknown_street(register.run, street)])
        if not _to_queue(register, str(street)):
            expected = "a street whose sample differs too much, and that is not queued"
            raise refused("step-not-allowed", str(street), expected)
        differing = sample_of(register, str(street))[1]
        rest = _rest(register, str(street))
        found = {"differing": differing, "rest": len(rest)}
        numbers = [register.cases[unit].records["review"] for unit in differing]
        register.add(asked, found, None, numbers)
        register.whole_record = register.next_number - 1
        register.expect("queue", rest)
        return
    case = register.cases[asked.unit]
    after = case.changed(state="sampled", review="queued")
    register.add(asked, {"review": "queued"}, after, [register.whole_record])


#: What each step of the review does.
RULES: dict[str, Rule] = {"plan_review": _plan_review, "review": _review, "queue": _queue}
