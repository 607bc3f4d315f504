"""The law of the checker: no sheet contradicts what it says.

What is claimed of random rubrics, and of every rubric that is kept here, is tried on random
sheets and on sheets beside their edges, with an evaluation that knows nothing of the checker.
`RUBRIC_CHECK_RUBRICS` and `RUBRIC_CHECK_SHEETS` say on how many.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings

from contradicting import Breaker, contradictions
from edge_sheets import edge_sheets
from rubric_engine import Rubric, check, evaluate, load, loads
from rubric_engine.claims import CLAIMS, Claim, Report, Witness
from strategies import Node, documents
from test_laws import rubric_of

PROJECT = Path(__file__).parent.parent
#: How many random rubrics are tried, and on how many sheets each; many for a long run.
RUBRICS = int(os.environ.get("RUBRIC_CHECK_RUBRICS", "4"))
SHEETS = int(os.environ.get("RUBRIC_CHECK_SHEETS", "40"))
#: Rubrics are kept in these folders.
FOLDERS = (
    *("policies", "plugins", "tests/rubrics", "tests/shapes", "tests/orders", "tests/worked"),
    "tests/gallery_claims",
)
#: Where sheets are few, only so many of the rubrics that are kept are tried, evenly chosen.
FEW = 24


def kept() -> list[str]:
    """Return the rubrics that are kept here, by their places in the project."""
    found = sorted(
        str(each.relative_to(PROJECT))
        for folder in FOLDERS
        for each in (PROJECT / folder).rglob("*.yaml")
        if each.name in ("rubric.yaml", "good.yaml", "bad.yaml") and "build" not in each.parts
    )
    return found if "RUBRIC_CHECK_SHEETS" in os.environ else found[:: 1 + len(found) // FEW]


@settings(
    max_examples=RUBRICS,
    suppress_health_check=[*settings.default.suppress_health_check, HealthCheck.filter_too_much],
)
@given(documents(max_depth=2))
def test_no_sheet_contradicts_what_is_claimed_of_a_random_rubric(document: Node) -> None:
    rubric = rubric_of(document)
    report = check(rubric)
    assert report.wrong == ()
    assert contradictions(rubric, report, edge_sheets(rubric, SHEETS)) == []


@pytest.mark.parametrize("place", kept())
def test_no_sheet_contradicts_what_is_claimed_of_a_rubric(place: str) -> None:
    rubric = load(PROJECT / place)
    report = check(rubric)
    sheets = edge_sheets(rubric, SHEETS)
    assert len(sheets) == SHEETS
    assert contradictions(rubric, report, sheets) == []


# Those who watch are watched: what is not so is found


PLANS = loads(
    """
rubric: plans
grades:
  - {stars: 3, from: 9, when: not plan.late}
  - {stars: 2, from: 5}
  - {stars: 1}
gates:
  - {at_most: 1, when: plan.late}
items:
  - id: plan
    points: 8
    evidence:
      missing: {type: count, range: 0..10}
      late: flag
      kind: {type: choice, values: [small, large]}
      cases: {type: rows, range: 0..3, columns: {days: {type: count, range: 0..4}}}
    rules:
      - {deduct: 1, per: missing, up_to: 3}
      - {deduct: {small: 1, large: 2}, by: kind, when: late}
      - {deduct: 1, per: days, each: cases}
      - {group: [{deduct: 1, when: missing > 9}, {deduct: 0.5, when: late}], keep: highest}
      - {limit: 2..}
  - id: report
    points: 2
    evidence: {done: checklist}
    rules:
      - {award: 1, when: text in done}
      - {award: 1, when: table in done}
""".replace("checklist", "{type: checklist, values: [text, table]}")
)
ITEM = "$.items[0]"
#: Claims that are not so, one of each kind, with what they are about and their figures.
UNTRUE: list[tuple[str, str, str, dict[str, str]]] = [
    ("score-range", "$", "total", {"low": "0", "high": "9", "reached": ""}),
    ("score-range", "$", "total", {"low": "0", "high": "10"}),
    ("score-range", ITEM, "plan", {"low": "3", "high": "8"}),
    ("unreachable-grade", "$.grades[0]", "3", {}),
    ("grade-reached", "$.grades[0]", "3", {}),
    ("points-add-up", "$", "total", {"points": "9"}),
    ("exact-integers", "$", "", {"bits": "2"}),
    ("never-lost", ITEM, "plan", {}),
    ("never-earned", "$.items[1]", "report", {"highest": "0", "points": "2"}),
    ("full-marks-out-of-reach", "$.items[1]", "report", {"highest": "1", "points": "2"}),
    ("dead-rule", f"{ITEM}.rules[0]", "", {}),
    ("masked-rule", f"{ITEM}.rules[2]", "", {}),
    ("dead-rule", f"{ITEM}.rules[3].group[0]", "", {}),
    ("always-applies", f"{ITEM}.rules[1].when", "when", {}),
    ("loose-cap", f"{ITEM}.rules[0].up_to", "", {}),
    ("loose-cap", f"{ITEM}.rules[4]", "", {}),
    ("unreachable-tier", f"{ITEM}.rules[1].deduct.large", "large", {}),
    ("idle-gate", "$.gates[0]", "", {}),
    ("impossible-condition", "$.grades[0].when", "3", {}),
    ("direction", f"{ITEM}.evidence.missing", "plan.missing", {"moves": "up"}),
    ("direction", f"{ITEM}.evidence.late", "plan.late", {"moves": "never"}),
    ("direction", f"{ITEM}.evidence.cases.columns.days", "plan.cases.days", {"moves": "up"}),
    ("direction", "$.items[1].evidence.done", "report.done.text", {"moves": "down"}),
    ("direction", f"{ITEM}.evidence.missing", "plan.missing", {"moves": "both"}),
    ("repair-hurts", f"{ITEM}.evidence.missing", "plan.missing", {}),
    ("idle-points", ITEM, "plan", {}),
    ("unused-field", f"{ITEM}.evidence.kind", "plan.kind", {}),
    ("unused-field", f"{ITEM}.evidence.cases.columns.days", "plan.cases.days", {}),
]


@pytest.mark.parametrize(("code", "path", "about", "facts"), UNTRUE)
def test_what_is_not_so_is_contradicted(
    code: str, path: str, about: str, facts: dict[str, str]
) -> None:
    claim = Claim(code, "proved", path, about, tuple(facts.items()))
    report = Report("plans", claims=(claim,))
    assert contradictions(PLANS, report, edge_sheets(PLANS, 200))


def sheet(**found: object) -> dict[str, dict[str, object]]:
    """Return a sheet of the plans on which little is wrong."""
    plan = {"missing": 0, "late": False, "kind": "small", "cases": []} | found
    return {"plan": plan, "report": {"done": []}}


#: Sheets that do not show what they are said to.
UNSHOWN: list[tuple[str, str, dict[str, str], dict[str, object], dict[str, str]]] = [
    ("score-range", "$", {"low": "0", "high": "10", "reached": ""}, {}, {"score": "7"}),
    ("score-range", "$", {"low": "0", "high": "10", "reached": ""}, {}, {"grade": "1"}),
    ("score-range", "$", {"low": "0", "high": "10", "reached": ""}, {"missing": 11}, {}),
    ("grade-reached", "$.grades[0]", {}, {"late": True}, {}),
    ("masked-rule", f"{ITEM}.rules[1]", {}, {}, {}),
    ("total-out-of-range", "$", {"stated": "0..8", "score": "8"}, {}, {}),
    ("order-matters", f"{ITEM}.rules[0]", {"other": "rules[1]"}, {"missing": 2}, {}),
]


@pytest.mark.parametrize(("code", "path", "facts", "found", "shows"), UNSHOWN)
def test_a_sheet_that_does_not_show_it_is_told(
    code: str,
    path: str,
    facts: dict[str, str],
    found: dict[str, object],
    shows: dict[str, str],
) -> None:
    witness = Witness(sheet(**found), tuple(shows.items()))
    about = {"$.grades[0]": "3", "$": "total"}.get(path, "")
    claim = Claim(code, "proved", path, about, tuple(facts.items()), (witness,))
    assert contradictions(PLANS, Report("plans", claims=(claim,)), [])


@pytest.mark.parametrize(
    ("code", "interval"), [("tiers-gap", "3..5"), ("tiers-overlap", "4..6")]
)
def test_tiers_are_held_against_the_ledger(code: str, interval: str) -> None:
    apart = "n < 4" if code == "tiers-gap" else "n < 6"
    rubric = loads(
        f"""
rubric: tiers
items:
  - id: a
    points: 9
    evidence: {{n: {{type: count, range: 0..9}}}}
    rules: [{{deduct: 1, when: 0 < {apart}}}, {{deduct: 2, when: n > 4}}]
"""
    )
    report = check(rubric)
    (claim,) = report.of(code)
    sheets = edge_sheets(rubric, 60)
    assert claim.fact("interval") == {"tiers-gap": "4..4", "tiers-overlap": "5..5"}[code]
    assert contradictions(rubric, report, sheets) == []
    facts = {**dict(claim.facts), "interval": interval}
    wrong = Report("tiers", claims=(evolve(claim, facts=tuple(facts.items())),))
    assert contradictions(rubric, wrong, sheets)


def test_every_kind_of_claim_is_tried_or_plain_to_see() -> None:
    seen = {name.removeprefix("_").replace("_", "-") for name in vars(Breaker)}
    # These are about the text of the rubric, not about sheets.
    assert set(CLAIMS) - seen == {
        *("larger-than-item", "bonus-without-cap", "single-member"),
        *("unused-methods", "same-title", "same-rule"),
    }


def test_what_is_claimed_of_the_plans_is_so() -> None:
    report = check(PLANS)
    breaker = Breaker(PLANS, report, edge_sheets(PLANS, 300))
    assert list(breaker.found()) == []
    assert breaker.tried.total() == len(report.claims)
    assert breaker.left.total() == 0


# What was claimed once, and was not so


def claimed(text: str) -> dict[tuple[str, str], Claim]:
    """Return the claims of a rubric by code and path, after no sheet broke them."""
    rubric = loads(text)
    report = check(rubric)
    assert report.wrong == ()
    assert contradictions(rubric, report, edge_sheets(rubric, 200)) == []
    return {(each.code, each.path): each for each in report.claims}


def test_a_step_that_is_clamped_away_may_undo_the_next() -> None:
    gates = """
rubric: steps
total: 10
grades: [{stars: 3, from: 0}, {stars: 2, from: -1}, {stars: 1}]
gates:
  - {step: 1, when: a.x, clamp: once}
  - {step: -1, when: a.y, clamp: once}
items:
  - id: a
    points: 10
    evidence: {x: flag, y: flag, n: {type: count, range: 0..3}}
    rules: [{deduct: 1, per: n}]
"""
    assert ("idle-gate", "$.gates[0]") not in claimed(gates)
    never = gates.replace("when: a.x, clamp", "when: a.n > 3, clamp")
    assert ("idle-gate", "$.gates[0]") in claimed(never)


def test_a_finding_may_jump_over_what_is_refused() -> None:
    text = """
rubric: jump
total: 40
items:
  - id: a
    points: 40
    start: 20
    evidence:
      p: {type: amount, range: 0..5}
      c: {type: choice, values: [x, y]}
      n: {type: count, range: 0..1000}
      m: {type: count, range: 0..1000}
    rules:
      - {award: {x: 2..5, y: 2..5}, by: c, judged: p}
      - {deduct: 8, when: p >= 2 and n + m == 777 and n - m == 111}
"""
    rubric = loads(text)
    low, high = ({"a": {"p": p, "c": "x", "n": 444, "m": 333}} for p in (0, 2))
    assert evaluate(rubric, low).exact - evaluate(rubric, high).exact == 6
    claim = claimed(text)["direction", "$.items[0].evidence.p"]
    assert claim.fact("moves") == "both"


def test_a_divisor_may_be_a_number_elsewhere() -> None:
    text = """
rubric: shares
total: 40
items:
  - id: p
    points: 20
    evidence:
      a: {type: count, range: 1..60}
      b: {type: count, range: 0..60}
      n: {type: count, range: 0..1000}
      m: {type: count, range: 0..1000}
    rules: [{award: all, ratio: a / (a + b)}]
  - id: q
    points: 20
    rules: [{deduct: 15, when: p.a + p.b >= 78 and p.n + p.m == 777 and p.n - p.m == 111}]
"""
    rubric = loads(text)
    one, two = ({"p": {"a": a, "b": 37, "n": 444, "m": 333}} for a in (40, 41))
    assert evaluate(rubric, two).exact < evaluate(rubric, one).exact - 14
    claim = claimed(text)["direction", "$.items[0].evidence.a"]
    assert claim.fact("moves") == "both"


def test_points_are_idle_only_if_nothing_below_moves_them() -> None:
    text = """
rubric: idle
total: 20
evidence: {note: flag}
rules: [{deduct: 1, when: "known(b.seen)"}]
items:
  - id: a
    points: 10
    evidence: {n: {type: count, range: 0..3}}
    rules: [{deduct: 1, per: n}]
  - id: b
    points: 10
    start: 10
    evidence: {seen: {type: count, range: 0..9, optional: true}}
"""
    assert not [each for each in claimed(text) if each[0] == "idle-points"]


def test_a_bonus_that_lands_within_rows_is_not_dead() -> None:
    text = """
rubric: rows
total: 10
evidence: {months: {type: rows, range: 1..3, columns: {good: flag}}}
indicators:
  - id: month
    each: months
    combine: mean
    points: 10
    indicators:
      - id: part
        points: 10
        bonus: here
        items:
          - {id: work, points: 10, start: 5, rules: [{bonus: 2, when: good}]}
"""
    text = text.replace("each: months", "each: total.months")
    assert not [each for each in claimed(text) if each[0] in ("dead-rule", "masked-rule")]


def test_the_sheet_of_a_witness_has_numbers_of_decimals() -> None:
    rubric = loads(
        """
rubric: decimals
total: 1
items:
  - id: a
    points: 1
    evidence:
      x: {type: number, places: 1, range: 0..0.5}
      y: {type: number, places: 1, range: 0..1, panel: 2}
      t: {type: rows, range: 1..2, columns: {z: {type: share, places: 1}}}
    rules: [{deduct: 1, per: x}, {deduct: 1, per: mean(y)}, {deduct: 0.01, per: z, each: t}]
"""
    )
    (worst, best) = check(rubric).of("score-range", "$")[0].witnesses
    assert evaluate(rubric, worst.evidence).exact == 0
    assert evaluate(rubric, best.evidence).exact == 1


def test_where_nobody_says_if_it_is_applicable_the_findings_are_asked_for() -> None:
    claims = claimed(
        """
rubric: unsaid
total: 10
items:
  - id: a
    points: 10
    not_applicable: full
    evidence:
      has: {type: choice, optional: true, values: [there, none], means: {none: skip}}
      n: {type: count, range: 0..5}
    rules: [{deduct: 1, per: n}]
    grades: [{grade: good, from: 8}, {grade: bad}]
"""
    )
    assert ("grade-reached", "$.items[0].grades[0]") in claims


def test_a_finding_that_says_there_is_none_is_none() -> None:
    claims = claimed(
        """
rubric: none
total: 10
items:
  - id: a
    points: 10
    evidence:
      on: {type: date, absent: "1900-01-01"}
      c: {type: choice, values: [unknown, good, bad], absent: unknown}
      n: {type: number, range: -1..5, absent: -1}
      t: {type: rows, range: 0..2, columns: {d: {type: choice, values: [none, x], absent: none}}}
    rules:
      - {deduct: 1, when: on < "1950-01-01"}
      - {deduct: 2, when: c == bad}
      - {deduct: 1, per: "max(n, 0)"}
      - {deduct: 1, each: t, when: d == x}
"""
    )
    assert claims["score-range", "$"].fact("reached") is None


def test_a_finding_of_which_only_one_is_possible_does_not_move() -> None:
    claims = claimed(
        """
rubric: lone
total: 20
items:
  - id: a
    points: 20
    start: 10
    evidence:
      c: {type: choice, values: [none, poor], means: {none: missing}}
      q: {type: number, one_of: [3]}
      n: {type: count, range: 0..9}
    rules:
      - {deduct: {none: 1, poor: 3}, by: c, when: n * n > 50}
      - {award: {from 3: 1, from 4: 3}, by: q, when: n > 3}
"""
    )
    for name in ("c", "q"):
        assert claims["direction", f"$.items[0].evidence.{name}"].verdict == "proved"


def test_every_type_of_finding_moves_as_is_said() -> None:
    claims = claimed(
        """
rubric: types
total: 60
given:
  cycle: {as_of: date}
grades: [{stars: 2, from: 50}, {stars: 1}]
items:
  - id: panel
    points: 10
    evidence: {seen: {type: number, places: 1, range: 0..10, panel: 3, need: 2}}
    rules: [{award: 1, per: mean(seen)}]
  - id: list
    points: 10
    evidence: {there: {type: checklist, values: [a, b, c]}, aside: {type: checklist, values: [x, y]}}
    rules: [{award: 2, per: ticked(there)}, {deduct: 1, when: a in there and b in there}]
    start: zero
  - id: table
    points: 10
    evidence:
      cases:
        type: rows
        range: 0..3
        columns:
          kind: {type: choice, values: [small, large]}
          marks: {type: checklist, values: [p, q]}
          days: {type: count, range: 0..5, optional: true}
          who: text
          on: date
    rules:
      - {deduct: {small: 1, large: 2}, by: kind, each: cases, when: p in marks}
      - {deduct: 1, each: cases, when: "default(days, 0) > 2", once_per: who}
      - {deduct: 1, each: cases, within: 6 months, keep: highest}
  - id: part
    points: 10
    not_applicable: full
    evidence:
      has: {type: choice, values: [there, none], means: {none: skip}}
      good: {type: share, places: 0}
    rules: [{award: {from 90: 10, from 60: 5}, by: good}]
  - id: ratio
    points: 10
    evidence: {done: {type: count, range: 0..20}, due: {type: count, range: 0..20}}
    rules: [{award: all, ratio: done / due, empty: full}]
  - id: rest
    points: 10
    evidence: {late: {type: count, range: 0..9, optional: true}, low: {type: number, range: -5..5}}
    rules:
      - {deduct: 1, per: "default(late, 3)"}
      - {deduct: 1, when: known(late)}
      - {deduct: 1, per: "max(low * low - 9, 0)"}
"""
    )
    assert ("direction", "$.items[2].evidence.cases.columns.marks") in claims
    moves = {
        claim.about: claim.fact("moves")
        for (code, _), claim in claims.items()
        if code == "direction" and claim.verdict == "proved"
    }
    assert moves == {
        "panel.seen": "up",
        "list.there.c": "up",
        "list.aside.y": "never",
        "table.cases.kind": "down",
        "table.cases.marks.q": "never",
        "table.cases.days": "down",
        "table.cases.on": "both",
        "part.has": "up",
        "part.good": "up",
        "ratio.done": "up",
        "ratio.due": "down",
        "rest.late": "down",
        "rest.low": "both",
        "cycle.as_of": "both",
    }


def test_the_sheets_are_the_same_each_time() -> None:
    assert edge_sheets(PLANS, 20) == edge_sheets(PLANS, 20)
    assert edge_sheets(PLANS, 20) != edge_sheets(PLANS, 20, seed=2)


def test_what_leaves_a_range_is_shown() -> None:
    rubric: Rubric = evolve(PLANS, total=Fraction(10), rules=())
    report = check(rubric)
    assert contradictions(rubric, report, edge_sheets(rubric, 50)) == []
