"""What a given number of the cohort is: the figure of all assessees that is taken.

`Figure` is what stands under `figure:` at a field of `given.cohort`. It says what is
measured, not how: `lower` makes the measured number a value of the graph, `cohort` works
the figure out over a data frame, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd

from attrs import evolve, field, frozen

from rubric_engine.errors import malformed, nearest_name
from rubric_engine.exact import exact_number, number_text

__all__ = ["FIGURES", "FIGURE_KEYS", "MOST_ASSESSEES", "Fault", "Figure", "is_too_wide", "scales"]

#: The figures there are, each with the options that only it takes.
FIGURES: dict[str, tuple[str, ...]] = {
    "rank": ("order", "ties"),
    "mean": ("mode",),
    "highest": (),
    "lowest": (),
    "sum": (),
    "count": (),
    "percentile": ("at",),
}
#: The words of an option, that which is meant where nothing is written first.
WORDS: dict[str, tuple[str, ...]] = {
    "order": ("highest", "lowest"),
    "ties": ("lowest", "highest", "dense"),
    "mode": ("half_up", "half_even", "floor", "ceiling", "truncate"),
}
#: All keys of a figure in a file.
FIGURE_KEYS = (*FIGURES, *WORDS, "at", "within", "among", "fixed")

#: A cohort has at most so many assessees: for so many, no sum leaves 62 bits.
MOST_ASSESSEES = 10**9
_LARGEST = 2**62
#: The most decimals of `at`.
_MOST_DECIMALS = 3

#: A code, the key it is about ("" for the figure), what was expected, what was found, and
#: the nearest known name.
Fault = tuple[str, str, str, str, str | None]


def _exactly(value: object) -> Fraction | None:
    number = exact_number(value)
    if number is None and value is not None:
        raise malformed("bad-number", "an exact number", str(value))
    return number


def _text(value: object) -> str | None:
    return None if value is None else str(value)


@frozen
class Figure:
    """A figure of the cohort, such as the rank of a number among all assessees.

    `Figure("rank", "output.made", within="assessee.group")` ranks what each assessee made
    within its group. Numbers are exact: int, Fraction, Decimal, text or a short float.
    """

    #: One of `FIGURES`.
    kind: str
    #: What is measured of each assessee: an expression that is a number.
    of: str = field(converter=str)
    #: Of a rank: what comes first, the `highest` (where None) or the `lowest`.
    order: str | None = field(default=None, kw_only=True)
    #: Of a rank: what equals get, the `lowest` (1 2 2 4; where None) or the `highest`
    #: (1 3 3 4) of their places, or `dense` (1 2 2 3).
    ties: str | None = field(default=None, kw_only=True)
    #: Of a percentile: which, above 0 and at most 100.
    at: Fraction | None = field(default=None, converter=_exactly, kw_only=True)
    #: Of a mean: how it is rounded to the places of its field, `half_up` where None.
    mode: str | None = field(default=None, kw_only=True)
    #: The group of an assessee, as an expression; None where all are of one.
    within: str | None = field(default=None, converter=_text, kw_only=True)
    #: Who takes part, as an expression; None where all do.
    among: str | None = field(default=None, converter=_text, kw_only=True)
    #: What it was once and for all: then nobody gives it or works it out.
    fixed: Fraction | None = field(default=None, converter=_exactly, kw_only=True)

    @property
    def settled(self) -> Figure:
        """The same figure with the words that are meant where nothing is written."""
        open_words = [
            key for key in FIGURES.get(self.kind, ()) if key in WORDS and getattr(self, key) is None
        ]
        return evolve(self, **{key: WORDS[key][0] for key in open_words})

    @property
    def plain(self) -> dict[str, str]:
        """The figure as a file has it."""
        written = {self.kind: self.of}
        for key in FIGURE_KEYS:
            value = None if key in FIGURES else getattr(self, key)
            if value is not None:
                written[key] = number_text(value) if isinstance(value, Fraction) else value
        return written

    @property
    def is_common(self) -> bool:
        """Whether it is the same for every assessee."""
        return self.kind != "rank" and self.within is None

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the figure itself, its expressions aside."""
        if self.kind not in FIGURES:
            near = nearest_name(self.kind, FIGURES)
            yield "unknown-value", "", "one of " + ", ".join(FIGURES), self.kind[:60], near
            return
        for kind, keys in FIGURES.items():
            for key in keys:
                if kind != self.kind and getattr(self, key) is not None:
                    yield "conflicting-keys", key, f"`{kind}` beside it", self.kind, None
        for key, words in WORDS.items():
            word = getattr(self, key)
            if word is not None and word not in words:
                near = nearest_name(word, words)
                yield "unknown-value", key, "one of " + ", ".join(words), word[:60], near
        yield from self._faults_of_numbers()

    def _faults_of_numbers(self) -> Iterator[Fault]:
        if self.kind == "percentile" and self.at is None:
            yield "missing-key", "", "`at`: which percentile, as 90", "", None
        if self.at is not None:
            found = number_text(self.at)
            if not 0 < self.at <= 100:
                yield "out-of-range", "at", "above 0 and at most 100", found, None
            elif (self.at * 10**_MOST_DECIMALS).denominator != 1:
                yield "not-exact", "at", f"at most {_MOST_DECIMALS} decimals", found, None
        if self.fixed is not None and not self.is_common:
            expected = "a figure that is the same for all: no `rank`, no `within`"
            yield "conflicting-keys", "fixed", expected, number_text(self.fixed), None


def scales(scale: int, unit: int) -> tuple[int, int]:
    """Return what quanta of a measured number are divided and multiplied by.

    `scale` is the quanta to a unit of the number, `unit` those of the figure's field.
    """
    shared = gcd(scale, unit)
    return scale // shared, unit // shared


def is_too_wide(kind: str, bound: int, scale: int, unit: int) -> bool:
    """Say whether a figure of a number within -bound..bound could leave 62 bits on the way.

    In quanta, for `MOST_ASSESSEES`; see `cohort` for what is worked out.
    """
    divisor, factor = scales(scale, unit)
    largest = {
        "rank": unit * MOST_ASSESSEES,
        "count": unit * MOST_ASSESSEES,
        "sum": bound * factor * MOST_ASSESSEES,
        "mean": max(bound * MOST_ASSESSEES, 2 * divisor * factor * MOST_ASSESSEES, bound * factor),
    }
    return largest.get(kind, bound * factor) >= _LARGEST or bound >= _LARGEST
