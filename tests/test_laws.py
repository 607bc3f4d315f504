"""Laws that hold for every rubric and every sheet, tried on random ones beside their edges."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import product
from pathlib import Path
from threading import Barrier
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import rubric_engine
from agreement import differences
from oracle import UNRATED, Scoring, score
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
    InvalidEvidence,
    InvalidRubric,
    Item,
    Limit,
    Number,
    Provisional,
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
from rubric_engine.evaluation import program_of
from rubric_engine.library import find_rubric
from rubric_engine.sheets import read_sheets
from strategies import (
    SOURCES,
    Node,
    Sheet,
    documents,
    fields_of,
    finding_of,
    nodes_of,
    repairs,
    rows_shuffled,
    sheets,
    shuffled,
    to_text,
    unfinished,
    wrong,
)

Draw = Callable[..., Any]

#: For the law that all others lean on, and for those that load a rubric many times.
MANY = settings(max_examples=2 * settings.default.max_examples)
FEWER = settings(max_examples=1 + settings.default.max_examples // 3)


@st.composite
def scored(draw: Draw, monotone: bool = False, valid: bool = True) -> tuple[Node, Sheet]:
    """Draw a rubric and a sheet for it, a `valid` one that has a score."""
    document = draw(documents(monotone=monotone))
    sheet = draw(sheets(document))
    if valid:
        assume(not score(document, sheet).problems)
    return document, sheet


def rubric_of(document: Node) -> Rubric:
    """Load a drawn rubric; its numbers may be too fine, and nothing else may be wrong with it."""
    try:
        rubric = loads(to_text(document))
        program_of(rubric)
    except InvalidRubric as error:
        assume({each.code for each in error.problems} != {"too-fine"})
        raise
    return rubric


def in_parts(sheet: Sheet) -> tuple[Sheet, Sheet]:
    """Take the given numbers out of a sheet."""
    given_numbers = {source: found for source, found in sheet.items() if source in SOURCES}
    return {
        node: found for node, found in sheet.items() if node not in given_numbers
    }, given_numbers


# What the language says


@MANY
@given(scored(valid=False), st.booleans())
def test_the_engine_agrees_with_the_oracle(example: tuple[Node, Sheet], apart: bool) -> None:
    document, sheet = example
    found, given_numbers = in_parts(sheet) if apart else (sheet, None)
    assert differences(document, rubric_of(document), found, given_numbers) == []


@given(st.data())
def test_the_engine_and_the_oracle_find_the_same_problems(data: st.DataObject) -> None:
    document, sheet = data.draw(scored(valid=False))
    mistaken = data.draw(wrong(document, sheet))
    event("wrong" if score(document, mistaken).problems else "still right")
    assert differences(document, rubric_of(document), mistaken) == []


def each_of(found: Any) -> tuple[Any, ...]:
    """List the values of a sheet, one, or of its rows."""
    return found if isinstance(found, tuple) else (found,)


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
            for each in each_of(found):
                assert value.interval.low <= each <= value.interval.high
    nodes = dict(nodes_of(document))
    for key, found in result.nodes.items():
        node = nodes[key.partition("[")[0]]
        limited = any("limit" in rule for rule in node.get("rules", []))
        folded = "each" in node and "[" not in key
        if found.item and found.scale is not None and found.state == "scored":
            assert limited or folded or 0 <= found.exact <= found.scale


def balances(parts: Any, taken: Fraction) -> None:
    """Check that what a step took is given to the members in order, each up to what it asked."""
    left = taken
    for part in parts:
        assert part.asked >= 0
        assert part.taken == min(left, part.asked)
        balances(part.parts, part.taken)
        left -= part.taken
    assert not parts or left == max(taken - sum(part.asked for part in parts), 0)


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
            balances(step.parts, abs(step.taken))
    assert result.ledger == tuple(step for node in result.nodes.values() for step in node.steps)


@given(scored())
def test_reasons_are_the_largest_losses_and_no_more(example: tuple[Node, Sheet]) -> None:
    document, sheet = example
    result = evaluate(rubric_of(document), sheet)
    reasons = result.reasons()
    lost = [reason.lost for reason in reasons]
    assert lost == sorted(lost, reverse=True)
    assert all(each > 0 for each in lost)
    codes = [reason.code for reason in reasons if reason.code is not None]
    assert len(codes) == len(set(codes))
    for most in range(len(reasons) + 2):
        assert result.reasons(most) == reasons[:most]
    states = {node.state for node in result.nodes.values()}
    if "absent" not in states and result.coverage is not None:
        assert result.coverage == 1


# Orders that scores keep


def conditions(document: Node, sheet: Sheet, name: str) -> list[Any]:
    """Say which conditions of a node's grades, cuts aside, and which of its gates hold."""
    scoring = Scoring(document, sheet)
    node = scoring.nodes[name]
    uncut = [
        {key: each for key, each in grade.items() if key not in ("from", "up_to")}
        for grade in node["grades"]
    ]
    known = [scoring.is_unrated(name), *(scoring.holds(name, grade) for grade in uncut)]
    gates = node.get("gates", [])
    moves = [
        scoring.value(scoring.scope(name), each[key])
        for each in gates
        for key in ("per", "at_most")
        if key in each and (key == "per" or "(" in str(each[key]) or " " in str(each[key]))
    ]
    return [*known, *moves, *(scoring.applies(name, gate) for gate in gates)]


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
    other = {node: one.get(node, {}) if node in kept else found for node, found in second.items()}
    other = second if score(document, other).problems else other
    assume(not score(document, other).problems)
    scoring = Scoring(document, one)
    graded = [
        (name, node)
        for name, node in nodes_of(document)
        if "grades" in node and not scoring.below_each(name)
    ]
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
    nodes = dict(nodes_of(document))
    assert before.nodes.keys() == after.nodes.keys()
    for key, found in before.nodes.items():
        assert after.nodes[key].exact >= found.exact
        assert after.nodes[key].bonus >= found.bonus
        if found.grade is not None:
            node = nodes[key.partition("[")[0]]
            assert rank(node, after.nodes[key].grade) <= rank(node, found.grade)


@FEWER
@given(st.data())
def test_the_order_of_siblings_changes_no_score(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    mixed = data.draw(shuffled(document))
    one, other = (evaluate(rubric_of(each), sheet) for each in (document, mixed))
    assert scores_of(one) == scores_of(other)
    assert (one.grade, one.stars) == (other.grade, other.stars)
    assert one.coverage == other.coverage


def scores_of(result: Evaluation) -> dict[str, Fraction]:
    """Return the exact scores of all nodes, and of their rows."""
    return {key: node.exact for key, node in result.nodes.items()}


@FEWER
@given(st.data())
def test_the_order_of_rows_changes_no_score(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    mixed = data.draw(rows_shuffled(document, sheet))
    event("mixed" if mixed != sheet else "nothing to mix")
    rubric = rubric_of(document)
    one, other = evaluate(rubric, sheet), evaluate(rubric, mixed)
    whole = [{k: v for k, v in scores_of(each).items() if "[" not in k} for each in (one, other)]
    assert whole[0] == whole[1]
    rows = [
        sorted((k.partition("[")[0], v) for k, v in scores_of(each).items())
        for each in (one, other)
    ]
    assert rows[0] == rows[1]
    assert (one.grade, one.stars, one.unrated is None) == (
        other.grade, other.stars, other.unrated is None,
    )  # fmt: skip
    assert [r.lost for r in one.reasons()] == [r.lost for r in other.reasons()]


# What is not there


@FEWER
@given(st.data())
def test_a_finding_of_what_is_not_applicable_is_refused(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    scoring = Scoring(document, sheet)
    freed = [
        (name, each)
        for name, each, _ in fields_of(document)
        if scoring.is_freed(name) and each not in sheet.get(name, {})
        if "skip" not in scoring.meanings(name, each)
    ]
    event("something freed" if freed else "nothing freed")
    if not freed:
        return
    name, each = data.draw(st.sampled_from(freed))
    spare = data.draw(finding_of(document, name, each))
    rubric = rubric_of(document)
    evaluate(rubric, sheet)
    with pytest.raises(InvalidEvidence) as caught:
        evaluate(rubric, sheet | {name: sheet.get(name, {}) | {each: spare}})
    assert ("not-applicable", f"{name}.{each}") in {(p.code, p.path) for p in caught.value.problems}


def told(result: Evaluation) -> tuple[Fraction, str | None]:
    return result.exact, result.grade


@given(st.data())
def test_a_provisional_result_holds_what_it_becomes(data: st.DataObject) -> None:
    document, whole = data.draw(scored())
    started = data.draw(unfinished(document, whole))
    gone = {
        f"{name}.{each}"
        for name, found in whole.items()
        for each in found
        if name in started and each not in started[name]
    }
    problems = score(document, started).problems
    if set(problems) != {("missing-finding", path) for path in gone}:
        event("a child without any finding is known to be absent")
        return
    rubric = rubric_of(document)
    found = evaluate(rubric, started, provisional=True)
    result = evaluate(rubric, whole)
    event("exact" if found.exact else "bounds")
    assert found.low <= result.exact <= found.high
    assert result.grade is None or result.grade in found.grades
    assert set(found.missing) == gone
    assert set(found.open) <= gone
    if found.settled:
        assert found.low == found.high == result.exact
        assert found.grades == (() if result.grade is None else (result.grade,))
    for path in sorted(gone)[:2]:
        name, _, each = path.partition(".")
        other = whole | {name: whole[name] | {each: data.draw(finding_of(document, name, each))}}
        if score(document, other).problems:
            continue
        changed = evaluate(rubric, other)
        assert found.low <= changed.exact <= found.high
        assert told(changed) == told(result) or path in found.open
    reach(document, rubric, whole, found)


def reach(document: Node, rubric: Rubric, whole: Sheet, found: Provisional) -> None:
    """Try all completed sheets where only a few truths and choices are open."""
    kinds = {f"{name}.{each}": long for name, each, long in fields_of(document)}
    small = all(kinds[path]["type"] in ("flag", "choice") for path in found.open)
    if not (
        found.exact and small and len(found.open) <= 3 and set(found.open) == set(found.missing)
    ):
        return
    reached = set()
    options = [
        (False, True) if kinds[path]["type"] == "flag" else list(kinds[path]["values"])
        for path in found.open
    ]
    for values in product(*options):
        sheet = copy.deepcopy(whole)
        for path, value in zip(found.open, values, strict=True):
            name, _, each = path.partition(".")
            sheet[name][each] = value
        if not score(document, sheet).problems:
            reached.add(told(evaluate(rubric, sheet)))
    event("all tried")
    assert min(reached)[0] == found.low
    assert max(exact for exact, _ in reached) == found.high
    assert {grade for _, grade in reached if grade} == set(found.grades)


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
    recorded = {"methods": sheet["methods"]} if "methods" in sheet else {}
    sheet = {node: found for node, found in sheet.items() if node != "methods"}
    flat = {f"{node}.{name}": each for node, found in sheet.items() for name, each in found.items()}
    taken_out = data.draw(st.sets(st.sampled_from(sorted(flat)))) if flat else set()
    mixed: dict[str, Any] = {path: flat[path] for path in sorted(taken_out)}
    for node, found in sheet.items():
        mixed[node] = {name: each for name, each in found.items() if f"{node}.{name}" not in mixed}
    proxies = MappingProxyType({node: MappingProxyType(each) for node, each in sheet.items()})
    noted = {node: {n: {"value": v} for n, v in found.items()} for node, found in sheet.items()}
    backwards = {node: dict(reversed(found.items())) for node, found in reversed(sheet.items())}
    text = json.dumps(sheet | recorded, default=str).encode()
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
        found = evaluate(rubric, {**other, **recorded})
        assert found == result, form
        assert found.to_dict() == result.to_dict(), form


def required(document: Node) -> list[tuple[str, str]]:
    """List the fields whose findings may not be missing."""
    return [
        (node, name)
        for node, name, declared in fields_of(document)
        if declared["type"] != "text" and str(declared.get("optional")).lower() != "true"
        if "none_means" not in declared
    ]


@given(st.data())
def test_an_incomplete_sheet_is_refused_by_what_is_missing(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    needed = [(node, name) for node, name in required(document) if name in sheet.get(node, {})]
    rubric = rubric_of(document)
    if not needed:
        return
    removed = data.draw(st.lists(st.sampled_from(needed), min_size=1, unique=True))
    forms: list[dict[str, Any]] = [copy.deepcopy(sheet), copy.deepcopy(sheet)]
    for node, name in removed:
        del forms[0][node][name]
        forms[1][node][name] = None
    forms.append({node: found for node, found in forms[0].items() if found})
    named = set(score(document, forms[0]).problems)
    if named != {("missing-finding", f"{node}.{name}") for node, name in removed}:
        event("nothing there at all, or a choice that freed others")
        return
    for form in [*forms, *(MappingProxyType(each) for each in forms)]:
        with pytest.raises(IncompleteEvidence) as caught:
            evaluate(rubric, form)
        found = [(each.code, each.path) for each in caught.value.problems]
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
