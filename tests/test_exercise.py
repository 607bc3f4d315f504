"""What golden cases exercise: every kind of branch by hand, and laws against the evaluation."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import rubric_engine
from rubric_engine import InvalidEvidence, InvalidRubric, Posting, Rubric, evaluate, loads
from rubric_engine.account import Account
from rubric_engine.branches import KINDS, either
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import read_sheet
from rubric_engine.exercise import PHRASES, watched
from rubric_engine.model import walk
from rubric_engine.scope import Scope
from rubric_engine.testing import Exercised, check_exercised, exercise, golden_cases
from strategies import documents, sheets, to_text

ROOT = Path(__file__).resolve().parents[1]

#: Rules of one item of 10 points, its evidence, sheets of it, and what they exercise of which kind:
#: the path within the item, the kind, and how many sheets go each way.
OF_ITEMS = {
    "a condition": (
        "{a: count, b: flag}",
        ["{deduct: 1, per: a, unless: b}"],
        [{"a": 1, "b": True}, {"a": 0, "b": False}],
        [
            ("rules[0].unless", "condition", {"true": 1, "false": 1}),
            ("rules[0]", "rule", {"moves": 0, "leaves": 2}),
            ("", "limit", {"raises": 0, "leaves": 2}),
        ],
    ),
    "tiers, of which two share what is left": (
        "{a: {type: choice, values: [x, y, z]}, b: flag}",
        ["{deduct: {x: all, else: 2}, by: a, when: b}"],
        [{"a": "x", "b": False}, {"a": "y", "b": True}, {"a": "z", "b": True}],
        [
            ("rules[0].when", "condition", {"true": 2, "false": 1}),
            ("rules[0].deduct", "tier", {"x": 0, "else": 2}),
            ("rules[0]", "rule", {"moves": 2, "leaves": 1}),
        ],
    ),
    "values of a checklist": (
        "{a: {type: checklist, values: [x, y]}}",
        ["{award: {x: 3, y: 7}, by: a}"],
        [{"a": ["x"]}, {"a": []}],
        [
            ("rules[0].award.x", "ticked", {"ticked": 1, "not ticked": 1}),
            ("rules[0].award.y", "ticked", {"ticked": 0, "not ticked": 2}),
            ("rules[0]", "rule", {"moves": 1, "leaves": 1}),
        ],
    ),
    "bands": (
        "{a: {type: count, range: 0..100}}",
        ["{award: {from 80: 10, from 60: 5}, by: a}"],
        [{"a": 59}, {"a": 80}, {"a": 100}],
        [
            ("rules[0].award", "tier", {"below": 1, "from 60": 0, "from 80": 2}),
            ("rules[0]", "rule", {"moves": 2, "leaves": 1}),
        ],
    ),
    "bands that cover everything": (
        "{a: {type: count, range: 0..100}}",
        ["{award: {from 80: 10, from 0: 5}, by: a}"],
        [{"a": 59}],
        [("rules[0].award", "tier", {"from 0": 1, "from 80": 0})],
    ),
    "lines": (
        "{a: share}",
        ["{award: {at 60: 0, at 90: 10}, by: a}"],
        [{"a": 50}, {"a": 60}, {"a": 89}, {"a": 90}],
        [
            ("rules[0].award", "tier", {"before": 1, "at 60": 2, "at 90": 1}),
            ("rules[0]", "rule", {"moves": 2, "leaves": 2}),
        ],
    ),
    "a curve": (
        "{a: share}",
        ["{award: {curve: power, zero_at: 0, full_at: 100, exponent: 2, gives: 10, step: 1}, by: a}"],
        [{"a": 10}, {"a": 50}],
        [
            ("rules[0].award", "tier", {"none": 1, "part": 1, "all": 0}),
            ("rules[0]", "rule", {"moves": 1, "leaves": 1}),
        ],
    ),
    "a cap": (
        "{a: count}",
        ["{deduct: 1, per: a, up_to: 3}"],
        [{"a": 0}, {"a": 3}, {"a": 4}],
        [
            ("rules[0].up_to", "cap", {"binds": 1, "leaves": 1}),
            ("rules[0]", "rule", {"moves": 2, "leaves": 1}),
        ],
    ),
    "a rounding": (
        "{a: count}",
        ["{deduct: 0.25, per: a, round_to: 1, up_to: 5}"],
        [{"a": 0}, {"a": 2}],
        [
            ("rules[0].up_to", "cap", {"binds": 0, "leaves": 1}),
            ("rules[0].round_to", "rounding", {"rounds": 0, "leaves": 1}),
            ("rules[0]", "rule", {"moves": 1, "leaves": 1}),
        ],
    ),
    "a ratio and its divisor": (
        "{a: count, b: count}",
        ["{award: 10, ratio: a / b, empty: zero}"],
        [{"a": 1, "b": 2}, {"a": 1, "b": 0}, {"a": 3, "b": 2}],
        [
            ("rules[0].empty", "divisor", {"divides": 2, "0": 1}),
            ("rules[0].ratio", "ratio", {"none": 1, "part": 1, "all": 1}),
            ("rules[0]", "rule", {"moves": 2, "leaves": 1}),
        ],
    ),
    "a ratio that chooses, and a floor alone": (
        "{a: count, b: count, c: flag}",
        ["{award: 10, ratio: (a if c else 0) / b, empty: zero}", "{limit: 2..}"],
        [{"a": 1, "b": 2, "c": True}, {"a": 1, "b": 2, "c": False}],
        [
            ("rules[0].ratio", "if", {"true": 1, "false": 1}),
            ("rules[0].empty", "divisor", {"divides": 2, "0": 0}),
            ("rules[1]", "limit", {"raises": 1, "leaves": 1}),
        ],
    ),
    "multipliers": (
        "{a: {type: count, range: 0..3}, b: flag, c: flag}",
        ["{deduct: 1, per: a, times: {b: 2, c: 1.5}}"],
        [{"a": 1, "b": True, "c": False}],
        [
            ("rules[0].times.b", "condition", {"true": 1, "false": 0}),
            ("rules[0].times.c", "condition", {"true": 0, "false": 1}),
            ("rules[0]", "rule", {"moves": 1, "leaves": 0}),
        ],
    ),
    "an expression that chooses": (
        "{a: {type: count, range: 0..3}, b: flag}",
        ["{deduct: 2 if b else a}"],
        [{"a": 1, "b": False}],
        [
            ("rules[0].deduct", "if", {"true": 0, "false": 1}),
            ("rules[0]", "rule", {"moves": 1, "leaves": 0}),
        ],
    ),
    "rows, a window, and one matter once": (
        "{t: {type: rows, columns: {on: date, n: count, m: {type: choice, values: [p, q]}}}}",
        ["{deduct: 1, per: n, each: t, within: 6 months, once_per: m, up_to: 8}"],
        [
            {"t": []},
            {"t": [{"on": "2026-01-01", "n": 1, "m": "p"}, {"on": "2020-01-01", "n": 1, "m": "p"}]},
            {"t": [{"on": "2026-01-01", "n": 1, "m": "p"}, {"on": "2026-01-01", "n": 2, "m": "p"}]},
        ],
        [
            ("rules[0].each", "rows", {"none": 1, "one": 0, "several": 2}),
            ("rules[0].within", "within", {"inside": 2, "outside": 1}),
            ("rules[0].once_per", "repeat", {"again": 1, "once": 1}),
            ("rules[0].up_to", "cap", {"binds": 0, "leaves": 2}),
            ("rules[0]", "rule", {"moves": 2, "leaves": 1}),
        ],
    ),
    "a group that keeps the highest": (
        "{a: count, b: count, c: flag}",
        ["{group: [{deduct: 1, per: a}, {deduct: 2, per: b}], keep: highest, when: c, up_to: 4}"],
        [{"a": 3, "b": 1, "c": True}, {"a": 0, "b": 1, "c": False}, {"a": 9, "b": 0, "c": True}],
        [
            ("rules[0].when", "condition", {"true": 2, "false": 1}),
            ("rules[0].group[0]", "member", {"kept": 2, "lost": 0}),
            ("rules[0].group[1]", "member", {"kept": 0, "lost": 1}),
            ("rules[0].up_to", "cap", {"binds": 1, "leaves": 1}),
            ("rules[0]", "rule", {"moves": 2, "leaves": 1}),
        ],
    ),
    "a group that keeps the lowest": (
        "{a: {type: count, range: 0..9}, b: {type: count, range: 0..9}}",
        ["{group: [{deduct: 1, per: a}, {deduct: 0.5, per: b}], keep: lowest}"],
        [{"a": 1, "b": 0}],
        [
            ("rules[0].group[0]", "member", {"kept": 0, "lost": 1}),
            ("rules[0].group[1]", "member", {"kept": 1, "lost": 0}),
        ],
    ),
    "a group that adds up, and what its members meet": (
        "{a: {type: count, range: 0..3}, b: {type: count, range: 0..3}, c: flag}",
        ["{group: [{deduct: 1, per: a, when: c}, {deduct: 0.5, per: b}]}"],
        [{"a": 1, "b": 0, "c": True}],
        [
            ("rules[0].group[0].when", "condition", {"true": 1, "false": 0}),
            ("rules[0].group[0]", "member", {"asks": 1, "asks nothing": 0}),
            ("rules[0].group[1]", "member", {"asks": 0, "asks nothing": 1}),
            ("rules[0]", "rule", {"moves": 1, "leaves": 0}),
        ],
    ),
    "a limit that is written, a score that is set, one that is multiplied": (
        "{a: count, b: flag, c: flag}",
        ["{deduct: 1, per: a}", "{set: 5, when: b}", "{multiply: 0, when: c}", "{limit: 2..8}"],
        [
            {"a": 9, "b": False, "c": False},
            {"a": 1, "b": True, "c": False},
            {"a": 1, "b": False, "c": False},
        ],
        [
            ("rules[0]", "rule", {"moves": 3, "leaves": 0}),
            ("rules[1].when", "condition", {"true": 1, "false": 2}),
            ("rules[1]", "rule", {"moves": 1, "leaves": 2}),
            ("rules[2].when", "condition", {"true": 0, "false": 3}),
            ("rules[2]", "rule", {"moves": 0, "leaves": 3}),
            ("rules[3]", "limit", {"raises": 1, "cuts": 1, "leaves": 1}),
        ],
    ),
    "what takes nothing because nothing is left": (
        "{a: flag, b: flag}",
        ["{deduct: all, when: a}", "{deduct: 1, when: b}"],
        [{"a": True, "b": True}, {"a": False, "b": False}],
        [
            ("rules[1].when", "condition", {"true": 1, "false": 1}),
            ("rules[1]", "rule", {"moves": 0, "leaves": 2}),
            ("", "limit", {"raises": 1, "leaves": 1}),
        ],
    ),
}


def item_rubric(evidence: str, rules: list[str]) -> Rubric:
    lines = ["rubric: sample", "given: {cycle: {as_of: date}}"]
    lines += ["items:", "  - id: it", "    points: 10", "    start: full"]
    lines += [f"    evidence: {evidence}", "    rules:", *(f"      - {rule}" for rule in rules)]
    if any("award" in rule for rule in rules):
        lines.remove("    start: full")
    return loads("\n".join(lines))


def ways(exercised: Exercised, path: str, kind: str) -> dict[str, int] | None:
    for each in exercised.branches:
        if (each.path, each.kind) == (path, kind):
            return {way.name: way.cases for way in each.ways}
    return None


@pytest.mark.parametrize("name", OF_ITEMS)
def test_the_branches_of_an_item(name: str) -> None:
    evidence, rules, found, expected = OF_ITEMS[name]
    rubric = item_rubric(evidence, rules)
    sheets = [{"it": each, "cycle": {"as_of": "2026-01-31"}} for each in found]
    exercised = exercise(sheets, rubric)
    assert exercised.cases == len(sheets)
    for path, kind, counts in expected:
        whole = f"$.items[0].{path}" if path else "$.items[0]"
        assert ways(exercised, whole, kind) == counts, path


TREE = """\
rubric: tree
total: 20
given:
  assessee: {type: {type: choice, values: [town, village]}}
values: {weight: "2 if assessee.type == town else 1"}
grades:
  - {stars: 3, from: 18, minima: {plan: 9, work: 5}}
  - {stars: 2, from: 10, when: plan.missing < 9}
  - {stars: 1, from: 5, minima: 1}
otherwise: unrated
gates:
  - {at_most: 2, when: plan.missing > 0}
  - {unrated: void, when: plan.missing == 3}
indicators:
  - id: part
    points: 20
    not_applicable: rescale
    bonus_up_to: 1
    items:
      - id: plan
        points: 10
        evidence: {missing: count, extra: count}
        rules:
          - {deduct: 1, per: missing}
          - {bonus: weight, per: extra}
          - {deduct: 1, when: missing == 3, to: work}
      - id: work
        points: 10
        evidence:
          level:
            type: choice
            values: [good, absent, void, none]
            means: {void: unrated, none: skip}
        rules:
          - {deduct: {good: 0, else: 4}, by: level}
"""


def tree_sheet(missing: int, level: str, extra: int = 0, kind: str = "town") -> dict[str, Any]:
    return {
        "plan": {"missing": missing, "extra": extra},
        "work": {"level": level},
        "assessee": {"type": kind},
    }


def test_the_branches_of_a_tree_with_grades() -> None:
    sheets = [
        tree_sheet(0, "good"),
        tree_sheet(2, "good", extra=1),
        tree_sheet(3, "absent"),
        tree_sheet(0, "none", kind="village"),
        tree_sheet(1, "void"),
        tree_sheet(0, "unheard of"),
    ]
    exercised = exercise(sheets, loads(TREE))
    assert (exercised.cases, exercised.refused) == (5, 1)
    assert exercised.refused_for == (("unknown-value", "work.level"),)
    found = {(each.path, each.kind): {w.name: w.cases for w in each.ways} for each in exercised.branches}
    plan, work = "$.indicators[0].items[0]", "$.indicators[0].items[1]"
    assert found == {
        ("$.values.weight", "if"): {"true": 4, "false": 1},
        ("$.grades[0].minima.plan", "grade condition"): {"met": 2, "failed": 1},
        ("$.grades[0].minima.work", "grade condition"): {"met": 3, "failed": 0},
        ("$.grades[1].when", "grade condition"): {"met": 3, "failed": 0},
        ("$.grades[2].minima", "grade condition"): {"met": 0, "failed": 0},
        ("$.grades", "grade"): {"3": 2, "2": 1, "1": 0, "unrated": 0},
        ("$.gates[0].when", "condition"): {"true": 3, "false": 2},
        ("$.gates[0]", "gate"): {"leaves": 5, "moves": 0},
        ("$.gates[1].when", "condition"): {"true": 1, "false": 4},
        ("$.gates[1]", "gate"): {"leaves": 4, "moves": 1},
        ("$", "limit"): {"cuts": 0, "leaves": 5},
        ("$.indicators[0].bonus_up_to", "cap"): {"leaves": 4, "binds": 1},
    } | {
        (f"{plan}.rules[0]", "rule"): {"moves": 3, "leaves": 2},
        (f"{plan}.rules[1]", "rule"): {"moves": 1, "leaves": 4},
        (f"{plan}.rules[2].when", "condition"): {"true": 1, "false": 4},
        (f"{plan}.rules[2]", "rule"): {"moves": 1, "leaves": 4},
        (plan, "limit"): {"raises": 0, "leaves": 5},
        (f"{work}.evidence", "applicable"): {"applicable": 4, "not applicable": 1},
        (f"{work}.evidence.level.void", "unrated"): {"unrated": 1, "rated": 3},
        (f"{work}.rules[0].deduct", "tier"): {"good": 2, "else": 2},
        (f"{work}.rules[0]", "rule"): {"moves": 2, "leaves": 2},
    }


NODES = """\
rubric: nodes
total: 10
given: {assessee: {type: {type: choice, values: [town, village]}}}
combine: mean
missing: skip
need: 1
empty: zero
items:
  - {id: one, out_of: 10, for: town, evidence: {a: count}, rules: [{deduct: 1, per: a}]}
  - {id: two, out_of: 10, evidence: {b: count}, rules: [{deduct: 1, per: b}]}
  - id: rows
    out_of: 10
    each: listed
    where: counts
    combine: lowest
    empty: 5
    evidence: {listed: {type: rows, columns: {counts: flag, c: count, bad: flag}}}
    rules: [{deduct: 1, per: c, when: bad}]
"""


def test_the_branches_of_nodes_and_rows() -> None:
    def row(counts: bool, c: int, bad: bool) -> dict[str, Any]:
        return {"counts": counts, "c": c, "bad": bad}

    sheets = [
        {"assessee": {"type": "town"}, "one": {"a": 1}, "rows": {"listed": [row(True, 2, True)]}},
        {"assessee": {"type": "village"}, "two": {"b": 0}, "rows": {"listed": [row(False, 3, False)]}},
    ]
    exercised = exercise(sheets, loads(NODES))
    assert (exercised.cases, exercised.refused) == (2, 0)
    one, two, rows = (f"$.items[{place}]" for place in range(3))
    assert ways(exercised, f"{one}.for", "for") == {"for it": 1, "not for it": 1}
    assert ways(exercised, f"{one}.evidence", "present") == {"present": 1, "absent": 0}
    assert ways(exercised, f"{one}.rules[0]", "rule") == {"moves": 1, "leaves": 0}
    assert ways(exercised, f"{two}.evidence", "present") == {"present": 1, "absent": 1}
    assert ways(exercised, f"{two}.rules[0]", "rule") == {"moves": 0, "leaves": 1}
    assert ways(exercised, f"{rows}.empty", "enough") == {"enough": 1, "too few": 1}
    assert ways(exercised, f"{rows}.where", "condition") == {"true": 1, "false": 1}
    # Of rows that are not taken nothing is met.
    assert ways(exercised, f"{rows}.rules[0].when", "condition") == {"true": 1, "false": 0}
    assert ways(exercised, f"{rows}.rules[0]", "rule") == {"moves": 1, "leaves": 0}
    assert [each.node for each in exercised.branches if "rules[0]" in each.path][-1] == "rows"


LATE = """\
rubric: late
total: 20
items:
  - id: many
    points: 10
    each: listed
    where: judge > 5
    combine: lowest
    empty: zero
    start: full
    evidence: {listed: {type: rows, columns: {c: count}}}
    rules: [{deduct: 1, when: c > 0}]
  - {id: judge, points: 10, evidence: {a: count}, rules: [{deduct: 1, per: a}]}
"""


def test_rows_that_are_taken_by_a_score_that_is_lowered_later() -> None:
    sheets = [{"many": {"listed": [{"c": 1}]}, "judge": {"a": each}} for each in (0, 9)]
    exercised = exercise(sheets, loads(LATE))
    path = "$.items[0].rules[0].when"
    assert ways(exercised, path, "condition") == {"true": 1, "false": 0}


# What is made of it

SMALL = """\
rubric: small
language: zh
items:
  - id: plan
    points: 5
    evidence: {missing: {type: count, range: 0..9}, state: {type: choice, values: [none, some, more]}}
    rules:
      - {deduct: 1, per: missing, says: {zh: "每缺\u200b一件\n扣1分", en: One off each}}
      - {deduct: {none: 2, else: 0}, by: state}
"""
SHEETS = [{"plan": {"missing": 0, "state": "some"}}, {"plan": {"missing": 6, "state": "more"}}]


def test_the_share_and_what_is_missing() -> None:
    exercised = exercise([*SHEETS, {}], loads(SMALL))
    assert [(each.path, way.name) for each, way in exercised.missing] == [
        ("$.items[0].rules[1].deduct", "none"),
        ("$.items[0].rules[1]", "moves"),
    ]
    assert (exercised.shown, exercised.outcomes) == (6, 8)
    assert exercised.share == Fraction(3, 4)
    assert exercised.by_kind == {"rule": (3, 4), "tier": (1, 2), "limit": (2, 2)}
    found = {way.name: way.first for way in exercised.branches[0].ways}
    assert found == {"moves": "1", "leaves": "0"}
    missing = [way.path for each, way in exercised.missing]
    assert missing == ["$.items[0].rules[1].deduct.none", "$.items[0].rules[1]"]


def test_text_in_both_languages() -> None:
    exercised = exercise([*SHEETS, {}], loads(SMALL))
    assert str(exercised) == exercised.explain("zh")
    assert exercised.explain("zh").splitlines() == [
        "small 1：6 / 8 种结果有用例，占 75 %",
        "  2 例计分，1 例拒收",
        "  plan",
        "    rules[1].deduct（档次）：未见「none」 — deduct {none: 2, else: 0}, by state",
        "    rules[1]（规则）：未见「变动」 — deduct {none: 2, else: 0}, by state",
    ]
    assert exercised.explain("en", everything=True).splitlines() == [
        "small 1: 6 of 8 outcomes exercised, 75 %",
        "  2 cases scored, 1 refused",
        "  plan",
        "    rules[0] (rule): moves it 1, leaves it 1 — One off each",
        "    rules[1].deduct (tier): none 0, else 2 — deduct {none: 2, else: 0}, by state",
        "    rules[1] (rule): moves it 0, leaves it 2 — deduct {none: 2, else: 0}, by state",
        "    limit: raises it 1, leaves it 1",
    ]
    assert "每缺 一件 扣1分" in exercised.explain(everything=True), "no control characters"
    full = exercise([*SHEETS, {"plan": {"missing": 0, "state": "none"}}], loads(SMALL))
    assert full.explain("en").splitlines()[0] == "small 1: 8 of 8 outcomes exercised, 100 %"
    assert full.explain("en").splitlines()[2:] == ["  every outcome is exercised"]


def test_the_share_is_rounded_down() -> None:
    rules = [f"{{deduct: 1, when: a > {number}}}" for number in range(40)]
    rubric = item_rubric("{a: count}", rules)
    sheets = [{"it": {"a": 400}}, {"it": {"a": 0}}]
    exercised = exercise([{**each, "cycle": {"as_of": "2026-01-31"}} for each in sheets], rubric)
    assert len(exercised.missing) == 30, "the rules that find nothing left"
    assert exercised.share == Fraction(132, 162) > Fraction("0.8145")
    assert "81.4 %" in exercised.explain()


def test_plain_data() -> None:
    data = exercise([*SHEETS, {}], loads(SMALL)).to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["share"] == "0.75"
    assert data["refused_for"][0] == {"code": "missing-finding", "path": "plan.missing"}
    assert data["branches"][0] == {
        "path": "$.items[0].rules[0]",
        "kind": "rule",
        "node": "plan",
        "text": {"zh": "每缺\u200b一件 扣1分", "en": "One off each"},
        "ways": [
            {"name": "moves", "path": "$.items[0].rules[0]", "cases": 1, "first": "1"},
            {"name": "leaves", "path": "$.items[0].rules[0]", "cases": 1, "first": "0"},
        ],
    }
    (branch,) = (each for each in exercise([], loads(TREE)).to_dict()["branches"] if each["kind"] == "if")
    assert branch["offset"] == 5, "where the condition stands in its expression"


def test_every_kind_and_way_is_named_in_both_languages() -> None:
    for language in PHRASES:
        assert set(KINDS) <= set(PHRASES[language])
    known = {each.removeprefix("way:") for each in PHRASES["zh"] if each.startswith("way:")}
    met = {way for *_, branches in OF_ITEMS.values() for _, kind, counts in branches for way in counts}
    assert met - known == {"x", "from 0", "from 60", "from 80", "at 60", "at 90"}


def test_a_rubric_without_branches_and_one_without_cases() -> None:
    alone = loads("rubric: alone\nitems: [{id: it, points: 1, evidence: {a: amount 0..1}, rules: [{award: 0..1, by: a}]}]".replace("amount 0..1", "{type: amount, range: 0..1}"))
    assert exercise([], alone).share == Fraction(0)
    fixed = loads("rubric: fixed\nitems: [{id: it, points: 1, rules: [{award: 1}]}]")
    assert exercise([], fixed).share == 1
    assert exercise([], loads(SMALL)).share == 0


@attrs.frozen
class Fee(Posting):
    """A policy of a plugin, which tells of a branch of its own."""

    verb: ClassVar[str] = "fee"

    def post(self, account: Account, scope: Scope) -> Account:
        asked = self.asked(account, scope).amount
        scope.branch("fee", "fee", lambda: either(asked.less(scope.constant(5)), "small", "large"))
        return account.deduct(asked)


def test_a_policy_of_a_plugin_tells_of_branches_of_its_own() -> None:
    plan = rubric_engine.Item("plan", points=10, start="full", evidence={"a": rubric_engine.Count()}, rules=[Fee("a", when="a > 1")])
    exercised = exercise([{"plan": {"a": 7}}], Rubric("fees", items=[plan]))
    assert ways(exercised, "$.items[0].rules[0].fee", "fee") == {"small": 0, "large": 1}
    assert ways(exercised, "$.items[0].rules[0].when", "condition") == {"true": 1, "false": 0}
    assert ways(exercised, "$.items[0].rules[0]", "rule") == {"moves": 1, "leaves": 0}
    assert "rules[0].fee (fee): never small" in exercised.explain()


# What cannot be done


def test_cases_of_no_rubric_and_of_several() -> None:
    with pytest.raises(InvalidEvidence, match="one case at least"):
        exercise([])
    with pytest.raises(InvalidEvidence, match="one case at least"):
        exercise(SHEETS)
    cases = golden_cases("sf-food-safety")
    assert exercise(cases, rubric_engine.load("sf-food-safety")) == exercise(cases)
    with pytest.raises(InvalidEvidence, match="cases of one rubric"):
        exercise([*cases, *golden_cases("uk-food-hygiene")])


def test_a_rubric_that_cannot_be_used() -> None:
    broken = Rubric("broken", items=[rubric_engine.Item("it", points=1)])
    with pytest.raises(InvalidRubric, match="start"):
        exercise([], broken)


def test_check_exercised() -> None:
    cases = golden_cases(ROOT / "tests" / "shapes" / "bands")
    exercised = check_exercised(cases, least="0.6")
    assert check_exercised(cases, least=exercised.share) == exercised
    with pytest.raises(AssertionError, match="rules"):
        check_exercised(cases)
    for wrong in ("much", 2, "-0.1"):
        with pytest.raises(ValueError, match="from 0 to 1"):
            check_exercised(cases, least=wrong)


# The rubrics that come with it


@pytest.mark.parametrize("folder", sorted((ROOT / "policies").iterdir()), ids=lambda each: each.name)
def test_the_cases_of_the_built_in_rubrics_exercise_nine_tenths(folder: Path) -> None:
    check_exercised(golden_cases(folder), least="0.9")


# Laws

Draw = Callable[..., Any]


@settings(max_examples=1 + settings.default.max_examples // 5)
@given(st.data())
def test_branches_agree_with_the_evaluation(data: st.DataObject) -> None:
    document = data.draw(documents())
    sheet = data.draw(sheets(document))
    try:
        rubric = loads(to_text(document))
        program = program_of(rubric)
    except InvalidRubric:
        assume(False)
    exercised = exercise([sheet], rubric)
    try:
        result = evaluate(rubric, sheet)
    except InvalidEvidence as error:
        assert exercised.refused == 1
        assert set(exercised.refused_for) == {(each.code, each.path) for each in error.problems}
        assert not exercised.shown
        return
    assert exercised.cases == 1
    found = read_sheet(program, sheet).found
    assert watched(rubric).score(found) == program.score(found), "watching changes nothing"
    branches = watched(rubric).lowered.branches
    assert [each.path for each in branches] == [each.path for each in exercised.branches]
    for branch, told in zip(branches, exercised.branches, strict=True):
        assert len(branch.ways) > 1
        if all(way.holds.value.table is None for way in branch.ways):
            assert sum(way.cases for way in told.ways) <= 1, "a sheet goes one way"
    agree(exercised, rubric, result)


def agree(exercised: Exercised, rubric: Rubric, result: rubric_engine.Evaluation) -> None:
    """What is read off the branches is what the result says."""
    paths = {node.id: path for node, path, _ in walk(rubric)}
    moved = set()
    for step in result.ledger:
        node = (step.origin or step.node).partition("[")[0]
        if step.rule is not None and step.taken and step.kind != "limit":
            moved.add(f"{paths[node]}.rules[{step.rule}]")
    gates = {f"{paths[each.node]}.gates[{each.gate}]" for each in result.grade_changes if each.gate is not None}
    for each in exercised.branches:
        went = {way.name for way in each.ways if way.cases}
        if each.kind == "rule":
            assert ("moves" in went) == (each.path in moved), each
        elif each.kind == "gate" and each.node in result.nodes:  # of rows the result does not tell
            assert ("moves" in went) == (each.path in gates), each
        elif each.kind == "grade":
            # A node of rows has a grade for each of them.
            given_grades = {
                node.grade for name, node in result.nodes.items() if name.partition("[")[0] == each.node
            }
            assert went <= given_grades, each
            assert went or given_grades <= {"unrated"}, each
