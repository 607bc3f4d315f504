"""Runs all benchmarks: `python benchmarks`, or `python -m benchmarks`; see README.md."""

from __future__ import annotations

import os
import platform
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bench_check
import bench_cycle
import bench_diagnostics
import bench_evaluate
import bench_frames
import bench_improve
import bench_load
import bench_memory
import bench_plans
import bench_rows


def main(arguments: list[str]) -> int:
    """Print one report; 1 if engines disagree, and with `--check` if a target is missed.

    `--large` adds what takes minutes: 10,000,000 sheets, and the job and large plans of Spark.
    """
    if set(arguments) - {"--check", "--large"}:
        print("usage: python benchmarks [--check] [--large]", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    missed = 0
    large = "--large" in arguments
    benchmarks = {
        "bench_evaluate": bench_evaluate.run,
        "bench_rows": bench_rows.run,
        "bench_load": bench_load.run,
        "bench_diagnostics": bench_diagnostics.run,
        "bench_check": bench_check.run,
        "bench_improve": bench_improve.run,
        "bench_cycle": bench_cycle.run,
        "bench_memory": bench_memory.run,
        "bench_frames": partial(bench_frames.run, large=large),
        "bench_plans": partial(bench_plans.run, large=large),
    }
    for name, run in benchmarks.items():
        try:
            report = run()
        except AssertionError as error:
            print(f"{name}: WRONG: {error}")
            return 1
        print(f"{report}\n", flush=True)
        missed += sum(not claim.met for claim in report.claims)
    print("all targets met" if not missed else f"{missed} targets missed")
    return 1 if missed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
