"""What rules ask, in the reference interpreter."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oracle_account import Asked
from oracle_expressions import Scope, fields_in
from oracle_fields import Node, Value
from oracle_numbers import (
    ONE,
    ZERO,
    curve,
    day,
    in_window,
    is_number,
    number,
    on_lines,
    rounded,
)
from oracle_state import Standing
from oracle_tree import own_full, verb_of

PLAIN = r"\s*-?\d+(?:[./]\d+)?\s*"
RANGE = re.compile(rf"({PLAIN})\.\.({PLAIN})")


@dataclass(frozen=True)
class Target:
    """The account that a rule acts on, which `all` is about."""

    name: str
    holds: Fraction


class Amounts(Standing):
    """The amounts of rules."""

    def applies(self, at: Scope | str, rule: Node) -> bool:
        """Say whether `when` holds and `unless` does not."""
        at = self.scope(at) if isinstance(at, str) else at
        if "when" in rule and not self.holds_true(at, rule["when"]):
            return False
        return "unless" not in rule or not self.holds_true(at, rule["unless"])

    def ask(self, rule: Node, at: Scope, target: Target) -> Asked:
        """Return what a rule asks, with what its rows or members ask."""
        if "group" in rule:
            return self.ask_group(rule, at, target)
        if "each" not in rule:
            return Asked(self.held(rule, at, self.single(rule, at, target)))
        places = [at.into(place) for place in self.places(at, rule["each"])]
        rows = [self.single(rule, row, target) for row in places]
        return Asked(self.held(rule, at, self.folded(rule, places, rows)), rows)

    def ask_group(self, rule: Node, at: Scope, target: Target) -> Asked:
        """Return what a group asks: its members, `keep`, `times`, the conditions, then the caps."""
        members = [self.ask(member, at, target).total for member in rule["group"]]
        keep = str(rule.get("keep", "all"))
        if keep != "all":
            best = max(members) if keep == "highest" else min(members)
            first = members.index(best)
            members = [each if i == first else ZERO for i, each in enumerate(members)]
        factor = self.times(rule, at) if self.applies(at, rule) else ZERO
        members = [factor * each for each in members]
        return Asked(self.held(rule, at, sum(members, ZERO)), None, members)

    def held(self, rule: Node, at: Scope, amount: Fraction) -> Fraction:
        """Hold an amount by `up_to`, then round it by `round_to`."""
        if "up_to" in rule:
            amount = min(amount, self.number(at, rule["up_to"]))
        if "round_to" in rule:
            amount = rounded(amount, int(rule["round_to"]), str(rule.get("mode", "half_up")))
        return amount

    def folded(self, rule: Node, places: list[Scope], rows: list[Fraction]) -> Fraction:
        """Fold the amounts of rows by `once_per`, `keep` and adding up."""
        if "once_per" in rule:
            highest: dict[Value, Fraction] = {}
            for at, amount in zip(places, rows, strict=True):
                same = self.value(at, rule["once_per"])
                highest[same] = max(amount, highest.get(same, amount))
            rows = list(highest.values())
        keep = str(rule.get("keep", "all"))
        if keep == "all" or not rows:
            return sum(rows, ZERO)
        return max(rows) if keep == "highest" else min(rows)

    def single(self, rule: Node, at: Scope, target: Target) -> Fraction:
        """Return the amount of a rule, or of one row of it, before it is folded and held."""
        amount = self.base(rule, at, target)
        if "per" in rule:
            amount *= self.number(at, rule["per"])
        if "of" in rule:
            amount *= self.steps(rule, at)
        if "ratio" in rule:
            amount *= self.ratio(rule, at)
        amount *= self.times(rule, at)
        return amount if self.applies(at, rule) and self.is_within(rule, at) else ZERO

    def steps(self, rule: Node, at: Scope) -> Fraction:
        """Return how many steps a number lies below or above its threshold."""
        found = self.number(at, rule["of"])
        if "below" in rule:
            distance = self.number(at, rule["below"]) - found
        else:
            distance = found - self.number(at, rule["above"])
        steps = max(distance, ZERO) / number(rule.get("step", 1))
        whole = {"whole": math.floor, "started": math.ceil}.get(str(rule.get("parts")))
        return Fraction(whole(steps)) if whole else steps

    def ratio(self, rule: Node, at: Scope) -> Fraction:
        """Return a ratio held within 0..1, or what stands for it where a divisor is 0."""
        if "empty" in rule and self.value(at, rule["ratio"]) is None:
            named = {"full": ONE, "zero": ZERO}
            written = str(rule["empty"])
            return named[written] if written in named else number(written)
        return min(max(self.number(at, rule["ratio"]), ZERO), ONE)

    def times(self, rule: Node, at: Scope) -> Fraction:
        """Return the factor that `times` and `stack` make."""
        written = rule.get("times", {})
        if not isinstance(written, dict):
            return self.number(at, written)
        factors = [self.number(at, x) for c, x in written.items() if self.holds_true(at, c)]
        match str(rule.get("stack", "multiply")):
            case "add":
                return max(ONE + sum((x - 1 for x in factors), ZERO), ZERO)
            case "strongest":
                return max(factors, default=ONE)
        return math.prod(factors, start=ONE)

    def is_within(self, rule: Node, at: Scope) -> bool:
        """Say whether a row's date lies within the window."""
        if "within" not in rule:
            return True
        if "dated" in rule:
            on = self.value(at, rule["dated"])
        else:
            place = at.places[0]
            columns = self.columns(place.owner, place.table)
            on = self.cell(place, next(name for name in columns if columns[name]["type"] == "date"))
        as_of = self.finding("cycle", "as_of")
        return on is not None and in_window(day(on), as_of, str(rule["within"]))

    # The base of an amount

    def base(self, rule: Node, at: Scope, target: Target) -> Fraction:
        """Return the amount before its multipliers."""
        verb = verb_of(rule)
        written = rule[verb]
        if not isinstance(written, dict):
            return self.plain_amount(written, rule, at, target)
        named = {str(key): amount for key, amount in written.items()}
        if "curve" in named and "gives" in named:
            return curve(named, self.number(at, rule["by"]))
        if any(key.startswith("from ") for key in named):
            return self.band(named, self.number(at, rule["by"]), at)
        if any(key.startswith("at ") for key in named):
            extend = str(named.get("beyond", rule.get("beyond"))) == "extend"
            points = {
                number(key.removeprefix("at ")): number(amount)
                for key, amount in named.items()
                if key.startswith("at ")
            }
            return on_lines(points, self.number(at, rule["by"]), extend)
        by = self.value(at, rule["by"])
        if isinstance(by, frozenset):
            return sum((self.number(at, a) for value, a in named.items() if value in by), ZERO)
        chosen = named[by] if by in named else named["else"]
        self.check_judged(rule, at, chosen)
        return self.plain_amount(chosen, rule, at, target)

    def band(self, named: Node, x: Fraction, at: Scope) -> Fraction:
        """Return the amount of the highest edge that is reached."""
        edges = {number(key.removeprefix("from ")): amount for key, amount in named.items()}
        reached = [edge for edge in edges if edge <= x]
        return self.number(at, edges[max(reached)]) if reached else ZERO

    def plain_amount(self, written: Any, rule: Node, at: Scope, target: Target) -> Fraction:
        """Return a number, `all`, what was judged, or the value of a formula."""
        text = str(written).strip()
        if text == "all":
            taking = verb_of(rule) == "deduct"
            return max(target.holds, ZERO) if taking else own_full(self.nodes[target.name])
        if RANGE.fullmatch(text):
            return self.number(at, rule.get("judged", rule.get("by")))
        return number(text) if is_number(text) else self.number(at, text)

    def check_judged(self, rule: Node, at: Scope, chosen: Any) -> None:
        """Refuse a judged amount that is neither 0 nor within the range of the value chosen."""
        span = RANGE.fullmatch(str(chosen))
        if not span:
            return
        judged = self.number(at, rule["judged"])
        if judged != 0 and not number(span[1]) <= judged <= number(span[2]):
            self.problem("out-of-range", fields_in(self, at, rule["judged"])[0].path)
