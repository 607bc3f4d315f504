import rubric_engine

rubric = rubric_engine.load("sf-food-safety")
result = rubric_engine.evaluate(rubric, {"violations": {"high": 1, "moderate": 0, "low": 2}})
result["violation"]
