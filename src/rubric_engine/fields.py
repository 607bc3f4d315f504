"""The types of evidence: how a finding is written, read and handed to the graph.

A field type is one class here: its options are its attributes, `read` turns a finding
into what the graph takes or names what is wrong, `inputs` says where it enters the
graph. Positive examples are in the reference of the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from fractions import Fraction
from numbers import Integral
from typing import ClassVar, Literal, NoReturn

from attrs import field, frozen

from rubric_engine.errors import malformed, nearest_name
from rubric_engine.exact import exact_number, number_text, quanta_of, read_number
from rubric_engine.graph import Input
from rubric_engine.intervals import Interval
from rubric_engine.words import Words, words

__all__ = [
    "FIELD_TYPES",
    "MOST_PLACES",
    "Amount",
    "Checklist",
    "Choice",
    "Count",
    "Field",
    "Flag",
    "Number",
    "Range",
    "Refused",
    "Scalar",
    "Share",
    "Shown",
    "Text",
]

#: A number has at most so many decimal places.
MOST_PLACES = 9
_LONGEST_FINDING = 10_000
_LARGEST_EXPONENT = 20
_LARGEST_FINDING = 10**_LARGEST_EXPONENT


#: A finding as plain data; numbers with decimals are exact text.
Shown = bool | int | str | tuple[str, ...]


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


@frozen(kw_only=True)
class Field:
    """What all types of evidence share."""

    #: The name of the type in files.
    type: ClassVar[str]
    #: How a finding of the plainest form is recognised: True and False, an int within the
    #: bounds, one of the names; everything else goes through `read`.
    plain: ClassVar[Literal["truth", "integer", "name", "other"]] = "other"

    title: Words | None = field(default=None, converter=words)
    note: Words | None = field(default=None, converter=words)
    #: Whether a sheet may leave the finding out.
    optional: bool = False

    @property
    def expects(self) -> str:
        """What a finding has to be, in a few words."""
        raise NotImplementedError

    def inputs(self, name: str) -> tuple[Input, ...]:
        """Return where the finding enters the graph; `name` is `item.field`."""
        raise NotImplementedError

    def read(self, value: object) -> int | str:
        """Return the finding as the graph takes it, or raise `Refused`.

        Truths and choices are 0, 1, …; numbers are quanta; a checklist has one bit for
        each of its values; a text stays a text.
        """
        raise NotImplementedError

    def show(self, read: int | str) -> Shown:
        """Return a finding that was read as plain data: true, 2, "0.5", "good", ("a",)."""
        raise NotImplementedError

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

    def read(self, value: object) -> int:
        if isinstance(value, Scalar):
            value = {"true": True, "false": False}.get(value.strip().lower(), value)
        if not isinstance(value, bool):
            self._refuse(value)
        return int(value)

    def show(self, read: int | str) -> Shown:
        return bool(read)


@frozen(kw_only=True)
class _Numeric(Field):
    """What the types that are numbers share."""

    @property
    def limits(self) -> Range:
        """The range a finding lies in; both ends are stated."""
        raise NotImplementedError

    @property
    def decimals(self) -> int:
        """How many decimal places a finding may have."""
        raise NotImplementedError

    @property
    def quanta(self) -> int:
        """How many quanta make a unit, for places within 0 to `MOST_PLACES`."""
        return int(10 ** min(max(self.decimals, 0), MOST_PLACES))

    @property
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
        return f"a {kind} in {self.limits}"

    def inputs(self, name: str) -> tuple[Input, ...]:
        low, high = self.bounds
        return (Input(name, "integer", Interval(low, high, self.optional)),)

    def read(self, value: object) -> int:
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

    def show(self, read: int | str) -> Shown:
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

    places: int = 0
    range: Range = field(default=_DEFAULT_RANGE, converter=as_range)
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

    def read(self, value: object) -> int:
        quanta = super().read(value)
        if self.one_of and Fraction(quanta, self.quanta) not in self.one_of:
            self._refuse(value, "out-of-range")
        return quanta


@frozen(kw_only=True)
class Share(_Numeric):
    """A percentage, 0 to 100."""

    type: ClassVar[str] = "share"
    plain = "integer"

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

    range: Range = field(converter=as_range)
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

    def read(self, value: object) -> int:
        quanta = super().read(value)
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

    def _position(self, value: object) -> int:
        if not isinstance(value, str) or len(value) > _LONGEST_FINDING:
            self._refuse(value)
        name = str.__str__(value)
        if isinstance(value, Scalar):
            name = name.strip()
        names = self.names
        if name not in names:
            raise Refused("unknown-value", self.expects, shown(name), nearest_name(name, names))
        return names.index(name)


@frozen(kw_only=True)
class Choice(_Listed):
    """One of its values."""

    type: ClassVar[str] = "choice"
    plain = "name"

    @property
    def expects(self) -> str:
        return "one of " + ", ".join(self.names)

    def inputs(self, name: str) -> tuple[Input, ...]:
        return (Input(name, "integer", Interval(0, max(len(self.values) - 1, 0), self.optional)),)

    def read(self, value: object) -> int:
        return self._position(value)

    def show(self, read: int | str) -> Shown:
        return self.names[int(read)]


@frozen(kw_only=True)
class Checklist(_Listed):
    """Those of its values that hold, as a list."""

    type: ClassVar[str] = "checklist"

    @property
    def expects(self) -> str:
        return "a list out of " + ", ".join(self.names)

    def inputs(self, name: str) -> tuple[Input, ...]:
        interval = Interval(0, 1, self.optional)
        return tuple(Input(f"{name}.{each}", "truth", interval) for each in self.names)

    def read(self, value: object) -> int:
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

    def show(self, read: int | str) -> Shown:
        return tuple(name for place, name in enumerate(self.names) if int(read) >> place & 1)


@frozen(kw_only=True)
class Text(Field):
    """A note; it scores nothing and is never required."""

    type: ClassVar[str] = "text"

    @property
    def expects(self) -> str:
        return f"a text of at most {_LONGEST_FINDING} characters"

    def inputs(self, name: str) -> tuple[Input, ...]:
        return (Input(name, "text", Interval(0, 0, missing=True)),)

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            self._refuse(value)
        text = str.__str__(value)
        if len(text) > _LONGEST_FINDING:
            self._refuse(value, "out-of-range", f"{len(text)} characters")
        return text

    def show(self, read: int | str) -> Shown:
        return read


#: Every type of evidence by its name in files.
FIELD_TYPES: dict[str, type[Field]] = {
    each.type: each for each in (Flag, Count, Number, Share, Choice, Checklist, Amount, Text)
}
