"""How children, or the rows of an `each`, become the score of the node above.

Sums, means, medians, trimmed and geometric means and extremes, over those that count; what
happens where too few do; and the rescaling of a sum for those that are not applicable.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from rubric_engine.account import Account, Label
from rubric_engine.branches import either
from rubric_engine.errors import Problem
from rubric_engine.folds import Listed, Rows, Unbounded
from rubric_engine.gating import Cause
from rubric_engine.model import ROOT
from rubric_engine.scope import Expression
from rubric_engine.symbols import Quantity, Truth, total_of
from rubric_engine.tree import Place

if TYPE_CHECKING:
    from rubric_engine.lower import Lowering

__all__ = ["Combined", "Combiner"]


@frozen(eq=False)
class Combined:
    """What a node holds before its rules."""

    account: Account
    #: Where the node itself counts; None if always. It does not where too few children do.
    left: Truth | None = None
    #: What a point of each child makes of the node's scale, where that varies.
    shares: dict[str, Quantity] = field(factory=dict)
    #: Which rows it takes; None for all.
    taken: Truth | None = None


@frozen(eq=False)
class _Child:
    place: Place
    #: Its score on the scale of the parent.
    score: Quantity
    #: Whether it counts; None if always.
    counted: Truth | None
    #: Whether it is out because it is not applicable or absent, and its points with it.
    out: Truth | None


class Combiner:
    """Combines the children of one node."""

    def __init__(self, lowering: Lowering, place: Place) -> None:
        self.lowering, self.place, self.node = lowering, place, place.node
        self.graph = lowering.graph
        self.zero = Quantity.of(self.graph, 0)
        #: Whether too few can count for another reason than "not applicable".
        self.can_lack = False

    def problem(self, code: str, key: str, expected: str, found: str = "") -> None:
        """Record a problem at a key of the node."""
        path = f"{self.place.path}.{key}" if key else self.place.path
        self.lowering.problem(code, path, expected, found)

    def run(self) -> Combined:
        """Return what the node holds before bonuses land and its rules run."""
        account = Account.opened(self.zero, self.place.scale, landing=self.place.lands)
        if self.place.folds:
            return self.folded(account)
        children = self.children()
        if self.place.combine == "none":
            return Combined(account)
        if self.place.combine == "sum":
            return self.summed(account, children)
        return self.averaged(account, children)

    # children

    def children(self) -> list[_Child]:
        """Return the children that are not beside the points."""
        lowering, states = self.lowering, self.lowering.declared.states
        found: list[_Child] = []
        for child_id in lowering.counted(self.place):
            child, done = lowering.places[child_id], lowering.done[child_id]
            own = states.of(child_id)
            out: Truth | None = None
            policy = child.not_applicable
            if own.applies is not None and policy is not None:
                if policy.text in ("rescale", "rescale_total"):
                    out = own.applies.negate()
                if policy.text == "rescale_total" and self.place.combine != "sum":
                    expected = "`rescale`: only sums can be rescaled in total"
                    path = f"{child.path}.not_applicable"
                    lowering.problem("conflicting-keys", path, expected)
            if own.present is not None and self.node.missing == "skip":
                self.can_lack = True
                absent = own.present.negate()
                out = absent if out is None else out.either(absent)
            if own.present is not None and self.node.missing == "unrated":
                absent = own.present.negate()
                live = states.live(self.place.id)
                cause = absent if live is None else absent.both(live)
                cause = cause if own.meant is None else cause.both(own.meant)
                lowering.causes.append(Cause(cause, child_id, child_id, 0))
            if done.left is not None:
                lacking = done.left.negate()
                if own.present is not None:
                    # What becomes of a child without findings is for this node to say.
                    lacking = lacking.both(own.present)
                out = lacking if out is None else out.either(lacking)
            counted = None if out is None else out.negate()
            if own.meant is not None:
                counted = own.meant if counted is None else counted.both(own.meant)
                out = None if out is None else out.both(own.meant)
            found.append(_Child(child, done.score * child.factor, counted, out))
        return found

    def count(self, children: Sequence[_Child]) -> Quantity:
        """Return how many children count."""
        one = Fraction(1)
        sure = sum(each.counted is None for each in children)
        varying = [(one, each.counted.counted()) for each in children if each.counted is not None]
        return total_of(self.graph, [(one, Quantity.of(self.graph, sure)), *varying])

    # sums

    def summed(self, account: Account, children: list[_Child]) -> Combined:
        """Add the children up, and rescale for those that do not count."""
        for child in children:
            label = Label("child", child.place.path, child.place.id)
            score = child.score
            if child.counted is not None:
                score = child.counted.choose(score, self.zero)
            account = account.labelled(label).award(score)
        closed = [each for each in children if each.place.scale is not None]
        closed = [each for each in closed if getattr(each.place.node, "points", None) != "none"]
        here, total = self.out_points(closed)
        shares: dict[str, Quantity] = {}
        enough: Truth | None = None
        whole = self.place.scale
        if here is not None and whole is not None:
            obtainable = Quantity.of(self.graph, whole) - here
            account, factor = self.rescaled(account, obtainable, whole)
            shares = {each.place.id: factor * each.place.factor for each in closed}
            enough = self.zero.less(obtainable)
        elif here is not None:
            self.problem("scale-missing", "", "a scale, so that a sum can be rescaled")
        if total is not None:
            account, shares, enough = self.in_total(account, total, shares, enough, closed)
        if self.node.need is not None:
            needed = Quantity.of(self.graph, self.node.need).at_most(self.count(closed or children))
            enough = needed if enough is None else enough.both(needed)
        return self.emptied(account, enough, shares)

    def out_points(self, closed: list[_Child]) -> tuple[Quantity | None, Quantity | None]:
        """Return the points of children that are out here, and those out in total below."""
        here: list[tuple[Fraction, Quantity]] = []
        total: list[tuple[Fraction, Quantity]] = []
        kinds: set[str] = set()
        for child in closed:
            points = Quantity.of(self.graph, (child.place.scale or Fraction(0)))
            points = points * child.place.factor
            below = self.lowering.lost_total.get(child.place.id)
            stated = child.place.not_applicable
            in_total = stated is not None and stated.text == "rescale_total"
            in_total = in_total or below is not None
            if child.out is not None:
                kinds.add("rescale_total" if in_total else "rescale")
                lost = child.out.choose(points, self.zero)
                (total if in_total else here).append((Fraction(1), lost))
            if below is not None:
                below = below * child.place.factor
                if child.out is not None:
                    below = child.out.choose(self.zero, below)
                total.append((Fraction(1), below))
        if len(kinds) > 1:
            expected = "one of `rescale` and `rescale_total` under one parent"
            self.problem("conflicting-keys", "", expected)
        return (
            total_of(self.graph, here) if here else None,
            total_of(self.graph, total) if total else None,
        )

    def rescaled(
        self, account: Account, obtainable: Quantity, whole: Fraction
    ) -> tuple[Account, Quantity]:
        """Return the account on its whole scale again, and by how much it was stretched."""
        least = Quantity(self.graph, self.graph.constant(1), obtainable.scale)
        factor = Quantity.of(self.graph, whole).divided_by(obtainable.greatest(least))
        score = (account.score * whole).divided_by(obtainable.greatest(least))
        assert factor is not None and score is not None  # noqa: S101, PT018 - the divisor is 1 quantum at least
        score = self.zero.less(obtainable).choose(score, self.zero)
        return account.labelled(Label("rescale", self.place.path)).set(score), factor

    def in_total(
        self,
        account: Account,
        total: Quantity,
        shares: dict[str, Quantity],
        enough: Truth | None,
        closed: list[_Child],
    ) -> tuple[Account, dict[str, Quantity], Truth | None]:
        """Rescale at the root for what is out in total; elsewhere pass it on."""
        whole = self.place.scale
        if self.place.id != ROOT:
            self.lowering.lost_total[self.place.id] = total
            if self.lowering.places[self.place.parent or ROOT].combine != "sum":
                expected = "sums up to the root, for `rescale_total`"
                self.problem("conflicting-keys", "", expected)
            if whole is not None:
                left = total.less(Quantity.of(self.graph, whole))
                enough = left if enough is None else enough.both(left)
            return account, shares, enough
        if whole is None:
            self.problem("scale-missing", "", "a scale, so that the total can be rescaled")
            return account, shares, enough
        obtainable = Quantity.of(self.graph, whole) - total
        account, factor = self.rescaled(account, obtainable, whole)
        shares = {each.place.id: factor * each.place.factor for each in closed}
        left = self.zero.less(obtainable)
        return account, shares, left if enough is None else enough.both(left)

    # means, medians, extremes

    def averaged(self, account: Account, children: list[_Child]) -> Combined:
        """Combine the children in any other way than adding them up."""
        account = account.labelled(Label(self.place.combine, self.place.path))
        if not children:
            return Combined(account)
        numbers = tuple(each.score for each in children)
        counted = tuple(each.counted for each in children)
        listed = Listed(self.graph, numbers, counted)
        weights = self.weights(children) if self.place.combine == "mean" else None
        count, fewest = listed.count, self.fewest()
        needed = Quantity.of(self.graph, fewest).at_most(count)
        enough: Truth | None = None if needed.constant is True else needed
        shares: dict[str, Quantity] = {}
        if weights is not None:
            weighed = [
                each if here is None else here.choose(each, self.zero)
                for each, here in zip(weights, counted, strict=True)
            ]
            sum_of = total_of(self.graph, ((Fraction(1), each) for each in weighed))
            if sum_of.low <= 0:
                heavy = self.zero.less(sum_of)
                if any(each.low <= 0 for each in weights):
                    self.can_lack = True
                    enough = heavy if enough is None else enough.both(heavy)
            if sum_of.constant is None:
                least = Quantity(self.graph, self.graph.constant(1), sum_of.scale)
                for child, weight in zip(children, weighed, strict=True):
                    share = (weight * child.place.factor).divided_by(sum_of.greatest(least))
                    if share is not None:
                        shares[child.place.id] = share
        if enough is not None and enough.constant is False:
            expected = f"{fewest} children at least that can count"
            self.problem("out-of-range", "need" if self.node.need else "", expected)
        result = self.result(listed, weights)
        if result.can_miss:
            result = result.default(self.zero)
        return self.filled(account, result, enough, shares)

    def fewest(self) -> int:
        """Return the fewest scores that must count."""
        fewest = 1
        if self.place.combine == "trimmed":
            fewest = 2 * (self.node.drop or 0) + 1
        return max(fewest, self.node.need or 1)

    def weights(self, children: list[_Child]) -> list[Quantity]:
        """Return the weights of the children."""
        found: list[Quantity] = []
        for child in children:
            stated = getattr(child.place.node, "weight", None)
            if isinstance(stated, Expression):
                scope = self.lowering.weighing(child.place, self.place)
                found.append(scope.positive(stated, "weight"))
            else:
                found.append(Quantity.of(self.graph, 1 if stated is None else stated))
        return found

    def result(self, listed: Listed, weights: list[Quantity] | None) -> Quantity:
        """Return what the numbers make together."""
        combine = self.place.combine
        try:
            if combine == "mean":
                if weights is None or any(each is not None for each in listed.counted):
                    return listed.mean(weights)
                return _mean_of_all(listed, weights)
            if combine == "median":
                return listed.median()
            if combine == "trimmed":
                return listed.trimmed(self.node.drop or 1)
            if combine == "geometric":
                return self.geometric(listed)
            return listed.lowest() if combine == "lowest" else listed.highest()
        except Unbounded:
            expected = "a larger `step`, or scores rounded before: at most 10,000 steps"
            self.problem("too-fine", "step", expected)
            return self.zero

    def geometric(self, listed: Listed) -> Quantity:
        """Return the geometric mean; all children count, and none is below 0."""
        if any(each is not None for each in listed.counted):
            expected = "children that always count: `full`, `zero` or an expression"
            self.problem("conflicting-keys", "combine", expected, "geometric")
            return self.zero
        if any(each.low < 0 for each in listed.numbers):
            expected = "scores that are never below 0"
            self.problem("can-be-negative", "combine", expected)
            return self.zero
        if not self.node.step or self.node.step <= 0:
            return self.zero
        return listed.geometric(self.node.step)

    # rows

    def folded(self, account: Account) -> Combined:
        """Make one score of those of the rows of a table."""
        lowering = self.lowering
        inner = lowering.places[self.place.children[0]]
        table = lowering.table(inner)
        if table is None:
            return Combined(account)
        scope = evolve(lowering.scope(inner, inner.path))
        where, weigh = (getattr(inner.node, key, None) for key in ("where", "weigh"))
        counted = None if where is None else scope.truth(where, "where")
        weight = None
        if weigh is not None:
            if self.place.combine != "mean":
                self.problem("conflicting-keys", "weigh", "`combine: mean` beside it")
            weight = scope.positive(weigh, "weigh")
        account = account.labelled(Label(self.place.combine, self.place.path))
        rows = Rows(table, lowering.done[inner.id].score, counted)
        try:
            result = self.of_rows(rows, weight)
            needed = Quantity.of(self.graph, self.fewest()).at_most(rows.count)
            if self.place.combine == "sum" and self.node.need is None:
                needed = Truth.of(self.graph, verdict=True)
            if weight is not None:
                heavy = self.zero.less(Rows(table, weight, counted).total())
                needed = needed.both(heavy)
        except Unbounded:
            expected = "{round: 4} as the last rule of the rows, so that they can be combined"
            self.problem("too-fine", "combine", expected)
            return Combined(account)
        shares = self.row_shares(rows, weight, inner)
        if result.can_miss:
            result = result.default(self.zero)
        self.can_lack = True
        enough = None if needed.constant is True else needed
        return evolve(self.filled(account, result, enough, shares), taken=counted)

    def row_shares(self, rows: Rows, weight: Quantity | None, inner: Place) -> dict[str, Quantity]:
        """Return what a point of a row makes of the node's scale, in a mean."""
        if self.place.combine != "mean":
            return {}
        one = Quantity.of(self.graph, 1)
        if weight is None:
            share = one.divided_by(rows.count.greatest(one))
        else:
            whole = Rows(rows.table, weight, rows.counted).total()
            least = Quantity(self.graph, self.graph.constant(1), whole.scale)
            share = weight.divided_by(whole.greatest(least))
        return {} if share is None else {inner.id: share}

    def of_rows(self, rows: Rows, weight: Quantity | None) -> Quantity:
        """Return what the rows make together."""
        combine = self.place.combine
        if combine == "mean":
            return rows.mean(weight)
        if combine == "median":
            return rows.median()
        if combine == "trimmed":
            return rows.trimmed(self.node.drop or 1)
        if combine == "lowest":
            return rows.lowest()
        return rows.highest() if combine == "highest" else rows.total()

    # too few

    def filled(
        self,
        account: Account,
        result: Quantity,
        enough: Truth | None,
        shares: dict[str, Quantity],
    ) -> Combined:
        """Post a result, or what the node holds where too few count."""
        if enough is None:
            return Combined(account.award(result), None, shares)
        stand_in, left = self.stand_in(enough)
        return Combined(account.award(enough.choose(result, stand_in)), left, shares)

    def emptied(
        self, account: Account, enough: Truth | None, shares: dict[str, Quantity]
    ) -> Combined:
        """Set a sum to what the node holds where too few count."""
        if enough is None or enough.constant is True:
            return Combined(account, None, shares)
        stand_in, left = self.stand_in(enough)
        if left is None:
            label = Label("sum", self.place.path)
            account = account.labelled(label).set(enough.choose(account.score, stand_in))
        return Combined(account, left, shares)

    def stand_in(self, enough: Truth) -> tuple[Quantity, Truth | None]:
        """Return what the node holds where too few count, and where it counts itself."""
        stated = self.node.empty
        self.lowering.tell(
            self.place, "enough", "empty", partial(either, enough, "enough", "too few")
        )
        if stated is None:
            if self.can_lack or self.node.need is not None:
                expected = "`empty`: what it holds where too few count"
                self.problem("missing-key", "", expected)
                return self.zero, None
            stated = "refuse" if self.place.id == ROOT else "skip"
        live = self.lowering.declared.states.live(self.place.id)
        if stated == "refuse":
            here = enough if live is None else enough.either(live.negate())
            expected = f"at least {self.fewest()} that count"
            self.lowering.demand(here, Problem("too-few", self.place.id, expected))
        if stated == "unrated":
            cause = enough.negate() if live is None else enough.negate().both(live)
            self.lowering.causes.append(Cause(cause, self.place.id, self.place.id, 2))
        if stated == "skip":
            if self.place.id == ROOT:
                self.problem("conflicting-keys", "empty", "something that the whole can hold")
            return self.zero, enough
        if stated == "full":
            if self.place.scale is None:
                self.problem("all-needs-scale", "empty", "zero or a number", "full")
                return self.zero, None
            return Quantity.of(self.graph, self.place.scale), None
        return Quantity.of(self.graph, stated if isinstance(stated, Fraction) else 0), None


def _mean_of_all(listed: Listed, weights: Sequence[Quantity]) -> Quantity:
    """Return a mean of numbers that all count, as a plain sum where the weights are constant."""
    constant = [each.constant for each in weights]
    if any(each is None for each in constant):
        return listed.mean(weights)
    heavy = [each or Fraction(0) for each in constant]
    whole = sum(heavy, Fraction(0))
    portions = [each / whole for each in heavy] if whole else heavy
    return total_of(listed.graph, zip(portions, listed.numbers, strict=True))
