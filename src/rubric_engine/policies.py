"""The policies: what a rule of a rubric does to the account of its node.

A policy is a frozen value with one method, `post`: given the account so far and the
scope, it returns the account with its entries added. It sees no backend, and whatever
interprets the graph gets the policy with it. A plugin writes a policy the same way and
names its class under the entry point group `rubric_engine.policies`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import ClassVar, Literal

from attrs import evolve, field, frozen

from rubric_engine.account import Account, Part, RowsAsked
from rubric_engine.amounts import ALL, Amounts, Bands, Lines, Tiers, amount
from rubric_engine.branches import Way, along, either, held_back, is_zero, of_rows, share_of
from rubric_engine.curves import Curve, edges_of
from rubric_engine.errors import Problem, malformed, nearest_name
from rubric_engine.exact import exact_number, number_text
from rubric_engine.fields import MOST_PLACES, Amount, Range, as_range
from rubric_engine.folds import Rows, Unbounded
from rubric_engine.graph import Value
from rubric_engine.scope import Expression, Scope, expression
from rubric_engine.symbols import (
    ROUNDING_MODES,
    Day,
    Option,
    Quantity,
    Remark,
    Symbol,
    Table,
    Ticked,
    Truth,
    total_of,
)
from rubric_engine.words import Words, words

__all__ = [
    "BUILT_IN",
    "Asked",
    "Award",
    "Bonus",
    "Deduct",
    "Group",
    "Limit",
    "Multiply",
    "Period",
    "Policy",
    "Posting",
    "Provenance",
    "Round",
    "Set",
]

Provenance = Literal["source", "illustrative"]


def exactly(value: object) -> Fraction:
    """Return an exact number; raises `InvalidRubric` for anything else."""
    number = exact_number(value)
    if number is None:
        raise malformed("bad-number", "an exact number", str(value))
    return number


def perhaps_exactly(value: object) -> Fraction | None:
    """Return an exact number, or None for None."""
    return None if value is None else exactly(value)


@frozen(kw_only=True)
class Policy:
    """What every rule has, whatever it does. Policies are written by subclassing this."""

    #: The key that names the policy in a file; its value is the first attribute.
    verb: ClassVar[str]

    #: Names the rule in results.
    id: str | None = None
    #: The clause in the scheme's own words.
    says: Words | None = field(default=None, converter=words)
    #: Where the clause stands.
    source: Words | None = field(default=None, converter=words)
    #: A code that adds up equal reasons.
    reason: str | None = None
    #: `source` where the scheme says it, `illustrative` where it was made up.
    provenance: Provenance | None = None

    def post(self, account: Account, scope: Scope) -> Account:
        """Return the account with what this rule does to it."""
        raise NotImplementedError


@frozen
class Period:
    """A number of days, months or years."""

    count: int
    unit: Literal["days", "months", "years"]

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `6 months`; raises `InvalidRubric` for anything else."""
        match = re.fullmatch(r"([0-9]{1,5}) (day|month|year)s?", text.strip())
        if match is None or int(match[1]) < 1:
            raise malformed("bad-number", "a period, as `6 months`", text)
        unit: dict[str, Literal["days", "months", "years"]]
        unit = {"day": "days", "month": "months", "year": "years"}
        return cls(int(match[1]), unit[match[2]])

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count > 1 else self.unit[:-1]}"


def _perhaps_period(value: Period | str | None) -> Period | None:
    return Period.parse(str(value)) if isinstance(value, str) else value


def _stand_in(value: object) -> Fraction | Literal["full", "zero"] | None:
    if value == "full":
        return "full"
    return "zero" if value == "zero" else perhaps_exactly(value)


Times = Expression | tuple[tuple[Expression, Expression], ...]


def times(value: object) -> Times | None:
    """Return multipliers from themselves, a map of conditions, or one number or expression."""
    if value is None or isinstance(value, Expression):
        return value
    pairs: Sequence[tuple[object, object]] | None = None
    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif isinstance(value, tuple):
        pairs = list(value)
    if pairs is None:
        return expression(value)  # type: ignore[arg-type]  # because it refuses what it does not take
    if not pairs:
        raise malformed("empty", "a condition with its multiplier", "an empty map")
    return tuple((_surely(when), _surely(each)) for when, each in pairs)


def _surely(value: object) -> Expression:
    found = expression(value)  # type: ignore[arg-type]  # because it refuses what it does not take
    if found is None:
        raise malformed("empty", "an expression", "nothing")
    return found


@frozen(eq=False)
class Asked:
    """The amount of a rule, 0 or more, with what it was made of."""

    amount: Quantity
    #: The members of a group.
    parts: tuple[Part, ...] = ()
    #: What each row asked, where the rule goes over the rows of a table.
    rows: RowsAsked | None = None


@frozen
class Posting(Policy):
    """What `deduct`, `award` and `bonus` share: an amount, and what it depends on."""

    #: Points: a number of 0 or more, `all`, a map, bands, lines, a curve, a range, a formula.
    amount: Amounts = field(converter=amount)
    #: What chooses the amount: a choice, a checklist, a number, or an `amount` field.
    by: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: The judged field, for a map that has ranges.
    judged: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Times this number, which is never below 0.
    per: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Applies only where this holds.
    when: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Applies only where this does not hold.
    unless: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Times the steps by which `of` falls short of this number.
    below: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Times the steps by which `of` goes beyond this number.
    above: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: The number held against `below` or `above`.
    of: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: How much is one step; 1 where not stated.
    step: Fraction | None = field(default=None, converter=perhaps_exactly, kw_only=True)
    #: Which steps count: `exact` (where not stated), the `whole` ones, also those `started`.
    parts: Literal["exact", "whole", "started"] | None = field(default=None, kw_only=True)
    #: Times this number, held within 0..1.
    ratio: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: What stands for the ratio where a divisor of it is 0.
    empty: Fraction | Literal["full", "zero"] | None = field(
        default=None, converter=_stand_in, kw_only=True
    )
    #: Multipliers, by the conditions under which they hold.
    times: Times | None = field(default=None, converter=times, kw_only=True)
    #: How several multipliers go together: `multiply` (where not stated), `add`, `strongest`.
    stack: Literal["multiply", "add", "strongest"] | None = field(default=None, kw_only=True)
    #: The table over whose rows it goes.
    each: str | None = field(default=None, kw_only=True)
    #: Only rows that lie less than so long before the given date `cycle.as_of`.
    within: Period | None = field(default=None, converter=_perhaps_period, kw_only=True)
    #: The date of a row; the table's only date where not stated.
    dated: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Of the rows with the same value here only the highest counts.
    once_per: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Which rows count; all where not stated.
    keep: Literal["all", "highest", "lowest"] | None = field(default=None, kw_only=True)
    #: At most this much.
    up_to: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Decimal places that it is rounded to, 0 to 9.
    round_to: int | None = field(default=None, kw_only=True)
    #: How it is rounded; ties away from zero where not stated.
    mode: str | None = field(default=None, kw_only=True)
    #: The node to whose account it posts; its own where not stated.
    to: str | None = field(default=None, kw_only=True)

    def whole(self, account: Account, scope: Scope) -> Quantity | None:
        """Return what `all` means, or None where it means nothing."""
        return None if scope.scale is None else scope.constant(scope.scale)

    def asked(self, account: Account, scope: Scope) -> Asked:
        """Return the amount, 0 or more, with all it depends on."""
        self._check_keys(scope)
        rows: RowsAsked | None = None
        if self.each is None:
            asked = self._one(account, scope)
        else:
            table = scope.rows(self.each)
            if table is None:
                return Asked(scope.constant(0))
            if scope.table is not None:
                scope.problem("conflicting-keys", "each", "no table inside the rows of another")
                return Asked(scope.constant(0))
            scope.branch("rows", "each", lambda: of_rows(table))
            number = self._one(account, scope.in_rows(table))
            asked = self._over_rows(number, table, scope)
            rows = RowsAsked(table.number, number)
        return Asked(_held_and_rounded(self, asked, scope), (), rows)

    def _one(self, account: Account, scope: Scope) -> Quantity:
        """Return the amount before it is folded, held or rounded."""
        applies = self._applies(scope)
        scope = scope.reaching(applies)
        asked = _chosen_amount(self, account, scope)
        if self.per is not None:
            asked = asked * scope.positive(self.per, "per")
        if self.ratio is not None:
            asked = asked * self._share(self.ratio, scope)
        if self.of is not None:
            asked = asked * self._steps(scope, self.of)
        asked = asked * _multiplier(self, scope)
        return applies.choose(asked, scope.constant(0))

    def _applies(self, scope: Scope) -> Truth:
        applies = scope.holds(self.when, self.unless)
        if self.within is None or scope.table is None:
            return applies
        day, now = self._dated(scope, scope.table), scope.symbols.get("cycle.as_of")
        if not isinstance(now, Day) or now.value.interval.missing:
            expected = "`given: {cycle: {as_of: date}}`, the day from which it looks back"
            scope.problem("missing-key", "within", expected)
            return applies
        if day is None:
            return applies
        months = {"months": 1, "years": 12}.get(self.within.unit)
        if months is None:
            apart, most = now.number - day.number, self.within.count
        else:
            apart, most = now.code - day.code, self.within.count * months * 31
        recent = scope.constant(0).at_most(apart).both(apart.less(scope.constant(most)))
        scope.branch("within", "within", lambda: either(recent, "inside", "outside"))
        return applies.both(recent)

    def _dated(self, scope: Scope, table: Table) -> Day | None:
        if self.dated is not None:
            return scope.day(self.dated, "dated")
        if len(table.dates) != 1:
            found = ", ".join(table.dates) or "none"
            scope.problem("missing-key", "within", "`dated`: the table's date that counts", found)
            return None
        return scope.day(Expression(table.dates[0]), "dated")

    def _over_rows(self, number: Quantity, table: Table, scope: Scope) -> Quantity:
        keep = self.keep or "all"
        rows = Rows(table, number)
        try:
            if keep != "all":
                kept = rows.highest() if keep == "highest" else rows.lowest()
                return kept.default(scope.constant(0)) if kept.can_miss else kept
            if self.once_per is not None:
                key = _key(scope.in_rows(table), self.once_per)
                if key is None:
                    return scope.constant(0)
                best = rows.best(key)
                scope.branch(
                    "repeat", "once_per", lambda: held_back(rows.total(), best, "again", "once")
                )
                return best
            return rows.total()
        except Unbounded:
            expected = "rounded(…, 4) around the quotient, so that rows can be added up"
            scope.problem("too-fine", scope_key(self), expected)
            return scope.constant(0)

    def _share(self, ratio: Expression, scope: Scope) -> Quantity:
        one, zero = scope.constant(1), scope.constant(0)
        if self.empty is None:
            number = scope.number(ratio, "ratio")
            scope.branch("ratio", "ratio", lambda: share_of(number))
            return number.greatest(zero).least(one)
        stated = {"full": Fraction(1), "zero": Fraction(0)}.get(str(self.empty), self.empty)
        if not isinstance(stated, Fraction) or not 0 <= stated <= 1:
            scope.problem("out-of-range", "empty", "`full`, `zero`, or a number within 0..1")
            stated = Fraction(0)
        quotient = scope.quotient(ratio, "ratio", stated)
        scope.branch("ratio", "ratio", lambda: share_of(quotient))
        return quotient.greatest(zero).least(one)

    def _steps(self, scope: Scope, of: Expression) -> Quantity:
        number = scope.number(of, "of")
        short = scope.constant(0)
        if self.below is not None:
            short = scope.number(self.below, "below") - number
        elif self.above is not None:
            short = number - scope.number(self.above, "above")
        steps = short.greatest(scope.constant(0)) * (1 / (self.step or Fraction(1)))
        if self.parts in ("whole", "started"):
            return steps.rounded(0, "floor" if self.parts == "whole" else "ceiling")
        return steps

    def _check_keys(self, scope: Scope) -> None:
        threshold = "below" if self.below is not None else "above"
        if self.below is not None and self.above is not None:
            scope.problem("conflicting-keys", "above", "one of `below` and `above`")
        if (self.below is None and self.above is None) != (self.of is None):
            key = "of" if self.of is not None else threshold
            scope.problem("conflicting-keys", key, "`below` or `above`, together with `of`")
        if self.of is None and (self.step is not None or self.parts is not None):
            key = "step" if self.step is not None else "parts"
            scope.problem("conflicting-keys", key, "`below` or `above` beside it")
        if self.of is not None:
            for key in ("per", "ratio", "by"):
                if getattr(self, key) is not None:
                    scope.problem("conflicting-keys", key, f"no `{key}` beside `{threshold}`")
        if self.amount == ALL:
            many = ("per", "below", "above", "each")
            for key in (key for key in many if getattr(self, key) is not None):
                scope.problem("conflicting-keys", key, "a number where an amount is multiplied")
        if self.step is not None and self.step <= 0:
            scope.problem("out-of-range", "step", "a number above 0", number_text(self.step))
        self._check_rows(scope)

    def _check_rows(self, scope: Scope) -> None:
        if self.each is None:
            for key in ("within", "once_per", "keep"):
                if getattr(self, key) is not None:
                    scope.problem("conflicting-keys", key, "`each` beside it")
        if self.dated is not None and self.within is None:
            scope.problem("conflicting-keys", "dated", "`within` beside it")
        if self.once_per is not None and self.keep == "lowest":
            scope.problem("conflicting-keys", "keep", "no `keep: lowest` beside `once_per`")
        if self.empty is not None and self.ratio is None:
            scope.problem("conflicting-keys", "empty", "`ratio` beside it")
        if self.stack is not None and not isinstance(self.times, tuple):
            scope.problem("conflicting-keys", "stack", "several `times` beside it")


def scope_key(rule: Policy) -> str:
    """Return the key under which the amount of a rule stands."""
    return rule.verb


@frozen
class Deduct(Posting):
    """Takes an amount off the running score; `all` is what the node holds at that step."""

    verb: ClassVar[str] = "deduct"

    def whole(self, account: Account, scope: Scope) -> Quantity | None:
        if scope.scale is None:
            return None
        return account.score.greatest(scope.constant(0))

    def post(self, account: Account, scope: Scope) -> Account:
        asked = self.asked(account, scope)
        return account.deduct(asked.amount, asked.parts, asked.rows)


@frozen
class Award(Posting):
    """Adds an amount to the running score; `all` is the node's scale."""

    verb: ClassVar[str] = "award"

    def post(self, account: Account, scope: Scope) -> Account:
        asked = self.asked(account, scope)
        return account.award(asked.amount, asked.parts, asked.rows)


@frozen
class Bonus(Posting):
    """Posts an amount to the bonus account, which no limit of the node touches."""

    verb: ClassVar[str] = "bonus"

    def whole(self, account: Account, scope: Scope) -> Quantity | None:
        return None

    def post(self, account: Account, scope: Scope) -> Account:
        asked = self.asked(account, scope)
        return account.bonus(asked.amount, asked.parts, asked.rows)


@frozen
class Group(Policy):
    """Several rules as one: added up or the highest kept, multiplied, held, then posted."""

    verb: ClassVar[str] = "group"

    #: Rules that all deduct, all award or all give a bonus, or groups of such.
    members: tuple[Policy, ...] = field(converter=tuple)
    #: Which members count; all where not stated.
    keep: Literal["all", "highest", "lowest"] | None = field(default=None, kw_only=True)
    #: Multipliers, by the conditions under which they hold.
    times: Times | None = field(default=None, converter=times, kw_only=True)
    #: How several multipliers go together: `multiply` (where not stated), `add`, `strongest`.
    stack: Literal["multiply", "add", "strongest"] | None = field(default=None, kw_only=True)
    #: Applies only where this holds.
    when: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Applies only where this does not hold.
    unless: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: At most this much.
    up_to: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Decimal places that it is rounded to, 0 to 9.
    round_to: int | None = field(default=None, kw_only=True)
    #: How it is rounded; ties away from zero where not stated.
    mode: str | None = field(default=None, kw_only=True)
    #: The node to whose account it posts; its own where not stated.
    to: str | None = field(default=None, kw_only=True)

    @property
    def verbs(self) -> set[str]:
        """The verbs of its members, through groups in it."""
        found: set[str] = set()
        for each in self.members:
            found |= each.verbs if isinstance(each, Group) else {each.verb}
        return found

    def post(self, account: Account, scope: Scope) -> Account:
        wrong = self.verbs - {"deduct", "award", "bonus"}
        if wrong or len(self.verbs) > 1:
            expected = "members that all deduct, all award, or all give a bonus"
            scope.problem("conflicting-keys", "group", expected, ", ".join(sorted(self.verbs)))
            return account
        asked = self.asked(account, scope)
        if not self.verbs:
            return account
        verb = next(iter(self.verbs))
        post = {"deduct": account.deduct, "award": account.award, "bonus": account.bonus}[verb]
        return post(asked.amount, asked.parts)

    def asked(self, account: Account, scope: Scope) -> Asked:
        """Return the amount, 0 or more, with what each member asked."""
        if not self.members:
            scope.problem("empty", "group", "one rule at least")
            return Asked(scope.constant(0))
        if self.stack is not None and not isinstance(self.times, tuple):
            scope.problem("conflicting-keys", "stack", "several `times` beside it")
        found: list[Asked] = []
        applies, zero = scope.holds(self.when, self.unless), scope.constant(0)
        reached = scope.reaching(applies)
        for number, each in enumerate(self.members):
            inner = evolve(reached, path=f"{scope.path}.group[{number}]")
            if getattr(each, "to", None) is not None:
                inner.problem("conflicting-keys", "to", "`to` on the whole group only")
            if isinstance(each, Posting | Group):
                found.append(each.asked(account, inner))
        factor = _multiplier(self, reached)
        counts = _counting([each.amount for each in found], self.keep or "all", applies)
        parts: list[Part] = []
        for number, (one, holds) in enumerate(zip(found, counts, strict=True)):
            part = Part((number,), one.amount, zero, _inside(one.parts, number), one.rows)
            parts.append(part.changed(factor, holds))
            ways = partial(_member_ways, one.amount, holds, self.keep or "all")
            reached.branch("member", f"group[{number}]", ways)
        total = total_of(scope.graph, ((Fraction(1), each.asked) for each in parts))
        return Asked(_held_and_rounded(self, total, scope), tuple(parts))


def _inside(parts: tuple[Part, ...], number: int) -> tuple[Part, ...]:
    """Return the members of an inner group, named through the outer one."""
    return tuple(
        evolve(part, member=(number, *part.member), parts=_inside(part.parts, number))
        for part in parts
    )


def _counting(amounts: list[Quantity], keep: str, applies: Truth) -> list[Truth]:
    """Return which amounts count: all, or the first highest, or the first lowest."""
    if keep == "all":
        return [applies] * len(amounts)
    best = amounts[0]
    for each in amounts[1:]:
        best = best.greatest(each) if keep == "highest" else best.least(each)
    taken = Truth.of(best.graph, verdict=False)
    found: list[Truth] = []
    for each in amounts:
        is_it = each.equal(best).both(taken.negate())
        found.append(is_it.both(applies))
        taken = taken.either(is_it)
    return found


def _member_ways(asked: Quantity, counts: Truth, keep: str) -> list[Way]:
    """Return whether a member of a group asks for anything, or is the one that is kept."""
    asks = is_zero(asked).negate()
    if keep == "all":
        return either(asks, "asks", "asks nothing")
    if keep == "lowest":
        return either(counts, "kept", "lost")
    return [Way("kept", asks.both(counts)), Way("lost", asks.both(counts.negate()))]


def _multiplier(rule: Posting | Group, scope: Scope) -> Quantity:
    """Return by how much the multipliers of a rule multiply."""
    stated, one = rule.times, scope.constant(1)
    if stated is None:
        return one
    if isinstance(stated, Expression):
        return scope.positive(stated, "times")
    pairs = [
        (scope.truth(when, f"times.{when}", at_key=True), scope.positive(each, f"times.{when}"))
        for when, each in stated
    ]
    if rule.stack == "add":
        extra = [holds.choose(each - one, scope.constant(0)) for holds, each in pairs]
        added = total_of(scope.graph, ((Fraction(1), each) for each in (one, *extra)))
        return added.greatest(scope.constant(0))
    if rule.stack == "strongest":
        strongest, any_holds = scope.constant(0), Truth.of(scope.graph, verdict=False)
        for holds, each in pairs:
            strongest = strongest.greatest(holds.choose(each, scope.constant(0)))
            any_holds = any_holds.either(holds)
        return any_holds.choose(strongest, one)
    result = one
    for holds, each in pairs:
        result = result * holds.choose(each, one)
    return result


def _held_and_rounded(rule: Posting | Group, asked: Quantity, scope: Scope) -> Quantity:
    if rule.up_to is not None:
        free, cap = asked, scope.positive(rule.up_to, "up_to")
        asked = free.least(cap)
        scope.branch("cap", "up_to", lambda: held_back(free, cap, "binds"))
    if rule.round_to is None:
        if rule.mode is not None:
            scope.problem("conflicting-keys", "mode", "`round_to` beside it")
        return asked
    mode = _mode(rule.mode or "half_up", scope)
    if not 0 <= rule.round_to <= MOST_PLACES or mode is None:
        expected = f"0 to {MOST_PLACES} places"
        if mode is not None:
            scope.problem("out-of-range", "round_to", expected, str(rule.round_to))
        return asked
    exact, rounded = asked, asked.rounded(rule.round_to, mode)
    scope.branch("rounding", "round_to", lambda: _rounded_ways(exact, rounded))
    return rounded


def _rounded_ways(exact: Quantity, rounded: Quantity) -> list[Way]:
    """Return whether rounding changes an amount; one of 0 says nothing."""
    same = rounded.equal(exact)
    return [Way("rounds", same.negate()), Way("leaves", same.both(is_zero(exact).negate()))]


def _mode(mode: str, scope: Scope) -> str | None:
    if mode in ROUNDING_MODES:
        return mode
    near = nearest_name(mode, ROUNDING_MODES)
    scope.problem("unknown-value", "mode", ", ".join(ROUNDING_MODES), mode, near)
    return None


def _key(scope: Scope, text: Expression) -> Value | None:
    """Return the value that tells the matters of rows apart."""
    symbol = scope.symbol(text, "once_per")
    if symbol is None:
        return None
    whole = isinstance(symbol, Quantity) and symbol.over is None
    if whole or isinstance(symbol, Option | Remark | Day | Truth):
        value: Value = symbol.value  # type: ignore[union-attr]  # because only these have one
        if value.interval.missing and not isinstance(symbol, Remark):
            scope.problem("unprotected-optional", "once_per", "a column that is never missing")
            return None
        if isinstance(symbol, Remark):
            # Rows without a text would otherwise all be the same matter.
            place = scope.place_of(text.text.strip())
            expected = "a text that says which matter it is"
            scope.demand(symbol.known(), Problem("missing-finding", place, expected))
        return value
    scope.problem("wrong-operand", "once_per", "a column with one value for each row")
    return None


@frozen
class Set(Policy):
    """Makes the running score this amount; `all` is the node's scale."""

    verb: ClassVar[str] = "set"

    #: Points: any number, `all`, a map, bands, lines, a curve, or a formula.
    amount: Amounts = field(converter=amount)
    #: What chooses the amount: a choice, a checklist, a number, or an `amount` field.
    by: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: The judged field, for a map that has ranges.
    judged: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Applies only where this holds.
    when: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Applies only where this does not hold.
    unless: Expression | None = field(default=None, converter=expression, kw_only=True)

    def whole(self, account: Account, scope: Scope) -> Quantity | None:
        """Return what `all` means, or None where it means nothing."""
        return None if scope.scale is None else scope.constant(scope.scale)

    def post(self, account: Account, scope: Scope) -> Account:
        applies = scope.holds(self.when, self.unless)
        target = _chosen_amount(self, account, scope.reaching(applies))
        return account.set(applies.choose(target, account.score))


@frozen
class Multiply(Policy):
    """Makes the running score so many times as much; the factor is never below 0."""

    verb: ClassVar[str] = "multiply"

    #: A number or an expression, never below 0.
    factor: Expression = field(converter=_surely)
    #: Applies only where this holds.
    when: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: Applies only where this does not hold.
    unless: Expression | None = field(default=None, converter=expression, kw_only=True)

    def post(self, account: Account, scope: Scope) -> Account:
        factor = scope.positive(self.factor, "multiply")
        applies = scope.holds(self.when, self.unless)
        return account.multiply(applies.choose(factor, scope.constant(1)))


def _perhaps_within(value: Range | str | tuple[object, object] | None) -> Range | None:
    return None if value is None or value == "none" else as_range(value)


@frozen
class Limit(Policy):
    """Raises the running score to the floor and cuts it to the cap; `none` for no limit."""

    verb: ClassVar[str] = "limit"

    #: The floor and the cap, `0..5`; one of them may be left out; `none` for no limit.
    within: Range | None = field(converter=_perhaps_within)

    def post(self, account: Account, scope: Scope) -> Account:
        return account.unlimited() if self.within is None else account.limit(self.within)


@frozen
class Round(Policy):
    """Rounds the running score to so many decimal places, 0 to 9."""

    verb: ClassVar[str] = "round"

    #: Decimal places, 0 to 9.
    places: int
    #: How it is rounded; ties away from zero where not stated.
    mode: str = field(default="half_up", kw_only=True)

    def post(self, account: Account, scope: Scope) -> Account:
        if not 0 <= self.places <= MOST_PLACES:
            expected = f"0 to {MOST_PLACES} places"
            scope.problem("out-of-range", "round", expected, str(self.places))
            return account
        mode = _mode(self.mode, scope)
        return account if mode is None else account.round(self.places, mode)


#: The policies that come with the library, by their verb.
BUILT_IN: dict[str, type[Policy]] = {
    each.verb: each for each in (Deduct, Award, Bonus, Set, Multiply, Group, Limit, Round)
}


def _chosen_amount(rule: Posting | Set, account: Account, scope: Scope) -> Quantity:
    """Return the amount before anything multiplies it, recording what does not fit."""
    verb, asked = rule.verb, rule.amount
    ranged = isinstance(asked, Tiers) and any(isinstance(each, Range) for _, each in _tiers(asked))
    if (rule.judged is None) == ranged:
        key = "judged" if rule.judged is not None else verb
        scope.problem("by-and-amount", key, "`judged` with a map that has ranges, and only there")
    if isinstance(asked, Tiers | Bands | Lines | Curve | Range):
        if rule.by is None:
            scope.problem("by-and-amount", verb, "`by`, which chooses from the map or range")
            return scope.constant(0)
        chosen = scope.chosen(rule.by, "by")
        if chosen is None:
            return scope.constant(0)
        if isinstance(asked, Tiers):
            return _tiered(rule, asked, chosen, account, scope)
        if isinstance(asked, Range):
            return _judged(rule, asked, chosen, scope)
        return _along(rule, asked, chosen, scope)
    if rule.by is not None:
        expected = "a map, bands, lines, a curve or a range as the amount"
        scope.problem("by-and-amount", "by", expected)
    if isinstance(asked, Expression):
        return scope.number(asked, verb) if isinstance(rule, Set) else scope.positive(asked, verb)
    if asked == ALL:
        return _all(rule, account, scope)
    _check_sign(rule, asked, verb, scope)
    return scope.constant(asked)


def _tiers(tiers: Tiers) -> list[tuple[str, object]]:
    return [*tiers.values, ("else", tiers.otherwise)]


def _all(rule: Posting | Set, account: Account, scope: Scope) -> Quantity:
    whole = rule.whole(account, scope)
    if whole is None:
        scope.problem("all-needs-scale", rule.verb, "a number", "all")
        return scope.constant(0)
    return whole


def _check_sign(rule: Posting | Set, number: Fraction, key: str, scope: Scope) -> None:
    if number < 0 and not isinstance(rule, Set):
        scope.problem("out-of-range", key, "0 or more", number_text(number))


def _tiered(
    rule: Posting | Set, tiers: Tiers, chosen: Symbol, account: Account, scope: Scope
) -> Quantity:
    if isinstance(chosen, Option):
        names = chosen.names
    elif isinstance(chosen, Ticked):
        names = tuple(chosen.truths)
    else:
        scope.problem("by-and-amount", "by", "a choice or a checklist for a map of values")
        return scope.constant(0)
    for name, tier in (*tiers.values, ("else", tiers.otherwise)):
        key = f"{rule.verb}.{name}"
        if name not in names and name != "else":
            near = nearest_name(name, names)
            scope.problem("unknown-value", key, "one of " + ", ".join(names), name, near)
        if isinstance(tier, Range) and isinstance(chosen, Ticked):
            scope.problem("by-and-amount", key, "a choice for a map that has ranges")
        if isinstance(tier, Fraction):
            _check_sign(rule, tier, key, scope)
    if isinstance(chosen, Ticked):
        return _added_up(rule, tiers, chosen, scope)
    return _looked_up(rule, tiers, chosen, account, scope)


def _added_up(rule: Posting | Set, tiers: Tiers, chosen: Ticked, scope: Scope) -> Quantity:
    result = scope.constant(0)
    if tiers.otherwise is not None or any(tier == ALL for _, tier in tiers.values):
        scope.problem("by-and-amount", rule.verb, "numbers only, for the values of a checklist")
        return result
    for name, tier in tiers.values:
        if name in chosen.truths and isinstance(tier, Fraction):
            holds = chosen.truths[name]
            scope.branch(
                "ticked", f"{rule.verb}.{name}", partial(either, holds, "ticked", "not ticked")
            )
            result += holds.counted() * tier
    return result


def _looked_up(
    rule: Posting | Set, tiers: Tiers, chosen: Option, account: Account, scope: Scope
) -> Quantity:
    named = dict(tiers.values)
    left = [name for name in chosen.names if name not in named]
    if left and tiers.otherwise is None:
        scope.problem("value-not-covered", rule.verb, "every value, or `else`", ", ".join(left))
        return scope.constant(0)
    scope.branch("tier", rule.verb, lambda: _tier_ways(tiers, chosen, f"{scope.path}.{rule.verb}"))
    amounts = {name: named.get(name, tiers.otherwise) for name in chosen.names}
    result = chosen.amounts(
        {
            name: each if isinstance(each, Fraction) else Fraction(0)
            for name, each in amounts.items()
        }
    )
    for name, each in amounts.items():
        if each == ALL:
            result = chosen.is_named(name).choose(_all(rule, account, scope), result)
    ranges = {name: each for name, each in amounts.items() if isinstance(each, Range)}
    if ranges and rule.judged is not None:
        return _judged_in_tiers(rule.judged, ranges, chosen, result, scope)
    return result


def _tier_ways(tiers: Tiers, chosen: Option, path: str) -> list[Way]:
    """Return which tier of a map a choice takes; those that share `else` are one."""
    ways = [Way(name, chosen.is_named(name), f"{path}.{name}") for name, _ in tiers.values]
    if tiers.otherwise is not None:
        rest = Truth.of(chosen.graph, verdict=True)
        for way in ways:
            rest = rest.both(way.holds.negate())
        ways.append(Way("else", rest, f"{path}.else"))
    return ways


def _judged_in_tiers(
    judged: Expression,
    ranges: dict[str, Range],
    chosen: Option,
    result: Quantity,
    scope: Scope,
) -> Quantity:
    """Return the judged amount for the values that have a range; it must be 0 or within it."""
    name = judged.text.strip()
    points = scope.number(judged, "judged")
    if not isinstance(scope.fields.get(name), Amount):
        if name in scope.symbols:
            scope.problem("by-and-amount", "judged", "a field of type `amount`", name[:60])
        return result
    zero = scope.constant(0)
    for value, tier in ranges.items():
        low, high = tier.low or Fraction(0), tier.high or Fraction(0)
        inside = scope.constant(low).at_most(points).both(points.at_most(scope.constant(high)))
        right = inside.either(points.equal(zero)).either(chosen.is_named(value).negate())
        expected = f"0, or points in {tier} for {value}"
        scope.demand(right, Problem("out-of-range", scope.place_of(name), expected))
        result = chosen.is_named(value).choose(points, result)
    return result


def _along(
    rule: Posting | Set, asked: Bands | Lines | Curve, chosen: Symbol, scope: Scope
) -> Quantity:
    """Return the amount that a number chooses from bands, lines or a curve."""
    if isinstance(chosen, Option) and chosen.worth is not None:
        chosen = chosen.amounts(chosen.worth)
    if not isinstance(chosen, Quantity):
        scope.problem("by-and-amount", "by", "a number for bands, lines and curves")
        return scope.constant(0)
    if isinstance(asked, Bands):
        return _banded(rule, asked, chosen, scope)
    if isinstance(asked, Lines):
        return _lined(rule, asked, chosen, scope)
    return _curved(rule, asked, chosen, scope)


def _banded(rule: Posting | Set, bands: Bands, chosen: Quantity, scope: Scope) -> Quantity:
    edges: dict[Fraction, Fraction] = {}
    for edge, each in bands.edges:
        key = f"{rule.verb}.from {number_text(edge)}"
        if edge in edges:
            scope.problem("duplicate-edge", key, "each edge once", number_text(edge))
        _check_sign(rule, each, key, scope)
        edges[edge] = each
    _tell_along(scope, rule, chosen, edges, "from", "below")
    return chosen.steps(edges)


def _tell_along(
    scope: Scope,
    rule: Posting | Set,
    chosen: Quantity,
    edges: Iterable[Fraction],
    word: str,
    below: str,
) -> None:
    """Tell between which edges a number may lie."""
    names = {edge: f"{word} {number_text(edge)}" for edge in edges}
    path = f"{scope.path}.{rule.verb}"
    scope.branch("tier", rule.verb, lambda: along(chosen, names, below, path))


def _lined(rule: Posting | Set, lines: Lines, chosen: Quantity, scope: Scope) -> Quantity:
    points = sorted(lines.points)
    for (at, _), (after, _) in pairwise(points):
        if at == after:
            key = f"{rule.verb}.at {number_text(at)}"
            scope.problem("duplicate-edge", key, "each point once", number_text(at))
            return scope.constant(0)
    if len(points) < 2:
        scope.problem("by-and-amount", rule.verb, "two points at least, as {at 60: 0, at 100: 10}")
        return scope.constant(0)
    for at, each in points:
        _check_sign(rule, each, f"{rule.verb}.at {number_text(at)}", scope)
    _tell_along(scope, rule, chosen, [at for at, _ in points], "at", "before")
    found: Quantity | None = None
    for (at, low), (after, high) in pairwise(points):
        rise = (high - low) / (after - at)
        line = (chosen - scope.constant(at)) * rise + scope.constant(low)
        beyond = scope.constant(at).at_most(chosen)
        found = line if found is None else beyond.choose(line, found)
    result = scope.constant(0) if found is None else found
    if lines.beyond == "level":
        (first, low), (last, high) = points[0], points[-1]
        result = scope.constant(last).at_most(chosen).choose(scope.constant(high), result)
        result = chosen.at_most(scope.constant(first)).choose(scope.constant(low), result)
        ends = [each for _, each in points]
        return result.greatest(scope.constant(min(ends))).least(scope.constant(max(ends)))
    if not isinstance(rule, Set) and result.low < 0:
        expected = "lines that are never below 0 where the number can be"
        scope.problem("can-be-negative", rule.verb, expected)
    return result


def _curved(rule: Posting | Set, curve: Curve, chosen: Quantity, scope: Scope) -> Quantity:
    if chosen.over is not None:
        expected = "a number without a varying divisor, as rounded(…, 4)"
        scope.problem("too-fine", "by", expected)
        return scope.constant(0)
    wrong = curve.problems()
    for problem in wrong:
        key = f"{rule.verb}.{problem.path}" if problem.path else rule.verb
        scope.problem(problem.code, key, problem.expected, problem.found)
    if wrong:
        return scope.constant(0)
    chosen.graph.tell_steps((curve, chosen.scale), int(curve.gives / curve.step))
    below, edges = edges_of(curve, chosen.scale)
    lifted = chosen.steps({edge: each - below for edge, each in edges.items()})
    result = lifted + scope.constant(below)
    scope.branch("tier", rule.verb, lambda: share_of(result * (1 / curve.gives)))
    return result


def _judged(rule: Posting | Set, judged: Range, chosen: Symbol, scope: Scope) -> Quantity:
    stated: object = scope.fields.get(rule.by.text.strip()) if rule.by is not None else None
    if not isinstance(stated, Amount) or not isinstance(chosen, Quantity):
        scope.problem("by-and-amount", "by", "a field of type `amount` for a judged range")
        return scope.constant(0)
    inner = stated.range
    below = inner.low is None or judged.low is None or inner.low < judged.low
    above = inner.high is None or judged.high is None or inner.high > judged.high
    if below or above:
        expected = f"a field whose range lies within {judged}"
        scope.problem("out-of-range", "by", expected, str(inner))
    return chosen
