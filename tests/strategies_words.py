"""The expressions of a random rubric: numbers with their bounds, and conditions.

`side` is GOOD if a value may only rise as findings get better, BAD if it may only fall, FIXED if it
may not change with them at all, ANY where that does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from strategies_fields import DAYS, NUMERIC, Declaring
from strategies_terms import (
    AMOUNTS,
    ANY,
    BAD,
    FIXED,
    GOOD,
    At,
    Draft,
    Field,
    Node,
    Term,
    against,
    constant,
    write,
)

FOLDS = ("mean", "median", "lowest", "highest", "trimmed")
#: What only some rubrics have in their numbers, by the feature that brings it.
SPECIAL = {
    "values": "value",
    "so_far": "so_far",
    "panel": "reading",
    "rows": "fold",
    "dates": "span",
    "stars": "starred",
    "means": "meant",
}


class Wording(Declaring):
    """Draws expressions."""

    def ready(self, root: Draft) -> None:
        """Prepare what expressions may name."""
        self.fields = [each for node in root.walk() for each in node.fields]
        self.fields += self.givens
        self.done: list[Draft] = []
        self.values: list[Term] = []
        self.doubts: dict[tuple[str, str], bool] = {}

    def name_values(self) -> Node:
        """Name some numbers and expressions over given numbers, and return them as written."""
        named: Node = {}
        if not self.has("values"):
            return named
        at = At(Draft("values"), fields=False)
        for _ in range(1 + self.pick(3)):
            name = self.new_id(("unit", "上限", "big"))
            term = self.numeric(at, FIXED if self.monotone else ANY)
            if not term.fits or not term.plain:
                term = constant("0.5")
            named[name] = "2/3" if self.chance(8) else term.text
            value = constant("2/3") if named[name] == "2/3" else term
            self.values.append(value.named(name))
        return named

    def at(self, node: Draft, so_far: Term | None = None, *, in_rows: bool = True) -> At:
        """Return where an expression of a node stands."""
        table = node.rows.table if node.rows is not None else None
        seen = (table,) if table is not None and (in_rows or node.rows is not node) else ()
        return At(node, seen, so_far, in_rows=bool(seen))

    # What may be named

    def unsure(self, at: At, owner: Draft) -> bool:
        """Say whether fields of a node may be missing where an expression stands."""
        key = (at.node.id, owner.id)
        if key not in self.doubts:
            shared = at.node.chain
            self.doubts[key] = any(each.gone for each in owner.chain if each not in shared)
        return self.doubts[key]

    def near(self, at: At, side: int, kinds: Sequence[str]) -> list[Field]:
        """List the fields that an expression may use, columns and the node's own first."""
        columns = [each for table in at.tables for each in table.columns]
        others = self.fields if at.fields else self.givens
        fits = [
            each
            for each in (*columns, *others)
            if each.kind in kinds and (side == ANY or each.side in (side, FIXED))
        ]
        own = [each for each in fits if each in columns or each.owner is at.node]
        return own if own and not self.chance(5) else fits

    def reference(self, at: At, used: Field) -> str:
        """Write how an expression refers to a field."""
        own = used.owner is at.node and at.fields
        column = any(used in table.columns for table in at.tables)
        return used.name if own or column else f"{used.owner.id}.{used.name}"

    def doubtful(self, at: At, used: Field) -> bool:
        """Say whether a field may be missing where an expression stands."""
        if any(used in table.columns for table in at.tables):
            return used.optional
        return used.optional or self.unsure(at, used.owner)

    def certain(self, at: At, side: int, kinds: Sequence[str]) -> list[Field]:
        """List the fields that are never missing, of types that have no `default`."""
        return [each for each in self.near(at, side, kinds) if not self.doubtful(at, each)]

    # Numbers

    def leaf(self, at: At, side: int) -> Term:
        """Draw a number without operators: a field, a score, a tally or a literal."""
        special = [how for feature, how in SPECIAL.items() if feature in self.features]
        if special and self.chance(3):
            made: Term | None = getattr(self, self.one(special))(at, side)
            if made is not None:
                return made
        if side in (ANY, GOOD) and self.chance(6):
            scored = self.scored(at)
            if scored is not None:
                return scored
        if self.chance(8):
            return self.tally(at, side)
        found = [each for each in self.near(at, side, NUMERIC) if each.panel is None]
        if not found:
            return constant(self.one(AMOUNTS))
        used = self.one(found)
        text = self.reference(at, used)
        return self.defaulted(used.term.named(text), missing=self.doubtful(at, used))

    def defaulted(self, term: Term, *, missing: bool) -> Term:
        """Write what stands for a number where it is missing."""
        if not missing:
            return term
        fallback = constant(self.one(("0", "1", "2.5")))
        return term.union(fallback).named(f"default({term.text}, {fallback.text})")

    def scored(self, at: At) -> Term | None:
        """Draw the score of a node that stands before this one."""
        seen = [each for each in self.done if at.fields and self.sees(at, each)]
        if not seen:
            return None
        other = self.one(seen)
        missing = other.unsure(at.node)
        return self.defaulted(other.score.named(other.id), missing=missing)

    @staticmethod
    def sees(at: At, other: Draft) -> bool:
        """Say whether an expression sees the score of a node: of no node, or the same rows."""
        if other.rows in (None, other):
            return True
        return at.in_rows and other.rows is at.node.rows

    def value(self, at: At, side: int) -> Term | None:
        """Draw a named value."""
        return self.one(self.values) if self.values else None

    def so_far(self, at: At, side: int) -> Term | None:
        """Draw what the node holds at this step."""
        if at.so_far is None or side not in (ANY, GOOD) or not at.so_far.fits:
            return None
        return at.so_far.named("so_far")

    def meant(self, at: At, side: int) -> Term | None:
        """Draw a choice whose values mean amounts."""
        found = [each for each in self.near(at, side, ("choice",)) if each.worth is not None]
        if not found:
            return None
        used = self.one(found)
        term = (used.worth or constant("0")).named(self.reference(at, used))
        if not self.doubtful(at, used):
            return term
        return term.named(f"default({term.text}, {self.value_name(used.values[0])})")

    def starred(self, at: At, side: int) -> Term | None:
        """Draw the stars of a node."""
        if side not in (ANY, GOOD) or not at.fields:
            return None
        graded = [each for each in self.done if each.stars is not None and self.sees(at, each)]
        if not graded:
            return None
        node = self.one(graded)
        term = (node.stars or constant("0")).named(f"stars({node.id})")
        if not (node.unrated or any(each.gone or each.few for each in node.chain)):
            return term
        return term.union(constant("0")).named(f"default({term.text}, 0)")

    def reading(self, at: At, side: int) -> Term | None:
        """Draw what the readings of a panel are together."""
        found = [each for each in self.certain(at, side, NUMERIC) if each.panel is not None]
        if not found:
            return None
        used = self.one(found)
        most, need = used.panel or (2, 1)
        name, term = self.reference(at, used), used.term
        how = self.one((*FOLDS, "readings"))
        if how == "readings":
            if side not in (ANY, FIXED):
                return None
            return Term(f"readings({name})", Fraction(need), Fraction(most))
        return self.folded(how, name, term, (need, most))

    def folded(self, how: str, text: str, term: Term, size: tuple[int, int]) -> Term:
        """Write a fold over so many numbers; with `default` where there can be too few."""
        least, most = size
        if how == "trimmed":
            drop = 1 if most < 5 or self.chance(2) else 2
            made = term.divided(max(most - 2 * drop, 1)).named(f"trimmed({text}, {drop})")
            made = replace(made, low=term.low, high=term.high)
            return self.defaulted(made, missing=least <= 2 * drop)
        made = term.named(f"{how}({text})")
        if how == "mean":
            made = replace(term.divided(most), low=term.low, high=term.high, text=made.text)
        elif how == "median":
            made = replace(made, unit=2 * term.unit)
        return self.defaulted(made, missing=least < 1)

    def fold(self, at: At, side: int) -> Term | None:
        """Draw a fold over the rows of a table."""
        if at.tables:
            return None
        tables = self.near(at, FIXED if self.monotone else ANY, ("rows",))
        if not tables:
            return None
        table = self.one(tables)
        name, (least, most) = self.reference(at, table), table.size
        if any(each.gone for each in table.owner.chain):  # the loader thinks so
            least = 0
        how = self.one(("sum", "count", "rows", *FOLDS))
        inner = at.into(table)
        if how == "rows":
            return Term(f"rows({name})", Fraction(least), Fraction(most))
        if how == "count":
            text = f"count({name}, {self.truth(inner, side, 1)})"
            return Term(text, Fraction(0), Fraction(most))
        term = self.numeric(inner, side, 1)
        if not term.plain or (how != "sum" and most > 20):
            return None
        text = f"{name}, {term.text}"
        if how == "sum":
            low = min(term.low * most, term.low * least)
            high = max(term.high * most, term.high * least)
            return Term(f"sum({text})", low, high, term.unit)
        return self.folded(how, text, term, (least, most))

    def span(self, at: At, side: int) -> Term | None:
        """Draw the time between two dates."""
        if side not in (ANY, FIXED) or not self.near(at, side, ("date",)):
            return None
        first, last = self.date(at, side), self.date(at, side)
        if self.chance(2):
            return Term(f"days({first}, {last})", Fraction(-110_000), Fraction(110_000))
        return Term(f"months({first}, {last})", Fraction(-3_600), Fraction(3_600))

    def date(self, at: At, side: int) -> str:
        """Draw a date."""
        used = self.one(self.near(at, side, ("date",)))
        text = self.reference(at, used)
        return f'default({text}, "{self.one(DAYS)}")' if self.doubtful(at, used) else text

    def tally(self, at: At, side: int) -> Term:
        """Draw how many truths hold or values are ticked."""
        lists = self.certain(at, side, ("checklist",))
        if lists:
            used = self.one(lists)
            free = side in (ANY, FIXED)
            which = "unticked" if free and self.chance(2) else "ticked"
            size = Fraction(len(used.values))
            return Term(f"{which}({self.reference(at, used)})", Fraction(0), size)
        truths = [self.truth(at, side, 1) for _ in range(1 + self.pick(3))]
        return Term(f"count({', '.join(truths)})", Fraction(0), Fraction(len(truths)))

    def numeric(self, at: At, side: int = ANY, depth: int = 2) -> Term:
        """Draw a number; where its denominator would grow too large, a simpler one."""
        left = self.leaf(at, side)
        if not depth or not self.chance(3):
            return left
        made = self.composed(at, side, depth, left)
        return made if made.fits else left

    def composed(self, at: At, side: int, depth: int, left: Term) -> Term:
        """Draw an operator or a function on a number."""
        free = side in (ANY, FIXED)
        hows = ["+", "/", "min", "*", "floor", "-", "abs", "n/", "if", "x*y", "neg"]
        if self.has("pairs"):
            hows += ["quotient", "rounded", "power", "quotient", "rounded", "power"]
        how = self.one(hows)
        if not free and how not in ("+", "/", "min", "*", "floor"):
            how = "+"
        if how == "/":
            divisor = self.one(("2", "3", "10", "4", "5", "0.5"))
            return left.times(constant(f"1/{divisor}" if divisor != "0.5" else "2")).named(
                f"{left.text} / {divisor}"
            )
        if how in ("n/", "quotient", "rounded"):
            return self.quotient(at, side, left, how)
        if how == "power":
            return self.power(at, side, left)
        if how == "*":
            scaled = constant(self.one(("2", "0.5", "10", "0.1")))
            return left.times(scaled).named(f"({left.text}) * {scaled.text}")
        if how == "floor":
            ends = (Fraction(math.floor(left.low)), Fraction(math.ceil(left.high)))
            return Term(f"{self.one(('floor', 'ceiling'))}({left.text})", *ends)
        if how == "abs":
            top = max(abs(left.low), abs(left.high))
            return replace(left, text=f"abs({left.text})", low=Fraction(0), high=top)
        if how == "neg":
            return Term("-1.5", Fraction(-3, 2), Fraction(-3, 2), 2)
        return self.joined(at, side, depth, left, how)

    def joined(self, at: At, side: int, depth: int, left: Term, how: str) -> Term:
        """Draw an operator between two numbers."""
        right = self.numeric(at, side, depth - 1)
        if how == "if":
            condition = self.truth(at, side, depth - 1)
            return left.union(right).named(f"({left.text} if {condition} else {right.text})")
        if how == "x*y":
            return left.times(right).named(f"({left.text}) * ({right.text})")
        if how == "min":
            choose, name = self.one(((min, "min"), (max, "max")))
            ends = (choose(left.low, right.low), choose(left.high, right.high))
            return left.beside(right, ends).named(f"{name}({left.text}, {right.text})")
        sign = -1 if how == "-" else 1
        return left.plus(right, sign).named(f"({left.text} {how} {right.text})")

    def divisor(self, at: At, side: int, most: int) -> Term | None:
        """Draw a count that is never below 1, and not above a number."""
        found = [each for each in self.near(at, side, ("count",)) if each.panel is None]
        found = [
            each
            for each in found
            if not self.doubtful(at, each) and each.term.low >= 0 and 1 <= each.term.high <= most
        ]
        if not found:
            return None
        used = self.one(found)
        text = self.reference(at, used)
        if used.term.low < 1:
            text = f"max({text}, 1)"
        return Term(text, max(used.term.low, Fraction(1)), used.term.high)

    def quotient(self, at: At, side: int, left: Term, how: str) -> Term:
        """Draw a quotient by a number that varies, rounded perhaps."""
        by = self.divisor(at, side, 12 if how == "n/" else 100)
        if by is None:
            return left
        made = left.divided(int(by.high))
        text = f"{left.text} / {by.text}"
        if how != "rounded":
            return made.named(f"({text})")
        places = self.one((2, 4, 0))
        return made.rounded(places).named(f"rounded({text}, {places})") if made.fits else left

    def power(self, at: At, side: int, left: Term) -> Term:
        """Draw a power: of a number, or of a constant to a count."""
        by = self.divisor(at, side, 12)
        if by is not None and self.chance(2):
            base = self.one(("0.5", "2", "1.1"))
            ends = [Fraction(base) ** int(end) for end in by.ends]
            if base == "1.1":
                return Term(f"rounded({base} ** ({by.text}), 2)", min(ends), max(ends) + 1, 100)
            unit = 2 ** int(by.high) if base == "0.5" else 1
            return Term(f"{base} ** ({by.text})", min(ends), max(ends), unit)
        most = self.one((2, 3, 0, 1))
        made = constant("1")
        for _ in range(most):
            made = made.times(left)
        return made.named(f"({left.text}) ** {most}")

    def positive(self, at: At, side: int = ANY) -> Term:
        """Draw a number that can never be negative."""
        found = self.numeric(at, side)
        plain = found.text.replace(".", "").replace("_", "").isalnum()
        scored = any(found.text == other.id for other in self.done)
        if found.low >= 0 and plain and not scored and found.text != "so_far":
            return found
        return found.held(Fraction(0), None).named(f"max({found.text}, 0)")

    def mark(self, term: Term) -> str:
        """Draw a number to compare another with."""
        middle = Fraction(round((term.low + min(term.high, term.low + 100)) / 2))
        inside = [Fraction(n) for n in ("1", "2", "0.5", "3", "60", "80", "90", "99.5")]
        inside = [n for n in inside if term.low <= n <= term.high]
        return write(self.one([middle, *inside]))

    # Conditions

    def truth(self, at: At, side: int = ANY, depth: int = 2) -> str:
        """Draw a condition."""
        how = self.one(("flag", ">=", "choice", "and", "not", "in list", "chain", "odd", "date"))
        if depth and how == "and":
            word = self.one(("and", "or"))
            parts = [self.truth(at, side, depth - 1) for _ in range(2)]
            return f"({f' {word} '.join(parts)})"
        if depth and how == "not":
            return f"not ({self.truth(at, against(side), depth - 1)})"
        if how == "choice" and (found := self.near(at, side, ("choice",))):
            return self.chosen(at, self.one(found), side)
        if how == "in list":
            lists = self.certain(at, side, ("checklist",))
            if lists:
                used = self.one(lists)
                return f"{self.value_name(self.one(used.values))} in {self.reference(at, used)}"
        if how == "odd" and side == ANY and (text := self.odd(at)):
            return text
        if how == "date" and self.near(at, side, ("date",)):
            other = f'"{self.one(DAYS)}"' if self.chance(2) else self.date(at, side)
            return f"{self.date(at, side)} {self.one(('>=', '<', '==', '<=', '!='))} {other}"
        if how == "flag" and (flags := self.near(at, side, ("flag",))):
            used = self.one(flags)
            text = self.reference(at, used)
            return f"default({text}, {self.bare(at, side)})" if self.doubtful(at, used) else text
        return self.bare(at, side, chained=how == "chain")

    def bare(self, at: At, side: int, *, chained: bool = False) -> str:
        """Draw a comparison of a number with a mark, its scores and fields within reach."""
        free = side in (ANY, FIXED)
        flip = not free and self.chance(2)
        term = self.numeric(at, against(side) if flip else side, 1)
        mark = self.mark(term)
        if not free:
            return f"{term.text} {self.one(('<', '<=') if flip else ('>=', '>'))} {mark}"
        if chained:
            low, high = sorted((mark, self.mark(term)), key=Fraction)
            return f"{low} <= {term.text} < {high}"
        return f"{term.text} {self.one(('>=', '<', '<=', '>', '==', '!='))} {mark}"

    def odd(self, at: At) -> str | None:
        """Draw a rarer condition: something known, or two flags compared."""
        pool = self.fields if at.fields else self.givens
        optional = [
            each
            for each in pool
            if each.panel is None and each.kind != "rows" and self.doubtful(at, each)
        ]
        unsure = [each for each in self.done if each.unsure(at.node) and self.sees(at, each)]
        if unsure and at.fields and self.chance(2):
            return f"known({self.one(unsure).id})"
        if optional:
            return f"known({self.reference(at, self.one(optional))})"
        flags = self.certain(at, ANY, ("flag",))
        if flags:
            left, right = (self.reference(at, self.one(flags)) for _ in range(2))
            return f"({left} {self.one(('==', '!='))} {right})"
        return None

    def value_name(self, value: str) -> str:
        """Write the name of a value, in quotes where it must be."""
        return value if value.isidentifier() and not self.chance(4) else f'"{value}"'

    def chosen(self, at: At, used: Field, side: int) -> str:
        """Draw a condition on a choice; in monotone rubrics its last values are the best."""
        text = self.reference(at, used)
        if self.doubtful(at, used):
            text = f"default({text}, {self.value_name(used.values[0])})"
        if side in (GOOD, BAD):
            return f"{text} == {self.value_name(used.values[-1])}"
        if self.chance(2):
            pair = ", ".join(self.value_name(v) for v in used.values[:2])
            return f"{text} {self.one(('in', 'not in'))} ({pair})"
        return f"{text} {self.one(('==', '!='))} {self.value_name(self.one(used.values))}"
