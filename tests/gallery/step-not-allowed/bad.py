from rubric_engine import cycle
from small_year import APPROVAL, DAY, year

run = year("conclude")
cycle.finalise(run, "hillside", by=APPROVAL, when=DAY)
