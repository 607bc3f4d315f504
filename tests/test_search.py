"""Questions about all sheets against every sheet there is, and the sheets that are tried."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubric_engine import Rubric, evaluate, loads
from rubric_engine.box import Bound, Box
from rubric_engine.evaluation import program_of
from rubric_engine.graph import Graph, Value
from rubric_engine.lower import Lowered, lower
from rubric_engine.remainders import remainder_of
from rubric_engine.samples import evidence_of, takes
from rubric_engine.search import Search
from rubric_engine.sheet import Findings
from rubric_engine.symbols import Quantity
from strategies import Node, documents
from test_laws import rubric_of

#: Few fields of few values, some of which may be left out or are refused beside others.
SMALL = loads(
    """
rubric: small
total: 9
items:
  - id: a
    points: 9
    start: 5
    evidence:
      n: {type: count, range: 0..3}
      m: {type: count, range: 0..3, optional: true}
      f: flag
      c: {type: choice, values: [x, y, z]}
      p: {type: amount, range: 2..3}
      q: {type: number, one_of: [0, 2, 5]}
    rules:
      - {award: {x: 2..2, y: 3..3, z: 1}, by: c, judged: p}
      - {deduct: 1, per: n}
"""
)


def lowered_anew(rubric: Rubric) -> Lowered:
    """Return the meaning of a rubric with a graph of its own."""
    lowered, problems = lower(rubric)
    assert lowered is not None, problems
    return lowered


def every_sheet(search: Search) -> list[Findings]:
    """Return all sheets that the small rubric takes."""
    found = []
    for n, m, f, c, p, q in product(range(4), (None, 0, 1, 2, 3), (0, 1), range(3), (0, 2, 3), (0, 2, 5)):
        if search.samples.broken((n, m, f, c, p, q)) is None:
            found.append((n, m, f, c, p, q))
    return found


Recipe = tuple[Any, ...]
NUMBERS = st.recursive(
    st.one_of(
        st.tuples(st.just("input"), st.sampled_from((0, 1, 3, 4, 5))),
        st.tuples(st.just("constant"), st.integers(-2, 6)),
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("linear"), st.integers(-2, 2), st.integers(-3, 3), inner, st.integers(-3, 3), inner),
        st.tuples(st.sampled_from(("least", "greatest", "product", "default")), inner, inner),
        st.tuples(st.just("choose"), st.sampled_from((0, 1, 3, 4)), st.integers(0, 3), inner, inner),
        st.tuples(st.just("steps"), inner, st.integers(-1, 3)),
    ),
    max_leaves=6,
)
TRUTHS = st.recursive(
    st.tuples(st.sampled_from(("less", "at_most", "equal")), NUMBERS, NUMBERS),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(("both", "either")), inner, inner),
        st.tuples(st.just("negate"), inner),
    ),
    max_leaves=3,
)


def built(graph: Graph, inputs: dict[int, Value], recipe: Recipe) -> Value:
    """Return a value of the graph by its recipe."""
    word, *rest = recipe
    if word == "input":
        return inputs[rest[0]]
    if word == "constant":
        return graph.constant(rest[0])
    if word == "linear":
        constant, one, left, two, right = rest
        return graph.linear(
            constant, [(one, built(graph, inputs, left)), (two, built(graph, inputs, right))]
        )
    if word == "choose":
        place, edge, then, otherwise = rest
        holds = graph.less(inputs[place], graph.constant(edge))
        return graph.choose(holds, built(graph, inputs, then), built(graph, inputs, otherwise))
    if word == "steps":
        return graph.steps(built(graph, inputs, rest[0]), 0, [(rest[1], 2), (rest[1] + 2, 1)])
    made: Callable[..., Value] = getattr(graph, word)
    return made(*(built(graph, inputs, each) for each in rest))


def started(rubric: Rubric) -> tuple[Lowered, dict[int, Value]]:
    """Return the meaning of a rubric with the values of its inputs."""
    lowered = lowered_anew(rubric)
    inputs = {v.data[0]: v for v in lowered.graph.since(0) if v.op == "input"}
    return lowered, inputs


@settings(max_examples=1 + settings.default.max_examples // 2)
@given(st.lists(TRUTHS, min_size=1, max_size=3))
def test_questions_are_answered_as_every_sheet_says(recipes: list[Recipe]) -> None:
    lowered, inputs = started(SMALL)
    truths = [built(lowered.graph, inputs, each) for each in recipes]
    search = Search(lowered, truths)
    sheets = every_sheet(search)
    for truth in truths:
        shown = search.program.values_of([truth])
        holding = {sheet for sheet in sheets if shown(sheet)[0]}
        answer = search.answer(truth)
        if answer.kind == "yes":
            assert answer.findings in holding
        else:
            assert answer.kind == "never", answer.why
            assert not holding
        assert search.never(truth, Box({}, {})) == (not holding)


@settings(max_examples=1 + settings.default.max_examples // 4)
@given(TRUTHS, st.integers(0, 3), st.integers(0, 3))
def test_questions_about_a_part_of_the_sheets(recipe: Recipe, one: int, other: int) -> None:
    lowered, inputs = started(SMALL)
    truth = built(lowered.graph, inputs, recipe)
    search = Search(lowered, [truth])
    low, high = sorted((one, other))
    shown = search.program.values_of([truth])
    sheets = every_sheet(search)
    within = [each for each in sheets if isinstance(each[0], int) and low <= each[0] <= high]
    assert search.never(truth, Box({0: Bound(low, high)}, {})) == (not any(shown(e)[0] for e in within))
    # What moves may be anything, also what is refused beside the other findings.
    anything = product(range(4), (None, 0, 1, 2, 3), (0, 1), range(3), (0, 1, 2, 3), (0, 2, 5))
    moved = any(shown(each)[0] for each in anything)
    assert not (search.never(truth, Box({}, {}), moving=4) and moved)


@settings(max_examples=1 + settings.default.max_examples // 4)
@given(NUMBERS)
def test_scores_end_where_every_sheet_does(recipe: Recipe) -> None:
    lowered, inputs = started(SMALL)
    number = Quantity(lowered.graph, built(lowered.graph, inputs, recipe), 2)
    search = Search(lowered, [])
    shown = search.program.values_of([number.value])
    found = [Fraction(each, 2) for (each,) in map(shown, every_sheet(search)) if each is not None]
    ends = search.extremes({"it": number})["it"]
    if found:
        assert ends.low <= min(found) <= max(found) <= ends.high
        assert ends.worst is not None
        assert ends.best is not None
        assert (ends.worst[0], ends.best[0]) == (min(found), max(found))
        assert ends.exact == ((ends.low, ends.high) == (min(found), max(found)))
        for score, sheet in (ends.worst, ends.best):
            assert Fraction(shown(sheet)[0], 2) == score
            assert search.samples.broken(sheet) is None


@settings(max_examples=1 + settings.default.max_examples // 2)
@given(NUMBERS)
def test_what_all_scores_have_in_common(recipe: Recipe) -> None:
    lowered, inputs = started(SMALL)
    number = built(lowered.graph, inputs, recipe)
    search = Search(lowered, [])
    common = remainder_of(number)
    for (found,) in map(search.program.values_of([number]), every_sheet(search)):
        if found is not None:
            assert common.holds(found)
            assert common.between(found, found)
            assert not common.between(found + 1, found)


def test_a_grade_is_aimed_at() -> None:
    rubric = loads(
        """
rubric: aimed
grades: [{grade: a, from: 7.37}, {grade: b, from: 7.36}, {grade: c}]
items:
  - {id: x, points: 3, evidence: {n: {type: count, range: 0..9}}, rules: [{deduct: 0.31, per: n}]}
  - {id: y, points: 3, evidence: {n: {type: count, range: 0..9}}, rules: [{deduct: 0.17, per: n}]}
  - {id: z, points: 3, evidence: {n: {type: count, range: 0..9}}, rules: [{deduct: 0.11, per: n}]}
"""
    )
    lowered = lowered_anew(rubric)
    reached = lowered.graph.equal(lowered.nodes[0].grading[-1].after, lowered.graph.constant(1))
    search = Search(lowered, [])
    search.aim(reached, "total", 1)
    findings = search.answer(reached).findings
    assert findings is not None
    assert evaluate(rubric, evidence_of(lowered, findings)).grade == "b"


@settings(max_examples=1 + settings.default.max_examples // 4)
@given(documents(max_depth=3))
def test_sheets_that_are_tried_are_taken(document: Node) -> None:
    rubric = rubric_of(document)
    search = Search(lowered_anew(rubric), [])
    sheets = [search.samples.mended(each) for each in search.samples.sheets()]
    taken = [each for each in sheets if each is not None]
    assert search.plain in (None, *taken)
    for sheet in taken[:40]:
        evidence = evidence_of(search.lowered, sheet)
        result = evaluate(rubric, evidence)
        scores = program_of(rubric).score(sheet)
        assert result.exact == program_of(rubric).exact(scores, "total")


def test_what_a_field_takes() -> None:
    fields = dict(SMALL.items[0].evidence)
    assert [each for each in range(7) if takes(fields["p"], each)] == [0, 2, 3]
    assert [each for each in range(7) if takes(fields["q"], each)] == [0, 2, 5]
    assert takes(fields["f"], 1)
    assert not takes(fields["c"], 0)


@pytest.mark.parametrize("kept", [True, False])
def test_a_sheet_is_mended_where_it_may_be(kept: bool) -> None:
    search = Search(lowered_anew(SMALL), [])
    # By x the points are 0 or 2.
    wrong: Findings = (0, None, 0, 0, 3, 0)
    assert search.samples.valid(wrong) is None
    keep = frozenset({3, 4}) if kept else frozenset({3})
    mended = search.samples.mended(wrong, keep)
    assert mended is None if kept else mended in {(0, None, 0, 0, each, 0) for each in (0, 2)}
