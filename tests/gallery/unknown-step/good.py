from rubric_engine.cycle.files import loads_cycle

loads_cycle("""
cycle: small-year
roles: {finalise: organisation_department}
""")
