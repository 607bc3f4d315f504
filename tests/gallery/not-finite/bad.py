import rubric_engine

rubric = rubric_engine.loads("""
rubric: rates
items:
  - id: rate
    points: 10
    evidence: {done: share}
    rules: [{deduct: 5, when: done < 80}]
""")
rubric_engine.evaluate(rubric, {"rate.done": float("nan")})
