from rubric_engine import cycle
from small_year import COMMITTEE, DAY, year

run = year("propose")
cycle.send_back(run, "hillside", by=COMMITTEE, when=DAY, why="")
