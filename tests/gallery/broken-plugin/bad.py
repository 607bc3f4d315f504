import sys
import tempfile
from pathlib import Path

import rubric_engine

# A distribution whose entry point names a module that is not there.
folder = Path(tempfile.mkdtemp())
(folder / "ours-1.0.dist-info").mkdir()
(folder / "ours-1.0.dist-info" / "METADATA").write_text("Name: ours\nVersion: 1.0\n")
(folder / "ours-1.0.dist-info" / "entry_points.txt").write_text(
    "[rubric_engine.rubrics]\nours = ours_rubrik\n"
)
sys.path.insert(0, str(folder))
rubric_engine.load("ours")
