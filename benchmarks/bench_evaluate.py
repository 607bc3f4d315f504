"""How long one sheet of the card takes, against a loop by hand and against other engines.

Claims: `evaluate` takes at most 3 times the loop (aimed at: 2), and with `.ledger` read at
most 8 times what `evaluate` takes; its steps work out their numbers when they are looked at,
which has a row of its own and no target. The loop checks nothing; `evaluate` checks every finding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import card
from report import Claim, Report, interleaved

from rubric_engine import Rubric, evaluate, loads

_COMPARED = 300
_TIMED = 100
_ROUNDS = 15
_LOOP = "loop"
_EVALUATE = "rubric_engine.evaluate"
_STARS = "  and read .stars"
_SCORE = "  and read .score and .stars"
_NODES = "  and read every node's score"
_LEDGER = "  and read .ledger"
_STEPS = "  and read all its steps say"
_EXPLAIN = "  and .explain()"
_AT_MOST_LOOPS = 3
_AT_MOST_LEDGER = 8


def with_stars(rubric: Rubric, sheet: card.Sheet) -> int | None:
    """Evaluate and read the stars."""
    return evaluate(rubric, sheet).stars


def with_score(rubric: Rubric, sheet: card.Sheet) -> card.Scored:
    """Evaluate and read the score and the stars."""
    result = evaluate(rubric, sheet)
    return int(result.score), result.stars or 0


def with_nodes(rubric: Rubric, sheet: card.Sheet) -> card.Scored:
    """Evaluate and read the score of every node."""
    result = evaluate(rubric, sheet)
    scores = result.scores
    return int(scores["total"]), result.stars or 0


def with_ledger(rubric: Rubric, sheet: card.Sheet) -> card.Scored:
    """Evaluate, and add up what the steps of the ledger took from the items."""
    result = evaluate(rubric, sheet)
    lost = sum(step.taken for step in result.ledger if step.node != "total")
    return card.POINTS * len(card.ITEMS) + int(lost), result.stars or 0


def read_ledger(rubric: Rubric, sheet: card.Sheet) -> object:
    """Evaluate and read the ledger."""
    return evaluate(rubric, sheet).ledger


def read_steps(rubric: Rubric, sheet: card.Sheet) -> object:
    """Evaluate and read every number, text and finding of the ledger."""
    steps = evaluate(rubric, sheet).ledger
    return [
        (each.node, each.text, each.asked, each.taken, each.before, each.after, each.findings)
        for each in steps
    ]


def read_explanation(rubric: Rubric, sheet: card.Sheet) -> str:
    """Evaluate and write out the reasons."""
    return evaluate(rubric, sheet).explain()


def assert_agreement(rubric: Rubric, engines: dict[str, card.Engine]) -> None:
    """Assert that all score alike, on sheets good and bad enough to reach all stars."""
    rates = (0.1, 0.25, 0.5)
    sheets = [
        sheet
        for place, rate in enumerate(rates)
        for sheet in card.sheets(_COMPARED // len(rates), rate, seed=place)
    ]
    own = {each.__name__: partial(each, rubric) for each in (with_score, with_nodes, with_ledger)}
    reached = set()
    for sheet in sheets:
        expected = card.loop(sheet)
        reached.add(expected[1])
        for name, engine in {**engines, **own}.items():
            scored = engine(sheet)
            if tuple(scored) != expected:
                msg = f"{name} gives {scored} where the loop gives {expected}"
                raise AssertionError(msg)
    if len(reached) < 4:
        msg = f"the sheets reach only the stars {sorted(reached)}"
        raise AssertionError(msg)


def run() -> Report:
    """Assert that all engines agree, then measure them."""
    rubric = loads(card.rubric_text())
    loops: dict[str, card.Engine] = {
        _LOOP: card.loop,
        "loop by the card's names": card.loop_by_name,
        "loop keeping item points": card.loop_keeping_items,
    }
    peers, skipped = card.peers()
    assert_agreement(rubric, {**loops, **peers})
    sheets = card.sheets(_TIMED)
    functions: dict[str, tuple[Callable[[Any], object], list[card.Sheet]]] = {
        name: (engine, sheets) for name, engine in loops.items()
    }
    functions[_EVALUATE] = partial(evaluate, rubric), sheets
    functions[_STARS] = partial(with_stars, rubric), sheets
    functions[_SCORE] = partial(with_score, rubric), sheets
    functions[_NODES] = partial(with_nodes, rubric), sheets[:30]
    functions[_LEDGER] = partial(read_ledger, rubric), sheets[:30]
    functions[_STEPS] = partial(read_steps, rubric), sheets[:30]
    functions[_EXPLAIN] = partial(read_explanation, rubric), sheets[:10]
    functions |= {name: (engine, sheets[:10]) for name, engine in peers.items()}
    timings = interleaved(functions, _LOOP, _ROUNDS)

    report = Report("One sheet of the card: 50 items, 150 flags, 150 rules")
    report.lines.append(f"all engines agree on {_COMPARED} sheets")
    report.lines.append(f"{'':34}{'us':>10}{'x loop':>10}")
    report.lines += [
        f"{name:34}{each.microseconds:10.1f}{each.ratio:10.2f}" for name, each in timings.items()
    ]
    report.lines += [f"left out: {name}: {why}" for name, why in skipped.items()]
    own = timings[_EVALUATE].ratio
    report.claims = [
        Claim(f"evaluate, at most {_AT_MOST_LOOPS} loops", own, _AT_MOST_LOOPS),
        Claim(
            f"evaluate with ledger, at most {_AT_MOST_LEDGER} times evaluate",
            timings[_LEDGER].ratio / own,
            _AT_MOST_LEDGER,
        ),
    ]
    return report
