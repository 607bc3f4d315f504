"""Every code block of the README and the docs runs, and so does every doctest of the source.

Several workers take the tests one by one, except what must stay together: the blocks of
a page, since a block uses what the one before it named, and the tests of Spark, since a machine
should start it once.
"""

from __future__ import annotations

from doctest import ELLIPSIS
from typing import Any

import pytest
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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - xdist's own types
    """Hand tests to workers one by one, but all that must stay together to one of them."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            if file.endswith(".md") or file.startswith("src/"):
                return file
            return "spark" if "spark" in test else nodeid

    return Together(config, log)
