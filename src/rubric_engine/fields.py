"""The types of evidence: how a finding is written, read and handed to the graph.

A field type is one class here: its options are its attributes, `read` turns a finding
into what the graph takes or names what is wrong, `inputs` says where it enters the
graph. Positive examples are in the reference of the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from numbers import Integral
from typing import Any, ClassVar, Literal, NoReturn

from attrs import field, frozen

from rubric_engine.errors import InvalidRubric, Problem, malformed, nearest_name
from rubric_engine.exact import exact_number, number_text, quanta_of, read_number
from rubric_engine.figures import Figure
from rubric_engine.graph import Input
from rubric_engine.intervals import Interval
from rubric_engine.words import Words, words

__all__ = [
    "FIELD_TYPES",
    "LONGEST_FINDING",
    "MEANINGS",
    "MOST_PLACES",
    "MOST_READINGS",
    "Amount",
    "Checklist",
    "Choice",
    "Count",
    "Date",
    "Field",
    "Flag",
    "Number",
    "Range",
    "Read",
    "Refused",
    "Rows",
    "Scalar",
    "Share",
    "Shown",
    "Text",
    "day_code",
    "meanings",
]

#: What a value of a choice may mean, beside an amount.
MEANINGS = ("full", "skip", "missing", "unrated")
Meaning = Fraction | Literal["full", "skip", "missing", "unrated"]
Meanings = tuple[tuple[str, Meaning], ...]

#: A number has at most so many decimal places.
MOST_PLACES = 9
#: A panel has at most so many readings.
MOST_READINGS = 36
#: A text has at most so many characters.
LONGEST_FINDING = 10_000
_LARGEST_EXPONENT = 20
_LARGEST_FINDING = 10**_LARGEST_EXPONENT
#: So many names are listed in a message.
_MOST_LISTED = 100


#: A finding as plain data; numbers with decimals are exact text. The readings of a panel are a
#: tuple, with None for an absent one; the rows of a table a tuple of mappings.
Shown = bool | int | str | tuple[Any, ...]
#: A finding as the graph takes it; None where its value means that it is missing.
Read = int | str | tuple[Any, ...] | None


class Scalar(str):
    """A finding that came as text from a file or a cell, still to be typed by its field."""

    __slots__ = ()


class Refused(Exception):
    """A finding that its field does not take; becomes a `Problem` where its path is known."""

    def __init__(self, code: str, expected: str, found: str, nearest: str | None = None) -> None:
        super().__init__(code)
        self.code, self.expected, self.found, self.nearest = code, expected, found, nearest


@frozen
class Range:
    """A closed range of exact numbers; an end that is None is open."""

    low: Fraction | None
    high: Fraction | None

    @classmethod
    def parse(cls, text: str) -> Range:
        """Read `a..b`, `..b` or `a..`; raises `InvalidRubric` for anything else."""
        match = re.fullmatch(r"([^.]*(?:\.[0-9]+)?)\.\.(.*)", text.strip())
        ends = [read_number(each) if each else None for each in match.groups()] if match else []
        if match is None or any(
            end is None and written for end, written in zip(ends, match.groups(), strict=True)
        ):
            raise malformed("bad-number", "a range, written a..b", shown(text))
        low, high = ends
        if (low is None and high is None) or (low is not None and high is not None and low > high):
            raise malformed("out-of-range", "the lower end first, one end at least", shown(text))
        return cls(low, high)

    def __str__(self) -> str:
        low = "" if self.low is None else number_text(self.low)
        high = "" if self.high is None else number_text(self.high)
        return f"{low}..{high}"


def as_range(value: Range | str | tuple[object, object]) -> Range:
    """Return a range from itself, from `a..b` as text, or from a pair of numbers."""
    if isinstance(value, Range):
        return value
    if isinstance(value, str):
        return Range.parse(value)
    low, high = ("" if each is None else str(each) for each in value)
    return Range.parse(f"{low}..{high}")


def shown(value: object) -> str:
    """Describe a value that was found, briefly and without trusting its own repr."""
    kind = type(value).__name__
    if value is None:
        return "nothing"
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        return f"{kind} {value}" if abs(value) < 10**20 else f"{kind} of {value.bit_length()} bits"
    if type(value) is float:
        return f"{kind} {value!r}"
    if isinstance(value, str):
        text = str.__str__(value)
        return repr(text if len(text) <= 40 else text[:37] + "...")
    return kind


_Titled = tuple[str, Words | str | None]
_Values = Mapping[str, Words | str | None] | Iterable[str | _Titled]
_DEFAULT_RANGE = Range(Fraction(0), Fraction(1_000_000))


def _written(value: object) -> str | None:
    """Return a finding that stands in a declaration as the text a file has for it."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ";".join(map(str, value))
    number = exact_number(value)
    return str(value) if number is None else number_text(number)


@frozen(kw_only=True)
class Field:
    """What all types of evidence share."""

    #: The name of the type in files.
    type: ClassVar[str]
    #: How a finding of the plainest form is recognised: True and False, an int within the
    #: bounds, one of the names; everything else goes through `read`.
    plain: ClassVar[Literal["truth", "integer", "name", "other"]] = "other"

    #: What is to be found, for people.
    title: Words | None = field(default=None, converter=words)
    #: What else is to be said of it.
    note: Words | None = field(default=None, converter=words)
    #: Whether a sheet may leave the finding out.
    optional: bool = False
    #: The finding, as a file writes it, that stands in where there is none.
    none_means: str | None = field(default=None, converter=_written)
    #: The finding, as a file writes it, that says there is none.
    absent: str | None = field(default=None, converter=_written)

    @property
    def simple(self) -> bool:
        """Whether a plain finding can be recognised by its type and bounds alone."""
        return self.absent is None

    @property
    def expects(self) -> str:
        """What a finding has to be, in a few words."""
        raise NotImplementedError

    def inputs(self, name: str) -> tuple[Input, ...]:
        """Return where the finding enters the graph; `name` is `item.field`."""
        raise NotImplementedError

    def read(self, value: object) -> Read:
        """Return the finding as the graph takes it, or raise `Refused`.

        Truths and choices are 0, 1, …; numbers are quanta; a checklist has one bit for
        each of its values; a date is a code that rises with it; a panel is a tuple of
        readings; a text stays a text. None means that the value says it is missing.
        """
        return None if self._says_absent(value) else self.taken(value)

    def taken(self, value: object) -> Read:
        """Return a finding that is no sentinel as the graph takes it, or raise `Refused`."""
        raise NotImplementedError

    def show(self, read: Any) -> Shown:  # noqa: ANN401 - whatever `read` gave
        """Return a finding that was read as plain data: true, 2, "0.5", "good", ("a",)."""
        raise NotImplementedError

    def _says_absent(self, value: object) -> bool:
        if self.absent is None:
            return False
        if isinstance(value, str):
            return str.__str__(value).strip() == self.absent
        number = None if isinstance(value, bool) else exact_number(value)
        return number is not None and number == read_number(self.absent)

    def _refuse(self, value: object, code: str = "wrong-type", found: str = "") -> NoReturn:
        raise Refused(code, self.expects, found or shown(value))


@frozen(kw_only=True)
class Flag(Field):
    """True or false."""

    type: ClassVar[str] = "flag"
    plain = "truth"

    @property
    def expects(self) -> str:
        return "true or false"

    def inputs(self, name: str) -> tuple[Input, ...]:
        return (Input(name, "truth", Interval(0, 1, self.optional)),)

    def taken(self, value: object) -> int:
        if isinstance(value, Scalar):
            value = {"true": True, "false": False}.get(value.strip().lower(), value)
        if not isinstance(value, bool):
            self._refuse(value)
        return int(value)

    def show(self, read: Any) -> Shown:  # noqa: ANN401 - see `Field`
        return bool(read)


@frozen(kw_only=True)
class _Numeric(Field):
    """What the types that are numbers share."""

    #: How many readings it takes, each of which may be absent; None for a single finding.
    panel: int | None = None
    #: The fewest readings that must be there.
    need: int | None = None
    #: What it is a figure of, where it is a given number of the cohort.
    figure: Figure | None = None

    @property
    def simple(self) -> bool:
        return self.absent is None and self.panel is None

    @property
    def fewest(self) -> int:
        """The fewest readings that a panel must have."""
        return 1 if self.need is None else self.need

    @property
    def limits(self) -> Range:
        """The range a finding lies in; both ends are stated."""
        raise NotImplementedError

    @property
    def decimals(self) -> int:
        """How many decimal places a finding may have."""
        raise NotImplementedError

    @cached_property
    def quanta(self) -> int:
        """How many quanta make a unit, for places within 0 to `MOST_PLACES`."""
        return int(10 ** min(max(self.decimals, 0), MOST_PLACES))

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """The smallest and the largest finding, in quanta."""
        low, high = self.limits.low, self.limits.high
        if low is None or high is None:
            msg = "the range of a finding has two ends"
            raise ValueError(msg)
        least, most = low * self.quanta, high * self.quanta
        return -(-least.numerator // least.denominator), most.numerator // most.denominator

    @property
    def expects(self) -> str:
        kind = "whole number" if not self.decimals else f"number of {self.decimals} decimals"
        if self.panel is None:
            return f"a {kind} in {self.limits}"
        return f"{self.fewest} to {self.panel} readings, each a {kind} in {self.limits}"

    def inputs(self, name: str) -> tuple[Input, ...]:
        low, high = self.bounds
        if self.panel is None:
            return (Input(name, "integer", Interval(low, high, self.optional)),)
        reading = Interval(low, high, missing=True)
        readings = min(max(self.panel, 1), MOST_READINGS)
        return tuple(Input(f"{name}.{k}", "integer", reading) for k in range(1, readings + 1))

    def taken(self, value: object) -> Read:
        return self.number(value) if self.panel is None else self._readings(value, self.panel)

    def _readings(self, value: object, most: int) -> tuple[int | None, ...] | None:
        if isinstance(value, Scalar):
            value = [Scalar(each) if each.strip() else None for each in value.split(";")]
        if isinstance(value, str) or not isinstance(value, Sequence):
            self._refuse(value)
        if len(value) > most:
            self._refuse(value, "out-of-range", f"{len(value)} readings")
        found = [
            None if each is None or self._says_absent(each) else self.number(each) for each in value
        ]
        there = len(found) - found.count(None)
        if not there:
            return None
        if there < self.fewest:
            self._refuse(value, "too-few", f"{there} readings")
        return (*found, *[None] * (most - len(found)))

    def number(self, value: object) -> int:
        """Return one number in quanta, or raise `Refused`."""
        number: object = value
        if isinstance(value, Scalar):
            number = read_number(value.strip())
        if isinstance(number, bool | str | type(None)):
            self._refuse(value)
        try:
            if (
                isinstance(number, Integral)
                and not -_LARGEST_FINDING < int(number) < _LARGEST_FINDING
            ):
                self._refuse(int(number), "out-of-range")
            quanta = quanta_of(number, self.quanta)
        except (ArithmeticError, TypeError, ValueError):
            self._refuse(value)
        if quanta is None:
            self._refuse(value, _why_not(number))
        low, high = self.bounds
        if not low <= quanta <= high:
            self._refuse(value, "out-of-range")
        return quanta

    def show(self, read: Any) -> Shown:  # noqa: ANN401 - see `Field`
        if isinstance(read, tuple):
            return tuple(None if each is None else self.show(each) for each in read)
        text = number_text(Fraction(int(read), self.quanta))
        return text if self.decimals else int(read)


def _why_not(number: object) -> str:
    """Return the code for a number that is no whole number of quanta."""
    if isinstance(number, Fraction):
        return "not-exact"
    if not isinstance(number, float | Decimal):
        return "wrong-type"
    # Not `Decimal(number)`, which heeds a trap for floats that the caller may have set.
    exact = Decimal.from_float(number) if isinstance(number, float) else number  # noqa: FURB164 - see above
    if not exact.is_finite():
        return "not-finite"
    # `adjusted` is the exponent of the first digit: unlike a comparison, it cannot overflow.
    return "out-of-range" if exact.adjusted() >= _LARGEST_EXPONENT else "not-exact"


@frozen(kw_only=True)
class Count(_Numeric):
    """A whole number of occurrences, 0 or more."""

    type: ClassVar[str] = "count"
    plain = "integer"

    #: The least and the greatest finding.
    range: Range = field(default=_DEFAULT_RANGE, converter=as_range)

    @property
    def limits(self) -> Range:
        return self.range

    @property
    def decimals(self) -> int:
        return 0


def _numbers(values: Iterable[object]) -> tuple[Fraction, ...]:
    numbers: list[Fraction] = []
    for each in values:
        number = exact_number(each)
        if number is None:
            raise malformed("bad-number", "an exact number", shown(each))
        numbers.append(number)
    return tuple(numbers)


@frozen(kw_only=True)
class Number(_Numeric):
    """A number of at most `places` decimals, in a range or one of a few."""

    type: ClassVar[str] = "number"

    #: How many decimals a finding may have, 0 to 9.
    places: int = 0
    #: The least and the greatest finding.
    range: Range = field(default=_DEFAULT_RANGE, converter=as_range)
    #: The findings there can be, instead of a range.
    one_of: tuple[Fraction, ...] = field(default=(), converter=_numbers)

    @property
    def limits(self) -> Range:
        return Range(min(self.one_of), max(self.one_of)) if self.one_of else self.range

    @property
    def decimals(self) -> int:
        return self.places

    @property
    def expects(self) -> str:
        if not self.one_of:
            return super().expects
        return "one of " + ", ".join(number_text(each) for each in self.one_of)

    def number(self, value: object) -> int:
        quanta = super().number(value)
        if self.one_of and Fraction(quanta, self.quanta) not in self.one_of:
            self._refuse(value, "out-of-range")
        return quanta


@frozen(kw_only=True)
class Share(_Numeric):
    """A percentage, 0 to 100."""

    type: ClassVar[str] = "share"
    plain = "integer"

    #: How many decimals a finding may have, 0 to 9.
    places: int = 2

    @property
    def limits(self) -> Range:
        return Range(Fraction(0), Fraction(100))

    @property
    def decimals(self) -> int:
        return self.places


@frozen(kw_only=True)
class Amount(_Numeric):
    """Points judged by the assessor: 0, or within the range."""

    type: ClassVar[str] = "amount"

    #: The points there can be, beside 0.
    range: Range = field(converter=as_range)
    #: How many decimals a finding may have; those of the range where not stated.
    places: int | None = None

    @property
    def limits(self) -> Range:
        return Range(Fraction(0), self.range.high)

    @property
    def decimals(self) -> int:
        if self.places is not None:
            return self.places
        ends = [each for each in (self.range.low, self.range.high) if each is not None]
        return max((len(number_text(each).partition(".")[2]) for each in ends), default=0)

    @property
    def expects(self) -> str:
        return f"0, or points in {self.range}"

    def number(self, value: object) -> int:
        quanta = super().number(value)
        if quanta and self.range.low is not None and quanta < self.range.low * self.quanta:
            self._refuse(value, "out-of-range")
        return quanta


def _titled(given: _Values) -> tuple[tuple[str, Words | None], ...]:
    pairs = given.items() if isinstance(given, Mapping) else given
    return tuple(
        (each, None) if isinstance(each, str) else (each[0], words(each[1])) for each in pairs
    )


@frozen(kw_only=True)
class _Listed(Field):
    """What the types with named values share."""

    #: The values, each with its title if it has one.
    values: tuple[tuple[str, Words | None], ...] = field(converter=_titled)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the values, in order."""
        return tuple(name for name, _ in self.values)

    @property
    def listed(self) -> str:
        """The names of the values as text, the first of very many."""
        names = self.names
        more = f", … ({len(names)} in all)" if len(names) > _MOST_LISTED else ""
        return ", ".join(names[:_MOST_LISTED]) + more

    def _position(self, value: object) -> int:
        if not isinstance(value, str) or len(value) > LONGEST_FINDING:
            self._refuse(value)
        name = str.__str__(value)
        if isinstance(value, Scalar):
            name = name.strip()
        names = self.names
        if name not in names:
            raise Refused("unknown-value", self.expects, shown(name), nearest_name(name, names))
        return names.index(name)


def meanings(given: Mapping[str, object] | Iterable[tuple[str, object]]) -> Meanings:
    """Return the meanings of values; raises `InvalidRubric` for one that is none."""
    pairs = given.items() if isinstance(given, Mapping) else given
    return tuple((str(name), _meaning(each, str(name))) for name, each in pairs)


def _meaning(value: object, name: str) -> Meaning:
    for meaning in ("full", "skip", "missing", "unrated"):
        if value == meaning:
            return meaning
    number = exact_number(value)
    if number is None:
        expected = "a number, `full`, `skip`, `missing` or `unrated`"
        near = nearest_name(value, MEANINGS) if isinstance(value, str) else None
        raise InvalidRubric([Problem("unknown-value", name, expected, shown(value), near)])
    return number


@frozen(kw_only=True)
class Choice(_Listed):
    """One of its values."""

    type: ClassVar[str] = "choice"
    plain = "name"

    #: What values mean beside being named: an amount, `full`, `skip`, `missing`, `unrated`.
    means: Meanings = field(default=(), converter=meanings)

    @property
    def simple(self) -> bool:
        return self.absent is None and not self.meaning("missing")

    def meaning(self, kind: str) -> tuple[str, ...]:
        """Return the values that mean this."""
        names = self.names
        return tuple(name for name, meaning in self.means if meaning == kind and name in names)

    @property
    def expects(self) -> str:
        return "one of " + self.listed

    def inputs(self, name: str) -> tuple[Input, ...]:
        return (Input(name, "integer", Interval(0, max(len(self.values) - 1, 0), self.optional)),)

    def taken(self, value: object) -> int | None:
        position = self._position(value)
        return None if self.names[position] in self.meaning("missing") else position

    def show(self, read: Any) -> Shown:  # noqa: ANN401 - see `Field`
        return self.names[int(read)]


@frozen(kw_only=True)
class Checklist(_Listed):
    """Those of its values that hold, as a list."""

    type: ClassVar[str] = "checklist"

    @property
    def expects(self) -> str:
        return "a list out of " + self.listed

    def inputs(self, name: str) -> tuple[Input, ...]:
        interval = Interval(0, 1, self.optional)
        return tuple(Input(f"{name}.{each}", "truth", interval) for each in self.names)

    def taken(self, value: object) -> int:
        if isinstance(value, Scalar):
            value = [Scalar(each) for each in value.split(";") if each.strip()]
        if isinstance(value, str) or not isinstance(value, Sequence | AbstractSet):
            self._refuse(value)
        if len(value) > len(self.values):
            self._refuse(value, "duplicate-value", f"{len(value)} values")
        bits = 0
        for each in value:
            bit = 1 << self._position(each)
            if bits & bit:
                self._refuse(each, "duplicate-value")
            bits |= bit
        return bits

    def show(self, read: Any) -> Shown:  # noqa: ANN401 - see `Field`
        return tuple(name for place, name in enumerate(self.names) if int(read) >> place & 1)


@frozen(kw_only=True)
class Text(Field):
    """A note; it scores nothing and is never required."""

    type: ClassVar[str] = "text"

    @property
    def expects(self) -> str:
        return f"a text of at most {LONGEST_FINDING} characters"

    def inputs(self, name: str) -> tuple[Input, ...]:
        return (Input(name, "text", Interval(0, 0, missing=True)),)

    def taken(self, value: object) -> str:
        if not isinstance(value, str):
            self._refuse(value)
        text = str.__str__(value)
        if len(text) > LONGEST_FINDING:
            self._refuse(value, "out-of-range", f"{len(text)} characters")
        return text

    def show(self, read: Any) -> Shown:  # noqa: ANN401 - see `Field`
        return str(read)


_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def day_code(text: str) -> int | None:
    """Return the code of a date as it is written, or None if it is none: see `Date`.

    >>> day_code("2026-11-24") - day_code("2026-10-24"), day_code("2026-02-30")
    (31, None)
    """
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return _code(day) if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _code(day: date) -> int:
    return (day.year * 12 + day.month - 1) * 31 + day.day - 1


@frozen(kw_only=True)
class Date(Field):
    """A day of the calendar, kept as a code: months since the year 0 times 31, and the day.

    In that code a month is always 31, so that "six months before" is exact, and dates
    compare as they should.
    """

    type: ClassVar[str] = "date"

    @property
    def expects(self) -> str:
        return f"a date, year-month-day, within {_FIRST_YEAR} to {_LAST_YEAR}"

    def inputs(self, name: str) -> tuple[Input, ...]:
        ends = (_code(date(_FIRST_YEAR, 1, 1)), _code(date(_LAST_YEAR, 12, 31)))
        return (Input(name, "integer", Interval(*ends, self.optional)),)

    def taken(self, value: object) -> int:
        text = value.isoformat() if type(value) is date else value
        if isinstance(value, Scalar):
            text = value.strip()
        code = day_code(str.__str__(text)) if isinstance(text, str) else None
        if code is None:
            self._refuse(value)
        return code

    def show(self, read: Any) -> Shown:  # noqa: ANN401 - see `Field`
        months, day = divmod(int(read), 31)
        return date(months // 12, months % 12 + 1, day + 1).isoformat()


_MOST_ROWS = 10_000


def _columns(
    value: Mapping[str, Field] | Iterable[tuple[str, Field]],
) -> tuple[tuple[str, Field], ...]:
    pairs = value.items() if isinstance(value, Mapping) else value
    return tuple((name, each) for name, each in pairs)


@frozen(kw_only=True)
class Rows(Field):
    """A table: a list of records, each with a finding for every column."""

    type: ClassVar[str] = "rows"

    #: The fields of a row, by name, in order.
    columns: tuple[tuple[str, Field], ...] = field(converter=_columns)
    #: How many rows there may be.
    range: Range = field(default=Range(Fraction(0), Fraction(1000)), converter=as_range)

    @property
    def sizes(self) -> tuple[int, int]:
        """The fewest and the most rows."""
        low, high = self.range.low or Fraction(0), self.range.high or Fraction(_MOST_ROWS)
        return max(int(low), 0), min(int(high), _MOST_ROWS)

    @property
    def expects(self) -> str:
        return f"a list of {self.range} rows with {', '.join(name for name, _ in self.columns)}"

    def inputs(self, name: str) -> tuple[Input, ...]:
        """Return where the columns enter the graph, one after the other."""
        return tuple(
            each for column, kind in self.columns for each in kind.inputs(f"{name}.{column}")
        )

    def taken(self, value: object) -> tuple[Any, ...]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            self._refuse(value)
        fewest, most = self.sizes
        if not fewest <= len(value) <= most:
            self._refuse(value, "out-of-range", f"{len(value)} rows")
        return tuple(self._row(each) for each in value)

    def _row(self, row: object) -> tuple[Any, ...]:
        if not isinstance(row, Mapping) or set(row) - {name for name, _ in self.columns}:
            self._refuse(row)
        return tuple(kind.read(row.get(name)) for name, kind in self.columns)

    def show(self, read: Any) -> Shown:  # noqa: ANN401 - see `Field`
        return tuple(
            {
                name: kind.show(cell)
                for (name, kind), cell in zip(self.columns, row, strict=True)
                if cell is not None
            }
            for row in read
        )


#: Every type of evidence by its name in files.
FIELD_TYPES: dict[str, type[Field]] = {
    each.type: each
    for each in (Flag, Count, Number, Share, Choice, Checklist, Amount, Date, Rows, Text)
}
