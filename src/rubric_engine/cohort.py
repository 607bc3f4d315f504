"""Figures of the cohort over data frames: ranks, means, extremes, percentiles, exactly.

`with_figures` adds a column for each figure to a frame that has what is measured as
integers. It is the second of three passes: the measured numbers are values of the graph
(`lower.LoweredFigure`), the figures come from windows over all rows, and the scores that use
them are values of the graph again. `fit` freezes figures into a rubric.

Windows are used, not groups that are joined back: a join scrambles the rows of eager frames,
and Spark reads the dots in names of columns as paths there. Only what the engines agree on is
used: sums, counts, extremes and ranks of 64-bit integers over a partition, and none of them
heeds the order of rows. PyArrow has no ranks in groups, so that an Arrow table's columns go
through Polars, which takes them and gives them back as they are.

**A mean** is Σ v · f / (n · d), where v are quanta of the number, f / d turns them into
quanta of the field, in lowest terms, and n counts those who take part. With D = n · d,
Σ v = w · D + r and r · f = q · D + s, rounded down both times, it is w · f + q and s / D more,
and s says how to round. All of it stays within 62 bits for |v| · N, |v| · f and 2 · d · f · N
below 2**62, N being `figures.MOST_ASSESSEES`; a rubric whose figures could be wider is refused
when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import narwhals as nw
from attrs import evolve, field, frozen

from rubric_engine.dataframes import narwhals_engine
from rubric_engine.declare import COHORT
from rubric_engine.dialect import floored
from rubric_engine.errors import InvalidRubric, MissingLibrary, Problem, nearest_name
from rubric_engine.exact import exact_number
from rubric_engine.fields import Field, Refused, Scalar, shown
from rubric_engine.figures import FIGURES, MOST_ASSESSEES, Figure, is_too_wide, scales
from rubric_engine.lower import LoweredFigure, lower
from rubric_engine.model import Rubric

__all__ = ["CohortFigure", "figure_table", "fit_figures", "in_units", "with_figures"]

Frame = TypeVar("Frame", nw.LazyFrame[Any], nw.DataFrame[Any])

#: The layers of columns of our own, and that of the figures.
_LAYERS = 9
#: Below it every integer is a double, and a quotient of two rounds down as it should.
_DOUBLES = 2**53


def _settled(figure: Figure) -> Figure:
    return figure.settled


@frozen(kw_only=True)
class CohortFigure:
    """A figure of the cohort over the columns of a frame.

    Raises `ValueError` for what is no figure, and for a number that has more decimals than
    the figure can; `OverflowError` for numbers that could leave 62 bits.
    """

    #: The column that comes: quanta of the figure as 64-bit integers, null where missing.
    name: str
    #: The column of the measured number: quanta as integers, null where one takes no part.
    column: str
    #: The column of the group's code, an integer, null for who has none; None for one group.
    group: str | None = None
    #: The figure's kind, and how it ranks, rounds or cuts; its expressions are not looked at.
    figure: Figure = field(converter=_settled)
    #: How many quanta of the measured number make a unit.
    scale: int = 1
    #: How many quanta of the figure make a unit.
    unit: int = 1
    #: The measured number is never beyond this either way, in its quanta.
    bound: int

    def __attrs_post_init__(self) -> None:
        kind = self.figure.kind
        wrong = [code for code, *_ in self.figure.faults()]
        if wrong or self.scale < 1 or self.unit < 1:
            msg = f"{self.name!r} is no figure of {', '.join(FIGURES)}: {', '.join(wrong)}"
            raise ValueError(msg)
        if kind not in ("rank", "count", "mean") and scales(self.scale, self.unit)[0] != 1:
            msg = f"{self.name!r}: 1/{self.scale} is no whole number of 1/{self.unit}"
            raise ValueError(msg)
        if is_too_wide(kind, self.bound, self.scale, self.unit):
            msg = f"{self.name!r} could leave 62 bits for {MOST_ASSESSEES:,} assessees"
            raise OverflowError(msg)

    @classmethod
    def of(
        cls,
        lowered: LoweredFigure,
        column: str,
        group: str | None = None,
        name: str | None = None,
    ) -> CohortFigure:
        """Return a rubric's figure over the columns that hold its number and its group.

        The name of the figure, `cohort.rank`, is that of the column where none is stated.
        """
        return cls(
            name=lowered.path if name is None else name,
            column=column,
            group=group,
            figure=lowered.figure,
            scale=lowered.number.scale,
            unit=lowered.quanta,
            bound=lowered.bound,
        )


def with_figures(frame: Frame, figures: Iterable[CohortFigure]) -> Frame:
    """Return the frame with one more column for each figure of all its rows.

    Every row is an assessee. One whose number is null, or who has no group, does not count; its
    rank is null. A figure of a group in which nobody counts is null. The others are the same
    for all of a group, also for those who do not count. Rows stand in any order; an eager
    frame keeps it, of a lazy frame there is none, and nothing of one is collected.

    Raises `ValueError` for a name that is taken; `MissingLibrary` for an Arrow table where
    Polars is not installed; `TypeError` for pandas and for what is built on it, which hold
    missing integers as floats: go through `to_arrow`.
    """
    asked = tuple(figures)
    if frame.implementation.is_pandas_like() or frame.implementation.is_dask():
        msg = "pandas holds missing integers as floats; pass the frame as an Arrow table"
        raise TypeError(msg)
    columns = frame.collect_schema().names()
    taken = {each.casefold() for each in columns}
    for each in asked:
        if each.name.casefold() in taken:
            msg = f"the frame has a column {each.name!r} already"
            raise ValueError(msg)
        taken.add(each.name.casefold())
    if not asked:
        return frame
    if frame.implementation.is_pyarrow():
        return _through_polars(frame, asked)
    prefix = "_"
    while any(each.startswith(prefix) for each in taken):
        prefix += "_"
    return _Windows(prefix, frame.implementation.is_spark_like()).added(frame, asked)


def figure_table(frame: Frame, key: str, figures: Iterable[CohortFigure]) -> Frame:
    """Return the figures of all rows beside their key, as a sheet is given them.

    One row for each assessee, with the column `key` and one for each figure in the unit of its
    field: integers where that has no decimals, else the nearest doubles, which are read back
    to the same decimals. Raises what `with_figures` does.
    """
    asked = tuple(figures)
    spark = frame.implementation.is_spark_like()
    found = with_figures(frame, asked)
    chosen = [_column(key, spark=spark)]
    for each in asked:
        quanta = _column(each.name, spark=spark)
        chosen.append(in_units(quanta, each.unit).alias(each.name))
    return found.select(chosen)


def in_units(quanta: nw.Expr, unit: int) -> nw.Expr:
    """Return quanta in units: integers where these are the same, else the nearest doubles."""
    if unit == 1:
        return quanta
    real = quanta.cast(nw.Float64)
    # Polars multiplies by the inverse of a divisor that is one value for all rows.
    return real / (real * nw.lit(0.0, nw.Float64) + nw.lit(float(unit), nw.Float64))


def _through_polars(frame: Frame, figures: Sequence[CohortFigure]) -> Frame:
    """Add figures to an Arrow table by way of Polars, the columns that they need only."""
    try:
        import polars as pl
    except ImportError as error:
        expected = "polars, for figures of the cohort over Arrow tables and pandas"
        raise MissingLibrary([Problem("missing-library", COHORT, expected)]) from error
    native = frame.to_native()
    needed = {each.column for each in figures} | {each.group for each in figures if each.group}
    lent = nw.from_native(pl.DataFrame(pl.from_arrow(native.select(sorted(needed)))))
    made = with_figures(lent, figures).select(each.name for each in figures).to_arrow()
    for each in figures:
        native = native.append_column(each.name, made.column(each.name))
    return nw.from_native(native)  # type: ignore[no-any-return]  # because it is of the kind that came in


def _column(name: str, *, spark: bool) -> nw.Expr:
    """Return a column; Spark reads a dot in a name as a path unless the name is quoted."""
    if spark and ("." in name or "`" in name):
        name = "`" + name.replace("`", "``") + "`"
    return nw.col(name)


def _number(number: int) -> nw.Expr:
    return nw.lit(number, nw.Int64)


#: What a window finds for every row, by its name: of the number, before `over`.
_PARTS: dict[str, Callable[[nw.Expr], nw.Expr]] = {
    "count": lambda v: v.count(),
    "sum": lambda v: v.sum(),
    "lowest": lambda v: v.min(),
    "highest": lambda v: v.max(),
    "rank lowest highest": lambda v: v.rank("min", descending=True),
    "rank highest highest": lambda v: v.rank("max", descending=True),
    "rank dense highest": lambda v: v.rank("dense", descending=True),
    "rank lowest lowest": lambda v: v.rank("min"),
    "rank highest lowest": lambda v: v.rank("max"),
    "rank dense lowest": lambda v: v.rank("dense"),
}
#: The windows that a kind of figure needs; those of a rank are named by its words.
_NEEDED: dict[str, tuple[str, ...]] = {
    "mean": ("count", "sum"),
    "sum": ("count", "sum"),
    "count": ("count",),
    "highest": ("highest",),
    "lowest": ("lowest",),
    "percentile": ("count", "rank highest lowest"),
}


def _needed(figure: Figure) -> tuple[str, ...]:
    if figure.kind == "rank":
        return (f"rank {figure.ties} {figure.order}",)
    return _NEEDED[figure.kind]


@frozen
class _Windows:
    """The windows over one frame, each in a column of our own until the figures are there.

    A layer uses columns of the layers before it only: an expression that another repeats
    would make it grow with every repetition, and windows do not nest in SQL.
    """

    prefix: str
    spark: bool
    layers: list[dict[str, nw.Expr]] = field(factory=lambda: [{} for _ in range(_LAYERS)])

    def added(self, frame: Frame, figures: Sequence[CohortFigure]) -> Frame:
        """Add the figures, layer by layer: numbers, windows, the work on them, figures."""
        groups: dict[str, str] = {}
        pairs = list(dict.fromkeys((each.column, each.group) for each in figures))
        for place, (column, group) in enumerate(pairs):
            number = _column(column, spark=self.spark).cast(nw.Int64)
            if group is not None:
                whose = _column(group, spark=self.spark).cast(nw.Int64)
                code = groups.setdefault(group, f"{self.prefix}group{len(groups)}")
                self.layers[0][code] = whose
                number = nw.when(~whose.is_null()).then(number)
            self.layers[0][f"{self.prefix}number{place}"] = number
        for turn, each in enumerate(figures):
            place = pairs.index((each.column, each.group))
            by = None if each.group is None else groups[each.group]
            work = _Work(self, each, place, turn, by)
            for part in _needed(each.figure):
                name = work.name(part, place)
                self.layers[1][name] = work.over(_PARTS[part](work.number)).cast(nw.Int64)
            self.layers[-1][each.name] = _RESULTS[each.figure.kind](work).cast(nw.Int64)
        for layer in self.layers:
            if layer:
                frame = frame.with_columns(made.alias(name) for name, made in layer.items())
        return frame.drop(name for layer in self.layers[:-1] for name in layer)


@frozen
class _Work:
    """The work on one figure."""

    windows: _Windows
    made: CohortFigure
    #: The number among those measured, and the figure among the figures.
    place: int
    turn: int
    group: str | None

    @property
    def number(self) -> nw.Expr:
        """The measured number, null where one does not count."""
        return nw.col(f"{self.windows.prefix}number{self.place}")

    def name(self, part: str, place: int) -> str:
        """Return the name of a column of our own."""
        return f"{self.windows.prefix}{part.replace(' ', '_')}{place}"

    def found(self, part: str) -> nw.Expr:
        """Return what a window found."""
        return nw.col(self.name(part, self.place))

    def kept(self, layer: int, part: str, expression: nw.Expr) -> nw.Expr:
        """Keep a part of the work in a column of a layer, and return that column."""
        name = f"{self.windows.prefix}{part}_of{self.turn}"
        self.windows.layers[layer][name] = expression.cast(nw.Int64)
        return nw.col(name)

    def over(self, window: nw.Expr) -> nw.Expr:
        """Return what a window finds over the group, or over all rows."""
        return window if self.group is None else window.over(self.group)


def _rank(work: _Work) -> nw.Expr:
    return work.found(_needed(work.made.figure)[0]) * _number(work.made.unit)


def _scaled(work: _Work, number: nw.Expr) -> nw.Expr:
    return number * _number(scales(work.made.scale, work.made.unit)[1])


def _percentile(work: _Work) -> nw.Expr:
    """Return the ⌈p / 100 · n⌉-th number in ascending order.

    It is the least of those that have at least so many at or below them.
    """
    share = (work.made.figure.at or Fraction(100)) / 100
    ahead = work.found("count") * _number(share.numerator) + _number(share.denominator - 1)
    most = share.numerator * MOST_ASSESSEES + share.denominator
    needed = work.kept(2, "needed", _natural(ahead, _number(share.denominator), most))
    rank = work.found(_needed(work.made.figure)[1])
    reached = nw.when(~rank.is_null()).then(nw.when(rank >= needed).then(work.number))
    least = work.over(work.kept(3, "reached", reached).min())
    return _scaled(work, work.kept(4, "least", least))


def _there(work: _Work) -> nw.Expr:
    return work.found("count") > _number(0)


def _count(work: _Work) -> nw.Expr:
    return nw.when(_there(work)).then(work.found("count") * _number(work.made.unit))


def _sum(work: _Work) -> nw.Expr:
    return nw.when(_there(work)).then(_scaled(work, work.found("sum")))


def _mean(work: _Work) -> nw.Expr:
    """Return the mean in quanta of the field; see the top for why nothing overflows."""
    divisor, factor = scales(work.made.scale, work.made.unit)
    # Both branches are worked out on every row: nothing is divided by 0 or missing there.
    by = nw.when(_there(work)).then(work.found("count")).otherwise(_number(1))
    by = work.kept(2, "by", by * _number(divisor))
    total = nw.when(_there(work)).then(work.found("sum")).otherwise(_number(0))
    total = work.kept(2, "total", total)
    whole = work.kept(3, "whole", _floor(total, by, work.made.bound * MOST_ASSESSEES))
    rest = work.kept(4, "rest", (total - whole * by) * _number(factor))
    part = work.kept(5, "part", _natural(rest, by, divisor * factor * MOST_ASSESSEES))
    down = work.kept(6, "down", whole * _number(factor) + part)
    twice = work.kept(6, "twice", (rest - part * by) * _number(2))
    tie = twice == by
    up = {
        "half_up": (twice > by) | (tie & (total >= _number(0))),
        "floor": twice < _number(0),
        "ceiling": twice > _number(0),
        "truncate": (twice > _number(0)) & (total < _number(0)),
    }
    mode = work.made.figure.mode or "half_up"
    if mode == "half_even":
        largest = work.made.bound * factor + 1
        half = work.kept(7, "half", _floor(down, _number(2), largest))
        up[mode] = (twice > by) | (tie & (down - half * _number(2) == _number(1)))
    rounded = down + nw.when(up[mode]).then(_number(1)).otherwise(_number(0))
    return nw.when(_there(work)).then(rounded)


_RESULTS: dict[str, Callable[[_Work], nw.Expr]] = {
    "rank": _rank,
    "mean": _mean,
    "highest": lambda work: _scaled(work, work.found("highest")),
    "lowest": lambda work: _scaled(work, work.found("lowest")),
    "percentile": _percentile,
    "sum": _sum,
    "count": _count,
}


def _natural(natural: nw.Expr, divisor: nw.Expr, largest: int) -> nw.Expr:
    """Return a quotient rounded down, of 0..largest over 1 or more."""
    found: nw.Expr = narwhals_engine().quotient(natural, divisor, largest)
    return found


def _floor(dividend: nw.Expr, divisor: nw.Expr, largest: int) -> nw.Expr:
    """Return a quotient rounded down, of -largest..largest over 1 or more, none missing."""
    found: nw.Expr = floored(narwhals_engine(), dividend, divisor, -largest, largest)
    return found


def fit_figures(
    rubric: Rubric, figures: Mapping[str, object], *, version: str | None = None
) -> Rubric:
    """Return a rubric with figures of the cohort frozen: goalposts, cuts, means of a year.

    `figures` has what is to be frozen by name (`{"cohort.best": 60}`), in the unit of its
    field: a row of `figure_table`, without its key, or what was published. They stand as
    `fixed:` in the file of the new rubric, are constants in its expressions, and sheets no
    longer give them; fitting again replaces them. The new version is `version`, or that of
    the rubric with `-fitted` behind it.

    Raises `InvalidRubric` for a name that is no figure, for one that is not the same for all
    (a rank, or one with `within`), and for a value that its field does not take.

    >>> from rubric_engine import loads
    >>> rubric = loads('''
    ... rubric: output
    ... total: 10
    ... given: {cohort: {best: {type: count, figure: {highest: output.made}}}}
    ... items:
    ... - id: output
    ...   points: 10
    ...   evidence: {made: count}
    ...   rules: [{award: all, ratio: made / cohort.best, empty: zero}]
    ... ''')
    >>> from rubric_engine import evaluate
    >>> evaluate(fit_figures(rubric, {"cohort.best": 60}), {"output.made": 45}).score
    Decimal('7.5')
    """
    fields = dict(dict(rubric.given).get(COHORT, ()))
    problems: list[Problem] = []
    for name, value in figures.items():
        known = fields.get(str(name).removeprefix(f"{COHORT}."))
        figure = getattr(known, "figure", None)
        if known is None or figure is None or not str(name).startswith(f"{COHORT}."):
            names = [f"{COHORT}.{each}" for each, own in fields.items() if _figure_of(own)]
            near = nearest_name(str(name), names)
            expected = "one of " + (", ".join(names) or "nothing: the rubric has no figures")
            problems.append(Problem("unknown-name", "$.given", expected, str(name)[:60], near))
            continue
        path = f"$.given.{name}.figure.fixed"
        try:
            read = known.read(value if not isinstance(value, str) else Scalar(value))
        except Refused as refused:
            problems.append(Problem(refused.code, path, refused.expected, refused.found))
            continue
        fixed = exact_number(known.show(read))
        if fixed is None:
            problems.append(Problem("wrong-type", path, known.expects, shown(value)))
            continue
        frozen_figure = {"figure": evolve(figure, fixed=fixed)}
        fields[str(name).removeprefix(f"{COHORT}.")] = evolve(known, **frozen_figure)
    if problems:
        raise InvalidRubric(problems)
    given = [
        (source, tuple(fields.items()) if source == COHORT else own) for source, own in rubric.given
    ]
    stated = f"{rubric.version}-fitted" if version is None else version
    fitted = evolve(rubric, given=given, version=stated)
    _, wrong = lower(fitted)
    if wrong:
        raise InvalidRubric([problem for problem, _ in wrong])
    return fitted


def _figure_of(each: Field) -> Figure | None:
    figure = getattr(each, "figure", None)
    return figure if isinstance(figure, Figure) else None
