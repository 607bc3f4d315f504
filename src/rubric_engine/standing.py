"""What may be doubted of grades and gates, and what is plain from the rubric as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

from rubric_engine.amounts import Bands, Tiers
from rubric_engine.box import Bound, Box, Cone, is_surely
from rubric_engine.claims import Claim
from rubric_engine.doubts import Doubt, apart, grows, same_rules, sure_truth, tier_ranges
from rubric_engine.exact import number_text
from rubric_engine.fields import Count, Number, Range, Rows, Share, Text
from rubric_engine.gating import Grading
from rubric_engine.graph import FOLDS, Op, Value, reachable
from rubric_engine.lower import Lowered, LoweredNode, Lowering
from rubric_engine.model import Item, Rubric
from rubric_engine.policies import Award, Bonus, Deduct, Group, Policy, Posting
from rubric_engine.search import Search
from rubric_engine.symbols import Truth
from rubric_engine.tree import Place

__all__ = ["condition_tiers", "doubts_of_grades", "plain_claims", "unused"]


def doubts_of_grades(lowering: Lowering) -> Iterator[Doubt]:
    """Yield what may be doubted of the grades and gates of every node."""
    for node in lowering.done.values():
        if node.grading and node.place.table is None:
            yield from _of_grades(lowering, node)
            yield from _of_gates(lowering, node)


def _of_grades(lowering: Lowering, node: LoweredNode) -> Iterator[Doubt]:
    graph, place = lowering.graph, node.place
    final = node.grading[-1].after
    for number, grade in enumerate(place.node.grades):
        path = f"{place.path}.grades[{number}]"
        reached = Truth(graph, graph.equal(final, graph.constant(number)))
        yield Doubt(
            sure_truth(reached),
            "unreachable-grade",
            path,
            about=grade.name,
            reached="grade-reached",
            aim=(place.id, number),
        )
        extra = (grade.when, grade.minima, grade.maxima)
        if any(each is not None for each in extra):
            problems, demands = list(lowering.problems), list(lowering.demands)
            condition = Grading(lowering, place, []).condition(number, f"{place.path}.grades", {})
            lowering.problems, lowering.demands = problems, demands
            key = next(k for k in ("when", "minima", "maxima") if getattr(grade, k) is not None)
            where = f"{path}.{key}"
            yield Doubt(sure_truth(condition), "impossible-condition", where, about=grade.name)


def _of_gates(lowering: Lowering, node: LoweredNode) -> Iterator[Doubt]:
    graph, gates = node.score.graph, node.place.node.gates
    once = [each.clamp == "once" and each.step is not None for each in gates]
    before = node.grading[0].after
    for step in node.grading[1:]:
        if step.gate is not None:
            moves = Truth(graph, graph.negate(graph.equal(before, step.after)))
            path = f"{node.place.path}.gates[{step.gate}]"
            if all(once[step.gate : step.gate + 2]) and step.gate + 1 < len(gates):
                # What is clamped away here may still weigh against the next step.
                scope = lowering.live_scope(node.place, path)
                moves = scope.holds(gates[step.gate].when, gates[step.gate].unless)
            yield Doubt(sure_truth(moves), "idle-gate", path)
        before = step.after


# what is plain


def plain_claims(lowering: Lowering, lowered: Lowered) -> Iterator[Claim]:
    """Yield what is seen without looking at any sheet."""
    for node in lowered.nodes:
        place = node.place
        if place.folds:
            continue
        yield from _proved(lowered, place)
        yield from _of_rules(lowering, place)
    yield from _titles(lowered.rubric)
    largest = max(
        (max(abs(v.interval.low), abs(v.interval.high)) for v in lowered.graph.since(0)), default=0
    )
    bits = str(largest.bit_length())
    yield Claim("exact-integers", "proved", "$", facts=(("bits", bits),))


def _proved(lowered: Lowered, place: Place) -> Iterator[Claim]:
    if place.children and place.combine == "sum" and place.scale is not None:
        scale = number_text(place.scale)
        yield Claim("points-add-up", "proved", place.path, place.id, (("points", scale),))
    if place.node.grades:
        count = str(len(place.node.grades))
        yield Claim("grades-in-order", "proved", f"{place.path}.grades", facts=(("grades", count),))
    node = place.node
    if not isinstance(node, Rubric) and node.methods and not node.evidence and not place.row:
        yield Claim("unused-methods", "suspect", f"{place.path}.methods", place.id)


def _of_rules(lowering: Lowering, place: Place) -> Iterator[Claim]:
    rules = place.node.rules
    path = f"{place.path}.rules"
    for number, first in same_rules(rules):
        facts = (("first", f"rules[{first}]"),)
        yield Claim("same-rule", "suspect", f"{path}[{number}]", facts=facts)
    for number, rule in enumerate(rules):
        where = f"{path}[{number}]"
        if isinstance(place.node, Item) and place.scale is not None:
            yield from _too_large(rule, where, place.scale)
        if _is_bonus(rule) and grows(rule) and not _capped_above(lowering, place):
            yield Claim("bonus-without-cap", "suspect", where)
        yield from _within(rule, where)


def _is_bonus(rule: Policy) -> bool:
    return isinstance(rule, Bonus) or (isinstance(rule, Group) and rule.verbs == {"bonus"})


def _capped_above(lowering: Lowering, place: Place) -> bool:
    """Say whether a bonus meets a cap on its way, or a ceiling of the whole that is stated."""
    at: Place | None = place
    if isinstance(lowering.rubric.clip, Fraction):
        return True
    while at is not None:
        if at.node.bonus_up_to is not None:
            return True
        if at.lands:
            return False
        at = None if at.parent is None else lowering.places[at.parent]
    return False


def _within(rule: Policy, path: str) -> Iterator[Claim]:
    """Yield what is plain of a rule and of its members."""
    if isinstance(rule, Group):
        if len(rule.members) == 1 and rule.keep in ("highest", "lowest"):
            yield Claim("single-member", "suspect", path)
        for number, first in same_rules(rule.members):
            facts = (("first", f"group[{first}]"),)
            yield Claim("same-rule", "suspect", f"{path}.group[{number}]", facts=facts)
        for number, member in enumerate(rule.members):
            yield from _within(member, f"{path}.group[{number}]")
    if isinstance(rule, Posting):
        for code, one, two, interval in apart(tier_ranges(rule.amount)):
            told = (("tiers", f"{one}, {two}"), ("interval", interval))
            yield Claim(code, "suspect", f"{path}.{rule.verb}", facts=told)


def _too_large(rule: Policy, path: str, scale: Fraction) -> Iterator[Claim]:
    if isinstance(rule, Group):
        for number, member in enumerate(rule.members):
            yield from _too_large(member, f"{path}.group[{number}]", scale)
    if not isinstance(rule, Deduct | Award) or rule.to is not None or rule.up_to is not None:
        return
    amount = max(_stated(rule), default=Fraction(0))
    if amount > scale and rule.ratio is None and rule.times is None:
        facts = (("amount", number_text(amount)), ("points", number_text(scale)))
        yield Claim("larger-than-item", "suspect", f"{path}.{rule.verb}", facts=facts)


def _stated(rule: Posting) -> Iterator[Fraction]:
    """Yield the amounts that a rule states as numbers."""
    stated = rule.amount
    listed: Iterable[object] = (stated,)
    if isinstance(stated, Tiers):
        listed = (*(tier for _, tier in stated.values), stated.otherwise)
    elif isinstance(stated, Bands):
        listed = (each for _, each in stated.edges)
    for each in listed:
        if isinstance(each, Fraction):
            yield each
        elif isinstance(each, Range) and each.high is not None:
            yield each.high


def _titles(rubric: Rubric) -> Iterator[Claim]:
    """Yield nodes that have the title of an earlier sibling."""
    waiting: list[tuple[Rubric | object, str]] = [(rubric, "$")]
    while waiting:
        node, path = waiting.pop()
        seen: dict[object, str] = {}
        for key in ("indicators", "items"):
            for number, child in enumerate(getattr(node, key, ())):
                where = f"{path}.{key}[{number}]"
                waiting.append((child, where))
                if child.title is None:
                    continue
                if child.title in seen:
                    facts = (("first", seen[child.title]),)
                    yield Claim("same-title", "suspect", f"{where}.title", child.id, facts)
                seen.setdefault(child.title, child.id)


def unused(lowering: Lowering, lowered: Lowered) -> Iterator[Claim]:
    """Yield the fields and columns that no score, bonus, grade or figure rests on."""
    roots: list[Value] = []
    for node in lowered.nodes:
        roots += [node.score.value, *(each.asked.value for each in node.bonuses)]
        roots += [each.value for each in _states(node)]
        roots += [] if node.score.over is None else [node.score.over]
        roots += [step.after for step in node.grading]
    for figure in lowered.figures:
        among = None if figure.among is None else figure.among.value
        parts = (figure.number.value, figure.within, among)
        roots += [each for each in parts if each is not None]
    values = reachable(roots)
    inputs = {each.data[0] for each in values if each.op is Op.INPUT}
    tables = {each.data[0] for each in values if each.op in FOLDS}
    paths = {each.place.id.removesuffix("[]"): each.place.path for each in lowered.nodes}
    for each in lowered.fields:
        if isinstance(each.field, Text):
            continue
        path = f"$.given.{each.path}" if each.given else f"{paths[each.node]}.evidence.{each.name}"
        own = set(range(each.first, each.first + len(each.inputs)))
        if each.table is not None and isinstance(each.field, Rows):
            # Whether a table is there may say whether its node is assessed at all.
            if each.table not in tables and not own & inputs and each.there not in inputs:
                yield Claim("unused-field", "suspect", path, each.path)
                continue
            first = each.first
            for name, kind in each.field.columns:
                size = len(kind.inputs(""))
                if not set(range(first, first + size)) & inputs and not isinstance(kind, Text):
                    where = f"{path}.columns.{name}"
                    yield Claim("unused-field", "suspect", where, f"{each.path}.{name}")
                first += size
        elif not own & inputs:
            yield Claim("unused-field", "suspect", path, each.path)


def _states(node: LoweredNode) -> Iterator[Truth]:
    for truth in (node.applies, node.present, node.left, node.taken):
        if truth is not None:
            yield truth


# rules whose conditions are tiers of one number


def condition_tiers(lowering: Lowering, search: Search) -> Iterator[Claim]:
    """Yield rules of a node whose conditions overlap, or leave a gap, on one number.

    Conditions that lie one within the other add up, and nothing is said of them; nor of the
    middle that two rules leave free at the ends of a range.
    """
    for place in lowering.places.values():
        if place.folds or len(place.node.rules) < 2:
            continue
        found: dict[tuple[str, int], list[tuple[int, int, int]]] = {}
        for number, rule in enumerate(place.node.rules):
            if not isinstance(rule, Posting) or (rule.when is None and rule.unless is None):
                continue
            region = _region(lowering, search, place, number, rule)
            if region is not None:
                index, low, high = region
                found.setdefault((rule.verb, index), []).append((low, high, number))
        for (_, index), regions in found.items():
            yield from _neighbours(lowering, place, index, sorted(regions))


def _region(
    lowering: Lowering, search: Search, place: Place, number: int, rule: Posting
) -> tuple[int, int, int] | None:
    """Return the one interval of the one number in which a rule applies, with its input."""
    path = f"{place.path}.rules[{number}]"
    problems, demands = list(lowering.problems), list(lowering.demands)
    holds = lowering.scope(place, path).holds(rule.when, rule.unless)
    lowering.problems, lowering.demands = problems, demands
    if rule.each is not None:
        return None
    cone = Cone(lowering.graph, [holds.value])
    if len(cone.inputs) != 1 or len(cone.tables) > 0:
        return None
    (index,) = cone.inputs
    declared = lowering.graph.inputs[index]
    if declared.kind != "integer" or not _is_number(lowering, index):
        return None
    low, high = declared.interval.low, declared.interval.high
    cuts = [each for each in search.edges.get(index, ()) if low < each <= high]
    pieces = list(zip([low, *cuts], [*(each - 1 for each in cuts), high], strict=True))
    inside: list[tuple[int, int]] = []
    for start, end in pieces:
        bounds = cone.bounds(Box({index: Bound(start, end)}, {}))
        held = cone.of(bounds, holds.value)
        if is_surely(held, 1):
            if inside and inside[-1][1] == start - 1:
                start = inside.pop()[0]  # noqa: PLW2901 - the pieces are joined
            inside.append((start, end))
        elif not is_surely(held, 0):
            return None
    return (index, *inside[0]) if len(inside) == 1 else None


def _is_number(lowering: Lowering, index: int) -> bool:
    return any(
        each.first == index and isinstance(each.field, Count | Number | Share)
        for each in lowering.declared.fields
    )


def _neighbours(
    lowering: Lowering, place: Place, index: int, regions: list[tuple[int, int, int]]
) -> Iterator[Claim]:
    declared = lowering.graph.inputs[index]
    field = next(each.field for each in lowering.declared.fields if each.first == index)
    quanta = getattr(field, "quanta", 1)

    def told(code: str, one: int, two: int, low: int, high: int) -> Claim:
        ends = [number_text(Fraction(each, quanta)) for each in (low, high)]
        facts = (
            ("tiers", f"rules[{one}], rules[{two}]"),
            ("of", declared.name),
            ("interval", f"{ends[0]}..{ends[1]}"),
        )
        return Claim(code, "suspect", f"{place.path}.rules[{two}]", facts=facts)

    for (start, end, one), (low, high, two) in pairwise(regions):
        if low <= end < high and start < low:
            yield told("tiers-overlap", one, two, low, end)
        at_ends = start == declared.interval.low and high == declared.interval.high
        if low > end + 1 and not (at_ends and len(regions) == 2):
            yield told("tiers-gap", one, two, end + 1, low - 1)
