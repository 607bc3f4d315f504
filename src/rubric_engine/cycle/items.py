"""Item analysis: how hard each item is, and how well it tells good units from weak ones.

The figures of classical test theory, for a rubric's items over a population:

- difficulty: the mean share of an item's points (1: everybody has all of them);
- discrimination: the mean share in the upper group less that in the lower group, the groups
  being the best and the last 27 % by the total. T. L. Kelley, "The selection of upper and
  lower groups for the validation of test items", Journal of Educational Psychology 30
  (1939) 17-24, shows 27 % to be best where totals are normally spread;
- corrected item-total correlation: of an item with the total of all others;
- Cronbach's alpha: L. J. Cronbach, "Coefficient alpha and the internal structure of tests",
  Psychometrika 16 (1951) 297-334: k/(k-1) · (1 - Σ variances of items / variance of total).

The total is the sum of the items in points of the whole; rules of nodes above items, limits
and bonuses that land above are not in it. Variances divide by n: the population is all there
is. All are worked out from whole numbers; a root is taken last, of an exact number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm, sqrt
from typing import Any

import narwhals as nw
from attrs import evolve, frozen

from rubric_engine.cycle.problems import provenance_of_nodes
from rubric_engine.cycle.scored import Amount, ScoredFrame, leaves_of, times, worths_of
from rubric_engine.cycle.tables import LARGEST, Piece, collected, columns_of, rows_at_most
from rubric_engine.errors import InvalidFrame, InvalidRubric, Problem, malformed
from rubric_engine.exact import exact_number
from rubric_engine.lower import LoweredNode
from rubric_engine.model import Rubric
from rubric_engine.windows import number
from rubric_engine.words import Words

__all__ = ["ItemAnalysis", "ItemFigures", "item_analysis"]

#: Groups have no finer share: times a rank it is below 2**63.
_FINEST = 10**6


@frozen
class ItemFigures:
    """The figures of one item over a population; None for what is not defined."""

    id: str
    title: Words | None
    #: Whether the scheme prints the item, or it is illustrative; of the nodes above it, where it
    #: does not say.
    provenance: str | None
    #: Points of its own scale; None for an open account, of which there is no share.
    scale: Fraction | None
    #: What its scale is in points of the whole.
    points: Fraction | None
    #: How many were scored.
    scored: int
    #: Its mean score, in points of its own.
    mean: Fraction | None
    #: The mean share of its points, 0 to 1 for most items.
    difficulty: Fraction | None
    #: The standard deviation of its score, in points of its own.
    deviation: float | None
    #: The mean share in the upper group less that in the lower.
    discrimination: Fraction | None
    #: The correlation with the total of all other items; None where one of them never varies.
    correlation: float | None
    #: Cronbach's alpha of all other items.
    alpha_without: Fraction | None
    #: How many have all of its points, and how many have none.
    full: int
    nothing: int

    @property
    def everybody_full(self) -> bool:
        """Whether nobody loses anything: it tells nothing apart."""
        return self.scored > 0 and self.full == self.scored

    @property
    def nobody_full(self) -> bool:
        """Whether everybody loses something."""
        return self.scored > 0 and self.full == 0

    @property
    def everybody_none(self) -> bool:
        """Whether nobody has a point of it."""
        return self.scored > 0 and self.nothing == self.scored


@frozen
class ItemAnalysis:
    """The figures of all items over a population."""

    #: In document order.
    items: tuple[ItemFigures, ...]
    #: How many rows were scored, and how many could not be.
    scored: int
    unscored: int
    #: How many are in the upper group, and in the lower.
    group_size: int
    #: Cronbach's alpha; None for fewer than two items, and where the total never varies.
    alpha: Fraction | None

    def __getitem__(self, item: str) -> ItemFigures:
        """Return the figures of an item by its id; raises `KeyError`."""
        return {each.id: each for each in self.items}[item]

    def to_frame(self, backend: str = "polars", language: str = "") -> Any:
        """Return a row for every item, its figures as the nearest doubles, null if undefined."""
        names: tuple[str, ...] = ("scale", "points", "mean", "difficulty", "deviation")
        names += ("discrimination", "correlation", "alpha_without")
        flags = ("everybody_full", "nobody_full", "everybody_none")
        rows = [
            (
                each.id,
                None if each.title is None else each.title.in_language(language),
                each.provenance,
                *(each.scored, each.full, each.nothing),
                *(_double(getattr(each, name)) for name in names),
                *(getattr(each, name) for name in flags),
            )
            for each in self.items
        ]
        columns = [
            *((name, nw.String) for name in ("item", "title", "provenance")),
            *((name, nw.Int64) for name in ("scored", "full", "nothing")),
            *((name, nw.Float64) for name in names),
            *((name, nw.Boolean) for name in flags),
        ]
        return columns_of(columns, rows, backend)


def _double(value: Fraction | float | None) -> float | None:
    return None if value is None else float(value)


@frozen
class _Analysed:
    """An item as a column, with its quanta counted from the least that it can be."""

    node: LoweredNode
    amount: Amount
    #: Points of the whole that a point of it makes.
    worth: Fraction
    #: Quanta of the total that a quantum of it makes.
    weight: int

    @property
    def span(self) -> int:
        return self.amount.high - self.amount.low

    @property
    def scale(self) -> Fraction | None:
        return self.node.place.scale


def item_analysis(
    rubric: Rubric,
    frame: Any,
    *,
    group: object = "27/100",
    prefix: str = "",
) -> ItemAnalysis:
    """Return the figures of every item that adds points to the whole; see the module.

    `frame` is what `evaluate_frame(rubric, …, detail="nodes", exact=True, prefix=prefix)` gave,
    or with `detail="ledger"`. Rows that could not be scored are left out. The groups have
    ⌊n · group⌋ units each, by the total. Where units tie for the last places of a group, each
    of them counts with the same part of a unit, so that the size is exact and no order of
    rows matters: the expected figure, were the ties broken at random.

    Raises `InvalidRubric` for a group that is no exact number above 0 and up to 1/2, no finer
    than a millionth (`bad-number`, `out-of-range`); `InvalidFrame` for columns
    (`missing-column`, `wrong-dtype`), Dask (`lazy-frame`), items whose weight varies from sheet
    to sheet (`not-applicable`) and where squares of totals, added up, could leave 64 bits
    (`too-wide`; where what the rubric allows is too wide, what stands in the columns counts);
    `InvalidEvidence` for scores that the rubric cannot give (`out-of-range`).
    """
    part = _part(group)
    leaves = leaves_of(rubric)
    worths = worths_of(rubric, leaves)
    kept = [each for each in leaves if each.place.id in worths]
    scored = ScoredFrame.of(rubric, frame, kept, prefix=prefix)
    items = _narrowed(scored, _weighed(scored, kept, worths))
    work, total = _with_total(scored, items)
    pieces = _pieces(scored, items, total.bound)
    rows = scored.sums(pieces, _with_groups(work, part), by=False)
    sums = rows[0] if rows else dict.fromkeys([*pieces, "scored", "rows"], 0)
    return _analysis(items, sums, part, provenance_of_nodes(rubric))


def _part(group: object) -> Fraction:
    part = exact_number(group)
    if part is None:
        raise malformed("bad-number", "an exact share, as `27/100`", repr(group), "group")
    if not 0 < part <= Fraction(1, 2) or part.denominator > _FINEST:
        expected = "above 0, up to 1/2, no finer than a millionth"
        raise InvalidRubric([Problem("out-of-range", "group", expected, str(part))])
    return part


def _weighed(
    scored: ScoredFrame, nodes: Sequence[LoweredNode], worths: Mapping[str, Fraction]
) -> list[_Analysed]:
    """Return the items with weights that are whole and as small as can be."""
    amounts = [scored.amounts[each.place.id] for each in nodes]
    units = [
        worths[each.place.id] / amount.scale for each, amount in zip(nodes, amounts, strict=True)
    ]
    common = lcm(*(each.denominator for each in units))
    weights = [int(each * common) for each in units]
    shared = gcd(*weights) or 1
    return [
        _Analysed(node, amount, worths[node.place.id], weight // shared)
        for node, amount, weight in zip(nodes, amounts, weights, strict=True)
    ]


def _narrowed(scored: ScoredFrame, items: Sequence[_Analysed]) -> Sequence[_Analysed]:
    """Return the items within what they are here, where squares of what they can be are wide."""
    square = sum(each.span * each.weight for each in items) ** 2
    if square * rows_at_most(scored.opening, square) < LARGEST:
        return items
    frame: Any = scored.opening.frame
    own = {f"i{at}": scored.column(each.amount.name) for at, each in enumerate(items)}
    ends = frame.select(
        *(each.min().alias(f"{name}low") for name, each in own.items()),
        *(each.max().alias(f"{name}high") for name, each in own.items()),
    )
    (found,) = collected(ends)
    made = []
    for at, each in enumerate(items):
        low, high = found[f"i{at}low"] or 0, found[f"i{at}high"] or 0
        made.append(evolve(each, amount=evolve(each.amount, low=low, high=high)))
    return made


def _own(scored: ScoredFrame, item: _Analysed) -> nw.Expr:
    """Return the quanta of an item, counted from the least that it can be."""
    found = scored.column(item.amount.name)
    return found - number(item.amount.low) if item.amount.low else found


def _with_total(scored: ScoredFrame, items: Sequence[_Analysed]) -> tuple[Any, Piece]:
    """Return the frame with the items as `i0`, `i1` … and `total`; missing if not scored."""
    frame: Any = scored.opening.frame
    own = [_own(scored, each).alias(f"i{at}") for at, each in enumerate(items)]
    frame = frame.with_columns(number(0).alias("zero"), scored.score.alias("there"), *own)
    weighed = [
        times(Piece(nw.col(f"i{at}"), each.span), each.weight) for at, each in enumerate(items)
    ]
    total = nw.sum_horizontal("zero", *(each.expression for each in weighed))
    bound = sum(each.bound for each in weighed)
    if bound >= LARGEST:
        expected = "items with fewer decimals"
        raise InvalidFrame([Problem("too-wide", "frame", expected, str(bound))])
    frame = frame.with_columns(nw.when(~nw.col("there").is_null()).then(total).alias("total"))
    return frame, Piece(nw.col("total"), bound)


def _with_groups(frame: Any, part: Fraction) -> Any:
    """Add which rows are wholly in a group, and which tie for its last places.

    With n rows, a group has ⌊p·n/q⌋ places; a rank r is within where r·q <= p·n.
    """
    p, q = part.numerator, part.denominator
    frame = frame.with_columns((~nw.col("total").is_null()).alias("counted"))
    total = nw.col("total")
    frame = frame.with_columns(
        total.count().over("counted").cast(nw.Int64).alias("many"),
        *(
            total.rank("min", descending=down).over("counted").cast(nw.Int64).alias(f"{end}_first")
            for end, down in (("upper", True), ("lower", False))
        ),
        total.count().over("counted", "total").cast(nw.Int64).alias("tied"),
    )
    marks = []
    for end in ("upper", "lower"):
        first = nw.col(f"{end}_first")
        last = first + nw.col("tied") - number(1)
        places = nw.col("many") * number(p)
        inside = nw.col("counted") & (last * number(q) <= places)
        edge = nw.col("counted") & (first * number(q) <= places) & (last * number(q) > places)
        marks += [inside.alias(f"{end}_in"), edge.alias(f"{end}_edge")]
    return frame.with_columns(*marks)


_ENDS = ("upper", "lower")
_PARTS = ("in", "edge")


def _pieces(scored: ScoredFrame, items: Sequence[_Analysed], bound: int) -> dict[str, Piece]:
    total, zero, one = nw.col("total"), number(0), number(1)
    pieces = {
        "total": Piece(total, bound),
        "total.total": Piece(total * total, bound * bound),
    }
    for end in _ENDS:
        for kind in _PARTS:
            here = nw.when(nw.col(f"{end}_{kind}"))
            pieces[f"{end}.{kind}"] = Piece(here.then(one).otherwise(zero))
    for at, each in enumerate(items):
        own, low, span = nw.col(f"i{at}"), each.amount.low, each.span
        pieces[f"{at}"] = Piece(own, span)
        pieces[f"{at}.own"] = Piece(own * own, span * span)
        pieces[f"{at}.total"] = Piece(own * total, span * bound)
        if each.scale is not None:
            # A whole number of quanta is at least the scale where it is at least this.
            full = -(-each.scale * each.amount.scale // 1) - low
            pieces[f"{at}.full"] = Piece(nw.when(own >= number(full)).then(one).otherwise(zero))
        pieces[f"{at}.none"] = Piece(nw.when(own <= number(-low)).then(one).otherwise(zero))
        for end in _ENDS:
            for kind in _PARTS:
                there = nw.when(nw.col(f"{end}_{kind}")).then(own).otherwise(zero)
                pieces[f"{at}.{end}.{kind}"] = Piece(there, span)
    return pieces


@frozen
class _Moments:
    """Sums over a population: n² times variances and covariances, as whole numbers."""

    items: Sequence[_Analysed]
    sums: Mapping[str, int]
    n: int

    @property
    def of_total(self) -> int:
        return self.n * self.sums["total.total"] - self.sums["total"] ** 2

    def of_item(self, at: int) -> int:
        """In quanta of the item."""
        return self.n * self.sums[f"{at}.own"] - self.sums[f"{at}"] ** 2

    def weighed(self, at: int) -> int:
        """In quanta of the total."""
        return self.items[at].weight ** 2 * self.of_item(at)

    def with_total(self, at: int) -> int:
        """Of an item and the total, in quanta of the total."""
        shared = self.n * self.sums[f"{at}.total"] - self.sums[f"{at}"] * self.sums["total"]
        return self.items[at].weight * shared

    def of_rest(self, at: int) -> int:
        """Of the total without an item."""
        return self.of_total + self.weighed(at) - 2 * self.with_total(at)

    def correlation(self, at: int) -> float | None:
        """Return that of an item with the total without it."""
        own, rest = self.weighed(at), self.of_rest(at)
        if not own or not rest:
            return None
        shared = self.with_total(at) - own
        root = sqrt(Fraction(shared**2, own * rest))
        return -root if shared < 0 else root


def _alpha(count: int, parts: int, total: int) -> Fraction | None:
    if count < 2 or not total:
        return None
    return Fraction(count, count - 1) * (1 - Fraction(parts, total))


def _analysis(
    items: Sequence[_Analysed],
    sums: Mapping[str, int],
    part: Fraction,
    stated: Mapping[str, str | None],
) -> ItemAnalysis:
    n = sums["scored"]
    size = n * part.numerator // part.denominator
    moments = _Moments(items, sums, n)
    count = len(items)
    parts = sum(moments.weighed(at) for at in range(count))
    figures = []
    for at, each in enumerate(items):
        quanta, scale, place = each.amount.scale, each.scale, each.node.place
        mean = Fraction(sums[f"{at}"] + n * each.amount.low, n * quanta) if n else None
        split = None
        if scale and size:
            upper, lower = (_group_sum(sums, at, end, size) for end in _ENDS)
            split = (upper - lower) / (size * quanta * scale)
        rest = _alpha(count - 1, parts - moments.weighed(at), moments.of_rest(at))
        figures.append(
            ItemFigures(
                place.id,
                place.node.title,
                stated[place.id],
                scale,
                None if scale is None else scale * each.worth,
                n,
                mean,
                mean / scale if mean is not None and scale else None,
                sqrt(Fraction(moments.of_item(at), (n * quanta) ** 2)) if n else None,
                split,
                moments.correlation(at),
                rest,
                sums.get(f"{at}.full", 0),
                sums[f"{at}.none"],
            )
        )
    alpha = _alpha(count, parts, moments.of_total)
    return ItemAnalysis(tuple(figures), n, sums["rows"] - n, size, alpha)


def _group_sum(sums: Mapping[str, int], at: int, end: str, size: int) -> Fraction:
    """Return the sum of an item over a group, those at its edge counted in part."""
    left, tied = size - sums[f"{end}.in"], sums[f"{end}.edge"]
    edge = Fraction(left * sums[f"{at}.{end}.edge"], tied) if tied else Fraction(0)
    return sums[f"{at}.{end}.in"] + edge
