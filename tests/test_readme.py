"""The README: two set-up commands, and CI runs the one for the tests as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_there_are_exactly_two_set_up_commands() -> None:
    commands = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    assert len(commands) == 2
    assert commands[0].strip().endswith("rubric demo")
    assert "pytest" in commands[1]


def test_ci_runs_the_readmes_test_command_and_no_copy_of_it() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- the test command" in script
    assert "README.md" in script
    assert README.count("<!-- the test command") == 1
    command = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)[1].strip()
    assert command not in script
    assert ".[test]" not in script


def test_the_example_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    exec(code, {})
    shown = re.findall(r"```text\n(.*?)```", README, re.DOTALL)[0]
    assert capsys.readouterr().out.strip() == shown.strip()


def test_links_lead_somewhere() -> None:
    for text in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / text).exists(), text
