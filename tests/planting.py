"""Defects planted into rubrics, to see whether `check` finds them.

    python tests/planting.py [HOSTS] [SEED]

Each kind of defect is a node with something wrong in it, and its sound twin, in which nothing
is wrong at that place. Several are put into a host: a random rubric, or one that is shipped. A
defect is found if the report has its code at its path, with a sheet that shows it where one
belongs. What is said of the twin at that place is a false alarm.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from attrs import evolve, frozen
from hypothesis import HealthCheck, Phase, given, seed, settings

from contradicting import contradictions
from edge_sheets import edge_sheets
from rubric_engine import (
    Deduct,
    Flag,
    Indicator,
    InvalidEvidence,
    InvalidRubric,
    Item,
    Limit,
    Rubric,
    check,
    evaluate,
    load,
    loads,
)
from rubric_engine.claims import Report
from rubric_engine.evaluation import program_of
from rubric_engine.model import walk
from rubric_engine.scope import expression
from strategies import documents, to_text

SHIPPED = ("dongcheng-community", "port-canteen-hygiene-permit", "sf-food-safety", "uk-food-hygiene")
FIELDS = "{n: {type: count, range: 0..HIGH}, late: flag, f: flag}"


@frozen
class Defect:
    """A node that has a defect, its sound twin, and what is to be said of it."""

    code: str
    #: Where it stands, below the node.
    below: str
    bad: str
    good: str
    #: How many sheets show it, at least.
    shown: int = 0


Kind = Callable[[random.Random], Defect]
KINDS: dict[str, Kind] = {}


def kind(code: str, below: str, shown: int = 0) -> Callable[[Callable[..., tuple[str, str]]], Kind]:
    """Name a kind of defect; the function gives the bodies of the node and of its twin."""

    def named(made: Callable[..., tuple[str, str]]) -> Kind:
        def drawn(chance: random.Random) -> Defect:
            high, points = chance.randint(6, 30), chance.randint(5, 12)
            edge = chance.randint(2, high - 3)
            bad, good = (
                each.replace("HIGH", str(high)).replace("EDGE", str(edge)).replace("FULL", str(points))
                for each in made()
            )
            at = below.replace("HIGH", str(high)).replace("EDGE", str(edge))
            return Defect(code, at, f"points: {points}, {bad}", f"points: {points}, {good}", shown)

        KINDS[made.__name__.replace("_", " ")] = drawn
        return drawn

    return named


def item(*rules: str, more: str = "", evidence: str = FIELDS) -> str:
    """Write the body of an item."""
    return f"evidence: {evidence}, rules: [{', '.join(rules)}]{more}"


@kind("dead-rule", ".rules[1]")
def contradiction_of_a_field() -> tuple[str, str]:
    first = "{deduct: 1, per: n, up_to: 3}"
    return (
        item(first, "{deduct: 1, when: n > EDGE and n < EDGE}"),
        item(first, "{deduct: 1, when: n > 0 and n < EDGE}"),
    )


@kind("dead-rule", ".rules[1]")
def contradiction_of_two_fields() -> tuple[str, str]:
    two = "{n: {type: count, range: 0..HIGH}, m: {type: count, range: 0..HIGH}}"
    first = "{deduct: 1, when: n > m}"
    return (
        item(first, "{deduct: 1, when: n > m and m > n + 1}", evidence=two),
        item(first, "{deduct: 1, when: m > n + 1}", evidence=two),
    )


@kind("dead-rule", ".rules[1]")
def dead_by_range() -> tuple[str, str]:
    first = "{deduct: 1, when: late}"
    return item(first, "{deduct: 1, when: n > HIGH}"), item(first, "{deduct: 1, when: n >= HIGH}")


@kind("masked-rule", ".rules[1]", shown=1)
def masked_by_deduct_all() -> tuple[str, str]:
    first = "{deduct: all, when: late}"
    return (
        item(first, "{deduct: 1, when: late and n > EDGE}"),
        item(first, "{deduct: 1, when: f and n > EDGE}"),
    )


@kind("masked-rule", ".rules[1]", shown=1)
def masked_by_the_floor() -> tuple[str, str]:
    first = "{deduct: FULL, unless: f}"
    return (
        item(first, "{deduct: 1, per: n, unless: f}"),
        item(first, "{deduct: 1, per: n, when: f}"),
    )


@kind("dead-rule", ".rules[0].group[1]")
def masked_in_a_group() -> tuple[str, str]:
    return (
        item("{group: [{deduct: 3, when: late}, {deduct: 2, when: late and f}], keep: highest}"),
        item("{group: [{deduct: 2, when: late}, {deduct: 3, when: late and f}], keep: highest}"),
    )


@kind("loose-cap", ".rules[0].up_to")
def loose_cap() -> tuple[str, str]:
    return (
        item("{deduct: 0.1, per: n, up_to: HIGH / 10 + 1}"),
        item("{deduct: 0.1, per: n, up_to: HIGH / 10 - 0.1}"),
    )


@kind("loose-cap", ".rules[1]")
def loose_limit() -> tuple[str, str]:
    first = "{deduct: 1, when: late}"
    return item(first, "{limit: 0..FULL}"), item("{deduct: 1, per: n}", "{limit: 2..FULL}")


@kind("tiers-gap", ".rules[0].deduct")
def gap_between_ranges() -> tuple[str, str]:
    judged = "{c: {type: choice, values: [light, heavy]}, p: {type: amount, range: 1..5}}"
    return (
        item("{deduct: {light: 1..2, heavy: 3..5}, by: c, judged: p}", evidence=judged),
        item("{deduct: {light: 1..2, heavy: 2..5}, by: c, judged: p}", evidence=judged),
    )


@kind("tiers-overlap", ".rules[0].deduct")
def overlap_of_ranges() -> tuple[str, str]:
    judged = "{c: {type: choice, values: [light, heavy]}, p: {type: amount, range: 1..5}}"
    return (
        item("{deduct: {light: 1..3, heavy: 2..5}, by: c, judged: p}", evidence=judged),
        item("{deduct: {light: 1..3, heavy: 3..5}, by: c, judged: p}", evidence=judged),
    )


@kind("tiers-gap", ".rules[1]")
def gap_between_conditions() -> tuple[str, str]:
    return (
        item("{deduct: 1, when: 0 < n < EDGE}", "{deduct: 2, when: n > EDGE}"),
        item("{deduct: 1, when: 0 < n <= EDGE}", "{deduct: 2, when: n > EDGE}"),
    )


@kind("tiers-overlap", ".rules[1]")
def overlap_of_conditions() -> tuple[str, str]:
    return (
        item("{deduct: 1, when: 0 < n <= EDGE}", "{deduct: 2, when: n >= EDGE}"),
        item("{deduct: 1, when: 0 < n < EDGE}", "{deduct: 2, when: n >= EDGE}"),
    )


@kind("unreachable-tier", ".rules[0].award.from 40")
def unreachable_band() -> tuple[str, str]:
    # A count of 30 at the most.
    return (
        item("{award: {from 40: 3, from EDGE: 2}, by: n}"),
        item("{award: {from 40: 3, from EDGE: 2}, by: 10 * n}"),
    )


@kind("unreachable-tier", ".rules[0].deduct.b")
def unreachable_tier() -> tuple[str, str]:
    chosen = "{c: {type: choice, values: [a, b, d]}}"
    return (
        item("{deduct: {a: 1, b: 2, d: 3}, by: c, when: c != b}", evidence=chosen),
        item("{deduct: {a: 1, b: 2, d: 3}, by: c, when: c != a}", evidence=chosen),
    )


@kind("unreachable-tier", ".rules[0].times.n > HIGH")
def unreachable_multiplier() -> tuple[str, str]:
    return (
        item("{deduct: 1, when: late, times: {n > HIGH: 2, f: 3}}"),
        item("{deduct: 1, when: late, times: {n > EDGE: 2, f: 3}}"),
    )


GRADES = ", grades: [{grade: a, from: TOP}, {grade: b}]"


@kind("unreachable-grade", ".grades[0]")
def grade_out_of_points() -> tuple[str, str]:
    rules = ("{deduct: 0.5}", "{deduct: 1, when: late}")
    return (
        item(*rules, more=GRADES.replace("TOP", "FULL - 0.4")),
        item(*rules, more=GRADES.replace("TOP", "FULL - 0.5")),
    )


@kind("unreachable-grade", ".grades[1]")
def grade_between_scores() -> tuple[str, str]:
    grades = ", grades: [{grade: a, from: 4}, {grade: b, from: TOP}, {grade: c}]"
    rules = ("{award: 2, when: late}", "{award: 2, when: f}")
    return (
        item(*rules, more=grades.replace("TOP", "3")),
        item(*rules, more=grades.replace("TOP", "2")),
    )


@kind("unreachable-grade", ".grades[0]")
def grade_by_condition_and_cut() -> tuple[str, str]:
    grades = ", grades: [{grade: a, from: 4, when: WHEN}, {grade: b}]"
    rule = "{deduct: FULL - 3, when: late}"
    return item(rule, more=grades.replace("WHEN", "late")), item(rule, more=grades.replace("WHEN", "f"))


@kind("impossible-condition", ".grades[0].when")
def condition_against_its_cut() -> tuple[str, str]:
    grades = ", grades: [{grade: a, from: 4, when: WHEN}, {grade: b}]"
    rule = "{deduct: FULL - 3, when: n > EDGE}"
    return (
        item(rule, more=grades.replace("WHEN", "n > EDGE + 1")),
        item(rule, more=grades.replace("WHEN", "n > EDGE - 1")),
    )


@kind("idle-gate", ".gates[0]")
def idle_gate() -> tuple[str, str]:
    grades = ", grades: [{grade: a, from: 4}, {grade: b}], gates: [{at_most: b, when: WHEN}]"
    rule = "{deduct: FULL - 3, when: late}"
    return item(rule, more=grades.replace("WHEN", "late")), item(rule, more=grades.replace("WHEN", "f"))


@kind("repair-hurts", ".evidence.n", shown=4)
def repair_hurts() -> tuple[str, str]:
    return (
        item("{deduct: 1, per: n, up_to: 4}", "{award: 2, when: n > EDGE}", more=", start: full"),
        item("{deduct: 1, per: n, up_to: 4}", "{award: 2, when: f}", more=", start: full"),
    )


@kind("larger-than-item", ".rules[0].deduct")
def larger_than_item() -> tuple[str, str]:
    return item("{deduct: FULL.5, when: late}"), item("{deduct: FULL, when: late}")


@kind("bonus-without-cap", ".rules[1]")
def bonus_without_cap() -> tuple[str, str]:
    first = "{award: 1, when: late}"
    return item(first, "{bonus: 0.1, per: n}"), item(first, "{bonus: 0.1, per: n, up_to: 1}")


@kind("single-member", ".rules[0]")
def group_of_one() -> tuple[str, str]:
    return (
        item("{group: [{deduct: 1, when: late}], keep: highest}"),
        item("{group: [{deduct: 1, when: late}, {deduct: 2, when: f}], keep: highest}"),
    )


@kind("unused-field", ".evidence.n")
def unused_field() -> tuple[str, str]:
    return item("{deduct: 1, when: late}"), item("{deduct: 1, when: late}", "{deduct: 1, per: n}")


@kind("same-rule", ".rules[1]")
def same_rule() -> tuple[str, str]:
    rule = "{deduct: 0.5, when: n > EDGE}"
    return item(rule, rule), item(rule, "{deduct: 0.5, when: n > EDGE + 1}")


@kind("order-matters", ".rules[0]", shown=1)
def order_of_two_rules() -> tuple[str, str]:
    rule = "{deduct: 0.1, per: n}"
    return item("{multiply: 0.5, when: late}", rule), item("{deduct: 1, when: late}", rule)


@kind("idle-points", "")
def idle_points() -> tuple[str, str]:
    inner = "items: [{id: IDa, points: FULL, evidence: {x: flag}, rules: [{deduct: 1, when: x}]}]"
    return f"{inner}, rules: [{{set: 3}}]", f"{inner}, rules: [{{set: 3, when: IDa.x}}]"


@kind("full-marks-out-of-reach", "")
def full_marks_out_of_reach() -> tuple[str, str]:
    first = "{deduct: 0.5, when: late}"
    return (
        item(first, "{deduct: 1, unless: n > EDGE and n < EDGE}"),
        item(first, "{deduct: 1, unless: n > EDGE}"),
    )


@kind("always-applies", ".rules[0].when")
def always_true() -> tuple[str, str]:
    return (
        item("{deduct: 0.1, per: n, when: n > EDGE or n <= EDGE}"),
        item("{deduct: 0.1, per: n, when: n > EDGE or f}"),
    )


@kind("never-lost", "")
def never_lost() -> tuple[str, str]:
    return item("{deduct: 1, when: n > HIGH}"), item("{deduct: 1, when: n >= HIGH}")


@kind("never-earned", "")
def never_earned() -> tuple[str, str]:
    return item("{award: 1, when: n > HIGH}"), item("{award: 1, when: n >= HIGH}")


@kind("unused-methods", ".methods")
def methods_without_a_field() -> tuple[str, str]:
    return (
        "methods: [report], start: full",
        f"methods: [report], {item('{deduct: 1, when: late}')}",
    )


@kind("same-title", ".title")
def same_title() -> tuple[str, str]:
    same = "title: planted as well, start: full"
    return f"{same}, SECOND", same


@kind("wrong: too-fine", ".rules[0]")
def overflow() -> tuple[str, str]:
    wide = "{n: {type: number, range: 0..9999, places: 6}, m: {type: number, range: 0..9999, places: 6}}"
    return (
        item("{award: n * m * n / 7, when: m > 1}", evidence=wide),
        item("{award: n / 7, when: m > 1}", evidence=wide),
    )


@kind("total-out-of-range", "$", shown=1)
def total_below_zero() -> tuple[str, str]:
    return "LOW", "HIGHER"


@frozen
class Planted:
    """A defect in a rubric."""

    kind: str
    defect: Defect
    rubric: Rubric
    path: str


def node_of(body: str, name: str) -> Item | Indicator:
    """Return a node with this body."""
    text = f"{{id: {name}, {body}}}".replace("IDa", f"{name}a").replace(", SECOND", "")
    key = "indicators" if "items:" in text else "items"
    for sign in (" - 0.4", " - 0.5", " - 3"):
        text = reckoned(text, sign)
    rubric = loads(f"rubric: x\n{key}: [{text}]\n")
    made: Item | Indicator = getattr(rubric, key)[0]
    return made


def reckoned(text: str, sign: str) -> str:
    """Work out the cuts that are written as differences; a file has only numbers there."""
    while (at := text.find(sign)) > 0:
        begin = at
        while text[begin - 1].isdigit():
            begin -= 1
        number = Fraction(text[begin:at]) - Fraction(sign.replace(" - ", ""))
        shown = str(number) if number.denominator == 1 else str(float(number))
        text = text[:begin] + shown + text[at + len(sign) :]
    return text


def summing(rubric: Rubric) -> list[str]:
    """Return the paths of the nodes to which a node with points can be added."""
    found: list[str] = []
    closed: set[str] = set()
    for node, path, parent in walk(rubric):
        if parent in closed or getattr(node, "each", None) or getattr(node, "applies_to", ()):
            closed.add(node.id)
        elif not isinstance(node, Item) and node.combine in (None, "sum"):
            found.append(path)
    return found


def added(rubric: Rubric, path: str, node: Item | Indicator) -> tuple[Rubric, str]:
    """Return a rubric with one more node, worth its points, and the path of the node."""
    steps = [
        (key, int(place))
        for key, _, place in (
            each.rstrip("]").partition("[") for each in path.removeprefix("$.").split(".") if each != "$"
        )
    ]
    points = Fraction(str(node.points))
    key = "indicators" if isinstance(node, Indicator) else "items"

    def grown(at: Any, way: Sequence[tuple[str, int]]) -> tuple[Any, bool]:
        """Return a node with the new one below it, and whether it is worth more itself."""
        if way:
            (word, place), *rest = way
            children = list(getattr(at, word))
            children[place], more = grown(children[place], rest)
            changes: dict[str, Any] = {word: tuple(children)}
        else:
            changes, more = {key: (*getattr(at, key), node)}, True
        if more and at.combine in (None, "sum"):
            for name in ("out_of", "total", "points"):
                stated = getattr(at, name, None)
                if isinstance(stated, Fraction):
                    changes[name] = stated + points
                    more = name == "points"
                    break
            if isinstance(getattr(at, "clip", None), Fraction):
                changes["clip"] = at.clip + points
        return evolve(at, **changes), more

    made, _ = grown(rubric, steps)
    at = made
    for word, number in steps:
        at = getattr(at, word)[number]
    place = len(getattr(at, key)) - 1
    return made, f"{path}.{key}[{place}]"


def planted(
    rubric: Rubric, name: str, chance: random.Random, number: int, *, good: bool = False
) -> Planted | None:
    """Return a rubric with a defect, or with its twin, or None where it has no place for it."""
    defect, ident = KINDS[name](chance), f"planted{number}"
    if name == "total below zero":
        return below_zero(rubric, defect, ident, good=good)
    body = defect.good if good else defect.bad
    overflows = name == "overflow" and not good
    if overflows:
        wide = node_of(defect.good, ident)
        assert isinstance(wide, Item)
        formula = expression("n * m * n / 7")
        made: Item | Indicator = evolve(wide, rules=(evolve(wide.rules[0], amount=formula),))
    else:
        made = node_of(body, ident)
    places = summing(rubric)
    for path in chance.sample(places, len(places)):
        whole, at = added(rubric, path, made)
        if "SECOND" in body:
            whole, at = added(whole, path, evolve(made, id=f"{ident}b"))
        codes = problems(whole)
        if not codes or (overflows and codes == {"too-fine"}):
            where = at if name != "idle points" else f"{at}.items[0]"
            return Planted(name, defect, whole, f"{where}{defect.below}")
    return None


def problems(rubric: Rubric) -> set[str]:
    """Return the codes of what is wrong with a rubric."""
    try:
        program_of(rubric)
    except InvalidRubric as error:
        return {each.code for each in error.problems}
    return set()


def below_zero(rubric: Rubric, defect: Defect, name: str, *, good: bool) -> Planted | None:
    """Return a rubric with a last rule that takes more than all there is."""
    if rubric.combine not in (None, "sum") or any(isinstance(each, Limit) for each in rubric.rules):
        return None
    # What comes before may add to the total: a thousand times as much is more.
    whole = program_of(rubric).lowered.nodes[0].score
    amount = Fraction(int(whole.high) + 1) if not good else Fraction(0)
    rule = Deduct(amount, when=name)
    if not good or whole.low >= 0:
        made = evolve(rubric, evidence=(*rubric.evidence, (name, Flag())), rules=(*rubric.rules, rule))
        if not problems(made):
            return Planted("total below zero", defect, made, "$")
    return None


def judged(each: Planted, report: Report) -> str:
    """Say whether a defect was found, missed or left undecided."""
    if each.defect.code.startswith("wrong: "):
        code = each.defect.code.removeprefix("wrong: ")
        node = each.path.rpartition(".rules")[0]
        return "found" if any(w.code == code and w.path.startswith(node) for w in report.wrong) else "missed"
    claims = report.of(each.defect.code, each.path)
    if not claims and not has_effect(each):
        return "without effect"
    if not claims:
        other = report.of("dead-rule" if each.defect.code == "masked-rule" else "direction", each.path)
        return "undecided" if any(e.verdict == "undecided" for e in other) else "missed"
    (claim,) = claims
    if claim.verdict == "undecided":
        return "undecided"
    if len(claim.witnesses) < each.defect.shown:
        return "without a sheet"
    for witness in claim.witnesses:
        try:
            evaluate(each.rubric, witness.evidence)
        except InvalidEvidence:
            return "without a sheet"
    return "found"


def has_effect(each: Planted) -> bool:
    """Say whether a defect is one in this host: some hold the total, whatever lies below.

    By evaluating sheets, not by what the checker says.
    """
    if each.kind == "bonus without cap":
        capped = any(node.bonus_up_to is not None for node in each.rubric.nodes())
        return not capped and not isinstance(each.rubric.clip, Fraction)
    if each.kind != "repair hurts":
        return True
    name = next(node.id for node, path, _ in walk(each.rubric) if f"{path}.evidence.n" == each.path)
    rises: set[bool] = set()
    for sheet in edge_sheets(each.rubric, 30):
        totals = []
        for number in range(31):
            raised = {**sheet, name: {**sheet.get(name, {}), "n": number}}
            try:
                totals.append(evaluate(each.rubric, raised).exact)
            except InvalidEvidence:
                break
        rises |= {after > before for before, after in pairwise(totals) if after != before}
    return len(rises) == 2


def experiment(
    host: Rubric, names: Sequence[str], chance: random.Random, *, good: bool = False
) -> Iterator[tuple[str, str]]:
    """Plant several defects, or their twins, side by side; yield each with what became of it."""
    whole = host
    done: list[Planted] = []
    for number, name in enumerate(names):
        if name == "overflow" and not good:
            alone = planted(host, name, chance, number)
            if alone is not None:
                yield name, judged(alone, check(alone.rubric))
            continue
        each = planted(whole, name, chance, number, good=good)
        if each is not None:
            whole = each.rubric
            done.append(each)
    report = check(whole)
    assert report.wrong == (), report.wrong
    for each in done:
        told = judged(evolve(each, rubric=whole), report)
        if good:
            spoken = report.of(each.defect.code, each.path)
            told = "false alarm" if any(e.verdict != "undecided" for e in spoken) else "silent"
        yield each.kind, told


def hosts(count: int, start: int) -> Iterator[Rubric]:
    """Yield random rubrics in which something can be planted."""
    found: list[Rubric] = []

    @seed(start)
    @settings(
        max_examples=2 * count + 10,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(documents(max_depth=2))
    def drawn(document: Any) -> None:
        if len(found) < count:
            try:
                rubric = loads(to_text(document))
            except InvalidRubric:
                return
            rules = sum(len(node.rules) for node in rubric.nodes())
            if summing(rubric) and 0 < rules <= 12:
                found.append(rubric)

    drawn()
    yield from found


def trials(
    count: int, start: int, *, together: int, shipped: Sequence[str] = SHIPPED
) -> tuple[Counter[tuple[str, str]], int, int]:
    """Plant in so many random hosts, and in those shipped.

    Returns what became of each kind, how many claims were made of the hosts themselves, and
    how many of them a sheet contradicted.
    """
    chance = random.Random(start)
    told: Counter[tuple[str, str]] = Counter()
    claims = broken = 0
    every = [load(each) for each in shipped] + list(hosts(count, start))
    for host in every:
        report = check(host)
        claims += len(report.claims)
        broken += len(contradictions(host, report, edge_sheets(host, 100)))
        names = chance.sample(list(KINDS), together)
        told.update(experiment(host, names, chance))
        told.update((name, each) for name, each in experiment(host, names, chance, good=True))
    return told, claims, broken


def table(told: Counter[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of a table of what became of each kind."""
    columns = (
        *("found", "missed", "undecided", "without a sheet", "without effect"),
        *("silent", "false alarm"),
    )
    yield "| defect | code | " + " | ".join(columns) + " |"
    yield "|---" * (len(columns) + 2) + "|"
    for name, made in KINDS.items():
        code = made(random.Random(1)).code
        counts = [str(told[name, each]) for each in columns]
        yield f"| {name} | `{code}` | " + " | ".join(counts) + " |"
    sums = [str(sum(n for (_, what), n in told.items() if what == each)) for each in columns]
    yield "| all | | " + " | ".join(sums) + " |"


def main() -> None:
    """Print the table for as many hosts as were asked for."""
    asked = [int(each) for each in sys.argv[1:]]
    count, start = (*asked, *(200, 1)[len(asked) :])[:2]
    told, claims, broken = trials(count, start, together=8)
    own = f"{claims} claims of the hosts themselves, {broken} contradicted by a sheet"
    sys.stdout.write("\n".join([*table(told), own, ""]))


if __name__ == "__main__":
    main()
