from rubric_engine import cycle
from small_year import COMMITTEE, DAY, GROUP, year

run = year("propose")
cycle.approve(run, "hillside", by=COMMITTEE, when=DAY)
