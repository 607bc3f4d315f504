"""What a population loses points for: types of weakness, common problems, stakes lost.

Losses are in points of the whole, as `NodeResult.worth` has them for one sheet: through sums
and means, whatever limits stand above; under a lowest, say, a lost point of any child counts
as one. So these are the sums of what the results of single sheets tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, TypeVar

import narwhals as nw
from attrs import frozen

from rubric_engine.account import Entry
from rubric_engine.cycle.scored import (
    Losses,
    ScoredFrame,
    cut_at,
    loss_of,
    plain_nodes,
    times,
    worths_of,
)
from rubric_engine.cycle.tables import (
    Group,
    Piece,
    columns_of,
    group_order,
    group_text,
    with_whole,
)
from rubric_engine.errors import InvalidRubric, Problem, malformed
from rubric_engine.evaluation import program_of
from rubric_engine.exact import decimal_of, exact_number
from rubric_engine.files import rule_text
from rubric_engine.lower import LoweredNode
from rubric_engine.model import Item, Rubric
from rubric_engine.telling import table_text
from rubric_engine.tree import ROW
from rubric_engine.weighing import weights
from rubric_engine.windows import number
from rubric_engine.wording import PHRASES
from rubric_engine.words import Words

__all__ = [
    "EVEN",
    "NONE",
    "Cluster",
    "Clusters",
    "CommonProblem",
    "CommonProblems",
    "GroupProblems",
    "StakeLost",
    "StakesLost",
    "clusters",
    "common_problems",
    "provenance_of_nodes",
    "stakes_lost",
    "weaknesses",
]

#: The weakness of those whose losses are spread, and of those who lost nothing.
EVEN, NONE = "even", "none"

#: Steps that bring what others lost, or only say so.
_CARRYING = frozenset({"child", "rescale"})
_FINEST = 10**6
_WORDS = {
    "en": ("lost", "units", "share", "not earned"),
    "zh": ("失分", "单位", "比例", "未得分"),
}

_Made = TypeVar("_Made")


def provenance_of_nodes(rubric: Rubric) -> dict[str, str | None]:
    """Return what every node says of where it is from, else what the node above it says.

    Keys are ids; values "source", "illustrative", or None where nothing says it.
    """
    found: dict[str, str | None] = {}
    for each in program_of(rubric).lowered.nodes:
        place = each.place
        above = None if place.parent is None else found[place.parent]
        found[place.id] = place.node.provenance or above
    return found


# types of weakness


def _least(least: object) -> Fraction:
    share = exact_number(least)
    if share is None:
        raise malformed("bad-number", "an exact share, as `1/3`", repr(least), "least")
    if not 0 < share <= 1 or share.denominator > _FINEST:
        expected = "above 0, up to 1, no finer than a millionth"
        raise InvalidRubric([Problem("out-of-range", "least", expected, str(share))])
    return share


def _cut(rubric: Rubric, depth: int) -> list[LoweredNode]:
    nodes = cut_at(rubric, depth)
    deepest = max(each.place.depth for each in plain_nodes(rubric))
    if not 1 <= depth <= deepest:
        expected = f"a depth of the tree: 1 to {deepest}"
        raise InvalidRubric([Problem("out-of-range", "depth", expected, str(depth))])
    taken = [each.place.id for each in nodes if each.place.id in (EVEN, NONE)]
    if taken:
        expected = "nodes that are not called as units without a weakness are"
        raise InvalidRubric([Problem("duplicate-id", each, expected) for each in taken])
    return nodes


def weaknesses(
    rubric: Rubric,
    frame: Any,
    *,
    depth: int = 1,
    least: object = "1/3",
    prefix: str = "",
) -> Any:
    """Return scored rows with what each lost, and the type of its weakness.

    `frame` is what `evaluate_frame(rubric, …, detail="nodes", exact=True, prefix=prefix)` gave,
    or with `detail="ledger"`. The nodes looked at are those at `depth` and the items above it;
    what rules of nodes above took is no node's weakness. Adds, each with the prefix:

    - `lost`: the points of the whole that these nodes lost in all, in quanta, and
      `lost.scale`, how many make a point;
    - `weakness`: the id of the node that lost most of it, the first in document order where
      several did, if that is at least the share `least` of all; "even" if it is less, "none"
      where nothing was lost.

    All are missing where a row was not scored. A lazy frame stays lazy.

    Raises `InvalidRubric` for a depth or share that there is not (`out-of-range`,
    `bad-number`) and for a node called "even" or "none" (`duplicate-id`); `InvalidFrame` for
    columns (`missing-column`, `column-taken`, `wrong-dtype`), for nodes whose weight in the
    whole varies from sheet to sheet (`not-applicable`), for numbers too large (`too-wide`), and
    for Dask (`lazy-frame`); of an eager frame `InvalidEvidence` for scores that the rubric
    cannot give (`out-of-range`).
    """
    scored, work, losses = _classified(rubric, frame, depth, least, prefix, None)
    if scored.opening.eager:
        scored.sums({})
    results = {
        f"{prefix}lost": nw.col("lost"),
        f"{prefix}lost.scale": nw.when(nw.col("there")).then(number(losses.scale)),
        f"{prefix}weakness": nw.col("weakness"),
    }
    return scored.opening.closed(work, results)


def _classified(
    rubric: Rubric,
    frame: Any,
    depth: int,
    least: object,
    prefix: str,
    by: str | None,
) -> tuple[ScoredFrame, Any, Losses]:
    """Return an open frame with `lost`, `weakness`, and whether a row is `there`."""
    share = _least(least)
    nodes = _cut(rubric, depth)
    worths = worths_of(rubric, nodes)
    added = [f"{prefix}{name}" for name in ("lost", "lost.scale", "weakness")]
    scored = ScoredFrame.of(rubric, frame, nodes, prefix=prefix, by=by, added=added)
    losses = Losses.of(scored, nodes, worths)
    work: Any = scored.opening.frame
    columns = {each: f"l{at}" for at, each in enumerate(losses.pieces)}
    there = ~scored.score.is_null()
    work = work.with_columns(
        there.alias("there"),
        number(0).alias("zero"),
        *(losses.pieces[each].expression.alias(name) for each, name in columns.items()),
    )
    total = nw.sum_horizontal("zero", *columns.values())
    bound = sum(each.bound for each in losses.pieces.values())
    times(Piece(total, bound), max(share.numerator, share.denominator))
    here = nw.when(nw.col("there"))
    most = nw.max_horizontal("zero", *columns.values()) if columns else nw.col("zero")
    work = work.with_columns(here.then(total).alias("lost"), here.then(most).alias("most"))
    lost, most = nw.col("lost"), nw.col("most")
    found: Any = nw.lit(EVEN, nw.String)
    for each, name in reversed(columns.items()):
        found = nw.when(nw.col(name) == most).then(nw.lit(each, nw.String)).otherwise(found)
    plain = most * number(share.denominator) < lost * number(share.numerator)
    found = nw.when(plain).then(nw.lit(EVEN, nw.String)).otherwise(found)
    found = nw.when(lost == number(0)).then(nw.lit(NONE, nw.String)).otherwise(found)
    work = work.with_columns(nw.when(nw.col("there")).then(found).alias("weakness"))
    return scored, work, losses


@frozen
class Cluster:
    """The units of a group with one type of weakness."""

    #: What the column `by` says of them; None for all, and for those of whom it says nothing.
    group: Group
    #: The id of a node, "even" or "none".
    weakness: str
    title: Words | None
    #: Whether the scheme prints the node, or it is illustrative; None for "even" and "none".
    provenance: str | None
    #: How many they are, and their share of the group.
    count: int
    share: Fraction
    #: What they lost in all, and in the mean, in points of the whole.
    lost: Fraction
    mean: Fraction


@frozen
class Clusters:
    """A population by type of weakness, for all and for each group."""

    #: Those that are there: nodes in document order, then "even", then "none".
    whole: tuple[Cluster, ...]
    #: One for each group, sorted, the unnamed one last; empty where nobody asked for groups.
    groups: tuple[tuple[Cluster, ...], ...] = ()

    def to_frame(self, backend: str = "polars", language: str = "") -> Any:
        """Return a row for every group and weakness; `of` is "all" or "group"."""
        rows = [
            (
                *(of, group_text(each.group), each.weakness),
                None if each.title is None else each.title.in_language(language),
                each.provenance,
                *(each.count, float(each.share), float(each.lost), float(each.mean)),
            )
            for of, clusters in with_whole(self.whole, self.groups)
            for each in clusters
        ]
        texts = [(name, nw.String) for name in ("of", "group", "weakness", "title", "provenance")]
        numbers = [(name, nw.Float64) for name in ("share", "lost", "mean")]
        return columns_of([*texts, ("count", nw.Int64), *numbers], rows, backend)


def clusters(
    rubric: Rubric,
    frame: Any,
    *,
    depth: int = 1,
    least: object = "1/3",
    by: str | None = None,
    prefix: str = "",
) -> Clusters:
    """Return how many have which type of weakness, and what they lost; see `weaknesses`.

    `by` is a column that names a group for each row, as the street. Rows that were not scored
    are left out. Raises what `weaknesses` raises, of lazy frames too.
    """
    scored, work, losses = _classified(rubric, frame, depth, least, prefix, by)
    titles = {each.place.id: each.place.node.title for each in _cut(rubric, depth)}
    stated = provenance_of_nodes(rubric)
    names = [*losses.pieces, EVEN, NONE]
    pieces: dict[str, Piece] = {}
    bound = sum(each.bound for each in losses.pieces.values())
    for each in names:
        here = nw.when(nw.col("weakness") == nw.lit(each, nw.String))
        pieces[f"{each}?"] = Piece(here.then(number(1)).otherwise(number(0)))
        pieces[each] = Piece(here.then(nw.col("lost")).otherwise(number(0)), bound)
    rows = scored.sums(pieces, work)

    def made(group: Group, sums: Mapping[str, int]) -> tuple[Cluster, ...]:
        found = []
        for each in names:
            count = sums[f"{each}?"]
            if count:
                lost = Fraction(sums[each], losses.scale)
                share = Fraction(count, sums["scored"])
                about = (titles.get(each), stated.get(each) if each in titles else None)
                found.append(Cluster(group, each, *about, count, share, lost, lost / count))
        return tuple(found)

    return Clusters(*_grouped(rows, [*pieces, "scored"], made, by))


def _grouped(
    rows: Sequence[Mapping[str, Any]],
    names: Iterable[str],
    made: Callable[[Group, Mapping[str, int]], _Made],
    by: str | None,
) -> tuple[_Made, tuple[_Made, ...]]:
    """Return what is made of the sums of all rows, and of each group's."""
    whole = {name: sum(row[name] for row in rows) for name in names}
    own = sorted(rows, key=lambda row: group_order(row["by"])) if by else []
    return made(None, whole), tuple(made(row["by"], row) for row in own)


# common problems


@frozen
class CommonProblem:
    """What one rule, or what was not earned in one item, cost a group."""

    #: The node whose score moved, and its title.
    node: str
    title: Words | None
    #: The step's place in the node's ledger, counted from 1; None for what was not earned.
    step: int | None
    #: The verb of the rule, `limit` or `clip`; "unearned".
    kind: str
    #: The node whose rule it is, where that is another; the rule's place there, from 0.
    origin: str | None
    rule: int | None
    #: What the rule says, in the scheme's words or in the file's.
    text: Words | None
    #: The rule's id, and its code for equal reasons.
    id: str | None
    reason: str | None
    #: Whether the scheme prints the rule, or it is illustrative; of the node where neither is said
    #: of the rule, and where there is none.
    provenance: str | None
    #: How many it cost something, and the share of those scored.
    count: int
    share: Fraction
    #: What it cost in all, and in the mean of all that were scored, in points of the whole.
    lost: Fraction
    mean: Fraction

    @property
    def mean_affected(self) -> Fraction:
        """What it cost in the mean of those whom it cost something."""
        return self.lost / self.count


@frozen
class GroupProblems:
    """The common problems of a group, those that cost most first."""

    #: What the column `by` says of them; None for all, and for those of whom it says nothing.
    group: Group
    #: How many were scored.
    scored: int
    #: What all problems cost, also those not listed, in points of the whole.
    lost: Fraction
    #: Those that cost anybody anything; equal ones in document order.
    problems: tuple[CommonProblem, ...]


@frozen
class CommonProblems:
    """The common problems of a population, for all and for each group."""

    whole: GroupProblems
    #: Sorted by the group, the unnamed one last; empty where nobody asked for groups.
    groups: tuple[GroupProblems, ...] = ()

    def to_frame(self, backend: str = "polars", language: str = "") -> Any:
        """Return a row for every group and problem, in order; `of` is "all" or "group"."""
        rows = [
            (
                *(of, group_text(group.group), each.node),
                *(
                    None if text is None else text.in_language(language)
                    for text in (each.title, each.text)
                ),
                *(each.kind, each.id, each.reason, each.provenance, each.step, each.count),
                *(float(each.share), float(each.lost), float(each.mean)),
            )
            for of, group in with_whole(self.whole, self.groups)
            for each in group.problems
        ]
        texts = ("of", "group", "node", "title", "text", "kind", "id", "reason", "provenance")
        columns = [
            *((name, nw.String) for name in texts),
            *((name, nw.Int64) for name in ("step", "count")),
            *((name, nw.Float64) for name in ("share", "lost", "mean")),
        ]
        return columns_of(columns, rows, backend)

    def explain(self, language: str = "en") -> str:
        """Return the problems of all as a plain table in English ("en") or Chinese ("zh").

        What is illustrative is marked with a star, and a last line says so.
        """
        words = _WORDS.get(language, _WORDS["en"])
        lines = [[*words[:3], "", ""]]
        for each in self.whole.problems:
            share = decimal_of(each.share * 100, 0)[0]
            lines.append(
                [
                    format(decimal_of(each.lost, 2)[0], "f"),
                    str(each.count),
                    f"{round(share)} %",
                    each.node if each.title is None else each.title.in_language(language),
                    _said(each, language, words[3]),
                ]
            )
        told = list(table_text(lines, ""))
        if any(each.provenance == "illustrative" for each in self.whole.problems):
            told.append(PHRASES.get(language, PHRASES["en"])["illustrative"])
        return "\n".join(told)


def _said(problem: CommonProblem, language: str, unearned: str) -> str:
    text = unearned if problem.step is None else problem.kind
    if problem.text is not None:
        text = problem.text.in_language(language)
    return f"{text} *" if problem.provenance == "illustrative" else text


def common_problems(
    rubric: Rubric,
    frame: Any,
    *,
    by: str | None = None,
    most: int | None = None,
    prefix: str = "",
) -> CommonProblems:
    """Return which rules cost most units most points, the costliest first.

    `frame` is what `evaluate_frame(rubric, …, detail="ledger", exact=True, prefix=prefix)`
    gave. What a step took after all limits counts, as in the reasons of a single result; what
    an item has less than its scale beside that was "unearned", as is what the rows of a table
    lost that are scored one by one; what an item with a baseline
    has less than that counts for the step that took most. Several rules with one reason code
    stay apart. `by` is a column that names a group for each row; only the first `most` of a
    group are kept. Rows that were not scored are left out.

    Raises `InvalidRubric` for a `most` below 1 (`out-of-range`); `InvalidFrame` for columns
    (`missing-column`, `wrong-dtype`), for nodes whose weight in the whole varies from sheet to
    sheet (`not-applicable`), for numbers too large (`too-wide`), and for Dask (`lazy-frame`);
    `InvalidEvidence` for amounts that the rubric cannot give (`out-of-range`).
    """
    if most is not None and most < 1:
        raise InvalidRubric([Problem("out-of-range", "most", "1 or more", str(most))])
    nodes = plain_nodes(rubric)
    worths = {each: worth for each, worth in worths_of(rubric, nodes).items() if worth > 0}
    kept = [each for each in nodes if each.place.id in worths]
    scored = ScoredFrame.of(rubric, frame, kept, steps=True, prefix=prefix, by=by)
    known = {each.place.id: each for each in nodes}
    costs: list[_Cost] = []
    for each in kept:
        costs += _costs(scored, known, each, worths[each.place.id])
    scale = lcm(*(each.unit.denominator for each in costs))
    pieces: dict[str, Piece] = {}
    for at, cost in enumerate(costs):
        pieces[f"{at}"] = cost.piece
        here = nw.when(cost.piece.expression > number(0))
        pieces[f"{at}?"] = Piece(here.then(number(1)).otherwise(number(0)))
    rows = scored.sums(pieces)
    stated = provenance_of_nodes(rubric)

    def made(group: Group, sums: Mapping[str, int]) -> GroupProblems:
        n = sums["scored"]
        found = []
        whole = 0
        for at, cost in enumerate(costs):
            quanta = sums[f"{at}"] * int(cost.unit * scale)
            whole += quanta
            if quanta:
                amounts = (sums[f"{at}?"], Fraction(quanta, scale), n)
                found.append((-quanta, at, cost.told(*amounts, stated)))
        found.sort(key=lambda each: each[:2])
        problems = tuple(problem for _, _, problem in found[:most])
        return GroupProblems(group, n, Fraction(whole, scale), problems)

    return CommonProblems(*_grouped(rows, [*pieces, "scored"], made, by))


@frozen
class _Cost:
    """What may cost points of the whole: a step of a node, or what is not earned there."""

    node: LoweredNode
    #: The place of the entry in the node's account, and the node whose rule it is.
    step: int | None
    owner: LoweredNode
    #: What it took in each row, 0 or more, and the points of the whole of one quantum.
    piece: Piece
    unit: Fraction

    def told(
        self, count: int, lost: Fraction, n: int, stated: Mapping[str, str | None]
    ) -> CommonProblem:
        place, share = self.node.place, Fraction(count, n)
        if self.step is None:
            nothing = (None, None, None, None, None)
            about = (place.id, place.node.title, None, "unearned", *nothing, stated[place.id])
            return CommonProblem(*about, count, share, lost, lost / n)
        entry = self.node.account.entries[self.step]
        label = entry.label
        rule = None if label.rule is None else self.owner.place.node.rules[label.rule]
        text = None if entry.within is None else Words((("", str(entry.within)),))
        if rule is not None:
            text = rule.says or Words((("", rule_text(rule)),))
        provenance = stated[label.origin or place.id]
        return CommonProblem(
            place.id,
            place.node.title,
            self.step + 1,
            label.kind,
            None if label.origin is None else label.origin.removesuffix(ROW),
            label.rule,
            text,
            None if rule is None else rule.id,
            None if rule is None else rule.reason,
            provenance if rule is None else rule.provenance or provenance,
            count,
            share,
            lost,
            lost / n,
        )


def _costs(
    scored: ScoredFrame, known: Mapping[str, LoweredNode], node: LoweredNode, worth: Fraction
) -> list[_Cost]:
    """Return what may cost points in a node, in document order."""
    place = node.place
    taking = [
        (at, entry, away)
        for at, entry in enumerate(node.account.entries)
        if entry.label.kind not in _CARRYING
        and (away := _taken(scored, node, at, entry)) is not None
    ]
    baseline = getattr(place.node, "baseline", None)
    if baseline is not None:
        return _below_baseline(scored, known, node, (taking, baseline, worth))
    costs = [
        _Cost(node, at, _owner(known, node, entry), piece, worth / scale)
        for at, entry, (scale, piece) in taking
    ]
    if (isinstance(place.node, Item) or place.folds) and place.scale is not None:
        scale, piece = loss_of(scored, node, place.scale)
        common = lcm(scale, *(own for _, _, (own, _) in taking))
        rest = times(piece, common // scale)
        for _, _, (own, taken) in taking:
            named = times(taken, common // own)
            rest = Piece(rest.expression - named.expression, rest.bound + named.bound)
        times(rest, 1)
        left = nw.when(rest.expression < number(0)).then(number(0)).otherwise(rest.expression)
        unearned = Piece(left, times(piece, common // scale).bound)
        if unearned.bound:
            costs.append(_Cost(node, None, node, unearned, worth / common))
    return costs


_Taking = list[tuple[int, Entry, tuple[int, Piece]]]


def _below_baseline(
    scored: ScoredFrame,
    known: Mapping[str, LoweredNode],
    node: LoweredNode,
    told: tuple[_Taking, Fraction, Fraction],
) -> list[_Cost]:
    """Return what a node has less than its baseline, for the step that took most of it."""
    taking, baseline, worth = told
    scale, lost = loss_of(scored, node, baseline)
    common = lcm(*(own for _, _, (own, _) in taking))
    taken = [times(piece, common // own).expression for _, _, (own, piece) in taking]
    costs = []
    nobody: Any = None
    for at, (place, entry, _) in enumerate(taking):
        first = taken[at] > number(0)
        for other, each in enumerate(taken):
            if other != at:
                first = first & (each < taken[at] if other < at else each <= taken[at])
        mine = nw.when(first).then(lost.expression).otherwise(number(0))
        owner = _owner(known, node, entry)
        costs.append(_Cost(node, place, owner, Piece(mine, lost.bound), worth / scale))
        none = taken[at] <= number(0)
        nobody = none if nobody is None else nobody & none
    left = lost.expression
    if nobody is not None:
        left = nw.when(nobody).then(left).otherwise(number(0))
    costs.append(_Cost(node, None, node, Piece(left, lost.bound), worth / scale))
    return costs


def _owner(known: Mapping[str, LoweredNode], node: LoweredNode, entry: Entry) -> LoweredNode:
    return known.get(entry.label.origin or "", node)


def _taken(
    scored: ScoredFrame, node: LoweredNode, at: int, entry: Entry
) -> tuple[int, Piece] | None:
    """Return what a step took away, 0 or more, and its quanta to a point; None if it never can."""
    amount = scored.amounts[f"{node.place.id}.{at + 1}.{entry.label.kind}.taken"]
    if amount.low >= 0:
        return None
    taken = scored.column(amount.name)
    away = nw.when(taken < number(0)).then(number(0) - taken).otherwise(number(0))
    return amount.scale, Piece(away, -amount.low)


# stakes


@frozen
class StakeLost:
    """What is at stake in a node, and what a population lost there."""

    id: str
    title: Words | None
    #: Whether the scheme prints the node, or it is illustrative; of the nodes above it, where it
    #: does not say.
    provenance: str | None
    depth: int
    item: bool
    #: Its points of the whole, and its part of it, 0 to 1, as `weights` states them.
    points: Fraction
    weight: Fraction
    #: What was lost in the mean, in points of the whole.
    mean: Fraction
    #: Its part of all that the nodes with a weight lost at its depth; None if that is nothing.
    share: Fraction | None

    @property
    def ratio(self) -> Fraction | None:
        """Its part of the losses for its part of the points: above 1, it loses more than its due.

        None where nothing was lost.
        """
        return None if self.share is None else self.share / self.weight


@frozen
class StakesLost:
    """Points at stake against points lost, node by node in document order."""

    nodes: tuple[StakeLost, ...]
    scored: int

    def __getitem__(self, node: str) -> StakeLost:
        """Return what a node lost by its id; raises `KeyError`."""
        return {each.id: each for each in self.nodes}[node]

    def to_frame(self, backend: str = "polars", language: str = "") -> Any:
        """Return a row for every node, its numbers as the nearest doubles."""
        names = ("points", "weight", "mean", "share", "ratio")
        rows = [
            (
                each.id,
                None if each.title is None else each.title.in_language(language),
                each.provenance,
                each.depth,
                each.item,
                *(None if (one := getattr(each, name)) is None else float(one) for name in names),
            )
            for each in self.nodes
        ]
        columns = [
            *((name, nw.String) for name in ("node", "title", "provenance")),
            *(("depth", nw.Int64), ("item", nw.Boolean)),
            *((name, nw.Float64) for name in names),
        ]
        return columns_of(columns, rows, backend)


def stakes_lost(
    rubric: Rubric,
    frame: Any,
    *,
    prefix: str = "",
) -> StakesLost:
    """Return for every node what it weighs in the whole, and what a population lost there.

    `frame` is as for `weaknesses`. The nodes are those with a weight in the whole, below the
    root. A share is of what they lost at that depth, and in the items above it: it adds up to
    1 at each depth. Raises `InvalidFrame` and `InvalidEvidence` as `common_problems` does.
    """
    stated = {
        each.id: (each.points, each.share)
        for each in weights(rubric)
        if each.points is not None and each.share
    }
    nodes = [each for each in plain_nodes(rubric)[1:] if each.place.id in stated]
    worths = worths_of(rubric, nodes)
    scored = ScoredFrame.of(rubric, frame, nodes, prefix=prefix)
    losses = Losses.of(scored, nodes, worths)
    rows = scored.sums(losses.pieces)
    names = [*losses.pieces, "scored"]
    sums = {name: sum(row[name] for row in rows) for name in names}
    n = sums["scored"]
    deepest = max((each.place.depth for each in nodes), default=0)
    lost = {
        depth: sum(sums.get(each.place.id, 0) for each in cut_at(rubric, depth))
        for depth in range(1, deepest + 1)
    }
    stated_by = provenance_of_nodes(rubric)
    found = []
    for each in nodes:
        place = each.place
        if place.id not in losses.pieces:
            continue
        points, weight = stated[place.id]
        all_lost = lost[place.depth]
        found.append(
            StakeLost(
                place.id,
                place.node.title,
                stated_by[place.id],
                place.depth,
                isinstance(place.node, Item),
                points or Fraction(0),
                weight or Fraction(0),
                Fraction(sums[place.id], losses.scale * n) if n else Fraction(0),
                Fraction(sums[place.id], all_lost) if all_lost else None,
            )
        )
    return StakesLost(tuple(found), n)
