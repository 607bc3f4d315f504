"""What changed from one rubric to another: every attribute is seen, and nothing that is the same."""

from __future__ import annotations

import json
from copy import deepcopy
from textwrap import dedent
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from rubric_engine import Gate, Grade, Indicator, Item, Rubric, load, loads
from rubric_engine.differences import (
    DIFFERENCES,
    WORDING,
    Difference,
    compare_rubrics,
    differences_text,
)
from rubric_engine.fields import FIELD_TYPES, Choice, Count, Flag
from rubric_engine.figures import Figure
from rubric_engine.files import keys_of
from rubric_engine.matching import moved_places
from rubric_engine.policies import BUILT_IN, Award, Deduct, Group, Limit
from strategies import documents, shuffled, to_text, walked

FEW = min(settings().max_examples, 8) if settings().max_examples <= 100 else 300

BASE = """
    rubric: sample
    total: 10
    grades: [{stars: 5, from: 9}, {stars: 3, from: 6}, {stars: 1}]
    gates: [{at_most: 3, when: plan.late}, {at_most: 1, when: plan.missing > 9}]
    indicators:
      - id: main
        points: 7
        items:
          - id: plan
            title: Plan
            points: 4
            evidence: {missing: count, late: flag}
            rules:
              - {deduct: 0.5, per: missing, up_to: 3, says: each missing}
              - {deduct: 1, when: late}
          - id: talks
            points: 3
            evidence: {level: {type: choice, values: [good, poor]}}
            rules: [{award: {good: 3, poor: 1}, by: level}]
      - id: rest
        points: 3
        items:
          - {id: other, points: 3, evidence: {n: {type: count, range: 0..3}}, rules: [{deduct: 1, per: n}]}
"""


def changed(*changes: tuple[str, str]) -> list[tuple[str, str | None, str | None, str | None]]:
    """Return the differences that changes of the text make: kind, new or old path, before, after."""
    return [(each.kind, each.new or each.old, each.before, each.after) for each in found(*changes)]


def found(*changes: tuple[str, str]) -> tuple[Difference, ...]:
    text = BASE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return compare_rubrics(loads(dedent(BASE)), loads(dedent(text)))


PLAN = "$.indicators[0].items[0]"


def test_what_changes_in_meaning_is_told_with_its_place():
    assert changed(("deduct: 0.5, per", "deduct: 1, per")) == [("amount-changed", f"{PLAN}.rules[0].deduct", "0.5", "1")]
    assert changed(("up_to: 3", "up_to: 2")) == [("cap-changed", f"{PLAN}.rules[0].up_to", "3", "2")]
    assert changed(("when: late", "unless: late")) == [
        ("condition-changed", f"{PLAN}.rules[1].when", "late", None),
        ("condition-changed", f"{PLAN}.rules[1].unless", None, "late"),
    ]
    assert changed(("from: 9", "from: 9.5")) == [("cut-changed", "$.grades[0].from", "9", "9.5")]
    assert changed(("0..3", "0..4")) == [("field-changed", "$.indicators[1].items[0].evidence.n.range", "0..3", "0..4")]
    assert changed(("poor: 1", "poor: 2")) == [
        ("amount-changed", "$.indicators[0].items[1].rules[0].award.poor", "1", "2")
    ]
    assert changed(("late: flag}", "late: flag, new: flag}")) == [("field-added", f"{PLAN}.evidence.new", None, "flag")]
    assert changed(("at_most: 3", "at_most: 1")) == [("gate-changed", "$.gates[0].at_most", "3", "1")]
    assert changed(("good, poor", "good, fair, poor"), ("good: 3, poor: 1", "good: 3, fair: 2, poor: 1")) == [
        ("value-added", "$.indicators[0].items[1].evidence.level.values.fair", None, None),
        ("amount-changed", "$.indicators[0].items[1].rules[0].award.fair", None, "2"),
    ]


def test_wording_stands_apart():
    both = found(("title: Plan", "title: {zh: 计划, en: Plan}"), ("each missing", "for each"), ("0.5, per", "1, per"))
    assert [(each.kind, each.meaning) for each in both] == [
        ("amount-changed", True),
        ("title-changed", False),
        ("wording-changed", False),
    ]
    assert changed(("rubric: sample", "rubric: sample\n    version: '2'")) == [("version-changed", "$.version", "1", "2")]


def test_texts_in_languages_are_told_language_by_language():
    old = Rubric("a", title={"zh": "甲", "en": "A"}, items=[Item("x", points=1)])
    new = evolve(old, title={"zh": "乙", "en": "A"})
    assert [each.message for each in compare_rubrics(old, new)] == ["total title.zh: other title, 甲 → 乙"]
    other_order = evolve(old, title={"en": "A", "zh": "甲"})
    assert [each.kind for each in compare_rubrics(old, other_order)] == ["order-changed"]


def test_values_of_a_choice_have_titles_too():
    old, new, more = (
        Rubric("a", items=[Item("x", points=1, evidence={"c": Choice(values=values)})])
        for values in ({"a": "A", "b": None}, {"a": "B", "b": {"zh": "乙"}}, {"a": "A", "b": None, "c": None})
    )
    assert [each.message for each in compare_rubrics(old, new)] == [
        "x evidence.c.values.a: other title, A → B",
        "x evidence.c.values.b: other title, nothing → {zh: 乙}",
    ]
    assert [each.message for each in compare_rubrics(old, more)] == ["x evidence.c.values.c: value added"]


def test_the_effect_of_points_is_told_in_points_of_the_whole():
    differences = found(("points: 4", "points: 5"), ("points: 3\n            evidence: {level", "points: 2\n            out_of: 3\n            evidence: {level"))
    assert [(each.kind, each.node, each.effect) for each in differences if each.kind == "points-changed"] == [
        ("points-changed", "plan", 1),
        ("points-changed", "talks", -1),
        ("points-changed", "talks", -1),
    ]
    weighed = [
        Rubric("a", total=100, combine="mean", items=[Item("x", weight=w, out_of=10, rules=[Award(1)]), Item("y", out_of=10, rules=[Award(1)])])
        for w in (1, 3)
    ]
    (difference,) = compare_rubrics(*weighed)
    assert (difference.kind, difference.effect) == ("weight-changed", 25)
    varying = [evolve(weighed[0], items=[evolve(each, weight="1 + 1") for each in weighed[0].items]), weighed[0]]
    assert {each.effect for each in compare_rubrics(*varying)} == {None}


def test_nodes_come_go_move_and_get_other_ids():
    other = "          - {id: other, points: 3,"
    assert changed(("id: plan", "id: plans"), ("plan.late", "plans.late"), ("plan.missing", "plans.missing")) == [
        ("condition-changed", "$.gates[0].when", "plan.late", "plans.late"),
        ("condition-changed", "$.gates[1].when", "plan.missing > 9", "plans.missing > 9"),
        ("node-renamed", f"{PLAN}.id", "plan", "plans"),
    ]
    assert changed((other, "          - {id: more, title: More, points: 1, rules: [{award: 1}]}\n" + other.replace("3", "2"))) == [
        ("node-added", "$.indicators[1].items[0]", None, "item, title More, points 1"),
        ("points-changed", "$.indicators[1].items[1].points", "3", "2"),
    ]
    old = loads(dedent(BASE))
    main, rest = old.indicators
    moved = evolve(old, indicators=[evolve(main, points=4, items=main.items[:1]), evolve(rest, points=6, items=[*rest.items, main.items[1]])])
    assert [(each.kind, each.node, each.before, each.after, each.effect) for each in compare_rubrics(old, moved)] == [
        ("points-changed", "main", "7", "4", -3),
        ("points-changed", "rest", "3", "6", 3),
        ("node-moved", "talks", "main", "rest", None),
    ]
    gone = evolve(old, indicators=[evolve(main, points=10, items=[evolve(main.items[0], points=10)])])
    assert [(each.kind, each.node, each.old, each.new, each.effect) for each in compare_rubrics(old, gone)[2:]] == [
        ("node-removed", "talks", "$.indicators[0].items[1]", None, -3),
        ("node-removed", "rest", "$.indicators[1]", None, -3),
        ("node-removed", "other", "$.indicators[1].items[0]", None, -3),
    ]
    assert compare_rubrics(old, gone)[3].before == "indicator, points 3, 1 below"
    turned = evolve(old, indicators=[rest, main])
    assert [(each.kind, each.node, each.before, each.after) for each in compare_rubrics(old, turned)] == [
        ("node-reordered", "rest", "2", "1")
    ]


def test_an_item_may_become_an_indicator():
    old = Rubric("a", items=[Item("x", points=1, start="full", evidence={"f": Flag()})])
    new = Rubric("a", indicators=[Indicator("x", points=1, evidence={"f": Flag()}, items=[Item("y", points=1)])])
    assert [(each.kind, each.node, each.before, each.after) for each in compare_rubrics(old, new)] == [
        ("node-changed", "x", "item", "indicator"),
        ("points-changed", "x", "full", None),
        ("node-added", "y", None, "item, points 1"),
    ]


def rubric_of(*rules: Any) -> Rubric:
    fields = {"n": Count(), "m": Count(), "f": Flag()}
    return Rubric("a", items=[Item("x", points=9, start="full", evidence=fields, rules=rules)])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([Deduct(1), Award(2)], [Award(2), Deduct(1)], ["rule-moved"]),
        ([Deduct(1, per="n")], [Deduct(2, per="n")], ["amount-changed"]),
        ([Deduct(1)], [Deduct(2)], ["amount-changed"]),
        ([Deduct(1, id="a")], [Deduct(2, per="n", id="a")], ["amount-changed", "rule-changed"]),
        ([Deduct(1, id="a", says="x")], [Award(2, id="a")], ["rule-changed", "wording-changed"]),
        ([Deduct(1, when="f")], [Deduct(2, per="n")], ["rule-added", "rule-removed"]),
        ([Deduct(1)], [Award(1)], ["rule-added", "rule-removed"]),
        ([Deduct(1), Deduct(1)], [Deduct(1)], ["rule-removed"]),
        ([Deduct(1, per="n", id="a"), Deduct(2, per="m", id="b")], [Deduct(2, per="n", id="b"), Deduct(1, per="m", id="a")], ["rule-moved", "rule-changed", "rule-changed"]),
        ([Deduct(1, per="n"), Deduct(2, per="m")], [Deduct(3, per="n"), Deduct(4, per="m")], ["amount-changed", "amount-changed"]),
        ([Deduct(1, id="a")], [Deduct(1, id="b")], ["wording-changed"]),
        ([Group([Deduct(1), Deduct(2)])], [Group([Deduct(1), Deduct(2), Deduct(3)])], ["rule-added"]),
        ([Limit("0..5")], [Limit(None)], ["cap-changed"]),
        ([Deduct(1, when="n + 1 > 2")], [Deduct(1, when="(n+1.0) > 2")], ["spelling-changed"]),
        ([Deduct(1, when="n > 2")], [Deduct(1, when="n > 3")], ["condition-changed"]),
        ([Deduct(1, when="n >")], [Deduct(1, when="n > ")], ["condition-changed"]),
        ([Deduct("n")], [Deduct(1)], ["amount-changed"]),
        ([Deduct(1, times={"f": 2})], [Deduct(1, times={"f": 3})], ["amount-changed"]),
        ([Deduct(1, times=2)], [Deduct(1, times={"f": 3})], ["amount-changed"]),
        ([Deduct({"from 1": 1, "from 2": 2}, by="n")], [Deduct({"from 2": 2, "from 1": 1}, by="n")], ["order-changed"]),
        ([Deduct({"from 1": 1}, by="n")], [Deduct({"at 1": 1, "at 2": 3}, by="n")], ["amount-changed"] * 3),
    ],
)
def test_rules_are_matched_by_ids_and_by_likeness(old, new, expected):
    differences = compare_rubrics(rubric_of(*old), rubric_of(*new))
    assert sorted(each.kind for each in differences) == sorted(expected)


def test_many_rules_without_names_are_not_held_against_each_other():
    old, new = ([Deduct(number, per="n") for number in range(start, start + 300)] for start in (1, 10_000))
    kinds = [each.kind for each in compare_rubrics(rubric_of(*old), rubric_of(*new))]
    assert len(kinds) == 2 * 300 - 100
    assert set(kinds) == {"amount-changed", "rule-added", "rule-removed"}


def test_grades_are_matched_by_name_and_by_stars():
    old = [Grade(stars=3, grade="A", at_least=9), Grade(stars=2, grade="B", at_least=5), Grade(stars=1)]
    new = [Grade(stars=3, grade="AA", at_least=9), Grade(stars=2, grade="B", minima={"x": 3}, at_least=5), Grade(grade="D")]
    rubrics = [Rubric("a", items=[Item("x", points=9)], grades=each) for each in (old, new)]
    assert [(each.kind, each.new or each.old, each.before, each.after) for each in compare_rubrics(*rubrics)] == [
        ("grade-changed", "$.grades[0].grade", "A", "AA"),
        ("cut-changed", "$.grades[1].minima", None, "{x: 3}"),
        ("grade-added", "$.grades[2]", None, "grade D"),
        ("grade-removed", "$.grades[2]", "stars 1", None),
    ]


def test_given_numbers_and_named_values():
    old = evolve(rubric_of(), given={"cycle": {"n": Count()}, "assessee": {"m": Count()}}, values={"a": "1", "b": "2"})
    new = evolve(old, given={"cycle": {}, "assessee": {"m": Count(range="0..5")}, "history": {}}, values={"b": "2.0", "a": "3", "c": "a"})
    assert [(each.kind, each.new or each.old, each.before, each.after) for each in compare_rubrics(old, new)] == [
        ("field-removed", "$.given.cycle.n", "count", None),
        ("field-changed", "$.given.assessee.m.range", "0..1000000", "0..5"),
        ("constant-changed", "$.values.a", "1", "3"),
        ("constant-added", "$.values.c", None, "a"),
        ("spelling-changed", "$.values.b", "2", "2.0"),
        ("order-changed", "$.values", "[a, b]", "[b, a]"),
    ]
    assert [each.kind for each in compare_rubrics(rubric_of(), evolve(rubric_of(), given={"cycle": {}}))] == ["order-changed"]


# every attribute of every class

#: Another value for each attribute of the model, by its name.
OTHER: dict[str, Any] = {
    "title": "t", "note": "n", "says": "s", "source": "q", "code": "c", "reason": "r", "provenance": "source",
    "name": "b", "version": "9", "language": "zh", "total": 7, "clip": "none", "places": 5, "methods": "required",
    "given": {"cycle": {"d": Flag()}}, "values": {"v": "1"}, "combine": "mean", "points": 5, "weight": 3,
    "out_of": 8, "start": "zero", "baseline": 2, "applies_to": "u", "each": "t", "where": "w", "weigh": "w",
    "bonus": "here", "evidence": {"e": Flag()}, "rules": [Deduct(1)], "grades": [Grade(stars=1)], "otherwise": "unrated",
    "gates": [Gate(grade="1")], "not_applicable": "full", "bonus_up_to": 1, "drop": 1, "step": 2, "missing": "skip",
    "need": 1, "empty": "full", "id": "other", "amount": 6, "by": "b", "judged": "j", "per": "p", "when": "a", "unless": "u",
    "below": "1", "above": "1", "of": "o", "parts": "whole", "ratio": "r", "times": 2, "stack": "add", "within": "0..1",
    "dated": "d", "once_per": "k", "keep": "highest", "up_to": "5", "round_to": 1, "mode": "floor", "to": "y",
    "members": [Deduct(2)], "factor": "2", "stars": 4, "grade": "g", "at_least": 3, "minima": 2, "maxima": {"x": 2},
    "at_most": "1", "clamp": "once", "unrated": "why", "optional": True, "none_means": "0", "absent": "9", "panel": 3,
    "figure": Figure("mean", "x"), "range": "0..7", "one_of": [1, 2], "means": {"a": 1}, "columns": {"c": Count()},
}
#: Where one name is of another type in a class.
SPECIAL: dict[tuple[str, str], Any] = {
    ("Item", "methods"): ["report"], ("Indicator", "methods"): ["report"], ("Gate", "step"): 2, ("Grade", "up_to"): 4,
    **{(each, "values"): ["a", "z"] for each in ("Choice", "Checklist")},
    **{(each, "within"): "2 years" for each in ("Deduct", "Award", "Bonus")},
}
NEEDED: dict[str, Any] = {
    "Deduct": (1,), "Award": (1,), "Bonus": (1,), "Set": (1,), "Limit": ("0..9",), "Multiply": ("3",), "Round": (2,),
    "Group": ([Deduct(1)],),
}
NEEDED_FIELDS = {"Choice": {"values": ["a", "b"]}, "Checklist": {"values": ["a", "b"]}, "Amount": {"range": "1..2"}, "Rows": {"columns": {"a": Flag()}}}


def holders() -> list[Any]:
    """Return each class of the model with a way to make a rubric that holds one of it."""
    item = Item("x", points=9)
    found = [
        pytest.param(Rubric("a", items=[item]), lambda each: each, id="Rubric"),
        pytest.param(item, lambda each: Rubric("a", items=[each]), id="Item"),
        pytest.param(Indicator("i", points=9, items=[item]), lambda each: Rubric("a", indicators=[each]), id="Indicator"),
        pytest.param(Grade(stars=2), lambda each: Rubric("a", items=[item], grades=[each]), id="Grade"),
        pytest.param(Gate(grade="2"), lambda each: Rubric("a", items=[item], gates=[each]), id="Gate"),
    ]
    for kind in BUILT_IN.values():
        rule = kind(*NEEDED[kind.__name__])
        found.append(pytest.param(rule, lambda each: rubric_of(each), id=kind.__name__))
    for kind in FIELD_TYPES.values():
        field = kind(**NEEDED_FIELDS.get(kind.__name__, {}))
        found.append(pytest.param(field, lambda each: Rubric("a", items=[evolve(item, evidence={"f": each})]), id=kind.__name__))
    return found


@pytest.mark.parametrize(("thing", "held"), holders())
def test_every_attribute_is_looked_at(thing, held):
    base = held(thing)
    assert compare_rubrics(base, base) == ()
    for key, attribute in keys_of(type(thing)).items():
        name = attribute.name
        if name in ("indicators", "items"):
            continue
        other = SPECIAL.get((type(thing).__name__, name), OTHER.get(name))
        assert other is not None, f"this test needs another value for {type(thing).__name__}.{name}"
        new = held(evolve(thing, **{name: other}))
        differences = compare_rubrics(base, new)
        assert differences, name
        assert any(f".{key}" in (each.new or "") for each in differences), (name, differences)
        back = compare_rubrics(new, base)
        assert sorted(mirrored(each) for each in differences) == sorted(told(each) for each in back), name
        if name in ("title", "note", "says", "source", "code", "provenance", "language", "version", "name"):
            assert not any(each.meaning for each in differences), name
        elif name != "id" and not (isinstance(thing, Rubric) and name == "places"):
            assert any(each.meaning for each in differences), name


def told(each: Difference) -> tuple[str, ...]:
    return (each.kind, str(each.old), str(each.new), str(each.before), str(each.after))


def mirrored(each: Difference) -> tuple[str, ...]:
    """Return a difference as it is seen the other way round."""
    kind = {"added": "removed", "removed": "added"}.get(each.kind.split("-")[1])
    kind = each.kind if kind is None else f"{each.kind.split('-')[0]}-{kind}"
    return (kind, str(each.new), str(each.old), str(each.after), str(each.before))


# laws


@given(documents(), documents())
@settings(max_examples=FEW)
def test_there_is_no_difference_only_between_equal_rubrics(one, other):
    first, second = loads(to_text(one)), loads(to_text(other))
    assert compare_rubrics(first, loads(to_text(one))) == ()
    differences = compare_rubrics(first, second)
    assert bool(differences) == (first != second)
    assert list(differences) == sorted(differences, key=lambda each: not each.meaning)
    assert all(each.kind in DIFFERENCES for each in differences)
    assert json.loads(json.dumps([each.plain for each in differences]))[:1] == [each.plain for each in differences][:1]
    for language in ("en", "zh"):
        assert len(differences_text(differences, language).splitlines()) in (1, len(differences) + 2)


@given(documents(), st.data())
@settings(max_examples=FEW)
def test_siblings_in_another_order_were_only_moved(document, data):
    mixed = data.draw(shuffled(document))
    first, second = loads(to_text(document)), loads(to_text(mixed))
    kinds = {each.kind for each in compare_rubrics(first, second)}
    assert kinds <= {"node-reordered"}
    assert bool(kinds) == (first != second)


@given(documents(), st.data())
@settings(max_examples=FEW)
def test_what_is_taken_out_is_the_one_difference(document, data):
    rubric = loads(to_text(document))
    nodes = [node for _, node in walked(document) if node.get("rules")]
    if nodes:
        node = data.draw(st.sampled_from(nodes))
        place = data.draw(st.integers(0, len(node["rules"]) - 1))
        owner = node.get("id", "total")
        shorter = without_rule(rubric, owner, place)
        (difference,) = compare_rubrics(rubric, shorter)
        assert (difference.kind, difference.node) == ("rule-removed", owner)
        (difference,) = compare_rubrics(shorter, rubric)
        assert (difference.kind, difference.node) == ("rule-added", owner)


def without_rule(node: Any, owner: str, place: int) -> Any:
    rules = node.rules
    if node.id == owner:
        rules = rules[:place] + rules[place + 1 :]
    if isinstance(node, Item):
        return evolve(node, rules=rules)
    below = {key: [without_rule(each, owner, place) for each in getattr(node, key)] for key in ("indicators", "items")}
    return evolve(node, rules=rules, **below)


@given(documents())
@settings(max_examples=FEW)
def test_other_texts_are_wording_only(document):
    other = deepcopy(document)
    for _, node in walked(other):
        node["title"], node["note"], node["source"] = "T", {"zh": "注"}, "S"
        node["provenance"], node["code"] = "illustrative", "C"
    differences = compare_rubrics(loads(to_text(document)), loads(to_text(other)))
    assert differences
    assert {each.kind for each in differences} <= {"title-changed", "wording-changed"}


@given(st.permutations(range(6)))
def test_as_few_as_can_be_are_held_to_be_moved(order):
    moved = moved_places(order)
    kept = [each for place, each in enumerate(order) if place not in moved]
    assert kept == sorted(kept)
    longest = max(
        sum(1 for at in range(6) if mask >> at & 1)
        for mask in range(64)
        if (chosen := [each for at, each in enumerate(order) if mask >> at & 1]) == sorted(chosen)
    )
    assert len(kept) == longest


def test_rubrics_whose_points_do_not_fit_are_compared_without_effects():
    old = Rubric("a", total=10, items=[Item("x", points=3)])
    (difference,) = compare_rubrics(old, evolve(old, items=[Item("x", points=4)]))
    assert (difference.kind, difference.effect) == ("points-changed", None)


def test_ids_that_stand_twice_are_compared_in_order():
    old = Rubric("a", items=[Item("x", points=1), Item("x", points=2)])
    new = Rubric("a", items=[Item("x", points=1), Item("x", points=3), Item("x", points=3)])
    assert [each.kind for each in compare_rubrics(old, new)] == ["points-changed", "node-added"]
    twice = [Rubric("a", items=[Item("x", points=1, evidence=[("f", each), ("f", Flag())])]) for each in (Flag(), Count())]
    assert [each.kind for each in compare_rubrics(*twice)] == ["order-changed"]


# how it is told


def test_the_texts_in_both_languages():
    differences = found(("points: 4", "points: 5"), ("points: 3\n            evidence: {level", "points: 2\n            out_of: 3\n            evidence: {level"), ("title: Plan", "title: Goals"))
    assert differences_text(differences) == (
        "3 differences in meaning\n"
        "  plan points: other points, 4 → 5 (+1 of the whole)\n"
        "  talks points: other points, 3 → 2 (-1 of the whole)\n"
        "  talks out_of: other points, nothing → 3 (-1 of the whole)\n"
        "1 difference in wording\n"
        "  plan title: other title, Plan → Goals"
    )
    assert differences_text(differences, "zh").splitlines()[:2] == ["含义差异 3 处", "  plan points：分值更改，4 → 5（总分 +1）"]
    assert differences_text(()) == "No differences."
    assert differences_text((), "zh") == "没有差异。"
    assert str(differences[0]) == "plan points: other points, 4 → 5 (+1 of the whole) [points-changed]"
    assert differences[0].plain["effect"] == "1"


def test_a_text_of_several_lines_is_told_on_one():
    old = Rubric("a", note="one", items=[Item("x", points=1)])
    text = differences_text(compare_rubrics(old, evolve(old, note="two\nlines\x1b[1m")))
    assert text.endswith("\n  total note: other wording, one → two\\nlines\\x1b[1m")


def test_added_and_removed_say_what_it_was():
    assert [each.message for each in found(("late: flag}", "late: flag, new: [count, New]}"))] == [
        "plan evidence.new: field added, count, title New"
    ]
    assert [each.message for each in found((", {at_most: 1, when: plan.missing > 9}", ""))] == [
        "total gates[1]: gate removed, at_most 1, when plan.missing > 9"
    ]


def test_every_kind_occurs_and_is_told_in_both_languages():
    old = Rubric(
        "a",
        title="A",
        note="a",
        total=20,
        values={"v": "1", "gone": "2"},
        evidence={"f": Flag(), "gone": Flag(), "c": Choice(values=["a", "b"], means={"a": 1, "b": 0}), "n": Count()},
        rules=[Deduct(1, when="f", up_to=3), Award(1, when="f", per="n"), Deduct(5, per="n", id="gone"), Deduct("n+1", id="k")],
        grades=[Grade(grade="A", at_least=9), Grade(grade="B", stars=2, at_least=7), Grade(grade="C", at_least=5), Grade(grade="Z")],
        gates=[Gate(grade="A", when="f"), Gate(at_most="B", when="n > 2"), Gate(step=1, unless="f", id="gone")],
        combine="sum",
        missing="zero",
        items=[Item("x", points=5, weight=1), Item("y", points=5), Item("old", title="T", points=5), Item("gone", points=5)],
        indicators=[Indicator("i", points=5, methods=["report"])],
    )
    new = Rubric(
        "b",
        version="2",
        title="B",
        note="b",
        total=30,
        values={"v": "3", "came": "2"},
        evidence={"c": Choice(values=["a", "z"], means={"a": 2, "z": 0}), "f": Flag(), "n": Count(range="0..7"), "came": Flag()},
        rules=[Award(2, when="f", per="n"), Deduct(1, when="not f", up_to=4), Deduct(2, below=3, of="n"), Deduct("n + 1", id="k", reason="r")],
        grades=[Grade(grade="B", stars=3, at_least=8), Grade(grade="A", at_least=9), Grade(grade="Y"), Grade(grade="Z")],
        gates=[Gate(at_most="A", when="n > 2"), Gate(grade="A", when="f"), Gate(unrated="why")],
        combine="mean",
        missing="skip",
        items=[Item("y", points=6), Item("x", points=5, weight=2), Item("new", title="T", points=5), Item("came", points=1)],
        indicators=[Indicator("i", points=5, items=[Item("down", points=2)])],
    )
    old = evolve(old, items=[*old.items, Item("down", points=2)])
    differences = compare_rubrics(old, new)
    assert {each.kind for each in differences} == set(DIFFERENCES)
    for texts in DIFFERENCES.values():
        assert list(texts) == ["en", "zh"]
        assert texts["en"].isascii()
        assert not any(sign.isascii() for sign in texts["zh"])
    assert {each.kind for each in differences if not each.meaning} == WORDING


def test_shipped_rubrics_are_compared_whole():
    names = ("dongcheng-community", "sf-food-safety", "uk-food-hygiene")
    rubrics = [load(each) for each in names]
    for one in rubrics:
        for other in rubrics:
            assert (compare_rubrics(one, other) == ()) == (one is other)
