"""The account of a node: its running score, and every entry that moved it.

An account is a value; a policy gets one and returns it with entries added. What an entry
asked is known when it is posted. What it took may shrink later: a limit's correction is
given back to the entries that it opposes, last written first, so that the taken amounts
always add up to the score less the start.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from attrs import evolve, field, frozen

from rubric_engine.fields import Range
from rubric_engine.graph import Graph
from rubric_engine.symbols import Quantity, Truth

__all__ = ["Account", "Bonus", "Entry", "Label", "Part", "RowsAsked"]


@frozen
class Label:
    """Whose entry it is: a rule, a child, a bonus from below, or the node itself."""

    #: `deduct`, `award`, …; `child`, `mean`, `lowest`, `highest`, `bonus`; `limit`, `clip`.
    kind: str
    #: Path of the rule or node in the rubric.
    path: str
    #: Id of the node whose rule or child it is, where that is not the account's own.
    origin: str | None = None
    #: Position of the rule among the rules of its node.
    rule: int | None = None


@frozen(eq=False)
class RowsAsked:
    """What each row of a table asked: 0 or more."""

    table: int
    number: Quantity

    def where(self, applies: Truth) -> RowsAsked:
        """Return the same where it applies, nothing elsewhere."""
        zero = Quantity.of(self.number.graph, 0)
        return evolve(self, number=applies.choose(self.number, zero))

    def times(self, factor: Quantity) -> RowsAsked:
        """Return the same, multiplied."""
        return evolve(self, number=self.number * factor)


@frozen(eq=False)
class Part:
    """One member of a group: what it asked within the group, and what it took."""

    #: Its place among the members, through groups in groups: 0 is the first member.
    member: tuple[int, ...]
    #: What it asked, 0 or more.
    asked: Quantity
    taken: Quantity
    parts: tuple[Part, ...] = ()
    #: What each row asked, for a member with `each`.
    rows: RowsAsked | None = None

    def given(self, left: Quantity) -> tuple[Part, Quantity]:
        """Return the part with its share of what is left, and what is left after it."""
        taken = self.asked.least(left)
        return evolve(self, taken=taken, parts=shared(self.parts, taken)), left - taken

    def changed(self, factor: Quantity, counts: Truth) -> Part:
        """Return the part with what it and its members asked multiplied, or nothing."""
        zero = Quantity.of(self.asked.graph, 0)
        asked = counts.choose(self.asked * factor, zero)
        taken = counts.choose(self.taken, zero)
        parts = tuple(each.changed(factor, counts) for each in self.parts)
        rows = None if self.rows is None else self.rows.times(factor).where(counts)
        return evolve(self, asked=asked, taken=taken, parts=parts, rows=rows)


def shared(parts: tuple[Part, ...], taken: Quantity) -> tuple[Part, ...]:
    """Give an amount to the parts in order, each up to what it asked."""
    found: list[Part] = []
    left = taken
    for part in parts:
        made, left = part.given(left)
        found.append(made)
    return tuple(found)


@frozen(eq=False)
class Entry:
    """One step of an account, as values of the graph, in points of the node's own scale."""

    label: Label
    #: The change asked for: below zero for a deduction.
    asked: Quantity
    #: The part of it that was left standing by the limits that came after.
    taken: Quantity
    before: Quantity
    after: Quantity
    #: The limit, for entries of limits: what it was held within.
    within: Range | None = None
    #: The members of a group.
    parts: tuple[Part, ...] = ()
    #: What each row of a table asked, for a rule with `each`.
    rows: RowsAsked | None = None

    @property
    def quantities(self) -> list[Quantity]:
        """Every number of the entry that is one for the sheet, or for each row of its node."""
        return [self.asked, self.taken, self.before, self.after]


@frozen(eq=False)
class Bonus:
    """A bonus on its way up, in points of the node where it is."""

    label: Label
    #: What was posted.
    asked: Quantity
    #: What the caps on the way left of it.
    taken: Quantity
    parts: tuple[Part, ...] = ()
    rows: RowsAsked | None = None

    def times(self, factor: Fraction) -> Bonus:
        """Return the bonus in points of the node above."""
        always, by = Truth.of(self.asked.graph, verdict=True), Quantity.of(self.asked.graph, factor)
        return evolve(
            self,
            asked=self.asked * factor,
            taken=self.taken * factor,
            parts=tuple(each.changed(by, always) for each in self.parts),
            rows=None if self.rows is None else self.rows.times(by),
        )

    def where(self, applies: Truth) -> Bonus:
        """Return the bonus where it applies, nothing elsewhere."""
        zero = Quantity.of(self.asked.graph, 0)
        asked, taken = applies.choose(self.asked, zero), applies.choose(self.taken, zero)
        return evolve(self, asked=asked, taken=taken)


@frozen(eq=False)
class Account:
    """The running amounts of a node while its rules are posted, in order."""

    graph: Graph = field(repr=False)
    start: Quantity
    #: The running score, not held within anything.
    score: Quantity
    #: The node's own scale; None for an open account.
    scale: Fraction | None
    label: Label
    entries: tuple[Entry, ...] = ()
    #: What was posted as bonus: it never touches the score.
    bonuses: tuple[Bonus, ...] = ()
    #: Whether bonuses land here at once instead of going up.
    landing: bool = False

    @classmethod
    def opened(cls, start: Quantity, scale: Fraction | None, *, landing: bool = False) -> Account:
        """Return an account without entries."""
        return cls(start.graph, start, start, scale, Label("start", ""), landing=landing)

    def labelled(self, label: Label) -> Account:
        """Return the account ready for the entries of this rule or child."""
        return self._with(self.score, self.entries, label)

    def _with(
        self, score: Quantity, entries: tuple[Entry, ...], label: Label | None = None
    ) -> Account:
        return Account(
            self.graph,
            self.start,
            score,
            self.scale,
            self.label if label is None else label,
            entries,
            self.bonuses,
            self.landing,
        )

    def deduct(
        self, amount: Quantity, parts: tuple[Part, ...] = (), rows: RowsAsked | None = None
    ) -> Account:
        """Take an amount off."""
        return self._posted(-amount, parts=parts, rows=rows)

    def award(
        self, amount: Quantity, parts: tuple[Part, ...] = (), rows: RowsAsked | None = None
    ) -> Account:
        """Add an amount."""
        return self._posted(amount, parts=parts, rows=rows)

    def bonus(
        self, amount: Quantity, parts: tuple[Part, ...] = (), rows: RowsAsked | None = None
    ) -> Account:
        """Post an amount to the bonus account, which lands further up, or here."""
        if self.landing:
            return self._posted(amount, parts=parts, rows=rows)
        posted = Bonus(self.label, amount, amount, parts, rows)
        return evolve(self, bonuses=(*self.bonuses, posted))

    def landed(self, bonuses: Iterable[Bonus], cuts: Iterable[tuple[Label, Quantity]]) -> Account:
        """Return the account with bonuses from below, and with what their caps cut off."""
        score, zero = self.score, Quantity.of(self.graph, 0)
        landed: list[Entry] = []
        for each in bonuses:
            after = score + each.asked
            landed.append(
                Entry(each.label, each.asked, each.taken, score, after, None, each.parts, each.rows)
            )
            score = after
        for label, cut in cuts:
            landed.append(Entry(label, -cut, zero, score, score - cut))
            score = score - cut
        return self._with(score, (*self.entries, *landed))

    def multiply(self, factor: Quantity) -> Account:
        """Make the running score so many times as much."""
        return self.set(self.score * factor)

    def set(self, score: Quantity) -> Account:
        """Make the running score this."""
        return self._posted(score - self.score, after=score)

    def round(self, places: int, mode: str) -> Account:
        """Round the running score."""
        return self.set(self.score.rounded(places, mode))

    def limit(self, within: Range) -> Account:
        """Raise the running score to the floor, cut it to the cap."""
        held = self.score
        if within.high is not None:
            held = held.least(Quantity.of(self.graph, within.high))
        if within.low is not None:
            held = held.greatest(Quantity.of(self.graph, within.low))
        asked = held - self.score
        zero = Quantity.of(self.graph, 0)
        raised, cut = asked.greatest(zero), (-asked).greatest(zero)
        entries: list[Entry] = []
        for entry in reversed(self.entries):
            back = raised.least((-entry.taken).greatest(zero))
            off = cut.least(entry.taken.greatest(zero))
            raised, cut = raised - back, cut - off
            entries.append(evolve(entry, taken=entry.taken + back - off))
        entries.reverse()
        own = Entry(self.label, asked, raised - cut, self.score, held, within)
        return self._with(held, (*entries, own))

    def unlimited(self) -> Account:
        """Note that no limit applies, not even the implicit one."""
        zero = Quantity.of(self.graph, 0)
        own = Entry(self.label, zero, zero, self.score, self.score)
        return evolve(self, entries=(*self.entries, own))

    def settled(self) -> Account:
        """Return the account with what entries took given to the members of groups."""
        if not any(each.parts for each in self.entries):
            return self
        zero = Quantity.of(self.graph, 0)
        entries = tuple(
            evolve(each, parts=shared(each.parts, each.taken.greatest(-each.taken).greatest(zero)))
            if each.parts
            else each
            for each in self.entries
        )
        return evolve(self, entries=entries)

    def only_where(self, applies: Truth, counts: Quantity, label: Label) -> Account:
        """Return the account where it applies; elsewhere one step to what it counts."""
        zero, one = Quantity.of(self.graph, 0), Quantity.of(self.graph, 1)

        def kept(number: Quantity) -> Quantity:
            return applies.choose(number, zero)

        entries = [
            evolve(
                each,
                asked=kept(each.asked),
                taken=kept(each.taken),
                before=applies.choose(each.before, self.start),
                after=applies.choose(each.after, self.start),
                parts=tuple(part.changed(one, applies) for part in each.parts),
                rows=None if each.rows is None else each.rows.where(applies),
            )
            for each in self.entries
        ]
        score = applies.choose(self.score, counts)
        moved = applies.choose(zero, counts - self.start)
        own = Entry(label, moved, moved, applies.choose(self.score, self.start), score)
        bonuses = tuple(each.where(applies) for each in self.bonuses)
        return evolve(self, score=score, entries=(*entries, own), bonuses=bonuses)

    def _posted(
        self,
        asked: Quantity,
        after: Quantity | None = None,
        parts: tuple[Part, ...] = (),
        rows: RowsAsked | None = None,
    ) -> Account:
        after = self.score + asked if after is None else after
        entry = Entry(self.label, asked, asked, self.score, after, None, parts, rows)
        return self._with(after, (*self.entries, entry))
