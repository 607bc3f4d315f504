"""Monotone curves as amounts: worked out once, to 50 digits, where a rubric is loaded.

A curve becomes a table of edges: the findings, in quanta, from which the next multiple of
the step is nearer. So no float exists when a sheet is scored. The functions are those of
public scoring schemes: the logarithm of the Human Development Index, the log-normal curve
of Lighthouse, and powers.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import cache
from statistics import NormalDist
from typing import Literal

from attrs import field, frozen

from rubric_engine.errors import InvalidRubric, Problem, malformed, nearest_name
from rubric_engine.exact import exact_number, number_text

__all__ = ["KEYS", "KINDS", "MOST_STEPS", "Curve", "edges_of"]

Kind = Literal["log", "power", "log_normal"]
#: The keys that each kind of curve has, all of them; beside them `gives` and `step`.
KEYS: dict[Kind, tuple[str, ...]] = {
    "log": ("zero_at", "full_at"),
    "power": ("zero_at", "full_at", "exponent"),
    "log_normal": ("median", "p10"),
}
KINDS = tuple(KEYS)
#: A curve has at most so many steps.
MOST_STEPS = 10_000
_DIGITS = 80
#: What is nearer to a whole number than this is that whole number.
_TIE = Decimal("1e-45")
_NOTHING = Decimal((0, (1,), -_DIGITS - 5))


def _perhaps(value: object) -> Fraction | None:
    return None if value is None else _exactly(value)


def _exactly(value: object) -> Fraction:
    number = exact_number(value)
    if number is None:
        raise malformed("bad-number", "an exact number", str(value))
    return number


@frozen(kw_only=True)
class Curve:
    """An amount that rises or falls along a curve, rounded to the nearest step, ties up."""

    curve: Kind
    #: The number at which it gives nothing, and the one from which it gives all.
    zero_at: Fraction | None = field(default=None, converter=_perhaps)
    full_at: Fraction | None = field(default=None, converter=_perhaps)
    #: The exponent of a power.
    exponent: Fraction | None = field(default=None, converter=_perhaps)
    #: Where a log-normal curve gives a half, and where nine tenths.
    median: Fraction | None = field(default=None, converter=_perhaps)
    p10: Fraction | None = field(default=None, converter=_perhaps)
    #: Points that it gives at most, a multiple of the step.
    gives: Fraction = field(converter=_exactly)
    step: Fraction = field(converter=_exactly)

    @property
    def falls(self) -> bool:
        """Whether more of the number gives less."""
        if self.curve == "log_normal":
            return True
        return (self.full_at or Fraction(0)) < (self.zero_at or Fraction(0))

    def problems(self) -> list[Problem]:
        """Return what is wrong with the keys of the curve, each at its key."""
        allowed = KEYS[self.curve]
        found: list[Problem] = []
        for key in ("zero_at", "full_at", "exponent", "median", "p10"):
            stated = getattr(self, key)
            if stated is None and key in allowed:
                found.append(Problem("missing-key", "", f"`{key}`"))
            elif stated is not None and key not in allowed:
                expected = f"no `{key}` for a {self.curve} curve"
                found.append(Problem("conflicting-keys", key, expected))
        for key in ("gives", "step"):
            if getattr(self, key) <= 0:
                expected = "a number above 0"
                found.append(Problem("out-of-range", key, expected))
        return found or self._sense(*(getattr(self, key) for key in allowed[:2]))

    def _sense(self, first: Fraction, second: Fraction) -> list[Problem]:
        if (self.gives / self.step).denominator != 1:
            found = number_text(self.gives)
            return [Problem("out-of-range", "gives", "a multiple of the step", found)]
        if self.gives / self.step > MOST_STEPS:
            expected = f"at most {MOST_STEPS} steps"
            return [Problem("too-large", "step", expected, number_text(self.gives / self.step))]
        if self.curve == "power":
            wrong = first == second or (self.exponent or Fraction(0)) <= 0
            expected = "two different ends and an exponent above 0"
        elif self.curve == "log":
            wrong = first <= 0 or second <= 0 or first == second
            expected = "two different ends above 0"
        else:
            wrong = not 0 < second < first
            expected = "`p10` above 0 and below `median`"
        return [Problem("out-of-range", "", expected)] if wrong else []


def edges_of(curve: Curve, quanta: int) -> tuple[Fraction, dict[Fraction, Fraction]]:
    """Return what the curve gives far below, and the amount from each edge on.

    `quanta` is how many quanta a unit of the number has: edges are whole quanta, in units.
    """
    context = Context(_DIGITS, ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, traps=[])
    steps = int(curve.gives / curve.step)
    inverse = _inverse(curve, context)

    def reached(k: int) -> Fraction:
        """Return where the curve is half a step below k steps: the first quantum, in units."""
        share = (Fraction(k) - Fraction(1, 2)) * curve.step / curve.gives
        return _first_quantum(inverse(share), quanta, context, past=curve.falls)

    if not curve.falls:
        return Fraction(0), {reached(k): k * curve.step for k in range(1, steps + 1)}
    return curve.gives, {reached(k): (k - 1) * curve.step for k in range(steps, 0, -1)}


def _first_quantum(number: Decimal, quanta: int, context: Context, *, past: bool) -> Fraction:
    """Return the first whole quantum that is not below a number, or with `past` above it."""
    at = context.multiply(number, Decimal(quanta))
    nearest = at.to_integral_value(context=context)
    if context.subtract(at, nearest).copy_abs() < _TIE:
        return Fraction(int(nearest) + int(past), quanta)
    return Fraction(int(at.to_integral_value("ROUND_FLOOR", context)) + 1, quanta)


def _inverse(curve: Curve, context: Context) -> Callable[[Fraction], Decimal]:
    """Return the function that says where the curve gives a share, between 0 and 1."""
    if curve.curve == "log_normal":
        median, p10 = _decimal(curve.median, context), _decimal(curve.p10, context)
        log = context.ln(context.divide(median, p10))
        spread = context.divide(log, _normal_above(Fraction(1, 10), context))

        def log_normal(share: Fraction) -> Decimal:
            deviation = context.multiply(spread, _normal_above(share, context))
            return context.multiply(median, context.exp(deviation))

        return log_normal
    zero, full = _decimal(curve.zero_at, context), _decimal(curve.full_at, context)
    if curve.curve == "log":
        rise = context.ln(context.divide(full, zero))

        def log_curve(share: Fraction) -> Decimal:
            part = context.multiply(_decimal(share, context), rise)
            return context.multiply(zero, context.exp(part))

        return log_curve
    exponent, span = _decimal(curve.exponent, context), context.subtract(full, zero)

    def power(share: Fraction) -> Decimal:
        log = context.ln(_decimal(share, context))
        return context.add(zero, context.multiply(span, context.exp(context.divide(log, exponent))))

    return power


def _decimal(number: Fraction | None, context: Context) -> Decimal:
    number = Fraction(0) if number is None else number
    return context.divide(Decimal(number.numerator), Decimal(number.denominator))


def _normal_above(share: Fraction, context: Context) -> Decimal:
    """Return the deviation above which this share of a normal population lies."""
    wanted = _decimal(share, context)
    # Not `Decimal(…)`, which heeds a trap for floats that the caller may have set.
    deviation = Decimal.from_float(-NormalDist().inv_cdf(float(share)))  # noqa: FURB164 - see above
    # Each step of Newton's doubles the digits that are right, 15 to begin with.
    for _ in range(3):
        error = context.subtract(_share_above(deviation, context), wanted)
        deviation = context.add(deviation, context.divide(error, _density(deviation, context)))
    return deviation


def _density(deviation: Decimal, context: Context) -> Decimal:
    square = context.multiply(deviation, deviation)
    height = context.exp(context.divide(square, Decimal(-2)))
    return context.divide(height, _root_of_two_pi())


@cache
def _root_of_two_pi() -> Decimal:
    context = Context(_DIGITS, ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, traps=[])
    return context.sqrt(context.multiply(Decimal(2), _pi()))


def _share_above(deviation: Decimal, context: Context) -> Decimal:
    """Return the share of a normal population above z: 1/2 less φ(z)·(z + z³/3 + z⁵/15 + …)."""
    square = context.multiply(deviation, deviation)
    term = total = deviation
    odd = 1
    while term.copy_abs() > _NOTHING:
        odd += 2
        term = context.divide(context.multiply(term, square), Decimal(odd))
        total = context.add(total, term)
    within = context.multiply(total, _density(deviation, context))
    return context.subtract(Decimal("0.5"), within)


@cache
def _pi() -> Decimal:
    """Return π by Machin's formula: 16·arctan(1/5) less 4·arctan(1/239)."""
    unit: int = 10 ** (_DIGITS + 10)

    def arctan_of_one_over(number: int) -> int:
        total: int = unit // number
        power = total
        sign, odd = -1, 3
        while power:
            power //= number * number
            total += sign * (power // odd)
            sign, odd = -sign, odd + 2
        return total

    quanta = 16 * arctan_of_one_over(5) - 4 * arctan_of_one_over(239)
    digits = tuple(int(digit) for digit in str(quanta))
    return Decimal((0, digits, 1 - len(str(unit))))


def curve(value: object) -> Curve:
    """Return a curve from the keys of a file; raises `InvalidRubric`."""
    if isinstance(value, Curve):
        return value
    if not isinstance(value, dict):
        raise malformed("not-a-mapping", "the keys of a curve", type(value).__name__)
    known = ("curve", "zero_at", "full_at", "exponent", "median", "p10", "gives", "step")
    problems = [
        Problem(
            "unknown-key",
            str(key),
            "one of " + ", ".join(known),
            str(key)[:60],
            nearest_name(str(key), known),
        )
        for key in value
        if key not in known
    ]
    problems += [
        Problem("missing-key", "", f"`{key}`") for key in ("gives", "step") if key not in value
    ]
    if value["curve"] not in KINDS:
        expected = "one of " + ", ".join(KINDS)
        found = str(value["curve"])[:60]
        near = nearest_name(found, KINDS)
        problems.append(Problem("unknown-value", "curve", expected, found, near))
    problems += [
        Problem("bad-number", str(key), "an exact number", str(each)[:60])
        for key, each in value.items()
        if key in known[1:] and exact_number(each) is None
    ]
    if problems:
        raise InvalidRubric(problems)
    made = Curve(**{str(key): each for key, each in value.items()})
    problems = made.problems()
    if problems:
        raise InvalidRubric(problems)
    return made
