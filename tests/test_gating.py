"""What moves a grade: reasons to be unrated in order, and steps that are clamped once."""

from __future__ import annotations

import pytest

from rubric_engine import InvalidRubric, evaluate, loads

SCORE = "evidence: {s: {type: count, range: 0..10}}, rules: [{award: s}]"


@pytest.mark.parametrize("gates", ["", "gates: [{step: 1, when: z.u}, {step: -1, when: z.u}, {step: 1, when: z.u}]"])
def test_the_first_reason_to_be_unrated_counts(gates: str) -> None:
    text = (
        "rubric: t\ntotal: 10\ncombine: mean\nmissing: unrated\nempty: full\n"
        f"grades: [{{stars: 3, from: 8}}, {{stars: 2, from: 5}}, {{stars: 1}}]\n{gates}\nitems:\n"
        f"- {{id: a, out_of: 10, {SCORE}}}\n- {{id: b, out_of: 10, {SCORE}}}\n- {{id: c, out_of: 10, {SCORE}}}\n"
        "- {id: z, points: beside, evidence: {u: flag}}\n"
    )
    rubric, c, z = loads(text), {"s": 9}, {"u": False}
    both = evaluate(rubric, {"c": c, "z": z})
    assert (both.grade, both.stars, both.unrated) == ("unrated", None, "a")
    one = evaluate(rubric, {"a": {"s": 9}, "c": c, "z": z})
    assert (one.grade, one.unrated) == ("unrated", "b")
    none = evaluate(rubric, {"a": {"s": 9}, "b": {"s": 9}, "c": c, "z": z})
    assert (none.grade, none.stars, none.unrated) == ("3", 3, None)
    # What is unrated stays so, whatever moves grades.
    if gates:
        assert evaluate(rubric, {"c": c, "z": {"u": True}}).unrated == "a"


@pytest.mark.parametrize(
    ("score", "gates", "stars"),
    [
        (9, "{step: 1, clamp: once, when: a.x}, {step: -1, clamp: once, when: a.x}", 3),
        (9, "{step: 1, when: a.x}, {step: -1, when: a.x}", 2),
        (2, "{step: -2, clamp: once, when: a.x}, {step: 1, clamp: once, when: a.x}", 1),
        (2, "{step: -2, when: a.x}, {step: 1, when: a.x}", 2),
        (9, "{step: 1, clamp: once, when: a.x}, {at_most: 3, when: a.x}, {step: -1, clamp: once, when: a.x}", 2),
        (9, "{step: 1, clamp: once, when: a.x}, {unrated: fire, when: a.x}, {step: 1, clamp: once, when: a.x}", None),
        (6, "{unrated: fire, when: a.x}, {grade: 3, when: a.x}, {step: 1, when: a.x}", None),
        (6, "{step: 0, when: a.x}", 2),
        (6, "{step: 1, per: a.n}", 3),
        (9, "{step: -1, per: a.n}", 1),
        (6, "{at_most: 1, when: a.x}", 1),
        (2, "{at_most: 3, when: a.x}", 1),
        (2, "{grade: 2, when: a.x}", 2),
        (2, "{grade: 2, unless: a.x}", 1),
        (6, "{at_most: 5 - 2 * a.n, when: a.x}", 1),
    ],
)
def test_gates_move_a_grade_one_after_the_other(score: int, gates: str, stars: int | None) -> None:
    text = (
        "rubric: t\ntotal: 10\ngrades: [{stars: 3, from: 8}, {stars: 2, from: 5}, {stars: 1}]\n"
        f"gates: [{gates}]\nitems:\n- {{id: a, points: 10, evidence: {{s: {{type: count, range: 0..10}}, "
        "x: flag, n: {type: count, range: 0..2}}, rules: [{award: s}]}\n"
    )
    result = evaluate(loads(text), {"a": {"s": score, "x": True, "n": 2}})
    assert result.stars == stars
    assert result.unrated == (None if stars else "fire")


def problems(grades: str, more: str = "") -> list[tuple[str, str]]:
    text = (
        f"rubric: t\ntotal: 10\ngrades: [{grades}]\n{more}\nitems:\n"
        f"- {{id: a, points: 10, {SCORE}}}\n"
    )
    with pytest.raises(InvalidRubric) as caught:
        loads(text)
    return [(each.code, each.path) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("grades", "found"),
    [
        ("{stars: 2, from: 5}", [("grades-open", "$.grades[0]")]),
        ("{stars: 3, from: 5}, {stars: 2, from: 3}", [("grades-open", "$.grades[1]")]),
        (
            "{from: 8}, {stars: 2, from: 5}, {stars: 2, from: 3}, {from: 1}, {stars: 0}",
            [
                ("missing-key", "$.grades[0]"),
                ("duplicate-id", "$.grades[2]"),
                ("grades-order", "$.grades[2]"),
                ("missing-key", "$.grades[3]"),
            ],
        ),
        ("{stars: 2}, {stars: 1}", [("grades-order", "$.grades[0]")]),
        ("{stars: 2, from: 5}, {stars: -1}", [("out-of-range", "$.grades[1].stars")]),
        ("{stars: 2, minima: {nope: 4, a: 3}}, {stars: 1}", [("unknown-name", "$.grades[0].minima.nope")]),
        ("{grade: unrated, from: 5}, {grade: low}", [("duplicate-id", "$.grades[0]")]),
        ("{stars: 2, from: 5}, {stars: 1, from: 5}, {stars: 0}", [("grades-order", "$.grades[1].from")]),
        ("{stars: 2, up_to: 5}, {stars: 1, up_to: 5}, {stars: 0}", [("grades-order", "$.grades[1].up_to")]),
        ("{stars: 2, up_to: 5}, {stars: 1, from: 2}, {stars: 0}", [("conflicting-keys", "$.grades[1]")]),
        (
            "{stars: 3, from: 8, up_to: 9}, {stars: 2, from: 5}, {stars: 1, from: 6}, {stars: 0}",
            [("conflicting-keys", "$.grades[0]"), ("grades-order", "$.grades[2].from")],
        ),
    ],
)
def test_what_is_wrong_with_grades_is_told_all_at_once(grades: str, found: list[tuple[str, str]]) -> None:
    assert problems(grades) == found


@pytest.mark.parametrize(
    ("gate", "code", "path"),
    [
        ("{at_most: 1, step: 1, when: a.s > 3}", "conflicting-keys", "$.gates[1]"),
        ("{when: a.s > 3}", "missing-key", "$.gates[1]"),
        ("{at_most: 1, per: a.s}", "conflicting-keys", "$.gates[1].per"),
        ("{grade: 1, clamp: once}", "conflicting-keys", "$.gates[1].clamp"),
        ("{step: 1, per: a.s / 2}", "wrong-operand", "$.gates[1].per"),
        ("{grade: 7, when: a.s > 3}", "unknown-grade", "$.gates[1].grade"),
    ],
)
def test_what_is_wrong_with_a_gate_is_told(gate: str, code: str, path: str) -> None:
    gates = f"gates: [{{step: 1, when: a.s > 5}}, {gate}]"
    assert problems("{stars: 2, from: 5}, {stars: 1}", gates) == [(code, path)]


@pytest.mark.parametrize(("score", "fire", "stars"), [(9, False, 3), (5, False, 2), (4, False, None), (9, True, None)])
def test_the_stars_of_a_node_are_missing_where_it_is_unrated(score: int, fire: bool, stars: int | None) -> None:
    text = (
        "rubric: t\ntotal: 10\ngrades: [{stars: 3, from: 0}, {stars: 2, from: -5}, {stars: 1}]\n"
        "gates: [{at_most: 1, unless: known(stars(b))}, {at_most: 'default(stars(b), 1)'}]\nitems:\n"
        "- {id: b, points: 10, evidence: {s: {type: count, range: 0..10}, f: flag}, rules: [{award: s}], "
        "grades: [{stars: 3, from: 8}, {stars: 2, from: 5}], otherwise: unrated, gates: [{unrated: fire, when: f}]}\n"
    )
    result = evaluate(loads(text), {"b": {"s": score, "f": fire}})
    assert result["b"].stars == stars
    assert result.stars == (stars or 1)


@pytest.mark.parametrize(("key", "marks"), [("minima", {3: 1, 4: 2, 5: 2}), ("maxima", {3: 2, 4: 2, 5: 1})])
def test_marks_of_children_may_just_be_met(key: str, marks: dict[int, int]) -> None:
    text = (
        f"rubric: t\ntotal: 20\ngrades: [{{stars: 2, {key}: 4}}, {{stars: 1}}]\nindicators:\n- id: i\n  points: 10\n  items:\n  - {{id: a, points: 10, {SCORE}}}\n"
        f"- id: j\n  points: 10\n  items:\n  - {{id: b, points: 10, {SCORE}}}\n"
    )
    for score, stars in marks.items():
        assert evaluate(loads(text), {"a": {"s": 4}, "b": {"s": score}}).stars == stars


@pytest.mark.parametrize(
    ("grades", "gate", "found"),
    [
        # Stars name a grade that has a name as well; an expression needs stars on all.
        ("{stars: 2, grade: fine, from: 5}, {stars: 1, grade: low}", "{at_most: 1}", []),
        ("{stars: 2, grade: fine, from: 5}, {stars: 1, grade: low}", "{at_most: low}", []),
        ("{stars: 2, from: 5}, {grade: low}", "{at_most: 1 + a.s}", [("wrong-operand", "$.gates[0].at_most")]),
        ("{grade: fine, from: 5}, {grade: low}", "{at_most: 1 + a.s}", [("wrong-operand", "$.gates[0].at_most")]),
    ],
)
def test_a_ceiling_is_a_grade_or_a_number_of_stars(grades: str, gate: str, found: list[tuple[str, str]]) -> None:
    if found:
        assert problems(grades, f"gates: [{gate}]") == found
        return
    text = f"rubric: t\ntotal: 10\ngrades: [{grades}]\ngates: [{gate}]\nitems:\n- {{id: a, points: 10, {SCORE}}}\n"
    assert evaluate(loads(text), {"a": {"s": 9}}).stars == 1
