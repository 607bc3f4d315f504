"""The amounts of a random rubric's rules, and what multiplies, folds and holds them."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from strategies_terms import (
    AMOUNTS,
    ANY,
    BAD,
    FIXED,
    GOOD,
    NOTHING,
    At,
    Field,
    Node,
    Term,
    against,
    common,
    constant,
    write,
)
from strategies_words import Wording

Made = tuple[Node, Term]
MODES = ("half_up", "half_even", "floor", "ceiling", "truncate")
CURVES: tuple[tuple[Node, str], ...] = (
    ({"curve": "log", "zero_at": "1", "full_at": "100", "gives": "2", "step": "0.1"}, "up"),
    ({"curve": "log", "zero_at": "50", "full_at": "2", "gives": "3", "step": "0.5"}, "down"),
    ({"curve": "power", "zero_at": "0", "full_at": "10", "exponent": "2", "gives": "5", "step": "1"}, "up"),
    ({"curve": "power", "zero_at": "12", "full_at": "0", "exponent": "1/2", "gives": "1", "step": "0.05"}, "down"),
    ({"curve": "log_normal", "median": "20", "p10": "5", "gives": "4", "step": "0.2"}, "down"),
)  # fmt: skip


def asks_all(rule: Node) -> bool:
    """Say whether a rule, or a member of a group, asks for `all` of an account."""
    if any(asks_all(member) for member in rule.get("group", [])):
        return True
    written = [rule[verb] for verb in ("deduct", "award", "set") if verb in rule]
    tiers = [each for amount in written if isinstance(amount, dict) for each in amount.values()]
    return "all" in (*tiers, *written)


class Asking(Wording):
    """Draws amounts."""

    def amount(self, at: At, verb: str, side: int, running: Term) -> Made | None:
        """Draw the amount of a rule with all that changes it, and its bounds."""
        table = self.table_of(at) if verb != "set" else None
        inner = at.into(table) if table is not None else at
        made = self.single(inner, verb, side, running)
        if made is None:
            return None
        rule, amount = made
        if verb == "set":
            return made
        if table is not None:
            folded = self.over_rows(at, rule, amount, table, side)
            if folded is None:
                return None
            amount = folded
        return self.held(at, rule, amount, side)

    def table_of(self, at: At) -> Field | None:
        """Draw the table over whose rows a rule goes, if it does."""
        if not self.has("rows", 2) or at.tables:
            return None
        tables = self.near(at, FIXED if self.monotone else ANY, ("rows",))
        return self.one(tables) if tables else None

    def single(self, at: At, verb: str, side: int, running: Term) -> Made | None:
        """Draw an amount with its multipliers, for one row if it goes over rows."""
        hows = ["number", "bands", "choice", "judged", "checklist", "all"]
        hows += ["lines", "lines"] * self.has("lines")
        hows += ["curve", "curve"] * self.has("curves")
        hows += ["formula", "formula"] * self.has("formula")
        hows += ["tiers", "tiers", "tiers"] * (self.has("judged") and not self.monotone)
        how = self.one(hows)
        made: Made | None = getattr(self, f"amount_{how}")(at, verb, side)
        if made is None:
            how, made = "number", self.amount_number(at, verb, side)
        rule, amount = made
        if verb != "set":
            amount = self.multiplied(at, rule, amount, side, running, how)
            if self.has("times", 2):
                amount = self.times(at, rule, amount, side)
        return (rule, amount) if amount.fits else None

    def multiplied(
        self, at: At, rule: Node, amount: Term, side: int, running: Term, how: str
    ) -> Term:
        """Draw `per`, steps or a ratio beside an amount."""
        written = next(iter(rule.values()))
        tiers = written.values() if isinstance(written, dict) else ()
        multiplier = self.one(("", "per", "of", "ratio"))
        if how == "all" or "all" in tiers:
            scale = at.node.own_scale or Fraction(0)
            top = max(running.high, scale, amount.high)
            unit = math.lcm(running.unit, amount.unit, scale.denominator)
            amount = Term("", Fraction(0), top, unit, max(running.over, amount.over))
            multiplier = "ratio" if self.chance(3) else ""
        if multiplier == "per":
            by = self.positive(at, side)
            rule["per"] = by.text
            amount = amount.times(by)
        elif multiplier == "of" and how == "number":
            amount = amount.times(self.stepped(at, side, rule))
        elif multiplier == "ratio":
            amount = amount.times(self.ratio(at, side, rule))
        return amount

    def ratio(self, at: At, side: int, rule: Node) -> Term:
        """Write a ratio, by a constant or by a count that can be 0."""
        share = self.numeric(at, side)
        if self.has("pairs", 2) and side in (ANY, FIXED) and (by := self.empties(at, side)):
            rule["ratio"] = f"{share.text} / {by.text}"
            rule["empty"] = self.one(("full", "zero", "0.5", "1/3"))
            made = share.divided(int(by.high)).held(Fraction(0), Fraction(1))
            return made.union(constant(rule["empty"].replace("full", "1").replace("zero", "0")))
        by = constant(self.one(("1/10", "1/2", "1/5", "1/4")))
        rule["ratio"] = f"{share.text} / {by.high.denominator}"
        return share.times(by).held(Fraction(0), Fraction(1))

    def empties(self, at: At, side: int) -> Term | None:
        """Draw a count that can be 0, alone or with another."""
        found = [
            each
            for each in self.certain(at, side, ("count",))
            if each.panel is None and each.term.low == 0 and each.term.high <= 100
        ]
        if not found:
            return None
        one, other = self.one(found), self.one(found)
        text = self.reference(at, one)
        if one is other:
            return one.term.named(text)
        return one.term.plus(other.term).named(f"({text} + {self.reference(at, other)})")

    def stepped(self, at: At, side: int, rule: Node) -> Term:
        """Write a distance below or above a threshold, and return its steps."""
        below = self.chance(2)
        of = self.numeric(at, against(side) if below else side)
        mark = constant(self.mark(of))
        if side == ANY and self.chance(6):
            mark = self.numeric(at, side, 1)
        rule["below" if below else "above"] = mark.text
        rule["of"] = of.text
        distance = mark.plus(of, -1) if below else of.plus(mark, -1)
        steps = distance.held(Fraction(0), None)
        if self.chance(2):
            step = Fraction(self.one(("1", "5", "0.5", "2", "1/3")))
            rule["step"] = self.number(step)
            steps = steps.times(Term("", 1 / step, 1 / step, step.numerator))
        if self.chance(2):
            rule["parts"] = self.one(("whole", "started", "exact"))
        return steps

    def times(self, at: At, rule: Node, amount: Term, side: int) -> Term:
        """Draw `times`, with `stack` where there are several."""
        if self.chance(4):
            factor = self.positive(at, side)
            made = amount.times(factor)
            if not made.fits:
                return amount
            rule["times"] = factor.text
            return made
        written: Node = {}
        factors: list[Fraction] = []
        for _ in range(1 + self.pick(3)):
            factor = Fraction(self.one(("2", "0.5", "1.5", "3", "0", "1")))
            condition = self.truth(at, side if factor >= 1 else against(side), 1)
            if condition not in written:
                written[condition] = write(factor)
                factors.append(factor)
        stack = self.one(("", "multiply", "add", "strongest"))
        most = math.prod((max(each, Fraction(1)) for each in factors), start=Fraction(1))
        if stack == "add":
            most = 1 + sum((max(each - 1, Fraction(0)) for each in factors), Fraction(0))
        elif stack == "strongest":
            most = max(*factors, Fraction(1))
        unit = math.prod(each.denominator for each in factors)
        made = amount.times(Term("", Fraction(0), most, unit))
        if not made.fits:
            return amount
        rule["times"] = written
        if stack:
            rule["stack"] = stack
        return made

    # Over rows, and held

    def over_rows(self, at: At, rule: Node, amount: Term, table: Field, side: int) -> Term | None:
        """Write how the amounts of rows are folded, and return what they are together."""
        if amount.over > 1 or asks_all(rule):
            return None
        inner = at.into(table)
        rule["each"] = self.reference(at, table)
        amount = amount.union(NOTHING)
        dates = [each for each in table.columns if each.kind == "date" and not each.optional]
        if dates and self.has("within", 2):
            rule["within"] = self.one(("6 months", "1 year", "30 days", "2 years", "1 month"))
            several = sum(each.kind == "date" for each in table.columns) > 1
            if several or self.chance(3):
                rule["dated"] = self.one(dates).name
        if self.chance(3):
            rule["when"] = self.truth(inner, side, 1)
        keys = [each for each in table.columns if self.tells_apart(each)]
        kept = self.one(("", "", "highest", "lowest", "all"))
        if keys and self.chance(2):
            rule["once_per"] = self.one(keys).name
            kept = kept.replace("lowest", "highest")
        if kept:
            rule["keep"] = kept
        if kept in ("highest", "lowest"):
            return amount
        most = Term("", Fraction(0), Fraction(table.size[1]))
        return replace(amount.times(most), unit=amount.unit)

    def tells_apart(self, column: Field) -> bool:
        """Say whether a column can say which rows are about the same."""
        if self.monotone:
            return column.kind == "text"
        return column.kind in ("text", "choice", "date", "flag", "count") and not column.optional

    def held(self, at: At, rule: Node, amount: Term, side: int) -> Made | None:
        """Draw `up_to` and `round_to`."""
        if self.chance(4):
            cap = constant(self.one(("2", "5", "0.5", "10", "0")))
            if self.has("formula", 2):
                cap = self.positive(at, side)
                rule["up_to"] = cap.text
            else:
                rule["up_to"] = self.number(cap.high)
            amount = amount.beside(cap, (min(amount.low, cap.low), min(amount.high, cap.high)))
        if (self.has("round_to", 2) or amount.over > 1) and (amount.fits or amount.over > 1):
            places = self.one((2, 1, 0))
            rule["round_to"] = self.one((places, str(places)))
            if self.chance(2):
                rule["mode"] = self.one(MODES)
            fits = amount.fits
            amount = amount.rounded(places)
            return (rule, amount) if fits else None
        return (rule, amount) if amount.fits else None

    # The amounts themselves

    def amount_number(self, at: At, verb: str, side: int) -> Made:
        """Draw a plain amount."""
        written = self.one(("-1.5", *AMOUNTS) if verb == "set" else AMOUNTS)
        term = constant(written)
        return {verb: self.number(Fraction(written)) if "/" not in written else written}, term

    def amount_all(self, at: At, verb: str, side: int) -> Made | None:
        """Draw the whole of the node."""
        if at.node.own_scale is None or verb == "bonus":
            return None
        return {verb: "all"}, constant(write(at.node.own_scale))

    def amount_formula(self, at: At, verb: str, side: int) -> Made | None:
        """Draw an expression as the amount."""
        made = self.numeric(at, side) if verb == "set" else self.positive(at, side)
        return ({verb: made.text}, made) if made.text[-1].isalpha() or "(" in made.text else None

    def amount_judged(self, at: At, verb: str, side: int) -> Made | None:
        """Draw a judged range that holds its field's own range."""
        found = [each for each in self.certain(at, side, ("amount",)) if each.panel is None]
        if not found:
            return None
        used = self.one(found)
        span = used.declaration["range"]
        if self.chance(3):
            high = span.split("..")[1]
            span = f"0..{write(Fraction(high) + 1)}"
        return {verb: span, "by": self.reference(at, used)}, used.term

    def amounts(self, size: int) -> list[str]:
        """Draw some amounts; in monotone rubrics they rise."""
        drawn = [self.one(AMOUNTS) for _ in range(size)]
        return sorted(drawn, key=Fraction) if self.monotone else drawn

    def amount_choice(self, at: At, verb: str, side: int) -> Made | None:
        """Draw a map by a choice, with or without `else` and `all`."""
        found = self.near(at, GOOD if self.monotone else ANY, ("choice",))
        if not found:
            return None
        used = self.one(found)
        by = self.reference(at, used)
        if self.doubtful(at, used):
            by = f"default({by}, {self.value_name(used.values[0])})"
        drawn = self.amounts(len(used.values))
        if side == BAD:
            drawn.reverse()
        table: Node = dict(zip(used.values, drawn, strict=True))
        if not self.monotone and self.chance(3):
            table.pop(used.values[-1])
            table["else"] = drawn[-1]
        scale = at.node.own_scale
        if not self.monotone and scale is not None and verb != "bonus" and self.chance(4):
            table[next(iter(table))] = "all"
        high = max(map(Fraction, drawn))
        if verb == "set" and "all" in table.values():
            high = max(high, scale or high)
        unit = math.lcm(common(drawn), (scale or high).denominator)
        return {verb: table, "by": by}, Term("", Fraction(0), high, unit)

    def amount_tiers(self, at: At, verb: str, side: int) -> Made | None:
        """Draw a map with ranges by a choice, judged within them."""
        chances = [each for each in self.certain(at, side, ("choice",)) if self.owns(at, each)]
        judged = [each for each in self.certain(at, side, ("amount",)) if self.owns(at, each)]
        judged = [each for each in judged if each.panel is None]
        if not chances or not judged:
            return None
        by, points = self.one(chances), self.one(judged)
        spans = ["0.5..2", "2..5", "0..3", "1", "0"]
        table: Node = {}
        for value in by.values:
            table[value] = spans[self.pick(len(spans))]
        if not any(".." in each for each in table.values()):
            table[by.values[0]] = "0.5..2"
        rule = {verb: table, "by": self.reference(at, by), "judged": self.reference(at, points)}
        return rule, points.term.union(constant("1"))

    def owns(self, at: At, used: Field) -> bool:
        """Say whether a field is the node's own, or a column of the row that is seen."""
        if at.tables:
            return used in at.tables[0].columns
        return used.owner is at.node

    def amount_checklist(self, at: At, verb: str, side: int) -> Made | None:
        """Draw a map by a checklist; values may be left out."""
        found = self.certain(at, side, ("checklist",))
        if not found:
            return None
        used = self.one(found)
        kept = used.values[self.pick(2) :]
        drawn = self.amounts(len(kept))
        high = sum(map(Fraction, drawn), Fraction(0))
        table = dict(zip(kept, drawn, strict=True))
        by = self.reference(at, used)
        return {verb: table, "by": by}, Term("", Fraction(0), high, common(drawn))

    def amount_bands(self, at: At, verb: str, side: int) -> Made | None:
        """Draw bands by a number."""
        by = self.numeric(at, side, 1)
        edges = {Fraction(self.mark(by)) for _ in range(1 + self.pick(3))}
        drawn = self.amounts(len(edges))
        pairs = zip(sorted(edges), drawn, strict=True)
        bands = {f"from {write(edge)}": amount for edge, amount in pairs}
        high = max(map(Fraction, drawn))
        written = dict(reversed(bands.items()))
        return {verb: written, "by": by.text}, Term("", Fraction(0), high, common(drawn))

    def amount_lines(self, at: At, verb: str, side: int) -> Made | None:
        """Draw lines by a number: level outside, or going on where that is never below 0."""
        by = self.numeric(at, side, 1)
        edges = sorted({Fraction(self.mark(by)), by.low, by.low + 1 + self.pick(2) * self.pick(20)})
        if len(edges) < 2 or not by.plain:
            return None
        drawn = self.amounts(len(edges))
        heights = list(map(Fraction, drawn))
        points: Node = {f"at {write(edge)}": each for edge, each in zip(edges, drawn, strict=True)}
        slopes = [
            (heights[i + 1] - heights[i]) / (right - left)
            for i, (left, right) in enumerate(pairwise(edges))
        ]
        unit = by.unit * math.lcm(*(each.denominator for each in slopes), common(drawn))
        unit *= math.lcm(*(edge.denominator for edge in edges))
        made = Term("", min(heights), max(heights), unit)
        if len(edges) == 2:
            ends = [heights[0] + slopes[0] * (end - edges[0]) for end in by.ends]
            if verb == "set" or min(ends) >= 0:
                points["beyond"] = "extend"
                made = Term("", min(ends), max(ends), unit)
        elif self.chance(4):
            points["beyond"] = "level"
        return {verb: points, "by": by.text}, made

    def amount_curve(self, at: At, verb: str, side: int) -> Made | None:
        """Draw a curve by a number."""
        fits = [each for each, way in CURVES if side in (ANY, FIXED) or way == "up"]
        written = dict(self.one(fits))
        by = self.numeric(at, side, 1)
        if by.over > 1:
            return None
        high, step = Fraction(written["gives"]), Fraction(written["step"])
        return {verb: written, "by": by.text}, Term("", Fraction(0), high, step.denominator)
