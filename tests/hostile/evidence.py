"""Evidence sheets that must be refused, each one wrong finding away from a complete sheet."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn

from hostile.files import LOADS, Told

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


#: A rubric with tables, panels, dates, given numbers, meanings, stand-ins and methods.
TABLES = """\
rubric: tables
total: 60
given:
  assessee: {type: {type: choice, values: [urban, rural]}, population: {type: count, range: 0..9000}}
  cycle: {as_of: date}
  history: {stars: {type: count, range: 1..5, optional: true}}
not_applicable: rescale
grades: [{stars: 2, from: 15}, {stars: 1}]
indicators:
  - id: opinions
    points: 10
    out_of: 10
    combine: mean
    missing: skip
    need: 2
    empty: refuse
    items:
      - {id: first, out_of: 10, evidence: {one: {type: count, range: 0..10}}, rules: [{award: one}]}
      - {id: second, out_of: 10, evidence: {two: {type: count, range: 0..5}, more: {type: count, range: 0..5}}, rules: [{award: two + more}]}
      - {id: third, out_of: 10, evidence: {three: {type: count, range: 0..10}}, rules: [{award: three}]}
items:
  - id: persons
    points: 10
    evidence:
      cases:
        type: rows
        range: 0..3
        columns:
          role: {type: choice, values: [leader, member]}
          penalty: {type: choice, values: [light, grave]}
          judged: {type: amount, range: 0.5..5}
          day: date
          cost: {type: number, places: 2, range: 0..1000}
          seen: {type: checklist, values: [a, b]}
          late: flag
          said: text
          maybe: {type: count, range: 0..9, optional: true}
          lost: {type: count, range: 0..9, absent: -1}
    rules:
      - {deduct: {light: 0.5..2, grave: 2..5}, by: penalty, judged: judged, each: cases, within: 2 years}
  - id: hall
    points: 10
    methods: [documents, interview]
    start: full
    evidence:
      state: {type: choice, values: [good, none, unknown], means: {none: skip, unknown: missing}}
      mark: {type: number, places: 1, range: 0..10, panel: 5, need: 3}
      visits: {type: count, range: 0..100, none_means: 0}
      lost: {type: count, range: 0..20, absent: -1}
      built: date
      level: {type: choice, values: [none, light, grave]}
      blame: {type: amount, range: 0.5..5}
      remark: text
    rules:
      - {deduct: {none: 0, light: 0.5..2, grave: 2..5}, by: level, judged: blame}
      - {deduct: 1, when: mean(mark) > 5 and visits > 3 and lost > 3 and built > cycle.as_of}
  - id: gate
    points: 10
    start: full
    not_applicable: refuse
    evidence: {kind: {type: choice, values: [wide, none], means: {none: skip}}}
  - {id: streets, for: urban, points: 10, evidence: {holes: count}, rules: [{deduct: 1, per: holes}]}
  - {id: fields, for: rural, points: 10, evidence: {wells: count}, rules: [{deduct: 1, per: wells}]}
  - id: upkeep
    points: 10
    each: months
    combine: mean
    empty: refuse
    evidence: {months: {type: rows, range: 0..12, columns: {faults: {type: count, range: 0..9}}}}
    rules: [{deduct: 1, per: faults}]
"""

ROW: dict[str, Any] = {
    "role": "leader",
    "penalty": "light",
    "judged": 1,
    "day": "2026-03-01",
    "cost": Decimal("12.25"),
    "seen": ["a"],
    "late": True,
    "lost": 2,
}

#: A complete sheet of that rubric, flat; `visits` is assumed, for both methods were used.
WHOLE: dict[str, Any] = {
    "first.one": 7,
    "second.two": 4,
    "second.more": 3,
    "third.three": 9,
    "persons.cases": [ROW, {**ROW, "penalty": "grave", "judged": 3}],
    "hall.state": "good",
    "hall.mark": [7, Decimal("8.5"), None, 9],
    "hall.lost": 2,
    "hall.built": date(2001, 5, 6),
    "hall.level": "light",
    "hall.blame": 1,
    "gate.kind": "wide",
    "streets.holes": 3,
    "upkeep.months": [{"faults": 1}],
    "methods": {"hall": ["documents", "interview"]},
}

KNOWN: dict[str, dict[str, Any]] = {
    "assessee": {"type": "urban", "population": 8000},
    "cycle": {"as_of": "2026-11-24"},
}


class ToldSheet(NamedTuple):
    """A sheet, what is given beside it, and all its problems."""

    name: str
    evidence: Any
    given: Any
    #: For each the code and the path, and the nearest name where it must be told.
    problems: tuple[Told, ...]
    #: What the call says of methods.
    methods: Any = None


#: Takes a finding away.
GONE: Any = object()


def told(name: str, changes: dict[Any, Any], *problems: Told) -> ToldSheet:
    """Return the whole sheet with some findings replaced, and the problems it then has."""
    made = {**copy.deepcopy(WHOLE), **changes}
    left = {key: value for key, value in made.items() if value is not GONE}
    return ToldSheet(name, left, KNOWN, problems)


def known(name: str, given: Any, *problems: Told) -> ToldSheet:
    """Return the whole sheet with something else given beside it."""
    return ToldSheet(name, WHOLE, given, problems)


def row(name: str, changes: dict[Any, Any], *problems: Told) -> ToldSheet:
    """Return the whole sheet with one row, some of its columns replaced."""
    cells = {key: value for key, value in {**ROW, **changes}.items() if value is not GONE}
    rows = {"persons.cases": [ROW, cells]}
    return told(
        f"row {name}", rows, *((code, f"{ROWS}[1]{path}", *more) for code, path, *more in problems)
    )


#: The path of the table.
ROWS = "persons.cases"


class Torn(list[Any]):
    """A list that does not say how long it is."""

    def __len__(self) -> int:
        """Refuse."""
        raise RuntimeError


class Closed(dict[Any, Any]):
    """A mapping whose keys cannot be looked at."""

    def __iter__(self) -> Iterator[Any]:
        """Refuse."""
        raise RuntimeError


class Guarded(dict[Any, Any]):
    """A mapping that lists its keys, and hands nothing out."""

    def __getitem__(self, key: object) -> Any:
        """Refuse."""
        raise RuntimeError

    def get(self, *_: object) -> Any:
        """Refuse."""
        raise RuntimeError


class LyingDate(date):
    """A date that writes itself as another."""

    __slots__ = ()

    def isoformat(self) -> str:
        """Return no date at all."""
        return "2026-02-30"


def told_sheets() -> Iterator[ToldSheet]:
    """Yield every sheet whose problems are all told."""
    yield from tables()
    yield from rows()
    yield from panels_and_dates()
    yield from given_numbers()
    yield from states()


# fmt: off


def tables() -> Iterator[ToldSheet]:
    """Yield sheets with a table that is none."""
    missing, wrong = "missing-finding", "wrong-type"
    whole: Cases = (
        ("lacking", GONE, (missing,)),
        ("null", None, (missing,)),
        ("empty map", {}, (missing,)),
        ("row alone", {"role": "leader"}, ("unknown-key",)),
        ("text", "leader", (wrong,)),
        ("empty text", "", (wrong,)),
        ("number", 2, (wrong,)),
        ("flag", True, (wrong,)),
        ("bytes", b"[]", (wrong,)),
        ("set", set(), (wrong,)),
        ("generator", (each for each in ()), (wrong,)),
        ("object", Raising(), (wrong,)),
        ("class", list, (wrong,)),
        ("map holding itself", holding_itself(), (wrong,)),
        ("list that does not say how long it is", Torn(), (wrong,)),
        ("one row too many", [ROW] * 4, ("out-of-range",)),
        ("a million rows", [ROW] * 1_000_000, ("out-of-range",)),
    )
    for name, value, codes in whole:
        yield told(f"table {name}", {ROWS: value}, *((code, ROWS) for code in codes))
    single: Cases = (
        ("null", None, ()),
        ("text", "leader", ()),
        ("number", 5, ()),
        ("list", ["leader"], ()),
        ("pairs", [("role", "leader")], ()),
        ("list of rows", [ROW], ()),
        ("object", Raising(), ()),
        ("list holding itself", list_holding_itself(), ()),
    )
    for name, value, _ in single:
        yield told(f"row that is {name}", {ROWS: [ROW, value]}, ("not-a-mapping", f"{ROWS}[1]"))
    yield told("two rows that are none", {ROWS: [None, ROW, 5]}, ("not-a-mapping", f"{ROWS}[0]"), ("not-a-mapping", f"{ROWS}[2]"))
    yield told("row whose keys cannot be looked at", {ROWS: [Closed(ROW)]}, (wrong, f"{ROWS}[0]"))
    yield told("row that hands nothing out", {ROWS: [Guarded(ROW)]}, (wrong, f"{ROWS}[0]"))
    yield told("table twice", {"persons": {"cases": []}}, ("given-twice", ROWS))
    yield told("table misspelt", {"persons.case": []}, ("unknown-field", "persons.case", "cases"))
    yield told("row by its place", {"persons.cases[0]": ROW}, ("unknown-field", "persons.cases[0]", "cases"))
    yield told("column of a table", {"persons.cases.role": ["leader"]}, ("unknown-field", "persons.cases.role"))
    yield told("column as an item", {"cases": [ROW]}, ("unknown-item", "cases"))
    yield told("row of a node as an item", {"upkeep[0]": {"faults": 1}}, ("unknown-item", "upkeep[0]", "upkeep"))
    yield told("no rows where one is needed", {"upkeep.months": []}, ("too-few", "upkeep"))
    yield told("rows of a node, of the wrong shape", {"upkeep.months": [{"faults": 10}, {"fault": 1}, {}]}, ("out-of-range", "upkeep.months[0].faults"), ("unknown-field", "upkeep.months[1].fault", "faults"), ("missing-finding", "upkeep.months[1].faults"), ("missing-finding", "upkeep.months[2].faults"))


def rows() -> Iterator[ToldSheet]:
    """Yield sheets with one wrong row."""
    wrong, range_, exact = "wrong-type", "out-of-range", "not-exact"
    cells: tuple[tuple[str, str, Any, str], ...] = (
        ("role lacking", "role", GONE, "missing-finding"),
        ("role null", "role", None, "missing-finding"),
        ("role empty", "role", "", "unknown-value"),
        ("role a number", "role", 1, wrong),
        ("role a list", "role", ["leader"], wrong),
        ("role an object", "role", Raising(), wrong),
        ("role in capitals", "role", "Leader", "unknown-value"),
        ("role lying", "role", LyingText("evil", "leader"), "unknown-value"),
        ("role nested", "role", {"value": {"value": "leader"}}, wrong),
        ("role holding itself", "role", holding_itself(), wrong),
        ("role without a value", "role", {"note": "the head"}, "missing-finding"),
        ("role with an unknown key", "role", {"value": "leader", "notes": "the head"}, "unknown-key"),
        ("cost a text", "cost", "12", wrong),
        ("cost a flag", "cost", True, wrong),
        ("cost too fine", "cost", Decimal("0.005"), exact),
        ("cost a sum of floats", "cost", 0.1 + 0.2, exact),
        ("cost too much", "cost", 1001, range_),
        ("cost of 5,001 digits", "cost", 10**5000, range_),
        ("cost NaN", "cost", float("nan"), "not-finite"),
        ("cost an object", "cost", Raising(), wrong),
        ("cost that claims to be a number", "cost", Pretender(), wrong),
        ("day that there is not", "day", "2026-02-30", wrong),
        ("day a moment", "day", datetime(2026, 3, 1, tzinfo=UTC), wrong),
        ("seen a text", "seen", "a", wrong),
        ("seen twice", "seen", ["a", "a"], "duplicate-value"),
        ("seen unknown", "seen", ["c"], "unknown-value"),
        ("seen lacking", "seen", GONE, "missing-finding"),
        ("late one", "late", 1, wrong),
        ("late a text", "late", "true", wrong),
        ("said a number", "said", 5, wrong),
        ("said too long", "said", "x" * 10_001, range_),
        ("maybe below 0", "maybe", -1, range_),
        ("lost by its sentinel", "lost", -1, "missing-finding"),
        ("lost beside its sentinel", "lost", -2, range_),
        ("judged below its range", "judged", Decimal("0.4"), range_),
        ("judged outside its tier", "judged", Decimal("2.5"), range_),
    )
    for name, column, value, code in cells:
        yield row(name, {column: value}, (code, f".{column}"))
    yield row("role misspelt", {"role": "leadr"}, ("unknown-value", ".role", "leader"))
    yield row("with a further column", {"rool": "leader"}, ("unknown-field", ".rool", "role"))
    yield row("with another column for role", {"rool": "leader", "role": GONE}, ("unknown-field", ".rool", "role"), ("missing-finding", ".role"))
    yield row("with a column called by a number", {7: 1}, ("unknown-field", ""))
    yield row("with a column called by nothing", {None: 1}, ("unknown-field", ""))
    yield row("with a column called by a pair", {("role", "day"): 1}, ("unknown-field", ""))
    yield row("with rows in it", {"cases": [ROW]}, ("unknown-field", ".cases"))
    yield row("with many problems", {"role": 1, "day": "today", "cost": -1, "late": GONE}, (wrong, ".role"), (wrong, ".day"), (range_, ".cost"), ("missing-finding", ".late"))
    yield row("with a grave penalty judged lightly", {"penalty": "grave", "judged": 1}, (range_, ".judged"))
    yield told("rows with problems each", {ROWS: [{**ROW, "cost": -1}, ROW, {**ROW, "judged": 3}]}, (range_, f"{ROWS}[0].cost"), (range_, f"{ROWS}[2].judged"))
    yield told("rows judged outside their tiers", {ROWS: [{**ROW, "judged": 4}, {**ROW, "penalty": "grave", "judged": 1}]}, (range_, f"{ROWS}[0].judged"), (range_, f"{ROWS}[1].judged"))


def panels_and_dates() -> Iterator[ToldSheet]:
    """Yield sheets with readings or a date that are none."""
    wrong, range_ = "wrong-type", "out-of-range"
    readings: tuple[tuple[str, Any, str], ...] = (
        ("lacking", GONE, "missing-finding"),
        ("null", None, "missing-finding"),
        ("a number", 7, wrong),
        ("a text", "7;8;9", wrong),
        ("a set", {7, 8, 9}, wrong),
        ("a generator", (each for each in (7, 8, 9)), wrong),
        ("an object", Raising(), wrong),
        ("a list that does not say how long it is", Torn(), wrong),
        ("none", [], "missing-finding"),
        ("that are all absent", [None, None], "missing-finding"),
        ("two", [7, 8], "too-few"),
        ("two of four", [7, None, 8, None], "too-few"),
        ("six", [7] * 6, range_),
        ("a million", [7] * 1_000_000, range_),
        ("with one too high", [7, 8, 11], range_),
        ("with one below 0", [7, 8, -1], range_),
        ("with one too fine", [7, 8, Decimal("8.55")], "not-exact"),
        ("with a NaN", [7, 8, float("nan")], "not-finite"),
        ("with a text", [7, 8, "9"], wrong),
        ("with a flag", [7, 8, True], wrong),
        ("with a list", [7, 8, [9]], wrong),
        ("with a finding in it", [7, 8, {"value": 9}], wrong),
        ("with an object", [7, 8, Raising()], wrong),
        ("with what claims to be a number", [7, 8, Pretender()], wrong),
    )
    for name, value, code in readings:
        yield told(f"readings {name}", {"hall.mark": value}, (code, "hall.mark"))
    dates: tuple[tuple[str, Any], ...] = (
        ("30 February", "2026-02-30"),
        ("29 February of no leap year", "1900-02-29"),
        ("month 13", "2026-13-01"),
        ("day 0", "2026-01-00"),
        ("without zeros", "2026-2-3"),
        ("without dashes", "20260203"),
        ("with slashes", "24/11/2026"),
        ("with a time", "2026-11-24T00:00"),
        ("with a zone", "2026-11-24Z"),
        ("of a week", "2026-W48-2"),
        ("before 1900", "1899-12-31"),
        ("after 2199", "2200-01-01"),
        ("of five digits", "12026-01-01"),
        ("below 0", "-2026-01-01"),
        ("with a blank", " 2026-11-24"),
        ("with a line end", "2026-11-24\n"),
        ("with digits of another script", "２０２６-11-24"),
        ("empty", ""),
        ("in words", "today"),
        ("a moment", datetime(2026, 11, 24, tzinfo=UTC)),
        ("a time", time(12, 30)),
        ("a number", 20261124),
        ("a number of years", 2026),
        ("a flag", True),
        ("a list", [2026, 11, 24]),
        ("bytes", b"2026-11-24"),
        ("an object", Raising()),
        ("a date that writes itself as another", LyingDate(2026, 11, 24)),
        ("a date before 1900", date(1899, 12, 31)),
    )
    for name, value in dates:
        yield told(f"date {name}", {"hall.built": value}, (wrong, "hall.built"))
    yield told("date null", {"hall.built": None}, ("missing-finding", "hall.built"))


def given_numbers() -> Iterator[ToldSheet]:
    """Yield what is given beside a sheet and cannot be meant."""
    missing = "missing-finding"
    assessee, cycle = KNOWN["assessee"], KNOWN["cycle"]
    lacking = ((missing, "assessee.type"), (missing, "assessee.population"), (missing, "cycle.as_of"))
    yield known("nothing given", None, *lacking)
    yield known("given that is empty", {}, *lacking)
    for name, value in (("a list", []), ("a text", "urban"), ("a number", 5), ("an object", Raising())):
        yield known(f"given {name}", value, ("not-a-mapping", "$"), *lacking)
    yield known("given without one", {"assessee": {"type": "urban"}, "cycle": cycle}, (missing, "assessee.population"))
    yield known("given null", {"assessee": {**assessee, "population": None}, "cycle": cycle}, (missing, "assessee.population"))
    yield known("source null", {"assessee": None, "cycle": cycle}, ("not-a-mapping", "assessee"), *lacking[:2])
    yield known("source a list", {"assessee": assessee, "cycle": ["2026-11-24"]}, ("not-a-mapping", "cycle"), lacking[2])
    yield known("source misspelt", {"asessee": assessee, "cycle": cycle}, ("unknown-item", "asessee", "assessee"), *lacking[:2])
    yield known("source that is not declared", {**KNOWN, "cohort": {"mean": 5}}, ("unknown-item", "cohort"))
    yield known("source that is an item", {**KNOWN, "hall": {"state": "good"}}, ("unknown-item", "hall"))
    yield known("source called by a number", {**KNOWN, 5: {}}, ("unknown-item", "$"))
    yield known("given misspelt", {"assessee": {**assessee, "populaton": 5}, "cycle": cycle}, ("unknown-field", "assessee.populaton", "population"))
    yield known("given misspelt, flat", {**KNOWN, "cycle.as_off": "2026-11-24"}, ("unknown-field", "cycle.as_off", "as_of"))
    yield known("given called by a number", {"assessee": {**assessee, 5: 5}, "cycle": cycle}, ("unknown-field", "assessee"))
    yield known("given twice, nested and flat", {**KNOWN, "assessee.population": 8000}, ("given-twice", "assessee.population"))
    yield told("given twice, in the sheet too", {"assessee": {"population": 8000}}, ("given-twice", "assessee.population"))
    yield told("given twice, in the sheet too, flat", {"cycle.as_of": "2026-11-24"}, ("given-twice", "cycle.as_of"))
    yield told("given misspelt in the sheet", {"history.star": 3}, ("unknown-field", "history.star", "stars"))
    values: tuple[tuple[str, str, str, Any, str], ...] = (
        ("type unknown", "assessee", "type", "city", "unknown-value"),
        ("type a number", "assessee", "type", 1, "wrong-type"),
        ("population below 0", "assessee", "population", -1, "out-of-range"),
        ("population too large", "assessee", "population", 9001, "out-of-range"),
        ("population a text", "assessee", "population", "8000", "wrong-type"),
        ("population a flag", "assessee", "population", True, "wrong-type"),
        ("population broken", "assessee", "population", 8000.5, "not-exact"),
        ("population an object", "assessee", "population", Raising(), "wrong-type"),
        ("population a list", "assessee", "population", [8000], "wrong-type"),
        ("day a moment", "cycle", "as_of", datetime(2026, 11, 24, tzinfo=UTC), "wrong-type"),
        ("day that there is not", "cycle", "as_of", "2026-11-31", "wrong-type"),
        ("stars of an optional one", "history", "stars", 6, "out-of-range"),
    )
    for name, source, field, value, code in values:
        given = {**KNOWN, source: {**KNOWN.get(source, {}), field: value}}
        yield known(f"given {name}", given, (code, f"{source}.{field}"))


def states() -> Iterator[ToldSheet]:
    """Yield sheets with findings that are freed, judged wrongly, or rest on methods."""
    freed = ("hall.mark", "hall.lost", "hall.built", "hall.level", "hall.blame")
    yield told("findings of a node that is not applicable", {"hall.state": "none"}, *(("not-applicable", path) for path in freed))
    yield told("finding of a node that is not applicable", {"hall.state": "none", **dict.fromkeys(freed, GONE), "hall.lost": 1}, ("not-applicable", "hall.lost"))
    yield told("wrong finding of a node that is not applicable", {"hall.state": "none", **dict.fromkeys(freed, GONE), "hall.lost": "x"}, ("wrong-type", "hall.lost"))
    yield told("findings for another type", {"fields.wells": 1}, ("not-applicable", "fields.wells"))
    yield known("findings for the other type", {**KNOWN, "assessee": {"type": "rural", "population": 5}}, ("not-applicable", "streets.holes"), ("missing-finding", "fields.wells"))
    yield told("skip where that is refused", {"gate.kind": "none"}, ("not-applicable", "gate.kind"))
    yield told("value that means missing", {"hall.state": "unknown"}, ("missing-finding", "hall.state"))
    yield told("sentinel", {"hall.lost": -1}, ("missing-finding", "hall.lost"))
    yield told("sentinel as a float", {"hall.lost": -1.0}, ("missing-finding", "hall.lost"))
    yield told("beside the sentinel", {"hall.lost": -2}, ("out-of-range", "hall.lost"))
    yield told("child with one of two findings", {"second.more": GONE}, ("missing-finding", "second.more"))
    yield told("child of two without findings", {"second.two": GONE, "second.more": GONE, "third.three": GONE}, ("too-few", "opinions"))
    yield told("no child with findings", {"first.one": GONE, "second.two": GONE, "second.more": GONE, "third.three": GONE}, ("too-few", "opinions"))
    yield told("judged too much", {"hall.blame": 3}, ("out-of-range", "hall.blame"))
    yield told("judged too little", {"hall.level": "grave"}, ("out-of-range", "hall.blame"))
    yield told("judged beyond all tiers", {"hall.blame": 6}, ("out-of-range", "hall.blame"))
    # methods
    assumed = ("missing-finding", "hall.visits")
    yield told("no methods, so nothing is assumed", {"methods": GONE}, assumed)
    yield told("one method, so nothing is assumed", {"methods": {"hall": ["documents"]}}, assumed)
    yield told("methods of nothing", {"methods": None}, ("not-a-mapping", "methods"), assumed)
    yield told("methods as a list", {"methods": ["documents"]}, ("not-a-mapping", "methods"), assumed)
    yield told("methods of an unknown item", {"methods": {"hal": ["documents"], "hall": ["documents", "interview"]}}, ("unknown-item", "methods.hal", "hall"))
    yield told("methods of a number", {"methods": {7: [], "hall": ["documents", "interview"]}}, ("unknown-item", "methods"))
    yield told("method misspelt", {"methods": {"hall": ["document", "interview"]}}, ("unknown-value", "methods.hall", "documents"), assumed)
    yield told("method that is a number", {"methods": {"hall": ["documents", "interview", 5]}}, ("unknown-value", "methods.hall"))
    yield told("method that is an object", {"methods": {"hall": ["documents", "interview", Raising()]}}, ("unknown-value", "methods.hall"))
    yield told("methods of an item as a map", {"methods": {"hall": {"documents": True}}}, ("wrong-type", "methods.hall"), assumed)
    yield told("methods of an item null", {"methods": {"hall": None}}, ("wrong-type", "methods.hall"), assumed)
    yield told("method of a finding misspelt", {"hall.lost": {"value": 1, "method": "interviews"}}, ("unknown-value", "hall.lost.method", "interview"))
    yield told("methods required, one lacking", {"methods": {"hall": ["documents"]}, "hall.visits": 4}, ("missing-method", "hall"))._replace(methods="required")
    yield told("methods required, none there", {"methods": GONE}, assumed, ("missing-method", "hall"))._replace(methods="required")
    yield told("methods required by another word", {}, ("unknown-value", "methods"))._replace(methods="requird")
    yield told("methods required by a list", {}, ("unknown-value", "methods"))._replace(methods=["documents"])


# fmt: on

#: Every sheet whose problems are all told, names unique.
TOLD: tuple[ToldSheet, ...] = tuple(told_sheets())
