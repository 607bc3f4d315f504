"""The first tier: a street scores its units, proposes stars, approves or returns, submits.

F20 and F21 of the source scheme. The star that is proposed is the one that the sheet gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from attrs import evolve

from rubric_engine.cycle.plain import result_of, result_plain
from rubric_engine.cycle.recording import Rule, Why, bare, chosen, placed, record
from rubric_engine.cycle.records import Asked, Kept, Register, Run
from rubric_engine.cycle.units import Actor
from rubric_engine.errors import InvalidEvidence, InvalidStep, Problem
from rubric_engine.fields import shown

__all__ = ["RULES", "approve", "assess", "plain_sheets", "propose", "send_back", "submit"]

Sheets = Mapping[str, Mapping[str, Any]]
Units = Iterable[str] | str | None


def plain_sheets(run: Run, sheets: Sheets, key: str) -> list[tuple[str | None, dict[str, Any]]]:
    """Return sheets as what is handed in with a step, under a key; all problems at once."""
    if not isinstance(sheets, Mapping):
        raise InvalidStep([Problem("not-a-mapping", key, "sheets by unit", shown(sheets))])
    made: list[tuple[str | None, dict[str, Any]]] = []
    problems: list[Problem] = []
    for unit, sheet in sheets.items():
        try:
            made.append((unit, {key: run.scoring.plain(sheet)}))
        except InvalidEvidence as error:
            problems += [evolve(each, path=placed(unit, each.path)) for each in error.problems]
    if problems:
        raise InvalidStep(problems)
    return made


def assess(run: Run, sheets: Sheets, *, by: Actor, when: date, why: Why = None) -> Run:
    """Record the sheets of a street's units, and score them.

    `sheets` are by unit, as `evaluate` takes them, complete and, where the cycle asks for it,
    with the methods that were used (F08). A sheet may be replaced until a star is proposed.
    Raises `InvalidStep` with every problem of every sheet, as `unit.item.field`.
    """
    return record(
        run, "assess", plain_sheets(run, sheets, "sheet"), by=by, when=when, why=why, rules=RULES
    )


def propose(run: Run, units: Units = None, *, by: Actor, when: date, why: Why = None) -> Run:
    """Propose the star that the sheet of a unit gives; of all assessed units, if none is named."""
    asked = bare(chosen(run, "propose", units, by))
    return record(run, "propose", asked, by=by, when=when, why=why, rules=RULES)


def approve(run: Run, units: Units = None, *, by: Actor, when: date, why: Why = None) -> Run:
    """Approve proposals, as the street's committee (F21)."""
    asked = bare(chosen(run, "approve", units, by))
    return record(run, "approve", asked, by=by, when=when, why=why, rules=RULES)


def send_back(run: Run, units: Units, *, by: Actor, when: date, why: Why) -> Run:
    """Return proposals with a reason; the units are assessed again (F21)."""
    asked = bare(chosen(run, "send_back", units, by))
    return record(run, "send_back", asked, by=by, when=when, why=why, rules=RULES)


def submit(run: Run, units: Units = None, *, by: Actor, when: date, why: Why = None) -> Run:
    """Submit approved results to the district; only these can be (F21)."""
    asked = bare(chosen(run, "submit", units, by))
    return record(run, "submit", asked, by=by, when=when, why=why, rules=RULES)


def _assess(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    sheet = asked.data["sheet"]
    given = register.run.given_of(case.unit)
    result = result_of(register.run.scoring.scored(sheet, given))
    kept = Kept(result, register.next_number, sheet)
    after = case.changed(state="assessed", street=kept)
    before = [case.records[each] for each in ("send_back",) if case.state == "returned"]
    register.add(asked, {"result": result_plain(result)}, after, before)


def _propose(register: Register, asked: Asked) -> None:
    case = register.cases[asked.unit or ""]
    kept = case.street
    assert kept is not None, "an assessed unit has a sheet"  # noqa: S101 - of the states
    found = {"grade": kept.result.grade, "stars": kept.result.stars}
    register.add(asked, found, case.changed(state="proposed"), [kept.record])


def _passed(state: str, earlier: str) -> Rule:
    def rule(register: Register, asked: Asked) -> None:
        case = register.cases[asked.unit or ""]
        register.add(asked, {}, case.changed(state=state), [case.records[earlier]])

    return rule


#: What each step of the first tier does.
RULES: dict[str, Rule] = {
    "assess": _assess,
    "propose": _propose,
    "approve": _passed("approved", "propose"),
    "send_back": _passed("returned", "propose"),
    "submit": _passed("submitted", "approve"),
}
