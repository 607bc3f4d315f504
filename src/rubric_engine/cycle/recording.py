"""Recording steps: what each needs, whoever records it, whatever it does.

Every step has one rule. It is the same when a step is recorded and when an archive is
verified: it takes what was handed in and gives what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from attrs import evolve

from rubric_engine.cycle.records import Asked, Case, Register, Run, unknown_unit
from rubric_engine.cycle.settings import STEPS, Cycle
from rubric_engine.cycle.units import Actor
from rubric_engine.errors import InvalidStep, Problem, RubricError, nearest_name
from rubric_engine.fields import shown

__all__ = [
    "ALLOWED",
    "REASONED",
    "Rule",
    "Why",
    "apply",
    "bare",
    "chosen",
    "permit",
    "placed",
    "record",
    "refused",
]

#: The states in which a step may be recorded for a unit.
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "assess": ("draft", "assessed", "returned"),
    "propose": ("assessed",),
    "approve": ("proposed",),
    "send_back": ("proposed",),
    "submit": ("approved",),
    "plan_review": ("submitted",),
    "review": ("under_review", "sampled"),
    "queue": ("not_sampled", "consulted"),
    "answer": ("under_review", "sampled", "not_sampled"),
    "decide": ("under_review", "sampled", "not_sampled"),
    "conclude": ("under_review", "sampled", "not_sampled"),
    "determine": ("consulted",),
    "finalise": ("redetermined", "confirmed"),
    "publish": ("final",),
    "object": ("final",),
    "settle": ("final",),
    "correct": ("final", "fed_back"),
    "feed_back": ("final",),
    "plan_improvement": ("final", "fed_back"),
    "close": ("fed_back",),
}
#: The steps that need a reason, or a report.
REASONED = frozenset({"send_back", "review", "decide", "settle", "correct"})
#: The steps that are recorded for a street, or for the whole cycle, as well.
WIDER = frozenset({"plan_review", "queue", "award", "close"})

#: Those of them after which one for each of its units must follow, in their order.
GROUPED = frozenset({"plan_review", "queue", "close"})
_NOTHING = type(None)
_Kind = type | tuple[type, ...]
#: How the types of what is handed in are called.
_NAMED: Mapping[_Kind, str] = {
    str: "a text",
    dict: "a mapping",
    int: "a whole number",
    (str, _NOTHING): "a text, or None",
    (int, _NOTHING): "a whole number, or None",
}
_Kinds = Mapping[str, _Kind]
#: What is handed in with a step, and of which type; the ways that there are. Of a street or
#: the whole cycle where there are two and one is empty: the other is that of a unit.
HANDED_IN: Mapping[str, tuple[_Kinds, ...]] = {
    "assess": ({"sheet": dict},),
    "plan_review": ({"street": str, "seed": str}, {}),
    "review": ({"changes": dict}, {"sheet": dict}),
    "queue": ({"street": str}, {}),
    "answer": ({"department": (str, _NOTHING), "objection": (str, _NOTHING)},),
    "decide": ({"department": str, "decision": dict},),
    "publish": ({"days": (int, _NOTHING)},),
    "object": ({"grounds": str},),
    "settle": ({"objection": (int, _NOTHING), "decision": dict},),
    "correct": ({"decision": dict}, {"changes": dict}, {"withdraw": int}),
    "award": ({"award": str},),
    "plan_improvement": ({"plan": dict},),
}

Rule = Callable[[Register, Asked], None]


def refused(code: str, path: str, expected: str = "", found: str = "") -> InvalidStep:
    """Return the error of one thing that forbids a step."""
    return InvalidStep([Problem(code, path, expected, found)])


def permit(register: Register, asked: Asked) -> None:
    """Refuse a step that is unknown, out of order, or not this actor's; `InvalidStep`."""
    run, step, unit = register.run, asked.step, asked.unit
    if not isinstance(step, str) or step not in STEPS:
        expected = "one of " + ", ".join(STEPS)
        near = nearest_name(str(step), STEPS)
        raise InvalidStep([Problem("unknown-step", str(step)[:200], expected, "", near)])
    at = unit if unit is not None else step
    if unit is not None and unit not in register.cases:
        raise InvalidStep([unknown_unit(unit, register.cases)])
    problems = [*_of_role(run.cycle, asked, register), *_of_reason(asked, at)]
    problems += _of_data(asked, at)
    problems += _of_group(register, asked, at)
    if register.closed:
        problems.append(Problem("step-not-allowed", at, "nothing: the cycle is closed", step))
    elif unit is None and step not in WIDER:
        problems.append(Problem("unknown-unit", step, "a unit of the cycle", "none"))
    elif unit is not None:
        problems += _of_state(register.cases[unit], asked)
    if type(asked.when) is not date:
        problems.append(Problem("wrong-type", at, "the day of the step, a date", shown(asked.when)))
    elif unit is not None:
        since = register.cases[unit].since
        if since is not None and asked.when < since:
            expected = f"a day from {since.isoformat()}, the unit's last step, on"
            problems.append(Problem("out-of-range", at, expected, asked.when.isoformat()))
    if problems:
        raise InvalidStep(problems)


def _of_group(register: Register, asked: Asked, at: str) -> list[Problem]:
    """Refuse what tears a group of records apart: of a street's plan or queue, or the closing."""
    step = asked.step
    if register.pending:
        due = (register.pending_step, register.pending[0])
        expected = f"`{due[0]}` for {due[1]}"
        return (
            [] if (step, asked.unit) == due else [Problem("step-not-allowed", at, expected, step)]
        )
    if asked.unit is None or step not in GROUPED:
        return []
    expected = f"`{step}` for its whole street, or the whole cycle, before it"
    return [Problem("step-not-allowed", at, expected, step)]


def _of_state(case: Case, asked: Asked) -> list[Problem]:
    allowed = ALLOWED.get(asked.step, ())
    if case.state in allowed:
        return []
    steps = [step for step, states in ALLOWED.items() if case.state in states]
    expected = f"{', '.join(allowed)}; in {case.state}: {', '.join(steps) or 'nothing'}"
    return [Problem("step-not-allowed", case.unit.id, expected, f"{asked.step} in {case.state}")]


def _of_role(cycle: Cycle, asked: Asked, register: Register) -> list[Problem]:
    by: object = asked.by
    at = asked.unit if asked.unit is not None else asked.step
    if not isinstance(by, Actor):
        return [Problem("wrong-type", at, "an Actor", shown(by))]
    texts: list[object] = [by.name, by.role, by.street or "", by.department or ""]
    if not all(isinstance(each, str) for each in texts):
        return [Problem("wrong-type", at, "an actor whose parts are texts", shown(by.to_dict()))]
    roles = cycle.roles_of(asked.step)
    if by.role not in roles:
        expected = f"{' or '.join(roles)} for `{asked.step}`"
        near = nearest_name(by.role, roles)
        return [Problem("role-not-allowed", at, expected, by.role, near)]
    if by.role in cycle.local:
        if asked.unit is not None:
            street: object = register.cases[asked.unit].unit.street
        else:
            street = asked.data.get("street", by.street)
        if by.street != street:
            expected = f"{by.role} of {street}"
            return [Problem("role-not-allowed", at, expected, by.street or "no street")]
    return []


def _of_data(asked: Asked, at: str) -> list[Problem]:
    known = HANDED_IN.get(asked.step, ({},))
    data = asked.data
    ways = [each for each in known if data.keys() == each.keys()]
    if not ways:
        expected = " or ".join(", ".join(each) or "nothing" for each in known)
        return [Problem("wrong-type", at, expected, ", ".join(data)[:60] or "nothing")]
    return [
        Problem("wrong-type", f"{at}.{name}", _NAMED[kind], shown(data[name]))
        for name, kind in ways[0].items()
        if not isinstance(data[name], kind)
    ]


def _of_reason(asked: Asked, at: str) -> list[Problem]:
    why: object = asked.why
    if why is not None and not isinstance(why, str):
        return [Problem("wrong-type", at, "a reason as text", shown(why))]
    if asked.step in REASONED and not (asked.why or "").strip():
        return [Problem("reason-missing", at, f"a reason for `{asked.step}`")]
    return []


def apply(register: Register, asked: Asked, rules: Mapping[str, Rule]) -> None:
    """Record one step; raises `InvalidStep` with all that is wrong with it."""
    permit(register, asked)
    try:
        rules[asked.step](register, asked)
    except InvalidStep:
        raise
    except RubricError as error:
        at = asked.unit or asked.step
        found = [evolve(each, path=placed(at, each.path)) for each in error.problems]
        raise InvalidStep(found) from error
    if asked.unit is not None and register.pending:
        register.pending.popleft()


def placed(unit: str, path: str) -> str:
    """Return the path of a problem in what was handed in for a unit."""
    inside = path.removeprefix("$").removeprefix(".")
    return f"{unit}.{inside}" if inside else str(unit)


def bare(units: Iterable[str]) -> list[tuple[str | None, dict[str, Any]]]:
    """Return units for a step with which nothing is handed in."""
    return [(unit, {}) for unit in units]


Why = str | Mapping[str, str] | None


def record(
    run: Run,
    step: str,
    asked: Iterable[tuple[str | None, dict[str, Any]]],
    *,
    by: Actor,
    when: date,
    rules: Mapping[str, Rule],
    why: Why = None,
) -> Run:
    """Record a step for many units at once: all of them, or none and `InvalidStep`.

    `why` is one reason for all, or one for each unit. Where the step of a street or of the
    cycle is refused, its units are not asked: they could only be refused for the same.
    """
    register = Register(run)
    listed = list(asked)
    problems: list[Problem] = []
    if not listed:
        problems += _of_role(run.cycle, Asked(step, None, by, when, None, {}), register)
    whole_refused = False
    for unit, data in listed:
        if unit is not None and whole_refused:
            continue
        reason = why.get(unit or "") if isinstance(why, Mapping) else why
        try:
            apply(register, Asked(step, unit, by, when, reason, data), rules)
        except InvalidStep as error:
            problems += error.problems
            whole_refused = unit is None
        else:
            whole_refused = False
    if problems:
        raise InvalidStep(problems)
    return register.done()


def chosen(run: Run, step: str, units: Iterable[str] | str | None, by: Actor) -> tuple[str, ...]:
    """Return the units that are named, or all for which this actor can record the step now.

    A role that acts for its own street only is meant to act for that street.
    """
    if isinstance(units, str):
        return (units,)
    if units is not None:
        return tuple(dict.fromkeys(units))
    states = ALLOWED.get(step, ())
    own = by.street if isinstance(by, Actor) and by.role in run.cycle.local else None
    found = tuple(
        unit
        for unit, case in run.cases.items()
        if case.state in states and (own is None or case.unit.street == own)
    )
    allowed = isinstance(by, Actor) and by.role in run.cycle.roles_of(step)
    if not found and allowed and step != "answer":
        of = "" if own is None else f" of {own}"
        raise refused("step-not-allowed", step, f"a unit{of} that is {' or '.join(states)}", "none")
    return found
