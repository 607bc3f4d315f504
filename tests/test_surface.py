"""The eleven lines of the design's "three verbs, many amounts": what each scores, and its ledger.

Each line has a folder in `tests/surface` with a small rubric that holds it as it is written there,
and cases; the steps expected of each case stand here, worked out by hand.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import rubric_engine
from rubric_engine.testing import Case, check_case, golden_cases

SURFACE = Path(__file__).parent / "surface"

LINES = {
    "L01-per-occurrence": "{deduct: 0.5, per: missing}",
    "L02-fixed": "{deduct: 1, unless: procedure_rules}",
    "L03-tiers-by-choice": "{deduct: {none: 10, irregular: 5}, by: letters}",
    "L04-judged-range": "{deduct: 0.5..2, by: cooperation}",
    "L05-shortfall": "{deduct: 2, below: 80, of: coverage, step: 1}",
    "L06-all": "{deduct: all, when: refused}",
    "L07-bands": "{award: {from 80: 2, from 60: 1}, by: rate}",
    "L08-proportional": "{award: all, ratio: handled / 10}",
    "L09-bonus-rows": (
        "{bonus: {province: 10, city: 6}, by: level, each: honours, once_per: project, up_to: 20}"
    ),
    "L10-rows-times": (
        "{deduct: {light: 6, criminal: 12}, by: penalty, each: persons, "
        "times: {leader: 2, self_reported: 0.5}}"
    ),
    "L11-to-another-account": "{deduct: 5, per: marked, to: equipment}",
}

# By folder and case, the steps of each node: what it is, whose it is where that is another node,
# what it asked and what it took, and for a rule over rows what each row asked.
Step = tuple[str, str | None, str, str] | tuple[str, str | None, str, str, list[str]]
LEDGERS: dict[str, dict[str, dict[str, list[Step]]]] = {
    "L01-per-occurrence": {
        "three missing": {
            "plan": [("deduct", None, "-1.5", "-1.5")],
            "total": [("child", "plan", "0.5", "0.5")],
        },
        "six missing, until used up": {
            "plan": [("deduct", None, "-3", "-2"), ("floor", None, "1", "0")],
            "total": [],
        },
        "none missing": {"plan": [], "total": [("child", "plan", "2", "2")]},
    },
    "L02-fixed": {
        "no rules of procedure": {
            "decisions": [("deduct", None, "-1", "-1")],
            "total": [("child", "decisions", "2", "2")],
        },
        "rules of procedure": {"decisions": [], "total": [("child", "decisions", "3", "3")]},
    },
    "L03-tiers-by-choice": {
        "none handled": {
            "letters_and_visits": [("deduct", None, "-10", "-10")],
            "total": [("child", "letters_and_visits", "10", "10")],
        },
        "handled irregularly": {
            "letters_and_visits": [("deduct", None, "-5", "-5")],
            "total": [("child", "letters_and_visits", "15", "15")],
        },
    },
    "L04-judged-range": {
        "the assessor takes off 1.5": {
            "audit": [("deduct", None, "-1.5", "-1.5")],
            "total": [("child", "audit", "3.5", "3.5")],
        },
        "nothing is taken off": {"audit": [], "total": [("child", "audit", "5", "5")]},
    },
    "L05-shortfall": {
        "two and a half points short": {
            "vaccination": [("deduct", None, "-5", "-5")],
            "total": [("child", "vaccination", "15", "15")],
        },
        "fifty points short, until used up": {
            "vaccination": [("deduct", None, "-100", "-20"), ("floor", None, "80", "0")],
            "total": [],
        },
        "at the threshold": {"vaccination": [], "total": [("child", "vaccination", "20", "20")]},
    },
    "L06-all": {
        "refused with three faults": {
            "inspection": [("deduct", None, "-3", "-3"), ("deduct", None, "-7", "-7")],
            "total": [],
        },
        "refused with twelve faults": {
            "inspection": [("deduct", None, "-12", "-10"), ("floor", None, "2", "0")],
            "total": [],
        },
        "not refused": {
            "inspection": [("deduct", None, "-3", "-3")],
            "total": [("child", "inspection", "7", "7")],
        },
    },
    "L07-bands": {
        "the edge belongs to the higher band": {
            "attendance": [("award", None, "2", "2")],
            "total": [("child", "attendance", "2", "2")],
        },
        "just below the edge": {
            "attendance": [("award", None, "1", "1")],
            "total": [("child", "attendance", "1", "1")],
        },
        "below the lowest edge": {"attendance": [], "total": []},
    },
    "L08-proportional": {
        "seven of ten handled": {
            "hotline": [("award", None, "2.8", "2.8")],
            "total": [("child", "hotline", "2.8", "2.8")],
        },
        "thirteen handled, held at the whole": {
            "hotline": [("award", None, "4", "4")],
            "total": [("child", "hotline", "4", "4")],
        },
        "none handled": {"hotline": [], "total": []},
    },
    "L09-bonus-rows": {
        "a project honoured twice counts once": {
            "work": [("deduct", None, "-30", "-30")],
            "total": [
                ("child", "work", "70", "70"),
                ("bonus", "work", "16", "16", ["10", "6", "6"]),
            ],
        },
        "three projects, held at 20": {
            "work": [("deduct", None, "-30", "-30")],
            "total": [
                ("child", "work", "70", "70"),
                ("bonus", "work", "20", "20", ["10", "6", "10"]),
            ],
        },
        "no honours": {
            "work": [("deduct", None, "-30", "-30")],
            "total": [("child", "work", "70", "70")],
        },
    },
    "L10-rows-times": {
        "a leader, one who reported himself, and both at once": {
            "discipline": [("deduct", None, "-24", "-24", ["12", "6", "6"])],
            "total": [("child", "discipline", "6", "6")],
        },
        "two leaders punished, until used up": {
            "discipline": [
                ("deduct", None, "-48", "-30", ["24", "24"]),
                ("floor", None, "18", "0"),
            ],
            "total": [],
        },
        "nobody": {"discipline": [], "total": [("child", "discipline", "30", "30")]},
    },
    "L11-to-another-account": {
        "one device marked": {
            "equipment": [("deduct", None, "-2", "-2"), ("deduct", "inspection", "-5", "-5")],
            "inspection": [("deduct", None, "-2", "-2")],
            "total": [("child", "equipment", "3", "3"), ("child", "inspection", "8", "8")],
        },
        "three devices marked, until the equipment is used up": {
            "equipment": [
                ("deduct", None, "-2", "-2"),
                ("deduct", "inspection", "-15", "-8"),
                ("floor", None, "7", "0"),
            ],
            "inspection": [],
            "total": [("child", "inspection", "10", "10")],
        },
        "none marked": {
            "equipment": [("deduct", None, "-2", "-2")],
            "inspection": [],
            "total": [("child", "equipment", "8", "8"), ("child", "inspection", "10", "10")],
        },
    },
}

CASES = [
    pytest.param(folder, case, id=str(case))
    for folder in LINES
    for case in golden_cases(SURFACE / folder)
]


def test_every_folder_is_a_line() -> None:
    assert {folder.name for folder in SURFACE.iterdir()} == set(LINES)
    assert [folder[:3] for folder in LINES] == [f"L{number:02}" for number in range(1, 12)]


@pytest.mark.parametrize(("folder", "line"), LINES.items())
def test_the_rubric_holds_the_line_as_it_is_written(folder: str, line: str) -> None:
    written = (SURFACE / folder / "rubric.yaml").read_text(encoding="utf-8").splitlines()
    assert [each.strip() for each in written].count(f"- {line}") == 1


@pytest.mark.parametrize(("folder", "case"), CASES)
def test_surface_case(folder: str, case: Case) -> None:
    check_case(case)


@pytest.mark.parametrize(("folder", "case"), CASES)
def test_ledger(folder: str, case: Case) -> None:
    if case.expect is None:
        assert case.name not in LEDGERS[folder]
        return
    result = rubric_engine.evaluate(case.rubric, case.evidence)
    found = {
        node.id: [
            (
                step.name,
                step.origin,
                step.asked,
                step.taken,
                [(row.row, row.asked) for row in step.rows],
            )
            for step in node.steps
        ]
        for node in result.nodes.values()
    }
    expected = {
        node: [
            (
                name,
                origin,
                Fraction(asked),
                Fraction(taken),
                [(row, Fraction(each)) for amounts in rows for row, each in enumerate(amounts)],
            )
            for name, origin, asked, taken, *rows in steps
        ]
        for node, steps in LEDGERS[folder][case.name].items()
    }
    assert found == expected
