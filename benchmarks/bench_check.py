"""How long it takes to check a rubric before anybody is scored by it.

Claim: `check` takes under 2 s for 214 rules. A rubric of ten equal parts is checked; every
rule is found to do something, every field that no rule uses is found, and nothing is left
undecided. There is no peer to compare with: no library in Python tells what `check` does;
what stands beside is how long loading the same rubric takes.
"""

from __future__ import annotations

import bench_load
from report import Claim, Report, batch_time

from rubric_engine import check, loads

_AT_MOST = 2.0


def run() -> Report:
    """Check that the report is right, then measure."""
    text = bench_load.rubric_text()
    rubric = loads(text)
    found = check(rubric)
    rules = sum(len(node.rules) for node in rubric.nodes())
    assert rules == 214, rules
    assert not found.wrong, found.wrong
    assert not found.undecided, found.undecided
    assert {each.code for each in found.suspect} == {"unused-field"}, found.suspect
    seconds = batch_time(check, [rubric], 3)
    loading = batch_time(loads, [text], 3)
    report = Report("bench_check: a rubric of 214 rules is checked")
    report.lines += [
        f"{len(found.proved)} claims proved, {len(found.suspect)} suspect, 0 not decided",
        f"check {seconds * 1000:.0f} ms: {seconds / loading:.0f} times as long as loading it",
    ]
    report.claims.append(Claim("check of 214 rules", seconds, _AT_MOST, "s"))
    return report


if __name__ == "__main__":
    print(run())
