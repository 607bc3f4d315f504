"""Evidence sheets that must be refused, each one wrong finding away from a complete sheet."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn

from hostile.files import LOADS

#: A rubric with every type of field; the root's own field stands under `total`.
RUBRIC = """\
rubric: sheet
total: 20
evidence:
  approved: flag
items:
  - id: plan
    points: 10
    start: full
    evidence:
      missing: {type: count, range: 0..10}
      late: flag
      level: {type: choice, values: [none, poor, good]}
      papers: {type: checklist, values: [a, b, c]}
    rules:
      - {deduct: 1, per: missing}
      - {deduct: 1, when: late}
      - {deduct: {none: 3, poor: 1, good: 0}, by: level}
      - {deduct: 1, per: unticked(papers)}
  - id: report
    points: 10
    start: zero
    evidence:
      hours: {type: number, places: 2, range: 0..100}
      mark: {type: number, one_of: [0, 5, 10]}
      turnout: share
      merit: {type: amount, range: 0.5..2}
      remark: text
      extra: {type: number, optional: true}
    rules:
      - {award: 0.1, per: hours}
      - {award: 1, when: mark == 5}
      - {award: {from 80: 2, from 60: 1}, by: turnout}
      - {award: 0.5..2, by: merit}
      - {award: 1, when: known(extra)}
"""

COMPLETE: dict[str, dict[str, Any]] = {
    "total": {"approved": True},
    "plan": {"missing": 2, "late": False, "level": "poor", "papers": ["a", "c"]},
    "report": {"hours": Decimal("12.25"), "mark": 5, "turnout": Decimal("81.5"), "merit": 1},
}


#: What a value is called, the value, and the diagnostics of which one must be reported.
Cases = tuple[tuple[str, Any, tuple[str, ...]], ...]


class HostileSheet(NamedTuple):
    """A sheet, the diagnostics of which one must be reported, and the place it must name."""

    name: str
    evidence: Any
    codes: tuple[str, ...]
    #: Of the form `plan.missing`; None where the evidence has no place of that form.
    path: str | None


class LyingText(str):
    """Text that calls itself equal to the value whose hash it borrows."""

    __slots__ = ("borrowed",)
    borrowed: str

    def __new__(cls, text: str, borrowed: str) -> LyingText:
        """Keep the text and the value it pretends to be."""
        made = super().__new__(cls, text)
        made.borrowed = borrowed
        return made

    def __eq__(self, other: object) -> bool:
        """Agree with everything."""
        return True

    def __ne__(self, other: object) -> bool:
        """Differ from nothing."""
        return False

    def __hash__(self) -> int:
        """Borrow the hash of the value it pretends to be."""
        return hash(self.borrowed)


class QuarrellingText(str):
    """Text that cannot be compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Refuse."""
        raise RuntimeError

    def __hash__(self) -> int:
        """Meet the plain text in the same bucket."""
        return str.__hash__(self)


class LyingInt(int):
    """A whole number that is within every range."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        """Agree."""
        return True

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> bool:
        """Agree."""
        return True

    def __hash__(self) -> int:
        """Be of use as a key."""
        return int.__hash__(self)

    def __index__(self) -> int:
        """Read as another number."""
        return 1

    __int__ = __index__


class Raising:
    """An object that is no number and raises whatever is asked of it."""

    def refuse(self, *_: object) -> NoReturn:
        """Raise."""
        raise RuntimeError

    __index__ = __int__ = __float__ = __bool__ = __eq__ = __lt__ = __gt__ = refuse
    __str__ = __repr__ = __format__ = __len__ = __iter__ = __contains__ = refuse
    __hash__ = None  # type: ignore[assignment]


class Pretender:
    """An object that claims to be a whole number."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Claim to be a whole number."""
        return int


def sheet(node: str, **findings: Any) -> dict[Any, Any]:
    """Return the complete sheet with findings of one node replaced."""
    made = copy.deepcopy(COMPLETE)
    made[node].update(findings)
    return made


def without(node: str, field: str) -> dict[str, Any]:
    """Return the complete sheet without one finding."""
    made = copy.deepcopy(COMPLETE)
    del made[node][field]
    return made


def with_keys(keys: dict[Any, Any]) -> dict[Any, Any]:
    """Return the complete sheet with further keys at its top."""
    return {**copy.deepcopy(COMPLETE), **keys}


def holding_itself() -> dict[str, Any]:
    """Return a mapping whose only value is the mapping."""
    made: dict[str, Any] = {}
    made["value"] = made
    return made


def nested(depth: int) -> Any:
    """Return a finding wrapped in findings."""
    made: Any = 1
    for _ in range(depth):
        made = {"value": made}
    return made


def list_holding_itself() -> list[Any]:
    """Return a list whose only member is the list."""
    made: list[Any] = []
    made.append(made)
    return made


def sheets() -> Iterator[HostileSheet]:
    """Yield every hostile sheet."""
    yield from shapes()
    yield from flags_and_counts()
    yield from numbers()
    yield from values()


def shapes() -> Iterator[HostileSheet]:
    """Yield sheets whose items, fields or nesting are wrong."""
    ring: dict[str, Any] = {}
    ring["plan"] = ring
    unknown = ("unknown-item", "unknown-field")
    for name, evidence in (
        ("sheet null", None),
        ("sheet list", []),
        ("sheet list of pairs", [("plan.missing", 1)]),
        ("sheet text", "plan.missing"),
        ("sheet number", 5),
        ("sheet object", Raising()),
    ):
        yield HostileSheet(name, evidence, ("not-a-mapping",), None)
    yield HostileSheet("sheet empty", {}, ("missing-finding",), "plan.missing")
    yield HostileSheet("sheet in a ring", ring, ("unknown-field", "wrong-type"), "plan.plan")
    yield HostileSheet(
        "item misspelt", with_keys({"plann": {"missing": 1}}), ("unknown-item",), "plann"
    )
    yield HostileSheet(
        "item misspelt, flat", with_keys({"plann.missing": 1}), unknown, "plann.missing"
    )
    yield HostileSheet(
        "item by the rubric's name", with_keys({"sheet": {}}), ("unknown-item",), "sheet"
    )
    yield HostileSheet("item dunder", with_keys({"__class__": {}}), ("unknown-item",), "__class__")
    yield HostileSheet(
        "item full-width", with_keys({"ｐｌａｎ": {}}), ("unknown-item",), "ｐｌａｎ"
    )
    yield HostileSheet("item empty", with_keys({"": {}}), ("unknown-item",), None)
    yield HostileSheet("item of 1 MB", with_keys({"p" * 1_000_000: {}}), ("unknown-item",), None)
    yield HostileSheet("key of dots", with_keys({"...": 1}), unknown, None)
    yield HostileSheet("key number", with_keys({5: {}}), ("wrong-type", "unknown-item"), None)
    yield HostileSheet("key null", with_keys({None: {}}), ("wrong-type", "unknown-item"), None)
    yield HostileSheet(
        "key pair", with_keys({("plan", "missing"): 1}), ("wrong-type", "unknown-item"), None
    )
    yield HostileSheet("key bytes", with_keys({b"plan": {}}), ("wrong-type", "unknown-item"), None)
    yield HostileSheet(
        "key that cannot be compared",
        {
            "total": COMPLETE["total"],
            "report": COMPLETE["report"],
            QuarrellingText("plan"): COMPLETE["plan"],
        },
        (LOADS, "wrong-type", "missing-finding", *unknown),
        None,
    )
    yield HostileSheet("field misspelt", sheet("plan", mising=1), ("unknown-field",), "plan.mising")
    yield HostileSheet(
        "field misspelt, flat", with_keys({"plan.mising": 1}), ("unknown-field",), "plan.mising"
    )
    yield HostileSheet(
        "field of another item", sheet("plan", hours=1), ("unknown-field",), "plan.hours"
    )
    yield HostileSheet(
        "field dunder", with_keys({"plan.__class__": 1}), ("unknown-field",), "plan.__class__"
    )
    yield HostileSheet(
        "field number",
        {**COMPLETE, "plan": {**COMPLETE["plan"], 7: 1}},
        ("wrong-type", "unknown-field"),
        None,
    )
    yield HostileSheet("field behind a field", with_keys({"plan.missing.value": 1}), unknown, None)
    yield HostileSheet(
        "root's field without total", with_keys({"approved": True}), ("unknown-item",), "approved"
    )
    yield HostileSheet(
        "item null", {**COMPLETE, "plan": None}, ("not-a-mapping", "wrong-type"), "plan"
    )
    yield HostileSheet(
        "item number", {**COMPLETE, "plan": 5}, ("not-a-mapping", "wrong-type"), "plan"
    )
    yield HostileSheet(
        "item list", {**COMPLETE, "plan": [2]}, ("not-a-mapping", "wrong-type"), "plan"
    )
    yield HostileSheet(
        "given twice", with_keys({"plan.missing": 2}), ("given-twice",), "plan.missing"
    )
    yield HostileSheet(
        "given twice, differing",
        with_keys({"total.approved": False}),
        ("given-twice",),
        "total.approved",
    )
    yield HostileSheet(
        "finding missing", without("plan", "missing"), ("missing-finding",), "plan.missing"
    )
    yield HostileSheet(
        "root's finding missing",
        without("total", "approved"),
        ("missing-finding",),
        "total.approved",
    )
    yield HostileSheet(
        "finding nested in findings",
        sheet("plan", missing=nested(2)),
        ("wrong-type", "unknown-field"),
        "plan.missing",
    )
    yield HostileSheet(
        "finding nested very deep",
        sheet("plan", missing=nested(100_000)),
        ("wrong-type", "unknown-field"),
        "plan.missing",
    )
    yield HostileSheet(
        "finding holding itself",
        sheet("plan", missing=holding_itself()),
        ("wrong-type", "unknown-field"),
        "plan.missing",
    )
    yield HostileSheet(
        "finding without a value",
        sheet("plan", missing={"note": "two"}),
        ("missing-finding", "wrong-type"),
        "plan.missing",
    )
    yield HostileSheet(
        "finding empty",
        sheet("plan", missing={}),
        ("missing-finding", "wrong-type"),
        "plan.missing",
    )
    yield HostileSheet(
        "finding with an unknown key",
        sheet("plan", missing={"value": 2, "vlaue": 3}),
        ("unknown-key",),
        "plan.missing",
    )
    yield HostileSheet(
        "finding with a note that is no text",
        sheet("plan", missing={"value": 2, "note": Raising()}),
        ("wrong-type",),
        "plan.missing.note",
    )


def flags_and_counts() -> Iterator[HostileSheet]:
    """Yield sheets with a flag or a count that is none."""
    flags: Cases = (
        ("one", 1, ("wrong-type",)),
        ("zero", 0, ("wrong-type",)),
        ("text", "true", ("wrong-type",)),
        ("list", [], ("wrong-type",)),
        ("object", Raising(), ("wrong-type",)),
        ("null", None, ("wrong-type", "missing-finding")),
    )
    for name, value, codes in flags:
        yield HostileSheet(f"flag {name}", sheet("plan", late=value), codes, "plan.late")
    counts: Cases = (
        ("true", True, ("wrong-type",)),
        ("text", "2", ("wrong-type",)),
        ("empty text", "", ("wrong-type",)),
        ("bytes", b"2", ("wrong-type",)),
        ("list", [2], ("wrong-type",)),
        ("null", None, ("wrong-type", "missing-finding")),
        ("complex", 2j, ("wrong-type",)),
        ("object that raises", Raising(), ("wrong-type",)),
        ("object that claims to be one", Pretender(), ("wrong-type",)),
        ("lying number", LyingInt(10**9), (LOADS, "wrong-type", "out-of-range")),
        ("NaN", float("nan"), ("not-finite", "wrong-type")),
        ("infinity", float("inf"), ("not-finite", "wrong-type")),
        ("broken float", 2.5, ("not-exact", "wrong-type")),
        ("broken decimal", Decimal("2.5"), ("not-exact", "wrong-type")),
        ("broken fraction", Fraction(5, 2), ("not-exact", "wrong-type")),
        ("minus one", -1, ("out-of-range",)),
        ("one too many", 11, ("out-of-range",)),
        ("5,001 digits", 10**5000, ("out-of-range",)),
        ("minus 5,001 digits", -(10**5000), ("out-of-range",)),
    )
    for name, value, codes in counts:
        yield HostileSheet(f"count {name}", sheet("plan", missing=value), codes, "plan.missing")


def numbers() -> Iterator[HostileSheet]:
    """Yield sheets with a number, share or amount that is none or cannot be taken exactly."""
    numeric: Cases = (
        ("true", True, ("wrong-type",)),
        ("word", "five", ("wrong-type",)),
        ("text", "5", ("wrong-type",)),
        ("NaN", float("nan"), ("not-finite",)),
        ("infinity", float("inf"), ("not-finite",)),
        ("minus infinity", float("-inf"), ("not-finite",)),
        ("decimal NaN", Decimal("NaN"), ("not-finite",)),
        ("signalling NaN", Decimal("sNaN"), ("not-finite",)),
        ("decimal infinity", Decimal("-Infinity"), ("not-finite",)),
        ("decimal 1E+999999", Decimal("1E+999999"), ("out-of-range",)),
        ("largest decimal", Decimal("9E+999999999999999999"), ("out-of-range",)),
        ("smallest decimal", Decimal("1E-999999999999999999"), ("not-exact",)),
        ("sum of floats", (0.1 + 0.2) * 10, ("not-exact",)),
        ("float of three places", 12.345, ("not-exact",)),
        ("decimal of three places", Decimal("12.345"), ("not-exact",)),
        ("third", Fraction(1, 3), ("not-exact",)),
        ("large float", 1e300, ("out-of-range", "not-exact")),
        ("smallest float", 5e-324, ("not-exact",)),
        ("5,001 digits", 10**5000, ("out-of-range",)),
        ("fraction of 5,001 digits", Fraction(1, 10**5000), ("not-exact",)),
        ("one quantum too much", Decimal("100.01"), ("out-of-range",)),
        ("one quantum too little", Decimal("-0.01"), ("out-of-range",)),
        ("one quantum too much as float", 100.01, ("out-of-range",)),
    )
    for name, value, codes in numeric:
        yield HostileSheet(f"number {name}", sheet("report", hours=value), codes, "report.hours")
    yield HostileSheet(
        "number not offered",
        sheet("report", mark=7),
        ("out-of-range", "unknown-value"),
        "report.mark",
    )
    yield HostileSheet(
        "share one quantum above 100",
        sheet("report", turnout=Decimal("100.01")),
        ("out-of-range",),
        "report.turnout",
    )
    yield HostileSheet(
        "share with a sign", sheet("report", turnout="81%"), ("wrong-type",), "report.turnout"
    )
    yield HostileSheet(
        "amount below its range",
        sheet("report", merit=Decimal("0.4")),
        ("out-of-range",),
        "report.merit",
    )
    yield HostileSheet(
        "amount above its range",
        sheet("report", merit=Decimal("2.1")),
        ("out-of-range",),
        "report.merit",
    )
    yield HostileSheet(
        "negative amount", sheet("report", merit=-1), ("out-of-range",), "report.merit"
    )
    yield HostileSheet(
        "amount finer than judged",
        sheet("report", merit=Decimal("0.55")),
        ("not-exact",),
        "report.merit",
    )
    yield HostileSheet(
        "optional number NaN",
        sheet("report", extra=float("nan")),
        ("not-finite", "not-exact", "wrong-type"),
        "report.extra",
    )


def values() -> Iterator[HostileSheet]:
    """Yield sheets with a choice, checklist or text that is none."""
    choices: Cases = (
        ("misspelt", "god", ("unknown-value",)),
        ("in capitals", "Good", ("unknown-value",)),
        ("with a blank", "good ", ("unknown-value",)),
        ("full-width", "ｇｏｏｄ", ("unknown-value",)),
        ("empty", "", ("unknown-value",)),
        ("of 1 MB", "g" * 1_000_000, ("unknown-value", "wrong-type", "out-of-range")),
        ("number", 1, ("wrong-type", "unknown-value")),
        ("flag", True, ("wrong-type", "unknown-value")),
        ("null", None, ("wrong-type", "missing-finding", "unknown-value")),
        ("list", ["good"], ("wrong-type", "unknown-value")),
        ("bytes", b"good", ("wrong-type", "unknown-value")),
        ("object", Raising(), ("wrong-type", "unknown-value")),
        ("lying text", LyingText("evil", "good"), ("wrong-type", "unknown-value")),
    )
    for name, value, codes in choices:
        yield HostileSheet(f"choice {name}", sheet("plan", level=value), codes, "plan.level")
    checklists: Cases = (
        ("value twice", ["a", "b", "a"], ("duplicate-value",)),
        ("value unknown", ["a", "d"], ("unknown-value",)),
        ("value number", ["a", 1], ("wrong-type", "unknown-value")),
        ("value null", [None], ("wrong-type", "unknown-value")),
        ("value list", [["a"]], ("wrong-type", "unknown-value")),
        ("value object", [Raising()], ("wrong-type", "unknown-value")),
        ("value lying", [LyingText("evil", "a")], ("wrong-type", "unknown-value")),
        ("text", "abc", ("wrong-type",)),
        ("text of one value", "a", ("wrong-type",)),
        ("flag", True, ("wrong-type",)),
        ("null", None, ("wrong-type", "missing-finding")),
        ("list holding itself", list_holding_itself(), ("wrong-type", "unknown-value")),
        ("million times one value", ["a"] * 1_000_000, ("duplicate-value",)),
    )
    for name, value, codes in checklists:
        yield HostileSheet(f"checklist {name}", sheet("plan", papers=value), codes, "plan.papers")
    yield HostileSheet("text number", sheet("report", remark=5), ("wrong-type",), "report.remark")
    yield HostileSheet(
        "text object", sheet("report", remark=Raising()), ("wrong-type",), "report.remark"
    )


#: Every hostile sheet, names unique.
SHEETS: tuple[HostileSheet, ...] = tuple(sheets())
