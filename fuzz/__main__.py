"""The fuzzer's command: `python -m fuzz [TARGET …] [--seconds N]`; see README.md."""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzz.corpus import CORPUS, fewest, inputs, keep
from fuzz.targets import TARGETS

WORK = Path(__file__).parent / "work"
#: What libFuzzer says of a run, at its end.
_LINES = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+)")


def main(arguments: list[str]) -> int:
    """Return 1 if something other than a refusal came out of a target, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    help_text = "of one core, for all targets together; each takes some more to begin with"
    parser.add_argument("--seconds", type=int, default=600, help=help_text)
    parser.add_argument("--jobs", type=int, default=1, help="so many targets at a time")
    parser.add_argument("--seed", type=int, default=0, help="0 for another one each time")
    parser.add_argument("--work", type=Path, default=WORK, help="where inputs are collected")
    parser.add_argument("--replay", action="store_true", help="only call the kept inputs")
    parser.add_argument("--keep", action="store_true", help="choose again which inputs are kept")
    asked = parser.parse_args(arguments)
    names = asked.targets or list(TARGETS)
    unknown = [each for each in names if each not in TARGETS]
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    if asked.keep:
        for name in names:
            _choose(name, asked.work)
        return 0
    if asked.replay:
        return _replay(names)
    if importlib.util.find_spec("atheris") is None:
        print("Fuzzing needs atheris: pip install 'rubric-engine[fuzz]'", file=sys.stderr)
        return 2
    seconds = max(asked.seconds // len(names), 1)
    with ThreadPoolExecutor(asked.jobs) as pool:
        results = list(pool.map(lambda name: _fuzzed(name, seconds, asked), names))
    return int(not all(results))


def _fuzzed(name: str, seconds: int, asked: argparse.Namespace) -> bool:
    """Run one target in a process of its own; say whether nothing was found."""
    command = [sys.executable, "-m", "fuzz.guided", name, str(seconds), str(asked.seed)]
    command.append(str(asked.work.resolve()))
    begin = time.monotonic()
    run = subprocess.run(
        command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False
    )
    output = run.stdout + run.stderr
    lines = _LINES.findall(output) or [("0", "0", "0")]
    calls, lines_reached, features = lines[-1]
    found = re.findall(r"^FOUND (.*)$", output, re.MULTILINE)
    taken = time.monotonic() - begin
    print(
        f"{name}: {int(calls):,} inputs in {taken:.0f} s, {lines_reached} branches,"
        f" {features} features, {len(found)} found",
        flush=True,
    )
    for each in found:
        print(f"  {each}", flush=True)
    if run.returncode and not found:
        print(output[-3000:], flush=True)
    return not found and not run.returncode


def _replay(names: list[str]) -> int:
    """Call every kept input; whatever comes out ends it."""
    for name in names:
        begin, files = time.perf_counter(), inputs(name)
        for file in files:
            TARGETS[name].call(file.read_bytes())
        print(f"{name}: {len(files)} inputs in {time.perf_counter() - begin:.1f} s")
    return 0


def _choose(name: str, work: Path) -> None:
    """Keep, of what is kept and what was collected, the few inputs that reach most."""
    folder = work / "corpus" / name
    collected = list(folder.iterdir()) if folder.is_dir() else []
    kept = [each for each in (CORPUS / name).glob("*") if each.is_file()]
    data = [each.read_bytes() for each in (*kept, *collected)]
    chosen = fewest(name, data)
    keep(name, chosen)
    print(f"{name}: {len(chosen)} of {len(data)}, {sum(map(len, chosen)):,} bytes", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
