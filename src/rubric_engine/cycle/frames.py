"""What a cycle does to a whole population, in frames of any engine.

The steps that are for everybody at once (the plan of the review, the rest of a street that is
queued, final results, awards), and the feedback of a street or district (distributions,
movements, weaknesses, common problems, items, agreement). The frames are those of
`evaluate_frame`; nothing is visited row by row, and the figures are the same in every engine.
"""

from __future__ import annotations

from rubric_engine.cycle.agreement import Agreement, GroupAgreement, agreement
from rubric_engine.cycle.award_frames import award_results
from rubric_engine.cycle.distribution import (
    Distribution,
    GradeCounts,
    Movement,
    Moves,
    distribution,
    movement,
)
from rubric_engine.cycle.final_frames import final_results
from rubric_engine.cycle.items import ItemAnalysis, ItemFigures, item_analysis
from rubric_engine.cycle.problems import (
    Cluster,
    Clusters,
    CommonProblem,
    CommonProblems,
    StakeLost,
    StakesLost,
    clusters,
    common_problems,
    stakes_lost,
    weaknesses,
)
from rubric_engine.cycle.review_frames import plan_review, queued
from rubric_engine.cycle.run_frames import run_frame

__all__ = [
    "Agreement",
    "Cluster",
    "Clusters",
    "CommonProblem",
    "CommonProblems",
    "Distribution",
    "GradeCounts",
    "GroupAgreement",
    "ItemAnalysis",
    "ItemFigures",
    "Movement",
    "Moves",
    "StakeLost",
    "StakesLost",
    "agreement",
    "award_results",
    "clusters",
    "common_problems",
    "distribution",
    "final_results",
    "item_analysis",
    "movement",
    "plan_review",
    "queued",
    "run_frame",
    "stakes_lost",
    "weaknesses",
]
