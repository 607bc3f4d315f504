"""One target under atheris: libFuzzer chooses inputs by the lines that they reach.

Started by `__main__` in a process of its own: libFuzzer ends the process it runs in, and the
library must not be imported before it is instrumented. Every
way out that is not a refusal is kept once, by the place that it came from, and the run goes on.
"""

from __future__ import annotations

import sys
import time
import traceback
from hashlib import sha1
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import atheris

#: So long may an input take, in seconds, under instrumentation on a busy machine.
SLOW = 5.0
#: So long, and libFuzzer ends the run: the input hangs.
HANGS = 60
#: So many frames are left to a call: callers stand deep in frameworks of their own.
FRAMES = 750

#: The modules that lead to all that are looked at.
_MODULES = ("canonical", "diagnostics", "evaluation", "provisional", "reasons", "sarif", "sheets")
_MODULES += ("testing", "wire", "wording")

with atheris.instrument_imports(include=["rubric_engine"]):
    for _module in _MODULES:
        import_module(f"rubric_engine.{_module}")

from fuzz.corpus import CORPUS
from fuzz.mutation import mutated, read, written
from fuzz.targets import FORMS, LONGEST, RUBRICS, TARGETS, Target, headed, text_of


class TooSlow(Exception):
    """An input took longer than any may."""


def origin(error: BaseException) -> str:
    """Name the place in the library that an error came from, and its kind."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "/rubric_engine/" in each.filename]
    last = ours[-1] if ours else frames[-1]
    if isinstance(error, RecursionError):
        # Where the stack ended is chance; which functions went round is not.
        names = sorted({each.name for each in ours[-60:]})
        return f"RecursionError in {', '.join(names)[:150]}"
    kind = type(error).__name__
    detail = str(error)[:60] if isinstance(error, AssertionError) else ""
    return f"{kind} {Path(last.filename).name}:{last.lineno} {detail}".strip()


class Run:
    """A target with what was found while it ran."""

    def __init__(self, name: str, found: Path) -> None:
        self.target: Target = TARGETS[name]
        self.found = found
        self.known: set[str] = set()
        self.calls = 0
        self.slowest = 0.0
        trees = {each.name: _split(each.read_bytes(), self.target) for each in _files(name)}
        donors = [read(text_of(rest)) for _, rest in trees.values()] if self.target.tree else []
        self.donors = [each for each in donors if isinstance(each, dict | list)]
        self.random = Random(0)

    def __call__(self, data: bytes) -> None:
        """Call the target; keep the input if something other than a refusal comes out."""
        self.calls += 1
        begin = time.process_time()
        try:
            self.target.call(data)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            self.keep(data, origin(error), error)
        taken = time.process_time() - begin
        if taken > self.slowest:
            self.slowest = taken
            if taken > SLOW:
                self.keep(data, f"TooSlow {taken:.0f} s", TooSlow(f"{taken:.1f} s"))

    def keep(self, data: bytes, place: str, error: BaseException) -> None:
        """Keep an input once for each place."""
        if place in self.known:
            return
        self.known.add(place)
        name = sha1(place.encode(), usedforsecurity=False).hexdigest()[:10]
        (self.found / name).write_bytes(data)
        shown = "".join(traceback.format_exception(error, limit=-6))
        (self.found / f"{name}.txt").write_text(f"{place}\n\n{shown[-4000:]}", encoding="utf-8")
        print(f"FOUND {place} -> {name}", flush=True)

    def mutate(self, data: bytes, most: int, seed: int) -> bytes:
        """Break an input as bytes, or as a tree."""
        random = Random(seed)
        head, rest = _split(data, self.target)
        if head and random.random() < 0.05:
            head = f"{random.choice(list(RUBRICS))} {random.choice(FORMS)}\n".encode()
        if not self.target.tree or random.random() < 0.35:
            return (head + bytes(atheris.Mutate(rest, max(most - len(head), 1))))[:most]
        tree = read(text_of(rest))
        if not isinstance(tree, dict | list):
            tree = random.choice(self.donors)
        text = written(mutated(tree, random, [tree, *random.sample(self.donors, k=2)]), random)
        made = head + text.encode("utf-8", "surrogatepass")
        return made if len(made) <= most else bytes(atheris.Mutate(data, most))


def _split(data: bytes, target: Target) -> tuple[bytes, bytes]:
    if not target.headed:
        return b"", data
    name, form, rest = headed(data)
    return f"{name} {form}\n".encode(), rest


def _files(name: str) -> list[Path]:
    return sorted((CORPUS / name).iterdir())


def main(name: str, seconds: str, seed: str, work: str) -> None:
    """Run a target for so many seconds; never returns."""
    folder, found = Path(work, "corpus", name), Path(work, "found", name)
    folder.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    run = Run(name, found)
    options: dict[str, Any] = {
        "max_total_time": seconds,
        "timeout": HANGS,
        "rss_limit_mb": 3000,
        "max_len": LONGEST,
        "seed": seed,
        "print_final_stats": 1,
        "len_control": 0,
        "artifact_prefix": f"{work}/found/{name}-",
    }
    arguments = [sys.argv[0], *(f"-{key}={value}" for key, value in options.items())]
    sys.setrecursionlimit(FRAMES)
    atheris.Setup(
        [*arguments, str(folder), str(CORPUS / name)],
        run,
        custom_mutator=run.mutate,
        internal_libfuzzer=True,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
