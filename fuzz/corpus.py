"""The inputs that are kept: seeds and what the fuzzer found worth keeping, as few as do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from hashlib import sha1
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
#: Kept of each target, at most.
MOST_FILES = 36
#: No kept input is longer, in bytes.
LONGEST = 6_000

Arc = tuple[str, int, int]


def inputs(name: str) -> list[Path]:
    """Return the kept inputs of a target, in the order of their names."""
    return sorted((CORPUS / name).iterdir())


def arcs(call: Callable[[bytes], None], data: bytes) -> set[Arc]:
    """Return which line of the library followed on which while a target ran."""
    found: set[Arc] = set()
    ours: dict[CodeType, str | None] = {}

    def local(name: str) -> Callable[..., Any]:
        last = 0

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            nonlocal last
            if event == "line":
                found.add((name, last, frame.f_lineno))
                last = frame.f_lineno
            return trace

        return trace

    def begin(frame: FrameType, event: str, arg: object) -> Any:
        code = frame.f_code
        if code not in ours:
            inside = "/rubric_engine/" in code.co_filename
            ours[code] = Path(code.co_filename).name if inside else None
        name = ours[code]
        return None if name is None else local(name)

    before = sys.gettrace()
    sys.settrace(begin)
    try:
        call(data)
    finally:
        sys.settrace(before)
    return found


def fewest(name: str, candidates: Iterable[bytes], most: int = MOST_FILES) -> list[bytes]:
    """Return the inputs that reach most, each the one that adds most for its length."""
    reached = [
        (data, arcs(TARGETS[name].call, data))
        for data in sorted(set(candidates), key=lambda each: (len(each), each))
        if len(data) <= LONGEST
    ]
    kept: list[bytes] = []
    known: set[Arc] = set()
    while len(kept) < most:
        data, new = max(
            ((data, len(found - known)) for data, found in reached),
            key=lambda pair: pair[1] / (len(pair[0]) + 200),
            default=(b"", 0),
        )
        if not new:
            break
        kept.append(data)
        known |= next(found for each, found in reached if each == data)
        reached = [(each, found) for each, found in reached if found - known]
    return kept


def keep(name: str, data: Iterable[bytes]) -> None:
    """Write the inputs of a target, and take away those that are not among them."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    named = {sha1(each, usedforsecurity=False).hexdigest()[:12]: each for each in data}
    for each in folder.iterdir():
        if each.name not in named:
            each.unlink()
    for file, each in named.items():
        (folder / file).write_bytes(each)
