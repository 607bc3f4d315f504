"""The generated function: which sheets it takes at once, and that it says the same as care does.

A sheet that it hands back is read with care, to the same end; so that it takes the plain
ones is tested nowhere else.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rubric_engine import loads
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import read_sheet
from rubric_engine.graph import Graph, Input, TableInput, Value
from rubric_engine.intervals import Interval
from rubric_engine.sheet import Program, compute


def program(evidence: str, *rules: str, more: str = "", beside: str = "") -> Program:
    """Return the program of a rubric of one item `a`, and what stands beside it."""
    return program_of(
        loads(
            f"rubric: quick\ntotal: 10\n{more}\nitems:\n- id: a\n  points: 10\n  start: full\n"
            f"  evidence: {{{evidence}}}\n  rules: [{', '.join(rules)}]\n{beside}"
        )
    )


def quick(ready: Program, sheet: object, given: object = None) -> Any:
    """Return findings and scores, or None where the sheet is not taken."""
    try:
        return ready.read_and_score(sheet, given)
    except (KeyError, TypeError, ValueError, LookupError):
        return None
    except Exception as error:
        assert type(error).__name__ == "Refused"
        return None


def taken(ready: Program, sheet: object, given: object = None) -> bool:
    """Say whether a sheet is taken at once; if so, it means what it does to care."""
    found = quick(ready, sheet, given)
    if found is not None:
        reading = read_sheet(ready, sheet, given, methods=False)
        assert (reading.found, ready.score(reading.found)) == found
    return found is not None


PLAIN: list[tuple[str, list[Any], list[Any]]] = [
    ("flag", [True, False], [None, 1, 0, "true"]),
    ("{type: flag, optional: true}", [True, False], [None, 1, 0, "true"]),
    ("{type: count, range: 1..4}", [1, 4, 3.0, Decimal(2)], [0, 5, True, None, "3", 2.5]),
    ("{type: count, range: 1..4, optional: true}", [1, 4], [0, 5, None]),
    ("{type: count, range: 1..4, none_means: 2}", [1, 4], [0, 5, None]),
    ("{type: count, range: 1..4, absent: 9}", [1, 4], [0, 5, 9, None]),
    ("{type: count, range: 1..4, absent: 9, optional: true}", [1, 4, 9], [0, 5]),
    ("{type: number, places: 1, range: -2.5..1}", [-2, 1, Decimal("-2.5"), Decimal("0.1")], [-3, 2, Decimal("-2.6"), Decimal("0.15")]),
    ("{type: number, places: 1, range: 0.5..2.5}", [1, 2, Decimal("0.5")], [0, 3, Decimal("2.6")]),
    ("{type: number, one_of: [1, 3]}", [1, 3], [2, 0]),
    ("share", [0, 100, Decimal("99.99")], [-1, 101]),
    ("{type: amount, range: 0.5..2}", [1, 2, Decimal("0.5")], [3, -1]),
    ("{type: choice, values: [u, v]}", ["u", "v"], ["w", 0, None, True]),
    ("{type: choice, values: [u, v], optional: true}", ["u", "v"], ["w", 0, None]),
    ("{type: choice, values: [u, v], means: {v: missing}}", ["u"], ["w", "v"]),
    ("{type: checklist, values: [u, v]}", [[], ["u"], ["u", "v"]], [["w"], "u", None]),
    ("text", ["", "said"], [3, None]),
    ("date", ["2024-02-29"], ["2023-02-29", 3, None]),
    ("{type: count, panel: 2, need: 1, range: 0..4}", [[1, 2], [1]], [[], [1, 2, 3], [5, 1], 3]),
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(PLAIN)))
def test_findings_that_are_plain_are_taken_and_others_are_not(place: int) -> None:
    evidence, plain, other = PLAIN[place]
    ready = program(f"x: {evidence}, y: flag", "{deduct: 1, when: y}")
    for each in plain:
        assert taken(ready, {"a": {"x": each, "y": True}}), each
    for each in other:
        assert not taken(ready, {"a": {"x": each, "y": True}}), each
    # Left out, where that is allowed and nothing stands in for it.
    lacking = taken(ready, {"a": {"y": True}})
    assert lacking == ("optional" in evidence or evidence == "text")


class Mapping(dict[str, Any]):
    """A mapping that is not plain."""


def test_a_sheet_has_the_items_and_findings_that_it_must_and_no_more() -> None:
    ready = program(
        "x: flag, o: {type: flag, optional: true}",
        "{deduct: 1, when: x}",
        beside="- {id: b, points: none, evidence: {z: flag}}\n",
    )
    a, b = {"x": True, "o": False}, {"z": True}
    assert taken(ready, {"a": a, "b": b})
    assert taken(ready, {"a": {"x": True}, "b": b})
    for sheet in (
        {"a": a},
        {"a": a, "b": b, "c": {}},
        {"a": a | {"more": 1}, "b": b},
        {"a": {"o": False}, "b": b},
        {"a": {"x": True, "w": False}, "b": b},
        {"a": a, "b": None},
        {"a": a, "b": Mapping(b)},
        Mapping({"a": a, "b": b}),
        {"a.x": True, "a.o": False, "b.z": True},
        [("a", a), ("b", b)],
        None,
    ):
        assert not taken(ready, sheet), sheet
    assert taken(ready, {"a": a, "b": b}, {})
    assert not taken(ready, {"a": a, "b": b}, {"s": {"n": 1}})


def test_given_numbers_stand_beside_the_sheet_or_in_it() -> None:
    more = "given: {cycle: {n: {type: count, range: 0..9}, o: {type: count, optional: true}}, assessee: {m: count}}"
    ready = program("x: flag", "{deduct: cycle.n, when: x and assessee.m > 0}", more=more)
    sheet, s, t = {"a": {"x": True}}, {"n": 3, "o": 1}, {"m": 1}
    assert taken(ready, sheet, {"cycle": s, "assessee": t})
    assert taken(ready, sheet, {"cycle": {"n": 9}, "assessee": t})
    assert taken(ready, sheet | {"cycle": s, "assessee": t})
    for whole, given in (
        (sheet, None),
        (sheet, {"cycle": s}),
        (sheet | {"cycle": s}, None),
        (sheet | {"cycle": s}, {"assessee": t}),
        (sheet | {"cycle": s, "assessee": t}, {"cycle": s, "assessee": t}),
        (sheet | {"cycle": s, "assessee": t, "u": {}}, None),
        (sheet, {"cycle": s, "assessee": t, "u": {}}),
        (sheet, {"cycle": {"n": 10}, "assessee": t}),
        (sheet, {"cycle": s | {"p": 1}, "assessee": t}),
        (sheet, Mapping({"cycle": s, "assessee": t})),
    ):
        assert not taken(ready, whole, given), (whole, given)


def test_rows_of_a_table() -> None:
    columns = "k: {type: count, range: 0..3}, f: {type: flag, optional: true}, c: {type: choice, values: [u, v]}, n: {type: number, places: 1, range: 0..1}, s: {type: checklist, values: [p, q]}, q: {type: checklist, values: [p, q], optional: true}"
    ready = program(
        f"t: {{type: rows, range: 1..2, columns: {{{columns}}}}}",
        "{deduct: k + n, each: t, when: p in s}",
        "{deduct: 1, each: t, when: known(f) and c == v}",
        "{deduct: 1, each: t, when: known(q)}",
    )
    row = {"k": 1, "c": "u", "n": 1, "s": ["p"]}
    assert taken(ready, {"a": {"t": [row]}})
    assert taken(ready, {"a": {"t": [row | {"k": 3, "f": True, "n": Decimal("0.5")}, row | {"s": ["q"], "c": "v", "q": ["p"]}]}})
    for rows in (
        [],
        [row, row, row],
        (row,),
        [Mapping(row)],
        [None],
        [row | {"k": 4}],
        [row | {"c": "w"}],
        [row | {"more": 1}],
        [row | {"f": None}],
        [{"k": 1, "c": "u", "n": 1}],
        [{"k": 1, "c": "u", "n": 1, "f": True}],
        [row | {"s": ["z"]}],
        None,
        {"0": row},
    ):
        assert not taken(ready, {"a": {"t": rows}}), rows


FREED = (
    "rubric: freed\ntotal: 10\nnot_applicable: zero\nitems:\n"
    "- {id: a, points: 6, evidence: {kind: {type: choice, values: [y, n], means: {n: skip}}, "
    "x: {type: count, range: 0..3}, t: {type: rows, range: 0..2, columns: {k: {type: count, range: 0..3}}}}, "
    "rules: [{deduct: 1, per: x}, {deduct: k, each: t}]}\n"
    "- {id: b, points: 4, evidence: {y: flag}, rules: [{deduct: 4, when: y}]}\n"
)


def test_what_is_freed_may_lack() -> None:
    ready = program_of(loads(FREED))
    b = {"y": False}
    assert taken(ready, {"a": {"kind": "y", "x": 2, "t": [{"k": 1}]}, "b": b})
    assert taken(ready, {"a": {"kind": "n"}, "b": b})
    for a in (
        {"kind": "y"},
        {"kind": "y", "x": 2},
        {"kind": "n", "x": 2},
        {"kind": "n", "t": []},
        {"kind": "y", "x": 4, "t": []},
        {"kind": "y", "x": 2, "t": [{"k": 4}]},
        {"x": 2, "t": []},
    ):
        assert not taken(ready, {"a": a, "b": b}), a


ABSENT = (
    "rubric: sources\ntotal: 10\ncombine: mean\nmissing: skip\nempty: 0\nitems:\n"
    "- {id: a, out_of: 10, evidence: {s: {type: count, range: 0..10}}, rules: [{award: s}]}\n"
    "- {id: b, out_of: 10, evidence: {s: {type: count, range: 0..10}, t: {type: count, range: 0..1}}, rules: [{award: s}]}\n"
    "- {id: c, points: beside, evidence: {w: flag}}\n"
)


def test_an_item_that_may_be_absent_may_lack() -> None:
    ready = program_of(loads(ABSENT))
    a, b, c = {"s": 3}, {"s": 4, "t": 1}, {"w": True}
    assert taken(ready, {"a": a, "b": b, "c": c})
    assert taken(ready, {"a": a, "c": c})
    assert taken(ready, {"c": c})
    for sheet in ({"a": a, "b": b}, {"a": a, "b": {"s": 4}, "c": c}, {"a": a, "c": c, "d": {}}, {"a": a, "b": b, "c": c, "d": {}}):
        assert not taken(ready, sheet), sheet


def test_methods_are_read_with_care() -> None:
    text = FREED.replace("total: 10\n", "total: 10\nmethods: required\n")
    ready = program_of(loads(text))
    assert not taken(ready, {"a": {"kind": "n"}, "b": {"y": False}})


def test_where_scores_grades_and_divisors_stand() -> None:
    score = "evidence: {s: {type: count, range: 0..10}}, rules: [{award: s}]"
    text = (
        "rubric: weighted\ntotal: 10\ncombine: mean\nempty: 3\n"
        "grades: [{stars: 2, from: 6}, {stars: 1}]\nitems:\n"
        f"- {{id: a, out_of: 10, weight: c.n, {score}}}\n"
        f"- {{id: b, out_of: 10, weight: 2 * c.n, {score}, grades: [{{grade: fine, from: 5}}, {{grade: low}}]}}\n"
        "- {id: c, points: beside, evidence: {n: {type: count, range: 0..50}}, rules: [{award: n}]}\n"
    )
    ready = program_of(loads(text))
    root, *items = ready.ids
    assert items == ["a", "b", "c"]
    assert ready.places == {root: 0, "a": 1, "b": 2, "c": 3}
    assert ready.graded == {root: 4, "b": 5}
    assert ready.divisors == {root: 6}
    assert ready.positions == {"a.s": 0, "b.s": 1, "c.n": 2}
    scores = ready.score((9, 3, 2))
    assert len(scores) == 7
    assert ready.exact(scores, root) == 5
    assert (ready.exact(scores, "b"), scores[4], scores[5]) == (3, 1, 1)
    assert ready.scales[1] == 1


def deep(graph: Graph, count: int) -> Value:
    """Return a value that many operations deep."""
    value = graph.input(Input("n.0", "integer", Interval(0, 9)))
    for place in range(1, count + 1):
        value = graph.least(value, graph.input(Input(f"n.{place}", "integer", Interval(0, 9))))
    return value


@pytest.mark.parametrize("count", [1, 12, 13, 40, 400])
def test_long_expressions_are_not_deep_for_the_parser(count: int) -> None:
    graph = Graph()
    root = deep(graph, count)
    assert compute([root], count + 1)(*([9] * count), 7) == (7,)


@pytest.mark.parametrize("edges", [7, 8, 9, 200])
def test_few_edges_are_compared_and_many_looked_up(edges: int) -> None:
    graph = Graph()
    value = graph.input(Input("n", "integer", Interval(-5, 1000)))
    table = graph.steps(value, -1, [(3 * each, each * each) for each in range(edges)])
    function = compute([table], 1)
    assert ("bisect_right" in function.__code__.co_names) == (edges > 8)
    for number in range(-5, 3 * edges + 5):
        meant = -1 if number < 0 else min(number // 3, edges - 1) ** 2
        assert function(number) == (meant,)


# What the source looks like: quick code is the point of it.


def named(function: Any) -> set[str]:
    """Return the names that values have of their own."""
    return {each for each in function.__code__.co_varnames if each.startswith("x")}


@pytest.mark.parametrize("deep", [1, 12, 13, 25, 26, 39])
def test_a_value_has_a_name_every_so_many_operations(deep: int) -> None:
    graph = Graph()
    value = graph.input(Input("n", "integer", Interval(0, 1)))
    for _ in range(deep):
        value = graph.linear(1, [(2, value)])
    assert len(named(compute([value], 1))) == deep // 13


def test_what_is_used_twice_has_a_name() -> None:
    graph = Graph()
    a, b = (graph.input(Input(name, "integer", Interval(0, 5))) for name in "ab")
    once, twice = graph.product(a, b), graph.linear(1, [(2, a)])
    root = graph.less(once, twice)
    assert named(compute([root], 2)) == set()
    assert named(compute([root, twice], 2)) == {f"x{twice.index}"}
    assert named(compute([root, root], 2)) == {f"x{root.index}"}
    assert named(compute([graph.equal(twice, graph.product(twice, b))], 2)) == {f"x{twice.index}"}


def test_what_rows_use_of_the_sheet_is_worked_out_before_them() -> None:
    graph = Graph()
    a, b = (graph.input(Input(name, "integer", Interval(0, 5))) for name in "ab")
    table = graph.declare_table(TableInput("t", 0, 4))
    row = graph.input(Input("t.n", "integer", Interval(0, 5), table))
    of_sheet, for_all = graph.product(a, b), graph.linear(1, [(2, a)])
    of_row = graph.product(row, of_sheet)
    total = graph.rows_sum(table, of_row)
    root = graph.linear(0, [(1, total), (3, graph.quotient(b, graph.linear(1, [(1, for_all)])))])
    function = compute([root], 3, {table: [2]})
    assert named(function) == {f"x{of_sheet.index}", f"x{total.index}"}
    assert function(2, 3, ((4,), (5,))) == (54,)
    # A fold of a fold comes after it; the rows themselves are kept as they come.
    larger = graph.rows_greatest(table, graph.least(row, total))
    function = compute([larger, of_row, root], 3, {table: [2]})
    assert function(2, 3, ((4,), (5,))) == (5, (24, 30), 54)
    assert function(2, 3, ()) == (None, (), 0)


@pytest.mark.parametrize("deep", [1, 12, 13])
def test_a_fold_has_a_name_and_what_rests_on_it_begins_anew(deep: int) -> None:
    graph = Graph()
    table = graph.declare_table(TableInput("t", 0, 1))
    row = graph.input(Input("t.n", "integer", Interval(0, 1), table))
    value = graph.rows_sum(table, row)
    for _ in range(deep):
        value = graph.linear(1, [(2, value)])
    assert len(named(compute([value], 1, {table: [0]}))) == 1 + deep // 13


def test_which_findings_must_be_there() -> None:
    ready = program_of(loads(FREED))
    assert ready.positions == {"a.kind": 0, "a.x": 1, "a.t": 2, "b.y": 3}
    assert ready.lives((0, 2, ((1,),), True)) == (True, True, True, True)
    assert ready.lives((1, None, None, True)) == (True, False, False, True)
