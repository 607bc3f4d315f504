"""The rubric that expressions are put into, and expressions of the language near to hostile ones."""

from __future__ import annotations

#: The text of the expression stands where the mark is; what it may name is told in the corpus.
RUBRIC_OF_EXPRESSIONS = """\
rubric: expressions
total: 30
given:
  assessee: {population: count}
  cycle: {as_of: date}
  history: {last: {type: count, range: 1..5, optional: true}}
values: {unit: 0.5, big: assessee.population > 10000}
not_applicable: rescale
items:
  - id: own
    points: 10
    evidence:
      ok: flag
      missing: {type: count, range: 0..10}
      level: {type: choice, values: [none, poor, good]}
      papers: {type: checklist, values: [a, b]}
      bonus_points: {type: number, optional: true}
      remark: text
      marks: {type: number, places: 1, range: 0..10, panel: 5, need: 2}
      day: date
      worth: {type: choice, values: [high, low], means: {high: 5, low: 1}}
      cases:
        type: rows
        range: 0..50
        columns:
          role: {type: choice, values: [leader, other_role]}
          cost: {type: number, places: 2, range: 0..1000}
          on: date
          done: flag
          said: text
          maybe: {type: count, optional: true}
    rules:
      - {deduct: 1, when: "@"}
  - id: other
    points: 10
    evidence: {n: count}
    rules:
      - {deduct: 1, per: n}
    grades: [{stars: 2, from: 5}, {stars: 1}]
  - id: lift
    points: 10
    start: full
    evidence: {state: {type: choice, values: [yes, no], means: {no: skip}}, rides: count}
"""

#: Expressions of the language near to hostile ones: if these fail, the corpus proves nothing.
HARMLESS = (
    "ok",
    "not ok",
    "missing > 1 and not ok",
    "1 < missing <= 5",
    "-missing < 0",
    "level == 'good'",
    'level == "good"',
    "level != none",
    "level in (poor, good)",
    "'a' in papers",
    "a in papers",
    "own.missing > 1",
    "other.n > 1",
    "other > 1",
    "missing / 3 > 1",
    "1 / (missing + 1) > 0.5",
    "1 / (missing + 40) > 0",
    "missing ** 2 > 4",
    "2 ** missing > 4",
    "(1 if ok else 2) > 1",
    "known(bonus_points)",
    "default(bonus_points, 0) > 1",
    "count(ok, missing > 1) >= 2",
    "ticked(papers) + unticked(papers) == 2",
    "min(missing, 3) + max(missing, 1) > abs(missing - 2)",
    "floor(missing / 2) < ceiling(missing / 2)",
    "missing < 999999999999999",
    "((((((((((ok))))))))))",
    " and ".join(["ok"] * 20),
    " + ".join(["missing"] * 20) + " > 1",
    "rows(cases) > 1 and count(cases, role == leader and done) > 0",
    "sum(cases, cost) > sum(cases, default(maybe, 0))",
    "default(mean(cases, cost), 0) + default(median(cases, cost), 0) > 1",
    "default(highest(cases, cost), 0) > default(lowest(own.cases, cost), 0)",
    "default(trimmed(cases, cost, 2), 0) > 1",
    "sum(cases, rounded(1 / (cost + 1), 4)) > 1",
    "count(cases, known(said) and on >= day) > 0",
    "mean(marks) > 5 and median(marks) > 5 and lowest(marks) < highest(marks)",
    "default(trimmed(marks, 1), 0) > 5 and readings(marks) / 2 > 1",
    "day >= '2026-01-01' and day < cycle.as_of",
    "days(day, cycle.as_of) > 30 or months(day, cycle.as_of) >= 2",
    "worth > 2 and worth == high",
    "unit * assessee.population > 1 and big",
    "default(history.last, 1) > 2 and not known(history.last)",
    "stars(other) > 1",
    "so_far > 3",
    "known(lift) and default(lift, 0) > default(lift.rides, 0)",
    "default(lift.state, no) == yes",
    "rounded(missing / 3, 2) > 1 and 1 / worth > 0",
)


def quoted(text: str) -> str:
    """Return a YAML scalar in double quotes that reads as exactly the text."""
    return (
        '"'
        + "".join(
            each if each.isascii() and each.isalnum() else f"\\U{ord(each):08x}" for each in text
        )
        + '"'
    )


def rubric_with(expression: str) -> str:
    """Return a rubric with the expression as the condition of a rule."""
    return RUBRIC_OF_EXPRESSIONS.replace('"@"', quoted(expression))
