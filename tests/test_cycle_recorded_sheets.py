"""What a cycle keeps of a sheet is plain data of JSON, and scores the same."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from rubric_engine import Evaluation, InvalidEvidence, InvalidRubric, Rubric, evaluate, loads
from rubric_engine.cycle.recorded_sheets import RecordedSheets
from rubric_engine.fields import Scalar
from rubric_engine.sheets import read_sheets
from strategies import Node, Sheet, sheets, wrong
from test_laws import FEWER, in_parts, rubric_of, scored

FIELDS = loads("""
rubric: fields
version: 1
total: 100
given: {cycle: {mean: {type: amount, range: 0..9, places: 2, optional: true}}}
items:
  - id: one
    points: 60
    methods: [report, interview]
    evidence:
      flag: flag
      count: {type: count, range: 0..20, absent: 99, optional: true}
      amount: {type: amount, range: 0..20, places: 3}
      share: share
      number: {type: number, places: 1, one_of: [0, 2.5, 5]}
      panel: {type: amount, range: 0..10, places: 1, panel: 3, need: 1, absent: "n/a"}
      choice: {type: choice, values: [good, fair, none], means: {none: missing}, optional: true}
      list: {type: checklist, values: [a, b, c]}
      day: {type: date, optional: true}
      said: {type: flag, absent: "?", optional: true}
      fine: {type: amount, range: 0..999999999, places: 9, optional: true}
      text: text
    rules:
      - {deduct: 1, when: flag}
      - {deduct: 1, per: "default(count, 0)"}
      - {deduct: 1, per: amount}
      - {deduct: 0.1, per: share}
      - {deduct: 1, per: number}
      - {deduct: 1, when: "known(choice)"}
      - {deduct: 2, when: b in list}
      - {deduct: 3, when: "known(said)"}
      - {deduct: 1, per: "default(cycle.mean, 0)"}
  - id: two
    points: 40
    evidence:
      visits: {type: rows, range: 0..5, columns: {days: {type: count, range: 0..9}, cost: {type: amount, range: 0..9, places: 2}, kind: {type: choice, values: [x, y]}, note: text}}
    rules: [{deduct: 1, each: visits, per: days}, {deduct: 1, each: visits, per: cost}]
""")
WHOLE: dict[str, Any] = {
    "one": {
        "flag": True,
        "count": 3,
        "amount": Decimal("1.125"),
        "share": 97.5,
        "number": Fraction(5, 2),
        "panel": [1, None, "n/a"],
        "choice": "good",
        "list": ["b"],
        "day": date(2025, 3, 4),
        "said": False,
        "text": "a text",
    },
    "two": {"visits": [{"days": 2, "cost": Decimal("1.25"), "kind": "x", "note": "n"}]},
}
KEPT = RecordedSheets(FIELDS, required=False)
REQUIRED = RecordedSheets(FIELDS, required=True)


def with_finding(path: str, value: Any) -> dict[str, Any]:
    node, _, name = path.partition(".")
    return WHOLE | {node: WHOLE[node] | {name: value}}


def through(kept: RecordedSheets, sheet: Any, beside: Any = None) -> Evaluation:
    """Score a sheet as a cycle does: kept, written, read back."""
    plain = kept.plain(sheet)
    read = json.loads(json.dumps(plain, ensure_ascii=False, allow_nan=False))
    assert read == plain
    result = kept.scored(read, beside)
    assert kept.plain(read) == read
    return result


def told(result: Evaluation) -> tuple[Any, ...]:
    return result.exact, result.stars, result.findings, result.ledger, result._notes


def came_to(score: Callable[[], Evaluation]) -> Any:
    """Return all that a result tells, or the problems for which there is none."""
    try:
        return told(score())
    except InvalidEvidence as error:
        return [(each.code, each.path) for each in error.problems]


def same(sheet: Any, beside: Any = None) -> None:
    assert came_to(lambda: through(KEPT, sheet, beside)) == came_to(lambda: evaluate(FIELDS, sheet, given=beside))


def rubric_for(document: Node) -> Rubric:
    """Load a drawn rubric; the laws of the language say what may be wrong with it."""
    try:
        return rubric_of(document)
    except InvalidRubric:
        reject()


def codes(step: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidEvidence) as found:
        step()
    return [(each.code, each.path) for each in found.value.problems]


def test_every_kind_of_finding_is_kept() -> None:
    assert KEPT.plain(WHOLE) == {
        "one": {
            "flag": True, "count": 3, "amount": 1.125, "share": 97.5, "number": 2.5, "panel": [1, None, "n/a"],
            "choice": "good", "list": ["b"], "day": "2025-03-04", "said": False, "text": "a text",
        },
        "two": {"visits": [{"days": 2, "cost": 1.25, "kind": "x", "note": "n"}]},
    }
    same(WHOLE)
    flat = {f"{node}.{name}": finding for node, findings in WHOLE.items() for name, finding in findings.items()}
    assert KEPT.plain(flat) == KEPT.plain(WHOLE)
    assert KEPT.plain({"one": {"flag": True}, "one.count": 2, "two": {}}) == {"one": {"flag": True, "count": 2}, "two": {}}
    assert codes(lambda: KEPT.plain({"one": {"flag": True}, "one.flag": True})) == [("given-twice", "one.flag")]


@pytest.mark.parametrize(
    ("path", "value", "kept"),
    [
        ("one.flag", np.bool_(False), False),
        ("one.flag", Scalar(" True "), True),
        ("one.flag", {"value": True, "note": "seen", "method": "report", "assessor": None}, {"value": True, "note": "seen", "method": "report", "assessor": None}),
        ("one.count", np.int64(4), 4),
        ("one.count", np.array(4), 4),
        ("one.count", 99, 99),
        ("one.count", Scalar("99"), "99"),
        ("one.count", Scalar(" 99 "), "99"),
        ("one.count", Scalar(" 7 "), 7),
        ("one.count", Decimal(7), 7),
        ("one.count", 5.0, 5.0),
        ("one.amount", np.float64(0.125), 0.125),
        ("one.amount", 0.1, 0.1),
        ("one.amount", Decimal("0.1"), 0.1),
        ("one.amount", Scalar("0.100"), 0.1),
        ("one.amount", Fraction(1, 8), 0.125),
        ("one.panel", Scalar("1;2.5;"), [1, 2.5, None]),
        ("one.panel", Scalar(";"), []),
        ("one.panel", (Decimal("2.5"), "n/a", None), [2.5, "n/a", None]),
        ("one.panel", [Scalar("1.5"), 2, None], [1.5, 2, None]),
        ("one.panel", [Scalar("n/a"), None], ["n/a", None]),
        ("one.panel", {"value": [1, 2], "source": "s"}, {"value": [1, 2], "source": "s"}),
        ("one.panel", " n/a", " n/a"),
        ("one.choice", Scalar(" fair "), "fair"),
        ("one.choice", Scalar("none"), "none"),
        ("one.choice", "none", "none"),
        ("one.choice", np.str_("fair"), "fair"),
        ("one.list", Scalar("a; b"), ["a", "b"]),
        ("one.list", Scalar(""), []),
        ("one.list", ("c", "a"), ["c", "a"]),
        ("one.list", {"c", "b"}, ["b", "c"]),
        ("one.list", frozenset(), []),
        ("one.list", [Scalar("a"), Scalar(" c")], ["a", "c"]),
        ("one.day", Scalar(" 2025-03-04 "), "2025-03-04"),
        ("one.day", {"value": date(2025, 3, 4)}, {"value": "2025-03-04"}),
        ("one.day", np.datetime64("2025-03-04"), "2025-03-04"),
        ("one.day", None, None),
        ("one.said", "?", "?"),
        ("one.said", Scalar("?"), "?"),
        ("one.said", Scalar("true"), True),
        ("one.text", Scalar(" as it is "), " as it is "),
        ("one.text", "", ""),
        ("one.fine", Decimal("123456789.123456789"), "123456789.123456789"),
        ("one.fine", Scalar("123456789.123456789"), "123456789.123456789"),
        ("one.fine", {"value": Decimal("123456789.123456789"), "note": "n"}, {"value": "123456789.123456789", "note": "n"}),
        ("one.fine", Fraction(1, 2**9), 0.001953125),
        ("two.visits", ({"days": Scalar("2"), "cost": Scalar("0.30"), "kind": Scalar("y"), "note": Scalar("n")},), [{"days": 2, "cost": 0.3, "kind": "y", "note": "n"}]),
        ("two.visits", [{"days": np.int8(1), "cost": {"value": Decimal("0.5"), "note": "n"}, "kind": "y"}], [{"days": 1, "cost": {"value": 0.5, "note": "n"}, "kind": "y"}]),
        ("two.visits", [], []),
        ("two.visits", {"value": [{"days": 0, "cost": 0, "kind": "x"}], "note": "n"}, {"value": [{"days": 0, "cost": 0, "kind": "x"}], "note": "n"}),
    ],
)  # fmt: skip
def test_a_finding_is_kept_and_scores_the_same(path: str, value: Any, kept: Any) -> None:
    sheet = with_finding(path, value)
    node, _, name = path.partition(".")
    found = KEPT.plain(sheet)[node][name]
    assert found == kept and type(found) is type(kept)
    if not isinstance(value, np.datetime64 | np.ndarray):
        same(sheet)
    else:
        through(KEPT, sheet)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("one.flag", "true", "wrong-type"),
        ("one.flag", 1, "wrong-type"),
        ("one.flag", Scalar("yes"), "wrong-type"),
        ("one.count", "3", "wrong-type"),
        ("one.count", Scalar("three"), "wrong-type"),
        ("one.count", Scalar("21"), "out-of-range"),
        ("one.count", Decimal("1e400"), "wrong-type"),
        ("one.fine", "0.5", "wrong-type"),
        ("one.fine", "123456789.1234567890", "wrong-type"),
        ("one.flag", "123456789.123456789", "wrong-type"),
        ("one.count", Fraction(1, 3), "not-exact"),
        ("one.count", Fraction(10**400 * 2 + 1, 2), "out-of-range"),
        ("one.count", object(), "wrong-type"),
        ("one.count", np.array([1, 2]), "wrong-type"),
        ("one.count", np.longdouble(1), "wrong-type"),
        ("one.count", date(2025, 1, 1), "wrong-type"),
        ("one.panel", ["1"], "wrong-type"),
        ("one.panel", [Scalar("x"), None], "wrong-type"),
        ("one.panel", deque([1]), "wrong-type"),
        ("one.choice", " good ", "unknown-value"),
        ("one.choice", Scalar("better"), "unknown-value"),
        ("one.choice", Decimal("NaN"), "wrong-type"),
        ("one.text", Decimal("Infinity"), "wrong-type"),
        ("one.text", 5, "wrong-type"),
        ("one.text", date(2025, 1, 1), "wrong-type"),
        ("one.list", "a;b", "wrong-type"),
        ("one.list", [5], "wrong-type"),
        ("one.day", datetime(2025, 1, 1), "wrong-type"),
        ("one.day", " 2025-01-01", "wrong-type"),
        ("two.visits", "x", "wrong-type"),
        ("two.visits", Scalar("x"), "wrong-type"),
        ("two.visits", {1, 2}, "wrong-type"),
        ("two.visits", [5], "not-a-mapping"),
        ("two.visits", [{"days": "2", "cost": 0, "kind": "x"}], "wrong-type"),
    ],
)
def test_what_evaluate_refuses_is_refused(path: str, value: Any, code: str) -> None:
    sheet = with_finding(path, value)
    (found,) = codes(lambda: through(KEPT, sheet))
    assert found[1].startswith(path)
    if not isinstance(value, Fraction | deque | np.longdouble):
        assert found[0] == code
        assert not isinstance(value, str) or [each[0] for each in codes(lambda: evaluate(FIELDS, sheet))] == [code]


def test_what_is_no_number_of_json_is_not_kept_as_one() -> None:
    for value in (float("nan"), float("inf"), Decimal("NaN")):
        sheet = KEPT.plain(with_finding("one.count", value))
        assert codes(lambda sheet=sheet: KEPT.scored(sheet, None))[0][1] == "one.count"


def test_unknown_names_stay_to_be_refused() -> None:
    sheet = WHOLE | {"three": {}, "four": {"x": Scalar("5"), "y": date(2025, 1, 1)}, "five.z": Fraction(1, 3)}
    assert codes(lambda: through(KEPT, sheet)) == [("unknown-item", "three"), ("unknown-item", "four"), ("unknown-item", "five")]
    assert codes(lambda: through(KEPT, with_finding("one.fourth", 5))) == [("unknown-field", "one.fourth")]
    assert codes(lambda: through(KEPT, with_finding("one.flag", {"value": True, "nots": Scalar("x"), "note": object()}))) == [("wrong-type", "one.flag")]
    assert codes(lambda: through(KEPT, with_finding("one.flag", {"value": True, "nots": "x"}))) == [("unknown-key", "one.flag")]
    assert codes(lambda: KEPT.plain([])) == [("not-a-mapping", "$")]
    assert codes(lambda: KEPT.plain({"one": 5, "two": None})) == [("not-a-mapping", "one"), ("not-a-mapping", "two")]
    assert codes(lambda: KEPT.scored({"one": []}, None))[0] == ("not-a-mapping", "one")  # type: ignore[dict-item]


METHODS: dict[str, Any] = {"one": ["report", "interview"]}


def test_methods() -> None:
    for methods in (METHODS, {"one": ("interview", "report")}, METHODS | {"two": "documents"}, {"one": ["report", "interview"], "two": []}):
        assert told(through(REQUIRED, WHOLE | {"methods": methods})) == told(through(KEPT, WHOLE | {"methods": methods}))
    for kept in (KEPT, REQUIRED):
        for methods, expected in (
            ({"one": ["report", "interview", "gossip"]}, ("unknown-value", "methods.one")),
            (METHODS | {"three": []}, ("unknown-item", "methods.three")),
            (METHODS | {"two": 5}, ("wrong-type", "methods.two")),
        ):
            assert codes(lambda kept=kept, methods=methods: through(kept, WHOLE | {"methods": methods})) == [expected]
        assert codes(lambda kept=kept: through(kept, WHOLE | {"methods": 5}))[0] == ("not-a-mapping", "methods")
    for sheet in (WHOLE, WHOLE | {"methods": {"one": "report"}}):
        through(KEPT, sheet)
        assert codes(lambda sheet=sheet: through(REQUIRED, sheet))[0] == ("missing-method", "one")


def test_sheets_that_record_what_the_rubric_states_share_one_list() -> None:
    for kept in (KEPT, REQUIRED):
        sheet = kept.plain(WHOLE | {"methods": METHODS})
        kept.share(sheet)
        assert sheet["methods"] == METHODS and sheet["methods"] is kept._methods
        for other in (WHOLE, WHOLE | {"methods": {"one": ["report"]}}, WHOLE | {"methods": METHODS | {"two": []}}):
            sheet = kept.plain(other)
            kept.share(sheet)
            assert sheet == kept.plain(other)
        kept.share(None)


#: Without given numbers, sheets are read the quick way where they are plain.
QUICK = """
rubric: r
version: 1
total: 5
items: [{id: ITEM, points: 5, METHODS evidence: {x: {type: count, optional: true}}, rules: [{deduct: 1, per: 'default(x, 0)'}]}]
"""


@pytest.mark.parametrize("methods", ["", "methods: [report, documents],"])
@pytest.mark.parametrize("item", ["a", "methods"])
@pytest.mark.parametrize("used", [None, {}, {"a": ["report", "documents"]}, {"a": ["report"]}, {"a": ["report", "gossip"]}, {"b": []}, 5, {"x": 1}])
def test_methods_are_looked_at_where_sheets_are_read_the_quick_way(methods: str, item: str, used: Any) -> None:
    rubric = loads(QUICK.replace("ITEM", item).replace("METHODS", methods))
    sheet = {item: {"x": 2}} | ({} if used is None else {"methods": used})
    for kept, asked in ((RecordedSheets(rubric, required=False), None), (RecordedSheets(rubric, required=True), "required")):
        expected = came_to(lambda asked=asked: evaluate(rubric, sheet, methods=asked))
        assert came_to(lambda kept=kept: through(kept, sheet)) == expected or used == 5


def test_a_node_may_be_called_methods() -> None:
    rubric = loads("rubric: r\nversion: 1\ntotal: 5\nitems: [{id: methods, points: 5, evidence: {x: {type: count, optional: true}}, rules: [{deduct: 1, per: 'default(x, 0)'}]}]")
    for required in (True, False):
        kept = RecordedSheets(rubric, required)
        assert told(through(kept, {"methods": {"x": 2}})) == told(evaluate(rubric, {"methods": {"x": 2}}))
        assert kept.scored({"methods": {"x": Decimal(2)}}, None).exact == 3
        assert kept.changed({"methods": {"x": 1}}, {"methods.x": 4}) == {"methods": {"x": 4}}


def test_changes_are_put_over_a_sheet() -> None:
    sheet = REQUIRED.plain(WHOLE | {"methods": METHODS})
    before = json.dumps(sheet)
    found = REQUIRED.changed(sheet, {"one.count": {"value": Decimal(4), "note": "n"}, "two": {"visits": []}, "one": {"day": None}})
    assert found["one"]["count"] == {"value": 4, "note": "n"} and found["two"] == {"visits": []} and "day" not in found["one"]
    assert json.dumps(sheet) == before and found["methods"] == METHODS
    assert REQUIRED.changed(sheet, {}) == sheet and REQUIRED.changed(sheet, {"one": {}}) == sheet
    assert REQUIRED.changed(sheet, {"methods": {"two": ["documents"]}})["methods"] == METHODS | {"two": ["documents"]}
    assert REQUIRED.changed({"one": {}}, {"methods": METHODS})["methods"] == METHODS
    assert codes(lambda: REQUIRED.scored(REQUIRED.changed(sheet, {"methods": 5}), None))[0] == ("not-a-mapping", "methods")
    assert codes(lambda: REQUIRED.changed(sheet, {"one.cont": None, "three.x": None})) == [("unknown-field", "one.cont"), ("unknown-field", "three.x")]
    assert codes(lambda: REQUIRED.changed(sheet, 5)) == [("not-a-mapping", "$")]
    assert codes(lambda: REQUIRED.scored(REQUIRED.changed(sheet, {"three": {}}), None)) == [("unknown-item", "three")]


def test_given_numbers_are_kept_too() -> None:
    plain = KEPT.plain({"cycle.mean": Scalar("1.25")})
    assert plain == {"cycle": {"mean": 1.25}}
    assert told(through(KEPT, WHOLE, plain)) == told(evaluate(FIELDS, WHOLE, given={"cycle": {"mean": Decimal("1.25")}}))
    assert told(KEPT.scored(KEPT.plain(WHOLE), {"cycle": {"mean": "1.25"}})) == told(through(KEPT, WHOLE, plain))
    same(with_finding("one.flag", {"value": True, "note": "so that it is read with care"}), plain)


def test_sheets_of_a_csv_file() -> None:
    text = "id,one.flag,one.amount,one.share,one.number,one.list,one.panel,one.choice,one.text\nu,false,0.25,97.55,2.5,a;b,1;n/a;2.5,fair,\nv,TRUE, 1.5 ,100,5,c,3,none,a text\n"
    read = read_sheets(Path("x.csv"), text.encode()).sheets
    assert list(read) == ["u", "v"]
    for sheet in read.values():
        whole: dict[str, Any] = dict(sheet) | {"two.visits": []}
        assert told(through(KEPT, whole)) == told(evaluate(FIELDS, whole))


@FEWER
@given(st.data())
def test_what_is_kept_scores_the_same(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    rubric = rubric_for(document)
    own, beside = in_parts(sheet)
    kept = RecordedSheets(rubric, required=False)
    expected = evaluate(rubric, own, given=beside)
    plain = json.loads(json.dumps(kept.plain(own), allow_nan=False))
    found = kept.scored(plain, json.loads(json.dumps(kept.plain(beside))))
    assert told(found) == told(expected)
    assert kept.plain(plain) == plain
    assert kept.plain(flat(own)) == plain or {} in plain.values()
    # As text of a file.
    texts = kept.plain(as_texts(own))
    assert told(kept.scored(json.loads(json.dumps(texts)), beside)) == told(evaluate(rubric, as_texts(own), given=beside))


@FEWER
@given(st.data())
def test_what_cannot_be_scored_cannot_be_recorded(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    rubric = rubric_for(document)
    broken = data.draw(wrong(document, sheet))
    kept = RecordedSheets(rubric, required=False)
    try:
        expected = told(evaluate(rubric, broken))
    except InvalidEvidence:
        expected = None
    try:
        found = told(kept.scored(kept.plain(broken), None))
    except InvalidEvidence:
        found = None
    assert found == expected


@settings(max_examples=30)
@given(st.data())
def test_an_override_of_what_differs_is_the_other_sheet(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    other = data.draw(sheets(document))
    kept = RecordedSheets(rubric_for(document), required=False)
    one, two = kept.plain(sheet), kept.plain(other)
    assume("methods" not in one and "methods" not in two)
    changes = {node: {name: two.get(node, {}).get(name) for name in {*one.get(node, {}), *two.get(node, {})}} for node in {*one, *two}}
    found = kept.changed(one, changes)
    assert {node: each for node, each in found.items() if each} == {
        node: left for node, each in two.items() if (left := {name: finding for name, finding in each.items() if finding is not None})
    }


def flat(sheet: Sheet) -> Node:
    return {f"{node}.{name}": finding for node, findings in sheet.items() if node != "methods" for name, finding in findings.items()} | ({"methods": sheet["methods"]} if "methods" in sheet else {})


def as_texts(sheet: Sheet) -> Node:
    """Write findings as a cell of a file has them."""
    return {node: {name: _as_text(each) for name, each in findings.items()} if node != "methods" else findings for node, findings in sheet.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return Scalar("true" if value else "false")
    if isinstance(value, list):
        if any(isinstance(each, dict) for each in value):
            return [{name: _as_text(each) for name, each in row.items()} for row in value]
        return [None if each is None else _as_text(each) for each in value]
    return Scalar(str(value)) if isinstance(value, int | Decimal | str) else value


def test_a_rubric_is_looked_at_once() -> None:
    assert isinstance(KEPT.rubric, Rubric) and KEPT._fields is KEPT._fields
