"""How long it takes to load a rubric of 214 rules, and to import the package.

Claims: the rubric loads and is compiled in under 100 ms in a warm process; `import
rubric_engine` adds under 80 ms to a bare interpreter, and brings in none of the libraries
that only some uses need.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from report import Claim, Report

import rubric_engine
from rubric_engine import evaluate, loads

_ROUNDS = 15
_STARTS = 11
_RULES = 214
_ITEMS = 50
_AT_MOST_LOAD = 100
_AT_MOST_IMPORT = 80
_LAZY = ("cattrs", "narwhals", "pandas", "polars", "pyarrow", "simpleeval", "yaml")
_MAIN_NAMES = "from rubric_engine import Rubric, evaluate, load"

_EVIDENCE = (
    "evidence: {missing: count, late: {type: count, range: 0..30}, held: flag, seen: flag,"
    " rate: share, level: {type: choice, values: [none, poor, fair, good]}}"
)
_PLAIN = (
    "{deduct: 0.5, per: missing, up_to: 2}",
    "{deduct: 1, unless: held and (seen or rate >= 80)}",
    "{deduct: {none: 3, poor: 2, else: 0}, by: level}",
    "{deduct: 0.1, below: 90, of: rate, up_to: 1.5}",
    "{deduct: 1, when: 'late > 3 and level in (none, poor)'}",
)
_EARNED = (
    "{award: {from 95: 3, from 80: 2, from 60: 1}, by: rate}",
    "{award: 2, ratio: 'min(rate, 100) / 100', when: held}",
    "{deduct: 0.25, per: 'max(late - 2, 0)'}",
    "{bonus: 0.5, when: level == good and missing == 0}",
)


def rubric_text() -> str:
    """Return a rubric of 214 rules of mixed kinds, most with expressions, on 50 items."""
    lines = ["rubric: many", "total: 250", "grades:"]
    lines += [f"  - {{stars: {5 - place}, from: {220 - 25 * place}}}" for place in range(4)]
    lines += ["  - {stars: 1}", "gates:", "  - {at_most: 3, when: i00 < 2 or i01.late > 20}"]
    lines.append("indicators:")
    left = _RULES
    for number in range(_ITEMS):
        if number % 10 == 0:
            lines += [f"  - id: group{number // 10}", "    points: 50", "    items:"]
        rules = _EARNED if number % 7 < 5 else _PLAIN
        lines += [f"      - id: i{number:02d}", "        points: 5", "        start: full"]
        lines += [f"        {_EVIDENCE}", "        rules:"]
        lines += [f"          - {rule}" for rule in rules]
        left -= len(rules)
    if left:
        msg = f"the rubric has {_RULES - left} rules, not {_RULES}"
        raise AssertionError(msg)
    return "\n".join(lines)


def load_and_compile(text: str) -> None:
    """Load a rubric and score a first sheet, so that everything is compiled."""
    finding = {"missing": 1, "late": 4, "held": True, "seen": True, "rate": 85, "level": "fair"}
    evaluate(loads(text), {f"i{number:02d}": finding for number in range(_ITEMS)})


def started(code: str) -> float:
    """Return the seconds a new interpreter takes to run code."""
    path = str(Path(rubric_engine.__file__).parent.parent)
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {code}"]
    begin = perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds = perf_counter() - begin
    if done.returncode:
        raise AssertionError(done.stderr.strip())
    return seconds


def assert_lean() -> None:
    """Assert that importing the package brings in no library that only some uses need."""
    brought = f"sorted(sys.modules.keys() & {set(_LAZY)})"
    started(f"import rubric_engine; sys.exit(str({brought}) if {brought} else 0)")


def run() -> Report:
    """Measure loading and importing."""
    text = rubric_text()
    assert_lean()
    load_and_compile(text)
    loading = []
    for _ in range(_ROUNDS):
        begin = perf_counter()
        load_and_compile(text)
        loading.append((perf_counter() - begin) * 1e3)
    starts: dict[str, list[float]] = {"pass": [], "import rubric_engine": [], _MAIN_NAMES: []}
    for _ in range(_STARTS):
        for code, seconds in starts.items():
            seconds.append(started(code) * 1e3)
    bare = starts.pop("pass")
    added = {
        code: median(each - other for each, other in zip(seconds, bare, strict=True))
        for code, seconds in starts.items()
    }
    report = Report(f"Loading a rubric of {_RULES} rules, importing the package")
    rows = {"loads, compile, first sheet": median(loading), "bare interpreter": median(bare)}
    rows |= {f"  and {code}": each for code, each in added.items()}
    report.lines = [f"{'':56}{'ms':>8}"]
    report.lines += [f"{name:56}{each:8.1f}" for name, each in rows.items()]
    report.lines.append(f"import rubric_engine brings in none of {', '.join(_LAZY)}")
    imported = added["import rubric_engine"]
    report.claims = [
        Claim(f"loading, at most {_AT_MOST_LOAD} ms", median(loading), _AT_MOST_LOAD, "ms"),
        Claim(f"importing, at most {_AT_MOST_IMPORT} ms", imported, _AT_MOST_IMPORT, "ms"),
    ]
    return report
