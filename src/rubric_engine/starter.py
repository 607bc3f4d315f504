"""Starters: small whole rubrics with comments, to be written over by an author."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Literal

from rubric_engine.canonical import canonical_text
from rubric_engine.files import loads

__all__ = ["LANGUAGES", "starter", "starter_cases"]

Language = Literal["en", "zh"]
#: The languages in which there is a starter.
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_NAME = "rubric: starter\n"


def starter(name: str, language: Language = "en") -> str:
    """Return the text of a starter under a name.

    Raises `InvalidRubric` if a rubric cannot be called so.
    """
    stated = json.dumps(name, ensure_ascii=False)
    text = _file(language, "rubric.yaml").replace(_NAME, f"rubric: {stated}\n", 1)
    loads(text)
    return canonical_text(text)


def starter_cases(language: Language = "en") -> str:
    """Return the golden cases of a starter."""
    return _file(language, "cases.yaml")


def _file(language: Language, name: str) -> str:
    folder = files("rubric_engine").joinpath("starters", language)
    return folder.joinpath(name).read_text(encoding="utf-8")
