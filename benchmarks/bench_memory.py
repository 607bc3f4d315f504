"""How much memory a result keeps when its sheet is gone.

Claim: an `Evaluation` of the card keeps under 4 KB until its ledger is read.
"""

from __future__ import annotations

import gc
import tracemalloc

import card
from report import Claim, Report

from rubric_engine import evaluate, loads

_RESULTS = 2_000
_READ = 100
_AT_MOST_BYTES = 4096


def run() -> Report:
    """Measure what the results keep, before and after their ledgers are read."""
    rubric = loads(card.rubric_text())
    evaluate(rubric, card.sheets(1)[0])
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        results = [evaluate(rubric, card.sheets(1, seed=seed)[0]) for seed in range(_RESULTS)]
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0] - before
        evaluate(rubric, card.sheets(1)[0]).ledger  # noqa: B018 - what results share is made now
        unread, _ = tracemalloc.get_traced_memory()
        for each in results[:_READ]:
            each.ledger  # noqa: B018 - reading makes it
        read = tracemalloc.get_traced_memory()[0] - unread
    finally:
        tracemalloc.stop()
    each_kept = kept / _RESULTS
    report = Report("Memory of a result of the card")
    report.lines = [
        f"{'':34}{'bytes':>10}",
        f"{'result':34}{each_kept:10.0f}",
        f"{'more once its ledger was read':34}{read / _READ:10.0f}",
    ]
    report.claims = [
        Claim(f"a result, at most {_AT_MOST_BYTES} bytes", each_kept, _AT_MOST_BYTES, "bytes")
    ]
    return report
