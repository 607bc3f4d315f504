"""What may be doubted of a rubric's rules, as questions about all sheets.

A rule is doubted by posting it another way: without it, without its cap or condition, with
another amount in one tier, before its neighbour. Where no sheet gives another score, the
rule, the cap or the tier does nothing. Policies of plugins are doubted the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from attrs import astuple, evolve, frozen

from rubric_engine.account import Account, Entry
from rubric_engine.account import Bonus as PostedBonus
from rubric_engine.amounts import ALL, Bands, Tiers
from rubric_engine.checks import SO_FAR
from rubric_engine.exact import number_text
from rubric_engine.lower import Incoming, Lowering, Numbered
from rubric_engine.policies import Award, Bonus, Deduct, Group, Limit, Policy, Posting, Round
from rubric_engine.symbols import Quantity, Truth
from rubric_engine.tree import Place

__all__ = [
    "Doubt",
    "apart",
    "doubts_of",
    "grows",
    "plainly",
    "same_rules",
    "sure_truth",
    "tier_ranges",
]


@frozen(eq=False)
class Doubt:
    """A truth that ought to hold on some sheet, and what is claimed where it never does."""

    truth: Truth
    code: str
    path: str
    #: Whether a sheet on which it holds is what is told, and not that there is none.
    shown: bool = False
    #: What the doubt is about: a tier, a condition.
    about: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    #: Another question: where that never holds either, the rule asks for nothing.
    asks: Truth | None = None
    #: The rule whose doubt comes first; where it is dead nothing else is told of it.
    rule: str = ""
    #: The claim that is proved where it holds on some sheet.
    reached: str = ""
    #: The node and the position of a grade that it is about.
    aim: tuple[str, int] | None = None


def doubts_of(lowering: Lowering) -> Iterator[Doubt]:
    """Yield what may be doubted of all rules of a rubric that was lowered, in document order."""
    landed = _landed(lowering)
    #: The accounts of nodes as they are, by their ids.
    posted: dict[str, Account] = {}
    for place in lowering.places.values():
        if not place.folds:
            for number, rule in enumerate(place.node.rules):
                yield from _Rule(lowering, place, number, rule, landed, posted).doubts()


def _landed(lowering: Lowering) -> dict[str, list[Entry]]:
    """Return what is posted where bonuses land, by the path of the rule."""
    found: dict[str, list[Entry]] = {}
    for node in lowering.done.values():
        for entry in node.account.entries:
            if entry.label.kind == "bonus":
                found.setdefault(entry.label.path, []).append(entry)
    return found


class _Rule:
    """One rule, posted another way."""

    def __init__(
        self,
        lowering: Lowering,
        place: Place,
        number: int,
        rule: Policy,
        landed: dict[str, list[Entry]],
        posted: dict[str, Account],
    ) -> None:
        self.lowering, self.place, self.number, self.rule = lowering, place, number, rule
        self.path = f"{place.path}.rules[{number}]"
        self.landed = landed.get(self.path, [])
        to = getattr(rule, "to", None)
        self.target = place if to is None else lowering.places[to]
        self.foreign = to is not None
        self.rules: tuple[Numbered, ...] = tuple(enumerate(self.target.node.rules))
        self.incoming = tuple(lowering.incoming.get(self.target.id, ()))
        if self.target.id not in posted:
            account = lowering.tried(self.target, self.rules, self.incoming)
            if account is None:
                msg = f"{self.path} was lowered, and cannot be posted"
                raise AssertionError(msg)
            posted[self.target.id] = account
        self.account = posted[self.target.id]

    def doubts(self) -> Iterator[Doubt]:
        """Yield what may be doubted of the rule."""
        if isinstance(self.rule, Round):
            return
        if isinstance(self.rule, Limit):
            if self.rule.within is not None:
                yield from self._limit()
            return
        yield from self._itself()
        yield from self._conditions(self.rule, self.path, ())
        if not self.foreign:
            yield from self._order()

    # ways to post it

    def posted(self, rule: Policy | None) -> Account | None:
        """Return the account of the node with another rule in its place, or without it."""
        if self.foreign:
            incoming: list[Incoming] = []
            for each in self.incoming:
                own = each.source.id == self.place.id and each.number == self.number
                if not own:
                    incoming.append(each)
                elif rule is not None:
                    incoming.append(Incoming(each.source, each.number, rule))
            return self.lowering.tried(self.target, self.rules, incoming)
        rules = [(number, each if number != self.number else rule) for number, each in self.rules]
        kept = [(number, each) for number, each in rules if each is not None]
        return self.lowering.tried(self.target, kept, self.incoming)

    def moved(self, other: Account | None) -> Truth | None:
        """Return whether the score, or what goes up as bonus, differs from what it is."""
        if other is None:
            return None
        differs = _other(self.account.score, other.score)
        mine, others = _by_path(self.account.bonuses), _by_path(other.bonuses)
        zero = Quantity.of(self.account.graph, 0)
        for path in mine.keys() | others.keys():
            one = mine[path].asked if path in mine else zero
            two = others[path].asked if path in others else zero
            differs = differs.either(_other(one, two))
        return self.where_live(differs)

    def asked(self, other: Account | None) -> Truth | None:
        """Return whether the rule asks for another amount than it does."""
        if other is None:
            return None
        mine, others = self._amounts(self.account), self._amounts(other)
        differs = Truth.of(self.account.graph, verdict=False)
        for one, two in zip(mine, others, strict=False):
            differs = differs.either(_other(one, two))
        return self.where_live(differs)

    def _amounts(self, account: Account) -> list[Quantity]:
        own: list[Entry | PostedBonus] = [*account.entries, *account.bonuses]
        return [each.asked for each in own if each.label.path == self.path]

    def where_live(self, truth: Truth) -> Truth:
        """Return a truth only where the node counts."""
        live = self.lowering.declared.states.live(self.place.id)
        return truth if live is None else truth.both(live)

    # what may be doubted

    def doubt(self, truth: Truth | None, code: str, path: str, **more: Any) -> Iterator[Doubt]:  # noqa: ANN401 - what a doubt has
        """Yield a doubt, if the rule could be posted that way."""
        if truth is not None:
            yield Doubt(sure_truth(truth), code, path, rule=self.path, **more)

    def _itself(self) -> Iterator[Doubt]:
        zero = Quantity.of(self.account.graph, 0)
        asks = Truth.of(self.account.graph, verdict=False)
        for each in self._amounts(self.account):
            asks = asks.either(_other(each, zero))
        asks = sure_truth(self.where_live(asks))
        moved = self.moved(self.posted(None))
        if self.landed and not self.account.landing:
            moved = Truth.of(self.account.graph, verdict=False)
            for entry in self.landed:
                moved = moved.either(_other(entry.taken, zero))
        yield from self.doubt(moved, "dead-rule", self.path, asks=asks)

    def _limit(self) -> Iterator[Doubt]:
        zero = Quantity.of(self.account.graph, 0)
        entry = next(each for each in self.account.entries if each.label.path == self.path)
        held = self.where_live(_other(entry.asked, zero))
        yield from self.doubt(held, "loose-cap", self.path)

    def _conditions(
        self,
        rule: Any,  # noqa: ANN401 - a policy with attributes of its own
        path: str,
        within: tuple[int, ...],
    ) -> Iterator[Doubt]:
        """Yield doubts of the conditions, caps, tiers and members of a rule, or of a member."""
        for key in ("when", "unless"):
            if getattr(rule, key, None) is not None:
                other = self.replaced(within, evolve(rule, **{key: None}))
                asked = self.asked(self.posted(other))
                yield from self.doubt(asked, "always-applies", f"{path}.{key}", about=key)
        if getattr(rule, "up_to", None) is not None:
            other = self.replaced(within, evolve(rule, up_to=None))
            yield from self.doubt(self.asked(self.posted(other)), "loose-cap", f"{path}.up_to")
        yield from self._tiers(rule, path, within)
        times = getattr(rule, "times", None)
        if isinstance(times, tuple):
            for number, (when, _) in enumerate(times):
                left = (*times[:number], *times[number + 1 :])
                other = self.replaced(within, evolve(rule, times=left or None, stack=None))
                if len(left) > 1 or not left:
                    other = self.replaced(within, evolve(rule, times=left or None))
                asked = self.asked(self.posted(other))
                where = f"{path}.times.{when}"
                yield from self.doubt(asked, "unreachable-tier", where, about=str(when))
        if isinstance(rule, Group):
            yield from self._members(rule, path, within)

    def _members(self, rule: Group, path: str, within: tuple[int, ...]) -> Iterator[Doubt]:
        for number, member in enumerate(rule.members):
            inner = (*within, number)
            where = f"{path}.group[{number}]"
            if len(rule.members) > 1:
                left = [each for place, each in enumerate(rule.members) if place != number]
                other = self.replaced(within, _with_members(rule, left))
                yield from self.doubt(self.asked(self.posted(other)), "dead-rule", where)
            yield from self._conditions(member, where, inner)

    def _tiers(
        self,
        rule: Any,  # noqa: ANN401 - a policy with attributes of its own
        path: str,
        within: tuple[int, ...],
    ) -> Iterator[Doubt]:
        stated = getattr(rule, "amount", None)
        if not isinstance(stated, Tiers | Bands):
            return
        for name, other in _other_amounts(stated):
            changed = self.replaced(within, evolve(rule, amount=other))
            asked = self.asked(self.posted(changed))
            where = f"{path}.{rule.verb}.{name}"
            yield from self.doubt(asked, "unreachable-tier", where, about=name)

    def replaced(self, within: tuple[int, ...], member: Policy) -> Policy:
        """Return the rule with another member at a place through groups in groups."""
        return _replaced(self.rule, within, member)

    def _order(self) -> Iterator[Doubt]:
        after = self.number + 1
        if after >= len(self.rules) or getattr(self.rules[after][1], "to", None) is not None:
            return
        if all(map(_adds, (self.rule, self.rules[after][1]))):
            return
        rules = list(self.rules)
        rules[self.number], rules[after] = rules[after], rules[self.number]
        other = self.lowering.tried(self.target, rules, self.incoming)
        facts = (("other", f"rules[{after}]"),)
        moved = self.moved(other)
        yield from self.doubt(moved, "order-matters", self.path, shown=True, facts=facts)


def _adds(rule: Policy) -> bool:
    """Say whether a rule of the library adds an amount that is the same whatever the node holds."""
    if isinstance(rule, Group):
        return all(map(_adds, rule.members))
    if type(rule) not in (Deduct, Award, Bonus):
        return False
    texts = (str(each) for each in astuple(rule, recurse=False))
    return not any(word in text for text in texts for word in (SO_FAR, ALL))


def _replaced(rule: Policy, within: Sequence[int], member: Policy) -> Policy:
    if not within or not isinstance(rule, Group):
        return member
    members: list[Policy] = list(rule.members)
    members[within[0]] = _replaced(members[within[0]], within[1:], member)
    return _with_members(rule, members)


def _with_members(rule: Group, members: Sequence[Policy]) -> Group:
    changes: dict[str, Any] = {"members": tuple(members)}
    return evolve(rule, **changes)


def _other_amounts(stated: Tiers | Bands) -> Iterator[tuple[str, Tiers | Bands]]:
    """Yield the amounts with one tier changed, by the name of the tier in files."""
    if isinstance(stated, Bands):
        for number, (edge, each) in enumerate(stated.edges):
            edges = (*stated.edges[:number], (edge, each + 1), *stated.edges[number + 1 :])
            yield f"from {number_text(edge)}", Bands(edges)
        return
    for number, (name, tier) in enumerate(stated.values):
        changed = _other_tier(tier)
        if changed is not None:
            values = (*stated.values[:number], (name, changed), *stated.values[number + 1 :])
            yield name, evolve(stated, values=values)
    changed = _other_tier(stated.otherwise)
    if changed is not None:
        yield "else", evolve(stated, otherwise=changed)


def _other_tier(tier: object) -> Fraction | Literal["all"] | None:
    if isinstance(tier, Fraction):
        return tier + 1
    return Fraction(0) if tier == ALL else None


def _other(one: Quantity, two: Quantity) -> Truth:
    """Return whether two numbers differ."""
    return one.equal(two).negate()


def sure_truth(truth: Truth) -> Truth:
    """Return a truth that is false where it was missing."""
    return truth.default(Truth.of(truth.graph, verdict=False)) if truth.can_miss else truth


def _by_path(bonuses: Sequence[PostedBonus]) -> dict[str, PostedBonus]:
    return {each.label.path: each for each in bonuses}


_ASIDE = ("id", "says", "source", "reason", "provenance")


def plainly(rule: Policy) -> Policy:
    """Return a rule without what does not change what it does."""
    return evolve(rule, **dict.fromkeys(_ASIDE))


def same_rules(rules: Sequence[Policy]) -> Iterator[tuple[int, int]]:
    """Yield the positions of rules that do the same, each with the first of its kind."""
    seen: list[Policy] = []
    for number, rule in enumerate(rules):
        plain = plainly(rule)
        if plain in seen:
            yield number, seen.index(plain)
        seen.append(plain)


def grows(rule: Policy) -> bool:
    """Say whether what a rule asks grows with a number of a sheet and has no cap of its own."""
    if isinstance(rule, Group):
        return rule.up_to is None and any(map(grows, rule.members))
    if not isinstance(rule, Posting) or rule.up_to is not None:
        return False
    many = (rule.per, rule.each, rule.of)
    kept = rule.each is not None and rule.keep in ("highest", "lowest")
    return any(each is not None for each in many) and not (kept and rule.per is None)


def tier_ranges(stated: object) -> list[tuple[str, Fraction, Fraction]]:
    """Return the judged ranges of a map of tiers, from the lowest."""
    found = []
    if isinstance(stated, Tiers):
        for name, tier in (*stated.values, ("else", stated.otherwise)):
            low, high = getattr(tier, "low", None), getattr(tier, "high", None)
            if low is not None and high is not None:
                found.append((name, low, high))
    return sorted(found, key=lambda each: (each[1], each[2]))


def apart(tiers: Sequence[tuple[str, Fraction, Fraction]]) -> Iterator[tuple[str, str, str, str]]:
    """Yield `tiers-overlap` or `tiers-gap` for neighbours, with their names and the interval."""
    for (one, _, high), (two, low, _) in pairwise(tiers):
        if low < high:
            yield "tiers-overlap", one, two, f"{number_text(low)}..{number_text(high)}"
        elif low > high:
            yield "tiers-gap", one, two, f"{number_text(high)}..{number_text(low)}"
