"""What all tests share: how many random examples the laws are tried on.

`HYPOTHESIS_PROFILE` selects: `default`, `fast` for a quick look, `ci` for many.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "default",
    deadline=None,
    print_blob=True,
    # The same examples every time, so that a change is judged by what it changed; `ci` and
    # `fast` draw new ones.
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "fast", settings.get_profile("default"), max_examples=15, derandomize=False
)
settings.register_profile(
    "ci", settings.get_profile("default"), max_examples=1_000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
