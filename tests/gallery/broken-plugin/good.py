import sys
import tempfile
from pathlib import Path

import rubric_engine

# A distribution whose entry point names a package with a rubric.yaml in it.
folder = Path(tempfile.mkdtemp())
(folder / "ours-1.0.dist-info").mkdir()
(folder / "ours-1.0.dist-info" / "METADATA").write_text("Name: ours\nVersion: 1.0\n")
(folder / "ours-1.0.dist-info" / "entry_points.txt").write_text(
    "[rubric_engine.rubrics]\nours = ours_rubric\n"
)
(folder / "ours_rubric").mkdir()
(folder / "ours_rubric" / "__init__.py").write_text("")
(folder / "ours_rubric" / "rubric.yaml").write_text(
    "rubric: ours\nitems: [{id: plan, points: 10, start: full}]\n"
)
sys.path.insert(0, str(folder))
rubric_engine.load("ours")
