"""A slow reference interpreter of the rubric language on Fractions, apart from the engine.

It follows docs/reference/language.md sentence by sentence and assumes that the document is valid.
`score` scores one sheet. The modules, each importing only those before it: oracle_numbers,
oracle_fields, oracle_tree, oracle_expressions, oracle_account, oracle_state (what is there and
what counts), oracle_amounts (what rules ask), and this one (accounts, bonuses, grades).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from oracle_account import Account, Asked, Entry, Lot, Rise, together
from oracle_amounts import Amounts, Target
from oracle_expressions import Scope
from oracle_fields import Node, declaration
from oracle_numbers import ONE, ZERO, fold, geometric, is_number, mean, number, rounded
from oracle_state import ABSENT, NOT_APPLICABLE, SCORED, key_of
from oracle_tree import (
    ROOT,
    children,
    combination,
    conversion,
    full,
    identity,
    is_beside,
    is_open,
    mentions,
    own_full,
    own_scale,
    points,
    scale,
    start_of,
    verb_of,
)

__all__ = ["ROOT", "UNRATED", "Entry", "Outcome", "Scoring", "number", "rounded", "score"]

UNRATED = "unrated"
STEP_OF = {NOT_APPLICABLE: "not_applicable", ABSENT: "absent"}


@dataclass
class Outcome:
    """Everything the language says about one sheet; nothing but the problems where it has some."""

    nodes: dict[str, Fraction] = field(default_factory=dict)
    start: dict[str, Fraction] = field(default_factory=dict)
    bonus: dict[str, Fraction] = field(default_factory=dict)
    ledger: dict[str, list[Entry]] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    grades: dict[str, str | None] = field(default_factory=dict)
    stars: dict[str, int | None] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    unrated: str | None = None
    coverage: Fraction | None = None
    assumed: list[str] = field(default_factory=list)

    @property
    def total(self) -> Fraction:
        """The score of the whole."""
        return self.nodes[ROOT]


def score(document: Node, evidence: Node, given: Node | None = None) -> Outcome:
    """Score one sheet by a plain rubric document."""
    scoring = Scoring(document, evidence, given)
    scoring.check()
    if not scoring.problems:
        for key in scoring.keys():
            scoring.score(key)
        for key in scoring.keys():
            if scoring.is_graded(key):
                scoring.grade(key)
        scoring.keep(set(scoring.keys()))
        scoring.outcome.coverage = scoring.coverage()
        scoring.outcome.assumed = scoring.assumed()
    scoring.outcome.problems = scoring.problems
    return scoring.outcome


class Scoring(Amounts):
    """The evaluation of one document on one sheet."""

    def __init__(self, document: Node, evidence: Node, given: Node | None = None) -> None:
        super().__init__(document, evidence, given)
        self.posted: dict[str, list[Lot]] = {}
        self.so_far: dict[tuple[str, int], Fraction] = {}
        self.graded: dict[str, tuple[str | None, int | None]] = {}
        self.outcome = Outcome()

    def keys(self) -> Iterator[str]:
        """List what has a score: the nodes in document order, those with rows once for each."""
        for name in self.nodes:
            root = self.each[name]
            if root != name and root is not None:
                yield from (key_of(name, row) for row in self.scored_rows(root))
                continue
            yield name
            if root == name:
                yield from (key_of(name, row) for row in self.scored_rows(name))

    def keep(self, keys: set[str]) -> None:
        """Forget what was scored only to see which rows are left out."""
        told = self.outcome
        for part in (told.nodes, told.start, told.bonus, told.ledger, told.state):
            for key in part.keys() - keys:
                del part[key]

    def scored_rows(self, name: str) -> list[int]:
        """List the rows of a node that are scored."""
        return [] if self.is_gone(name) else self.rows_of(name)

    def score(self, key: str) -> Fraction:
        """Return a node's score, evaluating the node the first time it is asked for."""
        if key not in self.outcome.nodes:
            self.outcome.nodes[key] = self.evaluate(key)
        return self.outcome.nodes[key]

    # A node's account

    def evaluate(self, key: str) -> Fraction:
        """Evaluate a node, or one row of it."""
        name, row = self.split(key)
        node, account = self.nodes[name], Account()
        self.outcome.ledger[key] = account.entries
        state = self.outcome.state[key] = self.state_of(key)
        self.posted[key] = []
        folds_rows = "each" in node and row is None
        if not children(node) and not folds_rows:
            account.running = start_of(node)
        self.outcome.start[key] = account.running
        if state != SCORED:
            account.become(STEP_OF[state], self.worth_unscored(name))
        elif folds_rows:
            self.fold_rows(name, account)
        else:
            self.run_all(key, account)
        for row in self.scored_rows(name) if folds_rows else []:
            self.score(key_of(name, row))
            self.posted[key] += self.posted[key_of(name, row)]
        self.outcome.bonus[key] = sum((lot.asked.total for lot in self.posted[key]), ZERO)
        return account.running

    def run_all(self, key: str, account: Account) -> None:
        """Run a node: its children, landing bonuses, rules, those from elsewhere, the last limit."""
        name, _ = self.split(key)
        node = self.nodes[name]
        if children(node):
            self.combine(key, account)
        if self.lands(name):
            account.land(self.arriving(key))
        rules = list(enumerate(node.get("rules", [])))
        closing = len(rules)
        while closing and verb_of(rules[closing - 1][1]) in ("limit", "round"):
            closing -= 1
        for index, rule in rules[:closing]:
            self.run(key, rule, index, account)
        for origin, index, rule in self.incoming(name):
            self.take_in(key, account, origin, index, rule)
        for index, rule in rules[closing:]:
            self.run(key, rule, index, account)
        self.close(name, account)

    def run(self, key: str, rule: Node, index: int, account: Account) -> None:
        """Run one rule of a node on its account."""
        name, _ = self.split(key)
        at, target = self.scope(key, account.running), Target(name, account.running)
        self.so_far[key, index] = account.running
        verb = "" if "to" in rule else verb_of(rule)
        if verb == "limit":
            account.limit("limit", str(rule["limit"]), index)
        elif verb == "round":
            places, mode = int(rule["round"]), str(rule.get("mode", "half_up"))
            account.become("round", rounded(account.running, places, mode), index)
        elif verb == "multiply":
            if self.applies(at, rule):
                account.become(
                    "multiply", account.running * self.number(at, rule["multiply"]), index
                )
        elif verb == "set":
            amount = self.base(rule, at, target)
            account.become("set", amount if self.applies(at, rule) else account.running, index)
        elif verb:
            self.post(key, account, rule, index, None, self.ask(rule, at, target))

    def post(
        self, key: str, account: Account, rule: Node, index: int, origin: str | None, asked: Asked
    ) -> None:
        """Post an amount to a node's account, or its bonus to its bonus account."""
        name, _ = self.split(key)
        verb = verb_of(rule)
        if verb == "bonus" and not self.lands(name):
            self.posted[key].append(Lot(origin or name, index, asked, asked.total))
        else:
            kind = "group" if "group" in rule else verb
            account.post(kind, asked.taking() if verb == "deduct" else asked, index, origin)

    def incoming(self, name: str) -> list[tuple[str, int, Node]]:
        """List the rules that are posted to a node from elsewhere, in document order."""
        return [
            (origin, index, rule)
            for origin, node in self.nodes.items()
            for index, rule in enumerate(node.get("rules", []))
            if str(rule.get("to")) == name and self.is_scored(origin)
        ]

    def take_in(self, key: str, account: Account, origin: str, index: int, rule: Node) -> None:
        """Let a rule from elsewhere act on a node; its names mean what they mean where it stands."""
        name, row = self.split(key)
        same_rows = self.each[origin] is not None and self.each[origin] == self.each[name]
        source = key_of(origin, row if same_rows else None)
        if mentions(rule, "so_far"):
            self.score(source)
        at = self.scope(source, self.so_far.get((source, index)))
        asked = self.ask(rule, at, Target(name, account.running))
        self.post(key, account, rule, index, origin, asked)

    def close(self, name: str, account: Account) -> None:
        """Apply the implicit limit of an item or the clip of the root."""
        node = self.nodes[name]
        if name == ROOT:
            ceiling = str(node.get("clip", "none" if scale(node) is None else scale(node)))
            if ceiling != "none":
                account.limit("clip", f"..{ceiling}", None)
            return
        limited = any("limit" in rule for rule in node.get("rules", []))
        if not children(node) and not is_open(node) and not limited:
            account.limit("implicit limit", f"0..{own_scale(node)}", None)

    # Combining

    def combine(self, key: str, account: Account) -> None:
        """Post what the children are worth together."""
        name, row = self.split(key)
        node = self.nodes[name]
        how = combination(node)
        if how == "none":
            return
        few = "each" not in node and self.is_few(name)
        if few and how != "sum":
            self.hold_empty(name, account)
            return
        below = [child for child in children(node) if not is_beside(child)]
        counted = [child for child in below if self.counts(identity(child))]
        keys = [key_of(identity(child), row) for child in counted]
        worth = [
            self.score(each) * conversion(child, node)
            for each, child in zip(keys, counted, strict=True)
        ]
        if how == "sum":
            for child, amount in zip(counted, worth, strict=True):
                account.add("child", amount, origin=identity(child))
            self.rescale(name, account)
            if few:
                self.hold_empty(name, account)
            return
        weights = [self.weight(child, each) for child, each in zip(counted, keys, strict=True)]
        self.hold_fold(name, account, worth, weights)

    def weight(self, child: Node, key: str) -> Fraction:
        """Return the weight of a child in a mean."""
        return self.number(self.scope(key), child.get("weight", 1))

    def hold_fold(
        self, name: str, account: Account, worth: list[Fraction], weights: list[Fraction]
    ) -> None:
        """Post what scores are together, by the node's `combine`."""
        node = self.nodes[name]
        how = str(node["combine"])
        if how == "geometric":
            account.add(how, geometric(worth, number(node["step"])))
        elif how == "mean":
            account.add(how, mean(worth, weights))
        else:
            drop = int(node["drop"]) if how == "trimmed" else 0
            account.add(how, fold(how, worth, drop) or ZERO)

    def hold_empty(self, name: str, account: Account) -> None:
        """Post what a node holds where too few count in it."""
        written = self.empty(name)
        if written == "refuse":
            self.problem("too-few", name)
        amount = full(self.nodes[name]) if written == "full" else ZERO
        amount = number(written) if is_number(written) else amount
        account.become(str(self.nodes[name].get("combine", "sum")), amount)

    def fold_rows(self, name: str, account: Account) -> None:
        """Make one score of the scores of a node's rows."""
        if self.is_few(name):
            self.hold_empty(name, account)
            return
        node, rows = self.nodes[name], self.rows_of(name)
        keys = [key_of(name, row) for row in rows]
        weights = [self.number(self.scope(key), node.get("weigh", 1)) for key in keys]
        self.hold_fold(name, account, [self.score(key) for key in keys], weights)

    def rescale(self, name: str, account: Account) -> None:
        """Put a sum on the whole scale where some of its points do not count."""
        whole = own_scale(self.nodes[name])
        out = self.points_out(name, "here")
        if name == ROOT:
            out += self.points_out_in_total(ROOT)
        if out and whole is not None:
            left = whole - out
            account.become("rescale", account.running * whole / left if left else ZERO)

    def points_out(self, name: str, where: str) -> Fraction:
        """Add up the points of the children that are taken out, in the node's own points."""
        out = [
            child
            for child in children(self.nodes[name])
            if not is_open(child) and self.taken_out(identity(child)) == where
        ]
        return sum((points(child) for child in out), ZERO)

    def points_out_in_total(self, name: str) -> Fraction:
        """Add up the points below a node that are taken out of the total, in its own points."""
        found = self.points_out(name, "total")
        for child in children(self.nodes[name]):
            if not is_open(child) and self.is_scored(identity(child)) and children(child):
                if combination(self.nodes[name]) == "sum":
                    inner = self.points_out_in_total(identity(child))
                    found += inner * conversion(child, self.nodes[name])
        return found

    # Bonuses

    def lands(self, name: str) -> bool:
        """Say whether bonuses land at a node."""
        return name == ROOT or str(self.nodes[name].get("bonus")) == "here" or self.beside(name)

    def arriving(self, key: str) -> Rise:
        """Return the bonuses that come up to a node from below, in document order."""
        name, row = self.split(key)
        node, rise = self.nodes[name], Rise()
        for child in children(node):
            rise.join(self.rising(identity(child), row).times(self.carried(child, node)))
        if self.lands(name) and "bonus_up_to" in node:
            rise.cap(name, number(node["bonus_up_to"]))
        return rise

    @staticmethod
    def carried(child: Node, parent: Node) -> Fraction:
        """Return the factor for bonuses on their way up from a child."""
        return ONE if is_beside(child) else conversion(child, parent)

    def rising(self, name: str, row: int | None) -> Rise:
        """Return the bonuses that go up from a node and all below it, in its own points."""
        node = self.nodes[name]
        few = self.cause(name) in ("derived", "few") and "each" not in node
        if self.is_gone(name) or self.lands(name) or not (few or self.is_scored(name)):
            return Rise()
        if "each" in node:
            rise = together([self.rising_in(name, each) for each in self.rows_of(name)])
        else:
            rise = self.rising_in(name, row)
        if "bonus_up_to" in node:
            rise.cap(name, number(node["bonus_up_to"]))
        return rise

    def rising_in(self, name: str, row: int | None) -> Rise:
        """Return the bonuses of a node, or of one row of it, and of all below it."""
        key = key_of(name, row)
        self.score(key)
        rise = Rise([lot.times(ONE) for lot in self.posted[key]])
        rise.join(self.arriving(key))
        return rise

    # Grades

    def is_graded(self, key: str) -> bool:
        """Say whether a score has a grade; that of a node with `each` is about all its rows."""
        name, row = self.split(key)
        return "grades" in self.nodes[name] and (row is None or self.each[name] != name)

    def grade(self, key: str) -> None:
        """Note a node's grade."""
        self.outcome.grades[key], self.outcome.stars[key] = self.grade_of(key)

    def grade_of(self, key: str) -> tuple[str | None, int | None]:
        """Give a node its grade: the first whose conditions hold, then the gates in order."""
        if key not in self.graded:
            name, _ = self.split(key)
            grades = self.nodes[name]["grades"]
            at = None
            if not self.is_unrated(key):
                at = next((i for i, g in enumerate(grades) if self.holds(key, g)), None)
                at = self.after_gates(key, at)
            stars = None if at is None else grades[at].get("stars")
            grade = UNRATED if at is None else names_of(grades)[at]
            self.graded[key] = grade, None if stars is None else int(stars)
        return self.graded[key]

    def is_unrated(self, key: str) -> bool:
        """Say whether a node is unrated before any grade and gate is looked at."""
        name, _ = self.split(key)
        if name == ROOT:
            self.outcome.unrated = self.unrated_reason()
            return self.outcome.unrated is not None
        return not self.is_scored(name)

    def after_gates(self, key: str, at: int | None) -> int | None:
        """Take a grade through the gates of a node."""
        name, _ = self.split(key)
        gates = self.nodes[name].get("gates", [])
        last = len(self.nodes[name]["grades"]) - 1
        for i, gate in enumerate(gates):
            if at is None:
                return None
            if self.applies(key, gate):
                at = self.through(key, gate, at)
            later = gates[i + 1] if i + 1 < len(gates) else {}
            if at is not None and not (steps_once(gate) and steps_once(later)):
                at = min(max(at, 0), last)
        return at

    def through(self, key: str, gate: Node, at: int) -> int | None:
        """Take a grade through one gate that applies; a step is not yet held within the list."""
        name, _ = self.split(key)
        grades = self.nodes[name]["grades"]
        if "unrated" in gate:
            if name == ROOT:
                self.outcome.unrated = str(gate["unrated"])
            return None
        if "step" in gate:
            times = self.number(self.scope(key), gate.get("per", 1))
            return at - int(int(gate["step"]) * times)
        if "grade" in gate:
            place = place_of(grades, gate["grade"])
            return at if place is None else place
        place = place_of(grades, gate["at_most"])
        if place is None:
            most = self.number(self.scope(key), gate["at_most"])
            below = (i for i, g in enumerate(grades) if "stars" in g and number(g["stars"]) <= most)
            place = next(below, len(grades) - 1)
        return max(at, place)

    def holds(self, key: str, grade: Node) -> bool:
        """Say whether all conditions of a grade hold."""
        own = self.score(key)
        return (
            ("from" not in grade or own >= number(grade["from"]))
            and ("up_to" not in grade or own <= number(grade["up_to"]))
            and ("when" not in grade or self.holds_true(self.scope(key), grade["when"]))
            and all(s >= m for s, m in self.marks(key, grade.get("minima", {})))
            and all(s <= m for s, m in self.marks(key, grade.get("maxima", {})))
        )

    def marks(self, key: str, written: Any) -> list[tuple[Fraction, Fraction]]:
        """Pair the scores that minima or maxima look at with their marks."""
        name, row = self.split(key)
        if not isinstance(written, dict):
            below = [child for child in children(self.nodes[name]) if not is_beside(child)]
            written = {identity(child): written for child in below}
        return [
            (self.score(self.key_in(Scope(name, row), str(node))), number(mark))
            for node, mark in written.items()
            if self.is_scored(str(node))
        ]

    # The whole

    def assumed(self) -> list[str]:
        """List the fields for which something stands in."""
        return [
            f"{name}.{each}"
            for name in self.nodes
            if self.is_scored(name)
            for each, written in self.fields(name).items()
            if "none_means" in declaration(written) and not self.is_there(name, each)
        ]

    def coverage(self) -> Fraction | None:
        """Return the points assessed over the points applicable."""
        shares = list(self.shares(ROOT, ONE))
        applicable = [share for state, share in shares if state != NOT_APPLICABLE]
        assessed = [share for state, share in shares if state == SCORED]
        whole = sum(applicable, ZERO)
        return sum(assessed, ZERO) / whole if whole else None

    def shares(self, name: str, share: Fraction) -> Iterator[tuple[str, Fraction]]:
        """List the state and the points of the whole of every item with points."""
        node = self.nodes[name]
        below = [child for child in children(node) if not is_beside(child)]
        if not children(node):
            yield self.state(name), share
        if combination(node) == "sum":
            parts = [(child, points(child)) for child in below if not is_open(child)]
            whole = own_full(node) if parts else ONE
        else:
            parts = [(child, self.static_weight(child)) for child in below]
            whole = sum((part for _, part in parts), ZERO) or ONE
        for child, part in parts:
            yield from self.shares(identity(child), share * part / whole)

    @staticmethod
    def static_weight(child: Node) -> Fraction:
        """Return a weight that is a number; an expression counts as 1."""
        written = child.get("weight", 1)
        return number(written) if is_number(written) else ONE


def names_of(grades: list[Node]) -> list[str]:
    """List the names of grades."""
    return [str(grade.get("grade", grade.get("stars"))) for grade in grades]


def place_of(grades: list[Node], wanted: Any) -> int | None:
    """Find a grade by its name or its stars."""
    if str(wanted) in names_of(grades):
        return names_of(grades).index(str(wanted))
    stars = [str(grade.get("stars")) for grade in grades]
    return stars.index(str(wanted)) if str(wanted) in stars else None


def steps_once(gate: Node) -> bool:
    """Say whether a gate is a step that is held within the list only after those beside it."""
    return "step" in gate and str(gate.get("clamp")) == "once"
