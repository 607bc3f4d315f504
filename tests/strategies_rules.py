"""The rules of a random rubric, in an order in which scores can be referred to, and its grades."""

from __future__ import annotations

import functools
import math
from fractions import Fraction

from strategies_amounts import MODES, Asking, Made, asks_all
from strategies_fields import LAST_STARS
from strategies_terms import (
    ANY,
    BAD,
    FIXED,
    GOOD,
    NOTHING,
    ROOT,
    TEXTS,
    At,
    Draft,
    Node,
    Term,
    against,
    constant,
    whole,
    write,
)


class Ruling(Asking):
    """Draws rules and grades."""

    # A node after those that it rests on

    def settle(self, node: Draft) -> None:
        """Write the rules of a node after those of its children, so that scores have an order."""
        order = node.children
        if self.chance(2):
            order = order[::-1]
        for child in order:
            self.settle(child)
        if node.mode == "expression":
            self.expect(node)
        running = self.opening(node)
        verbs: list[str] = []
        for _ in range(self.one((1, 2, 0, 3) if not node.children else (0, 1, 2))):
            made = self.rule(node, running)
            if made and made[1].fits and made[1].unit <= (10**4 if self.monotone else 10**7):
                rule, running = made
                self.annotate(rule)
                node.rules.append(rule)
                verbs += self.verbs_of(rule)
        for amount in node.incoming:
            running = running.plus(amount).union(running)
        if not node.children:
            running = self.begin(node, verbs, running)
        if node.passed and not node.lands:
            self.cap(node)
        running = self.closed(node, running, verbs)
        node.score = self.counting_for(node, running)
        self.waiting.remove(node)
        self.done.append(node)
        if node.parent is not None and self.chance(3 if "stars" in self.features else 6):
            self.grade(node)

    def closed(self, node: Draft, running: Term, verbs: list[str]) -> Term:
        """Write the last rules of a node: a rounding where it is needed, and a floor."""
        rooted = node.parent is not None and node.parent.combine == "geometric"
        fine = running.unit * node.factor.denominator > 2 * 10**6 or not running.fits
        ranged = node.table_rows and (running.over > 1 or running.unit > 10**4)
        paired = running.over > 1 and not self.has("pairs", 2)
        if fine or ranged or paired or (rooted and running.unit > 10):
            running = self.round(node, running, 1 if rooted else 2)
        scale = node.own_scale
        if not node.children and scale is not None and "limit" not in verbs:
            running = running.held(Fraction(0), scale)
        if rooted and running.low < 0:
            node.rules.append({"limit": "0.."})
            running = running.held(Fraction(0), None)
        return self.over_table(node, running) if node.table_rows else running

    def counting_for(self, node: Draft, running: Term) -> Term:
        """Return what a node's score can be, where it may not be applicable, too."""
        if node.parent is None or not (node.gone or node.few):
            return running
        running = running.union(NOTHING)
        if node.mode == "full" and node.scale is not None:
            running = running.union(constant(write(node.scale)))
        return running.union(node.expected) if node.mode == "expression" else running

    def expect(self, node: Draft) -> None:
        """Write the expression for what a node counts where it is not applicable."""
        at = At(node, fields=False)
        simple = constant(self.one(("1", "2.5")))
        term = self.positive(at, FIXED) if self.givens and self.chance(2) else simple
        if not (term.fits and term.plain):
            term = constant("1.5")
        node.body["not_applicable"] = term.text
        node.expected = term

    def over_table(self, node: Draft, row: Term) -> Term:
        """Return what a node's rows are together."""
        table = node.table
        most = table.size[1] if table is not None else 1
        node.passed = [each.times(Term("", Fraction(0), Fraction(most))) for each in node.passed]
        at = self.at(node)
        side = FIXED if self.monotone else ANY
        if node.body.get("where") == "?":
            node.body["where"] = self.truth(at, side, 1)
        if node.body.get("weigh") == "?":
            weight = self.positive(at, side)
            if not weight.plain or weight.high * weight.unit * most > 10**6:
                weight = constant("1")
            node.body["weigh"] = weight.text
            most = math.ceil(weight.high * weight.unit * most) or 1
            row = Term("", *row.ends, row.unit * weight.unit)
        made = row.union(NOTHING)
        if node.folds == "sum":
            made = made.times(Term("", Fraction(0), Fraction(most)))
        elif node.folds == "median":
            made = Term("", *made.ends, 2 * made.unit)
        elif node.folds in ("mean", "trimmed"):
            ends = made.ends
            quotient = made.divided(most)
            made = Term("", *ends, quotient.unit, quotient.over)
        return made.union(self.stand_in(node))

    def stand_in(self, node: Draft) -> Term:
        """Return what a node holds where too few count."""
        written = str(node.body.get("empty", "zero"))
        if written == "full":
            return constant(write(node.scale or Fraction(0)))
        return constant(written) if written[0].isdigit() else NOTHING

    # What a node holds before its rules

    def opening(self, node: Draft) -> Term:
        """Return what a node holds before its rules: any start, or children and bonuses."""
        if not node.children:
            scale = node.own_scale
            low = Fraction(-2) if scale is None else Fraction(0)
            return Term("", low, scale or Fraction(2), 2)
        if node.parent is not None and not node.beside and self.chance(4):
            if not node.table_rows:
                node.body["bonus"] = "here"
        self.weights(node)
        for child in node.children:
            worth = self.worth_of(child)
            if not child.lands:
                node.passed += [bonus.times(worth) for bonus in child.passed]
        running = self.combined(node).union(self.stand_in(node))
        if "empty" not in node.body:
            running = self.combined(node)
        if node.lands:
            if node.passed:
                self.cap(node)
            running = functools.reduce(Term.plus, node.passed, running)
            node.passed = []
        if not running.fits or running.unit > 10**7 or (running.over > 1 and self.chance(2)):
            running = self.round(node, running, 1)
        return running

    def cap(self, node: Draft) -> None:
        """Cap the bonuses that go up from a node, or land there."""
        if self.has("caps", 2):
            most = constant(self.one(("2", "0.5", "5", "1/3")))
            node.body["bonus_up_to"] = write(most.high)
            node.passed = [
                Term("", *each.ends, math.lcm(each.unit, most.unit)) for each in node.passed
            ]

    @staticmethod
    def worth_of(child: Draft) -> Term:
        """Return what a point of a child is worth, as a term."""
        return Term("", child.factor, child.factor, child.factor.denominator)

    def weights(self, node: Draft) -> None:
        """Write the weights that are expressions."""
        for child in node.counted:
            if child.body.get("weight") != "?":
                continue
            # Its own fields are not there where it counts although it is not.
            at = At(child, fields=False) if child.gone else self.at(child, in_rows=False)
            term = self.positive(at, FIXED if self.monotone else ANY)
            if (
                child.rows is not None
                or "(" in term.text
                or any(other.id in term.text for other in self.done)
            ):
                term = term.plus(constant("0.5")).named(f"{term.text} + 0.5")
            if not term.plain or not 0 < term.high * term.unit <= 1000:
                term = constant(self.one(("2", "0.5")))
            child.body["weight"] = term.text
            child.weight = term

    def combined(self, node: Draft) -> Term:
        """Return what the children are together."""
        if node.combine == "none":
            return NOTHING
        counted = node.counted
        terms = [child.score.times(self.worth_of(child)) for child in counted]
        if node.combine == "sum":
            return self.rescaled(node, functools.reduce(Term.plus, terms))
        running = functools.reduce(Term.union, terms)
        varying = any(child.left_out for child in counted)
        if node.combine == "median":
            return Term("", *running.ends, 2 * running.unit, running.over)
        if node.combine == "geometric":
            return Term("", *running.ends, Fraction(str(node.body["step"])).denominator)
        if node.combine == "trimmed":
            return self.spread(running, len(counted), varying)
        if node.combine != "mean":
            return running
        weights = [child.weight for child in counted]
        unit = math.lcm(*(each.unit for each in weights))
        heavy = math.ceil(sum(each.high for each in weights) * unit)
        varying = varying or any(each.low != each.high for each in weights)
        return self.spread(
            Term("", *running.ends, running.unit * unit, running.over), heavy, varying
        )

    @staticmethod
    def spread(running: Term, most: int, varying: bool) -> Term:
        """Return a quotient by a whole number that is, or is at most, this."""
        running = running.union(NOTHING) if varying else running
        if not varying or most <= 20:
            by = most if not varying else whole(most)
            return Term("", *running.ends, running.unit * max(by, 1), running.over)
        return Term("", *running.ends, running.unit, running.over * most)

    @staticmethod
    def rescaled(node: Draft, running: Term) -> Term:
        """Return a sum that is put on its whole scale where some of it does not count."""
        below = [each for each in node.counted if each.left_out and not each.types]
        if node.parent is None:
            below += [each for each in node.walk() if each.mode == "rescale_total"]
        if not below or node.own_scale is None:
            return running
        points = [each.points or each.scale or Fraction(1) for each in node.counted]
        unit = math.lcm(node.own_scale.denominator, *(each.denominator for each in points))
        most = math.ceil(node.own_scale * unit)
        times = Term("", Fraction(0), Fraction(most))
        made = running.union(NOTHING).times(times).divided(most)
        return made.union(running)

    def round(self, node: Draft, running: Term, places: int) -> Term:
        """Write a rounding that brings the denominator down."""
        rule: Node = {"round": self.one((places, str(places)))}
        mode = self.one(("", *MODES))
        node.rules.append(rule | ({"mode": mode} if mode else {}))
        return Term("", running.low - 1, running.high + 1, 10**places)

    def begin(self, item: Draft, verbs: list[str], running: Term) -> Term:
        """Write an item's start where the language does not know it."""
        raising, lowering = bool({"award", "set"} & set(verbs)), "deduct" in verbs
        written = self.one(("full", "zero", "1", "0.5", "half"))
        scale = item.own_scale
        if scale is None:
            if self.chance(3):
                item.body["start"] = self.one(("zero", "1", "-1.5", "0"))
        elif raising == lowering or self.chance(6):
            if written in ("1", "0.5"):
                written = write(min(Fraction(written), scale))
            item.body["start"] = written if written != "half" else write(scale / 2)
        if scale is not None and self.has("baseline", 2):
            item.body["baseline"] = write(scale * Fraction(self.one(("0.9", "1/2", "1"))))
        unit = math.lcm(running.unit, (scale or Fraction(1)).denominator * 2)
        return Term("", running.low, running.high, unit, running.over)

    # Rules

    def verbs_of(self, rule: Node) -> list[str]:
        """List the verbs of a rule that act on its own node."""
        if "to" in rule:
            return []
        verb = next(iter(rule))
        return self.verbs_of(rule["group"][0]) if verb == "group" else [verb]

    def rule(self, node: Draft, running: Term) -> Made | None:
        """Draw one rule and what the node can hold after it."""
        at = self.at(node, running)
        verbs = ["deduct", "award", "bonus", "limit", "set", "round"]
        verbs = verbs[:4] if self.monotone else verbs
        verbs += ["group", "group", "group"] * self.has("group")
        verbs += ["multiply", "multiply"] * self.has("multiply")
        verb = self.one(verbs)
        if verb == "limit":
            low, high = self.one((("0", "5"), ("", "10"), ("0", ""), ("1", "8.5"), ("1/3", "2")))
            if self.chance(4):
                return {"limit": "none"}, running
            ends = [Fraction(end) if end else None for end in (low, high)]
            return {"limit": f"{low}..{high}"}, running.held(*ends)
        if verb == "round":
            running = self.round(node, running, self.pick(3))
            return node.rules.pop(), running
        if verb == "multiply":
            return self.multiply(at, running)
        to = self.elsewhere(node) if verb != "set" and self.has("to", 2) else None
        if to is not None:
            at = self.at(node)
        if verb == "group":
            made, verb = self.group(at, running), ""
            if made is not None:
                verb = self.verbs_of(made[0])[0]
        else:
            made = self.amount(at, verb, self.side_of(verb), running)
        if made is None:
            return None
        rule, amount = made
        self.conditions(at, rule, self.side_of(verb), always=verb == "set")
        amount = amount.union(NOTHING)
        if to is not None:
            return self.post(node, to, rule, verb, amount, running)
        if verb == "set":
            return rule, running.union(amount)
        if verb == "bonus":
            return self.bonus(node, rule, amount, running)
        if rule.get("deduct") == "all":
            unit = running.unit * (amount.unit if {"ratio", "times"} & set(rule) else 1)
            over = max(running.over, amount.over)
            low = min(running.low - amount.high, NOTHING.low) if "times" in rule else running.low
            return rule, Term(
                "", min(low, NOTHING.low), max(running.high, NOTHING.high), unit, over
            )
        return rule, running.plus(amount, -1 if verb == "deduct" else 1)

    def side_of(self, verb: str) -> int:
        """Return which way the amounts of a verb go in a monotone rubric."""
        if not self.monotone:
            return ANY
        return BAD if verb == "deduct" else GOOD

    def conditions(self, at: At, rule: Node, side: int, *, always: bool = False) -> None:
        """Draw `when` and `unless`; those of a rule over rows see its columns."""
        if "each" in rule:
            return
        if self.chance(3) or always:
            rule["when"] = self.truth(at, side)
        if self.chance(4):
            rule["unless"] = self.truth(at, against(side))

    def multiply(self, at: At, running: Term) -> Made | None:
        """Draw a factor for all that the node holds."""
        if self.monotone and running.low < 0:
            return None
        factor = self.positive(at, GOOD if self.monotone else ANY)
        made = running.times(factor)
        if not made.fits or not factor.plain:
            factor = constant(self.one(("0.5", "2", "1.1", "0", "1")))
            made = running.times(factor)
        rule: Node = {
            "multiply": self.number(factor.high) if factor.text[0].isdigit() else factor.text
        }
        if not self.monotone:
            self.conditions(at, rule, ANY)
        return rule, made.union(running)

    def group(self, at: At, running: Term, depth: int = 2) -> Made | None:
        """Draw several rules as one, groups among them."""
        verb = self.one(("deduct", "award", "bonus"))
        return self.group_of(at, verb, running, depth)

    def group_of(self, at: At, verb: str, running: Term, depth: int) -> Made | None:
        """Draw a group whose members have one verb."""
        side = self.side_of(verb)
        members: list[Node] = []
        terms: list[Term] = []
        for _ in range(1 + self.pick(3)):
            if depth > 1 and self.chance(5):
                made = self.group_of(at, verb, running, depth - 1)
            else:
                made = self.amount(at, verb, side, running)
            if made is None or made[1].over > 1:
                continue
            rule, amount = made
            self.conditions(at, rule, side)
            self.annotate(rule)
            members.append(rule)
            terms.append(amount.union(NOTHING))
        if not members:
            return None
        group: Node = {"group": members}
        kept = self.one(("", "highest", "lowest", "all"))
        if kept:
            group["keep"] = kept
        total = functools.reduce(Term.plus, terms)
        if kept in ("highest", "lowest"):
            total = functools.reduce(Term.union, terms)
        if self.has("times", 2) or self.chance(4):
            total = self.times(at, group, total, side)
        if not total.fits:
            return None
        return self.held(at, group, total, side)

    def elsewhere(self, node: Draft) -> Draft | None:
        """Draw another node to post to, whose rules come later."""
        rows = node.rows
        found = [
            each
            for each in self.waiting
            if each is not node
            and each.rows is rows
            and each.parent is not None
            and each is not rows
        ]
        if rows is None and self.chance(3):
            found = [each for each in self.waiting if each.parent is None and each is not node]
        return self.one(found) if found else None

    def post(
        self, node: Draft, to: Draft, rule: Node, verb: str, amount: Term, running: Term
    ) -> Made | None:
        """Post an amount to another node."""
        if asks_all(rule) or not amount.fits or amount.over > 1 or amount.unit > 1000:
            return None
        rule["to"] = to.id
        if verb == "bonus":
            if not to.lands and not self.rises(to, amount):
                return None
            if to.lands:
                to.incoming.append(amount)
            else:
                to.passed.append(amount)
        else:
            sign = Term("", *((-1, 0) if verb == "deduct" else (0, 1)))
            to.incoming.append(amount.times(Term("", Fraction(sign.low), Fraction(sign.high))))
        return rule, running

    def rises(self, node: Draft, amount: Term) -> bool:
        """Say whether a bonus stays small on all of its way up."""
        way, above = amount, node
        while above.parent is not None:
            way = way.times(self.worth_of(above))
            if above.table_rows and above.table is not None:
                way = way.times(Term("", Fraction(0), Fraction(above.table.size[1])))
            above = above.parent
        return way.fits and way.unit <= 10**6 and way.over == 1

    def bonus(self, node: Draft, rule: Node, amount: Term, running: Term) -> Made | None:
        """Post a bonus here or on its way up, where it stays small on all of it."""
        if node.lands:
            return rule, running.plus(amount)
        if not self.rises(node, amount):
            return None
        node.passed.append(amount)
        return rule, running

    def annotate(self, body: Node) -> None:
        """Write the texts of a rule or a gate."""
        if not self.chance(4):
            return
        number = self.next_number()
        texts = {"id": f"r{number}", "says": self.text(), "source": self.text()}
        texts |= {"reason": self.one(("R-1", "R-2"))}
        texts |= {"provenance": self.one(("source", "illustrative"))}
        for key in texts:
            if self.chance(2):
                body[key] = texts[key]

    # Grades

    def grade(self, node: Draft) -> None:
        """Write the grades and gates of a node."""
        size = 1 + self.pick(5)
        top = node.scale or Fraction(10)
        key = self.one(("from", "up_to")) if not self.monotone else "from"
        shares = [Fraction(s) for s in ("0.9", "0.8", "0.7", "0.6", "1/3", "0")][:size]
        shares = shares if key == "from" else shares[::-1]
        unrated = self.chance(3)
        named = self.one(("stars", "grade", "both"))
        grades: list[Node] = []
        for place, share in enumerate(shares):
            grade: Node = {}
            if named != "grade":
                grade["stars"] = self.one((size - place, str(size - place)))
            if named != "stars":
                grade["grade"] = f"{self.one(('档', 'level_'))}{place}"
            if unrated or place < size - 1:
                extra = "none" if not self.chance(4) else self.one(("when", "minima", "maxima"))
                if extra != "when" or self.chance(2):
                    grade[key] = write(top * share)
                self.condition(node, grade, extra)
            if self.chance(6):
                grade["title"] = self.text()
            if self.chance(8):
                grade |= {"source": self.text(), "provenance": "source"}
            grades.append(grade)
        node.body["grades"] = grades
        if unrated:
            node.body["otherwise"] = "unrated"
        gates = [self.gate(node, grades) for _ in range(self.one((0, 1, 2, 3)))]
        gates = [each for each in gates if each]
        if gates:
            node.body["gates"] = gates
        if named != "grade":
            node.stars = Term("", Fraction(1), Fraction(size))
        node.unrated = unrated or any("unrated" in gate for gate in gates)

    def condition(self, node: Draft, grade: Node, extra: str) -> None:
        """Write a further condition of a grade."""
        at = self.at(node, in_rows=False)
        if extra == "when":
            grade["when"] = self.truth(at, GOOD if self.monotone else ANY, 1)
        elif extra != "none":
            extra = "minima" if self.monotone else extra
            mark = write(Fraction(self.one(("1", "0.5", "2", "6", "1/3"))))
            within = [each for each in list(node.walk())[1:] if each.rows in (None, each)]
            if within and self.chance(2):
                named = {self.one(within).id: mark for _ in range(1 + self.pick(2))}
                grade[extra] = named
            elif node.children and not node.table_rows and node.rows is None:
                grade[extra] = mark

    def gate(self, node: Draft, grades: list[Node]) -> Node:
        """Draw one gate; in a monotone rubric, what is better never makes it hold down more."""
        at = self.at(node, in_rows=False)
        target = self.target(grades)
        kinds = (
            ("at_most", "step", "unrated")
            if self.monotone
            else ("at_most", "step", "grade", "unrated")
        )
        kind = self.one(kinds)
        step = self.one((-1, 1, "-2", 2))
        gate: Node = {kind: {"step": step, "unrated": self.one(TEXTS)}.get(kind, target)}
        side = GOOD if kind == "step" and int(step) > 0 else BAD
        side = side if self.monotone else ANY
        if kind == "at_most" and self.has("gates", 2) and "stars" in grades[0]:
            gate[kind] = self.most(at)
        if kind == "step" and self.has("gates", 2):
            per = [
                each
                for each in self.certain(at, side, ("count",))
                if each.panel is None and each.term.high <= 100
            ]
            if per:
                gate["per"] = self.reference(at, self.one(per))
        if kind == "step" and self.has("gates", 2):
            gate["clamp"] = "once"
        if not self.chance(6):
            gate["when"] = self.truth(at, side, 1)
        if self.chance(4):
            gate["unless"] = self.truth(at, against(side), 1)
        self.annotate(gate)
        return gate

    def target(self, grades: list[Node]) -> str | int:
        """Draw a grade of a list, by its name or its stars."""
        at = self.one(grades)
        if "stars" in at and ("grade" not in at or self.chance(2)):
            stars: str | int = at["stars"]
            return stars
        name: str = at["grade"]
        return name

    def most(self, at: At) -> str:
        """Draw the most stars that a gate leaves, as an expression."""
        if self.chance(2):
            return f"history.{LAST_STARS} + 1"
        graded = [self.starred(at, ANY) for _ in range(2)]
        texts = [each.text for each in graded if each is not None]
        if texts and self.chance(2):
            return f"min({', '.join(texts)}, 4)"
        term = self.numeric(at, GOOD if self.monotone else ANY, 1)
        return f"max({term.text}, 1)"

    # The whole

    def ruled(self, root: Draft) -> None:
        """Write the rules and grades of a whole rubric."""
        self.waiting = list(root.walk())
        self.settle(root)
        self.done = [each for each in root.walk() if each.rows in (None, each)]
        if self.must_grade or self.chance(2):
            self.grade(root)
        assert root.id == ROOT
