"""The account of a node: its running score, and every entry that moved it.

An account is a value; a policy gets one and returns it with entries added. What an entry
asked is known when it is posted. What it took may shrink later: a limit's correction is
given back to the entries that it opposes, last written first, so that the taken amounts
always add up to the score less the start.
"""

from __future__ import annotations

from fractions import Fraction

from attrs import evolve, field, frozen

from rubric_engine.fields import Range
from rubric_engine.graph import Graph
from rubric_engine.symbols import Quantity

__all__ = ["Account", "Entry", "Label"]


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
    bonuses: tuple[tuple[Label, Quantity], ...] = ()
    #: Whether bonuses land here at once instead of going up.
    landing: bool = False

    @classmethod
    def opened(cls, start: Quantity, scale: Fraction | None, *, landing: bool = False) -> Account:
        """Return an account without entries."""
        return cls(start.graph, start, start, scale, Label("start", ""), landing=landing)

    def labelled(self, label: Label) -> Account:
        """Return the account ready for the entries of this rule or child."""
        return evolve(self, label=label)

    def deduct(self, amount: Quantity) -> Account:
        """Take an amount off."""
        return self._posted(-amount)

    def award(self, amount: Quantity) -> Account:
        """Add an amount."""
        return self._posted(amount)

    def bonus(self, amount: Quantity) -> Account:
        """Post an amount to the bonus account, which lands further up, or here."""
        if self.landing:
            return self._posted(amount)
        return evolve(self, bonuses=(*self.bonuses, (self.label, amount)))

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
        return evolve(self, score=held, entries=(*entries, own))

    def unlimited(self) -> Account:
        """Note that no limit applies, not even the implicit one."""
        zero = Quantity.of(self.graph, 0)
        own = Entry(self.label, zero, zero, self.score, self.score)
        return evolve(self, entries=(*self.entries, own))

    def _posted(self, asked: Quantity, after: Quantity | None = None) -> Account:
        after = self.score + asked if after is None else after
        entry = Entry(self.label, asked, asked, self.score, after)
        return evolve(self, score=after, entries=(*self.entries, entry))
