"""Two results side by side, and what a revision of a rubric would do to many."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle import score
from result_frames import read
from rubric_engine import Evaluation, InvalidEvidence, InvalidRubric, evaluate, load, loads
from rubric_engine.cycle.comparing import Comparison, compare, direction
from rubric_engine.cycle.impacts import Impact, impact
from strategies_sheets import Sheet, sheets
from test_laws import rubric_of, scored

#: Made up for these tests.
RUBRIC = """
rubric: sample
version: 1
language: en
total: 20
provenance: illustrative
given: {cycle: {mean: {type: count, range: 0..9, optional: true}}}
grades: [{stars: 3, from: 16}, {stars: 2, from: 10}, {stars: 1}]
gates: [{at_most: 1, when: b.refused, says: Refused means one star}]
bonus_up_to: 2
indicators:
  - id: first
    title: First
    points: 12
    rules: [{deduct: 2, when: a.x > 3}]
    items:
      - {id: a, title: A, points: 6, evidence: {x: {type: count, range: 0..9}, note: text}, rules: [{deduct: 1, per: x, says: One off each}]}
      - {id: b, points: 6, evidence: {refused: {type: flag, none_means: "false"}, rate: share}, rules: [{deduct: all, when: refused}, {deduct: 0.5, when: rate < 90, id: slow}]}
items:
  - {id: c, title: C, points: 8, evidence: {y: {type: count, range: 0..9}, extra: {type: count, range: 0..3}}, rules: [{deduct: 2, per: y}, {bonus: 1, per: extra}]}
"""
SHEET: Sheet = {"a": {"x": 1}, "b": {"rate": 95}, "c": {"y": 0, "extra": 0}}


def changed(**findings: Any) -> Sheet:
    sheet = {node: dict(each) for node, each in SHEET.items()}
    for path, value in findings.items():
        node, _, name = path.partition("_")
        sheet[node][name] = value
    return sheet


def result(rubric: str = RUBRIC, given: Any = None, **findings: Any) -> Evaluation:
    return evaluate(loads(rubric), changed(**findings), given=given)


def test_what_a_review_changed_is_told_item_by_item() -> None:
    street = result(c_extra=1)
    district = result(a_x=5, b_rate=80, c_y={"value": 1, "note": "seen", "assessor": "group B"})
    found = compare(street, district)
    assert found.same_rubric and not found.by_share
    assert (found.scores, found.difference) == ((20, Fraction(21, 2)), Fraction(-19, 2))
    assert found.shares == (1, Fraction(21, 40))
    assert (found.stars, found.grades, found.direction) == ((3, 2), ("3", "2"), "down")
    told = [(each.id, each.difference) for each in found.items]
    # The bonus is of the item that earns it, wherever it lands; the rule above is of its node.
    assert told == [("a", -4), ("c", -3), ("first", -2), ("b", Fraction(-1, 2))]
    assert found.rest == 0
    by_id = {each.id: each for each in found.items}
    assert [(each.path, each.before, each.after) for each in by_id["c"].findings] == [("c.y", 0, 1), ("c.extra", 1, 0)]
    (seen, _) = by_id["c"].findings
    assert seen.note_before is None
    assert seen.note_after is not None
    assert (seen.note_after.note, seen.note_after.assessor) == ("seen", "group B")
    assert [(each.about.kind, each.taken) for each in by_id["c"].steps] == [("bonus", (1, 0)), ("deduct", (0, -2))]
    assert [(each.about.kind, each.before, each.taken[1]) for each in by_id["first"].steps] == [("deduct", None, -2)]
    assert [each.about.kind for each in found.steps] == ["bonus", "deduct", "deduct", "deduct", "deduct"]
    nodes = {each.id: each for each in found.nodes}
    assert list(nodes) == ["total", "first", "a", "b", "c"]
    assert (nodes["a"].scores, nodes["a"].shares) == ((5, 1), (Fraction(5, 6), Fraction(1, 6)))
    assert [each.difference for each in found.nodes] == [Fraction(-19, 2), Fraction(-13, 2), -4, Fraction(-1, 2), -2]
    assert all(each.only is None for each in found.nodes)
    assert found.moved == found.nodes
    assert repr(found).startswith("<Comparison: <Evaluation")
    assert hash(found) == hash(compare(street, district))


def test_a_gate_that_moved_a_grade_is_told() -> None:
    found = compare(result(), result(b_refused=True))
    (gate,) = found.gates
    assert (gate.node, str(gate.text), gate.before) == ("total", "Refused means one star", None)
    assert gate.after is not None
    assert (gate.after.before, gate.after.after) == ("2", "1")
    assert "did not move the grade → 2 → 1" in str(found)
    back = compare(result(b_refused=True), result())
    assert (back.gates[0].after, back.direction) == (None, "up")
    same = compare(result(b_refused=True), result(b_refused=True, a_x=2))
    assert same.gates == ()
    # The same gate, from another grade.
    other = compare(result(b_refused=True), result(b_refused=True, a_x=0, c_extra=2))
    assert [(each.before and each.before.before, each.after and each.after.before) for each in other.gates] == [("2", "3")]


def test_findings_that_move_nothing_stand_last() -> None:
    found = compare(result(a_note="one"), result(a_note="other", c_y=1))
    assert [(each.id, each.difference, len(each.steps)) for each in found.items] == [("c", -2, 1), ("a", 0, 0)]


def test_given_numbers_are_compared_where_both_know_theirs() -> None:
    one, other = result(given={"cycle.mean": 3}), result(given={"cycle.mean": 4})
    assert [(each.path, each.before, each.after) for each in compare(one, other).findings] == [("cycle.mean", 3, 4)]
    assert "cycle.mean" in str(compare(one, other))
    assert compare(one, Evaluation.from_dict(other.to_dict())).findings == ()


REVISED = (
    RUBRIC.replace("version: 1", "version: 2")
    .replace("{id: a, title: A, points: 6", "{id: a, title: AA, points: 8")
    .replace("points: 12", "points: 14")
    .replace("total: 20", "total: 22")
    .replace("says: One off each", "says: One off for each")
    .replace("{deduct: 0.5, when: rate < 90, id: slow}", "{deduct: 1, when: rate < 90, id: slow}")
    .replace("id: c, title: C", "id: d, title: D")
)


def test_two_versions_are_compared_by_share() -> None:
    old = result(a_x=4, b_rate=80)
    sheet = changed(a_x=4, b_rate=80)
    sheet["d"] = sheet.pop("c")
    new = evaluate(loads(REVISED), sheet)
    found = compare(old, new)
    assert found.by_share and not found.same_rubric
    assert (found.scores, found.shares) == ((Fraction(27, 2), 15), (Fraction(27, 40), Fraction(15, 22)))
    assert found.difference == Fraction(15, 22) - Fraction(27, 40)
    assert [(each.id, each.only) for each in found.nodes if each.only] == [("c", "before"), ("d", "after")]
    nodes = {each.id: each for each in found.nodes}
    assert (nodes["a"].difference, str(nodes["a"].title)) == (Fraction(1, 2) - Fraction(1, 3), "AA")
    assert nodes["c"].difference is None and nodes["d"].difference is None
    assert nodes["c"].scores == (8, None) and nodes["d"].shares == (None, 1)
    # Matched by id where there is one, else by what it says or where it stands.
    steps = {each.about.node: each for each in found.steps}
    assert {name: (each.before is not None, each.after is not None) for name, each in steps.items()} == {"first": (True, True), "a": (True, True), "b": (True, True)}
    assert steps["b"].taken == (Fraction(-1, 2), -1)
    # As shares of the whole: 2 of 20 and 4 of 22, and so on.
    items = {each.id: each.difference for each in found.items}
    assert items["a"] == Fraction(4, 22) - Fraction(2, 20)
    assert items["c"] == Fraction(-8, 20)
    assert found.rest == 0
    text = found.explain("en")
    assert "sample, version 1 → sample, version 2" in text
    assert "compared by share" in text
    assert "Only in the first: c" in text and "Only in the second: d" in text
    assert "只" not in found.explain("zh") and "仅前者有：c" in found.explain("zh")
    # Another order of the rules, with the same ids or words.
    turned = loads(RUBRIC.replace("version: 1", "version: 3").replace("rules: [{deduct: all, when: refused}, {deduct: 0.5, when: rate < 90, id: slow}]", "rules: [{deduct: 0.5, when: rate < 90, id: slow}, {deduct: all, when: refused}]"))
    assert compare(old, evaluate(turned, changed(a_x=4, b_rate=80))).steps == ()
    # More of a node's steps on one side.
    more = RUBRIC.replace("version: 1", "version: 4").replace("rules: [{deduct: 1, per: x, says: One off each}]", "rules: [{deduct: 1, per: x, says: One off each}, {deduct: 0.5, when: x > 1}]")
    (step,) = (each for each in compare(old, evaluate(loads(more), changed(a_x=4, b_rate=80))).steps if each.about.node == "a")
    assert step.before is None
    (step,) = (each for each in compare(evaluate(loads(more), changed(a_x=4, b_rate=80)), old).steps if each.about.node == "a")
    assert step.after is None


def test_without_a_full_mark_there_is_no_share_to_compare() -> None:
    old = loads("{rubric: open, items: [{id: a, points: none, evidence: {x: count}, rules: [{award: 1, per: x}]}]}")
    new = loads("{rubric: open, version: 2, items: [{id: a, points: none, evidence: {x: count}, rules: [{award: 2, per: x}]}]}")
    one, other = (evaluate(each, {"a.x": 3}) for each in (old, new))
    found = compare(one, other)
    assert (found.difference, found.rest, found.shares, found.direction) == (None, None, (None, None), None)
    assert [(each.id, each.difference) for each in found.items] == [("a", None)]
    assert "scores are not compared" in str(found)
    assert [each.id for each in found.moved] == ["total", "a"]
    assert json.dumps(found.to_dict())
    assert compare(one, evaluate(old, {"a.x": 4})).difference == 1
    whole = impact(old, new, {"u": {"a.x": 3}})
    assert whole.shift is None
    assert whole.moves[0].before is None
    assert "nothing → nothing" in str(whole)


def test_the_text_of_a_comparison() -> None:
    found = compare(result(c_extra=1), result(a_x=5, b_rate=80))
    assert str(found).splitlines() == [
        "20 of 20 points · 3 stars → 12.5 of 20 points · 2 stars (−7.5)",
        "What moved, the largest first:",
        "  −4  a  A *",
        "      x = 1 → 5",
        "      One off each: −1 → −5 *",
        "  −2  first  First *",
        "      deduct 2, when a.x > 3: 0 → −2 *",
        "  −1  c  C *",
        "      extra = 1 → 0",
        "      bonus 1, per extra: +1 → 0 *",
        "  −0.5  b *",
        "      rate = 95 → 80",
        "      deduct 0.5, when rate < 90: 0 → −0.5 *",
        "* illustrative: made up to complete the example, not the scheme's own",
    ]
    assert found.explain("zh").splitlines()[:3] == ["得 20 分，满分 20 分 · 3 星 → 得 12.5 分，满分 20 分 · 2 星（−7.5）", "变化，由大到小：", "  −4  a  A *"]
    assert str(compare(result(), result())).endswith("No difference.")


def test_a_comparison_as_plain_data() -> None:
    found = compare(result(c_extra=1), result(a_x=5, b_refused=True, c_y={"value": 0, "source": "book"}))
    data = json.loads(json.dumps(found.to_dict()))
    assert data == found.to_dict()
    assert (data["before"]["score"], data["after"]["share"], data["difference"], data["direction"]) == ("20", "0.35", "-13", "down")
    assert data["items"][0] == {"id": "b", "title": None, "difference": "-6"}
    assert data["findings"][0] == {"path": "a.x", "before": 1, "after": 5, "notes": [None, None]}
    assert data["findings"][1]["notes"][0]["assumed"] is True
    # 7 points are one star already: the gate moves nothing.
    assert data["gates"] == []
    gated = json.loads(json.dumps(compare(result(), result(b_refused=True)).to_dict()))
    assert gated["gates"] == [{"node": "total", "text": "Refused means one star", "before": None, "after": ["2", "1"]}]
    step = next(each for each in data["steps"] if each["node"] == "first")
    assert (step["asked"], step["taken"], step["provenance"]) == ([None, "-2"], [None, "-2"], "illustrative")
    node = next(each for each in data["nodes"] if each["id"] == "a")
    assert node == {"id": "a", "title": "A", "only": None, "scores": ["5", "1"], "shares": ["5/6", "1/6"], "difference": "-4", "grades": [None, None], "states": ["scored", "scored"]}


def test_rows_are_part_of_their_item() -> None:
    rubric = loads("""
rubric: rows
total: 10
items:
  - {id: months, points: 10, each: cases, combine: mean, evidence: {cases: {type: rows, columns: {late: count}, range: 1..9}}, rules: [{deduct: 1, per: late}]}
""")
    one = evaluate(rubric, {"months.cases": [{"late": 1}, {"late": 3}]})
    other = evaluate(rubric, {"months.cases": [{"late": 0}]})
    found = compare(one, other)
    assert (found.difference, found.rest) == (2, 0)
    assert next(each for each in found.items if each.id == "months").difference == 2
    assert [each.only for each in found.nodes if each.id == "months[1]"] == ["before"]
    assert "table of 2 rows → table of 1 rows" in str(found)
    assert json.dumps(found.to_dict())


# Laws


def told(found: Comparison) -> dict[str, Any]:
    return {
        "items": {each.id: each.difference for each in found.items},
        "nodes": {each.id: each.scores for each in found.moved},
        "findings": {each.path: (each.before, each.after) for each in found.findings},
        "steps": [(each.before, each.after) for each in found.steps],
        "gates": {(each.node, each.text): (each.before, each.after) for each in found.gates},
    }


def mirrored(found: dict[str, Any]) -> dict[str, Any]:
    turned = {key: {name: pair[::-1] for name, pair in found[key].items()} for key in ("nodes", "findings", "gates")}
    items = {name: None if each is None else -each for name, each in found["items"].items()}
    return {"items": items, **turned, "steps": [pair[::-1] for pair in found["steps"]]}


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_laws_of_comparisons(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    rubric = rubric_of(document)
    one = evaluate(rubric, sheet)
    same = compare(one, one)
    nothing = {"items": {}, "nodes": {}, "findings": {}, "steps": [], "gates": {}}
    assert (told(same), same.difference, same.rest, same.direction) == (nothing, 0, 0, None)
    kept = Evaluation.from_dict(json.loads(json.dumps(one.to_dict())))
    assert told(compare(one, kept)) == told(compare(kept, one)) == nothing
    second = data.draw(sheets(document))
    if score(document, second).problems:
        return
    other = evaluate(rubric, second)
    found, back = compare(one, other), compare(other, one)
    assert found.difference == other.exact - one.exact
    turned = mirrored(told(found))
    mirror = told(back)
    # Steps stand in the order of their first result.
    for key in ("items", "nodes", "findings", "gates"):
        assert mirror[key] == turned[key]
    assert len(mirror["steps"]) == len(turned["steps"])
    assert all(each in turned["steps"] for each in mirror["steps"])
    assert sum(each.difference or 0 for each in found.items) + found.rest == found.difference
    sizes = [abs(each.difference or 0) for each in found.items]
    assert sizes == sorted(sizes, reverse=True)
    # Nothing changes on the way through data, but for what is given.
    kept = Evaluation.from_dict(json.loads(json.dumps(other.to_dict())))
    again = told(compare(one, kept))
    assert {name: each for name, each in again.items() if name != "findings"} == {name: each for name, each in told(found).items() if name != "findings"}
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
    for language in ("zh", "en"):
        assert found.explain(language)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(scored(), scored())
def test_results_of_two_rubrics_are_compared_by_share(first: Any, second: Any) -> None:
    results = [evaluate(rubric_of(document), sheet) for document, sheet in (first, second)]
    found, back = compare(*results), compare(*results[::-1])
    if found.same_rubric:
        return
    shares = [each["total"].share for each in results]
    expected = None if None in shares else shares[1] - shares[0]  # type: ignore[operator]
    assert found.difference == expected
    assert back.difference == (None if expected is None else -expected)
    assert len(found.steps) == len(back.steps)
    assert mirrored(told(found))["nodes"] == told(back)["nodes"]
    if expected is not None:
        assert sum(each.difference or 0 for each in found.items) + found.rest == expected
    assert json.dumps(found.to_dict())
    assert found.explain("zh")


def test_items_of_a_sum_explain_the_whole_difference() -> None:
    results = demo()
    for one in results:
        for other in results:
            found = compare(one, other)
            assert found.rest == 0
            assert sum(each.difference or 0 for each in found.items) == other.exact - one.exact


def demo() -> list[Evaluation]:
    rubric = load("dongcheng-community")
    return [evaluate(rubric, sheet) for sheet in demo_sheets()]


def demo_sheets() -> list[Sheet]:
    import yaml

    from rubric_engine.library import folder_of

    document = yaml.safe_load(folder_of("dongcheng-community").joinpath("demo.yaml").read_text("utf-8"))
    return list(document["sheets"].values())


# Revisions

NEW = RUBRIC.replace("version: 1", "version: 2").replace("{deduct: 1, per: x", "{deduct: 2, per: x").replace("from: 16", "from: 17")
UNITS: dict[str, Any] = {
    "stays": changed(a_x=0),
    "falls": changed(a_x=2),
    "cut": changed(a_x=0, c_y=2),
    "refused": changed(b_refused=True),
    "vague": {"a": {"x": 1}},
    "foreign": {**changed(), "z.q": 1},
}


def test_who_would_change_stars_is_told_with_the_reasons() -> None:
    old, new = loads(RUBRIC), loads(NEW)
    found = impact(old, new, UNITS)
    assert [each.unit for each in found.units] == list(UNITS)
    told_of = {each.unit: (each.standings, each.direction) for each in found.changed}
    assert told_of == {"falls": ((3, 2), "down"), "cut": ((3, 2), "down")}
    assert found.down == found.changed and found.up == ()
    why = found["falls"].comparison
    assert why is not None
    assert [(each.id, each.difference) for each in why.items] == [("a", Fraction(-1, 10))]
    assert [(each.about.node, each.taken) for each in why.steps] == [("a", (-2, -4))]
    assert [(each.unit, each.scored) for each in found.unscored] == [("vague", False), ("foreign", False)]
    assert [each.code for each in found["vague"].problems_before] == ["missing-finding"] * 3
    assert [each.code for each in found["foreign"].problems_after] == ["unknown-item"]
    assert (found["vague"].direction, found["vague"].comparison, found["vague"].standings) == (None, None, (None, None))
    assert sum(each.count for each in found.moves) == 4
    assert (found.old[:2], found.new[:2]) == (("sample", "1"), ("sample", "2"))
    assert found.old[2] != found.new[2]
    text = str(found)
    assert "sample, version 1" in text and "vague  under the old rubric: b.rate" in text
    assert "One off each: −2 → −4 *" in text
    assert "illustrative" in text
    assert "无法计分" in found.explain("zh")
    data = json.loads(json.dumps(found.to_dict()))
    assert data == found.to_dict()
    units = {each["unit"]: each for each in data["units"]}
    assert units["stays"]["why"] is None and units["falls"]["why"]["by_share"] is True
    assert units["vague"]["problems"][0][0]["path"] == "b.rate"
    assert units["vague"]["scores"] == [None, None]
    with pytest.raises(KeyError):
        found["nobody"]


def test_a_unit_that_gains_and_one_that_is_graded_otherwise() -> None:
    old = loads(RUBRIC)
    kind = loads(RUBRIC.replace("version: 1", "version: 2").replace("from: 16", "from: 12"))
    found = impact(old, kind, {"u": changed(c_y=2), "v": changed()})
    assert [each.unit for each in found.up] == ["u"] and found.down == ()
    assert [(each.before, each.after, each.count) for each in found.moves] == [(3, 3, 1), (2, 3, 1)]
    assert "the grades are cut otherwise" in str(found)
    named = loads(RUBRIC.replace("version: 1", "version: 2").replace("{stars: 3, from: 16}, {stars: 2, from: 10}, {stars: 1}", "{grade: good, from: 16}, {grade: bad}").replace("at_most: 1", "at_most: bad"))
    other = impact(old, named, {"u": changed(c_y=2), "v": changed(), "w": changed(b_refused=True)})
    assert {each.direction for each in other.changed} == {"other"}
    assert [(each.before, each.after) for each in other.moves] == [(3, "good"), (2, "bad"), (1, "bad")] or other.moves
    assert "0 units gain stars, 0 lose stars, 3 change otherwise" in str(other)
    strict = loads(RUBRIC.replace("version: 1", "version: 2").replace("when: b.refused,", "when: b.refused or c.y > 1,"))
    assert "Gates: Refused means one star" in str(impact(old, strict, {"u": changed(c_y=2)}))
    assert direction(result(), result()) is None


def test_numbers_given_for_all_and_for_one_unit() -> None:
    text = RUBRIC.replace("optional: true", "").replace("range: 0..9, }}}", "range: 0..9}, base: {type: count, range: 0..9}}, assessee: {size: count}}").replace("rate < 90", "rate < 90 + cycle.mean + assessee.size")
    rubric = loads(text)
    common = {"cycle": {"mean": 0, "base": 1}}
    sheets_given = {"one": (changed(b_rate=90), {"assessee": {"size": 1}}), "two": (changed(b_rate=90), {"assessee.size": 0})}
    found = impact(rubric, rubric, sheets_given, given=common)
    exact = {each.unit: each.before and each.before.exact for each in found.units}
    assert exact == {"one": Fraction(37, 2), "two": 19}
    whole = {"cycle": {"mean": 0, "base": 1}, "assessee": {"size": 0}}
    for one, beside in (((changed(), whole), None), ((changed(), None), whole), (changed(), whole), ((changed(), {"cycle": {"mean": 1, "base": 0}}), whole)):
        assert impact(rubric, rubric, {"u": one}, given=beside)["u"].scored
    assert not impact(rubric, rubric, {"u": (changed(), None, None)}, given=whole)["u"].scored
    assert not impact(rubric, rubric, {"u": (changed(), 3)}, given=whole)["u"].scored
    assert not impact(rubric, rubric, {"u": 3})["u"].scored


def test_what_is_wrong_with_the_call() -> None:
    rubric = loads(RUBRIC)
    for wrong in ([changed()], None):
        with pytest.raises(InvalidEvidence) as caught:
            impact(rubric, rubric, wrong)  # type: ignore[arg-type]
        assert [(each.code, each.path) for each in caught.value.problems] == [("not-a-mapping", "sheets")]
    from rubric_engine import Item, Rubric

    with pytest.raises(InvalidRubric):
        impact(rubric, Rubric("bad", items=[Item("a", points=2), Item("a", points=2)]), {})
    empty = impact(rubric, rubric, {})
    assert (empty.units, empty.moves, empty.shift) == ((), (), None)
    assert str(empty).splitlines()[-1] == "0 units gain stars, 0 lose stars, 0 change otherwise"


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_impact_is_what_one_by_one_gives(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    other, second = data.draw(scored())
    old, new = rubric_of(document), rubric_of(other)
    units = {"a": sheet, "b": second, "c": data.draw(sheets(document))}
    found = impact(old, new, units)
    shares = []
    for unit, each in units.items():
        told_of = found[unit]
        for rubric, made, wrong in ((old, told_of.before, told_of.problems_before), (new, told_of.after, told_of.problems_after)):
            try:
                assert made == evaluate(rubric, each)
                assert wrong == ()
            except InvalidEvidence as error:
                assert (made, wrong) == (None, error.problems)
        if told_of.before is not None and told_of.after is not None:
            assert told_of.direction == direction(told_of.before, told_of.after)
            shares.append((told_of.before["total"].share, told_of.after["total"].share))
    assert sum(each.count for each in found.moves) == len(shares)
    known = [after - before for before, after in shares if before is not None and after is not None]
    assert found.shift == (sum(known, Fraction(0)) / len(known) if known else None)
    assert found.explain("zh")
    assert json.dumps(found.to_dict())


@pytest.mark.filterwarnings("ignore:(?s).*defaulting to pandas:UserWarning")
@pytest.mark.parametrize("backend", ["polars", "pyarrow", "pandas", "modin"])
def test_an_impact_as_a_frame(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODIN_ENGINE", "python")
    pytest.importorskip(backend)
    frame = impact(loads(RUBRIC), loads(NEW), UNITS).to_frame(backend)
    columns = {name: [None if each is None or each != each else each for each in values] for name, values in plain(frame).items()}
    assert columns["unit"] == list(UNITS)
    assert columns["stars_before"] == [3, 3, 3, 1, None, None]
    assert columns["direction"][1] == "down"
    assert columns["items"][:2] == [None, "a"]
    assert columns["score_before"] == [20, 18, 16, 13, None, None]
    assert columns["problems_after"] == [None, None, None, None, "missing-finding", "unknown-item"]
    assert columns["grade_after"][0] == "3"


def plain(frame: Any) -> dict[str, list[Any]]:
    found = read(frame)
    return {name: [None if str(each) == "<NA>" else each for each in values] for name, values in found.items()}


def test_a_year_is_scored_again_quickly() -> None:
    """Details are made for those that change, when they are read."""
    rubric = load("dongcheng-community")
    found = impact(rubric, rubric, dict(enumerate(demo_sheets() * 10)))
    assert isinstance(found, Impact)
    assert found.changed == ()
    assert all(each.before is not None and each.before._known is None for each in found.units)
