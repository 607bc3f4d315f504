"""Hand-computed examples that the reference interpreter must get right."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from oracle import Outcome, rounded, score

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


@pytest.mark.parametrize(
    ("parts", "left"), [("exact", F(25, 4)), ("whole", 7), ("started", 6)]
)
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
