import polars

import rubric_engine

rubric = rubric_engine.loads("""
rubric: rates
items:
  - id: rate
    points: 1
    evidence:
      done: {type: count, range: 0..100}
      planned: {type: number, places: 6, range: 1..1000000}
    rules: [{award: 1, ratio: done / planned}]
""")
sheets = polars.DataFrame({"rate.done": [1], "rate.planned": [2]})
rubric_engine.evaluate_frame(rubric, sheets)
