"""The rubric ``longmen-villages``: its data stand in ``rubric.yaml`` beside this file."""
