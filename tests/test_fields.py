"""Types of evidence: what each takes, what it refuses and why."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import rubric_engine
from rubric_engine import Amount, Checklist, Choice, Count, Flag, Number, Range, Share, Text
from rubric_engine.fields import FIELD_TYPES, Field, Refused, Scalar, as_range, shown

LEVELS = Choice(values=["none", "good"])
LISTED = Checklist(values=["a", "b", "c"])
HALVES = Number(places=1, one_of=["0", "0.5", "2"])
JUDGED = Amount(range="0.5..2")

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
]


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
    ],
)
def test_a_field_says_what_it_expects(field: Field, expects: str) -> None:
    assert field.expects == expects


def test_every_type_has_its_name() -> None:
    names = ["flag", "count", "number", "share", "choice", "checklist", "amount", "text"]
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
