"""Hand-computed examples that the reference interpreter must get right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from oracle import Outcome, rounded, score
from oracle_numbers import curve, geometric, in_window, months, on_lines

F = Fraction


def item(name: str, points: Any, *rules: Any, **more: Any) -> dict[str, Any]:
    """Write an item."""
    return {"id": name, "points": points, "rules": list(rules)} | more


def rubric(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Write a rubric."""
    return {"rubric": "example", "items": list(items)} | more


def taken(outcome: Outcome, node: str) -> list[tuple[str, Any, Any]]:
    """List what each speaking step of a node asked and took."""
    return [(e.kind, e.asked, e.taken) for e in outcome.ledger[node] if not e.silent]


MISSING = {"missing": {"type": "count", "range": "0..20"}}
PAPERS = {"deduct": "0.5", "per": "missing"}


def test_o1_floor_at_the_element_or_at_the_parent() -> None:
    other = item("other", 3, start="full")
    held = rubric(item("plan", 2, PAPERS, evidence=MISSING), other)
    late = rubric(
        item("plan", 2, PAPERS, {"limit": "none"}, evidence=MISSING),
        other,
        rules=[{"limit": "0..5"}],
    )
    sheet = {"plan": {"missing": 6}}
    assert score(held, sheet).total == 3
    assert score(late, sheet).total == 2
    assert taken(score(held, sheet), "plan") == [("deduct", F(-3), F(-2)), ("implicit limit", 1, 0)]


def test_o2_bonus_after_the_floor_or_before_it() -> None:
    off = {"deduct": 10, "per": "missing"}
    after = rubric(item("a", 20, off, {"bonus": 10}, evidence=MISSING))
    before = rubric(item("a", 20, off, {"award": 10}, evidence=MISSING, start="full"))
    sheet = {"a": {"missing": 3}}
    assert score(after, sheet).total == 10
    assert score(after, sheet).nodes["a"] == 0
    assert score(before, sheet).total == 0


GRADES = [{"stars": 5, "from": 90}, {"stars": 4, "from": 80}, {"stars": 1}]


def test_o6_clip_then_deduction_or_deduction_then_clip() -> None:
    parts = (item("base", 100, start=95), item("extra", "none", {"bonus": 9}))
    first = rubric(*parts, rules=[{"limit": "..100"}, {"deduct": 12}], grades=GRADES)
    last = rubric(*parts, rules=[{"deduct": 12}], grades=GRADES)
    assert (score(first, {}).total, score(first, {}).stars["total"]) == (F(88), 4)
    assert (score(last, {}).total, score(last, {}).stars["total"]) == (F(92), 5)
    assert taken(score(first, {}), "total") == [
        ("child", 95, 95),
        ("bonus", 9, 5),
        ("limit", -4, 0),
        ("deduct", -12, -12),
    ]


def test_o8_round_then_band_or_band_on_the_exact_score() -> None:
    passing = [{"grade": "pass", "from": 90}, {"grade": "fail"}]
    met = {"met": {"type": "count", "range": "0..49"}}
    award = {"award": 100, "ratio": "met / 49"}
    exact = rubric(item("a", 100, award, evidence=met), grades=passing)
    early = rubric(item("a", 100, award, {"round": 0}, evidence=met), grades=passing)
    sheet = {"a": {"met": 44}}
    assert score(exact, sheet).total == F(4400, 49)
    assert score(exact, sheet).grades["total"] == "fail"
    assert score(early, sheet).grades["total"] == "pass"
    assert score(early, sheet).stars["total"] is None


def test_o21_tiers_exclusive_or_added() -> None:
    values = {"values": ["light", "heavy"]}
    amounts = {"light": 5, "heavy": 10}
    one = {"event": {"type": "choice"} | values}
    many = {"event": {"type": "checklist"} | values}
    tiers = {"deduct": amounts, "by": "event"}
    exclusive = rubric(item("a", 20, tiers, evidence=one))
    added = rubric(item("a", 20, tiers, evidence=many))
    assert score(exclusive, {"a": {"event": "heavy"}}).total == 10
    assert score(added, {"a": {"event": ["light", "heavy"]}}).total == 5


def test_scales_means_and_bonus_on_its_way_up() -> None:
    inner = {
        "id": "inner",
        "points": 10,
        "out_of": 100,
        "combine": "mean",
        "items": [
            {"id": "a", "out_of": 50, "weight": 2, "start": 40, "rules": [{"bonus": 5}]},
            {"id": "b", "out_of": 10, "start": 5},
        ],
    }
    outcome = score(rubric(indicators=[inner]) | {"items": []}, {})
    assert outcome.nodes["inner"] == F(2 * 80 + 50, 3)
    assert outcome.bonus == {"a": 5, "b": 0, "inner": 0, "total": 0}
    assert outcome.ledger["total"][1].asked == 1
    assert outcome.total == 8
    inner["bonus"] = "here"
    outcome = score(rubric(indicators=[inner]) | {"items": []}, {})
    assert outcome.nodes["inner"] == 80
    assert outcome.total == 8


def test_bonus_is_cut_by_the_clip_unless_it_is_removed() -> None:
    whole = item("a", 10, {"bonus": 3}, start="full")
    assert score(rubric(whole), {}).total == 10
    assert taken(score(rubric(whole), {}), "total") == [
        ("child", 10, 10),
        ("bonus", 3, 0),
        ("clip", -3, 0),
    ]
    assert score(rubric(whole, clip="none"), {}).total == 13


@pytest.mark.parametrize(("parts", "left"), [("exact", F(25, 4)), ("whole", 7), ("started", 6)])
def test_shortfall(parts: str, left: Fraction) -> None:
    rule = {"deduct": 1, "below": 80, "of": "rate", "step": 2, "parts": parts}
    field = {"rate": {"type": "share", "places": 1}}
    outcome = score(rubric(item("a", 10, rule, evidence=field)), {"a": {"rate": F("72.5")}})
    assert outcome.total == left


def test_bands_ratio_up_to_and_judged_range() -> None:
    fields = {"rate": "share", "judged": {"type": "amount", "range": "0.5..2"}}
    rules = [
        {"award": {"from 80": 2, "from 60": 1}, "by": "rate"},
        {"award": "all", "ratio": "rate / 50", "up_to": "1.5"},
        {"award": "0.5..2", "by": "judged", "unless": "rate < 60"},
    ]
    document = rubric(item("a", 10, *rules, evidence=fields))
    assert score(document, {"a": {"rate": 80, "judged": F(1, 2)}}).total == 4
    assert score(document, {"a": {"rate": F("79.99"), "judged": 0}}).total == F(5, 2)
    assert score(document, {"a": {"rate": 5, "judged": 2}}).total == 1


def test_expressions_read_literals_exactly_and_know_values() -> None:
    fields = {
        "level": {"type": "choice", "values": ["poor", "good"]},
        "seen": {"type": "checklist", "values": ["plan", "report", "2级"]},
        "缺少": {"type": "number", "places": 1, "optional": True},
    }
    cases = {
        "0.1 + 0.2 == 0.3": True,
        "level == good and 'plan' in seen": True,
        "level in (poor, 'good')": True,
        '"2级" in seen': False,
        "unticked(seen) == 2 and ticked(seen) == 1": True,
        "known(缺少)": False,
        "default(缺少, 2.5) * 2 == 5": True,
        "count(level == good, known(缺少), not known(缺少)) == 2": True,
        "0 <= max(abs(-3), floor(2.5)) - ceiling(2.5) < 1": True,
        "(1 if level == poor else 1/3) == 1/3": True,
        "plan == 1": True,
    }
    for condition, expected in cases.items():
        mark = item("mark", 1, {"award": "all", "when": condition}, evidence=fields)
        document = rubric(mark, item("plan", 1, start="full"))
        outcome = score(document, {"mark": {"level": "good", "seen": ["plan"]}})
        assert outcome.nodes["mark"] == expected, condition


def test_a_limit_charges_the_last_written_entry_first() -> None:
    rules = [{"deduct": 2}, {"deduct": 3}, {"limit": "1..3"}, {"award": 4}, {"limit": "..2"}]
    outcome = score(rubric(item("a", 4, *rules, start="full")), {})
    assert taken(outcome, "a") == [
        ("deduct", -2, -2),
        ("deduct", -3, -1),
        ("limit", 2, 0),
        ("award", 4, 1),
        ("limit", -3, 0),
    ]
    assert outcome.nodes["a"] == 2


def test_grades_and_gates_in_their_order() -> None:
    fields = {"veto": "flag", "moved": "flag"}
    gates = [{"step": 1, "when": "moved"}, {"at_most": 4, "when": "veto"}, {"step": -1}]
    top = {"stars": 5, "from": 90, "minima": 20}
    grades = [top, {"stars": 4, "from": 80, "grade": "B"}, {"stars": 1, "from": 50}]
    halves = (item("a", 50, start=50), item("b", 50, start=45))
    document = rubric(*halves, evidence=fields, grades=grades, gates=gates, otherwise="unrated")

    def rated(**found: bool) -> tuple[str | None, int | None]:
        outcome = score(document, {"total": found})
        return outcome.grades["total"], outcome.stars["total"]

    assert rated(veto=False, moved=False) == ("B", 4)
    assert rated(veto=True, moved=True) == ("1", 1)
    document["items"][1]["start"] = 10
    assert rated(veto=False, moved=True) == ("1", 1)
    document["items"][0]["start"] = 30
    assert rated(veto=False, moved=True) == ("unrated", None)


def test_lowest_highest_set_and_all() -> None:
    pair = [{"id": "a", "out_of": 10, "start": 4}, {"id": "b", "out_of": 100, "start": 50}]
    for how, expected in {"lowest": 40, "highest": 50}.items():
        document = rubric(*pair, combine=how, total=100)
        assert score(document, {}).total == expected
        ended = document | {"rules": [{"deduct": "all"}, {"set": 7, "when": "a < 4"}]}
        assert score(ended, {}).total == 0


@pytest.mark.parametrize(
    ("mode", "results"),
    [
        ("half_up", (3, -3, 2)),
        ("half_even", (2, -2, 2)),
        ("floor", (2, -3, 1)),
        ("ceiling", (3, -2, 2)),
        ("truncate", (2, -2, 1)),
    ],
)
def test_rounding(mode: str, results: tuple[int, int, int]) -> None:
    values = (F(5, 2), F(-5, 2), F(3, 2))
    assert [rounded(value, 0, mode) for value in values] == list(map(F, results))


# The golden cases, worked out by hand by those who wrote them

GOLDEN = ("orders", "rubrics", "shapes", "worked")


def written(path: Path) -> Any:
    """Read a file of YAML, all scalars as text."""
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)


def flat(sheet: dict[str, Any]) -> dict[str, Any]:
    """Write a sheet flat."""
    found = {}
    for key, value in sheet.items():
        inner = value.items() if "." not in key else ()
        found |= {f"{key}.{name}": each for name, each in inner} or {key: value}
    return {key: nulls(value) for key, value in found.items()}


def nulls(value: Any) -> Any:
    """Read what is not there as such."""
    if isinstance(value, list):
        return [nulls(each) for each in value]
    return None if value == "null" else value


def golden() -> Iterator[Any]:
    """List the cases that expect a score."""
    for path in sorted(Path(__file__).parent.glob("*/*/cases.yaml")):
        cases = written(path)
        for case in cases["cases"] if path.parent.parent.name in GOLDEN else ():
            sheet = flat(cases["sheets"][case["sheet"]]) if "sheet" in case else {}
            sheet |= flat(case.get("evidence", {})) | flat(case.get("change", {}))
            for key in case.get("remove", []):
                sheet.pop(key)
            if "expect" in case:
                name = f"{path.parent.name}: {case['name']}"
                yield pytest.param(path.with_name("rubric.yaml"), case, sheet, id=name)


@pytest.mark.parametrize(("rubric_file", "case", "sheet"), list(golden()))
def test_a_golden_case(rubric_file: Path, case: dict[str, Any], sheet: dict[str, Any]) -> None:
    outcome = score(written(rubric_file), sheet, case.get("given"))
    expect = case["expect"]
    assert outcome.problems == []
    assert outcome.total == F(expect.get("score", outcome.total))
    for name, points in expect.get("nodes", {}).items():
        assert outcome.nodes[name] == F(points), name
    assert outcome.grades.get("total") == expect.get("grade", outcome.grades.get("total"))
    assert str(outcome.stars.get("total")) == expect.get("stars", str(outcome.stars.get("total")))


# Amounts


def amount(rule: dict[str, Any], found: dict[str, Any], **fields: Any) -> Fraction:
    """Return what one rule of an item of 100 points awards."""
    document = rubric(item("a", 100, rule, evidence=fields, start="zero"))
    outcome = score(document, {"a": found})
    assert outcome.problems == []
    return outcome.total


COUNT = {"n": "count"}


def test_lines() -> None:
    by = {"by": "n"}
    line = {"at 60": 0, "at 80": 5, "at 100": 20}
    expected = {50: 0, 60: 0, 70: F(5, 2), 80: 5, 90: F(25, 2), 200: 20}
    for x, y in expected.items():
        assert amount({"award": line} | by, {"n": x}, **COUNT) == y
    extended = {"award": {"at 60": 0, "at 100": 10, "beyond": "extend"}} | by
    assert amount(extended, {"n": 140}, **COUNT) == 20
    points = {F(0): F(0), F(1): F(2)}
    assert (on_lines(points, F(-1), extend=True), on_lines(points, F(-1), extend=False)) == (-2, 0)


def test_curves() -> None:
    log = {"curve": "log", "zero_at": 1, "full_at": 100, "gives": 10, "step": "0.01"}
    expected = {"0": 0, "1": 0, "10": 5, "100": 10, "1000": 10, "2": F("1.51")}
    for x, y in expected.items():
        assert curve(log, F(x)) == y
    down = log | {"zero_at": 100, "full_at": 1}
    assert [curve(down, F(x)) for x in (0, 1, 10, 200)] == [10, 10, 5, 0]
    power = {"curve": "power", "zero_at": 0, "full_at": 10, "gives": 100, "step": 1}
    assert curve(power | {"exponent": 2}, F(5)) == 25
    assert curve(power | {"exponent": "1/2"}, F("2.5")) == 50
    assert curve(power | {"exponent": 1, "gives": 5}, F(1)) == 1  # 1/2, a tie goes up
    normal = {"curve": "log_normal", "median": 4000, "p10": 2000, "gives": 1000, "step": "0.01"}
    # Twice as much is as far above as half is below.
    assert [curve(normal, F(x)) for x in (0, 2000, 4000, 8000)] == [1000, 900, 500, 100]
    # ln 1.5 / ln 2 = 0.58496 of 1.28155 deviations, 0.74966; the normal share above it is 0.22673
    assert curve(normal | {"step": 1}, F(6000)) == 227


def test_formulas_powers_and_rounding() -> None:
    assert amount({"award": "n ** 2 / 8", "round_to": 0}, {"n": 2}, **COUNT) == 1
    assert amount({"award": "n ** 2 / 8", "round_to": 0, "mode": "floor"}, {"n": 2}, **COUNT) == 0
    assert amount({"award": "rounded(n / 3, 1)"}, {"n": 5}, **COUNT) == F("1.7")
    assert amount({"award": 3, "per": "n", "up_to": "2 * n"}, {"n": 4}, **COUNT) == 8
    assert (
        amount({"award": 3, "per": "n", "up_to": F(25, 2), "round_to": 0}, {"n": 9}, **COUNT) == 13
    )


def test_a_ratio_with_an_empty_divisor() -> None:
    rule = {"award": 20, "ratio": "n / m", "empty": "1/4"}
    fields = {"n": "count", "m": "count"}
    assert amount(rule, {"n": 1, "m": 2}, **fields) == 10
    assert amount(rule, {"n": 1, "m": 0}, **fields) == 5
    assert amount(rule | {"empty": "full"}, {"n": 0, "m": 0}, **fields) == 20
    assert amount(rule | {"empty": "zero"}, {"n": 0, "m": 0}, **fields) == 0


def test_a_judged_range_in_a_map() -> None:
    fields = {
        "level": {"type": "choice", "values": ["light", "grave", "none"]},
        "points": {"type": "amount", "range": "0.5..5"},
    }
    rule = {"deduct": {"light": "0.5..2", "grave": "2..5", "none": 0}, "by": "level"}
    document = rubric(item("a", 10, rule | {"judged": "points"}, evidence=fields))

    def judged(level: str, points: Any) -> Outcome:
        return score(document, {"a": {"level": level, "points": points}})

    assert judged("light", "1.5").total == F("8.5")
    assert judged("grave", 0).total == 10
    assert judged("grave", "1.5").problems == [("out-of-range", "a.points")]
    assert judged("none", 5).problems == []


@pytest.mark.parametrize(("stack", "off"), [("multiply", F(4)), ("add", F(5)), ("strongest", F(8))])
def test_times_and_stack(stack: str, off: Fraction) -> None:
    # 4 points, twice and half: 4 x 2 x 0.5, 4 x (1 + 1 - 0.5) = 6 for two, x 0.75 makes 5; 4 x 2
    factors = {"leader": 2, "reported": "0.5"}
    if stack == "add":
        factors["not leader or reported"] = "0.75"
    flags = {"leader": "flag", "reported": "flag"}
    rule = {"deduct": 4, "times": factors, "stack": stack}
    document = rubric(item("a", 10, rule, evidence=flags))
    assert score(document, {"a": {"leader": True, "reported": True}}).total == 10 - off
    one = rule | {"times": "1 / 2"}
    document = rubric(item("a", 10, one, evidence=flags))
    assert score(document, {"a": {"leader": True, "reported": True}}).total == 8


# Rows of a table

CASES = {
    "cases": {
        "type": "rows",
        "columns": {
            "level": {"type": "choice", "values": ["city", "state"]},
            "project": "text",
            "on": "date",
            "leader": "flag",
        },
    }
}
THREE = [
    {"level": "city", "project": "x", "on": "2026-01-31", "leader": True},
    {"level": "state", "project": "x", "on": "2026-02-01", "leader": False},
    {"level": "city", "project": "y", "on": "2026-08-01", "leader": False},
]
BY_LEVEL = {"deduct": {"city": 3, "state": 5}, "by": "level", "each": "cases"}


@pytest.mark.parametrize(
    ("more", "rows", "off"),
    [
        ({}, [3, 5, 3], 11),
        ({"times": {"leader": 2}}, [6, 5, 3], 14),
        ({"when": "not leader"}, [0, 5, 3], 8),
        ({"once_per": "project"}, [3, 5, 3], 8),
        ({"keep": "highest"}, [3, 5, 3], 5),
        ({"keep": "lowest", "when": "not leader"}, [0, 5, 3], 0),
        ({"up_to": 7}, [3, 5, 3], 7),
        ({"within": "6 months"}, [0, 5, 3], 8),  # 31 July is 6 months after 31 January
        ({"within": "1 days", "dated": "on"}, [0, 0, 0], 0),
    ],
)
def test_a_rule_for_each_row(more: dict[str, Any], rows: list[int], off: int) -> None:
    document = rubric(
        item("a", 20, BY_LEVEL | more, evidence=CASES),
        given={"cycle": {"as_of": "date"}},
    )
    outcome = score(document, {"a": {"cases": THREE}}, {"cycle": {"as_of": "2026-07-31"}})
    if "within" in more:
        rows[2], off = 0, off - 3 if rows[2] else off  # 1 August is still to come
    assert outcome.total == 20 - off
    assert outcome.ledger["a"][0].rows == rows


def test_no_rows_and_incomplete_rows() -> None:
    document = rubric(item("a", 20, BY_LEVEL | {"keep": "lowest"}, evidence=CASES))
    assert score(document, {"a": {"cases": []}}).total == 20
    lacking = [THREE[0], {"level": "city", "on": "2026-01-31"}]
    outcome = score(document, {"a": {"cases": lacking}})
    assert outcome.problems == [("missing-finding", "a.cases[1].leader")]
    assert score(document, {}).problems == [("missing-finding", "a.cases")]


def test_windows_and_months() -> None:
    day = date.fromisoformat
    assert in_window(day("2026-05-24"), day("2026-11-23"), "6 months")
    assert not in_window(day("2026-05-23"), day("2026-11-23"), "6 months")
    assert in_window(day("2024-11-24"), day("2026-11-23"), "2 years")
    assert not in_window(day("2026-11-24"), day("2026-11-23"), "2 years")
    assert [months(day("2026-03-15"), day(to)) for to in ("2026-04-14", "2026-04-15")] == [0, 1]
    assert [months(day("2026-03-15"), day(to)) for to in ("2026-03-14", "2026-02-15")] == [-1, -1]


def test_expressions_over_tables_dates_and_panels() -> None:
    fields = CASES | {
        "marks": {"type": "number", "panel": 6, "need": 3, "places": 1},
        "begun": "date",
        "grade": {
            "type": "choice",
            "values": ["good", "fair"],
            "means": {"good": 2, "fair": "1/2"},
        },
        "empty": {"type": "rows", "columns": {"n": "count"}},
    }
    cases = {
        "rows(cases) == 3 and count(cases, leader) == 1": True,
        "count(cases, level == city and on < '2026-08-01') == 1": True,
        "sum(cases, 3 if level == city else 5) == 11": True,
        "mean(cases, months(on, '2026-08-31')) == 13 / 3": True,  # 7, 6 and 0
        "median(cases, days(begun, on)) == 31": True,  # 30, 31 and 212
        "trimmed(cases, days(begun, on), 1) == 31": True,
        "highest(cases, 1 if leader else 2) == 2 and lowest(cases, 1 if leader else 2) == 1": True,
        "known(mean(empty, n))": False,
        "default(lowest(empty, n), 7) == 7 and sum(empty, n) == 0": True,
        "mean(marks) == 75 and readings(marks) == 4": True,
        "median(marks) == 75 and lowest(marks) == 60 and highest(marks) == 90": True,
        "trimmed(marks, 1) == 75 and default(trimmed(marks, 2), 1) == 1": True,
        "begun >= '2026-01-01' and begun < '2026-01-02'": True,
        "grade == good and grade > 1.5 and grade * 2 == 4": True,
        "2 ** 3 == 8 and so_far == 0": True,
    }
    found = {
        "cases": THREE,
        "marks": [60, None, "70", 80, 90],
        "begun": "2026-01-01",
        "grade": "good",
        "empty": [],
    }
    for condition, expected in cases.items():
        mark = item("a", 1, {"award": "all", "when": condition}, evidence=fields)
        assert score(rubric(mark), {"a": found}).total == expected, condition
    assert score(rubric(mark), {"a": found | {"marks": [60, 70]}}).problems == [
        ("too-few", "a.marks")
    ]
    assert score(rubric(mark), {"a": found | {"marks": [None]}}).problems == [
        ("missing-finding", "a.marks")
    ]


# Groups, other accounts, the order of rules


def test_a_group_is_one_step_with_parts() -> None:
    flags = {"a": "flag", "b": "flag", "c": "flag"}
    group = {"group": [{"deduct": i, "when": f} for i, f in enumerate("abc", start=1)]}

    def steps(more: dict[str, Any], points: int = 10) -> tuple[Any, Any, Any]:
        document = rubric(item("x", points, group | more, evidence=flags))
        outcome = score(document, {"x": {"a": True, "b": True, "c": True}})
        step = outcome.ledger["x"][0]
        assert step.kind == "group"
        return step.asked, step.taken, step.parts

    assert steps({}) == (-6, -6, [(-1, -1), (-2, -2), (-3, -3)])
    assert steps({"up_to": 4}) == (-4, -4, [(-1, -1), (-2, -2), (-3, -1)])
    assert steps({}, points=2) == (-6, -2, [(-1, -1), (-2, -1), (-3, 0)])
    assert steps({"keep": "highest", "times": 2}) == (-6, -6, [(0, 0), (0, 0), (-6, -6)])
    assert steps({"keep": "lowest"}) == (-1, -1, [(-1, -1), (0, 0), (0, 0)])
    assert steps({"unless": "a"}) == (0, 0, [(0, 0), (0, 0), (0, 0)])


def test_nested_groups_see_what_was_held_before() -> None:
    inner = {"group": [{"deduct": "all"}, {"deduct": 3}], "keep": "lowest"}
    document = rubric(item("x", 10, {"group": [{"deduct": "all"}, inner], "times": "1/2"}))
    outcome = score(document, {})
    assert outcome.ledger["x"][0].parts == [(-5, -5), (F(-3, 2), F(-3, 2))]
    assert outcome.total == F("3.5")


def test_a_rule_to_another_account() -> None:
    marked = {"marked": "count"}
    closing = item("equipment", 10, {"multiply": "1/2"}, {"limit": "1..8"}, start="full")
    posting = item(
        "check", 10, {"deduct": 2}, {"deduct": "so_far", "per": "marked", "to": "equipment"},
        evidence=marked,
    )  # fmt: skip
    outcome = score(rubric(closing, posting), {"check": {"marked": 1}})
    # 10, halved to 5, 8 off by the check (which held 10 - 2), raised to 1
    assert outcome.nodes == {"total": 9, "equipment": 1, "check": 8}
    steps = [(e.kind, e.origin, e.asked, e.taken) for e in outcome.ledger["equipment"]]
    assert steps == [
        ("multiply", None, -5, -5),
        ("deduct", "check", -8, -4),
        ("limit", None, 4, 0),
    ]
    forfeit = item("check", 10, {"deduct": "all", "to": "equipment"}, start="full")
    assert score(rubric(closing, forfeit), {}).nodes["equipment"] == 1


def test_a_bonus_to_another_account_goes_up_from_there() -> None:
    part = {"id": "part", "points": 10, "out_of": 100, "items": [item("a", 100, start="zero")]}
    other = item("b", 10, {"bonus": 5, "to": "a"}, start="zero")
    outcome = score({"rubric": "r", "indicators": [part], "items": [other]}, {})
    assert outcome.bonus == {"total": 0, "part": 0, "a": 5, "b": 0}
    step = outcome.ledger["total"][-2]
    assert (step.kind, step.origin, step.asked, outcome.total) == ("bonus", "b", F(1, 2), F(1, 2))


def test_caps_on_bonuses() -> None:
    # In the part (on 100, worth 50) a posts 30 and b 40, of which its own cap leaves 20, and the
    # part's leaves 30 + 10; at the root 20 come from there and 8 of c's 9 are left of 28.
    part = {
        "id": "part",
        "points": 50,
        "out_of": 100,
        "bonus_up_to": 40,
        "items": [
            item("a", 50, {"bonus": 30}, start="full"),
            item("b", 50, {"bonus": 40}, start="full", bonus_up_to=20),
        ],
    }
    document = {
        "rubric": "r",
        "clip": "none",
        "bonus_up_to": 28,
        "indicators": [part],
        "items": [item("c", 50, {"bonus": 9}, start="full")],
    }
    outcome = score(document, {})
    assert outcome.total == 128
    steps = [(e.kind, e.origin, e.asked, e.taken) for e in outcome.ledger["total"][2:]]
    assert [step for step in steps if step[2]] == [
        ("bonus", "a", 15, 15),
        ("bonus", "b", 20, 5),
        ("bonus", "c", 9, 8),
        ("cap", "b", -10, 0),
        ("cap", "part", -5, 0),
        ("cap", "total", -1, 0),
    ]


def test_beside_the_points() -> None:
    money = item("money", "beside", {"award": 500}, {"bonus": 7})
    outcome = score(rubric(item("a", 10, start="full"), money), {})
    assert (outcome.total, outcome.nodes["money"]) == (10, 507)


# Combining


def three(**more: Any) -> dict[str, Any]:
    """Write a rubric of 100 points over items that hold 20, 30 and 100 percent."""
    scales = {"a": (10, 2), "b": (100, 30), "c": (50, 50)}
    parts = [{"id": k, "out_of": o, "start": s} for k, (o, s) in scales.items()]
    return rubric(*parts, total=100) | more


@pytest.mark.parametrize(
    ("how", "more", "expected"),
    [
        ("mean", {}, 50),
        ("median", {}, 30),
        ("trimmed", {"drop": 1}, 30),
        ("lowest", {}, 20),
        ("highest", {}, 100),
        ("geometric", {"step": 1}, 39),  # 39.15
        ("none", {"rules": [{"award": "b + c"}]}, 80),
        ("median", {"need": 4, "empty": 7}, 7),
        ("median", {"need": 4, "empty": "full"}, 100),
    ],
)
def test_combinations(how: str, more: dict[str, Any], expected: int) -> None:
    outcome = score(three(combine=how, **more), {})
    assert outcome.total == expected
    assert outcome.ledger["total"][0].kind == ("award" if how == "none" else how)


def test_the_median_of_an_even_number_and_geometric_ties() -> None:
    four = three(combine="median")
    four["items"].append({"id": "d", "out_of": 1, "start": "zero"})
    assert score(four, {}).total == 25
    assert geometric([F(5, 2), F(5, 2)], F(1)) == 3
    assert geometric([F(2), F(3)], F(1, 10)) == F("2.4")
    assert geometric([F(0), F(3)], F(1)) == 0


def test_a_weight_is_an_expression() -> None:
    document = three(combine="mean")
    document["given"] = {"cycle": {"share": "count"}}
    document["items"][0]["weight"] = "cycle.share * a"
    document["items"][2]["weight"] = "0"
    # 3 x 2 times 20 and 1 times 30, over 7
    assert score(document, {}, {"cycle": {"share": 3}}).total == F(150, 7)


# Not applicable

HELD = {"held": {"type": "choice", "values": ["yes", "no"], "means": {"no": "skip"}}}


def optional_part(mode: Any, **more: Any) -> dict[str, Any]:
    """Write a rubric of 50 points: 10 of them may be skipped, 40 are deducted from."""
    skipped = item("fair", 10, {"deduct": 4}, {"bonus": 3}, evidence=HELD | COUNT)
    if mode:
        skipped["not_applicable"] = mode
    return rubric(skipped, item("other", 40, PAPERS, evidence=MISSING)) | more


@pytest.mark.parametrize(
    ("mode", "fair", "total"),
    [
        ("full", 10, 45),
        ("zero", 0, 35),
        ("7/2", F("3.5"), F("38.5")),
        ("rescale", 0, F(175, 4)),  # 35 of 40 are 43.75 of 50
        ("rescale_total", 0, F(175, 4)),
    ],
)
def test_not_applicable(mode: str, fair: Any, total: Any) -> None:
    document = optional_part(mode)
    outcome = score(document, {"fair": {"held": "no"}, "other": {"missing": 10}})
    assert (outcome.nodes["fair"], outcome.total) == (fair, total)
    assert outcome.state["fair"] == "not applicable"
    assert [(e.kind, e.before, e.after) for e in outcome.ledger["fair"]] == [
        ("not_applicable", 10, fair)
    ]
    assert outcome.coverage == 1
    held = score(document, {"fair": {"held": "yes", "n": 0}, "other": {"missing": 10}})
    assert (held.nodes["fair"], held.total) == (6, 44)


def test_what_a_skipped_node_may_hold() -> None:
    refused = optional_part(None, not_applicable="refuse")
    sheet = {"fair": {"held": "no", "n": 1}, "other": {"missing": 0}}
    assert score(refused, sheet).problems == [("not-applicable", "fair.held")]
    assert score(optional_part("zero"), sheet).problems == [("not-applicable", "fair.n")]
    assert score(optional_part("zero"), {"fair": {"held": "yes"}}).problems == [
        ("missing-finding", "fair.n"),
        ("missing-finding", "other.missing"),
    ]


def test_rescaling_is_a_step_after_the_children_and_before_bonuses() -> None:
    document = optional_part("rescale", clip="none")
    document["items"].append(item("extra", "none", {"award": 4}, {"bonus": 2}))
    outcome = score(document, {"fair": {"held": "no"}, "other": {"missing": 0}})
    assert taken(outcome, "total") == [
        ("child", 40, 40),
        ("child", 4, 4),
        ("rescale", 11, 11),
        ("bonus", 2, 2),
    ]
    assert outcome.ledger["total"][2].after == 55


def deep(mode: str) -> dict[str, Any]:
    """Write sections a (of 20, on 40) and b (of 30) with items that may be skipped."""
    a = {
        "id": "a",
        "points": 20,
        "out_of": 40,
        "items": [
            item("a1", 30, start="full", evidence=HELD),
            item("a2", 10, start=5, evidence=HELD),
        ],
    }
    b = {"id": "b", "points": 30, "items": [item("b1", 30, start=15)]}
    return {"rubric": "r", "not_applicable": mode, "indicators": [a, b]}


def test_rescaling_in_a_section_or_in_total() -> None:
    sheet = {"a1": {"held": "no"}, "a2": {"held": "yes"}}
    section = score(deep("rescale"), sheet)
    # 5 of 10 are 20 of 40, so 10 of 20; and 15
    assert (section.nodes["a"], section.total) == (20, 25)
    total = score(deep("rescale_total"), sheet)
    # 30 of 40 in a are 15 points of the whole: 2.5 + 15 of 35 are 25 of 50
    assert (total.nodes["a"], total.total) == (5, 25)
    assert taken(total, "total")[-1] == ("rescale", F("7.5"), F("7.5"))
    assert section.coverage == 1


@pytest.mark.parametrize("mode", ["rescale", "rescale_total"])
def test_a_section_of_which_nothing_applies(mode: str) -> None:
    outcome = score(deep(mode), {"a1": {"held": "no"}, "a2": {"held": "no"}})
    assert (outcome.state["a"], outcome.nodes["a"], outcome.total) == ("not applicable", 0, 25)
    zero = score(deep("zero"), {"a1": {"held": "no"}, "a2": {"held": "no"}})
    assert (zero.state["a"], zero.total) == ("scored", 15)


def test_types_of_assessees() -> None:
    values = {"type": "choice", "values": ["urban", "rural"]}
    document = rubric(
        item("parks", 10, start="full", evidence=COUNT) | {"for": "urban"},
        item("roads", 10, start=4) | {"for": ["rural"]},
        item("both", 10, {"award": "default(parks, 1)"}, start="zero"),
        given={"assessee": {"type": values}},
    )
    urban = {"assessee": {"type": "urban"}}
    rural = {"assessee": {"type": "rural"}}
    assert score(document, {"parks": {"n": 1}}, urban).total == 20
    outcome = score(document, rural)
    assert (outcome.total, outcome.state["parks"]) == (5, "not applicable")
    assert outcome.ledger["total"][-1].kind == "clip"
    assert score(document, {"parks": {"n": 1}} | rural).problems == [("not-applicable", "parks.n")]
    assert score(document, {}).problems == [("missing-finding", "assessee.type")]


def test_what_expressions_and_minima_see_of_a_node_that_is_not_applicable() -> None:
    see = {"award": "default(fair, 2) + (1 if known(fair.n) else 0)"}
    document = optional_part("full", total=60, rules=[{"deduct": 1, "per": "fair"}])
    document["items"].append(item("see", 10, see, start="zero"))
    document["grades"] = [{"grade": "good", "minima": {"fair": 11}}, {"grade": "poor"}]
    skipped = score(document, {"fair": {"held": "no"}, "other": {"missing": 0}})
    # `see` gets 2; the root sees 10
    assert (skipped.nodes["see"], skipped.total, skipped.grades["total"]) == (2, 42, "good")
    there = score(document, {"fair": {"held": "yes", "n": 0}, "other": {"missing": 0}})
    assert (there.nodes["see"], there.grades["total"]) == (7, "poor")


# Absent children, too few


def sources(**more: Any) -> dict[str, Any]:
    """Write a mean of three sources of which any may be missing."""
    parts = [
        {
            "id": name,
            "out_of": 100,
            "weight": weight,
            "start": "zero",
            "evidence": {"mark": "count"},
            "rules": [{"award": 1, "per": "mark"}],
        }
        for name, weight in {"a": "0.6", "b": "0.3", "c": "0.1"}.items()
    ]
    return rubric(*parts, total=100, combine="mean", grades=[{"stars": 1}], **more)


TWO = {"a": {"mark": 90}, "b.mark": 80}


@pytest.mark.parametrize(
    ("missing", "total", "reason"),
    [("zero", 78, None), ("skip", F(260, 3), None), ("unrated", 78, "c")],
)
def test_absent_children(missing: str, total: Any, reason: str | None) -> None:
    outcome = score(sources(missing=missing, empty="refuse"), TWO)
    assert (outcome.total, outcome.unrated, outcome.state["c"]) == (total, reason, "absent")
    assert outcome.grades["total"] == ("unrated" if reason else "1")
    assert outcome.coverage == F("0.9")
    assert outcome.ledger["c"][0].kind == "absent"


def test_refused_and_incomplete_children() -> None:
    assert score(sources(), TWO).problems == [("missing-finding", "c.mark")]
    document = sources(missing="skip", empty="refuse")
    document["items"][2]["evidence"]["more"] = "flag"
    assert score(document, TWO | {"c.more": True}).problems == [("missing-finding", "c.mark")]


@pytest.mark.parametrize(
    ("empty", "total", "reason"),
    [("zero", 0, None), ("full", 100, None), ("12.5", F("12.5"), None), ("unrated", 0, "total")],
)
def test_too_few(empty: str, total: Any, reason: str | None) -> None:
    outcome = score(sources(missing="skip", need=3, empty=empty), TWO)
    assert (outcome.total, outcome.unrated) == (total, reason)
    refused = score(sources(missing="skip", need=3, empty="refuse"), TWO)
    assert refused.problems == [("too-few", "total")]


def test_too_few_leave_the_node_out() -> None:
    part = sources(missing="skip", need=3, empty="skip") | {"id": "part", "points": 20}
    for key in ("rubric", "total", "grades"):
        part.pop(key)
    part["out_of"] = 100
    document = {"rubric": "r", "indicators": [part], "items": [item("other", 80, start=40)]}
    outcome = score(document, TWO)
    assert (outcome.state["part"], outcome.total) == ("not applicable", 50)
    assert [outcome.state[name] for name in "abc"] == ["scored", "scored", "absent"]
    assert (outcome.nodes["a"], outcome.nodes["part"]) == (90, 0)


def test_an_absent_child_of_a_sum_is_rescaled() -> None:
    parts = [item(name, 10, PAPERS, evidence=MISSING) for name in "ab"]
    outcome = score(rubric(*parts, missing="skip", empty="zero"), {"a": {"missing": 4}})
    assert taken(outcome, "total") == [("child", 8, 8), ("rescale", 8, 8)]
    assert outcome.coverage == F(1, 2)


# Findings


def test_meanings_of_a_choice() -> None:
    means = {"good": "full", "fair": "1.5", "none": 0, "unknown": "missing", "void": "unrated"}
    level = {"type": "choice", "values": list(means), "means": means}
    document = rubric(
        item("a", 4, {"award": "level"}, evidence={"level": level}), grades=[{"stars": 1}]
    )
    for value, points in {"good": 4, "fair": F("1.5"), "none": 0}.items():
        assert score(document, {"a": {"level": value}}).total == points
    assert score(document, {"a": {"level": "unknown"}}).problems == [("missing-finding", "a.level")]
    void = score(document, {"a": {"level": "void"}})
    assert (void.total, void.unrated) == (0, "a.level: void")
    assert (void.grades["total"], void.stars["total"]) == ("unrated", None)


def test_none_means_and_sentinels() -> None:
    fields = {"n": {"type": "count", "none_means": 0}, "m": {"type": "count", "absent": -1}}
    rules = [{"deduct": 1, "per": "n"}, {"deduct": 2, "per": "m"}]
    document = rubric(item("a", 10, *rules, evidence=fields, methods=["documents", "report"]))
    used = {"methods": {"a": ["report"]}}
    by_finding = {"a": {"m": {"value": 1, "method": "documents"}}}
    outcome = score(document, by_finding | used)
    assert (outcome.total, outcome.assumed) == (8, ["a.n"])
    assert score(document, by_finding).problems == [("missing-finding", "a.n")]
    both = {"methods": {"a": ["documents", "report"]}}
    assert score(document, both | {"a.m": -1}).problems == [("missing-finding", "a.m")]
    unrecorded = {"a": {"n": 3, "m": 0}}
    assert score(document, unrecorded).total == 7
    assert score(document | {"methods": "required"}, unrecorded).problems == [
        ("missing-method", "a")
    ]


def test_given_numbers_and_values() -> None:
    given = {
        "assessee": {"population": "count"},
        "history": {"stars": {"type": "count", "optional": "true"}},
    }
    values = {"unit": "0.5", "big": "assessee.population > 100", "most": "4 * unit if big else 1"}
    rule = {"deduct": "unit", "per": "n", "up_to": "most + default(history.stars, 0)"}
    document = rubric(item("a", 10, rule, evidence=COUNT), given=given, values=values)
    sheet = {"a": {"n": 20}}
    assert score(document, sheet, {"assessee": {"population": 101}}).total == 8
    assert score(document, sheet | {"assessee.population": 100, "history": {"stars": 3}}).total == 6
    assert score(document, sheet).problems == [("missing-finding", "assessee.population")]


# A node for each row

MONTHS = {"type": "rows", "columns": {"off": "count", "days": "count"}}
SHEET = {
    "upkeep": {"months": [{"off": 8, "days": 31}, {"off": 0, "days": 28}, {"off": 1, "days": 1}]}
}


@pytest.mark.parametrize(
    ("more", "total", "kind"),
    [
        ({"combine": "mean"}, 3, "mean"),
        ({"combine": "median"}, 4, "median"),
        ({"combine": "lowest"}, 0, "lowest"),
        ({"combine": "trimmed", "drop": 1}, 4, "trimmed"),
        ({"combine": "sum", "points": 15, "out_of": 5}, 9, "sum"),
        ({"combine": "mean", "where": "days > 1"}, F(5, 2), "mean"),
        ({"combine": "mean", "weigh": "days"}, F(28 * 5 + 4, 60), "mean"),
        ({"combine": "mean", "where": "days > 99", "empty": "full"}, 5, "mean"),
        ({"combine": "mean", "need": 4, "empty": 1}, 1, "mean"),
    ],
)
def test_a_node_for_each_row(more: dict[str, Any], total: Any, kind: str) -> None:
    rule = {"deduct": 1, "per": "off"}
    upkeep = item("upkeep", 5, rule, evidence={"months": MONTHS}, each="months") | more
    outcome = score(rubric(upkeep), SHEET)
    assert outcome.total == total
    assert [e.kind for e in outcome.ledger["upkeep"]] == [kind]
    rows = {k: v for k, v in outcome.nodes.items() if k.startswith("upkeep[")}
    where = [0, 1] if more.get("where") == "days > 1" else [0, 1, 2]
    expected = {f"upkeep[{i}]": (0, 5, 4)[i] for i in where}
    assert rows == ({} if more.get("where") == "days > 99" else expected)


def test_an_indicator_for_each_row() -> None:
    table = {"sites": {"type": "rows", "columns": {"clean": "flag", "praised": "count"}}}
    part = {
        "id": "site",
        "points": 20,
        "out_of": 10,
        "each": "sites",
        "combine": "mean",
        "bonus_up_to": 4,
        "evidence": table,
        "items": [
            item("floor", 6, {"deduct": 6, "unless": "clean"}, {"bonus": 1, "per": "praised"}),
            item("desk", 4, {"award": "floor / 2"}, {"award": 1}),
        ],
        "grades": [{"stars": 3, "from": 5}, {"stars": 1}],
    }
    document = {"rubric": "r", "clip": "none", "indicators": [part]}
    document["rules"] = [{"award": "stars(site)"}]
    rows = [{"clean": True, "praised": 2}, {"clean": False, "praised": 3}]
    outcome = score(document, {"site": {"sites": rows}})
    # 6 + 4 in one, 0 + 1 in the other, 5.5 of 10; bonuses of 2 and 3, held at 4, doubled on the way
    assert outcome.nodes == {
        "total": 22, "site": F("5.5"), "site[0]": 10, "site[1]": 1,
        "floor[0]": 6, "floor[1]": 0, "desk[0]": 4, "desk[1]": 1,
    }  # fmt: skip
    assert outcome.grades == {"site": "3"}
    assert taken(outcome, "total") == [
        ("child", 11, 11), ("bonus", 10, 8), ("cap", -2, 0), ("award", 3, 3),
    ]  # fmt: skip
    assert outcome.bonus["floor[1]"] == 3
    assert taken(outcome, "desk[0]") == [("award", 3, 3), ("award", 1, 1)]


def test_no_rows_can_leave_a_node_out() -> None:
    upkeep = item("upkeep", 5, evidence={"months": MONTHS}, each="months", combine="mean")
    upkeep |= {"start": "full", "empty": "skip"}
    outcome = score(rubric(upkeep, item("other", 5, start=2)), {"upkeep": {"months": []}})
    assert (outcome.total, outcome.state["upkeep"]) == (4, "not applicable")
    upkeep["empty"] = "refuse"
    refused = score(rubric(upkeep, item("other", 5, start=2)), {"upkeep": {"months": []}})
    assert refused.problems == [("too-few", "upkeep")]


# Grades and gates


@pytest.mark.parametrize(
    ("gates", "stars"),
    [
        ([{"step": 1}, {"step": -1}], 4),
        ([{"step": 1, "clamp": "once"}, {"step": -1, "clamp": "once"}], 5),
        ([{"step": 1, "clamp": "once"}, {"at_most": 5}, {"step": -1, "clamp": "once"}], 4),
        ([{"step": -1, "per": "3"}], 1),
        ([{"step": -1, "per": "9"}, {"step": 1}], 3),
        ([{"at_most": "history.last + 1"}], 3),  # no grade has 4 stars of the year before's 2 + 1
        ([{"at_most": "0"}], 1),
        ([{"at_most": "stars(part)"}], 4),
        ([{"unrated": "closed"}, {"grade": 5}], None),
    ],
)
def test_gates(gates: list[dict[str, Any]], stars: int | None) -> None:
    grades = [{"stars": n, "from": 20 * n - 10} for n in (5, 4, 3)] + [{"stars": 1}]
    part = {"id": "part", "points": 100, "grades": [{"stars": 4, "from": 90}, {"stars": 2}]}
    part["items"] = [item("a", 100, start=95)]
    document = {"rubric": "r", "indicators": [part], "grades": grades, "gates": gates}
    document["given"] = {"history": {"last": "count"}}
    outcome = score(document, {"history": {"last": 2}})
    assert outcome.stars["total"] == stars
    assert outcome.unrated == ("closed" if stars is None else None)


def test_kinds() -> None:
    kinds = {
        "paper": {"points": 2, "evidence": MISSING, "rules": [PAPERS]},
        "long": {"like": "paper", "points": 4},
    }
    items = [{"id": "plan", "like": "paper"}, {"id": "summary", "like": "long", "title": "S"}]
    document = {"rubric": "r", "kinds": kinds, "items": items}
    assert score(document, {"plan": {"missing": 1}, "summary": {"missing": 3}}).total == 4


def test_coverage_counts_points_of_the_whole() -> None:
    # 20 of 60 for the mean with weights 2 and 1; the open account does not count
    marks = [
        {"id": name, "out_of": 10, "weight": weight, "start": "full", "evidence": HELD}
        for name, weight in {"x": 2, "y": 1}.items()
    ]
    inner = {"id": "inner", "points": 60, "combine": "mean", "missing": "skip", "empty": "zero"}
    document = {
        "rubric": "r",
        "not_applicable": "rescale",
        "indicators": [inner | {"items": marks}],
        "items": [item("a", 40, start="full", evidence=HELD), item("o", "none", evidence=COUNT)],
    }
    there = {"a": {"held": "yes"}, "o": {"n": 1}}
    assert score(document, there | {"x": {"held": "yes"}}).coverage == F(80, 100)
    skipped = {"a": {"held": "no"}, "o": {"n": 1}, "x": {"held": "yes"}}
    assert score(document, skipped).coverage == F(40, 60)
