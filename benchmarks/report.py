"""What the benchmarks measure with and report in: interleaved rounds, rows and claims."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class Claim:
    """A target, what was measured, and whether that meets it."""

    text: str
    measured: float
    at_most: float
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.measured <= self.at_most

    def __str__(self) -> str:
        verdict = "met" if self.met else "MISSED"
        return f"{verdict:6}  {self.text}: {self.measured:.3g} {self.unit}"


@dataclass
class Report:
    """The lines of a benchmark, and its claims."""

    title: str
    lines: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([self.title, "-" * len(self.title), *self.lines, *map(str, self.claims)])


@dataclass(frozen=True)
class Timing:
    """Median microseconds of a call, and the median over rounds of its ratio to another's."""

    microseconds: float
    ratio: float


def batch_time(function: Callable[[Any], object], inputs: Sequence[Any], batches: int) -> float:
    """Return the seconds of one call: the best of some batches over all inputs."""
    best = float("inf")
    for _ in range(batches):
        begin = perf_counter()
        for each in inputs:
            function(each)
        best = min(best, perf_counter() - begin)
    return best / len(inputs)


def interleaved(
    functions: Mapping[str, tuple[Callable[[Any], object], Sequence[Any]]],
    base: str,
    rounds: int,
    batches: int = 9,
) -> dict[str, Timing]:
    """Time functions in turn, round by round, so that a busy machine slows them alike."""
    rows: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, (function, inputs) in functions.items():
            gc.collect()
            rows[name].append(batch_time(function, inputs, batches))
    timings = {}
    for name, seconds in rows.items():
        ratios = (each / other for each, other in zip(seconds, rows[base], strict=True))
        timings[name] = Timing(median(seconds) * 1e6, median(ratios))
    return timings
