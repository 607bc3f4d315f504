"""The policies: what a rule of a rubric does to the account of its node.

A policy is a frozen value with one method, `post`: given the account so far and the
scope, it returns the account with its entries added. It sees no backend, and whatever
interprets the graph gets the policy with it. A plugin writes a policy the same way and
names its class under the entry point group `rubric_engine.policies`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar, Literal

from attrs import field, frozen

from rubric_engine.account import Account
from rubric_engine.amounts import ALL, Amounts, Bands, Tiers, amount
from rubric_engine.errors import malformed, nearest_name
from rubric_engine.exact import exact_number, number_text
from rubric_engine.fields import Amount, Range, as_range
from rubric_engine.scope import Expression, Scope, expression
from rubric_engine.symbols import ROUNDING_MODES, Option, Quantity, Symbol, Ticked
from rubric_engine.words import Words, words

__all__ = [
    "BUILT_IN",
    "Award",
    "Bonus",
    "Deduct",
    "Limit",
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

    id: str | None = None
    #: The clause in the scheme's own words.
    says: Words | None = field(default=None, converter=words)
    #: Where the clause stands.
    source: Words | None = field(default=None, converter=words)
    #: A code that adds up equal reasons.
    reason: str | None = None
    provenance: Provenance | None = None

    def post(self, account: Account, scope: Scope) -> Account:
        """Return the account with what this rule does to it."""
        raise NotImplementedError


@frozen
class Posting(Policy):
    """What `deduct`, `award` and `bonus` share: an amount, and what it depends on."""

    #: Points: a number of 0 or more, `all`, a map, bands, or a judged range.
    amount: Amounts = field(converter=amount)
    by: Expression | None = field(default=None, converter=expression, kw_only=True)
    per: Expression | None = field(default=None, converter=expression, kw_only=True)
    when: Expression | None = field(default=None, converter=expression, kw_only=True)
    unless: Expression | None = field(default=None, converter=expression, kw_only=True)
    below: Expression | None = field(default=None, converter=expression, kw_only=True)
    above: Expression | None = field(default=None, converter=expression, kw_only=True)
    of: Expression | None = field(default=None, converter=expression, kw_only=True)
    step: Fraction | None = field(default=None, converter=perhaps_exactly, kw_only=True)
    parts: Literal["exact", "whole", "started"] | None = field(default=None, kw_only=True)
    ratio: Expression | None = field(default=None, converter=expression, kw_only=True)
    up_to: Fraction | None = field(default=None, converter=perhaps_exactly, kw_only=True)

    def whole(self, account: Account, scope: Scope) -> Quantity | None:
        """Return what `all` means, or None where it means nothing."""
        return None if scope.scale is None else scope.constant(scope.scale)

    def asked(self, account: Account, scope: Scope) -> Quantity:
        """Return the amount, 0 or more, with all it depends on."""
        self._check_keys(scope)
        asked = _chosen_amount(self, account, scope)
        if self.per is not None:
            asked = asked * _at_least_zero(scope, self.per, "per")
        if self.ratio is not None:
            share = scope.number(self.ratio, "ratio")
            asked = asked * share.greatest(scope.constant(0)).least(scope.constant(1))
        if self.of is not None:
            asked = asked * self._steps(scope, self.of)
        if self.up_to is not None:
            asked = asked.least(scope.constant(max(self.up_to, Fraction(0))))
        return scope.holds(self.when, self.unless).choose(asked, scope.constant(0))

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
        if self.amount == ALL and (self.per is not None or self.of is not None):
            key = "per" if self.per is not None else threshold
            scope.problem("conflicting-keys", key, "a number where an amount is multiplied")
        if self.step is not None and self.step <= 0:
            scope.problem("out-of-range", "step", "a number above 0", number_text(self.step))
        if self.up_to is not None and self.up_to < 0:
            scope.problem("out-of-range", "up_to", "0 or more", number_text(self.up_to))


@frozen
class Deduct(Posting):
    """Takes an amount off the running score; `all` is what the node holds at that step."""

    verb: ClassVar[str] = "deduct"

    def whole(self, account: Account, scope: Scope) -> Quantity | None:
        if scope.scale is None:
            return None
        return account.score.greatest(scope.constant(0))

    def post(self, account: Account, scope: Scope) -> Account:
        return account.deduct(self.asked(account, scope))


@frozen
class Award(Posting):
    """Adds an amount to the running score; `all` is the node's scale."""

    verb: ClassVar[str] = "award"

    def post(self, account: Account, scope: Scope) -> Account:
        return account.award(self.asked(account, scope))


@frozen
class Bonus(Posting):
    """Posts an amount to the bonus account, which no limit of the node touches."""

    verb: ClassVar[str] = "bonus"

    def whole(self, account: Account, scope: Scope) -> Quantity | None:
        return None

    def post(self, account: Account, scope: Scope) -> Account:
        return account.bonus(self.asked(account, scope))


@frozen
class Set(Policy):
    """Makes the running score this amount; `all` is the node's scale."""

    verb: ClassVar[str] = "set"

    #: Points: any number, `all`, a map, or bands.
    amount: Amounts = field(converter=amount)
    by: Expression | None = field(default=None, converter=expression, kw_only=True)
    when: Expression | None = field(default=None, converter=expression, kw_only=True)
    unless: Expression | None = field(default=None, converter=expression, kw_only=True)

    def whole(self, account: Account, scope: Scope) -> Quantity | None:
        """Return what `all` means, or None where it means nothing."""
        return None if scope.scale is None else scope.constant(scope.scale)

    def post(self, account: Account, scope: Scope) -> Account:
        target = _chosen_amount(self, account, scope)
        applies = scope.holds(self.when, self.unless)
        return account.set(applies.choose(target, account.score))


def _perhaps_within(value: Range | str | tuple[object, object] | None) -> Range | None:
    return None if value is None or value == "none" else as_range(value)


@frozen
class Limit(Policy):
    """Raises the running score to the floor and cuts it to the cap; `none` for no limit."""

    verb: ClassVar[str] = "limit"

    within: Range | None = field(converter=_perhaps_within)

    def post(self, account: Account, scope: Scope) -> Account:
        return account.unlimited() if self.within is None else account.limit(self.within)


@frozen
class Round(Policy):
    """Rounds the running score to so many decimal places, 0 to 9."""

    verb: ClassVar[str] = "round"

    places: int
    mode: str = field(default="half_up", kw_only=True)

    def post(self, account: Account, scope: Scope) -> Account:
        if not 0 <= self.places <= 9:
            scope.problem("out-of-range", "round", "0 to 9 places", str(self.places))
            return account
        if self.mode not in ROUNDING_MODES:
            near = nearest_name(self.mode, ROUNDING_MODES)
            scope.problem("unknown-value", "mode", ", ".join(ROUNDING_MODES), self.mode, near)
            return account
        return account.round(self.places, self.mode)


#: The policies that come with the library, by their verb.
BUILT_IN: dict[str, type[Policy]] = {
    each.verb: each for each in (Deduct, Award, Bonus, Set, Limit, Round)
}


def _at_least_zero(scope: Scope, text: Expression, key: str) -> Quantity:
    number = scope.number(text, key)
    if number.low < 0:
        expected = "a number that is never below 0, as max(0, …) is"
        scope.problem("can-be-negative", key, expected, f"{text} can be {number.low}")
    return number


def _chosen_amount(rule: Posting | Set, account: Account, scope: Scope) -> Quantity:
    """Return the amount before anything multiplies it, recording what does not fit."""
    verb, asked = rule.verb, rule.amount
    if isinstance(asked, Tiers | Bands | Range):
        if rule.by is None:
            scope.problem("by-and-amount", verb, "`by`, which chooses from the map or range")
            return scope.constant(0)
        chosen = scope.chosen(rule.by, "by")
        if chosen is None:
            return scope.constant(0)
        if isinstance(asked, Tiers):
            return _tiered(rule, asked, chosen, account, scope)
        if isinstance(asked, Bands):
            return _banded(rule, asked, chosen, scope)
        return _judged(rule, asked, chosen, scope)
    if rule.by is not None:
        scope.problem("by-and-amount", "by", "a map, bands or a range as the amount")
    if asked == ALL:
        return _all(rule, account, scope)
    _check_sign(rule, asked, verb, scope)
    return scope.constant(asked)


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
            result += chosen.truths[name].counted() * tier
    return result


def _looked_up(
    rule: Posting | Set, tiers: Tiers, chosen: Option, account: Account, scope: Scope
) -> Quantity:
    named = dict(tiers.values)
    left = [name for name in chosen.names if name not in named]
    if left and tiers.otherwise is None:
        scope.problem("value-not-covered", rule.verb, "every value, or `else`", ", ".join(left))
        return scope.constant(0)
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
    return result


def _banded(rule: Posting | Set, bands: Bands, chosen: Symbol, scope: Scope) -> Quantity:
    if not isinstance(chosen, Quantity):
        scope.problem("by-and-amount", "by", "a number for bands")
        return scope.constant(0)
    edges: dict[Fraction, Fraction] = {}
    for edge, each in bands.edges:
        key = f"{rule.verb}.from {number_text(edge)}"
        if edge in edges:
            scope.problem("duplicate-edge", key, "each edge once", number_text(edge))
        _check_sign(rule, each, key, scope)
        edges[edge] = each
    return chosen.steps(edges)


def _judged(rule: Posting | Set, judged: Range, chosen: Symbol, scope: Scope) -> Quantity:
    stated = scope.fields.get(rule.by.text.strip()) if rule.by is not None else None
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
