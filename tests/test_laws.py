"""Laws that hold for every rubric and every sheet, tried on random ones beside their edges."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from threading import Barrier
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import rubric_engine
from oracle import UNRATED, Entry, Scoring, score
from rubric_engine import (
    Amount,
    Award,
    Bonus,
    Checklist,
    Choice,
    Count,
    Deduct,
    Evaluation,
    Flag,
    Gate,
    Grade,
    IncompleteEvidence,
    Indicator,
    Item,
    Limit,
    Number,
    Range,
    Round,
    Rubric,
    Set,
    Share,
    Text,
    amounts,
    dumps,
    evaluate,
    load,
    loads,
    scope,
    words,
)
from rubric_engine.evaluation import Step, program_of
from rubric_engine.library import find_rubric
from rubric_engine.sheets import read_sheets
from strategies import (
    Node,
    Sheet,
    documents,
    fields_of,
    nodes_of,
    repairs,
    sheets,
    shuffled,
    to_text,
)

Draw = Callable[..., Any]

#: For the law that all others lean on, and for those that load a rubric many times.
MANY = settings(max_examples=2 * settings.default.max_examples)
FEWER = settings(max_examples=1 + settings.default.max_examples // 3)


@st.composite
def scored(draw: Draw, monotone: bool = False) -> tuple[Node, Sheet]:
    """Draw a rubric and a sheet for it."""
    document = draw(documents(monotone=monotone))
    return document, draw(sheets(document))


def rubric_of(document: Node) -> Rubric:
    return loads(to_text(document))


def required(document: Node) -> list[tuple[str, str]]:
    """List the fields whose findings may not be missing."""
    return [
        (node, name)
        for node, name, declared in fields_of(document)
        if declared["type"] != "text" and str(declared.get("optional")).lower() != "true"
    ]


# What the language says


def steps_of(entries: list[Entry], node: str) -> list[tuple[Any, ...]]:
    """Write the oracle's entries as the engine writes its steps."""
    return [
        (
            "limit" if entry.kind == "implicit limit" else entry.kind,
            None if entry.origin == node else entry.origin,
            entry.rule,
            entry.asked,
            entry.taken,
            entry.before,
            entry.after,
        )
        for entry in entries
        if not entry.silent
    ]


def as_told(step: Step) -> tuple[Any, ...]:
    numbers = (step.asked, step.taken, step.before, step.after)
    return (step.kind, step.origin, step.rule, *numbers)


@MANY
@given(scored())
def test_the_engine_agrees_with_the_oracle(example: tuple[Node, Sheet]) -> None:
    document, sheet = example
    expected = score(document, sheet)
    result = evaluate(rubric_of(document), sheet)
    event("graded" if expected.grades else "no grades")
    assert {name: node.exact for name, node in result.nodes.items()} == expected.nodes
    assert result.exact == expected.total
    assert {n.id: n.grade for n in result.nodes.values() if n.grade is not None} == expected.grades
    stars = {name: result[name].stars for name in expected.stars}
    assert stars == expected.stars
    root = expected.grades.get("total"), expected.stars.get("total")
    assert (result.grade, result.stars) == root
    assert {name: node.bonus for name, node in result.nodes.items()} == expected.bonus
    for name, node in result.nodes.items():
        assert [as_told(step) for step in node.steps] == steps_of(expected.ledger[name], name)
        assert node.start == expected.start[name]


@given(scored())
def test_values_stay_within_their_proved_bounds(example: tuple[Node, Sheet]) -> None:
    document, sheet = example
    rubric = rubric_of(document)
    program, result = program_of(rubric), evaluate(rubric, sheet)
    findings = result._found
    for roots, quanta in (
        (program.score_roots, program.score(findings)),
        (program.ledger_roots, program.detail(findings)),
    ):
        for value, found in zip(roots, quanta, strict=True):
            assert value.interval.low <= found <= value.interval.high
    for name, node in nodes_of(document):
        found = result[name if name != document.get("id") else "total"]
        limited = any("limit" in rule for rule in node.get("rules", []))
        if found.item and found.scale is not None and not limited:
            assert 0 <= found.exact <= found.scale


@given(scored())
def test_the_ledger_leads_from_the_start_to_the_score(example: tuple[Node, Sheet]) -> None:
    document, sheet = example
    result = evaluate(rubric_of(document), sheet)
    for node in result.nodes.values():
        assert node.start + sum(step.taken for step in node.steps) == node.exact
        held = [node.start, *(step.after for step in node.steps)]
        assert [step.before for step in node.steps] == held[:-1]
        assert held[-1] == node.exact
        for step in node.steps:
            assert step.before + step.asked == step.after
            assert abs(step.taken) <= abs(step.asked)
            assert step.taken * step.asked >= 0
    assert result.ledger == tuple(step for node in result.nodes.values() for step in node.steps)


# Orders that scores keep


def conditions(document: Node, sheet: Sheet, name: str) -> list[bool]:
    """Say which conditions of a node's grades, cuts aside, and which of its gates hold."""
    scoring = Scoring(document, sheet)
    node = scoring.nodes[name]
    uncut = [
        {key: each for key, each in grade.items() if key not in ("from", "up_to")}
        for grade in node["grades"]
    ]
    holding = [scoring.holds(name, grade) for grade in uncut]
    return [*holding, *(scoring.applies(name, gate) for gate in node.get("gates", []))]


def rank(node: Node, grade: str | None) -> int:
    """Return the position of a grade, the best at 0 and unrated last."""
    names = [str(each.get("grade", each.get("stars"))) for each in node["grades"]]
    return len(names) if grade == UNRATED else names.index(str(grade))


@given(st.data())
def test_better_scores_never_have_worse_grades(data: st.DataObject) -> None:
    document, one = data.draw(scored())
    second, kept = data.draw(sheets(document)), set()
    if one and data.draw(st.booleans()):
        kept = data.draw(st.sets(st.sampled_from(sorted(one)), max_size=len(one) - 1))
    other = {node: one[node] if node in kept else found for node, found in second.items()}
    graded = [(name, node) for name, node in nodes_of(document) if "grades" in node]
    rubric = rubric_of(document)
    results = evaluate(rubric, one), evaluate(rubric, other)
    for name, node in graded:
        if conditions(document, one, name) != conditions(document, other, name):
            event("other conditions")
            continue
        sign = -1 if any("up_to" in grade for grade in node["grades"]) else 1
        found = [(sign * each[name].exact, rank(node, each[name].grade)) for each in results]
        (better, high), (worse, low) = sorted(found, key=lambda pair: (-pair[0], pair[1]))
        event("same score" if better == worse else "compared")
        assert high <= low
        if better == worse:
            assert high == low


@given(st.data())
def test_a_repair_never_lowers_a_score(data: st.DataObject) -> None:
    document, sheet = data.draw(scored(monotone=True))
    repaired = data.draw(repairs(document, sheet))
    rubric = rubric_of(document)
    before, after = evaluate(rubric, sheet), evaluate(rubric, repaired)
    event("repaired" if sheet != repaired else "nothing to repair")
    for name, node in nodes_of(document):
        assert after[name].exact >= before[name].exact
        assert after[name].bonus >= before[name].bonus
        if "grades" in node:
            assert rank(node, after[name].grade) <= rank(node, before[name].grade)


@FEWER
@given(st.data())
def test_the_order_of_siblings_changes_no_score(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    mixed = data.draw(shuffled(document))
    one, other = (evaluate(rubric_of(each), sheet) for each in (document, mixed))
    assert {node: one[node].exact for node in one} == {node: other[node].exact for node in other}
    assert (one.grade, one.stars) == (other.grade, other.stars)


# The same thing in another form


def rebuilt(rubric: Rubric) -> Rubric:
    """Build a rubric anew by the Python that its repr shows."""
    names: dict[str, Any] = {"Fraction": Fraction}
    for module in (rubric_engine.model, rubric_engine.policies, rubric_engine.fields):
        names |= vars(module)
    for module in (rubric_engine.grading, amounts, scope, words):
        names |= vars(module)
    return eval(repr(rubric), names)


@FEWER
@given(scored())
def test_rubrics_survive_every_form(example: tuple[Node, Sheet]) -> None:
    document, sheet = example
    rubric = rubric_of(document)
    result = evaluate(rubric, sheet)
    forms = {
        "yaml": loads(dumps(rubric)),
        "json": loads(dumps(rubric, format="json")),
        "bytes": loads(dumps(rubric).encode()),
        "pickle": pickle.loads(pickle.dumps(rubric)),
        "copy": copy.deepcopy(rubric),
        "python": rebuilt(rubric),
    }
    for form, other in forms.items():
        assert other == rubric, form
        assert hash(other) == hash(rubric), form
        assert dumps(other) == dumps(rubric), form
        again = evaluate(other, sheet)
        assert again == result, form
        assert again.digest == result.digest, form


@FEWER
@given(scored())
def test_results_survive_every_form(example: tuple[Node, Sheet]) -> None:
    document, sheet = example
    result = evaluate(rubric_of(document), sheet)
    plain = result.to_dict()
    forms = {
        "dict": Evaluation.from_dict(plain),
        "json": Evaluation.from_dict(json.loads(json.dumps(plain))),
        "pickle": pickle.loads(pickle.dumps(result)),
        "pickle of dict": pickle.loads(pickle.dumps(Evaluation.from_dict(plain))),
        "copy": copy.deepcopy(result),
    }
    for form, other in forms.items():
        assert other == result, form
        assert hash(other) == hash(result), form
        assert other.to_dict() == plain, form
        assert (other.score, other.rounded) == (result.score, result.rounded), form
        assert (other.stars, other.grade) == (result.stars, result.grade), form
        assert other.explain(everything=True) == result.explain(everything=True), form


@given(st.data())
def test_evidence_means_the_same_in_every_form(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    rubric = rubric_of(document)
    result = evaluate(rubric, sheet)
    flat = {f"{node}.{name}": each for node, found in sheet.items() for name, each in found.items()}
    taken_out = data.draw(st.sets(st.sampled_from(sorted(flat)))) if flat else set()
    mixed: dict[str, Any] = {path: flat[path] for path in sorted(taken_out)}
    for node, found in sheet.items():
        mixed[node] = {name: each for name, each in found.items() if f"{node}.{name}" not in mixed}
    proxies = MappingProxyType({node: MappingProxyType(each) for node, each in sheet.items()})
    noted = {node: {n: {"value": v} for n, v in found.items()} for node, found in sheet.items()}
    backwards = {node: dict(reversed(found.items())) for node, found in reversed(sheet.items())}
    text = json.dumps(sheet, default=str).encode()
    written = read_sheets(Path("sheet.json"), text).sheets["sheet"]
    forms = {
        "flat": flat,
        "mixed": mixed,
        "careful": proxies,
        "outer": MappingProxyType(sheet),
        "long": noted,
        "backwards": backwards,
        "file": written,
    }
    for form, other in forms.items():
        assert evaluate(rubric, other) == result, form
        assert evaluate(rubric, other).to_dict() == result.to_dict(), form


@given(st.data())
def test_an_incomplete_sheet_is_refused_by_what_is_missing(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    needed = required(document)
    rubric = rubric_of(document)
    if not needed:
        assert evaluate(rubric, {}) is not None
        return
    removed = data.draw(st.lists(st.sampled_from(needed), min_size=1, unique=True))
    forms: list[dict[str, Any]] = [copy.deepcopy(sheet), copy.deepcopy(sheet)]
    for node, name in removed:
        del forms[0][node][name]
        forms[1][node][name] = None
    forms.append({node: found for node, found in forms[0].items() if found})
    for form in [*forms, *(MappingProxyType(each) for each in forms)]:
        with pytest.raises(IncompleteEvidence) as caught:
            evaluate(rubric, form)
        found = [(each.code, each.path) for each in caught.value.problems]
        named = {("missing-finding", f"{node}.{name}") for node, name in removed}
        assert set(found) == named
        assert len(found) == len(named)
    whole = rubric_engine.evaluate_many(rubric, [sheet, forms[0], sheet])
    assert [outcome.ok for outcome in whole] == [True, False, True]


@settings(max_examples=10)
@given(scored())
def test_threads_change_nothing(example: tuple[Node, Sheet]) -> None:
    document, sheet = example
    expected = evaluate(rubric_of(document), sheet).to_dict()
    in_threads(rubric_of(document), [sheet], [expected])


def test_threads_that_start_together_find_the_same() -> None:
    demo = read_sheets(Path(str(find_rubric("dongcheng-community"))).with_name("demo.yaml"))
    sheets_of = list(demo.sheets.values())
    rubric = load("dongcheng-community")
    expected = [evaluate(rubric, each).to_dict() for each in sheets_of]
    for _ in range(3):
        fresh = pickle.loads(pickle.dumps(rubric))
        assert not fresh.derived
        in_threads(fresh, sheets_of, expected)


def in_threads(rubric: Rubric, given_sheets: list[Any], expected: list[Any]) -> None:
    """Evaluate from eight threads that start together; all must find what is expected."""
    together = Barrier(8)

    def work(_: int) -> list[Any]:
        together.wait(timeout=30)
        return [evaluate(rubric, each).to_dict() for each in given_sheets]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [expected] * 8


# Rubrics in Python

SAMPLE = """\
rubric: sample
language: en
total: 5
grades:
  - {stars: 5, from: 4.5}
  - {stars: 3, from: 3}
  - {stars: 1}
indicators:
  - id: leadership
    title: {zh: 领导班子建设, en: Leading-group building}
    points: 5
    items:
      - id: plan
        title: 工作目标和规划
        points: 2
        methods: [documents, report]
        evidence:
          missing: [count, 缺少的计划、措施或总结]
        rules:
          - {deduct: 0.5, per: missing, says: 缺一项扣0.5分}
      - id: decisions
        points: 3
        evidence: {procedure_rules: flag, took_part: flag, decided_correctly: flag}
        rules:
          - {deduct: 1, unless: procedure_rules}
          - {deduct: 2, unless: took_part and decided_correctly}
"""


def sample() -> Rubric:
    plan = Item(
        "plan",
        title="工作目标和规划",
        points=2,
        methods=["documents", "report"],
        evidence={"missing": Count(title="缺少的计划、措施或总结")},
        rules=[Deduct(0.5, per="missing", says="缺一项扣0.5分")],
    )
    decisions = Item(
        "decisions",
        points="3",
        evidence={"procedure_rules": Flag(), "took_part": Flag(), "decided_correctly": Flag()},
        rules=[
            Deduct(1, unless="procedure_rules"),
            Deduct(2, unless="took_part and decided_correctly"),
        ],
    )
    leadership = Indicator(
        "leadership",
        title={"zh": "领导班子建设", "en": "Leading-group building"},
        points=Fraction(5),
        items=[plan, decisions],
    )
    grades = [Grade(stars=5, at_least=4.5), Grade(stars=3, at_least=3), Grade(stars=1)]
    return Rubric("sample", total=5, grades=grades, indicators=[leadership])


EVERYTHING = """\
rubric: everything
version: "2.1"
language: zh
places: 3
clip: none
provenance: illustrative
evidence: {incident: flag, remark: [text, Remark]}
rules:
  - {limit: "..100", id: top}
  - {deduct: 12, when: incident, reason: R-1, source: clause 9}
  - {round: 1, mode: half_even}
grades:
  - {stars: 2, grade: good, from: 80, minima: {work: 1/3}, title: Good}
  - {stars: 1, grade: fair, from: 60, when: not incident}
otherwise: unrated
gates:
  - {at_most: fair, when: incident, says: {zh: 一票否决, en: Veto}}
  - {step: -1, unless: work > 1}
  - {unrated: not looked at, when: work < 0}
indicators:
  - id: mean
    points: 60
    combine: mean
    bonus: here
    items:
      - {id: low, out_of: 10, weight: 2, start: 4}
      - id: work
        out_of: 100
        start: full
        evidence:
          level: {type: choice, values: [poor, good]}
          papers: {type: checklist, values: {a: Plan, b: Report}, optional: true}
          rate: {type: share, places: 1}
          size: {type: number, one_of: [1, 2.5], places: 1}
          judged: {type: amount, range: 0.5..2}
        rules:
          - {deduct: {poor: 10, good: 0}, by: level}
          - {deduct: 0.5..2, by: judged}
          - {award: {from 80: 2, from 60: 1}, by: rate}
          - {award: all, ratio: rate / 100, up_to: 5}
          - {deduct: 1, below: 80, of: rate, step: 10, parts: whole}
          - {bonus: 1, when: known(papers)}
          - {set: 7, when: size == 2.5}
          - {limit: none}
items:
  - {id: extra, points: none, rules: [{award: 1/3}]}
"""


def everything() -> Rubric:
    work = Item(
        "work",
        out_of=100,
        start="full",
        evidence={
            "level": Choice(values=["poor", "good"]),
            "papers": Checklist(values={"a": "Plan", "b": "Report"}, optional=True),
            "rate": Share(places=1),
            "size": Number(one_of=[1, 2.5], places=1),
            "judged": Amount(range=(0.5, 2)),
        },
        rules=[
            Deduct({"poor": 10, "good": 0}, by="level"),
            Deduct("0.5..2", by="judged"),
            Award({"from 80": 2, "from 60": 1}, by="rate"),
            Award("all", ratio="rate / 100", up_to=5),
            Deduct(1, below=80, of="rate", step=10, parts="whole"),
            Bonus(1, when="known(papers)"),
            Set(7, when="size == 2.5"),
            Limit(None),
        ],
    )
    low = Item("low", out_of=10, weight=2, start=4)
    mean = Indicator("mean", points=60, combine="mean", bonus="here", items=[low, work])
    return Rubric(
        "everything",
        version="2.1",
        language="zh",
        places=3,
        clip="none",
        provenance="illustrative",
        evidence={"incident": Flag(), "remark": Text(title="Remark")},
        rules=[
            Limit(Range(None, Fraction(100)), id="top"),
            Deduct(12, when="incident", reason="R-1", source="clause 9"),
            Round(1, mode="half_even"),
        ],
        grades=[
            Grade(stars=2, grade="good", at_least=80, minima={"work": "1/3"}, title="Good"),
            Grade(stars=1, grade="fair", at_least=60, when="not incident"),
        ],
        otherwise="unrated",
        gates=[
            Gate(at_most="fair", when="incident", says={"zh": "一票否决", "en": "Veto"}),
            Gate(step=-1, unless="work > 1"),
            Gate(unrated="not looked at", when="work < 0"),
        ],
        indicators=[mean],
        items=[Item("extra", points="none", rules=[Award(Fraction(1, 3))])],
    )


@pytest.mark.parametrize(("text", "build"), [(SAMPLE, sample), (EVERYTHING, everything)])
def test_python_gives_the_values_of_the_file(text: str, build: Callable[[], Rubric]) -> None:
    read, built = loads(text), build()
    assert built == read
    assert hash(built) == hash(read)
    assert dumps(built) == dumps(read)
    assert repr(built) == repr(read)
    assert loads(dumps(built, format="json")) == built


def test_a_rubric_in_python_scores_as_its_file() -> None:
    sheet = {
        "total": {"incident": True, "remark": "late"},
        "work": {"level": "good", "rate": 80, "size": 1, "judged": Fraction("0.5")},
    }
    one, other = evaluate(loads(EVERYTHING), sheet), evaluate(everything(), sheet)
    assert one == other
    assert one.digest == other.digest
    # mean (2 × 24 + 60 × 106.5 %) / 3 = 37.3, and 1/3; 12 off; rounded
    assert one["work"].exact == Fraction("106.5")
    assert one["mean"].exact == Fraction("37.3")
    assert one.exact == Fraction("25.6")
    assert (one.grade, one.stars) == (UNRATED, None)


@pytest.mark.parametrize(("low", "high"), [(-5, 5), (-5, -2), (0, 3)])
def test_an_absolute_number_is_known_not_to_be_negative(low: int, high: int) -> None:
    span = {"type": "number", "range": f"{low}..{high}"}
    rule = {"award": "0.5", "per": "abs(shift)"}
    item = {"id": "plan", "points": "5", "evidence": {"shift": span}, "rules": [rule]}
    rubric = rubric_of({"rubric": "sample", "items": [item]})
    for shift in range(low, high + 1):
        assert evaluate(rubric, {"plan.shift": shift}).exact == Fraction(abs(shift), 2)
