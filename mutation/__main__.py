"""Mutation tests of the modules in targets.toml: `python -m mutation [MODULE …]`.

Cosmic Ray finds the mutations and keeps the results; the tests run in a process forked from
this one, which has the libraries (but nothing of the project) loaded: a third of the time.
See docs/explanation/mutation-score.md.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import importlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cosmic_ray.plugins
import parso
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkItem, WorkResult

from mutation.operators import Provider

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SESSIONS = HERE / ".sessions"
#: What the session says of a mutant that the sample left out.
NOT_DRAWN = "not drawn"
#: Loaded once for all mutants.
WARM = [
    "pytest",
    "_pytest.doctest",
    "hypothesis",
    "hypothesis.strategies",
    "attrs",
    "cattrs",
    "yaml",
    "simpleeval",
]
WARM += ["narwhals", "sybil", "click", "pyarrow", "polars"]

cosmic_ray.plugins.OPERATOR_PROVIDERS["rubric"] = Provider()


def main() -> int:
    """Run what is asked for; 1 if a mutant survives that is not known to be equivalent."""
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="modules of the package; all targets if none")
    parser.add_argument("--sample", type=int, help="so many mutants of each module at most")
    parser.add_argument("--seed", type=int, default=0, help="what draws the sample")
    parser.add_argument("--again", action="store_true", help="only what survived the last time")
    parser.add_argument("--resume", action="store_true", help="go on with what was not tried yet")
    parser.add_argument("--report", action="store_true", help="run nothing, show the last results")
    parser.add_argument("--killers", action="store_true", help="say which test killed how many")
    wanted = parser.parse_args()
    targets = tomllib.loads((HERE / "targets.toml").read_text("utf-8"))
    modules = wanted.modules or list(targets["module"])
    SESSIONS.mkdir(exist_ok=True)
    left = 0
    if not wanted.report:
        for name in WARM:
            importlib.import_module(name)
        gc.freeze()
        with tempfile.TemporaryDirectory() as place:
            tree = copied(Path(place))
            for module in modules:
                run(Target(module, targets, tree), wanted)
    for module in modules:
        left += report(Target(module, targets, ROOT), killers=wanted.killers)
    return 1 if left else 0


def copied(place: Path) -> Path:
    """Copy the project as git knows it, with what is not committed; return where it is."""
    tree = place / "project"
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    if (ROOT.parent / "shared").is_dir():
        (place / "shared").symlink_to((ROOT.parent / "shared").resolve())
    return tree


class Target:
    """A module, its tests and its session."""

    def __init__(self, module: str, targets: dict[str, Any], tree: Path) -> None:
        own = targets["module"][module]
        self.module, self.tree = module, tree
        self.path = tree / "src" / "rubric_engine" / f"{module}.py"
        self.source = (tree / "src" / "rubric_engine" / f"{module}.py").read_text("utf-8")
        self.skipped = re.compile("|".join(targets["skip"]))
        self.texts = own.get("texts", False)
        self.sample = own.get("sample")
        #: The tests in stages; a stage is run where the ones before it noticed nothing.
        self.stages = [[*stage, *targets["arguments"]] for stage in own["tests"]]
        self.session = SESSIONS / f"{module}.sqlite"
        equivalents = tomllib.loads((HERE / "equivalents.toml").read_text("utf-8"))
        self.equivalent = {
            (each.get("in"), each["was"], becomes)
            for each in equivalents.get(module, [])
            for becomes in each["is"]
        }

    def same(self, item: WorkItem, result: WorkResult) -> bool:
        """Say whether a mutant is one of those that change nothing."""
        was, becomes = changed(result.diff or "")
        within = (item.mutations[0].definition_name, None)
        return any((each, was, becomes) in self.equivalent for each in within)

    def mutated(self, mutation: MutationSpec) -> str:
        """Return the source with a mutation."""
        operator = cosmic_ray.plugins.get_operator(mutation.operator_name)()
        mutant = mutate_code(self.source, operator, mutation.occurrence)
        assert mutant is not None, mutation
        return mutant

    def plain(self, mutation: MutationSpec, texts: Sequence[tuple[Any, Any]]) -> bool:
        """Say whether a mutation is worth trying: not an annotation, not in what is skipped."""
        if self.skipped.search(mutation.operator_name):
            return False
        if mutation.operator_name.endswith("SwapInText") and not self.texts:
            return False
        if mutation.operator_name == "core/NumberReplacer" and mutation.occurrence % 2:
            # The last for the first: the data of most operations is one number.
            line = self.source.splitlines()[mutation.start_pos[0] - 1]
            if line[mutation.start_pos[1] - 1 : mutation.end_pos[1] + 1] == "[0]":
                return False
        return not any(start <= mutation.start_pos < end for start, end in texts)


def annotations(source: str) -> list[tuple[Any, Any]]:
    """Return where nothing is to be found: annotations, names of types, options of attrs."""
    found: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        if node.type == "annassign":
            found.append((node.children[1].start_pos, node.children[1].end_pos))
        elif node.type == "tfpdef":
            found.append((node.children[2].start_pos, node.children[2].end_pos))
        elif node.type == "funcdef" and node.annotation is not None:
            found.append((node.annotation.start_pos, node.annotation.end_pos))
        elif node.type == "classdef" and node.get_super_arglist() is not None:
            if node.get_super_arglist().get_code().strip() == "Protocol":
                found.append((node.start_pos, node.end_pos))
        elif node.type == "decorator":
            # Without its decorator a class fails at once; how it compares and prints is attrs' own.
            found.append((node.children[1].start_pos, node.end_pos))
        elif node.type == "argument" and node.get_first_leaf().value in ("strict", "repr"):
            # `zip(…, strict=True)` guards against mistakes of the library itself.
            found.append((node.start_pos, node.end_pos))
        elif node.type == "expr_stmt" and node.parent.parent.type == "file_input":
            rest = node.get_rhs()
            first = node.children[0].get_first_leaf().value
            if first == "__all__" or (rest.type == "expr" and first[:1].isupper()):
                found.append((node.start_pos, node.end_pos))
        for each in getattr(node, "children", []):
            walk(each)

    walk(parso.parse(source))
    return found


def run(target: Target, wanted: argparse.Namespace) -> None:
    """Try the mutants of a module and keep the results in its session."""
    with use_db(str(target.session), WorkDB.Mode.create) as session:
        source = target.session.with_suffix(".source")
        if wanted.again or wanted.resume:
            if source.read_text("utf-8") != target.source:
                sys.exit(f"{target.module} has changed since: its mutants have to be made anew")
            todo = again(session, resume=wanted.resume)
            places = annotations(target.source)
            left_out = [each for each in todo if not target.plain(each.mutations[0], places)]
            ids = [item.job_id for item in left_out]
            session.set_multiple_results(ids, WorkResult(WorkerOutcome.SKIPPED))
            todo = [item for item in todo if item not in left_out]
        else:
            init([target.path], session, {})
            source.write_text(target.source, "utf-8")
            places = annotations(target.source)
            items = sorted(session.work_items, key=placed)
            every = todo = [item for item in items if target.plain(item.mutations[0], places)]
            size = wanted.sample or target.sample
            if size is not None and size < len(todo):
                chosen = random.Random(wanted.seed).sample(range(len(todo)), size)
                todo = [todo[index] for index in sorted(chosen)]
            kept = {item.job_id for item in todo}
            rest = [item.job_id for item in every if item.job_id not in kept]
            session.set_multiple_results(rest, WorkResult(WorkerOutcome.SKIPPED, NOT_DRAWN))
            kept = {item.job_id for item in every}
            rest = [item.job_id for item in items if item.job_id not in kept]
            session.set_multiple_results(rest, WorkResult(WorkerOutcome.SKIPPED))
        sys.dont_write_bytecode = False
        began = time.monotonic()
        code, output = tested(target, 600)
        # Two mutants of one size within a second would share their compiled code.
        sys.dont_write_bytecode = True
        usual = time.monotonic() - began
        if code != 0:
            sys.exit(f"{target.module}: the tests fail ({code}) without a mutation:\n{output}")
        limit = 3 * usual + 20
        print(f"{target.module}: {len(todo)} mutants, the tests take {usual:.1f} s", flush=True)
        for number, item in enumerate(todo, 1):
            result = tried(target, item.mutations[0], limit)
            session.set_result(item.job_id, result)
            if result.test_outcome == TestOutcome.SURVIVED:
                print(shown(target, item, result), flush=True)
            if number % 20 == 0:
                took = time.monotonic() - began
                print(f"{target.module}: {number} of {len(todo)}, {took:.0f} s", flush=True)


def again(session: WorkDB, *, resume: bool) -> list[WorkItem]:
    """Return the mutants that survived, or those not tried yet."""
    if resume:
        return sorted(session.pending_work_items, key=placed)
    survived = [
        item
        for item, result in session.completed_work_items
        if result.test_outcome == TestOutcome.SURVIVED
    ]
    return sorted(survived, key=placed)


def placed(item: WorkItem) -> tuple[object, ...]:
    """Return what puts mutants in an order that is the same every time."""
    mutation = item.mutations[0]
    return mutation.start_pos, mutation.operator_name, mutation.occurrence


def tried(target: Target, mutation: MutationSpec, limit: float) -> WorkResult:
    """Run the tests on one mutant."""
    mutant = target.mutated(mutation)
    lines = difflib.unified_diff(target.source.splitlines(), mutant.splitlines(), lineterm="", n=0)
    diff = "\n".join(lines)
    target.path.write_text(mutant, "utf-8")
    try:
        code, output = tested(target, limit)
    finally:
        target.path.write_text(target.source, "utf-8")
    outcome = TestOutcome.SURVIVED if code == 0 else TestOutcome.KILLED
    return WorkResult(WorkerOutcome.NORMAL, "timeout" if code is None else output, outcome, diff)


def tested(target: Target, limit: float) -> tuple[int | None, str]:
    """Run the tests of a module, stage by stage; None if they take too long."""
    code: int | None = 0
    output = ""
    for stage in target.stages:
        code, output = staged(target, stage, limit)
        if code != 0:
            break
    return code, output


def staged(target: Target, stage: list[str], limit: float) -> tuple[int | None, str]:
    """Run some tests in a process of their own."""
    with tempfile.TemporaryFile() as out:
        child = os.fork()
        if child == 0:
            _test(target, stage, out.fileno())
        end = time.monotonic() + limit
        while True:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                break
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return None, ""
            time.sleep(0.02)
        out.seek(0)
        return os.waitstatus_to_exitcode(status), out.read().decode("utf-8", "replace")[-4000:]


def _test(target: Target, stage: list[str], out: int) -> None:
    """Run pytest and end the process."""
    code = 70
    try:
        os.setsid()
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.chdir(target.tree)
        os.environ["HYPOTHESIS_PROFILE"] = "mutation"
        os.environ["PYTHONPATH"] = str(target.tree / "src")
        sys.path[:] = [each for each in sys.path if each and Path(each) != ROOT]
        sys.path.insert(0, str(target.tree / "src"))
        import pytest

        code = int(pytest.main(stage))
    except BaseException:  # noqa: BLE001 - the process ends here, whatever happened
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def changed(diff: str) -> tuple[str, str]:
    """Return the lines of a mutation, without their indents: as they were, as they are."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    was = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    return was, " ".join(line[1:].strip() for line in lines if line.startswith("+"))


def shown(target: Target, item: WorkItem, result: WorkResult) -> str:
    """Return a line about a survivor."""
    was, becomes = changed(result.diff or "")
    mutation = item.mutations[0]
    place = f"{target.module}:{mutation.start_pos[0]} in {mutation.definition_name}"
    return f"{place}: {was}  ->  {becomes}{' (equivalent)' * target.same(item, result)}"


def report(target: Target, *, killers: bool) -> int:
    """Print the figures of a module; return how many survivors have no reason."""
    with use_db(str(target.session), WorkDB.Mode.open) as session:
        kept, every = session.completed_work_items, session.num_work_items
    pairs = [each for each in kept if each[1].worker_outcome == WorkerOutcome.NORMAL]
    results = [result for _, result in pairs]
    every -= sum(each.output != NOT_DRAWN for _, each in kept) - len(results)
    survivors = [each for each in pairs if each[1].test_outcome == TestOutcome.SURVIVED]
    unknown = [each for each in survivors if not target.same(*each)]
    late = sum(each.output == "timeout" for each in results)
    left = len(unknown)
    same = len(survivors) - left
    killed = len(results) - len(survivors) - late
    score = 100 * (killed + late) / max(len(results) - same, 1)
    figures = [f"`{target.module}`", every, len(results), killed, late, same, left]
    print("|", *(f"{each} |" for each in figures), f"{score:.1f} % |")
    for item, result in sorted(unknown, key=lambda each: placed(each[0])):
        print("   ", shown(target, item, result))
    if killers:
        print(*_killers(results), sep="\n")
    return left


def _killers(results: Sequence[WorkResult]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for each in results:
        if each.test_outcome == TestOutcome.KILLED:
            found = re.findall(r"^(?:FAILED|ERROR) (\S+)", each.output or "", re.MULTILINE)
            name = found[0] if found else (each.output or "").strip()[-200:]
            counts[name] = counts.get(name, 0) + 1
    for name, count in sorted(counts.items(), key=lambda each: -each[1]):
        yield f"    {count:5} {name}"


if __name__ == "__main__":
    sys.exit(main())
