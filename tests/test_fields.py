"""Types of evidence: what each takes, what it refuses and why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import rubric_engine
from rubric_engine import (
    Amount,
    Checklist,
    Choice,
    Count,
    Date,
    Flag,
    Number,
    Range,
    Rows,
    Share,
    Text,
)
from rubric_engine.fields import FIELD_TYPES, Field, Refused, Scalar, as_range, day_code, shown

LEVELS = Choice(values=["none", "good"])
LISTED = Checklist(values=["a", "b", "c"])
HALVES = Number(places=1, one_of=["0", "0.5", "2"])
JUDGED = Amount(range="0.5..2")
MARKS = Number(places=1, range="0..10", panel=5, need=2)
MEANT = Choice(values=["good", "fair", "none", "unknown"], means={"good": "full", "fair": "1.5", "none": "skip", "unknown": "missing"})
CASES = Rows(columns={"role": LEVELS, "cost": Number(places=2), "said": Text(), "maybe": Count(optional=True)}, range="0..3")

#: Field, finding, what the graph takes, what is shown.
TAKEN: list[tuple[Field, Any, int | str, object]] = [
    (Flag(), True, 1, True),
    (Flag(), False, 0, False),
    (Flag(), Scalar(" TRUE "), 1, True),
    (Flag(), Scalar("false"), 0, False),
    (Count(), 3, 3, 3),
    (Count(), 3.0, 3, 3),
    (Count(), Decimal("3.0"), 3, 3),
    (Count(), Fraction(6, 2), 3, 3),
    (Count(), Scalar(" 3 "), 3, 3),
    (Count(), Scalar("6/2"), 3, 3),
    (Count(range="5..7"), 7, 7, 7),
    (Number(places=2), 0.29, 29, "0.29"),
    (Number(places=2), Scalar("0.290"), 29, "0.29"),
    (Number(places=1, range="-1.5..3"), Decimal("-1.5"), -15, "-1.5"),
    (Number(places=2), 5, 500, "5"),
    (HALVES, 0.5, 5, "0.5"),
    (HALVES, 2, 20, "2"),
    (Share(), 100, 10000, "100"),
    (Share(places=0), 40, 40, 40),
    (JUDGED, 0, 0, "0"),
    (JUDGED, 0.5, 5, "0.5"),
    (JUDGED, 2, 20, "2"),
    (Amount(range=(1, 2), places=3), "1.5" and Fraction(3, 2), 1500, "1.5"),
    (Amount(range=Range(None, Fraction(2))), 1, 1, 1),
    (LEVELS, "good", 1, "good"),
    (LEVELS, Scalar(" good "), 1, "good"),
    (LISTED, [], 0, ()),
    (LISTED, ["c", "a"], 5, ("a", "c")),
    (LISTED, ("b",), 2, ("b",)),
    (LISTED, {"a", "b"}, 3, ("a", "b")),
    (LISTED, Scalar("a; c ;"), 5, ("a", "c")),
    (LISTED, Scalar(""), 0, ()),
    (Text(), "a note", "a note", "a note"),
    (Text(), "", "", ""),
    (Date(), "2026-11-24", day_code("2026-11-24"), "2026-11-24"),
    (Date(), Scalar(" 2026-11-24 "), day_code("2026-11-24"), "2026-11-24"),
    (Date(), date(2026, 11, 24), day_code("2026-11-24"), "2026-11-24"),
    (Date(), "1900-01-01", day_code("1900-01-01"), "1900-01-01"),
    (Date(), "2199-12-31", day_code("2199-12-31"), "2199-12-31"),
    (Date(), "2000-02-29", day_code("2000-02-29"), "2000-02-29"),
    (Date(absent="0000-00-00"), "2026-11-24", day_code("2026-11-24"), "2026-11-24"),
    (Count(absent=-1), 0, 0, 0),
    (MEANT, "fair", 1, "fair"),
    (MEANT, Scalar("none"), 2, "none"),
]

#: Panel, readings, what the graph takes, what is shown.
READINGS: list[tuple[Field, Any, tuple[int | None, ...], tuple[object, ...]]] = [
    (MARKS, [7, 8.5], (70, 85, None, None, None), ("7", "8.5", None, None, None)),
    (MARKS, (None, Decimal("0.1"), None, 10, None), (None, 1, None, 100, None), (None, "0.1", None, "10", None)),
    (MARKS, [Scalar("7"), Scalar("15/2")], (70, 75, None, None, None), ("7", "7.5", None, None, None)),
    (MARKS, Scalar("7; 8.5;;9"), (70, 85, None, 90, None), ("7", "8.5", None, "9", None)),
    (Count(range="1..5", panel=2), [5], (5, None), (5, None)),
    (Count(range="1..5", panel=3, absent=-1), [-1, 3, Scalar("-1")], (None, 3, None), (None, 3, None)),
    (Share(panel=2), [99.5, 0], (9950, 0), ("99.5", "0")),
    (Amount(range="0.5..2", panel=2), [0, 2], (0, 20), ("0", "2")),
]


@pytest.mark.parametrize(("field", "readings", "read", "seen"), READINGS)
def test_readings_are_taken_and_shown(field: Field, readings: Any, read: object, seen: object) -> None:
    assert field.read(readings) == read
    assert field.show(read) == seen


#: Field, finding: values that say there is no finding.
ABSENT: list[tuple[Field, Any]] = [
    (Count(absent=-1), -1),
    (Count(absent="-1"), -1.0),
    (Count(absent=-1), Scalar(" -1 ")),
    (Count(range="0..99", absent=9), 9),
    (Number(places=1, absent="-0.5"), Decimal("-0.5")),
    (Number(places=1, absent="-1/2"), Fraction(-1, 2)),
    (Choice(values=["a", "b"], absent="?"), "?"),
    (Choice(values=["a", "b"], absent="b"), "b"),
    (Date(absent="0000-00-00"), "0000-00-00"),
    (Date(absent="1970-01-01"), Scalar("1970-01-01")),
    (MEANT, "unknown"),
    (MEANT, Scalar(" unknown ")),
    (MARKS, []),
    (MARKS, [None, None]),
    (Count(panel=2, absent=-1), [-1, -1]),
]


@pytest.mark.parametrize(("field", "finding"), ABSENT)
def test_some_values_say_that_there_is_no_finding(field: Field, finding: Any) -> None:
    assert field.read(finding) is None
    assert not field.simple


@pytest.mark.parametrize(("field", "finding", "read", "seen"), TAKEN)
def test_a_finding_is_taken_and_shown(field: Field, finding: Any, read: object, seen: object) -> None:
    found = field.read(finding)
    assert (found, type(found)) == (read, type(read))
    assert (field.show(found), type(field.show(found))) == (seen, type(seen))


def test_numpy_scalars_are_findings() -> None:
    np = pytest.importorskip("numpy")
    assert type(Count().read(np.int16(3))) is int
    assert Number(places=2).read(np.float64(0.29)) == 29
    with pytest.raises(Refused):
        Count().read(np.int8(-3))


#: Field, finding, code.
REFUSED: list[tuple[Field, Any, str]] = [
    (Flag(), 1, "wrong-type"),
    (Flag(), "true", "wrong-type"),
    (Flag(), Scalar("yes"), "wrong-type"),
    (Count(), True, "wrong-type"),
    (Count(), "3", "wrong-type"),
    (Count(), Scalar("three"), "wrong-type"),
    (Count(), Scalar("3.5"), "not-exact"),
    (Count(), [3], "wrong-type"),
    (Count(), 3j, "wrong-type"),
    (Count(), 3.5, "not-exact"),
    (Count(), Fraction(7, 2), "not-exact"),
    (Count(), Decimal("3.5"), "not-exact"),
    (Count(), float("nan"), "not-finite"),
    (Count(), float("-inf"), "not-finite"),
    (Count(), Decimal("sNaN"), "not-finite"),
    (Count(), 1e300, "out-of-range"),
    (Count(), Decimal("1E+999999"), "out-of-range"),
    (Count(), Decimal("1E-999999"), "not-exact"),
    (Count(), -1, "out-of-range"),
    (Count(), 1_000_001, "out-of-range"),
    (Count(), 10**30, "out-of-range"),
    (Count(), -(10**5000), "out-of-range"),
    (Count(range="5..7"), 4, "out-of-range"),
    (Number(places=2), 0.295, "not-exact"),
    (Number(places=1), 0.1 + 0.2, "not-exact"),
    (HALVES, 1, "out-of-range"),
    (HALVES, 2.5, "out-of-range"),
    (Share(), 100.01, "out-of-range"),
    (Share(), -0.01, "out-of-range"),
    (JUDGED, 0.4, "out-of-range"),
    (JUDGED, 2.1, "out-of-range"),
    (JUDGED, -0.5, "out-of-range"),
    (LEVELS, "god", "unknown-value"),
    (LEVELS, 1, "wrong-type"),
    (LEVELS, "g" * 10_001, "wrong-type"),
    (LEVELS, " good", "unknown-value"),
    (LISTED, "a", "wrong-type"),
    (LISTED, {"a": True}, "wrong-type"),
    (LISTED, iter("ab"), "wrong-type"),
    (LISTED, ["a", "a"], "duplicate-value"),
    (LISTED, ["a", "b", "c", "a"], "duplicate-value"),
    (LISTED, ["d"], "unknown-value"),
    (LISTED, [1], "wrong-type"),
    (LISTED, Scalar("a;a"), "duplicate-value"),
    (Text(), 5, "wrong-type"),
    (Text(), "x" * 10_001, "out-of-range"),
    (Date(), "2026-02-30", "wrong-type"),
    (Date(), "1900-02-29", "wrong-type"),
    (Date(), "2026-2-3", "wrong-type"),
    (Date(), "20260203", "wrong-type"),
    (Date(), "1899-12-31", "wrong-type"),
    (Date(), "2200-01-01", "wrong-type"),
    (Date(), "２０２６-11-24", "wrong-type"),
    (Date(), Scalar("today"), "wrong-type"),
    (Date(), date(1899, 12, 31), "wrong-type"),
    (Date(), datetime(2026, 11, 24, tzinfo=UTC), "wrong-type"),
    (Date(), 20261124, "wrong-type"),
    (Date(), True, "wrong-type"),
    (Date(absent="0000-00-00"), "0000-00-01", "wrong-type"),
    (Count(absent=-1), -2, "out-of-range"),
    (Count(absent=-1), True, "wrong-type"),
    (Count(absent=1), True, "wrong-type"),
    (Choice(values=["a"], absent="?"), "??", "unknown-value"),
    (MEANT, "god", "unknown-value"),
    (MARKS, 7, "wrong-type"),
    (MARKS, "7;8", "wrong-type"),
    (MARKS, {7, 8}, "wrong-type"),
    (MARKS, [7, "8"], "wrong-type"),
    (MARKS, [7, True], "wrong-type"),
    (MARKS, [7, [8]], "wrong-type"),
    (MARKS, [7], "too-few"),
    (MARKS, Scalar("7;;"), "too-few"),
    (MARKS, [7, 8.55], "not-exact"),
    (MARKS, [7, float("nan")], "not-finite"),
    (MARKS, [7, 10.1], "out-of-range"),
    (MARKS, [1] * 6, "out-of-range"),
    (Count(panel=2, need=2, absent=-1), [-1, 3], "too-few"),
    (CASES, {"role": "good"}, "wrong-type"),
    (CASES, "good", "wrong-type"),
    (CASES, [{"role": "good", "cost": 1}] * 4, "out-of-range"),
]


@pytest.mark.parametrize(("field", "finding", "code"), REFUSED, ids=lambda each: type(each).__name__)
def test_a_finding_is_refused_with_what_was_expected(field: Field, finding: Any, code: str) -> None:
    with pytest.raises(Refused) as caught:
        field.read(finding)
    assert caught.value.code == code
    assert caught.value.expected == field.expects
    assert caught.value.found
    assert len(caught.value.found) < 100


def test_a_value_nearly_right_has_the_nearest_name() -> None:
    with pytest.raises(Refused) as caught:
        LEVELS.read("god")
    assert caught.value.nearest == "good"


@pytest.mark.parametrize(
    ("field", "expects"),
    [
        (Flag(), "true or false"),
        (Count(), "a whole number in 0..1000000"),
        (Count(range="1..3"), "a whole number in 1..3"),
        (Number(places=2), "a number of 2 decimals in 0..1000000"),
        (HALVES, "one of 0, 0.5, 2"),
        (Share(), "a number of 2 decimals in 0..100"),
        (JUDGED, "0, or points in 0.5..2"),
        (LEVELS, "one of none, good"),
        (LISTED, "a list out of a, b, c"),
        (Text(), "a text of at most 10000 characters"),
        (Date(), "a date, year-month-day, within 1900 to 2199"),
        (MARKS, "2 to 5 readings, each a number of 1 decimals in 0..10"),
        (Count(panel=3), "1 to 3 readings, each a whole number in 0..1000000"),
        (CASES, "a list of 0..3 rows with role, cost, said, maybe"),
    ],
)
def test_a_field_says_what_it_expects(field: Field, expects: str) -> None:
    assert field.expects == expects


def test_every_type_has_its_name() -> None:
    names = ["flag", "count", "number", "share", "choice", "checklist", "amount"]
    names += ["date", "rows", "text"]
    assert list(FIELD_TYPES) == names
    assert all(kind.type == name for name, kind in FIELD_TYPES.items())


def test_the_places_of_a_judged_amount_are_those_of_its_range() -> None:
    assert Amount(range="0.25..2").decimals == 2
    assert Amount(range="1..2").decimals == 0
    assert Amount(range="0.25..2", places=4).decimals == 4
    assert Amount(range=Range(None, None)).decimals == 0


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0..5", 0, 5),
        ("..100", None, 100),
        ("0..", 0, None),
        (" 0.5..2.25 ", Fraction(1, 2), Fraction(9, 4)),
        ("-1.5..-1", Fraction(-3, 2), -1),
        ("1/3..2/3", Fraction(1, 3), Fraction(2, 3)),
        ("3..3", 3, 3),
    ],
)
def test_a_range_is_read_and_written(text: str, low: object, high: object) -> None:
    found = Range.parse(text)
    assert (found.low, found.high) == (low, high)
    assert str(found) == text.strip()
    assert Range.parse(str(found)) == found
    assert as_range((low, high)) == found
    assert as_range(found) is found


@pytest.mark.parametrize("text", ["", "..", "5", "5..1", "a..b", "1...2", "1..2..3", "1e3..", "0. .5", "1.5.", "1..b", "a..1"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(rubric_engine.InvalidRubric):
        Range.parse(text)


class Loud:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (False, "false"),
        (7, "int 7"),
        (10**20, f"int of {(10**20).bit_length()} bits"),
        (0.5, "float 0.5"),
        ("text", "'text'"),
        ("x" * 41, repr("x" * 37 + "...")),
        (Loud(), "Loud"),
        ([Loud()], "list"),
    ],
)
def test_what_was_found_is_shown_briefly(value: object, text: str) -> None:
    assert shown(value) == text


def test_the_base_class_leaves_its_meaning_to_the_types() -> None:
    for broken in (Range(None, Fraction(1)), Range(Fraction(0), None)):
        with pytest.raises(ValueError, match="two ends"):
            _ = Count(range=broken).bounds


# dates


def test_the_code_of_a_date_rises_with_it_and_a_month_is_always_31_of_it() -> None:
    days = ["1900-01-01", "1999-12-31", "2000-01-01", "2000-02-29", "2000-03-01", "2026-11-24", "2199-12-31"]
    codes = [day_code(each) for each in days]
    assert codes == sorted(codes)
    assert len(set(codes)) == len(codes)
    assert [Date().show(Date().read(each)) for each in days] == days
    assert day_code("2026-03-31") - day_code("2026-02-28") == 31 + 3
    assert day_code("2026-11-24") - day_code("2025-11-24") == 12 * 31


# sheets: dates, tables, readings, meanings, stand-ins and sentinels as a rubric sees them


def rubric_of(fields: str, rules: str, head: str = "", **keys: str) -> rubric_engine.Rubric:
    """Return a rubric of one item of 10 points that starts full."""
    further = "".join(f"    {key}: {each}\n" for key, each in keys.items())
    return rubric_engine.loads(
        f"rubric: fields\ntotal: 10\n{head}items:\n  - id: item\n    points: 10\n    start: full\n"
        f"{further}    evidence: {{{fields}}}\n    rules: [{rules}]\n"
    )


def score(rubric: rubric_engine.Rubric, sheet: dict[str, Any], **given: Any) -> Fraction:
    return rubric_engine.evaluate(rubric, sheet, **given).exact


def refused(rubric: rubric_engine.Rubric, sheet: dict[str, Any], **given: Any) -> list[tuple[str, str]]:
    with pytest.raises(rubric_engine.InvalidEvidence) as caught:
        rubric_engine.evaluate(rubric, sheet, **given)
    return [(each.code, each.path) for each in caught.value.problems]


def test_dates_compare_and_are_counted_in_days_and_months() -> None:
    rubric = rubric_of("on: date, until: date", "{deduct: 1, when: on >= until}, {deduct: '0.1 * abs(days(on, until))'}, {deduct: '0.5 * abs(months(on, until))'}")
    cases = {
        ("2026-01-01", "2026-01-02"): Fraction(99, 10),
        ("2026-02-28", "2026-03-01"): Fraction(99, 10),
        ("2024-02-28", "2024-03-01"): Fraction(98, 10),
        ("2026-01-15", "2026-02-14"): Fraction(70, 10),
        ("2026-01-15", "2026-02-15"): Fraction(64, 10),
        ("2026-01-15", "2026-01-15"): Fraction(9),
        ("2026-01-03", "2026-01-01"): Fraction(83, 10),
    }
    for (on, until), expected in cases.items():
        assert score(rubric, {"item": {"on": on, "until": date.fromisoformat(until)}}) == expected, on


@pytest.mark.parametrize(
    ("first", "last"),
    [("1900-01-01", "2199-12-31"), ("1999-12-31", "2000-03-01"), ("2100-02-28", "2100-03-01"), ("2026-11-24", "1961-04-12")],
)
def test_days_are_those_of_the_calendar(first: str, last: str) -> None:
    rubric = rubric_of("on: date, until: date", "{set: 'days(on, until)'}, {limit: none}", head="clip: none\n")
    expected = (date.fromisoformat(last) - date.fromisoformat(first)).days
    assert score(rubric, {"item": {"on": first, "until": last}}) == expected


def test_an_optional_date_has_a_stand_in() -> None:
    rubric = rubric_of("on: {type: date, optional: true}", "{deduct: 1, when: \"default(on, '2026-01-01') < '2026-01-01'\"}, {deduct: 2, unless: known(on)}")
    assert [score(rubric, {"item": each}) for each in ({}, {"on": None}, {"on": "2025-12-31"}, {"on": "2026-01-01"})] == [8, 8, 9, 10]


def test_a_table_is_shown_row_by_row_and_the_order_of_rows_does_not_matter() -> None:
    rubric = rubric_of("cases: {type: rows, columns: {role: {type: choice, values: [a, b]}, cost: {type: number, places: 1}, said: text, seen: {type: checklist, values: [p, q]}, on: date, maybe: {type: count, optional: true}}}", "{deduct: cost, each: cases, when: role == a and p in seen, times: {known(maybe): 2}}")
    rows: list[dict[str, Any]] = [
        {"role": "a", "cost": 0.5, "said": "first", "seen": ["q", "p"], "on": date(2026, 1, 2)},
        {"role": "b", "cost": 5, "seen": [], "on": "2026-01-01"},
        {"role": "a", "cost": {"value": 2, "note": "two"}, "seen": ("p",), "on": "2026-01-01", "maybe": 0},
    ]
    result = rubric_engine.evaluate(rubric, {"item": {"cases": rows}})
    assert result.exact == Fraction(55, 10)
    (finding,) = result["item"].findings
    assert finding.path == "item.cases"
    assert finding.value == (
        {"role": "a", "cost": "0.5", "said": "first", "seen": ("p", "q"), "on": "2026-01-02"},
        {"role": "b", "cost": "5", "seen": (), "on": "2026-01-01"},
        {"role": "a", "cost": "2", "seen": ("p",), "on": "2026-01-01", "maybe": 0},
    )
    for order in (rows[::-1], rows[1:] + rows[:1]):
        assert score(rubric, {"item.cases": tuple(order)}) == result.exact
    assert score(rubric, {"item": {"cases": []}}) == 10


def test_the_fewest_and_most_rows() -> None:
    rubric = rubric_of("cases: {type: rows, range: 1..2, columns: {n: count}}", "{deduct: n, each: cases}")
    row = {"n": 1}
    assert [score(rubric, {"item.cases": [row] * each}) for each in (1, 2)] == [9, 8]
    for many in (0, 3):
        assert refused(rubric, {"item.cases": [row] * many}) == [("out-of-range", "item.cases")]
    assert refused(rubric, {}) == [("missing-finding", "item.cases")]


def test_what_is_made_of_readings() -> None:
    rules = ", ".join(
        "{" + f'award: "{each}"' + "}"
        for each in ("mean(m)", "10 * median(m)", "100 * lowest(m)", "1000 * highest(m)", "10000 * readings(m)", "100000 * default(trimmed(m, 1), 9)")
    )
    rubric = rubric_engine.loads(f"rubric: panel\nitems:\n  - {{id: item, points: none, evidence: {{m: {{type: count, range: 0..9, panel: 5, need: 2}}}}, rules: [{rules}]}}\n")
    for readings, expected in (
        ([1, 9], 5 + 50 + 100 + 9000 + 20000 + 900000),
        ([1, None, 9], 5 + 50 + 100 + 9000 + 20000 + 900000),
        ([2, 4, 9], 5 + 40 + 200 + 9000 + 30000 + 400000),
        ([9, 4, 2, 5, 5], 5 + 50 + 200 + 9000 + 50000 + Fraction(1400000, 3)),
        ([0, 0, 1, 3], 1 + 5 + 0 + 3000 + 40000 + 50000),
    ):
        assert score(rubric, {"item.m": readings}) == expected, readings
    assert refused(rubric, {"item.m": [3]}) == [("too-few", "item.m")]
    assert refused(rubric, {"item.m": [None, None]}) == [("missing-finding", "item.m")]


def test_meanings_that_are_amounts_are_a_number() -> None:
    rubric = rubric_of("level: {type: choice, values: [high, low, none, lost], means: {high: full, low: 2.5, none: 0, lost: missing}}", "{set: level}, {deduct: 1, when: level == low}")
    assert [score(rubric, {"item.level": each}) for each in ("high", "low", "none")] == [10, Fraction(3, 2), 0]
    assert refused(rubric, {"item.level": "lost"}) == [("missing-finding", "item.level")]
    with pytest.raises(rubric_engine.IncompleteEvidence):
        rubric_engine.evaluate(rubric, {"item.level": {"value": "lost", "note": "burnt"}})


def test_a_meaning_leaves_the_node_or_the_whole_out() -> None:
    text = """\
rubric: means
total: 20
not_applicable: rescale
grades: [{stars: 1}]
items:
  - {id: a, points: 10, start: full, evidence: {state: {type: choice, values: [there, gone, void], means: {gone: skip, void: unrated}}, n: count}, rules: [{deduct: 1, per: n}]}
  - {id: b, points: 10, start: full, evidence: {n_b: count}, rules: [{deduct: 1, per: n_b}]}
"""
    rubric = rubric_engine.loads(text)
    there = rubric_engine.evaluate(rubric, {"a": {"state": "there", "n": 2}, "b.n_b": 1})
    assert (there.exact, there.stars, there["a"].state) == (17, 1, "scored")
    gone = rubric_engine.evaluate(rubric, {"a": {"state": "gone"}, "b.n_b": 1})
    assert (gone.exact, gone.stars, gone["a"].state) == (18, 1, "not applicable")
    assert refused(rubric, {"a": {"state": "gone", "n": 2}, "b.n_b": 1}) == [("not-applicable", "a.n")]
    void = rubric_engine.evaluate(rubric, {"a": {"state": "void", "n": 2}, "b.n_b": 1})
    assert (void.exact, void.stars, void.grade) == (17, None, "unrated")
    assert "a.state" in str(void.unrated)
    assert "void" in str(void.unrated)


#: Type and options of a field, the stand-in, and the same as a finding.
STAND_INS: list[tuple[str, str, Any]] = [
    ("type: count", "2", 2),
    ("type: number, places: 1", "0.5", Decimal("0.5")),
    ("type: share", "99.5", 99.5),
    ("type: amount, range: 1..3", "0", 0),
    ("type: flag", "true", True),
    ("type: choice, values: [a, b]", "b", "b"),
    ("type: date", "2026-01-01", "2026-01-01"),
    ("type: checklist, values: [a, b]", "a", ["a"]),
    ("type: checklist, values: [a, b]", '""', []),
]


@pytest.mark.parametrize(("options", "stand_in", "finding"), STAND_INS, ids=[each[0] for each in STAND_INS])
def test_none_means_stands_in_once_the_methods_are_recorded(options: str, stand_in: str, finding: Any) -> None:
    rules = {
        "flag": "{deduct: 1, when: f}",
        "choice": "{deduct: {a: 1, b: 2}, by: f}",
        "date": "{deduct: 1, when: f >= '2026-01-01'}",
        "checklist": "{deduct: 1, per: ticked(f)}",
    }.get(options.partition(",")[0].removeprefix("type: "), "{deduct: f}")
    fields = f"f: {{{options}, none_means: {stand_in}}}"
    rubric = rubric_of(fields, rules.replace("f >= '2026-01-01'", '"f >= \'2026-01-01\'"'), methods="[documents, report]")
    stated = score(rubric, {"item.f": finding})
    used = {"methods": {"item": ["documents", "report"]}}
    result = rubric_engine.evaluate(rubric, used)
    assert result.exact == stated
    (assumed,) = result["item"].findings
    assert assumed.assumed
    assert assumed.value == rubric_engine.evaluate(rubric, {"item.f": finding})["item"].findings[0].value
    for lacking in ({}, {"methods": {"item": ["report"]}}, {"item.f": None}):
        assert refused(rubric, lacking) == [("missing-finding", "item.f")]
    by_finding = {"item.f": {"value": None, "method": "documents"}, "methods": {"item": "report"}}
    assert score(rubric, by_finding) == stated
    at_once = rubric_of(fields, rules.replace("f >= '2026-01-01'", '"f >= \'2026-01-01\'"'))
    assert score(at_once, {}) == stated


def test_what_is_there_is_not_assumed() -> None:
    rubric = rubric_of("f: {type: count, none_means: 0}", "{deduct: f}", methods="[documents]")
    result = rubric_engine.evaluate(rubric, {"item.f": 3, "methods": {"item": ["documents"]}})
    assert result.exact == 7
    assert not result["item"].findings[0].assumed
    assert refused(rubric, {"item.f": "3", "methods": {"item": ["documents"]}}) == [("wrong-type", "item.f")]


def test_none_means_of_a_node_that_may_not_be_applicable() -> None:
    state = "state: {type: choice, values: [there, gone], means: {gone: skip}}"
    rubric = rubric_of(f"{state}, f: {{type: count, none_means: 2}}", "{deduct: f}", head="not_applicable: full\n", methods="[documents]")
    used = {"methods": {"item": ["documents"]}}
    assert score(rubric, {"item.state": "there", **used}) == 8
    assert score(rubric, {"item.state": "there", "item.f": 3}) == 7
    assert refused(rubric, {"item.state": "there"}) == [("missing-finding", "item.f")]
    gone = rubric_engine.evaluate(rubric, {"item.state": "gone", **used})
    assert (gone.exact, gone["item"].state) == (10, "not applicable")
    assert not any(each.assumed for each in gone["item"].findings)


@pytest.mark.parametrize("finding", [-1, -1.0, Decimal(-1), Fraction(-1), {"value": -1, "note": "not counted"}])
def test_a_sentinel_is_missing(finding: Any) -> None:
    rubric = rubric_of("f: {type: count, absent: -1}", "{deduct: f}")
    assert refused(rubric, {"item.f": finding}) == [("missing-finding", "item.f")]
    optional = rubric_of("f: {type: count, absent: -1, optional: true}", '{deduct: "default(f, 4)"}')
    assert score(optional, {"item.f": finding}) == 6
    assumed = rubric_of("f: {type: count, absent: -1, none_means: 3}", "{deduct: f}")
    assert score(assumed, {"item.f": finding}) == 7
    inside = rubric_of("f: {type: count, range: 0..9, absent: 9}", "{deduct: f}")
    assert refused(inside, {"item.f": 9}) == [("missing-finding", "item.f")]
    assert score(inside, {"item.f": 8}) == 2


def test_in_python_fields_are_written_as_in_a_file() -> None:
    fields: dict[str, Field] = {
        "on": Date(none_means=None),
        "cases": Rows(columns={"k": Count(absent=-1)}, range="0..5"),
        "m": Number(places=1, range=(0, 10), panel=5, need=3),
        "level": Choice(values=["a", "b"], means={"a": Fraction(3, 2), "b": "skip"}),
        "f": Flag(none_means=False),
        "listed": Checklist(values=["a", "b"], none_means=["a", "b"]),
        "n": Count(none_means=3, absent="-1"),
    }
    written = rubric_of(
        "on: date, cases: {type: rows, range: 0..5, columns: {k: {type: count, absent: -1}}}, m: {type: number, places: 1, range: 0..10, panel: 5, need: 3},"
        " level: {type: choice, values: [a, b], means: {a: 1.5, b: skip}}, f: {type: flag, none_means: false}, listed: {type: checklist, values: [a, b], none_means: a;b},"
        " n: {type: count, none_means: 3, absent: -1}",
        "",
        head="not_applicable: full\n",
    )
    assert written.items[0].evidence == tuple(fields.items())
    assert rubric_engine.loads(rubric_engine.dumps(written)) == written
