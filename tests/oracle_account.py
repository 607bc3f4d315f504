"""The account of a node in the reference interpreter: the running score and its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from oracle_numbers import ZERO, number


@dataclass
class Entry:
    """One step of a node's ledger.

    `rows` is what each row of a rule with `each` asked, never negative; `members` what each member
    of a group asked, with the sign of the step.
    """

    kind: str
    asked: Fraction
    before: Fraction
    after: Fraction
    taken: Fraction
    rule: int | None = None
    origin: str | None = None
    rows: list[Fraction] | None = None
    members: list[Fraction] | None = None

    @property
    def silent(self) -> bool:
        """Whether the step asked nothing, so that a ledger leaves it out."""
        return self.asked == 0

    @property
    def parts(self) -> list[tuple[Fraction, Fraction]]:
        """What each member of a group asked and took: the first written is served first."""
        left, found = self.taken, []
        for asked in self.members or []:
            took = min(abs(left), abs(asked)) * (-1 if left < 0 else 1)
            found.append((asked, took))
            left -= took
        return found


@dataclass
class Asked:
    """What a rule asks: the amount, and behind it what rows or members ask."""

    total: Fraction
    rows: list[Fraction] | None = None
    members: list[Fraction] | None = None

    def taking(self) -> Asked:
        """Make it a deduction."""
        members = None if self.members is None else [-each for each in self.members]
        return Asked(-self.total, self.rows, members)

    def times(self, factor: Fraction) -> Asked:
        """Convert it to another account."""
        rows, members = (
            None if part is None else [each * factor for each in part]
            for part in (self.rows, self.members)
        )
        return Asked(self.total * factor, rows, members)


@dataclass
class Lot:
    """One bonus on its way up."""

    origin: str
    rule: int
    asked: Asked
    kept: Fraction

    def times(self, factor: Fraction) -> Lot:
        """Convert it to another account."""
        return Lot(self.origin, self.rule, self.asked.times(factor), self.kept * factor)


@dataclass
class Rise:
    """The bonuses that go up from somewhere, and what each cap on the way cut."""

    lots: list[Lot] = field(default_factory=list)
    caps: list[tuple[str, Fraction]] = field(default_factory=list)

    def times(self, factor: Fraction) -> Rise:
        """Convert all of it to another account."""
        lots = [lot.times(factor) for lot in self.lots]
        return Rise(lots, [(name, cut * factor) for name, cut in self.caps])

    def join(self, other: Rise) -> None:
        """Take what comes from elsewhere after what is here."""
        self.lots += other.lots
        self.caps += other.caps

    def cap(self, name: str, most: Fraction) -> None:
        """Cut what goes up, the last first."""
        left = cut = max(sum((lot.kept for lot in self.lots), ZERO) - most, ZERO)
        for lot in reversed(self.lots):
            taken = min(left, lot.kept)
            lot.kept -= taken
            left -= taken
        self.caps.append((name, cut))


def together(rises: Sequence[Rise]) -> Rise:
    """Add up what goes up from the rows of one node, bonus by bonus and cap by cap."""
    lots: dict[tuple[str, int], Lot] = {}
    caps: dict[str, Fraction] = {}
    for rise in rises:
        for lot in rise.lots:
            key = (lot.origin, lot.rule)
            so_far = lots.get(key, Lot(*key, Asked(ZERO), ZERO))
            asked = Asked(so_far.asked.total + lot.asked.total)
            lots[key] = Lot(*key, asked, so_far.kept + lot.kept)
        for name, cut in rise.caps:
            caps[name] = caps.get(name, ZERO) + cut
    return Rise(list(lots.values()), list(caps.items()))


class Account:
    """The running score of a node and the steps that made it."""

    def __init__(self) -> None:
        self.running = ZERO
        self.entries: list[Entry] = []

    def add(
        self, kind: str, amount: Fraction, rule: int | None = None, origin: str | None = None
    ) -> Entry:
        """Post an amount."""
        before, self.running = self.running, self.running + amount
        entry = Entry(kind, amount, before, self.running, amount, rule, origin)
        self.entries.append(entry)
        return entry

    def post(self, kind: str, asked: Asked, rule: int, origin: str | None) -> Entry:
        """Post what a rule asks."""
        entry = self.add(kind, asked.total, rule, origin)
        entry.rows, entry.members = asked.rows, asked.members
        return entry

    def become(self, kind: str, target: Fraction, rule: int | None = None) -> None:
        """Make the running score a number."""
        self.add(kind, target - self.running, rule)

    def land(self, rise: Rise) -> None:
        """Let bonuses land, and show what was cut of them."""
        for lot in rise.lots:
            self.post("bonus", lot.asked, lot.rule, lot.origin).taken = lot.kept
        for name, cut in rise.caps:
            self.add("cap", -cut, None, name).taken = ZERO

    def limit(self, kind: str, span: str, rule: int | None) -> None:
        """Hold the running score within a span and give the correction back to earlier steps."""
        held = self.running
        if span != "none":
            low, high = span.split("..")
            held = max(held, number(low)) if low.strip() else held
            held = min(held, number(high)) if high.strip() else held
        earlier = list(self.entries)
        self.become(kind, held, rule)
        step = self.entries[-1]
        for entry in reversed(earlier):
            if step.taken * entry.taken < 0:
                back = min(abs(step.taken), abs(entry.taken))
                sign = 1 if step.taken > 0 else -1
                entry.taken += sign * back
                step.taken -= sign * back
