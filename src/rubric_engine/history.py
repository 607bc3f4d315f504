"""Earlier results, joined as given numbers; and grades held to last year's.

`with_history` puts figures of earlier periods beside assessees, named like given numbers
(`history.last_stars`), before the evaluation. `limit_step` holds the grades after it to a
step or so from the last ones. `look_back` says which rows of a table still count on a day.

There is no clock: the period that is assessed and the day are arguments.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from math import gcd
from typing import Any

import narwhals as nw
from attrs import field, frozen

from rubric_engine.errors import InvalidEvidence, InvalidFrame, InvalidRubric, Problem, malformed
from rubric_engine.grading import Grade
from rubric_engine.model import Rubric
from rubric_engine.places import GradeOrder, as_text
from rubric_engine.policies import Period
from rubric_engine.windows import AnyFrame, Opened, number, of_one_kind, opened, truth

__all__ = [
    "Change",
    "Last",
    "Mean",
    "Streak",
    "limit_step",
    "look_back",
    "with_history",
]

#: Below it every integer is a double, and quotients of two are right in every engine.
_DOUBLES = 2**53
_MOST_PERIODS = 100
_MOST_PLACES = 9


def _refuse_unless(problems: Iterable[tuple[bool, Problem]]) -> None:
    found = [problem for holds, problem in problems if not holds]
    if found:
        raise InvalidRubric(found)


def _counts(name: str, value: int) -> tuple[bool, Problem]:
    expected = f"a whole number of periods, 1 to {_MOST_PERIODS}"
    holds = type(value) is int and 1 <= value <= _MOST_PERIODS
    return holds, Problem("out-of-range", name, expected, repr(value))


@frozen
class Last:
    """The latest that is known of a column, at most so many periods back.

    With `periods=1` only the last period counts; with `periods=3` a grade that is valid for
    three. Missing where nothing is known. Raises `InvalidRubric` for a number of periods
    that is not within 1 to 100 (`out-of-range`).
    """

    #: The column of the earlier results: numbers, truths, dates or texts.
    of: str
    periods: int = field(default=1, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _refuse_unless([_counts("periods", self.periods)])


@frozen
class Mean:
    """The mean of a column over the last periods, rounded half up to so many places.

    Exact: the values are whole quanta of 1/`scale`, their sum and number are integers, and
    the quotient is rounded once, a half away from zero. The result is the double nearest to
    the rounded decimal, which is what a number with as many places takes. Periods that are
    missing do not count; with fewer than `need` the mean is missing.

    Raises `InvalidRubric` for `periods` not within 1 to 100, `need` not within 1 to
    `periods`, `places` not within 0 to 9, and a `scale` below 1 or so fine that values of a
    million would leave 53 bits (`out-of-range`).
    """

    #: The column of the earlier results: whole numbers, or doubles.
    of: str
    #: The decimal places of the result.
    places: int = field(kw_only=True)
    periods: int = field(default=3, kw_only=True)
    #: How many periods must be there.
    need: int = field(default=1, kw_only=True)
    #: How many quanta a point has. In whole numbers 1, if not said: they are points; those of
    #: `evaluate_frame(exact=True)` come with their scale. In doubles 10**places, if not said:
    #: each is the double nearest to a decimal of so many places.
    scale: int | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        expected = f"a whole number, 0 to {_MOST_PLACES}"
        places = type(self.places) is int and 0 <= self.places <= _MOST_PLACES
        found = [
            _counts("periods", self.periods),
            _counts("need", self.need),
            (self.need <= self.periods, Problem("out-of-range", "need", "at most `periods`")),
            (places, Problem("out-of-range", "places", expected, repr(self.places))),
        ]
        if self.scale is not None:
            whole = type(self.scale) is int and self.scale >= 1
            finest = whole and places and self.largest(self.scale) >= 10**6 * self.scale
            expected = "a whole number from 1 that leaves room for a million"
            found.append((finest, Problem("out-of-range", "scale", expected, repr(self.scale))))
        _refuse_unless(found)

    def factors(self, scale: int) -> tuple[int, int]:
        """Return 10**places / scale in lowest terms."""
        shared = gcd(10**self.places, scale)
        return 10**self.places // shared, scale // shared

    def largest(self, scale: int) -> int:
        """Return how many quanta a value may have for the rounded quotient to be exact."""
        up, down = self.factors(scale)
        return (_DOUBLES - 1 - down * self.periods) // (2 * up * self.periods)


@frozen
class Change:
    """The last period's whole number less that of the period before: of a rank, places lost.

    Missing where either is.
    """

    #: The column of the earlier results: whole numbers.
    of: str


@frozen
class Streak:
    """In how many periods in a row, up to the last, a condition held.

    A period that is not there ends it, and so does one in which the column is missing. It
    counts what is there, so it is 0 without earlier results.
    """

    #: The column of the earlier results: truths; with `at_least` or `same`, whole numbers.
    of: str
    #: The condition: no less than this.
    at_least: int | None = field(default=None, kw_only=True)
    #: The condition: as in the last period, so that it says how long a grade was held.
    same: bool = field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        problem = Problem("conflicting-keys", "same", "either `same` or `at_least`")
        _refuse_unless([(not (self.same and self.at_least is not None), problem)])


Figure = Last | Mean | Change | Streak


def with_history(
    frame: AnyFrame,
    earlier: AnyFrame,
    figures: Mapping[str, Figure],
    *,
    key: str,
    period: str,
    current: int,
    prefix: str = "history.",
) -> AnyFrame:
    """Return assessees with figures of their earlier results.

    `frame` has one row for each assessee, `earlier` one for each assessee and period, both
    with the column `key`; the column `period` has whole numbers, such as years, one apart
    from one period to the next. Only what came before the period `current` counts: later
    results in the table change nothing. `figures` are named by what follows the prefix:
    `{"last_stars": Last("stars")}` adds `history.last_stars`, which `evaluate_frame` takes
    as the given number. Whole numbers and truths stay what they are; means are doubles.

    Rows of assessees who are not in `frame` do not matter. In eager frames a key and period
    that are there twice are refused, as are a missing key or period, and values that are no
    quanta of their scale; in lazy ones nothing is looked at: of rows that are there twice
    both count for a mean and the largest value otherwise, rows without key or period do not
    count, and a mean of such values is missing.

    Raises `InvalidFrame` for columns (`missing-column`, `column-taken`, `wrong-dtype`), for
    frames of different kinds (`mixed-frames`) and for Dask (`lazy-frame`); `InvalidEvidence`
    for eager rows (`repeated-key`, `not-exact`); `MissingLibrary` where PyArrow or pandas
    frames find no Polars to go through.
    """
    added = [f"{prefix}{name}" for name in figures]
    of = {name: each.of for name, each in figures.items()}
    sheets, past = opened(frame, [key], added), opened(earlier, [key, period, *of.values()], [])
    of_one_kind(sheets, past)
    if not figures:
        return frame
    _refuse_types(sheets, past, figures, key=key, period=period)
    ago = number(current) - past.of(period).cast(nw.Int64)
    rows: Any = past.frame.select(
        _key(past, key, sheets).alias("key"),
        ago.alias("ago"),
        *(_value(past, each).alias(f"of{at}") for at, each in enumerate(figures.values())),
    )
    if past.eager:
        _refuse_rows(past, key, period)
    rows = rows.filter(nw.col("ago") >= number(1))
    parts: list[nw.Expr] = []
    results: dict[str, nw.Expr] = {}
    for at, (name, figure) in enumerate(zip(added, figures.values(), strict=True)):
        rows, some, result = _worked_out(rows, past, figure, at)
        if past.eager and isinstance(figure, Mean):
            _refuse_inexact(rows, figure, at)
        parts += [each.alias(f"part{len(parts) + more}") for more, each in enumerate(some)]
        first = len(parts) - len(some)
        results[name] = result([nw.col(f"part{first + more}") for more in range(len(some))])
    known = rows.group_by("key").agg(*parts)
    whole: Any = sheets.frame.with_columns(_key(sheets, key, past).alias("key"))
    joined = whole.join(known, on="key", how="left")
    return sheets.closed(joined, results)  # type: ignore[no-any-return]  # because the kind is the caller's


def limit_step(  # noqa: PLR0913 - each says something else about a step
    frame: AnyFrame,
    *,
    last: str,
    grades: Rubric | Iterable[Grade | str | int],
    up: int | None = 1,
    down: int | None = None,
    since: str | None = None,
    interval: int | None = None,
    grade: str = "grade",
    prefix: str = "",
) -> AnyFrame:
    """Return results whose grade is held to the last one.

    At most `up` grades above the grade in the column `last` and at most `down` below it;
    None is no limit. Both grades are texts or whole stars, of the list `grades`, the best
    first, or of the rubric that has them. Where the whole number in the column `since` is
    below `interval` (how many periods the last grade was held: `Streak("stars",
    same=True)`), it goes up by none. Who has no last grade, or none now, is not held to
    anything; where `since` is missing, `up` holds.

    Adds `final_grade` (text), `final_stars` (whole number; only if a grade has stars) and
    `held` (truth: whether the grade was changed), each with the prefix.

    Raises `InvalidRubric` for `up`, `down` and `interval` that are no whole numbers from 0
    (`out-of-range`), and for one of `since` and `interval` without the other
    (`conflicting-keys`); `InvalidEvidence` for grades of an eager frame that are not in the
    list (`unknown-grade`; in a lazy one they count as none); `InvalidFrame` and
    `MissingLibrary` as `with_history` does.
    """
    order = GradeOrder.of(grades)
    steps = {"up": up, "down": down, "interval": interval}
    both = Problem("conflicting-keys", "since", "`since` and `interval`, or neither")
    _refuse_unless(
        [
            (
                each is None or (type(each) is int and each >= 0),
                Problem("out-of-range", name, "a whole number from 0", repr(each)),
            )
            for name, each in steps.items()
        ]
        + [((since is None) == (interval is None), both)]
    )
    names = order.results(prefix, "held")
    opening = opened(frame, [grade, last, *([since] if since else [])], names)
    if since is not None and not opening.dtype(since).is_integer():
        kind = str(opening.dtype(since))
        raise InvalidFrame([Problem("wrong-dtype", since, "whole numbers", kind)])
    if opening.eager:
        problems = [each for name in (grade, last) for each in order.unknown(opening, name)]
        if problems:
            raise InvalidEvidence(problems)
    work: Any = opening.frame.with_columns(
        as_text(opening, grade).alias("text"), as_text(opening, last).alias("before")
    )
    work = work.with_columns(
        order.found(nw.col("text")).alias("graded"), order.found(nw.col("before")).alias("last")
    )
    work = work.with_columns(nw.col("graded").alias("at"))
    at, before = nw.col("at"), nw.col("last")
    # The place of a grade is 0 for the best, so going up is going down in the list.
    if down is not None:
        work = work.with_columns(_held(at, before + number(down), below=False).alias("at"))
    if up is not None:
        work = work.with_columns(_held(at, before - number(up), below=True).alias("at"))
    if since is not None and interval is not None:
        soon = nw.when(opening.of(since).is_null()).then(truth(False))
        work = work.with_columns(
            soon.otherwise(opening.of(since).cast(nw.Int64) < number(interval)).alias("soon")
        )
        held = _held(at, before, below=True)
        work = work.with_columns(nw.when(nw.col("soon")).then(held).otherwise(at).alias("at"))
    changed = nw.when(at.is_null()).then(truth(False)).otherwise(at != nw.col("graded"))
    work = work.with_columns(changed.alias("held"))
    results: list[nw.Expr] = [
        nw.when(nw.col("held")).then(order.text(at)).otherwise(nw.col("text"))
    ]
    results += [order.number_of_stars(at)] if order.starred else []
    return opening.closed(work, dict(zip(names, [*results, nw.col("held")], strict=True)))  # type: ignore[no-any-return]  # because the kind is the caller's


def look_back(
    frame: AnyFrame,
    *,
    dated: str,
    as_of: date,
    within: Period | str,
    name: str = "recent",
) -> AnyFrame:
    """Return rows with whether they still count on a day: dated within a period before it.

    That is not after `as_of`, and less than so many days, months or years before it, as
    `within` in a rule has it: within 6 months before 31 August is from 1 March on. `within`
    is a text such as `"12 months"`. `dated` is a column of dates or times.

    Adds column `name`, a truth, missing where the date is. Raises `InvalidRubric` for a
    period that cannot be read (`bad-number`) or reaches before the year 1 (`out-of-range`);
    `InvalidFrame` and `MissingLibrary` as `with_history` does.
    """
    period = Period.parse(within) if isinstance(within, str) else within
    before = _before(as_of, period)
    opening = opened(frame, [dated], [name])
    kind = opening.dtype(dated)
    if kind not in (nw.Date, nw.Datetime):
        raise InvalidFrame([Problem("wrong-dtype", dated, "dates", str(kind))])
    day = opening.of(dated).cast(nw.Date)
    recent = (day > nw.lit(before, nw.Date)) & (day <= nw.lit(as_of, nw.Date))
    return opening.closed(opening.frame, {name: nw.when(~day.is_null()).then(recent)})  # type: ignore[no-any-return]  # because the kind is the caller's


def _before(as_of: date, period: Period) -> date:
    """Return the last day that no longer counts.

    That of a month before has the same number, or is the last of a month without that day:
    all that comes after is less than the months before.
    """
    try:
        if period.unit == "days":
            return as_of - timedelta(days=period.count)
        months = period.count * (12 if period.unit == "years" else 1)
        year, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(as_of.day, last))
    except (OverflowError, ValueError) as error:
        expected = "a period that begins after the year 1"
        raise malformed("out-of-range", expected, str(period), "within") from error


def _held(at: nw.Expr, edge: nw.Expr, *, below: bool) -> nw.Expr:
    """Return a grade held to an edge, where both are known."""
    over = at < edge if below else at > edge
    known = ~(at.is_null() | edge.is_null())
    return nw.when(known).then(nw.when(over).then(edge).otherwise(at)).otherwise(at)


def _key(opening: Opened, key: str, other: Opened) -> nw.Expr:
    """Return the key in the type that it is joined in: any integers join."""
    if key in opening.untyped and key not in other.untyped:
        return opening.of(key).cast(_joined_in(other.dtype(key)))
    return opening.of(key).cast(_joined_in(opening.dtype(key)))


def _joined_in(kind: nw.dtypes.DType) -> Any:  # noqa: ANN401 - a type, or its class
    if kind.is_integer():
        return nw.Int64
    return nw.String if kind in (nw.Categorical, nw.Enum) else kind


def _refuse_types(
    sheets: Opened, past: Opened, figures: Mapping[str, Figure], *, key: str, period: str
) -> None:
    problems: list[Problem] = []
    one, other = (_joined_in(each.dtype(key)) for each in (sheets, past))
    if one != other and not any(key in each.untyped for each in (sheets, past)):
        found = str(past.dtype(key))
        problems.append(Problem("wrong-dtype", key, str(sheets.dtype(key)), found))
    if not past.dtype(period).is_integer():
        found = str(past.dtype(period))
        problems.append(Problem("wrong-dtype", period, "whole numbers, as years", found))
    for figure in figures.values():
        if figure.of in past.untyped:
            continue
        kind = past.dtype(figure.of)
        whole = kind.is_integer()
        if isinstance(figure, Mean):
            good, expected = whole or kind.is_float(), "whole numbers or doubles"
        elif _of_truths(figure):
            good, expected = kind == nw.Boolean, "truths"
        else:
            good, expected = whole or isinstance(figure, Last), "whole numbers"
        if not good:
            problems.append(Problem("wrong-dtype", figure.of, expected, str(kind)))
    if problems:
        raise InvalidFrame(problems)


def _of_truths(figure: Figure) -> bool:
    return isinstance(figure, Streak) and figure.at_least is None and not figure.same


def _refuse_rows(past: Opened, key: str, period: str) -> None:
    problems = [
        Problem("repeated-key", name, "a value in every row")
        for name in (key, period)
        if None in past.column(past.of(name))
    ]
    frame: Any = past.frame
    pairs = frame.select(past.of(key).alias("key"), past.of(period).alias("period"))
    many = pairs.group_by("key", "period").agg(nw.len().alias("many"))
    twice = many.filter(nw.col("many") > number(1)).sort("key", "period")
    problems += [
        Problem("repeated-key", key, f"one row for each {key} and {period}", f"{one} in {other}")
        for one, other in zip(
            twice["key"].head(10).to_list(), twice["period"].head(10).to_list(), strict=True
        )
    ]
    if problems:
        raise InvalidEvidence(problems)


def _refuse_inexact(rows: Any, figure: Mean, at: int) -> None:  # noqa: ANN401 - a frame of any engine
    """Refuse what a mean cannot take, in the periods that count."""
    bad = rows.filter(nw.col(f"bad{at}"))
    if len(bad):
        found = str(bad[f"of{at}"][0])
        expected = "whole quanta of the scale, small enough for an exact mean"
        raise InvalidEvidence([Problem("not-exact", figure.of, expected, found)])


def _value(past: Opened, figure: Figure) -> nw.Expr:
    """Return the column of a figure, in a type of which there is a largest everywhere."""
    found, kind = past.of(figure.of), past.dtype(figure.of)
    if figure.of in past.untyped and _of_truths(figure):
        return found.cast(nw.Boolean)
    if kind.is_integer():
        return found.cast(nw.Int64)
    if kind.is_float():
        return nw.when(~found.is_nan()).then(found.cast(nw.Float64))
    if kind in (nw.Categorical, nw.Enum):
        return found.cast(nw.String)
    return found


#: How the parts of a figure, each worked out for a key, make the figure.
_Result = Any


def _worked_out(
    rows: Any,  # noqa: ANN401 - a frame of any engine
    past: Opened,
    figure: Figure,
    at: int,
) -> tuple[Any, list[nw.Expr], _Result]:
    """Return the rows with what a figure needs, its parts for a key, and what they make."""
    of, ago = nw.col(f"of{at}"), nw.col("ago")
    if isinstance(figure, Last):
        known = nw.when(~of.is_null() & (ago <= number(figure.periods))).then(ago)
        rows = rows.with_columns(known.alias(f"known{at}"))
        latest = nw.col(f"known{at}").min().over("key").cast(nw.Int64)
        rows = rows.with_columns(latest.alias(f"latest{at}"))
        value = nw.when(nw.col(f"known{at}") == nw.col(f"latest{at}")).then(of)
        rows = rows.with_columns(value.alias(f"value{at}"))
        return rows, [nw.col(f"value{at}").max()], lambda parts: parts[0]
    if isinstance(figure, Mean):
        return _worked_out_mean(rows, past, figure, at)
    if isinstance(figure, Change):
        for back in (1, 2):
            value = nw.when(ago == number(back)).then(of)
            rows = rows.with_columns(value.alias(f"back{back}_{at}"))
        ends = [nw.col(f"back{back}_{at}").max() for back in (1, 2)]
        return rows, ends, lambda parts: parts[0] - parts[1]
    return _worked_out_streak(rows, figure, at)


def _worked_out_streak(
    rows: Any,  # noqa: ANN401 - a frame of any engine
    figure: Streak,
    at: int,
) -> tuple[Any, list[nw.Expr], _Result]:
    """Count a period if as many before it, and it, are there and fulfil the condition.

    Of those that do, the one `ago` periods back is then the one of that rank.
    """
    of, ago = nw.col(f"of{at}"), nw.col("ago")
    meets = of
    if figure.at_least is not None:
        meets = of >= number(figure.at_least)
    elif figure.same:
        last = nw.when(ago == number(1)).then(of)
        rows = rows.with_columns(last.alias(f"last{at}"))
        rows = rows.with_columns(nw.col(f"last{at}").max().over("key").alias(f"held{at}"))
        meets = of == nw.col(f"held{at}")
        meets = nw.when(~nw.col(f"held{at}").is_null()).then(meets).otherwise(truth(False))
    meets = nw.when(~of.is_null()).then(meets).otherwise(truth(False))
    rows = rows.with_columns(meets.alias(f"meets{at}"))
    rank = ago.rank("dense").over("key", f"meets{at}").cast(nw.Int64)
    rows = rows.with_columns(rank.alias(f"rank{at}"))
    counts = nw.col(f"meets{at}") & (nw.col(f"rank{at}") == ago)
    rows = rows.with_columns(nw.when(counts).then(ago).alias(f"counts{at}"))

    def result(parts: list[nw.Expr]) -> nw.Expr:
        return nw.when(parts[0].is_null()).then(number(0)).otherwise(parts[0])

    return rows, [nw.col(f"counts{at}").max()], result


def _worked_out_mean(
    rows: Any,  # noqa: ANN401 - a frame of any engine
    past: Opened,
    figure: Mean,
    at: int,
) -> tuple[Any, list[nw.Expr], _Result]:
    of = nw.col(f"of{at}")
    floats = past.dtype(figure.of).is_float()
    scale = figure.scale or (10**figure.places if floats else 1)
    largest = figure.largest(scale)
    counts = nw.when(~of.is_null() & (nw.col("ago") <= number(figure.periods)))
    rows = rows.with_columns(counts.then(of).alias(f"of{at}"))
    quanta = nw.col(f"quanta{at}")
    if floats:
        rows = _in_quanta(rows, at, scale, largest)
    else:
        rows = rows.with_columns(of.alias(f"quanta{at}"))
    small = (quanta <= number(largest)) & (quanta >= number(-largest))
    rows = rows.with_columns(nw.when(small).then(quanta).alias(f"quanta{at}"))
    bad = ~of.is_null() & quanta.is_null()
    rows = rows.with_columns(bad.alias(f"bad{at}"))
    rows = rows.with_columns(
        nw.when(nw.col(f"bad{at}")).then(number(1)).otherwise(number(0)).alias(f"faults{at}")
    )
    up, down = figure.factors(scale)

    def result(parts: list[nw.Expr]) -> nw.Expr:
        total, many, faults = (each.cast(nw.Int64) for each in parts)
        there = nw.when(many > number(0)).then(many).otherwise(number(1))
        negative = total < number(0)
        size = nw.when(negative).then(number(0) - total).otherwise(total)
        # Rounded half up: (2n + d) / 2d, rounded down. Both are below 2**53, where the
        # quotient is right even of an engine that divides as doubles.
        dividend, divisor = size * number(2 * up) + there * number(down), there * number(2 * down)
        rounded = (dividend // divisor).cast(nw.Int64)
        signed = nw.when(negative).then(number(0) - rounded).otherwise(rounded)
        mean = _as_double(signed, 10**figure.places)
        enough = (many >= number(figure.need)) & (faults == number(0))
        return nw.when(~many.is_null()).then(nw.when(enough).then(mean))

    return rows, [quanta.sum(), quanta.count(), nw.col(f"faults{at}").sum()], result


def _as_double(quanta: nw.Expr, scale: int) -> nw.Expr:
    """Return the double nearest to so many quanta of 1/scale.

    Polars divides by one number for all rows by multiplying with its reciprocal, which is
    not the nearest double. It does not know that this divisor is one.
    """
    divisor = quanta * number(0) + number(scale)
    return quanta.cast(nw.Float64) / divisor.cast(nw.Float64)


def _in_quanta(rows: Any, at: int, scale: int, largest: int) -> Any:  # noqa: ANN401 - a frame of any engine
    """Add the whole number of quanta that a double is nearest to, missing if there is none.

    Engines cast a double to an integer in different ways, but below 2**52 none is off by more
    than one. So the neighbours are tried too: it is the one that gives the double when
    divided. Of a double that is too large, 0 is tried, which does not give it.
    """
    of = nw.col(f"of{at}")
    limit = nw.lit(float(largest) / scale, nw.Float64)
    small = (of <= limit) & (of >= nw.lit(0.0, nw.Float64) - limit)
    near = nw.when(small).then(of).otherwise(nw.lit(0.0, nw.Float64))
    near = (near * nw.lit(float(scale), nw.Float64)).cast(nw.Int64)
    rows = rows.with_columns(near.alias(f"near{at}"))
    found = nw.lit(None, nw.Int64)
    for by in (-1, 0, 1):
        candidate = nw.col(f"near{at}") + number(by)
        gives = _as_double(candidate, scale) == of
        found = nw.when(gives).then(candidate).otherwise(found)
    return rows.with_columns(found.alias(f"quanta{at}"))
