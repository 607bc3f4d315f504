"""Runs all benchmarks: `python benchmarks`, or `python -m benchmarks`; see README.md."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bench_evaluate
import bench_load
import bench_memory
import bench_rows


def main(arguments: list[str]) -> int:
    """Print one report; 1 if engines disagree, and with `--check` if a target is missed."""
    if set(arguments) - {"--check"}:
        print("usage: python benchmarks [--check]", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    missed = 0
    for benchmark in (bench_evaluate, bench_rows, bench_load, bench_memory):
        try:
            report = benchmark.run()
        except AssertionError as error:
            print(f"{benchmark.__name__}: WRONG: {error}")
            return 1
        print(f"{report}\n", flush=True)
        missed += sum(not claim.met for claim in report.claims)
    print("all targets met" if not missed else f"{missed} targets missed")
    return 1 if missed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
