"""A slow reference interpreter of the rubric language on Fractions, apart from the engine.

It follows docs/reference/language.md sentence by sentence and assumes that the document is valid.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Value = Any  # Fraction, bool, a text, a frozenset of texts, a tuple in `in`, or None: missing
Node = dict[str, Any]
ROOT = "total"
UNRATED = "unrated"
VERBS = ("deduct", "award", "bonus", "set", "limit", "round")


@dataclass
class Entry:
    """One step of a node's ledger."""

    kind: str
    asked: Fraction
    before: Fraction
    after: Fraction
    taken: Fraction
    rule: int | None = None
    origin: str | None = None

    @property
    def silent(self) -> bool:
        """Whether the step asked nothing, so that a ledger leaves it out."""
        return self.asked == 0


@dataclass
class Outcome:
    """Everything the language says about one sheet."""

    nodes: dict[str, Fraction] = field(default_factory=dict)
    start: dict[str, Fraction] = field(default_factory=dict)
    bonus: dict[str, Fraction] = field(default_factory=dict)
    ledger: dict[str, list[Entry]] = field(default_factory=dict)
    grades: dict[str, str | None] = field(default_factory=dict)
    stars: dict[str, int | None] = field(default_factory=dict)

    @property
    def total(self) -> Fraction:
        """The score of the whole."""
        return self.nodes[ROOT]


def score(document: Node, evidence: dict[str, dict[str, Any]]) -> Outcome:
    """Score one nested sheet by a plain rubric document."""
    scoring = Scoring(document, evidence)
    for name in scoring.nodes:
        scoring.score(name)
    for name, node in scoring.nodes.items():
        if "grades" in node:
            scoring.grade(name)
    return scoring.outcome


def number(written: Any) -> Fraction:
    """Read a number exactly from its text."""
    return Fraction(str(written).strip())


def children(node: Node) -> list[Node]:
    """List a node's children: its indicators, then its items."""
    return [*node.get("indicators", []), *node.get("items", [])]


def combination(node: Node) -> str:
    """Say how an indicator combines its children."""
    return str(node.get("combine", "sum"))


def scale(node: Node) -> Fraction | None:
    """Return the scale of a node; None for an open account."""
    for key in ("out_of", "points", "total"):
        if key in node:
            return None if str(node[key]) == "none" else number(node[key])
    if not children(node):
        return None
    if combination(node) != "sum":
        return scale(children(node)[0])
    counted = [points(child) for child in children(node) if not is_open(child)]
    return sum(counted, Fraction(0)) if counted else None


def is_open(node: Node) -> bool:
    """Say whether a node is an open account."""
    return str(node.get("points")) == "none" or scale(node) is None


def points(node: Node) -> Fraction:
    """Return what a counted child adds to its summing parent."""
    return number(node["points"]) if "points" in node else full(node)


def full(node: Node) -> Fraction:
    """Return the scale of a node that is known to have one."""
    found = scale(node)
    if found is None:
        raise ValueError(f"{node.get('id', ROOT)} is an open account")
    return found


def conversion(child: Node, parent: Node) -> Fraction:
    """Return the factor from a child's own scale to its parent's account."""
    if combination(parent) != "sum":
        return full(parent) / full(child)
    return Fraction(1) if is_open(child) else points(child) / full(child)


def start_of(item: Node) -> Fraction:
    """Return what an item holds before its rules."""
    verbs = {verb_of(rule) for rule in item.get("rules", [])}
    written = str(item["start"]) if "start" in item else None
    if written is None and is_open(item):
        return Fraction(0)
    if written is None:
        written = "full" if "deduct" in verbs and not verbs & {"award", "set"} else "zero"
    if written == "full":
        return full(item)
    return Fraction(0) if written == "zero" else number(written)


def verb_of(rule: Node) -> str:
    """Return the one verb of a rule."""
    return next(verb for verb in VERBS if verb in rule)


def rounded(value: Fraction, places: int, mode: str) -> Fraction:
    """Round a number to so many decimal places."""
    unit = Fraction(1, 10**places)
    quotient = value / unit
    low = math.floor(quotient)
    rest = quotient - low
    away_at_tie = low % 2 == 1 if mode == "half_even" else value > 0
    up = {
        "floor": False,
        "ceiling": rest > 0,
        "truncate": rest > 0 and value < 0,
    }.get(mode, rest > Fraction(1, 2) or (rest == Fraction(1, 2) and away_at_tie))
    return (low + up) * unit


class Scoring:
    """The evaluation of one document on one sheet."""

    def __init__(self, document: Node, evidence: dict[str, dict[str, Any]]) -> None:
        self.evidence = evidence
        self.nodes: dict[str, Node] = {}
        self.posted: dict[str, list[tuple[int, Fraction]]] = {}
        self.outcome = Outcome()
        self.enlist(ROOT, document)

    def enlist(self, name: str, node: Node) -> None:
        """Enter a node and everything under it by id."""
        self.nodes[name] = node
        for child in children(node):
            self.enlist(str(child["id"]), child)

    def score(self, name: str) -> Fraction:
        """Return a node's score, evaluating the node the first time it is asked for."""
        if name not in self.outcome.nodes:
            self.outcome.nodes[name] = self.evaluate(name, self.nodes[name])
        return self.outcome.nodes[name]

    # A node's account

    def evaluate(self, name: str, node: Node) -> Fraction:
        """Run a node: start or children, landing bonuses, rules, then the closing limit."""
        account = Account()
        self.outcome.ledger[name] = account.entries
        self.posted[name] = []
        lands = name == ROOT or str(node.get("bonus")) == "here"
        if children(node):
            self.combine(node, account)
        else:
            account.running = start_of(node)
        self.outcome.start[name] = account.running if not children(node) else Fraction(0)
        if lands:
            for origin, rule, amount in self.arriving(node):
                account.add("bonus", amount, rule, origin)
        for index, rule in enumerate(node.get("rules", [])):
            self.run(name, rule, index, account, lands)
        self.close(name, node, account)
        self.outcome.bonus[name] = sum((a for _, a in self.posted[name]), Fraction(0))
        return account.running

    def combine(self, node: Node, account: Account) -> None:
        """Post what the children are worth together."""
        scores = [
            (child, self.score(str(child["id"])) * conversion(child, node))
            for child in children(node)
        ]
        how = combination(node)
        if how == "sum":
            for child, worth in scores:
                account.add("child", worth, origin=str(child["id"]))
        elif how == "mean":
            weights = [number(child.get("weight", 1)) for child, _ in scores]
            parts = [w * worth for w, (_, worth) in zip(weights, scores, strict=True)]
            account.add("mean", sum(parts, Fraction(0)) / sum(weights, Fraction(0)))
        else:
            best = {"lowest": min, "highest": max}[how]
            account.add(how, best(worth for _, worth in scores))

    def arriving(self, node: Node) -> list[tuple[str, int, Fraction]]:
        """List the bonuses that come up to a node, in document order, in its own points."""
        found = []
        for child in children(node):
            if str(child.get("bonus")) == "here":
                continue
            name = str(child["id"])
            self.score(name)
            below = [(name, rule, amount) for rule, amount in self.posted[name]]
            factor = conversion(child, node)
            found += [(o, r, a * factor) for o, r, a in below + self.arriving(child)]
        return found

    def run(self, name: str, rule: Node, index: int, account: Account, lands: bool) -> None:
        """Run one rule of a node on its account."""
        verb = verb_of(rule)
        if verb == "limit":
            account.limit("limit", str(rule["limit"]), index)
        elif verb == "round":
            places, mode = int(rule["round"]), str(rule.get("mode", "half_up"))
            account.become("round", rounded(account.running, places, mode), index)
        else:
            amount = self.asked(name, rule, verb, account.running)
            if verb == "set":
                account.become("set", account.running if amount is None else amount, index)
            elif verb == "deduct":
                account.add("deduct", -(amount or Fraction(0)), index)
            elif verb == "award" or lands:
                account.add(verb, amount or Fraction(0), index, name)
            else:
                self.posted[name].append((index, amount or Fraction(0)))

    def close(self, name: str, node: Node, account: Account) -> None:
        """Apply the implicit limit of an item or the clip of the root."""
        if name == ROOT:
            ceiling = str(node.get("clip", "none" if scale(node) is None else scale(node)))
            if ceiling != "none":
                account.limit("clip", f"..{ceiling}", None)
            return
        limited = any("limit" in rule for rule in node.get("rules", []))
        if not children(node) and not is_open(node) and not limited:
            account.limit("implicit limit", f"0..{scale(node)}", None)

    # A rule's amount

    def asked(self, name: str, rule: Node, verb: str, holds: Fraction) -> Fraction | None:
        """Return the amount of a rule; None where it asks nothing."""
        base = self.base(name, rule, verb, holds)
        if "per" in rule:
            base *= self.number(name, rule["per"])
        if "of" in rule:
            base *= self.steps(name, rule)
        if "ratio" in rule:
            base *= min(max(self.number(name, rule["ratio"]), Fraction(0)), Fraction(1))
        if "up_to" in rule:
            base = min(base, number(rule["up_to"]))
        return base if self.applies(name, rule) else None

    def applies(self, name: str, rule: Node) -> bool:
        """Say whether `when` holds and `unless` does not."""
        if "when" in rule and self.value(name, rule["when"]) is not True:
            return False
        return "unless" not in rule or self.value(name, rule["unless"]) is not True

    def base(self, name: str, rule: Node, verb: str, holds: Fraction) -> Fraction:
        """Return the amount before its multipliers."""
        written = rule[verb]
        if isinstance(written, dict):
            named = {str(key): amount for key, amount in written.items()}
            by: Any = self.value(name, rule["by"])
            if any(key.startswith("from ") for key in named):
                edges = {number(key.removeprefix("from ")): a for key, a in named.items()}
                reached = [edge for edge in edges if edge <= by]
                return number(edges[max(reached)]) if reached else Fraction(0)
            if isinstance(by, frozenset):
                return sum((number(a) for value, a in named.items() if value in by), Fraction(0))
            written = named[by] if by in named else named["else"]
        if str(written) == "all":
            return max(holds, Fraction(0)) if verb == "deduct" else full(self.nodes[name])
        if ".." in str(written):
            return self.number(name, rule["by"])
        return number(written)

    def steps(self, name: str, rule: Node) -> Fraction:
        """Return how many steps a number lies below or above its threshold."""
        found = self.number(name, rule["of"])
        if "below" in rule:
            distance = self.number(name, rule["below"]) - found
        else:
            distance = found - self.number(name, rule["above"])
        steps = max(distance, Fraction(0)) / number(rule.get("step", 1))
        whole = {"whole": math.floor, "started": math.ceil}.get(str(rule.get("parts")))
        return Fraction(whole(steps)) if whole else steps

    # Grades

    def grade(self, name: str) -> None:
        """Give a node its grade: the first whose conditions hold, then the gates in order."""
        node = self.nodes[name]
        grades = node["grades"]
        names = [str(g.get("grade", g.get("stars"))) for g in grades]
        at = next((i for i, g in enumerate(grades) if self.holds(name, g)), None)
        for gate in node.get("gates", []):
            if at is None:
                break
            if not self.applies(name, gate):
                continue
            if "unrated" in gate:
                at = None
            elif "step" in gate:
                at = min(max(at - int(gate["step"]), 0), len(grades) - 1)
            elif "grade" in gate:
                at = self.place(grades, names, gate["grade"])
            else:
                at = max(at, self.place(grades, names, gate["at_most"]))
        self.outcome.grades[name] = UNRATED if at is None else names[at]
        stars = None if at is None else grades[at].get("stars")
        self.outcome.stars[name] = None if stars is None else int(stars)

    @staticmethod
    def place(grades: list[Node], names: list[str], wanted: Any) -> int:
        """Find a grade by its name or its stars."""
        if str(wanted) in names:
            return names.index(str(wanted))
        return [str(g.get("stars")) for g in grades].index(str(wanted))

    def holds(self, name: str, grade: Node) -> bool:
        """Say whether all conditions of a grade hold."""
        own = self.score(name)
        return (
            ("from" not in grade or own >= number(grade["from"]))
            and ("up_to" not in grade or own <= number(grade["up_to"]))
            and ("when" not in grade or self.value(name, grade["when"]) is True)
            and all(s >= m for s, m in self.marks(name, grade.get("minima", {})))
            and all(s <= m for s, m in self.marks(name, grade.get("maxima", {})))
        )

    def marks(self, name: str, written: Any) -> list[tuple[Fraction, Fraction]]:
        """Pair the scores that minima or maxima look at with their marks."""
        if not isinstance(written, dict):
            written = {str(child["id"]): written for child in children(self.nodes[name])}
        return [(self.score(str(node)), number(mark)) for node, mark in written.items()]

    # Expressions

    def number(self, name: str, text: Any) -> Fraction:
        """Evaluate an expression that is a number."""
        found = self.value(name, text)
        if not isinstance(found, Fraction):
            raise TypeError(f"{name}: {text} is {found!r}, not a number")
        return found

    def value(self, name: str, text: Any) -> Value:
        """Evaluate an expression at a node."""
        source = str(text).strip()
        return Expression(self, name, source).of(ast.parse(source, mode="eval").body)


class Account:
    """The running score of a node and the steps that made it."""

    def __init__(self) -> None:
        self.running = Fraction(0)
        self.entries: list[Entry] = []

    def add(
        self, kind: str, amount: Fraction, rule: int | None = None, origin: str | None = None
    ) -> None:
        """Post an amount."""
        before, self.running = self.running, self.running + amount
        entry = Entry(kind, amount, before, self.running, amount, rule, origin)
        self.entries.append(entry)

    def become(self, kind: str, target: Fraction, rule: int | None) -> None:
        """Make the running score a number."""
        self.add(kind, target - self.running, rule)

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


class Expression:
    """One expression at one node; a missing finding is None and stays so through operators."""

    def __init__(self, scoring: Scoring, name: str, source: str) -> None:
        self.scoring, self.name, self.source = scoring, name, source

    def of(self, node: ast.expr, values: list[str] | tuple[str, ...] = ()) -> Value:
        """Evaluate a part; a bare name among `values` is the name of a value."""
        match node:
            case ast.Constant(value=str()):
                return node.value
            case ast.Constant():
                return Fraction(str(ast.get_source_segment(self.source, node)))
            case ast.Name() | ast.Attribute():
                return self.named(node, values)
            case ast.Tuple():
                return tuple(self.of(part, values) for part in node.elts)
            case ast.UnaryOp(op=ast.Not()):
                truth = self.of(node.operand)
                return None if truth is None else not truth
            case ast.UnaryOp():
                found: Any = self.of(node.operand)
                return -found if found is not None and isinstance(node.op, ast.USub) else found
            case ast.BoolOp():
                deciding = isinstance(node.op, ast.Or)
                truths = [self.of(part) for part in node.values]
                if deciding in truths:
                    return deciding
                return None if None in truths else not deciding
            case ast.BinOp():
                return self.arithmetic(node.op, self.of(node.left), self.of(node.right))
            case ast.IfExp():
                chosen = self.of(node.test)
                if chosen is None:
                    return None
                return self.of(node.body if chosen else node.orelse, values)
            case ast.Compare():
                return self.compared([node.left, *node.comparators], node.ops)
            case ast.Call(func=ast.Name(id=function)):
                return self.called(function, node.args, values)
        raise TypeError(f"{self.name}: {ast.dump(node)} is no part of the language")

    def declared(self, node: ast.expr) -> tuple[str, str, Any] | None:
        """Find the node, name and declaration of the field that a name or node.field means."""
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                pass
            case ast.Name(id=name):
                owner = self.name
            case _:
                return None
        fields = self.scoring.nodes[owner].get("evidence", {})
        return (owner, name, fields[name]) if name in fields else None

    def values_of(self, node: ast.expr) -> list[str]:
        """List the values of the choice or checklist that a part means, if it means one."""
        match node:
            case ast.Call(func=ast.Name(id="default"), args=[first, *_]):
                return self.values_of(first)
            case ast.IfExp():
                return self.values_of(node.body)
        known = self.declared(node)
        options = known[2] if known and isinstance(known[2], dict) else {}
        return [str(value) for value in options.get("values", [])]

    def named(self, node: ast.Name | ast.Attribute, values: list[str] | tuple[str, ...]) -> Value:
        """Look a name up: an expected value, an own field or node.field, a score, a value."""
        if isinstance(node, ast.Name) and node.id in values and not self.declared(node):
            return node.id
        known = self.declared(node)
        if known:
            return finding(self.scoring.evidence.get(known[0], {}).get(known[1]), known[2])
        if isinstance(node, ast.Attribute):
            raise KeyError(f"{self.name}: no field {ast.unparse(node)}")
        return self.scoring.score(node.id) if node.id in self.scoring.nodes else node.id

    @staticmethod
    def arithmetic(op: ast.operator, left: Any, right: Any) -> Value:
        """Apply + - * / to two numbers."""
        if left is None or right is None:
            return None
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
        return left / right

    def compared(self, parts: list[ast.expr], ops: list[ast.cmpop]) -> Value:
        """Compare each part with the next; all comparisons must hold."""
        values = [value for part in parts for value in self.values_of(part)]
        found = [self.of(part, values) for part in parts]
        truths = [compare(op, found[i], found[i + 1]) for i, op in enumerate(ops)]
        if False in truths:
            return False
        return None if None in truths else True

    def called(self, function: str, args: list[ast.expr], values: Any) -> Value:
        """Call one of the functions of the language."""
        found: list[Any] = [self.of(arg, self.values_of(args[0]) or values) for arg in args]
        if function == "known":
            return found[0] is not None
        if function == "default":
            return found[1] if found[0] is None else found[0]
        if None in found:
            return None
        match function:
            case "min" | "max":
                return min(found) if function == "min" else max(found)
            case "abs":
                return abs(found[0])
            case "floor" | "ceiling":
                return Fraction((math.floor if function == "floor" else math.ceil)(found[0]))
            case "count":
                return Fraction(sum(truth is True for truth in found))
            case "ticked":
                return Fraction(len(found[0]))
            case "unticked":
                return Fraction(len(self.values_of(args[0])) - len(found[0]))
        raise KeyError(f"{self.name}: no function {function}")


def compare(op: ast.cmpop, left: Any, right: Any) -> bool | None:
    """Compare two values; a missing one leaves the comparison unknown."""
    if left is None or right is None:
        return None
    match op:
        case ast.Eq():
            return bool(left == right)
        case ast.NotEq():
            return bool(left != right)
        case ast.Lt():
            return bool(left < right)
        case ast.LtE():
            return bool(left <= right)
        case ast.Gt():
            return bool(left > right)
        case ast.GtE():
            return bool(left >= right)
    inside = left == right if isinstance(right, str) else left in right
    return inside if isinstance(op, ast.In) else not inside


def finding(value: Any, declaration: Any) -> Value:
    """Turn a plain finding into a value of its field's type."""
    kind = declaration
    if isinstance(declaration, dict):
        kind = declaration["type"]
    elif isinstance(declaration, list):
        kind = declaration[0]
    if value is None or isinstance(value, bool):
        return value
    if kind == "checklist":
        return frozenset(str(part) for part in value)
    if kind in ("choice", "text"):
        return str(value)
    return Fraction(value)
