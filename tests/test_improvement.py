"""The way up: against brute force over the graph, its reasons, its costs, and what it costs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import ways
from rubric_engine import (
    InvalidEvidence,
    InvalidRubric,
    Rubric,
    cheapest,
    evaluate,
    groups,
    improve,
    load,
    loads,
    what_if,
)
from rubric_engine.bearing import bounds_of, directions_of
from rubric_engine.cheapest import holds_on
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import read_sheet
from rubric_engine.fields import Number, Text
from rubric_engine.graph import Graph, Input, reachable
from rubric_engine.intervals import Interval
from rubric_engine.levers import between, is_repair, nearest_to, units_between
from rubric_engine.model import ROOT
from rubric_engine.provisional import every_finding
from strategies_sheets import Sheet
from test_laws import rubric_of, scored

MOST = 1_500
Costs = dict[str, tuple[Fraction, Fraction]]


def choices(rubric: Rubric, found: tuple[Any, ...]) -> dict[str, list[Any]]:
    """Return what each finding may become, where that is not too much."""
    result: dict[str, list[Any]] = {}
    for each, now in zip(program_of(rubric).lowered.fields, found, strict=True):
        every = None if each.given or isinstance(each.field, Text) else every_finding(each.field)
        if every is None or len(every) > 300:
            continue
        made = [one for one in every if is_repair(each.field, one) and one != now]
        if getattr(each.field, "panel", None) is not None and now is not None:
            there = [one for one in now if one is not None]
            made = [one for one in made if len(one) - one.count(None) >= len(there)]
            made = [one for one in made if sorted(x for x in one if x is not None) != sorted(there)]
        if made:
            result[each.path] = [now, *made]
    return result


def brute(
    rubric: Rubric, found: tuple[Any, ...], options: dict[str, list[Any]], costs: Costs
) -> Iterator[tuple[Fraction, Fraction, int | None]]:
    """Try everything: yield what it costs, its score, and the index of its grade."""
    program = program_of(rubric)
    fields, positions = program.lowered.fields, program.positions
    at = program.graded.get(ROOT)
    for values in product(*options.values()):
        made, cost = list(found), Fraction(0)
        for path, value in zip(options, values, strict=True):
            place = positions[path]
            if value != found[place]:
                made[place] = value
                once, each = costs[path]
                cost += once + each * units_between(fields[place].field, found[place], value)
        sheet = tuple(made)
        if holds_on(program, sheet):
            scores = program.score(sheet)
            yield cost, program.exact(scores, ROOT), None if at is None else scores[at]


PRICES = [
    *((Fraction(once), Fraction(0)) for once in ("1", "1", "2", "1/2", "0")),
    (Fraction(0), Fraction(1)),
    (Fraction(1), Fraction(1, 3)),
]


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_way_up_is_the_cheapest_that_brute_force_finds(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    rubric = rubric_of(document)
    found = read_sheet(program_of(rubric), sheet).found
    options: dict[str, list[Any]] = {}
    size = 1
    paths = choices(rubric, found)
    for path in data.draw(st.permutations(sorted(paths))) if paths else []:
        if size * len(paths[path]) <= MOST:
            size *= len(paths[path])
            options[path] = paths[path]
    costs = {path: data.draw(st.sampled_from(PRICES)) for path in options}
    tried = list(brute(rubric, found, options, costs))
    if rubric.grades and data.draw(st.booleans()):
        grade = data.draw(st.integers(0, len(rubric.grades) - 1))
        wish: dict[str, Any] = {"to": rubric.grades[grade].name}
        fits = [cost for cost, _, index in tried if index is not None and index <= grade]
        now = tried[0][2] is not None and tried[0][2] <= grade
    else:
        scores = sorted({score for _, score, _ in tried})
        higher = [each for each in scores if each > tried[0][1]]
        mark = data.draw(st.sampled_from(higher or scores))
        mark += data.draw(st.sampled_from([0, 0, 0, Fraction(1, 100)]))
        wish = {"points": mark}
        fits = [cost for cost, score, _ in tried if score >= mark]
        now = tried[0][1] >= mark
    prices = {path: {"once": once, "each": each} for path, (once, each) in costs.items()}
    way = improve(rubric, sheet, **wish, only=options, costs=prices)
    event(way.status)
    event(f"exact: {way.exact}")
    if now:
        assert way.status == "there"
        return
    if way.exact:
        assert (way.cost if way.reachable else None) == min(fits, default=None)
    if way.status == "reachable":
        assert way.cost in fits
        assert way.exact or way.cost >= min(fits)
        assert evaluate(rubric, way.evidence, given=way.given) == way.after
        assert sum(each.gain for each in way.repairs) == way.after.exact - way.before.exact
    elif way.status == "unreachable":
        assert way.obstacles
        assert way.best.exact == max(score for _, score, _ in tried)
        assert way.explain("zh")


def test_the_law_sees_every_kind_of_answer() -> None:
    """See `test_the_way_up_is_the_cheapest_that_brute_force_finds`: it tries what this one has."""
    rubric = loads(WAY)
    found = read_sheet(program_of(rubric), SHEET).found
    options = {path: each for path, each in choices(rubric, found).items() if path != "total.cases"}
    options = {"total.refused": [1, 0], "core.done": [0, 1], "served.late": [3, 2, 1, 0]} | options
    options["core.missing"] = [4, 3, 2, 1, 0]
    costs = {path: (Fraction(1), Fraction(1, 3)) for path in options}
    tried = list(brute(rubric, found, options, costs))
    for grade, name in enumerate(("5", "3", "1")):
        fits = [cost for cost, _, index in tried if index is not None and index <= grade]
        prices = {path: {"once": 1, "each": "1/3"} for path in options}
        way = improve(rubric, SHEET, name, only=options, costs=prices)
        assert way.exact
        assert (way.cost if way.reachable else None) == min(fits, default=None)
    assert {way.status} == {"there"}


# By hand

WAY = """
rubric: way
language: en
total: 20
given: {assessee: {size: {type: count, range: 0..9}}}
evidence:
  refused: {type: flag, title: Refused}
  cases: {type: rows, columns: {grave: flag, weight: {type: count, range: 1..3}}, range: 0..5}
rules:
  - {deduct: 8, when: refused}
  - {deduct: 1, each: cases, when: grave}
  - {deduct: 1, when: assessee.size > 5}
grades:
  - {stars: 5, from: 18, minima: {core: 8}}
  - {stars: 3, from: 10}
  - {stars: 1}
gates:
  - {at_most: 3, when: served.late > 2, says: {zh: 迟报超过两次, en: More than two late}}
items:
  - id: core
    title: Core
    points: 10
    evidence: {missing: count, done: flag}
    rules: [{deduct: 1, per: missing}, {deduct: 3, unless: done}]
  - id: served
    points: 10
    evidence: {late: count, share: share}
    rules:
      - {deduct: 0.5, per: late, up_to: 1}
      - {deduct: 1, below: 90, of: share, step: 10, parts: started}
"""
CASES = [{"grave": True, "weight": 1}, {"grave": False, "weight": 2}]
SHEET: Sheet = {
    "assessee": {"size": 4},
    "total": {"refused": True, "cases": CASES},
    "core": {"missing": 4, "done": False},
    "served": {"late": 3, "share": 75},
}


def told(way: Any) -> list[tuple[Any, Any, Any]]:
    return [(each.path, each.before, each.after) for each in way.repairs]


def test_the_way_up_names_the_findings_their_gains_and_the_repaired_sheet() -> None:
    rubric = loads(WAY)
    way = improve(rubric, SHEET, 5)
    assert told(way) == [
        ("total.refused", True, False),
        ("total.cases", tuple(CASES), (CASES[1],)),
        ("core.missing", 4, 0),
        ("core.done", False, True),
        ("served.late", 3, 0),
    ]
    assert (way.status, way.exact, way.cost, way.after.stars) == ("reachable", True, 5, 5)
    assert sum(each.gain for each in way.repairs) == way.after.exact - way.before.exact
    assert evaluate(rubric, way.evidence) == way.after
    assert what_if(rubric, SHEET, way.changes).after == way.after
    assert "To 5 stars: 5 findings to repair, cost 5." in str(way)
    assert "达到 5 星" in way.explain("zh")
    assert repr(way) == "<Improvement to '5': reachable, 5 repairs, cost 5>"


def test_a_number_moves_no_further_than_it_must() -> None:
    sheet = SHEET | {"total": {"refused": False, "cases": []}}
    way = improve(loads(WAY), sheet, points=12, only=["core.missing"])
    assert told(way) == [("core.missing", 4, 2)]
    assert way.after.exact == 12


def test_what_is_there_needs_no_way() -> None:
    way = improve(loads(WAY), SHEET, "1")
    assert (way.status, way.reachable, way.cost, way.after) == ("there", True, 0, way.before)
    assert str(way).startswith("1 star is reached already")


@pytest.mark.parametrize(
    ("options", "kinds", "text"),
    [
        ({"to": 5, "fixed": ["total"]}, ["score"], "the score: 18 is needed, 11"),
        ({"to": 5, "fixed": ["core.missing"]}, ["score", "minimum"], "Core: at least 8"),
        ({"to": 5, "fixed": "served.late"}, ["gate"], "gate: More than two late"),
        ({"points": 21}, ["score"], "21 points cannot be reached"),
    ],
)
def test_what_stands_in_the_way_is_named(
    options: dict[str, Any], kinds: list[str], text: str
) -> None:
    way = improve(loads(WAY), SHEET, **options)
    assert (way.status, way.reachable, way.exact, way.after) == ("unreachable", False, True, None)
    assert [each.kind for each in way.obstacles] == kinds
    assert text in str(way)
    assert way.explain("zh") != str(way)
    if kinds[0] == "score" and "fixed" in options:
        assert way.reasons


def test_causes_conditions_and_maxima_stand_in_the_way() -> None:
    rubric = loads("""
rubric: other
total: 10
evidence: {kind: {type: choice, values: [plain, closed], means: {closed: unrated}}, known: flag}
grades:
  - {grade: low, up_to: 2, maxima: {a: 3}}
  - {grade: odd, up_to: 4, when: known and not known}
  - {grade: high}
items: [{id: a, points: 10, start: zero, evidence: {x: {type: count, range: 0..9}}, rules: [{award: 1, per: x}]}]
""")
    sheet = {"total": {"kind": "closed", "known": True}, "a.x": 9}
    way = improve(rubric, sheet, "low")
    assert told(way) == [("total.kind", "closed", "plain"), ("a.x", 9, 2)]
    way = improve(rubric, sheet, "low", fixed=["total"])
    assert [(each.kind, each.text.plain) for each in way.obstacles] == [
        ("unrated", "total.kind: closed")
    ]
    assert "unrated: total.kind: closed" in str(way)
    sheet["total"]["kind"] = "plain"
    way = improve(rubric, sheet, "low", fixed=["a"])
    assert [(each.kind, each.needed, each.best) for each in way.obstacles] == [
        ("score", 2, 9),
        ("maximum", 3, 9),
    ]
    # The last grade but one holds for nobody; the one above it is still a way.
    assert improve(rubric, sheet, "odd").after.grade == "low"
    odd = loads(
        "rubric: odd\ntotal: 1\ngrades: [{stars: 2, when: a.x and not a.x}, {stars: 1}]\n"
        "items: [{id: a, points: 1, evidence: {x: flag}, rules: [{deduct: 1, unless: a.x}]}]"
    )
    way = improve(odd, {"a.x": False}, 2)
    assert [each.kind for each in way.obstacles] == ["conditions"]
    assert "cannot hold together" in str(way)


def test_costs_decide_which_way_is_taken() -> None:
    rubric = loads(WAY)
    sheet = SHEET | {"total": {"refused": False, "cases": []}}
    assert told(improve(rubric, sheet, points=14)) == [("core.missing", 4, 0)]
    dear = improve(rubric, sheet, points=14, costs={"core": {"each": 10}, "served": "1/2"})
    assert (dear.cost, [each.path for each in dear.repairs]) == (
        Fraction(21, 2),
        ["core.done", "served.share"],
    )
    never = improve(rubric, sheet, points=14, costs={"core.missing": None})
    assert [each.path for each in never.repairs] == ["core.done", "served.share"]

    def asked(path: str, before: Any, after: Any) -> Any:
        return 5 if path == "core.missing" else "1/3"

    way = improve(rubric, sheet, points=14, costs=asked)
    assert (way.cost, "core.missing" in way.changes) == (Fraction(2, 3), False)
    by_unit = improve(rubric, sheet, points=12, costs={"core": {"once": 1, "each": 1}, "served": 9})
    assert (told(by_unit), by_unit.cost) == ([("core.done", False, True)], 2)
    free = improve(rubric, sheet, points=14, costs={"core": 0})
    assert (free.cost, len(free.repairs)) == (0, 1)


def test_given_numbers_change_only_where_they_are_named() -> None:
    rubric, sheet = loads(WAY), SHEET | {"assessee": {"size": 9}}
    nested = {key: each for key, each in sheet.items() if key != "assessee"}
    given = {"assessee": {"size": 9}}
    assert "assessee.size" not in improve(rubric, sheet, points=1).changes
    way = improve(rubric, nested, points=1, only=["assessee"], given=given)
    assert (told(way), way.given, way.evidence) == (
        [("assessee.size", 9, 5)],
        {"assessee": {"size": 5}},
        nested,
    )
    assert improve(rubric, sheet, points=1, costs={"assessee.size": "1/9"}).cost == Fraction(1, 9)


def test_everything_wrong_with_a_call_is_told_at_once() -> None:
    with pytest.raises(InvalidEvidence) as caught:
        improve(
            loads(WAY),
            {"core": {"missing": -1}},
            "six",
            points="x",
            costs={"core": -1, "cor": 1, "served": {"once": 1, "twice": 2}, "served.late": "x"},
            only=["core.mising"],
            fixed=[7],  # type: ignore[list-item]
        )
    found = {(each.code, each.path) for each in caught.value.problems}
    assert found >= {
        ("out-of-range", "core.missing"),
        ("missing-finding", "served.late"),
        ("conflicting-keys", "to"),
        ("unknown-grade", "to"),
        ("bad-number", "points"),
        ("can-be-negative", "costs.core"),
        ("unknown-item", "costs.cor"),
        ("unknown-key", "costs.served"),
        ("bad-number", "costs.served.late"),
        ("unknown-field", "only.core.mising"),
        ("unknown-item", "fixed.7"),
    }
    for wrong in ({"to": 5, "costs": 3}, {"to": 4}, {"to": True}, {}):
        with pytest.raises(InvalidEvidence):
            improve(loads(WAY), SHEET, **wrong)
    with pytest.raises(InvalidEvidence) as caught:
        improve(loads(WAY), SHEET, 5, costs=lambda *_: -1)
    assert caught.value.problems[0].code == "bad-number"
    with pytest.raises(InvalidEvidence):
        improve(load("sf-food-safety"), {"violations": {"high": 1, "moderate": 0, "low": 0}}, 5)


# Findings of every kind


def one_item(evidence: str, rules: str, head: str = "") -> Rubric:
    return loads(
        f"rubric: one\ntotal: 10\n{head}items:\n  - {{id: a, points: 10, start: zero,"
        f" evidence: {{{evidence}}}, rules: [{rules}]}}"
    )


@pytest.mark.parametrize(
    ("evidence", "rules", "now", "to", "after"),
    [
        ("x: {type: number, one_of: [0, 2.5, 7], places: 1}", "{award: all, ratio: x / 10}", 0, 3, "7"),
        ("x: {type: amount, range: 2..5}", "{award: 2..5, by: x}", 0, 1, 2),
        ("x: {type: number, range: 0..9, absent: 9}", "{award: 1, per: x}", 1, 8, 8),
        ("x: {type: date}", "{award: 5, when: x > '2026-02-28'}", "2026-01-31", 5, "2026-03-01"),
        ("x: {type: checklist, values: [a, b, c]}", "{award: {a: 1, b: 2, c: 4}, by: x}", ["b"], 4, ("b", "c")),
        ("x: {type: count, panel: 3, range: 0..4}", "{award: 1, per: mean(x)}", [1, 2], 3, None),
        ("x: {type: count, panel: 3, range: 0..1000}", "{award: all, ratio: median(x) / 1000}", [1, 2, 3], 9, None),
        ("x: {type: flag, optional: true}", "{award: 5, when: 'default(x, 1 > 2)'}", None, 5, True),
        ("x: {type: rows, columns: {n: count, t: text}, range: 0..3}", "{award: 2, each: x, when: n == 0}", [{"n": 0}, {"n": 3}], 2, None),
    ],
)
def test_findings_of_every_kind_are_repaired(
    evidence: str, rules: str, now: Any, to: int, after: Any
) -> None:
    try:
        rubric = one_item(evidence, rules)
    except InvalidRubric as error:
        pytest.fail(str(error))
    way = improve(rubric, {"a": {} if now is None else {"x": now}}, points=to)
    assert way.reachable
    assert way.after.exact >= to
    if after is not None:
        assert [each.after for each in way.repairs] == [after]


def test_tables_too_large_to_try_are_bounded() -> None:
    wide = "x: {type: rows, columns: {n: {type: count, range: 0..99}}, range: 0..40}"
    rubric = one_item(wide, "{award: 10}, {deduct: 1, each: x, when: n > 3}")
    sheet = {"a": {"x": [{"n": n} for n in (1, 5, 9, 2)]}}
    way = improve(rubric, sheet, points=9)
    assert (way.exact, way.cost, way.after.exact) == (True, 1, 9)
    assert len(way.changes["a.x"]) == 3
    assert improve(rubric, sheet, points=11).status == "unreachable"
    many = {"a": {"x": [{"n": 9}] * 12}}
    assert improve(rubric, many, points=10).reachable
    odd = one_item(wide, "{award: 1, each: x, per: n}")
    assert improve(odd, {"a": {"x": []}}, points=5).status in ("undecided", "reachable")
    assert "Not decided" in str(evolve(way, status="undecided"))


def test_a_node_that_comes_to_count_brings_its_findings_and_methods() -> None:
    rubric = loads("""
rubric: states
total: 20
methods: required
items:
  - {id: b, points: 10, evidence: {y: flag}, rules: [{deduct: 10, unless: y}]}
  - id: a
    points: 10
    methods: [report]
    not_applicable: zero
    evidence: {applies: {type: choice, values: ["yes", na], means: {na: skip}}, x: flag, z: {type: flag, none_means: "false"}}
    rules: [{deduct: 4, unless: x}, {deduct: 1, when: z}]
""")
    way = improve(rubric, {"a": {"applies": "na"}, "b": {"y": True}}, points=15, costs={"b": None})
    assert way.after.exact >= 15
    assert way.evidence["methods"] == {"a": ["report"]}
    assert not way.exact
    assert "A cheaper way may exist" in str(way)


def test_the_search_says_where_it_could_not_look_at_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    rubric = loads(WAY)
    whole = improve(rubric, SHEET, 5)
    monkeypatch.setattr(cheapest, "MOST_JOINED", 3)
    monkeypatch.setattr(cheapest, "MOST_ROWS", 2)
    monkeypatch.setattr(cheapest, "MOST_TOGETHER", 2)
    few = improve(rubric, SHEET, 5)
    assert not few.exact
    assert few.status == "undecided" or few.cost >= whole.cost


# The reference rubric


def test_ten_sheets_of_the_reference_rubric_against_brute_force() -> None:
    rubric = load(ways.REFERENCE)
    tried = 0
    for stars, sheet in ways.ten_sheets():
        way = improve(rubric, sheet, stars)
        assert (way.exact, way.after.stars >= stars) == (True, True)
        found = read_sheet(program_of(rubric), sheet).found
        for size in range(1, min(int(way.cost), 3)):
            tried += 1
            assert next(ways.reached_with(rubric, found, stars, size), None) is None
        if way.cost <= 2:
            places = tuple(program_of(rubric).positions[each.path] for each in way.repairs)
            assert places in set(ways.reached_with(rubric, found, stars, int(way.cost)))
    assert tried >= 10


def test_the_page_has_the_ten_ways() -> None:
    page = Path(__file__).parents[1] / "docs" / "how-to" / "what-if-and-the-way-up.md"
    if not page.exists():
        pytest.skip("the documentation is not beside the tests")
    text = page.read_text("utf-8")
    assert [row for row in ways.table() if row not in text] == []


def test_the_whole_card_takes_less_than_a_second() -> None:
    lines = ["rubric: card", "grades: [{stars: 5, from: 90}, {stars: 1}]", "items:"]
    for number in range(50):
        flags = [f"d{each}" for each in range(3)]
        lines.append(f"  - {{id: i{number}, points: 2, evidence: {{{', '.join(f'{f}: flag' for f in flags)}}},")
        lines.append(f"     rules: [{', '.join(f'{{deduct: 1, unless: {f}}}' for f in flags)}]}}")
    rubric = loads("\n".join(lines))
    sheet = {f"i{n}": {f"d{k}": (n + k) % 3 > 0 for k in range(3)} for n in range(50)}
    way = improve(rubric, sheet, 5)
    # Each item lost one point; the first forty are mended.
    assert (way.before.exact, way.cost, way.after.exact) == (50, 40, 90)
    assert [each.path.partition(".")[0] for each in way.repairs] == [f"i{n}" for n in range(40)]


# The parts, where the ways above do not lead


def test_of_three_numbers_the_cheaper_and_nowhere_lower_is_kept() -> None:
    rows = {(1, 1, 1): (0, 0, ()), (1, 2, 1): (1, 0, ()), (0, 0, 1): (2, 0, ()), (2, 0, 0): (2, 1, ())}
    kept = groups.undominated(rows, [1, 1, 1])
    assert list(kept) == [(1, 1, 1), (1, 2, 1), (2, 0, 0)]
    for width in (1, 2, 3):
        chance = random.Random(width)
        drawn = {
            tuple(chance.choice([None, 0, 1, 2]) for _ in range(width + 1)): (chance.randrange(5), place, ())
            for place in range(60)
        }
        signs = [1, -1, 1][:width]
        kept = groups.undominated(drawn, [*signs, 2])
        for vector, row in drawn.items():
            better = [
                other
                for other, its in drawn.items()
                if its[0] <= row[0] and other[width] == vector[width] and other != vector
                and all((a is None) == (b is None) for a, b in zip(other, vector, strict=True))
                and all(a is None or a * sign >= b * sign for a, b, sign in zip(other, vector, signs, strict=False))
            ]
            assert (vector in kept) == (not better)


def test_what_bears_on_what_is_known_for_every_operation() -> None:
    graph = Graph()
    x = graph.input(Input("x", "integer", Interval(-3, 5)))
    y = graph.input(Input("y", "integer", Interval(1, 4)))
    t = graph.input(Input("t", "truth", Interval(0, 1)))
    absent = graph.input(Input("absent", "integer", Interval(0, 9, missing=True)))
    made = {
        "product": graph.product(x, y),
        "quotient": graph.quotient(x, y),
        "choose": graph.choose(t, y, x),
        "only": graph.only(t, x),
        "default": graph.default(graph.only(t, x), y),
        "steps": graph.steps(x, 4, [(0, 2), (2, 1)]),
        "lookup": graph.lookup(y, [0, 3, 1, 2, 9]),
        "equal": graph.equal(x, y),
        "falling": graph.choose(t, graph.constant(0), y),
        "known": graph.both(t, graph.known(absent)),
    }
    for name, value in made.items():
        values = reachable([value])
        found, bounds = directions_of(values, [value]), bounds_of(values, [value])
        for each in values:
            interval = each.interval
            assert interval.low <= bounds[each.index][0] <= bounds[each.index][1] <= interval.high
        assert found.get(absent.index, 0) == 0
        signs = tuple(found.get(each.index) for each in (x, y, t))
        assert signs == {
            "product": (1, 2, None),
            "quotient": (1, 2, None),
            "choose": (1, 1, 2),
            "only": (1, None, 2),
            "default": (1, 1, 2),
            "steps": (-1, None, None),
            "lookup": (None, 2, None),
            "equal": (2, 2, None),
            "falling": (None, 1, -1),
            "known": (None, None, 1),
        }[name], name


def test_numbers_of_a_field_are_those_that_it_takes() -> None:
    marked = Number(range="0..9", absent=9)
    assert between(marked, 7, 9) == ([7, 8], True)
    assert nearest_to(marked, 9, 9, up=True) is None
    wide = Number(places=6, range="0..1000")
    numbers, every = between(wide, 0, 10**9)
    assert (len(numbers), numbers[0], numbers[-1], every) == (1001, 0, 10**9, False)
    assert not is_repair(Text(), "note")
