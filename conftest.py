"""Every code block of the README and the docs runs, and so does every doctest of the source."""

from __future__ import annotations

from doctest import ELLIPSIS

from sybil import Sybil
from sybil.example import Example
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser


def load_rubric(example: Example) -> None:
    """Load a YAML block that is a whole rubric; blocks that show a part are left alone."""
    import rubric_engine

    text = str(example.parsed)
    if text.startswith(("rubric:", "format:")):
        example.namespace["rubric"] = rubric_engine.loads(text)


_docs = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=ELLIPSIS),
        CodeBlockParser("yaml", load_rubric),
    ],
    patterns=["*.md"],
    excludes=["docs/_build/*"],
)
_source = Sybil(path="src", parsers=[DocTestParser(optionflags=ELLIPSIS)], patterns=["*.py"])

pytest_collect_file = (_docs + _source).pytest()
