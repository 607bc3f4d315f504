import polars

import rubric_engine

rubric = rubric_engine.loads("""
rubric: plans
items:
  - id: plan
    points: 10
    evidence: {missing: {type: count, range: 0..10}, late: flag}
    rules: [{deduct: 1, per: missing}, {deduct: 2, when: late}]
""")
sheets = polars.DataFrame({"plan.missing": [2], "plan.late": ["no"]})
rubric_engine.evaluate_frame(rubric, sheets)
