"""Draws docs/explain.svg from what `rubric demo` really prints: `python docs/draw_explain.py`."""

import subprocess
import sys
from html import escape
from pathlib import Path
from unicodedata import east_asian_width

LINES = 34
CELL, LINE = 8.4, 18


def main() -> None:
    """Run the demo and write its first lines as a picture of a terminal."""
    command = [sys.executable, "-m", "rubric_engine", "demo"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    lines = run.stdout.splitlines()[:LINES]
    widest = max(sum(2 if east_asian_width(c) in "WF" else 1 for c in line) for line in lines)
    width, height = int(min(widest, 118) * CELL) + 32, (len(lines) + 1) * LINE + 24
    rows = "".join(
        f'<text x="16" y="{(number + 2) * LINE}" xml:space="preserve">{escape(line[:118])}</text>'
        for number, line in enumerate(["$ rubric demo", *lines])
    )
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><rect width="100%" height="100%" rx="8" fill="#1d2021"/>'
        f'<g fill="#ebdbb2" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="14">'
        f"{rows}</g></svg>\n"
    )
    Path(__file__).with_name("explain.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
